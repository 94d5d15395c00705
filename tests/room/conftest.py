"""Ensembles for the tests of takes."""
import uuid
from pathlib import Path

import pytest

from tests.room.ensemble import Ensemble


@pytest.fixture
def ensemble(tmp_path):
    return Ensemble(tmp_path)


@pytest.fixture
def make_ensemble(tmp_path):
    """Ensembles with other settings; `shared=True`: in a block that other processes can join."""
    made = []

    def make(shared: bool = False, session: Path = tmp_path, **settings) -> Ensemble:
        made.append(Ensemble(session, f"imm-test-{uuid.uuid4().hex[:12]}" if shared else None, **settings))
        return made[-1]

    yield make
    for one in made:
        one.engine.close(remove=True)
