"""Faders, mutes and loudness that follow from the room."""
from imm_audio.catalog.instrument import GAIN_AT_START_DB
from imm_audio.catalog.library import Library
from imm_audio.kernels.effects.strip import GAIN_DB, MUTE
from imm_audio.kernels.engine.events import BAND, MASTER, MASTER_GAIN_DB, REVERB_DB, STRIP
from imm_audio.kernels.music.terms import BAND_SOFTEN
from imm_audio.room.levels import level_events, levels, strip_of
from imm_audio.room.model import Present
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
