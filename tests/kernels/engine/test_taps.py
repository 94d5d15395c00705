"""The tap ring: what microphones hear, for whoever listens."""
import numpy as np
import pytest

from imm_audio.engine import TAP_SECONDS
from imm_audio.kernels.effects.strip import GAIN_DB, LANES, LOUDEST_INPUT, MUTE
from imm_audio.kernels.engine.events import STRIP
from imm_audio.kernels.rt import GRID
from tests.kernels.engine.studio import RATE, engine, microphone_noise, play, push

FRAMES = 4000 // GRID * GRID


@pytest.mark.parametrize("channels", [1, 5, 8, 9, 16])
@pytest.mark.parametrize("block", [16, 37, 64])
def test_it_holds_the_microphones_sample_by_sample_however_time_is_cut(channels, block):
    made, heard = engine(input_channels=channels), microphone_noise(FRAMES, channels)
    play(made, heard, FRAMES, cuts=range(block, FRAMES, block))
    assert made.copy_taps(0, FRAMES).tobytes() == heard.tobytes()
    assert made.copy_taps(37, 1003).tobytes() == heard[37:1003].tobytes()


def test_it_is_tapped_before_the_strips_and_without_keeping_microphones():
    made, heard = engine(input_channels=2), microphone_noise(FRAMES, 2)
    push(made, [(0, STRIP, 0, MUTE, 0, 1.0), (0, STRIP, 1, GAIN_DB, 0, -40.0)])
    play(made, heard, FRAMES)
    assert made.copy_taps(0, FRAMES).tobytes() == heard.tobytes()
    assert not made.state["keep_microphones"]


def test_what_is_not_a_number_is_silence_in_it():
    made, heard = engine(input_channels=3), microphone_noise(FRAMES, 3)
    heard[5] = np.nan, np.inf, 1.01 * LOUDEST_INPUT
    play(made, heard, FRAMES)
    assert not made.copy_taps(5, 6).any()


def test_it_costs_no_memory_without_microphones_and_a_lane_of_eight_with_one():
    steps = [made.taps.shape for made in (engine(), engine(input_channels=1), engine(input_channels=9))]
    assert [groups for _, groups, _, _ in steps] == [0, 1, 2]
    assert all(shape[2:] == (GRID, LANES) for shape in steps)
    assert TAP_SECONDS <= engine(input_channels=1).tap_frames / RATE < 2.5 * TAP_SECONDS


def test_it_goes_round_and_keeps_the_newest():
    made = engine(input_channels=1)
    frames = made.tap_frames + 5 * GRID
    heard = (np.arange(frames, dtype="f4") % 8191 / 8192)[:, None]
    play(made, heard, frames)
    assert made.frame == frames
    assert made.copy_taps(5 * GRID, frames).tobytes() == heard[5 * GRID:].tobytes()
