"""One erasure from its order to its receipt. Killed at any moment and run again, it completes.

The tombstone comes first, so that from then on nothing of the user comes in. Then the order, a file of the lake that says all
that is to go, since the rows that tell it go too. Rows, answers and files go; what is left is looked for; the receipt is
written; the order is deleted.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from shopcart_assets.platform.llm import Ledger
from shopcart_assets.platform.settings import Settings
from shopcart_assets.platform.tombstones import Tombstone, Tombstones
from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.privacy.erasure import files, marks, proof, receipt
from shopcart_assets.privacy.erasure.history import left_in_history
from shopcart_assets.privacy.erasure.plan import PLAN, Plan, Removal, find
from shopcart_assets.privacy.erasure.rows import erase_rows, removals
from shopcart_assets.traffic.drops import exclusive, registered
from shopcart_assets.traffic.holders import holding

LEDGER = "ledger"
_ORDERS = "erasure_orders/"


class ErasureError(ValueError):
    """An erasure that cannot begin; the message says what to do."""


@dataclass(frozen=True)
class Estate:
    """Everything that an erasure has to look at: the lake, who was erased from it, the state folder, the registered drops, and the URL of
    the database with Dagster's history where it is not in the state folder."""

    warehouse: Warehouse
    tombstones: Tombstones
    state: Path
    drops: Sequence[Path]
    history: str = field(default="", repr=False)

    @staticmethod
    def of(settings: Settings) -> "Estate":
        """Where the settings say. Raises DropError where a registered drop is gone."""
        history = settings.postgres_url.get_secret_value()
        return Estate(settings.warehouse(), settings.tombstones(), settings.state, registered(settings.state), history)


def preview(estate: Estate, user_id: str, erased_at: dt.datetime, withdrawn_at: dt.datetime | None = None) -> Plan:
    """What an erasure would take out. Writes nothing."""
    stone = Tombstone(estate.tombstones.key(user_id), erased_at, withdrawn_at)
    bare = find(estate.warehouse, user_id, stone)
    found = list(removals(estate.warehouse, bare))
    theirs, used = marks.request_keys(estate.warehouse, bare)
    beside = {
        LEDGER: Ledger(estate.warehouse.lake).forget(bare.session_ids(), theirs, used, do=False),
        files.SPOOL: files.n_statements(estate.state, user_id),
    }
    return replace(
        bare,
        placeholders=tuple(marks.placeholders(estate.warehouse, bare)),
        request_keys=tuple(theirs),
        removals=(*found, *(Removal(place, "", n) for place, n in beside.items() if n)),
        marks=tuple(marks.marks(estate.warehouse, estate.state, bare, found)),
    )


def order(estate: Estate, user_id: str, erased_at: dt.datetime, withdrawn_at: dt.datetime | None = None) -> Plan:
    """Shuts the user out and says what is to go; `complete` does it, in this process or in any later one."""
    withdrawn_at = withdrawn_at or _withdrawn_at(estate.warehouse, user_id, erased_at)
    stone = estate.tombstones.put(user_id, erased_at, withdrawn_at)
    plan = preview(estate, user_id, stone.erased_at, withdrawn_at)
    for earlier in orders(estate):
        plan = plan.merged(earlier) if earlier.user_id == user_id else plan
    with estate.warehouse.lake.put(_ORDERS + stone.key) as path:
        path.write_bytes(PLAN.dump_json(plan))
    return plan


def _withdrawn_at(warehouse: Warehouse, user_id: str, erased_at: dt.datetime) -> dt.datetime | None:
    """When the user last withdrew before the erasure; the proof of it is kept when the history goes."""
    if not warehouse.exists("traffic.consent"):
        return None
    theirs = warehouse.read("traffic.consent").filter(user_id=user_id, status="withdrawn")
    last = theirs.filter(pl.col("effective_at") <= erased_at)["effective_at"].max()
    return last if isinstance(last, dt.datetime) else None


def orders(estate: Estate) -> Iterator[Plan]:
    """What was ordered and is not done."""
    for key in estate.warehouse.lake.keys(_ORDERS):
        with estate.warehouse.lake.open(key) as file:
            yield PLAN.validate_json(file.read())


def complete(estate: Estate, plan: Plan) -> pl.DataFrame:
    """Does what was ordered and returns the receipt: rows of privacy.erasures. One erasure at a time, and no other run."""
    warehouse = estate.warehouse
    with exclusive(estate.state / ".erasure.lock"):
        erase_rows(warehouse, plan)
        _, used = marks.request_keys(warehouse, plan)
        Ledger(warehouse.lake).forget(plan.session_ids(), plan.request_keys, used)
        files.forget_files(warehouse.lake, estate.state, estate.tombstones, plan)
        left = proof.left_in_tables(warehouse, plan)
        ordered = _ORDERS + plan.stone.key
        found = [one for one in proof.left_in_files(warehouse.lake, estate.state, plan) if one != ordered]
        found += left_in_history(estate.history, proof.Needles.of(plan))
        still_held = [one for one in holding(estate.drops, plan.user_id, plan.page_ids()) if one[1]]
        written = receipt.write(warehouse, plan, left, found, still_held)
        warehouse.lake.delete(ordered)
    return written


def require_known(estate: Estate, plan: Plan) -> list[tuple[str, int]]:
    """What the drops hold of the user. Raises ErasureError where nothing anywhere does, since the id may be mistyped.

    An empty id is in every text and is nobody's.
    """
    if not plan.user_id:
        raise ErasureError("the id is empty: say whom to erase")
    held = [one for one in holding(estate.drops, plan.user_id, plan.page_ids()) if one[1]]
    if not (held or plan.removals or any(one.user_id == plan.user_id for one in orders(estate))):
        raise ErasureError("nobody by this id is in the lake or in a registered drop: check how it is written")
    return held


def settle(estate: Estate, now: dt.datetime) -> int:
    """Completes what was ordered, then erases who has withdrawn since; how many users."""
    pending = list(orders(estate))
    for plan in pending:
        complete(estate, plan)
    leaving = list(withdrawn(estate, now))
    for user_id, erased_at, withdrawn_at in leaving:
        erase(estate, user_id, erased_at, withdrawn_at)
    return len(pending) + len(leaving)


def erase(
    estate: Estate, user_id: str, erased_at: dt.datetime, withdrawn_at: dt.datetime | None = None
) -> pl.DataFrame:
    """Order and completion."""
    return complete(estate, order(estate, user_id, erased_at, withdrawn_at))


def withdrawn(estate: Estate, now: dt.datetime) -> Iterator[tuple[str, dt.datetime, dt.datetime]]:
    """Users of traffic.withdrawals who are not erased since: user, erased_at, withdrawn_at.

    What is to go is all up to now, or, of who has consented again since, all up to that.
    """
    warehouse, stones = estate.warehouse, set(estate.tombstones.keys())
    if not warehouse.exists("traffic.withdrawals"):
        return
    history, done = warehouse.read("traffic.consent"), receipt.erased(warehouse)
    for user_id, withdrawn_at in warehouse.read("traffic.withdrawals").select("user_id", "withdrawn_at").iter_rows():
        erased_at = done.get(estate.tombstones.key(user_id))
        if user_id in stones or (erased_at and erased_at >= withdrawn_at):
            continue
        theirs = history.filter(pl.col("user_id") == user_id, pl.col("effective_at") > withdrawn_at)
        again = theirs.filter(status="granted")["effective_at"].min()
        yield user_id, again - dt.timedelta(microseconds=1) if isinstance(again, dt.datetime) else now, withdrawn_at
