"""The figures as the lake's tables have them now, for the assets whose tables they draw. Every policy that was judged has its colour."""

from shopcart_assets.evaluation.figures.accuracy import accuracy_figure, bounds, in_order
from shopcart_assets.evaluation.figures.by_step import by_step_figure
from shopcart_assets.evaluation.figures.errors import errors_figure
from shopcart_assets.evaluation.figures.mix import mix_figure
from shopcart_assets.evaluation.story.lake import judged
from shopcart_assets.platform.drawing.colours import Look, looks
from shopcart_assets.platform.drawing.svg import Figure
from shopcart_assets.platform.warehouse import Warehouse


def every_look(warehouse: Warehouse) -> dict[str, Look]:
    """The look of every policy, as the session explorer shows it: of those that were judged."""
    judged_so_far = {*judged(warehouse), *warehouse.read("evaluation.accuracy")["policy"]}
    return looks(sorted(judged_so_far))


def accuracy(warehouse: Warehouse) -> Figure:
    """Figure 1, without what is printed elsewhere."""
    return accuracy_figure(warehouse.read("evaluation.accuracy"), every_look(warehouse))


def mix(warehouse: Warehouse) -> Figure:
    """Figure 2."""
    rows, read = warehouse.read("evaluation.accuracy"), warehouse.read
    mixes, distances = read("evaluation.mix"), read("evaluation.divergence")
    return mix_figure(mixes, distances, in_order(rows), every_look(warehouse), bounds(rows))


def errors(warehouse: Warehouse) -> Figure:
    """Figure 3."""
    order = in_order(warehouse.read("evaluation.accuracy"))
    return errors_figure(warehouse.read("evaluation.errors"), order, every_look(warehouse))


def by_step(warehouse: Warehouse) -> Figure:
    """Figure 4."""
    order = in_order(warehouse.read("evaluation.accuracy"))
    return by_step_figure(warehouse.read("evaluation.accuracy_by_step"), order, every_look(warehouse))
