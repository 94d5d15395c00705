"""Processes are killed while the music plays and a take is written; what is heard and what is kept stay whole."""
import os
import signal

import numpy as np
import pytest
import soundfile

from imm_audio.block import ENGINE, PARENT, SCRIBE, open_block
from imm_audio.kernels.effects.strip import HIGHPASS_HZ, RATIO, SEND_DB
from imm_audio.kernels.engine.events import STRIP
from tests.rig.jack_rig import RATE
from tests.rig.program import wait_until
from tests.rig.sounds import breaks, choose_click, note, steady_noise

BACK_S = 3.0
LOST_S = 2.0


@pytest.fixture
def steady(start, make_rig):
    """A session that records noise with a known period, through strips that change nothing."""
    rig = make_rig(keyboards=1, microphones=1)
    program = start("--inputs", "1", "--record-microphones", "--everyone-agrees")
    rig.connect()
    rig.wait_for_keyboards()
    for parameter, value in ((HIGHPASS_HZ, 0.0), (RATIO, 1.0), (SEND_DB, -120.0)):
        program.push(STRIP, 0, parameter, 0.0, value)
    begun = rig.speak(steady_noise(), loop=True)
    rig.ear.wait(begun + RATE)
    return program, rig, begun + RATE


def kill_and_wait(program, process: int) -> float:
    """Seconds until another process has taken its place."""
    old = program.pid(process)
    assert old > 0
    os.kill(old, signal.SIGKILL)
    if old == program.process.pid:
        program.process.wait(5.0)
    return wait_until(lambda: program.pid(process) not in (0, old), BACK_S, f"process {process} to come back")


def steady_part(path) -> np.ndarray:
    """The noise in a file of the take, without its beginning."""
    sound = soundfile.read(path, dtype="float32")[0][:, 0]
    first = np.flatnonzero(sound)[0] + RATE // 2
    return sound[first:]


def test_recorder_and_parent_are_killed_and_nobody_hears_it(steady):
    program, rig, from_frame = steady
    engine_pid, take = program.pid(ENGINE), program.take
    for process in (SCRIBE, PARENT, SCRIBE):
        kill_and_wait(program, process)
        rig.ear.wait(rig.now + RATE // 2)
    assert program.pid(ENGINE) == engine_pid
    assert "recorder had to be started again" in program.notices
    heard = rig.heard(from_frame, rig.now)
    assert np.abs(heard).max() > 0.01
    assert breaks(heard[:, 0]) <= rig.lapses  # none on a machine that keeps up

    assert "Ending the session" in program.home.run("stop").stdout
    wait_until(lambda: not program.living, 15.0, "the end")
    facts = program.facts
    assert program.take == take
    assert facts["closed"]
    assert facts["lost_frames"] == 0
    assert {soundfile.info(path).frames for path in take.glob("*.wav")} == {facts["frames"]}
    assert facts["frames"] > rig.now - from_frame - RATE  # all but the second that ending takes at most
    for name in ("mix.wav", "microphone-01.wav"):
        assert breaks(steady_part(take / name)) <= rig.lapses
    assert program.stats["lost_frames"] == 0


def test_everything_is_killed_and_the_take_is_repaired(steady):
    program, rig, _ = steady
    rig.send([(rig.soon() + 4800 * n, 0, message) for n in range(20) for message in (*choose_click(), note())])
    rig.ear.wait(rig.now + 3 * RATE)
    start_frame = program.facts["start_frame"]
    played = program.engine.frame - start_frame
    program.kill_all()
    wait_until(lambda: not program.living, 5.0)

    said = program.home.run("takes", "recover", "--session", str(program.session)).stdout
    assert "was repaired" in said
    facts = program.facts
    assert facts["closed"]
    assert facts["frames"] > played - LOST_S * RATE
    assert {soundfile.info(path).frames for path in program.take.glob("*.wav")} == {facts["frames"]}
    assert breaks(steady_part(program.take / "microphone-01.wav")) <= rig.lapses
    assert sum(line["kind"] == "note_on" for line in program.log) > 5
    assert "Every take is whole" in program.home.run("takes", "recover", "--session", str(program.session)).stdout

    assert "No session runs" in program.home.run("stop").stdout  # and clears what the killed one left
    with pytest.raises(FileNotFoundError):
        open_block(program.block)


def test_a_killed_engine_is_back_within_three_seconds(steady):
    program, rig, _ = steady
    back_s = kill_and_wait(program, ENGINE)
    rig.connect()
    wait_until(lambda: np.abs(rig.heard(rig.now, rig.now + 480)).max() > 0.01, BACK_S - back_s + 1.0, "sound")
    assert "sound engine had to be started again" in program.notices
    rig.wait_for_keyboards()
    assert program.end() == 0
    assert program.facts["closed"]
