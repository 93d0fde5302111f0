"""However few sessions are told at a time, the day is the same, and only the pages of those are asked for."""

from pathlib import Path

import polars as pl
import pytest

from shopcart_assets.dataset import DatasetError
from shopcart_assets.dataset.conversation import Reasons, conversations
from shopcart_assets.dataset.day import tell_day
from shopcart_assets.traffic.spool import Spool
from tests.dataset.test_conversation import ACTIONS, CONTEXTS, NONE_REJECTED, RATIONALES, REASONS, SPLITS

WHOLE = conversations(ACTIONS, CONTEXTS, SPLITS)


def _spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, WHOLE.schema)


@pytest.mark.parametrize("actions_at_once", [1, 3, 4, 100])
@pytest.mark.parametrize("reasons", [None, REASONS])
def test_the_day_is_the_same(tmp_path: Path, actions_at_once: int, reasons: Reasons | None) -> None:
    asked: list[list[str]] = []

    def contexts_of(page_ids: pl.Series) -> pl.DataFrame:
        asked.append(page_ids.to_list())
        return CONTEXTS.filter(pl.col("page_id").is_in(page_ids.implode()))

    told = tell_day(ACTIONS, SPLITS, contexts_of, _spool(tmp_path), reasons, actions_at_once)
    assert told.collect().equals(conversations(ACTIONS, CONTEXTS, SPLITS, reasons))
    assert len(asked) == (1 if actions_at_once > 3 else 2) and all(None not in ids for ids in asked)


def test_a_day_without_sessions_is_a_typed_frame(tmp_path: Path) -> None:
    told = tell_day(ACTIONS.clear(), SPLITS.clear(), lambda _: CONTEXTS.clear(), _spool(tmp_path))
    assert told.collect().equals(WHOLE.clear())


def test_a_missing_rationale_is_told(tmp_path: Path) -> None:
    few = Reasons(RATIONALES.head(4), NONE_REJECTED)
    with pytest.raises(DatasetError, match="1 actions have no rationale"):
        tell_day(ACTIONS, SPLITS, lambda _: CONTEXTS, _spool(tmp_path), few, 1)
