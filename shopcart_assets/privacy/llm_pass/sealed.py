"""Paid answers that can be kept: the ledger sees a keyed hash in place of a snippet, and positions in place of an answer.

So the ledger's own rules hold (nothing is paid for twice, erasure by session) and its files hold no personal data: neither can a
word be read in them, nor a guessed text be looked up without the secret, which lies outside the lake.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from shopcart_assets.platform.llm import LLM, Answer, LedgerError, LLMRequest, LLMResponse, Message
from shopcart_assets.platform.llm.port import Keep, forget
from shopcart_assets.platform.tokens import estimate_tokens
from shopcart_assets.privacy.llm_pass import prompt
from shopcart_assets.privacy.llm_pass.spans import Mark, Verdict, is_sound, verified

_STOP_REASONS = frozenset({"end_turn", "stop_sequence", "max_tokens", "refusal"})
_VERDICT = TypeAdapter(Verdict)
# Tokens; lengths are told by this step only.
_FILLING = 64


class SealedLLM:
    """A model that is asked by stand-ins. It knows the snippets of one run, in memory."""

    def __init__(self, llm: LLM, model: str, secret: bytes, snippets: Iterable[str]) -> None:
        self._llm, self._model, self._secret = llm, model, secret
        self._snippets = {self._seal(snippet): snippet for snippet in snippets}

    def stand_in(self, snippet: str) -> LLMRequest:
        """What the ledger and the budget know the snippet's request by; equal for equal snippets, model and prompt.

        It is filled up to about as many tokens as the request has, so that a budget sets aside what the request may cost.
        """
        version = f"{prompt.PROMPT_VERSION} {prompt.fingerprint()}"
        real = prompt.request(snippet, self._model)
        n_tokens = sum(map(estimate_tokens, (real.system, *(one.content for one in real.messages))))
        filling = " x" * (_FILLING * math.ceil(n_tokens / _FILLING))
        said = Message("user", self._seal(snippet) + filling)
        return LLMRequest(self._model, version, (said,), prompt.MAX_OUTPUT_TOKENS)

    def generate(self, requests: Sequence[LLMRequest], keep: Keep = forget) -> list[LLMResponse]:
        """See LLM: stand-ins in, sealed answers out, and to `keep` too. Raises LLMError."""
        asked = [prompt.request(self._snippet_of(one), self._model) for one in requests]
        by_key = {real.key(): stand_in for real, stand_in in zip(asked, requests, strict=True)}

        def keep_sealed(real: LLMRequest, response: LLMResponse) -> None:
            stand_in = by_key[real.key()]
            keep(stand_in, self._sealed(stand_in, response))

        answered = self._llm.generate(asked, keep_sealed)
        return [self._sealed(stand_in, one) for stand_in, one in zip(requests, answered, strict=True)]

    def _sealed(self, stand_in: LLMRequest, response: LLMResponse) -> LLMResponse:
        """The answer without any word of the model's or the server's: what is text in it is ours, or one of a closed set."""
        verdict = verified(response.text, response.stop_reason, self._snippet_of(stand_in))
        text = _VERDICT.dump_json(verdict).decode()
        stop_reason = response.stop_reason if response.stop_reason in _STOP_REASONS else "other"
        tokens = response.input_tokens, response.output_tokens
        return LLMResponse(text, self._model, *tokens, stop_reason, response.cost_usd, raw="")

    def _snippet_of(self, stand_in: LLMRequest) -> str:
        return self._snippets[stand_in.messages[0].content.partition(" ")[0]]

    def _seal(self, snippet: str) -> str:
        message = json.dumps(["llm_pass", snippet]).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def verdict_of(answer: Answer, snippet: str) -> Verdict:
    """What a sealed answer says of its snippet. Raises LedgerError where an entry does not fit the snippet that it was found by."""
    try:
        verdict = _VERDICT.validate_json(answer.response.text)
    except ValidationError:
        verdict = None
    if verdict is None or not is_sound(verdict.marks, snippet):
        raise LedgerError(
            "an answer of the privacy stage in the lake's ledger does not fit its snippet: restore the ledger, or delete the entry to ask again"
        )
    return verdict


__all__ = ["Mark", "SealedLLM", "verdict_of"]
