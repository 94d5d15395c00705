from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.songs.making import counted_order, lines_by_sense, section, song, usual_order
from imm_audio.songs.names import clean_chord, key_name, kind_of, moved_chord, parse_key, plain, section_name
from imm_audio.songs.song import ChordChange, Note, Syllable, Turn, Words
from tests.songs.some_songs import songs


def words(*texts, verse=1, language=""):
    return Words(tuple(Syllable(Fraction(n), text) for n, text in enumerate(texts)), verse, language)


VERSE = section("verse", "verse", 8, [Note(0, 4, 60), Note(4, 2, 67)], [ChordChange(0, "C"), ChordChange(4, "G")],
                [words("a", "b"), words("c", verse=2)])
CHORUS = section("chorus", "chorus", 4, [Note(0, 4, 64)], [ChordChange(0, "G")], [words("x")])


def test_the_form_is_written_out():
    found = song("x", [VERSE, CHORUS], pickup_beats=1, tempo_bpm=60.0)
    assert [(place.section.name, place.verse, place.start, place.stop) for place in found.form] == [
        ("verse", 1, -1.0, 7.0), ("chorus", 1, 7.0, 11.0), ("verse", 2, 11.0, 19.0), ("chorus", 1, 19.0, 23.0)]
    assert [line.text for line in found.lines()] == ["a b", "x", "c", "x"]
    assert [line.place for line in found.lines()] == [0, 1, 2, 3]
    assert found.chords == ((-1.0, 4.0, "C"), (3.0, 8.0, "G"), (11.0, 4.0, "C"), (15.0, 8.0, "G"))
    assert (found.range_keys, found.sung_beats, found.seconds(), found.seconds(120)) == ((60, 67), 20.0, 24.0, 12.0)


@pytest.mark.parametrize(("meter", "bar", "pulse"), [
    ((4, 4), 4.0, 1.0), ((3, 4), 3.0, 1.0), ((6, 8), 3.0, 1.5), ((2, 2), 4.0, 2.0), ((9, 8), 4.5, 1.5), ((3, 8), 1.5, 1.5),
    ((7, 8), 3.5, 0.5)])
def test_bars_and_what_people_tap(meter, bar, pulse):
    found = song("x", [VERSE], meter=meter)
    assert (found.meter_beats, found.pulse_beats) == (bar, pulse)


def test_a_language_that_lacks_a_verse_falls_back():
    part = section("verse", "verse", 4, words=[words("a", language="en"), words("b", verse=2, language="en"),
                                               words("ah", language="de")])
    found = song("x", [part])
    assert [line.text for line in found.lines("de")] == ["ah", "b"]
    assert (found.languages, found.facts.language) == (("en", "de"), "en")


def test_sections_are_made_sound():
    part = section("Verse 1:", "verse", 4, [Note(0, 3, 60), Note(1, 1, 62), Note(1, 2, 64), Note(3, 0, 65), Note(3, 9, 67)],
                   [ChordChange(2, "C"), ChordChange(0, "C"), ChordChange(3, "G"), ChordChange(9, "F")],
                   [Words((Syllable(1, " b\n"), Syllable(0, "{a}", True), Syllable(7, "late"), Syllable(2, ""))), Words(())])
    assert part.name == "verse-1"
    assert part.notes == (Note(0, 1, 60), Note(1, 2, 64), Note(3, 1, 67))
    assert part.chords == (ChordChange(0, "C"), ChordChange(3, "G"))
    assert part.words == (Words((Syllable(0, "(a)", True), Syllable(1, "b", False, True))),)


@given(songs(), st.integers(-30, 30))
@settings(max_examples=30, deadline=None)
def test_any_song_moves_up_and_back(found, steps):
    moved = found.transposed(steps)
    assert moved.beats == found.beats
    assert {(b - a) % 12 for (_, _, a), (_, _, b) in zip(found.melody, moved.melody, strict=True)} <= {steps % 12}
    assert all(0 <= key <= 127 for _, _, key in moved.melody)
    assert [line.text for line in moved.lines()] == [line.text for line in found.lines()]
    assert len(moved.chords) == len(found.chords)


def test_transposing_takes_bass_notes_along():
    assert [moved_chord(name, 2) for name in ("C/E", "Am7", "", "F#dim", "Bb")] == ["D/F#", "Bm7", "", "Abdim", "C"]


def test_orders():
    assert usual_order([VERSE, CHORUS]) == (Turn("verse"), Turn("chorus"), Turn("verse", 2), Turn("chorus"))
    assert counted_order(["chorus", "verse", "verse=1", "gone", "verse"], [VERSE, CHORUS]) == (
        Turn("chorus"), Turn("verse"), Turn("verse"), Turn("verse", 2))
    intro, end = section("intro", "intro", 4, [Note(0, 1, 60)]), section("coda", "ending", 4, [Note(0, 1, 60)])
    assert [turn.section for turn in usual_order([intro, VERSE, end])] == ["intro", "verse", "verse", "coda"]


def test_a_song_never_lasts_for_ever():
    found = song("x", [VERSE], [Turn("verse")] * 5000)
    assert len(found.order) == 256
    assert "the rest was left out" in found.notes_left_out[0]
    with pytest.raises(ValueError, match=r"^it is longer than 8192 beats\.$"):
        song("x", [section("verse", "verse", 10_000, [Note(0, 1, 60)])])


def test_sections_that_do_not_meet_on_the_bar_are_told():
    assert song("x", [VERSE, CHORUS]).off_the_bar == ()
    odd = song("x", [section("verse", "verse", 5, [Note(0, 1, 60)])], [Turn("verse")] * 2)
    assert len(odd.off_the_bar) == 2


@pytest.mark.parametrize(("name", "kind"), [
    ("Verse 2", "verse"), ("Refrain", "chorus"), ("bridge-2", "bridge"), ("Intro", "intro"), ("Outro", "ending"),
    ("solo", "other")])
def test_kinds_of_sections(name, kind):
    assert kind_of(name) == kind


def test_names():
    assert [parse_key(text) for text in ("F#m", "Bb", "D dorian", "Gmix", "a", "H", "")] == [
        (6, "minor"), (10, "major"), (2, "dorian"), (7, "mixolydian"), (9, "major"), None, None]
    assert [key_name(6, "minor"), key_name(10, None), key_name(2, "dorian")] == ["F#m", "Bb", "Ddor"]
    assert [clean_chord(text) for text in ("C/E", " A m7", "N.C.", "(G)", "Cm(b5)", "Hm", "", "C♯", "C7\x11")] == [
        "C/E", "Am7", "", "G", "Cm(b5)", None, None, "C#", "C7"]
    assert (section_name("Überleitung 2!"), section_name("?"), plain(" a\n{b}\x00")) == ("überleitung-2", "part", "a (b)")


def test_words_without_lines_get_some():
    found = lines_by_sense([Syllable(Fraction(n), text) for n, text in enumerate(["Hi.", *["la"] * 20])], {})
    assert [n for n, s in enumerate(found) if s.ends_line] == [0, 14]
