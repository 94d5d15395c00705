"""Four simulated players, of four ages, play a round through the live path: `imm-audio demo`.

"Frère Jacques" (traditional, France, 18th century): Rosa begins at the piano, Mia follows on the marimba, Sam on the
guitar; Leo keeps time on the drums.  Each has the timing of a person: Mia, six, varies most and comes early, Rosa, 81,
a little late, Sam leads.  A seed makes every performance the same.
"""
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .block import bytes_of
from .inputs.midi_port import FIRST_STRIP
from .kernels.effects.strip import GAIN_DB, PAN, SEND_DB
from .kernels.engine.events import NOTE_OFF, NOTE_ON, RELEASE, SOUND, STRIP
from .kernels.rt.ring import EVENT
from .kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER

if TYPE_CHECKING:
    from .engine import Engine

#: The last four places: MIDI keyboards take the first ones, so anybody may join in.
ROSA, MIA, SAM, LEO = 12, 13, 14, 15
NAMES = {ROSA: "Rosa (81), piano", MIA: "Mia (6), marimba", SAM: "Sam, guitar", LEO: "Leo (14), drums"}
_SOUNDS = {ROSA: (SAMPLER, 0), MIA: (MODAL, 0), SAM: (PLUCK, 0), LEO: (DRUMS, 0)}
#: gain [dB], pan, reverb send [dB]
_STRIPS = {ROSA: (0.0, -0.35, -16.0), MIA: (2.0, 0.4, -14.0), SAM: (1.0, 0.15, -16.0), LEO: (3.0, 0.0, -20.0)}
_STRIP_AT_START = (-6.0, 0.0, -16.0)
#: How late [s], how uneven [s], how uneven in loudness (standard deviations).
_PEOPLE = {ROSA: (0.025, 0.014, 0.04), MIA: (-0.012, 0.030, 0.09), SAM: (0.0, 0.004, 0.02), LEO: (0.004, 0.008, 0.04)}

TEMPO_BPM, BEATS = 100.0, 4
#: Bars: two of introduction, eight of melody in three voices two bars apart, one last chord.
_ENTRIES, _LAST_BAR = {ROSA: 2, MIA: 4, SAM: 6}, 14
_SLOWS_FROM, _SLOWEST = 12 * BEATS, 0.6
#: How the music swells: bar, velocity.
_SWELL = ((0, 2, 4, 8, 11, 13, 14), (0.50, 0.58, 0.66, 0.78, 0.80, 0.66, 0.62))
_AHEAD_S, _LEAD_S, _RING_S = 0.5, 0.3, 4.0

#: player, beat, key, length in beats, loudness relative to the swell
Note = tuple[int, float, int, float, float]
#: The tune as (beat, key, length in beats).
_FIRST = ((0, 60, 1), (1, 62, 1), (2, 64, 1), (3, 60, 1))
_SECOND = ((0, 64, 1), (1, 65, 1), (2, 67, 2))
_THIRD = ((0, 67, .5), (.5, 69, .5), (1, 67, .5), (1.5, 65, .5), (2, 64, 1), (3, 60, 1))
_FOURTH = ((0, 60, 1), (1, 55, 1), (2, 60, 2))
_TUNE = tuple((4 * bar + beat, key, length)
              for bar, piece in enumerate((_FIRST, _FIRST, _SECOND, _SECOND, _THIRD, _THIRD, _FOURTH, _FOURTH))
              for beat, key, length in piece)
_TUNE_BARS = 8
_BASS_DRUM, _SIDE_STICK, _SHAKER, _CLOSED_HAT, _TRIANGLE, _TOMS = 36, 37, 70, 42, 81, (48, 45, 41)


def _seconds(beat: float) -> float:
    """Time of a beat: steady, then slower and slower."""
    steady_s = min(beat, _SLOWS_FROM) * 60.0 / TEMPO_BPM
    length, loss = _LAST_BAR * BEATS - _SLOWS_FROM, 1.0 - _SLOWEST
    late = min(max(beat - _SLOWS_FROM, 0.0), length)
    rest = max(beat - _SLOWS_FROM - length, 0.0)
    return steady_s - 60.0 / TEMPO_BPM * (length / loss * math.log(1.0 - loss * late / length) - rest / _SLOWEST)


def _score() -> list[Note]:
    """Every note."""
    notes: list[Note] = []
    for player, entry in _ENTRIES.items():
        up = {ROSA: 12, MIA: 24, SAM: 0}[player]
        notes += [(player, entry * BEATS + beat, key + up, 0.95 * length, 1.05) for beat, key, length in _TUNE]
    # Mia has come to the end first and rings the bells along with Sam's
    notes += [(MIA, bar * BEATS + beat, key + 24, length, 0.85) for bar in (12, 13) for beat, key, length in _FOURTH]
    for bar in range(_LAST_BAR):
        at = bar * BEATS
        # C, G7 on the second beat, C: every line of the round fits it
        notes += [(SAM, at, 48, 1.0, 0.9), (SAM, at + 1, 43, 1.0, 0.75), (SAM, at + 2, 48, 1.8, 0.8)]
        if bar < _ENTRIES[SAM]:
            for beat, chord in ((0.5, (55, 60, 64)), (1.5, (53, 59, 62)), (2.5, (55, 60, 64)), (3.5, (55, 60, 64))):
                notes += [(SAM, at + beat + 0.02 * i, key, 0.45, 0.55) for i, key in enumerate(chord)]
        if bar >= _ENTRIES[ROSA]:
            for beat, fifth, length in ((0, (48, 55), 1), (1, (43, 53), 1), (2, (48, 55), 2)):
                notes += [(ROSA, at + beat, key, length, 0.6) for key in fifth]
        if bar >= _ENTRIES[ROSA] + _TUNE_BARS:
            notes += [(ROSA, at, key, 3.8, 0.6) for key in (72, 76)]
        notes += _drums(bar, at)
    end = _LAST_BAR * BEATS
    for player, keys in ((ROSA, (36, 48, 55, 64, 72)), (SAM, (48, 55, 60, 64, 67)), (MIA, (72, 84))):
        notes += [(player, end + 0.03 * i, key, 4.0, 0.9) for i, key in enumerate(keys)]
    notes += [(MIA, end + 0.25 * i, 84 if i % 2 else 79, 0.3, 0.7) for i in range(2, 8)]
    return [*notes, (LEO, end, _BASS_DRUM, 1.0, 1.0), (LEO, end, _TRIANGLE, 4.0, 0.9)]


def _drums(bar: int, at: int) -> list[Note]:
    notes: list[Note] = []
    if bar == 0:
        return [(LEO, at + beat, _SIDE_STICK, 0.5, 0.8) for beat in range(BEATS)]  # he counts in
    notes += [(LEO, at + beat, _BASS_DRUM, 0.5, 1.0) for beat in (0, 2)]
    notes += [(LEO, at + beat, _SIDE_STICK, 0.5, 0.9) for beat in (1, 3)]
    notes += [(LEO, at + 0.5 * i, _SHAKER, 0.4, 0.55 if i % 2 else 0.75) for i in range(8)]
    if bar >= 6:
        notes += [(LEO, at + beat + 0.5, _CLOSED_HAT, 0.4, 0.6) for beat in (1, 3)]
    if bar == _LAST_BAR - 1:
        notes += [(LEO, at + 2 + 2 / 3 * i, tom, 0.5, 0.95) for i, tom in enumerate(_TOMS)]
    return notes


def demo_events(sample_rate: float) -> np.ndarray:
    """The whole piece from frame 0: EVENT array in order of frames, the release of all players at its end."""
    human = np.random.default_rng(6)
    rows: list[tuple[int, int, int, int, float, float]] = []
    for player, sound in _SOUNDS.items():
        rows.append((0, SOUND, player, 0, *sound))
        rows += [(0, STRIP, FIRST_STRIP + player, parameter, 0.0, value)
                 for parameter, value in zip((GAIN_DB, PAN, SEND_DB), _STRIPS[player], strict=True)]
    last_s = 0.0
    next_s: dict[tuple[int, int], float] = {}  # when a key is struck next
    for player, beat, key, length, loudness in sorted(_score(), key=lambda note: -note[1]):  # the last note first
        late_s, uneven_s, rough = _PEOPLE[player]
        start_s = max(_LEAD_S + _seconds(beat) + late_s + uneven_s * float(np.clip(human.normal(), -2, 2)), 0.0)
        stop_s = start_s + _seconds(beat + length) - _seconds(beat)
        stop_s = min(stop_s, next_s.get((player, key), stop_s))  # a key is let go before it is struck again
        next_s[player, key] = start_s
        velocity = loudness * float(np.interp(beat / BEATS, *_SWELL)) + rough * float(np.clip(human.normal(), -2, 2))
        rows.append((round(start_s * sample_rate), NOTE_ON, player, 0, key, float(np.clip(velocity, 0.1, 1.0))))
        rows.append((round(stop_s * sample_rate), NOTE_OFF, player, 0, key, 0.0))
        last_s = max(last_s, stop_s)
    end = round((last_s + _RING_S) * sample_rate)
    for player in _SOUNDS:
        rows.append((end, RELEASE, player, -1, 0.0, 0.0))
        rows += [(end, STRIP, FIRST_STRIP + player, parameter, 0.0, value)
                 for parameter, value in zip((GAIN_DB, PAN, SEND_DB), _STRIP_AT_START, strict=True)]
    rows.sort(key=lambda row: (row[0], row[1] == NOTE_ON))
    return np.array([(*row, order) for order, row in enumerate(rows)], EVENT)


def play_demo(engine: "Engine", stop: Callable[[], bool]) -> None:
    """Let them play on a running engine until the end, or until `stop` says so; pushes at most half a second ahead."""
    rate = engine.sample_rate
    events = demo_events(rate)
    begin = engine.frame + round(_LEAD_S * rate)
    for player, name in NAMES.items():
        engine.header["players"][player] = bytes_of(name, 64)
    at = pushed = 0
    while at < len(events) and not stop():
        while at < len(events) and begin + events[at]["frame"] <= engine.frame + _AHEAD_S * rate:
            event = events[at]
            pushed = begin + int(event["frame"])
            if not engine.push(int(event["kind"]), int(event["player"]), int(event["channel"]), float(event["key"]),
                               float(event["value"]), frame=pushed):
                break  # the ring is full: once more, a moment later
            at += 1
        time.sleep(0.02)
    for player in NAMES:
        engine.push(RELEASE, player, -1, frame=pushed)
        engine.header["players"][player] = b""
