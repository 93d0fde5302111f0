"""Keys that are folders, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.partitions import PartitionError, check_day, check_key, folder, parse_folder

KEYS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@:+-]{0,20}", fullmatch=True).filter(lambda key: ".." not in key)


@given(KEYS, KEYS)
def test_a_folder_is_read_back(day: str, generator: str) -> None:
    partition = {"day": day, "generator": generator}
    assert parse_folder(folder(("day", "generator"), partition)) == partition


@pytest.mark.parametrize("key", ["", "a/b", "a,b", "a|b", "../x", "a..b", ".hidden", "a b", "a=b"])
def test_a_key_that_is_no_folder_is_refused(key: str) -> None:
    with pytest.raises(PartitionError, match="cannot be a partition key"):
        check_key(key)


def test_days_and_dimensions_are_checked() -> None:
    assert check_day("2026-10-01") == "2026-10-01"
    with pytest.raises(PartitionError, match="is not a day"):
        check_day("2026-13-01")
    with pytest.raises(PartitionError, match=r"named by \('day',\), not by \('policy',\)"):
        folder(("day",), {"policy": "markov_2"})
