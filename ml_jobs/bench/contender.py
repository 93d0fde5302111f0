"""One contender in a process of its own, so that its memory is its own: `python -m ml_jobs.bench.contender JOB.json`.

Leaves `measured.json` in the job's scratch folder. Whom it is compared with is `__main__.py`'s part.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from ml_jobs import models, program, train
from ml_jobs.sessions import Example, SessionFile, batch, measure
from ml_jobs.trainer import RunConfig, Trainer
from shopcart_assets.platform.measure import peak_bytes, resident_bytes
from shopcart_assets.platform.profiles import ExperimentConfig, TrainConfig

Kind = Literal["ours", "padded", "trl"]


@dataclass(frozen=True)
class Job:
    """What a contender trains on. `model` is a directory; `sessions` JSON lines as in chat.Session."""

    kind: Kind
    model: Path
    sessions: Path
    scratch: Path
    train: TrainConfig

    @property
    def config(self) -> RunConfig:
        """As a run of ours."""
        experiment = ExperimentConfig("bench", str(self.model), "reasoning", None, 0, self.train)
        return RunConfig(experiment, self.sessions, self.scratch, self.scratch)


@dataclass
class Measured:
    """A step's loss in nats a token and the CPU-seconds it took; peak_rss_bytes of the whole process, and before it began."""

    n_tokens: list[int] = field(default_factory=list)
    n_sessions: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peak_rss_bytes: int = 0
    n_trained: list[int] = field(default_factory=list)
    idle_rss_bytes: int = 0


class PaddedFile(SessionFile):
    """Sessions filled up to `max_tokens` with a token that nothing is learnt from. Causal attention needs no mask for it."""

    def example(self, number: int) -> Example:
        """The session, and padding after it."""
        example = super().example(number)
        return Example(example.ids + [0] * (self.max_tokens - len(example.ids)), example.trained, example.n_left_out)


def ours(job: Job, measured: Measured) -> None:
    """Steps of `trainer.Trainer`, with or without padding."""
    trainer, *_ = train.set_up(job.config, 1)
    if job.kind == "padded":
        file = PaddedFile(trainer.file.path, trainer.file.tokenizer, trainer.file.max_tokens)
        sizes = [size for size in measure(file, range(len(file))) if size is not None]
        trainer = Trainer(trainer.model, trainer.optimizer, file, sizes, job.config, 1, trainer.is_mixed)
    for step in range(1, trainer.total + 1):
        began = time.process_time()
        measured.losses.append(trainer.step(step)["loss_nats"])
        measured.cpu_seconds.append(time.process_time() - began)


def trl(job: Job, measured: Measured) -> None:
    """The same steps by TRL's SFTTrainer: the same tokens in the same order, labels ready made, optimiser alike."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    tokenizer = models.load_tokenizer(job.model)
    examples = _examples(job, SessionFile(job.sessions, tokenizer, job.train.max_tokens))
    rows = [
        {"input_ids": one.ids, "labels": [token if place in trained else -100 for place, token in enumerate(one.ids)]}
        for one in examples
        for trained in (set(one.trained),)
    ]

    class Clock(TrainerCallback):
        began = 0.0

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.began = time.process_time()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            measured.cpu_seconds.append(time.process_time() - self.began)

        def on_log(self, *_: Any, **said: Any) -> None:
            if "loss" in said["logs"]:
                measured.losses.append(float(said["logs"]["loss"]))

    config = SFTConfig(
        output_dir=str(job.scratch),
        max_steps=len(measured.n_tokens),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=job.train.sessions_per_step,
        learning_rate=job.train.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=0,
        weight_decay=job.train.weight_decay,
        max_grad_norm=job.train.clip_norm,
        bf16=models.computes_bfloat16(job.train.precision),
        gradient_checkpointing=job.train.activation_checkpointing,
        max_length=None,
        train_sampling_strategy="sequential",
        use_cpu=not torch.cuda.is_available(),
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    model = AutoModelForCausalLM.from_pretrained(job.model, dtype=torch.float32, local_files_only=True)
    SFTTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[Clock()],
    ).train()


def _examples(job: Job, file: SessionFile) -> list[Example]:
    """Those of all steps, in the order of a run of ours."""
    run = job.train
    steps = run.max_steps or 0
    return [
        file.example(number)
        for step in range(1, steps + 1)
        for number in batch(len(file), run.sessions_per_step, step, 0, run.max_steps)
    ]


CONTENDERS: dict[Kind, Callable[[Job, Measured], None]] = {"ours": ours, "padded": ours, "trl": trl}


def main(argv: list[str]) -> int:
    """Runs one job, on one thread: under load, two tell nothing."""
    program.quiet()
    job = program.read_config(Job, Path(argv[0]))
    torch.set_num_threads(1)
    measured = Measured(idle_rss_bytes=resident_bytes())
    file = SessionFile(job.sessions, models.load_tokenizer(job.model), job.train.max_tokens)
    examples, size = _examples(job, file), job.train.sessions_per_step
    steps = [examples[first : first + size] for first in range(0, len(examples), size)]
    measured.n_tokens = [sum(len(one.ids) for one in step) for step in steps]
    measured.n_trained = [sum(len(one.trained) for one in step) for step in steps]
    measured.n_sessions = [len(step) for step in steps]
    CONTENDERS[job.kind](job, measured)
    measured.peak_rss_bytes = peak_bytes()
    (job.scratch / "measured.json").write_text(json.dumps(asdict(measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
