"""Pages that nobody would write, for property tests: random trees, misnesting, thousands of levels, bytes."""

from hypothesis import strategies as st

from shopcart_assets.context.parse import words

CONTROLS = sorted(words("a button input select textarea summary option"))
TAGS = sorted(
    words(
        "div span p ul li ol dl dt dd optgroup form fieldset legend label nav header footer main section article aside h1 h2 h6 "
        "table caption thead tbody tr th td img picture source b i em details dialog x-card wbr br hr body"
    )
)
# They hide what follows, mostly to the page's end.
SPOILERS = sorted(words("template script style noscript svg title iframe html head meta base object"))
KEYS = sorted(
    words(
        "href class id name type role aria-label aria-labelledby for value alt title placeholder onclick shadowrootmode data-eid "
        "checked selected disabled colspan"
    )
)
WORDS = sorted(
    words(
        "/a /b#c # javascript:x //h/dp/B0 filters s-results pagination footer search checkbox radio submit image button tab option "
        "searchbox true open x y ' < &amp; 1 . .. _ add-to-cart Käse $5 2 > & &#0; &#x10ffff; ... x.y 💡 ]]> name _2 view_product "
        "search_input"
    )
)
VALUES = st.sampled_from(["", "x y", *WORDS])
TEXTS = st.one_of(
    st.sampled_from(
        ["Red mug", "Add to cart", "4.5 out of 5 stars", "   ", "\u200b", "\u00a0", "\u202e", "\x00", "\x0c", *WORDS]
    ),
    st.text(max_size=12),
    st.integers(1, 400).map("word ".__mul__),
)
RARE = st.sampled_from(
    [
        "<!--",
        "-->",
        "<![CDATA[",
        "<?x",
        "</html>",
        "</body>",
        "<p hidden>",
        "<p aria-hidden=true>",
        "<p style=display:none>",
    ]
)


def _start(tag: str, attributes: dict[str, str], end: str) -> str:
    return f"<{tag}" + "".join(f' {key}="{value}"' for key, value in attributes.items()) + end


def _opens(tags: list[str], least: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    more = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3)
    attributes = st.builds(lambda given, some: given | some, st.fixed_dictionaries(least), more)
    return st.builds(_start, st.sampled_from(tags), attributes, st.sampled_from([">", ">", ">", "/>", " "]))


OPEN = st.one_of(_opens(CONTROLS, {"href": VALUES}), _opens(TAGS, {}), _opens([*TAGS, *CONTROLS], {}))
CLOSE = st.sampled_from([*TAGS, *CONTROLS, *CONTROLS]).map(lambda tag: f"</{tag}>")
SPOILER = st.one_of(RARE, _opens(SPOILERS, {}), st.sampled_from(SPOILERS).map(lambda tag: f"<{tag}>x</{tag}>"))
# Tags close in any order, or never, and some are cut off.
SANE = st.lists(st.one_of(OPEN, OPEN, TEXTS, CLOSE), max_size=80).map("".join)
PIECES = st.builds(lambda before, spoiler, after: before + spoiler + after, SANE, st.one_of(st.just(""), SPOILER), SANE)
# One piece again and again: equal cards, equal names.
REPEATED = st.builds(
    lambda piece, n: piece * n,
    st.lists(st.one_of(OPEN, TEXTS, CLOSE), min_size=1, max_size=8).map("".join),
    st.integers(2, 40),
)


def _tree(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, attributes, inside: f"{_start(tag, attributes, '>')}{''.join(inside)}</{tag}>",
        st.sampled_from([*TAGS, *CONTROLS]),
        st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
        st.lists(children, max_size=5),
    )


TREES = st.recursive(st.one_of(TEXTS, OPEN), _tree, max_leaves=60)
# Up to 3,000 levels, of one tag or of several in turn, with something to act on at the end.
DEEP = st.builds(
    lambda starts, n, inside: "".join(starts[i % len(starts)] for i in range(n)) + inside + "<a href=/end>end</a>",
    st.lists(OPEN, min_size=1, max_size=4),
    st.sampled_from([100, 250, 1_000, 2_000, 2_040, 2_050, 3_000]),
    TEXTS,
)
PAGES = st.one_of(PIECES, REPEATED, TREES, st.tuples(PIECES, REPEATED, TREES).map("".join))
ENCODED = st.builds(
    lambda page, charset, mark, cut: (mark + page.encode(charset, "replace"))[: cut or None],
    PAGES,
    st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis", "ascii"]),
    st.sampled_from(
        [b"", b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"<meta charset=utf-16>", b"<?xml encoding='x'?>"]
    ),
    st.one_of(st.just(0), st.integers(0, 400)),
)
BYTES = st.one_of(ENCODED, ENCODED, st.binary(max_size=400))
