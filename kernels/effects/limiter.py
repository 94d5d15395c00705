"""True-peak limiter: stereo-linked, one grid step late, what lies between the samples stays below its ceiling too.

Works in blocks of 8 frames.  The peak of a block, between its samples as well, is known when the next block has come: the
interpolation looks 8 frames ahead.  A gain is fixed at each border between two blocks so low that neither of them exceeds the
target, and moves in a straight line: the other 8 frames of look-ahead.  Within a block it is never above both ends.

The target lies 0.9 dB below the ceiling, because four places a frame miss the top of a tone at 0.4 of the sample rate by up to
0.44 dB, and a gain that moves makes new peaks between samples.  A short interpolation cannot see what a long one makes of tones
near half the sample rate that begin, end or turn round.  So it is fitted to read high there: right within 0.1 dB up to 0.3 of
the sample rate (14 kHz) and 6 dB too high above 0.42 (20 kHz), where music has next to nothing.
Sources: ITU-R BS.1770-4 (2015), annex 2, for four-fold oversampling; fit and margin were measured with 1100 hard signals.
"""
import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, finite8, largest8, load8, muladd8, peak8, ramp8, splat8, store8
from ..rt.units import smoothing

F = np.float32
BLOCK = 8
#: How late the limiter is: 8 frames to see between samples, 8 to turn down.
LOOK_AHEAD_FRAMES = GRID
#: -1 dBTP: the highest that may lie between samples, room for what converters and lossy formats add.
CEILING = F(10.0 ** (-1.0 / 20.0))
#: Held to this as four-fold interpolation reads it.
TARGET = F(10.0 ** (-1.9 / 20.0))
#: 150 ms: recovers between beats without pumping on a held bass.
RELEASE_S = 0.15
#: Anything beyond is a fault and becomes silence, as do NaN and infinity.
LOUDEST = F(1e15)
TAPS = 16


def _interpolation(part):
    """Weights of samples -7 .. 8 for the value `part` of a frame after sample 0, fitted by least squares."""
    f = np.linspace(0.0, 0.5, 401)[:, None]  # of the sample rate
    wanted = 1.0 + np.sin(0.5 * np.pi * np.clip((f - 0.34) / 0.12, 0.0, 1.0)) ** 2
    weight = np.where(f < 0.3, 8.0, np.where(f < 0.34, 3.0, 1.0))
    waves = np.exp(2j * np.pi * f * (np.arange(TAPS) - (TAPS // 2 - 1))) * weight
    aim = (wanted * weight * np.exp(2j * np.pi * f * part))[:, 0]
    found = np.linalg.lstsq(np.vstack([waves.real, waves.imag]), np.concatenate([aim.real, aim.imag]), rcond=None)[0]
    return found.astype(np.float32)


QUARTER, HALF = _interpolation(0.25), _interpolation(0.5)
THREE_QUARTERS = QUARTER[::-1].copy()
#: What interpolation can make of samples of 1 at most: below TARGET / this, no need to look.
WORST = F(max(np.abs(QUARTER).sum(), np.abs(HALF).sum()) * 1.00001)
#: And of samples of 1 at most whose second differences are 1 at most: a line through the two samples around the place, which
#: STRAIGHT makes of, and what sample k may lie away from it, |k (k - 1)| / 2 second differences.
_AWAY = np.arange(TAPS) - (TAPS // 2 - 1.0)
STRAIGHT = F(max(QUARTER.sum(), HALF.sum()) * 1.0001)
BENT = F(max((np.abs(w) * np.abs(_AWAY * (_AWAY - 1.0)) / 2.0).sum() for w in (QUARTER, HALF)) * 1.0001)

LIMITER = state(
    ("gain", "f4"),                  # at the border that is heard next
    ("allowed", "f4"),               # by the block that is heard next
    ("recovery", "f4"),              # share of the missing gain that comes back in a block
    ("peak", "f4"), ("peak_before", "f4"),  # of the samples of the two newest blocks
    ("left", "f4", (GRID,)), ("right", "f4", (GRID,)),            # in; then out
    ("wait_left", "f4", (3 * BLOCK,)), ("wait_right", "f4", (3 * BLOCK,)),  # two blocks that wait and the one that comes
)


@rt
def limiter_reset(limiter, sample_rate):
    """Forget the past signal."""
    limiter.recovery = smoothing(RELEASE_S, sample_rate / BLOCK)
    limiter.gain = 1.0
    limiter.allowed = 1.0
    limiter.peak = 0.0
    limiter.peak_before = 0.0
    for i in range(3 * BLOCK):
        limiter.wait_left[i] = 0.0
        limiter.wait_right[i] = 0.0


@rt
def _true_peak(limiter):
    """Highest of the middle block that waits, at its samples and three places after each of them."""
    left, right = limiter.wait_left, limiter.wait_right
    l1, l2, l3, zero = splat8(F(0.0)), splat8(F(0.0)), splat8(F(0.0)), splat8(F(0.0))
    r1, r2, r3 = zero, zero, zero
    for k in range(TAPS):
        a, b = load8(left, k + 1), load8(right, k + 1)
        w1, w2, w3 = splat8(QUARTER[k]), splat8(HALF[k]), splat8(THREE_QUARTERS[k])
        l1, l2, l3 = muladd8(a, w1, l1), muladd8(a, w2, l2), muladd8(a, w3, l3)
        r1, r2, r3 = muladd8(b, w1, r1), muladd8(b, w2, r2), muladd8(b, w3, r3)
    highest = largest8(absolute8(load8(left, BLOCK)), absolute8(load8(right, BLOCK)))
    highest = largest8(highest, largest8(absolute8(l1), absolute8(r1)))
    highest = largest8(highest, largest8(absolute8(l2), absolute8(r2)))
    return peak8(largest8(highest, largest8(absolute8(l3), absolute8(r3))))


@rt
def _bend(limiter):
    """Highest second difference of what waits."""
    left, right, bend = limiter.wait_left, limiter.wait_right, splat8(F(0.0))
    for i in (0, BLOCK, 2 * BLOCK - 2):
        a, b, c, d = load8(left, i + 1), load8(left, i + 2), load8(right, i + 1), load8(right, i + 2)
        bend = largest8(absolute8((b - a) - (a - load8(left, i))), bend)
        bend = largest8(absolute8((d - c) - (c - load8(right, i))), bend)
    return peak8(bend)


@rt
def limiter_process(limiter):
    """Replace limiter.left and limiter.right by the step LOOK_AHEAD_FRAMES before, held below the ceiling."""
    left, right, wait_left, wait_right = limiter.left, limiter.right, limiter.wait_left, limiter.wait_right
    limit = splat8(LOUDEST)
    for at in range(0, GRID, BLOCK):
        new_left, new_right = finite8(load8(left, at), limit), finite8(load8(right, at), limit)
        store8(wait_left, 2 * BLOCK, new_left)
        store8(wait_right, 2 * BLOCK, new_right)
        peak = peak8(largest8(absolute8(new_left), absolute8(new_right)))
        allowed = F(1.0)
        highest = max(max(peak, limiter.peak), limiter.peak_before)
        if highest * WORST > TARGET and highest * STRAIGHT + _bend(limiter) * BENT > TARGET:
            allowed = TARGET / max(_true_peak(limiter), TARGET)
        gain = limiter.gain
        end = min(min(limiter.allowed, allowed), gain + (F(1.0) - gain) * limiter.recovery)
        g = ramp8() * ((end - gain) * F(1.0 / BLOCK)) + gain
        store8(left, at, load8(wait_left, 0) * g)
        store8(right, at, load8(wait_right, 0) * g)
        store8(wait_left, 0, load8(wait_left, BLOCK))
        store8(wait_right, 0, load8(wait_right, BLOCK))
        store8(wait_left, BLOCK, new_left)
        store8(wait_right, BLOCK, new_right)
        limiter.gain = end
        limiter.allowed = allowed
        limiter.peak_before = limiter.peak
        limiter.peak = peak
