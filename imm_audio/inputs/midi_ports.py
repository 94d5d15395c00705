"""Every MIDI input of the computer plays: opened by itself, found when plugged in later, missed when pulled out.

One thread takes messages out of RtMidi's queues and gives them to the port's place (why not RtMidi's callback:
`rtmidi_input.py`); the list of ports is read by whoever calls `poll`.
"""
import threading
import time
from collections.abc import Callable, Sequence

from ..block import WARNING
from .drivers import GivesPlaces, HasPlace
from .midi_stream import MidiStream
from .port_names import no_match, ports_meant
from .priority import raise_priority
from .rtmidi_input import CLIENT, Input, open_input

#: How often the list of ports is read: well within the 2 s in which a new keyboard should play.
LOOK_S = 0.5
#: How often the queues are read: what this adds to the delay and its jitter is below a block of 64 frames.
ROUND_S = 0.0005
IDLE_S = 0.05
#: Messages of one port in one round at most, so that a port gone mad can't silence the others.
_MOST = 256


class _Port:
    """An open port."""

    def __init__(self, place: HasPlace, client: Input):
        self.place, self.client = place, client
        self.stream = MidiStream()
        self.broken = False


class MidiPorts:
    """All MIDI inputs of a process; `patterns` limit which ports are opened."""

    def __init__(self, places: GivesPlaces, patterns: Sequence[str] = (), *, prefer_jack: bool = False,
                 opener: Callable[[bool, str], Input] = open_input):
        self._places, self._patterns, self._opener = places, tuple(patterns), opener
        self._prefer_jack = prefer_jack
        self._lister: Input | None = None
        self._next_look_s = 0.0
        self._open: dict[str, _Port] = {}
        self._heard: tuple[_Port, ...] = ()       # what the pump reads; changed under the lock
        self._lock = threading.Lock()
        self._missed: set[str] = set()            # patterns that were looked for
        self._stop = threading.Event()
        self._pump = threading.Thread(target=self._listen, name="midi", daemon=True)
        self._pump.start()

    # --- the list of ports, one thread ------------------------------------------------------------------------------
    @property
    def names(self) -> list[str]:
        """Names of the ports that play now."""
        return [port.place.name for port in self._open.values()]

    def poll(self) -> None:
        """Look for ports that came or went, when it is time; call it from one thread, always the same."""
        if time.monotonic() >= self._next_look_s:
            self._next_look_s = time.monotonic() + LOOK_S
            self.look()

    def look(self) -> None:
        """Look for ports that came or went."""
        raws = self._list()
        meant = ports_meant(raws, self._patterns)
        self._check_patterns(raws)
        for identity, port in list(self._open.items()):
            if identity not in meant or port.broken:
                del self._open[identity]
                self._close(port, unplugged=True)
        for identity, (index, name) in meant.items():
            if identity not in self._open:
                self._add(identity, index, name)

    def restart(self, prefer_jack: bool) -> None:
        """Begin anew after the sound device changed: places are kept, what is held is let go."""
        self.close_all()
        self._prefer_jack = prefer_jack
        self.look()

    def close_all(self) -> None:
        """Let go of every port."""
        while self._open:
            self._close(self._open.popitem()[1], unplugged=False)
        if self._lister is not None:
            self._lister.delete()
            self._lister = None

    def close(self) -> None:
        """End."""
        self.close_all()
        self._stop.set()
        self._pump.join()

    def _list(self) -> list[str]:
        try:
            if self._lister is None:
                self._lister = self._opener(self._prefer_jack, CLIENT)
            return [str(name) for name in self._lister.get_ports()]
        except Exception:  # no MIDI system now; each binding has its own exceptions
            self._lister = None
            return []

    def _check_patterns(self, raws: Sequence[str]) -> None:
        for pattern in self._patterns:
            if pattern not in self._missed and not ports_meant(raws, [pattern]):
                self._places.say(no_match(pattern, [name for _, name in ports_meant(raws).values()]), WARNING)
            self._missed.add(pattern)

    def _add(self, identity: str, index: int, name: str) -> None:
        place = self._places.take(name, "midi")
        if place is None:
            return
        client = None
        try:
            client = self._opener(self._prefer_jack, f"{CLIENT} {place.player + 1}")
            client.open_port(index, "in")
        except Exception:  # busy, or gone since it was listed; each binding has its own exceptions
            if client is not None:
                client.delete()
            place.leave()
            self._places.say_once(f"{name} can't be opened: perhaps another program uses it. It is tried again and again.")
            return
        place.plug()
        port = self._open[identity] = _Port(place, client)
        with self._lock:
            self._heard = (*self._heard, port)

    def _close(self, port: _Port, unplugged: bool) -> None:
        with self._lock:
            self._heard = tuple(other for other in self._heard if other is not port)
        try:
            port.client.close_port()
            port.client.delete()
        except Exception:  # some drivers complain about a device that is gone
            pass
        port.place.leave(unplugged)

    # --- messages, the pump's thread --------------------------------------------------------------------------------
    def _listen(self) -> None:
        raise_priority()
        while not self._stop.wait(0 if self._heard else IDLE_S):
            with self._lock:
                for port in self._heard:
                    self.hear(port)
            time.sleep(ROUND_S)

    def hear(self, port: _Port) -> None:
        """Give on what waits in the queue of one port."""
        try:
            for _ in range(_MOST):
                message = port.client.get_message()
                if message is None:
                    break
                for decoded in port.stream.feed(message[0]):
                    port.place.message(*decoded)
                while port.stream.exclusives:
                    port.place.exclusive(port.stream.exclusives.popleft())
        except Exception:  # the driver gave up on this port: the next look opens it anew
            port.broken = True
        port.place.flush()
