"""Answers of a local model, by `ml_jobs.generate`: which conversations are asked, with what room, and what came back.

Torch is on the other side of a process. An interrupted run continues at the case where it stopped.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from shopcart_assets.dataset.conversation import EMPTY_THOUGHT, THINK_CLOSE, THINK_OPEN, prompted, thinking
from shopcart_assets.evaluation import EvaluationError
from shopcart_assets.platform.actions import Click, to_json
from shopcart_assets.platform.experiment import TrainConfig
from shopcart_assets.platform.jobs import open_jobs, read_rows
from shopcart_assets.platform.profiles import PolicyConfig, Profile
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.platform.warehouse import Warehouse

# Room for a rationale where no generator says how long its own are.
_RATIONALE_TOKENS = 48
# The estimate of tokens is not the model's count, and a query may be longer than any name.
_SPARE = 1.3
_SPARE_TOKENS = 16

_ANSWER = {
    "session_id": pl.String(),
    "step": pl.Int64(),
    "sample": pl.Int64(),
    "output": pl.String(),
    "rationale": pl.String(),
    "stop_reason": pl.String(),
}


def local_answers(
    warehouse: Warehouse, settings: Settings, policy: PolicyConfig, names: pl.DataFrame, log: Callable[[str], None]
) -> pl.DataFrame:
    """session_id, step, sample, output, rationale, stop_reason of each test case, of a base model or of a checkpoint.

    `names` are those of the cases' pages. Raises JobError where the program fails, EngineError where the engine does,
    EvaluationError where a test session has no conversation in the policy's arm, MissingPartition where the checkpoint was not trained.
    """
    asked = asked_conversations(warehouse, policy)
    work = settings.state / "work" / "generate" / policy.name
    work.mkdir(parents=True, exist_ok=True)
    sessions = work / "sessions.jsonl"
    sessions.write_text(
        "".join(_line(*row) for row in asked.select("session_id", "steps").iter_rows()), encoding="utf-8"
    )
    config = {
        "model": model_path(warehouse, policy),
        "sessions": str(sessions),
        "output": str(work / "answers"),
        "cache": str(settings.state / "models"),
        "precision": precision(settings.profile, policy),
        **room(settings.profile, policy, names),
        **sampling(policy),
    }
    # vLLM shares out a GPU's work itself, and each of its processes would take a whole one, which on Ray it has.
    is_alone = policy.engine == "vllm" and settings.engine == "local"
    n_processes = 1 if is_alone else settings.profile.n_processes
    run_job = open_jobs(settings.engine, settings.ray_address)
    run_job("ml_jobs.generate", config, work=work, n_processes=n_processes, log=log)
    return pl.DataFrame(read_rows(work / "answers"), _ANSWER).sort("session_id", "step", "sample")


def asked_conversations(warehouse: Warehouse, policy: PolicyConfig) -> pl.DataFrame:
    """session_id and steps of every test session, in the form that the policy is asked in."""
    if policy.generator:
        told = warehouse.read("dataset.conversations_reasoning", generator=policy.generator)
    else:
        told = warehouse.read("dataset.conversations_action_only")
    asked = told.filter(pl.col("split") == "test").sort("session_id").select("session_id", "steps")
    splits = warehouse.read("dataset.splits").filter(pl.col("split") == "test")
    if missing := splits.join(asked, on="session_id", how="anti").height:
        raise EvaluationError(
            f"{missing} of {splits.height} test sessions have no conversation with rationales of {policy.generator!r}: "
            "materialize dataset/conversations_reasoning for their days"
        )
    if policy.arm == "think":
        return _retold(asked, partial(thinking, keep=policy.is_thinking))
    return _retold(asked, prompted) if policy.kind == "prompted" else asked


def _retold(asked: pl.DataFrame, form: Callable[[str], str]) -> pl.DataFrame:
    return asked.with_columns(pl.Series("steps", [form(steps) for steps in asked["steps"]], pl.String))


def sampling(policy: PolicyConfig) -> dict[str, Any]:
    """How an answer is written: greedy or drawn, with a thought or without, by which engine."""
    drawn = {"n_samples": policy.n_samples, "temperature": policy.temperature, "seed": policy.seed}
    return {**drawn, **tags(policy), "engine": policy.engine}


def tags(policy: PolicyConfig) -> dict[str, str]:
    """What is written for the model around its thought, in the arm `think`."""
    if policy.arm != "think":
        return {}
    return {"opening": THINK_OPEN, "closing": THINK_CLOSE} if policy.is_thinking else {"opening": EMPTY_THOUGHT}


def model_path(warehouse: Warehouse, policy: PolicyConfig) -> str:
    """The base model's name, or the directory of the fine-tuned checkpoint."""
    if policy.kind == "prompted":
        return str(policy.model)
    return str(warehouse.read("training.checkpoints", experiment=str(policy.model))["path"][0])


def precision(profile: Profile, policy: PolicyConfig) -> str:
    """The arithmetic of the policy's training run, and of its base model's runs where it is prompted."""
    runs = _runs(profile, policy)
    return runs[0].precision if runs else "fp32"


def _runs(profile: Profile, policy: PolicyConfig) -> list[TrainConfig]:
    return [run.train for run in profile.experiments if policy.model in (run.name, run.base_model)]


def room(profile: Profile, policy: PolicyConfig, names: pl.DataFrame) -> dict[str, int]:
    """Tokens for a rationale and for an action, enough for a click on the longest name of any page that is asked about, and
    for the whole conversation: the paper's 40,000, or those of a training run that was given more. One that was given less
    saved memory; what is asked is the same of every policy, as far as its model reaches.
    """
    longest = max((estimate_tokens(to_json(Click(name))) for name in names["name"].unique()), default=0)
    action = round(_SPARE * longest) + _SPARE_TOKENS
    rationale = profile.generator(policy.generator).max_output_tokens if policy.generator else _RATIONALE_TOKENS
    whole = max(train.max_tokens for train in (TrainConfig(), *_runs(profile, policy)))
    if policy.kind == "prompted":  # one answer holds both
        rationale, action = 0, action + rationale
    return {"max_tokens": whole, "max_rationale_tokens": rationale, "max_action_tokens": action}


def _line(session_id: str, steps: str) -> str:
    return json.dumps({"session_id": session_id, **json.loads(steps)}, ensure_ascii=False) + "\n"
