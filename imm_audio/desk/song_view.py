"""What pages know of the present song: words, chords and sections on its beats.

A beat counts as the engine counts the place of the song: quarter notes from the first whole bar, so that a pick-up lies
before 0.  Sections carry the numbers the engine knows them by (songs/leading.py).
"""
from bisect import bisect_left, bisect_right
from typing import Any

from ..songs.leading import section_spans
from ..songs.song import Line, Song, Sung

#: How people are written about whom nobody knows.
_NOBODY = ("", "traditional", "trad.", "trad", "unknown", "anonymous", "anon.")
#: So many beats a last syllable lasts where there is no melody to tell.
_LAST_BEATS = 2.0
_SMALL_BEATS = 1e-6


def song_view(song: Song, version: int, second_language: str = "", again: bool = False) -> dict[str, Any]:
    """Everything the wall shows of a song, ready for JSON; `version` changes whenever the song does.

    A line's `second` holds the same line in the second language, or null where its verse has none; notes of the melody are
    [place, beats, key].
    """
    return {
        "version": version,
        "title": song.title,
        "facts": _facts(song),
        "languages": list(song.languages),
        "second_language": second_language,
        "lines": _lines(song, second_language),
        "sections": _sections(song),
        "chords": [{"at": at, "beats": beats, "name": name} for at, beats, name in song.chords],
        "melody": [list(note) for note in song.melody],
        "meter_beats": song.meter_beats,
        "pulse_beats": song.pulse_beats,
        "pickup_beats": float(song.pickup_beats),
        "beats": song.form[-1].stop,
        "again": again,
    }


def _facts(song: Song) -> dict[str, str]:
    """Where and when it comes from, who wrote it; one name in `by` when music and words are by the same."""
    music, words = (("" if name.lower() in _NOBODY else name) for name in (song.facts.composer, song.facts.lyricist))
    by = music if music == words else ""
    return {"origin": song.facts.origin, "year": song.facts.year, "by": by,
            "music": "" if by else music, "words": "" if by else words}


def _sections(song: Song) -> list[dict[str, Any]]:
    """The form as the engine counts it."""
    return [{"number": number, "name": place.section.name, "kind": place.section.kind, "verse": place.verse,
             "verses": place.section.verses, "start": start, "beats": beats}
            for number, (place, start, beats) in enumerate(section_spans(song))]


# --- words ---
def _lines(song: Song, second_language: str) -> list[dict[str, Any]]:
    lines = song.lines()
    starts = [line.start for line in lines]
    ends = [*starts[1:], song.form[-1].stop]
    seconds = _second_lines(song, lines, second_language)
    found = []
    for line, end, second in zip(lines, ends, seconds, strict=True):
        place = song.form[line.place]
        words = place.section.words_of(place.verse)
        found.append({
            "start": line.start,
            "stop": _sung_until(song, line, end),
            "place": line.place,
            "kind": place.section.kind,
            "verse": place.verse,
            "verses": place.section.verses,
            "language": words.language if words else "",
            "syllables": [_syllable(sung) for sung in line.syllables],
            "chords": _chords_over(song, line, end),
            "second": second,
        })
    return found


def _syllable(sung: Sung) -> dict[str, Any]:
    return {"at": sung.start, "text": sung.text, "joined": sung.joined}


def _sung_until(song: Song, line: Line, end: float) -> float:
    """Place at which the last syllable is over, at most `end`: of notes that follow without a rest the last one ends it."""
    stop = last = line.syllables[-1].start
    for start, beats, _ in song.melody[bisect_left(song.melody, (last - _SMALL_BEATS,)):]:
        if start >= end or start > stop + _SMALL_BEATS:
            break
        stop = start + beats
    return min(stop if stop > last else last + _LAST_BEATS, end)


def _chords_over(song: Song, line: Line, end: float) -> list[dict[str, Any]]:
    """Chords that begin between the line's first syllable and `end`, each with the syllable over which it stands."""
    starts = [sung.start for sung in line.syllables]
    first, last = (bisect_left(song.chords, (at - _SMALL_BEATS,)) for at in (line.start, end))
    return [{"at": at, "name": name, "syllable": bisect_right(starts, at + _SMALL_BEATS) - 1}
            for at, _, name in song.chords[first:last] if name]


def _second_lines(song: Song, lines: tuple[Line, ...], language: str) -> list[list[dict[str, Any]] | None]:
    """For every line the syllables of the same line in another language.

    Lines belong together by their number in the verse; where a translation has more or fewer lines, by the time they begin.
    """
    found: list[list[dict[str, Any]] | None] = [None] * len(lines)
    translated = song.lines(language) if language else ()
    for number, place in enumerate(song.form):
        first, words = place.section.words_of(place.verse), place.section.words_of(place.verse, language)
        if not first or not words or words.language != language or first is words:
            continue
        own = [at for at, line in enumerate(lines) if line.place == number]
        others = [line for line in translated if line.place == number]
        if len(own) == len(others):
            homes = own
        else:
            starts = [lines[at].start for at in own]
            homes = [own[max(bisect_right(starts, line.start + _SMALL_BEATS) - 1, 0)] for line in others]
        for home, line in zip(homes, others, strict=True):
            found[home] = [*(found[home] or []), *map(_syllable, line.syllables)]
    return found
