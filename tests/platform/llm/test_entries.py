"""Many entries at once, on a directory and on a real S3 server (moto)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopcart_assets.platform.lake import Lake, LocalLake
from shopcart_assets.platform.llm.entries import Entries, Entry
from shopcart_assets.platform.llm.port import LedgerError, LLMResponse


def entry(number: int) -> Entry:
    return Entry(
        f"{number * 7919 % 256:02x}{number:062x}", LLMResponse(f"“{number}”\u2028", "m", 1, 2, "end_turn", 0.5, "{}")
    )


def test_entries_are_kept_found_and_read_in_the_order_of_the_keys(lake: Lake) -> None:
    entries, all_of_them = Entries(lake), [entry(number) for number in range(90)]
    entries.put_all(iter(all_of_them[:80]))
    asked = [one.key for one in reversed(all_of_them)]

    assert entries.have(asked) == {one.key for one in all_of_them[:80]} == set(entries.keys())
    assert entries.have(asked[:20]) == {one.key for one in all_of_them[70:80]}, "few keys are looked up one by one"
    assert list(entries.read(asked)) == list(reversed(all_of_them[:80]))
    assert entries.get(asked[0]) is None


def test_what_is_no_entry_is_not_taken_for_one(lake: Lake) -> None:
    entries = Entries(lake)
    entries.put(entry(1))
    for key in ("ledger/batches/open/x.json", f"ledger/{entry(1).key[:2]}/notes.txt"):
        with lake.put(key) as path:
            path.write_text("{}")
    assert entries.keys() == [entry(1).key]


def test_no_more_are_read_than_can_soon_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries, drawn = Entries(LocalLake(tmp_path)), 0
    entries.put_all(entry(number) for number in range(3))

    def keys() -> Iterator[str]:
        nonlocal drawn
        for number in range(100_000):
            drawn += 1
            yield entry(number % 3).key

    read = entries.read(keys())
    assert next(read) == entry(0) and drawn < 3_000


def test_one_unreadable_entry_among_many_is_an_error(tmp_path: Path) -> None:
    entries = Entries(LocalLake(tmp_path))
    entries.put_all(entry(number) for number in range(50))
    (tmp_path / "ledger" / entry(31).key[:2] / f"{entry(31).key}.json").write_text("{")
    keys = [entry(number).key for number in range(50)]

    assert len(entries.have(keys)) == 50, "it is there, so it is not asked for again"
    with pytest.raises(LedgerError, match=entry(31).key):
        list(entries.read(keys))
