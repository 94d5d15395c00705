"""Scales and keyboard mappings of Scala (.scl, .kbm), and the pitch of each key that follows from them.

Source: M. Op de Coul, "Scala scale file format" and "Keyboard mappings" (huygens-fokker.org/scala), 2001 - 2024.

Beyond that format, lines of comment in a scale may say how it is used here: `! say: a sentence`, `! keys: file.kbm`,
`! home: key of the song`.
"""
import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..catalog.reading import MOST_BYTES, BadFile, read_bytes
from ..kernels.music.tuning import KEYS

A4_KEY, A4_HZ = 69, 440.0
MIDDLE_KEY = 60
MIDDLE_HZ = A4_HZ * 2.0 ** ((MIDDLE_KEY - A4_KEY) / 12.0)
MOST_DEGREES = 1000
#: Of a name or a sentence.
MOST_LETTERS = 200
#: The widest interval in a file [cents]: twenty octaves, twice what can be heard.
MOST_CENTS = 24000.0
#: What a TUNING event can say (kernels/music/tuning.py) [MIDI keys].
LOWEST_PITCH, HIGHEST_PITCH = -60.0, 188.0
LOWEST_HZ, HIGHEST_HZ = 1.0, 20000.0
#: A whole number of a file has so many digits at most.
_DIGITS = 40
_PITCH = re.compile(rf"[-+]?(?:\d{{1,{_DIGITS}}}\.\d*|\.\d+)|\d{{1,{_DIGITS}}}(?:\s*/\s*\d{{1,{_DIGITS}}})?")
#: What may stand right after a pitch.
_AFTER = " \t!;(c"
_WHOLE = re.compile(r"-?\d{1,9}")
_NUMBER = re.compile(rf"[-+]?(?:\d{{1,{_DIGITS}}}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{{1,2}})?")
_WORD = re.compile(r"!\s*(say|keys|home)\s*:\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Scale:
    """A scale as its file has it; degree 0 is 0 cents, the last degree is the period."""

    name: str                                                  # the file's description
    cents: tuple[float, ...]                                   # degrees 1 .. n
    words: dict[str, str] = field(default_factory=dict)        # what comments say: say, keys, home

    def cents_of(self, degree: int) -> float:
        """Cents above the first note; degrees go on beyond the period, in both directions."""
        periods, rest = divmod(degree, len(self.cents))
        return periods * self.cents[-1] + (self.cents[rest - 1] if rest else 0.0)


@dataclass(frozen=True)
class Mapping:
    """How degrees lie on the keys; the pattern repeats above and below the middle key."""

    degrees: tuple[int | None, ...] = ()   # None: nothing lies there; empty: key after key, degree after degree
    first: int = 0
    last: int = KEYS - 1
    middle: int = MIDDLE_KEY               # key of the pattern's first entry
    reference: int = MIDDLE_KEY            # key whose frequency is given
    reference_hz: float = MIDDLE_HZ        # while A4 is 440 Hz
    octave: int = 0                        # degree by which the pattern repeats; 0: the scale's period


#: A scale without a mapping: its first note on middle C, which is as high as ever.
PLAIN = Mapping()


# --- the table ------------------------------------------------------------------------------------------------------
def table(scale: Scale, mapping: Mapping = PLAIN, a4_hz: float = A4_HZ, home: int = 0) -> np.ndarray:
    """Pitch of each key 0 .. 127 [MIDI keys, 69 = 440 Hz, float64].

    a4_hz moves everything along, the frequency of the mapping too.  home: the first note lies so many keys higher, 0 .. 11
    (from 6 on: lower); an A that the mapping tunes stays where it is.  A key on which nothing lies sounds what the next one
    below sounds, and below all others what the lowest sounds: any touch is a right note.

    ValueError: nothing lies on the key whose frequency is given.
    """
    home = (home + 5) % 12 - 5
    reference, reference_pitch = mapping.reference, A4_KEY + 12.0 * math.log2(mapping.reference_hz / A4_HZ)
    middle = mapping.middle + home
    reference_cents = _cents(scale, mapping, reference - middle)
    if home and (reference != A4_KEY or reference_cents is None):
        reference, reference_pitch = reference + home, reference_pitch + home
        reference_cents = _cents(scale, mapping, reference - middle)
    if reference_cents is None:
        raise ValueError(f"key {mapping.reference} has a frequency, but no note of the scale lies there.")
    base = reference_pitch + 12.0 * math.log2(a4_hz / A4_HZ) - reference_cents / 100.0
    found = np.full(KEYS, np.nan)
    for key in range(max(mapping.first, 0), min(mapping.last, KEYS - 1) + 1):
        cents = _cents(scale, mapping, key - middle)
        if cents is not None:
            found[key] = min(max(base + cents / 100.0, LOWEST_PITCH), HIGHEST_PITCH)
    mapped = np.flatnonzero(~np.isnan(found))
    if not len(mapped):
        raise ValueError("no note of the scale lies on any key.")
    return found[mapped[np.maximum(np.searchsorted(mapped, np.arange(KEYS), "right") - 1, 0)]]


def _cents(scale: Scale, mapping: Mapping, above_middle: int) -> float | None:
    """Cents of a key above the first note; None where nothing lies."""
    if not mapping.degrees:
        return scale.cents_of(above_middle)
    patterns, place = divmod(above_middle, len(mapping.degrees))
    degree = mapping.degrees[place]
    return None if degree is None else scale.cents_of(degree) + patterns * scale.cents_of(mapping.octave or len(scale.cents))


# --- files ----------------------------------------------------------------------------------------------------------
def read_scale(path: Path) -> Scale:
    """Read a .scl file.  BadFile with one sentence that names file and line when it can't be used."""
    path = Path(path)
    lines, words = _Lines(path), dict[str, str]()
    for text in lines.comments:
        if found := _WORD.match(text):
            words.setdefault(found[1].lower(), found[2].strip()[:MOST_LETTERS])
    name = lines.next("a description of the scale", may_be_empty=True)[:MOST_LETTERS] or path.stem
    count = lines.whole("the number of notes", 1, MOST_DEGREES)
    cents = tuple(_pitch(lines, f"note {note} of {count}") for note in range(1, count + 1))
    return Scale(name, cents, words)


def read_mapping(path: Path) -> Mapping:
    """Read a .kbm file.  BadFile with one sentence that names file and line when it can't be used."""
    lines = _Lines(Path(path))
    size = lines.whole("the size of the pattern", 0, MOST_DEGREES)
    first = lines.whole("the first key", 0, KEYS - 1)
    last = lines.whole("the last key", 0, KEYS - 1)
    middle = lines.whole("the middle key", 0, KEYS - 1)
    reference = lines.whole("the key whose frequency is given", 0, KEYS - 1)
    hz = lines.number("its frequency [Hz]", LOWEST_HZ, HIGHEST_HZ)
    octave = lines.whole("the degree by which the pattern repeats", 0, MOST_DEGREES)
    if first > last:
        raise lines.wrong(f"the first key is {first}, the last {last}; the first can't be above the last.")
    degrees = [_degree(lines) for _ in range(size)]
    if size and all(degree is None for degree in degrees):
        raise lines.wrong("no note of the scale lies on any key.")
    if size and degrees[(reference - middle) % size] is None:
        raise lines.wrong(f"key {reference} has a frequency, but no note of the scale lies there.")
    return Mapping(tuple(degrees), first, last, middle, reference, hz, octave)


def _pitch(lines: "_Lines", what: str) -> float:
    """Cents of a note.  What follows the number is not read."""
    text = lines.next(what)
    found = _PITCH.match(text)
    if found and (found.end() == len(text) or text[found.end()] in _AFTER):
        word = found[0]
        if "." in word:
            cents = float(word)
            if abs(cents) <= MOST_CENTS:
                return cents
            raise lines.wrong(f"{_cut(word)} cents; {-MOST_CENTS:g} to {MOST_CENTS:g} are possible.")
        over, _, under = word.partition("/")
        if int(over) > 0 and int(under or 1) > 0:
            ratio = Fraction(int(over), int(under or 1))
            cents = 1200.0 * (math.log2(ratio.numerator) - math.log2(ratio.denominator))
            if abs(cents) <= MOST_CENTS:
                return cents
            raise lines.wrong(f"the ratio {_cut(word)} is too wide; twenty octaves are possible.")
        raise lines.wrong(f"'{_cut(word)}' is no ratio; whole numbers from 1 on are possible, like 3/2.")
    raise lines.wrong(f"'{_cut(text)}' is no pitch; cents with a point (701.955) and ratios (3/2) are possible.")


def _degree(lines: "_Lines") -> int | None:
    text = lines.next("a note of the pattern").split()
    if text and text[0] in ("x", "X"):
        return None
    if text and _WHOLE.fullmatch(text[0]) and abs(int(text[0])) <= MOST_DEGREES:
        return int(text[0])
    raise lines.wrong(f"'{_cut(text[0] if text else '')}' is no note of a scale; "
                      f"-{MOST_DEGREES} to {MOST_DEGREES}, or x for none, are possible.")


class _Lines:
    """Lines of a file, one after the other; comments begin with `!` and are left out."""

    def __init__(self, path: Path):
        self._name, self._at = path.name, 0
        text = self._read(path)
        numbered = list(enumerate(text.split("\n"), 1))
        while numbered and not numbered[-1][1].strip():
            numbered.pop()   # empty lines at the end say nothing
        self.comments = [line.strip() for _, line in numbered if line.lstrip().startswith("!")]
        self._lines = [(number, line.strip()) for number, line in numbered if not line.lstrip().startswith("!")]
        self._last = numbered[-1][0] if numbered else 1

    def _read(self, path: Path) -> str:
        raw = read_bytes(path, MOST_BYTES, "tuning")
        if b"\0" in raw:
            raise BadFile([f"{self._name}: line {raw.count(bytes([10]), 0, raw.index(0)) + 1} is no text, so it is no tuning."])
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")   # as the format has it
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def next(self, what: str, may_be_empty: bool = False) -> str:
        """The next line, without blanks around it; `what` should stand there."""
        while self._at < len(self._lines):
            self._at += 1
            if text := self._lines[self._at - 1][1]:
                return text
            if may_be_empty:
                return ""
        raise BadFile([f"{self._name}: line {self._last}: the file ends here; {what} should follow."])

    def wrong(self, sentence: str) -> BadFile:
        """What is wrong with the line that was read last."""
        return BadFile([f"{self._name}: line {self._lines[self._at - 1][0]}: {sentence}"])

    def whole(self, what: str, low: int, high: int) -> int:
        """A whole number; what follows it is not read."""
        text = self.next(what).split()
        if text and _WHOLE.fullmatch(text[0]) and low <= int(text[0]) <= high:
            return int(text[0])
        raise self.wrong(f"'{_cut(text[0] if text else '')}' should be {what}; {low} to {high} are possible.")

    def number(self, what: str, low: float, high: float) -> float:
        """A number; what follows it is not read."""
        text = self.next(what).split()
        if text and _NUMBER.fullmatch(text[0]) and low <= float(text[0]) <= high:
            return float(text[0])
        raise self.wrong(f"'{_cut(text[0] if text else '')}' should be {what}; {low:g} to {high:g} are possible.")


def _cut(text: str) -> str:
    """What can be shown of a line."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text[:60])
    return text if len(text) <= 40 else text[:39] + "…"
