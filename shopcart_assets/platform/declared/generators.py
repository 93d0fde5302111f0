"""A generator as `shopcart.yaml` declares it, checked where it is read. What a generator does is in `platform/generator`."""

from typing import Literal

from pydantic import Field, model_validator

from shopcart_assets.platform.declared.yaml_file import Entry
from shopcart_assets.platform.generator import HUMAN, GeneratorConfig, Mode, Output, Route
from shopcart_assets.platform.partitions import check_key


class GeneratorEntry(Entry):
    """One more model that writes rationales; see profiles.GeneratorConfig."""

    name: str
    kind: Literal["local", "messages", "openai"] = "messages"
    model: str
    base_url: str | None = None
    max_output_tokens: int = Field(default=200, gt=0)
    mode: Mode = "per_action"
    route: Route = "online"
    output: Output = "json"
    page_tokens: int | None = Field(default=None, ge=8)
    server: str | None = None
    budget_usd: float | None = Field(default=None, ge=0)
    examples: str | None = None

    @model_validator(mode="after")
    def _can_be_used(self) -> "GeneratorEntry":
        self.config()
        return self

    def config(self) -> GeneratorConfig:
        """The same as a typed value. Raises ValueError where the name cannot be a partition's, or the rest does not fit together."""
        check_key(self.name)
        if self.name == HUMAN.name:
            raise ValueError(
                f"{HUMAN.name} stands for what people said themselves and is always there: choose another name"
            )
        return GeneratorConfig(**self.model_dump())
