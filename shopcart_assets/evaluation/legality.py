"""Whether an action can be done on a page: its target is there, and is of the right kind. The same rule judges models and people."""

from collections.abc import Mapping
from typing import Literal

import polars as pl

from shopcart_assets.evaluation.matching import nfc
from shopcart_assets.platform.actions import Action, Terminate, TypeAndSubmit

TEXT_ROLES = frozenset({"textbox", "searchbox"})

# (day, page_id): a page that is pruned for one day's targets can have other names on another day.
PageKey = tuple[str, str]
Roles = Mapping[str, str]


def illegal_reason(action: Action, roles: Roles) -> Literal["unknown_target", "wrong_target_kind", "empty_text"] | None:
    """Why the action cannot be done on a page whose names have these roles; None where it can. Terminate always can.

    A text field takes text and everything else takes clicks: a click into a text field would only place the cursor, which
    the paper's three actions (3.1) do not have. A search for nothing is none.

    >>> illegal_reason(TypeAndSubmit("search_button", "mug"), {"search_button": "button"})
    'wrong_target_kind'
    """
    if isinstance(action, Terminate):
        return None
    if action.name not in roles:
        return "unknown_target"
    if (roles[action.name] in TEXT_ROLES) != isinstance(action, TypeAndSubmit):
        return "wrong_target_kind"
    return "empty_text" if isinstance(action, TypeAndSubmit) and not action.text.strip() else None


def page_roles(names: pl.DataFrame, cases: pl.DataFrame) -> dict[PageKey, dict[str, str]]:
    """For each page of the cases its names in Unicode NFC, in the order of the page, with their roles.

    `names` is context.elements and `cases` has day and page_id. A page without names has no entry.
    """
    asked = cases.select("day", "page_id").unique()
    rows = names.join(asked, on=("day", "page_id"), how="semi").sort("day", "page_id", "position")
    pages: dict[PageKey, dict[str, str]] = {}
    for day, page_id, name, role in rows.select("day", "page_id", "name", "role").iter_rows():
        pages.setdefault((day, page_id), {})[nfc(name)] = role
    return pages
