"""The requests for a journey's rationales: the paper's synthesis prompt (appendix A), for one action or for a whole session.

Asked for one action, a request reads nothing after its step, so its rationale cannot know the future. What of a journey is shown,
and in which words, is in `window` and `render`. No model is called here, no answer is read.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources

from shopcart_assets.platform.llm import LLMRequest, Message
from shopcart_assets.platform.llm.capabilities import thinking_of
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.render import block, brief
from shopcart_assets.reasoning.think_aloud import Examples, Said, load_examples
from shopcart_assets.reasoning.window import MESSAGE_TOKENS, Shown, growing, message, whole

# What JSON adds to a rationale, about.
_ENTRY_TOKENS = 24

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "rationales": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"step": {"type": "integer"}, "rationale": {"type": "string"}},
                    "required": ["step", "rationale"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["rationales"],
        "additionalProperties": False,
    },
    separators=(",", ":"),
)
"""One for all sessions, because a server compiles each new one; how many steps there must be, it cannot say."""


@dataclass(frozen=True)
class Asked:
    """A request and the steps that it asks for. `input_tokens` is an estimate."""

    first_step: int
    last_step: int
    request: LLMRequest
    input_tokens: int


@dataclass(frozen=True)
class Prompt:
    """How a generator is asked. `like` is a request without a journey; `version` names its texts and their hash."""

    generator: GeneratorConfig
    like: LLMRequest
    version: str

    def asked(self, journey: Sequence[Step]) -> Iterator[Asked]:
        """All requests of a journey, in order. In mode per_action the one for a step is a function of the steps up to it alone."""
        page_tokens, steps = self.generator.page_tokens, range(1, len(journey) + 1)
        if self.generator.mode == "per_session":
            yield self._asked(1, len(journey), whole(journey, page_tokens))
        elif self.generator.output == "json":
            yield from map(self._asked, steps, steps, growing(journey, page_tokens))
        else:
            yield from (self._asked(step, step, _in_brief(journey[:step], page_tokens or 0)) for step in steps)

    def _asked(self, first_step: int, last_step: int, shown: Shown) -> Asked:
        request = replace(
            self.like,
            messages=(*self.like.messages, *shown.messages),
            max_tokens=self.like.max_tokens * (last_step - first_step + 1) + self.head_room_tokens,
        )
        return Asked(first_step, last_step, request, self.input_tokens + shown.tokens)

    @cached_property
    def head_room_tokens(self) -> int:
        """What a model that cannot but think may think, which counts as output, besides the answer."""
        return thinking_of(self.generator).head_room_tokens

    @cached_property
    def input_tokens(self) -> int:
        """What every request of the generator has in common, about."""
        texts = [self.like.system, *(one.content for one in self.like.messages), self.like.output_schema or ""]
        return sum(_tokens(text) for text in texts)


def prompt_of(generator: GeneratorConfig) -> Prompt:
    """The prompt of a generator, with its examples. Raises ExamplesError."""
    examples = load_examples(generator.examples)
    if generator.output == "sentence":
        name, system = "brief_v1", _file("brief_v1")
        messages, schema, tokens = _turns(examples, generator.page_tokens or 0), None, generator.max_output_tokens
    else:
        name, messages, schema = f"paper_v1+{generator.mode}_v1", (), SCHEMA
        system = f"{_file('paper_v1')}\n\n{_file(f'answer_{generator.mode}_v1')}"
        system = system.replace("{example}", _told(examples, generator), 1)
        tokens = generator.max_output_tokens + _ENTRY_TOKENS
    like = LLMRequest(generator.model, system, messages, tokens, output_schema=schema)
    texts = "\0".join([system, *(one.content for one in messages)])
    return Prompt(generator, like, f"{name}-{hashlib.sha256(texts.encode()).hexdigest()[:8]}")


def answer(said: Sequence[tuple[int, str]]) -> str:
    """Rationales by step as the JSON that is asked for.

    >>> answer([(3, "I want it.")])
    '{"rationales": [{"step": 3, "rationale": "I want it."}]}'
    """
    entries = [{"step": step, "rationale": rationale} for step, rationale in said]
    return json.dumps({"rationales": entries}, ensure_ascii=False)


def _told(examples: Examples, generator: GeneratorConfig) -> str:
    """The example journeys with their answers, in the form of the input: each answer follows what was asked for."""
    return "\n\n".join(part for journey in examples.journeys for part in _parts(journey, generator))


def _parts(journey: Sequence[Said], generator: GeneratorConfig) -> Iterator[str]:
    said = [(number, one.rationale) for number, one in enumerate(journey, 1)]
    for number, one in enumerate(journey, 1):
        yield block(number, one.step, generator.page_tokens)
        if generator.mode == "per_action":
            yield answer(said[number - 1 : number])
    if generator.mode == "per_session":
        yield answer(said)


def _turns(examples: Examples, page_tokens: int) -> tuple[Message, ...]:
    """The examples as turns: what the shopper had and did, then what they said."""
    return tuple(
        turn
        for journey in examples.journeys
        for number, one in enumerate(journey, 1)
        for turn in (
            Message("user", brief([other.step for other in journey[:number]], page_tokens)),
            Message("assistant", one.rationale),
        )
    )


def _in_brief(journey: Sequence[Step], page_tokens: int) -> Shown:
    shown, tokens = message(brief(journey, page_tokens))
    return Shown((shown,), tokens)


def _tokens(text: str) -> int:
    return estimate_tokens(text) + MESSAGE_TOKENS


def _file(name: str) -> str:
    """A prompt file without its lines that begin with #."""
    text = resources.files("shopcart_assets.reasoning.prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip()
