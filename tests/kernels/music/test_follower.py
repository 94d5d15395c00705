"""The follower: one clock from many hands."""
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.music.follower import (
    AMOUNT,
    EVERYBODY,
    FASTEST,
    FASTEST_BPM,
    FOLLOWER,
    INTENDED,
    MOST_CHANGE,
    SLOWEST,
    SLOWEST_BPM,
    THE_SLOWEST,
    WEIGHT,
    WHO,
    follower_advance,
    follower_begin,
    follower_count,
    follower_hear,
    follower_reset,
    follower_set,
)
from imm_audio.kernels.rt import GRID

RATE = 4800.0  # a grid step is 3.3 ms: coarse and fast
STEP_S = GRID / RATE


class Stage:
    """A follower and the clock it made: beats and rates [beats a second] at the beginning of each step."""

    def __init__(self, period_s=0.6, beat=0.0):
        self.follower = np.zeros(1, FOLLOWER)[0]
        follower_reset(self.follower, RATE)
        follower_begin(self.follower, beat, period_s)
        self.beats, self.rates = [], []

    def set(self, parameter, value, player=-1):
        follower_set(self.follower, parameter, player, float(value))

    def run(self, until_s):
        while (self.follower["frame"] + GRID) / RATE <= until_s:
            rate = follower_advance(self.follower, int(self.follower["frame"]) + GRID)
            self.beats.append(float(self.follower["beats"]))
            self.rates.append(rate * RATE)

    def count(self, times_s):
        for t in times_s:
            self.run(t)
            follower_count(self.follower, round(t * RATE))

    def play(self, onsets):
        """Onsets (time_s, player, strength), in any order."""
        for t, player, strength in sorted(onsets):
            self.run(t)
            follower_hear(self.follower, player, round(t * RATE), strength)

    def beat_times_s(self):
        beats = np.array(self.beats)
        at = (np.arange(len(beats)) + 1) * STEP_S
        numbers = np.arange(math.ceil(beats[0]), math.floor(beats[-1]) + 1)
        return np.interp(numbers, beats, at)


def steady(players, beats, period_s, sd_s=0.0, seed=0, first_s=1.0, early_s=0.0, level=1.0):
    """People who keep to a beat: level onsets a beat, each with a scatter."""
    random = np.random.default_rng(seed)
    return [(first_s + k * period_s / level - early_s + random.normal(0.0, sd_s), player, 0.6)
            for player in range(players) for k in range(int(beats * level))]


def off_s(stage, first_s, period_s, after_s):
    """How far each beat of the clock is from the nearest of a grid."""
    times = stage.beat_times_s()
    phase = (times[times > after_s] - first_s) / period_s
    return (phase - np.round(phase)) * period_s


# --- what it must never do --------------------------------------------------------------------------------------------
ANY = st.floats(allow_nan=True, allow_infinity=True)
ONSETS = st.lists(st.tuples(st.floats(0.0, 6.0), st.integers(-3, 40), ANY), max_size=150)
SETTINGS = st.lists(st.tuples(st.integers(-1, 7), st.integers(-3, 40), ANY), max_size=4)


def check_clock(stage):
    beats, rates = np.array(stage.beats), np.array(stage.rates)
    assert np.isfinite(beats).all()
    assert (np.diff(beats) > 0.0).all()
    assert np.allclose(np.diff(beats), rates[:-1] * STEP_S, atol=1e-9)  # no jump: it moves as it said
    slow, fast = 1.0 / stage.follower["belief"]["slow_s"], 1.0 / stage.follower["belief"]["fast_s"]
    assert SLOWEST_BPM / 60 <= slow + 1e-9 <= fast + 2e-9 <= FASTEST_BPM / 60 + 3e-9
    assert (rates[1:] >= slow * (1 - 1e-9)).all()
    assert (rates[1:] <= fast * (1 + 1e-9)).all()
    change = np.abs(np.diff(np.log(rates))) / (rates[:-1] * STEP_S)  # a beat
    assert change.max() <= MOST_CHANGE * 1.1  # of steps of a grid this coarse


@settings(max_examples=60, deadline=None)
@given(ONSETS, SETTINGS, st.sampled_from([0.0, 0.3, 0.6, 1.5, float("nan")]))
def test_no_rubbish_makes_the_clock_jump_stop_or_leave_its_range(onsets, settings_, period_s):
    stage = Stage(period_s)
    for parameter, player, value in settings_:
        follower_set(stage.follower, parameter, player, value)
    stage.play(onsets)
    stage.run(8.0)
    check_clock(stage)


@pytest.mark.parametrize("onsets", [
    [(0.001 * k, k % 32, 0.5) for k in range(6000)],                 # flood
    [(2.0, k % 32, 1.0) for k in range(2000)],                       # one huge cluster
    [(1.0, 0, 0.5), (60.0, 0, 0.5)],                                 # silence
    [(3.0 - 0.001 * k, 0, 0.5) for k in range(200)],                 # microphones, late and out of order
], ids=["flood", "cluster", "silence", "late"])
def test_floods_clusters_and_silence_leave_the_clock_whole(onsets):
    stage = Stage()
    for t, player, strength in onsets:
        stage.run(t)
        follower_hear(stage.follower, player, round(t * RATE), strength)
    stage.run(onsets[-1][0] + 3.0)
    check_clock(stage)


def test_the_range_of_the_song_is_kept():
    stage = Stage(0.5)
    stage.set(SLOWEST, 100.0)
    stage.set(FASTEST, 130.0)
    stage.play(steady(2, 40, 0.8))
    check_clock(stage)
    assert min(stage.rates[1:]) >= 100 / 60 - 1e-9


def test_the_same_onsets_make_the_same_bytes():
    onsets = [*steady(5, 30, 0.55, 0.04, seed=3), (2.3, 9, 0.2), (7.7, 9, 0.9)]
    one, two = Stage(), Stage()
    for stage in (one, two):
        stage.play(onsets)
    assert one.follower.tobytes() == two.follower.tobytes()
    assert one.beats == two.beats


# --- following --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("taps", range(2, 9))
def test_after_a_count_in_of_two_to_eight_the_clock_is_on_the_beat(taps):
    stage = Stage(0.0)
    stage.count([1.0 + 0.7 * k for k in range(taps)])
    stage.run(1.0 + 0.7 * (taps + 12))
    assert np.abs(off_s(stage, 1.0, 0.7, 1.0 + 0.7 * (taps + 3))).max() < 0.02
    assert stage.follower["period_s"] == pytest.approx(0.7, rel=0.02)


def test_steady_players_get_a_steady_clock():
    stage = Stage()
    stage.count([1.0, 1.6, 2.2, 2.8])
    stage.play(steady(6, 80, 0.6, 0.02, first_s=3.4))
    intervals = np.diff(stage.beat_times_s())[10:]
    assert 100 * np.std(np.diff(intervals)) / np.median(intervals) < 1.0  # wobble, %
    assert np.abs(off_s(stage, 1.0, 0.6, 10.0)).max() < 0.035


@pytest.mark.parametrize("level", [0.5, 2.0])
def test_who_plays_twice_or_half_as_often_keeps_the_beat_where_it_is(level):
    stage = Stage()
    stage.play(steady(1, 40, 0.6, 0.01, level=level) + [(t, 1, s) for t, _, s in steady(1, 40, 0.6, 0.01, seed=2)])
    assert stage.follower["period_s"] == pytest.approx(0.6, rel=0.03)
    assert np.abs(off_s(stage, 1.0, 0.6, 8.0)).max() < 0.05
    assert stage.follower["level"][0] == pytest.approx(level, rel=0.15)


def test_the_bounce_of_a_trembling_hand_is_not_heard():
    hits = steady(1, 30, 0.7)
    plain, trembling = Stage(0.7), Stage(0.7)
    plain.play(hits)
    trembling.play(hits + [(t + 0.14, player, 0.35) for t, player, _ in hits])
    assert plain.beats == trembling.beats[:len(plain.beats)]


def test_a_shared_habit_to_come_early_does_not_make_it_run_away():
    stage = Stage()
    stage.count([1.0, 1.6, 2.2, 2.8])
    stage.play(steady(4, 60, 0.6, 0.01, first_s=3.4, early_s=0.04))
    assert np.abs(off_s(stage, 1.0, 0.6, 10.0)).max() < 0.035
    assert stage.follower["period_s"] == pytest.approx(0.6, rel=0.01)


def test_it_slows_down_with_the_group():
    stage = Stage()
    times = np.cumsum([1.0, *[0.6] * 20, *np.linspace(0.6, 0.8, 20), *[0.8] * 15])
    stage.play([(t + 0.003 * player, player, 0.6) for t in times for player in range(4)])
    assert stage.follower["period_s"] == pytest.approx(0.8, rel=0.03)


def test_after_a_pause_it_starts_again_with_the_group_within_three_beats():
    stage = Stage()
    stage.play(steady(5, 20, 0.6, 0.01))
    again_s = 1.0 + 20 * 0.6 + 4.13
    stage.play(steady(5, 12, 0.62, 0.01, seed=5, first_s=again_s))
    assert np.abs(off_s(stage, again_s, 0.62, again_s + 3 * 0.62)).max() < 0.07


# --- whose tempo ------------------------------------------------------------------------------------------------------
def two_tempi():
    """Player 0 at 600 ms, three others at 540 ms."""
    return steady(1, 50, 0.6, 0.005) + [(t, player + 1, s) for t, player, s in steady(3, 55, 0.54, 0.005, seed=4)]


def test_it_follows_the_one_who_was_chosen():
    stage = Stage(0.57)
    stage.set(WHO, 0)
    stage.play(two_tempi())
    assert stage.follower["period_s"] == pytest.approx(0.6, rel=0.01)
    assert stage.follower["weight"][0] > 0.3
    assert stage.follower["weight"][1] == 0.0
    crowd = Stage(0.57)
    crowd.set(WHO, EVERYBODY)
    crowd.play(two_tempi())
    assert crowd.follower["period_s"] == pytest.approx(0.54, rel=0.02)


def test_it_follows_the_slowest():
    stage = Stage(0.57)
    stage.set(WHO, THE_SLOWEST)
    stage.play(two_tempi())
    assert stage.follower["leader"] == 0
    assert stage.follower["period_s"] == pytest.approx(0.6, rel=0.03)


def test_who_has_no_weight_is_not_heard():
    stage, alone = Stage(), Stage()
    stage.set(WEIGHT, 0.0, player=7)
    onsets = steady(2, 20, 0.62)
    stage.play(onsets + [(1.0 + 0.47 * k, 7, 0.9) for k in range(20)])
    alone.play(onsets)
    assert stage.beats == alone.beats


def test_amount_nought_holds_the_tempo():
    stage = Stage(0.6)
    stage.set(AMOUNT, 0.0)
    stage.play(steady(4, 30, 0.5))
    assert np.allclose(stage.rates, 1 / 0.6)
    stage.set(INTENDED, 120.0)
    stage.run(25.0)
    assert stage.rates[-1] == pytest.approx(2.0, rel=1e-3)


def test_who_begins_alone_leads():
    stage = Stage()
    solo = [(1.0 + 0.66 * k, 3, 0.6) for k in range(40)]
    others = [(5.0 + 0.6 * k, player, 0.6) for player in (4, 5, 6) for k in range(35)]
    stage.play(solo + others)
    assert stage.follower["leader"] == 3
    assert stage.follower["period_s"] == pytest.approx(0.66, rel=0.03)
