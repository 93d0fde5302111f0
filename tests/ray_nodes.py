"""A real Ray cluster for tests: two nodes on the loopback, one core each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.ports import free_port

# A raylet waits 15 seconds, and no longer, for the ports that its agents have chosen: on a busy machine too short a time for
# them to start (github.com/ray-project/ray/issues/65983). Ports that it is told it need not wait for.
_AGENTS = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port")


@contextmanager
def two_nodes(num_gpus: int = 0) -> Iterator[Any]:
    """A head and one more node, each of which may say that it has GPUs. Other addresses of the loopback than 127.0.0.1, which Ray takes for no address."""
    import ray
    from ray.cluster_utils import Cluster

    def node(address: str) -> dict[str, Any]:
        ports = {name: free_port() for name in _AGENTS}
        return {
            "num_cpus": 1,
            "num_gpus": num_gpus,
            "object_store_memory": 100_000_000,
            "node_ip_address": address,
            **ports,
        }

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # A node is dead after five bad checks, 15 s: one that is gone fails at once, one that is busy has 10 s for each.
        environment.setenv("RAY_health_check_period_ms", "500")
        started = Cluster(True, head_node_args={**node("127.0.0.2"), "include_dashboard": False})
        try:
            started.add_node(**node("127.0.0.3"))
            yield started
        finally:
            ray.shutdown()
            started.shutdown()
