"""From a model's answer to rationales: which step each is of, and what is wrong with those that are none.

The answer is hostile and is read in a fixed order: why the model stopped, whether there is JSON, whether it has the form that was
asked for, whether its steps are those that were asked for, and then each rationale by itself. Nothing is repaired.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shopcart_assets.platform.generator import Output
from shopcart_assets.platform.json_text import ParseMode, is_storable_text, json_objects
from shopcart_assets.reasoning import clean

Defect = Literal[
    clean.Defect, "unanswered", "prompt_too_long", "truncated", "no_json", "schema", "wrong_steps", "missing_step"
]

_STOPPED: Mapping[str, Defect] = {
    "refusal": "refusal",
    "prompt_too_long": "prompt_too_long",
    "model_context_window_exceeded": "prompt_too_long",
}
# A sentence ends in . ! or ? before white space or the end; "$9.99" and "4.5" do not end one.
_SENTENCE = re.compile(r".+?[.!?](?=[\"'”’)]*(?:\s|$))")


@dataclass(frozen=True)
class Rationale:
    """What an answer says of one step: a valid rationale, or the defect for which it is none (then `text` is empty)."""

    text: str
    defect: Defect | None
    mode: ParseMode | Literal["sentence"] | None = None


def read(
    answer: str, stop_reason: str, steps: Sequence[int], output: Output, names: Collection[str] = ()
) -> dict[int, Rationale]:
    """A rationale or a defect for each of `steps`, which is what the answer was asked for. Never raises, whatever the text.

    >>> read('{"rationales": [{"step": 1, "rationale": "I need a mug."}]}', "end_turn", [1, 2], "json")[2]
    Rationale(text='', defect='missing_step', mode=None)
    >>> read('"I need a mug. It is', "max_tokens", [1], "sentence")
    {1: Rationale(text='I need a mug.', defect=None, mode='sentence')}
    """
    if stopped := _STOPPED.get(stop_reason):
        return _all(steps, stopped)
    if not answer.strip():
        return _all(steps, "truncated" if stop_reason == "max_tokens" else "empty")
    if output == "sentence":
        return dict.fromkeys(steps, _first_sentence(answer, stop_reason, names))
    found = json_objects(answer)
    if not found.objects:
        return _all(steps, "truncated" if stop_reason == "max_tokens" else "no_json")
    said = _entries(found.objects)
    if said is None:
        return _all(steps, "schema")
    if said.keys() - set(steps):
        return _all(steps, "wrong_steps")  # counted from another number, perhaps: then no rationale is where it belongs
    return {step: _judged(said.get(step, []), found.mode, names) for step in steps}


def _all(steps: Sequence[int], defect: Defect) -> dict[int, Rationale]:
    return dict.fromkeys(steps, Rationale("", defect))


def _entries(objects: Sequence[Mapping[str, Any]]) -> dict[int, list[object]] | None:
    """What is said of each step: of a list of entries, or of the one object that wraps it. None where it is neither."""
    entries: object = list(objects)
    if len(objects) == 1 and len(objects[0]) == 1:
        (entries,) = objects[0].values()
    if not isinstance(entries, list):
        return None
    said: dict[int, list[object]] = {}
    for one in entries:
        if not isinstance(one, dict) or one.keys() != {"step", "rationale"} or type(one["step"]) is not int:
            return None
        said.setdefault(one["step"], []).append(one["rationale"])
    return said


def _judged(said: Sequence[object], mode: ParseMode, names: Collection[str]) -> Rationale:
    """A step without an entry is missing; one with two, or with something else than text, has not the form asked for."""
    if not said:
        return Rationale("", "missing_step")
    if len(said) > 1 or not isinstance(said[0], str) or not is_storable_text(said[0]):
        return Rationale("", "schema")
    line = clean.plain(said[0])
    defect = clean.defect_of(line, names)
    return Rationale("", defect) if defect else Rationale(line, None, mode)


def _first_sentence(answer: str, stop_reason: str, names: Collection[str]) -> Rationale:
    """The answer's first sentence; markup anywhere in the answer is a defect."""
    line = clean.plain(answer)
    sentence = _SENTENCE.match(line)
    first = clean.plain(sentence.group()) if sentence else line
    if clean.defect_of(line, names) in ("empty", "has_markup") or "`" in answer:
        return Rationale("", clean.defect_of(line, names) or "has_markup")
    if not sentence and stop_reason == "max_tokens":
        return Rationale("", "truncated")
    defect = clean.defect_of(first, names)
    return Rationale("", defect) if defect else Rationale(first, None, "sentence")
