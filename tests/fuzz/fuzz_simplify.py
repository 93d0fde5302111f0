"""A fuzz target: any bytes become a context with unique names, or are refused with a reason; never a crash, never a hang.

    pip install atheris && python -m tests.fuzz.fuzz_simplify -max_total_time=600 CORPUS_DIR

A hang is more than ten times the bare parse of the same bytes, and at least half a second: atheris slows Python down, not the parser. atheris is no dependency of the
project, for it needs clang to build where no wheel is at hand.
"""

import sys
import time
from collections import Counter
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["shopcart_assets"]):
    from shopcart_assets.context.parse import PageError
    from shopcart_assets.context.simplify import Page, simplify
    from shopcart_assets.privacy.parsing import UnreadablePage, decode_bytes, parse_text

TIMES_THE_PARSE = 10
LEAST_SECONDS = 0.5
BUDGETS = (0, 60, 1_000)
RECIPES = ("none", "amazon", "ebay")


def test_one_input(data: bytes) -> None:
    """Simplifies the bytes with and without a budget and a recipe, and what came out once more."""
    budget, recipe = BUDGETS[len(data) % len(BUDGETS)], RECIPES[len(data) // len(BUDGETS) % len(RECIPES)]
    began = time.process_time()
    with suppress(UnreadablePage):
        parse_text(decode_bytes(data))
    parsed = time.process_time()
    try:
        page = simplify(data, token_budget=budget, recipe=recipe)
    except PageError as error:
        assert error.reason, "a refusal without a reason"
        return
    spent = time.process_time() - parsed
    assert spent < max(LEAST_SECONDS, TIMES_THE_PARSE * (parsed - began)), f"{spent:.2f} s"
    check(page)
    assert budget < max(BUDGETS) or page.context_tokens <= budget, f"{page.context_tokens} tokens of {budget}"
    if not budget:
        again = simplify(page.html, token_budget=0)
        assert [one.name for one in again.names] == [one.name for one in page.names], "not a fixed point"


def check(page: Page) -> None:
    """What holds for every context."""
    repeated = [name for name, n in Counter(one.name for one in page.names).items() if n > 1]
    assert not repeated, f"a name stands twice: {repeated[0]!r}"
    assert not any(sign in page.html for sign in ("<script", "<style", "<!--"))


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
