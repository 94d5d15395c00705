"""MusicXML and LRC."""
import io
import zipfile
from fractions import Fraction

import pytest

from imm_audio.songs.chordpro import chordpro_song
from imm_audio.songs.chordpro_write import chordpro_text
from imm_audio.songs.lrc import laid_onto, lrc_song
from imm_audio.songs.making import section, song
from imm_audio.songs.musicxml import musicxml_song
from imm_audio.songs.song import Note

NOTE = """<note><pitch><step>{}</step><octave>4</octave></pitch><duration>{}</duration><type>quarter</type>{}</note>"""


def lyric(text, syllabic="single", number=1):
    return f'<lyric number="{number}"><syllabic>{syllabic}</syllabic><text>{text}</text></lyric>'


def score(*bars, head="", parts=""):
    measures = "".join(f'<measure number="{n}">{bar}</measure>' for n, bar in enumerate(bars, 1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0"><work><work-title>A Tune</work-title></work>
<identification><creator type="composer">Rosa</creator><creator type="lyricist">Kim</creator></identification>
<part-list><score-part id="P0"><part-name>Bass</part-name></score-part>
<score-part id="P1"><part-name>Voice</part-name></score-part></part-list>
<part id="P0"><measure number="1">{NOTE.format("C", 4, "")}</measure></part><part id="P1">{measures}</part>
{head}{parts}</score-partwise>"""


ATTRIBUTES = ("<attributes><divisions>1</divisions><key><fifths>-1</fifths><mode>major</mode></key>"
              "<time><beats>2</beats><beat-type>4</beat-type></time></attributes>")
CHORD = "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>minor</kind></harmony>"
FIRST = ATTRIBUTES + CHORD + NOTE.format("C", 1, lyric("Hel", "begin") + lyric("Gu", "begin", 2)) + \
    NOTE.format("D", 1, lyric("lo", "end") + lyric("ten", "end", 2))
SECOND = NOTE.format("E", 2, lyric("you.") + lyric("Tag.", number=2))


def packed(xml, name="score.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("META-INF/container.xml", "<container/>")
        file.writestr(name, xml)
    return out.getvalue()


@pytest.mark.parametrize("data", [
    score(FIRST, SECOND).encode(), score(FIRST, SECOND).encode("utf-16"), packed(score(FIRST, SECOND))])
def test_a_score_has_notes_chords_verses_and_facts(data):
    found = musicxml_song(data)
    assert (found.title, found.facts.composer, found.facts.lyricist) == ("A Tune", "Rosa", "Kim")
    assert (found.tonic, found.mode, found.meter) == (5, "major", (2, 4))
    assert found.melody[:3] == ((0.0, 1.0, 60), (1.0, 1.0, 62), (2.0, 2.0, 64))
    assert found.chords[0] == (0.0, 8.0, "Bbm")
    assert [line.text for line in found.lines()] == ["Hello you.", "Guten Tag."]
    assert found.lines()[0].syllables[0].joined


def test_repeats_of_a_score_are_sung_with_their_own_words():
    again = '<barline location="right"><repeat direction="backward"/></barline>'
    found = musicxml_song(score(FIRST, SECOND + again).encode())
    assert [line.text for line in found.lines()] == ["Hello you.", "Guten Tag."]
    assert len(found.melody) == 6
    assert len(found.order) == 1


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'


@pytest.mark.parametrize(("data", "sentence"), [
    (b"", "it is no whole XML file"),
    (b"<score-partwise>", "it is no whole XML file"),
    (b"<html/>", "it is no MusicXML score by parts."),
    (b"<score-timewise/>", "its score is written bar by bar"),
    (b"<score-partwise/>", "there is no part in it."),
    (BOMB.encode(), "it defines entities"),
    (BOMB.encode("utf-16"), "it defines entities"),
    (b"<!DOCTYPE a [ <!ATTLIST b c CDATA 'x'> ]><score-partwise/>", "it brings a grammar of its own"),
    (b"PK\x03\x04rubbish", "it is packed in a way that can't be read."),
    (packed("x", "song.txt"), "there is no score in it."),
    (packed(bytes(20_000_000)), "it unpacks to more than 16 MB, so it is no score."),
    (score(ATTRIBUTES + NOTE.format("C", 1, "") * 2000).encode(), "its part has more than 1500 notes."),
    (score(ATTRIBUTES).encode(), "there is no note in it."),
])
def test_what_is_no_score_is_one_sentence(data, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}") as caught:
        musicxml_song(data)
    assert "\n" not in str(caught.value)


LRC = """[ti:Evening]
[offset:0]
[00:01.00]Hello <00:02.00>dear <00:02.50>friend
[00:03.00][00:05.000]and so we sing
no time here
"""


def test_words_with_times():
    found = lrc_song(LRC)
    assert (found.title, found.tempo_bpm) == ("Evening", 120.0)
    assert [line.text for line in found.lines()] == ["Hello dear friend", "and so we sing", "and so we sing"]
    assert [(s.start, s.text) for s in found.lines()[0].syllables] == [(2.0, "Hello"), (4.0, "dear"), (5.0, "friend")]
    assert found.notes_left_out == ('line 5: "no time here" has no time.',)


def test_an_offset_shows_words_sooner():
    assert lrc_song("[offset:500]\n[00:01.00]a\n").lines()[0].start == 1.0


def test_words_with_times_are_laid_onto_a_melody():
    line = [Note(Fraction(n), Fraction(1), 60 + n) for n in range(8)]
    tune = song("x", [section("verse", "verse", 8, line)], tempo_bpm=60.0)
    found = laid_onto(tune, lrc_song("[00:10.00]one <00:11.10>two <00:12.90>three\n[00:14.00]four <00:15.00>five\n"))
    assert [(s.start, s.text) for part in found.lines() for s in part.syllables] == [
        (0.0, "one"), (1.0, "two"), (3.0, "three"), (4.0, "four"), (5.0, "five")]
    assert [part.text for part in found.lines()] == ["one two three", "four five"]
    assert found.melody == tune.melody


@pytest.mark.parametrize("text", ["", "words without times", "[ti:x]\n", "[00:01.00]\n"])
def test_no_words_with_times_are_one_sentence(text):
    with pytest.raises(ValueError, match=r"^there is no line with a time in it\.$"):
        lrc_song(text)


@pytest.mark.parametrize(("old", "new"), [
    ("<duration>1</duration>", "<duration>x</duration>"), ("<duration>1</duration>", "<duration>-1</duration>"),
    ("<fifths>-1</fifths>", "<fifths>x</fifths>"), ("<octave>4</octave>", ""), ("<beats>2</beats>", "<beats>0</beats>"),
    ("<kind>minor</kind>", "<kind>x</kind>"), ("<root-step>B</root-step>", ""), ("<divisions>1</divisions>", ""),
    ("<step>D</step>", "<step>x</step>"), ('number="2"', 'number="x"')])
def test_a_broken_score_is_a_song_or_one_sentence(old, new):
    xml, said = score(FIRST, SECOND), ""
    assert old in xml
    try:
        found = musicxml_song(xml.replace(old, new).encode())
    except ValueError as error:
        said = str(error)
    else:
        assert chordpro_song(chordpro_text(found)) == found
    assert not said or (said.endswith(".") and "\n" not in said)
