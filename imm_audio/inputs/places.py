"""The sixteen places of a session: whatever is plugged in gets one, and comes back to it."""
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..block import ENGINE, INFO, WARNING, bytes_of, tell
from ..kernels.engine.events import RELEASE
from ..kernels.engine.state import FROM_INPUTS
from ..kernels.voices.part import PLAYERS
from .controls import Controls, Event
from .flood import Flood
from .midi_port import MidiPort
from .midi_tuning import TuningInput

if TYPE_CHECKING:
    from ..catalog.controller import Controller
    from ..catalog.controllers import Controllers, Table
    from ..engine import Engine

#: How often people's own controller files are looked at.
REFRESH_S = 1.0
#: How often it is said that a device sends without pause.
COMPLAIN_S = 60.0
_LIKE = {"midi": "a keyboard", "gamepad": "a gamepad", "keys": "switches", "osc": "a touch screen"}


class Place:
    """One player's place, as the driver of its device sees it: what it says here becomes events of that player.

    `plug` when the device works, `leave` when it is gone; in between only one thread speaks.
    """

    def __init__(self, places: "Places", player: int, name: str, device: str, kind: str):
        self.player, self.name, self.device, self.kind = player, name, device, kind
        self.stem, controller, table = places.controller_of(device, kind)
        self.mpe = controller.mpe
        self.controls = Controls(player, table)
        self.flood = Flood()
        self._port, self._tuning = MidiPort(player, self.controls), TuningInput()
        self._places = places

    def plug(self) -> None:
        """It plays from now on."""
        self._places.plugged(self)
        if self.mpe:
            self._give(self._port.use_mpe(), 0)

    def leave(self, unplugged: bool = True) -> None:
        """It is gone, unplugged or only closed by us: let go of everything it holds; the place waits for it."""
        if self._places.left(self, unplugged):
            self.controls.forget()
            self._give([(RELEASE, self.player, -1, 0.0, 0.0)], 0)

    def press(self, source: str, velocity: float) -> None:
        """A button, pad or switch goes down; velocity from above 0 to 1."""
        self._give(self.controls.press(source, velocity))

    def let_go(self, source: str) -> None:
        """It comes up."""
        self._give(self.controls.let_go(source))

    def move(self, source: str, value: float) -> None:
        """A stick, fader or pedal has a new value."""
        self._give(self.controls.move(source, value))

    def number(self, source: str, value: float) -> None:
        """A number that may stand for anything, as in OSC: whatever is above 0 is a touch, where a touch is meant."""
        self._give(self.controls.move(source, value, down_above=0.0, up_below=0.0))

    def message(self, status: int, channel: int, one: int, two: int) -> None:
        """A message of `MidiStream`."""
        self._give(self._port.message(status, channel, one, two))

    def exclusive(self, data: bytes) -> None:
        """A system exclusive message, without its first and last byte: a tuning counts for the whole room."""
        tuning = self._tuning
        if events := tuning.take(data, self._places.now()):
            self._places.push(events)
        if tuning.is_broken:
            self._places.say_once(f"{self.name} sent a tuning that is broken. It is left out.")
        if tuning.is_doubtful:
            self._places.say_once(f"{self.name} sent a tuning with a wrong check number. It is used all the same.")
        self.flood.overrun |= tuning.overrun
        tuning.is_broken = tuning.is_doubtful = tuning.overrun = False

    def flush(self) -> None:
        """Send what waits; once in each round of the driver."""
        if self.flood.waits:
            self._places.push(self.flood.rest(self._places.now()))
        if self._tuning.waits and (events := self._tuning.rest(self._places.now())):
            self._places.push(events)

    def _give(self, events: Sequence[Event], frame: int | None = None) -> None:
        if events:
            self._places.push(self.flood.take(events, self._places.now()), frame)


class Places:
    """Hands out the places.  Drivers call `take` from their threads; `poll` belongs to the engine process's loop.

    `now` is the host's clock in seconds, the one of `Engine.frame_at`; `delay_frames` is added to every arrival, so
    that touches keep their distances.
    """

    def __init__(self, engine: "Engine", controllers: "Controllers", *, now: Callable[[], float],
                 delay_frames: Callable[[], int]):
        self._now = now
        self._engine, self._header, self._controllers, self._delay_frames = engine, engine.header, controllers, delay_frames
        self._lock = threading.Lock()
        self._taken: dict[int, Place] = {}                # player -> who is there
        self._known: dict[str, tuple[str, int]] = {}      # name -> kind, player; kept while the device is away
        self._sentences: deque[tuple[str, int]] = deque() # drivers' threads put them here, `speak` tells them
        self._said: set[str] = set()
        self._complained_s: dict[int, float] = {}
        self._next_refresh_s = 0.0
        for sentence in controllers.problems:
            self.say(sentence, WARNING)

    def now(self) -> float:
        """Seconds on the host's clock."""
        return self._now()

    # --- for drivers ------------------------------------------------------------------------------------------------
    def take(self, device: str, kind: str, name: str = "") -> Place | None:
        """A place for a device, by its name: the one it had, else a free one; None when all are taken.

        `name` is what is shown, when that is not the device's own name.
        """
        name = name or device
        with self._lock:
            shown = [name, *(f"{name} {n}" for n in range(2, PLAYERS + 1))]
            here = {place.name for place in self._taken.values()}
            for known in shown:
                if known not in here and self._known.get(known, ("", -1))[0] == kind:
                    place = Place(self, self._known[known][1], known, device, kind)
                    break
            else:
                kept = {player for _, player in self._known.values()} | self._taken.keys()
                free = [p for p in range(PLAYERS) if p not in kept and not self._header["players"][p]]
                unused = [known for known in shown if known not in here and known not in self._known]
                if not free or not unused:
                    self.say_once(f"{name} can't play: all {PLAYERS} places are taken.")
                    return None
                place = Place(self, free[0], unused[0], device, kind)
            self._taken[place.player] = place
        return place

    def is_known(self, device: str, kind: str) -> bool:
        """True when a controller file is for this device."""
        return bool(self._controllers.find(device, kind)[0])

    def name_of(self, device: str, kind: str) -> str:
        """What people call a device that has no name of its own."""
        return self._controllers.find(device, kind)[1].name

    def say(self, text: str, level: int = INFO) -> None:
        """Have something told to the people, from any thread."""
        self._sentences.append((text, level))

    def say_once(self, text: str) -> None:
        """The same, but once; a device that begins to play is forgiven."""
        if text not in self._said:
            self._said.add(text)
            self.say(text, WARNING)

    def push(self, events: Sequence[Event], frame: int | None = None) -> None:
        """Give events to the engine, for one block after now."""
        if frame is None:
            ready = self._header["ready"]
            frame = self._engine.frame_at(self.now()) + self._delay_frames() if ready else 0
        for kind, player, channel, key, value in events:
            self._engine.push(kind, player, channel, key, value, frame=frame, ring=FROM_INPUTS)

    # --- for places -------------------------------------------------------------------------------------------------
    def controller_of(self, device: str, kind: str) -> "tuple[str, Controller, Table]":
        """(stem, controller, table) of a device."""
        stem, controller = self._controllers.find(device, kind)
        return stem, controller, self._controllers.table(stem, kind)

    def plugged(self, place: Place) -> None:
        """Show that a place is played."""
        with self._lock:
            back = place.name in self._known
            self._known[place.name] = place.kind, place.player
            self._header["players"][place.player] = bytes_of(place.name, 64)
            self._header["plugged"][place.player] = 1
            self._header["controllers"][place.player] = bytes_of(place.stem, 64)
            self._said = {text for text in self._said if not text.startswith(f"{place.device} can't")}
        guess = "" if place.stem else f" and plays like {_LIKE[place.kind]}"
        self.say(f"{place.name} is back." if back else f"{place.name} is plugged in{guess}.")

    def left(self, place: Place, unplugged: bool) -> bool:
        """Show that nobody plays there now; True when it was played."""
        with self._lock:
            self._taken.pop(place.player, None)
            was = bool(self._header["plugged"][place.player])
            self._header["plugged"][place.player] = 0
        if was and unplugged:
            self.say(f"{place.name} is unplugged. It will come back by itself.", WARNING)
        return was

    # --- for the loop of the engine process -------------------------------------------------------------------------
    def poll(self) -> None:
        """Tell what happened, and use what was learned meanwhile."""
        if time.monotonic() >= self._next_refresh_s:
            self._next_refresh_s = time.monotonic() + REFRESH_S
            self.refresh()
        with self._lock:
            here = list(self._taken.values())
        for place in here:
            if place.flood.overrun:
                place.flood.overrun = False
                if self.now() - self._complained_s.get(place.player, float("-inf")) >= COMPLAIN_S:
                    self._complained_s[place.player] = self.now()
                    self.say(f"{place.name} sends without pause: perhaps a cable is loose.", WARNING)
        self.speak()

    def refresh(self) -> None:
        """Read controller files anew when people changed them; what is plugged in follows at once."""
        if not self._controllers.refresh():
            return
        for sentence in self._controllers.problems:
            self.say(sentence, WARNING)
        with self._lock:
            for place in self._taken.values():
                before = place.stem
                place.stem, controller, place.controls.table = self.controller_of(place.device, place.kind)
                self._header["controllers"][place.player] = bytes_of(place.stem, 64)
                if place.stem != before:
                    self.say(f"{place.name} is used as {controller.name} now.")

    def speak(self) -> None:
        """Tell what waits; one thread only, because notices have one writer."""
        while self._sentences:
            text, level = self._sentences.popleft()
            tell(self._header, ENGINE, text, level)
