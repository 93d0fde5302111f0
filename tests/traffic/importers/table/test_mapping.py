"""What a mapping file may say, and the one line that a wrong one gets."""

from pathlib import Path

import pytest

from shopcart_assets.traffic.drops import DropError
from shopcart_assets.traffic.importers.table.mapping import read_mapping
from shopcart_assets.traffic.importers.table.origins import Event
from shopcart_assets.traffic.rows import FIELDS
from tests.traffic.importers.table.conftest import Mapped

EXAMPLES = sorted((Path(__file__).parents[4] / "docs" / "mappings").glob("*.yaml"))
LEAST = "event: {user_id: u, timestamp: t, event_type: e"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_are_mappings(file: Path) -> None:
    assert dict(read_mapping(file).columns())["event.user_id"] == "user_id"


def test_every_field_of_the_contract_can_be_mapped() -> None:
    assert set(Event.model_fields) - {"consent"} == set(FIELDS) - {"optimal"}


def test_scalars_are_text_as_they_are_written(mapped: Mapped) -> None:
    mapping = read_mapping(
        mapped("event: {user_id: 007, timestamp: t, event_type: {column: e, values: {Yes: on, 1: 0}}}")
    )
    assert mapping.event.user_id.column == "007"
    assert mapping.event.event_type.values == {"Yes": "on", "1": "0"}


def test_every_column_is_named_with_its_place(mapped: Mapped) -> None:
    mapping = read_mapping(
        mapped(
            f"{LEAST}, value: {{constant: x}}, target: {{whole: w, attributes: {{a.b: c}}}}, extra: {{p: q}}}}\n"
            "page: {html: h, url: v}\nskip: [{column: s, values: [1], reason: bot}]"
        )
    )
    assert dict(mapping.columns()) == {
        "event.target": "w",
        "event.user_id": "u",
        "event.event_type": "e",
        "event.p": "q",
        "event.target.attributes.a.b": "c",
        "event.timestamp": "t",
        "skip.bot": "s",
        "page.html": "h",
        "page.url": "v",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST + ", usr: x}", "event: unknown key usr; known: user_id, timestamp"),
        ("evnt: {}", "the mapping: unknown key evnt; known: event, source, page, days, skip"),
        ("event: {user_id: u}", "event.timestamp: Field required .and 1 more"),
        ("event: nothing", "event: write it as a block"),
        ("", "the mapping: write it as a block"),
        (LEAST + ", url: {constant: a, column: b}}", "event.url: say either column or constant"),
        (LEAST + ", url: {constant: a, default: b}}", "event.url: a constant has no values"),
        (LEAST + ", extra: {user_id: b}}", "event.extra: user_id is a field of the contract"),
        (LEAST + ", page_id: p}\npage: {html: h}", "not both"),
        (LEAST + "}\npage: {html: h, table: pages.csv}", "page: pages in another table need all of"),
        (LEAST + "}\nskip: [{column: a, reason: bot}]", "skip.0: say which"),
        (LEAST + "}\nskip: [{column: a, values: [1], reason: A bot}]", "skip.0: reason 'A bot': write one word"),
        (LEAST + "}\nsource: {delimiter: ab}", "source.delimiter: 'ab' is no delimiter"),
        (LEAST + "}\nsource: {encoding: klingon}", "source.encoding: 'klingon' is no encoding"),
        (
            "event: {user_id: u, event_type: e, timestamp: {column: t, format: unix}}",
            "timestamp.format: 'unix' is no format",
        ),
        (
            "event: {user_id: u, event_type: e, timestamp: {column: t, zone: Mars}}",
            "timestamp.zone: 'Mars' is no time zone",
        ),
        (LEAST + "}\ndays: {first: soon}", "days.first: Input should be a valid date"),
        (LEAST + "}\npage: {html: h, format: neat}", "page.format: Input should be 'raw' or 'context'"),
        ("event: {", "is not YAML"),
    ],
)
def test_a_wrong_mapping_gets_one_line(mapped: Mapped, text: str, said: str) -> None:
    with pytest.raises(DropError, match=said) as error:
        read_mapping(mapped(text))
    assert "mapping.yaml" in str(error.value) and "\n" not in str(error.value)


def test_a_mapping_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DropError, match=r"none\.yaml cannot be read"):
        read_mapping(tmp_path / "none.yaml")
