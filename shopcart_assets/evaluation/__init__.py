"""How well any policy predicts the next thing that a shopper does: predictions, verdicts, metrics, comparisons.

Not here: figures and pages (report), training (training), torch (ml_jobs).
"""


class EvaluationError(ValueError):
    """What was asked cannot be evaluated; the message says what to do instead."""
