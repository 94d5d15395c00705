"""The drum kit: every key has a sound of its own that ends."""
import numpy as np
import pytest
import scipy.signal as signal

from imm_audio.kernels.voices.drums import HIGHEST_KEY, KIT, LOWEST_KEY
from imm_audio.kernels.voices.part import DRUMS
from tests.kernels.voices.solo import Solo, cents, level_db, partial_hz

KEYS = range(LOWEST_KEY, HIGHEST_KEY + 1)
NAMES = {key: KIT[key - LOWEST_KEY][0] for key in KEYS}


def test_every_percussion_key_of_general_midi_has_its_row():
    assert len(KIT) == HIGHEST_KEY - LOWEST_KEY + 1 == 47
    assert NAMES[36] == "bass drum"
    assert NAMES[42] == "closed hi-hat"
    assert NAMES[49] == "crash"
    assert NAMES[75] == "claves"


@pytest.mark.parametrize("rate", [44100.0, 96000.0])
def test_every_drum_sounds_and_ends_in_its_time(rate):
    solo = Solo(DRUMS, rate=rate)
    for key in KEYS:
        solo.on(key)
        sound = solo.play(0.2)
        assert np.isfinite(sound).all()
        assert -40 < 20 * np.log10(np.abs(sound).max()) < 0, NAMES[key]
        longest_s = max(KIT[key - LOWEST_KEY][5], KIT[key - LOWEST_KEY][10])
        solo.play(1.6 * longest_s)  # 96 dB
        assert solo.sounding == 0, NAMES[key]
        assert not solo.play(0.002).any()


@pytest.mark.parametrize("key", [41, 45, 60, 64, 67, 75, 76])
def test_tuned_drums_rest_at_the_pitch_of_their_row(key):
    solo = Solo(DRUMS)
    solo.on(key)
    row = KIT[key - LOWEST_KEY]
    sound = solo.play(0.6)[int(5 * row[4] * 48000):]
    sound = sound[:max(int(row[5] * 0.8 * 48000), 2400)]
    assert cents(partial_hz(sound, row[2], 48000.0), row[2]) == pytest.approx(0, abs=25)  # what is left of the fall


def test_the_pitch_of_a_bass_drum_falls():
    solo = Solo(DRUMS)
    solo.on(36)
    sound = solo.play(0.4)
    crossings = np.flatnonzero((sound[:-1] <= 0) & (sound[1:] > 0))
    periods = np.diff(crossings)
    assert periods[-1] > 1.5 * periods[0]
    assert np.abs(sound[0]) < 0.2


def test_a_harder_stroke_is_louder():
    for key in (36, 38, 42, 51, 60):
        levels = []
        for velocity in (0.2, 0.5, 1.0):
            solo = Solo(DRUMS)
            solo.on(key, velocity)
            levels.append(level_db(solo.play(0.1)))
        assert np.diff(levels).min() > 6, NAMES[key]


@pytest.mark.parametrize("after", [0, 1, 7, 15, 16, 100])
def test_a_drum_is_struck_at_its_very_frame(after):
    solo = Solo(DRUMS)
    solo.on(38, after=after)
    sound = solo.play(0.01)
    assert not sound[:after].any()
    assert sound[after] != 0


def test_the_closed_hi_hat_ends_the_open_one_without_a_click():
    choked, left = Solo(DRUMS), Solo(DRUMS)
    for solo in (choked, left):
        solo.on(46)
    choked.on(42, 0.01, after=9600)
    a, b = choked.play(0.4), left.play(0.4)
    assert level_db(a[10080:14400]) < level_db(b[10080:14400]) - 40
    assert np.abs(a[9600:10080]).max() <= np.abs(b[9000:9600]).max()
    assert (choked.sounding, left.sounding) == (0, 1)


def test_drums_of_different_groups_leave_each_other_alone():
    solo = Solo(DRUMS)
    for key in (46, 49, 71, 78):
        solo.on(key)
    solo.play(0.01)
    assert solo.sounding == 4


@pytest.mark.parametrize(("key", "row"), [(0, LOWEST_KEY), (34.9, LOWEST_KEY), (82, HIGHEST_KEY), (127, HIGHEST_KEY)])
def test_keys_outside_the_kit_play_its_nearest_drum(key, row):
    outside, inside = Solo(DRUMS), Solo(DRUMS)
    outside.on(key)
    inside.on(row)
    np.testing.assert_array_equal(outside.play(0.1), inside.play(0.1))


def test_noise_of_cymbals_lies_high_and_that_of_toms_low():
    def centre_hz(key):
        solo = Solo(DRUMS)
        solo.on(key)
        hz, power = signal.welch(solo.play(0.2), 48000, nperseg=2048)
        return (hz * power).sum() / power.sum()

    assert centre_hz(49) > 5000
    assert centre_hz(42) > 6000
    assert centre_hz(41) < 300


def test_two_strokes_of_one_drum_are_two_voices():
    solo = Solo(DRUMS)
    solo.on(49)
    solo.on(49, after=4800)
    solo.play(0.2)
    assert solo.sounding == 2
