"""Addresses: which are about the person, and what may stay of the others.

Of a query the parameters of an allow-list stay; user names, fragments that are not anchors, and whole `mailto:`, `tel:`,
`javascript:` and `data:` addresses go. Texts outside addresses belong to patterns.py.
"""

import re
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

from shopcart_assets.privacy.decoding import plain_text
from shopcart_assets.privacy.free_text.names import is_slug_of_name
from shopcart_assets.privacy.free_text.prose import typed_findings
from shopcart_assets.privacy.patterns import PREFILTER, Finding, Span, replace, scrub_text
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.rules import PLACEHOLDER, PersonalPath, load_rules

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_ANCHOR = re.compile(r"[A-Za-z][\w.:-]{0,40}")
_USERINFO = re.compile(r"^((?:[a-z][a-z0-9+.-]*:)?//)[^/?#]*@", re.IGNORECASE)
_HOST = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
# What somebody typed, of three words or more: fewer say nothing of a person that a name or a street would be known by.
SEARCHED = r"[?&](?:k|q|query|search|keywords?|field-keywords|_nkw|ntt|s|w|words)=(?:[^&#]*?(?:\+|%20)){2}"
"""A pattern for Python and Polars."""
_SEARCH = re.compile(SEARCHED)
_WEB_SCHEMES = frozenset({"http", "https"})


def host(url: str) -> str:
    """The host of an absolute address in lower case, else an empty string."""
    match = _HOST.match(url)
    return match[1].lower() if match else ""


def is_restricted(url: str) -> bool:
    """Whether the address is a login, account or checkout page, which is dropped whole.

    >>> is_restricted("https://shop.example/account/orders?page=2"), is_restricted("https://shop.example/dp/B01?ref=login")
    (True, False)
    """
    return load_rules().restricted.match(url) is not None


def scrub_url(url: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
    """The address without what it says about the person.

    >>> scrub_url("https://ann@shop.example/s?k=red+shoes&email=ann%40x.com&sid=9#top", "url", Pseudonyms(b"s", "u"))
    ('https://shop.example/s?k=red+shoes#top', [])
    """
    reduced = reduce_url(url)
    if not any(shape.search(reduced) for shape in (PREFILTER, _personal_paths()[0], _SEARCH)):
        return reduced, []
    rest, hash_, anchor = reduced.partition("#")
    path, mark, query = rest.partition("?")
    path, findings = _scrub_path(path, place, pseudonyms)
    parameters = []
    for parameter in query.split("&"):
        kept, more = _scrub_parameter(parameter, place, pseudonyms)
        findings += more
        parameters.append(kept)
    return (path + mark + "&".join(parameters) + hash_ + anchor).strip(), findings


def reduce_url(url: str) -> str:
    """What may stay of the address by its form alone: `scrub_url` without a look for persons in what stays.

    >>> reduce_url("https://ann@shop.example/usr/ann?k=ann%40x.com&sid=9#top")
    'https://shop.example/usr/ann?k=ann%40x.com#top'
    """
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in _WEB_SCHEMES:
        return ""
    rest, _, fragment = url.strip().partition("#")
    path, _, query = rest.partition("?")
    path = _USERINFO.sub(r"\1", path) if "@" in path else path
    parameters = "&".join(_kept_parameters(query)) if query else ""
    anchor = fragment if fragment and _ANCHOR.fullmatch(fragment) and not PREFILTER.search(fragment) else ""
    reduced = path + (f"?{parameters}" if parameters else "") + (f"#{anchor}" if anchor else "")
    return reduced.strip()  # what went may have hidden white space from the first strip


def _kept_parameters(query: str) -> list[str]:
    """Those of the allow-list, unless they hold another address."""
    kept = load_rules().kept_parameters
    named = (parameter.partition("=") for parameter in query.replace(";", "&").split("&"))
    return [
        name + equals + value
        for name, equals, value in named
        if (unquote(name) if "%" in name else name).lower() in kept and "://" not in plain_text(value)
    ]


def _scrub_parameter(parameter: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
    name, equals, value = parameter.partition("=")
    is_search = _SEARCH.match("?" + parameter)
    if not is_search and not PREFILTER.search(value):
        return parameter, []
    plain, findings = scrub_text(unquote_plus(value), place, pseudonyms)
    if is_search:
        plain, people = typed_findings(plain, place, pseudonyms)
        findings += people
    return (name + equals + quote(plain, safe="[]"), findings) if findings else (parameter, [])


def _scrub_path(path: str, place: str, pseudonyms: Pseudonyms) -> tuple[str, list[Finding]]:
    findings: list[Finding] = []
    if person := _person(path):
        path, findings = replace(path, [person], place, pseudonyms)
    path, more = scrub_text(path, place, pseudonyms)
    return path, findings + more


def _person(path: str) -> Span | None:
    """The segment of a path that names a person, such as `ann` in `/usr/ann`."""
    any_shape, shapes = _personal_paths()
    if not any_shape.search(path):
        return None
    for rule, shape in shapes:
        for match in shape.finditer(path):
            if _is_somebody(match["person"], rule):
                return Span(*match.span("person"), rule.kind, "zone:personal_path", unquote(match["person"]))
    return None


def is_personal_segment(path: str, start: int, end: int) -> bool:
    """Whether `path[start:end]` is a whole segment that stands where a person does.

    >>> is_personal_segment("/member/grace/reviews", 8, 13), is_personal_segment("/blog/grace", 6, 11)
    (True, False)
    """
    return any(match.span("person") == (start, end) for match in _personal_paths()[0].finditer(path))


def _is_somebody(segment: str, rule: PersonalPath) -> bool:
    if PLACEHOLDER.fullmatch(segment) or segment.lower() in load_rules().common_segments:
        return False
    return not rule.named or is_slug_of_name(unquote(segment))


@lru_cache(maxsize=1)
def _personal_paths() -> tuple[re.Pattern[str], tuple[tuple[PersonalPath, re.Pattern[str]], ...]]:
    """One pattern for all, tried first, and one a rule."""

    def shape(before: tuple[str, ...]) -> re.Pattern[str]:
        words = "|".join(re.escape(word) + ("" if word == "@" else "/") for word in before)
        return re.compile(rf"(?:(?<=[^/]/)|(?<=^/))(?:{words})(?=(?P<person>[^/;=&]+))", re.IGNORECASE)

    rules = load_rules().personal_paths
    return shape(tuple(word for rule in rules for word in rule.after)), tuple((one, shape(one.after)) for one in rules)
