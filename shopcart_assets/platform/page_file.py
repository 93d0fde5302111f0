"""Puts a page where people open it: in the state folder, since it is no table. What a page says is its stage's business."""

import os
import uuid
from pathlib import Path

FOLDER = "report"
"""Of the state folder: pages link to each other in it, and an erasure deletes those that name a user's session."""
STORY = "story.html"
"""The index of the sessions that are told; each has its own page in SESSIONS."""
SESSIONS = "sessions"
REPORT = "report.html"


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
