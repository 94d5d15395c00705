"""A take that begins late says what was set before it: its log alone gives the same notes again."""
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.band import band_events, band_mute
from imm_audio.catalog.instrument import compile_instrument
from imm_audio.catalog.library import Library, Styles
from imm_audio.catalog.patterns import PatternSlots
from imm_audio.engine import events
from imm_audio.kernels.engine.events import (
    ASSIST,
    BAND,
    BEND,
    FORM,
    HARMONY,
    LET_GO,
    NAMES,
    NOTE_ON,
    SCALE_TABLE,
    SOUND,
    STRIP,
    TEMPO,
    TOUCH,
    TUNE,
)
from imm_audio.kernels.music.terms import (
    BEGIN,
    CLEAR,
    FIRST_CONTROL,
    FORM_CLEAR,
    FORM_GO,
    FORM_JUMP,
    FORM_SECTION,
    HARMONY_CHORD,
    HARMONY_CLEAR,
    HARMONY_GO,
    OCTAVE,
    TIMING_HELP,
    TUNE_CLEAR,
    TUNE_GO,
    TUNE_NOTE,
)
from imm_audio.kernels.rt.ring import EVENT
from imm_audio.room.recorder import Recorder, ask_to_keep, ask_to_record
from imm_audio.room.takes.editing import cut
from imm_audio.room.takes.papers import KINDS, event_lines, events_of, lines_before
from imm_audio.room.takes.standing import Standing
from imm_audio.settings import Session
from imm_audio.songs.asked import music_of
from tests.room.ensemble import Ensemble, facts, lines

#: Some that answer by scale, chord, tune and pad; not by where the beat is, which a take does not know.
INSTRUMENTS = ("kalimba", "chord-guitar", "drum-pads", "next-note-tune", "easy-piano")


@pytest.fixture
def players(make_ensemble):
    """Five people with instruments, long before the take."""
    ensemble, library, patterns = make_ensemble(), Library().instruments, PatternSlots()
    said = list(music_of(Session(chords="Am", mood="pentatonic")).events)
    for player, stem in enumerate(INSTRUMENTS):
        said += compile_instrument(library[stem], player, patterns)
        said.append((ASSIST, player, TIMING_HELP, 0.0, 0.0))  # nobody waits for the beat
    for n, event in enumerate(said):
        assert ensemble.engine.push(*event)
        if n % 50 == 49:
            ensemble.drive(80)
    ensemble.drive(8000)
    return ensemble


def touch(ensemble: Ensemble, first: int) -> None:
    """Touches over 4000 frames from `first` on."""
    random = np.random.default_rng(7)
    for n in range(60):
        player = n % len(INSTRUMENTS)
        key = 48 + int(random.integers(24)) if player == 4 else FIRST_CONTROL + int(random.integers(8))
        at = first + 60 * n
        ensemble.engine.push(TOUCH, player, 0, key, float(np.float32(random.uniform(0.2, 1.0))), frame=at)
        ensemble.engine.push(LET_GO, player, 0, key, frame=at + 200)


def notes(found: list[dict]) -> list[tuple]:
    return [(line["frame"], line["kind"], line["player"], line["channel"], line["key"], line["value"])
            for line in found if line["kind"] in ("note_on", "note_off")]


def replayed(found: list[dict], make_ensemble, session) -> list[tuple]:
    """Notes of a new engine that is told only what people set and touched."""
    fresh = make_ensemble(session=session)
    recorder = Recorder(fresh.engine)
    ask_to_record(fresh.engine, "again")
    told = [line for line in found if line["kind"] not in ("note_on", "note_off")]
    for n, line in enumerate(told):
        assert fresh.engine.push(KINDS[line["kind"]], line["player"], line["channel"], line["key"], line["value"],
                                 frame=line["frame"] + 8000)  # time for all that was set before
        if n % 50 == 49:
            fresh.drive(80)
    fresh.drive(16000 - fresh.engine.frame)
    while recorder.round():
        pass
    recorder.end()
    return [(frame - 8000, *rest) for frame, *rest in notes(lines(fresh.folder))]


def test_a_take_begun_late_is_played_again_from_its_log_alone(players, tmp_path, make_ensemble):
    recorder = Recorder(players.engine)
    while recorder.round():
        pass
    ask_to_record(players.engine, "late")
    touch(players, players.engine.frame + 100)
    players.drive(9600)
    while recorder.round():
        pass
    recorder.end()
    found = lines(players.folder)
    before = [line for line in found if line.get("before")]
    assert found[:len(before)] == before
    assert {line["frame"] for line in before} == {0}
    assert {"assist", "sound", "scale_table", "chord_table", "harmony", "strip"} <= {line["kind"] for line in before}
    played = notes(found)
    assert len({player for _, _, player, *_ in played}) == len(INSTRUMENTS)
    assert len(played) > 60
    assert replayed(found, make_ensemble, tmp_path / "again") == played


def test_what_is_kept_afterwards_is_played_again_too(players, tmp_path, make_ensemble):
    recorder = Recorder(players.engine)
    while recorder.round():
        pass
    recorder._lookback.forget(before=players.engine.frame)
    touch(players, players.engine.frame + 100)
    players.drive(9600)
    while recorder.round():
        pass
    ask_to_keep(players.engine)
    recorder.round()
    found = lines(players.folder)
    assert facts(players.folder)["start_frame"] == players.engine.frame - 9600
    assert len(notes(found)) > 60
    assert replayed(found, make_ensemble, tmp_path / "again") == notes(found)


def test_a_part_that_was_cut_out_is_played_again_too(players, tmp_path, make_ensemble):
    recorder = Recorder(players.engine)
    ask_to_record(players.engine, "whole")  # from the first frame on: the settings are in it
    start = players.engine.frame
    touch(players, start + 8000)
    players.drive(14400)
    while recorder.round():
        pass
    recorder.end()
    work = cut(players.session, "whole", 0.9, 1.75)
    work.join()
    found = lines(players.session / "takes" / work.take_name)
    assert len(notes(found)) > 60
    assert replayed(found, make_ensemble, tmp_path / "again") == notes(found)


def test_a_scribe_that_was_restarted_finds_in_the_log_what_was_set(players):
    recorder = Recorder(players.engine)
    while recorder.round():
        pass
    expected = recorder._standing.events()
    assert len(expected) > 200
    assert np.array_equal(Recorder(players.engine)._standing.events(), expected)


def test_the_log_is_begun_anew_when_the_scribe_was_killed_before_the_first_sound(players):
    recorder = Recorder(players.engine)
    while recorder.round():
        pass
    ask_to_record(players.engine, "late")
    recorder.round()
    recorder._take.say_before(recorder._standing.events())
    del recorder
    recorder = Recorder(players.engine)
    players.drive(800)
    recorder.round()
    recorder.end()
    found = [(line["order"]) for line in lines(players.folder)]
    assert len(found) == len(set(found)) > 200


# --- what holds ---------------------------------------------------------------------------------------------------


def standing(*said: tuple) -> list[tuple]:
    """What holds after events (kind, player, channel, key, value), the same way."""
    array = np.array([(0, *event, order) for order, event in enumerate(said)], EVENT)
    return [event[1:6] for event in Standing().add(array).events().tolist()]


def test_of_settings_the_newest_holds_in_the_order_in_which_they_were_said():
    assert standing((STRIP, 16, 0, 0, -6), (TEMPO, 0, 0, 0, 90), (STRIP, 17, 0, 0, -6), (STRIP, 16, 0, 0, -9),
                    (NOTE_ON, 0, 0, 60, 1), (BEND, 0, 0, 0, 50)) == [
        (TEMPO, 0, 0, 0, 90), (STRIP, 17, 0, 0, -6), (STRIP, 16, 0, 0, -9), (BEND, 0, 0, 0, 50)]


def test_what_a_word_resets_stays_reset():
    assert standing((ASSIST, 0, OCTAVE, 0, 1), (ASSIST, 0, 13, 4, 60), (ASSIST, 0, CLEAR, 0, 0), (ASSIST, 0, 13, 5, 62)) == [
        (ASSIST, 0, OCTAVE, 0, 1), (ASSIST, 0, 13, 4, 60), (ASSIST, 0, CLEAR, 0, 0), (ASSIST, 0, 13, 5, 62)]


def test_what_makes_no_sense_holds_nothing():
    for value in (np.nan, np.inf):
        assert standing((ASSIST, 0, OCTAVE, value, 1), (ASSIST, 0, OCTAVE, 0, value)) == []


def test_a_table_is_kept_from_its_beginning():
    assert standing((SCALE_TABLE, 0, 3, BEGIN, 12), (SCALE_TABLE, 0, 3, 0, 1), (SCALE_TABLE, 0, 3, BEGIN, 12),
                    (SCALE_TABLE, 0, 3, 0, 0), (SCALE_TABLE, 0, 4, BEGIN, 12), (SCALE_TABLE, 0, 3, 0, 7)) == [
        (SCALE_TABLE, 0, 3, BEGIN, 12), (SCALE_TABLE, 0, 3, 0, 0), (SCALE_TABLE, 0, 3, 0, 7), (SCALE_TABLE, 0, 4, BEGIN, 12)]


def test_chords_hold_once_they_were_started_and_what_is_being_said_comes_after():
    first = [(HARMONY, 0, HARMONY_CLEAR, 0, 0), (HARMONY, 0, HARMONY_CHORD, 0, 4)]
    second = [(HARMONY, 0, HARMONY_CLEAR, 0, 0), (HARMONY, 1, HARMONY_CHORD, 7, 4)]
    assert standing(*first, (HARMONY, 0, HARMONY_GO, 0, 1), *second) == [*first, (HARMONY, 0, HARMONY_GO, 0, 2), *second]
    assert standing(*first, (HARMONY, 0, HARMONY_GO, 0, 0), *second, (HARMONY, 0, HARMONY_GO, 0, 2)) == [
        *second, (HARMONY, 0, HARMONY_GO, 0, 2)]


def test_chords_that_wait_for_the_song_wait_until_it_was_started():
    form = [(FORM, 0, FORM_CLEAR, 4, 1), (FORM, 0, FORM_SECTION, 0, 16)]
    chords = [(HARMONY, 0, HARMONY_CLEAR, 0, 0), (HARMONY, 0, HARMONY_CHORD, 0, 4)]
    waits, holds = (HARMONY, 0, HARMONY_GO, 0, 3), (HARMONY, 0, HARMONY_GO, 0, 2)
    assert standing(*form, *chords, waits) == [*form, *chords, waits]
    assert standing(*form, *chords, waits, (FORM, 0, FORM_GO, 1, 4), (FORM, 0, FORM_JUMP, 0, 8)) == [*form, *chords, holds]


def test_a_tune_and_a_style_are_kept_whole():
    tune = [(TUNE, 0, TUNE_CLEAR, 0, 0), (TUNE, 0, TUNE_NOTE, 60, 1), (TUNE, 0, TUNE_GO, 0, 0)]
    style = next(style for style in Styles().styles.values() if "4/4" in style.meters)
    band = [tuple(event) for event in band_events(style, "4/4") if event[0] != STRIP]
    said = standing(*tune, *band, *band, *band_mute("bass", True), *tune)
    kept = [tuple(float(value) for value in event) for event in said]
    expected = [*band[:-1], (*band[-1][:4], 2.0), *band_mute("bass", True), *tune]
    assert kept == [tuple(float(np.float32(value)) for value in event) for event in expected]


@settings(deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from([SOUND, STRIP, ASSIST, SCALE_TABLE, HARMONY, TUNE, FORM, BAND, TEMPO, NOTE_ON]), st.integers(0, 1),
    st.integers(0, 13), st.sampled_from([-1.0, 0.0, 1.0]), st.sampled_from([0.0, 1.0, 2.0, 3.0])), max_size=60))
def test_what_holds_after_saying_what_holds_is_the_same(said):
    """A cut of a cut begins as the cut does."""
    array = np.array([(0, *event, order) for order, event in enumerate(said)], EVENT)
    once = Standing().add(array).events()
    assert np.array_equal(Standing().add(once).events(), once)
    assert len(np.unique(once["order"])) == len(once) <= len(said)


def test_lines_of_the_log_become_events_again():
    said = np.array([(7, SOUND, 3, 1, 2.1, 0.3, 99), (8, events.NOTE_ON, 3, 1, 60.5, 0.7, 100)], EVENT)
    told = [json.loads(line) for line in event_lines(said, 0).splitlines()]
    assert np.array_equal(events_of(told), said)
    assert [json.loads(line)["before"] for line in lines_before(said).splitlines()] == [True, True]
    assert [line["kind"] for line in told] == [NAMES[SOUND], NAMES[NOTE_ON]]
