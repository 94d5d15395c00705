"""Room: four diffusing all-passes into a feedback network of eight delay lines, the lines in the SIMD lanes.

Sources: J.-M. Jot, "Digital delay networks for designing artificial reverberators", AES 1991 (gain of each line from
the reverberation time, one-pole damping); J. Dattorro, "Effect design 1", JAES 1997 (diffuser lengths and gains).
The shortest line is longer than a grid step, so that all feedback of a step is known before it begins.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import (
    absolute8, flip1, flip2, flip4, largest8, load8, peak8, splat8, store8, totals8, transpose8,
)
from ..rt.units import clamp, smoothing

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
GLIDE_S = 0.05

REVERB = state(
    ("position", "i8"),                          # frames since reset, a multiple of GRID
    ("delay", "i8", (LINES,)), ("diffuser_delay", "i8", (4,)),
    ("feedback", "f4", (LINES,)), ("feedback_to", "f4", (LINES,)),
    ("damp", "f4"), ("damp_to", "f4"),           # one-pole coefficient: 0 bright .. 1 dark
    ("level", "f4"), ("level_to", "f4"),
    ("glide", "f4"),
    ("damped", "f4", (LINES,)),                  # memory of the damping filters
    ("rest", "i8"),                              # frames since anything was heard
    ("x", "f4", (GRID,)),                        # send in, diffused in place
    ("planes", "f4", (LINES * GRID,)), ("lanes", "f4", (GRID * LINES,)), ("sides", "f4", (2 * GRID * LINES,)),
    ("left", "f4", (GRID,)), ("right", "f4", (GRID,)),
    ("lines", "f4", (LINES * (LINE_SIZE + GRID),)),
    ("diffusers", "f4", (4 * (DIFFUSER_SIZE + GRID),)),
)

_EVEN = np.array([1, -1] * 4, "f4")
_PAIR = np.array([1, 1, -1, -1] * 2, "f4")
_HALF = np.array([1] * 4 + [-1] * 4, "f4")
#: Output signs of the two sides are orthogonal, so left and right are uncorrelated.
_LEFT = np.array([1, 1, -1, -1, 1, -1, 1, -1], "f4") / np.sqrt(F(8.0))
_RIGHT = np.array([1, -1, 1, -1, -1, -1, 1, 1], "f4") / np.sqrt(F(8.0))


@rt
def reverb_reset(reverb):
    """Forget the past signal; keep the tuning."""
    for i in range(reverb.lines.shape[0]):
        reverb.lines[i] = 0.0
    for i in range(reverb.diffusers.shape[0]):
        reverb.diffusers[i] = 0.0
    for i in range(LINES):
        reverb.damped[i] = 0.0
    reverb.position = 0
    reverb.rest = LINE_SIZE


@rt
def reverb_tune(reverb, time_s, damp_hz, level, sample_rate):
    """Set the time to fall by 60 dB [s, clamped 0.1 .. 10], damping [Hz, clamped 500 .. 20000] and output gain."""
    time_s = clamp(time_s, 0.1, 10.0)
    for i in range(LINES):
        reverb.delay[i] = min(int(LINE_FRAMES[i] * sample_rate / 48000.0), LINE_SIZE - GRID)
        reverb.feedback_to[i] = 10.0 ** (-3.0 * reverb.delay[i] / (time_s * sample_rate)) / math.sqrt(LINES)
    for i in range(4):
        reverb.diffuser_delay[i] = min(int(DIFFUSER_S[i] * sample_rate), DIFFUSER_SIZE - GRID)
    reverb.damp_to = math.exp(-2.0 * math.pi * clamp(damp_hz, 500.0, 20000.0) / sample_rate)
    reverb.level_to = level
    reverb.glide = smoothing(GLIDE_S, sample_rate / GRID)


@rt
def reverb_jump(reverb):
    """Let the glides arrive at once: before the first sound."""
    for i in range(LINES):
        reverb.feedback[i] = reverb.feedback_to[i]
    reverb.damp = reverb.damp_to
    reverb.level = reverb.level_to


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
    return reverb.rest >= LINE_SIZE


@rt
def reverb_process(reverb):
    """Take one grid step of reverb.x, leave the room's answer in reverb.left and reverb.right.

    At rest (nothing sent for longer than the longest line, nothing left above -120 dBFS) it costs almost nothing.
    """
    x, lanes, planes, lines, sides = reverb.x, reverb.lanes, reverb.planes, reverb.lines, reverb.sides
    sent = peak8(largest8(absolute8(load8(x, 0)), absolute8(load8(x, 8))))
    if sent == F(0.0) and reverb_at_rest(reverb):
        for i in range(0, GRID, 8):
            store8(reverb.left, i, splat8(F(0.0)))
            store8(reverb.right, i, splat8(F(0.0)))
        return
    glide = reverb.glide
    reverb.damp += glide * (reverb.damp_to - reverb.damp)
    reverb.level += glide * (reverb.level_to - reverb.level)
    feedback = load8(reverb.feedback, 0)
    feedback = feedback + (load8(reverb.feedback_to, 0) - feedback) * glide
    store8(reverb.feedback, 0, feedback)
    _diffuse(reverb)

    for k in range(LINES):
        read = k * (LINE_SIZE + GRID) + ((reverb.position - reverb.delay[k]) & (LINE_SIZE - 1))
        store8(planes, k * GRID, load8(lines, read))
        store8(planes, k * GRID + 8, load8(lines, read + 8))
    transpose8(planes, 0, GRID, lanes, 0, LINES)
    transpose8(planes, 8, GRID, lanes, 8 * LINES, LINES)

    damped, damp = load8(reverb.damped, 0), splat8(reverb.damp)
    even, pair, half = load8(_EVEN, 0), load8(_PAIR, 0), load8(_HALF, 0)
    to_left, to_right = load8(_LEFT, 0) * reverb.level, load8(_RIGHT, 0) * reverb.level
    loudest = splat8(sent)
    for i in range(GRID):
        y = load8(lanes, i * LINES)
        damped = y + (damped - y) * damp
        loudest = largest8(absolute8(damped), loudest)
        store8(sides, i * LINES, damped * to_left)
        store8(sides, (GRID + i) * LINES, damped * to_right)
        mixed = damped * feedback
        mixed = mixed * even + flip1(mixed)
        mixed = mixed * pair + flip2(mixed)
        mixed = mixed * half + flip4(mixed)
        store8(lanes, i * LINES, mixed + even * x[i])
    store8(reverb.damped, 0, damped)
    for i in range(0, GRID, 8):
        store8(reverb.left, i, totals8(sides, i * LINES))
        store8(reverb.right, i, totals8(sides, (GRID + i) * LINES))

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
    reverb.position += GRID
    reverb.rest = 0 if peak8(loudest) > F(1e-6) else reverb.rest + GRID
