"""The master limiter: never above its ceiling, a grid step late, and untouched sound below."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.limiter import CEILING, LIMITER, RELEASE_S, limiter_process, limiter_reset
from imm_audio.kernels.rt import GRID

RATE = 48000.0


def limited(x, limiter=None):
    """Sound (frames, 2), frames a multiple of GRID, through a limiter, float32 (frames, 2)."""
    if limiter is None:
        limiter = np.zeros(1, LIMITER)[0]
        limiter_reset(limiter, RATE)
    out = np.empty_like(x, "f4")
    for at in range(0, len(x), GRID):
        limiter["left"][:], limiter["right"][:] = x[at:at + GRID].T
        limiter_process(limiter)
        out[at:at + GRID, 0], out[at:at + GRID, 1] = limiter["left"], limiter["right"]
    return out


def gain_of(x, out):
    """Gain that the limiter applied, where x is not too small to tell."""
    return out[GRID:] / x[:-GRID]


def test_sound_below_the_ceiling_comes_out_bit_for_bit_one_grid_step_late():
    x = np.random.default_rng(1).uniform(-CEILING, CEILING, (GRID * 100, 2)).astype("f4")
    out = limited(x)
    assert not out[:GRID].any()
    np.testing.assert_array_equal(out[GRID:], x[:-GRID])


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(2, 40), level=st.sampled_from([0.5, 1.0, 3.0, 100.0, 1e10]),
       density=st.sampled_from([0.002, 0.05, 0.5, 1.0]))
def test_nothing_passes_the_ceiling_whatever_comes(seed, steps, level, density):
    random = np.random.default_rng(seed)
    x = (random.standard_normal((steps * GRID, 2)) * level * (random.random((steps * GRID, 2)) < density)).astype("f4")
    x[random.integers(0, len(x)), 0] = 10 * level
    out = limited(np.concatenate([x, np.zeros((GRID, 2), "f4")]))
    assert np.abs(out).max() <= CEILING * (1 + 4e-7)  # rounding of quotient, ramp and product
    assert np.isfinite(out).all()


@given(place=st.integers(0, 3 * GRID - 1), level=st.floats(1.0, 1000.0, width=32), side=st.integers(0, 1))
@settings(deadline=None, max_examples=100)
def test_a_single_peak_anywhere_in_its_step_is_held(place, level, side):
    x = np.full((6 * GRID, 2), 0.1, "f4")
    x[GRID + place, side] = level
    assert np.abs(limited(x)).max() <= CEILING * (1 + 4e-7)  # as above


def test_left_and_right_are_turned_down_together_so_that_the_picture_stays_in_its_place():
    x = np.random.default_rng(2).uniform(0.1, 0.4, (GRID * 50, 2)).astype("f4")
    x[GRID * 10:GRID * 20, 0] *= 20
    gain = gain_of(x, limited(x))
    assert gain.min() < 0.3
    np.testing.assert_allclose(gain[:, 0], gain[:, 1], rtol=1e-6)


def test_the_gain_moves_in_straight_lines_without_a_step():
    x = np.full((GRID * 60, 2), 0.2, "f4")
    x[GRID * 20 + 5:GRID * 22, :] = 4.0
    gain = gain_of(x, limited(x))[:, 0].astype("f8")
    lowest = CEILING / 4
    assert gain.min() == pytest.approx(lowest, rel=1e-6)
    assert np.abs(np.diff(gain)).max() <= (1 - lowest) / GRID * 1.0001  # the whole way in one grid step
    bends = np.abs(np.diff(gain, 2))
    assert np.flatnonzero(bends > 1e-4).tolist() == [i for i in np.flatnonzero(bends > 1e-4) if (i + 2) % GRID == 0]


def test_the_gain_comes_back_with_the_time_constant_of_the_release():
    frames = int(RATE) // GRID * GRID
    x = np.full((frames, 2), 0.05, "f4")
    x[:GRID] = CEILING * 10
    gain = gain_of(x, limited(x))[:, 0].astype("f8")
    after = np.arange(2, 2000) * GRID
    missing = 0.9 * np.exp(-(after - GRID) / (RELEASE_S * RATE))
    np.testing.assert_allclose(1 - gain[after - 1], missing, atol=2e-5)  # float32 recursion


def test_reset_forgets_everything():
    limiter = np.zeros(1, LIMITER)[0]
    limiter_reset(limiter, RATE)
    limited(np.full((GRID * 5, 2), 50.0, "f4"), limiter)
    limiter_reset(limiter, RATE)
    x = np.random.default_rng(3).uniform(-0.5, 0.5, (GRID * 20, 2)).astype("f4")
    np.testing.assert_array_equal(limited(x, limiter), limited(x))
