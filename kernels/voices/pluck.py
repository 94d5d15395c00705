"""Plucked string: a burst of noise in a loop of delay and low-pass, eight frames of one string in the lanes.

Sources: K. Karplus, A. Strong, "Digital synthesis of plucked-string and drum timbres", and D. Jaffe, J. Smith,
"Extensions of the Karplus-Strong plucked-string algorithm", both Computer Music Journal 7(2), 1983 (pluck position,
dynamics, tuning).  Fractional delay by third-order Lagrange taps: T. Laakso et al., "Splitting the unit delay", IEEE SP
Magazine 1996.  The one-pole inside the loop is computed for eight frames at once as a prefix sum over the lanes.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, largest8, last8, load8, peak8, ramp8, splat8, store8, top8, up1, up2, up4
from ..rt.units import clamp, hz_of_key
from .part import CHANNELS, PART_MASK
from .pool import FREE, RELEASED, SILENCE, pool_clear, pool_free, voice_fields

F = np.float32
STRINGS = 64
#: Longest loop: 25 Hz at 96 kHz is 3840 frames.
RING = 4096
#: The first frames of a ring stand behind its end once more, so that the 19 frames a grid step reads never wrap.
AGAIN = 2 * GRID
#: A ring, its repetition, and 13 cache lines more, so that the strings do not all fall into the same sets of the cache.
SLOT = RING + AGAIN + 208
LOWEST_HZ = 25.0
#: A vector of eight frames reads what the loop wrote before it: the delay can't be shorter.
SHORTEST_FRAMES = 10.0
#: Where the string is plucked, as a part of its length: mutes every 7th harmonic, as guitarists do.
PLUCK_POINT = 1.0 / 7.0
#: Level of the burst: one note at full velocity and volume peaks at -6 .. 0 dBFS.
BURST = 0.5
#: The softened burst fades out for so long, down to 5e-5 of its end at the softest: cut off it would leave a constant
#: in the loop, which loses constants last.
FADE_FRAMES = 192
#: Time to fall by 60 dB: a low string rings long, a high one short; after release the hand lies on it.
RING_S, RELEASE_T60_S = 5.0, 0.25
#: Nothing in the loop rings so many times longer than the pitch; less would shorten high notes.
LONGEST = 8.0
#: How often [grid steps] a string is asked whether it can still be heard.
LISTEN = 32  # a power of two

STRINGS_OF = (
    # name, damping of the loop 0 bright .. 1 dull, ringing relative to RING_S, softness of the pluck 0 .. 1
    ("nylon guitar", 0.35, 0.8, 0.35),
    ("steel guitar", 0.18, 1.0, 0.10),
    ("harp", 0.30, 1.2, 0.50),
    ("bass", 0.50, 1.0, 0.60),
    ("ukulele", 0.40, 0.4, 0.30),
    ("koto", 0.15, 0.7, 0.05),
)
_DAMPING = np.array([row[1] for row in STRINGS_OF], "f4")
_RINGING = np.array([row[2] for row in STRINGS_OF], "f4")
_SOFTNESS = np.array([row[3] for row in STRINGS_OF], "f4")

PLUCK = state(
    *voice_fields(STRINGS),
    ("position", "i8"),                 # frames rendered since reset: where all rings are written
    ("mask", "i8", (STRINGS,)),         # ring length in use - 1: short strings stay in the cache
    ("delay", "i8", (STRINGS,)),        # whole frames of the loop
    ("taps", "f4", (STRINGS * 4,)),     # fractional delay, loop gain and one-pole gain together
    ("carry", "f4", (STRINGS,)),        # memory of the one-pole
    ("powers", "f4", (STRINGS * 8,)),   # its coefficient to the powers 1 .. 8
    ("pole", "f4", (STRINGS,)),
    ("gain", "f4", (STRINGS,)),         # where the part's gain was at the end of the last step
    ("t60_s", "f4", (STRINGS,)),
    ("damped", "i4", (STRINGS,)),       # 1 after release
    ("tuned", "f4", (STRINGS,)),        # cents of bend the loop is tuned to
    ("burst_from", "i8", (STRINGS,)),   # position of the first frame of the burst
    ("burst_left", "i8", (STRINGS,)),   # frames of the burst still to come
    ("point", "i8", (STRINGS,)),        # frames between the burst and its inverse: the pluck point
    ("seed", "u4", (STRINGS,)), ("echo_seed", "u4", (STRINGS,)),
    ("soft", "f4", (STRINGS,)), ("soft_now", "f4", (STRINGS,)),  # one-pole on the burst
    ("level", "f4", (STRINGS,)),
    ("ring", "f4", (STRINGS * SLOT,)),
    ("out", "f4", (GRID,)),
)


@rt
def pluck_reset(pool):
    """Forget every string."""
    pool_clear(pool)
    pool.position = 0


@rt
def _tune(pool, v, cents, sample_rate):
    """Set loop length, taps and loop gain for the key of voice v bent by `cents`."""
    # a loop longer than its ring would wrap: bends stop there, an octave or more below the key
    lowest_hz = max(LOWEST_HZ, sample_rate / (pool.mask[v] - 4))
    hz = clamp(hz_of_key(pool.pitch[v] + cents / 100.0), lowest_hz, sample_rate / (SHORTEST_FRAMES + 2.0))
    pole = float(pool.pole[v])
    w = 2.0 * math.pi * hz / sample_rate
    lag_frames = math.atan2(pole * math.sin(w), 1.0 - pole * math.cos(w)) / w  # delay of the one-pole at the pitch
    loss = math.sqrt(1.0 - 2.0 * pole * math.cos(w) + pole * pole) / (1.0 - pole)
    period_frames = sample_rate / hz - lag_frames
    whole = math.floor(period_frames) - 1.0
    d = period_frames - whole  # 1 .. 2: the middle interval, where Lagrange taps are best
    t60_s = RELEASE_T60_S if pool.damped[v] else pool.t60_s[v]
    # the one-pole's loss at the pitch is made up for, as far as lower frequencies, down to a constant, still die away
    gain = min(10.0 ** (-3.0 / (hz * t60_s)) * loss, 10.0 ** (-3.0 / (hz * t60_s * LONGEST))) * (1.0 - pole)
    pool.delay[v] = int(whole)
    pool.taps[4 * v] = gain * (d - 1.0) * (d - 2.0) * (d - 3.0) / -6.0
    pool.taps[4 * v + 1] = gain * d * (d - 2.0) * (d - 3.0) / 2.0
    pool.taps[4 * v + 2] = gain * d * (d - 1.0) * (d - 3.0) / -2.0
    pool.taps[4 * v + 3] = gain * d * (d - 1.0) * (d - 2.0) / 6.0
    pool.tuned[v] = cents


@rt
def pluck_start(pool, v, part, key, velocity, offset, sample_rate):
    """Pluck voice v; velocity 0 .. 1 sets level and brightness."""
    kind = part.program % _DAMPING.shape[0]
    velocity = clamp(velocity, 0.0, 1.0)
    hz = clamp(hz_of_key(key), LOWEST_HZ, sample_rate / (SHORTEST_FRAMES + 2.0))
    period_frames = int(sample_rate / hz)
    length = 64
    while length < period_frames + 8 + GRID:
        length *= 2
    length = min(length * 2, RING)  # twice: room to bend an octave down
    for i in range(length + AGAIN):
        pool.ring[v * SLOT + i] = 0.0
    pool.mask[v] = length - 1
    pool.carry[v] = 0.0
    # the pole moves with the rate, so that the string is as bright at 96 kHz as at 48
    pole = math.exp(math.log(max(float(_DAMPING[kind]), 0.02)) * sample_rate / 48000.0)
    pool.pole[v] = pole
    power = 1.0
    for i in range(8):
        power *= pole
        pool.powers[8 * v + i] = power
    pool.t60_s[v] = RING_S * _RINGING[kind] * clamp(math.sqrt(110.0 / hz), 0.1, 2.0)
    pool.damped[v] = 0
    pool.gain[v] = part.gain
    _tune(pool, v, part.pitch_cents, sample_rate)
    pool.burst_from[v] = pool.position + offset
    pool.burst_left[v] = period_frames
    pool.point[v] = max(int(PLUCK_POINT * period_frames), 1)
    seed = np.uint32(int(key * 16.0) * 7919 + 12345)
    pool.seed[v] = seed
    pool.echo_seed[v] = seed
    pool.soft[v] = clamp(_SOFTNESS[kind] + 0.75 * (1.0 - velocity), 0.0, 0.95)
    pool.soft_now[v] = 0.0
    pool.level[v] = BURST * velocity * velocity / math.sqrt(1.0 - 0.7 * pool.soft[v])


@rt
def _burst(pool, v, base, at, length):
    """Add this step's piece of the burst to what the loop has just written, and to pool.out."""
    seed, echo, soft, level = pool.seed[v], pool.echo_seed[v], pool.soft[v], pool.level[v]
    first, now, point = pool.burst_from[v], pool.soft_now[v], pool.point[v]
    echo_stop = first + pool.burst_left[v] + point
    stop = echo_stop + FADE_FRAMES
    position, out = pool.position, pool.out
    for j in range(GRID):
        n = position + j
        if first <= n < stop:
            x = F(0.0)
            if n < echo_stop - point:
                seed = np.uint32(seed * np.uint32(1664525) + np.uint32(1013904223))  # Numerical Recipes' generator
                x = F(np.int32(seed)) * F(4.656613e-10)
            if first + point <= n < echo_stop:
                echo = np.uint32(echo * np.uint32(1664525) + np.uint32(1013904223))
                x -= F(np.int32(echo)) * F(4.656613e-10)
            now += (F(1.0) - soft) * (x - now)
            out[j] += level * now
    for i in range(0, GRID, 8):
        store8(pool.ring, base + at + i, load8(out, i))
        if at < AGAIN:
            store8(pool.ring, base + at + length + i, load8(out, i))
    pool.seed[v] = seed
    pool.echo_seed[v] = echo
    pool.soft_now[v] = now
    if position + GRID >= stop:
        pool.burst_left[v] = 0


@rt
def _string(pool, v, base, at, read):
    """One grid step of the loop of string v: two vectors of eight frames, left in the ring and returned."""
    v &= STRINGS - 1  # an index that can't be negative needs no test for it: 10 % of the time of a string
    ring, length = pool.ring, pool.mask[v] + 1
    t0, t1, t2, t3 = (splat8(pool.taps[4 * v]), splat8(pool.taps[4 * v + 1]), splat8(pool.taps[4 * v + 2]),
                      splat8(pool.taps[4 * v + 3]))
    powers, c1, c2, c4 = load8(pool.powers, 8 * v), pool.powers[8 * v], pool.powers[8 * v + 1], pool.powers[8 * v + 3]
    y = (load8(ring, read) * t0 + load8(ring, read - 1) * t1) + (load8(ring, read - 2) * t2 + load8(ring, read - 3) * t3)
    y = y + up1(y) * c1
    y = y + up2(y) * c2
    y = y + up4(y) * c4
    y = y + powers * splat8(pool.carry[v])
    store8(ring, base + at, y)
    z = ((load8(ring, read + 8) * t0 + load8(ring, read + 7) * t1)
         + (load8(ring, read + 6) * t2 + load8(ring, read + 5) * t3))
    z = z + up1(z) * c1
    z = z + up2(z) * c2
    z = z + up4(z) * c4
    z = z + powers * last8(y)
    store8(ring, base + at + 8, z)
    if at < AGAIN:
        store8(ring, base + at + length, y)
        store8(ring, base + at + length + 8, z)
    pool.carry[v] = top8(z)
    return y, z


@rt
def pluck_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every string to the bus of its player."""
    if pool.sounding == 0:
        return
    out, position = pool.out, pool.position
    for v in range(STRINGS):
        gate = pool.gate[v]
        if gate == FREE:
            continue
        index = pool.part[v] & PART_MASK
        part = parts[index]
        if (gate == RELEASED and not pool.damped[v]) or part.pitch_cents != pool.tuned[v]:
            pool.damped[v] = gate == RELEASED
            _tune(pool, v, part.pitch_cents, sample_rate)
        base, mask = v * SLOT, pool.mask[v]
        at = position & mask
        # the first tap reads `delay` frames back, three more read older frames; the oldest decides where the ring wraps
        read = base + ((position - pool.delay[v] - 3) & mask) + 3
        near, far = _string(pool, v, base, at, read)
        if pool.burst_left[v] > 0:
            store8(out, 0, near)
            store8(out, 8, far)
            _burst(pool, v, base, at, mask + 1)
            near, far = load8(out, 0), load8(out, 8)
        gain, gain_to = pool.gain[v], part.gain
        near_gain = splat8(gain)
        far_gain = near_gain
        if gain_to != gain:
            step = (gain_to - gain) * F(1.0 / GRID)
            near_gain = ramp8() * step + gain
            far_gain = near_gain + F(8.0) * step
            pool.gain[v] = gain_to
        bus = (index // CHANNELS) * GRID
        store8(buses, bus, load8(buses, bus) + near * near_gain)
        store8(buses, bus + 8, load8(buses, bus + 8) + far * far_gain)
        pool.last[v] = top8(far) * gain_to
        if (position + v * GRID) & (LISTEN * GRID - 1) == 0 and pool.burst_left[v] == 0:
            if peak8(largest8(absolute8(near), absolute8(far))) < F(SILENCE) and _quiet(pool, v):
                pool_free(pool, v)
    pool.position = position + GRID


@rt
def _quiet(pool, v):
    """True when a whole period of string v is below SILENCE."""
    base, mask = v * SLOT, pool.mask[v]
    first = pool.position - pool.delay[v]
    for i in range(pool.delay[v]):
        if abs(pool.ring[base + ((first + i) & mask)]) > SILENCE:
            return False
    return True
