"""The session explorer's files: an index, and a page for each session that is told. Writes into the folder of pages only."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets.evaluation.story import lake
from shopcart_assets.evaluation.story.choice import ASKED, SAMPLE, picked
from shopcart_assets.evaluation.story.page import index_page, line, session_page
from shopcart_assets.evaluation.story.told import Story
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.drawing.colours import looks
from shopcart_assets.platform.page_file import SESSIONS, STORY, put_in_place
from shopcart_assets.platform.warehouse import Warehouse

N_SAMPLE = 100
"""Sessions of the sample by default: a test set of the paper's size has thousands, and nobody reads them all."""


@dataclass(frozen=True)
class Explorer:
    """What was written: the index, each session's page, and the stories that are worth a look by why."""

    index: Path
    pages: Mapping[str, Path]
    worth: Mapping[str, Story]


def explore(
    warehouse: Warehouse,
    folder: Path,
    asked: Sequence[str] = (),
    *,
    n_sample: int = N_SAMPLE,
    seed: int = 0,
    count: Count = uncounted,
) -> Explorer:
    """Writes the explorer of all judged policies into `folder`; pages of an earlier one that are not told again are deleted.

    Told are the sessions `asked` for, a few that are worth a look and a seeded sample. The index is written after the pages that
    it links to. Without test sessions it says so. Raises EvaluationError where one asked for is no test session.
    """
    splits = lake.test_sessions(warehouse, asked) if asked else warehouse.read("dataset.splits").filter(split="test")
    policies = lake.judged(warehouse)
    why = picked(splits, lake.differing(warehouse, policies), asked, n_sample=n_sample, seed=seed)
    look = looks(policies)
    lines, pages, worth = [], {}, {}
    chosen = splits.filter(splits["session_id"].is_in(list(why)))
    for story in each(lake.stories(warehouse, chosen, policies), chosen.height, "sessions", count):
        path = folder / SESSIONS / file_name(story.session_id)
        pages[story.session_id] = put_in_place(path, session_page(story, look, f"../{STORY}"))
        reason = why[story.session_id]
        lines.append(line(story, reason, f"{SESSIONS}/{path.name}"))
        if reason not in (SAMPLE, ASKED):
            worth[reason] = story
    lines.sort(key=lambda one: (one.why == SAMPLE, one.why != ASKED, one.session_id))
    text = index_page(lines, look, n_tests=splits.height, n_sample=min(n_sample, splits.height))
    index = put_in_place(folder / STORY, text)
    for gone in set((folder / SESSIONS).glob("*.html")) - set(pages.values()):
        gone.unlink()
    return Explorer(index, pages, worth)


def file_name(session_id: str) -> str:
    """A session's file. Ids come from logs and may hold anything; and a name must not give a session away after its erasure."""
    return f"{hashlib.sha256(session_id.encode()).hexdigest()[:20]}.html"
