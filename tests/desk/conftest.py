"""A desk for tests."""
import pytest

from tests.desk.desk import Desk


@pytest.fixture
def desk():
    found = Desk()
    yield found
    found.end()
