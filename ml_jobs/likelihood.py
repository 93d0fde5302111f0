"""How likely a policy holds each action of a page: `python -m ml_jobs.likelihood --config likelihood.json`.

Each session's true conversation is read once, and each token that several actions of a page share once; the figures are those
of scoring each action alone. What is an action of a page, and what the figures say, is evaluation's business.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from ml_jobs import cases, chat, models, program
from ml_jobs.likelihood_paths import Path as TokenPath
from ml_jobs.likelihood_paths import check, form, paths
from ml_jobs.likelihood_tree import TreeScorer, Tries
from ml_jobs.parts import Parts
from ml_jobs.program import ConfigError, log

# --- configuration ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LikelihoodConfig:
    """`model`, `sessions` and the lengths as in generate.GenerateConfig, so that a case is read as it was when it was answered.

    `opening` and `closing` too: room is left for them. `candidates`: JSON lines, one a case, as in Asked. Figures go to `output/part-*.jsonl`: {session_id, step, human_nats, nats},
    nats in the order of the actions, both null where the case has no room. `max_tree_tokens` bounds memory: so many tokens of
    actions are read at once, beside a session's own. `cores` as in generate.GenerateConfig.
    """

    model: str
    sessions: Path
    candidates: Path
    output: Path
    cache: Path
    max_tokens: int = 0
    max_rationale_tokens: int = 48
    max_action_tokens: int = 64
    opening: str = ""
    closing: str = ""
    max_tree_tokens: int = 512
    precision: Literal["fp32", "bf16"] = "fp32"
    shard: int = 0
    n_shards: int = 1
    cores: int = 0


class Asked(TypedDict):
    """One case: the actions to score and the person's own, as JSON texts, and the rationale that the policy wrote, if any."""

    session_id: str
    step: int
    rationale: str | None
    actions: list[str]
    human: str


# --- one session ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A case as the model reads it: the conversation before it, then a path for the person's action and for each other."""

    step: int
    prefix: list[int]
    paths: list[TokenPath]


def case(session: chat.Session, asked: Asked, tokenizer: Any, max_prefix_tokens: int) -> Case:
    """The case that is asked for, pages left out of its history as in generation.

    Raises ChatError where it does not fit, or where its actions cannot be scored; ConfigError where the session has no such step.
    """
    steps = [step for step in session["steps"] if step["step"] <= asked["step"]]
    if not steps or steps[-1]["step"] != asked["step"]:
        raise ConfigError(
            f"session {asked['session_id']} has no step {asked['step']}: make both files from the same cases"
        )
    read, turns = cases.case(session, len(steps) - 1, tokenizer, max_prefix_tokens), steps[-1]["turns"]
    check(read.rendered, read.n_prefix, paths(tokenizer, form(turns, asked["human"]), [asked["human"]])[0])
    told = form(turns, asked["human"], asked["rationale"])
    return Case(asked["step"], read.prefix, paths(tokenizer, told, [asked["human"], *asked["actions"]]))


@dataclass(frozen=True)
class Scorer:
    """A loaded model that scores the cases of one session after the other."""

    tokenizer: Any
    tree: TreeScorer
    max_prefix_tokens: int
    is_mixed: bool

    def rows(self, session: chat.Session, asked: Sequence[Asked]) -> list[dict[str, Any]]:
        """One row a case, in the order of `asked`, which is that of steps."""
        found: list[Case] = []
        figures: dict[int, tuple[float, ...]] = {}
        for one in asked:
            try:
                found.append(case(session, one, self.tokenizer, self.max_prefix_tokens))
            except chat.ChatError as error:
                log(f"not scored: {error}")
        for group in _groups(found):
            figures |= self._score(group)
        return [_row(one, figures.get(one["step"])) for one in asked]

    def _score(self, group: Sequence[Case]) -> dict[int, tuple[float, ...]]:
        tries = Tries()
        ends = {case.step: tries.grow(len(case.prefix), case.paths) for case in group}
        totals = tries.totals(self.tree.nats(group[-1].prefix, tries, is_mixed=self.is_mixed))
        return {step: tuple(totals[node] for node in nodes) for step, nodes in ends.items()}


def _row(asked: Asked, figures: Sequence[float] | None) -> dict[str, Any]:
    human, others = (None, None) if figures is None else (figures[0], figures[1:])
    return {"session_id": asked["session_id"], "step": asked["step"], "human_nats": human, "nats": others}


def _groups(found: Sequence[Case]) -> Iterator[list[Case]]:
    """Cases that one reading serves, that of the last one's prefix: each continues the one before it."""
    group: list[Case] = []
    for case in found:
        if group and case.prefix[: len(group[-1].prefix)] != group[-1].prefix:
            yield group
            group = []
        group.append(case)
    if group:
        yield group


# --- the program -----------------------------------------------------------------------------------------------------------


def main(config: LikelihoodConfig) -> None:
    """Scores this shard's sessions that have no figures yet, one after the other."""
    program.quiet()
    program.share_cores(config.n_shards, config.cores)
    directory = models.resolve(config.model, config.cache)
    sessions = [json.loads(line) for line in config.sessions.open(encoding="utf-8")]
    places = _places(config.candidates)
    if unknown := places.keys() - {one["session_id"] for one in sessions}:
        raise ConfigError(f"{config.candidates}: {len(unknown)} of its sessions are not in {config.sessions}")
    mine = [one for one in sessions[config.shard :: config.n_shards] if one["session_id"] in places]
    parts = Parts(config.output, _fingerprint(config, directory), config.shard, config.n_shards)
    done = parts.resume("session_id", "step")
    n_done = Counter(session_id for session_id, _ in done)
    todo = [one for one in mine if n_done[one["session_id"]] < len(places[one["session_id"]])]
    if not todo:
        return
    scorer = _load(directory, config)
    began, n_cases = time.monotonic(), 0
    for number, session in enumerate(todo, 1):
        asked = _asked(config.candidates, places[session["session_id"]])
        rows = scorer.rows(session, [one for one in asked if (one["session_id"], one["step"]) not in done])
        parts.append(rows)
        n_cases += len(rows)
        seconds = time.monotonic() - began
        left = seconds / number * (len(todo) - number)
        log(f"session {number}/{len(todo)}: {n_cases} cases, {n_cases / seconds:.2f} cases/s, {left:.0f} s left")


def _places(candidates: Path) -> dict[str, list[int]]:
    """Where each session's lines begin, in bytes: a paper-sized file is gigabytes."""
    places: dict[str, list[int]] = {}
    at = 0
    with candidates.open("rb") as file:
        for line in file:
            places.setdefault(json.loads(line)["session_id"], []).append(at)
            at += len(line)
    return places


def _asked(candidates: Path, places: Sequence[int]) -> list[Asked]:
    asked: list[Asked] = []
    with candidates.open("rb") as file:
        for at in places:
            file.seek(at)
            asked.append(json.loads(file.readline()))
    return sorted(asked, key=lambda one: one["step"])


def _load(directory: Path, config: LikelihoodConfig) -> Scorer:
    model, tokenizer = models.load(directory, config.shard)
    length = models.context_limit(model.config, config.max_tokens)
    tree, is_mixed = TreeScorer(model, config.max_tree_tokens), models.computes_bfloat16(config.precision)
    return Scorer(tokenizer, tree, room(tokenizer, config, length), is_mixed)


def room(tokenizer: Any, config: LikelihoodConfig, length: int) -> int:
    """Tokens that a case may have before its answer in a conversation of `length` tokens: those that it had in generation."""
    names = ("max_rationale_tokens", "max_action_tokens", "opening", "closing")
    answer = cases.AnswerConfig(**{name: getattr(config, name) for name in names})
    return cases.Asker(tokenizer, answer, length).room


def _fingerprint(config: LikelihoodConfig, directory: Path) -> str:
    """All that the figures depend on: the configuration, the bytes of both files, the weights."""
    weights = sorted(
        (file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in directory.glob("*.safetensors")
    )
    answers = ("max_tokens", "max_rationale_tokens", "max_action_tokens", "opening", "closing")
    asked = {name: getattr(config, name) for name in ("model", *answers, "max_tree_tokens", "precision")}
    files = [program.file_sha256(path) for path in (config.sessions, config.candidates)]
    return program.fingerprint(asked, files, weights)


if __name__ == "__main__":
    sys.exit(program.run(__doc__ or "", LikelihoodConfig, main))
