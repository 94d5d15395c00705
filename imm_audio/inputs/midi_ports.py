"""Every MIDI input of the computer plays: opened by itself, found when plugged in later, missed when pulled out.

Each port has a player's place and keeps it: it comes back there when it returns.  One thread takes messages out of
RtMidi's queues, stamps and pushes them (why not RtMidi's callback: `rtmidi_input.py`); the list of ports is read by
whoever calls `poll`.
"""
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..block import ENGINE, INFO, WARNING, bytes_of, tell
from ..kernels.engine.state import FROM_INPUTS
from .midi_port import Event, MidiPort
from .midi_stream import MidiStream
from .port_names import no_match, ports_meant
from .priority import raise_priority
from .rtmidi_input import CLIENT, Input, open_input

if TYPE_CHECKING:
    from ..engine import Engine

PLAYERS = 16
#: How often the list of ports is read: well within the 2 s in which a new keyboard should play.
LOOK_S = 0.5
#: How often the queues are read: what this adds to the delay and its jitter is below a block of 64 frames.
ROUND_S = 0.0005
IDLE_S = 0.05
#: Messages of one port in one round at most, so that a port gone mad can't silence the others.
_MOST = 256


class _Port:
    """An open port."""

    def __init__(self, name: str, player: int, client: Input):
        self.name, self.player, self.client = name, player, client
        self.stream, self.meaning = MidiStream(), MidiPort(player)
        self.broken = False


class MidiPorts:
    """All MIDI inputs of the engine process.

    `now` is the host's clock in seconds, the one of `Engine.frame_at`; `delay_frames` is added to every arrival, so
    that notes keep their distances.  `patterns` limit which ports are opened.
    """

    def __init__(self, engine: "Engine", header: np.void, patterns: Sequence[str] = (), *, now: Callable[[], float],
                 delay_frames: Callable[[], int], prefer_jack: bool = False,
                 opener: Callable[[bool, str], Input] = open_input):
        self._engine, self._header, self._patterns = engine, header, tuple(patterns)
        self._now, self._delay_frames, self._opener = now, delay_frames, opener
        self._prefer_jack = prefer_jack
        self._lister: Input | None = None
        self._next_look_s = 0.0
        self._open: dict[str, _Port] = {}
        self._heard: tuple[_Port, ...] = ()       # what the pump reads; changed under the lock
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}         # name -> player, kept while a port is away
        self._told: set[str] = set()              # what is said only once
        self._stop = threading.Event()
        self._pump = threading.Thread(target=self._listen, name="midi", daemon=True)
        self._pump.start()

    # --- the list of ports, one thread ------------------------------------------------------------------------------
    @property
    def names(self) -> list[str]:
        """Names of the ports that play now."""
        return [port.name for port in self._open.values()]

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
                self._close(port)
                tell(self._header, ENGINE, f"{port.name} is unplugged. It will come back by itself.", WARNING)
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
            self._close(self._open.popitem()[1])
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
            if pattern not in self._told and not ports_meant(raws, [pattern]):
                tell(self._header, ENGINE, no_match(pattern, [name for _, name in ports_meant(raws).values()]), WARNING)
            self._told.add(pattern)

    def _place(self, name: str) -> tuple[str, int] | None:
        """(name to show, player) for a port: the place it had, else a free one; None when all are taken."""
        playing = {port.name for port in self._open.values()}
        shown = [name, *(f"{name} {n}" for n in range(2, PLAYERS + 1))]
        for known in shown:
            if known in self._places and known not in playing:
                return known, self._places[known]
        free = [p for p in range(PLAYERS) if not self._header["players"][p]]
        if free:
            return next(known for known in shown if known not in self._places), free[0]
        return None

    def _add(self, identity: str, index: int, name: str) -> None:
        place = self._place(name)
        if place is None:
            self._say_once(f"{name} can't play: all {PLAYERS} places are taken.")
            return
        shown, player = place
        client = None
        try:
            client = self._opener(self._prefer_jack, f"{CLIENT} {player + 1}")
            client.open_port(index, "in")
        except Exception:  # busy, or gone since it was listed; each binding has its own exceptions
            if client is not None:
                client.delete()
            self._say_once(f"{name} can't be opened: perhaps another program uses it. It is tried again and again.")
            return
        known = shown in self._places
        self._places[shown] = player
        self._header["players"][player] = bytes_of(shown, 64)
        port = self._open[identity] = _Port(shown, player, client)
        with self._lock:
            self._heard = (*self._heard, port)
        tell(self._header, ENGINE, f"{shown} is back." if known else f"{shown} is plugged in.", INFO)
        self._told = {text for text in self._told if not text.startswith(f"{name} can't")}

    def _say_once(self, text: str) -> None:
        if text not in self._told:
            tell(self._header, ENGINE, text, WARNING)
            self._told.add(text)

    def _close(self, port: _Port) -> None:
        with self._lock:
            self._heard = tuple(other for other in self._heard if other is not port)
        try:
            port.client.close_port()
            port.client.delete()
        except Exception:  # some drivers complain about a device that is gone
            pass
        self._push(port.meaning.release(), 0)

    # --- messages, the pump's thread --------------------------------------------------------------------------------
    def _listen(self) -> None:
        raise_priority()
        while not self._stop.wait(0 if self._heard else IDLE_S):
            with self._lock:
                for port in self._heard:
                    self.hear(port)
            time.sleep(ROUND_S)

    def hear(self, port: _Port) -> None:
        """Push what waits in the queue of one port."""
        try:
            for _ in range(_MOST):
                message = port.client.get_message()
                if message is None:
                    return
                self.receive(port, message[0])
        except Exception:  # the driver gave up on this port: the next look opens it anew
            port.broken = True

    def receive(self, port: _Port, data: Sequence[int]) -> None:
        """Stamp and push the bytes of one message."""
        frame = self._engine.frame_at(self._now()) + self._delay_frames() if self._header["ready"] else 0
        for message in port.stream.feed(data):
            self._push(port.meaning.message(*message), frame)

    def _push(self, events: Sequence[Event], frame: int) -> None:
        push = self._engine.push
        for kind, player, channel, key, value in events:
            push(kind, player, channel, key, value, frame=frame, ring=FROM_INPUTS)
