"""torchrun whose exit code says why it ended: `python -m ml_jobs.torchrun --nproc-per-node=2 -m ml_jobs.train --config FILE`.

torchrun itself exits with 1 whatever happened to its ranks. What the ranks do is not here.
"""

import sys

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import main as torchrun

from ml_jobs.program import log
from shopcart_assets.platform.jobs import PREEMPTED


def exit_code(rank_codes: list[int]) -> int:
    """PREEMPTED where all ranks that ended first say so, else an error: the first rank's own code, 1 where a signal killed it.

    >>> exit_code([75, 75]), exit_code([75, 1]), exit_code([-9]), exit_code([3])
    (75, 1, 1, 3)
    """
    return next((code if code > 0 else 1 for code in rank_codes if code != PREEMPTED), PREEMPTED)


def main(argv: list[str] | None = None) -> int:
    """Runs the ranks until they have ended; the code of `exit_code`, 0 where all went well."""
    try:
        torchrun(argv)
    except SignalException as error:
        # Passed on to the ranks, which have saved what they could by now.
        log(f"torchrun: stopped by signal {error.sigval.name}")
        return PREEMPTED
    except ChildFailedError as error:
        failed = {rank: failure.exitcode for rank, failure in sorted(error.failures.items())}
        log("torchrun: " + ", ".join(f"rank {rank} ended with code {code}" for rank, code in failed.items()))
        return exit_code(list(failed.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
