"""ChordPro sections without melody: when do their chords and words come?

Nobody says, so bars are guessed: each chord lasts a bar, or so many beats as `{x_imm_beats: 2}` said last; between bar lines
`|` chords share the bar; a line without chords lasts two bars.  Words share the time of their chord; words before the first
chord of a line have the beat before it.  A section without chords that has as many lines as an earlier one of its kind has that
one's chords.  In `{start_of_grid}` cells share their bar.
"""
import itertools
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from .making import section
from .names import clean_chord, plain, section_name
from .notation import MelodyReader
from .song import ChordChange, Section, Syllable, Turn, Words

#: A chord of more is a mistake.
LONGEST_BEATS = 64
BARS_WITHOUT_CHORDS = 2
CHORD = re.compile(r"\[([^\[\]]*)\]")
#: Where it is, and what is wrong.
Say = Callable[[str, str], None]


class Item(NamedTuple):
    """Something inside a section of the file."""

    what: str  # melody, words, at, lyric, beats
    text: str
    line: int


@dataclass
class Stretch:
    """A section of the file."""

    kind: str
    label: str
    line: int
    language: str = ""
    named: str = ""     # {x_imm_section} or {x_imm_as}: name and number of verse
    sung: bool = True
    grid: bool = False
    items: list[Item] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether it says when everything happens."""
        return bool(self.named) or any(item.what == "melody" for item in self.items)


class TimedLine(NamedTuple):
    """A line whose time was guessed."""

    start: Fraction  # of its first bar
    beats: Fraction
    syllables: tuple[Syllable, ...]
    chords: tuple[ChordChange, ...]


@dataclass
class Part:
    """A section of the song as it grows."""

    name: str
    kind: str
    beats: Fraction = Fraction(0)
    melody: MelodyReader | None = None
    chords: list[ChordChange] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    lines: list[TimedLine] = field(default_factory=list)

    def made(self) -> Section:
        """As it is in the song."""
        if self.melody:
            return section(self.name, self.kind, self.melody.beats, self.melody.notes, self.melody.chords, self.words)
        return section(self.name, self.kind, self.beats, (), self.chords, self.words)


def number_of(text: str) -> Fraction | None:
    """`3`, `1.5`, `1/3`; None for everything else."""
    if len(text) > 20 or "e" in text.lower():
        return None  # 1e999999999 would be a number, and take for ever
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def guess(stretch: Stretch, parts: dict[str, Part], bar: Fraction, say: Say) -> Turn | None:
    """Read a section of the file into `parts`; None when it has nothing."""
    if stretch.grid:
        return _grid(stretch, parts, bar)
    chord_beats, now = bar, Fraction(0)
    lines: list[TimedLine] = []
    for item in stretch.items:
        if item.what == "beats":
            told = number_of(item.text)
            if told is not None and 0 < told <= LONGEST_BEATS:
                chord_beats = told
            else:
                say(f"line {item.line}", f"a chord lasts up to {LONGEST_BEATS} beats, not \"{item.text[:20]}\"")
        elif item.what == "lyric":
            lines.append(_timed(item, now, bar, chord_beats, say))
            now = lines[-1].start + lines[-1].beats
    if not lines:
        return None
    if not any(line.chords for line in lines):
        for like in parts.values():
            if like.kind == stretch.kind and len(like.lines) == len(lines) and like.chords:
                verse = max((words.verse for words in like.words), default=0) + 1
                like.words.append(Words(tuple(s for line, other in zip(lines, like.lines, strict=True)
                                              for s in _stretched(line, other)), verse))
                return Turn(like.name, verse)
    name = base = section_name(stretch.label or stretch.kind)
    for number in itertools.count(2):
        if name not in parts:
            break
        name = f"{base}-{number}"
    words = Words(tuple(s for line in lines for s in line.syllables))
    parts[name] = Part(name, stretch.kind, now, None, [change for line in lines for change in line.chords], [words], lines)
    return Turn(name)


def make_room(parts: Collection[Part]) -> Fraction:
    """Beats before the first bar: where words come before the first chord of a section, everything moves back one beat."""
    if not any(s.start < 0 for part in parts for words in part.words for s in words.syllables):
        return Fraction(0)
    for part in parts:
        last = part.chords[-1].start if part.chords else Fraction(0)
        last, left = (last, part.beats - 1 - last) if part.beats - 1 > last else (Fraction(-1), part.beats)
        part.words = [replace(words, syllables=tuple(_squeezed(s, last, left) for s in words.syllables))
                      for words in part.words]
        part.chords = [change._replace(start=change.start + 1) for change in part.chords]
    return Fraction(1)


# --- lines ----------------------------------------------------------------------------------------------------------
class _Piece(NamedTuple):
    """A chord and what is sung until the next."""

    chord: str
    words: str
    bar: int


def _pieces(item: Item, say: Say) -> tuple[str, list[_Piece]]:
    """Words before the first chord of a line, and its chords with theirs."""
    if item.text.count("[") != item.text.count("]"):
        say(f"line {item.line}", "a bracket [ or ] is missing")
    text = re.sub(r"\[[^\]]*$", "", item.text)
    lead, bar = "", 0
    pieces: list[_Piece] = []
    for number, piece in enumerate(CHORD.split(text)):  # words, chord, words, chord ...
        if number % 2 == 0:
            if pieces:
                pieces[-1] = pieces[-1]._replace(words=pieces[-1].words + piece.replace("|", " "))
            else:
                lead += piece.replace("|", " ")
            bar += "|" in piece
        elif not piece.startswith("*"):
            name = clean_chord(piece)
            if name is None:
                say(f"line {item.line}", f'"{plain(piece)[:20]}" is no chord that is known here')
            else:
                pieces.append(_Piece(name, "", bar))
    return lead, pieces


def _timed(item: Item, start: Fraction, bar: Fraction, chord_beats: Fraction, say: Say) -> TimedLine:
    """Guess when the chords and words of a line come."""
    lead, pieces = _pieces(item, say)
    if not pieces:
        beats = BARS_WITHOUT_CHORDS * bar
        return TimedLine(start, beats, _closed(_spread(lead, start, beats)), ())
    barred = "|" in CHORD.sub("", item.text)
    share = {number: bar / sum(piece.bar == number for piece in pieces) for number in {piece.bar for piece in pieces}}
    chords: list[ChordChange] = []
    syllables = _spread(lead, start - 1, Fraction(1))
    before, now = lead, start
    for piece in pieces:
        beats = share[piece.bar] if barred else chord_beats
        if before[-1:].strip() and piece.words[:1].strip() and syllables:
            syllables[-1] = syllables[-1]._replace(joined=True)  # the chord stands inside a word
        syllables += _spread(piece.words, now, beats)
        chords.append(ChordChange(now, piece.chord))
        before, now = piece.words, now + beats
    return TimedLine(start, now - start, _closed(syllables), tuple(chords))


def _spread(text: str, start: Fraction, beats: Fraction) -> list[Syllable]:
    """Words, each with the same share of the time."""
    words = text.split()
    return [Syllable(start + beats * number / len(words), word) for number, word in enumerate(words)]


def _closed(syllables: list[Syllable]) -> tuple[Syllable, ...]:
    return (*syllables[:-1], syllables[-1]._replace(ends_line=True)) if syllables else ()


def _stretched(line: TimedLine, like: TimedLine) -> Iterator[Syllable]:
    """Words of a line in the time of another one."""
    for s in line.syllables:
        yield s._replace(start=like.start + (s.start - line.start) * like.beats / line.beats)


def _squeezed(s: Syllable, last: Fraction, left: Fraction) -> Syllable:
    """A syllable a beat later; what comes from `last` on gets a beat less, so that it stays inside its section."""
    return s._replace(start=s.start + 1 if s.start < last else last + 1 + (s.start - last) * left / (left + 1))


def _grid(stretch: Stretch, parts: dict[str, Part], bar: Fraction) -> Turn | None:
    """A table of chords."""
    now = Fraction(0)
    chords: list[ChordChange] = []
    for item in stretch.items:
        for cells in (text.split() for text in re.split(r"[|:]+", item.text)[1:-1] if text.strip()):
            for number, cell in enumerate(cells):
                name = None if cell in (".", "%", "/") else clean_chord(cell)
                if name is not None:
                    chords.append(ChordChange(now + bar * number / len(cells), name))
            now += bar
    if not chords:
        return None
    name = section_name(stretch.label or f"grid-{stretch.line}")
    parts[name] = Part(name, "other", now, chords=chords)
    return Turn(name)
