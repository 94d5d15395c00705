from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.songs.making import section, song
from imm_audio.songs.song import ChordChange, Note
from imm_audio.songs.voices import ENOUGH, auto_key, capo_for, hard_to_sing, note_name, share_outside, window_for


def tune(*keys, chords=(), beats=1, **more):
    notes = [Note(Fraction(n * beats), Fraction(beats), key) for n, key in enumerate(keys)]
    changes = [ChordChange(Fraction(n), name) for n, name in enumerate(chords)]
    return song("x", [section("verse", "verse", max(len(keys) * beats, len(chords)), notes, changes)], **more)


@pytest.mark.parametrize(("bands", "window"), [
    ((), "C4 to C5"), (("5 to 8", "80 and over"), "C4 to C5"), (("under 5", "80 and over"), "E4 to C5"),
    (("65 to 79", "80 and over"), "F3 to C5"), (("5 to 8",), "C4 to F5"), (("9 to 12",), "A3 to A5"),
    (("5 to 8", "9 to 12"), "C4 to F5"), (("13 to 17",), "C4 to C5")])
def test_windows_of_groups(bands, window):
    found = window_for(bands)
    assert f"{note_name(found.low)} to {note_name(found.high)}" == window


@given(st.lists(st.integers(40, 90), min_size=1, max_size=30))
@settings(max_examples=60)
def test_no_other_key_is_better(keys):
    found = tune(*keys)
    fit = auto_key(found)
    moved = found.transposed(fit.semitones)
    assert share_outside(moved, fit.window) == pytest.approx(fit.outside)
    assert fit.outside <= min(share_outside(found, fit.window, step) for step in range(-18, 18)) + 1e-9
    assert fit.fits == (fit.outside <= 1 - ENOUGH + 1e-9)
    assert bool(fit.why_not) != fit.fits


def test_a_song_in_the_window_stays():
    assert auto_key(tune(62, 66, 69)).semitones == 0


def test_a_song_that_is_too_wide_says_so():
    assert auto_key(tune(55, 60, 74)).why_not == (
        "The range of the song is 19 semitones and that of the group 12; 33 % of its sung time lies outside C4 to C5, "
        "where a mixed group sings.")


def test_a_song_for_a_bass_comes_up():
    assert auto_key(tune(40, 44, 47)).semitones in range(12, 18)


def test_a_song_without_melody_stays():
    fit = auto_key(tune(chords=("C", "G")))
    assert (fit.semitones, fit.fits, fit.why_not) == (0, True, "")


@pytest.mark.parametrize(("tonic", "mode", "chords", "say"), [
    (7, "major", ("G", "C", "D7"), "No capo, play in G."), (8, "major", ("Ab", "Db", "Eb7"), "Capo on fret 1, play in G."),
    (10, "major", ("Bb", "Eb", "F"), "Capo on fret 1, play in A."),
    (0, "minor", ("Cm", "Fm", "G7"), "Capo on fret 3, play in Am.")])
def test_capo(tonic, mode, chords, say):
    assert capo_for(tune(60, chords=chords, tonic=tonic, mode=mode)).say == say


def test_a_capo_names_what_is_played():
    assert capo_for(tune(60, chords=("Ab", "Db/F"), tonic=8, mode="major")).chords == (("Ab", "G"), ("Db/F", "C/E"))


def test_what_is_hard_to_sing_is_said():
    assert hard_to_sing(tune(60, 62, 64, 67, tempo_bpm=100.0)) == ()
    assert hard_to_sing(tune(60, 62, 64, 76)) == ("Its range is wide: 16 semitones, C4 to E5.",)
    assert hard_to_sing(tune(60, 79, 60, 79, 60, 79))[1] == "It has 5 wide leaps, up to 19 semitones."
    assert hard_to_sing(tune(*[60] * 32, beats=Fraction(1, 4), tempo_bpm=100.0)) == (
        "Many words come fast: over 4.5 notes a second at 100 beats a minute.",)
    assert hard_to_sing(tune(chords=("C",))) == ()
