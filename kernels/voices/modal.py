"""Struck bars, bells and bowls: each voice a bank of 16 decaying resonators, eight partials in the lanes.

Partial ratios: bars of marimba and xylophone tuned 1 : 4 : 10 and 1 : 3 : 6 (T. Rossing, "Science of Percussion
Instruments", 2000, chapters 5-7), free bar 1 : 2.756 : 5.404 : 8.933, clamped tine 1 : 6.27 : 17.55 (N. Fletcher,
T. Rossing, "The Physics of Musical Instruments", 1998, sections 2.14-2.16), church bell by Rossing's table of partials.

Each resonator keeps its value y and its last step d, not two past values: d = r^2 d - k y + strike, y = y + d with
k = 1 - 2 r cos w + r^2.  The poles are those of the usual two-pole filter, but low pitches stay in tune in float32, where the
coefficient 2 r cos w of the usual form would be rounded to several cents.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import load8, muladd8, splat8, store8, top8, total8, totals8
from ..rt.units import clamp, decay_per_frame, hz_of_key
from .part import BUSES, CHANNELS
from .pool import FREE, RELEASED, SILENCE, pool_clear, pool_fade, pool_free, voice_fields

F = np.float32
VOICES, PARTIALS = 32, 16
#: One slot more that never sounds: the partner of an odd voice.
SLOTS, SILENT = VOICES + 1, VOICES
#: One full strike at full volume peaks at -10 .. 0 dBFS.
LEVEL = 0.30
LISTEN = 128  # grid steps between two questions whether a voice can still be heard
RELEASE_T60_S = 0.4

#: name, ratios, ring time [s] of the lowest partial at middle C, how much faster the higher ones die, hardness of the
#: mallet 0 .. 1, damped by release
BARS = (
    ("marimba", (1, 3.99, 9.9, 16.6, 2.0, 5.98), 1.1, 0.9, 0.35, 0),
    ("xylophone", (1, 3.0, 6.0, 10.2, 14.9, 2.0), 0.7, 0.7, 0.8, 0),
    ("vibraphone", (1, 4.0, 10.0, 17.8, 2.0), 4.0, 0.8, 0.45, 1),
    ("glockenspiel", (1, 2.756, 5.404, 8.933, 13.34), 3.0, 0.5, 0.9, 0),
    ("kalimba", (1, 6.27, 17.55, 2.0, 3.1), 1.6, 1.2, 0.4, 0),
    ("tubular bells", (0.5, 1, 1.5, 2.0, 2.61, 3.29, 4.04, 4.86, 5.74), 5.0, 0.25, 0.7, 1),
    ("singing bowl", (1, 2.71, 5.03, 7.85, 11.1, 1.004, 2.718, 5.04), 9.0, 0.5, 0.3, 0),
    ("church bell", (0.5, 1, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33, 6.67, 8.0), 6.0, 0.35, 0.7, 0),
    ("wood block", (1, 2.57, 4.3, 6.1, 8.3), 0.12, 0.3, 0.8, 0),
    ("16 partials", (1.0, 1.51, 1.99, 2.42, 2.76, 3.31, 3.92, 4.36, 5.02, 5.40, 6.13, 6.81, 7.47, 8.02, 8.93, 9.61),
     1.5, 0.3, 0.9, 0),
)
_RATIO = np.zeros((len(BARS), PARTIALS), "f8")
for _i, _bar in enumerate(BARS):
    _RATIO[_i, :len(_bar[1])] = _bar[1]
_RING_S = np.array([bar[2] for bar in BARS], "f8")
_HIGHER = np.array([bar[3] for bar in BARS], "f8")
_HARDNESS = np.array([bar[4] for bar in BARS], "f8")
_DAMPED = np.array([bar[5] for bar in BARS], "i8")

MODAL = state(
    *voice_fields(VOICES),
    ("k", "f4", (SLOTS * PARTIALS,)), ("r2", "f4", (SLOTS * PARTIALS,)),
    ("y", "f4", (SLOTS * PARTIALS,)), ("d", "f4", (SLOTS * PARTIALS,)),
    ("strike", "f4", (SLOTS * PARTIALS,)),  # what the strike adds to d
    ("strike_at", "i8", (SLOTS,)),           # frame of this step; GRID: no strike
    ("program", "i4", (VOICES,)),
    ("gain", "f4", (SLOTS,)), ("slope", "f4", (SLOTS,)),  # now, and its change a frame
    ("player", "i8", (SLOTS,)), ("tuned", "f4", (VOICES,)), ("damped", "i4", (VOICES,)),
    ("steps", "i8", (VOICES,)),
    ("lanes", "f4", (BUSES * GRID * 8,)),   # sums of each player, partials still apart
)


@rt
def modal_reset(pool):
    """Forget every voice."""
    pool_clear(pool)
    pool.strike_at[SILENT] = GRID
    for i in range(SLOTS * PARTIALS):
        pool.y[i] = 0.0
        pool.d[i] = 0.0


@rt
def _tune(pool, v, cents, sample_rate):
    """Set the poles of voice v for its key bent by `cents`; partials above 0.45 fs or unused are silent."""
    kind = pool.program[v]
    hz = hz_of_key(pool.pitch[v] + cents / 100.0)
    ring_s = _RING_S[kind] * clamp((261.6 / hz) ** 0.6, 0.15, 3.0)  # small bars die sooner
    for i in range(PARTIALS):
        at = v * PARTIALS + i
        ratio = _RATIO[kind, i]
        partial_hz = hz * ratio
        if ratio == 0.0 or partial_hz > 0.45 * sample_rate:
            pool.k[at] = 1.0
            pool.r2[at] = 0.0
            pool.strike[at] = 0.0
            continue
        t60_s = ring_s / (1.0 + _HIGHER[kind] * max(ratio - 1.0, 0.0))
        if pool.damped[v]:
            t60_s = min(t60_s, RELEASE_T60_S)
        r = decay_per_frame(t60_s, sample_rate)
        half = math.sin(math.pi * partial_hz / sample_rate)
        pool.k[at] = (1.0 - r) * (1.0 - r) + 4.0 * r * half * half
        pool.r2[at] = r * r
    pool.tuned[v] = cents


@rt
def modal_start(pool, v, residue, part, key, velocity, offset, sample_rate):
    """Strike voice v `offset` frames into the next step; one that still rings keeps ringing, as a bar does.

    What rings with another sound goes to residue[player].
    """
    kind = part.program % _RING_S.shape[0]
    velocity = clamp(velocity, 0.0, 1.0)
    if pool.last[v] == 0.0 or pool.program[v] != kind:
        pool_fade(pool, residue, v)
        for i in range(v * PARTIALS, (v + 1) * PARTIALS):
            pool.y[i] = 0.0
            pool.d[i] = 0.0
        pool.gain[v] = part.gain
    pool.program[v] = kind
    pool.damped[v] = 0
    pool.steps[v] = 0
    pool.strike_at[v] = offset
    hz = hz_of_key(key + part.pitch_cents / 100.0)
    # a soft or slow mallet stays longer on the bar and cannot move its higher partials
    cutoff_hz = 300.0 + 8000.0 * (0.15 + 0.85 * _HARDNESS[kind]) * velocity
    for i in range(PARTIALS):
        ratio = _RATIO[kind, i]
        w = 2.0 * math.pi * min(hz * ratio, 0.45 * sample_rate) / sample_rate
        bright = 1.0 / (1.0 + (hz * max(ratio - 1.0, 0.0) / cutoff_hz) ** 2)
        pool.strike[v * PARTIALS + i] = LEVEL * velocity * bright / (1.0 + 0.5 * i) * math.sin(w)
    _tune(pool, v, part.pitch_cents, sample_rate)


@rt
def _resonate(pool, v, w, start, stop):
    """Advance voices v and w together over frames start .. stop - 1, and add them to the lanes of their players.

    Each resonator waits for its own last result; four side by side hide the wait.
    """
    a, b, lanes = v * PARTIALS, w * PARTIALS, pool.lanes
    to_v, to_w = pool.player[v] * GRID * 8, pool.player[w] * GRID * 8
    zero = splat8(F(0.0))
    k1, k2, k3, k4 = (zero - load8(pool.k, a), zero - load8(pool.k, a + 8), zero - load8(pool.k, b),
                      zero - load8(pool.k, b + 8))
    r1, r2, r3, r4 = load8(pool.r2, a), load8(pool.r2, a + 8), load8(pool.r2, b), load8(pool.r2, b + 8)
    y1, y2, y3, y4 = load8(pool.y, a), load8(pool.y, a + 8), load8(pool.y, b), load8(pool.y, b + 8)
    d1, d2, d3, d4 = load8(pool.d, a), load8(pool.d, a + 8), load8(pool.d, b), load8(pool.d, b + 8)
    gv, gw, sv, sw = splat8(pool.gain[v]), splat8(pool.gain[w]), splat8(pool.slope[v]), splat8(pool.slope[w])
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
        store8(lanes, to_v + i, load8(lanes, to_v + i) + (y1 + y2) * gv)
        store8(lanes, to_w + i, load8(lanes, to_w + i) + (y3 + y4) * gw)
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
    at = v * PARTIALS
    store8(pool.d, at, load8(pool.d, at) + load8(pool.strike, at))
    store8(pool.d, at + 8, load8(pool.d, at + 8) + load8(pool.strike, at + 8))
    pool.strike_at[v] = GRID


@rt
def _sound(pool, v, w):
    """One grid step of voices v and w, cut where they are struck."""
    start = 0
    while pool.strike_at[v] < GRID or pool.strike_at[w] < GRID:
        struck = v if pool.strike_at[v] <= pool.strike_at[w] else w
        stop = pool.strike_at[struck]
        if stop > start:
            _resonate(pool, v, w, start, stop)
            start = stop
        _strike(pool, struck)
    _resonate(pool, v, w, start, GRID)


@rt
def _prepare(pool, v, part, sample_rate):
    """Retune voice v where its pitch or damping changed; free it when it has died away."""
    if pool.gate[v] == RELEASED and not pool.damped[v] and _DAMPED[pool.program[v]]:
        pool.damped[v] = 1
        _tune(pool, v, part.pitch_cents, sample_rate)
    elif part.pitch_cents != pool.tuned[v]:
        _tune(pool, v, part.pitch_cents, sample_rate)
    pool.slope[v] = (part.gain - pool.gain[v]) * F(1.0 / GRID)
    pool.player[v] = pool.part[v] // CHANNELS
    pool.steps[v] += 1
    if pool.steps[v] % LISTEN == 0 and _energy(pool, v) < SILENCE:
        pool_free(pool, v)


@rt
def modal_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every voice to the bus of its player."""
    if pool.sounding == 0:
        return
    lanes, zero, partner, players = pool.lanes, splat8(F(0.0)), -1, 0
    for v in range(VOICES):
        if pool.gate[v] == FREE:
            continue
        _prepare(pool, v, parts[pool.part[v]], sample_rate)
        player = pool.player[v]
        if not players >> player & 1:
            players |= 1 << player
            for i in range(player * GRID * 8, (player + 1) * GRID * 8, 8):
                store8(lanes, i, zero)
        if partner < 0:
            partner = v
        else:
            _sound(pool, partner, v)
            partner = -1
    if partner >= 0:
        pool.player[SILENT] = pool.player[partner]
        _sound(pool, partner, SILENT)
    for player in range(BUSES):
        if players >> player & 1:
            for i in range(player * GRID, (player + 1) * GRID, 8):
                store8(buses, i, load8(buses, i) + totals8(lanes, i * 8))
    for v in range(VOICES):
        if pool.gate[v] != FREE:
            at = v * PARTIALS
            pool.last[v] = total8(load8(pool.y, at) + load8(pool.y, at + 8)) * pool.gain[v]


@rt
def _energy(pool, v):
    """Upper bound of what voice v can still sound: its resonators' envelopes, summed."""
    total = 0.0
    for i in range(v * PARTIALS, (v + 1) * PARTIALS):
        y, d, k = float(pool.y[i]), float(pool.d[i]), float(pool.k[i])
        total += math.sqrt(y * y + d * d / max(k, 1e-9))
    return total
