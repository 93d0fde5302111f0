from shopcart_assets.report.funnel import funnel
from tests.report import invented

NAMES = ("traffic.intake", "traffic.sessions", "dataset.refused", "dataset.splits")


def test_nothing_vanishes() -> None:
    tables = invented.tables()
    found = funnel(*(tables[name] for name in NAMES))

    assert [(level.entered, level.kept) for level in found] == [(61_204, 22_310), (900, 780), (780, 750)]
    assert all(level.entered == level.kept + sum(loss.count for loss in level.losses) for level in found)
    assert found[0].losses[0].reason == "ignored_scroll", "the greatest loss first"


def test_an_empty_lake_has_no_levels() -> None:
    tables = invented.tables()

    assert funnel(*(tables[name].clear() for name in NAMES)) == []
