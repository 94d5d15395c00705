"""What cannot be done is said in one plain sentence, with what can be done instead, and status 1."""
import contextlib
from pathlib import Path

import pytest

from tests.rig.program import Home


def blocks() -> set[Path]:
    return set(Path("/dev/shm").glob("imm_*"))


def orphans(found: set[Path]) -> set[Path]:
    """Those that no process uses: other programs on this machine may have come meanwhile."""
    used = ""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            used += maps.read_text()
    return {path for path in found if path.name not in used}


@pytest.fixture(scope="module")
def live(home: Home):
    def live(*words: str) -> str:
        before = blocks()
        found = home.run("live", "--seconds", "1", *words)
        assert found.returncode == 1, found.stdout
        assert "Traceback" not in found.stdout
        assert not home.running
        assert not orphans(blocks() - before)
        return found.stdout
    return live


def test_an_unknown_device_names_those_there_are_and_the_nearest(live, home):
    said = live("--audio-device", "sistem", "--session", str(home.folder))
    assert "There is no sound device called 'sistem'" in said
    assert "Did you mean 'system'?" in said
    assert "'null'" in said


def test_a_rate_the_server_does_not_run_at_names_those_that_work(live, home):
    said = live("--rate", "44100", "--session", str(home.folder))
    assert "44100" in said
    assert "48000" in said
    assert "--rate" in said


def test_more_microphones_than_there_are_names_how_many_there_are(live, home):
    assert "has 8 inputs, 9 were asked for" in live("--inputs", "9", "--session", str(home.folder))


def test_a_number_out_of_range_names_the_range(live, home):
    assert "44100 to 96000" in live("--rate", "8000", "--session", str(home.folder))


@pytest.mark.parametrize("where", ["a file/session", "/proc/session"])
def test_a_folder_that_cannot_be_written_is_named_and_nothing_starts(live, home, where):
    (home.folder / "a file").write_text("no folder")
    folder = str(home.folder / where)
    assert folder.rpartition("/")[0] in live("--session", folder, "--take", "a")


def test_an_unknown_midi_port_names_those_there_are_and_the_music_goes_on(start, make_rig):
    make_rig(keyboards=1)
    program = start("--midi", "keybord_0", "--seconds", "2", take=None)
    assert program.process.wait(15.0) == 0
    assert "keybord_0" in program.said
    assert "rig keyboard_0" in program.said
