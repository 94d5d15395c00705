"""Bars, bells and bowls: partials where the table has them, for as long as it says."""
import numpy as np
import pytest

from imm_audio.kernels.engine.events import BEND, NOTE_ON, SOUND, VOLUME
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.modal import BARS, PARTIALS, RELEASE_T60_S, SILENT, VOICES
from imm_audio.kernels.voices.part import MODAL
from tests.kernels.voices.solo import Solo, cents, key_hz, level_db, partial_hz

NAMES = [bar[0] for bar in BARS]
VIBRAPHONE, GLOCKENSPIEL = NAMES.index("vibraphone"), NAMES.index("glockenspiel")


def poles(solo, v=0):
    """Frequency [Hz] and time to fall by 60 dB [s] of each sounding partial of voice v, from its coefficients."""
    k, r2 = (solo.pool[name][v * PARTIALS:(v + 1) * PARTIALS].astype("f8") for name in ("k", "r2"))
    found = []
    for one_k, one_r2 in zip(k, r2, strict=True):
        if one_r2 > 0:
            r = np.sqrt(one_r2)
            found.append((np.arccos((1 + one_r2 - one_k) / (2 * r)) * solo.rate / (2 * np.pi), -3 / np.log10(r) / solo.rate))
    return np.array(found).T


def table_t60_s(kind, hz):
    """As the table and its rule for the size of bars say."""
    _, ratios, ring_s, higher, *_ = BARS[kind]
    ring_s *= np.clip((261.6 / hz) ** 0.6, 0.15, 3.0)
    return np.array([ring_s / (1 + higher * max(ratio - 1, 0)) for ratio in ratios])


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize("kind", range(len(BARS)), ids=NAMES)
def test_partials_have_the_frequencies_and_times_of_the_table(kind, rate):
    ratios = np.array(BARS[kind][1], "f8")
    for key in (21, 28, 45.5, 60, 84, 108):
        solo = Solo(MODAL, kind, rate)
        solo.on(key)
        solo.play(0.001)
        hz, t60_s = poles(solo)
        audible = ratios * key_hz(key) <= 0.45 * rate
        assert len(hz) == audible.sum()
        np.testing.assert_allclose(cents(hz, ratios[audible] * key_hz(key)), 0, atol=1.0)  # float32 coefficients
        np.testing.assert_allclose(t60_s, table_t60_s(kind, key_hz(key))[audible], rtol=0.02)  # the same


@pytest.mark.parametrize("key", [28, 40, 60, 84])
def test_what_sounds_has_the_partials_of_the_table(key):
    solo = Solo(MODAL, GLOCKENSPIEL)
    solo.on(key)
    sound = solo.play(1.0)
    for ratio in BARS[GLOCKENSPIEL][1]:
        hz = ratio * key_hz(key)
        if hz < 15000:
            assert cents(partial_hz(sound, hz, 48000.0), hz) == pytest.approx(0, abs=1.0), ratio


def test_what_sounds_dies_as_the_table_says():
    solo = Solo(MODAL, VIBRAPHONE)
    solo.on(60)
    sound = solo.play(5.0)
    early, late = (level_db(sound[int(s * 48000):int((s + 0.3) * 48000)]) for s in (2.0, 4.0))
    assert (early - late) * table_t60_s(VIBRAPHONE, key_hz(60))[0] / 2 == pytest.approx(60, rel=0.02)


@pytest.mark.parametrize("kind", range(len(BARS)), ids=NAMES)
def test_release_damps_what_the_table_damps_and_nothing_else(kind):
    held, released = Solo(MODAL, kind), Solo(MODAL, kind)
    for solo in (held, released):
        solo.on(60)
    released.off(60, after=9600)
    a, b = held.play(0.7)[-9600:], released.play(0.7)[-9600:]
    if BARS[kind][5]:
        assert level_db(b) < level_db(a) - 20
        assert poles(released)[1].max() == pytest.approx(RELEASE_T60_S, rel=0.02)
    else:
        np.testing.assert_array_equal(a, b)


def test_a_bar_struck_again_goes_on_ringing_under_the_new_stroke():
    again, first, second = (Solo(MODAL, VIBRAPHONE) for _ in range(3))
    again.on(60, 0.8)
    again.on(60, 0.5, after=9616)
    first.on(60, 0.8)
    second.on(60, 0.5, after=9616)
    sound = again.play(0.5)
    assert again.sounding == 1
    # the bar is linear: what rings and what is struck add up
    np.testing.assert_allclose(sound, first.play(0.5) + second.play(0.5), atol=2e-5)  # float32 recursions


def test_two_keys_are_two_voices_and_add_up_whoever_is_the_partner():
    solo, alone = Solo(MODAL, VIBRAPHONE), [Solo(MODAL, VIBRAPHONE) for _ in range(3)]
    for i, key in enumerate((60, 64, 67)):
        solo.on(key, 0.5, after=100 * i)
        alone[i].on(key, 0.5, after=100 * i)
    np.testing.assert_allclose(solo.play(0.3), sum(one.play(0.3) for one in alone), atol=1e-6)  # sums in another order


def test_the_silent_partner_of_an_odd_voice_never_moves():
    solo = Solo(MODAL, VIBRAPHONE)
    for key in (60, 64, 67):
        solo.on(key)
        solo.play(0.2)
        silent = slice(SILENT * PARTIALS, (SILENT + 1) * PARTIALS)
        assert not solo.pool["y"][silent].any()
        assert not solo.pool["d"][silent].any()


def test_two_players_do_not_hear_each_other():
    solo, other = Solo(MODAL, VIBRAPHONE), Solo(MODAL, VIBRAPHONE)
    for one in (solo, other):
        one.on(60, 0.5)
    other.engine.push(SOUND, 7, 0, MODAL, 0)
    other.engine.push(NOTE_ON, 7, 0, 72, 1.0, frame=other.engine.frame)
    np.testing.assert_array_equal(solo.play(0.3), other.play(0.3))


@pytest.mark.parametrize("after", [0, 1, 7, 15, 16, 100])
def test_it_is_struck_at_its_very_frame(after):
    solo, reference = Solo(MODAL, VIBRAPHONE), Solo(MODAL, VIBRAPHONE)
    solo.on(60, after=after)
    reference.on(60)
    sound, expected = solo.play(0.1), reference.play(0.1)
    assert not sound[:after].any()
    assert sound[after] != 0
    np.testing.assert_allclose(sound[after:], expected[:len(sound) - after], atol=1e-6)  # gain ramps begin elsewhere


def test_a_harder_mallet_stroke_is_louder_and_brighter():
    levels, high = [], []
    for velocity in (0.1, 0.3, 0.6, 1.0):
        solo = Solo(MODAL, GLOCKENSPIEL)
        solo.on(72, velocity)
        sound = solo.play(0.3)
        power = np.abs(np.fft.rfft(sound)) ** 2
        levels.append(level_db(sound))
        high.append(power[int(0.3 * 2 * key_hz(72)):].sum() / power.sum())
    assert np.diff(levels).min() > 3
    assert np.diff(high).min() > 0


@pytest.mark.parametrize("kind", range(len(BARS)), ids=NAMES)
def test_one_stroke_at_usual_volume_stays_below_the_ceiling_of_its_player(kind):
    for key in (36, 60, 84):
        solo = Solo(MODAL, kind)
        solo.send(VOLUME, value=100 / 127)
        solo.on(key)
        assert -15 < 20 * np.log10(np.abs(solo.play(0.2)).max()) < -3.5


def test_a_bend_moves_every_partial():
    solo = Solo(MODAL, VIBRAPHONE)
    solo.on(60)
    solo.play(0.1)
    solo.send(BEND, value=-150.0)
    solo.play(0.1)
    hz, _ = poles(solo)
    np.testing.assert_allclose(cents(hz, np.array(BARS[VIBRAPHONE][1]) * key_hz(58.5)), 0, atol=1.0)


@pytest.mark.parametrize("kind", [NAMES.index(name) for name in ("marimba", "xylophone", "wood block", "kalimba")])
def test_bars_end_by_themselves(kind):
    solo = Solo(MODAL, kind)
    solo.on(72)
    solo.play(1.6 * table_t60_s(kind, key_hz(72)).max() + 0.3)  # 96 dB, and the next question
    assert solo.sounding == 0
    assert not solo.play(0.02).any()


def test_a_full_pool_steals_the_oldest_and_goes_on():
    solo = Solo(MODAL, VIBRAPHONE)
    for i in range(VOICES + 5):
        solo.on(40 + i, 0.5, after=i * GRID)
    sound = solo.play(0.2)
    assert solo.sounding == VOICES
    assert sorted(solo.pool["key"]) == [40 + i for i in range(5, VOICES + 5)]
    assert np.isfinite(sound).all()
