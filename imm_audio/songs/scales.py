"""Moods (scales) and kinds of chords, as the data folder and people's own files name them."""
import itertools
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator, model_validator

from ..catalog.reading import BadFile, Data, DataFile, nearest, read_toml
from ..kernels.music.terms import CHORD_SLOTS, DEGREES, TONES
from ..settings import own_folder

DEFAULT_MOOD = "pentatonic"
CENTS = 100.0
#: A key that sounds so near to a note of a mood [semitones] is meant by it: instruments of one name differ by less, and a
#: quarter tone is more.
NEAR_SEMITONES = 0.3


@dataclass(frozen=True)
class Mood:
    """Notes that fit together, above a tonic."""

    name: str
    say: str
    degrees_semitones: tuple[float, ...]  # from 0, ascending, below the period
    period_semitones: float = 12.0
    also: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class ChordKind:
    """What stands behind the root of a chord: the suffix as it is written, and the tones above the root."""

    suffix: str
    tones_semitones: tuple[float, ...]


class MoodEntry(Data):
    """A mood of scales.toml."""

    say: str = Field(min_length=1, max_length=200, description="What it is like, in words for everybody.")
    also: list[str] = Field([], description="Other names for it.")
    degrees_cents: list[float] = Field(
        min_length=1, max_length=DEGREES, description="Notes above the tonic, from 0 up, below the period.")
    period_cents: float = Field(1200.0, ge=100.0, le=4800.0, description="After this the notes begin again; 1200 is an octave.")
    source: str = Field("", description="Where it comes from.")

    @model_validator(mode="after")
    def _ascending(self) -> "MoodEntry":
        rising = all(low < high for low, high in itertools.pairwise(self.degrees_cents))
        if self.degrees_cents[0] != 0 or not rising or self.degrees_cents[-1] >= self.period_cents:
            raise ValueError(f"degrees_cents must begin with 0, go up, and stay below the period, {self.period_cents:g} cents.")
        return self


class ScaleFile(DataFile):
    """scales.toml."""

    moods: dict[str, MoodEntry]


class ChordEntry(Data):
    """A kind of chord of chords.toml."""

    suffixes: list[Annotated[str, Field(max_length=12)]] = Field(
        min_length=1, description="What stands behind the root; the first is how it is written.")
    tones_semitones: list[float] = Field(min_length=1, max_length=TONES, description="Notes above the root, from 0 up.")

    @field_validator("tones_semitones")
    @classmethod
    def _ascending(cls, tones: list[float]) -> list[float]:
        if tones[0] != 0 or any(low >= high for low, high in itertools.pairwise(tones)) or tones[-1] > 24:
            raise ValueError("it must begin with 0, go up, and end at 24 at most.")
        return tones


class ChordFile(DataFile):
    """chords.toml."""

    chords: dict[str, ChordEntry] = Field(min_length=1, max_length=CHORD_SLOTS)


def shipped(name: str) -> Path:
    """A data file that comes with the program."""
    return Path(str(resources.files("imm_audio.instruments").joinpath(name)))


def _plain(name: str) -> str:
    """`Minor pentatonic` -> `minor-pentatonic`."""
    return "-".join(name.lower().replace("_", " ").split())


def read_moods(path: Path) -> dict[str, Mood]:
    """Moods of one file by name.  BadFile says what is wrong with it."""
    return {_plain(name): _mood(_plain(name), entry) for name, entry in read_toml(path, ScaleFile).moods.items()}


def _mood(name: str, entry: MoodEntry) -> Mood:
    degrees = tuple(degree / CENTS for degree in entry.degrees_cents)
    return Mood(name, entry.say, degrees, entry.period_cents / CENTS, tuple(map(_plain, entry.also)), entry.source)


@cache
def load_moods() -> tuple[dict[str, Mood], tuple[str, ...]]:
    """All moods by name, one's own over those shipped, and sentences on what is wrong with one's own file."""
    moods, own = read_moods(shipped("scales.toml")), own_folder() / "instruments" / "scales.toml"
    if own.is_file():
        try:
            moods |= read_moods(own)
        except BadFile as error:
            return moods, tuple(error.sentences)
    return moods, ()


def find_mood(name: str) -> Mood:
    """A mood by any of its names.  ValueError: one sentence."""
    moods, _ = load_moods()
    wanted = _plain(name)
    for mood in moods.values():
        if wanted in (mood.name, *mood.also):
            return mood
    meant = nearest(wanted, [word for mood in moods.values() for word in (mood.name, *mood.also)])
    hint = f" Did you mean {meant}?" if meant else ""
    raise ValueError(f'--mood: there is no mood "{name}".{hint} Possible are {", ".join(moods)}.')


def on_keys(mood: Mood, pitches: np.ndarray, tonic: float) -> Mood:
    """`mood` as keys of a tuning, `pitches` of each key, if that has all its notes; else, and of whole keys, as it is.

    A note between two keys sounds between their pitches.  So where a tuning has bent a key to the very note that a mood
    wants, the mood would bend it again.
    """
    wanted = *mood.degrees_semitones, mood.period_semitones
    if all(degree == round(degree) for degree in wanted):
        return mood
    home = min(60 + round(tonic), len(pitches) - 1)
    above = np.round(pitches[home:] - pitches[home], 6)
    keys = [int(np.abs(above - degree).argmin()) for degree in wanted]   # of keys that sound the same the lowest
    has_all = all(abs(above[key] - degree) <= NEAR_SEMITONES for key, degree in zip(keys, wanted, strict=True))
    if not has_all or any(low >= high for low, high in itertools.pairwise(keys)):
        return mood
    return replace(mood, degrees_semitones=tuple(map(float, keys[:-1])), period_semitones=float(keys[-1]))


@cache
def load_chord_kinds() -> dict[str, ChordKind]:
    """Kinds of chords by every suffix they are written with."""
    kinds: dict[str, ChordKind] = {}
    for entry in read_toml(shipped("chords.toml"), ChordFile).chords.values():
        kind = ChordKind(entry.suffixes[0], tuple(entry.tones_semitones))
        kinds |= dict.fromkeys(entry.suffixes, kind)
    return kinds
