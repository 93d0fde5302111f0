"""What was made from the user's sessions beyond their rows: fine-tuned weights, paid answers, pseudonyms. Reads only."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from shopcart_assets.platform import partitions
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure.plan import ByDay, Mark, Plan, Removal
from shopcart_assets.privacy.erasure.rows import is_theirs

_BATCHES = "reasoning.rationales"
_ASKED = (
    "reasoning.requests",
    "reasoning.responses",
    "reasoning.rationales",
    "reasoning.quarantine",
    "evaluation.responses",
)


def marks(warehouse: Warehouse, state: Path, plan: Plan, removals: Sequence[Removal]) -> Iterator[Mark]:
    """Batches of rationales that lose rows, and experiments that trained on the user, as far as tables and work files tell."""
    for one in removals:
        if one.table == _BATCHES:
            partition = partitions.parse_folder(one.partition)
            rows = warehouse.read_columns(_BATCHES, ["session_id"], **partition)
            own = rows.filter(is_theirs(TABLES[_BATCHES], plan, partition))
            yield Mark("rationales", one.partition.rstrip("/"), None, own["session_id"].n_unique())
    for partition in warehouse.partitions("training.checkpoints"):
        run = warehouse.read("training.checkpoints", **partition).row(0, named=True)
        n_told = sum(_n_trained(warehouse, plan, one, run["arm"], run["generator"]) for one in removals)
        n_given = _n_given(state / "work" / partition["experiment"] / "sessions.jsonl", plan)
        if n_sessions := max(n_told, n_given):
            yield Mark("checkpoint", partition["experiment"], run["config_sha256"], n_sessions)


def request_keys(warehouse: Warehouse, plan: Plan) -> tuple[list[str], list[str]]:
    """The keys of the answers that were asked for about the user, and of those that were asked for about others."""
    theirs: set[str] = set()
    others: set[str] = set()
    for table in _ASKED:
        own, foreign = _split(warehouse, table, "request_key", plan)
        theirs, others = theirs | own, others | foreign
    return sorted(theirs), sorted(others)


def placeholders(warehouse: Warehouse, plan: Plan) -> list[str]:
    """The pseudonyms that were put into the user's pages and events, and into nothing that the user neither did nor saw.

    A page that stays because others saw it too must not have them: so it does not count as others' here.
    """
    theirs, others = _split(warehouse, "privacy.findings", "placeholder", plan, but_for=plan.seen)
    return sorted(theirs - others)


def _split(
    warehouse: Warehouse, table: str, column: str, plan: Plan, but_for: ByDay | None = None
) -> tuple[set[str], set[str]]:
    """The values in the user's rows, and those in others', left out the findings of the pages `but_for`."""
    theirs: set[str] = set()
    others: set[str] = set()
    for partition in warehouse.partitions(table):
        columns = dict.fromkeys([*TABLES[table].persons(), column])
        rows = warehouse.read_columns(table, list(columns), **partition).drop_nulls(column)
        is_own = is_theirs(TABLES[table], plan, partition)
        left_out = list((but_for or {}).get(partition["day"], ()))
        is_other = ~is_own & ~pl.col("source_id").is_in(left_out) if left_out else ~is_own
        theirs |= set(rows.filter(is_own)[column])
        others |= set(rows.filter(is_other)[column])
    return theirs, others


def _n_trained(warehouse: Warehouse, plan: Plan, removal: Removal, arm: str, generator: str | None) -> int:
    """The user's sessions of split train in one partition of the conversations that the arm learns from."""
    partition = partitions.parse_folder(removal.partition)
    # The arm `think` has no table of its own: it learns from the conversations with rationales, told otherwise.
    learned_from = "action_only" if arm == "action_only" else "reasoning"
    if removal.table != f"dataset.conversations_{learned_from}" or partition.get("generator", generator) != generator:
        return 0
    rows = warehouse.read_columns(removal.table, ["session_id", "user_id", "split"], **partition)
    return rows.filter(is_theirs(TABLES[removal.table], plan, partition) & (pl.col("split") == "train")).height


def _n_given(sessions: Path, plan: Plan) -> int:
    """The user's sessions among those that the experiment's last run was given."""
    if not sessions.exists():
        return 0
    theirs = set(plan.session_ids())
    with sessions.open(encoding="utf-8") as lines:
        return sum(json.loads(line)["session_id"] in theirs for line in lines)
