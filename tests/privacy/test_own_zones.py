"""Zones that a user declares: on pages, in events, in the blocking check, from the command line."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from shopcart_assets.platform.declared.yaml_file import SettingsError
from shopcart_assets.platform.declared.zones import ZONE_NAMES, ZoneEntry
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.privacy.benchmark.plant import plant
from shopcart_assets.privacy.day import Scrubbing
from shopcart_assets.privacy.own_zones import own_zones
from shopcart_assets.privacy.page import scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rescan import rescan_problems
from shopcart_assets.privacy.rules import Zone, load_rules

ANN = Pseudonyms(b"secret", "ann")
SPOT = ZoneEntry(zone="deliver_to", sites=("shop.example",), classes=("drop-spot*",))
PAGE = b"<html><body><p class='drop-spot__x'>Zorvik Hollow</p><p class='drop-spot__x'>Deliver to</p><i>to Zorvik Hollow</i></body></html>"


def test_every_name_that_can_be_declared_is_one_of_the_shipped_zones() -> None:
    assert set(ZONE_NAMES) == {zone.zone for zone in load_rules().zones}


@pytest.mark.parametrize(
    ("url", "is_found"), [("https://shop.example/a", True), ("https://other.example/a", False), ("", False)]
)
def test_a_declared_zone_holds_on_its_site_and_tells_of_its_user(url: str, is_found: bool) -> None:
    page = scrub_page(PAGE, url=url, pseudonyms=ANN, own_zones=own_zones([SPOT]))
    assert ("Zorvik Hollow" in page.own) == is_found and "Deliver to" in page.html
    assert scrub_page(PAGE, url=url, pseudonyms=ANN).own == {}


def test_a_day_is_scrubbed_by_it_everywhere_and_the_check_looks_by_it() -> None:
    planted = plant(1, seed=3)
    events, pages = planted.frames()
    html = (pl.lit(PAGE.decode()) + pl.col("html").cast(pl.String)).cast(pl.Binary)
    pages = pages.with_columns(html=html, url=pl.lit("https://shop.example/s"))
    zones = own_zones([ZoneEntry(zone="address_name", classes=("drop-spot*",))])

    def scrubbed(own: tuple[Zone, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
        day = Scrubbing(b"s", own_zones=own).over(events, [pages])
        return day.events, day.pages.scan().collect()

    with_zones, without = scrubbed(zones), scrubbed(())
    assert "Zorvik" in without[1]["html"][0] and not with_zones[1]["html"].str.contains("Zorvik").any()
    raw = events, [pages]
    assert rescan_problems(with_zones[0], [with_zones[1]], *raw, own_zones=zones) == []
    assert any("name left" in line for line in rescan_problems(without[0], [without[1]], *raw, own_zones=zones))
    assert rescan_problems(without[0], [without[1]], *raw) == []


def _settings(folder: Path, zones: object) -> tuple[ZoneEntry, ...]:
    (folder / "shopcart.yaml").write_text(yaml.safe_dump({"privacy_zones": zones}))
    return load_settings({}, folder).privacy_zones


def test_they_are_declared_in_shopcart_yaml(tmp_path: Path) -> None:
    assert _settings(tmp_path, [{"zone": "deliver_to", "sites": ["shop.example"], "classes": ["drop-spot*"]}]) == (
        SPOT,
    )


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ({"zone": "adress", "classes": ["x-spot"]}, "did you mean address"),
        ({"zone": "address"}, "say how the zone is recognised"),
        ({"zone": "address", "classes": ["*"]}, "classes"),
        ({"zone": "address", "klasses": ["x-spot"]}, "did you mean classes"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_what_to_write(tmp_path: Path, zone: object, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as error:
        _settings(tmp_path, [zone])
    assert "\n" not in str(error.value) and "privacy_zones" in str(error.value)
