"""A drop of three days with every fault that a log can have, each at a place that is known, and with the fate that each row must have."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

DAYS = ("2026-10-01", "2026-10-02", "2026-10-03")
PAGE = "https://shop.example/s?k=mugs"
CONSENT = {
    "granted": [("granted", "2026-01-01T00:00:00Z")],
    "Yes, granted": [("  GRANTED ", "2026-01-01T00:00:00Z")],
    "denied": [("denied", "2026-01-01T00:00:00Z")],
    "unset": [("unset", "2026-01-01T00:00:00Z")],
    "expired": [("granted", "2026-01-01T00:00:00Z"), ("expired", "2026-09-01T00:00:00Z")],
    "withdrawn": [("granted", "2026-01-01T00:00:00Z"), ("withdrawn", "2026-12-01T00:00:00Z")],
    "unknown word": [("perhaps", "2026-01-01T00:00:00Z")],
    "nothing": [],
}
"""What a person said, by the kind of person. `withdrawn` is long after the log: it reaches back."""
NO_CONSENT = {
    "denied": "denied",
    "unset": "unset",
    "expired": "expired",
    "withdrawn": "withdrawn",
    "unknown word": "unset",
    "nothing": "unset",
}
FIELD = {"node_id": "1", "tag": "input", "attributes": {"type": "search", "name": "k"}}
LINK = {"node_id": "2", "tag": "a", "text": "Red mug", "href": "/red-mug"}
BUY = {"node_id": "3", "tag": "button", "text": "Add to cart"}
AREA = {"node_id": "4", "tag": "div", "text": "24 results"}


@dataclass
class Planted:
    """The rows of each day as (line, fate), and what the day's sessions are to be."""

    rows: dict[str, list[tuple[bytes, str]]] = field(default_factory=lambda: {day: [] for day in DAYS})
    consent: list[tuple[str, str, str]] = field(default_factory=list)
    pages: dict[str, dict[str, bytes | None]] = field(default_factory=lambda: {day: {} for day in DAYS})
    missing_pages: set[str] = field(default_factory=set)
    n_people: int = 0
    n_events: int = 0

    def person(self, kind: str = "granted") -> str:
        self.n_people += 1
        user = f"u{self.n_people}"
        self.consent += [(user, status, since) for status, since in CONSENT[kind]]
        return user

    def event(self, day: str, clock: str, event_type: str, fate: str, **fields: Any) -> dict[str, Any]:
        """Delivers one event on the day; `at` is its own day where that is another one."""
        self.n_events += 1
        at = fields.pop("at", day)
        event = {"event_id": f"e{self.n_events}", "timestamp": f"{at}T{clock}Z", "event_type": event_type, "url": PAGE}
        whole = event | fields
        self.line(day, json.dumps(whole, ensure_ascii=self.n_events % 2 == 0).encode(), fate)
        return whole

    def line(self, day: str, line: bytes, fate: str) -> None:
        self.rows[day].append((line, fate))

    def expected(self, day: str) -> dict[str, int]:
        """The day's rows of traffic.intake."""
        counts = Counter(fate for _, fate in self.rows[day])
        return {"read": counts.total(), **counts}


def plant(seed: int) -> Planted:
    """Every fault once or a few times, on days and of people that the seed decides."""
    rng, planted = random.Random(seed), Planted()
    for day in DAYS:
        for fault in FAULTS:
            for _ in range(rng.randint(1, 3)):
                fault(planted, day, rng)
    _torn(planted, rng.choice(DAYS))
    return planted


def write(planted: Planted, drop: Path, seed: int, n_files: int = 1) -> Path:
    """The drop: rows in any order (what must come in order is sorted by its writer), in one plain or in a plain and a gzip file."""
    rng = random.Random(seed)
    for day in DAYS:
        folder = drop / day
        folder.mkdir(parents=True)
        *rows, last = planted.rows[day]
        torn = [last] if last[1] == "refused_not_json" else []
        rows = rows if torn else [*rows, last]
        rng.shuffle(rows)
        planted.rows[day] = [*rows, *torn]
        lines = [line for line, _ in planted.rows[day]]
        half = len(lines) // 2 if n_files == 2 else 0
        (folder / "events.jsonl").write_bytes(b"\n".join(lines[half:]))
        if half:
            (folder / "events.jsonl.gz").write_bytes(gzip.compress(b"\n\n".join(lines[:half]) + b"\r\n"))
        pages = [(page_id, PAGE, html) for page_id, html in planted.pages[day].items()]
        schema = {"page_id": pl.String(), "url": pl.String(), "html": pl.Binary()}
        pl.DataFrame(pages, schema=schema, orient="row").write_parquet(folder / "pages.parquet")
    rng.shuffle(planted.consent)
    consent = "\n".join(["user_id,status,effective_at,source", *(f"{u},{s},{t},test" for u, s, t in planted.consent)])
    (drop / "consent.csv").write_text(consent)
    return drop


def _whole(planted: Planted, day: str, rng: random.Random) -> None:
    """A session that is as it should be, with fields that nobody knows and without those that need not be there."""
    me = {"user_id": planted.person(rng.choice(["granted", "Yes, granted"])), "session_id": f"w{planted.n_events}"}
    shown = f"page-{planted.n_events}"
    planted.pages[day][shown] = b"<html>"
    planted.event(day, "10:00:00", "submit", "kept", value="mugs", target=FIELD, page_id=shown, **me)
    planted.event(day, "10:00:10", "scroll", "ignored_scroll", **me)
    planted.event(day, "10:00:20", "click", "kept", target=LINK, page_id=shown, screen={"w": 1440}, **me)
    planted.event(day, "10:00:30", "click", "ignored_click_nowhere", target=AREA, **me)
    planted.event(day, "10:00:40", "close", "kept", **me)


def _typed(planted: Planted, day: str, _: random.Random) -> None:
    """Typing and Enter in one tab while another is clicked in, in a log without session ids."""
    user = planted.person()
    planted.event(day, "11:00:00", "input", "ignored_input", user_id=user, value="re", target=FIELD, tab_id="2")
    planted.event(day, "11:00:01", "input", "merged_input", user_id=user, value="mu", target=FIELD, tab_id="1")
    planted.event(day, "11:00:02", "input", "merged_input", user_id=user, value="mug", target=FIELD, tab_id="1")
    planted.event(day, "11:00:03", "keydown", "kept", user_id=user, key="Enter", target=FIELD, tab_id="1")
    planted.event(day, "11:00:05", "click", "kept", user_id=user, target=LINK, tab_id="2")


def _bought(planted: Planted, day: str, _: random.Random) -> None:
    """A purchase, after which the log goes on: with a search, then with what starts no session."""
    me = {"user_id": planted.person(), "session_id": f"b{planted.n_events}"}
    planted.event(day, "12:00:00", "submit", "kept", value="mugs", target=FIELD, **me)
    planted.event(day, "12:00:10", "click", "kept", target=BUY, **me)
    planted.event(day, "12:00:20", "submit", "kept", value="cups", target=FIELD, **me)
    planted.event(day, "12:00:30", "click", "kept", target=BUY, **me)
    planted.event(day, "12:00:40", "click", "refused_starts_without_submit", target=LINK, **me)


def _nobody_consented(planted: Planted, day: str, _: random.Random) -> None:
    for kind, status in NO_CONSENT.items():
        me = {"user_id": planted.person(kind), "session_id": f"n{planted.n_events}"}
        planted.event(day, "09:00:00", "submit", f"no_consent_{status}", value="mugs", **me)
        planted.event(day, "09:00:10", "click", f"no_consent_{status}", target=LINK, **me)


def _consent_in_events(planted: Planted, day: str, _: random.Random) -> None:
    """What a recorder stamps on its events: Yes, then Unset, which forbids from then on; No, which reaches back; an act."""
    me = {"user_id": planted.person("nothing")}
    planted.event(
        day, "08:00:00", "submit", "kept", value="mugs", consent="Yes", session_id=f"y{planted.n_events}", **me
    )
    later = {"session_id": f"y{planted.n_events}", "consent": "Unset"}
    planted.event(day, "08:30:00", "submit", "no_consent_unset", value="mugs", **later, **me)
    me = {"user_id": planted.person("nothing"), "session_id": f"y{planted.n_events}"}
    planted.event(day, "08:00:00", "submit", "no_consent_denied", value="mugs", consent="Yes", **me)
    planted.event(
        day, "08:00:10", "click", "no_consent_denied", target=LINK, consent={"analytics_storage": "denied"}, **me
    )
    me = {"user_id": planted.person("granted"), "session_id": f"y{planted.n_events}"}
    planted.event(day, "08:00:00", "submit", "no_consent_withdrawn", value="mugs", **me)
    planted.event(day, "08:00:10", "consent_withdrawn", "ignored_consent_withdrawn", **me)


def _not_admitted(planted: Planted, day: str, _: random.Random) -> None:
    me = {"user_id": planted.person(), "session_id": f"r{planted.n_events}"}
    planted.event(day, "13:00:00", "click", "refused_starts_without_submit", target=LINK, **me)
    planted.event(day, "13:00:01", "submit", "refused_starts_without_submit", value="mugs", **me)
    shared = f"m{planted.n_events}"
    for clock in ("13:10:00", "13:10:10"):
        event = {"user_id": planted.person(), "session_id": shared, "value": "mugs"}
        planted.event(day, clock, "submit", "refused_mixed_users", **event)
    planted.event(
        day, "13:20:00", "hover", "ignored_hover", user_id=planted.person(), session_id=f"o{planted.n_events}"
    )


def _malformed(planted: Planted, day: str, _: random.Random) -> None:
    whole = {"event_id": "x", "user_id": planted.person(), "timestamp": f"{day}T14:00:00Z", "event_type": "click"}
    for name in whole:
        planted.line(day, json.dumps(whole | {name: None}).encode(), f"refused_missing_{name}")
    wrong = {
        "event_id": 7,
        "user_id": ["u"],
        "timestamp": "noon",
        "event_type": "click here now",
        "target": "[",
        "url": 1,
    }
    for name, value in (wrong | {"value": {}, "page_id": 3.5, "session_id": True, "consent": 1}).items():
        planted.line(day, json.dumps(whole | {name: value}).encode(), f"refused_bad_{name}")
    planted.line(day, json.dumps(whole | {"value": "\ud83d"}).encode(), "refused_bad_value")
    planted.line(day, b'{"event_id": "\xff\xfe"}', "refused_not_utf8")
    planted.line(day, json.dumps([whole]).encode(), "refused_not_an_object")
    for year in ("2019", "2033"):
        planted.line(
            day, json.dumps(whole | {"timestamp": f"{year}{day[4:]}T14:00:00Z"}).encode(), "refused_clock_skew"
        )


def _again(planted: Planted, day: str, rng: random.Random) -> None:
    """The same event delivered twice on its day and once more on the next."""
    me = {"user_id": planted.person(), "session_id": f"d{planted.n_events}"}
    event = planted.event(day, "15:00:00", "submit", "kept", value="mugs", target=FIELD, **me)
    again = json.dumps(event).encode()
    planted.line(day, again, "refused_duplicate_event_id")
    if day != DAYS[-1]:
        planted.line(DAYS[DAYS.index(day) + 1], again, "refused_duplicate_event_id")


def _over_midnight(planted: Planted, day: str, rng: random.Random) -> None:
    """A session that goes on in the next day's folder, and one whose first day's last event comes late, in that folder."""
    if day == DAYS[-1]:
        return
    after = DAYS[DAYS.index(day) + 1]
    for by_id in (True, False):
        me = {"user_id": planted.person(), "session_id": f"n{planted.n_events}" if by_id else None}
        page = f"night-{planted.n_events}"
        planted.pages[day][page], planted.pages[after][page] = b"<html>", None
        planted.event(day, "23:59:00", "submit", "kept", value="mugs", page_id=page, **me)
        planted.event(after, "23:59:30", "click", "other_day", target=LINK, page_id=page, at=day, **me)
        planted.event(after, "00:00:20", "click", "other_day", target=LINK, page_id=page, **me)
        planted.event(after, "00:00:30", "scroll", "ignored_scroll", **me)
        planted.event(after, "00:00:40", "close", "other_day", **me)


def _page_lost(planted: Planted, day: str, _: random.Random) -> None:
    me = {"user_id": planted.person(), "session_id": f"l{planted.n_events}"}
    lost = f"lost-{planted.n_events}"
    planted.missing_pages.add(lost)
    planted.event(day, "16:00:00", "submit", "kept", value="mugs", page_id=lost, **me)


def _torn(planted: Planted, day: str) -> None:
    planted.line(day, b'{"event_id": "torn", "user_id": "u1", "time', "refused_not_json")


FAULTS = (
    _whole,
    _typed,
    _bought,
    _nobody_consented,
    _consent_in_events,
    _not_admitted,
    _malformed,
    _again,
    _over_midnight,
    _page_lost,
)


def places(planted: Planted, drop: Path, n_files: int) -> Iterator[tuple[str, str, int, str]]:
    """Of every refused row: its day, file, line and reason."""
    for day in DAYS:
        half = len(planted.rows[day]) // 2 if n_files == 2 else 0
        for at, (_, fate) in enumerate(planted.rows[day]):
            if fate.startswith("refused_"):
                name, line = ("events.jsonl.gz", 2 * at + 1) if at < half else ("events.jsonl", at - half + 1)
                yield day, f"{drop.name}/{day}/{name}", line, fate.removeprefix("refused_")
