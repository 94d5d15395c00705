"""Struck bars, bells and bowls: each voice a bank of 16 decaying resonators, eight partials in the lanes.

What each sound is made of: `bars.py`.  Each resonator keeps its value y and its last step d, not two past values:
d = r^2 d - k y + strike, y = y + d with k = 1 - 2 r cos w + r^2.  The poles are those of the usual two-pole filter, but low
pitches stay in tune in float32, where the coefficient 2 r cos w of the usual form would be rounded to several cents.

A hard mallet strikes in one frame.  A soft one pushes along a raised cosine: every second frame a little, because what
that leaves at half the sample rate meets no resonator.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import load8, muladd8, splat8, store8, top8, total8, totals8
from ..rt.units import clamp, decay_per_frame, hz_of_key
from .bars import APART_HZ, BARS, DAMPED, HARDNESS, HIGHER, LEVEL, PARTIALS, RATIO, RING, RING_S, mallet_hz
from .part import BUSES, CHANNELS
from .pool import FREE, RELEASED, SILENCE, pool_clear, pool_fade, pool_free, voice_fields

__all__ = ["BARS", "MODAL", "PARTIALS", "RELEASE_T60_S", "SILENT", "VOICES", "modal_render", "modal_reset", "modal_start"]

F, i8 = np.float32, np.int64
VOICES = 32
#: One slot more that never sounds: the partner of an odd voice.
SLOTS, SILENT = VOICES + 1, VOICES
LISTEN = 128  # grid steps between two questions whether a voice can still be heard
RELEASE_T60_S = 0.4
#: No bar, however low and long its ring was made, occupies a voice for longer.
LONGEST_T60_S = 30.0
#: Of the sample rate: partials fade out between the two, and die in GONE_T60_S when a bend lifts them above.
FADE_FROM, FADE_TO, GONE_T60_S = 0.40, 0.45, 0.02
#: Longest push of the softest mallet; never more than CONTACT_PERIODS of the pitch, or nothing of the tone would be left.
CONTACT_S, CONTACT_PERIODS = 0.006, 0.9
#: Ring time at the ends of its macro, and how far `bright` moves the mallet and the ring of high partials, in octaves.
RING_LEAST, RING_MOST = 0.35, 3.0
MALLET_OCTAVES, SOFT_OCTAVES, TILT_OCTAVES = 4.0, 2.0, 3.0
#: Stereo: seven octaves from one side to the other, but never further out than half.
KEYS_TO_SIDE, MIDDLE_KEY, FARTHEST = 96.0, 60.0, 0.5
_mallet_hz = rt(mallet_hz)

MODAL = state(
    *voice_fields(VOICES),
    ("k", "f4", (SLOTS * PARTIALS,)), ("r2", "f4", (SLOTS * PARTIALS,)),
    ("y", "f4", (SLOTS * PARTIALS,)), ("d", "f4", (SLOTS * PARTIALS,)),
    ("strike", "f4", (SLOTS * PARTIALS,)),   # what the whole strike adds to d
    ("strike_at", "i8", (SLOTS,)),           # frame of this step of the next push, if ...
    ("pushes", "i4", (SLOTS,)),              # ... any is to come ...
    ("pushes_all", "i4", (SLOTS,)),          # ... of so many
    ("program", "i4", (VOICES,)),
    ("gain", "f4", (SLOTS,)), ("slope", "f4", (SLOTS,)),  # now, and its change a frame
    ("place", "f4", (SLOTS,)),               # stereo: -0.5 right .. 0.5 left
    ("tuned", "f4", (VOICES,)), ("tilted", "f4", (VOICES,)), ("damped", "i4", (VOICES,)),
    ("ring", "f4", (VOICES,)),               # factor of all ring times
    ("steps", "i8", (VOICES,)),
    ("partner", "i8", (BUSES,)),             # voice of each player that waits for a second one; -1: none
    ("lanes", "f4", (BUSES * GRID * 8,)),    # sums of each player, partials still apart ...
    ("sides", "f4", (BUSES * GRID * 8,)),    # ... and of its side
)


@rt
def modal_reset(pool):
    """Forget every voice."""
    pool_clear(pool)
    for v in range(SLOTS):
        pool.pushes[v] = 0
    for i in range(SLOTS * PARTIALS):
        pool.y[i] = 0.0
        pool.d[i] = 0.0


@rt
def _hz(pool, v, cents):
    """Pitch [Hz] of voice v; its key and the bend [cents] together clamped to MIDI keys 0 .. 150."""
    return hz_of_key(clamp(pool.pitch[v] + cents / 100.0, 0.0, 150.0))


@rt
def _tune(pool, v, cents, bright, sample_rate):
    """Set the poles of voice v for its key bent by `cents`; `bright` 0 .. 1 lets the high partials ring longer."""
    kind = pool.program[v]
    hz = _hz(pool, v, cents)
    # small bars die sooner
    ring_s = RING_S[kind] * clamp((261.6 / hz) ** 0.6, 0.15, 3.0)
    higher = HIGHER[kind] * 2.0 ** (TILT_OCTAVES * (0.5 - clamp(bright, 0.0, 1.0)))
    for i in range(PARTIALS):
        at = v * PARTIALS + i
        ratio = RATIO[kind, i]
        if ratio == 0.0:
            pool.k[at] = 1.0
            pool.r2[at] = 0.0
            continue
        t60_s = min(pool.ring[v] * ring_s * RING[kind, i] / (1.0 + higher * max(ratio - 1.0, 0.0)), LONGEST_T60_S)
        if pool.damped[v]:
            t60_s = min(t60_s, RELEASE_T60_S * pool.ring[v])
        partial_hz = hz * ratio + APART_HZ[kind, i]
        if partial_hz > FADE_TO * sample_rate:
            partial_hz = FADE_TO * sample_rate
            t60_s = min(t60_s, GONE_T60_S)
        r = decay_per_frame(t60_s, sample_rate)
        half = math.sin(math.pi * partial_hz / sample_rate)
        pool.k[at] = (1.0 - r) * (1.0 - r) + 4.0 * r * half * half
        pool.r2[at] = r * r
    pool.tuned[v] = cents
    pool.tilted[v] = bright


@rt
def modal_start(pool, v, residue, part, key, velocity, offset, sample_rate):
    """Strike voice v `offset` frames into the next step; one that still rings keeps ringing, as a bar does.

    What rings with another sound goes to residue[player].
    """
    kind = part.program % RING_S.shape[0]
    velocity = clamp(velocity, 0.0, 1.0)
    ring, soft = clamp(part.ring, 0.0, 1.0), clamp(part.soft, 0.0, 1.0)
    if pool.last[v] == 0.0 or pool.program[v] != kind:
        pool_fade(pool, residue, v)
        for i in range(v * PARTIALS, (v + 1) * PARTIALS):
            pool.y[i] = 0.0
            pool.d[i] = 0.0
        pool.gain[v] = part.gain
    pool.program[v] = kind
    pool.damped[v] = 0
    pool.steps[v] = 0
    pool.ring[v] = RING_LEAST ** (1.0 - 2.0 * ring) if ring < 0.5 else RING_MOST ** (2.0 * ring - 1.0)
    pool.place[v] = clamp((MIDDLE_KEY - key) / KEYS_TO_SIDE, -FARTHEST, FARTHEST)
    hz = _hz(pool, v, part.pitch_cents)
    contact_s = soft * min(CONTACT_S, CONTACT_PERIODS / hz)
    pool.strike_at[v] = offset
    pool.pushes_all[v] = max(int(contact_s * sample_rate * 0.5), 1)
    pool.pushes[v] = pool.pushes_all[v]
    # a longer push moves the pitch itself less (spectrum of a raised cosine): make up for it
    x = contact_s * hz
    level = velocity * (1.0 - x * x) * math.pi * x / math.sin(math.pi * x) if x > 0.01 else velocity
    octaves = MALLET_OCTAVES * (clamp(part.bright, 0.0, 1.0) - 0.5) - SOFT_OCTAVES * soft
    cutoff_hz = _mallet_hz(HARDNESS[kind], velocity) * 2.0 ** octaves
    for i in range(PARTIALS):
        ratio = RATIO[kind, i]
        partial_hz = hz * ratio + APART_HZ[kind, i]
        pushed = 1.0 / (1.0 + (hz * max(ratio - 1.0, 0.0) / cutoff_hz) ** 2)
        heard = clamp((FADE_TO - partial_hz / sample_rate) / (FADE_TO - FADE_FROM), 0.0, 1.0)
        w = 2.0 * math.pi * min(partial_hz / sample_rate, FADE_TO)
        pool.strike[v * PARTIALS + i] = LEVEL[kind, i] * level * pushed * heard * math.sin(w)
    _tune(pool, v, part.pitch_cents, part.bright, sample_rate)


@rt
def _resonate(pool, v, w, player, start, stop):
    """Advance voices v and w of one player together over frames start .. stop - 1, and add them to its lanes.

    Each resonator waits for its own last result; four side by side hide the wait.
    """
    a, b, lanes, sides, to = v * PARTIALS, w * PARTIALS, pool.lanes, pool.sides, player * GRID * 8
    zero = splat8(F(0.0))
    k1, k2, k3, k4 = (zero - load8(pool.k, a), zero - load8(pool.k, a + 8), zero - load8(pool.k, b),
                      zero - load8(pool.k, b + 8))
    r1, r2, r3, r4 = load8(pool.r2, a), load8(pool.r2, a + 8), load8(pool.r2, b), load8(pool.r2, b + 8)
    y1, y2, y3, y4 = load8(pool.y, a), load8(pool.y, a + 8), load8(pool.y, b), load8(pool.y, b + 8)
    d1, d2, d3, d4 = load8(pool.d, a), load8(pool.d, a + 8), load8(pool.d, b), load8(pool.d, b + 8)
    gv, gw, sv, sw = splat8(pool.gain[v]), splat8(pool.gain[w]), splat8(pool.slope[v]), splat8(pool.slope[w])
    pv, pw = splat8(pool.place[v]), splat8(pool.place[w])
    for i in range(start * 8, stop * 8, 8):
        d1 = muladd8(k1, y1, r1 * d1)
        d2 = muladd8(k2, y2, r2 * d2)
        d3 = muladd8(k3, y3, r3 * d3)
        d4 = muladd8(k4, y4, r4 * d4)
        y1 = y1 + d1
        y2 = y2 + d2
        y3 = y3 + d3
        y4 = y4 + d4
        gv = gv + sv
        gw = gw + sw
        one, other = (y1 + y2) * gv, (y3 + y4) * gw
        store8(lanes, to + i, load8(lanes, to + i) + (one + other))
        store8(sides, to + i, load8(sides, to + i) + (one * pv + other * pw))
    store8(pool.y, a, y1)
    store8(pool.d, a, d1)
    store8(pool.y, a + 8, y2)
    store8(pool.d, a + 8, d2)
    store8(pool.y, b, y3)
    store8(pool.d, b, d3)
    store8(pool.y, b + 8, y4)
    store8(pool.d, b + 8, d4)
    pool.gain[v] = top8(gv)
    pool.gain[w] = top8(gw)


@rt
def _strike(pool, v):
    """Give the next push of the mallet to voice v."""
    at, count = v * PARTIALS, pool.pushes_all[v]
    share = 1.0
    if count > 1:
        rise = math.sin(math.pi * (count - pool.pushes[v] + 0.5) / count)
        share = 2.0 * rise * rise / count
    weight = splat8(F(share))
    store8(pool.d, at, load8(pool.d, at) + load8(pool.strike, at) * weight)
    store8(pool.d, at + 8, load8(pool.d, at + 8) + load8(pool.strike, at + 8) * weight)
    pool.pushes[v] -= 1
    pool.strike_at[v] += 2


@rt
def _next_push(pool, v):
    """Frame of this step at which voice v is pushed next; GRID: not in this step."""
    return min(pool.strike_at[v], GRID) if pool.pushes[v] > 0 else GRID


@rt
def _sound(pool, v, w, player):
    """One grid step of voices v and w of one player, cut where they are struck."""
    start = i8(0)
    while True:
        at_v, at_w = _next_push(pool, v), _next_push(pool, w)
        stop = min(at_v, at_w)
        if stop > start:
            _resonate(pool, v, w, player, start, stop)
            start = stop
        if stop == GRID:
            break
        _strike(pool, v if at_v <= at_w else w)
    pool.strike_at[v] -= GRID
    pool.strike_at[w] -= GRID


@rt
def _prepare(pool, v, part, sample_rate):
    """Retune voice v where its pitch, damping or brightness changed; free it when it has died away."""
    damp = pool.gate[v] == RELEASED and not pool.damped[v] and DAMPED[pool.program[v]]
    if damp:
        pool.damped[v] = 1
    if damp or part.pitch_cents != pool.tuned[v] or abs(part.bright - pool.tilted[v]) > 0.01:
        _tune(pool, v, part.pitch_cents, part.bright, sample_rate)
    pool.slope[v] = (part.gain - pool.gain[v]) * F(1.0 / GRID)
    pool.steps[v] += 1
    if pool.steps[v] % LISTEN == 0 and pool.pushes[v] == 0 and _energy(pool, v) < SILENCE:
        pool_free(pool, v)


@rt
def modal_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every voice to the bus of its player."""
    if pool.sounding == 0:
        return
    lanes, sides, zero, players = pool.lanes, pool.sides, splat8(F(0.0)), 0
    for v in range(VOICES):
        if pool.gate[v] == FREE:
            continue
        _prepare(pool, v, parts[pool.part[v]], sample_rate)
        player = pool.part[v] // CHANNELS
        if not players >> player & 1:
            players |= 1 << player
            pool.partner[player] = -1
            for i in range(player * GRID * 8, (player + 1) * GRID * 8, 8):
                store8(lanes, i, zero)
                store8(sides, i, zero)
        if pool.partner[player] < 0:
            pool.partner[player] = v
        else:
            _sound(pool, pool.partner[player], v, player)
            pool.partner[player] = -1
    for player in range(BUSES):
        if players >> player & 1:
            if pool.partner[player] >= 0:
                _sound(pool, pool.partner[player], i8(SILENT), player)
            for i in range(player * GRID, (player + 1) * GRID, 8):
                store8(buses, i, load8(buses, i) + totals8(lanes, i * 8))
                j = BUSES * GRID + i
                store8(buses, j, load8(buses, j) + totals8(sides, i * 8))
    for v in range(VOICES):
        if pool.gate[v] != FREE:
            at = v * PARTIALS
            pool.last[v] = total8(load8(pool.y, at) + load8(pool.y, at + 8)) * pool.gain[v]
            pool.side[v] = pool.last[v] * pool.place[v]


@rt
def _energy(pool, v):
    """Upper bound of what voice v can still sound: its resonators' envelopes, summed."""
    total = 0.0
    for i in range(v * PARTIALS, (v + 1) * PARTIALS):
        y, d, k = float(pool.y[i]), float(pool.d[i]), float(pool.k[i])
        total += math.sqrt(y * y + d * d / max(k, 1e-9))
    return total
