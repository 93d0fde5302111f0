"""What pages show, in numbers (`PageFacts`), from their names and their simplified HTML. No policy."""

import polars as pl

from shopcart_assets.evaluation.categories import category
from shopcart_assets.evaluation.legality import TEXT_ROLES
from shopcart_assets.evaluation.policies.base import PageFacts
from shopcart_assets.platform.actions import Click

_NUMBER = r"(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d{2}))?"
_PRICE_BEFORE = rf"(?:[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|Rs\.?))\s?{_NUMBER}"
_PRICE_AFTER = rf"{_NUMBER}\s?(?:[€₹]|zł|kr\b|EUR\b|USD\b|GBP\b|CHF\b)"
_RATING = (
    r"(?i)\b([0-5](?:[.,]\d)?)\s*(?:out of|von|de|sur|su|/)\s*5\b|\b([0-5](?:[.,]\d)?)\s*(?:stars?|sterne?|étoiles?)\b"
)
_COUNTED = {"product": "n_products", "filter": "n_filters", "page": "n_pages", "purchase": "n_purchases"}


def page_facts(names: pl.DataFrame, contexts: pl.DataFrame) -> dict[str, PageFacts]:
    """The facts of each page of `contexts` (page_id, html), whose names are among `names` (context.elements), all of one day.

    Where the page lists products, price and rating are those of the first one, which is to say the first after its link:
    filters, which come before on many sites, show prices and stars too.
    """
    shown = contexts.select("page_id", shown=_after_first_product("html")).with_columns(
        price=pl.coalesce(_price(_PRICE_BEFORE), _price(_PRICE_AFTER)), rating=_rating()
    )
    counted = shown.drop("shown").join(_counts(names), on="page_id", how="left")
    numbers = counted.select("page_id", *(pl.col(name).fill_null(0) for name in _COUNTED.values()), "price", "rating")
    rows = numbers.with_columns(pl.col("price", "rating").fill_null(float("nan"))).iter_rows()
    return {page_id: PageFacts(*values) for page_id, *values in rows}


def _counts(names: pl.DataFrame) -> pl.DataFrame:
    """How many clickable names of each kind a page has, a column each."""
    clickable = names.filter(~pl.col("role").is_in(sorted(TEXT_ROLES)))
    kinds = {name: category(Click(name)) for name in clickable["name"].unique()}
    kind = pl.col("name").replace_strict(kinds, return_dtype=pl.String)
    counts = [(kind == one).sum().cast(pl.Int64).alias(column) for one, column in _COUNTED.items()]
    return clickable.group_by("page_id").agg(counts)


def _after_first_product(html: str) -> pl.Expr:
    """What the page shows after the name of its first product's link; the whole page where it lists none."""
    return pl.coalesce(pl.col(html).str.extract(r'(?s)\.view_product"(.*)'), pl.col(html))


def _price(pattern: str) -> pl.Expr:
    whole = pl.col("shown").str.extract(pattern, 1).str.replace_all("[.,]", "").cast(pl.Float64)
    return whole + pl.col("shown").str.extract(pattern, 2).cast(pl.Float64).fill_null(0) / 100


def _rating() -> pl.Expr:
    found = pl.coalesce(pl.col("shown").str.extract(_RATING, 1), pl.col("shown").str.extract(_RATING, 2))
    return found.str.replace(",", ".", literal=True).cast(pl.Float64)
