"""The stage's self-test: known values planted in every channel of a synthetic page and its events, then searched for in the output.

It runs the real `scrub_day` with whatever page scrubber it is given, so that a test can show it fail. The values are made up:
reserved domains, test card numbers, numbers set aside for fiction.
"""

import datetime as dt
import json
from urllib.parse import quote, unquote

import polars as pl

from shopcart_assets.platform.dictionary import table
from shopcart_assets.privacy.day import ScrubbedDay, scrub_day
from shopcart_assets.privacy.look import PageScrubber
from shopcart_assets.privacy.page import scrub_page

# What is personal anywhere, by its own shape; and what zones tell of the user, and is theirs everywhere else then.
ANYWHERE = {
    "email": "quillon.zebroski@example.com",
    "phone": "+1 212-664-7665",
    "card": "4111 1111 1111 1111",
    "order": "114-8642975-1357924",
    "iban": "GB82 WEST 1234 5698 7654 32",
    "ip": "81.2.69.142",
    "account": "amzn1.account.AEQZXCANARY77KLMNOPQ",
}
IN_ZONES = {"name": "Quillon Zebroski", "street": "1742 Zanzibrook Lane", "city": "Qwaxford", "postcode": "90417"}
# What looks personal and is not: it must come through.
SURVIVORS = (
    "Hello Kitty Mug",
    "B073WRF565",
    "0194956623892",
    "Model 193990-16",
    "$1,299.00",
    "Rose Gold Ring by Ann Taylor",
    "Deliver more, pay less",
)

_URL = "https://shop.example/s?k=mugs"
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def leaks(scrub: PageScrubber = scrub_page, with_gazetteer: bool = True) -> list[str]:
    """One line for each canary that came through and each survivor that did not; empty where the scrubber works."""
    html = canary_page()
    pages = pl.DataFrame([{"page_id": "canary", "url": _URL, "html": html}], schema=table("traffic.pages").schema())
    day = scrub_day(_events(), pages, b"canary", scrub, with_gazetteer)
    output = _everything(day)
    plain = output + unquote(output)
    found = [
        f"{kind} canary came through"
        for kind, value in (ANYWHERE | IN_ZONES).items()
        if any(form in plain for form in _forms(value))
    ]
    altered = [f"{survivor!r} was altered" for survivor in SURVIVORS if survivor.lower() not in output]
    return found + altered


def canary_page() -> bytes:
    """A shop page with each canary in text, attributes, addresses, JSON, hidden fields, comments, title, meta, handlers and cookies."""
    every = " ".join((*ANYWHERE.values(), *IN_ZONES.values()))
    # What zones tell is planted outside them as well: only the gazetteer sees it there.
    anywhere = "".join(map(_channels, (*ANYWHERE.values(), *IN_ZONES.values())))
    name, street, city, postcode = IN_ZONES.values()
    zones = f"""
      <a id="nav-link-accountList"><span class="user-greeting">Hello, {name}</span><span>Account &amp; Lists</span></a>
      <span>Deliver to {name} -\u00a0{city} {postcode}\u200c</span>
      <div id="glow-ingress-block"><span>Deliver to {name}</span><span>{city} {postcode}</span></div>
      <ul id="address-book" title="{name}, {street}"><li>{name}</li><li>{street}</li><li>{city}, CA {postcode}</li></ul>
      <div class="gift-message">Happy birthday dear {name} of {street}</div><span class="review-author">{name}</span>
      <input name="recipient" value="{name}"><textarea name="gift_message">{name} {city}</textarea>"""
    state = f"""
      <!-- {every} --><script type="application/json">{json.dumps({"all": every})}</script><style>/* {every} */</style>
      <noscript><p title="{every}">{every}</p></noscript><template><b>{every}</b></template><iframe>{every}</iframe>
      <input type="hidden" name="state" value="{every}"><div data-state='{json.dumps({"all": every})}' onclick="track('{every}')" style="--x: '{every}'"></div>
      <a href="/r?u={quote(every)}&amp;k=mugs">go</a><a href="mailto:{ANYWHERE["email"]}">mail</a><img src="/a?u={quote(every)}" srcset="/b?{quote(every)} 2x" alt="a mug">"""
    survivors = "".join(f"<h2 title='{survivor}'>{survivor}</h2>" for survivor in SURVIVORS)
    head = f"<title>Mugs for {ANYWHERE['email']}</title><meta name='description' content='call {ANYWHERE['phone']}'><meta name='csrf' content='{every}'>"
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{zones}{state}{anywhere}{survivors}</body></html>".encode()


def _channels(value: str) -> str:
    """One value as text, attributes, escapes and in an address's allowed parameter and path."""
    unicode_escaped = value.replace("@", "\\u0040").replace("-", "\\u002d")
    entities = "".join(f"&amp;#{ord(letter)};" if letter in "@.-" else letter for letter in value)
    attributes = " ".join(f'{name}="for {value}"' for name in ("title", "alt", "aria-label", "placeholder", "value"))
    texts = (
        value,
        f"({value})",
        unicode_escaped,
        entities,
        quote(value),
        f"\u200b{value}\u200b",
        value.replace(" ", "\u00a0"),
    )
    links = (
        f'<a href="/s?k={quote(value)}">s</a><a href="/order/{quote(value)}?email={quote(value)}#{quote(value)}">o</a>'
    )
    return f"<input {attributes}>{links}" + "".join(f"<p>about {text} here</p>" for text in texts)


def _events() -> pl.DataFrame:
    name, *_ = IN_ZONES.values()
    every = "; ".join(ANYWHERE.values())
    target = json.dumps(
        {
            "xpath": "/html/body/a",
            "tag": "a",
            "text": f"Hello, {name} Account & Lists {every}",
            "href": f"/r?u={quote(every)}",
            "attributes": {"title": every, "data-user": every, "class": "nav"},
            "outer_html": every,
        }
    )
    optimal = json.dumps(
        {"event_type": "submit", "target": json.loads(target), "value": every, "page_id": "canary", "probability": 0.5}
    )
    typed = json.dumps({"tag": "input", "attributes": {"autocomplete": "name"}})
    shared = {"user_id": "u1", "session_id": "s1", "event_type": "submit"}
    rows = [
        shared
        | {
            "event_id": "e1",
            "timestamp": _START,
            "url": f"{_URL}&email={quote(every)}",
            "page_id": "canary",
            "target": target,
            "value": f"mugs {every} for {name}",
            "optimal": optimal,
            "rationale": f"so that {name} can reach {every}",
        },
        shared
        | {"event_id": "e2", "timestamp": _START, "url": _URL, "page_id": "canary", "target": typed, "value": name},
        shared
        | {
            "event_id": "e3",
            "timestamp": _START,
            "url": "https://shop.example/checkout/address",
            "target": target,
            "value": IN_ZONES["street"],
            "rationale": f"I live at {IN_ZONES['street']}",
        },
    ]
    return pl.DataFrame(rows, schema=table("traffic.events").schema())


def _forms(value: str) -> set[str]:
    """The value as it might come through: as it is, without its separators, and its words where each alone would tell."""
    lower = value.lower()
    words = (
        {word for word in lower.split() if len(word) > 5 and word.isalpha()} if value in IN_ZONES.values() else set()
    )
    return {lower, "".join(filter(str.isalnum, lower))} | words


def _everything(day: ScrubbedDay) -> str:
    """Every string of every table in lower case, JSON escapes of events undone."""
    strings = [
        text
        for frame in day.tables().values()
        for column in frame.select(pl.col(pl.String))
        for text in column.drop_nulls()
    ]
    return "\n".join(strings).lower()
