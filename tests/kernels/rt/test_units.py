"""Conversions: closed forms, and what is clamped."""
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.kernels.rt.units import clamp, decay_per_frame, gain_of_db, hz_of_key, smoothing

anything = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(("db", "gain"), [(0.0, 1.0), (20.0, 10.0), (-20.0, 0.1), (6.0205999, 2.0), (-119.9, 10 ** -5.995),
                                          (-120.0, 0.0), (-1e9, 0.0), (float("nan"), 0.0), (60.0, 1000.0), (1e9, 1000.0)])
def test_a_level_difference_is_a_factor_held_between_silence_and_sixty_decibels(db, gain):
    assert gain_of_db(db) == pytest.approx(gain, rel=1e-7, abs=0)


@pytest.mark.parametrize(("key", "hz"), [(69.0, 440.0), (57.0, 220.0), (60.0, 261.6255653), (69.5, 452.8929841),
                                         (21.0, 27.5), (108.0, 4186.009045)])
def test_keys_are_those_of_a_piano_at_440(key, hz):
    assert hz_of_key(key) == pytest.approx(hz, rel=1e-9)


@given(st.floats(0.01, 20.0), st.sampled_from([8000.0, 44100.0, 48000.0, 96000.0]))
def test_a_decay_falls_by_sixty_decibels_in_its_time(t60_s, rate):
    assert decay_per_frame(t60_s, rate) ** (t60_s * rate) == pytest.approx(1e-3, rel=1e-6)


@given(st.floats(1e-3, 20.0), st.sampled_from([8000.0, 44100.0, 48000.0, 96000.0]))
def test_a_glide_is_within_one_part_in_e_after_its_time_constant(time_s, rate):
    assert (1.0 - smoothing(time_s, rate)) ** (time_s * rate) == pytest.approx(1 / math.e, rel=1e-6)


@given(anything, st.sampled_from([8000.0, 96000.0]))
def test_no_time_makes_a_glide_or_a_decay_unstable(time_s, rate):
    if not math.isnan(time_s):
        assert 0.0 <= smoothing(time_s, rate) <= 1.0
        assert 0.0 <= decay_per_frame(time_s, rate) <= 1.0


@given(anything, st.floats(-10, 0), st.floats(0, 10))
def test_clamp_gives_a_number_inside_whatever_it_is_given(x, low, high):
    found = clamp(x, low, high)
    assert low <= found <= high
    assert found == x or not low <= x <= high


def test_clamp_takes_nan_for_the_lowest():
    assert clamp(float("nan"), -3.0, 5.0) == -3.0
