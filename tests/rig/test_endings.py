"""However a session ends: the take is closed, what was counted is written, and nothing of it stays on the machine."""
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
import soundfile

from imm_audio.block import open_block
from tests.rig.jack_rig import RATE
from tests.rig.sounds import choose_click, choose_sound, note, steady_noise

PIANO = 0


def assert_gone(program) -> None:
    assert not program.living
    assert not program.home.running
    with pytest.raises(FileNotFoundError):
        open_block(program.block)


@pytest.fixture
def played(start, make_rig):
    """A session in which two keyboards and two microphones were heard, quietly enough for the limiter to rest."""
    rig = make_rig(keyboards=2, microphones=2)
    program = start("--inputs", "2", "--record-microphones", "--everyone-agrees", take="Hello song")
    rig.connect()
    rig.wait_for_keyboards()
    program.wait_for_instruments(2)
    rig.speak(steady_noise(2), loop=True)
    begun = rig.soon()
    rig.send([(begun, 0, message) for message in (*choose_click(), note())])
    rig.send([(begun + 100 + n * 9600, 1, message) for n in range(5) for message in (*choose_sound(PIANO), note(60, 60))])
    rig.ear.wait(begun + RATE + RATE // 2)
    return program, rig


def mixed_again(folder) -> tuple[np.ndarray, np.ndarray]:
    """The mix of a take, and the sum of its stems, in steps of 24 bits."""
    sounds = {path.name: soundfile.read(path, dtype="int32")[0] >> 8 for path in folder.glob("*.wav")}
    return sounds.pop("mix.wav"), sum(sounds.values())


def test_ctrl_c_ends_cleanly_and_the_take_is_whole(played):
    program, rig = played
    assert program.end(signal.SIGINT) == 0
    assert_gone(program)
    assert not rig.audio_ports(True)
    assert "Takes are in" in program.said

    stats, facts, take = program.stats, program.facts, program.take
    assert {"frames", "blocks", "seconds", "delivered_ratio", "xruns", "callback_us", "block_us", "events", "faults",
            "peak_dbfs"} <= set(stats)
    assert stats["frames"] > 1.5 * RATE
    assert stats["events"]["received"] == stats["events"]["applied"] > 0
    assert {"player 1", "player 2", "microphone 1", "microphone 2"} <= set(stats["peak_dbfs"])
    assert facts["closed"]
    assert take.name == "Hello song"

    names = {path.name for path in take.glob("*.wav")}
    assert {"mix.wav", "room.wav", "microphone-01.wav", "microphone-02.wav", "microphone-room.wav"} <= names
    assert len(names) == 7
    mix, again = mixed_again(take)
    assert len(mix) == facts["frames"]
    assert np.abs(mix).max() > 2**16
    # each of seven files is rounded by half a step, and the mix adds up in float32
    assert np.abs(mix - again).max() <= 0.5 * 7 + 1
    if shutil.which("sox"):
        said = subprocess.run(["sox", "--info", str(take / "mix.wav")], capture_output=True, text=True, check=True).stdout
        assert f"= {facts['frames']} samples" in said
        assert "24-bit" in said


def test_a_closed_window_ends_cleanly(start, make_rig):
    rig = make_rig(keyboards=1, microphones=1)
    program = start()
    rig.wait_for_keyboards()
    rig.send([(rig.soon(), 0, message) for message in (*choose_click(), note())])
    rig.ear.wait(rig.soon(0.5))
    began_s = time.monotonic()
    assert program.end(signal.SIGHUP) == 0
    assert time.monotonic() - began_s < 10.0
    assert_gone(program)
    assert program.facts["closed"]
    assert program.stats["frames"] > 0


def test_it_ends_by_itself_after_the_seconds_it_was_given(start):
    program = start("--seconds", "1", take=None)
    assert program.process.wait(15.0) == 0
    assert_gone(program)
    assert program.stats["seconds"] >= 1.0
    assert not (program.session / "takes").exists() or not list((program.session / "takes").iterdir())
