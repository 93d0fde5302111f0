"""MFU is a share of a known peak or nothing; memory is what the process has."""

import pytest
import torch

from ml_jobs import hardware


def test_mfu_is_a_share_of_what_all_ranks_could_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hardware.mfu(1e12, 1.0, 1, is_mixed=True) is None or torch.cuda.is_available()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA A100-SXM4-80GB")
    assert hardware.mfu(312e12, 2.0, 4, is_mixed=True) == pytest.approx(1 / 8)
    assert hardware.mfu(312e12, 2.0, 4, is_mixed=False) is None
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Unheard-of 9000")
    assert hardware.mfu(312e12, 2.0, 4, is_mixed=True) is None


def test_memory_covers_what_has_been_used() -> None:
    n_bytes = 200_000_000
    held = bytearray(b"x" * n_bytes)
    assert hardware.peak_memory_bytes() > len(held)
