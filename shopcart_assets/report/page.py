"""The report page: one HTML file that needs nothing else, made from tables. Everything that is not ours is escaped.

What the numbers mean is said in `findings`; how the page looks, in `page.html.j2`.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from shopcart_assets.platform.drawing.colours import HUMAN, STYLE, Look
from shopcart_assets.platform.drawing.svg import Figure
from shopcart_assets.platform.profiles import Profile
from shopcart_assets.report import findings, versions
from shopcart_assets.report.claims import Claims, claims, limits
from shopcart_assets.report.figures import figures
from shopcart_assets.report.funnel import Level, funnel
from shopcart_assets.report.table_1 import Estimate, Row, grouped, measured, printed
from shopcart_assets.report.tables import Tables


@dataclass(frozen=True)
class Report:
    """What the page shows; the asset shows parts of it in Dagster."""

    headline: str
    subject: str
    is_simulated: bool
    here: Sequence[Row]
    paper: Sequence[Row]
    claims: Sequence[Claims]
    limits: str
    families: Sequence[tuple[str, Sequence[dict[str, Any]]]]
    levels: Sequence[Level]
    caveats: Sequence[str]
    settings: Sequence[tuple[str, str]]
    config_sha256: str
    searches: str
    figures: Mapping[str, Figure]
    look: Mapping[str, Look]
    cost: Sequence[dict[str, Any]]
    days: str
    tables: Sequence[versions.TableVersion]
    models: Sequence[versions.ModelVersion]


def report(tables: Tables, profile: Profile, look: Mapping[str, Look]) -> Report:
    """The report of these tables, with the looks of all policies. Logs are simulated where the shopper's own likeliest action is known."""
    here, paper = measured(tables.accuracy, tables.outcomes), printed(tables.published)
    is_simulated = tables.optimal.height > 0
    best = findings.subject(here)
    settings = dataclasses.asdict(profile)
    return Report(
        headline=findings.headline(here, tables.comparisons),
        subject="" if best is None else best.label,
        is_simulated=is_simulated,
        here=here,
        paper=paper,
        claims=claims(here, tables.comparisons),
        limits=limits(tables.comparisons) if tables.comparisons.height else "",
        families=_families(tables.comparisons),
        levels=funnel(tables.intake, tables.sessions, tables.refused, tables.splits),
        caveats=findings.caveats(here, is_simulated=is_simulated),
        settings=list(_flat(settings)),
        config_sha256=hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest(),
        searches="" if best is None else findings.searches(tables.mix, best.label),
        figures=figures(tables, paper, look),
        look=look,
        cost=tables.cost.to_dicts(),
        days=versions.days(tables.sessions),
        tables=versions.tables_read(tables),
        models=versions.models(tables, [row.label for row in here]),
    )


def _families(comparisons: pl.DataFrame) -> list[tuple[str, Sequence[dict[str, Any]]]]:
    """The families by their titles: what is claimed of models first, simple policies last."""
    rows = comparisons.sort("family", "p_holm", "policy", "rival", nulls_last=True)
    found = {str(family): group.to_dicts() for (family,), group in rows.group_by("family", maintain_order=True)}
    ordered = sorted(found, key=lambda family: (family.startswith("baseline"), not family.startswith("fine_tuned")))
    return [(family.replace("_v_", " against ").replace("_", " "), found[family]) for family in ordered]


def render(report: Report, story: str | None = None) -> str:
    """The page, with links to the index of sessions where there is one. Equal reports give equal bytes: no date, no machine's name."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("shopcart_assets.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "interval": interval, "grouped": grouped}
    environment.filters |= {"p_value": findings.p_value, "call": findings.call}
    return environment.get_template("page.html.j2").render(
        report=report, story=story, palette=STYLE, human=HUMAN, code=versions.code()
    )


def percent(estimate: Estimate | None) -> str:
    """A percentage as the table prints it.

    >>> percent(Estimate(17.256)), percent(None)
    ('17.26', 'not defined')
    """
    return "not defined" if estimate is None else f"{estimate.value:.2f}"


def interval(estimate: Estimate | None) -> str:
    """Its interval, or nothing where it has none.

    >>> interval(Estimate(17.2, 15.04, 19.5))
    '15.0 to 19.5'
    """
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.1f} to {estimate.high:.1f}"


def as_text(rows: Sequence[Row]) -> str:
    """The measured rows as an aligned plain-text table, for previews: policy, accuracy, interval, F1."""
    lines = [("policy", "exact %", "95 % interval", "F1 %")]
    lines += [(row.label, percent(row.accuracy), interval(row.accuracy), percent(row.f1)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as dotted names, each with its value."""
    if isinstance(value, dict) or (isinstance(value, list | tuple) and any(isinstance(one, dict) for one in value)):
        named = ((one.get("name", number), one) for number, one in enumerate(value, 1))
        for key, inner in value.items() if isinstance(value, dict) else named:
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, str(value)
