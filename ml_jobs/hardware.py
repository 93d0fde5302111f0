"""How well a run uses its machine: memory at its peak, and model FLOPs against what the hardware could do (MFU)."""

import torch

from shopcart_assets.platform.measure import peak_bytes

# Dense bfloat16 FLOP/s from the makers' data sheets, by a part of the name that torch gives. The first match counts.
_PEAK_FLOPS = {
    "B200": 2250e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "MI300X": 1307e12,
}


def peak_flops(name: str) -> float | None:
    """FLOP/s in bfloat16 of one accelerator of this name; None where it is not known.

    >>> peak_flops("NVIDIA H100 PCIe"), peak_flops("NVIDIA H100 80GB HBM3"), peak_flops("GeForce")
    (756000000000000.0, 989000000000000.0, None)
    """
    return next((flops for part, flops in _PEAK_FLOPS.items() if part in name), None)


def mfu(flops: float, seconds: float, world: int, is_mixed: bool) -> float | None:
    """The share of the hardware's peak that a step reached; None on a processor, in float32 or on an unknown accelerator."""
    if not (is_mixed and torch.cuda.is_available()):
        return None
    peak = peak_flops(torch.cuda.get_device_name())
    return None if peak is None else flops / (seconds * world * peak)


def peak_memory_bytes() -> int:
    """The largest memory of this rank so far: of its accelerator where it has one, else resident."""
    return int(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else peak_bytes()
