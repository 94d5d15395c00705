"""Chorus: how far the copies drift, how wide they are, and that nothing clicks."""
import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.chorus import (
    CHORUS,
    COPY_GAIN,
    MIDDLE_S,
    chorus_at_rest,
    chorus_process,
    chorus_reset,
    chorus_tune,
)
from imm_audio.kernels.rt import GRID, rt

RATE = 48000.0


@rt
def _drive(chorus, x, left, right):
    for at in range(0, x.shape[0], GRID):
        for i in range(GRID):
            chorus.x[i] = x[at + i]
        chorus_process(chorus)
        for i in range(GRID):
            left[at + i] = chorus.left[i]
            right[at + i] = chorus.right[i]


def chorus_of(depth=0.5, rate_hz=0.6, level=1.0, rate=RATE):
    chorus = np.zeros(1, CHORUS)[0]
    chorus_reset(chorus, rate)
    chorus_tune(chorus, depth, rate_hz, level)
    chorus["sway"], chorus["level"] = chorus["sway_to"], chorus["level_to"]
    return chorus


def heard(chorus, x):
    x = np.ascontiguousarray(x, "f4")
    out = np.empty((2, len(x)), "f4")
    _drive(chorus, x, *out)
    return out.astype("f8")


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
def test_copies_come_at_their_times_two_in_each_ear(rate):
    chorus = chorus_of(depth=0.0, rate=rate)
    heard(chorus, np.r_[1e-5, np.zeros(int(rate) // GRID * GRID - 1)])
    x = np.zeros(3200)
    x[0] = 1.0
    out = heard(chorus, x)
    for side, copies in zip(out, ((0, 2), (1, 3)), strict=True):
        assert side.sum() == pytest.approx(2 * COPY_GAIN, rel=1e-4)
        at = np.sort(np.argsort(np.abs(side))[-8:])
        for k in copies:
            assert np.abs(at - MIDDLE_S[k] * rate).min() < 1.0


@pytest.mark.parametrize(("depth", "rate_hz"), [(0.3, 0.3), (1.0, 0.4), (1.0, 0.8)])
def test_the_pitch_of_a_copy_moves_by_a_quarter_of_a_semitone_at_most(depth, rate_hz):
    x = 0.5 * np.sin(2 * np.pi * 4000 * np.arange(int(4 * RATE)) / RATE)
    out = heard(chorus_of(depth, rate_hz), x)[0][4800:]
    hz, power = signal.welch(out, RATE, "blackmanharris", nperseg=65536, detrend=False, scaling="spectrum")
    inside = np.abs(1200 * np.log2(np.maximum(hz, 1) / 4000)) < 27
    assert power[~inside].sum() < 1e-4 * power[inside].sum()


@pytest.mark.parametrize(("hz", "noise_db"), [(2000.0, -80.0), (4000.0, -65.0), (8000.0, -42.0)])
def test_high_tones_keep_their_level_and_bring_no_noise(hz, noise_db):
    x = 0.5 * np.sin(2 * np.pi * hz * np.arange(int(4 * RATE)) / RATE)
    out = heard(chorus_of(1.0, 0.5), x)
    f, power = signal.welch(out[0][4800:], RATE, "blackmanharris", nperseg=65536, detrend=False, scaling="spectrum")
    away = np.abs(f - hz) > 400.0
    assert 10 * np.log10(power[away].max() / power.max()) < noise_db
    rms = np.sqrt((out[:, 4800:] ** 2).mean())
    assert rms == pytest.approx(0.5 / np.sqrt(2), rel=0.3)  # copies add in power


def test_left_and_right_differ():
    x = 0.1 * np.random.default_rng(3).standard_normal(int(2 * RATE))
    left, right = heard(chorus_of(), x)
    assert abs(np.corrcoef(left[4800:], right[4800:])[0, 1]) < 0.2


def test_moving_the_knobs_makes_no_click():
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(48000) / RATE)
    chorus = chorus_of(0.1, 0.3)
    heard(chorus, tone)
    chorus_tune(chorus, 1.0, 1.0, 0.5)
    out = heard(chorus, tone)
    chorus_tune(chorus, 0.0, 0.1, 1.0)
    out = np.concatenate([out, heard(chorus, tone)], axis=1)
    sos = signal.butter(6, 3000, "highpass", fs=RATE, output="sos")
    assert np.abs(signal.sosfilt(sos, out))[:, 2000:].max() < 0.3 * 10 ** (-60 / 20)


def test_silence_is_silence_and_costs_nothing():
    chorus = chorus_of()
    assert not heard(chorus, np.zeros(1600)).any()
    assert chorus["position"] == 0
    heard(chorus, np.ones(1600))
    assert not chorus_at_rest(chorus)
    heard(chorus, np.zeros(8000))
    assert chorus_at_rest(chorus)
    assert not heard(chorus, np.zeros(1600)).any()


@settings(deadline=None, max_examples=20)
@given(values=st.lists(st.floats(width=32), min_size=1, max_size=20), depth=st.floats(), rate_hz=st.floats(), level=st.floats())
def test_any_sound_and_any_setting_stay_finite(values, depth, rate_hz, level):
    chorus = np.zeros(1, CHORUS)[0]
    chorus_reset(chorus, RATE)
    chorus_tune(chorus, depth, rate_hz, level)
    assert np.isfinite(heard(chorus, np.resize(np.array(values, "f4"), GRID * 300))).all()
