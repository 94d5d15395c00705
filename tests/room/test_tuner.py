"""The tuning of a room: chosen, kept, taken back, and told to the engine as a difference."""
import pytest

from imm_audio.kernels.music.terms import PLAYING, STOPPED
from imm_audio.kernels.music.tuning import KEYS
from imm_audio.room.commands import Tune
from imm_audio.room.store import new_meeting
from imm_audio.room.tuner import Tuner
from imm_audio.settings import Session
from imm_audio.tunings.shelf import find_tuning
from imm_audio.tunings.told import tuning_events

C, D = 0.0, 2.0
#: The mood rast in equal steps, and in the tuning of that name.
BETWEEN, ON_ITS_KEYS = [0, 2, 3.5, 5, 7, 9, 10.5], [0, 2, 4, 5, 7, 9, 11]


class Bench:
    def __init__(self, adopted=False, **asked):
        self.room, self.said = new_meeting(), []
        self.tuner = Tuner(self.room, Session(**asked), lambda sentence, level: self.said.append(sentence), adopted)

    def tune(self, **wish):
        return self.tuner.tune(Tune(do="tune", **wish)).words

    def events(self, key=C):
        return self.tuner.events(key)


def said(stem, a4_hz=440.0, home=C):
    return tuning_events(find_tuning(stem).table(a4_hz, home))


def degrees(meeting):
    """Of the scale that everybody plays in."""
    harmony = meeting.engine.state["assist"]["harmony"]
    scale = harmony["scales"][int(harmony["scale"])]
    return scale["degrees"][:int(scale["count"])].tolist()


def test_equal_steps_need_no_word():
    bench = Bench()
    assert bench.events(C) == bench.events(D) == []
    assert Bench(adopted=True).events() == said("equal")


def test_a_choice_is_said_once_and_again_to_an_engine_that_began_anew():
    bench = Bench()
    assert bench.tune(tuning="slendro") == 'the tuning "Slendro"'
    assert bench.events() == said("slendro")
    assert bench.events() == []
    bench.tuner.forget()
    assert bench.events() == said("slendro")
    assert bench.tune(tuning="equal") == 'the tuning "Twelve equal steps"'
    assert bench.room.tuning.name is None
    assert bench.events() == said("equal")


def test_the_a_is_chosen_beside_it():
    bench = Bench(tuning="just")
    assert bench.tune(a4_hz=442.0) == "A at 442 Hz"
    assert (bench.room.tuning.name, bench.room.tuning.a4_hz) == ("just", 442.0)
    assert bench.events() == said("just", 442.0)


def test_a_tuning_with_a_home_goes_along_with_the_key_of_the_song_and_another_stays():
    bench = Bench(tuning="just")
    bench.events(C)
    assert bench.events(D) == said("just", home=D)
    bench.tune(tuning="meantone")
    assert bench.events(D) == said("meantone")
    assert bench.events(C) == []


def test_what_was_asked_for_comes_first_and_what_was_not_stays():
    bench = Bench()
    bench.tune(tuning="rast", a4_hz=415.0)
    again = Tuner(bench.room, Session(tuning="pelog"), lambda sentence, level: None, False)
    assert again.events(C) == said("pelog", 415.0)
    assert Tuner(bench.room, Session(), lambda sentence, level: None, False).events(C) == said("pelog", 415.0)


def test_a_choice_counts_even_when_it_is_the_same_because_a_device_may_have_tuned_meanwhile():
    bench = Bench()
    bench.tune(tuning="equal")
    assert bench.events() == said("equal")
    assert bench.events() == []


def test_a_tuning_whose_file_is_gone_is_told_once_and_equal_steps_go_on():
    bench = Bench(tuning="/nowhere/own.scl", a4_hz=432.0)
    assert bench.events() == said("equal", 432.0)
    assert bench.said == ["own.scl: there is no such file.", "Equal steps are used as a tuning."]
    assert bench.events() == []


def test_a_name_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="Did you mean slendro"):
        Bench().tune(tuning="slendra")


def test_the_next_meeting_keeps_the_a_and_begins_with_equal_steps():
    bench = Bench(tuning="pelog", a4_hz=443.0)
    after = new_meeting(bench.room)
    assert (after.tuning.name, after.tuning.a4_hz) == (None, 443.0)


def test_a_meeting_sounds_what_was_chosen_keeps_it_and_takes_it_back(meeting):
    def sounds():
        return meeting.engine.state["tuning"]["pitch"][:KEYS].tolist()

    assert meeting.do("tune", tuning="slendro", a4_hz=442.0).ok
    assert sounds() == pytest.approx(find_tuning("slendro").table(442.0).tolist(), abs=1e-5)   # events carry 24 bits
    assert meeting.kept["tuning"] == {"name": "slendro", "a4_hz": 442.0}
    assert meeting.document["undo"] == 'the tuning "Slendro"'
    assert not meeting.do("tune", tuning="slendra").ok
    meeting.restart_engine()
    assert sounds()[62] != 62.0
    assert meeting.do("undo").say == 'Taken back: the tuning "Slendro".'
    assert sounds() == list(range(KEYS))
    assert meeting.kept["tuning"] == {"name": None, "a4_hz": 440.0}
    assert meeting.faults == 0


def test_a_mood_that_the_tuning_has_already_is_not_bent_twice(meet):
    meeting = meet(mood="rast", tuning="rast")
    assert degrees(meeting) == ON_ITS_KEYS
    assert meeting.engine.state["tuning"]["pitch"][64] == 63.5
    for do, expected in (({"do": "tune", "tuning": "equal"}, BETWEEN), ({"do": "undo"}, ON_ITS_KEYS)):
        assert meeting.do(**do).ok
        meeting.run(0.2)
        assert degrees(meeting) == expected
    meeting.restart_engine()
    assert degrees(meeting) == ON_ITS_KEYS
    assert meeting.faults == 0


def test_a_mood_stays_where_it_is_until_the_song_that_plays_has_ended(meet):
    meeting = meet(song="frere-jacques", mood="rast", start="count")
    meeting.run(6.0)   # what was asked for begins by itself
    assert meeting.mode == PLAYING
    assert degrees(meeting) == BETWEEN
    assert meeting.do("tune", tuning="rast").ok
    meeting.run(0.2)
    assert degrees(meeting) == BETWEEN
    assert meeting.do("start_stop").ok
    meeting.run(12.0)
    assert meeting.mode == STOPPED
    assert degrees(meeting) == ON_ITS_KEYS
    assert meeting.faults == 0
