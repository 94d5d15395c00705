"""The room: how long it rings, how dense it is, how wide."""
import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.reverb import (
    REVERB,
    _measure,
    _tune,
    reverb_at_rest,
    reverb_jump,
    reverb_process,
    reverb_reset,
    reverb_room,
)
from imm_audio.kernels.effects.rooms import (
    BATHROOM,
    CATHEDRAL,
    HALL,
    LOUNGE,
    NONE,
    ROOM_NAMES,
    ROOM_TABLE,
    ROOM_TIME_S,
    ROOMS,
)
from imm_audio.kernels.rt import GRID, rt
from imm_audio.kernels.rt.units import clamp

RATE = 48000.0


@rt
def reverb_tune(reverb, time_s, damp_hz, level, sample_rate):
    """A bare room of this time and damping."""
    _measure(reverb, 1.0, 0.0, 0.0, sample_rate)
    _tune(reverb, clamp(time_s, 0.1, 10.0), 1e-3, clamp(damp_hz, 500.0, 20000.0), level, sample_rate)


@rt
def _drive(reverb, x, left, right):
    for at in range(0, x.shape[0], GRID):
        for i in range(GRID):
            reverb.x[i] = x[at + i]
        reverb_process(reverb)
        for i in range(GRID):
            left[at + i] = reverb.left[i]
            right[at + i] = reverb.right[i]


def room(time_s=1.6, damp_hz=20000.0, level=1.0, rate=RATE):
    reverb = np.zeros(1, REVERB)[0]
    reverb_tune(reverb, time_s, damp_hz, level, rate)
    reverb_reset(reverb)
    reverb_jump(reverb)
    return reverb


def heard(reverb, x):
    """Left and right, float64 (2, frames); frames a multiple of GRID."""
    x = np.ascontiguousarray(x, "f4")
    out = np.empty((2, len(x)), "f4")
    _drive(reverb, x, *out)
    return out.astype("f8")


def impulse(seconds, rate=RATE):
    x = np.zeros(int(seconds * rate) // GRID * GRID)
    x[0] = 1.0
    return x


def t60_s(response, rate, low_db=-5.0, high_db=-35.0):
    """Reverberation time by backward integration: M. Schroeder, JASA 1965; slope between two levels as in ISO 3382."""
    energy = np.cumsum(response[::-1] ** 2)[::-1]
    level = 10 * np.log10(energy / energy[0] + 1e-30)
    inside = (level < low_db) & (level > high_db)
    slope = np.polyfit(np.flatnonzero(inside) / rate, level[inside], 1)[0]
    return -60.0 / slope


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize("time_s", [0.4, 1.6, 5.0])
def test_the_room_rings_as_long_as_it_is_told(time_s, rate):
    response = heard(room(time_s, rate=rate), impulse(1.3 * time_s + 0.3, rate))
    band = signal.butter(3, [250, 1000], "bandpass", fs=rate, output="sos")
    for side in response:
        assert t60_s(signal.sosfilt(band, side), rate) == pytest.approx(time_s, rel=0.1)  # as measured in a hall


def test_damping_lets_high_frequencies_die_sooner():
    response = heard(room(2.0, damp_hz=3000.0), impulse(2.5))[0]

    def octave(hz):
        band = signal.butter(3, [hz / 1.41, hz * 1.41], "bandpass", fs=RATE, output="sos")
        return t60_s(signal.sosfilt(band, response), RATE)

    assert octave(150) == pytest.approx(2.0, rel=0.1)
    assert octave(8000) < 0.5 * octave(1000) < 0.5 * octave(150) * 1.02


def echo_density(response, rate, window_s=0.02):
    """Normalised echo density: J. Abel, P. Huang, "A simple, robust measure of reverberation echo density", AES 2006.

    Share of samples beyond one standard deviation in a sliding window, over the share that noise has: 1 = diffuse.
    """
    size = int(window_s * rate) | 1
    window = np.hanning(size)
    window /= window.sum()
    deviation = np.sqrt(signal.fftconvolve(response ** 2, window, "same").clip(1e-30))
    # hops: each window has its own deviation
    places = np.arange(size // 2, len(response) - size // 2, size // 8)
    density = [(window * (np.abs(response[p - size // 2:p + size // 2 + 1]) > deviation[p])).sum() for p in places]
    return places / rate, np.array(density) / 0.3173


def test_echoes_grow_into_a_diffuse_field_within_a_fifth_of_a_second():
    for side in heard(room(3.0), impulse(1.0)):
        at_s, density = echo_density(side, RATE)
        late = density[(at_s > 0.2) & (at_s < 0.9)]
        assert density[at_s < 0.04].mean() < 0.7 * late.mean()
        assert late.mean() == pytest.approx(1.0, abs=0.1)
        assert late.min() > 0.7


def test_left_and_right_are_as_different_as_two_rooms():
    left, right = heard(room(2.0), impulse(2.0))[:, int(0.05 * RATE):]
    spread = signal.correlate(left, right, "full") / np.sqrt((left ** 2).sum() * (right ** 2).sum())
    middle = len(left) - 1
    assert np.abs(spread[middle - 48:middle + 49]).max() < 0.2  # within 1 ms: what ears take for one place
    assert (left ** 2).sum() == pytest.approx((right ** 2).sum(), rel=0.25)


def test_left_and_right_of_noise_are_uncorrelated():
    x = np.random.default_rng(4).standard_normal(int(4 * RATE) // GRID * GRID) * 0.1
    left, right = heard(room(2.0), x)[:, int(RATE):]
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.1


def test_silence_in_is_silence_out_and_costs_nothing():
    reverb = room()
    assert not heard(reverb, np.zeros(4800)).any()
    assert reverb_at_rest(reverb)
    assert reverb["position"] == 0


def test_a_room_that_has_died_away_rests_and_sounds_again_as_a_new_one():
    reverb = room(0.3)
    first = heard(reverb, impulse(0.5))
    heard(reverb, np.zeros(int(2 * RATE)))
    assert reverb_at_rest(reverb)
    again = heard(reverb, impulse(0.5))
    assert np.abs(again - first).max() < 2e-6 * np.abs(first).max() + 1e-6  # -120 dB may be left in the lines


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), time_s=st.floats(allow_nan=True), damp_hz=st.floats(allow_nan=True),
       level=st.sampled_from([1e-6, 0.1, 1.0, 100.0]), rate=st.sampled_from([8000.0, 44100.0, 96000.0]))
def test_any_setting_and_any_sound_stay_finite_and_die_away(seed, time_s, damp_hz, level, rate):
    reverb = room(time_s, damp_hz, rate=rate)
    random = np.random.default_rng(seed)
    loud = np.abs(heard(reverb, random.standard_normal(GRID * 600) * level)).max()
    late = np.abs(heard(reverb, np.zeros(GRID * 1200))[:, -GRID * 100:]).max()
    assert np.isfinite(loud)
    # 10 s is the longest: 1100 grid steps fall by at least 6 ln(10) / 2 * 1100 * 16 / (10 s * rate) nepers
    assert late <= loud * 10 ** (-3 * 1100 * GRID / (10 * rate)) * 4


def test_the_level_glides_to_its_new_value():
    reverb = room(5.0)
    x = np.random.default_rng(5).standard_normal(int(3 * RATE) // GRID * GRID) * 0.1
    heard(reverb, x)
    reverb_tune(reverb, 5.0, 20000.0, 0.0, RATE)
    out = heard(reverb, x)
    early, late = np.abs(out[:, :480]).max(), np.abs(out[:, -4800:]).max()
    assert early > 0.01
    assert late < 1e-6
    assert np.abs(np.diff(out[:, :2400])).max() < 4 * np.diff(out[:, :480]).std() * 2  # no step on the way


def named(which, rate=RATE):
    reverb = np.zeros(1, REVERB)[0]
    reverb_room(reverb, which, 0.0, rate)
    reverb_reset(reverb)
    reverb_jump(reverb)
    return reverb


@pytest.mark.parametrize("which", range(LOUNGE, ROOMS), ids=ROOM_NAMES[LOUNGE:])
def test_each_room_rings_as_long_as_its_table_says(which):
    time_s = ROOM_TABLE[which][ROOM_TIME_S]
    for side in heard(named(which), impulse(time_s + 0.3)):
        for hz in (500, 1000):
            band = signal.butter(3, [hz / 1.41, hz * 1.41], "bandpass", fs=RATE, output="sos")
            assert t60_s(signal.sosfilt(band, side), RATE) == pytest.approx(time_s, rel=0.1)


@pytest.mark.parametrize("which", [LOUNGE, HALL], ids=["lounge", "hall"])
def test_lounge_and_hall_are_dense_within_60_ms(which):
    for side in heard(named(which), impulse(0.5)):
        at_s, density = echo_density(side, RATE)
        assert at_s[np.flatnonzero(density > 0.9)[0]] <= 0.062  # windows are 2.5 ms apart


@pytest.mark.parametrize("which", range(LOUNGE, ROOMS), ids=ROOM_NAMES[LOUNGE:])
def test_no_tone_rings_out_of_a_room(which):
    time_s = ROOM_TABLE[which][ROOM_TIME_S]
    late = heard(named(which), impulse(time_s))[:, int((0.1 + 0.1 * time_s) * RATE):]
    late *= 10 ** (3 * np.arange(late.shape[1]) / RATE / time_s)
    hz, power = signal.welch(late, RATE, nperseg=4096)
    power = power.mean(0)
    over = (power / signal.medfilt(power, 101))[(hz > 200) & (hz < 4000)].max()
    assert 10 * np.log10(over) < 10.0


@pytest.mark.parametrize(("old", "new"), [(LOUNGE, CATHEDRAL), (CATHEDRAL, BATHROOM), (HALL, NONE), (NONE, HALL)])
def test_nobody_hears_a_click_when_the_room_changes(old, new):
    reverb = named(old)
    tone = 0.2 * np.sin(2 * np.pi * 300 * np.arange(int(0.8 * RATE) // GRID * GRID) / RATE)
    before = heard(reverb, tone)
    reverb_room(reverb, new, 0.0, RATE)
    after = heard(reverb, tone)
    both = np.concatenate([before, after], axis=1)[:, -2 * len(tone):]
    sos = signal.butter(6, 4000, "highpass", fs=RATE, output="sos")
    inside = np.abs(signal.sosfilt(sos, both))[:, len(tone) - 1000:]
    assert inside.max() < 4e-4  # of 0.2: -54 dB where a tone of 300 Hz has nothing
    assert (np.abs(after[:, -4800:]).max() > 0.01) == (new != NONE)


def test_no_room_is_exact_silence_and_costs_nothing():
    reverb = named(NONE)
    out = heard(reverb, np.random.default_rng(1).standard_normal(4800))
    assert not out.any()
    assert reverb_at_rest(reverb)
    reverb = named(CATHEDRAL)
    heard(reverb, np.random.default_rng(1).standard_normal(4800))
    reverb_room(reverb, NONE, 0.0, RATE)
    heard(reverb, np.zeros(48000))
    assert not heard(reverb, np.ones(1600)).any()


def test_a_new_room_knows_nothing_of_the_old_one():
    reverb = named(CATHEDRAL)
    heard(reverb, 0.1 * np.random.default_rng(1).standard_normal(48000))
    reverb_room(reverb, LOUNGE, 0.0, RATE)
    heard(reverb, np.zeros(int(0.1 * RATE) // GRID * GRID))
    tail = heard(reverb, np.zeros(int(0.7 * RATE) // GRID * GRID))
    assert np.abs(tail[:, -480:]).max() < 1e-4  # 5 s of cathedral would still be at 0.02


@pytest.mark.parametrize("rate", [44100.0, 96000.0])
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_broken_sound_does_not_stay_in_the_room(bad, rate):
    reverb = named(CATHEDRAL, rate)
    x = np.zeros(32000)
    x[100:120] = bad
    assert np.isfinite(heard(reverb, x)).all()
