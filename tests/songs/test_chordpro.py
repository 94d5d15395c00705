from fractions import Fraction

import pytest
from hypothesis import given, settings

from imm_audio.songs.chordpro import chordpro_song
from imm_audio.songs.chordpro_write import chordpro_text
from tests.songs.some_songs import songs

OURS = """{title: Auld Lang Syne}
{key: F}
{tempo: 100}
{time: 4/4}
{x_imm_kind: goodbye}
{x_imm_language: en}
{x_imm_pickup: 1}

{start_of_verse: Verse 1}
{x_imm_section: verse}
{x_imm_melody: C | "F"F3/2 F/ F A | "C7"G3}
{x_imm_words: Should auld ac-quain-tance be}
Should [F]auld acquaintance [C7]be
{end_of_verse}

{start_of_verse-de: Verse 1}
{x_imm_as: verse}
{x_imm_words: Nehmt Ab-schied, Brü-der, ach}
Nehmt Abschied, Brüder, ach
{end_of_verse-de}

{start_of_chorus: Chorus}
{x_imm_section: chorus}
{x_imm_melody: d | "F"c2 "Bb"_B- "C/E"_B}
For auld lang
{end_of_chorus}

{start_of_verse: Verse 2}
{x_imm_as: verse 2}
And here is a hand so
{end_of_verse}

{chorus}
"""


@given(songs())
@settings(max_examples=60, deadline=None)
def test_any_song_survives_a_chordpro_file(song):
    text = chordpro_text(song)
    again = chordpro_song(text)
    assert again == song, text
    assert again.notes_left_out == (), text


def test_what_we_write_is_what_we_read():
    assert chordpro_text(chordpro_song(OURS)).splitlines()[:14] == OURS.splitlines()[:14]


def test_our_own_files_say_when_everything_happens():
    song = chordpro_song(OURS)
    assert [(turn.section, turn.verse) for turn in song.order] == [("verse", 1), ("chorus", 1), ("verse", 2), ("chorus", 1)]
    assert song.melody[:3] == ((-1.0, 1.0, 60), (0.0, 1.5, 65), (1.5, 0.5, 65))
    assert song.chords[:4] == ((0.0, 4.0, "F"), (4.0, 4.0, "C7"), (8.0, 2.0, "F"), (10.0, 1.0, "Bb"))
    assert song.melody[7:9] == ((8.0, 2.0, 72), (10.0, 2.0, 70))  # tied over a chord
    assert [line.text for line in song.lines()] == [
        "Should auld acquaintance be", "For auld lang", "And here is a hand so", "For auld lang"]
    assert song.lines("de")[0].text == "Nehmt Abschied, Brüder, ach"
    assert [(s.start, s.text, s.joined) for s in song.lines()[0].syllables[2:5]] == [
        (1.5, "ac", True), (2.0, "quain", True), (3.0, "tance", False)]
    assert (song.facts.kind, song.languages, song.notes_left_out) == ("goodbye", ("en", "de"), ())


def test_other_programs_see_words_with_chords_only():
    plain = [line for line in OURS.splitlines() if not line.startswith("{x_")]
    assert "Should [F]auld acquaintance [C7]be" in plain


def sung(text, head="{time: 4/4}\n"):
    return chordpro_song(head + text)


def test_without_melody_each_chord_is_a_bar():
    song = sung("[C]One two [G]three four\n[Am]five\n")
    assert song.chords == ((0.0, 4.0, "C"), (4.0, 4.0, "G"), (8.0, 4.0, "Am"))
    assert [(s.start, s.text) for line in song.lines() for s in line.syllables] == [
        (0.0, "One"), (2.0, "two"), (4.0, "three"), (6.0, "four"), (8.0, "five")]
    assert song.pickup_beats == 0


def test_words_before_the_first_chord_are_a_pick_up():
    song = sung("A[G]mazing grace how [C]sweet\n", "{time: 3/4}\n")
    assert song.pickup_beats == 1
    assert [(s.start, s.text, s.joined) for s in song.lines()[0].syllables[:2]] == [(-1.0, "A", True), (0.0, "mazing", False)]
    assert song.chords[0] == (0.0, 3.0, "G")
    assert song.beats % 3 == 0


@pytest.mark.parametrize(("text", "chords"), [
    ("{x_imm_beats: 2}\n[C]a [G]b\n", ((0, 2, "C"), (2, 2, "G"))),
    ("[C]a [G]b | [F]c |\n", ((0, 2, "C"), (2, 2, "G"), (4, 4, "F"))),
    ("{sog}\n| C . G . | F |\n{eog}\n", ((0, 2, "C"), (2, 2, "G"), (4, 4, "F"))),
    ("[C]a [*softly]b [N.C.]c\n", ((0, 4, "C"), (4, 4, ""))),
    ("{capo: 2}\n[C]a [G/B]b\n", ((0, 4, "D"), (4, 4, "A/Db"))),
    ("{soc}\n[C]a\n{eoc}\n{sov}\n[F]b\n{eov}\n{chorus}\n", ((0, 4, "C"), (4, 4, "F"), (8, 4, "C"))),
    ("{sov}\n[C]a\n{eov}\n{sov}\nb\n{eov}\n", ((0, 8, "C"),)),
    ("{sot}\ne|--[C]--|\n{eot}\n{start_of_chorus-guitar}\n[D]no\n{end_of_chorus-guitar}\n[C]a\n", ((0, 4, "C"),)),
])
def test_ways_to_write_chords_and_bars(text, chords):
    assert sung(text).chords == chords


def test_a_verse_without_chords_has_those_of_the_one_before():
    song = sung("{sov}\n[C]one [G]two\n{eov}\n{sov}\nthree four\n{eov}\n")
    assert [turn.verse for turn in song.order] == [1, 2]
    assert [line.text for line in song.lines()] == ["one two", "three four"]


@pytest.mark.parametrize(("text", "sentence"), [
    ("[C]a\n{soc\n[G]b\n{eoc}\n", "line 3: the bracket { is not closed."),
    ("[C]a\n{soc}\n[G]b\n", "line 4: the chorus that begins in line 3 does not end."),
    ("[C]a\n{eoc}\n", "line 3: {end_of_chorus} ends what did not begin."),
    ("[C]a [G\n", "line 2: a bracket [ or ] is missing."),
    ("[C]a [Hm]b\n", 'line 2: "Hm" is no chord that is known here.'),
    ("{key: H}\n[C]a\n", 'line 2: "H" is no key that is known here.'),
    ("{time: 4}\n[C]a\n", 'line 2: "4" is no meter; 3/4 would be one.'),
    ("{tempo: fast}\n[C]a\n", 'line 2: "fast" is no number for {tempo}.'),
    ("[C]a\n{chorus}\n", "{chorus}: there is no chorus before it."),
    ("[C]a\n{ns}\n[G]b\n", "line 3: another song begins here; the first one is read."),
    ("{sov}\n{x_imm_melody: C D ?}\none two three\n{eov}\n", "line 3: ? is not known in a melody."),
    ("{sov}\n{x_imm_melody: C D}\none two three\n{eov}\n", "line 2: 1 more syllables than notes; the last were left out."),
    ("{sov}\n{x_imm_melody: C D}\n{x_imm_words: one two}\none too\n{eov}\n",
     "line 5: the words are not those of {x_imm_words} above them, which were taken."),
    ("{tempo: 1000}\n[C]a\n", "a tempo of 1000 is not possible; 20 to 300 are."),
])
def test_what_is_broken_is_told_and_the_rest_is_read(text, sentence):
    song = sung(text)
    assert sentence in song.notes_left_out
    assert song.beats > 0


@pytest.mark.parametrize("text", ["", "{title: x}", "# nothing\n", "{soc}\n{eoc}\n"])
def test_a_file_without_music_is_one_sentence(text):
    with pytest.raises(ValueError, match=r"^there is no note, no chord and no word in it\.$"):
        chordpro_song(text)


def test_melody_in_letters_is_exact():
    song = sung("{sov}\n{x_imm_melody: C/3 ^c'3/2 _B,, z2 =F/ |}\n{eov}\n")
    assert [tuple(note) for note in song.sections[0].notes] == [
        (0, Fraction(1, 3), 60), (Fraction(1, 3), Fraction(3, 2), 85), (Fraction(11, 6), 1, 46),
        (Fraction(29, 6), Fraction(1, 2), 65)]
