"""Rooms in which everything can sound, by name."""
from ..kernels.effects.rooms import ROOM_NAMES
from .reading import possible


def room_number(name: str) -> int:
    """Number of a room as a MASTER event has it.  ValueError: one sentence."""
    if name.lower() not in ROOM_NAMES:
        raise ValueError(f"There is no room called {name!r}; {possible(name, ROOM_NAMES)}")
    return ROOM_NAMES.index(name.lower())
