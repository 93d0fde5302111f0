"""The engine `ray`: batches over the nodes of a Ray cluster, whose nodes may die. Needs the extra `ray`; `ray_jobs` connects by it.

Tasks, not Ray Data: its operators take Arrow blocks of their own size and give rows, where days need results a batch, in order,
beside which a reduce stands; a window of tasks is all of it that would be used.
"""

import importlib.metadata
import importlib.util
import platform
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from shopcart_assets.platform.engine import EngineError
from shopcart_assets.platform.pool import BATCHES_PER_WORKER

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_DECIDING = ("polars", "lxml", "phonenumbers", "pyyaml", "pydantic")
"""Packages whose version may show in the bytes of a result."""
_PACKAGES = ("shopcart_assets", "ml_jobs")
"""That travel to the nodes."""
MAX_RETRIES = 5
"""Of a task whose node or process died: one that takes six down with it is itself the trouble."""


class RayEngine:
    """One task a batch on the cluster at `address`: `host:port` of its head, `ray://host:port`, or `auto` for that of this machine.

    A batch lost with its node is worked on again elsewhere; since functions are pure, nothing shows it. This package travels with
    the tasks, so that all nodes run the same code; other packages must be installed there in the same versions, which is checked.
    """

    def __init__(self, address: str = "auto") -> None:
        self._cluster = Cluster(address)

    def map(self, function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """See Engine."""
        ray = self._cluster.connected()
        task = ray.remote(max_retries=MAX_RETRIES)(_run)
        shared = ray.put((function, versions()))
        n_cores = int(ray.cluster_resources().get("CPU", 1))
        waiting: deque[Any] = deque()
        try:
            for batch in batches:
                waiting.append(task.remote(shared, batch))
                if len(waiting) > BATCHES_PER_WORKER * n_cores:
                    yield self._cluster.result(waiting.popleft())
            while waiting:
                yield self._cluster.result(waiting.popleft())
        finally:
            for one in waiting:
                ray.cancel(one, force=True)


class Cluster:
    """The Ray cluster at an address, and what comes from it. This process connects once."""

    def __init__(self, address: str) -> None:
        """Raises EngineError where Ray is not installed."""
        try:
            import ray
        except ImportError as error:
            raise EngineError("SHOPCART_ENGINE=ray needs the ray extra: pip install 'shopcart-assets[ray]'") from error
        self._ray, self._address = ray, address

    def connected(self) -> Any:
        """The library, with the cluster behind it. Raises EngineError where none answers."""
        if self._ray.is_initialized():
            return self._ray
        try:
            self._knock()
            # The output of workers is not for us: it may say anything.
            self._ray.init(
                self._address, runtime_env={"py_modules": _code()}, log_to_driver=False, logging_level="error"
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineError(
                f"SHOPCART_ENGINE=ray and no Ray cluster answers at {self._address}: start one (`ray start --head`), or say by "
                "RAY_ADDRESS where it is"
            ) from error
        return self._ray

    def _knock(self) -> None:
        """Ray itself would wait for minutes for a head that is not there. Raises OSError, or ValueError for no address."""
        if self._address != "auto":
            host, _, port = self._address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host, int(port)), timeout=10).close()

    def result(self, one: Any, what: str = "a batch", kept: str = "nothing was written") -> Any:
        """What the task returned or raised. Raises EngineError where the cluster lost it; `what` was lost, and what is `kept`."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(one)
        except errors.RayTaskError as error:
            failure = error.cause  # as the function raised it, without the remote traceback around
        except errors.RayError as error:
            failure = EngineError(
                f"the Ray cluster lost {what} {MAX_RETRIES + 1} times ({type(error).__name__}): see its dashboard for what "
                f"its nodes died of, most often too little memory, and run again; {kept}"
            )
        raise failure


def _code() -> list[str]:
    """The folders of this project's packages, which are found and not imported: ml_jobs is for who has torch."""
    specs = [importlib.util.find_spec(name) for name in _PACKAGES]
    return [folder for spec in specs if spec for folder in spec.submodule_search_locations or ()]


def _run(shared: tuple[Callable[[Any], Any], dict[str, str]], batch: Any) -> Any:
    """On a node: the function's result, if this node would have come to the same bytes as any other."""
    function, wanted = shared
    refuse_others(versions(), wanted)
    return function(batch)


def refuse_others(here: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """On a node: raises EngineError where its versions are not those of the machine that asks."""
    if other := [f"{name} {here[name]} (here {one})" for name, one in wanted.items() if here[name] != one]:
        raise EngineError(f"a Ray node has {', '.join(other)}: install the same versions on all nodes")


@cache
def versions() -> dict[str, str]:
    """Of this Python and the packages that decide about bytes."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in _DECIDING}
