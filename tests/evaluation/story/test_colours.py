"""Every policy has a colour and a number of its own, the same wherever it is shown."""

from shopcart_assets.evaluation.story.colours import DARK, HUMAN, LIGHT, looks


def test_numbers_are_unique_and_colours_are_until_they_run_out() -> None:
    found = looks([f"policy-{number}" for number in range(25)])
    assert [look.number for look in found.values()] == list(range(1, 26))
    colours = [look.colour for look in found.values()]
    assert len(set(colours[:10])) == 10 and colours[10:20] == colours[:10] and HUMAN not in colours
    assert {look.ink for look in found.values()} == {DARK, LIGHT}
