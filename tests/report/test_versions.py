"""Equal rows have equal digests, other rows others; a policy is told by what stands behind it."""

import polars as pl

from shopcart_assets.report.published import published
from shopcart_assets.report.tables import READS, Tables
from shopcart_assets.report.versions import ModelVersion, days, digest, models, tables_read
from tests.report import invented


def tables(**changed: pl.DataFrame) -> Tables:
    read = {**invented.tables(), "report.published": published()}
    return Tables(**{name: changed.get(name, read[table]) for name, table in READS.items()})


def test_a_digest_changes_with_one_number_and_with_nothing_else() -> None:
    was = {one.table: one for one in tables_read(tables())}
    now = {one.table: one for one in tables_read(tables(accuracy=invented.accuracy(n_cases=1_413)))}
    assert list(was) == sorted(READS.values()) and was["evaluation.accuracy"].n_rows == invented.accuracy().height
    assert [name for name in was if was[name] != now[name]] == ["evaluation.accuracy"]
    assert digest(invented.accuracy()) != digest(invented.accuracy().reverse())


def test_a_model_is_told_by_its_base_model_and_checkpoint_and_what_is_not_known_is_empty() -> None:
    best, other = models(tables(), [invented.BEST, "gone"])
    assert best == ModelVersion(invented.BEST, "SmolLM2", "", "", "0", ("c0ffee" * 10)[:16])
    assert other == ModelVersion("gone", "", "", "", "", "")


def test_days_are_counted_and_bounded() -> None:
    assert days(pl.DataFrame({"day": ["2026-09-01"]})) == "one day of traffic, 2026-09-01"
    assert days(pl.DataFrame({"day": [None]}, schema={"day": pl.String})) == "no traffic"
