"""Everything that can be touched, opened together: MIDI ports, gamepads, switch interfaces, and OSC when asked for."""
from collections.abc import Sequence

from .drivers import GivesPlaces
from .gamepads import Gamepads
from .midi_ports import MidiPorts
from .osc import Osc
from .switches import Switches


class AllInputs:
    """The drivers of one process."""

    def __init__(self, places: GivesPlaces, midi: Sequence[str], prefer_jack: bool, osc_port: int | None):
        self.midi = MidiPorts(places, midi, prefer_jack=prefer_jack)
        self._others: list[Gamepads | Switches | Osc] = [Gamepads(places), Switches(places)]
        if osc_port is not None:
            self._others.append(Osc(places, osc_port))

    def close(self) -> None:
        """End; what is held is let go."""
        for driver in (self.midi, *self._others):
            driver.close()
