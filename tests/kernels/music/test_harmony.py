"""Scales, chords and a progression that moves with the beat."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import CHORD_TABLE, HARMONY, SCALE_TABLE
from imm_audio.kernels.music.terms import (
    BEGIN,
    CHORD_SLOTS,
    HARMONY_CHORD,
    HARMONY_GO,
    HARMONY_KEY,
    SCALE_SLOTS,
)
from tests.kernels.music.stage import AT_ONCE, ON_BAR, ON_BEAT, Stage, control

C, F, G = 0, 5, 7


def tones_between(low, high, tones, origin, period):
    """All keys of origin + tones + n * period in a range, ascending."""
    n = np.arange(-200, 200)[:, None]
    found = np.unique(np.round(origin + np.asarray(tones) + n * period, 4))
    return found[(found >= low) & (found <= high)]


#: Period and degrees, in steps of five cents.
scales = st.integers(20, 960).flatmap(lambda period: st.tuples(
    st.just(period / 20),
    st.lists(st.integers(0, period - 1).map(lambda step: step / 20), min_size=1, max_size=12, unique=True)))


def snapped(meaning, scale, chord, tonic, root, keys):
    """What keys sound with full help."""
    stage = Stage()
    stage.scale(1, scale[1], scale[0])
    stage.chord(1, chord)
    stage.harmony([(1, tonic, 1, root, 4)])
    stage.instrument(meaning)
    stage.help(pitch_help=1)
    for n, key in enumerate(keys):
        stage.tap(1000 + 200 * n, key, frames=100)
    stage.run(1000 + 200 * len(keys) + 200)
    return stage.played()


@settings(deadline=None, max_examples=40)
@given(scale=scales, tonic=st.integers(0, 119).map(lambda tenth: tenth / 10),
       keys=st.lists(st.floats(0, 127), min_size=1, max_size=20))
def test_scale_keys_sound_the_nearest_of_all_notes_of_any_scale(scale, tonic, keys):
    cent = 0.0101  # closer notes are one; those a cent outside the keyboard are its ends
    notes = tones_between(-cent, 127 + cent, scale[1], 60 + tonic, scale[0])
    for key, found in zip(keys, snapped("scale", scale, (0, 4, 7), tonic, C, keys), strict=True):
        assert np.abs(notes - found).min() <= cent
        assert abs(found - key) <= np.abs(notes - key).min() + cent


@settings(deadline=None, max_examples=30)
@given(chord=st.lists(st.integers(0, 47), min_size=1, max_size=8), root=st.integers(0, 11),
       keys=st.lists(st.floats(0, 127), min_size=1, max_size=20))
def test_chord_keys_sound_the_nearest_tone_of_the_chord_in_any_octave(chord, root, keys):
    notes = tones_between(0, 127, chord, root, 12)
    for key, found in zip(keys, snapped("chord", (12.0, (0, 7)), chord, C, root, keys), strict=True):
        assert found in notes
        assert abs(found - key) == pytest.approx(np.abs(notes - key).min(), abs=1e-5)  # float32


@settings(deadline=None, max_examples=20)
@given(scale=scales, order=st.randoms())
def test_controls_climb_a_scale_note_by_note_whatever_the_order_in_which_it_was_written(scale, order):
    period, degrees = scale[0], list(scale[1])
    stage = Stage()
    order.shuffle(degrees)
    stage.scale(1, degrees, period)
    stage.chord(1, (0, 4, 7))
    stage.harmony([(1, C, 1, C, 4)])
    stage.instrument("scale", base=30.013)  # never in the middle between two notes
    for n in range(6):
        stage.tap(1000 + 200 * n, control(n))
    stage.run(3000)
    notes = tones_between(-1, 300, scale[1], 60, period)
    first = int(np.abs(notes - 30.013).argmin())
    climbing = notes[first:first + 6]
    inside = climbing <= 127
    assert np.array(stage.played())[inside] == pytest.approx(climbing[inside], abs=0.01)  # float32, a cent at most


def roots(stage, frames):
    """(beat, root) whenever the root changes, to a step of the engine."""
    found = []
    for _ in range(frames // 16):
        stage.run(16)
        root = stage.present[0]
        if not found or found[-1][1] != root:
            found.append((round((stage.frame - 16) / stage.beat_frames, 2), root))
    return found


def a_progression(entries, go=AT_ONCE, frame=0, **parameters):
    stage = Stage()
    stage.scale(1, (0, 2, 4, 5, 7, 9, 11))
    stage.chord(1, (0, 4, 7))
    stage.harmony([(1, C, 1, root, beats) for root, beats in entries], go, frame, **parameters)
    return stage


def test_a_progression_goes_round_with_the_beat():
    stage = a_progression([(F, 1.5), (G, 0.5), (C, 2)])
    assert roots(stage, 36000) == [(0, C), (0, F), (1.5, G), (2, C), (4, F), (5.5, G), (6, C), (8, F)]


@pytest.mark.parametrize(("go", "meter", "beat"), [
    (AT_ONCE, 4, 2.3), (ON_BEAT, 4, 3), (ON_BAR, 4, 4), (ON_BAR, 3, 3), (ON_BAR, 5, 5)])
def test_a_progression_takes_over_on_the_beat_on_the_bar_or_at_once_and_begins_at_its_beginning(go, meter, beat):
    stage = a_progression([(C, 1)])
    stage.harmony([(1, C, 1, F, 1), (1, C, 1, G, 100)], go, stage.at_beat(2.3), meter)
    assert roots(stage, 30000) == [(0, C), (beat, F), (beat + 1, G)]


def test_what_is_being_written_does_not_sound_before_it_is_ready():
    stage = a_progression([(F, 1)])
    stage.run(4000)
    stage.say(4000, HARMONY, 0, 0)
    stage.say(4000, HARMONY, 1, HARMONY_KEY, C)
    stage.say(4000, HARMONY, 1, HARMONY_CHORD, G, 1)
    assert roots(stage, 16000)[-1] == (1, F)
    stage.say(20000, HARMONY, 0, HARMONY_GO, 0, ON_BEAT)
    assert roots(stage, 8000)[-1] == (5, G)


def test_before_anything_is_said_there_are_good_notes():
    stage = Stage()
    stage.instrument("scale")
    stage.help(pitch_help=1)
    for n in range(12):
        stage.tap(1000 + 200 * n, 60 + n)
    stage.run(8000)
    assert {key % 12 for key in stage.played()} == {0, 2, 4, 7, 9}


def test_tempo_moves_the_chords_with_the_beat():
    stage = Stage(tempo_bpm=60)
    stage.chord(1, (0, 4, 7))
    stage.harmony([(0, C, 1, F, 1), (0, C, 1, G, 1)])
    assert roots(stage, 16000) == [(0, C), (0, F), (1, G)]


@pytest.mark.parametrize(("kind", "channel", "key", "value"), [
    (SCALE_TABLE, SCALE_SLOTS, BEGIN, 12), (SCALE_TABLE, -1, BEGIN, 12), (SCALE_TABLE, 0, 0, 12.0), (SCALE_TABLE, 0, 0, -1.0),
    (CHORD_TABLE, CHORD_SLOTS, BEGIN, 0), (CHORD_TABLE, 0, 0, 48.0), (CHORD_TABLE, 0, 0, -1.0),
    (HARMONY, HARMONY_CHORD, 0, 0.0), (HARMONY, HARMONY_CHORD, 0, -1.0), (HARMONY, HARMONY_GO, 0, 0), (HARMONY, 9, 0, 0)])
def test_what_makes_no_sense_is_counted_and_changes_nothing(kind, channel, key, value):
    stage = Stage()
    stage.run(100)
    harmony = stage.engine.state["assist"]["harmony"]
    before = [harmony[name].tobytes() for name in ("scales", "chords", "progressions", "go_beat", "meter_beats")]
    stage.say(0, kind, 0, channel, key, value)
    stage.run(100)
    assert stage.engine.state["faults"] == 1
    assert [harmony[name].tobytes() for name in ("scales", "chords", "progressions", "go_beat", "meter_beats")] == before


def test_a_key_of_a_scale_that_nobody_wrote_is_refused():
    stage = Stage()
    stage.say(0, HARMONY, 7, HARMONY_KEY, 0)
    stage.say(0, HARMONY, 7, HARMONY_CHORD, 0, 1)
    stage.run(100)
    assert stage.engine.state["faults"] == 2


def test_a_scale_that_is_being_written_sounds_something_possible_and_then_what_is_written():
    stage = Stage()
    stage.scale(1, (0, 4, 7))
    stage.chord(1, (0, 4, 7))
    stage.harmony([(1, C, 1, C, 4)])
    touches = (("scale", 62), ("scale", control(2)), ("chord_button", control(1)), ("drone", 60))
    for player, (meaning, key) in enumerate(touches):
        stage.instrument(meaning, player)
        stage.help(player, pitch_help=1)
        stage.touch(1000, key, player)
        stage.touch(2020, key, player)
    stage.say(2000, SCALE_TABLE, 0, 1, BEGIN, 12)
    stage.run(3000)
    assert all(0 <= note.key <= 127 for note in stage.notes)
    for n, degree in enumerate((1, 5, 8)):
        stage.say(3000, SCALE_TABLE, 0, 1, n, degree)
    stage.run(2000)
    for player in (0, 1, 3):
        assert {key % 12 for key in stage.held(player)} <= {1, 5, 8}
    assert stage.complaints == []
