"""What the callback tells about the host: clock, blocks, losses, cost."""
import ctypes

import numpy as np
import pytest

from imm_audio.kernels.engine.callback import CLOCK_JUMP_S, TIME_INFO, callback
from imm_audio.kernels.engine.state import BINS_PER_US, TIME_BINS
from tests.kernels.engine.studio import RATE, engine, play

#: As PortAudio calls it.
CALL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong,
                        ctypes.c_void_p)(callback.address)


def call(made, frames, flags=0, now_s=0.0):
    """One call by hand; what it returns."""
    time_info, out = np.zeros(1, TIME_INFO), np.full((frames, int(made.state["output_channels"])), 7.0, "f4")
    time_info["now_s"] = now_s
    heard = np.zeros((frames, int(made.state["input_channels"])), "f4")
    result = CALL(heard.ctypes.data, out.ctypes.data, frames, time_info.ctypes.data, flags, made.address)
    assert not (out == 7.0).any()  # every sample was written
    return result


def test_it_always_says_continue_and_fills_the_block():
    made = engine(output_channels=3)
    assert {call(made, frames) for frames in (1, 16, 64, 1000)} == {0}


def test_it_works_without_an_input():
    made = engine()
    out = np.full((64, 2), 7.0, "f4")
    time_info = np.zeros(1, TIME_INFO)
    assert CALL(None, out.ctypes.data, 64, time_info.ctypes.data, 0, made.address) == 0
    assert not out.any()


@pytest.mark.parametrize(("flags", "lost"), [(0, 0), (1, 0), (2, 1), (4, 1), (6, 1), (8, 0), (16, 0), (31, 1)])
def test_it_counts_blocks_whose_sound_was_lost(flags, lost):
    made = engine()
    call(made, 64, flags)
    assert made.state["host"]["xruns"] == lost


@pytest.mark.parametrize("block", [16, 64, 100])
def test_frames_of_any_time_are_found_from_the_clock_of_the_host(block):
    made, start_s = engine(), 1000.0
    late = np.random.default_rng(6).uniform(-0.003, 0.003, 2000)  # the host wakes early and late
    for n in range(2000):
        call(made, block, now_s=start_s + n * block / RATE + late[n])
    now_s = start_s + 2000 * block / RATE
    assert made.frame_at(now_s) == pytest.approx(2000 * block, abs=0.003 * RATE)
    assert made.frame_at(now_s + 0.5) - made.frame_at(now_s) == pytest.approx(0.5 * RATE, abs=1)


def test_after_a_pause_longer_than_any_delay_the_clock_jumps():
    made = engine()
    for n in range(10):
        call(made, 80, now_s=n * 0.01)
    call(made, 80, now_s=0.1 + 20 * CLOCK_JUMP_S)
    assert made.frame_at(0.1 + 20 * CLOCK_JUMP_S) == 800


def test_frames_that_the_host_did_not_ask_for_are_seen_as_missing():
    made = engine()
    for n in range(100):
        call(made, 80, now_s=n * 0.01 if n < 50 else 0.04 + n * 0.01)  # 320 frames later once
    host = made.state["host"]
    assert host["delivered_frames"] == 99 * 80
    assert host["expected_frames"] == pytest.approx(99 * 80 + 320, abs=1e-3)
    assert (host["calls"][0], host["block_frames"], host["largest_block"]) == (100, 80, 80)


def test_what_callbacks_cost_is_counted_once_each():
    made = engine()
    made.state["host"]["cycles_per_us"] = 1e-3  # so slow a counter that every block counts as very long
    play(made, None, 640, cuts=range(64, 640, 64))
    bins = made.state["host"]["time_bins"]
    assert bins.sum() == 10
    assert bins[TIME_BINS - 1] == 10
    assert made.state["host"]["max_us"] > TIME_BINS / BINS_PER_US
    other = engine()  # speed unknown
    play(other, None, 64)
    assert other.state["host"]["time_bins"][0] == 1
