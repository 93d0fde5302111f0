"""What a person wants to see of consent, of a day's sessions and of its refused rows in the UI. Numbers only."""

import polars as pl

from shopcart_assets.traffic.consent import Consent
from shopcart_assets.traffic.consent_events import CHANNELS
from shopcart_assets.traffic.consent_vocabulary import STATUSES


def consent_facts(consent: Consent) -> dict[str, float | int]:
    """Users by their last status, what was said by where it was said, and how much of it was in words that nobody knows."""
    last = consent.history.group_by("user_id", maintain_order=True).agg(pl.col("status").last())["status"]
    said = dict(consent.said.select(pl.col("channel").cast(pl.String()), "n_statements").iter_rows())
    return {
        "n_users": len(last),
        **{f"n_users_{status}": int((last == status).sum()) for status in STATUSES},
        **{f"n_statements_{channel}": said.get(channel, 0) for channel in CHANNELS},
        "n_unknown_words": int(consent.said["n_unknown_words"].sum()),
    }


def session_facts(sessions: pl.DataFrame) -> dict[str, float | int]:
    """Sessions, those admitted, and their mean length in events that can become actions (0 where none was admitted)."""
    admitted = sessions.filter("is_admitted")["n_events"]
    mean = int(admitted.sum()) / len(admitted) if len(admitted) else 0.0
    return {"n_sessions": sessions.height, "n_admitted": len(admitted), "actions_per_session": mean}


def refusal_facts(intake: pl.DataFrame) -> dict[str, float | int]:
    """Of all rows read: the share in quarantine, and the share for each reason; empty where nothing was read."""
    totals = intake.group_by("fate").agg(pl.col("n_events").sum()).sort("fate")
    n_of = {str(fate): int(n) for fate, n in totals.iter_rows()}
    n_read = n_of.get("read", 0)
    if not n_read:
        return {}
    refused = {fate.removeprefix("refused_"): n for fate, n in n_of.items() if fate.startswith("refused_")}
    shares: dict[str, float | int] = {f"share_quarantined_{reason}": n / n_read for reason, n in refused.items()}
    return {"share_quarantined": sum(refused.values()) / n_read, **shares}
