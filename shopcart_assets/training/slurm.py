"""Training as a job of a Slurm cluster: its batch script, its states, its launcher. Slurm's own commands, no library.

The state folder lies on a file system that all nodes share; the run's files and Dagster's messages go through it.
"""

import json
import re
import shlex
import string
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from shopcart_assets.platform.jobs import PREEMPTED
from shopcart_assets.platform.launchers import SlurmConfig
from shopcart_assets.training import cluster
from shopcart_assets.training.cluster import NoSuchJob, Seen, call
from shopcart_assets.training.launch import Job, Log

# Slurm signals up to this much later than asked for, and needs a moment to end a job.
_SIGNAL_SLACK_SECONDS = 30
# What Slurm leaves a job between SIGTERM and SIGKILL (KillWait, 30 s unless configured), and some more.
_CANCEL_SECONDS = 90.0
_BAD_ENDS = frozenset(
    ("BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT")
)


def job_name(job: Job) -> str:
    """As squeue shows it."""
    return f"shopcart-{job.name}"


def output(job: Job) -> Path:
    """What the job prints, all attempts one after the other."""
    return job.config.with_name("slurm.log")


def options(config: SlurmConfig, job: Job) -> list[str]:
    """What sbatch is asked for. Nothing of this process's environment but these names goes along: it may hold keys."""
    wanted = {
        "job-name": job_name(job),
        "nodes": config.nodes,
        "ntasks-per-node": 1,
        "gpus-per-node": config.gpus_per_node or None,
        "cpus-per-task": config.cpus_per_node,
        "partition": config.partition,
        "account": config.account,
        "qos": config.qos,
        "time": config.time,
        "signal": f"TERM@{config.grace_seconds + _SIGNAL_SLACK_SECONDS}",
        "open-mode": "append",
        "output": str(output(job)).replace("%", "%%"),
        "export": "HOME,PATH,USER,LANG",
    }
    given = [f"--{name}={shlex.quote(str(value))}" for name, value in wanted.items() if value is not None]
    return [*given, "--requeue", *config.options]


def script(config: SlurmConfig, job: Job, python: str) -> str:
    """The batch script, to be read by people too: they may submit it by hand, and it goes on where the run was."""
    template = string.Template((files(__package__) / "slurm.sh.txt").read_text())
    checkpoints = json.loads(job.config.read_text())["output_dir"] + "/checkpoints"
    return template.substitute(
        name=job.name,
        options="\n".join(f"#SBATCH {one}" for one in options(config, job)),
        setup="\n".join(config.setup),
        exports="\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(job.environment.items())),
        checkpoints=shlex.quote(checkpoints),
        python=shlex.quote(python),
        config=shlex.quote(str(job.config)),
        nodes=config.nodes,
        ranks=config.ranks,
        cpus=config.cpus_per_node or "",
        grace=config.grace_seconds,
        shutdown=cluster.shutdown_timeout(config.grace_seconds),
        preempted=PREEMPTED,
        max_restarts=config.max_restarts,
    )


def parse_scontrol(text: str) -> tuple[str, Seen]:
    """Name and state of a job as `scontrol --oneliner show job` tells.

    >>> parse_scontrol("JobId=7 JobName=a JobState=PENDING Reason=BeginTime Restarts=1 ExitCode=0:0")[1]
    Seen(state='PENDING', reason='BeginTime', restarts=1, has_ended=False, is_good=False)
    """
    told = dict(reversed(re.findall(r"(?:^| )(JobName|JobState|Reason|Restarts|ExitCode)=(\S+)", text)))
    if "JobState" not in told:
        raise NoSuchJob("scontrol: no job in its answer")
    return told.get("JobName", ""), _seen(
        told["JobState"], told.get("Reason", ""), told.get("ExitCode", ""), int(told.get("Restarts", 0))
    )


def parse_sacct(text: str) -> Seen:
    """State of a job as `sacct --parsable2 --format=State,ExitCode` tells.

    >>> str(parse_sacct("CANCELLED by 1000|0:15"))
    'CANCELLED'
    >>> str(parse_sacct("FAILED|3:0"))
    'FAILED (code 3)'
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise NoSuchJob("sacct: no job in its answer")
    state, _, code = lines[-1].partition("|")
    return _seen(state.split()[0], "", code, 0)


def _seen(state: str, reason: str, code: str, restarts: int) -> Seen:
    number = code.split(":")[0]
    why = f"code {number}" if state == "FAILED" and number not in ("", "0") else reason
    why = "" if why in ("None", "(null)") else why
    return Seen(state, why, restarts, state == "COMPLETED" or state in _BAD_ENDS, state == "COMPLETED")


def look(job_id: str) -> tuple[str, Seen]:
    """Name and state of a job, from the controller, or from accounting once that has forgotten it. Raises NoSuchJob."""
    try:
        return parse_scontrol(call(["scontrol", "--oneliner", "show", "job", job_id]))
    except cluster.CommandError as error:
        if not isinstance(error, NoSuchJob) and "Invalid job id" not in str(error):
            raise
    sacct = ["sacct", "--allocations", "--noheader", "--parsable2", "--format=State,ExitCode", f"--jobs={job_id}"]
    try:
        return "", parse_sacct(call(sacct))
    except cluster.CommandError as error:
        raise NoSuchJob(f"Slurm no longer knows job {job_id} ({error})") from None


@dataclass(frozen=True)
class SlurmLauncher:
    """One job a run. `python` is the interpreter on the nodes."""

    config: SlurmConfig
    python: str

    def run(self, job: Job, log: Log) -> None:
        """See Launcher. A job that an earlier, killed process left behind is ended first: two would write one checkpoint."""
        note = job.config.with_name("slurm_job.txt")
        if note.exists():
            self._end_left_over(job, note.read_text().strip(), log)
        path = job.config.with_name("slurm.sh")
        path.write_text(script(self.config, job, self.python))
        output(job).unlink(missing_ok=True)
        job_id = call(["sbatch", "--parsable", str(path)]).strip().split(";")[0]
        note.write_text(job_id)
        log(f"{job.name}: Slurm job {job_id}, {self.config.world_size} ranks, output in {output(job)}")
        try:
            seen = cluster.follow(
                lambda: look(job_id)[1], lambda line: log(f"Slurm job {job_id}: {line}"), self.config.poll_seconds
            )
        except BaseException:
            self._cancel(job_id, log)
            raise
        note.unlink()
        if not seen.is_good:
            raise cluster.failure(f"{job.name}: Slurm job {job_id}", seen, output(job))

    def _end_left_over(self, job: Job, job_id: str, log: Log) -> None:
        try:
            name, seen = look(job_id)
        except NoSuchJob:
            return
        if name == job_name(job) and not seen.has_ended:
            log(
                f"{job.name}: Slurm job {job_id} of an earlier launch is {seen}; it is ended, and this one goes on with its work"
            )
            self._cancel(job_id, log)

    def _cancel(self, job_id: str, log: Log) -> None:
        try:
            call(["scancel", job_id])
        except cluster.CommandError as error:
            log(f"Slurm job {job_id} could not be cancelled, and may go on: {error}")
            return
        if cluster.wait_for_end(lambda: look(job_id)[1], _CANCEL_SECONDS):
            log(f"Slurm job {job_id} was cancelled")
        else:
            log(f"Slurm job {job_id} was cancelled {_CANCEL_SECONDS:g} s ago and has not ended yet")
