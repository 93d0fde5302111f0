"""Steps in words: as the paper shows them (context and action), or in brief for a small model. Text only, no request.

A step is rendered from itself alone, so that it reads the same in every request of its session.
"""

from collections.abc import Sequence

from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit, to_json
from shopcart_assets.reasoning.journeys import Step
from shopcart_assets.reasoning.page import cut, digest

LABEL_TOKENS = 12
HISTORY_ACTIONS = 2
QUESTION = "Why did you do this?"
LEFT_OUT = "(an earlier page, left out)"
_NO_PAGE = "(no page recorded)"
_UNKNOWN = "did something else on the page"


def block(number: int, step: Step, page_tokens: int | None, *, is_left_out: bool = False) -> str:
    """One numbered step of a journey: what was seen (a digest of `page_tokens`; None = the whole context) and what was done.

    >>> print(block(2, Step(Terminate(), "mug", "<p>No mugs</p>"), None))
    Step 2
    Context:
    <p>No mugs</p>
    Action:
    {"type": "terminate"}
    """
    if page_tokens is not None and not is_left_out:
        return f"Step {number}\n{_seen(step, page_tokens)}\nAction: {in_words(step)}"
    context = LEFT_OUT if is_left_out else step.html or _NO_PAGE
    action = _UNKNOWN if step.action is None else to_json(step.action)
    return f"Step {number}\nContext:\n{context}\nAction:\n{action}"


def brief(journey: Sequence[Step], page_tokens: int) -> str:
    """A journey that ends in the action to explain, in a few lines: its last page and at most HISTORY_ACTIONS before it.

    >>> print(brief([Step(TypeAndSubmit("search", "mug"), "Shop", "<p>Welcome"), Step(Terminate(), "mug", "<p>No mugs")], 9))
    Before: typed "mug"
    Page: mug
    Seen: No mugs
    Action: terminate
    Why did you do this?
    """
    *earlier, last = journey
    before = "; ".join(in_words(step) for step in earlier[-HISTORY_ACTIONS:]) or "nothing"
    return f"Before: {before}\n{_seen(last, page_tokens)}\nAction: {in_words(last)}\n{QUESTION}"


def in_words(step: Step) -> str:
    """What was done, by the words on the page and not by the name of the element."""
    match step.action:
        case Click(name):
            label = digest(step.html, name, LABEL_TOKENS).label or name.rsplit(".", 1)[-1].replace("_", " ")
            return f'clicked "{cut(label, LABEL_TOKENS)}"'
        case TypeAndSubmit(_, text):
            return f'typed "{cut(text, LABEL_TOKENS)}"'
        case Terminate():
            return "terminate"
        case None:
            return _UNKNOWN


def _seen(step: Step, page_tokens: int) -> str:
    name = step.action.name if isinstance(step.action, Click) else None
    return f"Page: {cut(step.title, LABEL_TOKENS)}\nSeen: {digest(step.html, name, page_tokens).seen}"
