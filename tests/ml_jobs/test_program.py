"""What the programs share: here, how cores are shared out."""

import pytest
import torch

from ml_jobs import program


@pytest.mark.parametrize(("own", "threads"), [(0, 1), (3, 3)])
def test_cores_are_those_that_were_shared_out_else_a_share_of_the_machine(own: int, threads: int) -> None:
    before = torch.get_num_threads()
    try:
        program.share_cores(10_000, own, is_capped=False)
        assert torch.get_num_threads() == threads
        torch.set_num_threads(2)
        program.share_cores(1, 64)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
