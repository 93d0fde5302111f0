"""What a form field asks for, by what its element says of itself. What stands in it is page.py's and events.py's business."""

from collections.abc import Mapping

from shopcart_assets.privacy.rules import Kind, load_rules

_NOT_TYPED = frozenset({"checkbox", "radio", "submit", "button", "image", "reset", "file", "range", "color"})


def kind_of_field(attributes: Mapping[str, str]) -> Kind | None:
    """The kind of what is typed in this input or textarea; `secret` for hidden fields and passwords; None for any other."""
    input_type = attributes.get("type", "text").lower()
    if input_type in ("hidden", "password"):
        return "secret"
    if input_type in _NOT_TYPED:
        return None
    names = (
        *attributes.get("autocomplete", "").lower().split(),
        attributes.get("name", "").lower().rpartition(".")[2],
        attributes.get("id", "").lower(),
    )
    return next((kind for name in names if (kind := load_rules().kind_of_field.get(name))), None)
