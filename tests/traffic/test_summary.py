"""Facts for the UI are bare numbers, also of days on which nothing happened."""

import polars as pl
import pytest

from shopcart_assets.traffic.consent import Consent
from shopcart_assets.traffic.summary import consent_facts, refusal_facts, session_facts


def test_sessions_are_counted_and_only_admitted_ones_have_a_length() -> None:
    sessions = pl.DataFrame({"is_admitted": [True, True, False], "n_events": [3, 4, 50]})
    assert session_facts(sessions) == {"n_sessions": 3, "n_admitted": 2, "actions_per_session": 3.5}
    assert session_facts(sessions.clear()) == {"n_sessions": 0, "n_admitted": 0, "actions_per_session": 0.0}


def test_refusals_are_shares_of_the_rows_read_over_all_days() -> None:
    fates = ["read", "kept", "refused_not_json", "read", "refused_not_json", "refused_clock_skew", "other_day"]
    intake = pl.DataFrame({"fate": fates, "n_events": [50, 49, 1, 50, 2, 1, 47]})
    assert refusal_facts(intake) == {
        "share_quarantined": pytest.approx(0.04),
        "share_quarantined_clock_skew": pytest.approx(0.01),
        "share_quarantined_not_json": pytest.approx(0.03),
    }
    assert refusal_facts(intake.clear()) == {}


def test_users_are_counted_by_their_last_status_and_statements_by_where_they_were_made() -> None:
    history = pl.DataFrame({"user_id": ["a", "a", "b", "c"], "status": ["granted", "withdrawn", "granted", "granted"]})
    said = pl.DataFrame({"channel": ["consent_file", "event_flag"], "n_statements": [3, 90], "n_unknown_words": [1, 4]})
    assert consent_facts(Consent(history, said)) == {
        "n_users": 3,
        "n_users_granted": 2,
        "n_users_withdrawn": 1,
        "n_users_denied": 0,
        "n_users_expired": 0,
        "n_users_unset": 0,
        "n_statements_consent_file": 3,
        "n_statements_consent_event": 0,
        "n_statements_event_flag": 90,
        "n_unknown_words": 5,
    }
    nobody = consent_facts(Consent(history.clear(), said.clear()))
    assert set(nobody.values()) == {0}
