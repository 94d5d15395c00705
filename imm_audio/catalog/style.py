"""Styles of the band as data: what `instruments/styles/*.toml` may say.  How to write one: `instruments/styles/waltz.toml`."""
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from ..kernels.music.terms import (
    AHEAD,
    APPROACH,
    BAND_NOTES,
    BAND_PATTERNS,
    BAND_TIMES,
    DEGREE,
    DRUM,
    LONGEST_BAND_DELAY_S,
    OCTAVE_UP,
    PATTERN_BAND_NOTES,
    TONE,
    VOICE,
    WALK,
    WHOLE_CHORD,
)
from .keys import NoteName, key_of
from .reading import Data, DataFile, OneOf
from .voices import DRUM_KEYS, DRUM_KIT, VOICES

PARTS = ("bass", "chords", "drums", "ornament")
#: From string to string of a strum.
STRUM_MS = 14.0
#: How much of its step a note sounds: neighbours don't run into each other.
GATE = 0.95
LONGEST_DRUM_BEATS = 0.5
#: Slower beats than this are hard to hold, for children and for old people: a subdivision has to be heard (McAuley 2006).
SLOWEST_PULSE_S = 0.6
#: Drums with a good part of their sound between 300 and 2000 Hz, where old ears hear; measured in tests/catalog/test_style.py.
CUE_DRUMS = frozenset((
    "side stick", "clap", "high bongo", "low bongo", "muted conga", "high conga", "high timbale", "low timbale",
    "cowbell", "ride bell", "high agogo", "low agogo", "high wood block", "low wood block", "muted cuica", "open cuica"))
#: Bars over which a style is looked at: the longest patterns are so long.
_BARS = 8


class Hit(NamedTuple):
    """One note of a pattern, as BAND_NOTE and BAND_SHAPE say it."""

    start: float      # beats, straight: before any swing
    what: int
    number: float
    velocity: float
    length: float     # beats


class Sign(NamedTuple):
    """What a letter of a pattern means; velocity 0: by its place in the bar."""

    what: int
    number: float
    velocity: float = 0.0


_DRUMS = {"o": 0.35, "x": 0.75, "X": 1.0}
_BASS = {"1": Sign(TONE, 0), "3": Sign(TONE, 1), "5": Sign(TONE, 2), "8": Sign(OCTAVE_UP, 0), "a": Sign(APPROACH, 0),
         "w": Sign(WALK, 0), "n": Sign(TONE + AHEAD, 0)}
_CHORDS = {"o": Sign(WHOLE_CHORD, 0, 0.45), "x": Sign(WHOLE_CHORD, 0, 0.7), "X": Sign(WHOLE_CHORD, 0, 0.9),
           "d": Sign(WHOLE_CHORD, STRUM_MS, 0.75), "u": Sign(WHOLE_CHORD, -STRUM_MS, 0.6),
           "n": Sign(WHOLE_CHORD + AHEAD, 0, 0.75), **{str(n): Sign(VOICE, n - 1) for n in range(1, 7)}}
_SCALE = {str(n): Sign(DEGREE, n - 1) for n in range(1, 10)}
_MEANING = {"bass": _BASS, "chords": _CHORDS, "ornament": _CHORDS}
_REST, _ON = ".", "-"


def meter_of(words: str) -> tuple[float, float]:
    """Beats (quarter notes) in a bar and in a pulse of `3/4`, `6/8`; ValueError when it is none."""
    found = re.fullmatch(r"(\d{1,2})/(2|4|8|16)", words)
    if not found or not 1 <= int(found[1]) <= 16:
        raise ValueError('write a meter like "4/4", "3/4" or "6/8".')
    count, unit = int(found[1]), 4.0 / int(found[2])
    return count * unit, 3 * unit if found[2] in ("8", "16") and count % 3 == 0 else unit


def _meter(words: str) -> str:
    meter_of(words)
    return words


Meter = Annotated[str, AfterValidator(_meter)]
Voice = Annotated[str, OneOf(VOICES)]
Row = Annotated[str, Field(min_length=1, max_length=400)]


class Player(Data):
    """Tables [bass], [chords], [ornament]: who plays it, and where."""

    voice: Voice
    low: NoteName = Field(description="Lowest note.")
    high: NoteName = Field(description="Highest note, an octave above or more.")
    size: int = Field(default=3, ge=1, le=6, description="Notes of a chord.")
    volume_db: float = Field(default=0, ge=-24, le=12, description="Louder or softer than usual. [dB]")
    reverb_db: float = Field(default=-16, ge=-60, le=6)
    pan: float = Field(default=0, ge=-1, le=1, description="-1 left .. 1 right")


class Kit(Data):
    """Table [drums]: always the drum kit."""

    volume_db: float = Field(default=0, ge=-24, le=12, description="Louder or softer than usual. [dB]")
    reverb_db: float = Field(default=-16, ge=-60, le=6)
    pan: float = Field(default=0, ge=-1, le=1)


class StylePattern(Data):
    """Table [[pattern]]: what one part plays, and when."""

    part: Annotated[str, OneOf(PARTS)]
    when: Annotated[str, OneOf(BAND_TIMES)] = "play"
    energy: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = Field(
        default=(0.0, 1.0), description="Plays from this energy of the group up to that one, 0 to 1.", strict=False)
    meters: list[Meter] = Field(default_factory=list, description="Only in these meters; none: in all of the style.")
    beats: float | None = Field(default=None, gt=0, le=64, description="How long it is; without it one bar. [beats]")
    steps: int | None = Field(default=None, ge=1, le=12, description="Signs for one beat; without it they fill the pattern.")
    notes: Row | None = Field(default=None, description="One sign a step, for bass, chords and ornament.")
    scale: Row | None = Field(default=None, description="The same with steps of the scale, 1 is the tonic.")
    drums: dict[Annotated[str, OneOf(DRUM_KEYS)], Row] = Field(default_factory=dict, description="A row for each drum.")

    def length(self, bar_beats: float) -> float:
        return self.beats or bar_beats

    def hits(self, bar_beats: float, pulse_beats: float) -> list[Hit]:
        """The notes in order, without swing.  ValueError: one sentence."""
        found: list[Hit] = []
        for drum, row in self.drums.items():
            signs = {sign: Sign(DRUM, DRUM_KEYS[drum], velocity) for sign, velocity in _DRUMS.items()}
            found += self._row(f'the row of "{drum}"', row, signs, bar_beats, pulse_beats)
        if self.notes is not None:
            found += self._row("notes", self.notes, _MEANING[self.part], bar_beats, pulse_beats)
        if self.scale is not None:
            found += self._row("scale", self.scale, _SCALE, bar_beats, pulse_beats)
        return sorted(found)

    def _row(self, name: str, row: str, signs: dict[str, Sign], bar_beats: float, pulse_beats: float) -> Iterator[Hit]:
        text = re.sub(r"[\s|]", "", row)
        length = self.length(bar_beats)
        if self.steps and len(text) != self.steps * length:
            raise ValueError(f"{name} has {len(text)} signs; {self.steps} a beat for {length:g} beats "
                             f"are {self.steps * length:g}.")
        if not text or len(text) > 16 * length:
            raise ValueError(f"{name} has {len(text)} signs for {length:g} beats; 1 to {16 * length:g} are possible.")
        for sign in text:
            if sign not in signs and sign not in (_REST, _ON):
                raise ValueError(f'{name}: "{sign}" means nothing there; possible are {" ".join(signs)} . and -')
        step = length / len(text)
        for at, sign in enumerate(text):
            if sign in signs:
                on = len(text[at + 1:]) - len(text[at + 1:].lstrip(_ON))
                what, number, velocity = signs[sign]
                start = at * step
                beats = min(step, LONGEST_DRUM_BEATS) if what == DRUM else (1 + on) * step
                if not velocity:
                    velocity = 0.9 if start % bar_beats == 0 else 0.8 if start % pulse_beats == 0 else 0.68
                yield Hit(start, what, number, velocity, GATE * beats)

    def mistake(self) -> str | None:
        """What is wrong with the keys together."""
        if self.part == "drums" and (self.notes or self.scale or not self.drums):
            return "drums need a table [pattern.drums] with a row for each drum, and nothing else."
        if self.part != "drums" and (self.drums or (self.notes is None) == (self.scale is None)):
            return f'{self.part} needs one row, "notes" or "scale".'
        if self.scale and self.part == "bass":
            return "bass plays notes of chords; scale is for chords and ornament."
        if self.energy[0] >= self.energy[1]:
            return f"energy is {self.energy[0]:g} to {self.energy[1]:g}; the lower one comes first."
        return None


class Style(DataFile):
    """A file in instruments/styles/."""

    name: str = Field(min_length=1, max_length=24)
    say: str = Field(min_length=1, max_length=100, description="One sentence on what it is for.")
    meters: list[Meter] = Field(min_length=1, max_length=8, description='Meters it fits, like ["4/4", "2/4"].')
    tempo_bpm: tuple[Annotated[float, Field(ge=20, le=300)], Annotated[float, Field(ge=20, le=300)]] = Field(
        description="Slowest and fastest usual tempo. [pulses a minute: quarters, in 6/8 dotted quarters]", strict=False)
    swing: float = Field(default=0.5, ge=0.5, le=0.75, description="Share of the first of two: 0.5 even, 0.67 swung.")
    swing_beats: float = Field(default=0.5, ge=0.125, le=1, description="What is swung: 0.5 eighths, 0.25 sixteenths. [beats]")
    looseness_ms: float = Field(default=5, ge=0, le=1000 * LONGEST_BAND_DELAY_S,
                                description="How late single notes may be, as people are. [ms]")
    waits: Annotated[str, OneOf(("chord", "vamp"))] = Field(
        default="chord", description="While the song waits: hold the chord, or go round softly.")
    bass: Player | None = None
    chords: Player | None = None
    ornament: Player | None = None
    drums: Kit | None = None
    pattern: list[StylePattern] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> "Style":
        for mistake in self._mistakes():
            raise ValueError(mistake)
        return self

    def patterns(self, meter: str) -> list[StylePattern]:
        """What is played in a meter, with a last and a held chord where the file has none."""
        found = [pattern for pattern in self.pattern if not pattern.meters or meter in pattern.meters]
        for when, chord in (("end", "x"), ("hold", "o")):
            for part, notes in (("bass", "1"), ("chords", chord)):
                if getattr(self, part) and not any(pattern.part == part and pattern.when == when for pattern in found):
                    found.append(StylePattern(part=part, when=when, notes=notes))
        return found

    def swung(self, start: float) -> float:
        """Where something that is written at `start` sounds. [beats]"""
        pair = 2.0 * self.swing_beats
        share = start % pair / pair
        late = 2.0 * share * self.swing if share < 0.5 else self.swing + (2.0 * share - 1.0) * (1.0 - self.swing)
        return start - start % pair + late * pair

    def cues(self, meter: str, energy: float) -> set[Fraction]:
        """Beats of the first bars at which something sounds that old ears hear, swing left out."""
        bar, pulse = meter_of(meter)
        found = set()
        for pattern in self.patterns(meter):
            low, high = pattern.energy
            if pattern.when != "play" or pattern.part == "bass" or not (low <= energy < high or energy == high == 1.0):
                continue
            length, drums = Fraction(pattern.length(bar)), {DRUM_KEYS[name] for name in CUE_DRUMS}
            starts = {Fraction(hit.start).limit_denominator(48) for hit in pattern.hits(bar, pulse)
                      if pattern.part != "drums" or hit.number in drums}
            rounds = range(int(_BARS * Fraction(bar) / length) + 1)
            found |= {n * length + start for n in rounds for start in starts}
        return found

    @cached_property
    def energies(self) -> list[float]:
        """An energy out of each range in which the same patterns play."""
        edges = sorted({0.0, 1.0, *(edge for pattern in self.pattern for edge in pattern.energy)})
        return [0.0, *((low + high) / 2.0 for low, high in pairwise(edges)), 1.0]

    def slow_pulse(self, meter: str, energy: float, tempo_bpm: float) -> Fraction | None:
        """First beat of the pulse that should be heard, at most 600 ms from one to the next, and is not; None: all are."""
        bar, pulse = (Fraction(beats) for beats in meter_of(meter))
        pulse_s, parts = 60.0 / tempo_bpm, 1
        while pulse_s / parts > SLOWEST_PULSE_S + 1e-9:
            parts = parts * 2 if pulse != Fraction(3, 2) or parts > 1 else 3
        heard = self.cues(meter, energy)
        wanted = (n * pulse / parts for n in range(int(_BARS * bar / pulse * parts)))
        return next((beat for beat in wanted if beat not in heard), None)

    def _mistakes(self) -> Iterator[str]:
        if self.tempo_bpm[0] > self.tempo_bpm[1]:
            yield f"tempo_bpm is {self.tempo_bpm[0]:g} to {self.tempo_bpm[1]:g}; the slower one comes first."
        for part in ("bass", "chords", "ornament"):
            player = getattr(self, part)
            if player and key_of(player.high) < key_of(player.low) + 12:
                yield f"{part}: low {player.low} and high {player.high} must be an octave apart or more."
            if player and player.voice == DRUM_KIT:
                yield f"{part}: the voice can't be {DRUM_KIT}; that is for the part drums."
        for number, pattern in enumerate(self.pattern, 1):
            if getattr(self, pattern.part) is None:
                yield f"pattern {number} is for {pattern.part}, but there is no table [{pattern.part}]."
            for meter in pattern.meters:
                if meter not in self.meters:
                    yield f"pattern {number} is for {meter}, but the style has {', '.join(self.meters)}."
            if mistake := pattern.mistake() or self._unplayable(pattern):
                yield f"pattern {number}: {mistake}"
        for meter in self.meters:
            yield from self._too_much(meter)
            yield from self._unheard(meter)

    def _unplayable(self, pattern: StylePattern) -> str | None:
        for meter in pattern.meters or self.meters:
            try:
                if len(pattern.hits(*meter_of(meter))) > PATTERN_BAND_NOTES:
                    return f"it has more than {PATTERN_BAND_NOTES} notes."
            except ValueError as error:
                return str(error)
            bar = meter_of(meter)[0]
            whole, bars = pattern.length(bar), pattern.length(bar) / bar
            if pattern.when == "fill" and whole > bar:
                return f"a fill is at most a bar long; this one has {whole:g} beats, a bar of {meter} {bar:g}."
            if pattern.when == "play" and abs(bars - round(bars)) > 1e-6 and abs(1 / bars - round(1 / bars)) > 1e-6:
                return f"{whole:g} beats are neither whole bars of {meter} nor an even share of one."
        return None

    def _too_much(self, meter: str) -> Iterator[str]:
        patterns = self.patterns(meter)
        notes = sum(len(pattern.hits(*meter_of(meter))) for pattern in patterns)
        if len(patterns) > BAND_PATTERNS or notes > BAND_NOTES:
            yield (f"in {meter} it has {len(patterns)} patterns with {notes} notes; "
                   f"{BAND_PATTERNS} with {BAND_NOTES} are possible.")

    def _unheard(self, meter: str) -> Iterator[str]:
        tempo_bpm = self.tempo_bpm[0]  # a slower one needs all that a faster one needs
        for energy in self.energies:
            beat = self.slow_pulse(meter, energy, tempo_bpm)
            if beat is not None:
                yield (f"in {meter} at {tempo_bpm:g} a minute and energy {energy:g} nothing is heard at beat {float(beat):g}; "
                       f"chords, ornament or a drum like the wood block must sound at least every "
                       f"{1000 * SLOWEST_PULSE_S:.0f} ms.")
                return
