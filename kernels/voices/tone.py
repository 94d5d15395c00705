"""Sustained sounds: each voice 1 .. 4 oscillators slightly apart, each a sum of harmonics, eight frames of it in the lanes.

The sum over harmonics is Clenshaw's recurrence (C. Clenshaw, "A note on the summation of Chebyshev series", Mathematics of
Computation 1955), run for odd and even harmonics apart: both step by 2 cos(2 theta), and short chains side by side take less
time than a long one.  Rounding of 64 harmonics in float32 stays 110 dB below the sound (measured).  No harmonic above 0.45 fs
is ever summed, so nothing aliases; on the way there it fades.  A note has as many harmonics as can be heard: a high or dull
one costs little.

Levels of the harmonics are recomputed when brightness, breath or pitch move, or while they die away, and travel along
straight lines within the grid step.  Their sum of squares stays the same: brightness does not change loudness.
Breath is noise through a band around the pitch, eight voices in the lanes.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import (
    exp2_8, largest8, load8, log2_8, muladd8, noise8, peak8, ramp8, sine8, smallest8, splat8, store8, top8, total8, transpose8,
)
from ..rt.units import clamp, hz_of_key
from .part import BUSES, CHANNELS, PART_MASK
from .pool import RELEASED, SILENCE, FREE, pool_clear, pool_free, voice_fields
from .tones import (
    HARMONICS, LEVELS, NUMBERS, OCTAVES, OSCILLATORS, PEAKS, RESONANCES, SIGNS, UNISON, column,
)

F = np.float32
VOICES = 32
#: Changes no index of a harmonic, but shows the compiler that it is not negative: a test less for each in the innermost loop.
INDEX_MASK = VOICES * HARMONICS - 1
#: RMS of one note at full velocity and volume: peaks at -10 .. -3 dBFS.
LEVEL = 0.16
#: Harmonics fade between these parts of the sample rate, or of 40 kHz where that is lower: nobody hears what lies above 18 kHz.
FADE_FROM, FADE_TO, ENOUGH_HZ = 0.40, 0.45, 40000.0
#: A harmonic below this part of the whole is left out: -80 dB.
FAINT = 1e-4
#: Full brightness and none tilt the spectrum by so much, breath likewise, doublings of level an octave of harmonics.
BRIGHT_TILT, BLOW_TILT = 1.1, 1.6
#: Where velocity and breath are as designed.
VELOCITY, BLOW = 0.8, 0.8
#: "soft" at its end adds so much to the attack.
SOFT_ATTACK_S = 0.8
#: "ring" at its ends is a quarter and four times.
RING_DOUBLINGS = 4.0
#: Slow movements grow for so long after their delay.
LFO_GROWS_S = 0.7
#: Two equal one-poles in a row have come to 90 % after 3.9 time constants and to -60 dB after 9.2: no corner, no click.
TO_90, TO_60_DB = 3.9, 9.2
_LEVELS = np.ascontiguousarray(LEVELS.reshape(-1))
_SHARE = 1.0 / np.sqrt(OSCILLATORS)
LOG2_60_DB = math.log2(1000.0)
RATIO_OF_CENT = math.log(2.0) / 1200.0

(_FOOT, _TRIM_DB, _TOUCH, _TOUCH_TILT, _BLOWN, _ATTACK_S, _RELEASE_S, _RING_S, _HIGHER, _CENTS, _SPREAD, _LFO_HZ, _TOGETHER,
 _LFO_CENTS, _LFO_LEVEL, _LFO_PAN, _LFO_DELAY_S, _PING, _PING_RATIO, _PING_S, _BREATH, _CHIFF, _CHIFF_S, _BREATH_Q,
 _BREATH_RATIO) = (column(name) for name in (
     "foot", "trim_db", "touch", "touch_tilt", "blown", "attack_s", "release_s", "ring_s", "higher", "cents", "spread",
     "lfo_hz", "lfo_together", "lfo_cents", "lfo_level", "lfo_pan", "lfo_delay_s", "ping", "ping_ratio", "ping_s",
     "breath", "chiff", "chiff_s", "breath_q", "breath_ratio"))

TONE_POOL = state(
    *voice_fields(VOICES),
    ("position", "i8"),                     # frames rendered since reset
    ("program", "i8", (VOICES,)),
    ("offset", "f4", (VOICES,)),            # frames of the next step before the note begins; 0 after it
    ("velocity", "f4", (VOICES,)),
    ("level", "f4", (VOICES,)),             # by velocity and table
    ("age_s", "f8", (VOICES,)),
    ("tuned", "f4", (VOICES,)),             # key with bend that hz stands for
    ("hz", "f8", (VOICES,)),
    ("shade", "f4", (VOICES,)),             # tilt of the spectrum, doublings an octave
    ("fall", "f4", (VOICES,)),              # doublings a second that harmonic 1 loses
    ("attack", "f4", (VOICES,)), ("release", "f4", (VOICES,)),  # one-pole coefficients a step
    ("drive", "f4", (VOICES,)), ("envelope", "f4", (VOICES,)),  # first and second one-pole
    ("top", "i8", (VOICES,)),               # harmonics in use, even
    ("moving", "i4", (VOICES,)),            # 1: `change` is not all zero
    ("design", "f4", (VOICES * HARMONICS,)),  # doublings of level, with resonances, before any tilt
    ("amp", "f4", (VOICES * HARMONICS,)),   # levels at the beginning of the step ...
    ("change", "f4", (VOICES * HARMONICS,)),  # ... their change a frame ...
    ("goal", "f4", (VOICES * HARMONICS,)),  # ... and where they go
    ("phase", "f8", (VOICES * UNISON,)),    # cycles
    ("detune", "f8", (VOICES * UNISON,)),   # factor of frequency
    ("pan", "f4", (VOICES * UNISON,)),
    ("lfo", "f4", (VOICES * UNISON,)), ("lfo_rate", "f4", (VOICES * UNISON,)),  # cycles, cycles a second
    ("mid", "f4", (VOICES * UNISON,)), ("off", "f4", (VOICES * UNISON,)),  # gains of middle and side now
    ("ping_phase", "f8", (VOICES,)), ("ping", "f4", (VOICES,)), ("ping_keep", "f4", (VOICES,)), ("ping_gain", "f4", (VOICES,)),
    ("breathy", "i4", (VOICES,)),
    ("chiff", "f4", (VOICES,)), ("chiff_keep", "f4", (VOICES,)), ("breath_scale", "f4", (VOICES,)),
    ("breath_gain", "f4", (VOICES,)),
    ("band_g", "f4", (VOICES,)), ("band_k", "f4", (VOICES,)), ("band_a", "f4", (VOICES,)),  # state-variable filter
    ("ic1", "f4", (VOICES,)), ("ic2", "f4", (VOICES,)),
    ("hiss", "f4", (VOICES * GRID,)),       # filtered noise of each voice
    ("rows", "f4", (GRID * 8,)),
    ("seeds", "u4", (8,)),
)


@rt
def tone_reset(pool):
    """Forget every voice."""
    pool_clear(pool)
    pool.position = 0
    for i in range(8):
        pool.seeds[i] = np.uint32(2654435769 * (i + 1) & 0xFFFFFFFF)
    for v in range(VOICES):
        pool.breathy[v] = 0
        pool.ic1[v] = 0.0
        pool.ic2[v] = 0.0


@rt
def _key(pool, v, part):
    """Where voice v is to sound [MIDI keys], bend and vibrato included."""
    return clamp(pool.pitch[v] + clamp(part.pitch_cents, -6000.0, 6000.0) / 100.0, -24.0, 150.0)


@rt
def _tune(pool, v, key):
    """Set the frequency of harmonic 1 of voice v."""
    pool.tuned[v] = key
    pool.hz[v] = hz_of_key(key) * _FOOT[pool.program[v]]


@rt
def _paint(pool, v, sample_rate):
    """Set the goals of voice v's harmonics for its pitch, tilt and age, and how many of them can be heard."""
    at, kind, hz = v * HARMONICS, pool.program[v], F(pool.hz[v])
    zero, one = splat8(F(0.0)), splat8(F(1.0))
    width_hz = min(sample_rate, ENOUGH_HZ)
    steepness, rim, shade = F(1.0 / ((FADE_TO - FADE_FROM) * width_hz)), F(FADE_TO * width_hz), pool.shade[v]
    energy = zero
    for n in range(0, HARMONICS, 8):
        numbers = load8(NUMBERS, n)
        room = largest8(smallest8((splat8(rim) - numbers * hz) * steepness, one), zero)
        a = exp2_8(load8(pool.design, at + n) + load8(OCTAVES, n) * shade) * room
        energy = energy + a * a
        store8(pool.goal, at + n, a)
    power = total8(energy)
    scale = F(math.sqrt(2.0 / power)) if power > F(1e-12) else F(0.0)
    lost, higher = F(pool.fall[v] * pool.age_s[v]), F(_HIGHER[kind])
    top = 2
    for n in range(0, HARMONICS, 8):
        a = load8(pool.goal, at + n) * scale
        if lost > F(0.0):
            a = a * exp2_8(zero - ((load8(NUMBERS, n) - one) * higher + one) * lost)
        if peak8(a) > F(FAINT):
            top = n + 8
            store8(pool.goal, at + n, a * load8(SIGNS, n))
        else:
            store8(pool.goal, at + n, zero)
    # what lies above the rim is nothing: no need to sum it
    possible = int(min(rim / hz, F(HARMONICS))) + 1
    pool.top[v] = max(min(top, possible & ~1), 2)


@rt
def _design(pool, v):
    """Levels of voice v's harmonics at its pitch: those of the table in the resonances of its body, doublings."""
    at, kind, hz = v * HARMONICS, pool.program[v], F(pool.hz[v])
    one = splat8(F(1.0))
    for n in range(0, HARMONICS, 8):
        gain = one
        for peak in range(PEAKS):
            width = RESONANCES[kind, peak, 1]
            if width > 0.0:
                x = (load8(NUMBERS, n) * hz - splat8(F(RESONANCES[kind, peak, 0]))) * F(1.0 / width)
                gain = gain + splat8(F(RESONANCES[kind, peak, 2])) / (one + x * x)
        row = kind * HARMONICS + n
        store8(pool.design, at + n, load8(_LEVELS, row) + log2_8(gain))


@rt
def _shade(pool, v, part):
    """Tilt of voice v's spectrum: how hard it was played, brightness, and breath."""
    kind = pool.program[v]
    tilt = (pool.velocity[v] - VELOCITY) * _TOUCH_TILT[kind] + (clamp(part.bright, 0.0, 1.0) - 0.5) * 2.0 * BRIGHT_TILT
    return F(tilt + (clamp(part.blow, 0.0, 1.0) - BLOW) * BLOW_TILT * _BLOWN[kind])


@rt
def _step_smoothing(time_s, sample_rate):
    return F(1.0 - math.exp(-GRID / (max(time_s, 1e-3) * sample_rate)))


@rt
def _keep(t60_s, sample_rate):
    """Factor a grid step of what falls by 60 dB in t60_s."""
    return F(2.0 ** (-LOG2_60_DB * GRID / (max(t60_s, 1e-3) * sample_rate)))


@rt
def _place_oscillators(pool, v, sample_rate):
    """Spread the oscillators of voice v in pitch and place; phases and slow movements by a seed from its key."""
    kind = pool.program[v]
    count = OSCILLATORS[kind]
    # the beating of high notes would be quick: they lie closer
    cents = _CENTS[kind] * clamp((261.6 / pool.hz[v]) ** 0.3, 0.3, 1.3)
    seed = np.uint32(int(pool.tuned[v] * 16.0 + 1024.0) * 7919 + 12345)
    for u in range(count):
        i = v * UNISON + u
        place = 2.0 * u / (count - 1) - 1.0 if count > 1 else 0.0
        pool.detune[i] = 2.0 ** (cents * place / 1200.0)
        # of four, the inner two change sides: else all that is sharp were on the right
        pool.pan[i] = _SPREAD[kind] * (place if abs(place) > 0.5 else -place)
        seed = np.uint32(seed * np.uint32(1664525) + np.uint32(1013904223))  # Numerical Recipes' generator
        pool.phase[i] = (seed >> np.uint32(8)) / 16777216.0 if count > 1 else 0.0
        seed = np.uint32(seed * np.uint32(1664525) + np.uint32(1013904223))
        pool.lfo[i] = (seed >> np.uint32(8)) / 16777216.0
        seed = np.uint32(seed * np.uint32(1664525) + np.uint32(1013904223))
        pool.lfo_rate[i] = _LFO_HZ[kind] * (0.9 + 0.2 * (seed >> np.uint32(8)) / 16777216.0)
        if _TOGETHER[kind] > 0.0:
            pool.lfo_rate[i] = _LFO_HZ[kind]
            turns = pool.position * _LFO_HZ[kind] / sample_rate
            pool.lfo[i] = turns - math.floor(turns)
        pool.mid[i] = 0.0
        pool.off[i] = 0.0


@rt
def _open_breath(pool, v, soft, sample_rate):
    """Tune the band of voice v's noise, and set its level so that a gain of 1 is as loud as the sound."""
    kind = pool.program[v]
    pool.breathy[v] = _BREATH[kind] + _CHIFF[kind] > 0.0
    hz, q = clamp(pool.hz[v] * _BREATH_RATIO[kind] / _FOOT[kind], 20.0, 0.2 * sample_rate), _BREATH_Q[kind]
    g = math.tan(math.pi * hz / sample_rate)
    k = 1.0 / q
    pool.band_g[v] = g
    pool.band_k[v] = k
    pool.band_a[v] = 1.0 / (1.0 + g * (g + k))
    pool.ic1[v] = 0.0
    pool.ic2[v] = 0.0
    # white noise of RMS 0.577 through a band of hz / q, whose noise bandwidth is pi / 2 times that
    pool.breath_scale[v] = 1.0 / (0.577 * math.sqrt(math.pi * hz / (q * sample_rate)))
    pool.chiff[v] = _CHIFF[kind] * (1.0 - 0.8 * soft)
    pool.chiff_keep[v] = _keep(_CHIFF_S[kind], sample_rate)
    pool.breath_gain[v] = 0.0


@rt
def tone_start(pool, v, part, pitch, velocity, offset, sample_rate):
    """Begin voice v at `pitch` [MIDI keys] `offset` frames into the next step; velocity 0 .. 1 sets level and brightness."""
    kind = part.program % _FOOT.shape[0]
    velocity = clamp(velocity, 0.0, 1.0)
    soft, ring = clamp(part.soft, 0.0, 1.0), 2.0 ** (RING_DOUBLINGS * (clamp(part.ring, 0.0, 1.0) - 0.5))
    pool.program[v] = kind
    pool.pitch[v] = pitch
    pool.offset[v] = clamp(float(offset), 0.0, GRID - 1.0)
    pool.velocity[v] = velocity
    touch = _TOUCH[kind]
    pool.level[v] = LEVEL * 10.0 ** (_TRIM_DB[kind] / 20.0) * (1.0 - touch + touch * velocity ** 1.5)
    pool.age_s[v] = 0.0
    _tune(pool, v, _key(pool, v, part))
    size = clamp(math.sqrt(261.6 * _FOOT[kind] / pool.hz[v]), 0.25, 2.0)  # high tines die sooner
    pool.fall[v] = LOG2_60_DB / (_RING_S[kind] * ring * size) if _RING_S[kind] > 0.0 else 0.0
    pool.attack[v] = _step_smoothing((_ATTACK_S[kind] + SOFT_ATTACK_S * soft * soft) / TO_90, sample_rate)
    pool.release[v] = _step_smoothing(_RELEASE_S[kind] * ring / TO_60_DB, sample_rate)
    pool.drive[v] = 0.0
    pool.envelope[v] = 0.0
    _design(pool, v)
    pool.shade[v] = _shade(pool, v, part)
    _paint(pool, v, sample_rate)
    for n in range(v * HARMONICS, (v + 1) * HARMONICS, 8):
        store8(pool.amp, n, load8(pool.goal, n))
        store8(pool.change, n, splat8(F(0.0)))
    pool.moving[v] = 0
    _place_oscillators(pool, v, sample_rate)
    _open_breath(pool, v, soft, sample_rate)
    pool.ping[v] = _PING[kind] * (1.0 - 0.8 * soft) * velocity
    pool.ping_keep[v] = _keep(_PING_S[kind] * clamp(math.sqrt(ring), 0.5, 2.0), sample_rate)
    pool.ping_phase[v] = 0.0
    pool.ping_gain[v] = 0.0
    if pool.hz[v] / _FOOT[kind] * _PING_RATIO[kind] > FADE_FROM * sample_rate:
        pool.ping[v] = 0.0


@rt
def _repaint(pool, v, part, sample_rate):
    """Set off the harmonics of voice v for where brightness, breath, pitch and age have come to; or let them rest."""
    shade = _shade(pool, v, part)
    key = _key(pool, v, part)
    moved = shade != pool.shade[v] or F(key) != pool.tuned[v] or pool.fall[v] > 0.0
    if not moved:
        pool.moving[v] = 0
        return
    at, before = v * HARMONICS, pool.top[v]
    pool.shade[v] = shade
    _tune(pool, v, key)
    _paint(pool, v, sample_rate)
    for n in range(at, at + HARMONICS, 8):
        store8(pool.change, n, (load8(pool.goal, n) - load8(pool.amp, n)) * F(1.0 / GRID))
    pool.top[v] = max(pool.top[v], before)
    pool.moving[v] = 1


@rt
def _arrive(pool, v):
    """The harmonics of voice v are where they were sent."""
    at, top = v * HARMONICS, 2
    for n in range(0, pool.top[v], 8):
        goal = load8(pool.goal, at + n)
        store8(pool.amp, at + n, goal)
        if peak8(goal * goal) > F(0.0):
            top = n + 8
    pool.top[v] = min(top, pool.top[v])


@rt
def _wave(pool, v, phase, advance):
    """16 frames of the harmonics of voice v from `phase` on, `advance` cycles a frame: two vectors."""
    amp, change, highest = pool.amp, pool.change, v * HARMONICS + pool.top[v] - 2
    zero = splat8(F(0.0))
    near = ramp8() * F(advance) + F(phase)
    far = near + F(8.0 * advance)
    sine_near, sine_far = sine8(near), sine8(far)
    c = splat8(F(2.0)) - sine_near * sine_near * F(4.0)
    d = splat8(F(2.0)) - sine_far * sine_far * F(4.0)
    # near: o odd harmonics, e even ones; far: p and f; each with the value before it
    o, o_before, e, e_before = zero, zero, zero, zero
    p, p_before, f, f_before = zero, zero, zero, zero
    if pool.moving[v]:
        early = ramp8()
        for below in range(0, pool.top[v], 2):
            i = (highest - below) & INDEX_MASK
            odd, even = splat8(change[i]), splat8(change[i | 1])
            a, b = muladd8(early, odd, splat8(amp[i])), muladd8(early, even, splat8(amp[i | 1]))
            o, o_before = muladd8(c, o, a - o_before), o
            e, e_before = muladd8(c, e, b - e_before), e
            p, p_before = muladd8(d, p, (a + odd * F(8.0)) - p_before), p
            f, f_before = muladd8(d, f, (b + even * F(8.0)) - f_before), f
    else:
        for below in range(0, pool.top[v], 2):
            i = (highest - below) & INDEX_MASK
            a, b = splat8(amp[i]), splat8(amp[i | 1])
            o, o_before = muladd8(c, o, a - o_before), o
            e, e_before = muladd8(c, e, b - e_before), e
            p, p_before = muladd8(d, p, a - p_before), p
            f, f_before = muladd8(d, f, b - f_before), f
    return (o + o_before) * sine_near + e * sine8(near + near), (p + p_before) * sine_far + f * sine8(far + far)


@rt
def _swing(phase):
    """A sine from two parabolas, -1 .. 1, of a phase in cycles: smooth enough for slow movements."""
    x = phase - math.floor(phase + 0.5)
    return 16.0 * x * (0.5 - abs(x))


@rt
def _sing(pool, v, gain, buses, bus, sample_rate):
    """Add the oscillators of voice v at `gain`, with their slow movements."""
    kind = pool.program[v]
    count, per_frame = OSCILLATORS[kind], 1.0 / sample_rate
    depth = clamp((pool.age_s[v] - _LFO_DELAY_S[kind]) / LFO_GROWS_S, 0.0, 1.0) if _LFO_DELAY_S[kind] > 0.0 else 1.0
    cents, level, pan = _LFO_CENTS[kind] * depth, _LFO_LEVEL[kind] * depth, _LFO_PAN[kind] * depth
    each, frames, side_bus = gain * _SHARE[kind], F(GRID) - pool.offset[v], bus + BUSES * GRID
    step = F(1.0) / frames
    near_ramp = largest8(ramp8() - splat8(pool.offset[v]), splat8(F(0.0)))
    far_ramp = largest8(ramp8() + (F(8.0) - pool.offset[v]), splat8(F(0.0)))
    last, last_side = F(0.0), F(0.0)
    for u in range(count):
        i = v * UNISON + u
        lfo = pool.lfo[i] + pool.lfo_rate[i] * (GRID * per_frame)
        lfo -= math.floor(lfo)
        pool.lfo[i] = lfo
        swing, early = _swing(lfo), _swing(lfo + 0.25)
        advance = pool.hz[v] * pool.detune[i] * (1.0 + RATIO_OF_CENT * cents * swing) * per_frame
        phase = pool.phase[i]
        if pool.offset[v] > F(0.0):
            phase -= advance * pool.offset[v]
            phase -= math.floor(phase)
        near, far = _wave(pool, v, phase, advance)
        phase += GRID * advance
        pool.phase[i] = phase - math.floor(phase)
        mid = F(each * (1.0 + level * early))
        off = F(mid * (pool.pan[i] + pan * swing))
        mid_slope, off_slope = (mid - pool.mid[i]) * step, (off - pool.off[i]) * step
        mid_now, off_now = splat8(pool.mid[i]), splat8(pool.off[i])
        far_mid = far * muladd8(far_ramp, splat8(mid_slope), mid_now)
        far_off = far * muladd8(far_ramp, splat8(off_slope), off_now)
        store8(buses, bus, load8(buses, bus) + near * muladd8(near_ramp, splat8(mid_slope), mid_now))
        store8(buses, bus + 8, load8(buses, bus + 8) + far_mid)
        store8(buses, side_bus, load8(buses, side_bus) + near * muladd8(near_ramp, splat8(off_slope), off_now))
        store8(buses, side_bus + 8, load8(buses, side_bus + 8) + far_off)
        last += top8(far_mid)
        last_side += top8(far_off)
        pool.mid[i] = mid
        pool.off[i] = off
    pool.last[v] = last
    pool.side[v] = last_side


@rt
def _add_ramped(buses, bus, near, far, before, after, offset):
    """Add 16 frames whose gain goes from `before` to `after`, beginning at `offset`; return the newest."""
    slope, now, zero = splat8((after - before) / (F(GRID) - offset)), splat8(before), splat8(F(0.0))
    far = far * muladd8(largest8(ramp8() + (F(8.0) - offset), zero), slope, now)
    store8(buses, bus, load8(buses, bus) + near * muladd8(largest8(ramp8() - splat8(offset), zero), slope, now))
    store8(buses, bus + 8, load8(buses, bus + 8) + far)
    return top8(far)


@rt
def _ping(pool, v, gain, buses, bus, sample_rate):
    """Add the short partial of voice v's onset."""
    kind = pool.program[v]
    advance = min(pool.hz[v] / _FOOT[kind] * _PING_RATIO[kind] / sample_rate, 0.45)
    near = ramp8() * F(advance) + F(pool.ping_phase[v] - advance * pool.offset[v])
    after = F(gain) * pool.ping[v]
    far = near + F(8.0 * advance)
    pool.last[v] += _add_ramped(buses, bus, sine8(near), sine8(far), pool.ping_gain[v], after, pool.offset[v])
    pool.ping_gain[v] = after
    phase = pool.ping_phase[v] + advance * (GRID - pool.offset[v])
    pool.ping_phase[v] = phase - math.floor(phase)
    pool.ping[v] *= pool.ping_keep[v]
    if pool.ping[v] < F(SILENCE):
        pool.ping[v] = 0.0  # the next step takes the gain to 0 along a line


@rt
def _hiss(pool, first):
    """Filter a grid step of noise for the voices first .. first + 7.

    Source: A. Simper, "Solving the continuous SVF equations using trapezoidal integration", 2013.
    """
    g, k, a = load8(pool.band_g, first), load8(pool.band_k, first), load8(pool.band_a, first)
    ic1, ic2, two, ga = load8(pool.ic1, first), load8(pool.ic2, first), splat8(F(2.0)), g * a
    for i in range(0, GRID * 8, 8):
        v1 = muladd8(ga, noise8(pool.seeds) - ic2, a * ic1)
        v2 = muladd8(g, v1, ic2)
        ic1 = two * v1 - ic1
        ic2 = two * v2 - ic2
        store8(pool.rows, i, k * v1)
    store8(pool.ic1, first, ic1)
    store8(pool.ic2, first, ic2)
    transpose8(pool.rows, 0, 8, pool.hiss, first * GRID, GRID)
    transpose8(pool.rows, 64, 8, pool.hiss, first * GRID + 8, GRID)


@rt
def _breathe(pool, v, gain, blow, buses, bus):
    """Add the noise of voice v."""
    after = F(gain * pool.breath_scale[v] * (_BREATH[pool.program[v]] * blow + pool.chiff[v]))
    at = v * GRID
    pool.last[v] += _add_ramped(buses, bus, load8(pool.hiss, at), load8(pool.hiss, at + 8), pool.breath_gain[v], after,
                                pool.offset[v])
    pool.breath_gain[v] = after
    pool.chiff[v] *= pool.chiff_keep[v]
    if pool.chiff[v] < F(SILENCE):
        pool.chiff[v] = 0.0
        pool.breathy[v] = _BREATH[pool.program[v]] > 0.0 or after > F(0.0)  # noise of a key is over: cost nothing more


@rt
def _voice(pool, v, part, buses, sample_rate):
    """One grid step of voice v."""
    kind = pool.program[v]
    _repaint(pool, v, part, sample_rate)
    released = pool.gate[v] == RELEASED
    c = pool.release[v] if released else pool.attack[v]
    pool.drive[v] += c * ((F(0.0) if released else F(1.0)) - pool.drive[v])
    pool.envelope[v] += c * (pool.drive[v] - pool.envelope[v])
    pool.age_s[v] += GRID / sample_rate
    blow = clamp(part.blow, 0.0, 1.0) / BLOW if _BLOWN[kind] > 0.0 else 1.0
    gain = float(pool.level[v] * pool.envelope[v]) * clamp(part.gain, 0.0, 4.0) * blow
    bus = (pool.part[v] & PART_MASK) // CHANNELS * GRID
    _sing(pool, v, gain, buses, bus, sample_rate)
    if pool.ping[v] > F(0.0) or pool.ping_gain[v] > F(0.0):
        _ping(pool, v, gain, buses, bus, sample_rate)
    if pool.breathy[v]:
        _breathe(pool, v, gain, blow, buses, bus)
    if pool.moving[v]:
        _arrive(pool, v)
    pool.offset[v] = 0.0
    # whatever the part's gain: a quiet part keeps its voices
    faint = pool.fall[v] * pool.age_s[v] > 16.0
    if (released and pool.envelope[v] < F(SILENCE)) or faint:
        pool_free(pool, v)


@rt
def tone_render(pool, parts, buses, sample_rate):
    """Add GRID frames of every voice to the bus of its player."""
    if pool.sounding == 0:
        return
    for first in range(0, VOICES, 8):
        breathy = 0
        for v in range(first, first + 8):
            if pool.gate[v] != FREE:
                breathy |= pool.breathy[v]
        if breathy:
            _hiss(pool, first)
        for v in range(first, first + 8):
            if pool.gate[v] != FREE:
                _voice(pool, v, parts[pool.part[v] & PART_MASK], buses, sample_rate)
    pool.position += GRID
