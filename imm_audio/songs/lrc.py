"""Words with times (.lrc): `[mm:ss.xx]` before a line, `<mm:ss.xx>` before a word, `[offset:ms]`.

They say nothing about beats, so a second is two beats (120 a minute) in the song that is read.  `laid_onto` brings them onto
the notes of a song that has a melody.
"""
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from .making import MOST_BEATS, section, song
from .names import plain
from .song import Facts, Song, Syllable, Words
from .text import decode, read_bytes

MOST_BYTES = 1_000_000
TEMPO_BPM = 120.0
#: The last line, and words of lines that nobody sings for so long, last at most so long.
LONGEST_LINE_S = 8
_TIME = re.compile(r"[\[<](\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?[\]>]")
_TAG = re.compile(r"\[([A-Za-z#]+):([^\]]*)\]")
_FACTS = {"au": "lyricist", "ar": "composer", "la": "language"}


def read_lrc(path: Path) -> Song:
    """Read an LRC file as a song of words only.  ValueError: one sentence, without the file's name."""
    return lrc_song(decode(read_bytes(path, MOST_BYTES)), path.stem)


def lrc_song(text: str, name: str = "Song") -> Song:
    """Read LRC; `name` is the title where none is given.  ValueError: one sentence."""
    title, offset_s, facts = name, Fraction(0), {}
    lines: list[tuple[Fraction, str]] = []
    left_out = []
    for number, line in enumerate(text.splitlines(), 1):
        tag = _TAG.match(line.strip())
        if tag:
            word, value = tag[1].lower(), plain(tag[2])
            if word == "ti":
                title = value or title
            elif word in _FACTS:
                facts[_FACTS[word]] = value
            elif word == "offset" and re.fullmatch(r"[+-]?\d{1,7}", value):
                offset_s = Fraction(int(value), 1000)
            continue
        times, rest = [], line.strip()
        while rest.startswith("[") and (found := _TIME.match(rest)):
            times.append(_seconds(found))
            rest = rest[found.end():].lstrip()
        if not times and rest:
            left_out.append(f'line {number}: "{plain(rest)[:30]}" has no time.')
        lines += [(time, rest) for time in times]
    lines.sort(key=lambda line: line[0])
    syllables: list[Syllable] = []
    for number, (time, rest) in enumerate(lines):
        stop = lines[number + 1][0] if number + 1 < len(lines) else time + LONGEST_LINE_S
        syllables += _line(time, min(stop, time + LONGEST_LINE_S), rest)
    if not syllables:
        raise ValueError("there is no line with a time in it.")
    # a positive offset shows everything sooner
    beats = [s._replace(start=max(Fraction(0), (s.start - offset_s) * 2)) for s in syllables]
    end = min(beats[-1].start + LONGEST_LINE_S, Fraction(MOST_BEATS))
    bars = -(-end // 4)
    return song(title, [section("verse", "verse", 4 * bars, words=[Words(tuple(beats))])], (), left_out,
                facts=Facts(**facts), tempo_bpm=TEMPO_BPM)


def _seconds(found: re.Match[str]) -> Fraction:
    part = found[3] or "0"
    return Fraction(60 * int(found[1]) + int(found[2])) + Fraction(int(part), 10 ** len(part))


def _line(start: Fraction, stop: Fraction, text: str) -> list[Syllable]:
    """Words of a line at their own times; those without share the time until the next that has one."""
    marks = [(start, 0), *((_seconds(found), found.end()) for found in _TIME.finditer(text) if found[0][0] == "<")]
    begins = [found.start() for found in _TIME.finditer(text) if found[0][0] == "<"]
    syllables: list[Syllable] = []
    before = ""
    for number, (time, at) in enumerate(marks):
        piece = text[at:begins[number] if number < len(begins) else len(text)]
        after = max(time, marks[number + 1][0] if number + 1 < len(marks) else stop)
        words = piece.split()
        if syllables and words and not piece[:1].isspace() and not before[-1:].isspace():
            syllables[-1] = syllables[-1]._replace(joined=True)
        syllables += [Syllable(time + (after - time) * n / len(words), word) for n, word in enumerate(words)]
        before = piece
    return [*syllables[:-1], syllables[-1]._replace(ends_line=True)] if syllables else []


def laid_onto(target: Song, timed: Song, first_word_at: float | None = None) -> Song:
    """`target` with the words of `timed` on the nearest notes of its melody, instead of its own.

    The first word comes at beat `first_word_at`; at the first note when None.  Words count for the turn of the form in which
    they lie: the second time of a section becomes its second verse.
    """
    starts = [start for start, _, _ in target.melody]
    if not starts or not timed.lines():
        return target
    scale = (target.tempo_bpm or TEMPO_BPM) / (timed.tempo_bpm or TEMPO_BPM)
    words = [s for line in timed.lines() for s in _closed(line.syllables)]
    shift = (starts[0] if first_word_at is None else first_word_at) - words[0][0] * scale
    found: dict[tuple[str, int], list[Syllable]] = {}
    turns, times = [], dict.fromkeys((part.name for part in target.sections), 0)
    for place in target.form:
        times[place.section.name] += 1
        turns.append((place.section.name, times[place.section.name]))
    now = 0
    for beat, text, joined, last in words:
        note = max(now, bisect_left(starts, beat * scale + shift - 0.5))
        if note >= len(starts):
            break
        now = note + 1
        number = max(n for n, place in enumerate(target.form) if place.start <= starts[note] + 1e-9)
        name, verse = turns[number]
        inside = Fraction(starts[note] - target.form[number].start).limit_denominator(960)
        found.setdefault((name, verse), []).append(Syllable(inside, text, joined, last))
    sections = [replace(section(part.name, part.kind, part.beats, part.notes, part.chords, [
        Words(tuple(syllables), verse, timed.facts.language) for (name, verse), syllables in found.items()
        if name == part.name])) for part in target.sections]
    order = [turn._replace(verse=verse) for turn, (_, verse) in zip(target.order, turns, strict=True)]
    facts = replace(target.facts, language=timed.facts.language)
    return song(target.title, sections, order, target.notes_left_out, target.pickup_beats, facts, target.tonic, target.mode,
                target.tempo_bpm, target.meter)


def _closed(syllables: Sequence[tuple[float, str, bool]]) -> list[tuple[float, str, bool, bool]]:
    return [(*syllable, number == len(syllables) - 1) for number, syllable in enumerate(syllables)]
