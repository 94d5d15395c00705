"""Parts: where controllers stand, how values get there, and what voices are told."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import (
    PART,
    PART_GLIDE_S,
    VIBRATO_CENTS,
    VIBRATO_HZ,
    part_advance,
    part_jump,
    part_loudness,
    part_reset,
)

RATE = 48000.0


def fresh():
    part = np.zeros(1, PART)[0]
    part_reset(part)
    part_jump(part)
    return part


def advanced(part, steps, field, rate=RATE):
    values = []
    for _ in range(steps):
        part_advance(part, rate)
        values.append(float(part[field]))
    return np.array(values)


@pytest.mark.parametrize(("volume", "expression"), [(1, 1), (0.5, 1), (1, 0.5), (100 / 127, 64 / 127), (0, 1), (1, 0)])
def test_loudness_is_forty_times_the_logarithm_of_volume_and_expression(volume, expression):
    part = fresh()
    part["volume"], part["expression"] = volume, expression
    expected = 10 ** (40 * np.log10(max(volume * expression, 1e-9)) / 20)
    assert part_loudness(part) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_a_reset_puts_controllers_where_general_midi_has_them():
    part = fresh()
    assert (part["bend_cents"], part["modulation"], part["pressure"], part["expression"]) == (0, 0, 0, 1)
    assert part["volume"] == np.float32(100 / 127)


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
def test_a_bend_glides_with_its_time_constant_and_arrives_exactly(rate):
    part = fresh()
    part["bend_cents"] = 200.0
    part["moving"] = 1
    steps = int(0.1 * rate / GRID)
    found = advanced(part, steps, "pitch_cents", rate)
    expected = 200 * (1 - np.exp(-np.arange(1, steps + 1) * GRID / rate / PART_GLIDE_S))
    np.testing.assert_allclose(found, expected, atol=0.06)  # cents; it jumps when 0.05 are left
    assert found[-1] == 200.0
    assert part["moving"] == 0


def test_vibrato_swings_as_far_and_as_fast_as_it_should():
    part = fresh()
    part["modulation"] = 1.0
    advanced(part, 600, "pitch_cents")
    swing = advanced(part, int(4 * RATE / GRID), "pitch_cents")
    assert swing.max() == pytest.approx(VIBRATO_CENTS, rel=0.001)
    assert swing.min() == pytest.approx(-VIBRATO_CENTS, rel=0.001)
    upward = np.flatnonzero((swing[:-1] < 0) & (swing[1:] >= 0))
    assert RATE / GRID / np.diff(upward).mean() == pytest.approx(VIBRATO_HZ, rel=0.01)
    assert part["moving"] == 1  # it vibrates on


@pytest.mark.parametrize(("modulation", "pressure", "share"), [(0.5, 0.0, 0.5), (0.0, 0.25, 0.25), (0.5, 1.0, 1.0)])
def test_wheel_and_pressure_both_make_vibrato_and_the_stronger_counts(modulation, pressure, share):
    part = fresh()
    part["modulation"], part["pressure"] = modulation, pressure
    swing = advanced(part, int(RATE / GRID), "pitch_cents")[1000:]
    assert np.abs(swing).max() == pytest.approx(share * VIBRATO_CENTS, rel=0.01)  # peaks fall between grid steps


def test_vibrato_ends_in_stillness_at_the_bend():
    part = fresh()
    part["modulation"], part["bend_cents"] = 1.0, -30.0
    advanced(part, 1000, "pitch_cents")
    part["modulation"] = 0.0
    advanced(part, 1000, "pitch_cents")
    assert (part["moving"], part["pitch_cents"], part["depth_now"]) == (0, -30.0, 0.0)


def test_volume_glides_without_a_step():
    part = fresh()
    part["volume"] = 0.0
    gains = advanced(part, 500, "gain")
    assert np.abs(np.diff(gains, prepend=(100 / 127) ** 2)).max() < 0.62 * GRID / RATE / PART_GLIDE_S
    assert gains[-1] == 0.0


def test_a_jump_arrives_at_once_and_leaves_the_list_of_what_moves_alone():
    part = fresh()
    advanced(part, 10, "gain")
    part["bend_cents"], part["volume"] = -120.0, 1.0
    for moving in (0, 1):
        part["moving"] = moving
        part_jump(part)
        assert (part["pitch_cents"], part["gain"], part["moving"]) == (-120.0, 1.0, moving)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-9600, 9600), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_whatever_people_do_pitch_and_gain_stay_between_where_they_were_and_where_they_go(moves):
    part = fresh()
    for bend, modulation, pressure, volume in moves:
        part["bend_cents"], part["modulation"], part["pressure"], part["volume"] = bend, modulation, pressure, volume
        low = min(bend, float(part["bend_now"])) - VIBRATO_CENTS - 0.1
        high = max(bend, float(part["bend_now"])) + VIBRATO_CENTS + 0.1
        found = advanced(part, 20, "pitch_cents")
        assert low <= found.min()
        assert found.max() <= high
        assert 0 <= part["gain"] <= 1
