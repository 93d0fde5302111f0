"""The request for one rationale: the paper's synthesis prompt (appendix A) over the steps up to its own.

A step's request reads nothing after it, so its rationale cannot know the future: the journey is cut before anything is
rendered. (The paper's own prompt shows the whole journey at once.) No model is called here, no answer is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit
from shopcart_assets.platform.llm import LLMRequest, Message
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.page import cut, digest

PROMPT_VERSION = "synthesis_v1"

# The default generator is a small model on a CPU: a request has about 300 tokens, examples included, and at most 380.
SEEN_TOKENS = 28
LABEL_TOKENS = 12
HISTORY_ACTIONS = 2

QUESTION = "Why did you do this?"


@dataclass(frozen=True)
class Step:
    """One action and the page that it was taken on. `action` is None where its target was not recognised."""

    action: Action | None
    title: str
    html: str


def request(journey: Sequence[Step], step: int, generator: GeneratorConfig) -> LLMRequest:
    """The request for the rationale of `step` (from 1): a function of the journey's first `step` entries alone."""
    known = journey[:step]
    return LLMRequest(
        model=generator.model,
        system=instructions(),
        messages=(*examples(), Message("user", describe(known))),
        max_tokens=generator.max_output_tokens,
    )


def describe(journey: Sequence[Step]) -> str:
    """A journey that ends in the action to explain, in the form of the think-aloud examples.

    >>> print(describe([Step(TypeAndSubmit("search", "mug"), "Shop", "<p>Welcome"), Step(Terminate(), "mug", "<p>No mugs")]))
    Before: typed "mug"
    Page: mug
    Seen: No mugs
    Action: terminate
    Why did you do this?
    """
    *earlier, last = journey
    name = last.action.name if isinstance(last.action, Click) else None
    before = "; ".join(_in_words(step) for step in earlier[-HISTORY_ACTIONS:]) or "nothing"
    seen = digest(last.html, name, SEEN_TOKENS).seen
    return (
        f"Before: {before}\nPage: {cut(last.title, LABEL_TOKENS)}\nSeen: {seen}\nAction: {_in_words(last)}\n{QUESTION}"
    )


def _in_words(step: Step) -> str:
    match step.action:
        case Click(name):
            label = digest(step.html, name, LABEL_TOKENS).label or name.rsplit(".", 1)[-1].replace("_", " ")
            return f'clicked "{cut(label, LABEL_TOKENS)}"'
        case TypeAndSubmit(_, text):
            return f'typed "{cut(text, LABEL_TOKENS)}"'
        case Terminate():
            return "terminate"
        case None:
            return "did something else on the page"


@cache
def instructions() -> str:
    """The system prompt, word for word as its versioned file has it."""
    return _file(f"{PROMPT_VERSION}.txt").strip()


@cache
def examples() -> tuple[Message, ...]:
    """The think-aloud examples as turns: what the shopper had and did, then what they said."""
    lines = [line for line in _file("think_aloud.txt").splitlines() if not line.startswith("#")]
    blocks = [block.rsplit("\n", 1) for block in "\n".join(lines).strip().split("\n\n")]
    return tuple(
        message for journey, said in blocks for message in (Message("user", journey), Message("assistant", said))
    )


def _file(name: str) -> str:
    return resources.files("shopcart_assets.reasoning.prompts").joinpath(name).read_text(encoding="utf-8")
