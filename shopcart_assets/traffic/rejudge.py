"""Built days whose tables say otherwise than the consent table does now. Reads the lake's tables only; builds nothing."""

import hashlib

import polars as pl

from shopcart_assets.platform.warehouse import Warehouse
from shopcart_assets.traffic.consent import consenting_users, without_consent
from shopcart_assets.traffic.delivered import CLAIMED_USER

_REFUSED = "no_consent_"


def version(history: pl.DataFrame) -> str:
    """A hash of the consent table."""
    return hashlib.blake2b(history.write_csv().encode(), digest_size=8).hexdigest()


def is_judged_otherwise(warehouse: Warehouse, day: str, history: pl.DataFrame) -> bool:
    """Whether the day, if built again with this consent table, would admit or refuse another session or keep another raw row.

    A session is looked at where it begins and where it ends: what was allowed at both is taken to be allowed between them. A
    day that was not built is judged as it should be.
    """
    if not warehouse.exists("traffic.sessions", day=day):
        return False
    sessions = warehouse.read("traffic.sessions", day=day)
    began, ended = (
        without_consent(sessions.select("user_id", timestamp=moment), history) for moment in ("started_at", "ended_at")
    )
    now = pl.select(_REFUSED + pl.coalesce(began, ended)).to_series()
    then = sessions.select(pl.when(pl.col("refusal").str.starts_with(_REFUSED)).then("refusal")).to_series()
    return not now.equals(then, null_equal=True) or _keeps_what_it_may_not(warehouse, day, history)


def _keeps_what_it_may_not(warehouse: Warehouse, day: str, history: pl.DataFrame) -> bool:
    """Whether the day's quarantine holds a raw row of somebody who does not consent."""
    if not warehouse.exists("traffic.quarantine", day=day):  # past its time to live
        return False
    raw = warehouse.read("traffic.quarantine", day=day)["raw"]
    named = raw.str.extract(CLAIMED_USER.pattern).drop_nulls()
    return not consenting_users(history).issuperset(named)
