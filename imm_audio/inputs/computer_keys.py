"""The computer's own keys as a small piano, for when no MIDI device is there.

    w e   t y u   o p        black keys
   a s d f g h j k l ;       white keys from C          z, x: an octave down, up

Other keys lead the song (room/leader.py); they are kept in `others` until somebody takes them.

A terminal tells of keys that go down and repeat, never of keys that come up: a note ends by itself, and lasts while its
key repeats.
"""
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any

from ..kernels.engine.events import NOTE_OFF, NOTE_ON

NOTE_S = 0.35
#: Keyboards repeat 25 to 40 times a second; a finger is slower than this.
REPEAT_S = 0.08
VELOCITY = 0.75
_STEPS = {letter: step for step, letter in enumerate("awsedftgyhujkolp;")}
_LOWEST_C, _FIRST_C, _HIGHEST_C = 24, 60, 96
#: Arrows and function keys send an escape sequence with letters in it.
_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?", re.DOTALL)

#: kind (NOTE_ON or NOTE_OFF), key, velocity
Touch = tuple[int, int, float]


class LetterPiano:
    """Letters and time become notes."""

    def __init__(self) -> None:
        self._c = _FIRST_C
        self.others = ""
        self._sounding: dict[str, tuple[int, float]] = {}  # letter -> key, time of its newest press

    def press(self, text: str, now_s: float) -> list[Touch]:
        """Letters that came from the terminal."""
        found: list[Touch] = []
        for letter in _SEQUENCE.sub("", text).lower():
            if letter in "zx":
                self._c = min(max(self._c + (12 if letter == "x" else -12), _LOWEST_C), _HIGHEST_C)
            elif letter in _STEPS:
                key, pressed_s = self._sounding.get(letter, (-1, 0.0))
                if key >= 0 and now_s - pressed_s >= REPEAT_S:
                    found.append((NOTE_OFF, key, 0.0))
                    key = -1
                if key < 0:
                    key = self._c + _STEPS[letter]
                    found.append((NOTE_ON, key, VELOCITY))
                self._sounding[letter] = key, now_s
            else:
                self.others += letter
        return found

    def expire(self, now_s: float) -> list[Touch]:
        """Notes whose time is over."""
        over = [letter for letter, (_, pressed_s) in self._sounding.items() if now_s - pressed_s >= NOTE_S]
        return [(NOTE_OFF, self._sounding.pop(letter)[0], 0.0) for letter in over]


class ComputerKeys:
    """Context in which the terminal gives each key at once; it is put back however the context ends.

    Ctrl-C stays a signal.  Without a terminal nothing is ever pressed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._piano, self._clock = LetterPiano(), clock
        self._fd = -1
        self._before: list[Any] = []

    def __enter__(self) -> "ComputerKeys":
        if sys.stdin is not None and sys.stdin.isatty():
            self._fd = sys.stdin.fileno()
            if sys.platform != "win32":
                import termios
                import tty
                self._before = termios.tcgetattr(self._fd)
                tty.setcbreak(self._fd)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before and sys.platform != "win32":
            import termios
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._before)

    def poll(self) -> list[Touch]:
        """Notes that began or ended since the last call; call it some 100 times a second."""
        now_s = self._clock()
        found = self._piano.expire(now_s)
        text = self._read() if self._fd >= 0 else ""
        return found + self._piano.press(text, now_s) if text else found

    def take_others(self) -> str:
        """Keys pressed since the last call that are no notes."""
        others, self._piano.others = self._piano.others, ""
        return others

    def _read(self) -> str:
        if sys.platform == "win32":
            import msvcrt
            letters = []
            while msvcrt.kbhit():
                letter = msvcrt.getwch()
                if letter in "\x00\xe0":
                    msvcrt.getwch()  # second half of an arrow or function key
                else:
                    letters.append(letter)
            return "".join(letters)
        import select
        if not select.select([self._fd], [], [], 0)[0]:
            return ""
        data = os.read(self._fd, 256)
        if not data:
            self._fd = -1  # the terminal is gone
        return data.decode("utf-8", "ignore")
