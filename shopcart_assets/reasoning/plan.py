"""Which requests a day's rationales need: planned as rows without prompts, and made anew from the same pages where one is sent.

Streaming: a few sessions' pages are in memory at once. Data frames in, frames or requests out; nothing is sent here.
"""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import LLMRequest
from shopcart_assets.platform.llm.keys import Keys
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.journeys import journeys
from shopcart_assets.reasoning.prompt import Asked, prompt_of

_PLACE = ["session_id", "first_step", "sample_index"]


class PlanError(ValueError):
    """The pages or the prompt are not those that the requests were planned with."""


def plan(
    actions: pl.DataFrame,
    contexts: pl.DataFrame | pl.LazyFrame,
    generator: GeneratorConfig,
    sample_index: int = 0,
    count: Count = uncounted,
) -> pl.DataFrame:
    """reasoning.requests of the actions (context.actions), by session and step; `contexts` are the pages of the same day.

    None where people have spoken already (kind human). Raises ExamplesError.
    """
    if generator.kind == "human":
        return table("reasoning.requests").empty()
    prompt, keys = prompt_of(generator), Keys()
    told = each(journeys(actions, contexts), actions["session_id"].n_unique(), "sessions", count)
    rows = [
        (
            session_id,
            asked.first_step,
            asked.last_step,
            sample_index,
            keys(replace(asked.request, sample_index=sample_index)),
            asked.input_tokens,
            asked.request.max_tokens,
            prompt.version,
            generator.mode,
        )
        for session_id, journey in told
        for asked in prompt.asked(journey)
    ]
    return pl.DataFrame(rows, schema=table("reasoning.requests").schema(), orient="row")


def again(
    requests: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame | pl.LazyFrame, generator: GeneratorConfig
) -> pl.DataFrame:
    """The same requests (rows of reasoning.requests) for one more sample of each answer. Raises ExamplesError."""
    if requests.is_empty():
        return requests
    sample_index = int(requests["sample_index"][0]) + 1
    known = actions.join(requests, on="session_id", how="semi")
    places = requests.select("session_id", "first_step")
    return plan(known, contexts, generator, sample_index).join(
        places, on=["session_id", "first_step"], how="semi", maintain_order="left"
    )


def rebuild(
    requests: pl.DataFrame, actions: pl.DataFrame, contexts: pl.DataFrame | pl.LazyFrame, generator: GeneratorConfig
) -> Iterator[LLMRequest]:
    """The requests that these rows of reasoning.requests stand for, prompts and all, in the rows' order within each session.

    Lazily, so that as many are in memory as the caller keeps. Raises PlanError where a row's key is not the one that its pages
    and the prompt give now, ExamplesError.
    """
    prompt, keys = prompt_of(generator), Keys()
    wanted: dict[str, dict[int, dict[int, str]]] = {}
    for session_id, first_step, sample_index, key in requests.select(*_PLACE, "request_key").iter_rows():
        wanted.setdefault(session_id, {}).setdefault(first_step, {})[sample_index] = key
    known = actions.filter(pl.col("session_id").is_in(list(wanted)))
    for session_id, journey in journeys(known, contexts):
        places = wanted.pop(session_id)
        for asked in prompt.asked(journey):
            yield from _samples(asked, places.pop(asked.first_step, {}), keys)
        if places:
            raise _changed()
    if wanted:
        raise _changed()


def _samples(asked: Asked, wanted: dict[int, str], keys: Keys) -> Iterator[LLMRequest]:
    for sample_index, key in wanted.items():
        request = replace(asked.request, sample_index=sample_index)
        if keys(request) != key:
            raise _changed()
        yield request


def _changed() -> PlanError:
    return PlanError(
        "the requests were planned with other actions, pages, examples or another prompt: materialize reasoning/requests again"
    )
