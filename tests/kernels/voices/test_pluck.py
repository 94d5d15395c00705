"""Plucked strings: in tune, dying in their time, damped by the hand, as bright as they are played, without clicks."""
import numpy as np
import pytest

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import PART_GLIDE_S
from imm_audio.kernels.voices.pluck import (
    LONG_FRAMES,
    PLUCK,
    RING_S,
    SHORTEST_FRAMES,
    STRINGS,
    STRINGS_OF,
    pluck_render,
    pluck_reset,
    pluck_start,
)
from imm_audio.kernels.voices.pool import SILENCE, pool_silence
from tests.kernels.voices.ear import (
    RESIDUE_S,
    Alone,
    aliasing_db,
    alone,
    centroid_hz,
    cents,
    click_db,
    key_hz,
    level_db,
    partial_hz,
    peak_db,
    t60_s,
)

MODEL = PLUCK, pluck_reset, pluck_start, pluck_render
NAMES = [row[0] for row in STRINGS_OF]
NYLON, STEEL, HARP, BASS = (NAMES.index(name) for name in ("nylon guitar", "steel guitar", "harp", "bass"))
RATES = (44100.0, 48000.0, 96000.0)
KINDS = pytest.mark.parametrize("kind", range(len(STRINGS_OF)), ids=NAMES)


def keys_of(kind):
    """Lowest, middle, a quarter tone, and highest key of an instrument."""
    low, high = STRINGS_OF[kind][1:3]
    return low, (low + high) // 2, (low + 3 * high) // 4 + 0.5, high


def middle(sound):
    return sound.mean(0)


def heard_hz(sound, key, rate, first_s=0.1, last_s=0.4):
    return partial_hz(sound[int(first_s * rate):int(last_s * rate)], key_hz(key), rate)


def meant_t60_s(kind, key):
    return RING_S * STRINGS_OF[kind][4] * np.clip(np.sqrt(110 / key_hz(key)), 0.1, 2)


def test_the_first_six_keep_their_places():
    assert NAMES[:6] == ["nylon guitar", "steel guitar", "harp", "bass", "ukulele", "koto"]


@pytest.mark.parametrize("rate", RATES)
@KINDS
def test_every_string_is_in_tune_over_its_range_from_the_first_tenths_of_a_second_on(kind, rate):
    for key in keys_of(kind):
        sound = middle(alone(MODEL, kind, key, 0.4, 0.9, rate))
        assert cents(heard_hz(sound, key, rate), key_hz(key)) == pytest.approx(0, abs=0.3), key  # 1: asked for


@pytest.mark.parametrize("bright", [0.0, 1.0])
@pytest.mark.parametrize("rate", RATES)
def test_it_stays_in_tune_as_bright_and_as_dull_as_it_gets(rate, bright):
    for kind, key in ((NYLON, 40), (NYLON, 84), (STEEL, 76), (HARP, 100), (BASS, 33)):
        one = Alone(MODEL, kind, rate)
        one.on(key)
        one.move(after=0.05 * rate, timbre=bright)
        assert cents(heard_hz(middle(one.play(0.45)), key, rate, 0.15, 0.45), key_hz(key)) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("bend_cents", [200, -200, 700, -1200])
def test_a_bend_while_it_sounds_arrives_in_tune(bend_cents):
    for key in (43, 60, 79):
        one = Alone(MODEL, STEEL)
        one.on(key)
        one.move(after=4800, bend_cents=bend_cents)
        target = key + bend_cents / 100
        assert cents(heard_hz(middle(one.play(0.6)), target, 48000, 0.2, 0.6), key_hz(target)) == pytest.approx(0, abs=0.5)


def test_a_bend_to_the_shortest_loops_arrives_in_tune():
    one = Alone(MODEL, STEEL)
    one.on(79)
    one.play(0.1)
    assert one.pool["delay"][0] > LONG_FRAMES
    one.move(bend_cents=2400.0)
    sound = middle(one.play(0.6))
    assert one.pool["delay"][0] < LONG_FRAMES
    assert cents(heard_hz(sound, 103, 48000, 0.2, 0.6), key_hz(103)) == pytest.approx(0, abs=0.5)


def test_a_tuning_sounds_another_pitch_than_the_key_and_is_let_go_by_its_key():
    one = Alone(MODEL, STEEL)
    one.on(60, pitch=63.5)
    one.off(60, after=19200)
    sound = middle(one.play(2.0))
    assert cents(heard_hz(sound, 63.5, 48000), key_hz(63.5)) == pytest.approx(0, abs=0.3)
    assert one.sounding == 0


def test_the_highest_pitch_is_what_the_shortest_loop_gives():
    one = Alone(MODEL, HARP, 44100)
    one.set(timbre=1.0)
    one.on(108)
    assert cents(heard_hz(middle(one.play(0.4)), 108, 44100, 0.05, 0.3), key_hz(108)) == pytest.approx(0, abs=1)  # C8
    one = Alone(MODEL, HARP, 44100)
    one.on(130)
    one.play(0.01)
    assert one.pool["delay"][0] == SHORTEST_FRAMES


def test_a_bend_of_many_octaves_stops_where_the_string_is_long_enough_and_stays_a_string():
    one = Alone(MODEL, STEEL)
    one.on(84)
    one.move(after=4800, bend_cents=-4800.0)
    sound = middle(one.play(0.6))[9600:]
    lowest_hz = 48000.0 / (int(one.pool["mask"][0]) - 4)
    assert key_hz(84 - 48) < lowest_hz < key_hz(84 - 12)
    assert cents(partial_hz(sound, lowest_hz, 48000.0), lowest_hz) == pytest.approx(0, abs=5)


@KINDS
def test_the_pitch_dies_by_sixty_decibels_in_its_time(kind):
    low, high = STRINGS_OF[kind][1:3]
    for key in (low + 7, (low + high) // 2, min(high, 93)):
        sound = middle(alone(MODEL, kind, key, 1.0))[4800:]
        assert t60_s(sound, 48000, key_hz(key)) == pytest.approx(meant_t60_s(kind, key), rel=0.05), key


@pytest.mark.parametrize("rate", [44100.0, 96000.0])
def test_overtones_die_as_fast_at_every_rate(rate):
    for k in (3, 6):
        hz = k * key_hz(57)
        times = [t60_s(middle(alone(MODEL, NYLON, 57, 0.8, 1.0, one_rate))[int(0.05 * one_rate):], one_rate, hz)
                 for one_rate in (48000.0, rate)]
        assert times[1] == pytest.approx(times[0], rel=0.1)


def test_ring_makes_notes_that_begin_shorter_and_longer():
    times = [t60_s(middle(alone(MODEL, NYLON, 62, 1.5, ring=ring))[4800:], 48000, key_hz(62)) for ring in (0.0, 0.5, 1.0)]
    assert times[0] / times[1] == pytest.approx(0.35, rel=0.05)
    assert times[2] / times[1] == pytest.approx(3, rel=0.08)  # what interpolation loses counts more


@KINDS
def test_release_damps_the_string_as_the_table_says(kind):
    low, high = STRINGS_OF[kind][1:3]
    for key in (low, (low + high) // 2):
        sound = middle(alone(MODEL, kind, key, 0.8, let_go_s=0.3))
        time_s = t60_s(sound[int(0.32 * 48000):], 48000, key_hz(key))
        assert time_s == pytest.approx(min(STRINGS_OF[kind][8], meant_t60_s(kind, key)), rel=0.15)


@KINDS
def test_a_harder_pluck_is_louder_and_brighter(kind):
    sounds = [middle(alone(MODEL, kind, 50, 0.3, velocity)) for velocity in (0.1, 0.3, 0.6, 1.0)]
    assert np.diff([level_db(sound) for sound in sounds]).min() > 3
    bright_hz = [centroid_hz(sound, 48000) for sound in sounds]
    assert np.diff(bright_hz).min() > 0
    assert bright_hz[-1] > 1.25 * bright_hz[0]


@KINDS
def test_bright_and_soft_answer_a_child_who_moves_them(kind):
    plain, bright, dull, soft = (middle(alone(MODEL, kind, 55, 0.3, 0.9, **moved))
                                 for moved in ({}, {"timbre": 1.0}, {"timbre": 0.0}, {"soft": 1.0}))
    assert centroid_hz(dull, 48000) * 1.15 < centroid_hz(plain, 48000) < centroid_hz(bright, 48000) / 1.15
    assert centroid_hz(soft, 48000) * 1.15 < centroid_hz(plain, 48000)
    assert abs(level_db(soft) - level_db(plain)) < 6


def test_bright_moves_what_rings():
    found = []
    for timbre in (0.0, 0.5, 1.0):
        one = Alone(MODEL, STEEL)
        one.on(45)
        one.move(after=2400, timbre=timbre)
        found.append(centroid_hz(middle(one.play(0.8))[14400:], 48000))
    assert found[0] * 1.15 < found[1] < found[2] / 1.15


@KINDS
def test_full_velocity_stays_below_the_ceiling_of_its_player_and_all_are_about_as_loud(kind):
    low, high = STRINGS_OF[kind][1:3]
    keys = range(low, high - 6, 5)
    sounds = [alone(MODEL, kind, key, 0.15) for key in keys]
    assert all(-13 < peak_db(sound) < -3 for sound in sounds)
    assert np.mean([level_db(middle(sound)) for sound in sounds]) == pytest.approx(-20, abs=3)


@KINDS
def test_low_strings_stand_left_and_high_ones_right_gently(kind):
    spread, (low, high) = STRINGS_OF[kind][9], STRINGS_OF[kind][1:3]
    for key, side in ((low, 1), (high, -1)):
        left, right = alone(MODEL, kind, key, 0.1)
        if spread == 0:
            np.testing.assert_array_equal(left, right)
        else:
            louder_db = side * (level_db(left) - level_db(right))
            assert 3 < louder_db < 20 * np.log10(1.5 / 0.5) + 0.1


@pytest.mark.parametrize("after", [0, 1, 7, 15, 16, 100])
def test_it_begins_at_its_very_frame_and_the_same_wherever_that_lies(after):
    one, reference = Alone(MODEL, STEEL), Alone(MODEL, STEEL)
    one.on(60, after=after)
    reference.on(60)
    sound, expected = middle(one.play(0.1)), middle(reference.play(0.1))
    assert not sound[:after].any()
    assert sound[after] != 0
    # prefix sums over eight frames begin elsewhere: roundings differ
    np.testing.assert_allclose(sound[after:], expected[:len(sound) - after], atol=4e-6)


@pytest.mark.parametrize("velocity", [0.3, 1.0])
@KINDS
def test_its_beginning_is_no_click(kind, velocity):
    for key in keys_of(kind):
        sound = middle(alone(MODEL, kind, key, 0.1, velocity))
        # the burst lasts a period or more: what comes out first may be no sharper than what follows
        assert click_db(sound, 1, 48000, 0.0005) < 3, key


@pytest.mark.parametrize("moved", [{"timbre": 0.0}, {"timbre": 1.0}, {"bend_cents": 200.0}, {"bend_cents": -200.0}])
@KINDS
def test_nothing_that_moves_at_full_speed_clicks(kind, moved):
    for key in keys_of(kind)[:3]:
        one = Alone(MODEL, kind)
        one.on(key)
        one.move(after=9600, **moved)
        assert click_db(middle(one.play(0.3)), 9600, 48000, 6 * PART_GLIDE_S) < 0, key


@KINDS
def test_release_is_no_click(kind):
    for key in keys_of(kind):
        sound = middle(alone(MODEL, kind, key, 0.3, let_go_s=0.2))
        assert click_db(sound, 9600, 48000) < 0, key


def test_volume_glides():
    one = Alone(MODEL, HARP)
    one.on(50)
    one.move(after=9600, volume=0.1)
    assert click_db(middle(one.play(0.3)), 9600, 48000, 6 * PART_GLIDE_S, glide_s=PART_GLIDE_S) < 0


def test_a_full_pool_steals_the_oldest_without_a_click():
    one = Alone(MODEL, STEEL)
    for i in range(STRINGS):
        one.on(40 + i / 2, 1.0 if i == 0 else 0.05, after=i * 32)
    one.on(80, 0.3, after=14400)
    sound = one.play(0.5)
    assert one.sounding == STRINGS
    assert sorted(one.pool["key"]) == sorted([40 + i / 2 for i in range(1, STRINGS)] + [80])
    for side in sound:
        # the stolen one stops moving at once: a corner of its own slope, which the criterion does not know
        assert click_db(side, 14400, 48000, 0.005, glide_s=RESIDUE_S) < 6


def test_strings_cut_by_a_panic_leave_a_body_that_rings_out_and_then_exact_silence():
    one = Alone(MODEL, HARP)
    one.on(50)
    one.play(0.2)
    pool_silence(one.pool, one.residue, 0, 15)
    sound = middle(one.play(0.5))
    assert sound[:480].any()
    assert not sound[-480:].any()
    assert one.pool["bodies"] == 0


@pytest.mark.parametrize("rate", RATES)
def test_nothing_is_folded_at_the_highest_c(rate):
    for kind in range(len(STRINGS_OF)):
        if STRINGS_OF[kind][2] >= 96:
            sound = middle(alone(MODEL, kind, 96, 0.3, 1.0, rate))[int(0.05 * rate):]
            assert aliasing_db(sound, key_hz(96), rate) < -60


@pytest.mark.parametrize("velocity", [0.05, 1.0])
@KINDS
def test_every_string_ends_soon_after_it_is_let_go_in_exact_silence(kind, velocity):
    for key in (28, 60, 100, 127):
        one = Alone(MODEL, kind, 44100)
        one.on(key, velocity)
        one.off(key, after=8000)
        one.play(0.5 + 2 * STRINGS_OF[kind][8])
        assert one.sounding == 0
        assert not one.play(0.02).any()


def test_high_strings_end_by_themselves_and_leave_no_constant_behind():
    for key in (90, 103):
        one = Alone(MODEL, NYLON)
        one.on(key)
        sound = middle(one.play(3.0))
        assert abs(sound[-4800:].mean()) < SILENCE
        assert one.sounding == 0


@KINDS
def test_the_loop_holds_no_constant(kind):
    sound = middle(alone(MODEL, kind, 45, 0.5, 0.1))
    assert abs(sound.mean()) < 0.002 * np.abs(sound).max()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_any_number_gives_a_finite_sound(bad):
    one = Alone(MODEL, STEEL)
    one.on(60, bad)
    one.on(60, 1.0, after=16, pitch=bad)
    one.on(60, 1.0, after=32)
    one.play(0.05)
    for name in ("bright", "pitch_cents", "ring", "soft"):
        one.parts[0][name] = bad
    one.on(62)
    assert np.isfinite(one.play(0.1)).all()


def test_a_row_has_all_and_a_step_is_a_whole_one():
    for row in STRINGS_OF:
        assert len(row) == 12
        assert row[1] < row[2]
    assert GRID % 8 == 0
