"""A device that sends without pause must not keep the engine from the others.

Of values that change all the time only the newest goes on, once a millisecond; touches of one control that come faster
than any hand are left out, together with their ends.
"""
from collections import Counter
from collections.abc import Iterable

from ..kernels.engine.events import (
    BEND,
    EXPRESSION,
    LET_GO,
    MODULATION,
    MOVE,
    PRESSURE,
    RELEASE,
    SILENCE,
    STRIP,
    SUSTAIN,
    TIMBRE,
    TOUCH,
    VOLUME,
)
from .controls import Event

ROUND_S = 0.001
#: The fastest drum roll is below 40 strokes a second, a trembling hand below 12.
MOST_TOUCHES = 100
#: Values of one axis in a second: sensors send up to 500.
MOST_VALUES = 1000
#: Values of which only the newest counts; others may change volume and strip too, so these are told even when unchanged.
_VALUES = {BEND, EXPRESSION, MODULATION, MOVE, PRESSURE, STRIP, SUSTAIN, TIMBRE, VOLUME}
_TOLD_AGAIN = {STRIP, VOLUME}


class Flood:
    """Thins the events of one device."""

    def __init__(self) -> None:
        self.overrun = False                      # more was sent than makes sense; whoever tells of it clears this
        self._waiting: dict[tuple[int, int, int, float], float] = {}
        self._told: dict[tuple[int, int, int, float], float] = {}
        self._next_s: dict[tuple[int, int, int, float], float] = {}
        self._down: set[tuple[int, float]] = set()
        self._second_s = float("-inf")
        self._counts: Counter[tuple[int, int, int, float]] = Counter()

    def take(self, events: Iterable[Event], now_s: float) -> list[Event]:
        """Events that go on now; newer values wait for `rest`."""
        if now_s - self._second_s >= 1.0:
            self._second_s = now_s
            self._counts.clear()
        found: list[Event] = []
        for event in events:
            kind, what = event[0], event[:4]
            if kind in _VALUES:
                self._waiting[what] = event[4]
                self._count(what, MOST_VALUES)
                continue
            if kind == TOUCH:
                if self._count(what, MOST_TOUCHES):
                    continue
                self._down.add((event[2], event[3]))
            elif kind == LET_GO:
                if (event[2], event[3]) not in self._down:
                    continue
                self._down.discard((event[2], event[3]))
            elif kind in (RELEASE, SILENCE):
                self._waiting.clear()
                self._told.clear()
                if kind == RELEASE:
                    self._down.clear()
            if self._waiting:                     # a bend before a note is meant for that note
                found += self._values(list(self._waiting), now_s)
            found.append(event)
        return found + self.rest(now_s)

    @property
    def waits(self) -> bool:
        """True when `rest` has something, now or soon."""
        return bool(self._waiting)

    def rest(self, now_s: float) -> list[Event]:
        """The newest values of all axes of which none went on within the last millisecond."""
        if not self._waiting:
            return []
        return self._values([what for what in self._waiting if now_s >= self._next_s.get(what, now_s)], now_s)

    def _values(self, which: Iterable[tuple[int, int, int, float]], now_s: float) -> list[Event]:
        found: list[Event] = []
        for what in which:
            value = self._waiting.pop(what)
            if what[0] in _TOLD_AGAIN or self._told.get(what) != value:
                found.append((*what, value))
                self._told[what], self._next_s[what] = value, now_s + ROUND_S
        return found

    def _count(self, what: tuple[int, int, int, float], most: int) -> bool:
        """True beyond what makes sense."""
        self._counts[what] += 1
        if self._counts[what] > most:
            self.overrun = True
            return True
        return False
