"""How many sessions, actions, purchases and users a log has, exactly, and which draws of the shoppers' policy give them.

Only numbers and seeds: no pages, no files. Every session stays a draw of the policy; where the totals of the first draws are off,
some sessions are drawn again.
"""

import random
from array import array
from dataclasses import dataclass

from shopcart_assets.traffic.sample_shop.shopper import is_last, walk
from shopcart_assets.traffic.sample_shop.views import Shop


@dataclass(frozen=True)
class Counts:
    """What a log has. Each session ends with a purchase or with a closed window, which is an action too."""

    n_sessions: int
    n_actions: int
    n_purchases: int
    n_users: int


PAPER = Counts(n_sessions=31_865, n_actions=230_965, n_purchases=4_432, n_users=3_526)
"""The paper's data set (section 4.1)."""

_DRAWS_AT_ONCE = 200


def scaled(n_sessions: int) -> Counts:
    """The paper's counts for that many sessions, in proportion, each rounded to the nearest whole number.

    >>> scaled(319)
    Counts(n_sessions=319, n_actions=2312, n_purchases=44, n_users=35)
    """

    def share(n: int) -> int:
        return (2 * n * n_sessions + PAPER.n_sessions) // (2 * PAPER.n_sessions)

    return Counts(n_sessions, share(PAPER.n_actions), share(PAPER.n_purchases), max(1, share(PAPER.n_users)))


def draw(seed: int, index: int, attempt: int) -> random.Random:
    """The chance behind one draw of the session with this number."""
    return random.Random(f"draw-{seed}-{index}-{attempt}")


class Plan:
    """For each session which of its draws is used, so that the totals are those of `counts`: a few bytes a session."""

    def __init__(self, counts: Counts, shop: Shop, seed: int) -> None:
        self.counts = counts
        self._shop, self._seed = shop, seed
        self._attempt = array("I", bytes(4 * counts.n_sessions))
        self._n_drawn = array("I", bytes(4 * counts.n_sessions))
        drawn = [self._draw(index) for index in range(counts.n_sessions)]
        self._length = bytearray(length for length, _ in drawn)
        self._bought = bytearray(bought for _, bought in drawn)
        self._fit_purchases()
        self._fit_actions()

    def rng(self, index: int) -> random.Random:
        """The chance that gives the session with this number."""
        return draw(self._seed, index, self._attempt[index])

    def attempts(self, indices: range) -> list[tuple[int, int]]:
        """Number and draw of these sessions, for a worker that has no plan."""
        return [(index, self._attempt[index]) for index in indices]

    def _draw(self, index: int) -> tuple[int, bool]:
        """Length and outcome of the session's next draw."""
        steps = list(walk(self._shop, draw(self._seed, index, self._n_drawn[index])))
        self._n_drawn[index] += 1
        return len(steps), is_last(steps[-1].move) and steps[-1].move.event_type == "click"

    def _take(self, index: int, length: int, bought: bool) -> None:
        self._attempt[index] = self._n_drawn[index] - 1
        self._length[index], self._bought[index] = length, bought

    def _fit_purchases(self) -> None:
        """Draws sessions again, in their order, until as many end with a purchase as should."""
        missing = self.counts.n_purchases - sum(self._bought)
        for index in range(self.counts.n_sessions):
            if not missing:
                return
            if self._bought[index] == (missing < 0):
                self._take(index, *self._until(index, missing > 0))
                missing += -1 if missing > 0 else 1

    def _until(self, index: int, bought: bool) -> tuple[int, bool]:
        while True:
            length, ended = self._draw(index)
            if ended == bought:
                return length, ended

    def _fit_actions(self) -> None:
        """Draws sessions again, in their order, for ones of the same outcome that bring the number of actions nearer."""
        missing = self.counts.n_actions - sum(self._length)
        while missing:
            for index in range(self.counts.n_sessions):
                missing -= self._nearer(index, missing)

    def _nearer(self, index: int, missing: int) -> int:
        """Takes a draw of the session that is longer (shorter where too many are there) by `missing` at most; by how much."""
        for _ in range(_DRAWS_AT_ONCE if missing else 0):
            length, bought = self._draw(index)
            more = length - self._length[index]
            if bought == self._bought[index] and min(0, missing) <= more <= max(0, missing) and more:
                self._take(index, length, bought)
                return more
        return 0
