"""An estimate of token counts that needs no model. Exact counts belong to ml_jobs, which has the tokenizer."""

import re

# A run of up to five letters, a digit, or a punctuation mark with its leading space: about what BPE vocabularies of
# 32k to 150k entries do to simplified HTML.
_PIECE = re.compile(r"[^\W\d_]{1,5}|\d|[^\w\s]+|_")


def estimate_tokens(text: str) -> int:
    """About how many tokens a language model's vocabulary makes of `text` (unit: tokens; tested against SmolLM2's).

    >>> estimate_tokens('<a name="red_mug.view_product">Red mug</a>')
    18
    """
    return _PIECE.subn("", text)[1]
