"""Generation measured side by side: `python -m ml_jobs.bench.generation --cache DIR [--json]`. Prints figures and judges nothing.

The same cases are answered by transformers' own `generate` from each case's whole prompt, by one cache a session that is
extended and cropped, and by ours; in turns, session by session, so that what else the machine does meets all alike.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import DynamicCache, StoppingCriteriaList

from ml_jobs import chat, models, program
from ml_jobs.bench import data
from ml_jobs.branches import Row, Trunk
from ml_jobs.cases import AnswerConfig, Asker, Case, case
from ml_jobs.decode import TreeDecoder
from shopcart_assets.platform.count import Count, each, uncounted
from shopcart_assets.platform.progress import under_way

Replies = list[list[int]]


@dataclass
class Tally:
    """What one way of answering took: CPU-seconds of one thread, tokens read before writing, each case's replies."""

    cpu_seconds: float = 0.0
    n_prefilled: int = 0
    replies: list[Replies] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """A model as transformers loads it, the same as our decoder has it, and what is asked."""

    model: Any
    decoder: TreeDecoder
    asker: Asker

    @property
    def end(self) -> int:
        """The token that ends a reply."""
        return self.decoder.end_of_turn

    def row(self, case: Case) -> Row:
        """The case as a branch."""
        return self.asker.row(case, ("bench", case.step, 0))

    def naive(self, cases: Sequence[Case], tally: Tally) -> None:
        """`generate` twice a case: from the whole prompt, then from the whole prompt and the rationale."""
        for one in cases:
            row, ids = self.row(one), list(one.prefix)
            replies: Replies = []
            for turn in row.turns:
                tally.n_prefilled += len(ids)
                is_complete = partial(_is_complete, turn.is_complete, self.decoder.text, len(ids))
                written = self.model.generate(
                    torch.tensor([ids]),
                    max_new_tokens=turn.max_tokens,
                    do_sample=False,
                    eos_token_id=self.end,
                    pad_token_id=self.end,
                    stopping_criteria=StoppingCriteriaList([is_complete]),
                )
                replies.append([token for token in written[0, len(ids) :].tolist() if token != self.end])
                ids += [*replies[-1], *turn.bridge]
            tally.replies.append(replies)

    @torch.inference_mode()
    def one_cache(self, cases: Sequence[Case], tally: Tally) -> None:
        """One cache for the session: extended by what is new, written on, cropped back to the truth."""
        cache, n_read = DynamicCache(config=self.model.config), 0
        for one in cases:
            pending = one.rendered.ids[n_read : one.n_prefix]
            tally.n_prefilled += len(pending)
            replies: Replies = []
            for turn in self.row(one).turns:
                reply: list[int] = []
                is_ended = False
                while not is_ended and len(reply) < turn.max_tokens:
                    token = self._next(cache, pending)
                    is_ended = token == self.end
                    reply, pending = ([*reply], []) if is_ended else ([*reply, token], [token])
                    is_ended = is_ended or turn.is_complete(self.decoder.text(reply))
                replies.append(reply)
                pending = [*pending, *turn.bridge]
            tally.replies.append(replies)
            n_read = one.n_prefix
            cache.crop(n_read - cache.get_seq_length())

    def _next(self, cache: Any, pending: list[int]) -> int:
        inputs = torch.tensor([pending])
        logits = self.model(input_ids=inputs, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
        return int(logits[0, -1].argmax())

    def ours(self, cases: Sequence[Case], tally: Tally) -> None:
        """All cases of the session at once, over one reading of it."""
        rows = [self.row(one) for one in cases]
        self.decoder.run([Trunk(cases[-1].prefix, rows)])
        tally.n_prefilled += len(cases[-1].prefix)
        tally.replies += [row.replies for row in rows]


def _is_complete(
    rule: Callable[[str], bool], text: Callable[[list[int]], str], start: int, ids: torch.Tensor, *_: Any, **__: Any
) -> torch.Tensor:
    return torch.tensor([rule(text(ids[0, start:].tolist()))])


def measure(bench: Bench, sessions: Sequence[chat.Session], count: Count = uncounted) -> dict[str, Any]:
    """Every way over all sessions, and the figures."""
    ways = {"naive": bench.naive, "one_cache": bench.one_cache, "ours": bench.ours}
    tallies = {name: Tally() for name in ways}
    n_own = 0
    for number, session in enumerate(each(sessions, len(sessions), "sessions", count), 1):
        cases = [
            case(session, place, bench.asker.tokenizer, bench.asker.room)
            for place, step in enumerate(session["steps"])
            if step["is_case"]
        ]
        n_own += len(cases[-1].prefix)
        for name, way in ways.items():
            program.log(f"session {number} of {len(sessions)}: {name}")
            began = time.process_time()
            way(cases, tallies[name])
            tallies[name].cpu_seconds += time.process_time() - began
    return figures(tallies, n_own)


def figures(tallies: dict[str, Tally], n_own: int) -> dict[str, Any]:
    """Rates, ratios, and the share of answers that are those of `generate`, token by token."""
    naive, ours = tallies["naive"], tallies["ours"]
    rates = {name: len(one.replies) / one.cpu_seconds for name, one in tallies.items()}
    equal = {
        name: sum(a == b for a, b in zip(one.replies, naive.replies, strict=True)) / len(naive.replies)
        for name, one in tallies.items()
    }
    written = sum(len(reply) for replies in naive.replies for reply in replies)
    return {
        "cases": len(naive.replies),
        "session_tokens": n_own,
        "tokens_written_per_case": written / len(naive.replies),
        "naive_cases_per_cpu_second": rates["naive"],
        "one_cache_cases_per_cpu_second": rates["one_cache"],
        "ours_cases_per_cpu_second": rates["ours"],
        "speed_ratio": rates["ours"] / rates["naive"],
        "one_cache_speed_ratio": rates["one_cache"] / rates["naive"],
        "naive_prefilled_of_session": naive.n_prefilled / n_own,
        "prefilled_of_session": ours.n_prefilled / n_own,
        "share_equal": equal["ours"],
        "distinct_answers": len({json.dumps(replies) for replies in naive.replies}),
        "one_cache_share_equal": equal["one_cache"],
    }


def run(options: argparse.Namespace, scratch: Path, count: Count = uncounted) -> dict[str, Any]:
    """The report of one model. Raises ConfigError where the model is none."""
    torch.set_num_threads(1)
    length = options.steps * options.page_tokens
    if options.model == "layers":
        tokenizer = models.load_tokenizer(models.resolve("tiny-random", options.cache))
        folder = data.layered_model(scratch / "model", tokenizer, 2 * length, n_layers=8, hidden=256, is_varied=True)
    else:
        folder = models.resolve(options.model, options.cache)
    model, tokenizer = models.load(folder)
    path = data.write_sessions(
        scratch / "sessions.jsonl", tokenizer, [length] * options.sessions, options.seed, options.page_tokens
    )
    sessions = [json.loads(line) for line in path.open(encoding="utf-8")]
    limits = AnswerConfig(max_rationale_tokens=options.rationale_tokens, max_action_tokens=options.action_tokens)
    # A model of its own: the decoder changes how its model computes attention.
    text = partial(tokenizer.decode, skip_special_tokens=True)
    decoder = TreeDecoder(models.load(folder)[0], chat.end_of_turn(tokenizer), text)
    bench = Bench(model, decoder, Asker(tokenizer, limits, models.context_limit(model.config)))
    before = os.getloadavg()[0]
    report = measure(bench, sessions, count)
    return {"model": options.model, **report, "load_1min_before": before, "load_1min_after": os.getloadavg()[0]}


def main(argv: list[str] | None = None) -> int:
    """An exit code; figures on stdout, progress and errors on stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="where base models are kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--model", default="layers", help="layers: 8 of 256, random; or a base model, at 6 steps or so")
    parser.add_argument("--sessions", type=int, default=2)
    parser.add_argument("--steps", type=int, default=8, help="of a session; from the second on each is a case")
    parser.add_argument("--page-tokens", type=int, default=1_100)
    parser.add_argument("--rationale-tokens", type=int, default=24, help="written at most")
    parser.add_argument("--action-tokens", type=int, default=24, help="written at most")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    program.quiet()
    try:
        with tempfile.TemporaryDirectory() as scratch, under_way("loading the model") as count:
            report = run(options, Path(scratch), count)
    except ValueError as error:
        program.log(f"error: {error}")
        return 1
    told = [f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in report.items()]
    sys.stdout.write((json.dumps(report) if options.json else "\n".join(told)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
