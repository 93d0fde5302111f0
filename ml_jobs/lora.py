"""Low-rank adapters (LoRA, Hu et al. 2021) in place of the weights: put on, merged into the weights, kept as files.

Only here is peft imported, which is an optional extra. Adapters are trained like any weight that is not frozen.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from ml_jobs.program import ConfigError

# What an adapter says counts so many times (lora_alpha / rank).
_SCALING = 2
_NAME = "default"
_A, _B = f".lora_A.{_NAME}.weight", f".lora_B.{_NAME}.weight"


def attach(model: Any, rank: int, seed: int) -> Any:
    """The model with all weights frozen and an adapter on each linear layer but the head; its start depends on `seed` only.

    Raises ConfigError where peft is missing or `rank` is none.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError:
        raise ConfigError("lora_rank needs peft: pip install 'shopcart-assets[lora]'") from None
    if rank < 1:
        raise ConfigError(f"lora_rank is {rank}: write 1 or more, or null to train all weights")
    config = LoraConfig(r=rank, lora_alpha=_SCALING * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    model.requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return inject_adapter_in_model(config, model, _NAME)


def is_on(model: Any) -> bool:
    """Whether the model has adapters."""
    return bool(getattr(model, "peft_config", None))


def merged(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The whole weights of a model, by the names that it had before `attach`, with what its adapters have learned."""
    plain = {}
    for name, weight in weights.items():
        layer, is_adapted, kind = name.partition(".base_layer.")
        if is_adapted and kind == "weight":
            weight = weight + _SCALING * weights[layer + _B] @ weights[layer + _A]
        if not name.endswith((_A, _B)):
            plain[name.replace(".base_layer.", ".")] = weight
    return plain


def save(folder: Path, model: Any, weights: Mapping[str, torch.Tensor], base_model: str) -> None:
    """The adapters alone, as `peft.PeftModel.from_pretrained` reads them; equal adapters give equal bytes."""
    folder.mkdir()
    adapters = {name: value.contiguous() for name, value in weights.items() if name.endswith((_A, _B))}
    # peft's names: the model is wrapped twice, and which adapter it is stands in no file.
    named = {f"base_model.model.{name.replace(f'.{_NAME}.', '.')}": value for name, value in adapters.items()}
    save_file(named, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {**model.peft_config[_NAME].to_dict(), "base_model_name_or_path": base_model, "inference_mode": True}
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1, sort_keys=True, default=sorted))
