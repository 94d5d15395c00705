"""Master limiter: stereo-linked, one grid step of look-ahead, never above its ceiling.

A gain is fixed at every border between grid steps so low that neither neighbour exceeds the ceiling, and moves in a
straight line in between: within a step it is never above both ends, so no sample passes.  The step that is heard is the
one before the step that is known.
"""
import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, largest8, load8, peak8, ramp8, splat8, store8
from ..rt.units import smoothing

F = np.float32
#: -1 dBFS: room for what converters and lossy formats add between samples.
CEILING = F(0.891)
#: 150 ms: recovers between beats without pumping on a held bass.
RELEASE_S = 0.15

LIMITER = state(
    ("gain", "f4"),                  # at the border that is heard next
    ("allowed", "f4"),               # by the step that waits
    ("recovery", "f4"),              # share of the missing gain that comes back in a grid step
    ("left", "f4", (GRID,)), ("right", "f4", (GRID,)),            # in; then out
    ("wait_left", "f4", (GRID,)), ("wait_right", "f4", (GRID,)),  # the step that waits
)


@rt
def limiter_reset(limiter, sample_rate):
    """Forget the past signal."""
    limiter.recovery = smoothing(RELEASE_S, sample_rate / GRID)
    limiter.gain = 1.0
    limiter.allowed = 1.0
    for i in range(GRID):
        limiter.wait_left[i] = 0.0
        limiter.wait_right[i] = 0.0


@rt
def limiter_process(limiter):
    """Replace limiter.left and limiter.right by the step before, held below the ceiling."""
    left, right = limiter.left, limiter.right
    loudest = splat8(CEILING)
    for i in range(0, GRID, 8):
        loudest = largest8(absolute8(load8(left, i)), largest8(absolute8(load8(right, i)), loudest))
    allowed = CEILING / peak8(loudest)
    gain = limiter.gain
    recovered = gain + (F(1.0) - gain) * limiter.recovery
    end = min(min(limiter.allowed, allowed), recovered)
    slope = (end - gain) * F(1.0 / GRID)
    for i in range(0, GRID, 8):
        g = ramp8() * slope + (gain + slope * F(i))
        heard_left, heard_right = load8(limiter.wait_left, i) * g, load8(limiter.wait_right, i) * g
        store8(limiter.wait_left, i, load8(left, i))
        store8(limiter.wait_right, i, load8(right, i))
        store8(left, i, heard_left)
        store8(right, i, heard_right)
    limiter.gain = end
    limiter.allowed = allowed
