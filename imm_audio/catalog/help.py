"""Help: how much the engine does for a person.  Instruments bring some, persons change it, anybody while playing."""
from pydantic import Field

from ..kernels.engine.events import ASSIST
from ..kernels.music.terms import (
    DWELL_S,
    EQUAL_VOICE,
    EVENING,
    GRID_BEATS,
    GUARD_S,
    LENGTH_BEATS,
    OCTAVE,
    PITCH_HELP,
    TIMING_HELP,
    TREMOR_FILTER,
)
from .reading import Data

#: kind, player, channel, key, value: fields as in kernels/engine/events.py
Event = tuple[int, int, int, float, float]


class Help(Data):
    """Table [help]; what is not written is left as it is."""

    pitch: float | None = Field(default=None, ge=0, le=100, description="No wrong notes: 0 none, 100 every note fits. [%]")
    timing: float | None = Field(default=None, ge=0, le=100, description="Early touches wait for the beat. [%]")
    evening: float | None = Field(default=None, ge=0, le=100, description="Weak hands are heard, strong ones tamed. [%]")
    tremor: float | None = Field(default=None, ge=0, le=100, description="Trembling after a touch is ignored. [%]")
    grid_beats: float | None = Field(default=None, ge=0.0625, le=4, description="What timing help waits for. [beats]")
    guard_ms: float | None = Field(default=None, ge=0, le=1000, description="Touches so close together are one. [ms]")
    dwell_ms: float | None = Field(default=None, ge=0, le=3000, description="A touch must last so long to count. [ms]")
    shortest_beats: float | None = Field(default=None, ge=0, le=16, description="Every note lasts at least so long. [beats]")
    octave: int | None = Field(default=None, ge=-3, le=3, description="Octaves up or down.")
    equal_voice: float | None = Field(default=None, ge=0, le=100, description="Loud and soft players come closer. [%]")

    def over(self, other: "Help") -> "Help":
        """Fill in from the other help what is not said here."""
        return other.model_copy(update=self.model_dump(exclude_none=True))


#: What an instrument has that says nothing.
USUAL = Help(pitch=100, timing=0, evening=50, tremor=0, grid_beats=0.5, guard_ms=0, dwell_ms=0, shortest_beats=0, octave=0,
             equal_voice=50)

#: field -> parameter of ASSIST, factor
_PARAMETERS = {
    "pitch": (PITCH_HELP, 0.01), "timing": (TIMING_HELP, 0.01), "evening": (EVENING, 0.01), "tremor": (TREMOR_FILTER, 0.01),
    "grid_beats": (GRID_BEATS, 1.0), "guard_ms": (GUARD_S, 0.001), "dwell_ms": (DWELL_S, 0.001),
    "shortest_beats": (LENGTH_BEATS, 1.0), "octave": (OCTAVE, 1.0), "equal_voice": (EQUAL_VOICE, 0.01),
}


def compile_help(help_: Help, player: int) -> list[Event]:
    """Events that give a player this help; what it does not say stays as it was."""
    return [(ASSIST, player, parameter, 0.0, value * factor) for field, (parameter, factor) in _PARAMETERS.items()
            if (value := getattr(help_, field)) is not None]
