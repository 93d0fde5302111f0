"""Scoring all actions of a session at once gives what scoring each alone gives, from the whole text and without a cache."""

import copy
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ml_jobs import chat, likelihood, models
from ml_jobs.cases import AnswerConfig, Asker
from ml_jobs.likelihood_paths import Path as TokenPath
from ml_jobs.likelihood_paths import form, paths
from ml_jobs.likelihood_tree import TreeScorer, Tries
from ml_jobs.program import ConfigError
from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, THINK_CLOSE, THINK_OPEN, prompted, thinking
from shopcart_assets.platform.actions import Click, Terminate, TypeAndSubmit, to_json
from shopcart_assets.platform.jobs import read_rows
from tests.ml_jobs.conftest import ARCHITECTURES, session, write_sessions

OWN = "I would rather look at another one."


def actions(number: int, step: int) -> list[str]:
    """What can be done on the page: names that share a beginning, one of them the person's, one the beginning of another."""
    names = [f"item_{number}_{step}", f"item_{number}", "item_list.next", f"item_{number}_{step}.buy_now", "käse"]
    texts = [TypeAndSubmit("search", text) for text in ("mug", "mug red", 'a "quoted" mug')]
    return [*(to_json(Click(name)) for name in names), *map(to_json, texts), to_json(Terminate())]


def asked(one: chat.Session, rationale: str | None = OWN) -> list[likelihood.Asked]:
    number = int(one["session_id"].removeprefix("s"))
    return [
        {
            "session_id": one["session_id"],
            "step": step["step"],
            "rationale": rationale,
            "actions": actions(number, step["step"]),
            "human": to_json(Click(f"item_{number}_{step['step']}")),
        }
        for step in one["steps"]
        if step["is_case"]
    ]


def in_form(one: chat.Session, arm: str) -> chat.Session:
    """The reasoning session in the form of another arm, as the dataset stage makes it."""
    told = json.dumps({"system": one["system"], "steps": one["steps"]})
    made = json.loads(prompted(told) if arm == "prompted" else thinking(told, arm == "think"))
    return {"session_id": one["session_id"], "system": made["system"], "steps": made["steps"]}


def naive(model: Any, tokenizer: Any, one: chat.Session, case: likelihood.Asked, action: str) -> float:
    """-log probability of the action, from the whole conversation's text with it in the person's place."""
    steps = [step for step in one["steps"] if step["step"] <= case["step"]]
    turns = copy.deepcopy(steps[-1]["turns"])
    head, tail = turns[-1]["content"].split(case["human"])
    if case["rationale"] is not None and len(turns) == 4:
        turns[1]["content"] = case["rationale"]
    elif case["rationale"] is not None:
        head = f"<think>\n{case['rationale']}\n</think>\n\n"
    turns[-1]["content"] = head + action + tail
    told: chat.Session = {**one, "steps": [*steps[:-1], {**steps[-1], "turns": turns}]}
    rendered = chat.render(tokenizer, chat.messages(told))
    start, stop = rendered.replies[-1]
    text = tokenizer.decode
    # The first token of the reply after which all of the action's head is there, and with a tail the first with all of the action.
    begin = next(at for at in range(start, stop) if len(text(rendered.ids[start : at + 1])) > len(head))
    end = (
        next(at for at in range(start, stop) if head + action in text(rendered.ids[start : at + 1])) + 1
        if tail
        else stop
    )
    n_kept = len(rendered.ids) - begin + 1
    logits = model(torch.tensor([rendered.ids]), logits_to_keep=n_kept).logits[0].double().log_softmax(-1)
    return -sum(float(logits[at - begin, rendered.ids[at]]) for at in range(begin, end))


def config(base: Path, sessions: Path, cases: Sequence[likelihood.Asked], **more: Any) -> likelihood.LikelihoodConfig:
    candidates = sessions.with_name("candidates.jsonl")
    candidates.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    folder = sessions.parent
    return likelihood.LikelihoodConfig(str(base), sessions, candidates, folder / "output", folder, **more)


def scored(
    base: Path, folder: Path, sessions: Sequence[chat.Session], rationale: str | None, **more: Any
) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    path = write_sessions(folder / "sessions.jsonl", list(sessions))
    likelihood.main(config(base, path, [case for one in sessions for case in asked(one, rationale)], **more))
    return read_rows(folder / "output")


def agree(base: Path, sessions: Sequence[chat.Session], rows: Sequence[dict[str, Any]], rationale: str | None) -> None:
    model, tokenizer = models.load(base)
    cases = [(one, case) for one in sessions for case in asked(one, rationale)]
    assert [(row["session_id"], row["step"]) for row in rows] == [(c["session_id"], c["step"]) for _, c in cases]
    for row, (one, case) in zip(rows, cases, strict=True):
        wanted = [naive(model, tokenizer, one, case, action) for action in case["actions"]]
        assert row["nats"] == pytest.approx(wanted, abs=1e-4, rel=1e-6)
        assert row["human_nats"] == row["nats"][case["actions"].index(case["human"])]
        assert sum(torch.tensor(row["nats"]).neg().exp()) <= 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("reasoning", [True, False])
def test_same_figures_as_each_action_alone(
    base: Callable[[str], Path], tmp_path: Path, architecture: str, reasoning: bool
) -> None:
    sessions = [session(number, 2 + number, reasoning=reasoning) for number in (1, 2)]
    rationale = OWN if reasoning else None
    rows = scored(base(architecture), tmp_path, sessions, rationale)
    agree(base(architecture), sessions, rows, rationale)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.resolve("tiny-random", tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize(("arm", "rationale"), [("prompted", None), ("think", OWN), ("no_think", None)])
def test_each_form_of_answer_with_a_tokenizer_that_merges(
    tiny: Path, tmp_path: Path, arm: str, rationale: str | None
) -> None:
    """SmolLM2's tokenizer puts a brace together with the space before it and with the quote or brace after it."""
    sessions = [in_form(session(1, 3), arm)]
    agree(tiny, sessions, scored(tiny, tmp_path, sessions, rationale), rationale)


def test_pieces_of_a_trie_change_nothing(base: Callable[[str], Path], tmp_path: Path) -> None:
    sessions = [session(1, 4)]
    together = scored(base("llama"), tmp_path / "together", sessions, OWN, max_tree_tokens=100_000)
    for size in (1, 7):
        apart = scored(base("llama"), tmp_path / str(size), sessions, OWN, max_tree_tokens=size)
        for one, other in zip(together, apart, strict=True):
            assert one["nats"] == pytest.approx(other["nats"], abs=1e-4)


def test_the_session_is_read_once_and_each_shared_token_once(
    base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = models.load(base("llama"))
    n_read: list[int] = []
    forward = type(model).forward

    def counted(self: Any, *arguments: Any, **named: Any) -> Any:
        n_read.append(named["input_ids"].shape[1])
        return forward(self, *arguments, **named)

    monkeypatch.setattr(type(model), "forward", counted)
    one = session(1, 4)
    scorer = likelihood.Scorer(tokenizer, TreeScorer(model, 64), 4096, False)
    rows = scorer.rows(one, asked(one))
    cases = [likelihood.case(one, case, tokenizer, 4096) for case in asked(one)]
    inner = [{path.ids[:n] for path in case.paths for n in range(1, len(path.ids))} for case in cases]
    assert n_read[0] == len(cases[-1].prefix) and sum(n_read[1:]) == sum(map(len, inner))
    assert max(n_read[1:]) == 64 and len(rows) == 3


@given(
    st.lists(
        st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=5).map(tuple), min_size=1, max_size=6),
        min_size=1,
        max_size=3,
    )
)
def test_a_trie_holds_each_beginning_once_and_ancestors_are_beginnings(cases: list[list[tuple[int, ...]]]) -> None:
    tries = Tries()
    beginnings: list[tuple[int, tuple[int, ...]]] = []
    for number, ids in enumerate(cases):
        ends = tries.grow(number + 1, [TokenPath(one, 0) for one in ids])
        for node in range(len(beginnings), len(tries.token)):
            parent = tries.parent[node]
            beginnings.append((number, (*(beginnings[parent][1] if parent >= 0 else ()), tries.token[node])))
        assert [beginnings[end][1] for end in ends] == ids
    assert len(set(beginnings)) == len(beginnings)
    assert set(beginnings) == {
        (number, one[:n]) for number, ids in enumerate(cases) for one in ids for n in range(1, len(one) + 1)
    }
    for node, (number, mine) in enumerate(beginnings):
        seen = [other for other in range(node + 1) if node < tries.end[other]]
        assert [beginnings[other] for other in seen] == [(number, mine[:n]) for n in range(1, len(mine) + 1)]


def test_a_name_cannot_end_the_turn(tokenizer: Any) -> None:
    one = session(1, 2)
    human = asked(one)[0]["human"]
    hostile, tame = (to_json(Click(name)) for name in ("a<|im_end|>", "a"))
    end = chat.end_of_turn(tokenizer)
    told = form(one["steps"][1]["turns"], human, OWN)
    for path in paths(tokenizer, told, [hostile, tame]):
        assert path.ids[path.n_given :].count(end) == 1 and path.ids[-1] == end


@pytest.mark.parametrize(
    "tags", [{}, {"opening": THINK_OPEN, "closing": THINK_CLOSE}, {"opening": EMPTY_THOUGHT}], ids=repr
)
def test_a_case_has_the_room_that_it_had_when_it_was_answered(
    tokenizer: Any, tmp_path: Path, tags: dict[str, str]
) -> None:
    limits = {"max_rationale_tokens": 30, "max_action_tokens": 60, **tags}
    asker = Asker(tokenizer, AnswerConfig(**limits), 1_000)  # type: ignore[arg-type]
    wanted = config(tmp_path, tmp_path / "sessions.jsonl", [], **limits)
    assert likelihood.room(tokenizer, wanted, 1_000) == asker.room


def test_a_window_is_no_matter_where_a_session_fits_into_it(base: Callable[[str], Path], tmp_path: Path) -> None:
    model, tokenizer = models.load(base("mistral"))
    for window in (200, 2_000):
        model.config.sliding_window = window
        model.save_pretrained(tmp_path / str(window))
        tokenizer.save_pretrained(tmp_path / str(window))
    sessions = [session(1, 4)]
    rows = scored(tmp_path / "2000", tmp_path / "a", sessions, OWN)
    assert rows == scored(base("mistral"), tmp_path / "b", sessions, OWN)
    with pytest.raises(ConfigError, match="see only the last 200 tokens"):
        scored(tmp_path / "200", tmp_path / "c", sessions, OWN)


def test_what_cannot_be_scored_is_said(
    base: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = session(1, 3, page_letters=400)
    assert [row["nats"] for row in scored(base("llama"), tmp_path, [one], OWN, max_tokens=300)] == [None, None]
    assert "not scored: session s1: its last page" in capsys.readouterr().err
    with pytest.raises(chat.ChatError, match="does not hold its action"):
        form(one["steps"][1]["turns"], to_json(Terminate()))
    with pytest.raises(chat.ChatError, match="no place for one"):
        form(session(1, reasoning=False)["steps"][1]["turns"], asked(one)[0]["human"], OWN)
    path = write_sessions(tmp_path / "sessions.jsonl", [one])
    for wrong, message in (({"session_id": "s9"}, "1 of its sessions are not in"), ({"step": 9}, "has no step 9")):
        with pytest.raises(ConfigError, match=message):
            likelihood.main(config(base("llama"), path, [{**asked(one)[0], **wrong}]))  # type: ignore[typeddict-item]


def test_shards_share_the_sessions_and_other_candidates_start_afresh(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    sessions = [session(number) for number in range(3)]
    path = write_sessions(tmp_path / "sessions.jsonl", sessions)
    wanted = config(base("llama"), path, [case for one in sessions for case in asked(one)])
    for shard in (0, 1):
        likelihood.main(replace(wanted, shard=shard, n_shards=2))
    assert [row["session_id"] for row in read_rows(tmp_path / "output")] == ["s0", "s0", "s2", "s2", "s1", "s1"]
    likelihood.main(config(base("llama"), path, asked(sessions[1])))
    assert {row["session_id"] for row in read_rows(tmp_path / "output")} == {"s1"}


@pytest.mark.slow
def test_killed_and_run_again_it_scores_no_finished_session_twice(base: Callable[[str], Path], tmp_path: Path) -> None:
    sessions = [session(number, 6, page_letters=300) for number in range(12)]
    whole = scored(base("llama"), tmp_path / "whole", sessions, OWN)
    folder = tmp_path / "killed"
    folder.mkdir()
    path = write_sessions(folder / "sessions.jsonl", sessions)
    wanted = config(base("llama"), path, [case for one in sessions for case in asked(one)])
    told = {key: str(value) if isinstance(value, Path) else value for key, value in vars(wanted).items()}
    (folder / "config.json").write_text(json.dumps(told))
    command = [sys.executable, "-m", "ml_jobs.likelihood", "--config", str(folder / "config.json")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("session 2/"))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    [part] = (folder / "output").glob("part-*.jsonl")
    n_rows = len(part.read_text().splitlines())
    n_done = n_rows // 5
    assert 2 <= n_done < 12
    again = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True).stderr
    assert f"continuing: {n_rows} rows" in again and f"session 1/{12 - n_done}" in again
    assert read_rows(folder / "output") == whole
