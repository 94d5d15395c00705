"""What people do with one device becomes events of its player, as the device's controller file says.

Sources are named as in controller files (`catalog/controller.py`), values go from 0 to 1.
"""
from collections.abc import Hashable
from typing import TYPE_CHECKING

from ..kernels.engine.events import LET_GO, MOVE, SUSTAIN, TOUCH
from ..kernels.music.terms import FIRST_CONTROL

if TYPE_CHECKING:
    from ..catalog.controllers import Table

#: kind, player, channel, key, value: fields as in kernels/engine/events.py
Event = tuple[int, int, int, float, float]

#: An axis used as a button goes down above the first and up below the second of these.
DOWN_ABOVE, UP_BELOW = 0.5, 0.4


class Controls:
    """Everything one device holds down.  `table` may be exchanged while it plays: what is held is let go as it began."""

    def __init__(self, player: int, table: "Table"):
        self.player, self.table = player, table
        self._held: dict[Hashable, Event] = {}    # source -> the event that lets go of it

    def press(self, source: str, velocity: float) -> list[Event]:
        """A button, pad or switch goes down."""
        action = self.table.find(source)
        if action is None or action.does in ("nothing", "keys"):
            return []
        player = self.player
        if action.does == "touch":
            return self.touch(source, 0, FIRST_CONTROL + action.number, velocity)
        if action.does == "sustain":
            return self._hold(source, (SUSTAIN, player, 0, 0.0, 1.0), (SUSTAIN, player, 0, 0.0, 0.0))
        return self._hold(source, (MOVE, player, action.number, 0.0, action.scaled(1.0)),
                          (MOVE, player, action.number, 0.0, action.scaled(0.0)))

    def touch(self, source: Hashable, channel: int, key: float, velocity: float) -> list[Event]:
        """Whatever it is, it touches this control until `let_go`."""
        return self._hold(source, (TOUCH, self.player, channel, key, velocity), (LET_GO, self.player, channel, key, 0.0))

    def let_go(self, source: Hashable) -> list[Event]:
        """It comes up; a control that is held from elsewhere too stays down."""
        end = self._held.pop(source, None)
        return [] if end is None or end in self._held.values() else [end]

    def move(self, source: str, value: float, down_above: float = DOWN_ABOVE, up_below: float = UP_BELOW) -> list[Event]:
        """A stick, fader or sensor is somewhere else."""
        action = self.table.find(source)
        if action is None or action.does in ("nothing", "keys"):
            return []
        value = action.scaled(value)
        if action.does == "axis":
            return [(MOVE, self.player, action.number, 0.0, value)]
        if source in self._held:
            return self.let_go(source) if value <= up_below else []
        return self.press(source, value) if value > down_above else []

    def forget(self) -> None:
        """Nothing is held any more."""
        self._held.clear()

    def _hold(self, source: Hashable, begin: Event, end: Event) -> list[Event]:
        found = self.let_go(source) if self._held.get(source, end) != end else []
        self._held[source] = end
        return [*found, begin]
