"""Takes and consent, as the room asks for them; the scribe does the work by hand here."""
import json

import pytest

from imm_audio.block import text_of
from imm_audio.kernels.engine.events import TOUCH
from imm_audio.room.recorder import Recorder


class Scribe:
    """The recording process, a round at a time."""

    def __init__(self, meeting):
        self._meeting, self._recorder = meeting, Recorder(meeting.engine)

    def run(self, seconds):
        """Let music go on and be recorded."""
        for _ in range(max(round(seconds / 0.5), 1)):
            for _ in range(8):
                self._meeting.engine.process(None, 500)
            while self._recorder.round():
                pass
        self._meeting.now_s += seconds
        self._meeting.look()


@pytest.fixture
def scribe(meeting):
    return Scribe(meeting)


@pytest.fixture
def take(meeting, scribe):
    """The name of a finished take of two seconds."""
    meeting.plug(0)
    meeting.do("record", on=True, name="Song one")
    scribe.run(1)
    meeting.engine.push(TOUCH, 0, 0, 60, 0.8)
    scribe.run(1)
    meeting.do("record", on=False)
    scribe.run(0.5)
    found, = meeting.document["takes"]
    assert not found["open"]
    return found["name"]


def consent_in(meeting):
    return json.loads(text_of(meeting.engine.header["take"]["consent"]) or "null")


def kept(meeting):
    return bool(meeting.engine.state["keep_microphones"])


# --- consent --------------------------------------------------------------------------------------------------------
def test_microphones_are_kept_only_after_everybody_agreed(meeting):
    assert not kept(meeting)
    assert "how many people" in meeting.do("consent", microphones=True, people=0).say
    assert not kept(meeting)
    assert meeting.do("consent", microphones=True, people=3).ok
    assert kept(meeting)
    agreed = consent_in(meeting)
    assert (agreed["people"], agreed["parents"], agreed["said_at"]) == (3, False, meeting.document["consent"]["said_at"])


def test_nobody_agrees_any_more_at_once_also_in_a_take_under_way(meeting, scribe):
    meeting.do("consent", microphones=True, people=3)
    meeting.do("record", on=True)
    scribe.run(1)
    assert kept(meeting)
    meeting.do("consent", microphones=False)
    assert (kept(meeting), consent_in(meeting)) == (False, None)
    assert meeting.document["consent"]["people"] == 0


@pytest.mark.parametrize("age", ["under 5", "5 to 8", "9 to 12", "13 to 17"])
def test_where_there_are_children_a_parent_agrees_too(meeting, age):
    mia = meeting.plug(0)
    meeting.do("change_person", person=mia["id"], age_band=age)
    assert "a parent has to agree" in meeting.do("consent", microphones=True, people=3).say
    assert not kept(meeting)
    assert meeting.do("consent", microphones=True, people=3, parents=True).ok
    assert kept(meeting)


def test_a_child_who_comes_later_ends_what_no_parent_agreed_to(meeting):
    mia = meeting.plug(0)
    meeting.do("consent", microphones=True, people=3)
    meeting.told()
    meeting.do("change_person", person=mia["id"], age_band="9 to 12")
    assert not kept(meeting)
    assert ["a parent" in sentence for sentence in meeting.told()] == [True]


def test_a_child_known_by_its_file_counts_as_soon_as_it_comes(meet, own):
    (own / "people" / "mia.toml").write_text('schema = 1\nnickname = "Mia"\nage_band = "5 to 8"\ncontrollers = ["pads"]\n')
    meeting = meet()
    meeting.do("consent", microphones=True, people=3)
    meeting.plug(0, "Pad", "pads")
    meeting.look()
    assert not kept(meeting)


def test_whoever_comes_after_everybody_was_asked_is_named_until_they_are_asked_too(meeting):
    meeting.plug(0)
    meeting.do("consent", microphones=True, people=1)
    assert meeting.document["warnings"] == []
    meeting.plug(1, "Pad")
    assert [one["id"] for one in meeting.document["warnings"]] == ["consent"]
    meeting.do("consent", microphones=True, people=2)
    assert meeting.document["warnings"] == []


def test_the_command_line_is_only_a_wish(meet):
    meeting = meet(record_microphones=True)
    assert (kept(meeting), meeting.document["wants_microphones"]) == (False, True)
    assert meeting.told() == ["Microphones are recorded as soon as everybody has agreed: the desk asks for it."]
    meeting.do("consent", microphones=True, people=1)
    assert (kept(meeting), meeting.document["wants_microphones"]) == (True, False)


def test_consent_is_nothing_that_undo_brings_back(meeting):
    meeting.do("consent", microphones=True, people=1)
    meeting.do("consent", microphones=False)
    assert not meeting.do("undo").ok
    assert not kept(meeting)


# --- takes ----------------------------------------------------------------------------------------------------------
def test_a_take_is_listed_while_it_is_recorded_and_after(meeting, scribe):
    meeting.plug(0)
    assert meeting.do("record", on=False).say == "No take is under way."
    meeting.do("record", on=True, name="Song/one\u202e")
    assert meeting.do("record", on=True).say == "A take is under way already."
    scribe.run(1)
    take, = meeting.document["takes"]
    assert (take["name"], take["open"], take["microphones"], take["consent"]) == ("Song one", True, False, None)
    version = meeting.room.version
    scribe.run(4)
    assert meeting.room.version == version   # that it becomes longer is no change
    meeting.do("record", on=False)
    scribe.run(0.5)
    take, = meeting.document["takes"]
    assert not take["open"]
    assert 4.5 < take["seconds"] < 6.5


def test_keep_needs_something_that_was_played(meeting, scribe):
    assert "Nothing was played" in meeting.do("keep").say
    meeting.do("record", on=True)
    scribe.run(1)
    assert meeting.do("keep").ok
    scribe.run(1)
    meeting.do("record", on=False)
    scribe.run(0.5)
    take, = meeting.document["takes"]
    assert len(take["marks"]) == 1


def test_marks_come_and_go_and_come_back(meeting, take):
    def marks():
        return [(mark["seconds"], mark["label"]) for mark in meeting.document["takes"][0]["marks"]]

    meeting.do("mark_take", take=take, seconds=1.5, label="lovely")
    meeting.do("mark_take", take=take, seconds=0.5)
    assert marks() == [(0.5, ""), (1.5, "lovely")]
    meeting.do("unmark_take", take=take, mark=1)
    assert marks() == [(0.5, "")]
    for expected in ([(0.5, ""), (1.5, "lovely")], [(1.5, "lovely")], []):
        assert meeting.do("undo").ok
        assert marks() == expected


def test_a_take_is_renamed_deleted_and_brought_back(meeting, take):
    def names():
        return [one["name"] for one in meeting.document["takes"]]

    meeting.do("rename_take", take=take, name="Waltz")
    assert names() == ["Waltz"]
    meeting.do("delete_take", take="Waltz")
    assert (names(), meeting.document["undo"]) == ([], 'the take "Waltz" is deleted')
    meeting.do("undo")
    meeting.do("undo")
    assert names() == [take]


def test_a_cut_is_a_take_of_its_own_and_undo_takes_it_away(meeting, scribe, take):
    assert meeting.do("cut_take", take=take, start_s=0.5, stop_s=1.5).ok
    meeting.room._history._changes[-1].back.__closure__[0].cell_contents.join()
    scribe.run(3)
    assert len(meeting.document["takes"]) == 2
    meeting.do("undo")
    assert [one["name"] for one in meeting.document["takes"]] == [take]


@pytest.mark.parametrize(("do", "more"), [
    ("mark_take", {"seconds": 1}), ("unmark_take", {"mark": 0}), ("cut_take", {"start_s": 0, "stop_s": 1}),
    ("rename_take", {"name": "x"}), ("delete_take", {})])
@pytest.mark.parametrize("name", ["nothing", "..", "../session", "/etc", "a/b", ".", "x\u0000"])
def test_a_take_that_is_not_there_is_told_in_a_sentence(meeting, do, more, name):
    answer = meeting.do(do, take=name, **more)
    assert not answer.ok
    assert answer.say
    assert "\n" not in answer.say
