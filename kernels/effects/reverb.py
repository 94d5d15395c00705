"""Room: four diffusing all-passes into a feedback network of eight delay lines, the lines in the SIMD lanes.

Sources: J.-M. Jot, "Digital delay networks for designing artificial reverberators", AES 1991 (gains of each line from the
reverberation time at low and at high frequencies); J. Dattorro, "Effect design 1", JAES 1997 (diffuser lengths and gains, lines
that sway, more than one tap a line).
The shortest line is longer than a grid step, so that all feedback of a step is known before it begins.

Another size is another room: the old one fades away, then the lines count as empty and the new one begins.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import (
    absolute8, finite8, flip1, flip2, flip4, floor8, largest8, load8, peak8, ramp8, sine8, splat8, store8, totals8, transpose8,
)
from ..rt.units import clamp, gain_of_db, smoothing
from .rooms import (
    ROOM_HIGH_TIME_S, ROOM_LEVEL_DB, ROOM_PRE_DELAY_S, ROOM_SIZE, ROOM_SWAY_S, ROOM_TABLE, ROOM_TIME_S, ROOMS,
)
from .tap import tap8

F = np.float32
LINES = 8
#: Delay of each line at 48 kHz in frames: primes between 21 and 60 ms, spread evenly on a logarithmic scale.
LINE_FRAMES = (1021, 1187, 1373, 1597, 1861, 2153, 2477, 2879)
#: Diffusers: 4.77, 3.60, 12.75, 9.31 ms as in Dattorro's plate.
DIFFUSER_S = (0.00477, 0.00360, 0.01275, 0.00931)
DIFFUSER_GAIN = (0.75, 0.75, 0.625, 0.625)
#: Longest line at 96 kHz is 5758 frames; the first grid step is kept twice so that reads never wrap.
LINE_SIZE = 8192
DIFFUSER_SIZE = 2048
#: A second tap of each line, as part of its length: first echoes come sooner, and twice as dense.
EARLY = (0.83, 0.41, 0.71, 0.31, 0.53, 0.23, 0.62, 0.37)
#: What is sent waits here: 40 ms at 96 kHz.
PRE_SIZE = 4096
PRE_DELAY_S = 0.04
#: Each line sways at a rate of its own [Hz], so that no mode stands still long enough to ring.
SWAY_HZ = np.array([0.53, 0.97, 0.61, 1.13, 0.71, 0.83, 0.67, 1.03], "f4")
SWAY_S = 0.0003
#: The corner between the two reverberation times.
SHELF_HZ = 4000.0
GLIDE_S = 0.05
#: The old room fades in 30 ms, and what is sent comes into the new one in 30 ms.
FADE_S = 0.03
#: So many frames before a new room began are silence in its lines: more than a grid step and the swaying.
MARGIN = 4 * GRID
#: Nothing heard for so long: all that was sent has come through.
REST_FRAMES = LINE_SIZE + PRE_SIZE
#: Below this an answer that fades has gone.
OFF = 1e-5
#: Beyond this only a fault can be (NaN and infinity are never below it).
LOUDEST = F(256.0)

REVERB = state(
    ("position", "i8"),                          # frames since reset, a multiple of GRID
    ("born", "i8"),                              # the position at which this room began with empty lines
    ("delay", "i8", (LINES,)), ("delay_to", "i8", (LINES,)), ("diffuser_delay", "i8", (4,)), ("early", "i8", (LINES,)),
    ("pre_delay", "i8"), ("pre_delay_to", "i8"),
    ("sway", "f4"), ("sway_to", "f4"), ("swing", "f4"),  # depth in frames; cycles a grid step of 1 Hz
    ("phase", "f4", (LINES,)),                   # of the swaying: cycles
    ("offset", "f4", (LINES,)), ("turn", "f4", (LINES,)),  # frames by which lines are longer now, and at the end of the step
    ("feedback", "f4", (LINES,)), ("feedback_to", "f4", (LINES,)),
    ("shelf", "f4", (LINES,)), ("shelf_to", "f4", (LINES,)),  # how much of what is above the damping is taken away: 0 .. 1
    ("damp", "f4"), ("damp_to", "f4"),           # one-pole coefficient: 0 bright .. 1 dark
    ("level", "f4"), ("level_to", "f4"),
    ("glide", "f4"),
    ("fade", "f4"), ("enter", "f4"),             # 1 .. 0: the old room leaves; 0 .. 1: the new one is let in
    ("fade_step", "f4"),                         # what they move in a grid step
    ("damped", "f4", (LINES,)),                  # memory of the damping filters
    ("rest", "i8"),                              # frames since anything was heard
    ("x", "f4", (GRID,)),                        # send in, diffused in place
    ("planes", "f4", (LINES * GRID,)), ("lanes", "f4", (GRID * LINES,)), ("sides", "f4", (2 * GRID * LINES,)),
    ("left", "f4", (GRID,)), ("right", "f4", (GRID,)),
    ("wait", "f4", (PRE_SIZE + GRID,)),
    ("lines", "f4", (LINES * (LINE_SIZE + GRID),)),
    ("diffusers", "f4", (4 * (DIFFUSER_SIZE + GRID),)),
)

_EVEN = np.array([1, -1] * 4, "f4")
_PAIR = np.array([1, 1, -1, -1] * 2, "f4")
_HALF = np.array([1] * 4 + [-1] * 4, "f4")
#: Brings the energy of the answer to that of what is sent, at 1.6 s and 6000 Hz.
OUTPUT = F(0.21)
#: Output signs of the two sides are orthogonal, so left and right are uncorrelated.
_LEFT = np.array([1, 1, -1, -1, 1, -1, 1, -1], "f4") * OUTPUT
_RIGHT = np.array([1, -1, 1, -1, -1, -1, 1, 1], "f4") * OUTPUT
_LEFT_EARLY = np.array([1, -1, -1, 1, 1, 1, -1, -1], "f4") * OUTPUT
_RIGHT_EARLY = np.array([-1, -1, 1, 1, 1, -1, 1, -1], "f4") * OUTPUT


@rt
def _empty(reverb):
    """Forget what is on the way to the lines."""
    for i in range(reverb.diffusers.shape[0]):
        reverb.diffusers[i] = 0.0
    for i in range(reverb.wait.shape[0]):
        reverb.wait[i] = 0.0


@rt
def reverb_reset(reverb):
    """Forget the past signal; keep the tuning."""
    for i in range(reverb.lines.shape[0]):
        reverb.lines[i] = 0.0
    _empty(reverb)
    for i in range(LINES):
        reverb.damped[i] = 0.0
    reverb.position = 0
    reverb.born = 0
    reverb.rest = REST_FRAMES


@rt
def _tune(reverb, time_s, high_time_s, damp_hz, level, sample_rate):
    """Set what glides; the lines must have been measured."""
    for i in range(LINES):
        delay_s = reverb.delay_to[i] / sample_rate
        reverb.feedback_to[i] = 10.0 ** (-3.0 * delay_s / time_s) / math.sqrt(LINES)
        reverb.shelf_to[i] = 1.0 - 10.0 ** (-3.0 * delay_s * max(1.0 / high_time_s - 1.0 / time_s, 0.0))
    reverb.damp_to = math.exp(-2.0 * math.pi * damp_hz / sample_rate)
    reverb.level_to = level
    reverb.glide = smoothing(GLIDE_S, sample_rate / GRID)
    reverb.fade_step = GRID / (FADE_S * sample_rate)
    reverb.swing = GRID / sample_rate


@rt
def _measure(reverb, size, pre_delay_s, sway_s, sample_rate):
    """Set the lengths of a room, which come when the old one has faded."""
    for i in range(LINES):
        reverb.delay_to[i] = min(int(LINE_FRAMES[i] * size * sample_rate / 48000.0), LINE_SIZE - MARGIN)
    for i in range(4):
        reverb.diffuser_delay[i] = min(int(DIFFUSER_S[i] * sample_rate), DIFFUSER_SIZE - GRID)
    reverb.pre_delay_to = min(int(clamp(pre_delay_s, 0.0, PRE_DELAY_S) * sample_rate), PRE_SIZE - GRID)
    reverb.sway_to = clamp(sway_s, 0.0, SWAY_S) * sample_rate


@rt
def reverb_room(reverb, room, level_db, sample_rate):
    """Move into a room by its number [rooms.py; others are none], `level_db` louder than it is by itself."""
    if not 0 < room < ROOMS:
        reverb.level_to = 0.0
        return
    row = ROOM_TABLE[room]
    _measure(reverb, row[ROOM_SIZE], row[ROOM_PRE_DELAY_S], row[ROOM_SWAY_S], sample_rate)
    _tune(reverb, row[ROOM_TIME_S], row[ROOM_HIGH_TIME_S], SHELF_HZ, gain_of_db(row[ROOM_LEVEL_DB] + level_db), sample_rate)


@rt
def reverb_jump(reverb):
    """Let the new room and all glides arrive at once: before the first sound, and while nothing is heard."""
    for i in range(LINES):
        reverb.delay[i] = reverb.delay_to[i]
        reverb.early[i] = max(int(reverb.delay[i] * EARLY[i]), GRID)
        reverb.feedback[i] = reverb.feedback_to[i]
        reverb.shelf[i] = reverb.shelf_to[i]
        reverb.phase[i] = i / LINES
        reverb.offset[i] = 0.0
        reverb.damped[i] = 0.0
    reverb.pre_delay = reverb.pre_delay_to
    reverb.sway = reverb.sway_to
    reverb.damp = reverb.damp_to
    reverb.level = reverb.level_to
    reverb.born = reverb.position
    for i in range(reverb.position - MARGIN, reverb.position):
        at = i & (LINE_SIZE - 1)
        for base in range(0, LINES * (LINE_SIZE + GRID), LINE_SIZE + GRID):
            reverb.lines[base + at] = 0.0
            if at < GRID:
                reverb.lines[base + LINE_SIZE + at] = 0.0
    reverb.fade = 1.0
    reverb.enter = 1.0


@rt
def _is_other_room(reverb):
    """True when lengths must change, which nobody may hear."""
    other = reverb.pre_delay != reverb.pre_delay_to or reverb.sway != reverb.sway_to
    for i in range(LINES):
        if reverb.delay[i] != reverb.delay_to[i]:
            other = True
    return other


@rt
def _diffuse(reverb):
    x, memory = reverb.x, reverb.diffusers
    for k in range(4):
        base = k * (DIFFUSER_SIZE + GRID)
        gain = F(DIFFUSER_GAIN[k])
        read = base + ((reverb.position - reverb.diffuser_delay[k]) & (DIFFUSER_SIZE - 1))
        write = base + (reverb.position & (DIFFUSER_SIZE - 1))
        for i in range(0, GRID, 8):
            delayed = load8(memory, read + i)
            fed = load8(x, i) - delayed * gain
            store8(x, i, delayed + fed * gain)
            store8(memory, write + i, fed)
            if write == base:
                store8(memory, write + DIFFUSER_SIZE + i, fed)


@rt
def reverb_at_rest(reverb):
    """True when only new input can be heard."""
    return reverb.rest >= REST_FRAMES


@rt
def _wait(reverb):
    """Let what is diffused wait before the lines, and let it into a new room by a ramp."""
    x, wait = reverb.x, reverb.wait
    write = reverb.position & (PRE_SIZE - 1)
    read = (reverb.position - reverb.pre_delay) & (PRE_SIZE - 1)
    for i in range(0, GRID, 8):
        value = load8(x, i)
        store8(wait, write + i, value)
        if write == 0:
            store8(wait, PRE_SIZE + i, value)
    enter, slope = reverb.enter, F(0.0)
    if enter < F(1.0):
        slope = min(reverb.fade_step, F(1.0) - enter) * F(1.0 / GRID)
        reverb.enter = enter + slope * F(GRID)
    for i in range(0, GRID, 8):
        gain = ramp8() * slope + (enter + slope * F(i))
        store8(x, i, load8(wait, read + i) * (gain * gain))


@rt
def _read(reverb):
    """Bring what comes out of the lines into lanes, and their early taps to left and right."""
    lines, planes, lanes, left, right = reverb.lines, reverb.planes, reverb.lanes, reverb.left, reverb.right
    phase = load8(reverb.phase, 0) + load8(SWAY_HZ, 0) * reverb.swing
    phase = phase - floor8(phase)
    store8(reverb.phase, 0, phase)
    before = reverb.offset
    store8(reverb.turn, 0, sine8(phase) * reverb.sway)
    zero = splat8(F(0.0))
    for k in range(LINES):
        base = k * (LINE_SIZE + GRID)
        age = reverb.position - reverb.born
        slope = (reverb.turn[k] - before[k]) * F(1.0 / GRID)
        whole = int(before[k] + F(MARGIN)) - MARGIN  # rounds down: lines sway by less than this
        read = reverb.position - reverb.delay[k] - whole - 2
        f = ramp8() * (slope * F(-1.0)) + (F(whole + 1) - before[k])
        if age < reverb.delay[k] - GRID:
            store8(planes, k * GRID, zero)
            store8(planes, k * GRID + 8, zero)
        elif before[k] == F(0.0) and slope == F(0.0):  # lines that stand still are read as they are
            still = base + ((reverb.position - reverb.delay[k]) & (LINE_SIZE - 1))
            store8(planes, k * GRID, load8(lines, still))
            store8(planes, k * GRID + 8, load8(lines, still + 8))
        else:
            for i in range(0, GRID, 8):
                store8(planes, k * GRID + i, tap8(lines, base + ((read + i) & (LINE_SIZE - 1)), f - slope * F(i)))
        before[k] = reverb.turn[k]
    for i in range(0, GRID, 8):
        to_left, to_right = zero, zero
        for k in range(LINES):
            if reverb.position - reverb.born >= reverb.early[k] - GRID:
                place = k * (LINE_SIZE + GRID) + ((reverb.position - reverb.early[k]) & (LINE_SIZE - 1))
                value = load8(lines, place + i)
                to_left = to_left + value * _LEFT_EARLY[k]
                to_right = to_right + value * _RIGHT_EARLY[k]
        store8(left, i, to_left)
        store8(right, i, to_right)
    transpose8(planes, 0, GRID, lanes, 0, LINES)
    transpose8(planes, 8, GRID, lanes, 8 * LINES, LINES)


@rt
def _write(reverb):
    """Keep what the lines are given."""
    lines, planes, lanes = reverb.lines, reverb.planes, reverb.lanes
    transpose8(lanes, 0, LINES, planes, 0, GRID)
    transpose8(lanes, 8 * LINES, LINES, planes, 8, GRID)
    at = reverb.position & (LINE_SIZE - 1)
    for k in range(LINES):
        write = k * (LINE_SIZE + GRID) + at
        for i in range(0, GRID, 8):
            value = load8(planes, k * GRID + i)
            store8(lines, write + i, value)
            if at == 0:
                store8(lines, write + LINE_SIZE + i, value)


@rt
def _advance(reverb):
    """Move the glides by one grid step; leave the old room."""
    glide = reverb.glide
    reverb.damp += glide * (reverb.damp_to - reverb.damp)
    feedback, shelf = load8(reverb.feedback, 0), load8(reverb.shelf, 0)
    store8(reverb.feedback, 0, feedback + (load8(reverb.feedback_to, 0) - feedback) * glide)
    store8(reverb.shelf, 0, shelf + (load8(reverb.shelf_to, 0) - shelf) * glide)


@rt
def _silence(reverb):
    for i in range(0, GRID, 8):
        store8(reverb.left, i, splat8(F(0.0)))
        store8(reverb.right, i, splat8(F(0.0)))


@rt
def reverb_process(reverb):
    """Take one grid step of reverb.x, leave the room's answer in reverb.left and reverb.right.

    At rest (nothing sent for longer than the longest line, nothing left above -120 dBFS) and in no room it costs almost
    nothing.
    """
    x, lanes, sides = reverb.x, reverb.lanes, reverb.sides
    limit, loudest = splat8(LOUDEST), splat8(F(0.0))
    for i in range(0, GRID, 8):
        value = finite8(load8(x, i), limit)
        store8(x, i, value)
        loudest = largest8(absolute8(value), loudest)
    sent = peak8(loudest)
    if reverb.level_to == F(0.0) and reverb.level < F(OFF):
        reverb.level = 0.0
        reverb.rest = REST_FRAMES
        _silence(reverb)
        return
    if reverb_at_rest(reverb):
        if sent == F(0.0):
            _silence(reverb)
            return
        _empty(reverb)
        level = reverb.level
        reverb_jump(reverb)
        reverb.level = level
        reverb.enter = 1.0 if level > F(0.0) else 0.0  # somebody may be playing when a room begins
    elif reverb.fade <= F(0.0):
        reverb_jump(reverb)
        reverb.enter = 0.0
    fade, fade_to = reverb.fade, reverb.fade
    if fade < F(1.0) or _is_other_room(reverb):
        fade_to = max(fade - reverb.fade_step, F(0.0))
    else:
        _advance(reverb)
    level_to = reverb.level + reverb.glide * (reverb.level_to - reverb.level)
    _diffuse(reverb)
    _wait(reverb)
    _read(reverb)

    damped, damp = load8(reverb.damped, 0), splat8(reverb.damp)
    shelf, feedback = load8(reverb.shelf, 0), load8(reverb.feedback, 0)
    even, pair, half = load8(_EVEN, 0), load8(_PAIR, 0), load8(_HALF, 0)
    to_left, to_right = load8(_LEFT, 0), load8(_RIGHT, 0)
    for i in range(GRID):
        y = load8(lanes, i * LINES)
        damped = y + (damped - y) * damp
        y = y + (damped - y) * shelf
        loudest = largest8(absolute8(y), loudest)
        store8(sides, i * LINES, y * to_left)
        store8(sides, (GRID + i) * LINES, y * to_right)
        mixed = y * feedback
        mixed = mixed * even + flip1(mixed)
        mixed = mixed * pair + flip2(mixed)
        mixed = mixed * half + flip4(mixed)
        store8(lanes, i * LINES, mixed + even * x[i])
    store8(reverb.damped, 0, damped)
    slope = (level_to * fade_to - reverb.level * fade) * F(1.0 / GRID)
    for i in range(0, GRID, 8):
        gain = ramp8() * slope + (reverb.level * fade + slope * F(i))
        store8(reverb.left, i, (load8(reverb.left, i) + totals8(sides, i * LINES)) * gain)
        store8(reverb.right, i, (load8(reverb.right, i) + totals8(sides, (GRID + i) * LINES)) * gain)
    _write(reverb)
    reverb.level = level_to
    reverb.fade = fade_to
    reverb.position += GRID
    reverb.rest = 0 if peak8(loudest) > F(1e-6) else reverb.rest + GRID
