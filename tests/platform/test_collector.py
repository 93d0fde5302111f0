"""The collector rests while a page is worked on, and is as it was afterwards."""

import gc

import pytest

from shopcart_assets.platform.collector import collector_paused


@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_is_as_it_was_even_after_an_error(is_on: bool) -> None:
    @collector_paused()
    def work(fails: bool) -> bool:
        if fails:
            raise ValueError
        return gc.isenabled()

    was_on = gc.isenabled()
    try:
        (gc.enable if is_on else gc.disable)()
        assert work(fails=False) is False and gc.isenabled() is is_on
        with pytest.raises(ValueError):
            work(fails=True)
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if was_on else gc.disable)()
