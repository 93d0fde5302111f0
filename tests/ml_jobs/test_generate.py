"""All cases of a session at once give what asking for each case alone gives."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from ml_jobs import cases, chat, generate, models
from ml_jobs.branches import Trunk
from ml_jobs.decode import TreeDecoder
from ml_jobs.program import ConfigError
from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, THINK_CLOSE, THINK_OPEN, thinking
from shopcart_assets.platform.jobs import read_rows
from tests.ml_jobs.conftest import ARCHITECTURES, session, write_sessions

RATIONALE, ACTION = 9, 13


def naive(model: Any, tokenizer: Any, one: chat.Session) -> list[dict[str, Any]]:
    """Each case alone by transformers' own generate, from the whole prompt, turn by turn."""
    end, rows = chat.end_of_turn(tokenizer), []
    for number, step in enumerate(one["steps"]):
        if not step["is_case"]:
            continue
        history = chat.messages({**one, "steps": one["steps"][:number]})
        texts, ids = list[str](), list[int]()
        for place, turn in enumerate(step["turns"]):
            if turn["role"] != "assistant":
                continue
            is_last = place == len(step["turns"]) - 1
            if not texts:
                ids = chat.prompt_ids(tokenizer, [*history, step["turns"][0]])
            else:
                bridge = "<|im_end|>\n<|im_start|>user\n<|end_of_rationale|><|im_end|>\n<|im_start|>assistant\n"
                ids += tokenizer(bridge, add_special_tokens=False)["input_ids"]
            limit = ACTION if is_last else RATIONALE
            new = alone(model, end, ids, limit)
            texts.append(tokenizer.decode(new, skip_special_tokens=True).strip())
            ids += new
        rows.append({"step": step["step"], "output": texts[-1], "rationale": texts[0] if len(texts) > 1 else None})
    return rows


def alone(model: Any, end: int, prompt: list[int], limit: int) -> list[int]:
    """Greedy tokens after a prompt, up to the end of the turn."""
    inputs = torch.tensor([prompt])
    written = model.generate(inputs, max_new_tokens=limit, do_sample=False, eos_token_id=end, pad_token_id=end)
    return [token for token in written[0, len(prompt) :].tolist() if token != end]


def thoughtful(one: chat.Session, keep: bool) -> chat.Session:
    """The session in the arm `think`."""
    return {**one, **json.loads(thinking(json.dumps(one), keep))}


def config(base: Path, sessions: Path, tmp_path: Path, **more: Any) -> generate.GenerateConfig:
    limits = {"max_rationale_tokens": RATIONALE, "max_action_tokens": ACTION}
    return generate.GenerateConfig(str(base), sessions, tmp_path / "output", tmp_path, **{**limits, **more})


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("reasoning", [True, False])
def test_same_tokens_as_each_case_alone(
    base: Callable[[str], Path], tmp_path: Path, architecture: str, reasoning: bool
) -> None:
    sessions = [session(number, 2 + number, reasoning=reasoning) for number in range(1, 4)]
    path = write_sessions(tmp_path / "sessions.jsonl", sessions)
    generate.main(config(base(architecture), path, tmp_path))
    rows = read_rows(tmp_path / "output")
    model, tokenizer = models.load(base(architecture))
    wanted = [{"session_id": one["session_id"], **row} for one in sessions for row in naive(model, tokenizer, one)]
    assert [{key: row[key] for key in ("session_id", "step", "output", "rationale")} for row in rows] == wanted
    assert len({row["output"] for row in rows}) > 1, "the model answers always the same: this test would prove nothing"


def test_rationales_that_end_at_different_lengths(base: Callable[[str], Path], tmp_path: Path) -> None:
    """The model is made to end turns early or late by a bias on the end-of-turn token."""
    model, tokenizer = models.load(base("qwen2"))
    end = chat.end_of_turn(tokenizer)
    with torch.no_grad():
        model.lm_head.weight[end] *= 1.6
    biased = tmp_path / "biased"
    model.save_pretrained(biased)
    tokenizer.save_pretrained(biased)
    sessions = [session(number, 6) for number in range(4)]
    generate.main(config(biased, write_sessions(tmp_path / "sessions.jsonl", sessions), tmp_path))
    rows = read_rows(tmp_path / "output")
    wanted = [row for one in sessions for row in naive(model, tokenizer, one)]
    assert [(row["output"], row["rationale"]) for row in rows] == [(row["output"], row["rationale"]) for row in wanted]
    assert len({len(row["rationale"]) for row in rows}) > 2
    assert {row["stop_reason"] for row in rows} == {"end_turn", "max_tokens"}


def test_groups_bounded_by_memory_and_by_length_change_nothing(base: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(1, 5)])
    generate.main(config(base("llama"), path, tmp_path))
    together = read_rows(tmp_path / "output")
    generate.main(config(base("llama"), path, tmp_path / "alone", max_cache_tokens=1))
    assert read_rows(tmp_path / "alone" / "output") == together


def test_a_long_session_leaves_out_pages_only_of_the_cases_that_need_it(tokenizer: Any) -> None:
    one = session(1, 5, page_letters=200)
    length = [len(cases.case(one, number, tokenizer, 10_000).rendered.ids) for number in range(5)]
    left_out = [cases.case(one, number, tokenizer, length[2]).rendered.n_left_out for number in range(5)]
    assert left_out[:3] == [0, 0, 0]
    assert 0 < left_out[3] < left_out[4]


def test_a_case_without_room_gets_an_empty_answer(base: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(1, 2, page_letters=400)])
    generate.main(config(base("llama"), path, tmp_path, max_tokens=300))
    assert [(row["output"], row["stop_reason"]) for row in read_rows(tmp_path / "output")] == [("", "max_tokens")]


def test_shards_share_the_sessions_and_other_sessions_start_afresh(base: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number) for number in range(3)])
    for shard in (0, 1):
        generate.main(config(base("llama"), path, tmp_path, shard=shard, n_shards=2))
    assert [row["session_id"] for row in read_rows(tmp_path / "output")] == ["s0", "s0", "s2", "s2", "s1", "s1"]
    write_sessions(path, [session(9)])
    generate.main(config(base("llama"), path, tmp_path))
    assert {row["session_id"] for row in read_rows(tmp_path / "output")} == {"s9"}


def test_several_sessions_in_one_loop_change_nothing(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number, 2 + number % 3) for number in range(6)])
    together = config(base("llama"), path, tmp_path / "together", max_cache_tokens=3_000)
    _, asker = generate.load(base("llama"), together)
    groups = [group for line in path.open() for group in asker.groups(json.loads(line))]
    sizes = [len(batch) for batch in generate.batches(groups, generate.most_tokens(together))]
    assert sum(sizes) == 6 and max(sizes) > 1 and len(sizes) > 1
    generate.main(together)
    monkeypatch.setattr(generate, "CPU_TOKENS", 0)
    generate.main(config(base("llama"), path, tmp_path))
    assert read_rows(tmp_path / "together" / "output") == read_rows(tmp_path / "output")


def test_samples_differ_are_seeded_and_do_not_depend_on_what_is_written_beside_them(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number) for number in range(2)])

    def rows(folder: str, **more: Any) -> list[dict[str, Any]]:
        generate.main(config(base("llama"), path, tmp_path / folder, **{"temperature": 1.0, "n_samples": 3, **more}))
        return read_rows(tmp_path / folder / "output")

    drawn = rows("drawn")
    assert [(row["session_id"], row["step"], row["sample"]) for row in drawn] == [
        (one, step, sample) for one in ("s0", "s1") for step in (2, 3) for sample in range(3)
    ]
    assert len({row["output"] for row in drawn}) == len(drawn)
    assert rows("alone", max_cache_tokens=1) == drawn
    assert rows("first", n_samples=1) == [row for row in drawn if row["sample"] == 0]
    assert all(a["output"] != b["output"] for a, b in zip(rows("other", seed=1), drawn, strict=True))
    with pytest.raises(ConfigError, match="n_samples above 1 need a temperature above 0"):
        rows("greedy", temperature=0.0)


def test_a_thought_is_closed_where_it_runs_out(base: Callable[[str], Path], tmp_path: Path) -> None:
    """As asking for each case alone, with the tags written for the model."""
    sessions = [thoughtful(session(number, 4), keep=True) for number in range(2)]
    path = write_sessions(tmp_path / "sessions.jsonl", sessions)
    generate.main(config(base("qwen2"), path, tmp_path, opening=THINK_OPEN, closing=THINK_CLOSE))
    rows = read_rows(tmp_path / "output")
    model, tokenizer = models.load(base("qwen2"))
    end, wanted = chat.end_of_turn(tokenizer), []
    for one in sessions:
        for number, step in list(enumerate(one["steps"]))[1:]:
            history = chat.messages({**one, "steps": one["steps"][:number]})
            prompt = chat.prompt_ids(tokenizer, [*history, step["turns"][0]]) + tokenizer(THINK_OPEN)["input_ids"]
            thought = alone(model, end, prompt, RATIONALE)
            closed = [*prompt, *thought, *tokenizer(THINK_CLOSE)["input_ids"]]
            # A thought that ends its turn instead of itself leaves nothing more to write.
            written = (thought, alone(model, end, closed, ACTION) if len(thought) == RATIONALE else [])
            wanted.append([tokenizer.decode(part, skip_special_tokens=True).strip() for part in written])
    assert [[row["rationale"], row["output"]] for row in rows] == wanted


def test_without_a_thought_the_empty_one_is_read(base: Callable[[str], Path], tmp_path: Path) -> None:
    one = thoughtful(session(1, 4), keep=False)
    asked = config(base("qwen2"), write_sessions(tmp_path / "s.jsonl", [one]), tmp_path, opening=EMPTY_THOUGHT)
    generate.main(asked)
    rows = read_rows(tmp_path / "output")
    model, tokenizer = models.load(base("qwen2"))
    end = chat.end_of_turn(tokenizer)
    history = chat.messages({**one, "steps": one["steps"][:3]})
    prompt = chat.prompt_ids(tokenizer, [*history, one["steps"][3]["turns"][0]])
    written = alone(model, end, prompt + tokenizer(EMPTY_THOUGHT)["input_ids"], ACTION)
    assert rows[-1]["output"] == tokenizer.decode(written, skip_special_tokens=True).strip()
    assert rows[-1]["rationale"] is None


def test_a_window_shorter_than_a_session_is_refused(tmp_path: Path, base: Callable[[str], Path]) -> None:
    model, tokenizer = models.load(base("mistral"))
    model.config.sliding_window = 200
    model.save_pretrained(tmp_path / "windowed")
    tokenizer.save_pretrained(tmp_path / "windowed")
    path = write_sessions(tmp_path / "s.jsonl", [session(1, 4)])
    with pytest.raises(ConfigError, match="see only the last 200 tokens"):
        generate.main(config(tmp_path / "windowed", path, tmp_path))


@pytest.mark.slow
def test_a_killed_run_computes_no_recorded_case_again(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number, 4) for number in range(25)])
    asked = config(base("llama"), path, tmp_path, max_cache_tokens=1)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(dataclasses.asdict(asked), default=str))
    with subprocess.Popen([sys.executable, "-m", "ml_jobs.generate", "--config", str(file)]) as process:
        while not (parts := [part for part in (tmp_path / "output").glob("part-*.jsonl") if part.stat().st_size]):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    kept = [line for line in parts[0].read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    assert 0 < len(kept) < 75, "it was to be killed in the middle"
    n_written = 0
    run = TreeDecoder.run

    def counted(self: TreeDecoder, trunks: Sequence[Trunk]) -> None:
        nonlocal n_written
        n_written += sum(len(trunk.rows) for trunk in trunks)
        run(self, trunks)

    monkeypatch.setattr(TreeDecoder, "run", counted)
    generate.main(asked)
    assert n_written == 75 - len(kept)
    assert parts[0].read_bytes().startswith(b"".join(kept))
    rows = read_rows(tmp_path / "output")
    generate.main(config(base("llama"), path, tmp_path / "whole"))
    assert rows == read_rows(tmp_path / "whole" / "output")
