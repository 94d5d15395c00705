import time

import numpy as np
import pytest

from imm_audio.engine import Engine, Settings
from imm_audio.host import Host, find
from imm_audio.sound_devices import UnknownDevice

DEADLINE_S = 20.0


def wait_until(question):
    end_s = time.monotonic() + DEADLINE_S
    while not question():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_time_goes_on_without_a_sound_card():
    engine = Engine.create(Settings(48000.0, 2))
    host = Host(engine, "null", 64)
    host.open(None)
    wait_until(lambda: engine.frame >= 4800)
    host.close()
    stopped = engine.frame
    assert stopped % 64 == 0
    assert engine.state["host"]["block_frames"] == host.delay_frames() == 64
    assert engine.frame == stopped


def test_the_clock_of_the_null_device_and_the_engines_frames_agree():
    engine = Engine.create(Settings(48000.0))
    host = Host(engine, "null", 128)
    host.open(None)
    wait_until(lambda: engine.frame > 24000)
    host.watch()
    pair = engine.state["host"]["pairs"][0].copy()
    host.close()
    assert engine.frame_at(float(pair["host_s"]) + 1.0) == pytest.approx(pair["frame"] + 48000, abs=200)


def test_silence_is_asked_for_by_name():
    assert find("null", None, None) is None


def test_an_unknown_device_is_refused_and_never_replaced_by_another():
    with pytest.raises((UnknownDevice, RuntimeError), match=r"no sound device called|PortAudio is missing"):
        find("There is no such thing", None, None)


def test_a_block_is_never_created_with_a_rate_it_cannot_play():
    with pytest.raises(ValueError, match="8000 to 96000"):
        Settings(192000.0)
    with pytest.raises(ValueError, match="0 to 16"):
        Settings(48000.0, 17)
    assert np.isfinite(Engine.create(Settings(96000.0, 16)).process(np.ones((32, 16), "f4"), 32)).all()
