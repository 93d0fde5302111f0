"""What pages show, in numbers (`PageFacts`), from their names and their simplified HTML. No policy."""

import polars as pl

from shopcart_assets.evaluation.legality import TEXT_ROLES
from shopcart_assets.evaluation.policies.base import PageFacts

# Digits are ASCII and few: pages are hostile, and the numbers are computed with.
_NUMBER = r"\b([0-9]{1,3}(?:[.,][0-9]{3}){1,3}|[0-9]{1,9})(?:[.,]([0-9]{2}))?\b"
_PRICE_BEFORE = rf"(?:[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|Rs\.?))\s?{_NUMBER}"
_PRICE_AFTER = rf"{_NUMBER}\s?(?:[€₹]|zł|kr\b|EUR\b|USD\b|GBP\b|CHF\b)"
_RATING = r"(?i)\b([0-5](?:[.,][0-9])?)\s*(?:out of|von|de|sur|su|/)\s*5\b|\b([0-5](?:[.,][0-9])?)\s*(?:stars?|sterne?|étoiles?)\b"


def page_facts(names: pl.DataFrame, contexts: pl.DataFrame) -> dict[str, PageFacts]:
    """The facts of each page of `contexts` (page_id, html), whose names are among `names` (context.elements), all of one day.

    Where the page lists products, price and rating are those of the first one, which is to say the first after its link:
    filters, which come before on many sites, show prices and stars too.
    """
    shown = contexts.select("page_id", shown=_after_first_product()).with_columns(
        price=pl.coalesce(_price(_PRICE_BEFORE), _price(_PRICE_AFTER)), rating=_rating()
    )
    counted = shown.drop("shown").join(_counts(names), on="page_id", how="left")
    numbers = counted.select("page_id", *(pl.col(name).fill_null(0) for name in kinds_of_clicks()), "price", "rating")
    rows = numbers.with_columns(pl.col("price", "rating").fill_null(float("nan"))).iter_rows()
    return {page_id: PageFacts(*values) for page_id, *values in rows}


def _counts(names: pl.DataFrame) -> pl.DataFrame:
    """How many clickable names of each kind a page has, a column each."""
    counts = [is_kind.sum().cast(pl.Int64).alias(name) for name, is_kind in kinds_of_clicks().items()]
    return names.filter(~pl.col("role").is_in(sorted(TEXT_ROLES))).group_by("page_id").agg(counts)


def kinds_of_clicks() -> dict[str, pl.Expr]:
    """What `name` must be for a click on it to be counted in each column: the rule of `category`, for millions of names."""
    name = pl.col("name")
    buys, opens = ((name == leaf) | name.str.ends_with(f".{leaf}") for leaf in ("buy_now", "view_product"))
    filters, pages = ((name == zone) | name.str.starts_with(f"{zone}.") for zone in ("refinements", "pagination"))
    return {
        "n_products": opens,
        "n_filters": filters & ~opens & ~buys,
        "n_pages": pages & ~opens & ~buys,
        "n_purchases": buys,
    }


def _after_first_product() -> pl.Expr:
    """What the page shows after the name of its first product's link; the whole page where it lists none."""
    return pl.coalesce(pl.col("html").str.splitn('.view_product"', 2).struct.field("field_1"), "html")


def _price(pattern: str) -> pl.Expr:
    whole = pl.col("shown").str.extract(pattern, 1).str.replace_all("[.,]", "").cast(pl.Float64)
    return whole + pl.col("shown").str.extract(pattern, 2).cast(pl.Float64).fill_null(0) / 100


def _rating() -> pl.Expr:
    found = pl.coalesce(pl.col("shown").str.extract(_RATING, 1), pl.col("shown").str.extract(_RATING, 2))
    return found.str.replace(",", ".", literal=True).cast(pl.Float64)
