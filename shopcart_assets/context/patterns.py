"""What the generic builder knows about shops, as data: how filters, pages of results and prices look.

Everything here is a guess about sites that nobody has seen. What one site needs belongs in that site's recipe.
"""

import re
from functools import lru_cache

# Containers that start a name of their own, told by aria-label, id or class.
REFINEMENTS = re.compile(r"(?:^|[^a-z])(?:filters?|refine(?:ments?|r)?|facets?|faceted)(?:$|[^a-z])", re.IGNORECASE)
PAGINATION = re.compile(r"(?:^|[^a-z])(?:pagination|paging|pager|seitennavigation)(?:$|[^a-z])", re.IGNORECASE)
_ZONE_SIGN = re.compile(r"filter|refine|facet|pag", re.IGNORECASE)
RESULTS = re.compile(
    r"(?:^|[^a-z])(?:results?|srp|plp|product-?(?:list|grid|listing))(?:$|[^a-z])|searchresults?", re.IGNORECASE
)


@lru_cache(maxsize=8_192)
def zone_of(marks: str) -> str | None:
    """The zone that a container's aria-label, id and class say it is: `refinements`, `pagination` or none.

    >>> zone_of("x-refine__main"), zone_of("s-pagination-strip"), zone_of("page")
    ('refinements', 'pagination', None)
    """
    if not _ZONE_SIGN.search(marks):
        return None
    return "refinements" if REFINEMENTS.search(marks) else "pagination" if PAGINATION.search(marks) else None


FOOTER = re.compile(r"(?:^|[^a-z])footer", re.IGNORECASE)

# A cheap sign that a price may be near, and what a price is. Every piece of text is asked: each alternative of the first begins
# with a character, so that the engine skips to one of them.
MONEY_SIGN = re.compile(
    r"\$|€|£|¥|₹|E(?<!\wE)UR\b|U(?<!\wU)SD\b|G(?<!\wG)BP\b|C(?<!\wC)HF\b|R(?<!\wR)s\b|z(?<!\wz)ł\b|k(?<!\wk)r\b"
)
PRICE = re.compile(r"[$€£¥₹]\s?\d|\d[\d.,]{0,15}\s?(?:€|EUR|USD|GBP|CHF|zł|kr|₹)|(?:EUR|USD|GBP|CHF|Rs\.?)\s?\d")

# What a card's link may say that is not the product's title: a price, a count, a rating, a badge, how it is delivered.
_FACT = re.compile(
    r"[\W\d_]*$|\W*\d*%|\W*[$€£¥₹]\s?\d|\W*\d[\d.,]*\s?€|\W*(?:save|you pay)\W+\d|\W*\d[\d.,]*\+?\s*(?:stars?\b|ratings?\b|reviews?\b|bewertung|stern|avis|opini|"
    r"valoraci|recension)|\W*(?:free |kostenlose[rs]? |gratis[ -]?)?(?:delivery|shipping|versand|lieferung|livraison|env[ií]o)\b|"
    r"\W*(?:\d\s)?(?:best ?seller|amazon's choice|limited time deal|climate pledge)",
    re.IGNORECASE,
)
_RATING = re.compile(r"\d[\d.,]*\s*(?:out of|von|de|sur|su)\s*5\b", re.IGNORECASE)


def is_fact(text: str) -> bool:
    """Whether the text of a card's link is a fact about the product that changes, and so names nothing.

    >>> is_fact("$27.18"), is_fact("4.6 out of 5 stars, 1,216 ratings"), is_fact("FREE delivery Fri, Aug 21")
    (True, True, True)
    >>> is_fact("Red mug, 12 oz"), is_fact("Best Price Mattress 18 Inch"), is_fact("500 piece puzzle")
    (False, False, False)
    """
    return bool(_FACT.match(text) or _RATING.search(text[:80]))
