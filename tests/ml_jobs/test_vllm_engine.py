"""vLLM as an engine, with a fake module of its documented classes over transformers: the same answers as the reference."""

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from ml_jobs import chat, generate, models
from ml_jobs.program import ConfigError
from shopcart_assets.platform.jobs import read_rows
from tests.ml_jobs.conftest import session, write_sessions

LIMITS: dict[str, Any] = {"max_rationale_tokens": 6, "max_action_tokens": 9}


@dataclass
class SamplingParams:
    max_tokens: int
    stop_token_ids: list[int]
    temperature: float = 1.0
    seed: int | None = None


@dataclass
class Completion:
    token_ids: list[int]
    finish_reason: str


class LLM:
    """Its LLM.generate as documented: a list of prompts and one of sampling parameters, outputs in the same order."""

    seeds: list[int | None]
    prompts: list[list[int]]

    def __init__(self, model: str, max_model_len: int, **_: Any) -> None:
        self.model, self.tokenizer = models.load(Path(model))
        LLM.seeds, LLM.prompts = [], []
        # As the real one, which refuses more than the model was made for.
        assert max_model_len == self.model.config.max_position_embeddings

    def generate(self, prompts: list[dict[str, list[int]]], params: list[SamplingParams], use_tqdm: bool) -> list[Any]:
        answers = []
        for prompt, one in zip(prompts, params, strict=True):
            ids = prompt["prompt_token_ids"]
            LLM.seeds.append(one.seed)
            LLM.prompts.append(ids)
            written = self.model.generate(
                torch.tensor([ids]),
                # Said, because otherwise a token 0 in the prompt counts as padding and is not seen.
                attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                max_new_tokens=one.max_tokens,
                do_sample=False,
                eos_token_id=one.stop_token_ids,
                pad_token_id=0,
            )[0, len(ids) :].tolist()
            reason = "stop" if written[-1] in one.stop_token_ids else "length"
            answers.append(types.SimpleNamespace(outputs=[Completion(written, reason)]))
        return answers


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("vllm")
    module.LLM, module.SamplingParams = LLM, SamplingParams
    inputs: Any = types.ModuleType("vllm.inputs")
    inputs.TokensPrompt = dict
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setitem(sys.modules, "vllm.inputs", inputs)


# More than the model was made for, as it is of every small one where sessions may have 40,000 tokens.
LONG = 40_000


def answers(model: Path, sessions: Path, folder: Path, **more: Any) -> list[dict[str, Any]]:
    generate.main(generate.GenerateConfig(str(model), sessions, folder, folder, max_tokens=LONG, **LIMITS, **more))
    return read_rows(folder)


def test_it_answers_as_the_reference_does(vllm: None, base: Callable[[str], Path], tmp_path: Path) -> None:
    model, tokenizer = models.load(base("qwen2"))
    with torch.no_grad():  # some replies end by themselves, some run out
        model.lm_head.weight[chat.end_of_turn(tokenizer)] *= 1.6
    model.save_pretrained(tmp_path / "biased")
    tokenizer.save_pretrained(tmp_path / "biased")
    sessions = write_sessions(tmp_path / "sessions.jsonl", [session(number, 4) for number in range(3)])
    wanted = answers(tmp_path / "biased", sessions, tmp_path / "a")
    assert answers(tmp_path / "biased", sessions, tmp_path / "b", engine="vllm") == wanted
    assert {row["stop_reason"] for row in wanted} == {"end_turn", "max_tokens"}
    # Session by session, each wave in the order of steps: a prompt begins as the one before it does.
    lengths = [len(ids) for ids in LLM.prompts[:3]]
    assert lengths == sorted(lengths) and LLM.prompts[1][: lengths[0] - 8] == LLM.prompts[0][: lengths[0] - 8]


def test_samples_are_asked_with_their_seeds(vllm: None, base: Callable[[str], Path], tmp_path: Path) -> None:
    sessions = write_sessions(tmp_path / "sessions.jsonl", [session(1, 2)])
    answers(base("llama"), sessions, tmp_path / "a", engine="vllm", n_samples=3, temperature=0.7)
    assert None not in LLM.seeds and len(set(LLM.seeds)) == 3


def test_where_it_is_not_installed_one_line_says_what_to_do(base: Callable[[str], Path], tmp_path: Path) -> None:
    sessions = write_sessions(tmp_path / "sessions.jsonl", [session(1, 2)])
    with pytest.raises(ConfigError, match=r"pip install 'shopcart-assets\[vllm\]'"):
        answers(base("llama"), sessions, tmp_path / "a", engine="vllm")
