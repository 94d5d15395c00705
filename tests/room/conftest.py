"""Ensembles for the tests of takes."""
import itertools
import uuid
from pathlib import Path

import pytest

from tests.room.ensemble import Ensemble
from tests.room.meeting import Meeting


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


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Somebody's own folder, empty at first."""
    folder = tmp_path / "own"
    for name in ("people", "instruments", "controllers", "songs", "styles"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(folder))
    return folder


@pytest.fixture
def meet(tmp_path, own, monkeypatch):
    """Meetings in one folder; they end with the test."""
    monkeypatch.setattr("imm_audio.room.tunes.READ_S", 60.0)  # however busy this computer is
    monkeypatch.setattr("imm_audio.doctor.probe_power", list)  # and however little is well with it
    monkeypatch.setattr("imm_audio.doctor.probe_disk", lambda folder: [])
    made = []

    def make(**wishes) -> Meeting:
        made.append(Meeting(tmp_path / "session", **wishes))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def meeting(meet):
    """A meeting with nobody yet."""
    return meet()


@pytest.fixture
def new_meeting_here(meet, tmp_path):
    """Meetings one after the other, each in a folder of its own, none open beside the newest."""
    count, last = itertools.count(), []

    def make() -> Meeting:
        while last:
            last.pop().end()
        last.append(Meeting(tmp_path / f"meeting {next(count)}"))
        return last[0]

    yield make
    for one in last:
        one.end()
