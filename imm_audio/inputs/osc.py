"""Open Sound Control over the network: tablets, telephones and sensors.  Every sender is a player.

Source: Open Sound Control 1.0 (Wright 2002); packets are read by python-osc.  Time tags are not obeyed: what arrives
is played.
"""
import math
import socket
import threading

from ..block import WARNING
from .computer_keys import VELOCITY
from .drivers import GivesPlaces, HasPlace
from .priority import raise_priority

PORT = 9000
#: How long is waited for the next packet: when all is quiet, and when values of the last one may wait to be sent on.
QUIET_S, ROUND_S = 0.5, 0.002
#: A sender that holds something and says nothing for so long is gone: its network is, or its battery.
SILENT_S = 30.0
_MOST_BYTES, _MOST_VALUES, _MOST_SENDERS, _MOST_HELD = 65536, 16, 64, 256


class _Sender:
    """One address in the network; `place` is None when there was none for it."""

    def __init__(self, place: HasPlace | None):
        self.place, self.heard_s = place, 0.0
        self.down: set[str] = set()               # what may be held


class Osc:
    """Listens on a UDP port; `ignored` counts packets that are none."""

    def __init__(self, places: GivesPlaces, port: int = PORT):
        self._places = places
        self.ignored = 0
        self._senders: dict[str, _Sender] = {}
        self._stop = threading.Event()
        self._socket: socket.socket | None = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("", port))
        except (OSError, OverflowError):
            self._socket.close()
            self._socket = None
            places.say(f"Tablets and sensors can't play: another program listens on port {port}. "
                       "Choose another number after --osc, here and on the tablet.", WARNING)
            return
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._run, args=(self._socket,), name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        if self._socket is not None:
            self._thread.join(2 * QUIET_S)
            self._socket.close()

    def _run(self, listening: socket.socket) -> None:
        raise_priority()
        pause_s = QUIET_S
        while not self._stop.is_set():
            listening.settimeout(pause_s)
            try:
                data, (address, _) = listening.recvfrom(_MOST_BYTES)
            except TimeoutError:
                pause_s = QUIET_S
                self.rest()
                continue
            except OSError:
                continue                          # a sender's computer refused something; nothing to do with the next packet
            pause_s = ROUND_S
            self.receive(data, address)
            self.rest()
        for sender in self._senders.values():
            if sender.place is not None:
                sender.place.leave(unplugged=False)

    def receive(self, data: bytes, address: str) -> None:
        """One packet of a sender."""
        from pythonosc.osc_packet import OscPacket

        try:
            messages = [(timed.message.address, list(timed.message)) for timed in OscPacket(data).messages]
        except Exception:  # it raises what it stumbles over
            self.ignored += 1
            return
        for path, values in messages:
            sender = self._sender(address, path)
            if sender is not None and sender.place is not None:
                self._hear(sender, sender.place, path, values[:_MOST_VALUES])

    def rest(self) -> None:
        """Send on what waits, and let go of what silent senders hold."""
        now_s = self._places.now()
        for sender in self._senders.values():
            if sender.place is not None:
                if sender.down and now_s - sender.heard_s > SILENT_S:
                    for source in sender.down:
                        sender.place.let_go(source)
                    sender.down.clear()
                sender.place.flush()

    def _sender(self, address: str, path: str) -> _Sender | None:
        sender = self._senders.get(address)
        if sender is None:
            if len(self._senders) >= _MOST_SENDERS:
                return None
            place = self._places.take(f"{address} {path}", "osc", self._places.name_of(f"{address} {path}", "osc"))
            sender = self._senders[address] = _Sender(place)
            if place is not None:
                place.plug()
        sender.heard_s = self._places.now()
        return sender

    def _hear(self, sender: _Sender, place: HasPlace, path: str, values: list[object]) -> None:
        if not values:                            # an address alone is a tap
            place.press(f"osc {path}", VELOCITY)
            place.let_go(f"osc {path}")
        for n, value in enumerate(values, 1):
            if isinstance(value, bool | int | float) and math.isfinite(value):
                source = f"osc {path} {n}" if n > 1 else f"osc {path}"
                place.number(source, float(value))
                if value > 0 and len(sender.down) < _MOST_HELD:
                    sender.down.add(source)
                else:
                    sender.down.discard(source)
