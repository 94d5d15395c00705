"""Plucked strings: a pulse and a little noise in a loop of delay and low-pass, eight frames of one string in the lanes.

Sources: K. Karplus, A. Strong, "Digital synthesis of plucked-string and drum timbres", and D. Jaffe, J. Smith,
"Extensions of the Karplus-Strong plucked-string algorithm", both Computer Music Journal 7(2), 1983 (pluck position,
dynamics, tuning).  Fractional delay by third-order Lagrange taps: T. Laakso et al., "Splitting the unit delay", IEEE SP
Magazine 1996.  The one-pole inside the loop is computed for eight frames at once as a prefix sum over the lanes.
Body modes: N. Fletcher, T. Rossing, "The Physics of Musical Instruments", 1998, chapters 9 and 11, rounded.

The strings of a player lie on one body, that of the string plucked last: its modes are resonators on the sum of the strings.
A string plays each key from LOWEST_HZ up to sample_rate / (SHORTEST_FRAMES + 1 + the low-pass's delay, 0.1 .. 1.5): at 44.1 kHz
C8 (4186 Hz) where the low-pass is bright, A7 (3520 Hz) in any case; beyond it sounds as near as it can.  The ranges of the
table are those of the instruments, which the tests hold to be in tune.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import (
    absolute8,
    largest8,
    last8,
    load8,
    muladd8,
    peak8,
    ramp8,
    splat8,
    store8,
    top8,
    totals8,
    up1,
    up2,
    up4,
)
from ..rt.units import clamp, hz_of_key, smoothing
from .part import BUSES, CHANNELS, PART_MASK
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
SHORTEST_FRAMES = 8
#: From here on the second vector of a step reads nothing that the first one wrote, not even behind the ring's end.
LONG_FRAMES = 20
#: One note at full velocity and volume peaks at -10 .. -3 dBFS.
LEVEL = 0.42
#: Time to fall by 60 dB: a low string rings long, a high one short.
RING_S = 5.0
#: Nothing in the loop rings so many times longer than the pitch; less would shorten high notes.
LONGEST = 8.0
#: How often [grid steps] a string is asked whether it can still be heard.
LISTEN = 32  # a power of two
#: The end of a burst is so far below its level that nobody hears it cut off.
BURST_END = 1e-6
#: Width of a pulse: highs that a loop loses in its first round would be heard as a click.
PULSE_S = 1.05 / 12000
#: Bends and brightness follow with this time constant, the hand lies down in this time: in one step they would click.
GLIDE_S, HAND_S = 0.008, 0.004
MODES = 8

#: name, lowest and highest key, damping of the loop 0 bright .. 1 dull, ringing relative to RING_S, place of the finger as part
#: of the length (it mutes the harmonics that have a node there), corner of a finger or pick at full velocity [Hz], share of
#: noise (nail, pick, skin), time to fall by 60 dB once let go [s], spread over the stereo field at two octaves from the middle
#: of the range 0 .. 0.5, level, modes of the body: [Hz], Q, how much each adds at its peak.
STRINGS_OF = (
    ("nylon guitar", 40, 84, 0.35, 0.8, 0.17, 3000, 0.12, 0.25, 0.0, 1.0,
     ((98, 12, 0.7), (195, 16, 0.8), (390, 18, 0.4), (560, 20, 0.3))),
    ("steel guitar", 40, 88, 0.18, 1.0, 0.13, 9000, 0.15, 0.25, 0.0, 1.2,
     ((105, 14, 0.6), (210, 18, 0.7), (420, 20, 0.4), (700, 20, 0.3))),
    ("harp", 24, 103, 0.30, 1.2, 0.35, 2500, 0.05, 1.2, 0.4, 0.85, ((180, 6, 0.5), (330, 8, 0.4), (640, 9, 0.3))),
    ("bass", 28, 67, 0.50, 1.0, 0.20, 1400, 0.10, 0.25, 0.0, 1.0, ((62, 8, 0.5), (105, 10, 0.5), (210, 12, 0.3))),
    ("ukulele", 55, 93, 0.40, 0.4, 0.22, 3000, 0.15, 0.2, 0.0, 1.0, ((240, 12, 0.6), (420, 14, 0.8), (850, 14, 0.4))),
    ("koto", 36, 91, 0.15, 0.7, 0.07, 8000, 0.25, 0.7, 0.4, 1.15, ((160, 9, 0.5), (330, 12, 0.6), (700, 12, 0.4))),
    ("kora", 41, 88, 0.22, 0.75, 0.12, 4500, 0.15, 0.9, 0.5, 0.9, ((120, 6, 0.8), (230, 7, 0.7), (480, 8, 0.5))),
    ("lute", 36, 84, 0.28, 0.45, 0.10, 4500, 0.22, 0.3, 0.0, 1.15, ((130, 9, 0.7), (260, 12, 0.7), (520, 12, 0.4))),
    ("banjo", 48, 93, 0.12, 0.3, 0.08, 10000, 0.25, 0.15, 0.0, 1.25, ((300, 5, 0.7), (560, 6, 0.9), (900, 7, 0.6))),
)
_DAMPING, _RINGING, _POINT, _FINGER_HZ, _NOISE, _RELEASE_S, _SPREAD, _LEVEL = (
    np.array([row[i] for row in STRINGS_OF], "f8") for i in range(3, 11))
_MIDDLE = np.array([(row[1] + row[2]) / 2 for row in STRINGS_OF], "f8")
_BODY = np.zeros((len(STRINGS_OF), MODES, 3))
for _kind, _row in enumerate(STRINGS_OF):
    _BODY[_kind, :len(_row[11])] = _row[11]

PLUCK = state(
    *voice_fields(STRINGS),
    ("position", "i8"),                 # frames rendered since reset: where all rings are written
    ("mask", "i8", (STRINGS,)),         # ring length in use - 1: short strings stay in the cache
    ("delay", "i8", (STRINGS,)),        # whole frames of the loop
    ("taps", "f4", (STRINGS * 4,)),     # fractional delay, loop gain and one-pole gain together
    ("old_taps", "f4", (4,)),           # those of the step before, while a string is tuned anew
    ("carry", "f4", (STRINGS,)),        # memory of the one-pole
    ("powers", "f4", (STRINGS * 8,)),   # its coefficient to the powers 1 .. 8
    ("kind", "i8", (STRINGS,)),
    ("gain", "f4", (STRINGS,)),         # where the part's gain was at the end of the last step
    ("pan", "f4", (STRINGS,)),          # -0.5 right .. 0.5 left
    ("t60_s", "f4", (STRINGS,)),
    ("damped", "f4", (STRINGS,)),       # 0 free .. 1 the hand lies on it
    ("tuned", "f4", (STRINGS,)),        # cents of bend ...
    ("bright", "f4", (STRINGS,)),       # ... and brightness the loop is tuned to
    ("burst_from", "i8", (STRINGS,)),   # position of the first frame of the burst
    ("burst_left", "i8", (STRINGS,)),   # frames of its noise; 0: it is over
    ("point", "i8", (STRINGS,)),        # frames between the burst and its inverse: the pluck point
    ("seed", "u4", (STRINGS,)), ("echo_seed", "u4", (STRINGS,)),
    ("pulse", "f4", (STRINGS,)), ("noise", "f4", (STRINGS,)),     # their heights
    ("tilt", "f4", (STRINGS,)), ("tilt_now", "f4", (STRINGS,)),   # one-poles on the burst: the string's own slope ...
    ("finger", "f4", (STRINGS,)), ("finger_now", "f4", (4 * STRINGS,)),  # ... and twice the finger's
    ("ring", "f4", (STRINGS * SLOT,)),
    ("out", "f4", (GRID,)),
    # bodies, one a player: resonators in the lanes
    ("body_kind", "i8", (BUSES,)),      # row of the table it is tuned to, -1: none
    ("body_heard", "i4", (BUSES,)),     # 1: it rings, or a string of the player sounds in this step
    ("bodies", "i8"),                   # bodies that ring
    ("body_k", "f4", (BUSES * MODES,)), ("body_r2", "f4", (BUSES * MODES,)), ("body_in", "f4", (BUSES * MODES,)),
    ("body_y", "f4", (BUSES * MODES,)), ("body_d", "f4", (BUSES * MODES,)),
    ("strings", "f4", (BUSES * GRID,)),  # sum of the strings of a player
    ("lanes", "f4", (GRID * MODES,)),
)


@rt
def pluck_reset(pool):
    """Forget every string and every body."""
    pool_clear(pool)
    pool.position = 0
    pool.bodies = 0
    for p in range(BUSES):
        pool.body_kind[p] = -1
        _body_clear(pool, p)


@rt
def _body_clear(pool, p):
    pool.body_heard[p] = 0
    for i in range(p * MODES, (p + 1) * MODES):
        pool.body_y[i] = 0.0
        pool.body_d[i] = 0.0
    for i in range(p * GRID, (p + 1) * GRID):
        pool.strings[i] = 0.0


@rt
def _body_tune(pool, p, kind, sample_rate):
    """Give player p the body of a row of the table.  What rings in it rings on: `in` alone is new, so nothing steps."""
    pool.body_kind[p] = kind
    for i in range(MODES):
        hz, q, adds = _BODY[kind, i, 0], _BODY[kind, i, 1], _BODY[kind, i, 2]
        at = p * MODES + i
        if adds == 0.0:
            pool.body_k[at], pool.body_r2[at], pool.body_in[at] = 1.0, 0.0, 0.0
            continue
        r = math.exp(-math.pi * hz / (q * sample_rate))
        half = math.sin(math.pi * hz / sample_rate)
        # poles and the form d, y as in modal.py; d has gain in / (1 - r^2) at the peak, about, and none at 0 Hz
        pool.body_k[at] = (1.0 - r) * (1.0 - r) + 4.0 * r * half * half
        pool.body_r2[at] = r * r
        pool.body_in[at] = adds * (1.0 - r * r)


@rt
def _taps(pool, v, d, gain):
    """Third-order Lagrange taps for a delay of d frames, 1 .. 2, times a gain."""
    pool.taps[4 * v] = gain * (d - 1.0) * (d - 2.0) * (d - 3.0) / -6.0
    pool.taps[4 * v + 1] = gain * d * (d - 2.0) * (d - 3.0) / 2.0
    pool.taps[4 * v + 2] = gain * d * (d - 1.0) * (d - 3.0) / -2.0
    pool.taps[4 * v + 3] = gain * d * (d - 1.0) * (d - 2.0) / 6.0


@rt
def _pole(damping, bright, hz, t60_s, sample_rate):
    """Coefficient of the loop's one-pole: as designed in the middle, the square of it at 1, its root at 0, for 48 kHz."""
    pole = min(damping, 0.6) ** (4.0 ** (clamp(bright, 0.0, 1.0) - 0.5))
    # it divides power by 1 + 4 p / (1 - p)^2 sin^2(w / 2): the same for a low frequency at every rate, and for the pitch no
    # more than a loop can make up for in which a constant rings LONGEST times as long
    loss = pole / ((1.0 - pole) * (1.0 - pole)) * (sample_rate / 48000.0) ** 2
    half = math.sin(math.pi * hz / sample_rate)
    most = (10.0 ** (6.0 / (hz * t60_s) * (1.0 - 1.0 / LONGEST)) - 1.0) / (4.0 * half * half)
    loss = max(min(loss, most), 1e-4)
    return (2.0 * loss + 1.0 - math.sqrt(4.0 * loss + 1.0)) / (2.0 * loss)


@rt
def _tune(pool, v, cents, bright, sample_rate):
    """Set loop length, taps, one-pole and loop gain for the pitch of voice v bent by `cents`."""
    kind = pool.kind[v]
    # a loop longer than its ring would wrap: bends stop there, an octave or more below the key
    lowest_hz = max(LOWEST_HZ, sample_rate / (pool.mask[v] - 4))
    hz = clamp(hz_of_key(pool.pitch[v] + cents / 100.0), lowest_hz, sample_rate / (SHORTEST_FRAMES + 2))
    pole = _pole(_DAMPING[kind], bright, hz, float(pool.t60_s[v]), sample_rate)
    power = 1.0
    for i in range(8):
        power *= pole
        pool.powers[8 * v + i] = power
    w = 2.0 * math.pi * hz / sample_rate
    c, s = math.cos(w), math.sin(w)
    lag_frames = math.atan2(pole * s, 1.0 - pole * c) / w  # delay of the one-pole at the pitch
    period_frames = max(sample_rate / hz - lag_frames, SHORTEST_FRAMES + 1.0)
    whole = math.floor(period_frames) - 1.0
    d = period_frames - whole  # 1 .. 2: the middle interval, where Lagrange taps are best
    # what these taps really do at the pitch, seen from their middle: a delay a little off, and a loss
    _taps(pool, v, d, 1.0)
    t0, t1, t2, t3 = pool.taps[4 * v], pool.taps[4 * v + 1], pool.taps[4 * v + 2], pool.taps[4 * v + 3]
    c1, s1 = math.cos(0.5 * w), math.sin(0.5 * w)
    c3, s3 = c1 * c - s1 * s, s1 * c + c1 * s
    real, imaginary = (t0 + t3) * c3 + (t1 + t2) * c1, (t0 - t3) * s3 + (t1 - t2) * s1
    off_frames = d - (1.5 - math.atan2(imaginary, real) / w)
    t60_s = float(pool.t60_s[v])
    if pool.damped[v] > 0.0:
        damped = float(pool.damped[v])
        t60_s *= min(_RELEASE_S[kind] / t60_s, 1.0) ** (damped * damped * (3.0 - 2.0 * damped))
    # losses at the pitch are made up for, as far as lower frequencies, down to a constant, still die away
    loss = (1.0 - pole) / math.sqrt(1.0 - 2.0 * pole * c + pole * pole) * math.sqrt(real * real + imaginary * imaginary)
    gain = min(10.0 ** (-3.0 / (hz * t60_s)) / loss, 10.0 ** (-3.0 / (hz * t60_s * LONGEST)))
    _taps(pool, v, d + off_frames, gain * (1.0 - pole))
    pool.delay[v] = int(whole)
    pool.tuned[v] = cents
    pool.bright[v] = bright


@rt
def pluck_start(pool, v, part, pitch, velocity, offset, sample_rate):
    """Pluck voice v: velocity 0 .. 1 sets level and brightness; so do the part's `bright`, `ring` and `soft`, all 0 .. 1."""
    kind = part.program % _DAMPING.shape[0]
    velocity, pitch = clamp(velocity, 0.0, 1.0), clamp(pitch, 0.0, 135.0)
    bright, soft = clamp(part.bright, 0.0, 1.0), clamp(part.soft, 0.0, 1.0)
    hz = clamp(hz_of_key(pitch), LOWEST_HZ, sample_rate / (SHORTEST_FRAMES + 2))
    period_frames = int(sample_rate / hz)
    length = 64
    while length < period_frames + 8 + GRID:
        length *= 2
    length = min(length * 2, RING)  # twice: room to bend an octave down
    for i in range(length + AGAIN):
        pool.ring[v * SLOT + i] = 0.0
    pool.mask[v] = length - 1
    pool.carry[v] = 0.0
    pool.kind[v] = kind
    turn = 2.0 * clamp(part.ring, 0.0, 1.0) - 1.0
    rings = 3.0 ** turn if turn > 0.0 else 0.35 ** -turn
    pool.t60_s[v] = RING_S * _RINGING[kind] * rings * clamp(math.sqrt(110.0 / hz), 0.1, 2.0)
    pool.damped[v] = 0
    pool.gain[v] = part.gain
    pool.pan[v] = _SPREAD[kind] * clamp((_MIDDLE[kind] - pitch) / 24.0, -1.0, 1.0)  # low strings left, as players sit
    _tune(pool, v, part.pitch_cents, part.bright, sample_rate)
    pool.burst_from[v] = pool.position + offset
    pool.burst_left[v] = period_frames
    pool.point[v] = max(int(_POINT[kind] * period_frames), int(2.0 * PULSE_S * sample_rate), 1)
    seed = np.uint32(int(pitch * 16.0) * 7919 + 12345)
    pool.seed[v] = seed
    pool.echo_seed[v] = seed
    # a plucked string's own spectrum falls by 6 dB an octave; a soft or slow finger leaves it later
    finger_hz = max(_FINGER_HZ[kind] * 0.08 ** ((1.0 - velocity) * 0.8) * 0.2 ** soft * 4.0 ** (bright - 0.5), hz)
    tilt = 2.0 * math.pi * min((1.0 + 1.5 * velocity) * hz / sample_rate, 0.4)
    finger = 2.0 * math.pi * min(1.5 * finger_hz / sample_rate, 0.45)
    pool.tilt[v] = 1.0 - math.exp(-tilt)
    pool.finger[v] = 1.0 - math.exp(-finger)
    pool.tilt_now[v] = 0.0
    for i in range(4 * v, 4 * v + 4):
        pool.finger_now[i] = 0.0
    # height of a pulse and rms of noise behind the one-poles, as if time were continuous and the finger were one, twice as slow
    finger *= 0.5
    ratio = finger / tilt
    if abs(ratio - 1.0) < 0.01:
        ratio = 1.01
    height = tilt * ratio ** (-1.0 / (ratio - 1.0))
    rms = math.sqrt(tilt * finger / (6.0 * (tilt + finger)))
    level = LEVEL * _LEVEL[kind] * velocity * velocity
    pool.pulse[v] = level * (1.0 - _NOISE[kind]) / height
    pool.noise[v] = level * _NOISE[kind] * 0.5 / rms
    player = (pool.part[v] & PART_MASK) // CHANNELS
    if pool.body_kind[player] != kind:
        _body_tune(pool, player, kind, sample_rate)


@rt
def _burst(pool, v, width):
    """Write the burst of this step to pool.out; its pulses are `width` frames wide."""
    seed, echo, tilt, finger = pool.seed[v], pool.echo_seed[v], pool.tilt[v], pool.finger[v]
    first, point, slow = pool.burst_from[v], pool.point[v], pool.tilt_now[v]
    was_slow, soft, was_soft, now = (pool.finger_now[4 * v], pool.finger_now[4 * v + 1], pool.finger_now[4 * v + 2],
                                     pool.finger_now[4 * v + 3])
    noise, pulse = pool.noise[v] * F(4.656613e-10), pool.pulse[v] / F(width)
    noise_stop = first + pool.burst_left[v]
    position, out = pool.position, pool.out
    for j in range(GRID):
        n = position + j
        out[j] = 0.0
        if n < first:
            continue
        x = F(0.0)
        if n < noise_stop:
            seed = np.uint32(seed * np.uint32(1664525) + np.uint32(1013904223))  # Numerical Recipes' generator
            x = F(np.int32(seed)) * noise
        if first + point <= n < noise_stop + point:
            echo = np.uint32(echo * np.uint32(1664525) + np.uint32(1013904223))
            x -= F(np.int32(echo)) * noise
        if first <= n < first + width:
            x += pulse
        if first + point <= n < first + point + width:
            x -= pulse
        slow += tilt * (x - slow)
        soft += finger * (F(0.5) * (slow + was_slow) - soft)  # with a zero at half the rate: no finger is that sharp
        now += finger * (F(0.5) * (soft + was_soft) - now)
        was_slow, was_soft = slow, soft
        out[j] = now
    pool.seed[v] = seed
    pool.echo_seed[v] = echo
    pool.tilt_now[v] = slow
    pool.finger_now[4 * v] = was_slow
    pool.finger_now[4 * v + 1] = soft
    pool.finger_now[4 * v + 2] = was_soft
    pool.finger_now[4 * v + 3] = now
    if position + GRID >= noise_stop + point and abs(slow) < F(BURST_END) and abs(now) < F(BURST_END):
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
def _moved_string(pool, v, base, at, old_read, read):
    """Render as `_string` does, with the burst in pool.out, from the old loop length and taps, if old_read is one, to the new.

    For short loops too: the second vector may read all that the first one wrote.
    """
    ring, length = pool.ring, pool.mask[v] + 1
    powers, c1, c2, c4 = load8(pool.powers, 8 * v), pool.powers[8 * v], pool.powers[8 * v + 1], pool.powers[8 * v + 3]
    carry = splat8(pool.carry[v])
    near = far = carry
    for i in range(0, GRID, 8):
        share = ramp8() * F(1.0 / GRID) + F(i / GRID)
        old, y = splat8(F(0.0)), splat8(F(0.0))
        for k in range(4):
            y = y + load8(ring, read + i - k) * splat8(pool.taps[4 * v + k])
        if old_read != 0:
            for k in range(4):
                old = old + load8(ring, old_read + i - k) * splat8(pool.old_taps[k])
            y = old + (y - old) * share
        y = y + up1(y) * c1
        y = y + up2(y) * c2
        y = y + up4(y) * c4
        y = y + powers * carry
        carry = last8(y)
        near, far = far, y + load8(pool.out, i)
        store8(ring, base + at + i, far)
        if at < AGAIN:
            store8(ring, base + at + length + i, far)
    pool.carry[v] = top8(carry)
    return near, far


@rt
def pluck_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every string and of the bodies to the buses of their players."""
    if pool.sounding == 0 and pool.bodies == 0:
        return
    out, position, strings = pool.out, pool.position, pool.strings
    pulse_frames = max(int(PULSE_S * sample_rate), 1)
    glide, hand = F(smoothing(GLIDE_S, sample_rate / GRID)), F(GRID / (HAND_S * sample_rate))
    for v in range(STRINGS):
        gate = pool.gate[v]
        if gate == FREE:
            continue
        index = pool.part[v] & PART_MASK
        part = parts[index]
        base, mask = v * SLOT, pool.mask[v]
        at = position & mask
        # the first tap reads `delay` frames back, three more read older frames; the oldest decides where the ring wraps
        read = base + ((position - pool.delay[v] - 3) & mask) + 3
        cents, bright = part.pitch_cents, part.bright
        tuned = cents == pool.tuned[v] and bright == pool.bright[v] and (gate != RELEASED or pool.damped[v] == F(1.0))
        if tuned and pool.burst_left[v] == 0 and pool.delay[v] >= LONG_FRAMES:
            near, far = _string(pool, v, base, at, read)
        else:
            old_read = 0  # never where a string reads
            store8(out, 0, splat8(F(0.0)))
            store8(out, 8, splat8(F(0.0)))
            if not tuned:
                old_read = read
                for k in range(4):
                    pool.old_taps[k] = pool.taps[4 * v + k]
                if gate == RELEASED:
                    pool.damped[v] = min(pool.damped[v] + hand, F(1.0))
                cents = _follow(pool.tuned[v], cents, glide, F(0.02))
                bright = _follow(pool.bright[v], bright, glide, F(0.0005))
                old_pole = pool.powers[8 * v]
                _tune(pool, v, cents, bright, sample_rate)
                read = base + ((position - pool.delay[v] - 3) & mask) + 3
                for k in range(4):  # they hold the gain of the one-pole, which is new already
                    pool.old_taps[k] *= (F(1.0) - pool.powers[8 * v]) / (F(1.0) - old_pole)
            if pool.burst_left[v] > 0:
                _burst(pool, v, pulse_frames)
            near, far = _moved_string(pool, v, base, at, old_read, read)
        gain, gain_to = pool.gain[v], part.gain
        near_gain = splat8(gain)
        far_gain = near_gain
        if gain_to != gain:
            step = (gain_to - gain) * F(1.0 / GRID)
            near_gain = ramp8() * step + gain
            far_gain = near_gain + F(8.0) * step
            pool.gain[v] = gain_to
        heard_near, heard_far = near * near_gain, far * far_gain
        bus = (index // CHANNELS) * GRID
        pool.body_heard[index // CHANNELS] = 1
        store8(strings, bus, load8(strings, bus) + heard_near)
        store8(strings, bus + 8, load8(strings, bus + 8) + heard_far)
        pool.last[v] = top8(heard_far)
        pan = pool.pan[v]
        if pan != F(0.0):
            bus += BUSES * GRID
            store8(buses, bus, load8(buses, bus) + heard_near * pan)
            store8(buses, bus + 8, load8(buses, bus + 8) + heard_far * pan)
            pool.side[v] = pan * pool.last[v]
        if (position + v * GRID) & (LISTEN * GRID - 1) == 0 and pool.burst_left[v] == 0:
            if peak8(largest8(absolute8(near), absolute8(far))) < F(SILENCE) and _quiet(pool, v):
                pool_free(pool, v)
    pool.bodies = 0
    for p in range(BUSES):
        if pool.body_heard[p]:
            _body(pool, buses, p)
            pool.bodies += pool.body_heard[p]
    pool.position = position + GRID


@rt
def _follow(now, to, glide, near):
    """Return `now` a little closer to `to`; what is near or not a number is there."""
    away = to - now
    if abs(away) > near:
        return now + glide * away
    return to


@rt
def _body(pool, buses, p):
    """Add the strings of player p, and what they move of its body, to its bus."""
    strings, lanes, m, bus = pool.strings, pool.lanes, p * MODES, p * GRID
    k, r2, push = splat8(F(0.0)) - load8(pool.body_k, m), load8(pool.body_r2, m), load8(pool.body_in, m)
    y, d = load8(pool.body_y, m), load8(pool.body_d, m)
    for j in range(GRID):
        d = muladd8(k, y, muladd8(r2, d, push * splat8(strings[bus + j])))
        y = y + d
        store8(lanes, 8 * j, d)
    store8(pool.body_y, m, y)
    store8(pool.body_d, m, d)
    for j in range(0, GRID, 8):
        store8(buses, bus + j, load8(buses, bus + j) + load8(strings, bus + j) + totals8(lanes, 8 * j))
        store8(strings, bus + j, splat8(F(0.0)))
    # what swings in a mode: k is nearly its frequency squared
    if peak8(d * d - k * y * y) < F(SILENCE * SILENCE):
        _body_clear(pool, p)


@rt
def _quiet(pool, v):
    """True when a whole period of string v is below SILENCE."""
    base, mask = v * SLOT, pool.mask[v]
    first = pool.position - pool.delay[v]
    for i in range(pool.delay[v]):
        if abs(pool.ring[base + ((first + i) & mask)]) > SILENCE:
            return False
    return True
