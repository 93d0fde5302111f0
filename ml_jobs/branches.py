"""What is to be written: branches that leave a conversation, turn by turn, and how a written token moves a branch on.

Engines (`decode.py`, `vllm_engine.py`) choose tokens; which prompts there are is `cases.py`'s business. No models.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

StopReason = Literal["end_turn", "max_tokens"]


@dataclass(frozen=True)
class Turn:
    """One reply to write: at most `max_tokens`, cut short where `is_complete(text)` holds.

    `bridge` is what follows the reply up to the next one: its end-of-turn token, the user's turn, the next header. A thought
    `is_part` of its reply: the next turn goes on where it is complete, `bridge` closes it where it has run out, and an
    end-of-turn token in it leaves nothing more to write.
    """

    max_tokens: int
    is_complete: Callable[[str], bool]
    bridge: Sequence[int] = ()
    is_part: bool = False


@dataclass(frozen=True)
class Draw:
    """Tokens are drawn at this temperature (above 0) with this seed."""

    temperature: float
    seed: int


@dataclass
class Row:
    """A branch that leaves the trunk after `n_prefix` tokens and writes `turns` one after the other; greedy without `draw`.

    `pending` is what it has to read before it writes: at first the rest of its prompt, where the trunk is not all of it.
    `read` is what it has read after its prefix.
    """

    n_prefix: int
    turns: Sequence[Turn]
    replies: list[list[int]] = field(default_factory=lambda: [[]])
    stop_reason: StopReason = "end_turn"
    pending: list[int] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    is_done: bool = False
    draw: Draw | None = None

    @property
    def turn(self) -> Turn:
        """The one that is being written."""
        return self.turns[len(self.replies) - 1]

    @property
    def most_tokens(self) -> int:
        """How many tokens it can come to after its prefix."""
        return len(self.pending) + sum(turn.max_tokens + len(turn.bridge) for turn in self.turns)

    def accept(self, token: int, end_of_turn: int, text: Callable[[list[int]], str]) -> None:
        """The row's next token: it may end the reply, and the reply may be the row's last."""
        turn, reply = self.turn, self.replies[-1]
        is_end = token == end_of_turn
        if not is_end:
            reply.append(token)
            self.pending = [token]
        is_ended = is_end or turn.is_complete(text(reply))
        if is_ended or len(reply) >= turn.max_tokens:
            self.stop_reason = "end_turn" if is_ended else "max_tokens"
            self._go_on(turn, token, is_end, is_ended)

    def _go_on(self, turn: Turn, token: int, is_end: bool, is_ended: bool) -> None:
        n_left = len(self.turns) - len(self.replies)
        self.is_done = not n_left or (turn.is_part and is_end)
        if self.is_done:
            self.replies += [[] for _ in range(n_left)]
            return
        # The last written token is not read yet; the end-of-turn token is the bridge's first.
        bridge = [] if turn.is_part and is_ended else turn.bridge
        self.pending = [*([] if is_end else [token]), *bridge]
        self.replies.append([])


@dataclass
class Trunk:
    """Tokens of a conversation, and the rows that leave it."""

    ids: Sequence[int]
    rows: list[Row]


class Engine(Protocol):
    """A loaded model."""

    def run(self, trunks: Sequence[Trunk]) -> None:
        """Writes every reply of every row that is not done."""

    def text(self, ids: list[int], /) -> str:
        """How tokens read."""


def never(text: str) -> bool:
    """The rule of a reply that only its end-of-turn token ends."""
    return False
