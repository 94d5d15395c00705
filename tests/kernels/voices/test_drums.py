"""Drums: every key has a sound of its own that ends, at its place on the stage."""
import numpy as np
import pytest

from imm_audio.kernels.voices.kit import GRAINS, HIGHEST_KEY, KIT, LOWEST_KEY, MODE, NOISE_S, RING_S, WIRE_S
from imm_audio.kernels.voices.pool import FREE
from tests.kernels.voices.struck import Drums, centroid_hz, cents, level_db, partial_hz

KEYS = range(LOWEST_KEY, HIGHEST_KEY + 1)
KEY = {drum.name: LOWEST_KEY + row for row, drum in enumerate(KIT)}


def struck(name, seconds, velocity=1.0, rate=48000.0, **macros):
    """Middle of one stroke."""
    drums = Drums(rate)
    for macro, value in macros.items():
        drums.parts[macro] = value
    drums.on(KEY[name], velocity)
    return drums.play(seconds)[0]


def test_every_percussion_key_has_its_row():
    assert len(KEY) == len(KIT) == HIGHEST_KEY - LOWEST_KEY + 1 <= 128 - LOWEST_KEY
    general_midi = {"bass drum": 36, "closed hi-hat": 42, "crash": 49, "claves": 75, "open triangle": 81, "shaker": 82,
                    "jingle bell": 83, "bell tree": 84, "castanets": 85, "mute surdo": 86, "open surdo": 87}
    assert {name: KEY[name] for name in general_midi} == general_midi


def audible_db(sound, rate):
    """RMS level below 20 kHz."""
    power = np.abs(np.fft.rfft(sound)[:int(20000 * len(sound) / rate)]) ** 2
    return 10 * np.log10(2 * power.sum() / len(sound) ** 2)


@pytest.mark.parametrize("rate", [48000.0, 96000.0])
def test_every_drum_is_about_as_loud_as_the_others(rate):
    levels = {}
    for drum in KIT:
        sound = struck(drum.name, 0.2, rate=rate)
        assert np.isfinite(sound).all()
        # with noise above 24 kHz, which nobody hears
        assert 20 * np.log10(np.abs(sound).max()) < (0 if rate < 50000 else 3), drum.name
        levels[drum.name] = audible_db(sound, rate)
    assert max(levels.values()) - min(levels.values()) < 9, levels
    assert -28 < min(levels.values()) < max(levels.values()) < -16


@pytest.mark.parametrize("key", KEYS, ids=KEY)
def test_every_drum_ends_unheard_and_leaves_silence(key):
    drums, row = Drums(), key - LOWEST_KEY
    drums.parts["ring"] = 0.0
    drums.on(key)
    longest_s = 0.35 * max(RING_S[row], NOISE_S[row], WIRE_S[row], MODE[row, :, 2].max())
    sound = drums.play(1.7 * longest_s + 1.6 * GRAINS[row] * KIT[row].every_s + 0.4)[0]
    assert drums.sounding == 0
    last = np.flatnonzero(sound)[-1]
    assert np.abs(sound[last - 200:last + 1]).max() < 3e-4  # -70 dBFS: what it ends with, at most
    assert not drums.play(0.002).any()


@pytest.mark.parametrize("name", ["tom 1", "tom 3", "high bongo", "open conga", "low conga", "claves", "open surdo",
                                  "tabla tin", "frame drum"])
def test_tuned_drums_rest_at_the_pitch_of_their_row(name):
    drum = KIT[KEY[name] - LOWEST_KEY]
    sound = struck(name, 0.6)[int(5 * drum.fall_s * 48000):]
    sound = sound[:max(int(drum.ring_s * 0.8 * 48000), 2400)]
    assert cents(partial_hz(sound, drum.hz, 48000.0), drum.hz) == pytest.approx(0, abs=25)  # what is left of the fall


@pytest.mark.parametrize("name", ["frame drum", "tabla na", "open conga"])
def test_a_skin_has_the_modes_of_its_row(name):
    drum = KIT[KEY[name] - LOWEST_KEY]
    sound = struck(name, 0.5)[480:]
    for ratio, level, _ in drum.modes[:2]:
        assert level > 0
        assert cents(partial_hz(sound, ratio * drum.hz, 48000.0), ratio * drum.hz) == pytest.approx(0, abs=10)


def test_the_modes_of_a_skin_and_of_a_tabla_are_those_of_the_books():
    assert [mode[0] for mode in KIT[KEY["frame drum"] - LOWEST_KEY].modes] == [1.594, 2.136, 2.296, 2.653]
    assert [mode[0] for mode in KIT[KEY["tabla na"] - LOWEST_KEY].modes] == [2, 3, 4, 5]


def crossings(sound):
    return np.flatnonzero((sound[:-1] <= 0) & (sound[1:] > 0))


def test_the_pitch_of_a_bass_drum_falls_and_that_of_a_bayan_rises():
    falling, rising = (np.diff(crossings(struck(name, 0.4)[1200:])) for name in ("bass drum", "tabla ge"))
    assert falling[-1] > 1.3 * falling[0]
    assert rising[-1] < 0.9 * rising[0]


@pytest.mark.parametrize(("ring", "factor"), [(0.0, 0.35), (0.5, 1.0), (1.0, 3.0)])
def test_ring_scales_how_long_it_rings(ring, factor):
    sound = struck("open surdo", 0.75 * factor, ring=ring)
    t60_s = factor * RING_S[KEY["open surdo"] - LOWEST_KEY]
    window, first, second = (int(share * t60_s * 48000) for share in (0.2, 0.3, 0.7))
    fell_db = level_db(sound[first:first + window]) - level_db(sound[second:second + window])
    assert fell_db / 0.4 == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize("name", ["bass drum", "snare", "closed hi-hat", "ride", "high bongo", "djembe slap", "cajon tone",
                                  "tabla na"])
def test_a_harder_or_brighter_stroke_is_brighter(name):
    levels, hz = [], []
    for velocity in (0.2, 0.5, 1.0):
        sound = struck(name, 0.1, velocity)
        levels.append(level_db(sound))
        hz.append(centroid_hz(sound, 48000.0))
    assert np.diff(levels).min() > 6
    assert np.diff(hz).min() > 0
    assert np.diff([centroid_hz(struck(name, 0.1, bright=bright), 48000.0) for bright in (0.0, 0.5, 1.0)]).min() > 0


def test_soft_drums_begin_slowly_with_less_noise():
    hard, soft = struck("snare", 0.2), struck("snare", 0.2, soft=1.0)
    rise = [np.flatnonzero(np.abs(sound) > 0.7 * np.abs(sound).max())[0] for sound in (hard, soft)]
    assert rise[1] > rise[0] + 48
    assert centroid_hz(soft, 48000.0) < centroid_hz(hard, 48000.0)


@pytest.mark.parametrize("name", ["snare", "closed hi-hat", "crash", "clap", "shaker", "brush sweep"])
def test_noise_rises_instead_of_starting_at_once(name):
    strokes = np.array([struck(name, 0.02, 0.5 + i / 100) for i in range(10)])
    envelope = np.sqrt(np.mean(strokes ** 2, axis=0))
    assert envelope[0] < 0.4 * envelope[:240].max()


def test_a_clap_is_four_claps_and_a_shaker_swings_twice():
    for name, count, every_s in (("clap", 4, 0.010), ("shaker", 2, 0.085)):
        sound = struck(name, 0.2)
        envelope = np.convolve(sound ** 2, np.hanning(int(0.5 * every_s * 48000)), "same")
        inner = envelope[1:-1]
        tops = np.flatnonzero((inner > envelope[:-2]) & (inner > envelope[2:]) & (inner > 0.1 * envelope.max()))
        apart = np.diff(tops) > 0.5 * every_s * 48000
        assert 1 + apart.sum() >= count - 1  # the tail may cover one
        assert tops[-1] > 0.5 * (count - 1) * every_s * 48000


def test_drums_stand_as_on_a_stage():
    places = {}
    for name in ("bass drum", "snare", "closed hi-hat", "crash", "ride", "tom 1", "tom 6"):
        drums = Drums()
        drums.on(KEY[name])
        middle, side = drums.play(0.05)
        places[name] = side @ middle / (middle @ middle)
        np.testing.assert_allclose(side, places[name] * middle, atol=1e-6)
    assert places["bass drum"] == places["snare"] == 0
    assert 0 < places["closed hi-hat"] < 0.2
    assert places["tom 6"] > 0 > places["tom 1"]
    assert places["crash"] > 0.2
    assert places["ride"] < -0.2


def test_two_strokes_of_one_drum_are_two_voices_with_noise_of_their_own():
    drums = Drums()
    drums.on(KEY["crash"], player=0)
    drums.on(KEY["crash"], player=1)
    drums.play(0.1)
    planes = drums.pool["planes"].reshape(8, -1)
    assert drums.sounding == 2
    assert not np.array_equal(planes[0], planes[1])


@pytest.mark.parametrize("after", [0, 1, 7, 15, 16, 100])
def test_a_drum_is_struck_at_its_very_frame(after):
    drums = Drums()
    drums.on(KEY["snare"], after=after)
    sound = drums.play(0.01)[0]
    assert not sound[:after].any()
    assert sound[after] != 0


def test_the_closed_hi_hat_ends_the_open_one_and_leaves_its_last_sample_to_fade():
    drums = Drums()
    drums.on(KEY["open hi-hat"])
    drums.play(0.2)
    last, side = float(drums.pool["last"][0]), float(drums.pool["side"][0])
    drums.on(KEY["closed hi-hat"], 0.01)
    sound = drums.play(0.01)[0]
    assert drums.sounding == 1
    assert np.abs(sound).max() < 0.01
    assert drums.residue[0] == pytest.approx(last)
    assert drums.residue[24] == pytest.approx(side)


def test_drums_of_different_groups_leave_each_other_alone():
    drums = Drums()
    for name in ("open hi-hat", "crash", "short whistle", "cowbell"):
        drums.on(KEY[name])
    drums.play(0.01)
    assert (drums.pool["gate"] != FREE).sum() == drums.sounding == 4


@pytest.mark.parametrize(("key", "row"), [(0, LOWEST_KEY), (34.9, LOWEST_KEY), (HIGHEST_KEY + 1, HIGHEST_KEY),
                                           (127, HIGHEST_KEY)])
def test_keys_outside_the_kit_play_its_nearest_drum(key, row):
    outside, inside = Drums(), Drums()
    outside.on(key)
    inside.on(row)
    np.testing.assert_array_equal(outside.play(0.1), inside.play(0.1))


def test_what_a_player_moves_makes_no_step():
    still, moved = Drums(), Drums()
    for drums in (still, moved):
        drums.on(KEY["open surdo"])
        drums.play(0.1)
    moved.parts["bright"], moved.parts["gain"] = 1.0, 0.9
    assert np.abs(np.diff(moved.play(0.1)[0])).max() < 1.5 * np.abs(np.diff(still.play(0.1)[0])).max()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_no_input_makes_anything_but_numbers(value):
    drums = Drums()
    for name in ("bright", "ring", "soft", "pitch_cents"):
        drums.parts[name] = value
    for key in (value, 36, 38, 49, 60, 84):
        drums.on(key, value)
        drums.on(key, 1.0, after=50)
    assert np.isfinite(drums.play(0.05)).all()
