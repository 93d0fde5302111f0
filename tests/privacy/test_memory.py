"""What was asked of a text is not asked again, and a page comes out the same whatever pages were before it."""

from collections.abc import Iterable

from shopcart_assets.privacy.memory import Memory
from shopcart_assets.privacy.page import mine_page, scrub_page
from shopcart_assets.privacy.pseudonyms import Pseudonyms

URL = "https://shop.example/"
PAGES = [
    f"""<body><p class="user-greeting">Hello, {name}</p><p title="call (212) 664-7665">Photo by {name}<a href="/x?sid=9&k={name}">x</a>
    <a href="/to/ann%40example.com/">y</a><p>Deliver to {name} in <b>Oslo</b> 1742 Zanzibrook Lane</p>""".encode()
    for name in ("Ann Lee", "Bob Day", "Ann Lee")
]


def test_no_text_is_asked_about_twice_by_one_question_about_the_same() -> None:
    asked: list[tuple[str, str]] = []

    def first_is(texts: Iterable[str], letter: str) -> dict[str, bool]:
        texts = sorted(texts)
        asked.extend((text, letter) for text in texts)
        return {text: True for text in texts if text.startswith(letter)}

    memory = Memory()
    assert memory.ask(["b", None, "a", "b", ""], first_is, "a") == {"a": True}
    assert memory.ask(["c", "a", "b"], first_is, "a") == {"a": True}
    assert memory.ask(["a", "b"], first_is, "b") == {"b": True}
    assert asked == [("", "a"), ("a", "a"), ("b", "a"), ("c", "a"), ("a", "b"), ("b", "b")]


def test_the_pages_before_change_nothing() -> None:
    memory, ann = Memory(), Pseudonyms(b"secret", "ann")
    for html in PAGES:
        alone, among = (scrub_page(html, url=URL, pseudonyms=ann, memory=one) for one in (None, memory))
        assert (alone.html, alone.findings, alone.own, alone.people) == (
            among.html,
            among.findings,
            among.own,
            among.people,
        )
        assert {"name", "phone", "email", "street"} <= {one.kind for one in among.findings}
        mined = [mine_page(html, url=URL, memory=one).own for one in (None, memory)]
        assert mined[0] == mined[1] and mined[0].keys() == among.own.keys()
