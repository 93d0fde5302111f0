"""Simulated studies of two policies: user -> session -> case, with difficulty that both share and effects that are each one's own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """How large a study is, and how much users, sessions and cases differ, in logits.

    `user`, `session`: standard deviation of a policy's own effects, which make the difference of two policies cluster;
    `shared`: of the difficulty of a user, a session and a case for both. `shift`: how much better the first policy is.
    """

    users: int = 60
    sessions: int = 9
    user: float = 0.5
    session: float = 0.6
    shared: float = 1.0
    shift: float = 0.0
    mean_cases: float = 6.25


@dataclass(frozen=True)
class Studies:
    """Many studies. `means`, `sums`: studies x users x sessions, of (first right - second right) over the session's cases.

    `only_first`, `only_second`: cases of each study that only one has right.
    """

    means: Floats
    sums: Floats
    only_first: NDArray[np.int64]
    only_second: NDArray[np.int64]


def studies(design: Design, n: int, rng: np.random.Generator, block: int = 250) -> Studies:
    """`n` studies, a block of them at a time, so that memory is bounded."""
    parts = [_some(design, min(block, n - start), rng) for start in range(0, n, block)]
    return Studies(*(np.concatenate([getattr(part, name) for part in parts]) for name in Studies.__annotations__))


def _some(design: Design, n: int, rng: np.random.Generator) -> Studies:
    shape = (n, design.users, design.sessions)
    n_cases = rng.geometric(1 / design.mean_cases, shape).ravel()
    session = np.repeat(np.arange(n_cases.size), n_cases)
    shared = design.shared * (rng.normal(size=(n, design.users, 1)) + rng.normal(size=shape)) / np.sqrt(3) - 1.5
    difficulty = shared.ravel()[session] + design.shared * rng.normal(size=session.size) / np.sqrt(3)

    def right(shift: float) -> NDArray[np.bool_]:
        own = design.user * rng.normal(size=(n, design.users, 1)) + design.session * rng.normal(size=shape) + shift
        return np.asarray(rng.random(session.size) < 1 / (1 + np.exp(-difficulty - own.ravel()[session])))

    difference = right(design.shift).astype(np.int8) - right(0.0)
    sums = np.bincount(session, difference, n_cases.size).astype(np.float64)
    of_study = session // (design.users * design.sessions)
    first, second = (np.bincount(of_study[difference == sign], minlength=n) for sign in (1, -1))
    return Studies((sums / n_cases).reshape(shape), sums.reshape(shape), first, second)
