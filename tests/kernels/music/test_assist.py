"""What a touch means: each kind of instrument, and what is the same for all of them."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import BEND, EXPRESSION
from tests.kernels.music.stage import AT_ONCE, ON_BAR, ON_BEAT, REST, Stage, control, in_tones

MAJOR, TRIAD, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 4, 7), (0, 3, 7)
C, D, E, F, G, A = 0, 2, 4, 5, 7, 9


def stage_in_c(*chords, tonic=C, go=AT_ONCE, **parameters):
    """A stage in C major with chords of (slot, root, beats): slot 1 major, 2 minor."""
    stage = Stage(**parameters)
    stage.scale(1, MAJOR)
    stage.chord(1, TRIAD)
    stage.chord(2, MINOR)
    stage.harmony([(1, tonic, *chord) for chord in chords or [(1, C, 4)]], go)
    return stage


def at_beats(stage, player=0):
    """Beats at which notes began."""
    return [round(start / stage.beat_frames, 2) for start in stage.starts(player)]


# --- keys ---------------------------------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 127, width=32, allow_subnormal=False),
                          st.integers(0, 15), st.floats(0.015625, 1.0, width=32)),
                min_size=1, max_size=20, unique_by=(lambda row: row[1], lambda row: row[0])))
def test_free_keys_without_help_pass_as_they_are_and_at_once(touches):
    stage, frame, wanted = Stage(), 800, []
    for wait, key, channel, velocity in touches:
        frame += wait
        stage.touch(frame, key, velocity=velocity, channel=channel)
        stage.let_go(frame + 5000, key, channel=channel)
        wanted.append((frame, channel, key, velocity))
    stage.run(frame + 6000)
    found = [(note.start, note.channel, note.key, pytest.approx(note.velocity, rel=1e-6)) for note in stage.notes]
    assert found == wanted
    assert all(note.stop == note.start + 5000 for note in stage.notes)


@pytest.mark.parametrize(("meaning", "wanted"), [("scale", {C, D, E, F, G, A, 11}), ("free", {C, D, E, F, G, A, 11}),
                                                 ("chord", {C, E, G})])
def test_with_help_a_key_sounds_the_nearest_note_there_is(meaning, wanted):
    stage = stage_in_c()
    stage.instrument(meaning)
    stage.help(pitch_help=1)
    for key in range(128):
        stage.tap(1000 + 160 * key, key, frames=100)
    stage.run(30000)
    notes = np.array([key for key in range(128) if key % 12 in wanted])
    assert np.abs(np.array(stage.played()) - np.arange(128)).tolist() == [np.abs(notes - key).min() for key in range(128)]
    assert set(stage.played()) <= set(notes)


def test_magic_keys_prefer_the_chord_on_the_beat_and_let_the_scale_pass_between():
    stage = stage_in_c()
    stage.instrument("magic")
    stage.help(pitch_help=1)
    stage.tap(stage.at_beat(1), 71)
    stage.tap(stage.at_beat(1.5), 71)
    stage.run(8000)
    assert stage.played() == [72, 71]


def test_half_the_pitch_help_puts_the_beat_right_and_leaves_the_rest():
    stage = stage_in_c()
    stage.instrument("scale")
    stage.help(pitch_help=0.5)
    for beat in (4, 4.25, 5, 5.25, 6.75):
        stage.tap(stage.at_beat(beat), 61)
    stage.run(30000)
    assert [key in (60, 62) for key in stage.played()] == [True, False, True, False, False]


def test_controls_without_height_climb_the_scale_from_its_base():
    stage = stage_in_c(tonic=D)
    stage.instrument("scale", base=62)
    for n in range(8):
        stage.tap(1000 + 500 * n, control(n))
    stage.run(6000)
    assert stage.played() == [62, 64, 66, 67, 69, 71, 73, 74]


def test_controls_climb_a_scale_whose_period_is_no_octave():
    stage = Stage()
    stage.scale(1, (0, 3, 7), 19.0)
    stage.chord(1, TRIAD)
    stage.harmony([(1, C, 1, C, 4)])
    stage.instrument("scale", base=60, low=41)
    for n in range(8):
        stage.tap(1000 + 500 * n, control(n))
    stage.run(6000)
    assert stage.played() == [60, 63, 67, 79, 82, 86, 98, 101]


@pytest.mark.parametrize("octave", [-3, -1, 0, 2, 3])
def test_the_octave_moves_everything_that_has_room(octave):
    stage = stage_in_c()
    for zone, meaning in enumerate(("free", "scale", "chord", "song_chord")):
        stage.instrument(meaning, zone=zone, first=60 + zone, last=60 + zone, channel=zone, low=0 if zone < 3 else 60,
                         high=127 if zone < 3 else 72)
    stage.help(octave=octave)
    for zone in range(4):
        stage.touch(2000, 60 + zone)
    stage.run(4000)
    free, scale, chord, *triad = stage.played()
    assert (free, scale, chord) == (60 + 12 * octave, 61 + 12 * octave, 62 + 12 * octave)
    assert all(60 + 12 * octave <= key <= 72 + 12 * octave for key in triad)


def test_two_hands_have_each_their_own_half():
    stage = stage_in_c()
    stage.instrument("chord", last=59, channel=3, high=59)
    stage.instrument("scale", zone=1, first=60, channel=5, low=60)
    stage.help(pitch_help=1)
    stage.touch(2000, 39)
    stage.touch(2000, 59)
    stage.touch(2000, 60)
    stage.touch(2000, 61.4)
    stage.run(4000)
    assert [(note.channel, note.key) for note in stage.notes] == [(3, 40), (3, 55), (5, 60), (5, 62)]


def test_controls_outside_all_zones_are_silent():
    stage = stage_in_c()
    stage.instrument("scale", first=60, last=72)
    stage.tap(2000, 59)
    stage.tap(2000, control(0))
    stage.run(4000)
    assert stage.notes == []


def test_pads_sound_the_drum_they_are_told_and_white_keys_are_pads():
    stage = stage_in_c()
    stage.instrument("pads", channel=9)
    for number, key in enumerate((36, 38, 42, 49)):
        stage.pad(number, key)
    for touched in (control(0), control(3), control(1), 48, 50, 52, 49):
        stage.tap(2000 + 100 * len(stage.rows), touched)
    stage.run(30000)
    assert stage.played() == [36, 49, 38, 36, 38, 42, 36]
    assert {note.channel for note in stage.notes} == {9}


# --- chords ---------------------------------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=20)
@given(size=st.integers(3, 6), low=st.integers(36, 60), room=st.integers(30, 48),
       degrees=st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=12))
def test_chord_buttons_lead_their_voices_by_small_steps_and_keep_size_and_range(size, low, room, degrees):
    stage = stage_in_c()
    stage.instrument("chord_button", size=size, low=low, high=low + room)
    degree, wanted = 14, []
    for n, step in enumerate([0, *degrees]):
        degree += step
        wanted.append({MAJOR[(degree + third) % 7] for third in (0, 2, 4)})
        stage.tap(2000 + 1000 * n, control(degree))
    stage.run(2000 + 1000 * len(wanted) + 1000)
    chords = np.array(stage.played()).reshape(-1, size)
    assert [{int(key) % 12 for key in chord} for chord in chords] == wanted
    assert chords.min() >= low
    assert chords.max() <= low + room
    assert (np.diff(chords, axis=1) > 0).all()
    assert np.abs(np.diff(chords, axis=0)).max(initial=0) <= 5


def test_a_song_chord_is_the_chord_of_the_song():
    stage = stage_in_c((1, C, 1), (1, F, 1), (2, A, 1))
    stage.instrument("song_chord", low=48, high=72)
    for beat in (3.2, 4.2, 5.2):
        stage.tap(stage.at_beat(beat), control(0))
    stage.run(24000)
    chords = np.mod(stage.played(), 12).reshape(-1, 3)
    assert [set(chord) for chord in chords.tolist()] == [{0, 4, 7}, {5, 9, 0}, {9, 0, 4}]


def test_a_keyboard_strums_up_and_down_in_turn():
    stage = stage_in_c()
    stage.instrument("strum", size=4, low=48)
    stage.tap(2000, 60, frames=900)
    stage.tap(4000, 60, frames=900)
    stage.run(8000)
    assert stage.played() == [48, 52, 55, 60, 60, 55, 52, 48]
    apart = np.diff(stage.starts()[:4])
    assert (np.abs(apart - 160) <= 1).all()  # 20 ms
    assert stage.held() == stage.complaints == []


def test_strings_of_a_strum_bar_are_the_chord_from_low_to_high():
    stage = stage_in_c((1, F, 4))
    stage.instrument("strum", size=6, low=48)
    for n in range(6):
        stage.tap(2000 + 200 * n, control(n))
    stage.run(8000)
    assert stage.played() == [48, 53, 57, 60, 65, 69]


def test_an_axis_plucks_the_strings_that_it_passes():
    stage = stage_in_c()
    stage.instrument("strum", size=4, low=48)
    stage.axis("slide", "strum")
    for n, value in enumerate([0.0, 0.1, 0.2, 0.4, 0.4, 0.7, 1.0, 0.8, 0.5, 0.3, 0.3]):
        stage.move(2000 + 100 * n, "slide", value)
    stage.run(20000)
    assert stage.played() == [48, 52, 55, 60, 60, 55, 52]
    assert stage.held() == stage.complaints == []


# --- what goes on by itself -------------------------------------------------------------------------------------------
def test_an_arpeggio_begins_at_once_goes_on_by_the_grid_and_ends_with_the_touch():
    stage = stage_in_c()
    stage.instrument("arpeggio", base=48, size=3, step_beats=0.5)
    stage.touch(stage.at_beat(2.1), control(0))
    stage.let_go(stage.at_beat(4.2), control(0))
    stage.run(24000)
    assert at_beats(stage) == [2.1, 2.5, 3.0, 3.5, 4.0]
    assert stage.played() == [48, 52, 55, 48, 52]
    assert stage.held() == stage.complaints == []


def test_a_latched_arpeggio_goes_on_until_it_is_touched_again():
    stage = stage_in_c()
    stage.instrument("arpeggio", base=48, step_beats=1, latch=1)
    stage.tap(stage.at_beat(2), control(0))
    stage.tap(stage.at_beat(6.5), control(0))
    stage.run(40000)
    assert at_beats(stage) == [2, 3, 4, 5, 6]


def loops(meaning, **parameters):
    """A stage with a pattern of two notes a beat in slot 4."""
    stage = stage_in_c()
    stage.pattern(4, [(0, 0, 127), (2, 0.5, 64)], 1.0)
    stage.instrument(meaning, pattern=4, base=60, **parameters)
    return stage


@pytest.mark.parametrize(("touched", "first"), [(2.2, 2.0), (2.0, 2.0), (2.7, 3.0)])
def test_a_loop_falls_into_the_beat_and_the_next_touch_stops_it(touched, first):
    stage = loops("loop")
    stage.tap(stage.at_beat(touched), control(0), velocity=0.8)
    stage.tap(stage.at_beat(5.25), control(0))
    stage.run(40000)
    beats = np.arange(first, 5.25, 0.5)
    beats[0] = max(beats[0], touched)
    assert np.abs(np.array(stage.starts()) / stage.beat_frames - beats).max() < 16 / stage.beat_frames  # a step of the engine
    assert stage.played() == [60, 64, 60, 64, 60, 64, 60][:len(beats)]
    assert [note.velocity for note in stage.notes[:2]] == pytest.approx([0.8, 0.8 * 64 / 127])
    assert stage.held() == stage.complaints == []


def test_a_phrase_plays_once_from_its_touch():
    stage = loops("phrase")
    stage.tap(stage.at_beat(2.3), control(0))
    stage.run(40000)
    assert at_beats(stage) == [2.3, 2.8]
    assert stage.played() == [60, 64]


def test_patterns_of_drums_keep_their_keys():
    stage = loops("phrase", absolute=1)
    stage.pattern(4, [(36, 0, 100), (38, 0.5, 100)], 1.0)
    stage.tap(2000, control(0))
    stage.run(40000)
    assert stage.played() == [36, 38]


def test_a_round_begins_on_the_bar_and_the_next_one_enters_a_bar_later():
    stage, tune = stage_in_c(), [(60, 1), (62, 1), (64, 1), (REST, 1), (60, 2), (67, 2)]
    stage.tune(tune)
    for player in (0, 1):
        stage.instrument("round", player, low=60, high=67)
    stage.tap(stage.at_beat(2.5), control(0), 0)
    stage.tap(stage.at_beat(6), control(0), 1)
    stage.run(80000)
    assert stage.played(0) == stage.played(1) == [60, 62, 64, 60, 67]
    assert at_beats(stage, 0) == [4, 5, 6, 8, 10]
    assert at_beats(stage, 1) == [8, 9, 10, 12, 14]


def test_a_ghost_goes_on_with_the_tune_and_stops_when_the_person_is_back():
    stage = stage_in_c()
    stage.tune([(60, 1), (62, 0.5), (64, 0.5), (65, 2)])
    stage.instrument("next_note", low=60, high=65)
    stage.tap(stage.at_beat(1), control(0))
    stage.help(frame=stage.at_beat(2.2), ghost=1)
    stage.help(frame=stage.at_beat(7.1), ghost=0)
    stage.run(60000)
    assert stage.played() == [60, 62, 64, 65, 60, 62]
    assert at_beats(stage) == [1, 3, 3.5, 4, 6, 7]
    assert stage.held() == stage.complaints == []


def test_a_drone_lasts_as_long_as_its_touch_and_a_latched_one_until_the_next():
    stage = stage_in_c()
    stage.instrument("drone", base=48, size=2, last=159)
    stage.instrument("drone", zone=1, base=36, size=2, first=160, latch=1)
    stage.tap(1000, control(0), frames=700)
    stage.tap(5000, control(40), frames=100)
    stage.tap(9000, control(40), frames=100)
    stage.run(12000)
    assert [(note.key, note.start, note.stop) for note in stage.notes] == [
        (48, 1000, 1700), (55, 1000, 1700), (36, 5000, 9000), (43, 5000, 9000)]


@pytest.mark.parametrize("tonic", [D, G, 10])
def test_a_drone_follows_the_key(tonic):
    stage = stage_in_c()
    stage.instrument("drone", base=48, size=2)
    stage.touch(1000, control(0))
    stage.run(2000)
    assert stage.held() == [48, 55]
    stage.harmony([(1, tonic, 1, tonic, 4)], ON_BEAT, 2000)
    stage.run(6000)
    assert stage.held() == [48 + tonic, 55 + tonic]
    assert stage.starts()[2] == pytest.approx(stage.beat_frames, abs=16)  # a step of the engine


# --- harmony that moves -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("when", "beat"), [(ON_BEAT, 3), (ON_BAR, 4), (AT_ONCE, 2.3)])
def test_a_new_key_comes_on_the_beat_on_the_bar_or_at_once(when, beat):
    stage = stage_in_c((1, C, 4))
    stage.instrument("chord")
    stage.help(pitch_help=1)
    stage.harmony([(1, D, 1, D, 4)], when, stage.at_beat(2.3))
    stage.touch(1000, 60)
    stage.run(24000)
    first, second = stage.notes
    assert (first.key, second.key) in ((60, 62), (60, 57))
    assert first.stop == second.start
    assert abs(second.start - stage.at_beat(beat)) <= 32  # two steps of the engine


def test_a_touch_that_waited_for_the_beat_meets_the_chord_of_the_beat():
    stage = stage_in_c((1, C, 4), (1, F, 4))
    stage.instrument("song_chord", low=48, high=72)
    stage.help(timing_help=1)
    stage.tap(stage.at_beat(3.9), control(0))
    stage.run(24000)
    assert {key % 12 for key in stage.played()} == {5, 9, 0}
    assert set(stage.starts()) == {stage.at_beat(4)}


def test_next_chord_moves_everybody_at_once_and_chords_wait_for_the_hand():
    stage = stage_in_c((1, C, 1), (1, F, 1), (1, G, 1))
    stage.instrument("next_chord", 0, low=48, high=72)
    stage.instrument("song_chord", 1, low=48, high=72)
    stage.instrument("chord", 2)
    stage.instrument("next_chord", 3, low=48, high=72)
    stage.help(2, pitch_help=1)
    for touch, root in zip((3.1, 4.3, 5.9), (F, G, C), strict=True):
        stage.tap(stage.at_beat(touch), control(0), 0, frames=1000)
        if root == F:
            stage.touch(stage.at_beat(3.05), control(0), 1)
            stage.touch(stage.at_beat(3.05), 64, 2)
        stage.run(stage.at_beat(touch) + 500 - stage.frame)
        wanted = {(root + tone) % 12 for tone in TRIAD}
        for player in (0, 1):
            assert {key % 12 for key in stage.held(player)} == wanted
        assert in_tones(stage.held(2)[0], TRIAD, root, 12)
    stage.run(stage.at_beat(13.5) - stage.frame)  # less than two bars after the last touch
    assert stage.present[0] == C
    stage.run(stage.at_beat(16.5) - stage.frame)
    assert stage.present[0] != C
    assert stage.complaints == []


def test_a_held_next_chord_moves_with_the_next_of_somebody_else():
    stage = stage_in_c((1, C, 100), (1, F, 100))
    stage.instrument("next_chord", 0, low=48, high=72)
    stage.instrument("next_chord", 1, low=48, high=72)
    stage.touch(1000, control(0), 0)
    stage.touch(3000, control(0), 1)
    stage.run(4000)
    assert {key % 12 for key in stage.held(0)} == {key % 12 for key in stage.held(1)} == {0, 4, 7}


# --- all of them ------------------------------------------------------------------------------------------------------
def test_latch_starts_with_a_touch_and_ends_with_the_next():
    stage = stage_in_c()
    stage.instrument("scale", latch=1)
    stage.tap(1000, 60, frames=100)
    stage.tap(3000, 60, frames=100)
    stage.tap(5000, 62, frames=100)
    stage.tap(7000, 64, frames=100)
    stage.run(9000)
    assert [(note.key, note.start, note.stop) for note in stage.notes] == [(60, 1000, 3000), (62, 5000, 7000), (64, 7000, None)]


def test_no_note_is_shorter_than_asked():
    stage = stage_in_c()
    stage.help(length_beats=1)
    stage.tap(1000, 60, frames=10)
    stage.tap(9000, 62, frames=6000)
    stage.run(20000)
    assert [note.stop - note.start for note in stage.notes] == [4000, 6000]


def test_a_second_touch_of_the_same_note_begins_it_again():
    stage = stage_in_c()
    stage.touch(1000, 60)
    stage.touch(2000, 60)
    stage.let_go(3000, 60)
    stage.run(4000)
    assert [(note.start, note.stop) for note in stage.notes] == [(1000, 2000), (2000, 3000)]


def test_two_keys_that_sound_the_same_note_are_one_note_and_end_once():
    stage = stage_in_c()
    stage.scale(1, (0, 2.0391, 3.8631, 4.98, 7.0196, 8.8436, 10.8827))
    stage.instrument("scale")
    stage.help(pitch_help=1)
    for n, key in enumerate((62, 62.1, 61.9)):
        stage.tap(1000 + 100 * n, key, frames=1000)
    stage.run(4000)
    assert len(set(stage.played())) == 1
    assert stage.held() == stage.complaints == []


def test_breath_and_tilt_become_expression_and_bends():
    stage = stage_in_c()
    stage.instrument("scale", channel=4)
    stage.axis("breath", "expression")
    stage.axis("tilt_x", "bend")
    stage.touch(1000, 60)
    stage.move(2000, "breath", 0.25)
    stage.move(2100, "tilt_x", 1.0)
    stage.run(3000)
    told = [(kind, channel, value) for _, kind, _, channel, _, value, _ in stage.log if kind in (EXPRESSION, BEND)]
    assert told == [(EXPRESSION, 4, 0.25), (BEND, 4, 200.0)]


def test_an_axis_can_be_a_touch():
    stage = stage_in_c()
    stage.instrument("scale", base=60)
    stage.axis("breath", "play")
    for frame, value in ((1000, 0.02), (1100, 0.5), (1200, 0.9), (1300, 0.06), (1400, 0.01)):
        stage.move(frame, "breath", value)
    stage.run(3000)
    assert [(note.key, note.start, note.stop) for note in stage.notes] == [(60, 1100, 1400)]
