"""Values come one at a time from lists, lines and whatever is torn or packed; damage is said where it is."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcart_assets.traffic.importers import json_stream
from shopcart_assets.traffic.importers.json_stream import Damaged, values


def read(folder: Path, name: str, content: str | bytes) -> list[Any]:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [value for _, value in values(file)]


OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=3), st.text() | st.integers() | st.lists(st.none()), max_size=3),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25)
@given(OBJECTS, st.integers(1, 9), st.booleans(), st.sampled_from([None, 1, 3]))
def test_the_same_values_come_in_every_shape(
    tmp_path_factory: pytest.TempPathFactory, objects: list[Any], block: int, is_ascii: bool, indent: int | None
) -> None:
    folder = tmp_path_factory.mktemp("values")
    lines = "\n".join(json.dumps(one, ensure_ascii=is_ascii) for one in objects)
    as_list = json.dumps(objects, indent=indent, ensure_ascii=is_ascii)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_BLOCK_BYTES", block)
        shapes = {"a.jsonl": lines, "b.json": lines, "c.json": as_list, "d.json": "\ufeff" + as_list + "\n"}
        for name, text in shapes.items():
            assert read(folder, name, text) == objects
            assert (
                read(folder, f"{name}.gz", gzip.compress(text.encode()[:9]) + gzip.compress(text.encode()[9:]))
                == objects
            )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[{"a": 1}, {"a": 2', [{"a": 1}, Damaged("torn")]),
        ('[{"a": 1}, {"a": "x', [{"a": 1}, Damaged("torn")]),
        ('[{"a": 1}', [{"a": 1}, Damaged("torn")]),
        ('[{"a": 1}, {"a" 2}, {"a": 3}]', [{"a": 1}, Damaged("not_json")]),
        ("hello", [Damaged("not_json")]),
        ('{"a": 1} x', [{"a": 1}, Damaged("not_json")]),
        ("[" * 99_999, [Damaged("too_deep")]),
        ("", []),
    ],
)
def test_a_list_is_read_up_to_the_damage(text: str, found: list[Any], tmp_path: Path) -> None:
    assert read(tmp_path, "a.json", text) == found


def test_the_other_lines_go_on_behind_a_damaged_one(tmp_path: Path) -> None:
    assert read(tmp_path, "a.jsonl", '{"a": 1}\n{"a"\n\n{"a": 2}\n{"a": ') == [
        {"a": 1}, Damaged("not_json"), {"a": 2}, Damaged("torn"),
    ]  # fmt: skip
    assert [number for number, _ in values(tmp_path / "a.jsonl")] == [1, 2, 4, 5]


def test_what_was_packed_before_the_tear_is_read(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f'{{"n": {n}}}\n' for n in range(9_999)).encode())
    found = read(tmp_path, "a.jsonl.gz", packed[: len(packed) // 2])
    assert len(found) > 1_000 and found[-1] == Damaged("torn") and found[-2]["n"] == len(found) - 2


def test_a_pair_is_one_value(tmp_path: Path) -> None:
    assert read(tmp_path, "a.json", '["w", {"a": 1}]\n["w", {"a": 2}]') == [["w", {"a": 1}], ["w", {"a": 2}]]
