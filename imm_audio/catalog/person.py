"""A person: what somebody plays, with which help, where and how loud; carried from session to session as a TOML file."""
import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import tomli_w
from pydantic import Field

from ..kernels.effects.strip import GAIN_DB, PAN
from ..kernels.engine.events import STRIP
from .help import Event, Help, compile_help
from .instrument import FIRST_STRIP, GAIN_AT_START_DB, Instrument, compile_instrument
from .patterns import PatternSlots
from .reading import DataFile, read_toml

#: Only what help and timing may depend on; nobody's birthday.
AgeBand = Literal["under 5", "5 to 8", "9 to 12", "13 to 17", "18 to 64", "65 to 79", "80 and over"]
_PAN = {"left": -0.6, "middle": 0.0, "right": 0.6}


class Person(DataFile):
    """A file in people/."""

    nickname: str = Field(min_length=1, max_length=24)
    sign: str = Field(default="", max_length=16, description="An emoji or a word that stands for this person.")
    age_band: AgeBand | None = None
    controllers: list[str] = Field(default_factory=list, max_length=8, description="Names of controllers, without .toml.")
    instrument: str = Field(default="piano", min_length=1, max_length=64, description="Name of its file, without .toml.")
    help: Help = Help()
    colours: str | None = Field(default=None, description="Colour map; without it the one of the session.")
    side: Literal["left", "middle", "right"] | Annotated[float, Field(ge=-1, le=1)] | None = Field(
        default=None, description="Where this person is heard: left, middle, right or -1 .. 1.")
    volume_db: float = Field(default=0, ge=-24, le=12, description="Louder or softer than usual. [dB]")
    stereo: bool = Field(default=True, description="false: headphones give both ears the same.")
    ear: Literal["left", "right", "both"] = Field(default="both", description="The ear that hears better.")


def read_person(path: Path) -> Person:
    """Read a person's file; BadFile when it has mistakes."""
    return read_toml(path, Person)


def write_person(path: Path, person: Person) -> None:
    """Write a person's file whole or not at all: a crash or power cut leaves the old one."""
    table = person.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            tomli_w.dump(table, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def compile_person(person: Person, instrument: Instrument, player: int, patterns: PatternSlots) -> list[Event]:
    """Events that seat a person: the instrument, the person's own help over it, side and volume."""
    gain_db = GAIN_AT_START_DB + instrument.sound.volume_db + person.volume_db
    events = [*compile_instrument(instrument, player, patterns), *compile_help(person.help, player),
              (STRIP, FIRST_STRIP + player, GAIN_DB, 0.0, gain_db)]
    if person.side is not None:
        pan = _PAN[person.side] if isinstance(person.side, str) else person.side
        events.append((STRIP, FIRST_STRIP + player, PAN, 0.0, pan))
    return events
