"""A song: sections with melody, chords and words on beats, and the order in which they are sung.

A beat is a quarter note.  Times inside a section are exact fractions of a beat from its beginning; what is derived for
playing is in floats, counted from the first whole bar, so that a pick-up lies before 0.
"""
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from .names import moved_chord


class Note(NamedTuple):
    """A note of the melody."""

    start: Fraction
    beats: Fraction  # above 0
    key: int         # MIDI, 0 .. 127


class ChordChange(NamedTuple):
    """From here on this chord."""

    start: Fraction
    name: str  # as people write it: Am7, Bb, C/E; "" for no chord


class Syllable(NamedTuple):
    """What is sung at once."""

    start: Fraction
    text: str
    joined: bool = False     # the next syllable belongs to the same word
    ends_line: bool = False


@dataclass(frozen=True)
class Words:
    """One verse in one language over the music of a section."""

    syllables: tuple[Syllable, ...]
    verse: int = 1      # 1, 2 ...
    language: str = ""  # as in "en"; empty: nobody said


@dataclass(frozen=True)
class Section:
    """Music that comes once or often, with its words."""

    name: str                # one word, another for each section: verse, chorus, bridge-2
    kind: str                # one of names.KINDS
    beats: Fraction
    notes: tuple[Note, ...] = ()          # one after the other; between them are rests
    chords: tuple[ChordChange, ...] = ()
    words: tuple[Words, ...] = ()

    def words_of(self, verse: int, language: str = "") -> Words | None:
        """Words of a verse: in this language, else in the first there is."""
        there = [words for words in self.words if words.verse == verse]
        return next((words for words in there if words.language == language), there[0] if there else None)

    @property
    def verses(self) -> int:
        """How many there are words for."""
        return max((words.verse for words in self.words), default=0)


class Turn(NamedTuple):
    """One time that a section is sung."""

    section: str
    verse: int = 1


@dataclass(frozen=True)
class Facts:
    """What is known about a song, in words; empty where nobody knows."""

    composer: str = ""
    lyricist: str = ""
    year: str = ""       # as in "1892" or "about 1850"
    origin: str = ""     # country, people, culture
    source: str = ""     # where it was taken from
    copyright: str = ""
    kind: str = ""       # hello, goodbye, lullaby, round, dance ...
    style: str = ""      # of the band
    language: str = ""   # of the words that stand first


class Place(NamedTuple):
    """A section as it lies in the whole song."""

    section: Section
    verse: int
    start: float  # beats from the first whole bar; the first place may begin before 0
    beats: float

    @property
    def stop(self) -> float:
        """Where the next one begins."""
        return self.start + self.beats


class Sung(NamedTuple):
    """A syllable as it lies in the whole song."""

    start: float
    text: str
    joined: bool


class Line(NamedTuple):
    """A line of words as it lies in the whole song."""

    start: float  # of its first syllable
    place: int    # number of its place in the form
    syllables: tuple[Sung, ...]

    @property
    def text(self) -> str:
        """The line as it is read."""
        return "".join(s.text + ("" if s.joined else " ") for s in self.syllables).rstrip()


@dataclass(frozen=True)
class Song:
    """Everything about one song.  Made by `making.song`."""

    title: str
    sections: tuple[Section, ...]
    order: tuple[Turn, ...]                 # at least one
    tonic: int | None = None                # 0 .. 11, C = 0
    mode: str | None = None                 # name of a mood: major, minor, dorian ...
    tempo_bpm: float | None = None          # quarter notes a minute
    meter: tuple[int, int] = (4, 4)
    pickup_beats: Fraction = Fraction(0)    # before the first whole bar
    facts: Facts = Facts()
    notes_left_out: tuple[str, ...] = field(default=(), compare=False)  # sentences: what could not be read, and where

    # --- time ---
    @property
    def meter_beats(self) -> float:
        """Beats in a bar: 3.0 for 3/4 and for 6/8."""
        return 4.0 * self.meter[0] / self.meter[1]

    @property
    def pulse_beats(self) -> float:
        """What people tap: 1.0 in 4/4, 1.5 in 6/8, 2.0 in 2/2."""
        count, unit = self.meter
        compound = unit >= 8 and count % 3 == 0
        return (12.0 if compound else 4.0) / unit

    @property
    def beats(self) -> float:
        """How long the whole form lasts, with its pick-up."""
        return sum(place.beats for place in self.form)

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        return {section.name: section for section in self.sections}

    @cached_property
    def _exact_form(self) -> tuple[tuple[Section, int, Fraction], ...]:
        places, now = [], -self.pickup_beats
        for turn in self.order:
            found = self._by_name[turn.section]
            places.append((found, turn.verse, now))
            now += found.beats
        return tuple(places)

    @cached_property
    def form(self) -> tuple[Place, ...]:
        """The sections in the order in which they are sung, repeats and recalls written out."""
        return tuple(Place(found, verse, float(start), float(found.beats)) for found, verse, start in self._exact_form)

    # --- the whole song written out ---
    @cached_property
    def melody(self) -> tuple[tuple[float, float, int], ...]:
        """(start, beats, key) of every note of the whole form."""
        return tuple((float(start + note.start), float(note.beats), note.key)
                     for found, _, start in self._exact_form for note in found.notes)

    @cached_property
    def chords(self) -> tuple[tuple[float, float, str], ...]:
        """(start, beats, name) of every chord of the whole form, without gaps after the first; "" for no chord."""
        changes = [(start + change.start, change.name) for found, _, start in self._exact_form for change in found.chords]
        changes = [change for number, change in enumerate(changes) if not number or changes[number - 1][1] != change[1]]
        end = -self.pickup_beats + sum(found.beats for found, _, _ in self._exact_form)
        stops = [*(start for start, _ in changes[1:]), end][:len(changes)]
        return tuple((float(start), float(stop - start), name) for (start, name), stop in zip(changes, stops, strict=True))

    def lines(self, language: str = "") -> tuple[Line, ...]:
        """The words line by line in a language; where a verse lacks it, in its first."""
        found = []
        for number, (part, verse, start) in enumerate(self._exact_form):
            words = part.words_of(verse, language)
            for row in rows(words.syllables) if words else ():
                sung = tuple(Sung(float(start + s.start), s.text, s.joined) for s in row)
                found.append(Line(sung[0].start, number, sung))
        return tuple(found)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages there are words in, the first one first."""
        return tuple(dict.fromkeys(words.language for part in self.sections for words in part.words))

    # --- what singers ask ---
    @property
    def range_keys(self) -> tuple[int, int] | None:
        """Lowest and highest note; None without a melody."""
        keys = [key for _, _, key in self.melody]
        return (min(keys), max(keys)) if keys else None

    @property
    def sung_beats(self) -> float:
        """Time in which the melody sounds."""
        return sum(beats for _, beats, _ in self.melody)

    def seconds(self, tempo_bpm: float | None = None) -> float:
        """How long it lasts at a tempo; its own, or 100, when none is given."""
        return self.beats * 60.0 / (tempo_bpm or self.tempo_bpm or 100.0)

    @property
    def off_the_bar(self) -> tuple[str, ...]:
        """Sentences about places where sections don't meet on bar lines: a bar is too long or too short there."""
        bar, said = Fraction(4 * self.meter[0], self.meter[1]), []
        phases: dict[str, Fraction] = {}
        for found, _, start in self._exact_form:
            if phases.setdefault(found.name, start % bar) != start % bar:
                said.append(f"{found.name}: it does not always begin at the same place of the bar; a bar before it is too long "
                            "or too short.")
        over = sum((found.beats for found, _, _ in self._exact_form), Fraction(0)) % bar
        if over:
            said.append(f"Pick-up and last bar together are {float(over):g} beats too long for bars of {float(bar):g}.")
        return tuple(dict.fromkeys(said))

    # --- keys ---
    def transposed(self, semitones: int) -> "Song":
        """Everything so much higher; by whole octaves less or more where it would leave MIDI's 0 .. 127."""
        keys = [note.key for part in self.sections for note in part.notes]
        move = semitones
        while keys and max(keys) + move > 127:
            move -= 12
        while keys and min(keys) + move < 0:
            move += 12
        parts = tuple(replace(
            part, notes=tuple(note._replace(key=note.key + move) for note in part.notes),
            chords=tuple(change._replace(name=moved_chord(change.name, move)) for change in part.chords))
            for part in self.sections)
        return replace(self, sections=parts, tonic=None if self.tonic is None else (self.tonic + move) % 12)


def rows(syllables: Iterable[Syllable]) -> Iterator[tuple[Syllable, ...]]:
    """Syllables line by line."""
    row: list[Syllable] = []
    for syllable in syllables:
        row.append(syllable)
        if syllable.ends_line:
            yield tuple(row)
            row = []
    if row:
        yield tuple(row)
