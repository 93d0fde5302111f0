"""What a policy is: anything that predicts actions, a row of the leaderboard. Values only; which there are is in `profiles`."""

from dataclasses import dataclass
from typing import Literal

from shopcart_assets.platform.experiment import TrainedArm
from shopcart_assets.platform.generator import HUMAN, GeneratorConfig, Route

Arm = TrainedArm | Literal["prompted"]
PolicyKind = Literal["ceiling", "baseline", "prompted", "fine_tuned"]
# What computes the answers of a model on this machine.
Engine = Literal["transformers", "vllm"]


@dataclass(frozen=True)
class ServerConfig:
    """A server of language models: it speaks /v1/messages or (openai) /v1/chat/completions.

    `base_url` None = Anthropic. `server`: its kind; None = guessed from its address. `route`: how it is asked; auto = the
    cheaper. `budget_usd`: all that one policy may cost; None = only the lake's budget. `max_output_tokens` is for one answer.
    """

    kind: Literal["messages", "openai"] = "messages"
    base_url: str | None = None
    server: str | None = None
    route: Route = "online"
    budget_usd: float | None = None
    max_output_tokens: int = 400

    def asked_for(self, name: str, model: str) -> GeneratorConfig:
        """How the policy of this name asks `model`, as platform/llm knows it: a session's steps in order, for JSON.

        Its budget is its own: a generator may have the same name.
        """
        return GeneratorConfig(
            f"policy:{name}",
            self.kind,
            model,
            self.base_url,
            self.max_output_tokens,
            route=self.route,
            server=self.server,
            budget_usd=self.budget_usd,
        )


@dataclass(frozen=True)
class PolicyConfig:
    """One row of the leaderboard. `model` is a base model or a server's model id (prompted), or an experiment (fine_tuned).

    `server` None = asked on this machine. `generator`: whose rationales the history has; None = none. `is_thinking` False
    asks a checkpoint of the arm `think` to act at once. `n_samples` answers are drawn of each case at `temperature`, which is
    0, greedy, where one answer is all that is wanted; the first is the one that is judged. `engine` vllm answers on a GPU of
    this machine.
    """

    name: str
    kind: PolicyKind
    model: str | None = None
    arm: Arm | None = None
    generator: str | None = None
    seed: int = 0
    server: ServerConfig | None = None
    is_thinking: bool = True
    n_samples: int = 1
    temperature: float = 0.0
    engine: Engine = "transformers"

    def __post_init__(self) -> None:
        """Raises ValueError where several answers would all be the same one, or people and the policy one row."""
        if self.name == HUMAN.name:
            raise ValueError(f"no policy is called {HUMAN.name}: that stands for people in the tables")
        if self.n_samples < 1 or (self.n_samples > 1 and self.temperature <= 0):
            raise ValueError(f"policy {self.name}: n_samples is at least 1, and more need a temperature above 0")


@dataclass(frozen=True)
class WatchConfig:
    """Model ids that are evaluated as they appear on a server's list: those that match `pattern` (shell style, `claude-*`)."""

    pattern: str
    server: ServerConfig
