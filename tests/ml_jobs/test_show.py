"""The session that is shown is the one that is trained on, its marks are the loss's, and it is safe to look at."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ml_jobs import chat, models, show
from ml_jobs.trainer import RunConfig
from shopcart_assets.dataset.conversation import thinking
from tests.ml_jobs.conftest import session, write_sessions
from tests.ml_jobs.test_train import config

HOSTILE = "\x1b[2J\x07 \u202e <script>alert(1)</script> ⟦not trained⟧"


def run_of(base: Path, tmp_path: Path, *sessions: chat.Session, max_tokens: int = 2048) -> RunConfig:
    run = config(base, tmp_path, max_tokens=max_tokens)
    return replace(run, sessions=write_sessions(tmp_path / "shown.jsonl", list(sessions)))


def printed(run: RunConfig, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    path = run.sessions.with_name("run.json")
    path.write_text(json.dumps(asdict(run), default=str))
    assert show.main(["--config", str(path), *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("n_less", [0, 100])
@pytest.mark.parametrize("form", ["reasoning", "no_think"])
def test_the_marks_are_those_of_the_loss(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, n_less: int
) -> None:
    one = session(1, page_letters=200)
    if form == "no_think":
        body: dict[str, Any] = json.loads(thinking(json.dumps(one), False))
        one = {"session_id": "s1", "system": body["system"], "steps": body["steps"]}
    tokenizer = models.load_tokenizer(base("llama"))
    max_tokens = len(chat.render(tokenizer, chat.messages(one)).ids) - n_less
    run = run_of(base("llama"), tmp_path, session(0), one, max_tokens=max_tokens)
    fitted = chat.fit(tokenizer, one, max_tokens)
    text = printed(run, capsys, "--session=s1", "--full")
    head, body_text = text.split("\n\n", 2)[0], text.split("\n\n", 2)[2]
    assert body_text.replace(show.OPEN, "").replace(show.CLOSE, "").rstrip() == tokenizer.decode(fitted.ids).rstrip()
    marked = re.findall(f"{show.OPEN}(.*?){show.CLOSE}", body_text, re.DOTALL)
    assert "".join(marked) == tokenizer.decode([fitted.ids[place] for place in fitted.trained])
    assert all(one.endswith("<|im_end|>") for one in marked)
    assert f"{len(fitted.ids):,} tokens (at most {max_tokens:,}), {len(fitted.trained)} of them trained" in head
    assert f"{fitted.n_left_out} of 3 pages left out" in head and fitted.n_left_out == bool(n_less)
    rows = [line.split() for line in text.split("\n\n")[1].splitlines()[1:]]
    assert [(int(row[1]), row[3]) for row in rows] == [(end - start, "<|im_end|>") for start, end in fitted.replies]
    assert sum(int(row[2]) for row in rows) == len(fitted.trained)
    assert [int(row[0]) for row in rows] == ([1, 1, 2, 2, 3, 3] if form == "reasoning" else [1, 2, 3])


def test_the_middle_of_long_pages_is_left_out_unless_all_is_asked_for(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(base("llama"), tmp_path, session(1, 1, page_letters=1500))
    short, full = printed(run, capsys), printed(run, capsys, "--full")
    (hidden,) = re.findall(r"\[\.\.\. ([\d,]+) tokens, not trained", short)
    assert full.count("x") - short.count("x") == int(hidden.replace(",", ""))
    assert "tokens, not trained" not in full


def test_what_a_page_says_reaches_neither_the_terminal_nor_the_browser(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = session(1, 1)
    one["session_id"] = "s\x1b[2J"
    one["steps"][0]["turns"][0]["content"] = HOSTILE
    run = run_of(base("llama"), tmp_path, one)
    text = printed(run, capsys)
    assert "\x1b" not in text and "\u202e" not in text and "\\x1b[2J\\x07 \\u202e" in text
    assert text.count(show.OPEN) == text.count(show.CLOSE) == 2
    page = printed(run, capsys, "--html")
    assert "<script" not in page and "\x1b" not in page and page.count("<mark>") == 3
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    colourful = printed(run, capsys)
    assert set(re.findall(r"\x1b\[[\d;]*\w", colourful)) == {"\x1b[30;42m", "\x1b[0m"} and show.OPEN not in colourful


def test_a_held_out_session_and_another_model_can_be_looked_at(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(base("llama"), tmp_path, session(0))
    run = replace(run, held_out=write_sessions(tmp_path / "held_out.jsonl", [session(7)]))
    text = printed(run, capsys, "--session=s7", f"--model={base('qwen2')}")
    assert f"session s7 of held_out.jsonl, {base('qwen2')}, arm reasoning" in text


def test_a_session_that_is_not_there_or_does_not_fit_is_one_line(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of(base("llama"), tmp_path, session(0), max_tokens=40)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(asdict(run), default=str))
    for options, said in (
        (["--session=s9"], "no session 's9' in "),
        ([], "session s0: its last page and its replies alone exceed 40 tokens"),
    ):
        assert show.main(["--config", str(path), *options]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: {said}")
