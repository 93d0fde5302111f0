"""The estimate against a real tokenizer: SmolLM2's, on a context as the sample shop's pages give it."""

from pathlib import Path

import pytest

from shopcart_assets.platform.tokens import estimate_tokens

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
