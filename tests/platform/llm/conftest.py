"""A lake of the test's own: on a directory, then on a real S3 server (moto)."""

from pathlib import Path

import pytest

from shopcart_assets.platform.lake import Lake, open_lake


@pytest.fixture(params=["local", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    url = f"{request.getfixturevalue('s3')}/{tmp_path.name}" if request.param == "s3" else str(tmp_path / "lake")
    return open_lake(url, tmp_path / "uploads")
