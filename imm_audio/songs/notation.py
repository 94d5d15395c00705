"""Melody and words in letters: what stands in `{x_imm_melody: ...}`, `{x_imm_words: ...}` and in `w:` lines of ABC notation.

Melody: as in ABC with `L:1/4`, `"Am"C2 D/ ^F3/2 z | c'4 |`, but each sharp and flat is written where it is meant and holds for
its note only.  `-` behind a note ties it to the next of the same height.  Bar lines are for the eye.
Words: `Should auld ac-quain-tance be for- _ got`: a syllable for each note, `-` inside words, `_` and `*` for a note without
one, `~` for a blank inside a syllable, a backslash before any of these signs when it is sung itself.
"""
import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from .names import clean_chord
from .song import ChordChange, Note, Section, Syllable

HOLD, BAR = "_", "|"
_SHARPS = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
_FLATS = ("C", "_D", "D", "_E", "E", "F", "_G", "G", "_A", "A", "_B", "B")
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTER = {"": 0, "=": 0, "^": 1, "^^": 2, "_": -1, "__": -2}
_TOKEN = re.compile(
    r'\s+|[|:\[\]]+|"(?P<chord>[^"]*)"|(?P<alter>\^\^?|__?|=)?(?P<letter>[A-Ga-gzx])(?P<octave>[,\']*)'
    r"(?P<count>\d{1,7})?(?P<slash>/+)?(?P<part>\d{1,4})?(?P<tie>-)?")
#: Keys with flats: tonics of major; other modes are counted from there.
_FLAT_TONICS = frozenset({5, 10, 3, 8, 1})
_ABOVE_MAJOR = {"minor": 9, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7, "locrian": 11}
_PLAIN_SIGNS = re.compile(r"[-_*|~\\]")


# --- melody ---------------------------------------------------------------------------------------------------------
def spelling(tonic: int | None, mode: str | None) -> Sequence[str]:
    """Names of the twelve notes, with the sharps or flats that suit a key."""
    major = ((tonic or 0) - _ABOVE_MAJOR.get(mode or "major", 0)) % 12
    return _FLATS if major in _FLAT_TONICS else _SHARPS


def key_letters(key: int, names: Sequence[str]) -> str:
    """60 -> C, 73 -> ^c, 46 -> _B,,"""
    name, octave = names[key % 12], key // 12 - 5
    if octave >= 1:
        return name.lower() + "'" * (octave - 1)
    return name + "," * -octave


def _length(beats: Fraction) -> str:
    if beats.denominator == 1:
        return "" if beats == 1 else str(beats)
    if beats.numerator == 1:
        return "/" if beats.denominator == 2 else f"/{beats.denominator}"
    return f"{beats.numerator}/{beats.denominator}"


def write_melody(part: Section, start: Fraction, stop: Fraction, bar_beats: Fraction, first_bar: Fraction,
                 names: Sequence[str]) -> str:
    """Notes and chords of `part` from `start` to `stop`; bars lie at `first_bar` plus multiples of `bar_beats`."""
    cuts = {start, stop} | {change.start for change in part.chords if start < change.start < stop}
    for note in part.notes:
        cuts |= {at for at in (note.start, note.start + note.beats) if start < at < stop}
    chords = {change.start: change.name or "N.C." for change in part.chords}
    marks = sorted(cuts)
    found = []
    bars = (start - first_bar) // bar_beats
    for at, after in itertools.pairwise(marks):
        sounding = next((note for note in part.notes if note.start <= at < note.start + note.beats), None)
        text = f'"{chords[at]}"' if at in chords else ""
        text += (key_letters(sounding.key, names) if sounding else "z") + _length(after - at)
        if sounding and after < sounding.start + sounding.beats:
            text += "-"
        found.append(text)
        if (after - first_bar) // bar_beats > bars:
            bars = (after - first_bar) // bar_beats
            found.append("|")
    return " ".join(found)


class MelodyReader:
    """Reads melody lines of one section, one after the other."""

    def __init__(self) -> None:
        self.beats = Fraction(0)
        self.notes: list[Note] = []
        self.chords: list[ChordChange] = []
        self._tied = False

    def read(self, text: str) -> list[str]:
        """Read a line; returns what could not be understood, as it stands there."""
        unknown, at = [], 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found or found.end() == at:
                unknown.append(text[at])
                at += 1
                continue
            at = found.end()
            if found["chord"] is not None:
                self._chord(found["chord"], unknown)
            elif found["letter"]:
                self._note(found, unknown)
        return unknown

    def _chord(self, text: str, unknown: list[str]) -> None:
        name = clean_chord(text)
        if name is None:
            unknown.append(f'"{text}"')
        else:
            self.chords.append(ChordChange(self.beats, name))

    def _note(self, found: re.Match[str], unknown: list[str]) -> None:
        below = int(found["part"]) if found["part"] and found["slash"] else 2 ** min(len(found["slash"] or ""), 8)
        beats = Fraction(int(found["count"] or 1), below) if below else Fraction(0)
        if not beats:
            unknown.append(found[0])
            return
        letter = found["letter"]
        if letter not in "zx":
            octave = (5 if letter.isupper() else 6) + found["octave"].count("'") - found["octave"].count(",")
            key = 12 * octave + _NATURAL[letter.upper()] + _ALTER[found["alter"] or ""]
            before = self.notes[-1] if self.notes else None
            if self._tied and before and before.key == key:
                self.notes[-1] = before._replace(beats=before.beats + beats)
            elif 0 <= key <= 127:
                self.notes.append(Note(self.beats, beats, key))
            else:
                unknown.append(found[0])
        self._tied = letter not in "zx" and bool(found["tie"])
        self.beats += beats


# --- words ----------------------------------------------------------------------------------------------------------
class Sign(NamedTuple):
    """A syllable with its text, or HOLD or BAR without."""

    text: str
    joined: bool = False
    sign: str = ""


def signs(text: str) -> Iterator[Sign]:
    """What a line of words says, note by note."""
    syllable = ""
    pending: Sign | None = None  # the last syllable: a hyphen behind its holds still joins it to the next
    held: list[Sign] = []

    def done() -> Iterator[Sign]:
        if pending:
            yield pending
        yield from held
        held.clear()

    at = 0
    while at <= len(text):
        sign = text[at] if at < len(text) else " "
        at += 1
        if sign == "\\" and at < len(text):
            syllable += text[at]
            at += 1
        elif sign == "~":
            syllable += " "
        elif sign.isspace() or sign in "-_*|":
            if syllable:
                yield from done()
                pending, syllable = Sign(syllable, sign == "-"), ""
                if sign == "-":
                    continue
            elif sign == "-" and pending and held and text[at - 2] == "_":
                pending = pending._replace(joined=True)
                continue
            if sign in "-_*":
                held.append(Sign("", sign=HOLD))
            elif sign == "|":
                held.append(Sign("", sign=BAR))
        else:
            syllable += sign
    yield from done()


def write_words(row: Sequence[Syllable], holds: Sequence[int], behind: int = 0) -> str:
    """A line of syllables; `holds`: how many notes without a syllable stand before each, and `behind` after the last."""
    text = ""
    for syllable, count in zip(row, holds, strict=True):
        if count:
            text = f"{text.rstrip(' ')} {'_ ' * count}".lstrip()
        text += _PLAIN_SIGNS.sub(r"\\\g<0>", syllable.text).replace(" ", "~") + ("-" if syllable.joined else " ")
    return (text.rstrip(" ") + " _" * behind).lstrip()


def holds_before(syllables: Sequence[Syllable], notes: Sequence[Note]) -> list[int] | None:
    """How many notes without a syllable stand before each syllable; None when one does not begin with a note of its own."""
    places = {note.start: number for number, note in enumerate(notes)}
    held, now = [], 0
    for syllable in syllables:
        place = places.get(syllable.start, -1)
        if place < now:
            return None
        held.append(place - now)
        now = place + 1
    return held
