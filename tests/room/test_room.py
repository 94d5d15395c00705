"""The room: who is here, what is asked, what the engine hears of it, and that it is all there again after a crash."""
import pytest

from imm_audio.catalog.instrument import GAIN_AT_START_DB
from imm_audio.catalog.library import Library
from imm_audio.kernels.effects.rooms import CATHEDRAL, LOUNGE
from imm_audio.kernels.effects.strip import HIGHPASS_HZ, LOW_DB
from imm_audio.kernels.effects.vocal import DOUBLE, OFF, THIRD_ABOVE
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON, RELEASE, SILENCE, TOUCH
from imm_audio.room.commands import INTERNAL
from imm_audio.room.levels import PLAIN, WARM
from imm_audio.room.room import CALL_S, DRY_S, FIND_S
from imm_audio.room.store import read
from tests.room.meeting import new_engine

INSTRUMENTS = Library().instruments
MICROPHONE, PAGE = 0, "a" * 16
ROSA = 'schema = 1\nnickname = "Rosa"\nsign = "🌹"\nage_band = "80 and over"\ncontrollers = ["keyboard"]\nvolume_db = 3\n' \
       'instrument = "koto"\n[help]\ntremor = 80\n'


def usual_db(stem):
    return GAIN_AT_START_DB + INSTRUMENTS[stem].sound.volume_db


def kinds_heard(meeting):
    """Kinds of events of the first player that the engine applied since the last call."""
    log = meeting.engine.read_log(8192)
    return set(log["kind"][log["player"] == 0].tolist())


def seat_of(meeting, seat):
    return next(one for one in meeting.document["seats"] if one["seat"] == seat)


# --- who is here ----------------------------------------------------------------------------------------------------
def test_whoever_plugs_something_in_is_somebody_with_a_sign_of_their_own(meeting):
    first, second = meeting.plug(0), meeting.plug(1, "Keyboard 2")
    assert first["sign"] != second["sign"]
    assert (first["nickname"], first["seat"], first["controller"]) == ("", 0, "Keyboard")
    assert [seat["name"] for seat in meeting.document["seats"]] == ["Keyboard", "Keyboard 2"]


def test_a_controller_that_comes_back_at_another_place_brings_its_person_back(meeting):
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], nickname="Rosa")
    meeting.engine.header["players"][0] = b""
    meeting.wait(FIND_S + 1)
    assert meeting.person(rosa["id"])["seat"] is None
    assert meeting.plug(5)["nickname"] == "Rosa"


def test_a_sign_of_which_nobody_spoke_goes_with_its_controller(meeting):
    meeting.plug(11, "This computer's keys", "computer-keys")
    meeting.engine.header["players"][11] = b""
    meeting.wait(FIND_S + 1)
    assert meeting.document["people"] == []


def test_an_engine_that_begins_anew_makes_nobody_leave(meeting):
    meeting.plug(0)
    meeting.restart_engine(plugged=False)
    assert meeting.at(0)
    meeting.plug(0)
    meeting.wait(FIND_S + 1)
    assert len(meeting.document["people"]) == 1


def test_a_persons_file_gives_name_sign_age_volume_and_instrument(meet, own):
    (own / "people" / "rosa.toml").write_text(ROSA, "utf-8")
    meeting = meet()
    rosa = meeting.plug(0)
    assert (rosa["nickname"], rosa["sign"], rosa["age_band"], rosa["instrument"]) == ("Rosa", "🌹", "80 and over", None)
    assert seat_of(meeting, 0)["instrument"] == "koto"
    assert seat_of(meeting, 0)["help"]["tremor"] == 80
    assert meeting.gain(0) == usual_db("koto") + 3


def test_the_rooms_wish_wins_over_file_session_and_controller(meet, own):
    (own / "people" / "rosa.toml").write_text(ROSA, "utf-8")
    meeting = meet(instruments=("kalimba",))
    rosa, other = meeting.plug(0), meeting.plug(1, "Pad", "pads")
    assert [seat_of(meeting, seat)["instrument"] for seat in (0, 1)] == ["koto", "kalimba"]
    for person in (rosa, other):
        meeting.do("give", person=person["id"], instrument="choir")
    assert [seat_of(meeting, seat)["instrument"] for seat in (0, 1)] == ["choir", "choir"]
    meeting.do("give", person=rosa["id"], instrument=None)
    assert seat_of(meeting, 0)["instrument"] == "koto"


def test_an_instrument_that_is_not_there_is_refused_and_the_old_one_stays(meeting):
    rosa = meeting.plug(0)
    answer = meeting.do("give", person=rosa["id"], instrument="kotto")
    assert (answer.ok, answer.say) == (False, 'There is no instrument "kotto". Did you mean koto?')
    assert seat_of(meeting, 0)["instrument"] == "easy-piano"


def test_an_instrument_whose_patterns_find_no_room_is_refused_and_the_old_one_goes_on(meeting, monkeypatch):
    rosa = meeting.plug(0)
    meeting.do("give", person=rosa["id"], instrument="rain-stick")
    monkeypatch.setattr("imm_audio.catalog.patterns.PatternSlots.take", lambda *_: (_ for _ in ()).throw(ValueError("Full.")))
    assert meeting.do("give", person=rosa["id"], instrument="shaker-loops").say == "Full."
    monkeypatch.undo()
    meeting.look()
    assert (seat_of(meeting, 0)["instrument"], meeting.at(0)["instrument"]) == ("rain-stick", "rain-stick")


def test_help_and_knobs_reach_the_engine_and_stay_where_they_were_put(meeting):
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], help={"tremor": 60})
    meeting.do("macro", person=rosa["id"], label="bright", share=1.0)
    hand = meeting.engine.state["assist"]["hands"][0]
    assert float(hand["tremor_filter"]) == pytest.approx(0.6)
    assert float(meeting.engine.state["parts"][0]["timbre"]) == pytest.approx(0.9)
    assert seat_of(meeting, 0)["macros"]["bright"] == 1.0
    assert not meeting.do("macro", person=rosa["id"], label="loud", share=1.0).ok
    meeting.do("give", person=rosa["id"], instrument="koto")
    assert float(meeting.engine.state["assist"]["hands"][0]["tremor_filter"]) == pytest.approx(0.6)
    assert meeting.at(0)["macros"] == {}


def test_what_somebody_holds_goes_on_when_only_help_or_a_knob_changes(meeting):
    rosa = meeting.plug(0)
    meeting.engine.push(TOUCH, 0, 0, 60, 0.8)
    meeting.look()
    assert NOTE_ON in kinds_heard(meeting)
    meeting.do("change_person", person=rosa["id"], help={"tremor": 60}, volume_db=-3)
    meeting.do("macro", person=rosa["id"], label="bright", share=1.0)
    assert not kinds_heard(meeting) & {NOTE_OFF, RELEASE, SILENCE}
    meeting.do("give", person=rosa["id"], instrument="koto")
    assert NOTE_OFF in kinds_heard(meeting)


def test_volume_and_mute_of_a_person_move_player_and_microphone(meeting):
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], microphone=1, volume_db=-6, muted=True)
    assert meeting.gain(0) == usual_db("easy-piano") - 6
    assert meeting.mute(0)
    assert meeting.strip(1, 0) == -6
    assert not meeting.do("change_person", person=rosa["id"], microphone=7).ok


def test_two_people_change_places_and_take_help_and_loudness_along(meeting):
    rosa, leo = meeting.plug(0), meeting.plug(1, "Pad", "pads")
    meeting.do("give", person=rosa["id"], instrument="koto")
    meeting.do("change_person", person=rosa["id"], nickname="Rosa", volume_db=-6, help={"tremor": 60})
    assert meeting.do("swap", person=rosa["id"], other=leo["id"]).ok
    assert (meeting.at(1)["nickname"], meeting.at(0)["id"]) == ("Rosa", leo["id"])
    assert (seat_of(meeting, 0)["instrument"], meeting.gain(1)) == ("koto", usual_db("drum-pads") - 6)
    assert float(meeting.engine.state["assist"]["hands"][1]["tremor_filter"]) == pytest.approx(0.6)


def test_who_was_here_before_takes_the_chair_of_a_sign(meet):
    before = meet()
    before.do("change_person", person=before.plug(0)["id"], nickname="Rosa")
    before.end()
    meeting = meet()
    sign, rosa = meeting.plug(3, "Other"), next(one for one in meeting.document["people"] if one["nickname"] == "Rosa")
    assert not rosa["here"]
    meeting.do("swap", person=rosa["id"], other=sign["id"])
    assert [(one["nickname"], one["seat"], one["here"]) for one in meeting.document["people"]] == [("Rosa", 3, True)]


def test_a_place_whose_person_left_has_somebody_new_and_undo_brings_the_person_back(meeting):
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], nickname="Rosa")
    meeting.do("remove_person", person=rosa["id"])
    assert meeting.at(0)["nickname"] == ""
    assert meeting.do("undo").say == "Taken back: Rosa left."
    assert [one["nickname"] for one in meeting.document["people"]] == ["Rosa"]


def test_somebody_without_an_instrument_can_come_and_have_a_microphone(meeting):
    answer = meeting.do("add_person", nickname="Leo\u202e", sign="🎸", microphone=1)
    leo = meeting.person(answer.more["person"])
    assert (leo["nickname"], leo["sign"], leo["microphone"], leo["seat"]) == ("Leo", "🎸", 1, None)
    assert meeting.do("add_person", sign="🎸").say == "Leo has that sign already."
    assert not meeting.do("add_person", microphone=9).ok


def test_a_person_that_is_gone_is_told_in_a_sentence(meeting):
    for do, more in (("give", {"instrument": None}), ("change_person", {}), ("remove_person", {}), ("phrase", {})):
        answer = meeting.do(do, person="00000000", **more)
        assert (answer.ok, answer.say) == (False, "That person is not here any more.")


# --- the space, and voices in it ------------------------------------------------------------------------------------
def second_voices(meeting):
    """Microphone -> mode of what sings along there."""
    mixer = meeting.engine.state["mixer"]
    slots = zip(mixer["vocal_of"].tolist(), mixer["vocal"]["slots"]["mode"].tolist(), strict=True)
    return {microphone: mode for microphone, mode in slots if mode != OFF}


def test_the_room_is_another_one_at_once_and_again_as_it_was(meeting):
    mixer = meeting.engine.state["mixer"]
    assert (int(mixer["room"]), int(mixer["howl"]["on"])) == (LOUNGE, 1)
    assert meeting.do("set", space="cathedral").ok
    assert (int(mixer["room"]), meeting.kept["space"]) == (CATHEDRAL, "cathedral")
    assert meeting.document["undo"] == "the room is a cathedral"
    meeting.do("set", share_microphones=False)
    assert (meeting.kept["share_microphones"], meeting.document["undo"]) == (False, "open microphones do not share")
    meeting.do("undo")
    meeting.do("undo")
    assert (int(mixer["room"]), meeting.kept["space"], meeting.kept["share_microphones"]) == (LOUNGE, "lounge", True)


def test_a_warm_voice_goes_with_its_person_from_microphone_to_microphone(meeting):
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], microphone=0, warm_voice=True)
    heard = [[meeting.strip(number, parameter) for parameter in (HIGHPASS_HZ, LOW_DB)] for number in (0, 1)]
    assert heard == [[table[HIGHPASS_HZ], table[LOW_DB]] for table in (WARM, PLAIN)]
    meeting.do("change_person", person=rosa["id"], microphone=1)
    assert [meeting.strip(number, LOW_DB) for number in (0, 1)] == [PLAIN[LOW_DB], WARM[LOW_DB]]


def test_two_have_a_second_voice_and_a_third_is_told_who(meet):
    meeting = meet(microphones=4)
    rosa, leo, mia = (meeting.do("add_person", nickname=name, microphone=number).more["person"]
                      for number, name in enumerate(("Rosa", "Leo", "Mia")))
    meeting.do("change_person", person=rosa, second_voice="third")
    meeting.do("change_person", person=leo, second_voice="double")
    assert second_voices(meeting) == {0: THIRD_ABOVE, 1: DOUBLE}
    answer = meeting.do("change_person", person=mia, second_voice="low")
    assert (answer.ok, answer.say) == (False, "Only two people at once can have a second voice: Rosa and Leo have one.")
    meeting.do("change_person", person=rosa, microphone=3)
    meeting.run(0.5)
    assert second_voices(meeting) == {1: DOUBLE, 3: THIRD_ABOVE}
    meeting.restart_engine()
    assert second_voices(meeting) == {1: DOUBLE, 3: THIRD_ABOVE}
    assert meeting.faults == 0


@pytest.mark.parametrize(("outputs", "age", "served"), [(2, 80, False), (4, 80, True), (4, None, False)])
def test_other_ears_are_served_only_where_there_are_outputs_for_them(meet, tmp_path, outputs, age, served):
    meeting = meet(engine=new_engine(tmp_path / "session", outputs=outputs), monitor_age=age)
    assert bool(meeting.engine.state["mixer"]["monitor"]) == served


# --- the six big buttons --------------------------------------------------------------------------------------------
def test_softer_goes_down_in_steps_and_round(meeting):
    mixer, band = meeting.engine.state["mixer"], meeting.engine.state["band"]
    gains, softened = [], []
    for _ in range(4):
        meeting.do("softer")
        gains.append(float(mixer["gain_to"]))
        softened.append(float(band["soften"]))
    assert gains == pytest.approx([10 ** (-3 * step / 20) for step in (1, 2, 3, 0)], abs=1e-3)
    assert softened == [*sorted(softened[:3]), 0.0]
    meeting.do("softer", level=2)
    meeting.do("volume", gain_db=-4)
    assert float(mixer["gain_to"]) == pytest.approx(10 ** (-10 / 20), abs=1e-3)


def test_the_spotlight_lifts_one_and_lowers_the_others_with_their_microphones(meeting):
    rosa, _ = meeting.plug(0), meeting.plug(1, "Pad", "pads")
    meeting.do("spotlight", person=rosa["id"])
    assert meeting.gain(0) == usual_db("easy-piano") + 3
    assert meeting.gain(1) == usual_db("drum-pads") - 8
    assert meeting.strip(MICROPHONE, 0) == -8
    assert float(meeting.engine.state["band"]["soften"]) > 0.5
    meeting.plug(2, "Late", "")
    assert meeting.gain(2) == usual_db("easy-piano") - 8
    meeting.do("spotlight")
    gains = [meeting.gain(0), meeting.gain(1), meeting.strip(MICROPHONE, 0)]
    assert gains == [usual_db("easy-piano"), usual_db("drum-pads"), 0]


def test_who_has_nothing_to_be_heard_by_gets_no_spotlight(meeting):
    leo = meeting.do("add_person", nickname="Leo").more["person"]
    assert meeting.do("spotlight", person=leo).say == "Leo has no instrument and no microphone yet."


def test_quiet_ends_everything_at_once_and_nothing_rings(meeting):
    meeting.plug(0)
    meeting.engine.push(TOUCH, 0, 0, 60, 0.9)
    meeting.look()
    meeting.do("quiet")
    sound = meeting.engine.process(None, 4096)
    assert abs(sound[2048:]).max() < 1e-4
    assert float(meeting.engine.state["mixer"]["reverb_db"]) == -120
    meeting.wait(DRY_S + 1)
    assert float(meeting.engine.state["mixer"]["reverb_db"]) == 0


def test_a_friendly_sound_can_be_heard_and_ends(meeting):
    meeting.engine.read_log()
    meeting.do("hear")
    meeting.run(3)
    keys = [float(event["key"]) for event in meeting.engine.read_log() if event["kind"] == NOTE_ON]
    assert [key - keys[0] for key in keys] == [0, 4, 7, 12]
    assert int(meeting.engine.state["voices"]) == 0


def test_each_player_has_a_phrase_until_all_go_round(meeting):
    people = [meeting.plug(seat, f"Keyboard {seat}") for seat in range(9)]
    for person in people[:8]:
        assert meeting.do("phrase", person=person["id"]).ok
    phrases = meeting.engine.state["looper"]["phrases"]
    assert sorted(phrases["player"].tolist()) == list(range(8))
    assert "8 phrases" in meeting.do("phrase", person=people[8]["id"]).say
    meeting.do("phrase", person=people[3]["id"])   # pressed again before the first note: forgotten
    assert meeting.do("phrase", person=people[8]["id"]).ok


# --- lock, undo -----------------------------------------------------------------------------------------------------
def test_a_locked_desk_refuses_what_changes_who_plays_what_and_still_leads(meeting):
    rosa = meeting.plug(0)
    meeting.do("choose_song", song="daisy-bell")
    meeting.do("lock", on=True)
    for do, more in (("give", {"person": rosa["id"], "instrument": "koto"}), ("undo", {}), ("set", {"language": "de"}),
                     ("choose_song", {"song": None}), ("add_step", {"title": "x"}), ("end_session", {})):
        assert meeting.do(do, **more).say == "The desk is locked. Unlock it first."
    for do, more in (("start_stop", {}), ("softer", {}), ("tempo", {"bpm": 90}), ("tap", {}), ("quiet", {}),
                     ("spotlight", {"person": rosa["id"]}), ("follow", {"percent": 50}), ("lock", {"on": False})):
        assert meeting.do(do, **more).ok


def test_changes_are_taken_back_one_by_one_with_words(meeting):
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], nickname="Rosa")
    meeting.do("give", person=rosa["id"], instrument="koto")
    meeting.do("set", language="de")
    assert meeting.document["undo"] == "a setting"
    meeting.do("undo")
    assert (meeting.document["language"], meeting.document["undo"]) == ("en", "Rosa plays Koto")
    meeting.do("undo")
    assert seat_of(meeting, 0)["instrument"] == "easy-piano"
    meeting.do("undo")
    assert (meeting.at(0)["nickname"], meeting.document["undo"]) == ("", "")
    assert meeting.do("undo").say == "There is nothing to take back."


def test_twenty_changes_can_be_taken_back(meeting):
    rosa = meeting.plug(0)
    for number in range(25):
        meeting.now_s += 10
        meeting.do("change_person", person=rosa["id"], nickname=f"Rosa {number}")
    for number in reversed(range(5, 25)):
        assert meeting.at(0)["nickname"] == f"Rosa {number}"
        meeting.do("undo")


def test_a_slider_that_was_dragged_is_one_change(meeting):
    rosa = meeting.plug(0)
    meeting.now_s += 10
    for volume in (-1, -2, -3, -4):
        meeting.do("change_person", person=rosa["id"], volume_db=volume)
    meeting.do("undo")
    assert meeting.at(0)["volume_db"] == 0


def test_undo_leaves_whoever_came_since_where_they_are(meeting):
    rosa = meeting.plug(0)
    meeting.do("give", person=rosa["id"], instrument="koto")
    leo = meeting.plug(1, "Pad", "pads")
    meeting.do("undo")
    assert (meeting.at(0)["id"], meeting.at(1)["id"], meeting.at(0)["instrument"]) == (rosa["id"], leo["id"], None)


# --- crash, end, restart --------------------------------------------------------------------------------------------
def test_everything_is_there_again_after_a_crash(meet):
    meeting = meet()
    rosa = meeting.plug(0)
    meeting.do("change_person", person=rosa["id"], nickname="Rosa", volume_db=-6, muted=True, help={"tremor": 60})
    meeting.do("give", person=rosa["id"], instrument="koto")
    meeting.do("macro", person=rosa["id"], label="bright", share=0.9)
    meeting.do("spotlight", person=rosa["id"])
    meeting.do("softer", level=1)
    meeting.do("choose_song", song="daisy-bell")
    meeting.do("tempo", bpm=77)
    meeting.do("add_step", title="Hello", song="daisy-bell")
    meeting.do("consent", microphones=True, people=2)
    before = meeting.kept
    after = meeting.crash()
    assert after.kept == before
    assert after.document["song"]["name"] == "daisy-bell"
    assert after.plug(4)["nickname"] == "Rosa"
    assert (seat_of(after, 4)["instrument"], after.gain(4), after.mute(4)) == ("koto", usual_db("koto") - 6 + 3, True)
    assert float(after.engine.state["assist"]["hands"][4]["tremor_filter"]) == pytest.approx(0.6)
    assert bool(after.engine.state["keep_microphones"])
    assert after.mode == 0   # the song is ready, and does not begin by itself
    after.end()


def test_after_a_clean_end_another_meeting_begins_without_anybodys_consent(meet):
    meeting = meet()
    rosa = meeting.plug(0)
    meeting.plug(1, "Pad", "pads")
    meeting.do("change_person", person=rosa["id"], nickname="Rosa")
    meeting.do("consent", microphones=True, people=2)
    step = meeting.do("add_step", title="Hello").more["step"]
    meeting.do("go_step", step=step)
    meeting.do("next")
    meeting.do("lock", on=True)
    old = meeting.document
    assert old["plan"][0]["done"]
    meeting.end()
    new = meet().document
    assert new["id"] != old["id"]
    assert [(one["nickname"], one["seat"], one["here"]) for one in new["people"]] == [("Rosa", None, False)]
    assert [(one["title"], one["done"]) for one in new["plan"]] == [("Hello", False)]
    assert new["consent"] == {"microphones": False, "parents": False, "people": 0, "said_at": None}
    assert not (new["locked"])
    assert not (new["ended"])
    assert not (new["step"])


def test_a_second_program_in_the_same_folder_keeps_its_hands_off(meet):
    first = meet()
    first.do("change_person", person=first.plug(0)["id"], nickname="Rosa")
    first.do("consent", microphones=True, people=2)
    kept = first.kept
    second = meet()
    assert "Another imm_audio" in second.told()[0]
    assert (second.document["people"], second.document["consent"]["microphones"]) == ([], False)
    second.do("set", language="de")
    second.end()
    assert first.kept == kept
    first.die()
    assert meet().document["consent"]["microphones"]


def test_an_engine_that_begins_anew_is_told_everything_again(meeting):
    rosa = meeting.plug(0)
    meeting.do("give", person=rosa["id"], instrument="koto")
    meeting.do("change_person", person=rosa["id"], volume_db=-6, muted=True, help={"tremor": 60})
    meeting.do("macro", person=rosa["id"], label="bright", share=1.0)
    meeting.do("softer", level=2)
    meeting.do("choose_song", song="daisy-bell")
    meeting.do("tempo", bpm=77)

    def engine():
        state = meeting.engine.state
        parts, hand = state["parts"][0], state["assist"]["hands"][0]
        return (meeting.gain(0), meeting.mute(0), float(parts["timbre"]), float(hand["tremor_filter"]),
                float(state["mixer"]["gain_to"]), float(state["band"]["soften"]), float(state["transport"]["tempo_bpm"]),
                int(state["form"]["section_count"]), int(state["assist"]["hands"][0]["octave"]))

    before = engine()
    meeting.restart_engine()
    assert engine() == before
    assert meeting.faults == 0


def test_a_parent_that_takes_over_goes_on_with_the_room_and_disturbs_nobody(meet):
    meeting = meet()
    rosa = meeting.plug(0)
    meeting.do("give", person=rosa["id"], instrument="koto")
    meeting.do("choose_song", song="daisy-bell")
    meeting.do("start_stop")
    meeting.engine.push(TOUCH, 0, 0, 60, 0.9)
    meeting.run(2)
    before, mode = meeting.kept, meeting.mode
    assert NOTE_ON in kinds_heard(meeting)
    meeting.die()
    after = meet(engine=meeting.engine, adopt=True)
    assert after.kept == before
    assert (after.mode, seat_of(after, 0)["instrument"]) == (mode, "koto")
    assert not kinds_heard(after) & {NOTE_OFF, RELEASE, SILENCE}
    assert after.document["song"]["name"] == "daisy-bell"
    assert after.told() == []
    after.do("start_stop")
    after.run(8)
    assert after.mode == 0


# --- pages, calls ---------------------------------------------------------------------------------------------------
def test_what_only_the_desk_may_ask_is_refused_to_people(meeting):
    fields = {"join": {"page": PAGE}, "leave": {"page": PAGE}, "call": {"seat": 0}, "desks": {"count": 1}}
    assert set(fields) == set(INTERNAL)
    for do, more in fields.items():
        assert not meeting.do(do, **more).ok
        assert meeting.do(do, by="desk", **more).ok


def test_a_call_stands_until_somebody_came_or_it_is_long_ago(meeting):
    meeting.plug(0)
    meeting.plug(3, "Pad")
    for seat in (3, 0, 9):
        meeting.do("call", by="desk", seat=seat)
    assert meeting.document["calls"] == [0, 3]
    meeting.do("came", seat=0)
    assert meeting.document["calls"] == [3]
    meeting.do("call", by="desk", seat=0)
    meeting.do("change_person", person=meeting.at(0)["id"], help={"tremor": 50})
    assert meeting.document["calls"] == [3]
    meeting.wait(CALL_S + 1)
    assert meeting.document["calls"] == []


# --- the document ---------------------------------------------------------------------------------------------------
def test_the_documents_number_counts_changes_only(meeting):
    meeting.plug(0)
    meeting.run(2)
    version = meeting.room.version
    meeting.run(2)
    assert meeting.room.version == version
    meeting.do("softer")
    assert meeting.room.version == version + 1


def test_the_file_of_the_room_is_part_of_its_document(meeting):
    meeting.plug(0)
    meeting.do("choose_song", song="daisy-bell")
    kept = meeting.kept
    assert {name: meeting.document[name] for name in kept} == kept
    assert read((meeting.folder / "session.json").read_bytes()).people


def test_end_session_asks_everybody_to_end(meeting):
    meeting.do("end_session")
    assert (int(meeting.engine.header["stop"]), meeting.document["ended"]) == (1, True)
