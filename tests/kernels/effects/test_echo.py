"""Echo: where repeats fall, how they fade, and what happens when the tempo moves."""
from itertools import pairwise

import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.echo import ECHO, LONGEST_S, echo_at_rest, echo_process, echo_reset, echo_tune
from imm_audio.kernels.rt import GRID, rt

RATE = 48000.0
OPEN_HZ = 20000.0


@rt
def _drive(echo, x, beats_per_frame, left, right):
    for at in range(0, x.shape[0], GRID):
        for i in range(GRID):
            echo.x[i] = x[at + i]
        echo_process(echo, beats_per_frame[at // GRID])
        for i in range(GRID):
            left[at + i] = echo.left[i]
            right[at + i] = echo.right[i]


def echo_of(beats=0.5, feedback=0.5, tone_hz=4000.0, level=1.0, rate=RATE):
    echo = np.zeros(1, ECHO)[0]
    echo_reset(echo, rate)
    echo_tune(echo, beats, feedback, tone_hz, level)
    heard(echo, np.r_[1e-5, np.zeros(GRID * 4000 - 1)], 120.0, rate)  # lets the level arrive
    echo["rest"] = 1 << 20
    return echo


def heard(echo, x, bpm=120.0, rate=RATE):
    """Left and right, float64 (2, frames); bpm: one number, or one for each grid step."""
    x = np.ascontiguousarray(x, "f4")
    out = np.empty((2, len(x)), "f4")
    _drive(echo, x, np.broadcast_to(np.asarray(bpm, "f8") / 60 / rate, len(x) // GRID).copy(), *out)
    return out.astype("f8")


def impulse(seconds, rate=RATE):
    x = np.zeros(int(seconds * rate) // GRID * GRID)
    x[0] = 1.0
    return x


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize(("beats", "bpm", "delay_s"), [(0.5, 120, 0.25), (1, 90, 2 / 3), (0.125, 120, 0.0625), (4, 40, 1.5)])
def test_repeats_fall_on_the_beat_by_turns_left_and_right(beats, bpm, delay_s, rate):
    echo = echo_of(beats, 0.5, rate=rate)
    left, right = heard(echo, impulse(2.4 * delay_s, rate), bpm, rate)
    assert np.abs(left).argmax() == pytest.approx(delay_s * rate, abs=2)
    assert np.abs(right).argmax() == pytest.approx(2 * delay_s * rate, abs=4)
    assert left.max() == pytest.approx(1.0, rel=1e-3)


def test_a_delay_that_is_too_long_is_halved_until_it_fits():
    left, _ = heard(echo_of(4.0), impulse(2.6), 30.0)  # 8 s, 4 s, 2 s
    assert np.abs(left).argmax() == pytest.approx(2.0 * RATE, abs=1)
    assert LONGEST_S >= 2.0


def test_each_repeat_is_softer_and_darker():
    left, right = heard(echo_of(0.5, 0.6, 3000.0), impulse(1.6))
    repeats = [side[int(at * RATE) - 10:int((at + 0.2) * RATE)]
               for side, at in ((left, 0.25), (right, 0.5), (left, 0.75), (right, 1.0))]
    energy = [(r ** 2).sum() for r in repeats]
    bright = [(np.diff(r) ** 2).sum() / (r ** 2).sum() for r in repeats]
    assert all(b < a * 0.6 ** 2 * 1.05 for a, b in pairwise(energy))
    assert all(b < a for a, b in pairwise(bright))
    low = [np.abs(np.fft.rfft(r, 48000))[60] for r in repeats[:2]]
    assert low[1] < 0.6 * 0.5 * low[0]  # 60 Hz lies well below the low-cut


@pytest.mark.parametrize("way", [[120.0, 126.0], [120.0, 60.0], [100.0, 101.0]])
def test_a_change_of_tempo_bends_no_pitch_and_clicks_nowhere(way):
    n = int(2 * RATE) // GRID * GRID
    tone = 0.25 * np.sin(2 * np.pi * 441.3 * np.arange(2 * n) / RATE)
    bpm = np.repeat(way, n // GRID)
    left, _ = heard(echo_of(0.5, 0.0), tone, bpm)
    left = left[int(0.7 * RATE):]
    hz, power = signal.welch(left, RATE, "blackmanharris", nperseg=16384, detrend=False, scaling="spectrum")
    away = np.abs(hz - 441.3) > 60.0
    assert 10 * np.log10(power[away].max() / power.max()) < -60.0
    sos = signal.butter(6, 3000, "highpass", fs=RATE, output="sos")
    assert np.abs(signal.sosfilt(sos, left))[2000:].max() < 0.25 * 10 ** (-60 / 20)


def test_the_echo_goes_on_following_a_tempo_that_never_rests():
    bpm = np.linspace(100.0, 130.0, int(4 * RATE) // GRID)
    x = np.zeros(len(bpm) * GRID)
    x[int(3.5 * RATE) // GRID * GRID] = 1.0
    left, _ = heard(echo_of(0.5, 0.0), x, bpm)
    late = np.abs(left).argmax() / RATE - 3.5
    now = bpm[int((3.5 + late) * RATE) // GRID]
    assert late == pytest.approx(30.0 / now, abs=0.003)  # 1 ms, and what the tempo moves in 50 ms


def test_silence_is_silence_and_rests_after_the_last_repeat():
    echo = echo_of()
    assert echo_at_rest(echo)
    assert not heard(echo, np.zeros(1600)).any()
    heard(echo, impulse(0.1))
    assert not echo_at_rest(echo)
    heard(echo, np.zeros(int(16 * RATE)))
    assert echo_at_rest(echo)
    assert not heard(echo, np.zeros(1600)).any()


def test_the_level_glides():
    x = 0.2 * np.sin(2 * np.pi * 220 * np.arange(48000) / RATE)
    echo = echo_of(0.125, 0.0)
    heard(echo, x)
    echo_tune(echo, 0.125, 0.0, 4000.0, 0.0)
    out = heard(echo, x)
    assert np.abs(np.diff(out[0])).max() < 0.2 * 2 * np.pi * 220 / RATE * 1.1
    assert np.abs(out[:, -4800:]).max() < 1e-6


@settings(deadline=None, max_examples=20)
@given(values=st.lists(st.floats(width=32), min_size=1, max_size=20), beats=st.floats(), feedback=st.floats(),
       tone_hz=st.floats(), level=st.floats(), bpm=st.floats())
def test_any_sound_any_setting_and_any_tempo_stay_finite(values, beats, feedback, tone_hz, level, bpm):
    echo = np.zeros(1, ECHO)[0]
    echo_reset(echo, RATE)
    echo_tune(echo, beats, feedback, tone_hz, level)
    out = heard(echo, np.resize(np.array(values, "f4"), GRID * 300), bpm)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 256.0 * 4.0 * 11.0
