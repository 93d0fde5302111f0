"""Several training runs by the same ranks: `python -m ml_jobs.torchrun ... -m tests.ml_jobs.many_runs CONFIG...`.

Starting ranks takes longer than training a tiny model, so tests share them.
"""

import sys
from pathlib import Path

from ml_jobs import program, train, trainer


def main() -> None:
    """Trains them one after the other."""
    with train.ranks() as world:
        for path in sys.argv[1:]:
            train.run(program.read_config(trainer.RunConfig, Path(path)), world)


if __name__ == "__main__":
    main()
