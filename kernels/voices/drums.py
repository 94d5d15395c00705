"""Drum kit: each voice a falling tone and filtered noise with their own envelopes, eight voices in the lanes.

Bass drum, toms and congas are a sine whose pitch falls to rest; snare, cymbals, shakers and claps are noise through a
state-variable filter (A. Simper 2013); most drums are both.  Every General MIDI percussion key 35 .. 81 has its row.
"""
import math

import numpy as np

from ..effects.svf import svf_a1, svf_warp
from ..rt import GRID, rt, state
from ..rt.simd import (
    above8, absolute8, floor8, largest8, load8, noise8, peak8, sine8, splat8, store8, transpose8,
)
from ..rt.units import clamp, decay_per_frame
from .part import CHANNELS
from .pool import FREE, SILENCE, pool_clear, pool_fade, pool_free, voice_fields

F = np.float32
VOICES, LANES = 24, 8
GROUPS = VOICES // LANES
LOWEST_KEY, HIGHEST_KEY = 35, 81

#: name, tone level, rest pitch [Hz], start of the fall (ratio), fall [s], tone decay T60 [s],
#: noise level, filter [Hz], Q, 0 band-pass .. 1 high-pass, noise decay T60 [s], choke group
_BASS = ("bass drum", .95, 52, 3.2, .05, .45, .10, 3000, .7, 0, .03, 0)
_SNARE = ("snare", .45, 185, 1.5, .03, .22, .55, 2600, .6, .6, .30, 0)
_CLOSED = ("closed hi-hat", 0, 400, 1, .01, .01, .40, 7500, .8, 1, .09, 1)
_OPEN = ("open hi-hat", 0, 400, 1, .01, .01, .38, 7200, .8, 1, .90, 1)
_CRASH = ("crash", .03, 520, 1, .01, 1.2, .42, 4200, .5, 1, 2.6, 0)
_RIDE = ("ride", .10, 710, 1, .01, 1.0, .20, 6400, .9, 1, 1.8, 0)


def _tom(hz):
    return ("tom", .75, hz, 1.6, .06, .55, .12, 1800, .7, 0, .05, 0)


def _skin(name, hz, t60_s, level=.7):
    return (name, level, hz, 1.25, .02, t60_s, .22, 2.5 * hz, .8, 0, .05, 0)


def _wood(name, hz, t60_s):
    return (name, .6, hz, 1.05, .01, t60_s, .15, 2 * hz, 2, 0, .03, 0)


def _metal(name, hz, t60_s, group=0):
    return (name, .35, hz, 1, .01, t60_s, .12, 1.5 * hz, 3, .5, t60_s / 2, group)


def _shake(name, hz, t60_s, group=0):
    return (name, 0, 400, 1, .01, .01, .38, hz, 1, .8, t60_s, group)


KIT = (
    ("bass drum 2", .95, 46, 2.8, .06, .50, .08, 2500, .7, 0, .03, 0), _BASS, _wood("side stick", 1700, .06), _SNARE,
    ("clap", 0, 400, 1, .01, .01, .75, 1300, 1.2, 0, .22, 0), ("electric snare", .5, 200, 1.8, .02, .18, .6, 3200, .6, .7, .24, 0),
    _tom(82), _CLOSED, _tom(98), ("pedal hi-hat", 0, 400, 1, .01, .01, .30, 6500, .8, 1, .07, 1), _tom(120), _OPEN, _tom(147),
    _tom(175), _CRASH, _tom(208), _RIDE, ("china", .03, 430, 1, .01, .9, .45, 3400, .5, 1, 2.0, 0), ("ride bell", .40, 930, 1, .01, 1.3, .12, 6000, 1, 1, .9, 0),
    _shake("tambourine", 8200, .22), ("splash", .02, 620, 1, .01, .5, .42, 5200, .5, 1, 1.0, 0), _metal("cowbell", 560, .3),
    ("crash 2", .03, 480, 1, .01, 1.2, .42, 3800, .5, 1, 2.4, 0), _shake("vibraslap", 3000, .6), ("ride 2", .08, 640, 1, .01, 1.0, .22, 5800, .9, 1, 1.6, 0),
    _skin("high bongo", 410, .16), _skin("low bongo", 305, .22), _skin("mute conga", 330, .10), _skin("open conga", 340, .40),
    _skin("low conga", 240, .45), _skin("high timbale", 480, .30), _skin("low timbale", 360, .35), _metal("high agogo", 1180, .25),
    _metal("low agogo", 890, .28), _shake("cabasa", 6800, .09), _shake("maracas", 7600, .06), ("short whistle", .35, 2350, 1, .01, .18, .05, 2400, 6, 0, .15, 2),
    ("long whistle", .35, 2300, 1, .01, .55, .05, 2350, 6, 0, .5, 2), _shake("short guiro", 3600, .12, 3), _shake("long guiro", 3400, .35, 3),
    _wood("claves", 2500, .10), _wood("high wood block", 1050, .10), _wood("low wood block", 780, .12), _skin("mute cuica", 620, .14),
    _skin("open cuica", 520, .30), ("mute triangle", .25, 4200, 1, .01, .12, .05, 6500, 4, 1, .08, 4), ("open triangle", .25, 4200, 1, .01, 2.2, .05, 6500, 4, 1, .8, 4),
)
_KIT = np.array([row[1:] for row in KIT], "f8")

DRUMS = state(
    *voice_fields(VOICES),
    ("wait", "f4", (VOICES,)),                                  # frames until the drum is struck
    ("phase", "f4", (VOICES,)), ("rest", "f4", (VOICES,)),      # cycles, cycles a frame
    ("above", "f4", (VOICES,)), ("fall", "f4", (VOICES,)),      # how far above rest, and its factor a frame
    ("tone", "f4", (VOICES,)), ("tone_fall", "f4", (VOICES,)),
    ("noise", "f4", (VOICES,)), ("noise_fall", "f4", (VOICES,)),
    ("a1", "f4", (VOICES,)), ("a2", "f4", (VOICES,)), ("a3", "f4", (VOICES,)),
    ("band", "f4", (VOICES,)), ("low", "f4", (VOICES,)), ("through", "f4", (VOICES,)),  # output mix of the filter
    ("ic1", "f4", (VOICES,)), ("ic2", "f4", (VOICES,)),
    ("gain", "f4", (VOICES,)), ("gain_to", "f4", (VOICES,)),
    ("choke", "i4", (VOICES,)), ("seeds", "u4", (LANES,)),
    ("lanes", "f4", (GRID * LANES,)), ("planes", "f4", (LANES * GRID,)),
)


@rt
def drums_reset(pool):
    """Forget every drum and begin the noise anew."""
    pool_clear(pool)
    for lane in range(LANES):
        pool.seeds[lane] = np.uint32(2463534242 + 7368787 * lane)
    for v in range(VOICES):
        pool.tone[v] = 0.0
        pool.noise[v] = 0.0
        pool.ic1[v] = 0.0
        pool.ic2[v] = 0.0


@rt
def drums_choke(pool, residue, part, key):
    """An open hi-hat ends when the closed one is struck; so do whistle, guiro and triangle."""
    group = int(_KIT[int(clamp(key, LOWEST_KEY, HIGHEST_KEY)) - LOWEST_KEY, 10])
    if group == 0:
        return
    for v in range(VOICES):
        if pool.gate[v] != FREE and pool.part[v] == part and pool.choke[v] == group:
            pool_fade(pool, residue, v)
            pool_free(pool, v)


@rt
def drums_start(pool, v, part, key, velocity, offset, sample_rate):
    """Strike voice v: the drum at `key`, the nearest one outside the kit's range."""
    row = int(clamp(key, LOWEST_KEY, HIGHEST_KEY)) - LOWEST_KEY
    velocity = clamp(velocity, 0.0, 1.0)
    level = velocity * velocity
    pool.wait[v] = offset
    pool.phase[v] = 0.0
    rest_hz = min(_KIT[row, 1] * 2.0 ** (part.pitch_cents / 1200.0), 0.45 * sample_rate)
    pool.rest[v] = rest_hz / sample_rate
    # a harder stroke stretches the skin: the pitch falls from higher up
    pool.above[v] = (_KIT[row, 2] - 1.0) * (0.5 + 0.5 * velocity) * pool.rest[v]
    pool.fall[v] = math.exp(-1.0 / (_KIT[row, 3] * sample_rate))
    pool.tone[v] = _KIT[row, 0] * level * 0.6
    pool.tone_fall[v] = decay_per_frame(_KIT[row, 4], sample_rate)
    pool.noise[v] = _KIT[row, 5] * level * 0.6
    pool.noise_fall[v] = decay_per_frame(_KIT[row, 9], sample_rate)
    g, k = svf_warp(_KIT[row, 6] * (0.6 + 0.4 * velocity), sample_rate), 1.0 / _KIT[row, 7]
    a1 = svf_a1(g, k)
    pool.a1[v] = a1
    pool.a2[v] = g * a1
    pool.a3[v] = g * g * a1
    high = _KIT[row, 8]
    pool.through[v] = high
    pool.band[v] = k * (1.0 - high) - k * high
    pool.low[v] = -high
    pool.ic1[v] = 0.0
    pool.ic2[v] = 0.0
    pool.gain[v] = part.gain
    pool.choke[v] = int(_KIT[row, 10])


@rt
def _render_group(pool, g):
    """One grid step of eight drums into pool.planes."""
    at = g * LANES
    wait, phase, rest = load8(pool.wait, at), load8(pool.phase, at), load8(pool.rest, at)
    above, fall = load8(pool.above, at), load8(pool.fall, at)
    tone, tone_fall = load8(pool.tone, at), load8(pool.tone_fall, at)
    noise, noise_fall = load8(pool.noise, at), load8(pool.noise_fall, at)
    a1, a2, a3 = load8(pool.a1, at), load8(pool.a2, at), load8(pool.a3, at)
    through, band, low = load8(pool.through, at), load8(pool.band, at), load8(pool.low, at)
    p, q = load8(pool.ic1, at), load8(pool.ic2, at)
    gain, step = load8(pool.gain, at), (load8(pool.gain_to, at) - load8(pool.gain, at)) * F(1.0 / GRID)
    one, zero, two = splat8(F(1.0)), splat8(F(0.0)), splat8(F(2.0))
    for i in range(GRID):
        struck = above8(one, wait, one, zero)  # 1 once the wait is over
        v0 = noise8(pool.seeds) * noise * struck
        v3 = v0 - q
        v1 = a1 * p + a2 * v3
        v2 = q + (a2 * p + a3 * v3)
        p = two * v1 - p
        q = two * v2 - q
        gain = gain + step
        value = sine8(phase) * tone * struck + (through * v0 + (band * v1 + low * v2))
        store8(pool.lanes, i * LANES, value * gain)
        phase = phase + (rest + above) * struck
        above = above - above * (one - fall) * struck
        tone = tone - tone * (one - tone_fall) * struck
        noise = noise - noise * (one - noise_fall) * struck
        wait = largest8(wait - one, zero)
    phase = phase - floor8(phase)
    store8(pool.wait, at, wait)
    store8(pool.phase, at, phase)
    store8(pool.above, at, above)
    store8(pool.tone, at, tone)
    store8(pool.noise, at, noise)
    store8(pool.ic1, at, p)
    store8(pool.ic2, at, q)
    store8(pool.gain, at, gain)
    transpose8(pool.lanes, 0, LANES, pool.planes, 0, GRID)
    transpose8(pool.lanes, 8 * LANES, LANES, pool.planes, 8, GRID)


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
                pool.gain_to[v] = parts[pool.part[v]].gain
        if not sounding:
            continue
        _render_group(pool, g)
        for lane in range(LANES):
            v = g * LANES + lane
            if pool.gate[v] == FREE:
                continue
            bus = pool.part[v] // CHANNELS * GRID
            loudest = splat8(F(0.0))
            for i in range(0, GRID, 8):
                heard = load8(pool.planes, lane * GRID + i)
                loudest = largest8(absolute8(heard), loudest)
                store8(buses, bus + i, load8(buses, bus + i) + heard)
            pool.last[v] = pool.planes[lane * GRID + GRID - 1]
            if pool.wait[v] == 0.0 and pool.tone[v] + pool.noise[v] < SILENCE and peak8(loudest) < F(SILENCE):
                pool_free(pool, v)
