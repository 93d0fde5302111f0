"""How far people are from people: the divergence between two random halves of the test users (evaluation.human_floor).

A policy that acts just like people is about that far from them, and not at 0. Halves are smaller than the whole, so the floor is
a little high: of n and n cases in k categories chance alone makes about (k-1) / (4 n ln 2) bits.
"""

from hashlib import sha256

import numpy as np
import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.stats.clusters import Floats

N_SPLITS = 200
GIVEN = ("nothing", "previous_category", "step")


def js_bits(first: Floats, second: Floats) -> float:
    """Jensen-Shannon divergence of two tables of counts in bits, 0 to 1. Both need counts.

    >>> js_bits(np.array([1.0, 1.0]), np.array([5.0, 5.0])), js_bits(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    (0.0, 1.0)
    """
    p, q = first / first.sum(), second / second.sum()
    return float((_bits(p, p + q) + _bits(q, p + q)) / 2)


def _bits(p: Floats, both: Floats) -> float:
    is_there = p > 0
    return float((p[is_there] * np.log2(2 * p[is_there] / both[is_there])).sum())


def human_floor(cases: pl.DataFrame, *, n_splits: int = N_SPLITS) -> pl.DataFrame:
    """evaluation.human_floor of `cases` as `sums.asked` makes them. No row below two users, who have no halves.

    The halves follow from the users' ids and the number of the split alone.
    """
    users = cases["user_id"].unique().sort().to_list()
    halves = [_half(users, split) for split in range(n_splits)] if len(users) > 1 else []
    rows = [
        {"given": given, **_floor(_by_user(cases, given, users), halves), "n_splits": n_splits, "n_users": len(users)}
        for given in (GIVEN if halves else ())
    ]
    return pl.DataFrame(rows, table("evaluation.human_floor").schema())


def _by_user(cases: pl.DataFrame, given: str, users: list[str]) -> Floats:
    """How often each user did what: users x kinds."""
    kinds = ["human_category"] if given == "nothing" else [given, "human_category"]
    counted = cases.group_by("user_id", *kinds).len().sort("user_id", *kinds)
    kind_of = counted.select(kinds).unique(maintain_order=True).sort(kinds).with_row_index("column")
    placed = counted.join(kind_of, on=kinds, maintain_order="left")
    row_of = {user: row for row, user in enumerate(users)}
    counts = np.zeros((len(users), kind_of.height))
    counts[[row_of[one] for one in placed["user_id"]], placed["column"].to_numpy()] = placed["len"].to_numpy()
    return counts


def _floor(counts: Floats, halves: list[list[int]]) -> dict[str, float]:
    total = counts.sum(axis=0)
    sums = [counts[half].sum(axis=0) for half in halves]
    found = [js_bits(half, total - half) for half in sums]
    return {"js_bits": float(np.mean(found)), "js_bits_p95": float(np.quantile(found, 0.95))}


def _half(users: list[str], split: int) -> list[int]:
    """The rows of half of the users, those whose hash with the split's number comes first."""
    hashes = [sha256(f"{split}:{user}".encode()).digest() for user in users]
    return sorted(sorted(range(len(users)), key=hashes.__getitem__)[: len(users) // 2])
