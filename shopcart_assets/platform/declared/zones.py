"""A zone of a shop's pages as `shopcart.yaml` declares it: how a part that is about a person is recognised there.

What becomes of such a part is said by the zone of that name in `privacy/rules.yaml`.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from shopcart_assets.platform.declared.yaml_file import Entry, hint

ZoneName = Literal[
    "greeting",
    "salutation",
    "deliver_to",
    "address",
    "address_name",
    "address_street",
    "address_line",
    "address_town",
    "address_number",
    "account_card",
    "card_name",
    "payment",
    "orders",
    "gift_message",
    "review_author",
    "profile",
    "free_text",
]
ZONE_NAMES: tuple[ZoneName, ...] = get_args(ZoneName)
# In a longer one a page's every element would be looked at in vain; one without a letter marks everything.
Mark = Annotated[str, Field(pattern=r"[^\W_]{2}", max_length=120)]


class ZoneEntry(Entry):
    """One more way to recognise a zone. In a mark `*` stands for any run of characters; a class is compared token by token."""

    zone: ZoneName
    sites: tuple[Mark, ...] = ()
    ids: tuple[Mark, ...] = ()
    classes: tuple[Mark, ...] = ()
    labels: tuple[Mark, ...] = ()
    itemprops: tuple[Mark, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_is_known(cls, raw: object) -> object:
        if isinstance(raw, dict) and isinstance(name := raw.get("zone"), str) and name not in ZONE_NAMES:
            raise ValueError(f"there is no zone {name!r}{hint(name, ZONE_NAMES)}")
        return raw

    @model_validator(mode="after")
    def _can_be_found(self) -> "ZoneEntry":
        if not (self.ids or self.classes or self.labels or self.itemprops):
            raise ValueError("say how the zone is recognised: ids, classes, labels (of aria-label) or itemprops")
        return self
