"""The tuning of a room: chosen, and told to the engine whenever it, the height of the A or the key of the song changed."""
from collections.abc import Callable

from ..block import WARNING
from ..settings import Session
from ..tunings.shelf import EQUAL, find_tuning
from ..tunings.told import Event, tuning_events
from .commands import Tune
from .model import RoomFile, Tuned
from .undo import Change

#: As an engine begins: tuning, height of the A [Hz], key of the song.  None: nobody knows.
_Told = tuple[str, float, float] | None
_AT_START = EQUAL, 440.0, 0.0


class Tuner:
    """Sees to the room's `tuning`; `adopted`: the engine was told by a parent that is gone."""

    def __init__(self, room: RoomFile, asked: Session, tell: Callable[[str, int], None], adopted: bool):
        self._room, self._tell = room, tell
        self._told: _Told = None if adopted else _AT_START
        if not adopted:
            wishes = {"name": asked.tuning, "a4_hz": asked.a4_hz}
            room.tuning = room.tuning.model_copy(update={name: wish for name, wish in wishes.items() if wish is not None})

    def forget(self) -> None:
        """The engine began anew."""
        self._told = _AT_START

    def tune(self, wish: Tune) -> Change:
        """Choose.  ValueError: one sentence."""
        before, self._told = self._room.tuning, None   # a device may have tuned everything since (inputs/midi_tuning.py)
        a4_hz = before.a4_hz if wish.a4_hz is None else wish.a4_hz
        if wish.tuning is None:
            self._room.tuning = Tuned(name=before.name, a4_hz=a4_hz)
            return Change(f"A at {a4_hz:g} Hz")
        found = find_tuning(wish.tuning)
        self._room.tuning = Tuned(name=None if found.stem == EQUAL else found.stem, a4_hz=a4_hz)
        return Change(f'the tuning "{found.name}"')

    def events(self, key: float) -> list[Event]:
        """What to say so that the engine has the room's tuning in a song in `key` (C = 0); mostly nothing."""
        tuned = self._room.tuning
        wanted = tuned.name or EQUAL, tuned.a4_hz, key
        if wanted == self._told:
            return []
        before, self._told = self._told, wanted
        try:
            tuning = find_tuning(wanted[0])
        except ValueError as error:   # its file is gone, or was never there on this computer
            self._tell(str(error), WARNING)
            self._tell("Equal steps are used as a tuning.", WARNING)
            self._room.tuning = Tuned(a4_hz=tuned.a4_hz)
            return self.events(key)
        if before and before[:2] == wanted[:2] and not tuning.moves:
            return []
        return tuning_events(tuning.table(tuned.a4_hz, key))
