"""Training as an indexed Job of a Kubernetes cluster: its manifest, its states, its launcher. kubectl alone, no library.

The state folder lies on a volume that this machine and the pods see under the same path; the run's files and Dagster's
messages go through it. One pod a node; each finds the first by the name that a headless Service gives it.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shopcart_assets.platform.jobs import PREEMPTED
from shopcart_assets.platform.launchers import KubernetesConfig
from shopcart_assets.training import cluster
from shopcart_assets.training.cluster import NoSuchJob, Seen, call
from shopcart_assets.training.launch import Job, Log

_PORT = 29500
_CANCEL_SECONDS = 90.0


def object_name(job: Job) -> str:
    """The name of the Job and its Service: what Kubernetes allows of the run's name, and a hash that keeps runs apart.

    >>> object_name(Job("Qwen2.5-7B_x-s0", Path("run.json"), 1))
    'shopcart-qwen2-5-7b-x-s0-2d6359bd'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", job.name.lower()).strip("-")[:36].strip("-")
    return "-".join(filter(None, ("shopcart", plain, hashlib.sha256(job.name.encode()).hexdigest()[:8])))


def manifest(config: KubernetesConfig, job: Job, state: Path) -> dict[str, Any]:
    """Service and Job, as `kubectl apply` takes them; `state` is the folder where the claim is mounted.

    A pod that was asked to stop is started again as often as needed (that is what Kubernetes itself does to it); a
    pod that fails otherwise ends the Job after `max_restarts` times.
    """
    name = object_name(job)
    labels = {"app": name}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {"clusterIP": "None", "selector": labels, "publishNotReadyAddresses": True, "ports": [{"port": _PORT}]},
    }
    work = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "completionMode": "Indexed",
            "completions": config.nodes,
            "parallelism": config.nodes,
            "backoffLimit": config.max_restarts,
            "podFailurePolicy": {"rules": _ignored()},
            "template": {"metadata": {"labels": labels}, "spec": _pod(config, job, name, state)},
        },
    }
    return {"apiVersion": "v1", "kind": "List", "items": [service, work]}


def _ignored() -> list[dict[str, Any]]:
    """What does not count as a failure: preemption and drained nodes, and the trainer's own word that it was asked to stop."""
    stopped = {"containerName": "train", "operator": "In", "values": [PREEMPTED]}
    return [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "Ignore", "onExitCodes": stopped},
    ]


def _pod(config: KubernetesConfig, job: Job, name: str, state: Path) -> dict[str, Any]:
    torchrun = ["-m", "ml_jobs.torchrun", f"--nnodes={config.nodes}", f"--nproc-per-node={config.ranks}"]
    torchrun.append(cluster.shutdown_timeout(config.grace_seconds))
    # Kubernetes itself puts the pod's number in the place of $(...).
    place = ["--node-rank=$(JOB_COMPLETION_INDEX)", f"--master-addr={name}-0.{name}", f"--master-port={_PORT}"]
    train = ["-m", "ml_jobs.train", "--config", str(job.config), "--grace", str(config.grace_seconds)]
    wanted = {"nvidia.com/gpu": config.gpus_per_node or None, "cpu": config.cpu, "memory": config.memory}
    limits = {what: str(value) for what, value in wanted.items() if value is not None}
    container = {
        "name": "train",
        "image": config.image,
        "command": [str(config.python), "-u", *torchrun, *place, *train],
        "env": [{"name": key, "value": value} for key, value in sorted(job.environment.items())],
        "resources": {"limits": limits},
        "volumeMounts": [{"name": "state", "mountPath": str(state)}, {"name": "shm", "mountPath": "/dev/shm"}],
    }
    return {
        "subdomain": name,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": config.grace_seconds + 30,
        "containers": [container],
        "volumes": [
            {"name": "state", "persistentVolumeClaim": {"claimName": config.claim}},
            {"name": "shm", "emptyDir": {"medium": "Memory"}},
        ],
    }


def parse(told: Mapping[str, Any]) -> Seen:
    """State of a Job as `kubectl get job -o json` tells.

    >>> str(parse({"status": {"active": 2, "ready": 1, "failed": 1}}))
    'Running (1 of 2 pods ready), restart 1'
    """
    status = told.get("status", {})
    restarts = status.get("failed", 0)
    for condition in status.get("conditions", []):
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            is_good = condition["type"] == "Complete"
            return Seen(condition["type"], "" if is_good else condition.get("reason", ""), restarts, True, is_good)
    active = status.get("active", 0)
    if not active:
        return Seen("Pending", "", restarts)
    return Seen("Running", f"{status.get('ready', 0)} of {active} pods ready", restarts)


@dataclass(frozen=True)
class KubernetesLauncher:
    """One Job a run; `state` is the folder that the claim holds."""

    config: KubernetesConfig
    state: Path

    def run(self, job: Job, log: Log) -> None:
        """See Launcher. A Job that an earlier, killed process left behind is ended first: two would write one checkpoint."""
        name = object_name(job)
        self._delete(name)
        self._kubectl("apply", "-f", "-", stdin=json.dumps(manifest(self.config, job, self.state)))
        log(f"{job.name}: Kubernetes Job {name}, {self.config.world_size} ranks")
        try:
            seen = cluster.follow(
                lambda: self._look(name), lambda line: log(f"{name}: {line}"), self.config.poll_seconds
            )
            if not seen.is_good:
                output = job.config.with_name("kubernetes.log")
                output.write_text(self._kubectl("logs", f"job/{name}", "--all-containers", "--tail=200"))
                raise cluster.failure(f"{job.name}: Kubernetes Job {name}", seen, output)
        finally:
            self._delete(name)

    def _look(self, name: str) -> Seen:
        told = self._kubectl("get", "job", name, "--ignore-not-found", "-o", "json")
        if not told.strip():
            raise NoSuchJob(f"Kubernetes Job {name} was deleted by somebody else")
        return parse(json.loads(told))

    def _delete(self, name: str) -> None:
        """Waits for the pods' end: they may save until then."""
        patience = _CANCEL_SECONDS + self.config.grace_seconds
        how = ["--cascade=foreground", "--ignore-not-found", f"--timeout={patience:g}s"]
        self._kubectl("delete", f"job/{name}", f"service/{name}", *how, seconds=patience + 30)

    def _kubectl(self, *arguments: str, stdin: str | None = None, seconds: float = 60) -> str:
        where = [f"--context={self.config.context}"] if self.config.context else []
        return call(["kubectl", *where, f"--namespace={self.config.namespace}", *arguments], stdin, seconds)
