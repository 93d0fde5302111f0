"""Adapter for a local model, on this machine or a Ray cluster: requests go as one batch to `ml_jobs.complete`, which has torch.

The first sample is greedy, each further one is drawn with its own seed, so equal requests have equal answers. What the process had answered before it was killed is not computed again.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shopcart_assets.platform.engine import EngineError
from shopcart_assets.platform.jobs import JobError, open_jobs, read_rows
from shopcart_assets.platform.llm.port import Keep, LLMError, LLMRefusedError, LLMRequest, LLMResponse, forget
from shopcart_assets.platform.llm.replies import sampling
from shopcart_assets.platform.llm.turns import as_text
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.platform.settings import Settings


class LocalLLM:
    """One base model, asked in batches. The process lives as long as one call of `generate`."""

    def __init__(self, generator: GeneratorConfig, settings: Settings, log: Callable[[str], None] = print) -> None:
        self.model = generator.model
        self.batch_size = generator.batch_size
        self.run_job = open_jobs(settings.engine, settings.ray_address)
        self.n_processes = settings.profile.n_processes
        self.cache = settings.state / "models"
        self.work = settings.state / "work" / "complete"
        self.log = log

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        """See LLM. Raises LLMError where the process fails; its log stays in the work folder then."""
        if not requests:
            return []
        keyed = self._keyed(requests)
        work = self.work / hashlib.sha256("".join(keyed).encode()).hexdigest()[:16]
        answers = self._run(keyed, work)
        for key, request in keyed.items():
            keep(request, answers[key])
        shutil.rmtree(work)
        return [answers[request.key()] for request in requests]

    def _keyed(self, requests: Sequence[LLMRequest]) -> dict[str, LLMRequest]:
        for request in requests:
            if request.model != self.model:
                raise LLMRefusedError(f"the local {self.model} answers for itself alone, not for {request.model}")
        return {request.key(): request for request in requests}

    def _run(self, keyed: dict[str, LLMRequest], work: Path) -> dict[str, LLMResponse]:
        """Work folders are named by what is asked, so a run that was killed finds its own again and continues."""
        work.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(_as_row(key, request), ensure_ascii=False) for key, request in keyed.items())
        (work / "requests.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        config = {
            "model": self.model,
            "requests": str(work / "requests.jsonl"),
            "output": str(work / "answers"),
            "cache": str(self.cache),
            "batch_size": self.batch_size,
        }
        try:
            self.run_job("ml_jobs.complete", config, work=work, n_processes=self.n_processes, log=self.log)
        except (EngineError, JobError) as error:
            raise LLMError(str(error)) from error
        answers = {row["key"]: _response(row, self.model) for row in read_rows(work / "answers")}
        if missing := len(keyed.keys() - answers.keys()):
            raise LLMError(f"ml_jobs.complete left {missing} of {len(keyed)} requests unanswered (work folder: {work})")
        return answers


def _as_row(key: str, request: LLMRequest) -> dict[str, Any]:
    messages = as_text(request.messages)
    asked = {"key": key, "system": request.system, "messages": messages, "max_tokens": request.max_tokens}
    return asked | sampling(request)


def _response(row: Mapping[str, Any], model: str) -> LLMResponse:
    raw = json.dumps(row, ensure_ascii=False)
    return LLMResponse(row["text"], model, row["input_tokens"], row["output_tokens"], row["stop_reason"], 0.0, raw)
