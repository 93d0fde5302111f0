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

# A cheap sign that a price may be near, and what a price is.
MONEY_SIGN = re.compile(r"[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|Rs|zł|kr)\b")
PRICE = re.compile(r"[$€£¥₹]\s?\d|\d[\d.,]*\s?(?:€|EUR|USD|GBP|CHF|zł|kr|₹)|(?:EUR|USD|GBP|CHF|Rs\.?)\s?\d")
