"""The plucked string: in tune, dying away, damped by release, as bright as it is struck."""
import numpy as np
import pytest

from imm_audio.kernels.engine.events import BEND, VOLUME
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import PLUCK
from imm_audio.kernels.voices.pluck import FADE_FRAMES, RELEASE_T60_S, STRINGS, STRINGS_OF
from imm_audio.kernels.voices.pool import SILENCE
from tests.kernels.voices.solo import Solo, cents, key_hz, level_db, partial_hz

STEEL = [row[0] for row in STRINGS_OF].index("steel guitar")
RATES = (44100.0, 48000.0, 96000.0)


def ringing(sound, rate=48000.0):
    """The sound after the burst, as long as it is less than 60 dB below its peak."""
    sound = sound[int(0.02 * rate):]
    return sound[:np.flatnonzero(np.abs(sound) > 1e-3 * np.abs(sound).max())[-1]]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", range(len(STRINGS_OF)), ids=[row[0] for row in STRINGS_OF])
def test_every_string_is_in_tune_at_every_rate(kind, rate):
    for key in (28, 35, 43.5, 52, 60, 69, 77, 84, 91, 100):
        solo = Solo(PLUCK, kind, rate)
        solo.on(key, 0.9)
        sound = ringing(solo.play(0.85), rate)
        assert cents(partial_hz(sound, key_hz(key), rate), key_hz(key)) == pytest.approx(0, abs=1.5), key  # 5: heard


@pytest.mark.parametrize("key", [28, 47, 60, 76, 95])
def test_the_sound_dies_away_and_never_grows(key):
    solo = Solo(PLUCK, STEEL)
    solo.on(key)
    levels = [level_db(piece) for piece in np.array_split(solo.play(3.0)[2400:], 24)]
    assert np.diff(levels).max() < 0.2  # dB; beats of partials that are not quite harmonic
    assert levels[-1] < levels[0] - 15


@pytest.mark.parametrize("key", [40, 52, 64])
def test_the_pitch_dies_by_sixty_decibels_in_its_time(key):
    solo = Solo(PLUCK, STEEL)
    solo.on(key)
    sound = ringing(solo.play(4.0))
    # one partial alone, demodulated
    t = np.arange(len(sound)) / 48000
    tone = np.abs(np.convolve(sound * np.exp(-2j * np.pi * key_hz(key) * t), np.hanning(9600) / 4800, "valid"))
    slope_db = np.polyfit(t[:len(tone)], 20 * np.log10(tone), 1)[0]
    t60_s = 5.0 * STRINGS_OF[STEEL][2] * np.clip(np.sqrt(110 / key_hz(key)), 0.1, 2)
    assert -60 / slope_db == pytest.approx(t60_s, rel=0.05)  # interpolation loses a little


@pytest.mark.parametrize("key", [30, 45, 60, 75, 90])
def test_release_damps_the_string(key):
    solo = Solo(PLUCK, STEEL)
    solo.on(key)
    before = solo.play(0.3)[-4800:]
    solo.off(key)
    after = solo.play(0.3)[-2400:]
    assert level_db(after) < level_db(before) - 60 * 0.2 / RELEASE_T60_S * 0.9


def brightness_hz(sound, rate=48000.0):
    """Centre of the spectrum."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return (np.fft.rfftfreq(len(sound), 1 / rate) * power).sum() / power.sum()


@pytest.mark.parametrize("kind", range(len(STRINGS_OF)), ids=[row[0] for row in STRINGS_OF])
def test_a_harder_pluck_is_louder_and_brighter(kind):
    sounds = []
    for velocity in (0.1, 0.3, 0.6, 1.0):
        solo = Solo(PLUCK, kind)
        solo.on(50, velocity)
        sounds.append(solo.play(0.3))
    assert np.diff([level_db(sound) for sound in sounds]).min() > 3
    bright_hz = [brightness_hz(sound) for sound in sounds]
    assert np.diff(bright_hz).min() > -0.01  # the softest pluck of the bass is as soft as it can be
    assert bright_hz[-1] > 1.3 * bright_hz[0]


def test_one_note_at_full_velocity_and_usual_volume_stays_below_the_ceiling_of_its_player():
    for kind in range(len(STRINGS_OF)):
        for key in range(36, 96, 6):
            solo = Solo(PLUCK, kind)
            solo.send(VOLUME, value=100 / 127)
            solo.on(key)
            assert -12 < 20 * np.log10(np.abs(solo.play(0.2)).max()) < -3.5


@pytest.mark.parametrize("after", [0, 1, 7, 15, 16, 100])
def test_it_begins_at_its_very_frame_and_the_same_wherever_that_lies(after):
    solo, reference = Solo(PLUCK, STEEL), Solo(PLUCK, STEEL)
    solo.on(60, after=after)
    reference.on(60)
    sound, expected = solo.play(0.1), reference.play(0.1)
    assert not sound[:after].any()
    assert sound[after] != 0
    frames = len(sound) - after
    # prefix sums over eight frames begin elsewhere: roundings differ
    np.testing.assert_allclose(sound[after:], expected[:frames], atol=2e-6)


@pytest.mark.parametrize("bend_cents", [200, -200, 700, -1200])
def test_a_bend_while_it_sounds_arrives_in_tune(bend_cents):
    solo = Solo(PLUCK, STEEL)
    solo.on(60)
    solo.play(0.1)
    solo.send(BEND, value=bend_cents)
    solo.play(0.05)
    target = key_hz(60 + bend_cents / 100)
    assert cents(partial_hz(solo.play(0.6), target, 48000.0), target) == pytest.approx(0, abs=1.5)


def test_a_bend_of_many_octaves_stops_where_the_string_is_long_enough_and_stays_a_string():
    solo = Solo(PLUCK, STEEL)
    solo.on(84)
    solo.play(0.1)
    solo.send(BEND, value=-4800.0)
    sound = solo.play(0.5)[4800:]
    lowest_hz = 48000.0 / (int(solo.pool["mask"][0]) - 4)
    assert key_hz(84 - 48) < lowest_hz < key_hz(84 - 12)
    assert cents(partial_hz(sound, lowest_hz, 48000.0), lowest_hz) == pytest.approx(0, abs=5)


@pytest.mark.parametrize("velocity", [0.05, 1.0])
@pytest.mark.parametrize("key", [28, 60, 88, 100, 127])
@pytest.mark.parametrize("kind", range(len(STRINGS_OF)), ids=[row[0] for row in STRINGS_OF])
def test_every_string_ends_soon_after_it_is_let_go(kind, key, velocity):
    solo = Solo(PLUCK, kind, 44100.0)
    solo.on(key, velocity)
    solo.off(key, after=20000)
    solo.play(3.0)
    assert solo.sounding == 0
    assert solo.pool["sounding"] == 0
    assert np.abs(solo.play(0.05)).max() == 0.0


@pytest.mark.parametrize("key", [80, 100])
def test_high_strings_end_by_themselves_and_leave_no_constant_behind(key):
    solo = Solo(PLUCK, 0)
    solo.on(key)
    sound = solo.play(6.0)
    assert abs(sound[-4800:].mean()) < SILENCE
    assert solo.sounding == 0


def test_the_burst_ends_in_zero_so_that_the_loop_holds_no_constant():
    solo = Solo(PLUCK, 3)  # the softest
    solo.on(45, 0.1)
    sound = solo.play(0.5)
    assert abs(sound.mean()) < 0.002 * np.abs(sound).max()
    assert FADE_FRAMES % GRID == 0


def test_a_full_pool_steals_and_goes_on():
    solo = Solo(PLUCK, STEEL)
    for i in range(STRINGS + 10):
        solo.on(30 + i / 2, after=i * 32)
    sound = solo.play(0.2)
    assert solo.sounding == STRINGS
    assert sorted(solo.pool["key"]) == [30 + i / 2 for i in range(10, STRINGS + 10)]  # the oldest went
    assert np.isfinite(sound).all()
