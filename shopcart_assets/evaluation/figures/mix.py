"""Figure 2: what people and policies do how often, and how far each mix is from people's, beside how far people are from people."""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from shopcart_assets.platform.drawing.colours import Look
from shopcart_assets.platform.drawing.multiples import Column, Line, multiples
from shopcart_assets.platform.drawing.panels import nice_top
from shopcart_assets.platform.drawing.svg import Figure

TITLE = "Mix of actions, beside people's"
HUMAN = "human"
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "search": ("search",),
    "product": ("open a", "product"),
    "filter": ("filter",),
    "page": ("turn the", "page"),
    "other": ("other", "click"),
    "purchase": ("purchase",),
    "terminate": ("leave",),
    "illegal": ("illegal", "answer"),
}
"""The categories in the order of the columns, and what stands above them."""
Shares = Mapping[tuple[str, str], tuple[float, float | None, float | None]]
"""By policy and category: the share of the policy's cases, 0 to 1, with its interval."""
_DIVERGENCE = ("Jensen-Shannon", "divergence")


def mix_figure(
    mix: pl.DataFrame,
    divergence: pl.DataFrame,
    order: Sequence[str],
    look: Mapping[str, Look],
    bounds: Collection[str] = (),
) -> Figure:
    """The policies of evaluation.mix in this order, people first; evaluation.divergence of the mix at the right.

    `bounds` are policies that are drawn and not spoken of: what people did is near people.
    """
    shares: Shares = {
        (row["policy"], row["category"]): (row["share"], row["low"], row["high"]) for row in mix.iter_rows(named=True)
    }
    mixes = divergence.filter(given="nothing")
    bits = dict(mixes.select("policy", "js_bits").iter_rows())
    floor, reach = next(mixes.select("human_js_bits", "human_js_bits_p95").iter_rows(), (None, None))
    policies = [policy for policy in order if policy in bits]
    lines = [
        Line(name, look.get(policy), [*(_pct(shares.get((policy, one))) for one in CATEGORIES), distance])
        for policy, name, distance in [
            (HUMAN, "people", floor),
            *((policy, policy, bits[policy]) for policy in policies),
        ]
    ]
    columns = []
    for category, title in CATEGORIES.items():
        share, low, high = shares.get((HUMAN, category), (0.0, None, None))
        columns.append(Column(title, 100.0, 100 * share, _times(low), _times(high)))
    top = nice_top(max([*bits.values(), reach or 0.0, 0.1]))
    columns.append(Column(_DIVERGENCE, top, floor, None if reach is None else 0.0, reach, digits=2, span=1.45))
    height, body = multiples(columns, lines, "% of a policy's cases; bits")
    return Figure(
        TITLE, told(shares, {one: bits[one] for one in policies if one not in bounds}, floor, reach), height, body
    )


def told(shares: Shares, bits: Mapping[str, float], floor: float | None, reach: float | None) -> str:
    """What is to be seen: what people do, who comes nearest and who is farthest, and how many are as near as people are to people."""
    human = {category: 100 * share for (policy, category), (share, _, _) in shares.items() if policy == HUMAN}
    if not bits or not human:
        return "No policy has been evaluated yet."
    most = sorted(human.items(), key=lambda one: (-one[1], one[0]))[:3]
    sentences = [
        "People's actions are "
        + ", ".join(f"{' '.join(CATEGORIES[category])} {share:.0f} %" for category, share in most)
        + " and others."
    ]
    near, far = min(bits, key=lambda one: (bits[one], one)), max(bits, key=lambda one: (bits[one], one))
    sentences.append(
        f"Nearest to them is {near} with a Jensen-Shannon divergence of {bits[near]:.3f} bits; farthest is {far} with {bits[far]:.3f}."
    )
    if floor is not None and reach is not None:
        n_within = sum(value <= reach for value in bits.values())
        sentences.append(
            f"Two random halves of the people are {floor:.3f} bits apart, in 95 % of draws at most {reach:.3f}: "
            f"{n_within} of {len(bits)} policies are within that."
        )
    return " ".join(sentences)


def _pct(found: tuple[float, float | None, float | None] | None) -> float:
    return 100 * found[0] if found else 0.0


def _times(share: float | None) -> float | None:
    return None if share is None else 100 * share
