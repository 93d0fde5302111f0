import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

from shopcart_assets.platform.measure import bare_parse, cpu_milliseconds, peak_bytes

SIZE = 300_000_000


def _peak_after(n_bytes: int) -> int:
    kept = b"x" * n_bytes
    return peak_bytes() if kept or not n_bytes else 0


def test_a_process_has_its_own_peak_and_not_that_of_who_started_it() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as first:
        small = first.submit(_peak_after, 0).result()
    held = b"x" * SIZE
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as second:
        beside = second.submit(_peak_after, 0).result()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as third:
        large = third.submit(_peak_after, SIZE).result()
    assert peak_bytes() > len(held)
    assert beside < small + SIZE / 2 and large > small + SIZE / 2


def test_waiting_costs_no_cpu_time() -> None:
    assert cpu_milliseconds(lambda: time.sleep(0.2)) < 150


def test_a_text_that_declares_its_encoding_is_parsed_all_the_same() -> None:
    root = bare_parse('<?xml version="1.0" encoding="utf-8"?><html><body><p>Käse</p></body></html>')
    assert "".join(map(str, root.itertext())) == "Käse"
