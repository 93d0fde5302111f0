"""Which test sessions are told: a few that are worth a look, a seeded sample, and those asked for. Tables in, ids out."""

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

SAMPLE = "sample"
ASKED = "asked for"


def picked(
    splits: pl.DataFrame, differing: pl.DataFrame, asked: Sequence[str], *, n_sample: int, seed: int
) -> Mapping[str, str]:
    """Test sessions by id, each with why it is told: ASKED, one of `chosen`, or SAMPLE.

    The sample is uniform over all test sessions and so may overlap the others. More sessions in the lake change it little: each
    session has its place in a line that depends on the seed and on its own id. `asked` must be test sessions.
    """
    tests = splits.filter(split="test")["session_id"].to_list()
    sample = sorted(tests, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())[:n_sample]
    worth = {session: why for why, session in chosen(splits, differing).items()}
    return dict.fromkeys(sample, SAMPLE) | worth | dict.fromkeys(asked, ASKED)


def chosen(splits: pl.DataFrame, differing: pl.DataFrame) -> dict[str, str]:
    """A few test sessions that are worth a look, by why: the longest, the longest purchase, the one that policies differ on most.

    `splits` is dataset.splits, `differing` what `disagreement` says. No session twice; what there is none of is left out.
    Equal tables give equal sessions: ties go to the smaller id.
    """
    tests = splits.filter(split="test").join(differing, on="session_id", how="left")
    longest = tests.sort("n_steps", "session_id", descending=[True, False])
    most = tests.drop_nulls("disagreement").sort("disagreement", "session_id", descending=[True, False])
    wanted = {
        "the longest session": longest,
        "a purchase": longest.filter(outcome="purchase"),
        "where policies differ most": most,
    }
    found: dict[str, str] = {}
    for why, frame in wanted.items():
        left = frame.filter(~pl.col("session_id").is_in(list(found.values())))
        if left.height:
            found[why] = left["session_id"][0]
    return found


def disagreement(guesses: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """session_id, `disagreement`: the share of pairs of policies that answered differently, mean over the session's cases, 0 to 1.

    `guesses`: for each policy session_id, step, predicted_action; all illegal answers count as one.
    """
    case = ["session_id", "step"]
    empty = pl.DataFrame(schema={"session_id": pl.String, "step": pl.Int64, "predicted_action": pl.String})
    counted = (
        pl.concat([empty, *(one.select(empty.columns) for one in guesses)]).group_by(*case, "predicted_action").len()
    )
    n, same = (
        pl.col("len").cast(pl.Int64).sum(),
        (pl.col("len").cast(pl.Int64) * (pl.col("len").cast(pl.Int64) - 1)).sum(),
    )
    by_case = counted.group_by(case).agg(n.alias("n"), same.alias("same")).filter(pl.col("n") > 1)
    share = 1 - pl.col("same") / (pl.col("n") * (pl.col("n") - 1))
    return by_case.sort(case).group_by("session_id", maintain_order=True).agg(share.mean().alias("disagreement"))
