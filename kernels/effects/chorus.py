"""Chorus: four copies that drift slowly in time, two for each ear, as several players of the same part do.

Source: J. Dattorro, "Effect design 2: delay-line modulation and chorus", JAES 1997.  The slow waves of the copies are a quarter
cycle apart.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, finite8, largest8, load8, peak8, ramp8, splat8, store8
from ..rt.units import clamp, smoothing
from .tap import tap8

F = np.float32
COPIES = 4
#: Middle of the delay of each copy: apart, so that their combs do not fall together, and no multiples of each other.
MIDDLE_S = np.array([0.0091, 0.0113, 0.0137, 0.0161])
#: Farthest way from the middle.
SWAY_S = 0.005
#: The pitch of a copy moves by 24 cents at most, whatever the rate: more is heard as out of tune.
SLOPE = 0.014
#: 21.1 ms at 96 kHz are 2026 frames; the first frames are kept twice so that reads never wrap.
CHORUS_SIZE = 4096
GLIDE_S = 0.05
LOUDEST = F(256.0)
QUIET = F(1e-6)
#: Both copies of one ear together are about as loud as what is sent.
COPY_GAIN = F(math.sqrt(0.5))

CHORUS = state(
    ("sample_rate", "f8"),
    ("position", "i8"),                          # frames since reset, a multiple of GRID
    ("phase", "f8"), ("rate_hz", "f8"),          # the slow wave: cycles
    ("sway", "f8"), ("sway_to", "f8"),           # frames
    ("glide", "f8"),
    ("delay", "f8", (COPIES,)),                  # frames, at the end of the last grid step
    ("level", "f4"), ("level_to", "f4"),
    ("rest", "i8"),                              # frames since anything was heard
    ("x", "f4", (GRID,)),                        # send in
    ("left", "f4", (GRID,)), ("right", "f4", (GRID,)),
    ("line", "f4", (CHORUS_SIZE + GRID,)),
)


@rt
def chorus_reset(chorus, sample_rate):
    """Silence, a gentle setting, at rest."""
    chorus.sample_rate = sample_rate
    for i in range(CHORUS_SIZE + GRID):
        chorus.line[i] = 0.0
    chorus.position = 0
    chorus.phase = 0.0
    chorus.rest = CHORUS_SIZE
    chorus.glide = smoothing(GLIDE_S, sample_rate / GRID)
    chorus_tune(chorus, 0.4, 0.6, 1.0)
    chorus.sway = chorus.sway_to
    chorus.level = chorus.level_to
    for k in range(COPIES):
        chorus.delay[k] = _delay(chorus, k)


@rt
def chorus_tune(chorus, depth, rate_hz, level):
    """Set depth [0 .. 1], rate of the drift [Hz, 0.05 .. 5] and gain [0 .. 4]; depth and gain glide."""
    chorus.rate_hz = clamp(rate_hz, 0.05, 5.0)
    sway_s = min(clamp(depth, 0.0, 1.0) * SWAY_S, SLOPE / (2.0 * math.pi * chorus.rate_hz))
    chorus.sway_to = sway_s * chorus.sample_rate
    chorus.level_to = clamp(level, 0.0, 4.0)


@rt
def chorus_at_rest(chorus):
    """True when only new input can be heard."""
    return chorus.rest >= CHORUS_SIZE


@rt
def _delay(chorus, copy):
    """Delay of one copy in frames.  Copies 0 and 2 go left, 1 and 3 right."""
    wave = math.sin(2.0 * math.pi * (chorus.phase + 0.25 * copy))
    return MIDDLE_S[copy] * chorus.sample_rate + chorus.sway * wave


@rt
def _add_copy(chorus, start, slope, heard):
    """Add one copy to a side: delay [frames] `start` at the step's beginning, growing by `slope` a frame."""
    line = chorus.line
    for i in range(0, GRID, 8):
        # the whole frames stay for eight frames: the fraction then moves by 0.12 at most, around the middle
        place = chorus.position + i - (start + slope * (i + 4.5))
        whole = int(math.floor(place))
        f = ramp8() * F(-slope) + F(place - whole + 4.5 * slope)
        store8(heard, i, load8(heard, i) + tap8(line, (whole - 1) & (CHORUS_SIZE - 1), f))


@rt
def chorus_process(chorus):
    """Take one grid step of chorus.x, leave the copies in chorus.left and chorus.right.

    At rest (nothing sent for longer than the line, nothing left above -120 dBFS) it costs almost nothing.
    """
    x, left, right, line = chorus.x, chorus.left, chorus.right, chorus.line
    limit, zero = splat8(LOUDEST), splat8(F(0.0))
    loudest = zero
    at = chorus.position & (CHORUS_SIZE - 1)
    for i in range(0, GRID, 8):
        sent = finite8(load8(x, i), limit)
        loudest = largest8(absolute8(sent), loudest)
        store8(x, i, sent)
        store8(left, i, zero)
        store8(right, i, zero)
    peak = peak8(loudest)
    if peak == F(0.0) and chorus_at_rest(chorus):
        return
    for i in range(0, GRID, 8):
        sent = load8(x, i)
        store8(line, at + i, sent)
        if at == 0:
            store8(line, CHORUS_SIZE + i, sent)
    chorus.phase += chorus.rate_hz * GRID / chorus.sample_rate
    chorus.phase -= math.floor(chorus.phase)
    chorus.sway += chorus.glide * (chorus.sway_to - chorus.sway)
    for k in range(COPIES):
        end = _delay(chorus, k)
        slope = (end - chorus.delay[k]) / GRID
        _add_copy(chorus, chorus.delay[k], slope, right if k & 1 else left)
        chorus.delay[k] = end
    slope = F(chorus.glide) * (chorus.level_to - chorus.level) * F(1.0 / GRID)
    for i in range(0, GRID, 8):
        gain = (ramp8() * slope + (chorus.level + slope * F(i))) * COPY_GAIN
        store8(left, i, load8(left, i) * gain)
        store8(right, i, load8(right, i) * gain)
    chorus.level += slope * F(GRID)
    chorus.position += GRID
    chorus.rest = 0 if peak > QUIET else chorus.rest + GRID
