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
    above8,
    absolute8,
    flip4,
    floor8,
    largest8,
    last8,
    load8,
    muladd8,
    peak8,
    ramp8,
    smallest8,
    splat8,
    store8,
    top8,
    up1,
    up2,
    up4,
)
from ..rt.units import clamp, hz_of_key, smoothing
from .part import BUSES, CHANNELS, PART_MASK
from .pool import FREE, RELEASED, SILENCE, pool_clear, pool_free, voice_fields

F = np.float32
STRINGS = 64
#: Taps of the loop: four of Lagrange, and the frame before, for the one-pole.
TAPS = 5
#: Longest loop: 25 Hz at 96 kHz is 3840 frames.
RING = 4096
#: The first frames of a ring stand behind its end once more, so that the 20 frames a grid step reads never wrap.
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
#: Modes of a body: with two numbers each they fill the lanes.
MODES = 4

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
_BODY[:, :, :2] = 400.0, 20.0  # a mode that adds nothing lets ring out what another body left
for _kind, _row in enumerate(STRINGS_OF):
    _BODY[_kind, :len(_row[11])] = _row[11]

#: White noise behind the zeros of two fingers at half the rate (no finger is sharper), long enough that nobody hears it repeat.
NOISE = 1024  # a power of two
_NOISE_FRAMES = np.random.default_rng(1).uniform(-1, 1, NOISE)
_NOISE_FRAMES = sum(w * np.roll(_NOISE_FRAMES, i) for i, w in enumerate((0.25, 0.5, 0.25)))
_NOISE_FRAMES = np.append(_NOISE_FRAMES, _NOISE_FRAMES[:8]).astype("f4")

PLUCK = state(
    *voice_fields(STRINGS),
    ("position", "i8"),                 # frames rendered since reset: where all rings are written
    ("mask", "i8", (STRINGS,)),         # ring length in use - 1: short strings stay in the cache
    ("delay", "i8", (STRINGS,)),        # whole frames of the loop
    ("loop", "f4", (STRINGS * 4,)),     # fractional delay, loop gain and one-pole gain together
    ("old_loop", "f4", (4,)),           # that of the step before, while a string is tuned anew
    ("powers", "f4", (STRINGS * 8,)),   # coefficient of the one-pole to the powers 1 .. 8
    ("taps", "f4", (STRINGS * 8,)),     # TAPS: `loop`, and what the one-pole keeps of it a frame later
    ("even", "f4", (STRINGS * 8,)),     # coefficient to the powers 2, 2, 4, 4, 6, 6, 8, 8
    ("carry", "f4", (STRINGS * 8,)),    # newest frames of the one-pole
    ("kind", "i8", (STRINGS,)),
    ("gain", "f4", (STRINGS,)),         # where the part's gain was at the end of the last step
    ("pan", "f4", (STRINGS,)),          # -0.5 right .. 0.5 left
    ("t60_s", "f4", (STRINGS,)),
    ("damped", "f4", (STRINGS,)),       # 0 free .. 1 the hand lies on it
    ("deep", "f4", (STRINGS,)),         # loop gain under the hand, relative to that of the free string ...
    ("kept", "f4", (STRINGS,)),         # ... and how much of it is in the taps now
    ("calm", "i4", (STRINGS,)),         # the gate at which nothing moves in the string, or FREE
    ("tuned", "f4", (STRINGS,)),        # cents of bend ...
    ("bright", "f4", (STRINGS,)),       # ... and brightness the loop is tuned to
    ("burst_from", "i8", (STRINGS,)),   # position of the first frame of the burst
    ("burst_left", "i8", (STRINGS,)),   # frames of its noise; 0: it is over
    ("point", "i8", (STRINGS,)),        # frames between the burst and its inverse: the pluck point
    ("seed", "i8", (STRINGS,)),         # where its noise begins in _NOISE_FRAMES
    ("pulse", "f4", (STRINGS,)), ("noise", "f4", (STRINGS,)),     # their heights
    # one-poles on the burst, the string's own slope and twice the finger's: coefficients to the powers 1 .. 8, newest frames
    ("tilt", "f4", (STRINGS * 8,)), ("finger", "f4", (STRINGS * 8,)), ("burst_now", "f4", (STRINGS * 4,)),
    ("ring", "f4", (STRINGS * SLOT,)),
    ("out", "f4", (GRID,)),
    # bodies, one a player: resonators in the lanes
    ("body_kind", "i8", (BUSES,)),      # row of the table it is tuned to, -1: none
    ("body_heard", "i4", (BUSES,)),     # 1: it rings, or a string of the player sounds in this step
    ("bodies", "i8"),                   # bodies that ring
    ("body", "f4", (BUSES * 8,)),           # what swings: y of each mode, then d of each mode
    ("body_own", "f4", (BUSES * 8,)), ("body_other", "f4", (BUSES * 8,)),  # what each keeps in 8 frames, and gets from its twin
    ("body_square", "f4", (BUSES * 8,)),    # energy in the square of each
    ("body_answer", "f4", (BUSES * 16,)),   # eight zeros and what is heard of an impulse in frames 0 .. 7
    ("body_sound", "f4", (BUSES * 64,)),    # what is heard of each number of `body` in the next eight frames
    ("body_push", "f4", (BUSES * 64,)),     # what each of eight frames of the strings adds to `body` behind the last of them
    ("strings", "f4", (BUSES * GRID,)),     # sum of the strings of a player
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
    store8(pool.body, 8 * p, splat8(F(0.0)))
    for i in range(p * GRID, (p + 1) * GRID):
        pool.strings[i] = 0.0


@rt
def _body_tune(pool, p, kind, sample_rate):
    """Give player p the body of a row of the table.  What rings in it rings on: `in` alone is new, so nothing steps."""
    pool.body_kind[p] = kind
    for n in range(16):
        pool.body_answer[16 * p + n] = 1.0 if n == 8 else 0.0  # the strings themselves
    for i in range(MODES):
        hz, q, adds = _BODY[kind, i, 0], _BODY[kind, i, 1], _BODY[kind, i, 2]
        r = math.exp(-math.pi * hz / (q * sample_rate))
        half = math.sin(math.pi * hz / sample_rate)
        # as in modal.py, a frame is d = r2 d - k y + in, y += d; d is heard: in / (1 - r2) at the peak, about, nothing at 0 Hz
        k, r2 = (1.0 - r) * (1.0 - r) + 4.0 * r * half * half, r * r
        y = d = adds * (1.0 - r2)  # behind an impulse, n frames later
        y_of_y, y_of_d, d_of_y, d_of_d = 1.0, 0.0, 0.0, 1.0  # what y and d behind frame n have of those before frame 0
        for n in range(8):
            if n > 0:
                d = r2 * d - k * y
                y += d
            pool.body_answer[16 * p + 8 + n] += d
            pool.body_push[64 * p + 8 * (7 - n) + i], pool.body_push[64 * p + 8 * (7 - n) + 4 + i] = y, d
            d_of_y, d_of_d = r2 * d_of_y - k * y_of_y, r2 * d_of_d - k * y_of_d
            y_of_y, y_of_d = y_of_y + d_of_y, y_of_d + d_of_d
            pool.body_sound[64 * p + 8 * i + n], pool.body_sound[64 * p + 8 * (4 + i) + n] = d_of_y, d_of_d
        at = 8 * p + i
        pool.body_own[at], pool.body_own[at + 4], pool.body_other[at], pool.body_other[at + 4] = y_of_y, d_of_d, y_of_d, d_of_y
        pool.body_square[at], pool.body_square[at + 4] = k, 1.0  # k is nearly a mode's frequency squared


@rt
def _lagrange(d):
    """Third-order Lagrange taps for a delay of d frames, 1 .. 2."""
    return ((d - 1.0) * (d - 2.0) * (d - 3.0) / -6.0, d * (d - 2.0) * (d - 3.0) / 2.0, d * (d - 1.0) * (d - 3.0) / -2.0,
            d * (d - 1.0) * (d - 2.0) / 6.0)


@rt
def _spread(pool, v):
    """Set the taps: what is in the loop, and what the one-pole keeps of it a frame later."""
    loop, pole = pool.loop, pool.powers[8 * v]
    pool.taps[8 * v], pool.taps[8 * v + 4] = loop[4 * v], pole * loop[4 * v + 3]
    for k in range(1, 4):
        pool.taps[8 * v + k] = loop[4 * v + k] + pole * loop[4 * v + k - 1]


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
def _loop_gain(periods, loss):
    """Gain of a loop that falls by 60 dB in so many periods, below 1 for a constant too."""
    return min(10.0 ** (-3.0 / periods) / loss, 10.0 ** (-3.0 / (periods * LONGEST)))


@rt
def _kept(deep, damped):
    """How much of its loop gain a string keeps while the hand lies down, without a corner."""
    return F(1.0) + (deep - F(1.0)) * damped * damped * (F(3.0) - F(2.0) * damped)


@rt
def _tune(pool, v, cents, bright, sample_rate):
    """Set loop length, taps, one-pole and loop gain for the pitch of voice v bent by `cents`."""
    kind = pool.kind[v]
    # a loop longer than its ring would wrap: bends stop there, an octave or more below the key
    lowest_hz = max(LOWEST_HZ, sample_rate / (pool.mask[v] - 4))
    hz = clamp(hz_of_key(pool.pitch[v] + cents / 100.0), lowest_hz, sample_rate / (SHORTEST_FRAMES + 2))
    pole = _pole(_DAMPING[kind], bright, hz, float(pool.t60_s[v]), sample_rate)
    w = 2.0 * math.pi * hz / sample_rate
    c, s = math.cos(w), math.sin(w)
    lag_frames = math.atan2(pole * s, 1.0 - pole * c) / w  # delay of the one-pole at the pitch
    period_frames = max(sample_rate / hz - lag_frames, SHORTEST_FRAMES + 1.0)
    whole = math.floor(period_frames) - 1.0
    d = period_frames - whole  # 1 .. 2: the middle interval, where Lagrange taps are best
    # what these taps really do at the pitch, seen from their middle: a delay a little off, and a loss
    t0, t1, t2, t3 = _lagrange(d)
    c1, s1 = math.cos(0.5 * w), math.sin(0.5 * w)
    c3, s3 = c1 * c - s1 * s, s1 * c + c1 * s
    real, imaginary = (t0 + t3) * c3 + (t1 + t2) * c1, (t0 - t3) * s3 + (t1 - t2) * s1
    off_frames = d - (1.5 - math.atan2(imaginary, real) / w)
    # losses at the pitch are made up for, as far as lower frequencies, down to a constant, still die away
    loss = (1.0 - pole) / math.sqrt(1.0 - 2.0 * pole * c + pole * pole) * math.sqrt(real * real + imaginary * imaginary)
    t60_s = float(pool.t60_s[v])
    free = _loop_gain(hz * t60_s, loss)
    pool.deep[v] = _loop_gain(hz * min(_RELEASE_S[kind], t60_s), loss) / free
    pool.kept[v] = _kept(pool.deep[v], pool.damped[v])
    t0, t1, t2, t3 = _lagrange(d + off_frames)
    gain = free * pool.kept[v] * (1.0 - pole)
    loop = pool.loop
    loop[4 * v], loop[4 * v + 1], loop[4 * v + 2], loop[4 * v + 3] = gain * t0, gain * t1, gain * t2, gain * t3
    power = 1.0
    for i in range(8 * v, 8 * v + 8, 2):
        pool.powers[i], pool.powers[i + 1] = power * pole, power * pole * pole
        power *= pole * pole
        pool.even[i], pool.even[i + 1] = power, power
    _spread(pool, v)
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
    v &= STRINGS - 1
    for i in range(v * SLOT, v * SLOT + length + AGAIN, 16):
        store8(pool.ring, i, splat8(F(0.0)))
        store8(pool.ring, i + 8, splat8(F(0.0)))
    pool.mask[v] = length - 1
    store8(pool.carry, 8 * v, splat8(F(0.0)))
    pool.calm[v] = FREE
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
    pool.seed[v] = int(pitch * 16.0) * 7919 + 703
    # a plucked string's own spectrum falls by 6 dB an octave; a soft or slow finger leaves it later
    finger_hz = max(_FINGER_HZ[kind] * 0.08 ** ((1.0 - velocity) * 0.8) * 0.2 ** soft * 4.0 ** (bright - 0.5), hz)
    tilt = 2.0 * math.pi * min((1.0 + 1.5 * velocity) * hz / sample_rate, 0.4)
    finger = 2.0 * math.pi * min(1.5 * finger_hz / sample_rate, 0.45)
    q, r = math.exp(-tilt), math.exp(-finger)
    q_power, r_power = 1.0, 1.0
    for i in range(8 * v, 8 * v + 8):
        q_power, r_power = q_power * q, r_power * r
        pool.tilt[i], pool.finger[i] = q_power, r_power
    for i in range(4 * v, 4 * v + 4):
        pool.burst_now[i] = 0.0
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
def _hump(n, frames):
    """Frames 0 .. frames - 1 of all n, behind the zeros of two fingers."""
    rise = smallest8(n * F(0.5) + F(0.25), splat8(F(0.5 * frames + 0.75)) - n * F(0.5))
    return smallest8(largest8(rise, splat8(F(0.0))), splat8(F(1.0)))


@rt
def _pluck(pool, v, first, width):
    """Pulse and noise, frames `first` .. first + 7 of the burst."""
    n = ramp8() + F(first - 1)
    noise = load8(_NOISE_FRAMES, (first + pool.seed[v]) & (NOISE - 1)) * pool.noise[v]
    return _hump(n, width) * (pool.pulse[v] / F(width)) + _hump(n, pool.burst_left[v]) * noise


@rt
def _lag(x, powers, at, before):
    """One-pole of eight frames and the one before them: its coefficient to the powers 1 .. 8 stand in powers[at:]."""
    x = x + up1(x) * powers[at]
    x = x + up2(x) * powers[at + 1]
    x = x + up4(x) * powers[at + 3]
    return x + load8(powers, at) * before


@rt
def _burst(pool, v, width):
    """Write the burst of this step to pool.out; its pulses are `width` frames wide."""
    v &= STRINGS - 1
    now, point, tilt, finger = pool.burst_now, pool.point[v], F(1.0) - pool.tilt[8 * v], F(1.0) - pool.finger[8 * v]
    for i in range(0, GRID, 8):
        first = pool.position + i - pool.burst_from[v]
        x = _pluck(pool, v, first, width) - _pluck(pool, v, first - point, width)
        tilted = _lag(x * tilt, pool.tilt, 8 * v, now[4 * v])
        soft = _lag(tilted * finger, pool.finger, 8 * v, now[4 * v + 1])
        softer = _lag(soft * finger, pool.finger, 8 * v, now[4 * v + 2])
        now[4 * v], now[4 * v + 1], now[4 * v + 2] = top8(tilted), top8(soft), top8(softer)
        store8(pool.out, i, softer)
    if first + 8 >= pool.burst_left[v] + point and abs(now[4 * v]) < F(BURST_END) and abs(now[4 * v + 2]) < F(BURST_END):
        pool.burst_left[v] = 0


@rt
def _newest(x):
    """The two newest frames, four times: one instruction."""
    even = ramp8() - floor8(ramp8() * F(0.5)) * F(2.0)
    return above8(even, splat8(F(0.5)), last8(up1(x)), last8(x))


@rt
def _string(pool, v, base, at, read):
    """One grid step of the loop of string v: two vectors of eight frames, left in the ring and returned."""
    v &= STRINGS - 1  # an index that can't be negative needs no test for it: 10 % of the time of a string
    ring, length = pool.ring, pool.mask[v] + 1
    even, two, four = load8(pool.even, 8 * v), splat8(pool.even[8 * v]), splat8(pool.even[8 * v + 2])
    t = splat8(pool.taps[8 * v])
    y, z = load8(ring, read) * t, load8(ring, read + 8) * t
    for k in range(1, TAPS):
        t = splat8(pool.taps[8 * v + k])
        y, z = muladd8(load8(ring, read - k), t, y), muladd8(load8(ring, read + 8 - k), t, z)
    # the taps hold the one-pole for one frame back: here two frames, then four, then all before
    y, z = muladd8(up2(y), two, y), muladd8(up2(z), two, z)
    y = muladd8(up4(y), four, y) + even * _newest(load8(pool.carry, 8 * v))
    z = muladd8(up4(z), four, z) + even * _newest(y)
    store8(ring, base + at, y)
    store8(ring, base + at + 8, z)
    if at < AGAIN:
        store8(ring, base + at + length, y)
        store8(ring, base + at + length + 8, z)
    store8(pool.carry, 8 * v, z)
    return y, z


@rt
def _moved_string(pool, v, base, at, old_read, read, kept):
    """Render as `_string` does, with the burst in pool.out, from the old loop, if old_read is one, to the new.

    The loop gain comes from `kept` times the new one.  For short loops too: the second vector may read all of the first one.
    """
    v &= STRINGS - 1
    ring, length = pool.ring, pool.mask[v] + 1
    carry = load8(pool.carry, 8 * v)
    near = far = carry
    for i in range(0, GRID, 8):
        share = ramp8() * F(1.0 / GRID) + F(i / GRID)
        old, y = splat8(F(0.0)), splat8(F(0.0))
        for k in range(4):
            y = y + load8(ring, read + i - k) * pool.loop[4 * v + k]
        y = y * (share * (F(1.0) - kept) + kept)
        if old_read != 0:
            for k in range(4):
                old = old + load8(ring, old_read + i - k) * pool.old_loop[k]
            y = old + (y - old) * share
        carry = _lag(y, pool.powers, 8 * v, top8(carry))
        near, far = far, carry + load8(pool.out, i)
        store8(ring, base + at + i, far)
        if at < AGAIN:
            store8(ring, base + at + length + i, far)
    store8(pool.carry, 8 * v, carry)
    return near, far


@rt
def _retune(pool, v, cents, bright, glide, sample_rate):
    """Tune string v a little nearer to where the part is; what it was goes to old_loop."""
    pole = pool.powers[8 * v]
    for k in range(4):
        pool.old_loop[k] = pool.loop[4 * v + k]
    cents, bright = _follow(pool.tuned[v], cents, glide, F(0.02)), _follow(pool.bright[v], bright, glide, F(0.0005))
    _tune(pool, v, cents, bright, sample_rate)
    for k in range(4):  # it holds the gain of the one-pole, which is new already
        pool.old_loop[k] *= (F(1.0) - pool.powers[8 * v]) / (F(1.0) - pole)


@rt
def _lay_hand(pool, v, hand):
    """Damp string v one step further; return the loop gain before, relative to that now."""
    pool.damped[v] = min(pool.damped[v] + hand, F(1.0))
    before, now = pool.kept[v], _kept(pool.deep[v], pool.damped[v])
    pool.kept[v] = now
    for k in range(4 * v, 4 * v + 4):
        pool.loop[k] *= now / before
    _spread(pool, v)
    return before / now


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
        # the first tap reads `delay` frames back, others read older frames; the oldest decides where the ring wraps
        oldest = TAPS - 1
        read = base + ((position - pool.delay[v] - oldest) & mask) + oldest
        settled = (part.pitch_cents == pool.tuned[v]) & (part.bright == pool.bright[v])
        if pool.calm[v] == gate and settled:
            near, far = _string(pool, v, base, at, read)
        else:
            kept, old_read, hand_moves = F(1.0), 0, gate == RELEASED and pool.damped[v] < F(1.0)
            if hand_moves:
                kept = _lay_hand(pool, v, hand)
            if not settled:
                old_read = read
                _retune(pool, v, part.pitch_cents, part.bright, glide, sample_rate)
                read = base + ((position - pool.delay[v] - oldest) & mask) + oldest
            store8(out, 0, splat8(F(0.0)))
            store8(out, 8, splat8(F(0.0)))
            if pool.burst_left[v] > 0:
                _burst(pool, v, pulse_frames)
            near, far = _moved_string(pool, v, base, at, old_read, read, kept)
            calm = pool.burst_left[v] == 0 and not hand_moves and pool.delay[v] >= LONG_FRAMES
            pool.calm[v] = gate if calm else FREE
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
    """Add the strings of player p, and what they move of its body, to its bus: eight frames at once."""
    p &= 31  # as in `_string`
    strings, bus = pool.strings, p * GRID
    own, other, now = load8(pool.body_own, 8 * p), load8(pool.body_other, 8 * p), load8(pool.body, 8 * p)
    for j in range(bus, bus + GRID, 8):
        moved = told = swung = splat8(F(0.0))  # three sums that wait for nothing but themselves
        for i in range(8):
            x = splat8(strings[j + i])
            moved = muladd8(x, load8(pool.body_push, 64 * p + 8 * i), moved)
            told = muladd8(x, load8(pool.body_answer, 16 * p + 8 - i), told)
            swung = muladd8(splat8(pool.body[8 * p + i]), load8(pool.body_sound, 64 * p + 8 * i), swung)
        now = muladd8(own, now, muladd8(other, flip4(now), moved))
        store8(buses, j, load8(buses, j) + (told + swung))
        store8(pool.body, 8 * p, now)
        store8(strings, j, splat8(F(0.0)))
    if peak8(now * now * load8(pool.body_square, 8 * p)) < F(SILENCE * SILENCE):
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
