"""A JACK server, a rig and the program.  Everything here is marked `rig` and skips, with the reason, where it can't be."""
from pathlib import Path

import pytest

from tests.rig.jack_rig import Rig, Server, missing
from tests.rig.program import Home, Program


def pytest_collection_modifyitems(items):
    here, why = Path(__file__).parent, None
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.rig)
            why = missing() if why is None else why
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def server(quiet_machine):
    found = Server()
    try:
        found.start()
    except RuntimeError as error:
        found.remove()
        pytest.skip(str(error))
    yield found
    found.remove()


@pytest.fixture(scope="module")
def home(server, tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"), server)


@pytest.fixture
def start(server, tmp_path):
    """Start programs; each is gone after the test, whatever happened."""
    started = []

    def start(*words, on=None, **options) -> Program:
        home = Home(tmp_path / f"home{len(started)}", on or server)
        started.append(Program(home, *words, **options))
        return started[-1]

    yield start
    for program in started:
        program.clear()


@pytest.fixture
def make_rig(server):
    """Rigs that are unplugged after the test."""
    made = []

    def make(on=None, **options) -> Rig:
        made.append(Rig(on or server, **options))
        return made[-1]

    yield make
    for rig in made:
        rig.close()
