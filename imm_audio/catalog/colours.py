"""Colour maps: the colour, shape and letter of each note.  A session chooses one; stickers on real instruments follow it."""
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from .keys import PITCH_NAMES
from .reading import Data, DataFile, OneOf, read_toml

#: Shapes that differ at a glance, also small and without colour.
SHAPES = ("circle", "square", "triangle", "diamond", "star", "hexagon", "heart", "cross", "moon", "drop", "pentagon", "ring")
_OCTAVE = 12

PitchName = Annotated[str, OneOf(PITCH_NAMES)]
Colour = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", description="Write a colour like #e21c48.")]
Shape = Annotated[str, OneOf(SHAPES)]


@dataclass(frozen=True)
class Label:
    """What is shown on a key or control; always all three, never colour alone."""

    letter: str
    colour: str
    shape: str


class ColourMap(Data):
    """Table [[map]]: each note has a colour, and a shape by its name or by its octave."""

    name: str = Field(min_length=1, max_length=16)
    say: str = Field(min_length=1, max_length=100, description="One sentence a child can read aloud.")
    colours: dict[PitchName, Colour]
    shapes: dict[PitchName, Shape] | None = None
    octave_shapes: list[Shape] | None = Field(default=None, min_length=2, description="Upwards from lowest_octave.")
    lowest_octave: int = Field(default=2, ge=-1, le=9, description="Octave of the first shape; C4 is middle C.")

    @model_validator(mode="after")
    def _whole(self) -> "ColourMap":
        if (self.shapes is None) == (self.octave_shapes is None):
            raise ValueError("shapes or octave_shapes is needed, and not both.")
        for key in ("colours", "shapes"):
            given = getattr(self, key)
            lacking = [name for name in PITCH_NAMES if given is not None and name not in given]
            if lacking:
                raise ValueError(f"{key} has nothing for {', '.join(lacking)}.")
        return self


class Colours(DataFile):
    """A file colours.toml."""

    map: list[ColourMap] = Field(min_length=1)


def read_colours(path: Path) -> dict[str, ColourMap]:
    """Colour maps of a file by name; BadFile when it has mistakes."""
    return {found.name: found for found in read_toml(path, Colours).map}


def label(key: float, colour_map: ColourMap) -> Label:
    """Letter, colour and shape of a MIDI key."""
    whole = round(key)
    name, octave = PITCH_NAMES[whole % _OCTAVE], whole // _OCTAVE - 1
    if colour_map.shapes is not None:
        shape = colour_map.shapes[name]
    else:
        shapes = colour_map.octave_shapes or []
        shape = shapes[min(max(octave - colour_map.lowest_octave, 0), len(shapes) - 1)]
    return Label(name, colour_map.colours[name], shape)
