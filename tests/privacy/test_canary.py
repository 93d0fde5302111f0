"""The self-test passes with the real scrubber and fails with broken ones."""

from dataclasses import replace
from typing import Any

import pytest

from shopcart_assets.privacy.canary import ANYWHERE, IN_ZONES, SURVIVORS, canary_page, leaks
from shopcart_assets.privacy.events import EventScrubber
from shopcart_assets.privacy.page import ScrubbedPage, scrub_page


def test_no_canary_comes_through_the_real_scrubber() -> None:
    assert leaks() == []


def test_a_scrubber_that_does_nothing_lets_every_canary_through() -> None:
    def nothing(html: bytes, **_: Any) -> ScrubbedPage:
        return ScrubbedPage(html.decode())

    assert len(leaks(nothing, with_gazetteer=False)) == len(ANYWHERE) + len(IN_ZONES)


def test_one_forgotten_value_and_one_destroyed_title_are_seen() -> None:
    def forgetful(html: bytes, **more: Any) -> ScrubbedPage:
        page = scrub_page(html, **more)
        return replace(page, html=page.html.replace(SURVIVORS[0], "[NAME_0000]") + "4111111111111111")

    assert leaks(forgetful) == ["card canary came through", f"{SURVIVORS[0]!r} was altered"]


def test_a_rationale_that_nobody_scrubs_lets_canaries_through(monkeypatch: pytest.MonkeyPatch) -> None:
    scrub = EventScrubber.scrub

    def forgetful(self: EventScrubber, event: dict[str, Any]) -> Any:
        scrubbed, found = scrub(self, event)
        return scrubbed | {"rationale": event["rationale"]}, found

    monkeypatch.setattr(EventScrubber, "scrub", forgetful)
    assert "card canary came through" in leaks()


def test_every_value_is_in_the_page() -> None:
    page = canary_page().decode()
    assert all(value in page for value in (*ANYWHERE.values(), *IN_ZONES.values(), *SURVIVORS))


def test_without_the_gazetteer_every_value_that_zones_tell_comes_through() -> None:
    assert leaks(with_gazetteer=False) == [f"{kind} canary came through" for kind in IN_ZONES]
