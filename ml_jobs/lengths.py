"""How long the paper's sessions are, for arithmetic before there is data.

The spread is assumed: the paper says 7.25 actions on average and at most 40,000 tokens, and no more.
"""

import math
import random
from dataclasses import dataclass

MAX_TOKENS = 40_000
PAGE_TOKENS = 4_000
MEAN_STEPS = 7.25
# Log-normal, so that few sessions have many steps, with that mean; pages differ by a third from each other.
_MEDIAN_STEPS, _STEPS_SIGMA, _PAGE_SIGMA = 5.6, 0.72, 0.3


@dataclass(frozen=True)
class Drawn:
    """One made-up session: its steps, and its tokens after the oldest pages were left out."""

    n_steps: int
    n_tokens: int


def draw(n_sessions: int, page_tokens: int, max_tokens: int, seed: int) -> list[Drawn]:
    """So many sessions; pages are left out from the oldest on until the rest fits, as `chat.fit` does."""
    random_ = random.Random(seed)
    drawn = []
    for _ in range(n_sessions):
        n_steps = max(2, round(random_.lognormvariate(math.log(_MEDIAN_STEPS), _STEPS_SIGMA)))
        pages = [page_tokens * random_.lognormvariate(-(_PAGE_SIGMA**2) / 2, _PAGE_SIGMA) for _ in range(n_steps)]
        while len(pages) > 1 and sum(pages) > max_tokens:
            pages.pop(0)
        drawn.append(Drawn(n_steps, min(max_tokens, round(sum(pages)))))
    return drawn
