"""The files of the OPeRA data set as its card lays them out: where they lie, and their rows as text. What a row means is in opera.py."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from shopcart_assets.traffic.drops import DropError

Config = Literal["filtered_action", "full_action"]
Kind = Literal["action", "session", "user", "images"]
CONFIGS: tuple[Config, ...] = get_args(Config)
SPLITS = ("train", "test")
NEEDED = ("session_id", "timestamp", "action_type")
"""Columns without which an action table is none. A null or missing value of any other column is an absent one."""

COLUMNS: dict[Config, tuple[str, ...]] = {
    "filtered_action": (
        "session_id", "action_id", "timestamp", "action_type", "click_type", "semantic_id", "mouse_position", "element_meta",
        "url", "window_size", "page_meta", "simplified_html", "rationale", "products", "input_text", "image",
    ),
    "full_action": (
        "session_id", "action_id", "timestamp", "action_type", "navigation_type", "simplified_html",
        "simplified_html_new_page", "url", "window_size", "page_meta", "rationale", "products", "scroll_detail", "click_type",
        "semantic_id", "target", "mouse_position", "element_meta", "input_text", "image", "image_new_page",
    ),
}  # fmt: skip

_BATCH_ROWS = 100  # a page is up to a megabyte


@dataclass(frozen=True)
class Row:
    """One row of a table: where it stands (`line` from 1), its split, and its values as text; absent ones are left out."""

    file: str
    line: int
    split: str
    values: dict[str, str]


@dataclass(frozen=True)
class OperaFiles:
    """One configuration of the data set in a local folder, such as a clone from the Hugging Face hub."""

    source: Path
    config: Config

    def __post_init__(self) -> None:
        """Raises DropError where the folder has no actions of the configuration."""
        if not any(self.files("action", split) for split in SPLITS):
            raise DropError(
                f"{self.source} has no {self._folder}/action/train-*.parquet: give the folder of a whole download, as by "
                "`hf download NEU-HAI/OPeRA --repo-type dataset --local-dir FOLDER`"
            )

    @property
    def _folder(self) -> str:
        return f"OPeRA_{self.config.removesuffix('_action')}"

    def files(self, kind: Kind, split: str) -> list[Path]:
        """The Parquet files of a table and an official split, in order; none where it was not downloaded."""
        folder = self.source / self._folder / kind
        return sorted([*folder.glob(f"{split}-*.parquet"), *folder.glob(f"{split}/*.parquet")])

    def rows(self, kind: Kind) -> Iterator[Row]:
        """All rows of a table, train before test, a few in memory at a time. Raises DropError where a file is none."""
        for split in SPLITS:
            for file in self.files(kind, split):
                name = file.relative_to(self.source).as_posix()
                for line, values in enumerate(_rows(file), start=1):
                    yield Row(name, line, split, {key: text for key, value in values.items() if (text := _text(value))})

    def n_rows(self, kind: Kind) -> int:
        """Rows of a table, by what its files say. Raises DropError where a file is none."""
        found = [
            _opened(file).select(pl.len()).collect().item() for split in SPLITS for file in self.files(kind, split)
        ]
        return sum(map(int, found))

    def missing_columns(self) -> list[str]:
        """Columns of the card that no action file has. Raises DropError where one lacks a column that is needed."""
        found: set[str] = set()
        for file in (file for split in SPLITS for file in self.files("action", split)):
            columns = _opened(file).collect_schema().names()
            if lacking := [name for name in NEEDED if name not in columns]:
                raise DropError(f"{file} lacks the columns {', '.join(lacking)}: it is no table of OPeRA actions")
            found.update(columns)
        return [name for name in COLUMNS[self.config] if name not in found]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    try:
        for frame in _opened(file).collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True):
            yield from frame.iter_rows(named=True)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DropError(f"{file} is cut off or damaged ({type(error).__name__}): download it again") from None


def _opened(file: Path) -> pl.LazyFrame:
    try:
        frame = pl.scan_parquet(file)
        frame.collect_schema()
    except (OSError, pl.exceptions.PolarsError):
        raise DropError(
            f"{file} is no Parquet file: download it again, or, in a git clone, run `git lfs pull`"
        ) from None
    return frame


def _text(value: Any) -> str | None:
    """A value as text; the card has nothing but text, other exports have times, numbers and structs. Blank text is none."""
    if isinstance(value, str):
        return value if value.strip() else None
    if value is None or value != value:
        return None
    return value.isoformat() if isinstance(value, dt.date) else json.dumps(value, default=str, ensure_ascii=False)
