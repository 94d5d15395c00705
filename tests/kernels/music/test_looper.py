import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import LOOPER, NOTE_OFF, NOTE_ON, TEMPO, TOUCH
from imm_audio.kernels.music.looper import PHRASES
from imm_audio.kernels.music.terms import LOOPER_OPS
from tests.kernels.music.stage import Stage

BAR = 4.0


class Loops(Stage):
    """A stage with words for phrases; beats instead of frames."""

    def loop(self, beat, op, player=0, number=0, value=0.0):
        self.say(self.at_beat(beat), LOOPER, player, LOOPER_OPS.index(op), number, value)

    def note(self, beat, key, beats=0.5, player=0):
        self.say(self.at_beat(beat), NOTE_ON, player, 0, key, 0.7)
        self.say(self.at_beat(beat + beats), NOTE_OFF, player, 0, key)

    def run_to(self, beat):
        self.run(self.at_beat(beat) // 16 * 16 - self.frame)

    def begun(self, player=0, after=0.0):
        """(beat, key) of what was begun after a beat."""
        return [(round(note.start / self.beat_frames, 2), note.key) for note in self.notes
                if note.player == player and note.start >= self.at_beat(after)]


def test_a_phrase_closes_with_the_bar_and_comes_back_on_the_beat():
    stage = Loops()
    stage.loop(0.0, "record")
    stage.note(1.0, 60)
    stage.note(2.5, 64)
    stage.loop(3.2, "close")
    stage.run_to(13)
    assert stage.begun(after=4) == [(5.0, 60), (6.5, 64), (9.0, 60), (10.5, 64)]
    lengths = [(note.stop - note.start) / stage.beat_frames for note in stage.notes if note.stop is not None]
    assert lengths == pytest.approx([0.5] * len(lengths), abs=0.01)
    assert stage.complaints == []


def test_a_first_note_just_before_the_bar_and_a_close_just_after_it_are_meant_for_the_bar_line():
    stage = Loops()
    stage.loop(2.0, "record")
    stage.note(3.8, 60)
    stage.loop(8.2, "close")
    stage.run_to(17)
    assert [beat for beat, _ in stage.begun(after=4)] == pytest.approx([12.0, 16.0], abs=0.3)


def test_a_wanted_number_of_bars_closes_by_itself():
    stage = Loops()
    stage.loop(0.0, "record", value=2)
    stage.note(0.5, 60)
    stage.run_to(17)
    assert [beat for beat, _ in stage.begun()] == [0.5, 8.5, 16.5]


def test_a_phrase_follows_the_tempo():
    stage = Loops()
    stage.loop(0.0, "record", value=1)
    stage.note(0.0, 60)
    stage.say(stage.at_beat(4.0), TEMPO, value=60.0)   # from 120
    stage.run_to(21)                                   # 4 beats fast, then 8.5 slow
    frames = np.diff(stage.starts())
    assert frames / stage.beat_frames == pytest.approx([4.0, 8.0, 8.0], abs=0.02)


def test_what_is_added_stays_and_does_not_sound_twice_in_its_own_round():
    stage = Loops()
    stage.loop(0.0, "record", value=1)
    stage.note(0.0, 60)
    stage.loop(4.0, "overdub", value=1)
    stage.note(5.0, 67)
    stage.loop(7.9, "overdub", value=0)
    stage.note(9.5, 72)                                # not kept any more
    stage.run_to(15.9)
    assert [key for _, key in stage.begun(after=5)] == [67, 60, 67, 72, 60, 67]
    assert stage.complaints == []


def test_stop_and_play_wait_for_the_bar():
    stage = Loops()
    stage.loop(0.0, "record", value=1)
    for beat in range(4):
        stage.note(beat, 60 + beat)
    stage.loop(5.5, "stop", value=1)
    stage.loop(13.0, "play", value=1)
    stage.run_to(18)
    assert [key for _, key in stage.begun(after=4)] == [60, 61, 62, 63, 60, 61]
    assert stage.begun(after=8)[0][0] == 16.0


def test_one_switch_records_closes_stops_and_plays():
    stage = Loops()
    stage.loop(0.0, "press")
    stage.note(0.0, 60)
    stage.loop(3.0, "press")
    stage.loop(6.0, "press")
    stage.loop(9.0, "press")
    stage.run_to(13)
    assert [beat for beat, _ in stage.begun()] == [0.0, 4.0, 12.0]


def test_helped_notes_follow_the_chord_and_free_ones_stay():
    stage = Loops()
    stage.scale(0, [0, 2, 4, 5, 7, 9, 11])
    stage.chord(0, [0, 4, 7])
    stage.harmony([(0, 0, 0, 0, 4), (0, 0, 0, 5, 4)])  # C, then F
    stage.help(pitch_help=1.0)
    stage.instrument("chord")
    stage.loop(0.0, "record", value=1, number=1)
    stage.tap(stage.at_beat(1.0), 64)
    stage.loop(0.0, "record", value=1, number=2, player=1)
    stage.note(1.0, 64, player=1)
    stage.run_to(7)
    assert stage.played(0) == [64, 65]                 # E is no note of F
    assert stage.played(1) == [64, 64]


@pytest.mark.parametrize("panic", [True, False])
def test_panic_forgets_and_release_stops(panic):
    stage = Loops()
    stage.loop(0.0, "record", value=1)
    stage.note(0.0, 60, beats=3.5)
    stage.run_to(5)
    assert stage.held() == [60]
    (stage.silence if panic else stage.release)(stage.frame)
    stage.loop(6.0, "play", value=1)
    stage.run_to(9)
    assert stage.held() == ([] if panic else [60])
    assert int(stage.engine.state["faults"]) == (1 if panic else 0)


OPS = st.tuples(st.integers(0, 3), st.sampled_from(LOOPER_OPS), st.integers(-1, PHRASES), st.sampled_from([0.0, 1.0, 2.0]))
NOTES = st.tuples(st.integers(0, 3), st.just("note"), st.integers(55, 70), st.booleans())


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 16.0), st.one_of(OPS, NOTES)), max_size=60))
def test_whatever_is_said_every_note_ends(rows):
    stage = Loops(tempo_bpm=300.0)
    stage.help(pitch_help=1.0)
    stage.instrument("magic")
    for beat, (player, op, number, value) in rows:
        if op != "note":
            stage.loop(beat, op, player, number, value)
        elif player == 0:
            stage.tap(stage.at_beat(beat), number)
        else:
            stage.note(beat, number, 0.3 if value else 2.0, player)
    stage.run_to(18)
    stage.loop(18.0, "clear", number=-1)
    stage.run_to(22)
    ends = {}
    for frame, kind, player, channel, key, _, _ in stage.log:
        if kind == NOTE_ON:
            ends[player, channel, key] = frame
        elif kind == NOTE_OFF:
            ends.pop((player, channel, key), None)
    assert ends == {}


def test_the_same_bytes_however_the_host_cuts_time():
    heard = []
    for block in (16, 336):
        stage = Loops()
        stage.loop(0.0, "record", value=1)
        stage.note(0.3, 60)
        stage.loop(4.0, "overdub", value=1)
        stage.note(5.7, 62)
        heard.append((stage.run(4 * 8000 * 2 // 336 * 336, block), [event for event in stage.log if event[1] != TOUCH]))
    assert np.array_equal(heard[0][0], heard[1][0])
    assert heard[0][1] == heard[1][1]
