"""Zones that a user declares for the pages of their own shops: the marks are theirs, what becomes of a zone is what rules.yaml says."""

from collections.abc import Iterable

from shopcart_assets.platform.declared.zones import ZoneEntry
from shopcart_assets.privacy.rules import Zone, load_rules

_MARKS = ("sites", "ids", "classes", "labels", "data_hooks", "itemprops", "tags", "texts")


def own_zones(declared: Iterable[ZoneEntry]) -> tuple[Zone, ...]:
    """The declared zones as the scrubber knows zones, for `rules_of`.

    >>> entry = ZoneEntry(zone="deliver_to", sites=("shop.example",), classes=("Drop-spot*",))
    >>> [(zone.kind, zone.places, zone.own, zone.classes, zone.texts) for zone in own_zones([entry])]
    [('city', True, True, ('drop-spot*',), ())]
    """
    return tuple(map(_zone, declared))


def _zone(entry: ZoneEntry) -> Zone:
    shipped = next(zone for zone in load_rules().zones if zone.zone == entry.zone)
    marks = {name: tuple(mark.lower() for mark in getattr(entry, name, ())) for name in _MARKS}
    return shipped.model_copy(update=marks)
