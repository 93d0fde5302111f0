"""An invented evaluation: every number here is made up, so that the page has something to show."""

from typing import Any

import polars as pl

from shopcart_assets.evaluation.sums import user_scores
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import verdicts

BEST = "smollm2-135m-reasoning-s0"
RIVAL = "smollm2-135m-prompted"

_ACCURACY = [
    ("bayes_optimal", "ceiling", 0.612, 0.571, 0.653),
    ("always_buy", "baseline", 0.021, 0.008, 0.034),
    ("always_terminate", "baseline", 0.203, 0.171, 0.235),
    ("first_result", "baseline", 0.118, 0.094, 0.142),
    ("majority", "baseline", 0.203, 0.171, 0.235),
    ("markov_2", "baseline", 0.241, 0.205, 0.277),
    ("random_legal", "baseline", 0.034, 0.021, 0.047),
    (RIVAL, "prompted", 0.012, 0.002, 0.022),
    ("smollm2-135m-action_only-s0", "fine_tuned", 0.338, 0.296, 0.380),
    (BEST, "fine_tuned", 0.357, 0.311, 0.403),
]
_F1 = {"bayes_optimal": 0.71, "always_buy": 0.25, BEST: 0.31, "smollm2-135m-action_only-s0": 0.22, "markov_2": 0.12}


def accuracy(**changes: Any) -> pl.DataFrame:
    """evaluation.accuracy; `changes` hold for every row."""
    rows = [
        {"policy": policy, "kind": kind, "macro_accuracy": value, "micro_accuracy": value, "n_cases": 1_412,
         "n_sessions": 229, "n_users": 41, "low": low, "high": high, "coverage": 1.0, "n_seeds": 1, **changes}
        for policy, kind, value, low, high in _ACCURACY
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=table("evaluation.accuracy").schema())


def outcomes() -> pl.DataFrame:
    """evaluation.outcomes: F1 is undefined where nothing was predicted to be bought."""
    rows = [
        {
            "policy": policy,
            "tp": 9,
            "fp": 20,
            "fn": 21,
            "tn": 179,
            "f1": _F1.get(policy),
            "low": None,
            "high": None,
            "share_neither": 0.1,
        }
        for policy, *_ in _ACCURACY
    ]
    frame = pl.DataFrame(rows, schema=table("evaluation.outcomes").schema())
    return frame.with_columns(low=pl.col("f1") - 0.08, high=pl.col("f1") + 0.08)


def comparisons(p_holm: float | None = 0.0002) -> pl.DataFrame:
    """evaluation.comparisons: the best against its prompted self, against the other arm, and a baseline."""
    pairs = [
        (BEST, RIVAL, "fine_tuned_v_prompted", 34.5, 30.1, 38.9, 0.0001, p_holm),
        ("smollm2-135m-action_only-s0", RIVAL, "fine_tuned_v_prompted", 32.6, 28.0, 37.2, 0.0001, 0.0002),
        (BEST, "smollm2-135m-action_only-s0", "reasoning_v_action_only", 1.9, -0.7, 4.5, 0.031, 0.16),
    ]
    rows = [
        {"policy": policy, "rival": rival, "family": family, "cluster_unit": "user", "n_users": 41, "n_sessions": 229,
         "n_cases": 1_412, "coverage": 1.0, "delta_points": delta, "low_points": low, "high_points": high, "mde_points": 4.1,
         "p_sign_flip": p, "p_sign_flip_least": 0.0001, "p_holm": holm, "chi2_durkalski": 9.0, "p_durkalski": p, "p_durkalski_session": p,
         "only_policy": 140, "only_rival": 20, "p_mcnemar_exact": p, "p_mcnemar_midp": p, "p_mcnemar_asymptotic": p,
         "p_obuchowski": p}
        for policy, rival, family, delta, low, high, p, holm in pairs
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=table("evaluation.comparisons").schema())


def errors() -> pl.DataFrame:
    """evaluation.errors: what is not exact is illegal, or a click elsewhere."""
    rows = [
        {"policy": policy, "error": error, "n_cases": 100, "share_of_cases": share, "weighted_share": share}
        for policy, _, exact, *_ in _ACCURACY
        for error, share in (
            ("correct", exact),
            ("illegal", (1 - exact) / 4),
            ("clicked_wrong_button", 3 * (1 - exact) / 4),
        )
    ]
    return pl.DataFrame(rows, schema=table("evaluation.errors").schema())


def mix() -> pl.DataFrame:
    """evaluation.mix: people search in half of the cases and leave in the other; each policy leaves more often than the one before."""
    shares = {"human": 0.5, **{policy: 0.5 + 0.05 * place for place, (policy, *_) in enumerate(_ACCURACY)}}
    rows = [
        {
            "policy": policy,
            "category": category,
            "n_cases": 100,
            "share": share,
            "low": share - 0.04,
            "high": share + 0.04,
            "per_session": 1.0,
        }
        for policy, left in shares.items()
        for category, share in (("search", 1 - left), ("terminate", left))
    ]
    return pl.DataFrame(rows, schema=table("evaluation.mix").schema())


def divergence() -> pl.DataFrame:
    """evaluation.divergence of the mix: each policy is farther from people than the one before."""
    rows = [
        {
            "policy": policy,
            "given": "nothing",
            "js_bits": 0.02 * place,
            "human_js_bits": 0.03,
            "human_js_bits_p95": 0.07,
        }
        for place, (policy, *_) in enumerate(_ACCURACY)
    ]
    return pl.DataFrame(rows, schema=table("evaluation.divergence").schema())


def by_step() -> pl.DataFrame:
    """evaluation.accuracy_by_step: half of each step's cases are terminations, never right; ever fewer sessions are as long."""
    rows = [
        {
            "policy": policy,
            "step": step,
            "human_type": kind,
            "n_cases": 24 // step,
            "n_exact": 6 // step * (kind == "click"),
        }
        for policy, *_ in _ACCURACY
        for step in range(2, 9)
        for kind in ("click", "terminate")
    ]
    frame = pl.DataFrame(rows).with_columns(accuracy=pl.col("n_exact") / pl.col("n_cases"))
    return frame.with_columns(target_accuracy="accuracy", type_accuracy="accuracy").select(
        table("evaluation.accuracy_by_step").schema().names()
    )


def steps(*experiments: str) -> pl.DataFrame:
    """training.steps: a loss that halves, held out once."""
    named = [(name, step) for name in experiments for step in range(1, 5)]
    return _frame(
        "training.steps",
        experiment=[name for name, _ in named],
        step=[step for _, step in named],
        loss_nats=[2.0 / step for _, step in named],
        held_out_loss_nats=[0.7 if step == 4 else None for _, step in named],
    )


def cost() -> pl.DataFrame:
    """report.cost: a generator of unknown price, a policy and a run."""
    return _frame(
        "report.cost",
        work=["rationales", "answers", "training"],
        name=["gen", RIVAL, BEST],
        n_requests=[1_000, 20, None],
        cost_usd=[None, 1.25, None],
        train_hours=[None, None, 0.5],
    )


def tables(*, is_simulated: bool = True, hostile: str = "refused_unknown_page") -> dict[str, pl.DataFrame]:
    """Everything that the report reads, by table; `hostile` is a reason that came from outside."""
    fates = {"read": 61_204, "kept": 22_310, "ignored_scroll": 30_000, "no_consent_withdrawn": 8_400, hostile: 494}
    optimal: dict[str, list[Any]] = {
        "session_id": ["a"],
        "step": [1],
        "action_type": ["terminate"],
        "probability": [0.6],
    }
    return {
        "traffic.intake": _frame("traffic.intake", fate=list(fates), n_events=list(fates.values())),
        "traffic.sessions": _sessions(),
        "dataset.refused": _refused(),
        "dataset.splits": _splits(),
        "context.optimal": _frame("context.optimal", **(optimal if is_simulated else {})),
        "evaluation.accuracy": accuracy(),
        "evaluation.outcomes": outcomes(),
        "evaluation.comparisons": comparisons(),
        "evaluation.errors": errors(),
        "evaluation.mix": mix(),
        "evaluation.divergence": divergence(),
        "evaluation.accuracy_by_step": by_step(),
        "evaluation.policies": _frame(
            "evaluation.policies", policy=[BEST], kind=["fine_tuned"], model=[BEST], base_model=["SmolLM2"], seed=[0]
        ),
        "training.steps": steps(BEST, "not-judged-yet"),
        "training.checkpoints": _frame("training.checkpoints", experiment=[BEST], config_sha256=["c0ffee" * 10]),
        "report.cost": cost(),
    }


def write_lake(warehouse: Warehouse, hostile: str) -> None:
    """The same in a lake, but for accuracy and outcomes: views, of invented verdicts of the same policies."""
    for name, frame in tables(hostile=hostile).items():
        if not table(name).is_view and "training" not in name:
            warehouse.write(
                name, frame.drop(table(name).partitioned_by), **dict.fromkeys(table(name).partitioned_by, "2026-09-01")
            )
    warehouse.write("training.steps", steps(BEST).drop("experiment"), experiment=BEST)
    scores = user_scores(verdicts([policy for policy, *_ in _ACCURACY], n_sessions=20, n_users=5))
    kinds = [{"policy": policy, "kind": kind} for policy, kind, *_ in _ACCURACY]
    warehouse.write("evaluation.user_scores", scores)
    warehouse.write("evaluation.policies", pl.DataFrame(kinds, table("evaluation.policies").schema()))


def _frame(name: str, /, **columns: list[Any]) -> pl.DataFrame:
    schema = {**table(name).schema(), **dict.fromkeys(table(name).partitioned_by, pl.String())}
    height = len(next(iter(columns.values()), []))
    filled = {column: columns.get(column, [None] * height) for column in schema}
    return pl.DataFrame(filled, schema=schema)


def _sessions() -> pl.DataFrame:
    admitted = [True] * 780 + [False] * 120
    refusal = [None] * 780 + ["starts_without_search"] * 90 + ["ends_open"] * 30
    ids = [f"s{number}" for number in range(900)]
    return _frame("traffic.sessions", session_id=ids, user_id=ids, is_admitted=admitted, refusal=refusal)


def _refused() -> pl.DataFrame:
    reasons = ["target_unresolved"] * 25 + ["page_missing"] * 5
    return _frame("dataset.refused", session_id=[f"s{number}" for number in range(30)], reason=reasons)


def _splits() -> pl.DataFrame:
    return _frame("dataset.splits", session_id=[f"s{number}" for number in range(30, 780)], split=["train"] * 750)
