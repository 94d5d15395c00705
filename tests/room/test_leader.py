"""Keys lead the song, and it goes on where it was after the engine had to be started again."""
import os

import pytest

from imm_audio.block import ENGINE
from imm_audio.engine import Engine
from imm_audio.engine import Settings as EngineSettings
from imm_audio.kernels.engine.events import FOLLOW, FORM, LOOPER, NOTE_ON
from imm_audio.kernels.music.terms import (
    COUNTING,
    ENDING,
    FOLLOW_AMOUNT,
    FOLLOW_TAP,
    FORM_ARM,
    FORM_GO,
    FORM_JUMP,
    HOLDING,
    PLAYING,
    STOPPED,
)
from imm_audio.room.leader import Leader
from imm_audio.settings import Session
from imm_audio.songs.asked import music_of

RATE = 8000.0


class Room:
    """An engine by hand, and a leader whose events go straight to it."""

    def __init__(self, **wishes):
        self.session = Session(folder="", **{"song": "daisy-bell", **wishes})
        self.engine = Engine.create(EngineSettings(RATE))
        self.said = []
        self.music = music_of(self.session)
        self.say(self.music.events)
        self.engine.header["processes"][ENGINE]["pid"] = os.getpid()
        self.leader = Leader(self.engine, self, self.session, keys_player=11)
        self.said.clear()

    def say(self, events):
        for event in events:
            self.said.append(event)
            while not self.engine.push(*event):
                self.engine.process(None, 512)
        self.engine.process(None, 512)

    def run(self, seconds):
        for _ in range(round(seconds * RATE / 512)):
            self.engine.process(None, 512)
        self.leader.look()

    @property
    def mode(self):
        return int(self.engine.state["form"]["mode"])

    @property
    def place(self):
        return float(self.engine.state["form"]["place"])


@pytest.fixture
def room():
    found = Room()
    found.leader.look()
    return found


def test_the_song_starts_with_the_session(room):
    assert room.said[0][:3] == (FORM, 0, FORM_GO)
    room.run(0.5)
    assert room.mode == COUNTING
    assert "counting in" in room.leader.in_words
    room.run(5)
    assert room.mode == PLAYING
    assert "Daisy Bell" in room.leader.in_words
    assert "bar 2 of" in room.leader.in_words or "bar 1 of" in room.leader.in_words or "bar 3 of" in room.leader.in_words


def test_v_lets_it_wait_and_enter_lets_it_go_on(room):
    room.run(6)
    room.leader.press("v")
    room.run(3)
    assert room.mode == HOLDING
    assert "waiting" in room.leader.in_words
    room.leader.press("\n")
    room.run(3)
    assert room.mode == PLAYING


def test_c_holds_the_chord_until_somebody_plays_on(room):
    room.run(6)
    room.leader.press("c")
    room.run(3)
    assert room.mode == HOLDING
    place = room.place
    room.run(2)
    assert room.place == place
    room.say([(NOTE_ON, 4, 0, 60.0, 0.8)])
    room.run(1)
    assert room.mode == PLAYING
    assert place < room.place < place + 3.0


def test_backspace_ends_together_and_enter_starts_anew(room):
    room.run(6)
    room.leader.press("\x7f")
    room.run(4)
    assert room.mode in (ENDING, STOPPED)
    room.run(8)
    assert room.mode == STOPPED
    assert "ready" in room.leader.in_words
    room.leader.press("\r")
    room.run(0.5)
    assert room.mode == COUNTING


def test_n_goes_to_the_next_part():
    room = Room(song="home-on-the-range")
    room.leader.look()
    room.run(8)
    assert int(room.engine.state["form"]["section"]) == 0
    room.leader.press("n")
    room.run(4)
    assert int(room.engine.state["form"]["section"]) == 1


def test_keys_for_the_beat_the_amount_and_a_phrase(room):
    room.said.clear()
    room.leader.press(" 90r?")
    assert room.said == [(FOLLOW, 0, FOLLOW_TAP, 0.0, 0.0), (FOLLOW, 0, FOLLOW_AMOUNT, 0.0, 1.0),
                         (FOLLOW, 0, FOLLOW_AMOUNT, 0.0, 0.0), (LOOPER, 11, 6, 0.0, 0.0)]


def test_after_the_engine_began_anew_the_song_goes_on_where_it_was(room):
    room.run(10)
    assert room.mode == PLAYING
    place = room.place
    room.engine.reset()
    room.say(music_of(room.session).events)
    room.engine.header["processes"][ENGINE]["pid"] = os.getppid()
    room.said.clear()
    room.leader.look()
    assert [event[:3] for event in room.said] == [(FORM, 0, FORM_GO), (FORM, 0, FORM_JUMP)]
    room.run(1)
    assert room.mode == PLAYING
    assert place < room.place < place + 4.0


def begin_anew(room):
    """Another engine process, told the music."""
    room.engine.reset()
    room.say(music_of(room.session).events)
    header = room.engine.header["processes"][ENGINE]
    header["pid"] = os.getppid() if header["pid"] == os.getpid() else os.getpid()
    room.said.clear()
    room.leader.look()


def test_a_song_that_had_ended_stays_still_when_the_engine_begins_anew(room):
    room.run(6)
    room.leader.press("\x7f")
    room.run(12)
    assert room.mode == STOPPED
    begin_anew(room)
    assert room.said == []


def test_a_song_that_was_counted_in_or_waited_for_its_start_is_so_again(room):
    room.run(0.5)
    begin_anew(room)
    assert [event[:3] for event in room.said] == [(FORM, 0, FORM_GO)]
    room.say([(FORM, -1, FORM_ARM, 2.0, 0.0)])
    room.run(1)
    begin_anew(room)
    assert len(room.said) == 1


def test_a_song_that_is_only_ready_does_not_begin_by_itself():
    room = Room()
    room.leader.begins = False
    room.leader.look()
    assert room.said == []


def test_a_new_parent_does_not_start_the_song_again(room):
    room.run(6)
    room.said.clear()
    Leader(room.engine, room, room.session, adopt=True).look()
    assert room.said == []


def test_somebody_else_may_start_it():
    room = Room(start="taps", follow="3")
    room.leader.look()
    assert room.said[0][:3] == (FORM, 2, FORM_ARM)
    assert "waiting for its start" in room.leader.in_words


def test_without_a_song_there_is_nothing_to_lead():
    room = Room(song=None)
    room.leader.look()
    room.leader.press("\nvn\x7f")
    assert room.said == []
    assert room.leader.in_words == room.leader.hint == ""
