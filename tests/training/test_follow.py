"""A file is told of when it has changed, and in the end; what was there before is not news."""

import threading
from pathlib import Path

import pytest

from shopcart_assets.training.follow import following


def test_all_that_was_written_has_been_told_in_the_end(tmp_path: Path) -> None:
    path, told = tmp_path / "metrics.jsonl", list[bytes]()
    with following(path, told.append, every_seconds=3600):
        path.write_bytes(b"one\n")
    assert told == [b"one\n"]


def test_a_file_is_told_of_while_it_grows(tmp_path: Path) -> None:
    path, told, is_heard = tmp_path / "metrics.jsonl", list[bytes](), threading.Event()

    def tell(content: bytes) -> None:
        told.append(content)
        is_heard.set()

    with following(path, tell, every_seconds=0.001):
        path.write_bytes(b"one\n")
        assert is_heard.wait(30)
        path.write_bytes(b"one\ntwo\n")
    assert told[-1] == b"one\ntwo\n"
    assert len(told) == len(set(told)) >= 2


def test_what_an_earlier_run_left_is_not_told(tmp_path: Path) -> None:
    path, told = tmp_path / "metrics.jsonl", list[bytes]()
    path.write_bytes(b"old\n")
    with following(path, told.append, every_seconds=0.001):
        pass
    assert told == []


def test_an_error_of_the_listener_is_not_lost_and_hides_none(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"

    def fail(content: bytes) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), following(path, fail):
        path.write_bytes(b"one\n")
    with pytest.raises(KeyError), following(path, fail):
        path.write_bytes(b"two\n")
        raise KeyError
