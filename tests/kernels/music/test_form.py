"""Where a song is: sections, count-in, waiting, jumps, slowing down, a stop together."""
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.music.form import (
    FORM,
    RING_BEATS,
    form_advance,
    form_reset,
    form_say,
    form_slowness,
    form_start,
    form_touched,
    form_write,
)
from imm_audio.kernels.music.terms import (
    ANYBODY,
    AT_ONCE,
    CHORUS,
    COUNTING,
    ENDING,
    FORM_AGAIN,
    FORM_CLEAR,
    FORM_HOLD,
    FORM_JUMP,
    FORM_LOOP,
    FORM_MARK,
    FORM_OPS,
    FORM_PICKUP,
    FORM_PLACE,
    FORM_SECTION,
    FORM_SLOW,
    FORM_STOP,
    HOLD_CHORD,
    HOLDING,
    NEXT_BAR,
    NEXT_BEAT,
    PLAYING,
    SECTION_END,
    STOPPED,
    VAMP,
    VERSE,
)

#: A grid step of the tests: a 64th of a beat, so that beats are exact.
STEP = 1 / 64


class Song:
    """Two verses and two choruses of 8 beats each, in bars of four, on a clock that counts by itself."""

    def __init__(self, pickup=0.0, meter=4.0, pulse=1.0, sections=((VERSE, 8), (CHORUS, 8), (VERSE, 8), (CHORUS, 8))):
        self.form, self.beats = np.zeros(1, FORM)[0], 0.0
        form_reset(self.form)
        self.write(FORM_CLEAR, 0, meter, pulse)
        for kind, beats in sections:
            self.write(FORM_SECTION, kind, 0.0, beats)
        self.write(FORM_PICKUP, 0, 0.0, pickup)

    def write(self, op, player=0, key=0.0, value=0.0):
        assert form_write(self.form, op, player, float(key), float(value))

    def say(self, op, player=0, key=0.0, value=0.0):
        return form_say(self.form, op, player, float(key), float(value), self.beats)

    def start(self, origin=0.0):
        form_start(self.form, origin, self.beats)

    def touch(self, player):
        return form_touched(self.form, player, self.beats)

    def run(self, beats):
        """Places and modes at the beginning of each step."""
        seen = []
        for _ in range(round(beats / STEP)):
            form_advance(self.form, self.beats, STEP)
            seen.append((float(self.form["place"]), int(self.form["mode"])))
            self.beats += STEP
        return seen

    @property
    def mode(self):
        return int(self.form["mode"])

    @property
    def place(self):
        """Where it is after the last step."""
        return self.beats - float(self.form["origin_beat"])


def test_the_place_is_what_the_clock_counts_from_the_first_whole_bar():
    song = Song()
    song.start(4.0)
    seen = song.run(12)
    assert seen[0] == (-4.0, COUNTING)
    assert [place for place, _ in seen] == pytest.approx([-4 + i * STEP for i in range(len(seen))])
    assert [mode for place, mode in seen if place < -STEP] == [COUNTING] * (4 * 64 - 1)
    assert {mode for place, mode in seen if place >= 0} == {PLAYING}


def test_a_pick_up_is_played_before_the_first_whole_bar():
    song = Song(pickup=1.0)
    song.start(4.0)
    modes = dict(song.run(8))
    assert modes[-1.5] == COUNTING
    assert modes[-1.0] == modes[-0.5] == PLAYING


def test_sections_follow_each_other_and_the_last_is_known():
    song = Song()
    song.start()
    found = []
    for _ in range(4):
        song.run(4)
        found.append((int(song.form["section"]), int(song.form["section_kind"]), int(song.form["last_time"])))
        song.run(4)
    assert found == [(0, VERSE, 0), (1, CHORUS, 0), (2, VERSE, 0), (3, CHORUS, 1)]


def test_at_the_end_all_end_together_and_the_last_chord_rings():
    song = Song()
    song.start()
    song.run(28)
    assert song.form["stop_place"] == 32.0
    seen = song.run(4 + RING_BEATS + 1)
    assert next(place for place, mode in seen if mode == ENDING) == pytest.approx(32.0, abs=STEP)
    assert song.mode == STOPPED
    assert len([0 for _, mode in seen if mode == ENDING]) == pytest.approx(RING_BEATS / STEP, abs=2)


def test_a_section_goes_round_until_it_is_let_go():
    song = Song()
    song.start()
    assert song.say(FORM_LOOP, value=1)
    song.run(8 + 8 * 3 + 4)
    assert (int(song.form["section"]), song.place) == (1, 12.0)
    assert song.say(FORM_LOOP, value=-1)
    song.run(8)
    assert (int(song.form["section"]), song.place) == (2, 20.0)


def test_the_whole_goes_round_when_it_is_asked_to():
    song = Song()
    song.start()
    song.say(FORM_AGAIN, value=1)
    song.run(32 * 2 + 3)
    assert (song.mode, song.place) == (PLAYING, 3.0)
    song.say(FORM_AGAIN, value=0)
    song.run(32)
    assert song.mode == ENDING


@pytest.mark.parametrize(("when", "at"), [(NEXT_BEAT, 6.0), (NEXT_BAR, 8.0), (AT_ONCE, 5.5), (SECTION_END, 8.0)])
def test_a_jump_takes_place_when_it_was_asked_for(when, at):
    song = Song()
    song.start()
    song.run(5.5)
    assert song.say(FORM_JUMP, key=when, value=24.0)
    before = dict(song.run(at - 5.5)) if at > 5.5 else {}
    assert all(place < at for place in before)
    assert song.run(1)[0][0] == pytest.approx(24.0)
    assert song.form["section"] == 3


def test_where_the_group_is_heard_moves_the_place_by_whole_beats():
    song = Song()
    song.start()
    song.run(5.25)
    assert song.say(FORM_PLACE, value=21.3)
    seen = song.run(1.0)
    assert seen[0][0] == pytest.approx(5.25)
    assert song.place == pytest.approx(5.25 + 1.0 + 16.0)
    assert song.say(FORM_PLACE, value=song.place + 0.4)
    song.run(1.0)
    assert song.place == pytest.approx(5.25 + 2.0 + 16.0)


def test_a_held_chord_waits_for_its_player_and_goes_on_with_the_touch():
    song = Song()
    song.write(FORM_MARK, 3, HOLD_CHORD, 6.0)
    song.start()
    seen = song.run(6 + 5.3)
    assert {place for place, mode in seen if mode == HOLDING} == {6.0}
    assert not song.touch(2)
    assert song.run(1)[-1] == (6.0, HOLDING)
    assert song.touch(3)
    assert song.run(1)[0] == (6.0, PLAYING)
    assert song.place == pytest.approx(7.0)


def test_a_vamp_goes_round_one_bar_and_leaves_it_on_a_bar_line():
    song = Song()
    song.write(FORM_MARK, ANYBODY, VAMP, 8.0)
    song.start()
    seen = song.run(8 + 10)
    assert all(8.0 <= place < 12.0 for place, mode in seen if mode == HOLDING)
    assert int(song.form["jumps"]) == 2
    assert not song.touch(5)  # the beat stays where it is
    seen = song.run(8)
    left = next(i for i, (_, mode) in enumerate(seen) if mode == PLAYING)
    assert left * STEP == pytest.approx(2.0)
    assert seen[left][0] == pytest.approx(8.0)


def test_the_facilitator_can_hold_and_let_go_on():
    song = Song()
    song.start()
    song.run(5)
    assert song.say(FORM_HOLD, ANYBODY, HOLD_CHORD, 1)
    song.run(7)
    assert song.mode == HOLDING
    assert song.say(FORM_HOLD, value=0)
    song.run(1)
    assert (song.mode, song.place) == (PLAYING, 6.0)


def test_a_ritardando_slows_evenly_and_then_it_is_a_tempo():
    song = Song()
    song.start()
    song.run(4)
    assert song.say(FORM_SLOW, key=0.5, value=4.0)
    shares = []
    for _ in range(6):
        song.run(1)
        shares.append(form_slowness(song.form))
    assert all(a > b for a, b in pairwise(shares[:4]))
    assert min(shares) == pytest.approx(0.5, abs=0.05)
    assert shares[4:] == [1.0, 1.0]


def test_a_stop_with_ritardando_ends_on_the_bar():
    song = Song()
    song.start()
    song.run(9)
    assert song.say(FORM_STOP, key=0.6, value=NEXT_BAR)
    assert song.form["stop_place"] == 12.0
    song.run(2.9)
    assert 0.6 <= form_slowness(song.form) < 0.7
    song.run(0.2)
    assert song.mode == ENDING
    song.run(RING_BEATS)
    assert song.mode == STOPPED
    assert form_slowness(song.form) == 1.0


def test_a_stop_in_the_count_in_is_no_start():
    song = Song()
    song.start(4.0)
    song.run(2)
    song.say(FORM_STOP, key=1, value=NEXT_BAR)
    assert song.run(6)[-1][1] == STOPPED


@pytest.mark.parametrize(("op", "player", "key", "value"), [
    (FORM_JUMP, 0, NEXT_BAR, 32.0), (FORM_JUMP, 0, NEXT_BAR, -1.0), (FORM_LOOP, 0, 0, 4), (FORM_LOOP, 0, 0, -2),
    (FORM_SLOW, 0, 0.0, 4), (FORM_SLOW, 0, 0.5, 0), (len(FORM_OPS), 0, 0, 0)])
def test_what_makes_no_sense_is_refused(op, player, key, value):
    song = Song()
    song.start()
    song.run(1)
    assert not song.say(op, player, key, value)


@pytest.mark.parametrize(("op", "player", "key", "value"), [
    (FORM_SECTION, 9, 0, 8.0), (FORM_SECTION, 0, 0, 0.0), (FORM_SECTION, 0, 0, math.nan), (FORM_MARK, 0, 0.5, 1.0),
    (FORM_MARK, 0, 0, math.nan)])
def test_what_describes_no_song_is_refused(op, player, key, value):
    assert not form_write(Song().form, op, player, float(key), float(value))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(-2, 20), st.floats(-2, 40, width=32), st.floats(-20, 80, width=32),
                          st.integers(0, 6)), max_size=30))
def test_whatever_is_said_the_place_stays_a_place_of_the_song(said):
    song = Song(pickup=1.0)
    song.start(2.0)
    for op, player, key, value, beats in said:
        song.say(op, player, key, value)
        song.touch(player)
        for place, mode in song.run(beats):
            assert STOPPED <= mode <= ENDING
            assert mode == STOPPED or -3.0 - STEP <= place <= 32.0 + RING_BEATS + 4.0
