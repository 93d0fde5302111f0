"""Blocking checks of the privacy stage: keys, canaries, a second look for what is left, and accounts that add up."""

from functools import partial

import polars as pl

from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.checks import day_check, schema_check, sentence_check
from shopcart_assets.platform.page_batches import gathered
from shopcart_assets.privacy.canary import leaks
from shopcart_assets.privacy.erasure import receipt
from shopcart_assets.privacy.own_zones import own_zones
from shopcart_assets.privacy.rescan import rescan_problems
from shopcart_assets.privacy.residual import residual_problems
from shopcart_assets.privacy.summary import event_problems, page_problems


def _canary_problems(_: pl.DataFrame) -> list[str]:
    return leaks()


def _residual_on_pages(platform: Platform, day: str) -> list[str]:
    search = partial(residual_problems, key="page_id", columns=("html", "url"))
    pages = gathered(platform.warehouse.pages("privacy.pages", day=day))
    return [line for found in platform.engine.map(search, pages) for line in found]


def _own_values(platform: Platform, day: str) -> list[str]:
    read, pages = platform.warehouse.read, platform.warehouse.pages
    scrubbed = read("privacy.events", day=day), pages("privacy.pages", day=day)
    raw = read("traffic.events", day=day), pages("traffic.pages", day=day)
    return rescan_problems(*scrubbed, *raw, platform.engine, own_zones(platform.settings.privacy_zones))


CHECKS = [
    *(
        schema_check(f"privacy.{name}")
        for name in ("events", "pages", "findings", "drops", "erasures", "erasure_marks")
    ),
    sentence_check(
        "privacy.erasures",
        "nothing_of_the_erased_is_left",
        "No id and no pseudonym of an erased user was found in any table, spool, cache or report after the erasure.",
        receipt.problems,
    ),
    sentence_check(
        "privacy.pages",
        "planted_values_do_not_come_through",
        "Known values planted in every channel of a synthetic page and its events do not come through the scrubber; product texts do.",
        _canary_problems,
        without=("html",),
    ),
    day_check(
        "privacy.pages",
        "no_address_phone_or_card_is_left",
        "No e-mail address, phone number or card number is found in a scrubbed page by detectors other than the scrubber's own.",
        _residual_on_pages,
    ),
    sentence_check(
        "privacy.events",
        "no_address_phone_or_card_is_left",
        "No e-mail address, phone number or card number is found in a scrubbed event by detectors other than the scrubber's own.",
        partial(residual_problems, key="event_id", columns=("url", "target", "value", "rationale", "optimal")),
        each_key=True,
    ),
    day_check(
        "privacy.events",
        "nothing_that_users_tell_of_themselves_is_left",
        "Nothing that a user's own zones and fields tell can be read in that user's events and pages: the raw day is mined again.",
        _own_values,
        also=("traffic.events", "traffic.pages"),
    ),
    sentence_check(
        "privacy.pages",
        "kept_and_dropped_pages_add_up",
        "Pages kept and pages dropped are together the pages that the day's events name.",
        page_problems,
        also=("privacy.drops", "privacy.events"),
        without=("html",),
        each_key=True,
    ),
    sentence_check(
        "privacy.events",
        "every_event_is_here_once",
        "Each raw event is here once, and no other.",
        event_problems,
        also=("traffic.events",),
        each_key=True,
    ),
]
