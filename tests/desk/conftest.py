"""A desk for tests."""
import pytest

from tests.desk.desk import Desk


@pytest.fixture
def desk():
    found = Desk()
    yield found
    found.end()


@pytest.fixture(scope="module")
def shared_desk():
    """One for tests that only ask."""
    found = Desk()
    yield found
    found.end()
