"""The master limiter: nothing above its ceiling, between samples too; a grid step late, and untouched sound below."""
import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.limiter import (
    BLOCK,
    CEILING,
    LIMITER,
    LOOK_AHEAD_FRAMES,
    RELEASE_S,
    TARGET,
    WORST,
    limiter_process,
    limiter_reset,
)
from imm_audio.kernels.rt import GRID

RATE = 48000.0
LATE = LOOK_AHEAD_FRAMES
OVERSAMPLING = 8
#: 64 samples to either side: far longer than the interpolation of the limiter.
LONG = signal.firwin(2 * 64 * OVERSAMPLING + 1, 1 / OVERSAMPLING, window=("kaiser", 8.0))
FRAMES = 100 * GRID
N = np.arange(FRAMES)
#: +18 dBFS, a little beyond 0 dBFS, and 0 dBFS.
LEVELS = (8.0, 1.5, 1.0)


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


def true_peak_dbtp(x):
    """Highest value between the samples, silence before and after."""
    around = np.pad(x.astype("f8"), 64)
    return 20 * np.log10(np.abs(signal.resample_poly(around, OVERSAMPLING, 1, window=LONG)).max())


def limited_true_peak_dbtp(left, right=None):
    """Of the left channel after the limiter, with the silence that flushes it."""
    x = np.zeros((len(left) + 5 * GRID, 2), "f4")
    x[:len(left), 0] = left
    x[:len(left), 1] = 0.0 if right is None else right
    return true_peak_dbtp(limited(x)[:, 0])


def gain_of(x, out):
    """Gain that the limiter applied, where x is not too small to tell."""
    return out[LATE:] / x[:-LATE]


def alternating(level):
    """Full scale at a quarter of the sample rate with the tops between the samples, and at half of it, from anywhere on."""
    for start in (400, 405, 408, 413):
        late = np.where(start <= N, level, 0.0)
        yield np.sqrt(2) * late * np.cos(np.pi / 2 * N + np.pi / 4)
        yield late * (-1.0) ** N
        yield np.where(start <= N, level, -level) * (-1.0) ** N  # turns round
        yield np.where(start <= N, level, 0.5) * (-1.0) ** N     # grows


def tones(level):
    """Begun at once, and swelling within 8 frames; up to a hair below half the sample rate."""
    for frequency in (1 / 8, 1 / 6, 1 / 4, 1 / 3, 0.4, 0.45, 0.47, 0.49, 0.499):
        for phase in (0.0, 0.125, 0.25):
            tone = level * np.sin(2 * np.pi * (frequency * N + phase))
            yield tone * (N >= 403)
            yield tone * np.exp(np.minimum(0.0, (N - 608.0) / 8.0))


def bursts(level):
    """1 to 40 frames of one value, of one value in turns, and of a quarter of the sample rate."""
    for frames in (1, 2, 3, 5, 16, 40):
        for start in (400, 405, 409):
            inside = (start <= N) & (start + frames > N)
            for shape in (np.ones(FRAMES), (-1.0) ** N, np.sign(np.cos(np.pi / 2 * N + np.pi / 4))):
                yield level * shape * inside


def squares(level):
    """Square waves of many periods, and a step."""
    for period in (2, 3, 4, 5, 7, 10, 32, 100, 101):
        yield level * np.sign(np.sin(2 * np.pi * (N + 0.5) / period))
    yield level * (N > 700)


def dice(level):
    """White noise, of two values, of rare clicks, and with a level that jumps each 8 frames by up to 40 dB."""
    random = np.random.default_rng(5)
    for _ in range(6):
        signs = np.sign(random.standard_normal(FRAMES))
        jumps = np.repeat(10 ** random.uniform(-2, 0, FRAMES // 8), 8)
        yield random.uniform(-level, level, FRAMES)
        yield level * signs
        yield level * signs * (random.random(FRAMES) < 0.05)
        yield level * signs * jumps
        yield level * np.cos(np.pi / 2 * N + np.pi / 4) * jumps
        yield level * np.sin(2 * np.pi * 0.46 * N) * jumps


def worst_patterns(level):
    """Signs that add up most between two samples, seen by 4 to 60 samples to either side."""
    for reach in (4, 8, 12, 20, 60):
        for start in (500, 503, 508):
            away = N - start - 0.5
            yield level * np.sign(np.sinc(away)) * (np.abs(away) < reach)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", [alternating, tones, bursts, squares, dice, worst_patterns])
def test_nothing_between_the_samples_passes_minus_1_dbtp(kind, level):
    peaks = [limited_true_peak_dbtp(x) for x in kind(level)]
    assert max(peaks) <= 20 * np.log10(CEILING) <= -1.0
    assert max(peaks) > -3.0  # it does not hide behind silence


def test_without_a_limiter_between_the_samples_these_signals_do_pass():
    tops = next(alternating(1.0)) / np.sqrt(2)
    assert np.abs(tops).max() < 0.71
    assert true_peak_dbtp(tops[400:] * np.hanning(FRAMES - 400)) == pytest.approx(0.0, abs=0.05)


def test_a_steady_tone_is_held_just_below_the_ceiling_and_not_far_below():
    tone = 2.0 * np.sin(2 * np.pi * 997.0 / RATE * np.arange(300 * GRID))
    assert -2.05 < limited_true_peak_dbtp(tone) <= -1.8  # the target is -1.9


def test_quiet_sound_comes_out_bit_for_bit_one_grid_step_late():
    x = np.random.default_rng(1).uniform(-TARGET / WORST, TARGET / WORST, (GRID * 100, 2)).astype("f4")
    out = limited(x)
    assert LATE % GRID == 0
    assert not out[:LATE].any()
    np.testing.assert_array_equal(out[LATE:], x[:-LATE])


def test_loud_sound_below_the_target_comes_out_bit_for_bit_too():
    n = np.arange(GRID * 200)[:, None]
    fade = np.minimum(1.0, n / 500.0)
    x = (0.98 * TARGET * fade * np.sin(2 * np.pi * n * [0.01, 0.023])).astype("f4")
    assert np.abs(x).max() > 3 * TARGET / WORST  # it had to look between the samples
    np.testing.assert_array_equal(limited(x)[LATE:], x[:-LATE])


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(2, 40), level=st.sampled_from([0.5, 1.0, 3.0, 100.0, 1e10]),
       density=st.sampled_from([0.002, 0.05, 0.5, 1.0]))
def test_no_sample_passes_the_target_whatever_comes(seed, steps, level, density):
    random = np.random.default_rng(seed)
    x = (random.standard_normal((steps * GRID, 2)) * level * (random.random((steps * GRID, 2)) < density)).astype("f4")
    x[random.integers(0, len(x)), 0] = 10 * level
    out = limited(np.concatenate([x, np.zeros((2 * GRID, 2), "f4")]))
    assert np.abs(out).max() <= TARGET * (1 + 4e-7)  # rounding of quotient, ramp and product
    assert np.isfinite(out).all()


def test_what_is_not_a_number_becomes_silence():
    x = np.full((GRID * 10, 2), 0.1, "f4")
    x[40], x[50, 1], x[60, 0] = np.nan, np.inf, -np.inf
    out = limited(x)
    expected = x[:-LATE].copy()
    expected[~np.isfinite(expected)] = 0.0
    np.testing.assert_array_equal(out[LATE:], expected)


@given(place=st.integers(0, 3 * GRID - 1), level=st.floats(1.0, 1000.0, width=32), side=st.integers(0, 1))
@settings(deadline=None, max_examples=100)
def test_a_single_peak_anywhere_in_its_step_is_held(place, level, side):
    x = np.full((8 * GRID, 2), 0.1, "f4")
    x[GRID + place, side] = level
    assert np.abs(limited(x)).max() <= TARGET * (1 + 4e-7)  # as above


def test_left_and_right_are_turned_down_together_so_that_the_picture_stays_in_its_place():
    x = np.random.default_rng(2).uniform(0.1, 0.2, (GRID * 50, 2)).astype("f4")
    x[GRID * 10:GRID * 20, 0] *= 20
    gain = gain_of(x, limited(x))
    assert gain.min() < 0.3
    np.testing.assert_allclose(gain[:, 0], gain[:, 1], rtol=1e-6)


def test_the_gain_moves_in_straight_lines_without_a_step():
    x = np.full((GRID * 60, 2), 0.05, "f4")
    x[GRID * 20 + 5:GRID * 22, :] = 4.0
    gain = gain_of(x, limited(x))[:, 0].astype("f8")
    lowest = gain.min()
    assert TARGET / 8 < lowest <= TARGET / 4
    assert np.abs(np.diff(gain)).max() <= (1 - lowest) / BLOCK * 1.0001  # the whole way in one block
    bends = np.flatnonzero(np.abs(np.diff(gain, 2)) > 1e-4) + 2
    assert bends.size
    assert not (bends % BLOCK).any()


def test_the_gain_comes_back_with_the_time_constant_of_the_release():
    frames = int(RATE) // GRID * GRID
    x = np.full((frames, 2), 0.05, "f4")
    x[:GRID] = TARGET * 10
    gain = gain_of(x, limited(x))[:, 0].astype("f8")
    after = np.arange(4, 2000) * GRID
    missing = (1.0 - gain[after[0] - 1]) * np.exp(-(after - after[0]) / (RELEASE_S * RATE))
    assert missing[0] > 0.85
    np.testing.assert_allclose(1 - gain[after - 1], missing, atol=3e-5)  # float32 recursion


def test_reset_forgets_everything():
    limiter = np.zeros(1, LIMITER)[0]
    limiter_reset(limiter, RATE)
    limited(np.full((GRID * 5, 2), 50.0, "f4"), limiter)
    limiter_reset(limiter, RATE)
    x = np.random.default_rng(3).uniform(-0.5, 0.5, (GRID * 20, 2)).astype("f4")
    np.testing.assert_array_equal(limited(x, limiter), limited(x))
