"""A session of three steps, invented: policy `a` is right and then wrong, `b` says no JSON and then nothing."""

from typing import Any

import polars as pl

from shopcart_assets.evaluation.story.told import Frames
from shopcart_assets.platform.dictionary import TABLES
from tests.evaluation.invented import filled

CLICK, LEAVE = '{"type": "click", "name": "mug.view_product"}', '{"type": "terminate"}'

ACTIONS = pl.DataFrame(
    [(1, "type_and_submit", "search_input", "mug", None), (2, "click", "mug.view_product", None, "p1"),
     (3, "click", "mug.buy_now", None, "p2")],
    schema={"step": pl.Int64, "action_type": pl.String, "name": pl.String, "text": pl.String, "page_id": pl.String},
    orient="row",
)  # fmt: skip

VERDICTS: dict[str, list[Any]] = {
    "a": [(2, CLICK, True, "correct", None), (3, LEAVE, False, "didnt_click", None)],
    "b": [(2, None, False, "illegal", "no_json")],
}


PAGE = """<html><head><title>Mugs</title></head><body><form role="search"><input name="search_input" value="mug"></form>
<h3><a name="mug.view_product">A mug</a></h3></body></html>"""


def frames(
    title: str = "Mugs", output: str = "I would rather not", rationale: str = "I want a mug.", page: str = PAGE
) -> Frames:
    """The session's rows; what pages and models say can be chosen."""
    columns = ["step", "predicted_action", "is_exact", "error", "illegal_reason"]
    verdicts = {
        name: filled("evaluation.verdicts", pl.DataFrame(rows, columns, orient="row"))
        for name, rows in VERDICTS.items()
    }
    given: dict[str, list[Any]] = {"a": [(2, CLICK, rationale), (3, LEAVE, None)], "b": [(2, output, None)]}
    schema = TABLES["evaluation.predictions"].schema()
    said = {"step": schema["step"], "output": schema["output"], "rationale": schema["rationale"]}
    predictions = {
        name: filled("evaluation.predictions", pl.DataFrame(rows, said, orient="row")) for name, rows in given.items()
    }
    pages = pl.DataFrame({"page_id": ["p1", "p2"], "title": [title, "Mug"], "html": [page, "<p>Mug, $3"]})
    return Frames(filled("context.actions", ACTIONS), pages, verdicts, predictions)
