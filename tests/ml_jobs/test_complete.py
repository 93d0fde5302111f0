"""Batches answer as single requests do; a restart asks only what is missing."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from ml_jobs import complete, models
from shopcart_assets.platform.jobs import read_rows

REQUESTS = [
    {
        "key": f"k{number}",
        "system": "You shop." if number % 2 else "",
        "messages": [{"role": "user", "content": "why? " * (1 + 3 * number)}],
        "max_tokens": 3 + number,
    }
    for number in range(6)
]


def config(base: Path, tmp_path: Path, **more: Any) -> complete.CompleteConfig:
    path = tmp_path / "requests.jsonl"
    path.write_text("".join(json.dumps(request) + "\n" for request in more.pop("requests", REQUESTS)))
    return complete.CompleteConfig(str(base), path, tmp_path / "output", tmp_path, **more)


def answers(tmp_path: Path) -> dict[str, dict[str, Any]]:
    rows = read_rows(tmp_path / "output")
    assert len({row["key"] for row in rows}) == len(rows)
    return {row["key"]: row for row in rows}


def test_a_batch_answers_as_each_request_alone(base: Callable[[str], Path], tmp_path: Path) -> None:
    complete.main(config(base("llama"), tmp_path, batch_size=4))
    batched = answers(tmp_path)
    (tmp_path / "alone").mkdir()
    complete.main(config(base("llama"), tmp_path / "alone", batch_size=1))
    assert batched == answers(tmp_path / "alone")
    assert set(batched) == {request["key"] for request in REQUESTS}
    assert all(batched[str(request["key"])]["output_tokens"] <= int(str(request["max_tokens"])) for request in REQUESTS)
    assert len({row["text"] for row in batched.values()}) > 2


def test_drawn_answers_follow_from_their_seed_however_they_are_batched(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    asked = {**REQUESTS[5], "max_tokens": 20}
    drawn = [
        {**asked, "key": f"{seed}{name}", "temperature": 0.7, "seed": seed} for seed in (1, 2) for name in "ab"
    ] + [asked]
    complete.main(config(base("llama"), tmp_path, requests=drawn, batch_size=5))
    found = {key: row["text"] for key, row in answers(tmp_path).items()}
    (tmp_path / "alone").mkdir()
    complete.main(config(base("llama"), tmp_path / "alone", requests=drawn, batch_size=1))

    assert found == {key: row["text"] for key, row in answers(tmp_path / "alone").items()}
    assert found["1a"] == found["1b"] and found["2a"] == found["2b"]
    assert len({found["1a"], found["2a"], found["k5"]}) == 3


def test_a_restart_asks_only_what_is_missing(
    base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = config(base("llama"), tmp_path, batch_size=2)
    complete.main(asked)
    whole = answers(tmp_path)
    part = next((tmp_path / "output").glob("part-*"))
    part.write_text("".join(part.read_text().splitlines(keepends=True)[:4]) + '{"key": "torn')
    again: list[str] = []
    answer = complete.complete

    def noted(model: Any, tokenizer: Any, batch: Sequence[complete.Prompt]) -> list[dict[str, Any]]:
        again.extend(prompt.key for prompt in batch)
        return answer(model, tokenizer, batch)

    monkeypatch.setattr(complete, "complete", noted)
    complete.main(asked)
    assert len(again) == 2
    assert answers(tmp_path) == whole


def test_a_prompt_that_is_too_long_is_said_so_and_the_others_are_answered(
    base: Callable[[str], Path], tmp_path: Path
) -> None:
    long = {**REQUESTS[0], "key": "long", "messages": [{"role": "user", "content": "x" * 5000}]}
    complete.main(config(base("llama"), tmp_path, requests=[long, REQUESTS[1]]))
    found = answers(tmp_path)
    assert (found["long"]["text"], found["long"]["stop_reason"]) == ("", "prompt_too_long")
    assert found["k1"]["output_tokens"] > 0


def naive(model: Any, prompt: complete.Prompt, end: int) -> list[int]:
    """The written tokens, end of turn included, of one prompt asked alone by transformers' own loop."""
    ids = torch.tensor([prompt.ids])
    written: list[int] = model.generate(
        ids, max_new_tokens=prompt.max_tokens, do_sample=False, eos_token_id=end, pad_token_id=end
    )[0, ids.shape[1] :].tolist()
    return written


def test_answers_are_those_of_asking_alone_and_end_with_the_turn(
    base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = models.load(base("qwen2"))
    prompts = [complete._prompt(tokenizer, request) for request in REQUESTS]  # type: ignore[arg-type]
    # A random model does not end its turn by itself: let what it writes third in one answer be its end of turn.
    end = naive(model, prompts[5], -1)[2]
    monkeypatch.setattr("ml_jobs.chat.end_of_turn", lambda _: end)
    rows = complete.complete(model, tokenizer, prompts)
    for prompt, row in zip(prompts, rows, strict=True):
        written = naive(model, prompt, end)
        assert row["output_tokens"] == len(written)
        assert row["stop_reason"] == ("end_turn" if written[-1] == end else "max_tokens")
        text = tokenizer.decode([token for token in written if token != end], skip_special_tokens=True)
        assert row["text"] == text.strip()
    assert {row["stop_reason"] for row in rows} == {"end_turn", "max_tokens"}
