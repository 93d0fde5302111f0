"""Sessions of actions become a benchmark: a split by user, training conversations and test cases.

Not here: tokenizing and loss masks (ml_jobs), and judging predictions (evaluation).
"""


class DatasetError(ValueError):
    """What was asked cannot give a benchmark; the message says what to do instead."""
