"""Loss on sessions that are not trained on: of shoppers of the train split, never of the test split. No gradients.

Who is held out is decided where the sessions are written (training/runs.py).
"""

from dataclasses import dataclass

import torch
import torch.distributed as dist

from ml_jobs import models
from ml_jobs.sessions import Example, SessionFile, Size
from ml_jobs.trainer import Trainer


@dataclass(frozen=True)
class HeldOut:
    """The held-out sessions that fit the training length; `sizes` are all of theirs, on every rank."""

    file: SessionFile
    sizes: list[Size]

    def loss_nats(self, trainer: Trainer) -> float:
        """Mean over all trained tokens, nats a token, the same on every rank."""
        shares = trainer.rows(self.sizes)
        total = torch.zeros((), device=models.device())
        trainer.model.train(False)
        with torch.no_grad():
            for row in shares[dist.get_rank() if trainer.world > 1 else 0]:
                examples = [self.file.example(size.number) for size in row]
                # As in training, a rank with nothing left takes part in the others' gathers.
                total += trainer.loss_sum(examples) if examples else 0.0 * trainer.loss_sum([Example([0, 0], [1], 0)])
        trainer.model.train()
        if trainer.world > 1:
            dist.all_reduce(total)
            trainer.model.reshard()
        return float(total) / sum(size.n_trained for size in self.sizes)
