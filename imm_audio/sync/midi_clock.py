"""MIDI clock, start, stop, continue and song position: sent to other machines, or taken from one of them.

Source: MIDI 1.0 Detailed Specification 4.2, "System Real Time Messages" and "Song Position Pointer": 24 clocks a beat; a
position is counted in sixteenths, and is set only while the machine stands; the clock after START or CONTINUE is the
position itself.
"""
import math
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from ..inputs.priority import raise_priority
from ..kernels.engine.events import FORM, TEMPO
from ..kernels.music.terms import (
    AT_ONCE,
    COUNTING,
    ENDING,
    FORM_GO,
    FORM_JUMP,
    FORM_STOP,
    HOLDING,
    NO_SONG,
    PLAYING,
)

CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
_POSITION = 0xF2
CLOCKS = 24
SIXTEENTH_BEATS = 0.25
#: The position has 14 bits.
_LAST_SIXTEENTH = 16383
#: Modes in which the place of a song moves on; HOLDING only with a vamp.
_MOVING = (COUNTING, PLAYING, HOLDING, ENDING)
#: A place that is off by more than half a clock has jumped.
_JUMPED_BEATS = 0.5 / CLOCKS
_SMALL_BEATS = 1e-6

Message = tuple[float, bytes]   # frame, bytes


class Moment(Protocol):
    """Where the music stands (kernels/music/moment.py)."""

    frame: float
    beats: float
    beats_per_frame: float
    mode: float
    place: float
    place_per_frame: float


def position(place: float) -> bytes:
    """Song position of a place [beats]."""
    sixteenth = min(max(round(place / SIXTEENTH_BEATS), 0), _LAST_SIXTEENTH)
    return bytes((_POSITION, sixteenth & 127, sixteenth >> 7))


class ClockMaker:
    """What has to be sent when: the clocks lie on the song's place, or on the beat clock while there is no song."""

    def __init__(self) -> None:
        self._origin = 0.0        # beat of the clock at place 0
        self._last = -math.inf    # beat of the clock of the newest clock message
        self.running = False

    def until(self, moment: Moment, frame: float) -> list[Message]:
        """Messages before `frame`, each once; call it with growing frames."""
        found: list[Message] = []
        moves = moment.mode == NO_SONG or (moment.mode in _MOVING and moment.place_per_frame > 0.0)
        origin = moment.beats - moment.place
        if self.running and (not moves or abs(origin - self._origin) > _JUMPED_BEATS):
            found.append((moment.frame, STOP))
            self.running = False
        if not self.running:
            self._origin = origin
        if self._last < moment.beats - 1.0 or self._last > moment.beats + 2.0:  # the beginning, or after a long sleep
            self._last = moment.beats - _SMALL_BEATS
        while True:
            number = math.floor((self._last - self._origin) * CLOCKS + 0.5 + _SMALL_BEATS) + 1
            if (number / CLOCKS + self._origin - self._last) < 0.5 / CLOCKS:
                number += 1
            place = number / CLOCKS
            at = moment.frame + (place + self._origin - moment.beats) / moment.beats_per_frame
            if at >= frame:
                return found
            if moves and not self.running and place > -_SMALL_BEATS and number % 6 == 0:
                found += [(at, START)] if number == 0 else [(at, position(place)), (at, CONTINUE)]
                self.running = True
            found.append((at, CLOCK))
            self._last = place + self._origin


class ClockSender:
    """A thread that sends clocks when they are heard.

    engine: the block; `now`: the host's clock, as the callback reads it; `send`: gives bytes to a port; `late_s`: how much
    later than the stream's frame a sound is heard (block header, delay_ms).
    """

    #: Messages are decided so far ahead, and the thread wakes so long before one is due: sleeping is that inexact.
    AHEAD_S, EARLY_S, ROUND_S = 0.02, 0.0003, 0.005

    def __init__(self, engine: Any, now: Callable[[], float], send: Callable[[bytes], None], late_s: float = 0.0,
                 sleep: Callable[[float], None] = time.sleep):
        self._engine, self._now, self._send, self._late_s, self._sleep = engine, now, send, late_s, sleep
        self._maker = ClockMaker()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi clock", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """End; what runs is told to stop."""
        self._stop.set()
        self._thread.join()
        if self._maker.running:
            self._send(STOP)

    def _run(self) -> None:
        raise_priority()
        while not self._stop.is_set():
            self.round()
            self._sleep(self.ROUND_S)

    def round(self) -> None:
        """Send what is due within the next 20 ms, each message at its time."""
        engine = self._engine
        until = engine.frame_at(self._now() - self._late_s + self.AHEAD_S)
        for frame, message in self._maker.until(engine.moment(), until):
            due = engine.host_s_at(frame) + self._late_s
            while (wait := due - self._now()) > 0.0 and not self._stop.is_set():
                if wait > self.EARLY_S:
                    self._sleep(wait - self.EARLY_S)
            self._send(message)


class ClockFollower:
    """The other way: an external machine's clock is the tempo, its position is the song's.

    A phase-locked loop of second order takes the jitter out of the clocks; eight times a beat the engine is told a TEMPO
    that goes with the machine and makes up for what the song is off.  Nobody else should lead meanwhile (FOLLOW amount 0).
    `push`: Engine.push; `moment`: Engine.moment; times are frames of the stream.
    """

    #: Share of an error that is corrected at once in the phase, and in the period: settles within a beat, and takes 1 ms of
    #: jitter down to 0.2 ms (Gardner, Phaselock Techniques, damping 1: b = a * a / 4).
    PHASE_SHARE, PERIOD_SHARE = 0.15, 0.0056
    #: The song is led back within this many beats, and by no more than this share of the tempo.
    BACK_BEATS, MOST = 2.0, 0.1
    #: Clocks between two tempi that are told.
    EVERY = 3
    #: Without a clock for so long the machine is gone: the tempo stays.
    GONE_S = 0.5

    def __init__(self, push: Callable[..., Any], moment: Callable[[], Moment], sample_rate: float):
        self._push, self._moment, self._rate = push, moment, sample_rate
        self._at = math.nan           # frame of the newest clock, smoothed
        self._period = math.nan       # frames of a clock
        self._count = 0               # clocks since the loop began
        self._clocks = 0              # the machine's place, in clocks
        self._waits = False           # START or CONTINUE came: the next clock is the place itself
        self._runs = False
        self._jitter = 0.0            # mean square error of newest clocks, frames

    @property
    def tempo_bpm(self) -> float:
        """Tempo of the machine; not a number until it is known."""
        return 60.0 * self._rate / (CLOCKS * self._period)

    @property
    def jitter_ms(self) -> float:
        """How inexactly the clocks come."""
        return 1000.0 * math.sqrt(self._jitter) / self._rate

    def hear(self, message: bytes, frame: float) -> None:
        """One message of the machine, which arrived at a frame.  Everything else is passed over."""
        if not message:
            return
        if message == CLOCK:
            self._clock(frame)
        elif message == START:
            self._clocks, self._waits = 0, True
        elif message == CONTINUE:
            self._waits = True
        elif message == STOP:
            if self._runs:
                self._push(FORM, 0, FORM_STOP, 1.0, AT_ONCE)
            self._runs = self._waits = False
        elif message[0] == _POSITION and len(message) == 3:
            self._clocks = (message[1] + 128 * message[2]) * CLOCKS // 4

    def _clock(self, frame: float) -> None:
        off = frame - self._at - self._period
        if not abs(frame - self._at) < self.GONE_S * self._rate or (self._count > 8 and abs(off) > 0.5 * self._period):
            self._at, self._count, self._period = frame, 0, math.nan
        elif self._count == 0:
            self._at, self._count, self._period = frame, 1, frame - self._at
        else:
            first = max(1.0 / (self._count + 1), self.PHASE_SHARE)   # at first a mean of all
            self._at += self._period + first * off
            self._period += (0.5 / (self._count + 1) if self._count < 12 else self.PERIOD_SHARE) * off
            self._jitter += 0.05 * (off * off - self._jitter)
            self._count += 1
        if self._waits:
            self._begin()
        elif self._runs:
            self._clocks += 1
        if self._count >= 4 and self._count % self.EVERY == 0:
            self._lead()

    def _begin(self) -> None:
        """The machine starts with this clock: so does the song, at its place."""
        self._waits, self._runs = False, True
        place = self._clocks / CLOCKS
        self._push(FORM, 0, FORM_GO, AT_ONCE, 0.0)
        if place > 0.0:
            self._push(FORM, 0, FORM_JUMP, AT_ONCE, place)

    def _lead(self) -> None:
        """Tell the engine the tempo, faster or slower by what the song, or without one the beat, is off."""
        tempo = self.tempo_bpm
        if not 20.0 <= tempo <= 300.0:
            return
        moment, off = self._moment(), 0.0
        here = self._at - moment.frame     # the newest clock, seen from the moment
        if moment.mode == NO_SONG or not self._runs:
            beats = moment.beats + here * moment.beats_per_frame
            off = (self._clocks / CLOCKS if self._runs else 0.0) - beats
            off -= math.floor(off + 0.5) if self._runs else off
        elif moment.mode in _MOVING and moment.place_per_frame > 0.0:
            off = self._clocks / CLOCKS - (moment.place + here * moment.place_per_frame)
        share = min(max(off / self.BACK_BEATS, -self.MOST), self.MOST)
        self._push(TEMPO, 0, 0, 0.0, tempo * (1.0 + share))
