"""Bars, bells and bowls: partials where the table has them, for as long as it says."""
import numpy as np
import pytest

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.bars import APART_HZ, BARS, PARTIALS, RATIO, RING
from imm_audio.kernels.voices.modal import LONGEST_T60_S, RELEASE_T60_S, SILENT, VOICES
from tests.kernels.voices.struck import Bars, centroid_hz, cents, key_hz, level_db, partial_hz

NAMES = [bar.name for bar in BARS]
VIBRAPHONE, GLOCKENSPIEL, MARIMBA, CHIME = map(NAMES.index, ("vibraphone", "glockenspiel", "marimba", "chime bars"))
every_bar = pytest.mark.parametrize("kind", range(len(BARS)), ids=NAMES)


def used(kind):
    return RATIO[kind] > 0


def table_hz(kind, key):
    return (RATIO[kind] * key_hz(key) + APART_HZ[kind])[used(kind)]


def table_t60_s(kind, key):
    """As the table and its rule for the size of bars say."""
    bar = BARS[kind]
    ring_s = bar.ring_s * np.clip((261.6 / key_hz(key)) ** 0.6, 0.15, 3.0) * RING[kind]
    return np.minimum(ring_s / (1 + bar.higher * np.maximum(RATIO[kind] - 1, 0)), LONGEST_T60_S)[used(kind)]


def poles(bars, kind, v=0):
    """Frequency [Hz] and time to fall by 60 dB [s] of each used partial of voice v, from its coefficients."""
    k, r2 = (bars.pool[name][v * PARTIALS:(v + 1) * PARTIALS].astype("f8")[used(kind)] for name in ("k", "r2"))
    r = np.sqrt(r2)
    return np.arccos((1 + r2 - k) / (2 * r)) * bars.rate / (2 * np.pi), -3 / np.log10(r) / bars.rate


def struck(kind, key, seconds, velocity=1.0, rate=48000.0, **macros):
    """Middle of one stroke."""
    bars = Bars(kind, rate)
    for name, value in macros.items():
        bars.parts[name] = value
    bars.on(key, velocity)
    return bars.play(seconds)[0]


def test_the_catalogue_finds_its_sounds_where_they_were():
    assert NAMES[:10] == ["marimba", "xylophone", "vibraphone", "glockenspiel", "kalimba", "tubular bells", "singing bowl",
                          "church bell", "wood block", "16 partials"]
    assert used(NAMES.index("16 partials")).all()
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@every_bar
def test_partials_have_the_frequencies_and_times_of_the_table(kind, rate):
    for key in (21, 28, 45.5, 60, 84, 108):
        bars = Bars(kind, rate)
        bars.on(key)
        bars.play(0.0003)
        hz, t60_s = poles(bars, kind)
        inside = table_hz(kind, key) <= 0.45 * rate
        np.testing.assert_allclose(cents(hz, table_hz(kind, key))[inside], 0, atol=0.5)  # float32 coefficients
        np.testing.assert_allclose(t60_s[inside], table_t60_s(kind, key)[inside], rtol=0.02)  # the same


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize(("kind", "key"), [(MARIMBA, 21), (MARIMBA, 60), (GLOCKENSPIEL, 108), (CHIME, 72), (VIBRAPHONE, 53)])
def test_what_sounds_is_within_a_cent(kind, key, rate):
    sound = struck(kind, key, 1.0 if key < 30 else 0.4, rate=rate)
    assert cents(partial_hz(sound, key_hz(key), rate), key_hz(key)) == pytest.approx(0, abs=1.0)


@pytest.mark.parametrize("kind", [GLOCKENSPIEL, NAMES.index("hand bell"), NAMES.index("music box")])
def test_what_sounds_has_the_partials_of_the_table(kind):
    sound = struck(kind, 60, 1.0)
    for hz in table_hz(kind, 60):
        assert cents(partial_hz(sound, hz, 48000.0), hz) == pytest.approx(0, abs=1.0), hz


@pytest.mark.parametrize(("kind", "key", "rate"), [(VIBRAPHONE, 60, 48000.0), (CHIME, 72, 44100.0), (MARIMBA, 21, 96000.0)])
def test_what_sounds_dies_as_the_table_says(kind, key, rate):
    t60_s = table_t60_s(kind, key)[0]
    sound = struck(kind, key, 0.7 * t60_s, rate=rate)
    window = int(0.1 * t60_s * rate)
    first, second = int(0.3 * t60_s * rate), int(0.6 * t60_s * rate)
    fell_db = level_db(sound[first:first + window]) - level_db(sound[second:second + window])
    assert fell_db / 0.3 == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize("key", [48, 60, 72])
def test_a_gamelan_beats_six_times_a_second_on_every_key(key):
    sound = struck(NAMES.index("gamelan"), key, 1.2)
    envelope = np.sqrt(np.mean(sound[9600:].reshape(-1, 480) ** 2, axis=1))
    fall = np.polyfit(np.arange(len(envelope)), np.log(envelope), 1)
    beat = np.log(envelope) - np.polyval(fall, np.arange(len(envelope)))
    spectrum = np.abs(np.fft.rfft(beat * np.hanning(len(beat)), 4096))
    assert np.argmax(spectrum[80:]) + 80 == pytest.approx(6.0 * 4096 / 100, abs=25)  # 0.6 Hz: beats are few


def test_a_steel_pan_blooms():
    sound = struck(NAMES.index("steel pan"), 60, 0.5)
    octave = 2 * key_hz(60)

    def level(start):
        piece = sound[start:start + 1920] * np.hanning(1920)
        return abs(piece @ np.exp(-2j * np.pi * octave / 48000 * np.arange(1920)))

    assert level(2400) > 1.2 * level(0)


@every_bar
def test_release_damps_what_the_table_damps_and_nothing_else(kind):
    held, released = Bars(kind), Bars(kind)
    for bars in (held, released):
        bars.on(60)
        bars.play(0.2)
    released.off(60)
    a, b = held.play(0.4)[0][-9600:], released.play(0.4)[0][-9600:]
    if BARS[kind].damped:
        assert level_db(b) < level_db(a) - 18
        assert poles(released, kind)[1].max() == pytest.approx(RELEASE_T60_S, rel=0.02)
    else:
        np.testing.assert_array_equal(a, b)


def test_a_bar_struck_again_goes_on_ringing_under_the_new_stroke():
    again, first, second = (Bars(VIBRAPHONE) for _ in range(3))
    again.on(60, 0.8)
    again.on(60, 0.5, after=9616)
    first.on(60, 0.8)
    second.on(60, 0.5, after=9616)
    sound = again.play(0.5)
    assert again.sounding == 1
    # the bar is linear: what rings and what is struck add up
    np.testing.assert_allclose(sound, first.play(0.5) + second.play(0.5), atol=2e-5)  # float32 recursions


def test_two_keys_are_two_voices_and_add_up_whoever_is_the_partner():
    bars, alone = Bars(VIBRAPHONE), [Bars(VIBRAPHONE) for _ in range(3)]
    for i, key in enumerate((60, 64, 67)):
        bars.on(key, 0.5, after=100 * i)
        alone[i].on(key, 0.5, after=100 * i)
    np.testing.assert_allclose(bars.play(0.3), sum(one.play(0.3) for one in alone), atol=1e-6)  # sums in another order


def test_the_silent_partner_of_an_odd_voice_never_moves():
    bars = Bars(VIBRAPHONE)
    for key in (60, 64, 67):
        bars.on(key)
        bars.play(0.1)
        silent = slice(SILENT * PARTIALS, (SILENT + 1) * PARTIALS)
        assert not bars.pool["y"][silent].any()
        assert not bars.pool["d"][silent].any()


def test_two_players_do_not_hear_each_other():
    bars, other = Bars(VIBRAPHONE), Bars(VIBRAPHONE)
    for one in (bars, other):
        one.on(60, 0.5)
        one.on(64, 0.5)
    other.on(72, 1.0, player=7)
    np.testing.assert_array_equal(bars.play(0.2), other.play(0.2))


@pytest.mark.parametrize("after", [0, 1, 7, 15, 16, 100])
def test_it_is_struck_at_its_very_frame(after):
    bars, reference = Bars(VIBRAPHONE), Bars(VIBRAPHONE)
    bars.on(60, after=after)
    reference.on(60)
    sound, expected = bars.play(0.1)[0], reference.play(0.1)[0]
    assert not sound[:after].any()
    assert sound[after] != 0
    np.testing.assert_allclose(sound[after:], expected[:len(sound) - after], atol=1e-6)


@every_bar
def test_a_harder_or_brighter_stroke_is_brighter(kind):
    by_velocity = [centroid_hz(struck(kind, 60, 0.1, velocity), 48000.0) for velocity in (0.2, 0.5, 1.0)]
    by_macro = [centroid_hz(struck(kind, 60, 0.1, 0.5, bright=bright), 48000.0) for bright in (0.0, 0.5, 1.0)]
    assert np.diff(by_velocity).min() > 0
    assert np.diff(by_macro).min() > 0


def test_a_harder_stroke_is_louder():
    levels = [level_db(struck(GLOCKENSPIEL, 72, 0.1, velocity)) for velocity in (0.1, 0.3, 0.6, 1.0)]
    assert np.diff(levels).min() > 3


@pytest.mark.parametrize(("ring", "factor"), [(0.0, 0.35), (0.5, 1.0), (1.0, 3.0)])
def test_ring_scales_the_time_it_rings(ring, factor):
    bars = Bars(CHIME)
    bars.parts["ring"] = ring
    bars.on(60)
    bars.play(0.001)
    np.testing.assert_allclose(poles(bars, CHIME)[1], factor * table_t60_s(CHIME, 60), rtol=0.02)


def test_a_soft_stroke_begins_slowly_and_is_as_loud():
    hard, soft = struck(CHIME, 60, 0.2), struck(CHIME, 60, 0.2, soft=1.0)
    first = [np.flatnonzero(np.abs(sound) > 0.5 * np.abs(sound).max())[0] / 48 for sound in (hard, soft)]
    assert first[1] > first[0] + 1.0  # ms
    assert np.abs(np.diff(soft)).max() < 0.7 * np.abs(np.diff(hard)).max()
    assert level_db(soft) == pytest.approx(level_db(hard), abs=2.0)
    assert centroid_hz(soft, 48000.0) < centroid_hz(hard, 48000.0)


def test_low_bars_stand_left_and_high_ones_right():
    for key, place in ((21, 39 / 96), (60, 0.0), (84, -0.25), (108, -0.5), (127, -0.5)):
        bars = Bars(VIBRAPHONE)
        bars.on(key)
        middle, side = bars.play(0.1)
        np.testing.assert_allclose(side, place * middle, atol=1e-6)


@every_bar
def test_a_full_stroke_peaks_where_all_sounds_do(kind):
    for key in (36, 60, 84):
        assert -12 < 20 * np.log10(np.abs(struck(kind, key, 0.1)).max()) < -2.5


@pytest.mark.parametrize("rate", [44100.0, 48000.0])
def test_no_partial_is_folded_back_at_the_top(rate):
    sound = struck(GLOCKENSPIEL, 96, 0.5, rate=rate)
    power = np.abs(np.fft.rfft(sound * np.blackman(len(sound)))) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / rate)
    far = np.all(np.abs(hz[:, None] - table_hz(GLOCKENSPIEL, 96)) > 1000, axis=1)
    assert 10 * np.log10(power[far].max() / power.max()) < -60


def test_a_bend_moves_every_partial():
    bars = Bars(VIBRAPHONE)
    bars.on(60)
    bars.play(0.01)
    bars.parts["pitch_cents"] = -150.0
    bars.play(0.01)
    np.testing.assert_allclose(cents(poles(bars, VIBRAPHONE)[0], table_hz(VIBRAPHONE, 58.5)), 0, atol=0.5)


def test_what_a_player_moves_makes_no_step():
    still, moved = Bars(VIBRAPHONE), Bars(VIBRAPHONE)
    for bars in (still, moved):
        bars.on(60)
        bars.play(0.1)
    moved.parts["bright"], moved.parts["pitch_cents"] = 1.0, 1200.0
    steps = np.abs(np.diff(still.play(0.1)[0])).max()
    assert np.abs(np.diff(moved.play(0.1)[0])).max() < 2.1 * steps  # an octave higher is twice as steep


@pytest.mark.parametrize("kind", [NAMES.index(name) for name in ("marimba", "xylophone", "wood block", "balafon")])
def test_bars_end_by_themselves(kind):
    bars = Bars(kind)
    bars.on(72)
    bars.play(1.6 * table_t60_s(kind, 72).max() + 0.3)  # 96 dB, and the next question
    assert bars.sounding == 0
    assert not bars.play(0.02).any()


def test_a_full_pool_steals_the_oldest_and_goes_on():
    bars = Bars(VIBRAPHONE)
    for i in range(VOICES + 5):
        bars.on(40 + i, 0.5, after=i * GRID)
    sound = bars.play(0.1)
    assert bars.sounding == VOICES
    assert sorted(bars.pool["key"]) == [40 + i for i in range(5, VOICES + 5)]
    assert np.isfinite(sound).all()
    assert bars.residue[0] != 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_no_input_makes_anything_but_numbers(value):
    bars = Bars(VIBRAPHONE)
    for name in ("bright", "ring", "soft", "pitch_cents"):
        bars.parts[name] = value
    bars.on(value, value)
    bars.on(60, 1.0, after=100)
    assert np.isfinite(bars.play(0.05)).all()
