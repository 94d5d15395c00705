"""Who plays what, with a block that stands for an engine."""
import os
from importlib import resources

import numpy as np
import pytest

from imm_audio.block import ENGINE, HEADER, Listener, bytes_of
from imm_audio.catalog.instrument import compile_instrument
from imm_audio.catalog.library import Library
from imm_audio.catalog.patterns import PatternSlots
from imm_audio.catalog.person import compile_person, read_person
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import ASSIST, LET_GO, NOTE_ON, TEMPO, TOUCH
from imm_audio.kernels.engine.state import FROM_PARENT, RING_SIZE, RINGS
from imm_audio.kernels.music.terms import FIRST_CONTROL, GHOST
from imm_audio.room.places import COMPUTER_KEYS, KEPT_FREE, Places, Pusher
from imm_audio.settings import Session
from imm_audio.songs.asked import music_of
from imm_audio.songs.scales import load_moods
from imm_audio.songs.tune import read_tune

TUNE = str(resources.files("imm_audio.sessions").joinpath("songs", "amazing-grace.cho"))
INSTRUMENTS = Library().instruments
ROSA = 'schema = 1\nnickname = "Rosa"\ncontrollers = ["foot-pedals"]\ninstrument = "koto"\n[help]\ntremor = 80\n'


class FakeEngine:
    """A header, and a ring that is emptied by hand."""

    def __init__(self):
        self.header = np.zeros(1, HEADER)[0]
        self.header["processes"][ENGINE]["pid"] = os.getpid()
        self.state = {"rings": [{"head": [0], "tail": [0]} for _ in range(RINGS)]}
        self.heard = []

    def push(self, *event, ring):
        assert ring == FROM_PARENT
        counts = self.state["rings"][ring]
        assert counts["head"][0] - counts["tail"][0] < RING_SIZE - KEPT_FREE, "pushed into a full ring"
        counts["head"][0] += 1
        self.heard.append(event)
        return True

    def drain(self):
        """Everything heard since the last time."""
        counts = self.state["rings"][FROM_PARENT]
        counts["tail"][0] = counts["head"][0]
        heard, self.heard = self.heard, []
        return heard

    def plug(self, player, name, stem=""):
        self.header["players"][player], self.header["controllers"][player] = bytes_of(name, 64), bytes_of(stem, 64)
        self.header["plugged"][player] = 1


class Room:
    """An engine with the parent's places."""

    def __init__(self, **wishes):
        self.engine = FakeEngine()
        self.places = Places(self.engine, Session(**wishes))
        self._listener = Listener(self.engine.header)
        self.places.look()
        self.engine.drain()

    def look(self):
        """What the engine heard, and what people were told."""
        self.places.look()
        return self.engine.drain(), self.told()

    def told(self):
        return [text for _, _, text in self._listener.news()]


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """Somebody's own folder, empty at first."""
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    for name in ("people", "instruments", "controllers"):
        (tmp_path / name).mkdir()
    return tmp_path


def plays(stem, player):
    return compile_instrument(INSTRUMENTS[stem], player, PatternSlots())


# --- what is chosen -------------------------------------------------------------------------------------------------
def test_music_comes_first_and_places_follow_when_they_are_taken():
    engine, session = FakeEngine(), Session(chords="C G", tempo_bpm=80.0)
    engine.plug(2, "Nobody's Keyboard")
    Places(engine, session).look()
    music = music_of(session).events
    assert (TEMPO, 0, 0, 0.0, 80.0) in music
    assert engine.heard == music + plays("easy-piano", 2)


def test_an_unknown_controller_gets_a_piano_on_which_every_key_is_right():
    room = Room()
    room.engine.plug(0, "Zyx 3000")
    assert room.look() == (plays("easy-piano", 0), ["Zyx 3000 plays Easy piano."])
    assert room.look() == ([], [])


def test_a_known_controller_gets_what_suits_it():
    room = Room()
    room.engine.plug(1, "FCB1010 foot controller", "foot-pedals")
    room.engine.plug(4, "Somebody's gamepad", "gamepad")
    heard, told = room.look()
    assert heard == plays("next-note-tune", 1) + plays("magic-harp", 4)
    assert told == ["FCB1010 foot controller plays One switch tune.", "Somebody's gamepad plays Magic harp."]


def test_a_controller_that_people_taught_brings_its_instrument(own):
    room = Room()
    (own / "controllers" / "red-button.toml").write_text(
        'schema = 1\nname = "Red button"\nmatch = ["red button"]\nkind = "keys"\ninstrument = "choir"\n')
    room.engine.plug(1, "Big Red Button", "red-button")
    assert room.look()[0] == plays("choir", 1)


def test_the_session_decides_before_the_controller_and_one_place_before_all():
    room = Room(instruments=("kalimba", "2=choir"))
    room.engine.plug(0, "FCB1010 foot controller", "foot-pedals")
    room.engine.plug(1, "FCB1010 foot controller 2", "foot-pedals")
    assert room.look()[0] == plays("kalimba", 0) + plays("choir", 1)


def test_a_person_decides_before_the_session(own):
    (own / "people" / "rosa.toml").write_text(ROSA)
    rosa = read_person(own / "people" / "rosa.toml")
    room = Room(instruments=("kalimba",))
    room.engine.plug(0, "FCB1010 foot controller", "foot-pedals")
    heard, told = room.look()
    assert heard == compile_person(rosa, INSTRUMENTS["koto"], 0, PatternSlots())
    assert told == ["Rosa plays Koto."]


def test_a_person_can_be_known_by_the_name_of_the_controller_and_come_from_anywhere(tmp_path):
    path = tmp_path / "elsewhere.toml"
    path.write_text(ROSA.replace("foot-pedals", "zyx 3000"))
    room = Room(people=(str(path),))
    room.engine.plug(0, "Zyx 3000")
    assert room.look()[1] == ["Rosa plays Koto."]


def test_a_person_who_names_no_instrument_plays_what_the_session_says(own):
    (own / "people" / "rosa.toml").write_text(ROSA.replace('instrument = "koto"\n', ""))
    room = Room(instruments=("kalimba",))
    room.engine.plug(0, "FCB1010 foot controller", "foot-pedals")
    assert room.look()[1] == ["Rosa plays Kalimba."]


def test_nobody_sits_in_two_places(own):
    (own / "people" / "rosa.toml").write_text(ROSA)
    (own / "people" / "sam.toml").write_text(ROSA.replace("Rosa", "Sam").replace("koto", "choir"))
    room = Room()
    for player in range(3):
        room.engine.plug(player, f"FCB1010 foot controller {player + 1}", "foot-pedals")
    assert room.look()[1] == ["Rosa plays Koto.", "Sam plays Choir.", "FCB1010 foot controller 3 plays One switch tune."]


def test_the_computers_own_keys_are_many():
    room = Room()
    room.engine.plug(11, "This computer's keys", COMPUTER_KEYS)
    assert room.look()[1] == ["This computer's keys play Easy piano."]


def test_simulated_players_keep_the_sound_they_have():
    room = Room()
    room.engine.header["players"][12] = b"Rosa (81), piano"
    assert room.look() == ([], [])


# --- mistakes -------------------------------------------------------------------------------------------------------
def test_an_instrument_that_is_not_there_is_told_with_the_nearest_and_another_is_played(own):
    (own / "people" / "rosa.toml").write_text(ROSA.replace("koto", "kotto"))
    room = Room()
    room.engine.plug(0, "FCB1010 foot controller", "foot-pedals")
    assert room.look()[1] == ["Rosa plays One switch tune.", 'There is no instrument "kotto". Did you mean koto?']


def test_broken_files_are_told_once_and_the_rest_plays(own, tmp_path):
    (own / "people" / "rosa.toml").write_text("schema = 1\nnickname = 7\n")
    (own / "instruments" / "mine.toml").write_text("schema = 1\nname = 3\n")
    room = Room(people=(str(tmp_path / "gone.toml"),))
    room.engine.plug(0, "Zyx 3000")
    heard, told = room.look()
    assert heard == plays("easy-piano", 0)
    assert {"gone.toml", "mine.toml", "rosa.toml"} <= {sentence.partition(":")[0] for sentence in told}
    room.engine.plug(1, "Zyx 3000 2")
    assert room.look()[1] == ["Zyx 3000 2 plays Easy piano."]


def test_music_that_can_not_be_read_any_more_is_told_and_replaced():
    room = Room(tune="gone.abc")
    assert room.told() == ["gone.abc: it can't be read: No such file or directory."]
    engine = FakeEngine()
    Places(engine, Session(tune="gone.abc")).look()
    assert engine.heard == music_of(Session()).events


# --- time goes by ---------------------------------------------------------------------------------------------------
def test_a_place_that_was_left_is_chosen_for_anew(own):
    (own / "people" / "rosa.toml").write_text(ROSA)
    room = Room()
    room.engine.plug(0, "FCB1010 foot controller", "foot-pedals")
    room.look()
    room.engine.header["players"][0] = b""
    assert room.look()[0] == []
    room.engine.plug(0, "Zyx 3000")
    room.engine.plug(1, "FCB1010 foot controller", "foot-pedals")
    heard, told = room.look()
    assert heard[:len(plays("easy-piano", 0))] == plays("easy-piano", 0)
    assert told == ["Zyx 3000 plays Easy piano."]  # that Rosa plays was told before
    assert len(heard) > len(plays("easy-piano", 0)) + len(plays("koto", 1))


def test_a_controller_that_is_pulled_and_plugged_again_changes_nothing():
    room = Room()
    room.engine.plug(0, "Zyx 3000")
    room.look()
    for plugged in (0, 1):
        room.engine.header["plugged"][0] = plugged
        assert room.look() == ([], [])


def test_a_ghost_keeps_the_part_going_until_the_controller_is_back():
    room = Room(ghost=True)
    room.engine.plug(3, "Zyx 3000")
    room.look()
    for plugged in (0, 1):
        room.engine.header["plugged"][3] = plugged
        assert room.look()[0] == [(ASSIST, 3, GHOST, 0.0, 1.0 - plugged)]
        assert room.look()[0] == []


def test_an_engine_that_began_anew_is_told_everything_again_and_people_nothing(monkeypatch):
    monkeypatch.setattr("imm_audio.room.places.is_running", lambda pid: pid > 0)
    room = Room(chords="C G")
    room.engine.plug(0, "Zyx 3000")
    room.engine.plug(5, "Drums", "drum-kit")
    before = music_of(Session(chords="C G")).events + room.look()[0]
    room.engine.header["processes"][ENGINE]["pid"] += 1
    assert room.look() == (before, [])


def test_nothing_is_said_to_an_engine_that_is_gone(monkeypatch):
    room = Room()
    monkeypatch.setattr("imm_audio.room.places.is_running", lambda pid: False)
    room.engine.plug(0, "Zyx 3000")
    assert room.look() == ([], [])


def test_who_takes_over_from_a_parent_that_died_disturbs_nobody():
    engine = FakeEngine()
    engine.plug(0, "Zyx 3000")
    listener, places = Listener(engine.header), Places(engine, Session(), adopt=True)
    places.look()
    assert (engine.heard, listener.news()) == ([], [])
    engine.plug(1, "Zyx 3000 2")
    places.look()
    assert engine.heard == plays("easy-piano", 1)
    engine.header["processes"][ENGINE]["pid"] = os.getppid()
    engine.drain()
    places.look()
    assert engine.heard == music_of(Session()).events + plays("easy-piano", 0) + plays("easy-piano", 1)


def test_patterns_of_one_place_are_kept_when_another_is_left():
    room = Room(instruments=("1=shaker-loops", "2=rain-stick", "3=bass-line"))
    for player in range(2):
        room.engine.plug(player, f"Zyx {player + 1}")
    first, _ = room.look()
    room.engine.header["players"][0] = b""
    room.look()
    room.engine.plug(2, "Zyx 3")
    later, _ = room.look()
    slots = PatternSlots()
    both = compile_instrument(INSTRUMENTS["shaker-loops"], 0, slots) + compile_instrument(INSTRUMENTS["rain-stick"], 1, slots)
    slots.release(0)
    assert (first, later) == (both, compile_instrument(INSTRUMENTS["bass-line"], 2, slots))


# --- the engine itself ----------------------------------------------------------------------------------------------
@pytest.fixture
def engine():
    engine = Engine.create(Settings())
    engine.header["processes"][ENGINE]["pid"] = os.getpid()
    return engine


def take(engine, player, name):
    engine.header["players"][player], engine.header["plugged"][player] = bytes_of(name, 64), 1


def sounded(engine):
    return [float(event["key"]) for event in engine.read_log() if event["kind"] == NOTE_ON]


def test_the_engine_understands_everything_that_is_said(engine):
    stems, mood = sorted(INSTRUMENTS), iter(sorted(load_moods()[0]))
    for first in range(0, len(stems), 16):
        wishes = [f"{player + 1}={stem}" for player, stem in enumerate(stems[first:first + 16])]
        places = Places(engine, Session(instruments=tuple(wishes), tune=TUNE, mood=next(mood), key="Bb", ghost=True))
        for player in range(len(wishes)):
            take(engine, player, f"Zyx {player} {first}")
        for plugged in (1, 0, 1):
            engine.header["plugged"][0] = plugged
            places.look()
            engine.process(None, 256)
    assert (int(engine.state["faults"]), int(engine.state["rings"][FROM_PARENT]["dropped"][0])) == (0, 0)


def test_a_touch_of_any_key_is_a_good_note_and_a_restart_changes_nothing(engine, monkeypatch):
    monkeypatch.setattr("imm_audio.room.places.is_running", lambda pid: pid > 0)
    take(engine, 0, "Zyx 3000")
    places, heard = Places(engine, Session(mood="rast", key="D")), []
    for _ in range(2):
        places.look()
        engine.process(None, 256)
        for key in range(48, 73):
            engine.push(TOUCH, 0, 0, key, 0.8)
            engine.process(None, 256)
            engine.push(LET_GO, 0, 0, key)
            engine.process(None, 256)
        heard.append(sounded(engine))
        engine.reset()
        engine.header["processes"][ENGINE]["pid"] += 1
    assert len(heard[0]) == 25
    assert {(key - 2) % 12 for key in heard[0]} == {0, 2, 3.5, 5, 7, 9, 10.5}
    assert heard[1] == heard[0]


def test_one_switch_plays_the_tune_of_the_session(engine):
    take(engine, 0, "Zyx 3000")
    Places(engine, Session(tune=TUNE, instruments=("next-note-tune",))).look()
    engine.process(None, 256)
    keys = [key for key, _ in read_tune(TUNE).notes if key is not None]
    for _ in keys:
        engine.push(TOUCH, 0, 0, FIRST_CONTROL, 0.8)
        engine.process(None, 20000)
        engine.push(LET_GO, 0, 0, FIRST_CONTROL)
        engine.process(None, 4000)
    octaves = {(heard - key) / 12 for heard, key in zip(sounded(engine), keys, strict=True)}
    assert len(octaves) == 1  # the instrument may have its own height
    assert octaves.pop().is_integer()


# --- a full ring ----------------------------------------------------------------------------------------------------
def test_more_than_the_ring_holds_waits_and_comes_in_order():
    engine, events = FakeEngine(), [(ASSIST, 0, 0, float(n), 0.0) for n in range(5000)]
    pusher, heard = Pusher(engine), []
    pusher.add(events[:3000])
    pusher.send()
    assert len(engine.heard) == RING_SIZE - KEPT_FREE
    pusher.send()  # still full: nothing is lost, nothing is refused
    assert len(engine.heard) == RING_SIZE - KEPT_FREE
    pusher.add(events[3000:])
    while len(pusher):
        heard += engine.drain()
        pusher.send()
    assert heard + engine.drain() == events
