"""Echo in beats: repeats that go from left to right and back, each softer and darker than the one before.

Two lines of memory feed each other, so that odd repeats come from the left and even ones from the right.  When the tempo moves
the delay, a second read head fades in where the delay should be: a gliding head would bend the pitch.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, finite8, largest8, load8, peak8, ramp8, splat8, store8
from ..rt.units import clamp, smoothing

F = np.float32
#: Longest delay; longer ones are halved, which is still in time.  2.5 s hold two beats down to 48 a minute.
LONGEST_S = 2.5
#: A shorter delay is heard as a tone, no longer as an echo.
SHORTEST_S = 0.02
#: 2.5 s at 96 kHz are 240000 frames; the first grid step is kept twice so that reads never wrap.
ECHO_SIZE = 262144
ECHO_STRIDE = ECHO_SIZE + GRID
#: The read heads change over in 50 ms, and not for less than 1 ms: ears take that for the same moment.
FADE_S = 0.05
NEAR_S = 0.001
GLIDE_S = 0.05
#: Repeats lose what is below: boom would add up.
LOW_CUT_HZ = 150.0
#: Beyond this only a fault can be (NaN and infinity are never below it).
LOUDEST = F(256.0)
#: -120 dBFS, below which there is nothing to repeat.
QUIET = F(1e-6)
PART_OF_STEP = 1.0 / GRID

ECHO = state(
    ("sample_rate", "f8"), ("beats", "f8"),
    ("position", "i8"),                          # frames since reset, a multiple of GRID
    ("delay", "i8"), ("delay_to", "i8"),         # frames; they differ while the heads change over
    ("faded", "f8"),                             # 0 .. 1: how far they have changed over
    ("feedback", "f8"), ("feedback_to", "f8"),
    ("level", "f8"), ("level_to", "f8"),
    ("dark", "f8"), ("dark_to", "f8"), ("thin", "f8"),  # coefficients of high-cut and low-cut
    ("glide", "f8"),
    ("memory", "f8", (4,)),                      # high-cut and low-cut of what comes from the left, from the right
    ("rest", "i8"),                              # frames since anything was heard
    ("x", "f4", (GRID,)),                        # send in
    ("left", "f4", (GRID,)), ("right", "f4", (GRID,)),
    ("lines", "f4", (2 * ECHO_STRIDE,)),
)


@rt
def echo_reset(echo, sample_rate):
    """Silence, half a beat, at rest; echo_tune says the rest."""
    echo.sample_rate = sample_rate
    for i in range(2 * ECHO_STRIDE):
        echo.lines[i] = 0.0
    for i in range(4):
        echo.memory[i] = 0.0
    echo.position = 0
    echo.delay = 0
    echo.delay_to = 0
    echo.faded = 0.0
    echo.rest = ECHO_SIZE
    echo.thin = smoothing(1.0 / (2.0 * math.pi * LOW_CUT_HZ), sample_rate)
    echo.glide = smoothing(GLIDE_S, sample_rate / GRID)
    echo_tune(echo, 0.5, 0.35, 4000.0, 0.0)
    echo.feedback = echo.feedback_to
    echo.level = echo.level_to
    echo.dark = echo.dark_to


@rt
def echo_tune(echo, beats, feedback, tone_hz, level):
    """Set delay [beats, 1/8 .. 4], feedback [0 .. 0.9], high-cut of the repeats [Hz, 500 .. 20000] and gain [0 .. 4]."""
    echo.beats = clamp(beats, 0.125, 4.0)
    echo.feedback_to = clamp(feedback, 0.0, 0.9)
    echo.dark_to = smoothing(1.0 / (2.0 * math.pi * clamp(tone_hz, 500.0, 20000.0)), echo.sample_rate)
    echo.level_to = clamp(level, 0.0, 4.0)


@rt
def echo_at_rest(echo):
    """True when only new input can be heard."""
    return echo.rest >= ECHO_SIZE


@rt
def _delay_frames(echo, beats_per_frame):
    """The delay in frames at this tempo, halved until it fits."""
    longest = LONGEST_S * echo.sample_rate
    frames = echo.beats / clamp(beats_per_frame, 1e-9, 1.0)
    for _ in range(40):
        if frames > longest:
            frames *= 0.5
    return int(clamp(frames + 0.5, max(SHORTEST_S * echo.sample_rate, GRID), min(longest, ECHO_SIZE - GRID)))


@rt
def _follow(echo, beats_per_frame):
    """Choose the read heads of this grid step."""
    wanted = _delay_frames(echo, beats_per_frame)
    if echo.delay == 0 or echo_at_rest(echo):
        echo.delay = wanted
        echo.delay_to = wanted
    elif echo.delay == echo.delay_to and abs(wanted - echo.delay) > NEAR_S * echo.sample_rate:
        echo.delay_to = wanted
        echo.faded = 0.0


@rt
def _read(echo, base, heard):
    """What one line gives in this grid step, by one read head or by both."""
    lines = echo.lines
    old = base + ((echo.position - echo.delay) & (ECHO_SIZE - 1))
    if echo.delay == echo.delay_to:
        for i in range(0, GRID, 8):
            store8(heard, i, load8(lines, old + i))
        return
    new = base + ((echo.position - echo.delay_to) & (ECHO_SIZE - 1))
    slope = F(1.0 / (FADE_S * echo.sample_rate))
    for i in range(0, GRID, 8):
        part = ramp8() * slope + (F(echo.faded) + slope * F(i))
        part = part * part * (splat8(F(3.0)) - part * F(2.0))  # no corner at either end
        from_old = load8(lines, old + i)
        store8(heard, i, from_old + (load8(lines, new + i) - from_old) * part)


@rt
def _feed(echo):
    """Write both lines: what was sent and the other line's repeat, thinned and darkened."""
    lines, memory, left, right = echo.lines, echo.memory, echo.left, echo.right
    at = echo.position & (ECHO_SIZE - 1)
    feedback, dark, thin = echo.feedback, echo.dark, echo.thin
    slope = (echo.feedback_to - feedback) * echo.glide * PART_OF_STEP
    dark_left, thin_left, dark_right, thin_right = memory[0], memory[1], memory[2], memory[3]
    for i in range(GRID):
        feedback += slope
        dark_left += dark * (left[i] - dark_left)
        thin_left += thin * (dark_left - thin_left)
        dark_right += dark * (right[i] - dark_right)
        thin_right += thin * (dark_right - thin_right)
        lines[at + i] = F(echo.x[i] + feedback * (dark_right - thin_right))
        lines[ECHO_STRIDE + at + i] = F(feedback * (dark_left - thin_left))
    memory[0], memory[1], memory[2], memory[3] = dark_left, thin_left, dark_right, thin_right
    echo.feedback = feedback
    if at == 0:
        for base in range(0, 2 * ECHO_STRIDE, ECHO_STRIDE):
            for i in range(0, GRID, 8):
                store8(lines, base + ECHO_SIZE + i, load8(lines, base + i))


@rt
def echo_process(echo, beats_per_frame):
    """Take one grid step of echo.x, leave the repeats in echo.left and echo.right; beats_per_frame is the tempo now.

    At rest (nothing sent for longer than the longest delay, nothing left above -120 dBFS) it costs almost nothing.
    """
    x, left, right = echo.x, echo.left, echo.right
    limit, loudest = splat8(LOUDEST), splat8(F(0.0))
    for i in range(0, GRID, 8):
        sent = finite8(load8(x, i), limit)
        store8(x, i, sent)
        loudest = largest8(absolute8(sent), loudest)
    if peak8(loudest) == F(0.0) and echo_at_rest(echo):
        for i in range(0, GRID, 8):
            store8(left, i, splat8(F(0.0)))
            store8(right, i, splat8(F(0.0)))
        return
    _follow(echo, beats_per_frame)
    _read(echo, 0, left)
    _read(echo, ECHO_STRIDE, right)
    if echo.delay != echo.delay_to:
        echo.faded += GRID / (FADE_S * echo.sample_rate)
        if echo.faded + 1.0 / (FADE_S * echo.sample_rate) * GRID > 1.0:
            echo.delay = echo.delay_to
    echo.dark += echo.glide * (echo.dark_to - echo.dark)
    _feed(echo)
    slope = F((echo.level_to - echo.level) * echo.glide * PART_OF_STEP)
    for i in range(0, GRID, 8):
        loudest = largest8(largest8(absolute8(load8(left, i)), absolute8(load8(right, i))), loudest)
        gain = ramp8() * slope + (F(echo.level) + slope * F(i))
        store8(left, i, load8(left, i) * gain)
        store8(right, i, load8(right, i) * gain)
    echo.level += (echo.level_to - echo.level) * echo.glide
    echo.position += GRID
    echo.rest = 0 if peak8(loudest) > QUIET else echo.rest + GRID
