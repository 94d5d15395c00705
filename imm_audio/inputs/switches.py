"""Switch interfaces and the Makey Makey, which call themselves keyboards and mice: read past the desktop, on Linux.

Only devices that a controller file of kind "keys" is for are read, never the computer's own keyboard.
Source: the kernel's `linux/input.h` and `linux/input-event-codes.h`.
"""
import os
import select
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from .computer_keys import VELOCITY
from .drivers import GivesPlaces, HasPlace
from .priority import raise_priority

FOLDER = Path("/dev/input")
LOOK_S, ROUND_S = 0.5, 0.002
#: Where names stand even of devices that may not be read.
NAMES = Path("/sys/class/input")
#: struct input_event: seconds, microseconds, type, code, value.
_EVENT = struct.Struct("llHHi")
_EV_KEY = 1
#: EVIOCGNAME and EVIOCGPHYS for answers of 256 bytes: _IOC(_IOC_READ, 'E', 0x06 or 0x07, 256).
_NAME, _PHYSICAL, _ANSWER = 0x81004506, 0x81004507, 256
_ROWS = ((2, "1234567890"), (16, "qwertyuiop"), (30, "asdfghjkl"), (44, "zxcvbnm"))
#: Codes of keys and mouse buttons -> names as in controller files.
KEYS = {first + n: letter for first, row in _ROWS for n, letter in enumerate(row)} | {
    59 + n: f"f{n + 1}" for n in range(10)} | {
    1: "escape", 14: "backspace", 15: "tab", 28: "enter", 57: "space", 87: "f11", 88: "f12", 103: "up", 105: "left",
    106: "right", 108: "down", 272: "click", 273: "right click"}


class KeyStream:
    """Bytes of one device become (key, True when it goes down), however they are cut.  A held key repeats: left out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, bool]]:
        """Keys that went down or up."""
        data = self._rest + data
        whole = len(data) // _EVENT.size * _EVENT.size
        self._rest = data[whole:]
        return [(KEYS[code], value == 1) for _, _, kind, code, value in _EVENT.iter_unpack(data[:whole])
                if kind == _EV_KEY and value in (0, 1) and code in KEYS]


def ask_name(fd: int) -> tuple[str, str]:
    """(name, which plug it is on) of an open device."""
    import fcntl

    found = []
    for request in (_NAME, _PHYSICAL):
        try:
            answer = fcntl.ioctl(fd, request, bytes(_ANSWER))
        except OSError:
            answer = b""
        found.append(answer.split(b"\0")[0].decode("utf-8", "replace"))
    return found[0], found[1].partition("/")[0]


class _Switch:
    """What is on one plug: often a keyboard and a mouse in one."""

    def __init__(self, plug: str, place: HasPlace):
        self.plug, self.place = plug, place
        self.files: dict[int, KeyStream] = {}


class Switches:
    """All switch interfaces of the computer; a thread of its own waits for them."""

    def __init__(self, places: GivesPlaces, folder: Path = FOLDER, name_of: Callable[[int], tuple[str, str]] = ask_name):
        self._places, self._folder, self._name_of = places, folder, name_of
        self._switches: list[_Switch] = []
        self._open: dict[str, int] = {}           # file name -> descriptor, of those that are read
        self._passed: set[str] = set()            # files of other devices
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="switches", daemon=True)
        if sys.platform.startswith("linux") and folder.is_dir():
            self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        raise_priority()
        try:
            while not self._stop.is_set():
                self.look()
                self.wait(LOOK_S)
        finally:
            for name in list(self._open):
                self._forget(name, unplugged=False)

    def look(self) -> None:
        """Look for devices that came."""
        try:
            names = {path.name for path in self._folder.glob("event*")}
        except OSError:
            return
        self._passed &= names
        for name in sorted(names - self._passed - self._open.keys()):
            self._try(name)

    def wait(self, seconds: float) -> None:
        """Give on what is pressed within this time."""
        fds = list(self._open.values())
        if not fds:
            self._stop.wait(seconds)
            return
        waiting = select.select(fds, [], [], seconds)[0]
        while waiting:
            for fd in waiting:
                self._read(fd)
            waiting = select.select(list(self._open.values()), [], [], ROUND_S)[0] if self._open else []
        for switch in self._switches:
            switch.place.flush()

    def _try(self, name: str) -> None:
        try:
            fd = os.open(self._folder / name, os.O_RDONLY | os.O_NONBLOCK)
        except PermissionError:                   # a moment after plugging in the system may still be giving permission
            self._regret(name)
            return
        except OSError:
            self._passed.add(name)
            return
        device, plug = self._name_of(fd)
        switch = next((one for one in self._switches if one.plug == plug), None) if plug else None
        if switch is None and self._places.is_known(device, "keys"):
            place = self._places.take(device, "keys")
            if place is not None:
                switch = _Switch(plug, place)
                self._switches.append(switch)
                place.plug()
        if switch is None:
            os.close(fd)
            self._passed.add(name)
            return
        switch.files[fd] = KeyStream()
        self._open[name] = fd

    def _regret(self, name: str) -> None:
        try:
            device = (NAMES / name / "device" / "name").read_text().strip()
        except OSError:
            return
        if self._places.is_known(device, "keys"):
            self._places.say_once(f"{device} can't be read: this computer keeps it from programs. "
                                  "Whoever looks after the computer can put you into the group 'input'.")

    def _read(self, fd: int) -> None:
        switch = next(one for one in self._switches if fd in one.files)
        try:
            data = os.read(fd, 64 * _EVENT.size)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._forget(next(name for name, other in self._open.items() if other == fd), unplugged=True)
            return
        for key, down in switch.files[fd].feed(data):
            if down:
                switch.place.press(f"key {key}", VELOCITY)
            else:
                switch.place.let_go(f"key {key}")
        switch.place.flush()

    def _forget(self, name: str, unplugged: bool) -> None:
        fd = self._open.pop(name)
        switch = next(one for one in self._switches if fd in one.files)
        del switch.files[fd]
        os.close(fd)
        if not switch.files:
            self._switches.remove(switch)
            switch.place.leave(unplugged)
