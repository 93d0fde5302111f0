import pytest

from shopcart_assets.context.simplify import simplify


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="DISPLAY:none">secret</div>',
        '<div style="visibility: hidden">secret</div>',
        "<div hidden>secret</div>",
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


def test_clipped_text_a_shadow_root_and_an_icon_s_title_are_kept() -> None:
    page = """<span class="sr-only">$199.99</span><span aria-hidden="true">$199</span>
    <x-card><template shadowrootmode="open"><button>Open</button></template></x-card>
    <button><svg><title>Cart</title><path d=""/></svg></button>"""
    html = simplify(page, token_budget=0).html
    assert "$199.99" in html and html.count("$199") == 1
    assert '<button name="open">Open</button>' in html and '<button name="cart">Cart</button>' in html
