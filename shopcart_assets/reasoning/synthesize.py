"""From actions and contexts to rationales: one request an action, asked through the ledger, each answer cleaned.

Data frames in, a data frame out. Nothing vanishes: every action gets a row, whatever the model said.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from shopcart_assets.platform.actions import Action, from_fields
from shopcart_assets.platform.dictionary import table
from shopcart_assets.platform.llm import LLM, Answer, Ledger, LLMRequest
from shopcart_assets.platform.profiles import GeneratorConfig
from shopcart_assets.reasoning.clean import clean
from shopcart_assets.reasoning.prompt import Step, request


def synthesize(
    actions: pl.DataFrame, contexts: pl.DataFrame, llm: LLM, ledger: Ledger, generator: GeneratorConfig
) -> pl.DataFrame:
    """One row of reasoning.rationales for each row of context.actions, in the order of session and step.

    `contexts` are the pages of the same day. Raises LLMError where the model cannot be asked; what it had answered is kept.
    """
    asked = [
        (session_id, step, request(journey, step, generator))
        for session_id, journey in journeys(actions, contexts)
        for step in range(1, len(journey) + 1)
    ]
    answers = ledger.generate(llm, [one for _, _, one in asked], about=[session_id for session_id, _, _ in asked])
    rows = [_row(session_id, step, one, answer) for (session_id, step, one), answer in zip(asked, answers, strict=True)]
    return pl.DataFrame(rows, schema=table("reasoning.rationales").schema())


def journeys(actions: pl.DataFrame, contexts: pl.DataFrame) -> Iterator[tuple[str, list[Step]]]:
    """Each session's id and its steps in order, sessions by id. An action without a page has an empty one."""
    pages = {row["page_id"]: row for row in contexts.iter_rows(named=True)}
    for (session_id,), session in actions.sort("session_id", "step").group_by("session_id", maintain_order=True):
        yield str(session_id), [_step(row, pages) for row in session.iter_rows(named=True)]


def _step(row: Mapping[str, Any], pages: Mapping[str | None, Mapping[str, Any]]) -> Step:
    page = pages.get(row["page_id"], {})
    return Step(_action(row), page.get("title") or "", page.get("html") or "")


def _action(row: Mapping[str, Any]) -> Action | None:
    """The action, or None where its target was not resolved to a name."""
    if row["name"] is None and row["action_type"] != "terminate":
        return None
    return from_fields(row["action_type"], row["name"], row["text"])


def _row(session_id: str, step: int, asked: LLMRequest, answer: Answer) -> dict[str, Any]:
    response = answer.response
    rationale = clean(response.text, response.stop_reason)
    return {
        "session_id": session_id,
        "step": step,
        "rationale": rationale.text,
        "defect": rationale.defect,
        "request_key": asked.key(),
        "input_tokens": response.input_tokens,
        "output_tokens": response.output_tokens,
        "cost_usd": response.cost_usd,
        "is_reused": answer.is_reused,
    }
