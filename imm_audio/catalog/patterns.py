"""Patterns: a few notes that a loop or phrase pad plays, and the engine's slots they live in."""
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ..kernels.engine.events import PATTERN
from ..kernels.music.terms import BEGIN, PATTERN_NOTES, PATTERN_SLOTS
from .help import Event
from .reading import Data, OneOf
from .voices import DRUM_KEYS

#: Steps of the scale above the lowest note; three octaves of a scale of twelve.
HIGHEST_STEP = 36


def _note(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError("a note is three things: step or drum, start in beats, loudness 1 to 127.")
    return tuple(value)


Step = Annotated[int, Field(ge=0, le=HIGHEST_STEP)]
Note = Annotated[
    tuple[Annotated[str, OneOf(DRUM_KEYS)] | Step, Annotated[float, Field(ge=0)], Annotated[int, Field(ge=1, le=127)]],
    BeforeValidator(_note)]


class Pattern(Data):
    """Table [[pattern]]: what one loop or phrase pad plays."""

    name: str = Field(min_length=1, max_length=16, description="What is written on the pad.")
    length_beats: float = Field(gt=0, le=64, description="A loop begins again after so long. [beats]")
    notes: list[Note] = Field(min_length=1, max_length=PATTERN_NOTES,
                              description="[step of the scale or drum, start in beats, loudness 1 to 127]")

    @property
    def drums(self) -> bool:
        return isinstance(self.notes[0][0], str)

    def mistake(self) -> str | None:
        """What is wrong with the notes as a whole."""
        if len({isinstance(step, str) for step, _, _ in self.notes}) > 1:
            return f"pattern {self.name}: its notes are all steps or all drums, not both."
        late = max(start for _, start, _ in self.notes)
        if late >= self.length_beats:
            return f"pattern {self.name}: a note starts at {late:g} beats, but the pattern is {self.length_beats:g} beats long."
        return None


class PatternSlots:
    """Who uses which of the slots that all players share.  Equal patterns share a slot."""

    def __init__(self) -> None:
        self._held: list[tuple | None] = [None] * PATTERN_SLOTS
        self._users: list[set[int]] = [set() for _ in range(PATTERN_SLOTS)]

    def release(self, player: int) -> None:
        """The player needs none of its patterns any more."""
        for users in self._users:
            users.discard(player)

    def take(self, player: int, patterns: Sequence[Pattern]) -> tuple[int, list[Event]]:
        """First of the slots, one after the other, that hold `patterns`, and the events that fill them."""
        wanted: list[tuple | None] = [(pattern.length_beats, tuple(pattern.notes)) for pattern in patterns]
        firsts = range(PATTERN_SLOTS - len(wanted) + 1)
        first = next((at for at in firsts if self._held[at:at + len(wanted)] == wanted), None)
        events: list[Event] = []
        if first is None:
            first = next((at for at in firsts if not any(self._users[at:at + len(wanted)])), None)
            if first is None:
                raise ValueError(f"All {PATTERN_SLOTS} places for patterns are in use. Let somebody choose another instrument.")
            for slot, pattern in enumerate(patterns, first):
                events += _write(slot, pattern)
            self._held[first:first + len(wanted)] = wanted
        for users in self._users[first:first + len(wanted)]:
            users.add(player)
        return first, events


def _write(slot: int, pattern: Pattern) -> list[Event]:
    notes = [(PATTERN, velocity, slot, float(DRUM_KEYS[step] if isinstance(step, str) else step), start)
             for step, start, velocity in sorted(pattern.notes, key=lambda note: note[1])]
    return [(PATTERN, 0, slot, float(BEGIN), pattern.length_beats), *notes]
