import pytest

from imm_audio.songs.abc import abc_song
from imm_audio.songs.chordpro import chordpro_song
from imm_audio.songs.chordpro_write import chordpro_text

HEAD = "X:1\nT:Test\nM:4/4\nL:1/4\nK:C\n"
DRAFT = """X:1
T:Should Auld
C:traditional
A:Robert Burns
O:Scotland
S:a book
%%imm year 1788
%%imm kind goodbye
%%imm style march
%%imm language en
%%imm order verse chorus verse chorus
M:4/4
L:1/4
Q:1/4=104
K:F
P:verse
C | "F"F>F F A | "C7"G3
w:Should auld ac-quain-tance be
w:And there's a hand my
%%imm language de
w:Nehmt Ab-schied, Brü-der, ach
P:chorus
d | "F"c>A A F | "C7"G3 |]
w:For auld_ lang syne my
"""


def syllables(song, language=""):
    return [[(s.start, s.text, s.joined) for s in line.syllables] for line in song.lines(language)]


def test_a_draft_has_parts_verses_and_languages():
    song = abc_song(DRAFT)
    assert [(turn.section, turn.verse) for turn in song.order] == [("verse", 1), ("chorus", 1), ("verse", 2), ("chorus", 1)]
    assert (song.facts.lyricist, song.facts.year) == ("Robert Burns", "1788")
    assert (song.facts.kind, song.facts.style) == ("goodbye", "march")
    assert (song.tempo_bpm, song.pickup_beats, song.languages) == (104.0, 1, ("en", "de"))
    assert [line.text for line in song.lines()] == [
        "Should auld acquaintance be", "For auld lang syne my", "And there's a hand my", "For auld lang syne my"]
    assert syllables(song, "de")[0][:3] == [(-1.0, "Nehmt", False), (0.0, "Ab", True), (1.5, "schied,", False)]
    assert song.notes_left_out == ()
    assert chordpro_song(chordpro_text(song)) == song


@pytest.mark.parametrize(("music", "words", "found"), [
    ("C D E F |]", "la-la la la", [(0, "la", True), (1, "la", False), (2, "la", False), (3, "la", False)]),
    ("C D E F |]", "a__ b", [(0, "a", False), (3, "b", False)]),
    ("C D E F |]", "a-_b", [(0, "a", True), (2, "b", False)]),
    ("C D E F |]", "* a~b c\\-d", [(1, "a b", False), (2, "c-d", False)]),
    ("C D E F | G4 |]", "a | b", [(0, "a", False), (4, "b", False)]),
    ("C z E F |]", "a b c", [(0, "a", False), (2, "b", False), (3, "c", False)]),
    ("{d}C [CE] (3DEF |]", "a b c d e", [(0, "a", False), (1, "b", False), (2, "c", False), (2 + 2 / 3, "d", False),
                                         (2 + 4 / 3, "e", False)]),
    ("!f! C .D ~E TF |]", "1. a b c d", [(0, "a", False), (1, "b", False), (2, "c", False), (3, "d", False)]),
])
def test_words_find_their_notes(music, words, found):
    assert syllables(abc_song(f"{HEAD}{music}\nw:{words}\n"))[0] == [(pytest.approx(start), *rest) for start, *rest in found]


def test_repeated_notes_have_a_line_for_each_time():
    song = abc_song(HEAD + "|: C D E F | G4 :|\nw:one two three four\nw:five six seven eight\n")
    assert [line.text for line in song.lines()] == ["one two three four", "five six seven eight"]
    assert len(song.order) == 1


def test_one_line_under_a_repeat_is_sung_each_time():
    assert [line.text for line in abc_song(HEAD + "|: C D E F | G4 :|\nw:a b c d\n").lines()] == ["a b c d"] * 2


def test_parts_are_played_as_the_head_says():
    song = abc_song("X:1\nP:A2B\nM:4/4\nL:1/4\nK:C\nP:A\nC4|]\nP:B\nD4|]\n")
    assert [key for _, _, key in song.melody] == [60, 60, 62]


def test_of_a_collection_the_tune_that_is_asked_for_is_read():
    text = "".join(f"X:{n}\nT:Tune {n}\nM:4/4\nL:1/4\nK:C\n{'CDEFGAB'[n % 7]}4|]\n\n" for n in range(1, 200_000 // 20))
    assert abc_song(text, number=3).title == "Tune 3"
    assert abc_song(text).title == "Tune 1"
    with pytest.raises(ValueError, match=r"^there is no tune X:77777 in it\.$"):
        abc_song(text, number=77777)


def test_only_the_first_voice_is_read():
    song = abc_song(HEAD + "V:1\nC4|]\nw:la\nV:2\nE4|]\n")
    assert [key for _, _, key in song.melody] == [60]


def test_chords_keep_their_bass_and_texts_are_no_chords():
    song = abc_song(HEAD + '"^slowly""C/E"C2 "Am7"D2 | "G7"z2 "N.C."E2 |]\n')
    assert song.chords == ((0, 2, "C/E"), (2, 2, "Am7"), (4, 2, "G7"), (6, 2, ""))


@pytest.mark.parametrize(("text", "sentence"), [
    (HEAD + '"Xq"C4|]\n', 'line 6: "Xq" is no chord that is known here.'),
    (HEAD + '"C"C2 "GD2|]\n', 'line 6: a sign " is missing.'),
    (HEAD + "C4|]\nw:a b c\n", "line 7: it has 2 more syllables than notes; the last were left out."),
    (HEAD + "C4|]\nW:text below\n", "line 7: words that stand below the tune (W:) have no notes and were left out."),
    ("X:1\nT:x\nM:4/4\nL:1/4\nC4|D4|]\n", "line 5: the tune begins without a key (K:); C was taken."),
    ("X:1\nM:x/4\nL:1/4\nK:C\nC4|]\n", 'line 2: "M:x/4" is not understood.'),
    (DRAFT.replace("d | \"F\"c>A", "\"F\"c>A"),
     "chorus: its first bar begins 3 beats behind a bar line of what comes before it."),
])
def test_what_is_broken_is_told_and_the_rest_is_read(text, sentence):
    song = abc_song(text)
    assert sentence in song.notes_left_out
    assert song.melody


@pytest.mark.parametrize("text", [
    HEAD + "C :|" * 40, HEAD + "|: C :|" * 200, HEAD + "CDEF|" * 2000, HEAD + "C4|" * 50_000, HEAD + "(3" * 2000,
    HEAD + '"C"' * 3000, "X:1\nP:" + "(A9)9" * 40 + "\nK:C\nP:A\nC\n", "X:" * 5000])
def test_monsters_end_soon(text):
    try:
        beats = abc_song(text).beats
    except ValueError:
        beats = 0.0
    assert beats < 10_000
