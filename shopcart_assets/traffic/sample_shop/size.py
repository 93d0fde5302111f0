"""How large a log of the sample shop is, for benchmarks. Values only."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from shopcart_assets.traffic.sample_shop.catalogue import Catalogue
from shopcart_assets.traffic.sample_shop.counts import Counts, scaled
from shopcart_assets.traffic.sample_shop.people import person
from shopcart_assets.traffic.sample_shop.views import Shop


@dataclass(frozen=True)
class Size:
    """`repeat`: the share of pages that the shop serves to everybody alike, so that their bytes come again.

    Pages are those of the sample shop (about 36 kB), filled up to `page_kb` kilobytes (1,000 bytes), or with the bodies of the
    saved pages in the folder `pages`.
    """

    n_sessions: int
    n_days: int = 30
    repeat: float = 0.0
    page_kb: int = 0
    pages: Path | None = None
    first_day: dt.date = dt.date(2026, 9, 1)
    n_results: int = 16
    seed: int = 7

    @property
    def counts(self) -> Counts:
        """The log's counts."""
        return scaled(self.n_sessions)

    def shop(self) -> Shop:
        """The shop that the log is of."""
        return Shop(Catalogue(self.seed), self.n_results)

    def date(self, day: int) -> dt.date:
        """The date of the day with this number."""
        return self.first_day + dt.timedelta(days=day)

    def user_id(self, number: int) -> str:
        """The id of the customer with this number."""
        return person(number, self.seed).user_id
