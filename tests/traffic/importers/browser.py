"""Real recordings: scenarios that a browser plays with the rrweb recorder running, and the two of them that are kept as files.

`python -m tests.traffic.importers.browser` makes the kept ones anew. It needs node, npm and Chromium.
"""

import gzip
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.traffic.importers.web import DRIVER, serving

Recording = dict[str, Any]
"""What the driver writes: see rrweb_driver/record.mjs."""

RECORDINGS = Path(__file__).parent / "recordings"

SHOP: list[dict[str, Any]] = [
    {"do": "goto", "url": "/"},
    {"do": "search", "selector": "input[type=search]", "text": "red mug"},
    {"do": "scroll", "y": 300},
    {"do": "click", "selector": "aside.refinements input"},
    {"do": "click", "selector": "aside.refinements label >> nth=1", "position": {"x": 60, "y": 8}},
    {"do": "click", "selector": "a.product-title"},
    {"do": "click", "selector": "#add-to-list"},
    {"do": "search", "selector": "#shop-search", "text": "steel kettle", "button": "form[role=search] button"},
    {"do": "click", "selector": "a.pagination-next"},
    {"do": "click", "selector": "a.product-title"},
    {"do": "click", "selector": "a.back-link"},
    {"do": "click", "selector": "a.product-title >> nth=1"},
    {"do": "click", "selector": "#buy-now"},
]

ONE_PAGE: list[dict[str, Any]] = [
    {"do": "goto", "url": "/spa"},
    {"do": "search", "selector": "#query", "text": "red mug"},
    {"do": "wait", "ms": 2_200},
    {"do": "search", "selector": "#query", "text": "blue mug", "stays": True},
    {"do": "click", "selector": "text=blue mug 2"},
    {"do": "click", "selector": "#stock-label"},
    {"do": "search", "selector": "#query", "text": "lamp", "button": "#search"},
    {"do": "click", "selector": "#results button"},
    {"do": "click", "selector": "#results h3 a >> nth=2"},
    {"do": "click", "selector": "#checkout"},
    {"do": "click", "selector": "#newsletter >>> #join"},
]

KEPT = {"shop": SHOP, "one_page": ONE_PAGE}


def missing() -> str | None:
    """What the browser needs and this machine does not have; None where all is there."""
    gone = [name for name in ("node", "npm") if not shutil.which(name)]
    gone += [] if shutil.which("chromium") else ["chromium"]
    return f"no {', '.join(gone)}: tests that record in a browser need it" if gone else None


def install(folder: Path) -> Path:
    """Puts the driver and its packages, in the versions of its lock file, into the folder; returns it. Raises CalledProcessError."""
    shutil.copytree(DRIVER, folder, dirs_exist_ok=True)
    if not (folder / "node_modules" / "rrweb").is_dir():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return folder


def record(
    driver: Path, steps: list[dict[str, Any]], options: dict[str, Any] | None = None, saved: Path | None = None
) -> Recording:
    """Plays the steps in a browser, with rrweb's `options`; `saved` holds pages for addresses such as /page.html."""
    with serving(saved) as origin, tempfile.TemporaryDirectory() as folder:
        script, out = Path(folder) / "script.json", Path(folder) / "out.json"
        placed = [step | {"url": origin + step["url"]} if "url" in step else step for step in steps]
        script.write_text(json.dumps({"options": options or {}, "steps": placed}))
        command = ["node", str(driver / "record.mjs"), str(script), str(out)]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
        recorded: Recording = json.loads(out.read_text())
        return recorded


def kept(name: str) -> Recording:
    """A recording that is kept: its events as a recorder sends them, and what the browser said beside them."""
    events = json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))
    told = json.loads(gzip.decompress((RECORDINGS / f"{name}.browser.gz").read_bytes()))
    return {"events": events, **told}


def main() -> None:
    """Makes the kept recordings anew."""
    with tempfile.TemporaryDirectory() as folder:
        driver = install(Path(folder))
        for name, steps in KEPT.items():
            made = record(driver, steps)
            told = {"performed": made["performed"], "seen": made["seen"]}
            for suffix, content in (("json", made["events"]), ("browser", told)):
                packed = gzip.compress(json.dumps(content).encode(), mtime=0)
                (RECORDINGS / f"{name}.{suffix}.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
