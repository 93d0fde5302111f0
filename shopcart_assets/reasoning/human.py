"""What people themselves said of why they did something, as rationales of the generator `human`. Nobody is asked, nothing is bought.

The words stay as they were said, on one line: what is asked of a model (first person, form, length of a sentence or two) is not
asked of people. The text is hostile all the same. Who said nothing has no row, here or in quarantine.
"""

import re
from typing import Any

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.rules import PLACEHOLDER
from shopcart_assets.reasoning.answers import Judged
from shopcart_assets.reasoning.clean import Defect, one_line

MAX_CHARACTERS = 2_000

# Tags, comments, entities and addresses; but "under $20 & < 5 lb" is what people write.
#   <b>, </div, <!-- x, &lt;, &#64;, https://...
_MARKUP = re.compile(r"</?[a-zA-Z!]|&#?\w+;|\w://")


def spoken(actions: pl.DataFrame, events: pl.DataFrame) -> Judged:
    """What was said of the actions (context.actions) of a day in its events (privacy.events), where anything was.

    A rationale that is too long or has markup is a final row of the quarantine. There is nothing to ask again.
    """
    said = events.select("event_id", said="rationale").filter(pl.col("said").is_not_null())
    kept: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    taken = actions.select("session_id", "step", "event_id").join(said, on="event_id").sort("session_id", "step")
    for session_id, step, _, text in taken.iter_rows():
        place = {"session_id": session_id, "step": step, "sample_index": 0}
        line = one_line(text)
        defect = defect_of(line)
        if defect is None:
            kept.append(place | {"rationale": line})
        elif defect != "empty":
            rejected.append(place | {"defect": defect, "is_final": True})
    return Judged(
        pl.DataFrame(kept, schema=table("reasoning.rationales").schema()),
        pl.DataFrame(rejected, schema=table("reasoning.quarantine").schema()),
        table("reasoning.requests").empty(),
    )


def defect_of(line: str) -> Defect | None:
    """What keeps a person's line from being a rationale, or None. A line of pseudonyms alone says nothing: `empty`.

    >>> defect_of("cheapest one < $20"), defect_of("see <b>this</b>"), defect_of("[RESTRICTED_7F3A]."), defect_of("ok")
    (None, 'has_markup', 'empty', None)
    """
    if not any(character.isalnum() for character in PLACEHOLDER.sub("", line)):
        return "empty"
    if _MARKUP.search(line):
        return "has_markup"
    return "too_long" if len(line) > MAX_CHARACTERS else None
