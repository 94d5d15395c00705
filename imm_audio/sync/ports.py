"""MIDI ports for clock: one to send it, one to take it from."""
import threading
import time
from collections.abc import Callable
from typing import Any

from ..inputs.port_names import no_match, ports_meant
from ..inputs.priority import raise_priority
from ..inputs.rtmidi_input import CLIENT, apis, rtmidi
from .midi_clock import ClockFollower

#: Seen by others under this name.
NAME = f"{CLIENT} clock"
#: How often the queue is read: what this adds to the jitter is taken out by the loop of the follower.
ROUND_S = 0.0005


class NoPort(RuntimeError):
    """There is no such port; the message is for people."""


def _open(kind: Any, prefer_jack: bool, pattern: str) -> Any:
    """A client of the system's MIDI, with its port opened: the first that `pattern` is part of."""
    problem = "there is no MIDI system here"
    for api in apis(prefer_jack):
        try:
            client = kind(api, NAME)
            raws = [str(name) for name in client.get_ports()]
        except Exception as error:  # each binding has its own
            problem = str(error)
            continue
        found = list(ports_meant(raws, [pattern]).values())
        if found:
            client.open_port(found[0][0], "clock")
            return client
        problem = no_match(pattern, [name for _, name in ports_meant(raws).values()])
        client.delete()
    raise NoPort(problem)


def open_output(pattern: str, prefer_jack: bool = False) -> Callable[[bytes], None]:
    """What sends bytes to the output whose name contains `pattern`.  NoPort says what there is instead."""
    client = _open(rtmidi.MidiOut, prefer_jack, pattern)
    return lambda message: client.send_message(list(message))


class ClockListener:
    """A thread that takes the clock of the input whose name contains `pattern`; `follower` gets it."""

    def __init__(self, engine: Any, now: Callable[[], float], follower: ClockFollower, pattern: str, prefer_jack: bool = False):
        self._engine, self._now, self._follower = engine, now, follower
        self._client = _open(rtmidi.MidiIn, prefer_jack, pattern)
        self._client.ignore_types(True, False, True)     # timing is what we want
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock in", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        raise_priority()
        while not self._stop.is_set():
            while (message := self._client.get_message()) is not None:
                self._follower.hear(bytes(message[0]), float(self._engine.frame_at(self._now())))
            time.sleep(ROUND_S)

    def close(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()
        self._client.close_port()
        self._client.delete()
