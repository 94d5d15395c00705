"""Who leads the beat: tempo, taps, players, a ritardando; and how a song starts and goes on with people."""
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.music.conductor import (
    CONDUCTOR,
    conductor_advance,
    conductor_follow,
    conductor_form,
    conductor_hear,
    conductor_reset,
    conductor_tempo,
)
from imm_audio.kernels.music.form import FORM, form_advance, form_reset
from imm_audio.kernels.music.terms import (
    ANYBODY,
    BY_NOTE,
    BY_SINGING,
    BY_TAPS,
    COUNTING,
    FOLLOW_AMOUNT,
    FOLLOW_OPS,
    FOLLOW_RANGE,
    FOLLOW_TAP,
    FORM_ARM,
    FORM_CLEAR,
    FORM_GO,
    FORM_MARK,
    FORM_OPS,
    FORM_PICKUP,
    FORM_PLACE,
    FORM_SECTION,
    FORM_SLOW,
    HOLD_CHORD,
    HOLDING,
    PLAYING,
    STOPPED,
    VERSE,
)
from imm_audio.kernels.music.transport import TRANSPORT, transport_advance, transport_set_tempo
from imm_audio.kernels.rt import GRID

RATE = 8000.0


class Room:
    """Clock, conductor and form as the engine drives them; `run` tells beats and place of each grid step."""

    def __init__(self, tempo_bpm=100.0, meter=4.0, pulse=1.0, pickup=0.0, beats=32.0):
        self.conductor, self.transport, self.form = (np.zeros(1, kind)[0] for kind in (CONDUCTOR, TRANSPORT, FORM))
        self.frame, self.waiting = 0, []
        conductor_reset(self.conductor, RATE)
        form_reset(self.form)
        transport_set_tempo(self.transport, tempo_bpm, RATE)
        for op, key, value in ((FORM_CLEAR, meter, pulse), (FORM_SECTION, 0.0, beats), (FORM_PICKUP, 0.0, pickup)):
            assert self.say(op, VERSE, key, value)

    def say(self, op, player=0, key=0.0, value=0.0):
        return conductor_form(self.conductor, self.transport, self.form, op, player, float(key), float(value))

    def follow(self, op, player=0, key=0.0, value=0.0):
        return conductor_follow(self.conductor, self.transport, op, player, float(key), float(value), self.frame, RATE)

    def touch(self, player, strength=0.7):
        conductor_hear(self.conductor, self.transport, self.form, player, strength, self.frame, RATE)

    def run(self, seconds, taps=(), player=0, facilitator=False):
        """Let time pass; somebody taps at `taps` [s from now]."""
        seen, began = [], self.frame
        frames = [began + round(tap * RATE) for tap in taps]
        for _ in range(round(seconds * RATE / GRID)):
            conductor_advance(self.conductor, self.transport, self.form, self.frame, RATE)
            form_advance(self.form, float(self.transport["beats"]), GRID * float(self.transport["beats_per_frame"]))
            while frames and frames[0] < self.frame + GRID:
                del frames[0]
                if facilitator:
                    self.follow(FOLLOW_TAP)
                else:
                    self.touch(player)
            seen.append((self.frame / RATE, float(self.transport["beats"]), float(self.form["place"]), int(self.form["mode"])))
            transport_advance(self.transport)
            self.frame += GRID
        return seen

    @property
    def mode(self):
        return int(self.form["mode"])


def time_of(seen, place):
    """When the song comes to a place [s]."""
    return next(at for at, _, now, mode in seen if now >= place - 1e-3 and mode != STOPPED)


def beats_of(seen):
    return [beats for _, beats, _, _ in seen]


def test_the_machine_counts_in_whole_pulses_from_the_next_beat():
    room = Room(tempo_bpm=120.0)
    room.run(0.7)  # in the middle of a beat
    assert room.say(FORM_GO, key=0, value=4)
    seen = room.run(4)
    assert time_of(seen, 0.0) == pytest.approx(1.0 + 4 * 0.5, abs=0.004)
    assert {mode for _, _, place, mode in seen if place < -0.01} == {COUNTING}


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 8])
def test_taps_count_in_and_the_song_begins_on_the_next_bar_in_their_tempo(count):
    room = Room(tempo_bpm=100.0)
    assert room.say(FORM_ARM, ANYBODY, BY_TAPS, count)
    period = 0.45
    seen = room.run(8, taps=[0.5 + period * i for i in range(count)])
    bars = -(-count // 4)
    assert time_of(seen, 0.0) == pytest.approx(0.5 + period * 4 * bars, abs=0.03)
    assert time_of(seen, 4.0) - time_of(seen, 0.0) == pytest.approx(4 * period, rel=0.03)


def test_only_the_leaders_taps_count():
    room = Room()
    room.say(FORM_ARM, 3, BY_TAPS, 4)
    room.run(3, taps=[0.5, 1, 1.5, 2], player=2)
    assert room.mode == STOPPED
    room.run(2, taps=[0.1, 0.6, 1.1, 1.6], player=3)
    room.run(0.5)
    assert room.mode in (COUNTING, PLAYING)


def test_taps_leave_room_for_the_pick_up():
    room = Room(pickup=1.0)
    room.say(FORM_ARM, ANYBODY, BY_TAPS, 3)  # 1, 2, 3 and the song begins with 4
    seen = room.run(4, taps=[0.5, 1.0, 1.5])
    assert time_of(seen, -1.0) == pytest.approx(2.0, abs=0.03)
    assert time_of(seen, 0.0) == pytest.approx(2.5, abs=0.03)


def test_the_first_note_of_the_leader_starts_the_song_at_once():
    room = Room(pickup=1.0, tempo_bpm=120.0)
    room.say(FORM_ARM, 5, BY_NOTE)
    room.run(0.8)
    room.touch(4)
    assert room.run(0.1)[-1][3] == STOPPED
    room.touch(5)
    seen = room.run(2)
    assert seen[0][2] == pytest.approx(-1.0, abs=0.01)
    assert time_of(seen, 0.0) - seen[0][0] == pytest.approx(0.5, abs=0.01)
    assert seen[0][1] == pytest.approx(round(seen[0][1]), abs=0.01)  # this moment is a beat


def test_singing_that_was_recognised_starts_the_song_where_it_is():
    room = Room()
    assert not room.say(FORM_PLACE, value=9.0)  # nobody waits for it
    room.say(FORM_ARM, ANYBODY, BY_SINGING)
    room.run(1)
    assert room.say(FORM_PLACE, value=9.0)
    seen = room.run(0.5)
    assert seen[0][2] == pytest.approx(9.0)
    assert seen[0][3] == COUNTING or seen[0][3] == PLAYING


def test_a_held_chord_goes_on_with_the_touch_which_is_then_a_beat():
    room = Room(tempo_bpm=120.0)
    assert room.say(FORM_MARK, 2, HOLD_CHORD, 4.0)
    room.say(FORM_GO, key=0, value=0)
    room.run(3.33)
    assert room.mode == HOLDING
    room.touch(2)
    seen = room.run(1.0)
    assert seen[0][2] == pytest.approx(4.0, abs=0.01)
    assert room.mode == PLAYING
    assert time_of(seen, 5.0) - seen[0][0] == pytest.approx(0.5, abs=0.01)
    assert abs((seen[0][1] - seen[0][2]) - round(seen[0][1] - seen[0][2])) < 0.01  # places stay on whole beats


def test_the_facilitators_taps_bring_tempo_and_beat():
    room = Room(tempo_bpm=100.0)
    seen = room.run(6, taps=[1.0, 1.4, 1.8, 2.2, 2.6, 3.0], facilitator=True)
    after = [(at, beats) for at, beats, _, _ in seen if at > 3.05]
    crossings = [a for (a, b), (_, c) in pairwise(after) if int(c) > int(b)]
    assert np.diff(crossings) == pytest.approx(0.4, rel=0.03)
    assert (crossings[0] - 3.0) % 0.4 == pytest.approx(0.4, abs=0.03) or (crossings[0] - 3.0) % 0.4 < 0.03


def test_in_six_eight_people_tap_dotted_quarters():
    room = Room(meter=3.0, pulse=1.5, tempo_bpm=90.0)
    room.say(FORM_ARM, ANYBODY, BY_TAPS, 2)
    seen = room.run(4, taps=[0.5, 1.2])
    assert time_of(seen, 0.0) == pytest.approx(0.5 + 2 * 0.7, abs=0.03)
    assert time_of(seen, 1.5) - time_of(seen, 0.0) == pytest.approx(0.7, rel=0.03)


def test_players_lead_when_the_clock_follows():
    room = Room(tempo_bpm=100.0)
    room.follow(FOLLOW_AMOUNT, value=1.0)
    seen = room.run(20, taps=[0.55 * i for i in range(1, 37)])
    bpm = np.diff([at for at, _, _, _ in seen if at > 15][:2])  # not empty
    assert bpm.size == 1
    late = [(at, beats) for at, beats, _, _ in seen if at > 14]
    rate = (late[-1][1] - late[0][1]) / (late[-1][0] - late[0][0])
    assert 60 * rate == pytest.approx(60 / 0.55, rel=0.02)


def test_with_amount_0_nobody_moves_the_tempo():
    room = Room(tempo_bpm=100.0)
    seen = room.run(20, taps=[0.5 * i for i in range(1, 40)])
    assert seen[-1][1] == pytest.approx(seen[-1][0] * 100 / 60, rel=1e-6)


def test_the_tempo_keeps_to_the_range_of_the_song():
    room = Room(tempo_bpm=100.0)
    room.follow(FOLLOW_AMOUNT, value=1.0)
    assert room.follow(FOLLOW_RANGE, key=95.0, value=105.0)
    assert not room.follow(FOLLOW_RANGE, key=120.0, value=100.0)
    assert not room.follow(len(FOLLOW_OPS))
    seen = room.run(25, taps=[0.5 * i for i in range(1, 50)])
    rates = np.diff(beats_of(seen)) * RATE / GRID * 60
    assert rates.max() <= 105.0 * 1.25  # phase may be caught up by a quarter


def test_a_ritardando_leads_the_players_and_then_they_lead_again():
    room = Room(tempo_bpm=120.0)
    room.say(FORM_GO, key=0, value=0)
    room.run(1)
    room.say(FORM_SLOW, key=0.5, value=4.0)
    seen = room.run(3)
    rates = np.diff(beats_of(seen)) * RATE / GRID * 60
    assert rates.min() == pytest.approx(60.0, abs=3)
    assert np.diff(beats_of(room.run(1)))[-1] * RATE / GRID * 60 == pytest.approx(120.0, abs=1)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["touch", "tap", "form", "follow", "tempo", "time"]), st.integers(0, 15),
                          st.integers(-2, 31), st.floats(-2, 40, width=32), st.floats(-10, 40, width=32)), max_size=60))
def test_whatever_happens_the_clock_goes_forward_and_never_stops(happenings):
    room = Room(pickup=1.0)
    room.follow(FOLLOW_AMOUNT, value=1.0)
    beats = [0.0]
    for what, op, player, key, value in happenings:
        if what == "touch":
            for _ in range(op):
                room.touch(max(player, 0))
        elif what == "tap":
            room.follow(FOLLOW_TAP)
        elif what == "form":
            room.say(op % (len(FORM_OPS) + 1), player, key, value)
        elif what == "follow":
            room.follow(op % (len(FOLLOW_OPS) + 1), player, key, value)
        elif what == "tempo":
            conductor_tempo(room.conductor, room.transport, 20.0 + 7 * key, RATE)
        beats += beats_of(room.run(abs(value) / 20))
    assert np.isfinite(beats).all()
    assert (np.diff(beats[1:]) > 0).all()
