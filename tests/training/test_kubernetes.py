"""The Kubernetes launcher: its manifest, and what it asks of kubectl, which a script plays here: no cluster is at hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.platform.launchers import KubernetesConfig
from shopcart_assets.training import kubernetes
from shopcart_assets.training.kubernetes import KubernetesLauncher
from shopcart_assets.training.launch import Job, LaunchError

CONFIG = KubernetesConfig(
    kind="kubernetes", nodes=2, gpus_per_node=8, image="shop/train:1", claim="shopcart", poll_seconds=0.01
)

# Writes down what it is asked, and lets a job go from pending over running to the end that the test wants.
KUBECTL = """#!/bin/bash
cd "$(dirname "$0")"
echo "$*" >> asked
case "$*" in
  *apply*) cat > applied.json ;;
  *"get job"*)
    n=$(grep -c "get job" asked)
    if ((n == 1)); then echo '{}'; elif ((n == 2)); then echo '{"status": {"active": 2, "ready": 2}}'; else cat end.json; fi ;;
  *logs*) printf 'step 1\\nerror: no session fits\\ntorchrun: rank 0 ended with code 1\\n' ;;
esac
"""


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").write_text(KUBECTL)
    (folder / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def launch(tmp_path: Path) -> list[str]:
    told: list[str] = []
    job = Job("tiny", tmp_path / "run.json", 2, {"DAGSTER_PIPES_CONTEXT": "abc"})
    KubernetesLauncher(CONFIG, tmp_path).run(job, told.append)
    return told


def end(kubectl: Path, kind: str, **more: Any) -> None:
    told = {"status": {"conditions": [{"type": kind, "status": "True", **more}]}}
    (kubectl / "end.json").write_text(json.dumps(told))


def test_a_job_is_applied_followed_and_taken_away(kubectl: Path, tmp_path: Path) -> None:
    end(kubectl, "Complete")
    told = launch(tmp_path)
    assert [line.partition(": ")[2] for line in told[1:]] == ["Pending", "Running (2 of 2 pods ready)"]
    asked = [line.split()[1] for line in (kubectl / "asked").read_text().splitlines()]
    assert asked == ["delete", "apply", "get", "get", "get", "delete"]
    assert json.loads((kubectl / "applied.json").read_text())["kind"] == "List"


def test_a_failed_job_says_what_the_trainer_said(kubectl: Path, tmp_path: Path) -> None:
    end(kubectl, "Failed", reason="BackoffLimitExceeded")
    with pytest.raises(LaunchError, match=r"BackoffLimitExceeded.*error: no session fits"):
        launch(tmp_path)
    assert "delete" in (kubectl / "asked").read_text().splitlines()[-1]


def test_without_kubectl_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="kubectl is not installed here"):
        launch(tmp_path)


def test_the_manifest_has_one_pod_a_node_and_all_of_its_gpus(tmp_path: Path) -> None:
    job = Job("Qwen2.5_7B", tmp_path / "run.json", 16, {"B": "2", "A": "1"})
    service, work = kubernetes.manifest(CONFIG, job, tmp_path)["items"]
    spec, pod = work["spec"], work["spec"]["template"]["spec"]
    assert (spec["completions"], spec["parallelism"], spec["completionMode"]) == (2, 2, "Indexed")
    (container,) = pod["containers"]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "8"}
    assert [one["name"] for one in container["env"]] == ["A", "B"]
    name = service["metadata"]["name"]
    assert pod["subdomain"] == name and service["spec"]["selector"] == work["spec"]["template"]["metadata"]["labels"]
    assert f"--master-addr={name}-0.{name}" in container["command"]
    assert "--nproc-per-node=8" in container["command"]
    grace, command = CONFIG.grace_seconds, container["command"]
    assert command.index(f"--shutdown-timeout={grace + 10}") < command.index("ml_jobs.train")


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_every_run_has_a_name_that_kubernetes_takes(name: str) -> None:
    found = kubernetes.object_name(Job(name, Path("run.json"), 1))
    # A pod's name is this and its number, within the 63 characters of a host name.
    assert len(found) <= 58 and all(part.isalnum() for part in found.split("-"))
