"""A Slurm cluster of two nodes on this machine, for tests: Debian's slurm-wlm and munge, on loopback only, as whoever runs the tests."""

import getpass
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets.platform.jobs import die_with_parent
from tests.ports import free_port
from tests.processes import eventually, kill, processes

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"

# A job that is preempted gets a few seconds to end; a node that is silent is down at once; a requeued job starts soon.
_CONFIG = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
CryptoType=crypto/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdTimeout=4
KillWait=10
MessageTimeout=4
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cpus} RealMemory=1000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs={cpus} RealMemory=1000
PartitionName=main Nodes=n1,n2 Default=YES PriorityTier=1 GraceTime=10
PartitionName=urgent Nodes=n1,n2 PriorityTier=2
"""


def missing() -> list[str]:
    """The programs that this machine lacks."""
    return [name for name in PROGRAMS if not shutil.which(name, path=_PATH)]


@dataclass
class Cluster:
    """The running daemons and their configuration, which commands find by SLURM_CONF.

    `starter` is the one thread that starts them: Linux ends a child that is to die with its parent when the *thread* that
    started it ends (prctl(2), PR_SET_PDEATHSIG), and tests bring nodes back from threads of their own.
    """

    folder: Path
    config: Path
    starter: Executor
    nodes: dict[str, "subprocess.Popen[bytes]"]

    def call(self, *command: str) -> str:
        """A command of Slurm's."""
        environment = {**os.environ, "SLURM_CONF": str(self.config)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=30).stdout

    def start_node(self, name: str) -> None:
        """Starts the node's daemon."""
        log = self.folder / f"{name}.log"
        command = ["slurmd", "-D", "-f", str(self.config), "-N", name, "-L", str(log)]
        self.nodes[name] = self.starter.submit(_start, command).result()

    def kill_node(self, name: str) -> None:
        """What a power cut does: the daemon, what holds its jobs, and their processes are gone."""
        doomed = {
            process: _parent(process) for process in processes(f"SLURMD_NODENAME={name}", f"SLURM_CONF={self.config}")
        }
        doomed |= {parent: 0 for parent in doomed.values() if _name(parent) == "slurmstepd"}
        self.nodes[name].kill()
        for process in doomed:
            kill(process)
        self.nodes[name].wait()

    def wait_for_nodes(self) -> None:
        """Until both nodes can take jobs."""
        try:
            eventually(lambda: self._states() == ["idle", "2"])
        except AssertionError as error:
            logs = [(self.folder / f"{name}.log").read_text()[-1500:] for name in ("slurmctld", *self.nodes)]
            raise AssertionError("\n".join([f"the nodes are {self._states()}", *logs])) from error

    def _states(self) -> list[str]:
        return self.call("sinfo", "--noheader", "--format=%T %D", "--partition=main").split()


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*die_with_parent(), *command],
        env={**os.environ, "PATH": _PATH},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Starts the daemons, and ends them."""
    for name in ("state", "spool-n1", "spool-n2"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    config = folder / "slurm.conf"
    config.write_text(
        _CONFIG.format(
            ports=[free_port() for _ in range(3)],
            user=getpass.getuser(),
            folder=folder,
            cpus=len(os.sched_getaffinity(0)),
        )
    )
    files = {"socket": "munge.sock", "pid-file": "munge.pid", "log-file": "munge.log", "seed-file": "munge.seed"}
    munged = ["munged", "--foreground", "--force", f"--key-file={key}"]
    starter = ThreadPoolExecutor(1)
    daemons = [
        starter.submit(_start, [*munged, *(f"--{name}={folder / file}" for name, file in files.items())]).result()
    ]
    cluster = Cluster(folder, config, starter, {})
    try:
        eventually((folder / "munge.sock").exists)
        controller = ["slurmctld", "-D", "-c", "-f", str(config), "-L", str(folder / "slurmctld.log")]
        daemons.append(starter.submit(_start, controller).result())
        for name in ("n1", "n2"):
            cluster.start_node(name)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        for process in processes(f"SLURM_CONF={config}", "SLURM_JOB_NAME=shopcart-tiny"):
            kill(process)
        for daemon in (*cluster.nodes.values(), *reversed(daemons)):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        starter.shutdown()
