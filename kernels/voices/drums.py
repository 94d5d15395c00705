"""Drums of all kinds: each voice a falling tone, struck modes and filtered noise, eight voices in the lanes.

What each is made of: `kit.py`.  The tone is a sine whose pitch falls to rest; modes are resonators of the form that `modal.py`
explains; noise has two envelopes, one of them for wires and wash, and passes a state-variable filter (A. Simper 2013).
Shakers, jingles, claps and scrapers are grains: strokes of noise and modes that follow each other, a little unevenly.
"""
import math

import numpy as np

from ..effects.svf import svf_a1, svf_warp
from ..rt import GRID, rt, state
from ..rt.simd import above8, floor8, largest8, load8, muladd8, noise8, sine8, splat8, store8, transpose8
from ..rt.units import clamp, decay_per_frame
from .kit import (
    CHOKE, EVERY_S, FALL, FALL_S, GRAINS, HIGH, HIGHEST_KEY, HZ, KIT, LOWEST_KEY, MODE, MODES, NOISE, NOISE_HZ, NOISE_S, PAN, Q,
    RING_S, RISE_S, TONE, TRIM, WIRE, WIRE_S,
)
from .part import BUSES, CHANNELS
from .pool import FREE, SILENCE, pool_clear, pool_fade, pool_free, voice_fields

__all__ = ["DRUMS", "HIGHEST_KEY", "KIT", "LOWEST_KEY", "drums_choke", "drums_render", "drums_reset", "drums_start"]

F = np.float32
VOICES, LANES = 24, 8
GROUPS = VOICES // LANES
#: Stereo: no drum stands farther out than half; a pan of 1 in the kit.
WIDTH = 0.5
#: Ring time at the ends of its macro.
RING_LEAST, RING_MOST = 0.35, 3.0
#: Octaves that `bright` moves the filter by, never beyond what old ears hear; and by which it makes modes and noise louder.
FILTER_OCTAVES, HIGHEST_FILTER_HZ, UPPER_OCTAVES = 3.0, 11000.0, 1.4
#: The softest beginning takes this much longer, from 10 to 90 % (2.2 time constants), and loses so much noise.
SOFT_S, TIME_CONSTANTS, SOFT_NOISE = 0.008, 2.2, 0.6
#: Of the sample rate: modes fade out between the two.
FADE_FROM, FADE_TO = 0.40, 0.45
#: No two grains alike: steps of golden sections are never near each other.
GOLDEN, OTHER = 0.6180339887, 0.3819660113

DRUMS = state(
    *voice_fields(VOICES),
    ("wait", "f4", (VOICES,)),                                  # frames until the drum is struck
    ("phase", "f4", (VOICES,)), ("rest", "f4", (VOICES,)),      # cycles, cycles a frame
    ("above", "f4", (VOICES,)), ("fall", "f4", (VOICES,)),      # how far above rest, and its factor a frame
    ("tone", "f4", (VOICES,)), ("tone_fall", "f4", (VOICES,)),
    ("noise", "f4", (VOICES,)), ("noise_fall", "f4", (VOICES,)),
    ("wire", "f4", (VOICES,)), ("wire_fall", "f4", (VOICES,)),
    ("level", "f4", (VOICES,)), ("rise", "f4", (VOICES,)),      # of the noise as it rises; part of the way a frame
    ("swell", "f4", (VOICES,)), ("swell_rise", "f4", (VOICES,)),  # the same of tone and modes, 0 .. 1
    ("y", "f4", (MODES * VOICES,)), ("d", "f4", (MODES * VOICES,)),    # value and last step of each mode
    ("k", "f4", (MODES * VOICES,)), ("r2", "f4", (MODES * VOICES,)),
    ("a1", "f4", (VOICES,)), ("a2", "f4", (VOICES,)), ("a3", "f4", (VOICES,)),
    ("band", "f4", (VOICES,)), ("low", "f4", (VOICES,)), ("through", "f4", (VOICES,)),  # output mix of the filter
    ("ic1", "f4", (VOICES,)), ("ic2", "f4", (VOICES,)),
    ("gain", "f4", (VOICES,)), ("gain_to", "f4", (VOICES,)), ("place", "f4", (VOICES,)),
    # what a grain adds, how many are to come, and when the next one is due, frames
    ("noise_hit", "f4", (VOICES,)), ("wire_hit", "f4", (VOICES,)), ("hit", "f4", (MODES * VOICES,)),
    ("grains", "i4", (VOICES,)), ("due", "f4", (VOICES,)),
    ("left", "i8", (VOICES,)),                                  # grid steps until nothing can be heard
    ("row", "i4", (VOICES,)), ("cutoff_hz", "f4", (VOICES,)), ("tilted", "f4", (VOICES,)), ("seeds", "u4", (LANES,)),
    ("lanes", "f4", (GRID * LANES,)), ("planes", "f4", (LANES * GRID,)),
)


@rt
def drums_reset(pool):
    """Forget every drum and begin the noise anew."""
    pool_clear(pool)
    for lane in range(LANES):
        pool.seeds[lane] = np.uint32(2463534242 + 7368787 * lane)
    for v in range(VOICES):
        _still(pool, v)


@rt
def _still(pool, v):
    """Forget what voice v sounds."""
    pool.tone[v] = 0.0
    pool.noise[v] = 0.0
    pool.wire[v] = 0.0
    pool.level[v] = 0.0
    pool.swell[v] = 0.0
    pool.ic1[v] = 0.0
    pool.ic2[v] = 0.0
    for m in range(v, MODES * VOICES, VOICES):
        pool.y[m] = 0.0
        pool.d[m] = 0.0


@rt
def _row(key):
    return int(clamp(key, LOWEST_KEY, HIGHEST_KEY)) - LOWEST_KEY


@rt
def drums_choke(pool, residue, part, key):
    """An open hi-hat ends when the closed one is struck; so do whistle, guiro and triangle."""
    group = CHOKE[_row(key)]
    if group == 0:
        return
    for v in range(VOICES):
        if pool.gate[v] != FREE and pool.part[v] == part and CHOKE[pool.row[v]] == group:
            pool_fade(pool, residue, v)
            pool_free(pool, v)


@rt
def _rise(time_s, sample_rate):
    """Part of the way a frame that takes `time_s` from 10 to 90 %; no time: at once."""
    return 1.0 - math.exp(-TIME_CONSTANTS / max(time_s * sample_rate, 0.01))


@rt
def _tune_filter(pool, v, bright, sample_rate):
    """Set the filter of voice v; `bright` 0 .. 1 moves it."""
    row = pool.row[v]
    octaves = FILTER_OCTAVES * (clamp(bright, 0.0, 1.0) - 0.5)
    g, k = svf_warp(min(pool.cutoff_hz[v] * 2.0 ** octaves, HIGHEST_FILTER_HZ), sample_rate), 1.0 / Q[row]
    a1 = svf_a1(g, k)
    pool.a1[v] = a1
    pool.a2[v] = g * a1
    pool.a3[v] = g * g * a1
    high = HIGH[row]
    pool.through[v] = high
    pool.band[v] = k * (1.0 - high) - k * high
    pool.low[v] = -high
    pool.tilted[v] = bright


@rt
def _heard_s(level, t60_s):
    """Time after which a level that falls by 60 dB in `t60_s` is below SILENCE."""
    return t60_s * math.log10(max(level / SILENCE, 1.0)) / 3.0


@rt
def drums_start(pool, v, part, key, velocity, offset, sample_rate):
    """Strike voice v: the drum at `key`, the nearest one outside the kit's range."""
    row = _row(key)
    velocity = clamp(velocity, 0.0, 1.0)
    bright, ring, soft = clamp(part.bright, 0.0, 1.0), clamp(part.ring, 0.0, 1.0), clamp(part.soft, 0.0, 1.0)
    longer = RING_LEAST ** (1.0 - 2.0 * ring) if ring < 0.5 else RING_MOST ** (2.0 * ring - 1.0)
    level = velocity * velocity * TRIM[row] * 0.6
    _still(pool, v)
    pool.row[v] = row
    pool.wait[v] = offset
    pool.phase[v] = 0.0
    hz = HZ[row] * 2.0 ** (clamp(part.pitch_cents, -12000.0, 12000.0) / 1200.0)
    pool.rest[v] = min(hz, 0.2 * sample_rate) / sample_rate
    # a harder stroke stretches the skin: the pitch falls from higher up
    pool.above[v] = (FALL[row] - 1.0) * (0.5 + 0.5 * velocity) * pool.rest[v]
    pool.fall[v] = math.exp(-1.0 / (FALL_S[row] * sample_rate))
    pool.tone[v] = TONE[row] * level
    pool.tone_fall[v] = decay_per_frame(RING_S[row] * longer, sample_rate)
    heard_s = _heard_s(TONE[row] * level, RING_S[row] * longer)
    # a hard stroke and a bright drum have more of the upper modes and of noise
    upper = level * math.sqrt(velocity) * 2.0 ** (UPPER_OCTAVES * (bright - 0.5))
    for m in range(MODES):
        at, mode_s = m * VOICES + v, MODE[row, m, 2] * longer
        w = 2.0 * math.pi * min(hz * MODE[row, m, 0] / sample_rate, FADE_TO)
        r = decay_per_frame(mode_s, sample_rate)
        pool.k[at] = (1.0 - r) * (1.0 - r) + 4.0 * r * math.sin(0.5 * w) ** 2
        pool.r2[at] = r * r
        heard = clamp((FADE_TO - hz * MODE[row, m, 0] / sample_rate) / (FADE_TO - FADE_FROM), 0.0, 1.0)
        pool.hit[at] = MODE[row, m, 1] * upper * heard * math.sin(w)
        pool.d[at] = pool.hit[at]
        heard_s = max(heard_s, _heard_s(2.0 * MODE[row, m, 1] * upper, mode_s))
    # white noise spreads over half the sample rate: the same power to the ear at each
    hiss = upper * (1.0 - SOFT_NOISE * soft) * math.sqrt(sample_rate / 48000.0)
    pool.noise_hit[v] = NOISE[row] * hiss
    pool.noise[v] = pool.noise_hit[v]
    pool.noise_fall[v] = decay_per_frame(NOISE_S[row] * longer, sample_rate)
    pool.wire_hit[v] = WIRE[row] * hiss
    pool.wire[v] = pool.wire_hit[v] if GRAINS[row] == 1 else 0.0
    pool.wire_fall[v] = decay_per_frame(WIRE_S[row] * longer, sample_rate)
    heard_s = max(heard_s, _heard_s(4.0 * NOISE[row] * hiss, NOISE_S[row] * longer))
    heard_s = max(heard_s, _heard_s(4.0 * WIRE[row] * hiss, WIRE_S[row] * longer))
    pool.rise[v] = _rise(RISE_S[row] + SOFT_S * soft, sample_rate)
    pool.swell_rise[v] = _rise(SOFT_S * soft, sample_rate)
    heard_s += 4.0 * (RISE_S[row] + SOFT_S * soft)
    pool.grains[v] = GRAINS[row] - 1
    pool.due[v] = offset + EVERY_S[row] * sample_rate
    pool.left[v] = int((heard_s + 1.5 * EVERY_S[row] * GRAINS[row]) * sample_rate / GRID) + 2
    pool.cutoff_hz[v] = NOISE_HZ[row] * (0.5 + 0.5 * velocity)
    _tune_filter(pool, v, part.bright, sample_rate)
    pool.gain[v] = part.gain
    pool.place[v] = WIDTH * PAN[row]


@rt
def _next_grain(pool, v, sample_rate):
    """Let the grain of voice v sound that is due, and set when the next one is."""
    row, count = pool.row[v], float(pool.grains[v])
    last = pool.grains[v] == 1
    weight, sooner = count * GOLDEN, count * OTHER
    weight = (0.55 + 0.45 * (weight - math.floor(weight))) * (0.3 + 0.7 * count / GRAINS[row])
    pool.noise[v] += weight * pool.noise_hit[v]
    if last:
        pool.wire[v] += pool.wire_hit[v]
    for m in range(v, MODES * VOICES, VOICES):
        pool.d[m] += weight * pool.hit[m]
    pool.grains[v] -= 1
    pool.due[v] += EVERY_S[row] * sample_rate * (0.7 + 0.6 * (sooner - math.floor(sooner)))


@rt
def _ring_group(pool, g):
    """One grid step of the modes of eight drums, summed in pool.lanes.

    While a drum waits, y is 0, so that only its d must be kept.
    """
    a = g * LANES
    b, c, d = a + VOICES, a + 2 * VOICES, a + 3 * VOICES
    one, zero, wait = splat8(F(1.0)), splat8(F(0.0)), load8(pool.wait, a)
    y1, y2, y3, y4 = load8(pool.y, a), load8(pool.y, b), load8(pool.y, c), load8(pool.y, d)
    d1, d2, d3, d4 = load8(pool.d, a), load8(pool.d, b), load8(pool.d, c), load8(pool.d, d)
    k1, k2, k3, k4 = (zero - load8(pool.k, a), zero - load8(pool.k, b), zero - load8(pool.k, c), zero - load8(pool.k, d))
    r1, r2, r3, r4 = load8(pool.r2, a), load8(pool.r2, b), load8(pool.r2, c), load8(pool.r2, d)
    for i in range(0, GRID * LANES, LANES):
        store8(pool.lanes, i, (y1 + y2) + (y3 + y4))
        struck = above8(one, wait, one, zero)
        y1 = muladd8(d1, struck, y1)
        y2 = muladd8(d2, struck, y2)
        y3 = muladd8(d3, struck, y3)
        y4 = muladd8(d4, struck, y4)
        d1 = muladd8(k1, y1, d1 * above8(one, wait, r1, one))
        d2 = muladd8(k2, y2, d2 * above8(one, wait, r2, one))
        d3 = muladd8(k3, y3, d3 * above8(one, wait, r3, one))
        d4 = muladd8(k4, y4, d4 * above8(one, wait, r4, one))
        wait = wait - one
    store8(pool.y, a, y1)
    store8(pool.y, b, y2)
    store8(pool.y, c, y3)
    store8(pool.y, d, y4)
    store8(pool.d, a, d1)
    store8(pool.d, b, d2)
    store8(pool.d, c, d3)
    store8(pool.d, d, d4)


@rt
def _render_group(pool, g):
    """One grid step of eight drums, whose modes are in pool.lanes, into pool.planes."""
    at = g * LANES
    wait, phase, rest = load8(pool.wait, at), load8(pool.phase, at), load8(pool.rest, at)
    above, fall = load8(pool.above, at), load8(pool.fall, at)
    tone, tone_fall = load8(pool.tone, at), load8(pool.tone_fall, at)
    noise, noise_fall = load8(pool.noise, at), load8(pool.noise_fall, at)
    wire, wire_fall = load8(pool.wire, at), load8(pool.wire_fall, at)
    level, rise = load8(pool.level, at), load8(pool.rise, at)
    swell, swell_rise = load8(pool.swell, at), load8(pool.swell_rise, at)
    a1, a2, a3 = load8(pool.a1, at), load8(pool.a2, at), load8(pool.a3, at)
    through, band, low = load8(pool.through, at), load8(pool.band, at), load8(pool.low, at)
    p, q = load8(pool.ic1, at), load8(pool.ic2, at)
    gain, step = load8(pool.gain, at), (load8(pool.gain_to, at) - load8(pool.gain, at)) * F(1.0 / GRID)
    one, zero, two = splat8(F(1.0)), splat8(F(0.0)), splat8(F(2.0))
    for i in range(GRID):
        struck = above8(one, wait, one, zero)  # 1 once the wait is over
        level = level + (noise + wire - level) * rise * struck
        v0 = noise8(pool.seeds) * level
        v3 = v0 - q
        v1 = a1 * p + a2 * v3
        v2 = q + (a2 * p + a3 * v3)
        p = two * v1 - p
        q = two * v2 - q
        gain = gain + step
        swell = swell + (one - swell) * swell_rise * struck
        value = (sine8(phase) * tone + load8(pool.lanes, i * LANES)) * swell + (through * v0 + (band * v1 + low * v2))
        store8(pool.lanes, i * LANES, value * gain)
        phase = phase + (rest + above) * struck
        above = above - above * (one - fall) * struck
        tone = tone - tone * (one - tone_fall) * struck
        noise = noise - noise * (one - noise_fall) * struck
        wire = wire - wire * (one - wire_fall) * struck
        wait = largest8(wait - one, zero)
    phase = phase - floor8(phase)
    store8(pool.wait, at, wait)
    store8(pool.phase, at, phase)
    store8(pool.above, at, above)
    store8(pool.tone, at, tone)
    store8(pool.noise, at, noise)
    store8(pool.wire, at, wire)
    store8(pool.level, at, level)
    store8(pool.swell, at, swell)
    store8(pool.ic1, at, p)
    store8(pool.ic2, at, q)
    store8(pool.gain, at, gain)
    transpose8(pool.lanes, 0, LANES, pool.planes, 0, GRID)
    transpose8(pool.lanes, 8 * LANES, LANES, pool.planes, 8, GRID)


@rt
def _prepare(pool, v, part, sample_rate):
    """Set what changes on the grid: gain, brightness, the next grain."""
    pool.gain_to[v] = part.gain
    if abs(part.bright - pool.tilted[v]) > 0.01:
        _tune_filter(pool, v, part.bright, sample_rate)
    if pool.grains[v] > 0:
        if pool.due[v] < GRID:
            _next_grain(pool, v, sample_rate)
        pool.due[v] -= GRID


@rt
def drums_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every drum to the bus of its player."""
    if pool.sounding == 0:
        return
    for g in range(GROUPS):
        sounding = False
        for v in range(g * LANES, (g + 1) * LANES):
            if pool.gate[v] != FREE:
                sounding = True
                _prepare(pool, v, parts[pool.part[v]], sample_rate)
        if not sounding:
            continue
        _ring_group(pool, g)
        _render_group(pool, g)
        for lane in range(LANES):
            v = g * LANES + lane
            if pool.gate[v] == FREE:
                continue
            bus, place = pool.part[v] // CHANNELS * GRID, splat8(pool.place[v])
            for i in range(0, GRID, 8):
                heard = load8(pool.planes, lane * GRID + i)
                store8(buses, bus + i, load8(buses, bus + i) + heard)
                side = BUSES * GRID + bus + i
                store8(buses, side, load8(buses, side) + heard * place)
            pool.last[v] = pool.planes[lane * GRID + GRID - 1]
            pool.side[v] = pool.last[v] * pool.place[v]
            pool.left[v] -= 1
            if pool.left[v] <= 0:
                _still(pool, v)
                pool_free(pool, v)
