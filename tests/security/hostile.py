"""A home in which everybody is hostile: pages, shoppers' words and models carry markup and scripts through the real pipeline.

    python -m tests.security.hostile

runs it in the working directory, as the environment says. Whatever runs in a browser calls `pwned` or asks `evil.example`.
"""

import html
import json
import re
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import polars as pl
import yaml

from shopcart_assets import automation
from shopcart_assets.platform.profiles import tiny
from shopcart_assets.platform.settings import load_settings
from shopcart_assets.traffic import drops
from shopcart_assets.traffic.sample_shop.drop import write_drop
from tests.platform.llm.fake_server import FakeServer, Reply, message

PAYLOADS = (
    "<script>pwned(1)</script>",
    "<img src=x onerror=pwned(2)>",
    '"><svg onload=pwned(3)>',
    "'><iframe srcdoc='<script>parent.pwned(4)</script>'></iframe>",
    "[look](javascript:pwned(5))",
    "![look](https://evil.example/6.png)",
    "<a href='javascript:pwned(7)'>look</a>",
    "</pre></title></style><script>pwned(8)</script>",
    "`</code><img src=x onerror=pwned(9)>`",
    "<https://evil.example/10>",
    "<details open ontoggle=pwned(11)>look</details>",
    "--></script><script>pwned(12)</script>",
    '<link rel=stylesheet href="https://evil.example/13.css">',
    "{{ 7 * 7 }}{% for x in y %}",
)

POLICY, GENERATOR = "hostile-policy", "hostile-generator"


def plant(drop: Path) -> None:
    """Puts payloads into titles, product names and what people type."""
    for day in drops.days(drop):
        turn = cycle(PAYLOADS)
        pages = pl.read_parquet(drop / day / "pages.parquet")
        planted = [None if page is None else _page(page.decode(), turn.__next__) for page in pages["html"]]
        pages.with_columns(html=pl.Series(planted, dtype=pl.Binary)).write_parquet(drop / day / "pages.parquet")
        rows = (drop / day / "events.jsonl").read_text("utf-8").splitlines()
        (drop / day / "events.jsonl").write_text("\n".join(_row(row, turn.__next__) for row in rows), "utf-8")


def _page(page: str, payload: Callable[[], str]) -> bytes:
    told = re.sub(r"<title>", lambda _: f"<title>{html.escape(payload())} ", page)
    named = r'(class="product-title"[^>]*>)'
    return re.sub(named, lambda found: found[1] + html.escape(payload()) + " ", told).encode()


def _row(line: str, payload: Callable[[], str]) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return line
    if row.get("event_type") == "submit":
        row["value"] = payload()
    return json.dumps(row)


def reply(number: int) -> Reply:
    """What the model says next: an answer that is none, or a legal action with a reason, or a bare reason."""
    payload = PAYLOADS[number // 3 % len(PAYLOADS)]
    action = {"action": {"type": "type_and_submit", "name": "search_input", "text": payload}, "rationale": payload}
    return message((payload, json.dumps(action), f"I like {html.escape(payload)}")[number % 3], "hostile-model")


class HostileServer(FakeServer):
    """Speaks /v1/messages, and never well of anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.script = [reply(number) for number in range(5_000)]


def configure(folder: Path, url: str) -> None:
    """The files that declare the hostile model as a policy and as a generator."""
    asked = {"kind": "messages", "model": "hostile-model", "base_url": url, "server": "ollama"}
    generator = asked | {"name": GENERATOR, "output": "sentence", "page_tokens": 28}
    (folder / "shopcart.yaml").write_text(yaml.safe_dump({"profile": "tiny", "generators": [generator]}))
    (folder / "policies.yaml").write_text(yaml.safe_dump({"policies": [asked | {"name": POLICY}]}))


def main() -> None:
    """Drop, days, rationales, predictions, verdicts, metrics, stories, report."""
    settings = load_settings()
    drop = write_drop(tiny().shop, Path("drop"))
    plant(drop)
    drops.register(settings.state, drop)
    days = drops.days(drop)
    policies = [one for one in settings.profile.policies if one.name in (POLICY, "always_buy")]
    with automation.dagster_instance(settings) as instance:
        steps = [
            *automation.ingest_steps(days),
            automation.Step("rationales", "synthesize", f"{days[0]}|{GENERATOR}"),
            *automation.evaluate_steps(policies, publish=True),
        ]
        automation.run_all(steps, instance, print)


if __name__ == "__main__":
    main()
