"""What all faults share: an undisturbed run to compare with."""

import pytest

from tests.chaos.past import Past


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Its stages are run when they are first asked for."""
    return Past(tmp_path_factory.mktemp("chaos"))
