"""A real Ray cluster for tests: two nodes on the loopback, one core each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A head and one more node. Other addresses of the loopback than 127.0.0.1, which Ray takes for no address."""
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100_000_000}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_raylet_start_wait_time_s", "200")
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        started = Cluster(True, head_node_args={**node, "node_ip_address": "127.0.0.2", "include_dashboard": False})
        try:
            started.add_node(**node, node_ip_address="127.0.0.3")
            yield started
        finally:
            ray.shutdown()
            started.shutdown()
