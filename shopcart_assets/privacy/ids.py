"""Numbers that shops and carriers give: orders, parcels, accounts, by their shape, their check digit or the words before them.

Numbers of people and banks belong to patterns.py.
"""

import re
from collections.abc import Callable, Iterator

from shopcart_assets.privacy.rules import Kind

Finder = Callable[[str], Iterator[tuple[int, int]]]

ORDER = re.compile(
    r"(?<![\w-])(?:\d{3}-\d{7}-\d{7}|1\d{16}|D\d{2}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5})(?![\w-])"  # Amazon, Amazon digital, eBay
    r"|(?<!\w)(?:1Z[0-9A-Z]{16}|TB[ABC]\d{12}|JJD\d{14,20}|9[2-5](?: ?\d{4}){5}|9[2-5]\d\d(?: \d{4}){4} \d\d)(?!\w)"  # UPS, Amazon, DHL, USPS
)
_POSTAL = re.compile(
    r"(?<!\w)[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?(?:A[TU]|B[ER]|C[AHNZ]|D[EK]|ES|F[IR]|GB|HK|I[ELNT]|JP|KR|M[XY]|N[LOZ]|P[LT]|S[EG]|T[RW]|US)(?!\w)"
)
ACCOUNT = re.compile(r"\bamzn1\.account\.[A-Z0-9]{8,}")
ID_CUES: dict[Kind, tuple[str, ...]] = {
    "order": (
        "order",
        "bestellung",
        "bestell",
        "auftrags",
        "sendungs",
        "commande",
        "suivi",
        "pedido",
        "ordine",
        "tracking",
        "shipment",
    ),
    "account": ("customer", "account", "member", "membership", "loyalty", "user", "kunden", "client", "cliente"),
}
ID_NUMBER = r"n(?:um[eé]ro|úmero|[°o])\.? (?:d(?:e|i|o|el) |d['’])?"  # de commande, do pedido
_CUED_ID = {
    kind: re.compile(
        rf"(?i:\b(?:(?:{'|'.join(cues)})[ -]{{0,2}}(?:#|id|number|nr|no|nummer)|{ID_NUMBER}(?:{'|'.join(cues)}))[.:# ]{{0,3}})(?P<id>(?=(?:[A-Z-]*\d){{6}})[A-Z0-9][A-Z0-9-]{{5,24}})(?![\w-])"
    )
    for kind, cues in ID_CUES.items()
}
# Begun by a character of a few, it is looked for several times as fast as what it stands for.
ORDER_HINT = re.compile(r"1\d{16}|[\dD]\d{1,2}-\d{5}|1Z[0-9A-Z]{6}|TB[ABC]\d|JJD\d|9[2-5]\d{0,2} ?\d{4}")


def postal(text: str) -> Iterator[tuple[int, int]]:
    """Parcels as the Universal Postal Union numbers them (S10): eight digits and their check digit between a service and a country."""
    for match in _POSTAL.finditer(text):
        *digits, check = map(int, filter(str.isdigit, match[0]))
        rest = 11 - sum(weight * digit for weight, digit in zip((8, 6, 4, 2, 3, 5, 9, 7), digits, strict=True)) % 11
        if check == {10: 0, 11: 5}.get(rest, rest):
            yield match.span()


def matches(pattern: re.Pattern[str]) -> Finder:
    """A finder of all that fits the pattern."""
    return lambda text: (match.span() for match in pattern.finditer(text))


def cued_ids(kind: Kind) -> Finder:
    """Ids of no shape of their own, known by the words before them."""
    return lambda text: (match.span("id") for match in _CUED_ID[kind].finditer(text))


def has_cue(kind: Kind) -> Callable[[str], bool]:
    """A cheap test whether `cued_ids` can find anything."""

    def holds(text: str) -> bool:
        lower = text.lower()
        return any(cue in lower for cue in ID_CUES[kind])

    return holds
