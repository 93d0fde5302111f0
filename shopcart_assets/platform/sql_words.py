"""What can be typed next in a statement: schemas, tables, columns, functions and keywords. Text in, words out; no terminal here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shopcart_assets.platform.dictionary import STAGES, TABLES

_TABLES: Mapping[str, tuple[str, ...]] = {
    "dictionary": ("table", "column", "type", "description", "table_description"),
    **{name: (*table.partitioned_by, *table.schema().names()) for name, table in TABLES.items()},
}
_WORD = re.compile(r"[\w.]*$")
_TABLE_EXPECTED = re.compile(r"\b(?:from|join|describe|summarize|table)\s+$|\bfrom\s[^()]*,\s*$", re.IGNORECASE)
_NAMED = re.compile(rf"\b((?:{'|'.join(STAGES)})\.\w+|dictionary)\b(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """What DuckDB itself knows, beside the lake's tables: its functions and keywords, in lower case."""

    functions: Sequence[str] = field(default=())
    keywords: Sequence[str] = field(default=())

    def after(self, typed: str, rest: str = "") -> list[str]:
        """The words that may stand where the last word of `typed` is being typed; `rest` is what follows the cursor.

        After `from` and `join` tables, after a table or its alias and a dot the columns, else the columns of the tables
        that the statement names, functions and keywords. Sorted in that order; empty where nothing begins so.

        >>> Words().after("select * from evaluation.acc")
        ['evaluation.accuracy', 'evaluation.accuracy_by_human_type', 'evaluation.accuracy_by_site', 'evaluation.accuracy_by_step']
        >>> Words().after("select a.macro", " from evaluation.accuracy as a")
        ['a.macro_accuracy']
        """
        word = _WORD.search(typed)[0]  # type: ignore[index]
        before = typed[: len(typed) - len(word)]
        named = _named(before + " " + rest)
        if _TABLE_EXPECTED.search(before):
            return _tables(word)
        owner, dot, _ = word.rpartition(".")
        if dot:
            columns = _TABLES.get(named.get(owner.lower(), ""), ())
            return _beginning(word, [f"{owner}.{column}" for column in columns]) or _tables(word)
        every = [column for table in dict.fromkeys(named.values()) for column in _TABLES[table]]
        return _beginning(word, [*every, *self.keywords, *self.functions, *named, *(f"{s}." for s in STAGES)])


def _tables(word: str) -> list[str]:
    """Schemas first, as there are many tables; those of a schema once it is there."""
    if "." in word:
        return _beginning(word, sorted(_TABLES))
    return _beginning(word, [*(f"{stage}." for stage in STAGES), "dictionary"])


def _named(statement: str) -> dict[str, str]:
    """Every name by which the statement may speak of a table: its full name, its own one, its alias -> the full name."""
    found: dict[str, str] = {}
    for match in _NAMED.finditer(statement):
        table, alias = match[1].lower(), (match[2] or "").lower()
        if table in _TABLES:
            found |= {table.rpartition(".")[2]: table}
            found |= {alias: table} if alias else {}
    return found


def _beginning(word: str, words: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(words) if one.lower().startswith(word.lower())]
