"""One saved page, as `shopcart scrub` prints it: zones and patterns, then the values of its user, who may be known from elsewhere.

Days of traffic belong to day.py.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from shopcart_assets.privacy.catalogue import titles_on
from shopcart_assets.privacy.errors import PrivacyError
from shopcart_assets.privacy.gazetteer import Gazetteer, OwnValue, own_values, values_told
from shopcart_assets.privacy.page import scrub_page, written
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import KINDS, Kind, Zone
from shopcart_assets.privacy.second_pass import scrub_tree


def scrub_file(
    html: bytes,
    pseudonyms: Pseudonyms,
    url: str = "",
    known: Iterable[OwnValue] = (),
    own_zones: tuple[Zone, ...] = (),
) -> dict[str, object]:
    """A page as `shopcart scrub --format json` prints it: {html, reason, findings: [{kind, detector, placeholder, where}]}.

    `known` are values of the page's user beside those that its own zones tell, `own_zones` zones beside those of rules.yaml.
    """
    page = scrub_page(html, url=url, pseudonyms=pseudonyms, own_zones=own_zones)
    titles = titles_on(page.root) if page.root is not None else []
    gazetteer = Gazetteer(pseudonyms, own_values([*known, *values_told(page.own)]), titles=tuple(titles))
    again = scrub_tree(page.root, gazetteer) if page.root is not None else []
    findings = [
        {"kind": one.kind, "detector": one.detector, "placeholder": one.placeholder, "where": one.place}
        for one in (*page.findings, *again)
    ]
    text = written(page.root) if page.root is not None and again else page.html
    return {"html": text, "reason": page.reason, "findings": findings}


def read_values(file: Path) -> list[OwnValue]:
    """A user's values from a JSON file: `{"name": "Ann Lee", "city": ["Oslo", "Bath"]}`. Raises PrivacyError, which quotes no value."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise PrivacyError(f'{file} must be a JSON object of kinds and values, such as {{"name": ["Ann Lee"]}}')
    pairs = [
        (kind, value) for kind, values in said.items() for value in (values if isinstance(values, list) else [values])
    ]
    for kind, value in pairs:
        if kind not in KINDS:
            raise PrivacyError(f"{file} has an unknown kind; kinds are {', '.join(KINDS)}")
        if not isinstance(value, str):
            raise PrivacyError(f"{file}: each value of {kind} must be a text; put numbers in quotes")
    return [(cast("Kind", kind), value) for kind, value in pairs]
