"""The process that records: killed, told to end, left alone."""
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from imm_audio import scribe as scribe_module
from imm_audio.alive import is_running
from imm_audio.block import PARENT, SCRIBE
from imm_audio.engine import MIX_LAG_FRAMES
from imm_audio.room.recorder import Recorder, ask_to_record, ask_to_stop
from imm_audio.room.takes import find_takes, recover
from imm_audio.scribe import MISSED_S, PARENT_START_S, ParentWatch
from tests.room.ensemble import RATE, Ensemble, contents, facts, sounds

FRAMES = 12 * RATE
NOTES = [(n % 5, 300 + 1500 * n) for n in range(60)]
#: Longest wait for another process; nothing depends on how long it takes.
PATIENCE_S = 60.0


def start(ensemble: Ensemble) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "imm_audio.scribe", ensemble.name], stderr=subprocess.PIPE)


def wait_until(condition) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.005)


def drive(ensemble: Ensemble, until: int, ahead_s: float) -> None:
    """Let time pass twice as fast as it does, but never further ahead of the scribe than given."""
    engine, take = ensemble.engine, ensemble.take_state
    while engine.frame < until:
        wait_until(lambda: engine.frame - take["next_frame"] < ahead_s * RATE)
        engine.process(None, 80)
        time.sleep(80 / RATE / 2)


def ended(process: subprocess.Popen) -> int:
    code = process.wait(PATIENCE_S)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    return code


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_a_scribe_killed_again_and_again_loses_nothing(tmp_path, make_ensemble):
    """The same bytes as from a recorder that nobody disturbed."""
    quiet = make_ensemble(session=tmp_path / "quiet")
    quiet.play(*NOTES)
    recorder = Recorder(quiet.engine)
    ask_to_record(quiet.engine, "a")
    recorder.round()
    for _ in range(12):
        quiet.drive(RATE)
        while recorder.round():
            pass
    recorder.end()

    rough = make_ensemble(shared=True, session=tmp_path / "rough")
    rough.play(*NOTES)
    ask_to_record(rough.engine, "a")
    music = threading.Thread(target=drive, args=(rough, FRAMES, 8.0))
    music.start()
    random = np.random.default_rng(4)
    for _ in range(3):
        scribe, begun = start(rough), int(rough.take_state["next_frame"])
        wait_until(lambda begun=begun: rough.take_state["next_frame"] > begun or not music.is_alive())
        time.sleep(random.uniform(0, 0.3))
        scribe.kill()
        scribe.wait()
    scribe = start(rough)
    music.join()
    ask_to_stop(rough.engine)
    wait_until(lambda: rough.take_state["served"] == 2)
    rough.engine.header["stop"] = 1
    assert ended(scribe) == 0

    assert facts(rough.folder)["lost_frames"] == 0
    assert len(contents(rough.folder)) == 5 + 3
    assert contents(rough.folder) == contents(quiet.folder)


def test_when_everything_is_killed_less_than_two_seconds_are_lost(tmp_path, make_ensemble):
    ensemble = make_ensemble(shared=True)
    ensemble.play(*NOTES)
    ask_to_record(ensemble.engine, "a")
    scribe = start(ensemble)
    drive(ensemble, 3 * RATE, 0.5)
    scribe.kill()
    scribe.wait()
    length = max(len(sound) for sound in sounds(ensemble.folder).values())  # what headers say, before any repair
    assert length > ensemble.engine.frame - 2 * RATE
    assert len(recover(ensemble.session)) == 1
    take = facts(ensemble.folder)
    assert take["closed"]
    assert take["frames"] > ensemble.engine.frame - 2 * RATE
    assert {len(sound) for sound in sounds(ensemble.folder).values()} == {take["frames"]}


@pytest.mark.parametrize("how", ["stop", "terminate"])
def test_told_to_end_it_closes_the_take_whole(make_ensemble, how):
    ensemble = make_ensemble(shared=True)
    scribe = start(ensemble)
    wait_until(lambda: ensemble.engine.header["processes"][SCRIBE]["alive_s"] > 0)
    assert ensemble.engine.header["processes"][SCRIBE]["pid"] == scribe.pid
    if sys.platform != "win32":
        scribe.send_signal(signal.SIGINT)  # not its business
    ask_to_record(ensemble.engine, "a")
    wait_until(lambda: ensemble.take_state["folder"])
    assert recover(ensemble.session) == []  # somebody writes it
    ensemble.play(*NOTES)
    ensemble.drive(RATE)
    if how == "stop":
        ensemble.engine.header["stop"] = 1
    else:
        scribe.terminate()
    assert ended(scribe) == 0
    (take,) = find_takes(ensemble.session)
    assert take.closed
    assert facts(ensemble.folder)["frames"] == RATE - MIX_LAG_FRAMES
    assert ensemble.engine.header["processes"][SCRIBE]["pid"] == 0


class FakeParent:
    def __init__(self):
        self.started = 0

    def __call__(self):
        self.started += 1
        return self

    def poll(self):
        return None


def test_a_parent_that_died_is_replaced_once_in_a_while(ensemble):
    header, parent = ensemble.engine.header, FakeParent()
    watch = ParentWatch(header, parent)
    watch.look(100.0)
    watch.look(200.0)
    assert parent.started == 0  # there was none to miss
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    header["processes"][PARENT]["pid"] = gone.pid
    assert not is_running(gone.pid)
    watch.look(200.0 + MISSED_S / 2)
    assert parent.started == 0
    for now_s in (200.1 + MISSED_S, 201.0, 202.0, 200.0 + PARENT_START_S):
        watch.look(now_s)
    assert parent.started == 1
    watch.look(201.0 + PARENT_START_S)
    assert parent.started == 2
    header["stop"] = 1
    watch.look(300.0)
    assert parent.started == 2


def test_a_zombie_is_not_running():
    child = subprocess.Popen([sys.executable, "-c", ""])
    wait_until(lambda: not is_running(child.pid))
    child.wait()
    assert not is_running(0)


def test_without_a_block_it_says_so(monkeypatch):
    monkeypatch.setattr(scribe_module, "BLOCK_WAIT_S", 0.0)
    with pytest.raises(FileNotFoundError):
        scribe_module.attach("imm-test-no-such-block")
