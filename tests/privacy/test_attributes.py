"""What happens to attributes by their names."""

import pytest

from shopcart_assets.privacy.attributes import attribute_policy


@pytest.mark.parametrize(
    ("name", "policy"),
    [("onclick", "drop"), ("data-user", "drop"), ("data-eid", "text"), ("data-asin", "text"), ("data-hook", "marker"), ("class", "marker"), ("href", "url"),
     ("src", "drop"), ("style", "style"), ("title", "text"), ("role", "inert"), ("csrf-token", "drop"), ("{a", "drop")],
)  # fmt: skip
def test_policies(name: str, policy: str) -> None:
    assert attribute_policy(name) == policy
