"""Puts the page where people open it. The page is not a table, so it lies in the state folder and not in the lake."""

import os
import uuid
from pathlib import Path


def put_in_place(path: Path, text: str) -> Path:
    """Writes the file whole: a reader has the old page or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with scratch.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path
