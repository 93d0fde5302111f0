"""A saved page on the command line: what its zones tell and what the user's file says is gone everywhere on it."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.errors import PrivacyError
from shopcart_assets.privacy.one_page import read_values, scrub_file
from shopcart_assets.privacy.parsing import parse
from shopcart_assets.privacy.pseudonyms import Pseudonyms

ANN = Pseudonyms(b"secret", "ann")


def test_the_command_line_form_never_holds_a_value() -> None:
    result = scrub_file(b"<p>write to ann@example.com</p>", ANN)
    placeholder = ANN.placeholder("email", "ann@example.com")
    assert result["findings"] == [
        {"kind": "email", "detector": "pattern:email", "placeholder": placeholder, "where": "text"}
    ]
    assert "ann@example.com" not in repr(result)


def test_what_the_page_tells_and_what_the_file_says_is_looked_for_everywhere(tmp_path: Path) -> None:
    values = tmp_path / "values.json"
    values.write_text(json.dumps({"name": ["Quillon Zebroski"], "street": "1742 Zanzibrook Lane"}))
    body = "<p class=user-greeting>Hello, Mareike</p><h1>Mareike’s list</h1><a href='/u?k=quillon+zebroski'>at 1742 Zanzibrook Lane</a>"
    result = scrub_file(body.encode(), ANN, known=read_values(values))
    assert not any(word in repr(result) for word in ("Mareike", "uillon", "Zanzi"))
    findings = cast("list[dict[str, Any]]", result["findings"])
    assert [one["where"] for one in findings if one["detector"] == "gazetteer"] == ["text", "attribute:href"]
    assert len(cast("list[Any]", scrub_file(body.encode(), ANN)["findings"])) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "must be a JSON object"),
        ("{", "must be a JSON object"),
        ('{"nom": "Zebroski"}', "unknown kind; kinds are name, street"),
        ('{"postcode": 90417}', "each value of postcode must be a text; put numbers in quotes"),
    ],
)
def test_a_bad_file_gets_one_line_that_quotes_no_value(tmp_path: Path, text: str, says: str) -> None:
    values = tmp_path / "values.json"
    values.write_text(text)
    with pytest.raises(PrivacyError, match=says) as caught:
        read_values(values)
    assert "Zebroski" not in str(caught.value) and "90417" not in str(caught.value)


def test_real_pages_that_greet_a_person_come_out_without_them_inline_json_included(shared: Path) -> None:
    for path in sorted((shared / "pages").glob("amazon_com_*_2022_webshop.html")):
        raw = path.read_bytes()
        line = cast("str", parse(raw).xpath("string(//*[@id='glow-ingress-line2'])"))
        town, postcode = line.replace("\u200c", "").split()
        result = scrub_file(raw, ANN, url="https://www.amazon.com/")
        left = plain_text(repr(result)).casefold()
        assert town.casefold() in plain_text(raw.decode()).casefold()
        assert not [word for word in ("john", town.casefold(), postcode) if word in left]
