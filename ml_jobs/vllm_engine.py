"""vLLM in the place of `decode.TreeDecoder`, for large models on a GPU: the extra `vllm`, which nothing else here needs.

Cases are asked in waves, all rationales and then all actions, session by session, so that its prefix cache finds what it has
read. Not run on a GPU where this was written: tested against classes with vLLM's documented signatures only. Its sums are
not float32, so answers may differ from the reference in rare ties.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ml_jobs import chat
from ml_jobs.branches import Row, Trunk
from ml_jobs.program import ConfigError


class VllmEngine:
    """An Engine of `llm`, a vllm.LLM."""

    def __init__(self, llm: Any, tokenizer: Any) -> None:
        self.llm, self.end_of_turn = llm, chat.end_of_turn(tokenizer)
        self.text = partial(tokenizer.decode, skip_special_tokens=True)

    def run(self, trunks: Sequence[Trunk]) -> None:
        """Writes every row's replies, a turn of all rows at a time."""
        rows = [(trunk, row) for trunk in trunks for row in trunk.rows]
        while live := [(trunk, row) for trunk, row in rows if not row.is_done]:
            self._wave(live)

    def _wave(self, live: Sequence[tuple[Trunk, Row]]) -> None:
        from vllm.inputs import TokensPrompt

        prompts = []
        for trunk, row in live:
            row.read += row.pending
            row.pending = []
            prompts.append(TokensPrompt(prompt_token_ids=[*trunk.ids[: row.n_prefix], *row.read]))
        asked = [self._sampling(row) for _, row in live]
        for (_, row), answer in zip(live, self.llm.generate(prompts, asked, use_tqdm=False), strict=True):
            self._take(row, answer.outputs[0])

    def _sampling(self, row: Row) -> Any:
        from vllm import SamplingParams

        drawn = {"temperature": row.draw.temperature, "seed": row.draw.seed} if row.draw else {"temperature": 0.0}
        return SamplingParams(max_tokens=row.turn.max_tokens, stop_token_ids=[self.end_of_turn], **drawn)

    def _take(self, row: Row, written: Any) -> None:
        """The tokens of a turn, up to where its rule ends it: what was written after that does not count."""
        n_replies, reply = len(row.replies), row.replies[-1]
        tokens = [token for token in written.token_ids if token != self.end_of_turn]
        ended = [self.end_of_turn] if written.finish_reason == "stop" else []
        for token in [*tokens, *ended]:
            # A token that is written but not the last one has been read by the time that the next one is there.
            row.read += row.pending
            row.pending = []
            row.accept(token, self.end_of_turn, self.text)
            if row.is_done or len(row.replies) > n_replies:
                return
        raise ConfigError(
            f"vLLM stopped after {len(reply)} tokens of a reply ({written.finish_reason}): lower max_tokens"
        )


def load(directory: Path, tokenizer: Any, max_tokens: int, precision: str) -> VllmEngine:
    """The model in vLLM, for conversations of `max_tokens`. Raises ConfigError without vLLM."""
    try:
        from vllm import LLM
    except ImportError as error:
        raise ConfigError("engine vllm is not installed: pip install 'shopcart-assets[vllm]', on a GPU") from error
    llm = LLM(
        model=str(directory),
        tokenizer=str(directory),
        dtype="bfloat16" if precision == "bf16" else "float32",
        max_model_len=max_tokens,
        enable_prefix_caching=True,
        # Sampling is what is asked for here, not what the model's directory recommends.
        generation_config="vllm",
    )
    return VllmEngine(llm, tokenizer)
