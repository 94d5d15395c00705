"""Tunings that MIDI devices send become pitches of keys (MIDI Tuning Standard).

Understood are dumps of all keys (08 01, 08 04), changes of single keys (08 02, 08 07), and octaves of twelve keys, as dumps
(08 05, 08 06) and as changes (08 08, 08 09), of any device, bank and program, real time or not.  All of them count at once for
everybody in the room; which channels an octave is meant for is not asked.

Source: MIDI 1.0 Detailed Specification 4.2, "MIDI Tuning"; MMA CA-020 (bank and dump extensions) and CA-021 (scale/octave).
"""
from collections.abc import Mapping, Sequence

from ..kernels.engine.events import TUNING
from ..kernels.music.tuning import KEYS, TUNING_GO, TUNING_KEY
from .controls import Event

#: In so short a time one device may say so many events (two dumps); what comes beyond that waits until the time is over.
ROUND_S, MOST_EVENTS = 0.05, 260
#: So many messages of one device are read in a second; a cable of its own carries 8 dumps, or 300 changes of a key.
MOST_MESSAGES = 300

_NON_REAL_TIME, _REAL_TIME, _TUNING = 0x7E, 0x7F, 8
_REQUESTS = (0, 3)
#: Kind -> bytes before its data: program, bank, channels, name, count.
_DUMPS = {1: 17, 4: 18}
_CHANGES = {2: 1, 7: 2}
_OCTAVES = {5: (18, 1), 6: (18, 2), 8: (3, 1), 9: (3, 2)}     # and how many bytes a key has
_UNCHANGED = (127, 127, 127)


class BadTuning(ValueError):
    """A message of this standard that is none."""


def parse_tuning(data: Sequence[int]) -> tuple[dict[int, float], bool] | None:
    """Pitch [MIDI keys] of each key that a message names, and whether its check number is right.

    data: what stands between F0 and F7, bytes 0 .. 127.  None: it is about something else.  BadTuning: it is broken.
    """
    if len(data) < 4 or data[0] not in (_NON_REAL_TIME, _REAL_TIME) or data[2] != _TUNING or data[3] in _REQUESTS:
        return None
    kind, body = data[3], data[4:]
    if kind in _DUMPS:
        pitches = body[_DUMPS[kind]:]
        found = _keys(range(KEYS), pitches)
        return found, _is_checked(data, len(pitches) - 3 * KEYS)
    if kind in _CHANGES:
        at = _CHANGES[kind]
        if len(body) <= at or len(body) < at + 1 + 4 * body[at]:
            raise BadTuning
        rows = [body[start:start + 4] for start in range(at + 1, at + 1 + 4 * body[at], 4)]
        return _keys([row[0] for row in rows], [byte for row in rows for byte in row[1:]]), True
    if kind in _OCTAVES:
        at, width = _OCTAVES[kind]
        values = body[at:at + 12 * width]
        if len(values) < 12 * width:
            raise BadTuning
        semitones = [_semitones(values[place * width:(place + 1) * width]) for place in range(12)]
        rest = len(body) - at - 12 * width
        return {key: key + semitones[key % 12] for key in range(KEYS)}, kind > 6 or _is_checked(data, rest)
    return None


def _keys(keys: Sequence[int], pitches: Sequence[int]) -> dict[int, float]:
    """Three bytes for each key: semitone, and 14 bits of the way to the next."""
    if len(pitches) < 3 * len(keys):
        raise BadTuning
    rows = ((key, tuple(pitches[3 * place:3 * place + 3])) for place, key in enumerate(keys))
    return {key: one + (128 * two + three) / 16384.0 for key, (one, two, three) in rows if (one, two, three) != _UNCHANGED}


def _semitones(value: Sequence[int]) -> float:
    """One byte: cents, 64 in tune; two bytes: 14 bits over two semitones, 8192 in tune."""
    return (value[0] - 64) / 100.0 if len(value) == 1 else (128 * value[0] + value[1] - 8192) / 8192.0


def _is_checked(data: Sequence[int], rest: int) -> bool:
    """Whether the check number is right.  Some devices leave it out, or count only from the kind of message on."""
    if rest < 1:
        return False
    inside = data[:len(data) - rest]
    return any(_xor(inside[first:]) == data[len(inside)] for first in (0, 1, 2, 3))


def _xor(data: Sequence[int]) -> int:
    found = 0
    for byte in data:
        found ^= byte
    return found


def key_events(pitches: Mapping[int, float]) -> list[Event]:
    """What to say so that keys sound other pitches from now on; all others stay."""
    keys: list[Event] = [(TUNING, 0, TUNING_KEY, float(key), pitch) for key, pitch in sorted(pitches.items())]
    return [*keys, (TUNING, 0, TUNING_GO, 0.0, 0.0)] if keys else []


class TuningInput:
    """Tunings of one device, thinned: of each key that waits only the newest pitch counts."""

    def __init__(self) -> None:
        self._waiting: dict[int, float] = {}
        self._round_s = self._second_s = float("-inf")     # when they began
        self._said = self._count = 0                       # events in this round, messages in this second
        self.is_broken = self.is_doubtful = self.overrun = False   # something of that kind came; whoever tells it clears this

    def take(self, data: Sequence[int], now_s: float) -> list[Event]:
        """Events that follow at once from a message between F0 and F7; more may wait for `rest`."""
        if now_s - self._second_s >= 1.0:
            self._second_s, self._count = now_s, 0
        self._count += 1
        if self._count > MOST_MESSAGES:
            self.overrun = True
            return []
        try:
            found = parse_tuning(data)
        except BadTuning:
            self.is_broken = True
            return []
        if found is None:
            return []
        pitches, is_checked = found
        self.is_doubtful |= not is_checked
        self._waiting |= pitches
        return self.rest(now_s)

    @property
    def waits(self) -> bool:
        """True when `rest` has something, now or soon."""
        return bool(self._waiting)

    def rest(self, now_s: float) -> list[Event]:
        """What waits, when it is time."""
        if now_s - self._round_s >= ROUND_S:
            self._round_s, self._said = now_s, 0
        if self._said + len(self._waiting) + 1 > MOST_EVENTS:
            return []
        found = key_events(self._waiting)
        self._said += len(found)
        self._waiting.clear()
        return found
