"""What the first run writes as Dagster's own configuration: its storage, its queue and what it runs again. No settings are read here."""

from typing import Any

POSTGRES = "SHOPCART_POSTGRES_URL"
"""The variable that names the database; dagster.yaml holds this name, never the password."""

# A generator's answers are bought, or computed, in one place at a time; its other partitions wait in the queue.
_ONE_A_GENERATOR = {"key": "dagster/partition/generator", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
# Likewise what sensors and schedules ask of a policy's server.
_ONE_A_POLICY = {**_ONE_A_GENERATOR, "key": "shopcart/policy"}


def dagster_yaml(is_postgres: bool) -> dict[str, Any]:
    """dagster.yaml: telemetry and the welcome dialog off, at most four runs at a time, one a generator and one a policy, and at most two
    steps at a time of each pool; a run whose process was killed is launched again, up to three times.

    >>> dagster_yaml(is_postgres=True)["storage"]
    {'postgres': {'postgres_url': {'env': 'SHOPCART_POSTGRES_URL'}}}
    """
    storage = {"storage": {"postgres": {"postgres_url": {"env": POSTGRES}}}} if is_postgres else {}
    return {
        **storage,
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "concurrency": {
            "runs": {"max_concurrent_runs": 4, "tag_concurrency_limits": [_ONE_A_GENERATOR, _ONE_A_POLICY]},
            "pools": {"default_limit": 2, "granularity": "run"},
        },
        "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
        # A step that failed would fail again; what may pass next time asks for a retry itself (platform/assets.py).
        "run_retries": {"enabled": True, "max_retries": 3, "retry_on_asset_or_op_failure": False},
    }
