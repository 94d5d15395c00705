import json
from fractions import Fraction

import pytest

from imm_audio.desk.song_view import song_view
from imm_audio.songs.leading import form_of_song
from imm_audio.songs.making import section, song
from imm_audio.songs.shelf import find_song, list_songs, read_song
from imm_audio.songs.song import ChordChange, Facts, Note, Syllable, Words

SHIPPED = ("daisy-bell", "amazing-grace", "silent-night", "frere-jacques", "sakura", "greensleeves", "aloha-oe")


def shipped(name):
    return read_song(find_song(name))


def words(*texts, verse=1, language="en", every=1):
    return Words(tuple(Syllable(Fraction(n * every), text.strip("/"), ends_line=text.endswith("/"))
                       for n, text in enumerate(texts)), verse, language)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_syllable_lies_where_the_song_has_it(name):
    found = shipped(name)
    view = song_view(found, 1)
    assert [(line["place"], [(s["at"], s["text"], s["joined"]) for s in line["syllables"]]) for line in view["lines"]] == [
        (line.place, [tuple(sung) for sung in line.syllables]) for line in found.lines()]


@pytest.mark.parametrize("name", SHIPPED)
def test_sections_are_those_of_the_engine(name):
    found = shipped(name)
    view, form = song_view(found, 1), form_of_song(found)
    assert [(part["kind"], part["beats"]) for part in view["sections"]] == list(form.sections)
    at = 0.0
    for number, part in enumerate(view["sections"]):
        assert (part["number"], part["start"]) == (number, at)
        at += part["beats"]
    assert view["beats"] == at == found.form[-1].stop
    assert [tuple(note) for note in view["melody"]] == list(found.melody)
    assert (view["meter_beats"], view["pulse_beats"], view["pickup_beats"]) == (
        form.meter_beats, form.pulse_beats, form.pickup_beats)


def test_a_pick_up_is_sung_before_the_first_whole_bar():
    view = song_view(shipped("amazing-grace"), 1)
    assert (view["pickup_beats"], view["lines"][0]["start"]) == (1.0, -1.0)
    assert view["sections"][0]["start"] == 0.0


def test_lines_end_with_their_last_note_and_never_overlap():
    for name in SHIPPED:
        view = song_view(shipped(name), 1)
        ends = [*(line["start"] for line in view["lines"][1:]), view["beats"]]
        for line, end in zip(view["lines"], ends, strict=True):
            assert line["syllables"][-1]["at"] < line["stop"] <= end
    daisy = song_view(shipped("daisy-bell"), 1)["lines"]
    assert [line["stop"] for line in daisy[:3]] == [12.0, 24.0, 36.0]


def test_a_rest_ends_a_line_and_held_notes_do_not():
    part = section("verse", "verse", 16, [Note(0, 1, 60), Note(1, 2, 62), Note(3, 2, 64), Note(8, 1, 60)],
                   words=[words("a", "b/")])
    view = song_view(song("x", [part]), 1)
    assert view["lines"][0]["stop"] == 5.0
    unsung = section("verse", "verse", 16, chords=[ChordChange(0, "C")], words=[words("a", "b/")])
    assert song_view(song("x", [unsung]), 1)["lines"][0]["stop"] == 3.0


def test_chords_stand_over_the_syllable_that_sounds():
    chords = [ChordChange(at, name) for at, name in ((0, "C"), (1, "F"), (6, ""), (7, "G7"), (9, "C"))]
    part = section("verse", "verse", 16, [], chords, [words("a", "b", "c/", "d", every=2)])
    first, last = song_view(song("x", [part]), 1)["lines"]
    assert [(c["name"], c["syllable"]) for c in first["chords"]] == [("C", 0), ("F", 0)]
    assert [(c["name"], c["syllable"], c["at"]) for c in last["chords"]] == [("G7", 0, 7.0), ("C", 0, 9.0)]


def test_every_chord_of_a_song_is_over_one_line_or_before_the_first():
    for name in SHIPPED:
        view = song_view(shipped(name), 1)
        over = [(c["at"], c["name"]) for line in view["lines"] for c in line["chords"]]
        first = view["lines"][0]["start"]
        assert over == [(c["at"], c["name"]) for c in view["chords"] if c["name"] and c["at"] >= first]


def test_the_second_language_stands_line_by_line_beside_the_first():
    found = shipped("silent-night")
    lines = song_view(found, 1, "en")["lines"]
    assert "".join(s["text"] for s in lines[0]["second"]).startswith("Silentnight")
    second_verse = [line for line in lines if line["verse"] == 2]
    assert second_verse
    assert all(line["second"] is None for line in second_verse)
    assert {line["language"] for line in lines} == {"de"}


def test_a_song_without_the_second_language_has_none():
    for language in ("cy", "de", ""):
        lines = song_view(shipped("silent-night"), 1, language)["lines"]
        assert all(line["second"] is None for line in lines)


def test_translations_with_other_lines_are_joined_by_time():
    part = section("verse", "verse", 8, words=[words("a", "b/", "c", "d/"), words("w/", "x/", "y", "z/", language="de")])
    lines = song_view(song("x", [part]), 1, "de")["lines"]
    assert [[s["text"] for s in line["second"]] for line in lines] == [["w", "x"], ["y", "z"]]


def test_people_are_named_once_and_only_when_they_are_known():
    part = section("verse", "verse", 4, words=[words("a")])
    facts = [song_view(song("x", [part], facts=Facts(composer=music, lyricist=text, origin="Wales", year="1794")), 1)["facts"]
             for music, text in (("Ann", "Ann"), ("Ann", "Bob"), ("traditional", "Bob"), ("Traditional", "unknown"))]
    assert [(fact["by"], fact["music"], fact["words"]) for fact in facts] == [
        ("Ann", "", ""), ("", "Ann", "Bob"), ("", "", "Bob"), ("", "", "")]
    assert (facts[0]["origin"], facts[0]["year"]) == ("Wales", "1794")


def test_every_song_on_the_shelf_can_be_sent_in_both_languages():
    for card in list_songs():
        found = read_song(card.path)
        for language in ("", *found.languages):
            view = song_view(found, 7, language, again=True)
            assert json.loads(json.dumps(view, allow_nan=False)) == view
            assert (view["version"], view["again"], view["second_language"]) == (7, True, language)
