"""Which elements can be acted on, and as what. The roles are those of the dictionary's context.elements."""

from collections.abc import Mapping

from shopcart_assets.platform.shop_words import SEARCH_FIELD

BY_ARIA = {
    "button": "button", "link": "link", "checkbox": "checkbox", "radio": "radio", "option": "option", "tab": "button",
    "menuitem": "button", "switch": "checkbox", "menuitemcheckbox": "checkbox", "menuitemradio": "radio",
    "textbox": "textbox", "searchbox": "searchbox", "combobox": "select", "slider": "textbox",
    "spinbutton": "textbox",
}  # fmt: skip
_BY_TAG = {"button": "button", "summary": "button", "select": "select", "textarea": "textbox"}
_BY_TYPE = {
    "submit": "button", "button": "button", "image": "button", "reset": "button", "checkbox": "checkbox", "radio": "radio",
    "search": "searchbox",
}  # fmt: skip
_EDITABLE = ("", "true", "plaintext-only")
CAN_ACT = frozenset(("a", "area", "input", *_BY_TAG))
TYPED = frozenset(("textbox", "searchbox"))


def role_of(tag: str, attributes: Mapping[str, str]) -> str | None:
    """The role of an element that can be acted on; None where it cannot.

    >>> role_of("a", {"href": "/mug"}), role_of("a", {}), role_of("li", {"role": "checkbox"})
    ('link', None, 'checkbox')
    >>> role_of("input", {"id": "twotabsearchtextbox"}), role_of("input", {"type": "email"})
    ('searchbox', 'textbox')
    >>> role_of("div", {"role": "Button"}), role_of("div", {"role": "doc-x tab"}), role_of("div", {"contenteditable": "true"})
    ('button', 'button', 'textbox')
    """
    if tag == "input":
        return _role_of_input(attributes)
    if tag in ("select", "textarea"):
        return _BY_TAG[tag]
    aria = attributes.get("role")
    if aria and (known := aria if aria in BY_ARIA else _first_known(aria)):
        return BY_ARIA[known]
    if tag in ("a", "area"):
        return "link" if "href" in attributes else "button" if "onclick" in attributes else None
    if attributes.get("contenteditable", "false").lower() in _EDITABLE:
        return "textbox"
    return _BY_TAG.get(tag) or ("button" if "onclick" in attributes and tag not in ("body", "form") else None)


def is_called_search(name: str) -> bool:
    """Whether a name in a context says by itself that an input searches the shop: one that does not, and is called so, has a role."""
    return name.rpartition(".")[2].startswith("search_input")


def _first_known(roles: str) -> str | None:
    """The first of several roles, in any case, that can be acted on."""
    return next((role for role in roles.lower().split() if role in BY_ARIA), None)


def _role_of_input(attributes: Mapping[str, str]) -> str | None:
    kind = attributes.get("type", "text").strip().lower()
    if kind == "hidden":
        return None
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    marks = " ".join(attributes.get(key, "") for key in ("id", "name", "placeholder", "aria-label", "title"))
    is_search = kind in ("text", "") and (attributes.get("role") == "searchbox" or bool(SEARCH_FIELD.search(marks)))
    return "searchbox" if is_search else "textbox"
