"""The loudness meter against the standard's own numbers, EBU's test signals and another implementation."""
import numpy as np
import pytest
import scipy.signal as signal

from imm_audio.kernels.effects.loudness import (
    LOUDNESS,
    NOTHING_LUFS,
    loudness_process,
    loudness_reset,
)
from imm_audio.kernels.rt import GRID, rt

RATE = 48000.0


@rt
def _measure(loudness, left, right, step_left, step_right):
    for at in range(0, left.shape[0] - GRID + 1, GRID):
        for i in range(GRID):
            step_left[i], step_right[i] = left[at + i], right[at + i]
        loudness_process(loudness, step_left, step_right)


def measured(x, loudness=None, rate=RATE):
    """Sound (frames, 2) through a meter."""
    if loudness is None:
        loudness = np.zeros(1, LOUDNESS)[0]
        loudness_reset(loudness, rate)
    frames = -(-len(x) // GRID) * GRID
    padded = np.zeros((2, frames), "f4")
    padded[:, :len(x)] = x.T
    _measure(loudness, padded[0], padded[1], np.zeros(GRID, "f4"), np.zeros(GRID, "f4"))
    return loudness


def tones(*parts, rate=RATE, hz=1000.0):
    """A tone in both channels: pairs of peak level [dBFS] and duration [s]."""
    gains = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts])
    tone = gains * np.sin(2 * np.pi * hz * np.arange(len(gains)) / rate)
    return np.stack([tone, tone], 1)


def test_the_weighting_at_48_khz_is_that_of_the_standards_coefficients():
    """A short noise, so that high and low count, and silence behind it, so that what the filters remember counts."""
    x = np.zeros((4800, 2))
    x[:300] = np.random.default_rng(1).uniform(-1, 1, (300, 2))
    wanted = signal.lfilter([1.53512485958697, -2.69169618940638, 1.19839281085285],
                            [1.0, -1.69065929318241, 0.73248077421585], x, axis=0)
    wanted = signal.lfilter([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621], wanted, axis=0)
    meter = measured(x)
    assert meter["hops"][0] == pytest.approx((wanted ** 2).sum() / 4800, rel=1e-6)
    for at in range(0, 304, 16):  # and each frame of each side, not only the sum
        step = measured(x[:at + GRID])["power"]
        np.testing.assert_allclose(step, (wanted[at:at + GRID] ** 2).sum(axis=1), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
def test_a_tone_at_full_scale_in_one_channel_is_minus_3_01_lufs_at_every_sample_rate(rate):
    x = tones((0.0, 4.0), rate=rate, hz=997.0)
    x[:, 1] = 0.0
    meter = measured(x, rate=rate)
    for reading in ("momentary_lufs", "short_term_lufs", "integrated_lufs"):
        assert meter[reading] == pytest.approx(-3.01, abs=0.02)


#: EBU Tech 3341 (2016), table 1, minimum requirements: what sounds, and what must be shown.  Case 6 is made stereo: the power
#: of its five channels (-28, -28, -24, -30, -30 dBFS, the last two weighted 1.41), in two.
SURROUND_DBFS = 10 * np.log10((2 * 10**-2.8 + 10**-2.4 + 2 * 1.41 * 10**-3.0) / 2)
CASES = {
    1: [(-23.0, 20.0)],
    2: [(-33.0, 20.0)],
    3: [(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)],
    4: [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)],
    5: [(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)],
    6: [(SURROUND_DBFS, 20.0)],
}


@pytest.mark.parametrize("case", CASES)
def test_the_integrated_loudness_of_ebu_signals_is_right_within_a_tenth(case):
    meter = measured(tones(*CASES[case]))
    assert meter["integrated_lufs"] == pytest.approx(-33.0 if case == 2 else -23.0, abs=0.1)
    if case in (1, 2, 6):
        assert meter["momentary_lufs"] == pytest.approx(meter["integrated_lufs"], abs=0.02)
        assert meter["short_term_lufs"] == pytest.approx(meter["integrated_lufs"], abs=0.02)


def test_the_short_term_loudness_spans_three_seconds_and_the_momentary_one_0_4():
    """EBU Tech 3341, cases 9 and 12: levels that change once in exactly the time of the window."""
    for parts, reading in (([(-20.0, 1.34), (-30.0, 1.66)] * 5, "short_term_lufs"),
                           ([(-20.0, 0.18), (-30.0, 0.22)] * 25, "momentary_lufs")):
        x = tones(*parts)
        meter, shown = measured(x[:round(3.2 * RATE)]), []
        for at in range(round(3.2 * RATE), len(x), round(0.1 * RATE)):
            measured(x[at:at + round(0.1 * RATE)], meter)
            shown.append(float(meter[reading]))
        np.testing.assert_allclose(shown, -23.0, atol=0.1)
    meter = measured(np.concatenate([tones((-20.0, 3.0)), np.zeros((round(0.4 * RATE), 2))]))
    assert meter["momentary_lufs"] < -60.0
    assert meter["short_term_lufs"] == pytest.approx(-20.0 + 10 * np.log10(2.6 / 3), abs=0.1)


def ten_signals(random):
    """What music may be like: noises, tones, beats, pauses, one side, one loud place."""
    frames = round(12 * RATE)
    n = np.arange(frames)[:, None]
    white = random.standard_normal((frames, 2))
    pink = signal.lfilter([0.049922035, -0.095993537, 0.050612699, -0.004408786],
                          [1, -2.494956002, 2.017265875, -0.522189400], white, axis=0)
    beats = np.exp(-(n % 24000) / 4000.0)
    yield "white", 0.1 * white
    yield "pink", 0.3 * pink
    yield "pink in beats", 0.5 * pink * beats
    yield "chord", 0.1 * sum(np.sin(2 * np.pi * hz * n / RATE) for hz in (220.0, 277.2, 329.6)) * np.ones((1, 2))
    yield "bass", 0.4 * np.sin(2 * np.pi * 55.0 * n / RATE) * [1.0, 0.8]
    yield "left only", 0.2 * pink * [1.0, 0.0]
    yield "with pauses", 0.3 * pink * (n // 48000 % 3 > 0)
    yield "quiet and loud", 0.3 * pink * np.where(n // 96000 % 2, 1.0, 0.25)
    yield "fading", 0.5 * pink * 10 ** (-n / frames * 3)
    yield "opposite", 0.1 * white[:, :1] * [1.0, -1.0] * beats


def test_ten_signals_read_as_with_pyloudnorm_within_a_tenth():
    pyloudnorm = pytest.importorskip("pyloudnorm")
    for name, x in ten_signals(np.random.default_rng(4)):
        wanted = pyloudnorm.Meter(RATE).integrated_loudness(x)
        assert measured(x)["integrated_lufs"] == pytest.approx(wanted, abs=0.1), name


def test_silence_reads_as_nothing_and_pauses_leave_the_integrated_loudness_alone():
    assert measured(np.zeros((48000, 2)))["integrated_lufs"] == NOTHING_LUFS
    meter = measured(tones((-23.0, 10.0)))
    before = float(meter["integrated_lufs"])
    measured(np.zeros((round(20 * RATE), 2)), meter)
    assert meter["integrated_lufs"] == pytest.approx(before, abs=0.1)
    assert meter["momentary_lufs"] == NOTHING_LUFS


def test_what_is_not_a_number_counts_as_silence_and_harms_nothing_after():
    x = tones((-23.0, 10.0))
    broken = x.copy()
    broken[5000:5100:10] = np.nan
    broken[6000:6100:10, 0] = np.inf
    broken[7000] = 1e30
    assert measured(broken)["integrated_lufs"] == pytest.approx(measured(x)["integrated_lufs"], abs=0.02)


def test_reset_forgets_everything():
    meter = measured(tones((0.0, 5.0)))
    loudness_reset(meter, RATE)
    x = tones((-30.0, 5.0))
    assert measured(x, meter).tobytes() == measured(x).tobytes()
