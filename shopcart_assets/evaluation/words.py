"""How a p-value and a call are put into words, the same in every table, page and command."""

ALPHA = 0.05


def call(p: float | None) -> str:
    """Whether two policies can be told apart: in words that nobody misreads."""
    if p is None:
        return "cannot be judged"
    return "distinguishable" if p < ALPHA else "not distinguishable"


def p_value(p: float | None) -> str:
    """A p-value as it is printed.

    >>> p_value(0.0421), p_value(0.00001), p_value(None)
    ('p = 0.042', 'p < 0.001', 'no p-value')
    """
    if p is None:
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"
