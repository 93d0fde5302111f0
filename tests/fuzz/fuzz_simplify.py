"""A fuzz target: any bytes become a context with unique names, or are refused with a reason; never a crash, never a hang.

    pip install atheris && python -m tests.fuzz.fuzz_simplify -max_total_time=600 CORPUS_DIR

A hang is counted and not timed: more than CALLS_A_BYTE function calls for each byte of the input, when it is repeated until what is
quadratic shows. atheris is no dependency of the project, for it needs clang to build where no wheel is at hand.
"""

import sys
from collections import Counter
from contextlib import suppress

import atheris

from tests.context.effort import calls_of

with atheris.instrument_imports(include=["shopcart_assets"]):
    from shopcart_assets.context.parse import PageError
    from shopcart_assets.context.simplify import Page, simplify

# Pages made to be slow take up to 25. What is quadratic in its 8,000 elements takes 1,000 and more.
CALLS_A_BYTE = 100
FREE_CALLS = 50_000
REPEATED = 8
BUDGETS = (0, 60, 1_000)
RECIPES = ("none", "amazon", "ebay")


def test_one_input(data: bytes) -> None:
    """Simplifies the bytes with and without a budget and a recipe, and what came out once more."""
    budget, recipe = BUDGETS[len(data) % len(BUDGETS)], RECIPES[len(data) // len(BUDGETS) % len(RECIPES)]
    try:
        page = simplify(data, token_budget=budget, recipe=recipe)
    except PageError as error:
        assert error.reason, "a refusal without a reason"
        return
    check(page)
    assert budget < max(BUDGETS) or page.context_tokens <= budget, f"{page.context_tokens} tokens of {budget}"
    if not budget:
        again = simplify(page.html, token_budget=0)
        assert [one.name for one in again.names] == [one.name for one in page.names], "not a fixed point"
    if len(data) % REPEATED == 0:
        check_effort(data * REPEATED, budget, recipe)


def check_effort(data: bytes, budget: int, recipe: str) -> None:
    """The work grows with the page and no faster, whatever stands in it."""

    def work() -> None:
        with suppress(PageError):
            simplify(data, token_budget=budget, recipe=recipe)

    n_calls = calls_of(work)
    assert n_calls <= FREE_CALLS + CALLS_A_BYTE * len(data), f"{n_calls} calls for {len(data)} bytes"


def check(page: Page) -> None:
    """What holds for every context."""
    repeated = [name for name, n in Counter(one.name for one in page.names).items() if n > 1]
    assert not repeated, f"a name stands twice: {repeated[0]!r}"
    assert not any(sign in page.html for sign in ("<script", "<style", "<!--"))


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
