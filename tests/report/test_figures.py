"""The five figures: those that have rows, over one look a policy; a run that nobody judged yet has a colour too."""

from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.report.figures import figures
from shopcart_assets.report.published import published
from shopcart_assets.report.table_1 import printed
from tests.report import invented
from tests.report.test_versions import tables

LOOK = looks(sorted(invented.accuracy()["policy"]))


def test_there_are_five_and_the_papers_rows_stand_in_the_first() -> None:
    drawn = figures(tables(), printed(published()), LOOK)
    assert list(drawn) == ["accuracy", "mix", "errors", "by_step", "training"]
    assert all(row.label in drawn["accuracy"].body for row in printed(published()))
    assert "not-judged-yet" in drawn["training"].body and LOOK[invented.BEST].colour in drawn["training"].body


def test_without_policies_and_runs_there_is_the_papers() -> None:
    nothing = {"accuracy": invented.accuracy().clear(), "steps": invented.steps()}
    drawn = figures(tables(**nothing), printed(published()), {})
    assert list(drawn) == ["accuracy"] and drawn["accuracy"].said == "No policy has been evaluated yet."
