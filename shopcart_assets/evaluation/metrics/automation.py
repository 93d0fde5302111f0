"""The leaderboard follows the verdicts by itself: what is made of all of them is made anew, in one run, after any of them changed."""

from collections.abc import Iterable

import dagster as dg

_VERDICTS = dg.AssetKey(["evaluation", "verdicts"])

# Edge-triggered. Handled is what was asked for, not what was updated: verdicts may change while a run that has read them still writes.
# And no `|` here: dagster compares when both have happened within a tick only where neither side is a compound (1.13).
_CHANGED = dg.AutomationCondition.asset_matches(_VERDICTS, dg.AutomationCondition.newly_updated())
_AFTER_VERDICTS = (
    _CHANGED.since(dg.AutomationCondition.newly_requested())
    & ~dg.AutomationCondition.asset_matches(_VERDICTS, dg.AutomationCondition.in_progress())
    & ~dg.AutomationCondition.in_progress()
).with_label("verdicts have changed, and no evaluation is under way")

_FOLLOWS = """Makes the metrics, the leaderboard and the report anew, in one run, after the verdicts of any policy have changed and no
evaluation is under way. On by default: it asks no model for anything."""

_AFTER = ("evaluation", "report")
_BY_ITSELF = dg.AssetKey(["evaluation", "found_policies"])


def following(made: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets, those of them that are made of all verdicts with the condition to follow them."""

    def follow(spec: dg.AssetSpec) -> dg.AssetSpec:
        is_after = spec.group_name in _AFTER and spec.partitions_def is None and spec.key != _BY_ITSELF
        return spec.replace_attributes(automation_condition=_AFTER_VERDICTS) if is_after else spec

    return [one.map_asset_specs(follow) for one in made]


leaderboard_follows = dg.AutomationConditionSensorDefinition(
    "leaderboard_follows",
    target=dg.AssetSelection.groups(*_AFTER),
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=_FOLLOWS,
)

SENSORS = [leaderboard_follows]
