"""What a policy sees (a case) and what it may learn from (train sessions). Values only; how they are read is in `sessions`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import nan

from shopcart_assets.evaluation.legality import TEXT_ROLES, Roles
from shopcart_assets.platform.actions import Action, TypeAndSubmit

Actions = tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page shows, in numbers: how many targets of each kind, and the price and rating that come first.

    `price` is in the page's own currency, `rating` in stars; nan where the page shows none.
    """

    n_products: int = 0
    n_filters: int = 0
    n_pages: int = 0
    n_purchases: int = 0
    price: float = nan
    rating: float = nan


NO_FACTS = PageFacts()


@dataclass(frozen=True)
class Case:
    """One question: the session so far, and the page with its names and roles in their order. `key` seeds randomness.

    `minutes` are those from the session's first action to each of `history`, nan where the log has no times; the time of the
    action that is asked for is nowhere, because it would tell of it: a window that is left open is closed by a long gap.
    """

    key: tuple[str, int]
    history: Actions
    roles: Roles
    minutes: tuple[float, ...] = ()
    facts: PageFacts = NO_FACTS

    @property
    def clickable(self) -> list[str]:
        """Names that take clicks, in the order of the page."""
        return [name for name, role in self.roles.items() if role not in TEXT_ROLES]

    @property
    def text_fields(self) -> list[str]:
        """Names that take text, in the order of the page."""
        return [name for name, role in self.roles.items() if role in TEXT_ROLES]

    @property
    def last_query(self) -> str:
        """The text that was typed last, empty where there is none. Blank text cannot be typed and submitted."""
        typed = (action.text for action in reversed(self.history) if isinstance(action, TypeAndSubmit))
        return next((text for text in typed if text.strip()), "")


@dataclass(frozen=True)
class Session:
    """A whole train session. `minutes` and `facts` are parallel to `actions`: when each was done, and on what page."""

    actions: Actions
    minutes: tuple[float, ...] = ()
    facts: tuple[PageFacts, ...] = ()

    def questions(self) -> Iterator[tuple[Case, Action]]:
        """Each action from the second on, and the case that it answers: without the page's names, which nobody learns from."""
        for place in range(1, len(self.actions)):
            facts = self.facts[place] if self.facts else NO_FACTS
            yield Case(("", place + 1), self.actions[:place], {}, self.minutes[:place], facts), self.actions[place]


Policy = Callable[[Sequence[Case]], list[Action]]
"""The answers to many cases at once, in their order; each depends on its own case only."""
Fit = Callable[[Sequence[Session], int], Policy]
"""Learns from train sessions, the latest last, and a seed."""


def each(answer: Callable[[Case], Action]) -> Policy:
    """The policy that answers one case after the other."""
    return lambda cases: [answer(case) for case in cases]
