"""Every recorder's words: only a clear yes to being recorded is granted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcart_assets.traffic.consent_vocabulary import (
    STATUSES,
    WORDS,
    event_status,
    most_forbidding,
    said_status,
    word_status,
)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("granted", ["Yes", "granted", "GRANTED ", "allow_all", "Opt-In", "accept all", "true", True, "1"]),
        ("denied", ["No", "denied", "deny_all", "Reject All", "false", False, "0", "DECLINED"]),
        ("withdrawn", ["withdrawn", "revoked", "opt-out", "optedOut", "Withdrawal"]),
        ("expired", ["expired", "Lapsed"]),
        ("unset", ["Unset", "(not set)", "", "  ", "pending", "implied", "implicit_consent", "allow_selected", None]),
        ("unset", ["legitimate_interests", "contract", "unknown", "default"]),
        (None, ["perhaps", "granted?no", "!granted", "-1", "CPzqAQAPzqAQA", "{", '{"a"', "{} granted"]),
        (None, [1, 0, 0.5, ["granted"], b"granted"]),
    ],
)
def test_words_and_bools_of_recorders(status: str | None, words: list[Any]) -> None:
    assert [said_status(word) for word in words] == [status] * len(words)


@pytest.mark.parametrize(
    ("signals", "status"),
    [
        ({"analytics_storage": "granted", "ad_storage": "granted"}, "granted"),
        ({"analytics_storage": "granted", "ad_storage": "denied", "ad_user_data": "denied"}, "granted"),
        ({"analytics_storage": "denied", "ad_storage": "granted"}, "denied"),
        ({"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"}, "granted"),  # GA4's export
        ({"analytics_storage": "Unset"}, "unset"),
        ({"ad_storage": "granted"}, "unset"),  # says nothing about the recording of behaviour
        ({"analyticsStorage": True, "statistics": False}, "denied"),
        ({"eventType": "allow_all", "consentScopes": ["analytics"]}, "granted"),  # Snowplow's consent preferences
        ({"event_type": "deny_all"}, "denied"),
        ({"event_type": "pending"}, "unset"),
        ({"basisForProcessing": "consent", "documentId": "1"}, "unset"),  # Snowplow's GDPR context
        ({"analytics_storage": "granted", "status": "perhaps"}, None),
        ({"analytics_storage": "withdrawn", "status": "perhaps"}, "withdrawn"),
        ({"analytics_storage": {"status": "granted"}}, None),
        ({"analytics_storage": None}, "unset"),
        ({}, "unset"),
        ('{"analytics_storage": "granted"}', "granted"),
        ('{"analytics_storage": "{\\"analytics\\": true}"}', None),
    ],
)
def test_objects_of_signals(signals: Any, status: str | None) -> None:
    assert said_status(signals) == status


@pytest.mark.parametrize(
    ("event_type", "said", "status"),
    [
        ("consent", ["granted"], "granted"),
        ("consent", [True], "granted"),
        ("consent", [{"analytics_storage": "denied"}], "denied"),
        ("consent", [], "unset"),
        ("consent_given", [], "granted"),
        ("Consent-Withdrawn", [], "withdrawn"),
        ("consent_denied", [], "denied"),
        ("consent_expired", [], "expired"),
        ("cookie_consent_update", ["allow_all"], "granted"),
        ("consentGranted", [], "granted"),
        ("consent_allow_selected", [], "unset"),
        ("consent_default", ["granted"], "unset"),  # what holds before anybody was asked
        ("consent_given", ["denied"], "denied"),  # they differ: the one that forbids more
        ("consent_withdrawn", ["granted"], "withdrawn"),
        ("consent_given", ["newsletter"], None),
        ("newsletter_consent_given", [], None),
        ("opt_out", [], "withdrawn"),
        ("opt-in", [], "granted"),
    ],
)
def test_acts_of_consent(event_type: str, said: list[object], status: str | None) -> None:
    assert event_status(event_type, said) == (status, True)


@pytest.mark.parametrize("event_type", ["click", "submit", "options", "consent_banner_shown", "consent_viewed", ""])
def test_other_events_are_no_acts(event_type: str) -> None:
    assert event_status(event_type, ["granted"]) == ("unset", False)


def test_every_word_has_one_status() -> None:
    assert set(WORDS.values()) == set(STATUSES)
    assert all(word_status(word) == status for word, status in WORDS.items())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(sorted(WORDS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("analytics"), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, st.text())
def test_whatever_is_said_has_a_status_or_none(said: Any, event_type: str) -> None:
    assert said_status(said) in (*STATUSES, None)
    assert event_status(event_type, [said])[0] in (*STATUSES, None)


@given(st.lists(st.sampled_from(STATUSES), min_size=1), st.sampled_from(STATUSES))
def test_another_statement_never_allows_more(statuses: list[Any], other: Any) -> None:
    alone, together = most_forbidding(statuses), most_forbidding([*statuses, other])
    assert STATUSES.index(together) <= STATUSES.index(alone)
    together_said, _ = event_status("consent", [*statuses, other])
    assert together_said == together
