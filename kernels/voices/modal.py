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
from ..rt.simd import load8, ramp8, store8, totals8
from ..rt.units import clamp, decay_per_frame, hz_of_key
from .part import CHANNELS
from .pool import FREE, RELEASED, SILENCE, pool_clear, pool_free, voice_fields

F = np.float32
VOICES, PARTIALS = 32, 16
#: One full strike peaks near -9 dBFS.
LEVEL = 0.30
LISTEN = 32  # grid steps between two questions whether a voice can still be heard
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
    ("k", "f4", (VOICES * PARTIALS,)), ("r2", "f4", (VOICES * PARTIALS,)),
    ("y", "f4", (VOICES * PARTIALS,)), ("d", "f4", (VOICES * PARTIALS,)),
    ("strike", "f4", (VOICES * PARTIALS,)),  # what the strike adds to d
    ("strike_at", "i8", (VOICES,)),          # frame of this step; GRID or more: no strike
    ("program", "i4", (VOICES,)),
    ("gain", "f4", (VOICES,)), ("tuned", "f4", (VOICES,)), ("damped", "i4", (VOICES,)),
    ("steps", "i8", (VOICES,)),
    ("lanes", "f4", (GRID * 8,)),
)


@rt
def modal_reset(pool):
    """Forget every voice."""
    pool_clear(pool)
    for i in range(VOICES * PARTIALS):
        pool.y[i] = 0.0
        pool.d[i] = 0.0


@rt
def _tune(pool, v, cents, sample_rate):
    """Set the poles of voice v for its key bent by `cents`; partials above 0.45 fs or unused are silent."""
    kind = pool.program[v]
    hz = hz_of_key(pool.key[v] + cents / 100.0)
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
def modal_start(pool, v, part, key, velocity, offset, sample_rate):
    """Strike voice v `offset` frames into the next step; one that still rings keeps ringing, as a bar does."""
    kind = part.program % _RING_S.shape[0]
    velocity = clamp(velocity, 0.0, 1.0)
    if pool.last[v] == 0.0 or pool.program[v] != kind:
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
def _resonate(pool, v, start, stop):
    """Advance both vectors of voice v over frames start .. stop - 1; their sum goes to pool.lanes."""
    at, lanes = v * PARTIALS, pool.lanes
    k, r2, y, d = load8(pool.k, at), load8(pool.r2, at), load8(pool.y, at), load8(pool.d, at)
    k_, r2_, y_, d_ = load8(pool.k, at + 8), load8(pool.r2, at + 8), load8(pool.y, at + 8), load8(pool.d, at + 8)
    for i in range(start, stop):
        d = r2 * d - k * y
        d_ = r2_ * d_ - k_ * y_
        y = y + d
        y_ = y_ + d_
        store8(lanes, i * 8, y + y_)
    store8(pool.y, at, y)
    store8(pool.d, at, d)
    store8(pool.y, at + 8, y_)
    store8(pool.d, at + 8, d_)


@rt
def modal_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every voice to the bus of its player."""
    if pool.sounding == 0:
        return
    part_of_step = F(1.0 / GRID)
    for v in range(VOICES):
        gate = pool.gate[v]
        if gate == FREE:
            continue
        part = parts[pool.part[v]]
        if gate == RELEASED and not pool.damped[v] and _DAMPED[pool.program[v]]:
            pool.damped[v] = 1
            _tune(pool, v, part.pitch_cents, sample_rate)
        elif part.pitch_cents != pool.tuned[v]:
            _tune(pool, v, part.pitch_cents, sample_rate)
        strike_at = pool.strike_at[v]
        if strike_at < GRID:
            at = v * PARTIALS
            _resonate(pool, v, 0, strike_at)
            store8(pool.d, at, load8(pool.d, at) + load8(pool.strike, at))
            store8(pool.d, at + 8, load8(pool.d, at + 8) + load8(pool.strike, at + 8))
            _resonate(pool, v, strike_at, GRID)
            pool.strike_at[v] = GRID
        else:
            _resonate(pool, v, 0, GRID)
        gain = pool.gain[v]
        step = (part.gain - gain) * part_of_step
        bus = pool.part[v] // CHANNELS * GRID
        for i in range(0, GRID, 8):
            heard = totals8(pool.lanes, i * 8) * (ramp8() * step + (gain + step * F(i)))
            store8(pool.lanes, i * 8, heard)
            store8(buses, bus + i, load8(buses, bus + i) + heard)
        pool.gain[v] = part.gain
        pool.last[v] = pool.lanes[8 * 8 + 7]
        pool.steps[v] += 1
        if pool.steps[v] % LISTEN == 0 and _energy(pool, v) < SILENCE:
            pool_free(pool, v)


@rt
def _energy(pool, v):
    """Upper bound of what voice v can still sound: its resonators' envelopes, summed."""
    total = 0.0
    for i in range(v * PARTIALS, (v + 1) * PARTIALS):
        y, d, k = float(pool.y[i]), float(pool.d[i]), float(pool.k[i])
        total += math.sqrt(y * y + d * d / max(k, 1e-9))
    return total
