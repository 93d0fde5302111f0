"""The sample shop's customers: invented personal data, and what each of them allowed. No behaviour.

Every name, address, number and e-mail is made up: `.example` is reserved, and so are telephone numbers 555-01xx.
"""

import datetime as dt
import random
from dataclasses import dataclass

from shopcart_assets.platform.profiles import ShopConfig

_FIRST = [
    "Marisol",
    "Tobias",
    "Ingrid",
    "Rafael",
    "Wilhelmina",
    "Dmitri",
    "Anneliese",
    "Kwame",
    "Saoirse",
    "Leopold",
    "Yuki",
    "Philippa",
    "Bartholomew",
    "Nadia",
]
_LAST = [
    "Quillfeather",
    "Okonkwo",
    "Lindqvist",
    "Abernathy",
    "Szczepanski",
    "Delacroix",
    "Featherstone",
    "Nakagawa",
    "Villanueva",
    "Thistlewood",
    "Brannigan",
]
_CITIES = (
    ("Hartford", "06103"),
    ("Duluth", "55802"),
    ("Savannah", "31401"),
    ("Boise", "83702"),
    ("Tulsa", "74103"),
    ("Spokane", "99201"),
    ("Macon", "31201"),
)
_STREETS = ("Larkspur Lane", "Juniper Court", "Mill Pond Road", "Harbor Street")

CONSENT_CYCLE = 20
"""The customers in each run of 20: all consent but those below, which are 3 of 20 (85 % consent)."""
_DENIES, _WITHDRAWS, _NEVER_DECIDED = 3, 7, 11
UNKNOWN_STATUS = "pending_review"


@dataclass(frozen=True)
class Person:
    """A customer, as the shop's account zone knows them."""

    user_id: str
    first_name: str
    last_name: str
    street: str
    city: str
    postcode: str
    email: str
    phone: str


@dataclass(frozen=True)
class ConsentRow:
    """One line of the drop's consent.csv; `effective_at` is UTC."""

    user_id: str
    status: str
    effective_at: dt.datetime
    source: str


def person(index: int, seed: int) -> Person:
    """The customer with this number; the same whatever the number of customers is."""
    rng = random.Random(f"person-{seed}-{index}")
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    city, postcode = rng.choice(_CITIES)
    return Person(
        user_id=f"u{index:05d}",
        first_name=first,
        last_name=last,
        street=f"{rng.randint(2, 980)} {rng.choice(_STREETS)}",
        city=city,
        postcode=postcode,
        email=f"{first}.{last}{index}@mail.example".lower(),
        phone=f"({rng.choice((203, 208, 218, 478, 509, 912, 918))}) 555-01{rng.randrange(100):02d}",
    )


def consents(index: int) -> bool:
    """Whether the customer with this number agreed and never took it back."""
    return index % CONSENT_CYCLE not in (_DENIES, _WITHDRAWS, _NEVER_DECIDED)


def consent_rows(config: ShopConfig) -> list[ConsentRow]:
    """The consent history of all customers, in their order.

    Those who never decided have a status that is not in the contract, or no line at all, by turns.
    """
    before = dt.datetime.combine(config.first_day, dt.time(), dt.UTC) - dt.timedelta(days=30)
    afterwards = before + dt.timedelta(days=30 + config.n_days, hours=12)
    rows = []
    for index in range(config.n_users):
        user_id, place = f"u{index:05d}", index % CONSENT_CYCLE
        if place == _NEVER_DECIDED:
            if index // CONSENT_CYCLE % 2 == 0:
                rows.append(ConsentRow(user_id, UNKNOWN_STATUS, before, "beta_program"))
            continue
        rows.append(ConsentRow(user_id, "denied" if place == _DENIES else "granted", before, "beta_program"))
        if place == _WITHDRAWS:
            rows.append(ConsentRow(user_id, "withdrawn", afterwards, "privacy_center"))
    return rows
