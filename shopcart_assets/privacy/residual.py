"""What a strict second look still finds in scrubbed text: the blocking check's own detectors, written apart from patterns.py.

Narrow on purpose: each hit is certain enough to stop a run. It replaces nothing.
"""

import html
import re
from collections.abc import Iterable

import polars as pl

# Each begins with one of few characters and looks back from there, so that the search skips to them.
_HOST = re.compile(
    r"@(?<=[a-z0-9._+-]@)[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?!png|jpe?g|gif|webp|svg|css|js)[a-z]{2,12}\b",
    re.IGNORECASE,
)
_MOST_LETTERS = 64  # before an at sign (RFC 5321, 4.5.3.1.1)
_PHONE = re.compile(
    r"[+(\d](?<![\w.,$-][+(\d])(?:(?<=\+)\d{1,3}[ .-]\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]?\d{3,4}|(?<=\()\d{3}\) \d{3}-\d{4}"
    r"|(?<=\d)\d{2}-\d{3}-\d{4})(?![\w.,-])"
)
_CARD = re.compile(r"[45](?<![\w.-][45])(?:(?<=4)\d{3}|(?<=5)[1-5]\d{2})(?:[ -]?\d{4}){3}(?![\w.-])")


def residual_kinds(text: str) -> list[str]:
    """The kinds of personal data that are still in the text, entities undone; never the value.

    >>> residual_kinds("write to ann&#64;example.com or call 212-555-0100"), residual_kinds("[EMAIL_7F3A] 193990-16")
    (['email', 'phone'], [])
    """
    plain = html.unescape(text)
    found = {
        "email": any(_has_mailbox(plain, host.start()) for host in _HOST.finditer(plain)),
        "phone": any(map(_is_assigned, _PHONE.findall(plain))),
        "card": any(map(_is_luhn, _CARD.findall(plain))),
    }
    return [kind for kind, is_there in found.items() if is_there]


def residual_problems(frame: pl.DataFrame, key: str, columns: Iterable[str]) -> list[str]:
    """One line for each row and column in which something is left: the row's id, the column and the kind."""
    return [
        f"{row[key]}: {kind} left in {column}"
        for column in columns
        for row in frame.select(key, column).drop_nulls().iter_rows(named=True)
        for kind in residual_kinds(row[column])
    ]


def _has_mailbox(text: str, end: int) -> bool:
    """Whether there is a letter or digit in what stands before an at sign."""
    last = text[max(0, end - _MOST_LETTERS) : end].rstrip("._+-")[-1:]
    return last.isascii() and last.isalnum()


def _is_luhn(number: str) -> bool:
    digits = [int(letter) for letter in number if letter.isdigit()]
    return (sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])) % 10 == 0


def _is_assigned(number: str) -> bool:
    import phonenumbers  # 80 ms; most texts have no candidate

    region = None if number.startswith("+") else "US"
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(number, region)))
    except phonenumbers.NumberParseException:
        return False
