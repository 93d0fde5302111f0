"""`launcher:` of shopcart.yaml: what is refused, in a line, before anything is submitted."""

from pathlib import Path

import pytest

from shopcart_assets.platform.launchers import KubernetesConfig, LocalConfig, SlurmConfig
from shopcart_assets.platform.settings import SettingsError, load_settings


def load(folder: Path, launcher: str) -> object:
    (folder / "shopcart.yaml").write_text(f"launcher: {launcher}\n")
    return load_settings({}, folder).launcher


def test_this_machine_where_nothing_is_said(tmp_path: Path) -> None:
    assert load_settings({}, tmp_path).launcher == LocalConfig()
    assert load(tmp_path, "{kind: local}") == LocalConfig()


def test_a_cluster_says_its_nodes_and_ranks(tmp_path: Path) -> None:
    slurm = load(
        tmp_path, '{kind: slurm, nodes: 8, gpus_per_node: 8, partition: h200, time: "12:00:00", setup: [module load x]}'
    )
    assert isinstance(slurm, SlurmConfig) and (slurm.world_size, slurm.time) == (64, "12:00:00")
    cpu = load(tmp_path, "{kind: slurm, nodes: 2, gpus_per_node: 0, ranks_per_node: 3}")
    assert isinstance(cpu, SlurmConfig) and cpu.world_size == 6
    pods = load(tmp_path, "{kind: kubernetes, nodes: 2, gpus_per_node: 8, image: shop/train:1, claim: shopcart}")
    assert isinstance(pods, KubernetesConfig) and (pods.world_size, str(pods.python)) == (16, "python")


@pytest.mark.parametrize(
    ("launcher", "said"),
    [
        ("{kind: ray}", "launcher Input tag 'ray' found using 'kind' does not match any of the expected tags"),
        ("{kind: slurm, gpus_per_node: 8}", r"launcher\.slurm\.nodes Field required"),
        ("{kind: slurm, nodes: 0, gpus_per_node: 8}", "greater than or equal to 1"),
        ("{kind: slurm, nodes: 1, gpus_per_node: 0}", "say ranks_per_node"),
        ("{kind: slurm, nodes: 1, gpus_per_node: 8, time: 12:00:00}", "put it in quotes"),
        ("{kind: slurm, nodes: 1, gpus_per_node: 8, time: soon}", r"launcher\.slurm\.time String should match"),
        ('{kind: slurm, nodes: 1, gpus_per_node: 8, partition: "a\\n#SBATCH -w x"}', r"partition String should match"),
        ("{kind: slurm, nodes: 1, gpus_per_node: 8, options: [rm -rf]}", r"options\.0 String should match"),
        ("{kind: slurm, nodes: 1, gpus_per_node: 8, partitions: x}", "partitions Extra inputs"),
        ("{kind: kubernetes, nodes: 1, gpus_per_node: 8, claim: x}", r"image Field required"),
    ],
)
def test_mistakes_are_one_clear_line(tmp_path: Path, launcher: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load(tmp_path, launcher)
