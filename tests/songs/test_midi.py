import tempfile
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings

from imm_audio.songs.making import section, song
from imm_audio.songs.midi import midi_song, read_midi
from imm_audio.songs.midi_write import write_midi
from imm_audio.songs.song import ChordChange, Note, Syllable, Words
from tests.songs.some_songs import songs

TICKS = 480


def bytes_of(*tracks, ticks=TICKS):
    """A MIDI file of tracks of (beat, message)."""
    file = mido.MidiFile(ticks_per_beat=ticks, charset="utf-8")
    for moments in tracks:
        track, now = mido.MidiTrack(), 0
        for beat, message in sorted(moments, key=lambda moment: moment[0]):
            track.append(message.copy(time=round(beat * ticks) - now))
            now = round(beat * ticks)
        file.tracks.append(track)
    with tempfile.TemporaryFile() as out:
        file.save(file=out)
        out.seek(0)
        return out.read()


def notes(*line, channel=0):
    found = []
    for start, stop, key in line:
        found += [(start, mido.Message("note_on", note=key, channel=channel)),
                  (stop, mido.Message("note_off", note=key, channel=channel))]
    return found


def lyrics(kind, *words):
    return [(beat, mido.MetaMessage(kind, text=text)) for beat, text in words]


def again(original):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mid"
        write_midi(original, path)
        return read_midi(path)


def on_the_grid(original):
    """Whether all times are 24ths of a beat, which a MIDI file keeps."""
    times = [t for start, beats, _ in original.melody for t in (start, beats)]
    times += [start for start, _, _ in original.chords] + [s.start for line in original.lines() for s in line.syllables]
    times += [place.beats for place in original.form]
    return all(abs(24 * time - round(24 * time)) < 1e-6 for time in times)


@given(songs().filter(lambda original: on_the_grid(original) and (original.melody or original.chords or original.lines())))
@settings(max_examples=30, deadline=None)
def test_any_song_survives_a_midi_file(original):
    heard = again(original)
    assert heard.melody == original.melody
    assert heard.chords == original.chords
    assert [line.syllables for line in heard.lines()] == [line.syllables for line in original.lines()]
    assert heard.meter == original.meter
    assert heard.pickup_beats == original.pickup_beats % Fraction(heard.meter_beats)
    assert heard.tempo_bpm == (original.tempo_bpm and pytest.approx(original.tempo_bpm, rel=1e-5))


def test_sections_are_markers():
    part = section("chorus", "chorus", 4, [Note(0, 4, 60)])
    heard = again(song("x", [section("verse", "verse", 4, [Note(0, 4, 62)]), part]))
    assert [(place.section.name, place.section.kind, place.start) for place in heard.form] == [
        ("verse", "verse", 0.0), ("chorus", "chorus", 4.0)]


LINE = notes((0, 1, 60), (1, 2, 62), (2, 3, 64), (3, 4, 65))


def test_karaoke_text_events_are_words():
    texts = lyrics("text", (0, "@KMIDI KARAOKE FILE"), (0, "@LENGL"), (0, "@TA Song"), (0, "\\Hel"), (1, "lo"), (2, " dear"),
                   (3, "/friends"))
    found = midi_song(bytes_of(texts, LINE))
    assert [line.text for line in found.lines()] == ["Hello dear", "friends"]
    assert (found.title, found.languages) == ("A Song", ("en",))
    assert found.lines()[0].syllables[:2] == ((0.0, "Hel", True), (1.0, "lo", False))


def test_lyric_events_are_words_with_or_without_blanks():
    blanks = midi_song(bytes_of(LINE + lyrics("lyrics", (0, "Hel"), (1, "lo "), (2, "dear\r"), (3, "friends"))))
    hyphens = midi_song(bytes_of(LINE + lyrics("lyrics", (0, "Hel-"), (1, "lo"), (2, "dear\r"), (3, "friends"))))
    assert [line.text for line in blanks.lines()] == [line.text for line in hyphens.lines()] == ["Hello dear", "friends"]


def test_the_melody_is_the_track_to_which_the_words_are_sung():
    busy = notes(*((n / 4, n / 4 + 0.25, 84) for n in range(1, 60)), channel=1)
    words = lyrics("lyrics", (0, "a "), (1, "b "), (2, "c "), (3, "d "))
    found = midi_song(bytes_of(words, busy, LINE))
    assert [key for _, _, key in found.melody] == [60, 62, 64, 65]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_words_in_any_encoding_are_read(encoding):
    words = bytes_of(LINE + lyrics("lyrics", (0, "Gr????"), (1, "\u00dfe "), (2, "an "), (3, "alle")))
    sign = "ü".encode(encoding)
    data = words.replace(b"\x06Gr????", bytes([2 + len(sign)]) + b"Gr" + sign)
    size = int.from_bytes(data[18:22], "big") - (len(words) - len(data))
    assert midi_song(data[:18] + size.to_bytes(4, "big") + data[22:]).lines()[0].text == "Grüße an alle"


@pytest.mark.parametrize(("chords", "names"), [
    ([(0, (48, 60, 64, 67)), (2, (43, 59, 62, 65)), (4, (45, 60, 64, 69))], ["C", "G7", "Am"]),
    ([(0, (50, 62, 65, 69)), (4, (46, 62, 65, 70))], ["Dm", "Bb"]),
])
def test_chords_are_guessed_from_what_sounds(chords, names):
    starts = [start for start, _ in chords] + [8]
    sounding = zip(chords, starts[1:], strict=True)
    band = notes(*((start, stop, key) for (start, keys), stop in sounding for key in keys), channel=1)
    tune = [(0, mido.MetaMessage("track_name", name="Melody")), *notes((0, 8, 72 if names[0] == "C" else 77))]
    found = midi_song(bytes_of(tune, band))
    assert [name for _, _, name in found.chords] == names


def test_a_single_line_has_no_chords():
    assert midi_song(bytes_of(LINE)).chords == ()


def test_a_file_without_tempo_has_none():
    assert midi_song(bytes_of(LINE)).tempo_bpm is None


def test_what_is_whole_of_a_damaged_track_is_read():
    data = bytes_of(LINE)
    found = midi_song(data[:-16])
    assert 1 <= len(found.melody) < 4
    assert "track 1: it is damaged; what stands behind the damage was left out." in found.notes_left_out


def test_a_key_that_can_not_be_does_no_harm():
    data = bytes_of([(0, mido.MetaMessage("key_signature", key="C")), *LINE])
    data = data.replace(b"\xff\x59\x02\x00\x00", b"\xff\x59\x02\x0f\x07")
    assert len(midi_song(data).melody) == 4


def test_changes_of_tempo_are_told():
    speeds = [(0, mido.MetaMessage("set_tempo", tempo=500_000)), (2, mido.MetaMessage("set_tempo", tempo=400_000))]
    found = midi_song(bytes_of(LINE + speeds))
    assert found.tempo_bpm == 120
    assert "Its tempo changes; the first one is used." in found.notes_left_out


def test_words_alone_are_a_song():
    words = Words((Syllable(0, "one"), Syllable(1, "two")))
    original = song("x", [section("verse", "verse", 4, (), [ChordChange(0, "C")], [words])])
    heard = again(original)
    assert heard.lines()[0].text == "one two"
    assert heard.chords == ((0.0, 4.0, "C"),)
