"""The second voice: its pitch, its vowel, when it comes, and that it is silent when it should be."""
import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.vocal import (
    DOUBLE,
    DOUBLE_RATIO,
    OCTAVE_DOWN,
    OCTAVE_UP,
    OFF,
    SLOTS,
    THIRD_ABOVE,
    THIRD_BELOW,
    VOCAL,
    VOCAL_LATENCY_S,
    vocal_at_rest,
    vocal_harmony,
    vocal_process,
    vocal_reset,
    vocal_set,
)
from imm_audio.kernels.rt import GRID, rt

RATE = 48000.0
C_MAJOR = 0b101010110101


@rt
def _drive(vocal, slot, x, y):
    for at in range(0, x.shape[0], GRID):
        vocal_process(vocal, slot, x, at, 1)
        for i in range(GRID):
            y[at + i] = vocal.slots[slot].y[i]


def helper(mode=OCTAVE_DOWN, amount=1.0, rate=RATE, allowed=C_MAJOR):
    """A second voice that has been on for a while."""
    vocal = np.zeros(1, VOCAL)[0]
    vocal_reset(vocal, rate)
    vocal_set(vocal, 0, mode, amount)
    vocal_harmony(vocal, allowed)
    heard(vocal, np.zeros(int(0.25 * rate)))
    return vocal


def heard(vocal, x, slot=0):
    x = np.ascontiguousarray(x[:len(x) // GRID * GRID], "f4")
    y = np.empty(len(x), "f4")
    _drive(vocal, slot, x, y)
    return y.astype("f8")


def sung(hz, seconds, rate=RATE):
    """An "a" at a pitch (one number or one a frame), peak 0.3, nothing above 6 kHz."""
    n = int(seconds * rate) // GRID * GRID
    cycles = np.cumsum(np.broadcast_to(hz, n)) / rate
    y = np.zeros(n)
    for k in range(1, int(6000 / np.max(hz)) + 1):
        f = k * np.mean(hz)
        tone = sum(gain / (1 + ((f - at) / width) ** 2)
                   for at, width, gain in ((300, 300, 0.5), (600, 120, 1.0), (1100, 150, 0.6), (2600, 200, 0.3)))
        y += tone / np.sqrt(k) * np.sin(2 * np.pi * (k * cycles + 0.016 * k * k))
    return 0.3 * y / np.abs(y).max()


def cents_off(y, hz, rate=RATE):
    """Distance of the pitch of a steady tone from `hz`: where the comb of its first eight partials is strongest."""
    power = np.abs(np.fft.rfft(y * np.blackman(len(y)), 1 << 19))
    grid_hz = np.arange(len(power)) * rate / (1 << 19)
    cents = np.linspace(-100, 100, 401)
    combs = [sum(np.interp(k * hz * 2 ** (c / 1200), grid_hz, power) for k in range(1, 9)) for c in cents]
    return abs(cents[int(np.argmax(combs))])


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize("hz", [75.0, 130.8, 261.6, 523.3, 880.0])
@pytest.mark.parametrize(("mode", "ratio"), [(OCTAVE_DOWN, 0.5), (OCTAVE_UP, 2.0), (DOUBLE, DOUBLE_RATIO)])
def test_octaves_and_doubles_are_in_tune(mode, ratio, hz, rate):
    y = heard(helper(mode, rate=rate), sung(hz, 0.6, rate))
    assert cents_off(y[len(y) // 4:], hz * ratio, rate) < 10.0


@pytest.mark.parametrize(("key", "above", "below"), [(60, 64, 57), (62, 65, 59), (64, 67, 60), (65, 69, 62), (67, 71, 64),
                                                     (69, 72, 65), (71, 74, 67)])
def test_thirds_belong_to_the_scale(key, above, below):
    x = sung(440 * 2 ** ((key - 69) / 12), 0.5)
    for mode, target in ((THIRD_ABOVE, above), (THIRD_BELOW, below)):
        y = heard(helper(mode), x)
        assert cents_off(y[len(y) // 4:], 440 * 2 ** ((target - 69) / 12)) < 10.0


def test_without_a_harmony_thirds_are_octaves():
    y = heard(helper(THIRD_ABOVE, allowed=0), sung(220.0, 0.5))
    assert cents_off(y[len(y) // 4:], 440.0) < 10.0


def test_a_third_goes_over_to_the_next_chord_without_a_click():
    vocal = helper(THIRD_ABOVE, allowed=1 << 0 | 1 << 4 | 1 << 7)  # C E G, sung C
    x = sung(261.63, 1.2)
    first = heard(vocal, x[:28800])
    vocal_harmony(vocal, 1 << 9 | 1 << 0 | 1 << 3)                 # A C E flat
    second = heard(vocal, x[28800:])
    assert cents_off(first[9600:], 329.63) < 10.0
    assert cents_off(second[4800:], 311.13) < 10.0
    assert clicks_db(np.concatenate([first, second])) < -60.0


def clicks_db(y):
    """Highest sample above 9 kHz, where a sung "a" has nothing, against the highest of all."""
    sos = signal.butter(8, 9000, "highpass", fs=RATE, output="sos")
    return 20 * np.log10(np.abs(signal.sosfilt(sos, y)).max() / np.abs(y).max())


@pytest.mark.parametrize("mode", range(OCTAVE_DOWN, DOUBLE + 1))
def test_nothing_clicks_when_a_voice_sets_in_moves_and_is_switched_off(mode):
    vocal = helper(mode)
    pitch = np.r_[np.full(24000, 220.0), np.full(24000, 247.0)]
    x = sung(pitch, 1.0) * np.r_[np.linspace(0, 1, 480), np.ones(48000 - 480)]
    out = [heard(vocal, x[:36000])]
    vocal_set(vocal, 0, OFF, 1.0)
    out.append(heard(vocal, x[36000:]))
    assert np.abs(out[0]).max() > 0.1
    assert not out[1][-4800:].any()
    assert vocal_at_rest(vocal, 0)
    assert clicks_db(np.concatenate(out)) < -60.0


@pytest.mark.parametrize("hz", [72.0, 95.0, 130.8, 220.0, 440.0])
def test_the_second_voice_comes_within_the_time_it_declares(hz):
    x = sung(hz, 0.4)
    for begins in range(4800, 5000, 48):  # at any place in the grid and in the search
        y = np.abs(heard(helper(), np.r_[np.zeros(begins), x[:12000]]))
        sounds = np.flatnonzero(y > 0.1 * y.max())[0]
        assert (sounds - begins) / RATE < VOCAL_LATENCY_S
        if hz > 150:
            assert (sounds - begins) / RATE < 0.023


@pytest.mark.parametrize("mode", range(OCTAVE_DOWN, DOUBLE + 1))
def test_the_second_voice_is_as_loud_as_the_singer(mode):
    x = sung(180.0, 0.6)
    y = heard(helper(mode), x)
    assert 20 * np.log10(y[9600:].std() / x[9600:].std()) == pytest.approx(0.0, abs=3.0)


def test_the_vowel_stays_what_it_was():
    x = sung(140.0, 0.8)

    def formants(y):
        hz, power = signal.welch(y[9600:], RATE, nperseg=1024)  # 47 Hz: partials melt into the envelope
        bands = ((450, 800), (900, 1300), (2300, 2900))
        return [10 * np.log10(power[(hz > low) & (hz < high)].sum() / power.sum()) for low, high in bands]

    for mode in (OCTAVE_DOWN, THIRD_ABOVE, OCTAVE_UP):
        for was, now in zip(formants(x), formants(heard(helper(mode), x)), strict=True):
            assert now == pytest.approx(was, abs=4.0)  # resampled by 2 the third formant would move to 5200 Hz


def test_it_follows_a_voice_with_vibrato():
    t = np.arange(48000) / RATE
    x = sung(220.0 * 2 ** (0.5 / 12 * np.sin(2 * np.pi * 5 * t)), 1.0)  # a quarter tone each way
    y = heard(helper(OCTAVE_DOWN), x)
    sos = signal.butter(4, [85, 140], "bandpass", fs=RATE, output="sos")
    phase = np.unwrap(np.angle(signal.hilbert(signal.sosfiltfilt(sos, y))))
    hz = np.diff(phase)[14400:43200] * RATE / (2 * np.pi)
    cents = 1200 * np.log2(hz / 110.0)
    assert np.percentile(cents, 99) == pytest.approx(50.0, abs=10.0)
    assert np.percentile(cents, 1) == pytest.approx(-50.0, abs=10.0)


def test_noise_and_hiss_have_no_second_voice():
    noise = np.random.default_rng(2).standard_normal(48000)
    assert not heard(helper(), 0.1 * noise).any()
    hiss = signal.sosfilt(signal.butter(4, 4000, "highpass", fs=RATE, output="sos"), noise)
    assert not heard(helper(), 0.3 * hiss).any()


def test_off_and_silence_are_exact_silence():
    vocal = np.zeros(1, VOCAL)[0]
    vocal_reset(vocal, RATE)
    assert not heard(vocal, sung(220.0, 0.2)).any()
    assert vocal["slots"][0]["position"] == 0
    vocal = helper()
    assert not heard(vocal, np.zeros(48000)).any()
    heard(vocal, sung(220.0, 0.3))
    heard(vocal, np.zeros(4800))
    assert not heard(vocal, np.zeros(48000)).any()


def test_slots_are_apart_and_read_their_lane():
    vocal = helper()
    vocal_set(vocal, 1, OFF, 0.0)
    x = sung(220.0, 0.2)
    lanes = np.zeros(8 * len(x), "f4")
    lanes[3::8] = x
    alone = heard(helper(), x)
    for at in range(0, len(x), GRID):
        vocal_process(vocal, 0, lanes, at * 8 + 3, 8)
        assert (vocal["slots"][0]["y"] == alone[at:at + GRID]).all()
        vocal_process(vocal, 1, lanes, at * 8 + 3, 8)
        assert not vocal["slots"][1]["y"].any()
    vocal_set(vocal, SLOTS, OCTAVE_UP, 1.0)  # no such slot: nothing happens
    vocal_set(vocal, -1, OCTAVE_UP, 1.0)
    assert vocal_at_rest(vocal, 1)


@settings(deadline=None, max_examples=25)
@given(values=st.lists(st.floats(width=32), min_size=1, max_size=200), mode=st.integers(-5, 50), amount=st.floats(),
       allowed=st.integers(-2**40, 2**40), rate=st.sampled_from([44100.0, 48000.0, 96000.0]))
def test_any_sound_and_any_setting_stay_finite(values, mode, amount, allowed, rate):
    vocal = helper(mode, amount, rate, allowed)
    y = heard(vocal, np.resize(np.array(values, "f4"), GRID * 800))
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= 8.0 * 2.0 * 8
