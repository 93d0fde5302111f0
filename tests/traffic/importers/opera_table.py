"""An invented OPeRA download: Parquet files with the card's exact columns, types and folders. Pages are written by hand."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from shopcart_assets.traffic.importers.opera_files import COLUMNS, Config

ANN, BOB = "aaaa0000-0000-4000-8000-000000000001", "bbbb0000-0000-4000-8000-000000000002"
HOME = "https://www.amazon.com/?URL_MASKED"


def page(*names: str, head: str = "") -> str:
    """A simplified page as the data set has them, with these names."""
    elements = "".join(
        f'<input name="{name}" placeholder="Search">'
        if name.endswith("input")
        else f'<div name="{name}">{name[-30:]}</div>'
        for name in dict.fromkeys(("nav_bar.search_input", "nav_bar.search_button", *names))
    )
    return f'<html><head></head><body><div name="nav_bar" role="navigation">{head}</div>{elements}</body></html>'


def session_id(
    user_id: str, start: str = "2025-04-03T01:06:11.330000Z", end: str = "2025-04-03T01:08:28.535000Z"
) -> str:
    """An id as the card describes it."""
    return f"{user_id}_{start}_{end}"


def action(session: str, second: int, action_type: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of an action table; what is not given is null."""
    return {
        "session_id": session,
        "action_id": f"{session[:4]}-{second:04d}-{action_type}",
        "timestamp": f"2025-04-03T01:{second // 60:02d}:{second % 60:02d}.719Z",
        "action_type": action_type,
        "semantic_id": name,
        "url": HOME,
        "window_size": '{"width":1512,"height":823}',
        "simplified_html": page(*filter(None, [name])),
        "rationale": "",
        **more,
    }


def search(session: str, second: int, text: str, **more: Any) -> dict[str, Any]:
    """A search by the shop's own box."""
    return action(session, second, "input", "nav_bar.search_input", input_text=text, **more)


def write(
    source: Path,
    train: Sequence[dict[str, Any]],
    test: Sequence[dict[str, Any]] = (),
    config: Config = "filtered_action",
    users: Iterable[str] = (ANN, BOB),
) -> Path:
    """The folder of a download with these actions, and with session and user tables to match; the folder itself."""
    folder = source / f"OPeRA_{config.removesuffix('_action')}"
    for split, rows in (("train", train), ("test", test)):
        for kind in ("action", "session", "user", "images"):
            (folder / kind / (split if kind in ("session", "user") else "")).mkdir(parents=True, exist_ok=True)
        columns = dict.fromkeys(COLUMNS[config], pl.String())
        frame = pl.DataFrame([{name: row.get(name) for name in columns} for row in rows], schema=columns, orient="row")
        frame.write_parquet(folder / "action" / f"{split}-00000-of-00001.parquet")
        sessions = frame.group_by("session_id", maintain_order=True).agg(action_count=pl.len().cast(pl.Int64))
        known = sessions.with_columns(user_id=pl.col("session_id").str.split("_").list.first())
        known.select("session_id", "user_id", "action_count").write_parquet(
            folder / "session" / split / f"{split}.parquet"
        )
        people = {
            "user_id": list(users), "survey": '{"age": "25-34"}', "raw_survey": "{}",
            "interview_transcript": None, "interview_transcript_processed": "likes mugs",
        }  # fmt: skip
        pl.DataFrame(people, schema=dict.fromkeys(people, pl.String())).write_parquet(
            folder / "user" / split / f"{split}.parquet"
        )
    return source
