"""The equaliser by age, against the table of the standard and the half-gain rule."""
import numpy as np
import pytest

from imm_audio.kernels.effects.hearing import (
    FREQUENCIES_HZ,
    HEARING,
    MEN,
    MOST_DB,
    OLDEST,
    WOMEN,
    hearing_process,
    hearing_reset,
    hearing_tune,
    wanted_db,
)
from imm_audio.kernels.rt import GRID, rt

RATE = 48000.0
AUDIOMETRIC = [FREQUENCIES_HZ.index(hz) for hz in (250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)]


@rt
def _drive(hearing, left, right, step_left, step_right):
    for at in range(0, left.shape[0], GRID):
        for i in range(GRID):
            step_left[i], step_right[i] = left[at + i], right[at + i]
        hearing_process(hearing, step_left, step_right)
        for i in range(GRID):
            left[at + i], right[at + i] = step_left[i], step_right[i]


def equaliser(age_years, rate=RATE):
    """An equaliser whose glide has arrived."""
    hearing = np.zeros(1, HEARING)[0]
    hearing_reset(hearing, rate)
    hearing_tune(hearing, float(age_years))
    equalised(hearing, np.zeros((round(6 * rate) // GRID * GRID, 2)))
    return hearing


def equalised(hearing, x):
    """Sound (frames, 2), frames a multiple of GRID, through the equaliser."""
    left, right = np.ascontiguousarray(x.T, "f4").copy()
    _drive(hearing, left, right, np.zeros(GRID, "f4"), np.zeros(GRID, "f4"))
    return np.stack([left, right], 1)


def response_db(hearing, frequencies_hz, rate=RATE):
    """Gain of both channels at these frequencies, from an impulse; frequencies x 2."""
    x = np.zeros((8192, 2))
    x[0] = 1.0
    y = equalised(hearing, x)
    waves = np.exp(-2j * np.pi * np.outer(frequencies_hz, np.arange(len(y))) / rate)
    return 20 * np.log10(np.abs(waves @ y))


def test_the_loss_is_that_of_the_standard():
    """ISO 7029:2017: published medians against 18 years, 70 and 80 years old, at 2, 4 and 8 kHz."""
    at = [FREQUENCIES_HZ.index(hz) for hz in (2000.0, 4000.0, 8000.0)]
    for age, men, women in ((70, (21, 33, 50), (19, 27, 39)), (80, (32, 50, 75), (32, 43, 60))):
        for table, loss in ((MEN, men), (WOMEN, women)):
            np.testing.assert_allclose([table[i][0] * (age - 18) ** table[i][1] for i in at], loss, atol=0.7)


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize("age", [25, 40, 50, 60, 65, 70, 75, 80, 85, 90])
def test_half_of_the_loss_is_given_back_within_1_5_db_in_both_channels(age, rate):
    found = response_db(equaliser(age, rate), FREQUENCIES_HZ, rate)
    for channel in found.T:
        np.testing.assert_allclose(channel[AUDIOMETRIC], wanted_db(age)[AUDIOMETRIC], atol=1.0)
        np.testing.assert_allclose(channel, wanted_db(age), atol=1.5)  # and between them


def test_nothing_is_given_beyond_the_most():
    assert wanted_db(85).max() == MOST_DB
    everywhere = response_db(equaliser(85), np.geomspace(20, 20000, 60))
    assert everywhere.max() < MOST_DB + 1.0
    half = 0.25 * np.array([m[0] * 42**m[1] + w[0] * 42**w[1] for m, w in zip(MEN, WOMEN, strict=True)])
    np.testing.assert_allclose(wanted_db(60), half)
    assert half.max() < MOST_DB


@pytest.mark.parametrize("age", [0.0, -5.0, 19.0, np.nan])
def test_the_young_hear_every_bit_as_it_was(age):
    x = np.random.default_rng(1).uniform(-1, 1, (100 * GRID, 2)).astype("f4")
    hearing = equaliser(age)
    assert not hearing["active"]
    np.testing.assert_array_equal(equalised(hearing, x), x)


def test_it_becomes_flat_again_bit_for_bit():
    hearing = equaliser(75)
    hearing_tune(hearing, 0.0)
    equalised(hearing, np.zeros((6 * round(RATE), 2)))
    x = np.random.default_rng(2).uniform(-1, 1, (100 * GRID, 2)).astype("f4")
    np.testing.assert_array_equal(equalised(hearing, x), x)


def test_the_very_old_are_as_the_oldest():
    np.testing.assert_allclose(response_db(equaliser(1000), FREQUENCIES_HZ), response_db(equaliser(OLDEST), FREQUENCIES_HZ))


def test_a_change_of_age_glides():
    n = np.arange(3 * round(RATE))
    tone = 0.1 * np.sin(2 * np.pi * 1000.0 * n / RATE)
    hearing = np.zeros(1, HEARING)[0]
    hearing_reset(hearing, RATE)
    x = np.stack([tone, tone], 1)
    equalised(hearing, x)
    hearing_tune(hearing, 80.0)
    y = equalised(hearing, x)[:, 0].astype("f8")
    # a tone that only swells obeys y[n+1] + y[n-1] = 2 cos(w) y[n] but for the change of its gain
    away = np.abs(y[2:] + y[:-2] - 2 * np.cos(2 * np.pi * 1000.0 / RATE) * y[1:-1])
    assert away.max() < 1.5e-4  # -76 dBFS: no click
    assert np.abs(y[-4800:]).max() == pytest.approx(0.1 * 10 ** (wanted_db(80)[3] / 20), rel=0.1)


def test_left_and_right_do_not_touch_each_other():
    hearing = equaliser(80)
    x = np.zeros((100 * GRID, 2))
    x[:, 0] = np.random.default_rng(3).uniform(-1, 1, len(x))
    assert not equalised(hearing, x)[:, 1].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_not_a_number_becomes_silence(bad):
    x = np.random.default_rng(4).uniform(-1, 1, (100 * GRID, 2))
    clean = x.copy()
    x[100], clean[100] = bad, 0.0
    np.testing.assert_array_equal(equalised(equaliser(70), x), equalised(equaliser(70), clean))
