"""What must hold for an evaluation: every case is judged once, shares add up, and people's own actions are legal."""

import dagster as dg
import polars as pl

from shopcart_assets.dataset.splits import users_on_both_sides
from shopcart_assets.evaluation.names import names_of
from shopcart_assets.evaluation.policies.ceiling import oracle_score
from shopcart_assets.evaluation.verdicts import human_is_illegal
from shopcart_assets.platform.assets import Platform, policies
from shopcart_assets.platform.checks import schema_check, sentence_check
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.llm.failures import TOO_LONG
from shopcart_assets.platform.llm.outcomes import FAILED, UNDER_WAY
from shopcart_assets.platform.profiles import ORACLE

MAX_HUMAN_ILLEGAL = 0.01
_EPSILON = 1e-9


def _weights_are_sessions(verdicts: pl.DataFrame) -> list[str]:
    """Weights of whole sessions add up to 1 each."""
    sums = verdicts.group_by("policy", "session_id").agg(pl.col("weight").sum())
    wrong = sums.filter((pl.col("weight") - 1).abs() > _EPSILON).height
    return [f"{wrong} sessions whose weights do not add up to 1: some of their cases are not answered"] if wrong else []


def _errors_are_a_partition(verdicts: pl.DataFrame) -> list[str]:
    """`correct` is exact, `illegal` has a reason, and nothing else is or has."""
    wrong = verdicts.filter(
        ((pl.col("error") == "correct") != pl.col("is_exact"))
        | ((pl.col("error") == "illegal") != pl.col("illegal_reason").is_not_null())
    ).height
    return [f"{wrong} verdicts whose kind of error contradicts them"] if wrong else []


def _shares_add_up(errors: pl.DataFrame, accuracy: pl.DataFrame) -> list[str]:
    """Each policy's three kinds of share add up to 1, and the weighted ones of what is wrong to 1 - macro accuracy."""
    shares = ("share_of_cases", "share_of_errors", "weighted_share")
    sums = errors.group_by("policy").agg(
        *(pl.col(name).sum() for name in shares),
        (~pl.col("error").is_in(["correct", "illegal"])).any().alias("has_errors"),
        pl.col("weighted_share").filter(pl.col("error") != "correct").sum().alias("wrong"),
    )
    told = sums.join(accuracy.select("policy", "macro_accuracy", "coverage"), on="policy").sort("policy")
    is_off = {name: (pl.col(name) - 1).abs() > _EPSILON for name in shares}
    is_off["share_of_errors"] &= pl.col("has_errors")
    # Where cases are missing the two weigh sessions differently.
    is_off["macro accuracy"] = (pl.col("coverage") == 1) & (
        (pl.col("wrong") + pl.col("macro_accuracy") - 1).abs() > _EPSILON
    )
    return [
        f"{policy}: {name} does not add up" for name, off in is_off.items() for policy in told.filter(off)["policy"]
    ]


def _is_covered(accuracy: pl.DataFrame) -> list[str]:
    partial = accuracy.filter(pl.col("coverage") < 1)
    return [
        f"{row['policy']} answered {row['coverage']:.1%} of the cases: evaluate it again" for row in partial.to_dicts()
    ]


@dg.asset_check(
    asset=dg.AssetKey(["evaluation", "accuracy"]),
    additional_deps=[dg.AssetKey(["dataset", "cases"]), dg.AssetKey(["context", "elements"])],
    name="people_act_legally",
    description="At least 99 % of the human actions are legal on their page.",
)
def people_act_legally(platform: Platform) -> dg.AssetCheckResult:
    """What no policy can win: a fault in the data where it is more than one case in a hundred."""
    cases = platform.warehouse.read("dataset.cases")
    found = illegal_acts(cases, names_of(platform.warehouse, cases))
    return dg.AssetCheckResult(passed=not found, metadata={"problems": len(found), "first_problems": found})


def illegal_acts(cases: pl.DataFrame, names: pl.DataFrame) -> list[str]:
    """One sentence where too many human actions are not legal on their page, with the reasons."""
    illegal = human_is_illegal(cases, names)
    reasons = illegal["illegal_reason"].value_counts(sort=True).rows()
    told = ", ".join(f"{count} {reason}" for reason, count in reasons)
    is_fine = illegal.height <= MAX_HUMAN_ILLEGAL * cases.height
    return [] if is_fine else [f"{illegal.height} of {cases.height} human actions are not legal on their page: {told}"]


def _test_users_are_unseen(_: pl.DataFrame, splits: pl.DataFrame) -> list[str]:
    """Over all days: a day that was split with other settings would put users on both sides."""
    both = users_on_both_sides(splits)
    return [f"{len(both)} users are in train and in test: materialize dataset/splits for all days"] if both else []


@dg.asset_check(
    asset=dg.AssetKey(["evaluation", "verdicts"]),
    additional_deps=[dg.AssetDep(["dataset", "cases"], partition_mapping=dg.AllPartitionMapping())],
    name="every_case_is_judged",
    description="As many verdicts as test cases.",
    blocking=True,
    partitions_def=policies,
)
def every_case_is_judged(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
    """As many verdicts as test cases, over all days, for each policy of the run; or the rest is under way in a batch.

    What a server answered with a failure is no miss of the model's, and no reason to lose the rest: it warns, and blocks nothing.
    """
    read, names = platform.warehouse.read, list(context.partition_keys)
    n_cases = read("dataset.cases").height
    n_verdicts = {name: read("evaluation.verdicts", policy=name).height for name in names}
    sent = {name: read("evaluation.responses", policy=name) for name in names}
    waiting = {name: rows.filter(pl.col("state") == UNDER_WAY).height for name, rows in sent.items()}
    n_failed = {name: _failed_cases(rows) for name, rows in sent.items()}
    metadata = {"cases": n_cases, **{f"verdicts/{name}": n for name, n in n_verdicts.items()}}
    metadata |= {f"under_way/{name}": n for name, n in waiting.items() if n}
    metadata |= {f"failed/{name}": n for name, n in n_failed.items() if n}
    partial = [name for name, n in n_verdicts.items() if n != n_cases and not waiting[name]]
    is_told = all(n_verdicts[name] + n_failed[name] == n_cases for name in partial)
    severity = dg.AssetCheckSeverity.WARN if is_told else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(passed=not partial, severity=severity, metadata=metadata)


def _failed_cases(responses: pl.DataFrame) -> int:
    """The cases to which the server gave no answer to judge in the last round; a prompt that was too long is judged."""
    state = pl.col("state")
    is_failed = state.str.starts_with(FAILED) & (state != FAILED + TOO_LONG)
    return responses.filter(is_failed & (pl.col("sample") == 0) & (pl.col("round") == pl.col("round").max())).height


@dg.asset_check(
    asset=dg.AssetKey(["evaluation", "verdicts"]),
    additional_deps=[
        dg.AssetDep([stage, name], partition_mapping=dg.AllPartitionMapping())
        for stage, name in (("dataset", "cases"), ("context", "elements"))
    ],
    name="oracle_is_exact",
    description="The oracle is right in every case that can be won.",
    blocking=True,
    partitions_def=policies,
)
def oracle_is_exact(context: dg.AssetCheckExecutionContext, platform: Platform) -> dg.AssetCheckResult:
    """The oracle scores the share of cases whose human action is legal; else the run ends here. Of other policies it says nothing."""
    read = platform.warehouse.read
    if ORACLE.name not in context.partition_keys:
        return dg.AssetCheckResult(passed=True, description="the oracle is not of this run")
    cases = read("dataset.cases")
    names = names_of(platform.warehouse, cases)
    score = oracle_score(read("evaluation.verdicts", policy=ORACLE.name), cases, names)
    metadata = {"cases": score.n_cases, "unwinnable": score.n_unwinnable, "misjudged": score.n_misjudged}
    return dg.AssetCheckResult(passed=score.problem is None, description=score.problem, metadata=metadata)


CHECKS: list[dg.AssetChecksDefinition] = [
    *(schema_check(name) for name in TABLES if name.startswith("evaluation.")),
    every_case_is_judged,
    oracle_is_exact,
    sentence_check(
        "evaluation.verdicts",
        "weights_are_sessions",
        "Weights add up to the sessions.",
        _weights_are_sessions,
        blocking=False,
    ),
    sentence_check(
        "evaluation.verdicts", "errors_are_a_partition", "Each verdict is of one kind.", _errors_are_a_partition
    ),
    sentence_check(
        "evaluation.errors",
        "shares_add_up",
        "Shares add up to 1, and the weighted ones reconcile with macro accuracy.",
        _shares_add_up,
        also=["evaluation.accuracy"],
    ),
    sentence_check(
        "evaluation.accuracy",
        "every_policy_answered_every_case",
        "Every policy answered every case.",
        _is_covered,
        blocking=False,
        severity=dg.AssetCheckSeverity.WARN,
    ),
    people_act_legally,
    sentence_check(
        "evaluation.accuracy",
        "test_users_are_unseen",
        "No test user was trained on, over all days.",
        _test_users_are_unseen,
        also=["dataset.splits"],
    ),
]
