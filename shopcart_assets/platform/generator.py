"""What a generator is: a model that writes rationales, and how it is asked; or people. Values only; which there are is in `profiles`."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["per_action", "per_session"]
Route = Literal["online", "batch", "auto"]
Output = Literal["sentence", "json"]
Kind = Literal["local", "messages", "openai", "human"]


@dataclass(frozen=True)
class GeneratorConfig:
    """What writes rationales: a local base model, a server that speaks /v1/messages or (openai) /v1/chat/completions, or people.

    `max_output_tokens` is for one rationale. `mode`: whether a request asks for one action, from the steps up to its own, or for
    a whole session at once, as the paper's. `route`: how a server is asked; auto = the cheaper. `output`: JSON, or one plain
    sentence for models too small for JSON. `page_tokens`: a page is shown as a digest of so many tokens; None = whole, as in the
    paper. `server`: its kind; None = guessed from its address. `budget_usd`: all that it may cost. `examples`: path of a file of
    think-aloud examples; None = the made-up ones that come along.
    """

    name: str
    kind: Kind
    model: str
    base_url: str | None = None
    max_output_tokens: int = 40
    batch_size: int = 16
    mode: Mode = "per_action"
    route: Route = "online"
    output: Output = "json"
    page_tokens: int | None = None
    server: str | None = None
    budget_usd: float | None = None
    examples: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where what is asked for cannot be answered."""
        if self.output == "sentence" and (self.mode != "per_action" or self.page_tokens is None):
            raise ValueError(
                "a generator whose output is a sentence is asked for one action and shown little: "
                "set mode: per_action and page_tokens (28 suits a small model), or output: json"
            )


HUMAN = GeneratorConfig("human", "human", "people")
"""What people themselves said of their actions, in the field `rationale` of the log's events. Always there; nobody is asked."""
