"""Where training runs: the `launcher:` of shopcart.yaml as typed values. How a run is started there is the training stage's.

Every kind says its own ranks, so that one experiment can be trained on a laptop and on a cluster.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# A value that ends up in a line of a batch script: no quotes, no line ends, no option of its own.
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.,:@%+-]*$")]
# What sbatch takes as a time limit: minutes, [h:]m:s, or d-h[:m[:s]].
_Time = Annotated[str, Field(pattern=r"^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalConfig(_Entry):
    """torchrun on this machine, on the experiment's own number of ranks."""

    kind: Literal["local"] = "local"


class _Cluster(_Entry):
    """What clusters share: N nodes of G GPUs, one rank a GPU; `ranks_per_node` where nodes have none.

    A run asked to stop has `grace_seconds` to finish its step and save. It is started again at most `max_restarts` times.
    `python` is the interpreter there, None = this one, on a file system that both share.
    """

    nodes: int = Field(ge=1)
    gpus_per_node: int = Field(ge=0)
    ranks_per_node: int | None = Field(default=None, ge=1)
    grace_seconds: int = Field(default=60, ge=1)
    max_restarts: int = Field(default=20, ge=0)
    poll_seconds: float = Field(default=10, gt=0)
    python: Path | None = None

    @model_validator(mode="after")
    def _has_ranks(self) -> "_Cluster":
        if not self.gpus_per_node and self.ranks_per_node is None:
            raise ValueError("gpus_per_node is 0: say ranks_per_node, the number of CPU processes a node")
        return self

    @property
    def ranks(self) -> int:
        """Ranks on one node."""
        return self.ranks_per_node or self.gpus_per_node

    @property
    def world_size(self) -> int:
        """Ranks in all."""
        return self.nodes * self.ranks


class SlurmConfig(_Cluster):
    """A job of a Slurm cluster whose nodes see the state folder under the same path.

    `setup` are lines of bash before the run (modules, proxies); `options` are more options of sbatch, such as `--exclusive`.
    """

    kind: Literal["slurm"]
    partition: _Word | None = None
    account: _Word | None = None
    qos: _Word | None = None
    cpus_per_node: int | None = Field(default=None, ge=1)
    time: _Time | None = None
    setup: tuple[str, ...] = ()
    options: tuple[Annotated[str, Field(pattern=r"^--?[A-Za-z][^\r\n]*$")], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _time_is_text(cls, raw: object) -> object:
        # YAML 1.1 reads 12:00:00 as the number 43200, in base 60; sbatch would read that as minutes.
        if isinstance(raw, dict) and isinstance(raw.get("time"), int):
            raise ValueError('time: put it in quotes, as in time: "12:00:00"; YAML reads it as a number')
        return raw


class KubernetesConfig(_Cluster):
    """An indexed Job of a Kubernetes cluster. `claim` is a volume that this machine sees under the path of its state folder."""

    kind: Literal["kubernetes"]
    image: str = Field(min_length=1)
    claim: _Word
    namespace: _Word = "default"
    context: _Word | None = None
    cpu: str | None = None
    memory: str | None = None
    python: Path | None = Path("python")


LauncherConfig = Annotated[LocalConfig | SlurmConfig | KubernetesConfig, Field(discriminator="kind")]
