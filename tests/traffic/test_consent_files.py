"""A drop's consent file: every format and word, and what is said of one that cannot be trusted."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.traffic.consent import consent_history
from shopcart_assets.traffic.consent_events import STATEMENTS
from shopcart_assets.traffic.consent_files import read_file
from shopcart_assets.traffic.errors import DropError
from tests.traffic.test_consent import HEADER, HISTORY, _drop


def test_the_words_of_recorders_and_the_source_of_each_entry(tmp_path: Path) -> None:
    text = (
        HEADER
        + "a, Yes,2026-01-01T00:00:00Z,banner\nb,opt-out,2026-01-01T00:00:00Z,\nc,,2026-01-01,\nd,maybe,2026-01-01,\n"
    )
    said = read_file(_drop(tmp_path, text) / "consent.csv")
    assert said.schema == STATEMENTS
    assert said.select("status", "source", "is_known").rows() == [
        ("granted", "banner", True),
        ("withdrawn", "consent_file", True),
        ("unset", "consent_file", True),
        ("unset", "consent_file", False),
    ]


def test_typed_statuses_of_parquet(tmp_path: Path) -> None:
    for number, values in enumerate(
        ([True, False, None], [1, 0, 7], [{"analytics": True}, {"analytics": False}, None])
    ):
        frame = pl.DataFrame({"user_id": ["a", "b", "c"], "status": values, "effective_at": ["2026-01-01"] * 3})
        frame.write_parquet(tmp_path / f"{number}.parquet")
        assert read_file(tmp_path / f"{number}.parquet")["status"].to_list() == ["granted", "denied", "unset"]


def test_a_parquet_history_is_the_same(tmp_path: Path) -> None:
    from_csv = consent_history([_drop(tmp_path / "csv", HEADER + HISTORY)])
    (tmp_path / "parquet").mkdir()
    from_csv.write_parquet(tmp_path / "parquet" / "consent.parquet")
    assert consent_history([tmp_path / "parquet"]).equals(from_csv)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER + "a,granted,2026-01-01T00:00:00Z,x\na,withdrawn,soon,x\n",
            "line 3 has an effective_at that is not an ISO 8601 time",
        ),
        (HEADER + ",withdrawn,2026-01-01T00:00:00Z,x\n", "line 2 has no user_id"),
        ("user,status\na,granted\n", "lacks the columns user_id, effective_at"),
        ("", "cannot be read as a table"),
    ],
)
def test_an_entry_that_might_be_a_withdrawal_stops_everything(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DropError, match=message):
        consent_history([_drop(tmp_path, text)])
