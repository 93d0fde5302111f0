"""The kinds of action that shopping has (paper, figure 2), as a total function of the action alone."""

from typing import Literal

from shopcart_assets.platform.actions import Action, Terminate, TypeAndSubmit, is_purchase

Category = Literal["search", "purchase", "product", "filter", "page", "other", "terminate"]
CATEGORIES: tuple[Category, ...] = ("search", "purchase", "product", "filter", "page", "other", "terminate")


def category(action: Action) -> Category:
    """The action's category; a click's by its name. The paper lists none: this rule is ours.

    >>> from shopcart_assets.platform.actions import Click
    >>> [category(Click(name)) for name in ("mug.view_product", "refinements.color.red", "pagination.2", "cart")]
    ['product', 'filter', 'page', 'other']
    """
    if isinstance(action, Terminate):
        return "terminate"
    if isinstance(action, TypeAndSubmit):
        return "search"
    if is_purchase(action):
        return "purchase"
    segments = action.name.split(".")
    if segments[-1] == "view_product":
        return "product"
    return {"refinements": "filter", "pagination": "page"}.get(segments[0], "other")  # type: ignore[return-value]
