"""Whatever is asked, in whatever order: the room stays a room, the engine understands it, and undo is undo."""
import json
from typing import get_args

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from imm_audio.room.commands import AnyCommand
from imm_audio.room.model import SecondVoice, Space
from imm_audio.room.store import read, text_of

TEXT = st.text(max_size=12, alphabet=st.characters(exclude_categories=["Cs"]))
SEAT, SMALL = st.integers(0, 15), st.integers(0, 3)
SONG = st.sampled_from(["daisy-bell", "skip-to-my-lou", "pop-goes-the-weasel", "nothing"])
INSTRUMENT = st.none() | st.sampled_from(["koto", "rain-stick", "shaker-loops", "drum-pads", "nothing"])
AGE = st.sampled_from(["under 5", "80 and over", "unknown"])
#: Whoever and whichever step: by their number in the list at that time.
WHO, STEP = st.integers(0, 5), st.integers(0, 3)
HELP = st.dictionaries(st.sampled_from(["pitch", "tremor", "evening"]), st.integers(0, 100), max_size=2)
#: A meeting takes a while: what is found is looked at as it is, and not made smaller.
SEARCH = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck),
                  phases=[Phase.explicit, Phase.generate])


def some(**fields):
    """Any of these fields, or none."""
    return st.fixed_dictionaries({}, optional=fields)


#: What changes people, plan and settings, and can be taken back.
CHANGES = {
    "add_person": some(nickname=TEXT, sign=TEXT, microphone=SMALL),
    "change_person": st.builds(lambda who, rest: {"person": who, **rest}, WHO, some(
        nickname=TEXT, sign=st.text(min_size=1, max_size=3), age_band=AGE, volume_db=st.floats(-24, 12), muted=st.booleans(),
        microphone=st.integers(-1, 3), here=st.booleans(), help=HELP, warm_voice=st.booleans(),
        second_voice=st.sampled_from(get_args(SecondVoice)))),
    "give": st.fixed_dictionaries({"person": WHO, "instrument": INSTRUMENT}),
    "macro": st.fixed_dictionaries({"person": WHO, "label": st.sampled_from(["bright", "far"]), "share": st.floats(0, 1)}),
    "swap": st.fixed_dictionaries({"person": WHO, "other": WHO}),
    "remove_person": st.fixed_dictionaries({"person": WHO}),
    "add_step": st.fixed_dictionaries({"title": st.text(min_size=1, max_size=9), "song": st.none() | SONG}),
    "move_step": st.fixed_dictionaries({"step": STEP, "to": SMALL}),
    "remove_step": st.fixed_dictionaries({"step": STEP}),
    "go_step": st.fixed_dictionaries({"step": STEP}),
    "next": st.just({}),
    "tune": some(tuning=st.sampled_from(["slendro", "equal", "nothing"]), a4_hz=st.floats(390, 470)),
    "set": some(language=st.sampled_from(["en", "de"]), newcomers=st.booleans(), show_names=st.booleans(),
                colours=st.sampled_from(["rainbow", "nothing"]), second_language=st.sampled_from(["", "de"]),
                space=st.sampled_from(get_args(Space)), share_microphones=st.booleans()),
}
OTHERS = {
    "start_stop": st.just({}), "softer": some(level=SMALL), "quiet": st.just({}),
    "spotlight": some(person=st.none() | WHO), "keep": st.just({}),
    "choose_song": st.fixed_dictionaries({"song": st.none() | SONG}),
    "arrange": some(style=st.sampled_from(["waltz", "none", "nothing"]), semitones=st.integers(-11, 11), again=st.booleans(),
                    start=st.sampled_from(["count", "taps", "note", "singing"]), guide=st.booleans()),
    "tempo": st.fixed_dictionaries({"bpm": st.floats(20, 300)}), "tap": st.just({}),
    "follow": some(who=st.sampled_from(["everybody", "slowest", "nobody", "1", "16"]), percent=st.floats(0, 100)),
    "wait": st.fixed_dictionaries({"how": st.sampled_from(["round", "chord", "go"])}),
    "jump": st.fixed_dictionaries({"section": SMALL}), "phrase": st.fixed_dictionaries({"person": WHO}),
    "volume": st.fixed_dictionaries({"gain_db": st.floats(-40, 6)}), "hear": st.just({}),
    "record": st.fixed_dictionaries({"on": st.booleans()}),
    "consent": st.fixed_dictionaries({"microphones": st.booleans(), "people": SMALL, "parents": st.booleans()}),
    "mark_take": st.fixed_dictionaries({"take": st.text(min_size=1, max_size=9), "seconds": st.floats(0, 9)}),
    "unmark_take": st.just({"take": "x", "mark": 1}), "cut_take": st.just({"take": "x", "start_s": 0, "stop_s": 1}),
    "rename_take": st.just({"take": "x", "name": "y"}), "delete_take": st.just({"take": "../x"}),
    "lock": st.fixed_dictionaries({"on": st.booleans()}), "undo": st.just({}), "end_session": st.just({}),
    "join": st.fixed_dictionaries({"page": SMALL.map(lambda page: f"{page:016x}")}, optional={"seat": SEAT}),
    "leave": st.fixed_dictionaries({"page": SMALL.map(lambda page: f"{page:016x}")}),
    "call": st.fixed_dictionaries({"seat": SEAT}), "came": st.fixed_dictionaries({"seat": SEAT}),
    "desks": st.fixed_dictionaries({"count": SMALL}),
}
#: What happens by itself: a controller comes, is pulled, or goes; time goes by; the engine begins anew.
EVENTS = {
    "plug": st.fixed_dictionaries({"seat": SEAT, "name": st.sampled_from(["Keyboard", "Pad", "Keyboard 2"])}),
    "unplug": st.fixed_dictionaries({"seat": SEAT}), "go": st.fixed_dictionaries({"seat": SEAT}),
    "run": st.fixed_dictionaries({"seconds": st.sampled_from([1, 7])}), "restart_engine": st.just({}),
}


def one_of(table):
    return st.one_of(*(fields.map(lambda found, do=do: (do, found)) for do, fields in table.items()))


def named(meeting, fields):
    """Numbers of people and steps -> who and which that is."""
    document = meeting.document
    lists = {"person": document["people"], "other": document["people"], "step": document["plan"]}
    return {name: (lists[name][value]["id"] if value < len(lists[name]) else "0" * 8)
            if name in lists and value is not None else value for name, value in fields.items()}


def happen(meeting, do, fields):
    """Let something happen; the answer, if anybody was asked."""
    if do == "go":
        meeting.engine.header["players"][fields["seat"]] = b""
    elif do in EVENTS:
        getattr(meeting, do)(**fields)
    else:
        return meeting.do(do, by="desk", **named(meeting, fields))
    return None


def look_at(meeting):
    """What is always so."""
    room, document = meeting.room._room, meeting.document
    assert read(text_of(room)) == room
    assert {name: document[name] for name in json.loads(text_of(room))} == json.loads(text_of(room))
    signs, seats = ([person[what] for person in document["people"] if person[what] is not None] for what in ("sign", "seat"))
    assert len(set(signs)) == len(document["people"]) <= 64
    assert len(set(seats)) == len(seats)
    assert {seat["seat"] for seat in document["seats"]} <= set(seats)
    young = any(person["here"] and person["age_band"] == "under 5" for person in document["people"])
    consent = document["consent"]
    assert bool(meeting.engine.state["keep_microphones"]) == consent["microphones"]
    assert not consent["microphones"] or (consent["people"] >= 1 and (consent["parents"] or not young))


def test_every_command_is_tried_here():
    asked = {command.model_fields["do"].annotation.__args__[0] for command in AnyCommand.__args__}
    assert asked == CHANGES.keys() | OTHERS.keys()


@SEARCH
@given(st.lists(one_of(CHANGES | OTHERS | EVENTS), min_size=10, max_size=25))
def test_any_sequence_leaves_a_room_that_reads_itself_back_and_an_engine_that_understood(new_meeting_here, sequence):
    meeting = new_meeting_here()
    meeting.plug(0)
    for do, fields in sequence:
        note((do, fields))
        before = text_of(meeting.room._room)
        answer = happen(meeting, do, fields)
        if answer:
            assert "\n" not in answer.say
            assert answer.ok or (answer.say and text_of(meeting.room._room) == before)
        look_at(meeting)
    assert meeting.faults == 0


@SEARCH
@given(st.lists(one_of(CHANGES | {"plug": EVENTS["plug"]}), max_size=10), st.lists(one_of(CHANGES), min_size=1, max_size=8))
def test_undo_after_any_changes_brings_the_file_back_one_by_one(new_meeting_here, first, then):
    def file():
        """What can be taken back: the song that a step had ready stays."""
        return {name: value for name, value in json.loads(text_of(meeting.room._room)).items()
                if name not in ("playing", "consent")}

    meeting = new_meeting_here()
    for do, fields in first:
        happen(meeting, do, fields)
    before = []
    for do, fields in then:
        meeting.now_s += 60
        was, undoable = file(), len(meeting.room._history._changes)
        happen(meeting, do, fields)
        if len(meeting.room._history._changes) > undoable:
            before.append(was)
        else:
            assert file() == was
    for was in reversed(before):
        assert meeting.do("undo").ok
        assert file() == was
        look_at(meeting)
