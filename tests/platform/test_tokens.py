"""The estimate against a real tokenizer: SmolLM2's, on a context as the sample shop's pages give it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.tokens import PIECE, estimate_tokens

CONTEXT = """<html><head><title>amber kettle</title></head><body><form role="search"><input name="search_input"
value="amber kettle" type="search"><button name="search_button">Go</button></form><main><aside><h3>Reviews</h3><label><input
name="refinements.reviews.4_stars__up" type="checkbox"> 4 stars &amp; up</label></aside><ul><li><a
name="search_results.amber_kettle.view_product">Amber Kettle</a> $77.99 4.4 stars (4219)</li></ul></main></body></html>"""


@pytest.mark.slow
def test_the_estimate_is_within_a_tenth_of_smollm2s_count(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    from ml_jobs import models

    tokenizer = AutoTokenizer.from_pretrained(models.resolve("tiny-random", tmp_path))
    assert estimate_tokens(CONTEXT) == pytest.approx(len(tokenizer(CONTEXT)["input_ids"]), rel=0.1)


@given(
    st.lists(st.one_of(st.text(), st.text("aé_1٣².<¶\u200b 日", max_size=30), st.integers(0, 12).map("a".__mul__))).map(
        "".join
    )
)
def test_the_count_is_that_of_the_pattern(text: str) -> None:
    assert estimate_tokens(text) == len(PIECE.findall(text))


def test_every_character_counts_as_in_the_pattern() -> None:
    for code in (*range(0x3100), *range(0xD7F0, 0xE010), 0xFF11, 0x1D7D8, 0x1F4A1, 0x10FFFF):
        text = f"a{chr(code)}aaaa."
        assert estimate_tokens(text) == len(PIECE.findall(text)), hex(code)
