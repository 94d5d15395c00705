"""Faders, mutes and loudness that follow from the room."""
from typing import get_args

from imm_audio.catalog.instrument import GAIN_AT_START_DB
from imm_audio.catalog.library import Library
from imm_audio.kernels.effects.rooms import CATHEDRAL, LOUNGE, ROOM_NAMES
from imm_audio.kernels.effects.strip import GAIN_DB, MUTE
from imm_audio.kernels.effects.vocal import DOUBLE, OCTAVE_DOWN, OFF, SLOTS, THIRD_ABOVE, VOCAL_MODES
from imm_audio.kernels.engine import mixer
from imm_audio.kernels.engine.events import (
    BAND,
    MASTER,
    MASTER_GAIN_DB,
    MONITOR_AGE,
    REVERB_DB,
    ROOM,
    SHARE_GAIN,
    STOP_HOWL,
    STRIP,
    VOCAL,
)
from imm_audio.kernels.music.terms import BAND_SOFTEN
from imm_audio.room.levels import MODES, PLAIN, WARM, WARM_GAIN_DB, level_events, levels, strip_of
from imm_audio.room.model import SECOND_VOICES, Present, SecondVoice, Space
from imm_audio.room.store import new_meeting

KOTO = Library().instruments["koto"]
USUAL_DB = GAIN_AT_START_DB + KOTO.sound.volume_db


def a_room(**fields):
    room = new_meeting()
    room.people = [Present(id="00000001", sign="🦊", seat=3, microphone=1, volume_db=2.0),
                   Present(id="00000002", sign="🐢", seat=4, muted=True)]
    for name, value in fields.items():
        setattr(room, name, value)
    return room


def test_a_place_is_as_loud_as_its_instrument_and_its_person_are():
    found = levels(a_room(), {3: KOTO, 4: KOTO, 5: KOTO}, 2, dry=False)
    assert [found[STRIP, 16 + seat, GAIN_DB] for seat in (3, 4, 5)] == [USUAL_DB + 2.0, USUAL_DB, USUAL_DB]
    assert [found[STRIP, 16 + seat, MUTE] for seat in (3, 4, 5)] == [0.0, 1.0, 0.0]
    assert [found[STRIP, number, GAIN_DB] for number in (0, 1)] == [0.0, 2.0]
    assert (found[MASTER, 0, MASTER_GAIN_DB], found[MASTER, 0, REVERB_DB], found[BAND, 0, BAND_SOFTEN]) == (0.0, 0.0, 0.0)


def test_the_spotlight_is_on_one_persons_player_and_microphone():
    found = levels(a_room(spotlight="00000001"), {3: KOTO, 4: KOTO, 5: KOTO}, 2, dry=False)
    assert [found[STRIP, 16 + seat, GAIN_DB] for seat in (3, 4, 5)] == [USUAL_DB + 5.0, USUAL_DB - 8.0, USUAL_DB - 8.0]
    assert [found[STRIP, number, GAIN_DB] for number in (0, 1)] == [-8.0, 5.0]
    assert found[STRIP, 20, MUTE] == 1.0


def test_only_what_is_another_level_is_said():
    before, after = (levels(a_room(softer=softer), {3: KOTO}, 0, dry=False) for softer in (0, 1))
    assert {event[:3] for event in level_events(after, before)} == {(MASTER, 0, MASTER_GAIN_DB), (BAND, 0, BAND_SOFTEN)}
    assert level_events(after, after) == []
    assert len(level_events(after, {})) == len(after)


def test_an_instrument_that_begins_anew_moves_its_fader_by_itself():
    assert strip_of(3) <= levels(a_room(), {3: KOTO}, 0, dry=False).keys()


# --- the space, and voices in it ------------------------------------------------------------------------------------
def test_the_rooms_file_and_the_engine_know_the_same_rooms_and_voices():
    assert get_args(Space) == ROOM_NAMES
    assert set(get_args(SecondVoice)) == MODES.keys()
    assert {0 <= mode < VOCAL_MODES for mode in MODES.values()} == {True}
    assert SECOND_VOICES == SLOTS


def test_the_engine_hears_in_which_room_it_plays_and_how_microphones_share():
    said = {name: (MASTER, 0, parameter) for name, parameter in (("room", ROOM), ("share", SHARE_GAIN), ("howl", STOP_HOWL))}
    usual = levels(a_room(), {}, 0, dry=False)
    assert [usual[said[name]] for name in ("room", "share", "howl")] == [LOUNGE, 1.0, 1.0]
    other = levels(a_room(space="cathedral", share_microphones=False), {}, 0, dry=False)
    assert [other[said[name]] for name in ("room", "share", "howl")] == [CATHEDRAL, 0.0, 1.0]
    assert {event[:3] for event in level_events(other, usual)} == {said["room"], said["share"]}


def test_other_ears_are_told_only_where_somebody_listens_by_them():
    assert (MASTER, 0, MONITOR_AGE) not in levels(a_room(), {}, 0, dry=False)
    assert levels(a_room(), {}, 0, dry=False, monitor_age=80)[MASTER, 0, MONITOR_AGE] == 80.0


def test_a_plain_voice_is_what_an_engine_begins_with():
    assert {parameter: float(mixer._MICROPHONE[parameter]) for parameter in PLAIN} == PLAIN


def test_a_warm_voice_is_at_the_microphone_of_its_person_alone_and_ends_with_nothing_left():
    room = a_room()
    before = levels(room, {3: KOTO}, 3, dry=False)
    room.people[0].warm_voice = True
    warm = levels(room, {3: KOTO}, 3, dry=False)
    told = {event[:3]: event[-1] for event in level_events(warm, before)}
    assert told == {(STRIP, 1, parameter): value for parameter, value in WARM.items() if value != PLAIN[parameter]} | {
        (STRIP, 1, GAIN_DB): 2.0 + WARM_GAIN_DB}
    room.people[0].microphone = 2
    moved = levels(room, {3: KOTO}, 3, dry=False)
    assert {parameter: moved[STRIP, 1, parameter] for parameter in PLAIN} == PLAIN
    assert {parameter: moved[STRIP, 2, parameter] for parameter in WARM} == WARM


def test_second_voices_are_told_by_microphone_and_who_stops_makes_room_first():
    room = a_room()
    room.people[0].second_voice, room.people[1].second_voice, room.people[1].microphone = "third", "double", 2
    before = levels(room, {}, 4, dry=False)
    assert [before[VOCAL, number, 0] for number in range(4)] == [OFF, THIRD_ABOVE, DOUBLE, OFF]
    room.people[0].microphone, room.people[0].second_voice = 0, "low"
    assert level_events(levels(room, {}, 4, dry=False), before)[-2:] == [
        (VOCAL, 1, 0, 0.0, OFF), (VOCAL, 0, 0, 0.0, OCTAVE_DOWN)]
