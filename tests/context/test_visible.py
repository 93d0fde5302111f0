import pytest

from shopcart_assets.context.simplify import simplify


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="DISPLAY:none">secret</div>',
        '<div style="visibility: hidden">secret</div>',
        '<div style="color:red;display:/* not */none !important">secret</div>',
        "<div hidden>secret</div>",
        '<p hidden="until-found">secret</p>',
        '<p aria-hidden=" TRUE">secret</p>',
        "<input list=d><datalist id=d><option>secret</datalist>",
        "<dialog><p>secret</p></dialog>",
        '<span aria-hidden="true">secret</span>',
        '<input type="hidden" name="q" value="secret">',
        "<script>secret</script>",
        "<style>secret</style>",
        "<noscript><p>secret</p></noscript>",
        "<template><p>secret</p></template>",
        "<!-- secret -->",
        '<iframe title="secret"></iframe>',
        '<a href="/x?secret" class="secret" id="secret" data-x="secret" onclick="secret()">x</a>',
    ],
)
def test_hidden_content_is_dropped_and_what_follows_is_kept(hidden: str) -> None:
    html = simplify(f"<body><p>before</p>{hidden}<p>after</p></body>", token_budget=0).html
    assert "secret" not in html and "before" in html and "after" in html


def test_what_only_looks_like_hiding_is_kept() -> None:
    page = """<div style="-webkit-backface-visibility:hidden"><a href=/1>One</a></div><p style="--bs-display:none">Two</p>
    <p style="/* display:none */ color:red">Three</p><p aria-hidden=false>Four</p><dialog open>Five</dialog>1<hr>2"""
    page = simplify(page, token_budget=0).html
    assert all(word in page for word in ("One", "Two", "Three", "Four", "Five", "1 2"))
    assert simplify(page, token_budget=0).html == page


def test_clipped_text_a_shadow_root_and_an_icon_s_title_are_kept() -> None:
    page = """<span class="sr-only">$199.99</span><span aria-hidden="true">$199</span>
    <x-card><template shadowrootmode="open"><button>Open</button></template></x-card>
    <button><svg><title>Cart</title><path d=""/></svg></button>"""
    html = simplify(page, token_budget=0).html
    assert "$199.99" in html and html.count("$199") == 1
    assert '<button name="open">Open</button>' in html and '<button name="cart">Cart</button>' in html
