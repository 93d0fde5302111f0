"""A table and its mapping in a temporary folder."""

from pathlib import Path
from typing import Protocol

import pytest


class Mapped(Protocol):
    """Writes the text as a mapping file and returns it."""

    def __call__(self, text: str) -> Path: ...


@pytest.fixture
def mapped(tmp_path: Path) -> Mapped:
    def write(text: str) -> Path:
        file = tmp_path / "mapping.yaml"
        file.write_text(text)
        return file

    return write
