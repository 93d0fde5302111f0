"""How written tokens move a branch on: replies, bridges, thoughts."""

import pytest

from ml_jobs.branches import Row, Turn, never

END = 0


def text(ids: list[int]) -> str:
    return "".join(map(chr, ids))


def written(row: Row, tokens: str) -> Row:
    """The row after these letters, `.` the end-of-turn token; each is read when the next one comes."""
    for letter in tokens:
        assert not row.is_done
        row.read, row.pending = [*row.read, *row.pending], []
        row.accept(END if letter == "." else ord(letter), END, text)
    return row


def row(is_part: bool = False, max_tokens: int = 3) -> Row:
    thought = Turn(max_tokens, lambda text: text.endswith("]"), [END, 7] if not is_part else [8, 9], is_part=is_part)
    return Row(5, [thought, Turn(4, never)])


@pytest.mark.parametrize(
    ("tokens", "pending"),
    [("a.", [END, 7]), ("a]", [ord("]"), END, 7]), ("abc", [ord("c"), END, 7])],
)
def test_the_next_reply_comes_after_the_bridge(tokens: str, pending: list[int]) -> None:
    one = written(row(), tokens)
    assert one.pending == pending and len(one.replies) == 2
    assert written(one, "d.").is_done and text(one.replies[1]) == "d"
    assert one.stop_reason == "end_turn"


def test_a_reply_that_runs_out_says_so() -> None:
    one = written(row(), "a.wxyz")
    assert one.is_done and one.stop_reason == "max_tokens"


@pytest.mark.parametrize(("tokens", "pending"), [("a]", [ord("]")]), ("abc", [ord("c"), 8, 9])])
def test_a_thought_goes_on_in_its_reply_and_is_closed_where_it_runs_out(tokens: str, pending: list[int]) -> None:
    one = written(row(is_part=True), tokens)
    assert one.pending == pending and not one.is_done
    assert [text(reply) for reply in written(one, "d.").replies] == [tokens, "d"]


def test_a_reply_that_ends_inside_its_thought_has_no_action() -> None:
    one = written(row(is_part=True), "a.")
    assert one.is_done and [text(reply) for reply in one.replies] == ["a", ""]
