import datetime as dt

from shopcart_assets.platform.profiles import ShopConfig
from shopcart_assets.traffic.sample_shop.people import UNKNOWN_STATUS, consent_rows, consents, person


def test_85_per_cent_consent_and_every_other_case_occurs() -> None:
    config = ShopConfig(200, 1, dt.date(2026, 9, 1), 3, 3, 7)
    rows = consent_rows(config)
    assert sum(map(consents, range(200))) == 170
    by_status = {status: sum(row.status == status for row in rows) for status in {row.status for row in rows}}
    assert by_status == {"granted": 180, "denied": 10, "withdrawn": 10, UNKNOWN_STATUS: 5}
    assert 200 - len({row.user_id for row in rows}) == 5  # these have no line at all
    assert all(row.effective_at.date() > dt.date(2026, 9, 3) for row in rows if row.status == "withdrawn")


def test_a_person_does_not_depend_on_how_many_there_are() -> None:
    assert person(3, 7) == person(3, 7) != person(3, 8)
    assert person(3, 7).email.endswith(".example") and "555-01" in person(3, 7).phone
