"""How likely a local model holds each action of a page: which actions are scored, by `ml_jobs.likelihood`, and what the figures say.

Torch is on the other side of a process. What is right or wrong is the verdicts' business.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from shopcart_assets.evaluation.legality import TEXT_ROLES, PageKey, Roles, page_roles
from shopcart_assets.evaluation.local import asked_conversations, model_path, precision, room, tags
from shopcart_assets.evaluation.matching import normalized
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.parse import parse
from shopcart_assets.evaluation.verdicts import CASE
from shopcart_assets.platform.actions import Action, Click, Terminate, TypeAndSubmit, from_json, is_purchase, to_json
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.jobs import each_row, open_jobs
from shopcart_assets.platform.profiles import PolicyConfig
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.warehouse import Warehouse

_TABLE = "evaluation.likelihoods"


def likelihoods(
    warehouse: Warehouse, settings: Settings, policy: PolicyConfig, log: Callable[[str], None]
) -> pl.DataFrame:
    """evaluation.likelihoods of the policy, by session and step: a row for each case that it answered and that could be scored.

    No rows for a policy that is no local model. Raises as local_answers does.
    """
    if not is_local(policy):
        return table(_TABLE).empty()
    cases = warehouse.read("dataset.cases")
    names = names_of(warehouse, cases)
    answers = warehouse.read("evaluation.predictions", policy=policy.name).filter(pl.col("sample") == 0)
    asked = asked_cases(cases, warehouse.read("context.actions"), answers, has_rationale=_has_rationale(policy))
    pages = page_roles(names, cases)
    work = settings.state / "work" / "likelihood" / policy.name
    work.mkdir(parents=True, exist_ok=True)
    config = {
        "model": model_path(warehouse, policy),
        "sessions": _write(work / "sessions.jsonl", _sessions(asked_conversations(warehouse, policy))),
        "candidates": _write(work / "candidates.jsonl", (_line(row, pages) for row in asked.iter_rows(named=True))),
        "output": str(work / "figures"),
        "cache": str(settings.state / "models"),
        "precision": precision(settings.profile, policy),
        **room(settings.profile, policy, names),
        **tags(policy),
    }
    run_job = open_jobs(settings.engine, settings.ray_address)
    run_job("ml_jobs.likelihood", config, work=work, n_processes=settings.profile.n_processes, log=log)
    told = _told(asked, pages, each_row(work / "figures"))
    if told.height < cases.height:
        log(
            f"{cases.height - told.height} of {cases.height} cases are not scored: no answer to them, or no room for one"
        )
    return told


def is_local(policy: PolicyConfig) -> bool:
    """Whether its model's probabilities can be read here: a checkpoint, or a base model that no server holds."""
    return policy.kind == "fine_tuned" or (policy.kind == "prompted" and policy.server is None)


def _has_rationale(policy: PolicyConfig) -> bool:
    """Whether it acts after a rationale of its own, which its actions must then be scored after."""
    return policy.arm == "reasoning" or (policy.arm == "think" and policy.is_thinking)


def asked_cases(
    cases: pl.DataFrame, actions: pl.DataFrame, answers: pl.DataFrame, *, has_rationale: bool
) -> pl.DataFrame:
    """The cases to score, by session and step: dataset.cases with seed, `rationale` and `text`, what could be typed next.

    `actions` is context.actions; `answers` is evaluation.predictions. `text` is what the policy itself would search for in its
    judged answer, else what the person searched for last. A policy that reasons is not scored where it gave no rationale.
    """
    judged = answers.filter(pl.col("sample") == 0).select("seed", *CASE, "rationale", "output", "stop_reason")
    typed = actions.filter(pl.col("action_type") == "type_and_submit").select(*CASE, last_text="text").sort("step")
    told = cases.join(judged, on=CASE).sort("step")
    options: Any = {"strategy": "backward", "allow_exact_matches": False, "check_sortedness": False}
    told = told.join_asof(typed, on="step", by="session_id", **options).sort(CASE)
    own = [_own_text(*row) for row in told.select("output", "stop_reason").iter_rows()]
    told = told.with_columns(text=pl.coalesce(pl.Series(own, dtype=pl.String), "last_text"))
    if has_rationale:
        return told.filter(pl.col("rationale").is_not_null())
    return told.with_columns(rationale=pl.lit(None, pl.String))


def _own_text(output: str, stop_reason: str | None) -> str | None:
    result = parse(output, stop_reason).result
    return result.text if isinstance(result, TypeAndSubmit) else None


def candidates(roles: Roles, text: str) -> list[Action]:
    """All that can be done on a page, in its order: a click on each name, `text` into each text field, terminate last.

    >>> candidates({"search": "searchbox", "cart": "link"}, "mug")
    [TypeAndSubmit(name='search', text='mug', type='type_and_submit'), Click(name='cart', type='click'), Terminate(type='terminate')]
    """
    named = (TypeAndSubmit(name, text) if role in TEXT_ROLES else Click(name) for name, role in roles.items())
    return [*named, Terminate()]


def _candidates(case: Mapping[str, Any], pages: Mapping[PageKey, Roles]) -> list[Action]:
    return [normalized(one) for one in candidates(pages.get((case["day"], case["page_id"]), {}), case["text"])]


def figures(human: Action, human_nats: float, actions: Sequence[Action], nats: Sequence[float]) -> dict[str, Any]:
    """A row's columns from the -log probabilities of the person's action and of the candidates.

    Of equally likely candidates the one that comes first on the page comes first.

    >>> told = figures(Terminate(), 0.5, [Click("a"), Click("a.buy_now"), Terminate()], [1.0, 2.0, 1.0])
    >>> told["human_rank"], told["best_action"], round(told["p_terminate"], 3)
    (2, '{"type": "click", "name": "a"}', 0.422)
    """
    values = np.asarray(nats, dtype=np.float64)
    best = int(values.argmin())
    every = float(values[best] - np.log(np.exp(values[best] - values).sum()))
    shares = np.exp(every - values)
    place = actions.index(human) if human in actions else None
    return {
        "human_nats": human_nats,
        "human_rank": None if place is None else _rank(values, place),
        "n_candidates": len(actions),
        "best_action": to_json(actions[best]),
        "best_nats": float(values[best]),
        "candidates_nats": every,
        "p_terminate": _share(shares, [isinstance(one, Terminate) for one in actions]),
        "p_purchase": _share(shares, [is_purchase(one) for one in actions]),
    }


def _rank(nats: np.ndarray[Any, np.dtype[np.float64]], place: int) -> int:
    return 1 + int((nats < nats[place]).sum() + (nats[:place] == nats[place]).sum())


def _share(shares: np.ndarray[Any, np.dtype[np.float64]], is_meant: Sequence[bool]) -> float:
    """A probability; rounding must not make it more than 1."""
    return min(1.0, float(shares[np.asarray(is_meant)].sum()))


def _told(asked: pl.DataFrame, pages: Mapping[PageKey, Roles], rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    cases = {(case["session_id"], case["step"]): case for case in asked.iter_rows(named=True)}
    told = []
    for row in rows:
        case = cases[row["session_id"], row["step"]]
        if row["nats"] is not None:
            human = normalized(from_json(case["action"]))
            key = {name: case[name] for name in ("seed", *CASE)}
            told.append({**key, **figures(human, row["human_nats"], _candidates(case, pages), row["nats"])})
    return pl.DataFrame(told, table(_TABLE).schema()).sort(CASE)


def _line(case: Mapping[str, Any], pages: Mapping[PageKey, Roles]) -> dict[str, Any]:
    told = {name: case[name] for name in (*CASE, "rationale")}
    return {**told, "actions": [to_json(one) for one in _candidates(case, pages)], "human": case["action"]}


def _sessions(asked: pl.DataFrame) -> Iterable[dict[str, Any]]:
    for session_id, steps in asked.select("session_id", "steps").iter_rows():
        yield {"session_id": session_id, **json.loads(steps)}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> str:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return str(path)
