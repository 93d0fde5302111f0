"""A raw search page in Amazon's markup, written from what a context in the paper's format shows.

The way back of the recipe: what Appendix B prints is put where Amazon's pages have it, among what they hide. Links that the
paper's page does not show (header, rating pop-ups) are not in it.
"""

from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser

from lxml import html as lxml_html
from lxml.html import HtmlElement

VOID = frozenset(("input", "img", "br"))


def raw_page(context: str) -> str:
    """The raw page for a context such as Appendix B."""
    page: HtmlElement = lxml_html.document_fromstring(context)
    filters = page.xpath("//*[@name='refinements']")[0]
    query = page.xpath("//input[@name='search_input']/@value")[0]
    return f"""<!doctype html><html lang="en-us" class="a-no-js"><!-- sp:feature:head-start --><head><title>{_text(page.find(".//title"))}</title>
<script>var ue_t0 = +new Date(); document.write("<a href='/x'>no link</a>");</script><style>.aok-hidden{{display:none}}</style></head>
<body class="a-m-us"><div id="a-page"><noscript><img alt="" src="//fls-na.example/batch/1"></noscript>
<div id="nav-belt"><div class="nav-fill" id="nav-fill-search">{_search(query)}</div></div>
<span id="nav-assets" class="aok-hidden"><a href="/gp/help">Help</a></span>
<div id="search"><div class="s-desktop-content s-opposite-dir sg-row"><div class="sg-col-4-of-24 sg-col s-matching-dir">
<div class="sg-col-inner"><div id="s-refinements" class="a-section a-spacing-none">
<div id="s-refinements-a11y-summary" class="a-section aok-hidden">No selected filters</div>
<div class="a-section a-spacing-double-large">{_filters(filters)}</div></div></div></div>
<div class="sg-col-20-of-24 s-matching-dir sg-col"><div class="sg-col-inner"><span class="rush-component s-latency-cf-section">
<div class="s-main-slot s-result-list s-search-results sg-row">
{"".join(_result(at, one) for at, one in enumerate(page.xpath("//div[@class='search-result']"), start=1))}
{_pages(page.xpath("//*[@name='pagination']")[0])}</div></span></div></div></div></div></div>
<script type="a-state">{{"pageType": "Search"}}</script></body></html>"""


def canonical(html: str) -> list[object]:
    """The tags, attributes and words of a page, without what white space, attribute order and self-closing tell."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [" ".join(one.split()) if isinstance(one, str) else one for one in reader.pieces if not _is_blank(one)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append((tag, frozenset(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.pieces.append(("end", tag))

    def handle_data(self, data: str) -> None:
        if self.pieces and isinstance(self.pieces[-1], str):
            data = str(self.pieces.pop()) + data
        self.pieces.append(data)


def _is_blank(piece: object) -> bool:
    return isinstance(piece, str) and not piece.strip()


def _text(element: HtmlElement | None) -> str:
    return escape(" ".join(element.text_content().split())) if element is not None else ""


def _search(query: str) -> str:
    return f"""<form id="nav-search-bar-form" accept-charset="utf-8" action="/s/ref=nb_sb_noss" class="nav-searchbar nav-progressive-attribute"
method="GET" name="site-search" role="search"><div class="nav-fill"><div class="nav-search-field ">
<label for="twotabsearchtextbox" style="display: none;">Search Amazon</label><input type="text" id="twotabsearchtextbox"
value="{escape(query)}" name="field-keywords" autocomplete="off" placeholder="Search Amazon" class="nav-input nav-progressive-attribute"
dir="auto" tabindex="0" aria-label="Search Amazon" spellcheck="false"></div><div id="nav-iss-attach"></div></div>
<div class="nav-right"><div class="nav-search-submit nav-sprite"><span id="nav-search-submit-text" aria-label="Go"
class="nav-search-submit-text nav-sprite"><input id="nav-search-submit-button" type="submit" class="nav-input" value="Go" tabindex="0">
</span></div></div><input type="hidden" id="isscrid" name="crid" value="1X2Y"></form>"""


def _filters(filters: HtmlElement) -> str:
    pieces = []
    for at, group in enumerate(filters):
        title, *values = group
        entries = "".join(_filter(at, nth, value) for nth, value in enumerate(values))
        pieces.append(f"""<div id="p_{at}/0" aria-labelledby="p_{at}-title" class="a-section a-spacing-none" role="group">
<div id="p_{at}-title" class="a-section a-spacing-small" role="heading"><span class="a-size-base a-color-base puis-bold-weight-text"
>{_text(title)}</span></div><ul id="filter-p_{at}" aria-labelledby="p_{at}-title" class="a-unordered-list a-nostyle a-vertical">
<span class="a-declarative" role="presentation">{entries}</span></ul></div>""")
        if group.tail and group.tail.strip():
            pieces.append(f'<div class="a-row">{escape(group.tail.strip())}</div>')
    return '<hr aria-hidden="true" class="a-divider-normal">'.join(pieces)


def _filter(group: int, nth: int, value: HtmlElement) -> str:
    text = _text(value)
    href = f"/s?k=pressure+washer&amp;rh=p_{group}%3A{nth}&amp;ref=sr_nr_p_{group}_{nth}"
    if "Stars" in text:
        stars, rest = text.split(" Stars ")
        shown = f"""<i class="a-icon a-icon-star-medium a-star-medium-{stars}"><span class="a-icon-alt">{stars} Stars</span></i>
<span class="a-size-small a-color-base">{rest}</span>"""
    elif ".color." in value.get("name", ""):
        shown = f"""<span class="a-declarative"><div class="colorsprite aok-float-left" style="background-image:url('/{nth}.png')">
</div></span>"""
    else:
        shown = f"""<div class="a-checkbox a-checkbox-fancy s-navigation-checkbox aok-float-left"><label><input type="checkbox"
aria-hidden="true" name="" value=""><i class="a-icon a-icon-checkbox"></i><span class="a-label a-checkbox-label"></span></label></div>
<span class="a-size-base a-color-base">{text}</span>"""
    title = f' title="{text}"' if "colorsprite" in shown else ""
    return f"""<span role="presentation"><li id="p_{group}/{nth}" aria-labelledby="-title" class="a-spacing-micro"><span class="a-list-item">
<a aria-label="Apply {text} filter to narrow results" class="a-link-normal s-navigation-item" href="{href}" role="link"{title}>{shown}</a>
</span></li></span>"""


def _result(at: int, result: HtmlElement) -> str:
    parts = {one.get("class"): _text(one) for one in result.iterdescendants()}
    title, price = parts["product-name"], parts["product-price"]
    href = f"/product-{at}/dp/B0{at:08}/ref=sr_1_{at}?keywords=pressure+washer"
    count = f"{int(float(parts['product-rating-count'].split()[0])):,}"
    dollars, cents = price.removeprefix("$").split(".")
    delivery = ""
    if words := parts.get("product-delivery", "").split():
        text, day = " ".join(words[:-3]), f"{words[-3]}, {' '.join(words[-2:])}"
        delivery = f"""<div data-cy="delivery-recipe" class="a-section a-spacing-none"><div class="a-row a-size-base a-color-secondary
s-align-children-center"><span aria-label="{text} {day}"><span class="a-color-base">{text} </span><span class="a-color-base a-text-bold"
>{day}</span></span></div></div>"""
    return f"""<div data-asin="B0{at:08}" data-index="{at}" data-component-type="s-search-result" class="sg-col-20-of-24 s-result-item
s-asin sg-col"><div class="sg-col-inner"><div class="s-card-container puis-card-container"><div class="s-product-image-container">
<span data-component-type="s-product-image" class="rush-component"><a aria-hidden="true" tabindex="-1" class="a-link-normal s-no-outline"
href="{href}"><img class="s-image" alt="{title}" src="/i/{at}.jpg"></a></span></div>
<div class="a-popover-preload"><a href="#">Leave ad feedback</a></div>
<div data-cy="title-recipe" class="a-section s-title-instructions-style"><h2 class="a-size-medium a-spacing-none"><a
class="a-link-normal s-line-clamp-2 s-link-style a-text-normal" href="{href}"><span class="a-size-medium">{title}</span></a></h2></div>
<div data-cy="reviews-block" class="a-section a-spacing-none"><div class="a-row a-size-small"><span class="a-declarative">
<i class="a-icon a-icon-star-small"><span class="a-icon-alt">{parts["product-rating"]}</span></i></span>
<a aria-label="{count} ratings" class="a-link-normal s-underline-text" href="{href}#customerReviews"><span aria-hidden="true"
>({count})</span></a></div></div>
<div data-cy="price-recipe" class="a-section"><div class="a-row"><a class="a-link-normal s-link-style a-text-normal" href="{href}">
<span class="a-price" data-a-size="xl"><span class="a-offscreen">{price}</span><span aria-hidden="true"><span class="a-price-symbol">$</span
><span class="a-price-whole">{dollars}<span class="a-price-decimal">.</span></span><span class="a-price-fraction">{cents}</span></span>
</span></a></div></div>{delivery}</div></div></div>"""


def _pages(pages: HtmlElement) -> str:
    return f"""<div class="a-section s-result-item s-flex-full-width"><div role="navigation" aria-label="pagination"
class="a-section a-text-center s-pagination-container"><span class="s-pagination-strip">{"".join(_page_links(pages))}</span></div></div>"""


def _page_links(pages: Iterable[HtmlElement]) -> Iterable[str]:
    for one in pages:
        label, text = escape(one.get("aria-label", "")), _text(one)
        if one.tag == "span":
            yield f'<span class="s-pagination-item s-pagination-selected" aria-label="{label}">{text}</span>'
        elif one.get("name") is None:
            yield f'<a class="s-pagination-item s-pagination-ellipsis" aria-label="{label}" href="#">{text}</a>'
        else:
            yield f'<a href="/s?k=x&amp;page={text}" aria-label="{label}" class="s-pagination-item s-pagination-button">{text}</a>'
