"""All cases of a session at once give what asking for each case alone gives."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ml_jobs import chat, generate, models
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
            inputs = torch.tensor([ids])
            written = model.generate(inputs, max_new_tokens=limit, do_sample=False, eos_token_id=end, pad_token_id=end)
            new = [token for token in written[0, len(ids) :].tolist() if token != end]
            texts.append(tokenizer.decode(new, skip_special_tokens=True).strip())
            ids += new
        rows.append({"step": step["step"], "output": texts[-1], "rationale": texts[0] if len(texts) > 1 else None})
    return rows


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
    length = [len(generate.case(one, number, tokenizer, 10_000).rendered.ids) for number in range(5)]
    left_out = [generate.case(one, number, tokenizer, length[2]).rendered.n_left_out for number in range(5)]
    assert left_out[:3] == [0, 0, 0]
    assert 0 < left_out[3] < left_out[4]


def test_a_case_without_room_gets_an_empty_answer(base: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(1, 2, page_letters=400)])
    generate.main(config(base("llama"), path, tmp_path, max_tokens=300))
    assert [(row["output"], row["stop_reason"]) for row in read_rows(tmp_path / "output")] == [("", "max_tokens")]


def test_a_restart_keeps_whole_sessions_and_writes_the_others_again(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number) for number in range(3)])
    asked = config(base("llama"), path, tmp_path)
    generate.main(asked)
    whole = read_rows(tmp_path / "output")
    part = next((tmp_path / "output").glob("part-*"))
    part.write_text("".join(part.read_text().splitlines(keepends=True)[:3]) + '{"session_id": "s1", "st')
    again: list[str] = []
    rows = generate.Answerer.rows

    def noted(self: generate.Answerer, one: chat.Session) -> list[dict[str, Any]]:
        again.append(one["session_id"])
        return rows(self, one)

    monkeypatch.setattr(generate.Answerer, "rows", noted)
    generate.main(asked)
    assert again == ["s1", "s2"]
    assert read_rows(tmp_path / "output") == whole


def test_shards_share_the_sessions_and_other_sessions_start_afresh(base: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_sessions(tmp_path / "sessions.jsonl", [session(number) for number in range(3)])
    for shard in (0, 1):
        generate.main(config(base("llama"), path, tmp_path, shard=shard, n_shards=2))
    assert [row["session_id"] for row in read_rows(tmp_path / "output")] == ["s0", "s0", "s2", "s2", "s1", "s1"]
    write_sessions(path, [session(9)])
    generate.main(config(base("llama"), path, tmp_path))
    assert {row["session_id"] for row in read_rows(tmp_path / "output")} == {"s9"}


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ('{"type": "terminate"}', True),
        ('I think {"a": {"b": "}"}} yes', True),
        ('{"a": "}"', False),
        ("}{", False),
        ('{"a": ' + "[" * 100_000 + "}", False),
        ("", False),
    ],
)
def test_closes_object(text: str, is_whole: bool) -> None:
    assert generate.closes_object(text) is is_whole


def test_an_action_stops_at_its_closing_brace() -> None:
    written = json.dumps({"type": "terminate"})
    assert not any(generate.closes_object(written[:end]) for end in range(len(written)))
    assert generate.closes_object(written)
