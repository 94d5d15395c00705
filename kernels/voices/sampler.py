"""SoundFont 2 sampler: 64 voices of recorded sound with envelopes, oscillators of vibrato and tremolo, and a filter.

The synthesis model is that of the "SoundFont Technical Specification", version 2.01 (E-mu Systems, 1998), sections 8
and 9, with the choices of FluidSynth where the paper and the fonts disagree: initialAttenuation counts 0.4 of what is
written (the hardware of E-mu did so and fonts are tuned by ear on it), the filter's resonance takes half of its height
from the level at DC, a released note finishes its first 10 ms.  Interpolation: eight points of a sinc windowed after
Kaiser, 512 phases.  Filter: A. Simper, "Solving the continuous SVF equations using trapezoidal integration", 2013.

Pan: constant power [8.1.3, generator 17], written as middle and side.  A voice in the middle costs no side at all; the two
sides of a stereo recording are two voices.  Modulators: the loader turns those of velocity, key, wheel, pressure and breath
into one SHAPE for each set that a font has; a zone names its shape.

Eight voices lie side by side in the lanes.  Once a grid step every envelope is evaluated in closed form at the end of
the step; gain and filter coefficients travel there in straight lines, pitch is constant within the step.  The inner
loop has no branch: the loader copies each loop so often behind its sample that no step leaves it, and puts `MARGIN`
frames of silence before each sample and behind each one that ends.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import (SINE_POLYNOMIAL, above8, absolute8, exp2_8, floor8, largest8, load8, log2_8, peak8, smallest8,
                       splat8, store8, sums8, totals8, transpose8)
from ..rt.units import clamp
from .part import BUSES, CHANNELS, PART_MASK, VIBRATO_CENTS
from .pool import FREE, HELD, RELEASED, SILENCE, pool_clear, pool_free, pool_take, voice_fields

F = np.float32
VOICES = 64
#: 128 sounds of General MIDI and the standard drum kit.
PROGRAMS, DRUM_KIT = 129, 128
#: TimGM6mb has 1357 zones in these programs; six times that holds sets with stereo pairs and more layers.
ZONES = 8192
#: Different sets of modulators in one font; TimGM6mb has 2.
SHAPES = 256
#: What a SHAPE changes when a note begins, octaves each: of amplitude, of the cutoff, of pitch, of times, and of pitch and
#: cutoff at the peak of the modulation envelope.
(TO_LEVEL, TO_CUTOFF, TO_PITCH, TO_ATTACK, TO_HOLD, TO_DECAY, TO_RELEASE, TO_MOD_ATTACK, TO_MOD_DECAY, TO_MOD_PITCH,
 TO_MOD_CUTOFF) = range(11)
SHAPED = 11
#: Points of the interpolator and steps between two samples: a phase error of 1/1024 sample lies 68 dB below a tone
#: of 5 kHz recorded at 44.1 kHz, and the table (16 kB) stays in the first cache.
POINTS, PHASE_BITS = 8, 9
PHASES = 1 << PHASE_BITS
#: Shape of the window: images of a tone up to a quarter of the recording's rate lie 70 dB down (four-point Hermite:
#: 24), and 0.35 of the rate loses 0.4 dB (Hermite: 1.7).  The loader sees to it that melodic recordings hold no more than
#: that, and nothing that folds at the ratios of a zone's keys.
KAISER = 6.0
#: Five octaves above the recorded pitch is beyond any use; a grid step then reads 16 * 32 samples.
OCTAVES_UP, OCTAVES_DOWN = 5.0, -12.0
#: Silence or repeated loop that the loader puts around a sample: one step at the highest ratio, and the points.
MARGIN = (GRID << int(OCTAVES_UP)) + POINTS
#: A loop is taken `LOOP_LEAD` samples late, so that the points left of the place see the loop, not what is before it.
LOOP_LEAD = POINTS // 2
#: A position is samples * 2**32: exact steps, and no drift for hours.
ONE = 4294967296.0
#: LOOP_LEAD as a position.
LEAD = LOOP_LEAD << 32
#: Rounds a place to the nearest phase.
HALF_PHASE = 1 << (31 - PHASE_BITS)
#: Shortest note, as in FluidSynth: a drum pad lets go before its sound has begun.
SHORTEST_S = 0.010
#: A choked voice (open hi-hat, when the closed one is struck) falls by 96 dB in this time.
CHOKE_S = 0.1
#: Factor 2 in amplitude per octave here: -96 dB, the length of every slope of the volume envelope in FluidSynth, by ear of
#: which fonts are made; the paper says 100.
BOTTOM = -96.0 / 6.0205999
#: SF2.01, 9.1.7, convex attack of the modulation envelope: 40 / 96 * log10(x) as FluidSynth has it, by log2.
CONVEX = F(40.0 / 96.0 * math.log10(2.0))
#: Half of cutoff / sample rate: open at 0.45, as in FluidSynth; the lowest, 1 Hz, only keeps numbers sane.
OPEN, CLOSED = F(0.45 / 2.0), F(1e-5)
#: Timbre 0 .. 1 moves the cutoff by this many octaves either way.
TIMBRE_OCTAVES = 2.0
#: How much longer a note decays and fades with `ring` at 1, and how much of it is left at 0.
RING_MOST, RING_LEAST = 3.0, 0.5
#: `soft` at 1: the attack is this many times as long, and as many seconds longer; the cutoff lies as many octaves lower.
SOFT_TIMES, SOFT_S, SOFT_OCTAVES = 4.0, 0.2, 1.0
#: `blow` where it is as designed.
BLOW = 0.8
#: The lowest velocity counted, 1 of 127.
SOFTEST = 1.0 / 127.0
#: Full velocity as a share of 128 steps, so that its distance from the top is never nothing.
FULL = 127.0 / 128.0
#: A voice that has not begun, in `seen`.
PENDING = -1
#: Faintest envelope, log2 amplitude: SILENCE.
FAINT = math.log2(SILENCE)

#: One playable zone: preset and instrument generators already added up.  Octaves are of frequency or of amplitude.
ZONE = state(
    ("key_low", "i4"), ("key_high", "i4"),              # 0 .. 127, inclusive
    ("velocity_low", "i4"), ("velocity_high", "i4"),    # 0 .. 127, inclusive
    ("exclusive", "i4"),                                # class whose voices choke each other, 0 = none
    ("fixed_key", "i4"), ("fixed_velocity", "i4"),      # -1, or what is played whatever the key
    ("start", "i8"), ("stop", "i8"),                    # index into samples; with a loop, stop is the end of the loop
    ("loop", "i8"),                                     # length of the loop, 0 = none
    ("tail", "i8"), ("tail_stop", "i8"),                # distance to the copy that plays after release, 0 = none
    ("root", "f4"), ("scale", "f4"),                    # recorded key, octaves per key
    ("pitch", "f4"),                                    # octaves: tuning + log2 of the rate of its samples [Hz]
    ("level", "f4"), ("velocity_level", "f4"),          # octaves; exponent of velocity (default modulator: 2)
    ("cutoff", "f4"), ("velocity_cutoff", "f4"),        # log2 Hz; octaves from full velocity to none
    ("damping", "f4"),                                  # 1 / Q
    ("delay_s", "f4"), ("attack_s", "f4"), ("hold_s", "f4"), ("decay_s", "f4"), ("sustain", "f4"), ("release_s", "f4"),
    ("hold_key", "f4"), ("decay_key", "f4"),            # octaves of time per key below 60
    ("mod_delay_s", "f4"), ("mod_attack_s", "f4"), ("mod_hold_s", "f4"), ("mod_decay_s", "f4"), ("mod_sustain", "f4"),
    ("mod_release_s", "f4"), ("mod_hold_key", "f4"), ("mod_decay_key", "f4"),
    ("mod_pitch", "f4"), ("mod_cutoff", "f4"),          # octaves at the peak of the modulation envelope
    ("lfo_delay_s", "f4"), ("lfo_hz", "f4"),
    ("lfo_pitch", "f4"), ("lfo_cutoff", "f4"), ("lfo_level", "f4"),
    ("vibrato_delay_s", "f4"), ("vibrato_hz", "f4"), ("vibrato_pitch", "f4"),
    ("lean", "f4"),                                     # side relative to middle: -1 hard right, 0 middle, 1 hard left
    ("shape", "i4"),                                    # index into BANK.shapes; 0 changes nothing
)

#: What a set of modulators does.  `by_...`: octaves of each of SHAPED per unit of velocity 0 .. 1, per octave of velocity
#: (0 at full, falling), per octave of what lacks to full velocity (0 at none, falling), per key.  Wheel and pressure
#: 0 .. 1, breath -1 .. 0.25 around what is as designed.
SHAPE = state(
    ("by_velocity", "f4", (SHAPED,)), ("by_loudness", "f4", (SHAPED,)), ("by_lack", "f4", (SHAPED,)),
    ("by_key", "f4", (SHAPED,)),
    ("wheel_level", "f4"), ("wheel_cutoff", "f4"), ("wheel_lfo_pitch", "f4"), ("wheel_lfo_level", "f4"),
    ("wheel_lfo_cutoff", "f4"), ("breath_level", "f4"), ("breath_cutoff", "f4"),
)

#: All zones of a font, those of one program side by side.  Written by the loader, read by the kernels.
BANK = state(
    ("taps", "f4", (PHASES * POINTS,)),     # see `interpolator`; first, so that rows lie on cache lines
    ("first", "i4", (PROGRAMS,)), ("count", "i4", (PROGRAMS,)),
    ("shapes", SHAPE, (SHAPES,)),
    ("zones", ZONE, (ZONES,)),
)

_LANES = ("f4", (VOICES,))
SAMPLER = state(
    *voice_fields(VOICES),
    # every array below begins on a cache line: a vector that lies across two costs twice
    ("padding", "u1", (-state(*voice_fields(VOICES)).itemsize % 64,)),
    ("position", "i8", (VOICES,)),          # place in samples * 2**32
    ("stop", "i8", (VOICES,)),              # the same: where the loop is taken, or the sample ends
    ("loop", "i8", (VOICES,)), ("tail", "i8", (VOICES,)), ("tail_stop", "i8", (VOICES,)),   # see ZONE; * 2**32
    ("wait", "i4", (VOICES,)),              # frames until it begins
    ("seen", "i4", (VOICES,)),              # the gate that was last acted on, or PENDING
    ("let_go", "i4", (VOICES,)),            # 1 in the release stage
    ("exclusive", "i4", (VOICES,)),
    ("bus", "i8", (VOICES,)),               # first frame of the player's bus
    # per note, times in grid steps since the start, octaves of frequency or amplitude
    ("octave", *_LANES), ("base", *_LANES), ("cutoff", *_LANES), ("damping", *_LANES),
    ("attack", *_LANES), ("decay_from", *_LANES), ("decay", *_LANES), ("sustain", *_LANES), ("release", *_LANES),
    ("mod_from", *_LANES), ("mod_attack", *_LANES), ("mod_decay_from", *_LANES), ("mod_decay", *_LANES),
    ("mod_sustain", *_LANES), ("mod_release", *_LANES), ("mod_pitch", *_LANES), ("mod_cutoff", *_LANES),
    ("lfo_from", *_LANES), ("lfo_rate", *_LANES), ("lfo_pitch", *_LANES), ("lfo_cutoff", *_LANES),
    ("lfo_level", *_LANES),
    ("vibrato_from", *_LANES), ("vibrato_rate", *_LANES), ("vibrato_pitch", *_LANES),
    ("lean", *_LANES),                      # side relative to middle
    ("wheel_level", *_LANES), ("wheel_cutoff", *_LANES), ("wheel_lfo_pitch", *_LANES), ("wheel_lfo_level", *_LANES),
    ("wheel_lfo_cutoff", *_LANES), ("breath_level", *_LANES), ("breath_cutoff", *_LANES),
    # where the note is
    ("age", *_LANES),                       # grid steps since the start
    ("released", *_LANES),                  # let_go as a lane
    ("ended", *_LANES),                     # above 0: nothing more will be heard
    ("rise", *_LANES),                      # 0 .. 1 in the attack
    ("level", *_LANES), ("mod", *_LANES),   # envelopes: octaves of amplitude, 0 .. 1
    ("gain", *_LANES), ("a1", *_LANES), ("a2", *_LANES), ("a3", *_LANES),
    ("ic1", *_LANES), ("ic2", *_LANES),
    # this step
    ("advance", *_LANES), ("open", *_LANES),                        # part of the step that sounds; 0 while silent
    ("bend", *_LANES), ("volume", *_LANES), ("bright", *_LANES),    # what the part says
    ("wheel", *_LANES), ("breath", *_LANES),
    ("ratio", *_LANES), ("gain_to", *_LANES), ("a1_to", *_LANES), ("a2_to", *_LANES), ("a3_to", *_LANES),
    ("place", "i8", (VOICES,)), ("step", "i8", (VOICES,)),          # where reading begins, and how far a frame goes
    ("frames", "f4", (GRID * 8,)), ("voices", "f4", (8 * GRID,)),   # one group of eight
    ("shaped", "f8", (SHAPED,)),            # what modulators change about the note that begins
)


def interpolator():
    """Make BANK.taps, float32 (PHASES * POINTS,): row p weighs eight samples for the place 3 + p / PHASES.

    Sinc windowed after Kaiser; each row sums to 1, so that a constant stays what it is.
    """
    phase = np.arange(PHASES)[:, None] / PHASES
    distance = np.arange(POINTS)[None, :] - (POINTS // 2 - 1) - phase
    window = np.i0(KAISER * np.sqrt(np.maximum(0.0, 1.0 - (distance / (POINTS // 2)) ** 2)))
    taps = np.sinc(distance) * window
    return (taps / taps.sum(axis=1, keepdims=True)).astype("f4").ravel()


@rt
def sampler_reset(pool):
    """Forget every voice."""
    pool_clear(pool)
    for v in range(VOICES):
        pool.position[v] = np.int64(POINTS) << 32
        pool.loop[v] = 0
        pool.stop[v] = np.int64(1) << 62
        pool.seen[v] = FREE
        pool.advance[v] = 0.0
        pool.open[v] = 0.0
        pool.exclusive[v] = 0
        pool.age[v] = 0.0
        pool.released[v] = 0.0
        pool.ended[v] = 0.0
        pool.level[v] = 0.0
        pool.mod[v] = 0.0
        pool.gain[v] = 0.0
        pool.lean[v] = 0.0
        pool.ic1[v] = 0.0
        pool.ic2[v] = 0.0


@rt
def _outside(x, low, high):
    """How far x lies outside low .. high."""
    return max(low - x, x - high, 0)


@rt
def _distance(zone, key, velocity):
    """0 when the zone plays this key and velocity, else a number that grows with the distance; the key counts more."""
    return 128 * _outside(key, zone.key_low, zone.key_high) + _outside(velocity, zone.velocity_low, zone.velocity_high)


@rt
def _choke(pool, part, exclusive, key, frame, sample_rate):
    """Let the other voices of an exclusive class on this part go at once; those of the same stroke are left alone."""
    for v in range(VOICES):
        same_stroke = pool.since[v] == frame and pool.key[v] == key
        if pool.gate[v] != FREE and pool.part[v] == part and pool.exclusive[v] == exclusive and not same_stroke:
            pool.gate[v] = RELEASED
            pool.release[v] = F(-BOTTOM * GRID / (CHOKE_S * sample_rate))


@rt
def _slope(time_s, steps_per_s, height):
    """Change per grid step of something that covers `height` in `time_s`; no faster than one step."""
    return F(height / max(time_s * steps_per_s, 1.0))


@rt
def _ring(ring):
    """Factor of decay and release for the macro `ring` [clamped 0 .. 1]; 1 at 0.5."""
    ring = 2.0 * clamp(ring, 0.0, 1.0) - 1.0
    return RING_MOST ** ring if ring > 0.0 else RING_LEAST ** -ring


@rt
def _shape(pool, v, shape, key, velocity):
    """Evaluate the modulators of a note that begins: pool.shaped, and what wheel and breath will do to voice v."""
    loudness, lack = math.log2(velocity), math.log2(1.0 - velocity * FULL)
    for t in range(SHAPED):
        pool.shaped[t] = (shape.by_velocity[t] * velocity + shape.by_loudness[t] * loudness + shape.by_lack[t] * lack
                          + shape.by_key[t] * key)
    pool.wheel_level[v] = shape.wheel_level
    pool.wheel_cutoff[v] = shape.wheel_cutoff
    pool.wheel_lfo_pitch[v] = shape.wheel_lfo_pitch
    pool.wheel_lfo_level[v] = shape.wheel_lfo_level
    pool.wheel_lfo_cutoff[v] = shape.wheel_lfo_cutoff
    pool.breath_level[v] = shape.breath_level
    pool.breath_cutoff[v] = shape.breath_cutoff


@rt
def _voice_start(pool, v, zone, shape, part, key, velocity, offset, sample_rate):
    """Put everything a note of this zone needs into voice v."""
    if zone.fixed_key >= 0:
        key = float(zone.fixed_key)
    if zone.fixed_velocity >= 0:
        velocity = max(zone.fixed_velocity / 127.0, SOFTEST)
    _shape(pool, v, shape, key, velocity)
    shaped, soft, ring = pool.shaped, clamp(part.soft, 0.0, 1.0), _ring(part.ring)
    attack_s = zone.attack_s * 2.0 ** shaped[TO_ATTACK]
    attack_s += soft * ((SOFT_TIMES - 1.0) * attack_s + SOFT_S)
    hold_s = zone.hold_s * 2.0 ** shaped[TO_HOLD]
    decay_s, mod_decay_s = ring * zone.decay_s * 2.0 ** shaped[TO_DECAY], zone.mod_decay_s * 2.0 ** shaped[TO_MOD_DECAY]
    mod_attack_s = zone.mod_attack_s * 2.0 ** shaped[TO_MOD_ATTACK]
    steps = sample_rate / GRID
    below = 60.0 - key
    pool.exclusive[v] = zone.exclusive
    pool.seen[v] = PENDING
    pool.bus[v] = (pool.part[v] // CHANNELS) * GRID
    pool.position[v] = zone.start << 32
    pool.stop[v] = (zone.stop << 32) + LEAD
    pool.loop[v] = zone.loop << 32
    pool.tail[v] = zone.tail << 32
    pool.tail_stop[v] = (zone.tail_stop << 32) + LEAD
    pool.wait[v] = offset + np.int32(zone.delay_s * sample_rate)
    pool.let_go[v] = 0
    pool.octave[v] = zone.pitch + (key - zone.root) * zone.scale + shaped[TO_PITCH] - math.log2(sample_rate)
    # attenuation never becomes gain, whatever modulators take from it
    pool.base[v] = min(zone.level + zone.velocity_level * math.log2(velocity) + shaped[TO_LEVEL], 0.0)
    pool.cutoff[v] = (zone.cutoff + (1.0 - velocity) * zone.velocity_cutoff + shaped[TO_CUTOFF] - soft * SOFT_OCTAVES
                      - math.log2(2.0 * sample_rate))
    pool.lean[v] = zone.lean
    pool.damping[v] = zone.damping
    pool.attack[v] = _slope(attack_s, steps, 1.0)
    pool.decay_from[v] = (attack_s + hold_s * 2.0 ** (below * zone.hold_key)) * steps
    pool.decay[v] = _slope(decay_s * 2.0 ** (below * zone.decay_key), steps, -BOTTOM)
    pool.sustain[v] = zone.sustain
    pool.release[v] = _slope(ring * zone.release_s * 2.0 ** shaped[TO_RELEASE], steps, -BOTTOM)
    pool.mod_from[v] = (zone.mod_delay_s - zone.delay_s) * steps
    pool.mod_attack[v] = _slope(mod_attack_s, steps, 1.0)
    pool.mod_decay_from[v] = (zone.mod_delay_s - zone.delay_s + mod_attack_s
                              + zone.mod_hold_s * 2.0 ** (below * zone.mod_hold_key)) * steps
    pool.mod_decay[v] = _slope(mod_decay_s * 2.0 ** (below * zone.mod_decay_key), steps, 1.0)
    pool.mod_sustain[v] = zone.mod_sustain
    pool.mod_release[v] = _slope(zone.mod_release_s, steps, 1.0)
    pool.mod_pitch[v] = zone.mod_pitch + shaped[TO_MOD_PITCH]
    pool.mod_cutoff[v] = zone.mod_cutoff + shaped[TO_MOD_CUTOFF]
    pool.lfo_from[v] = (zone.lfo_delay_s - zone.delay_s) * steps
    pool.lfo_rate[v] = zone.lfo_hz / steps
    pool.lfo_pitch[v] = zone.lfo_pitch
    pool.lfo_cutoff[v] = zone.lfo_cutoff
    pool.lfo_level[v] = zone.lfo_level
    pool.vibrato_from[v] = (zone.vibrato_delay_s - zone.delay_s) * steps
    pool.vibrato_rate[v] = zone.vibrato_hz / steps
    pool.vibrato_pitch[v] = zone.vibrato_pitch
    pool.age[v] = 0.0
    pool.released[v] = 0.0
    pool.ended[v] = 0.0
    pool.rise[v] = 0.0
    pool.level[v] = 0.0
    pool.mod[v] = 0.0
    pool.gain[v] = 0.0
    pool.ic1[v] = 0.0
    pool.ic2[v] = 0.0


@rt
def sampler_start(pool, bank, residue, parts, part, key, pitch, velocity, frame, offset, sample_rate):
    """Begin a note `offset` frames [0 .. GRID - 1] into the next grid step: one voice for each zone that matches.

    key: as played; pitch: MIDI key number that sounds, fractions allowed, clamped 0 .. 127; velocity clamped 1/127 .. 1.
    Where no zone matches, the nearest one plays.  What stolen voices were sounding fades.
    """
    program = min(max(parts[part].program, 0), PROGRAMS - 1)
    first, last = bank.first[program], bank.first[program] + bank.count[program]
    if last == first:
        return
    pitch, strength = clamp(pitch, 0.0, 127.0), clamp(velocity, SOFTEST, 1.0)
    whole, loudness = np.int32(pitch + 0.5), np.int32(127.0 * strength + 0.5)
    closest, nearest = np.int32(1 << 30), first
    for z in range(first, last):
        distance = _distance(bank.zones[z], whole, loudness)
        if distance < closest:
            closest, nearest = distance, z
    if closest > 0:
        first, last = nearest, nearest + 1
    for z in range(first, last):
        if bank.zones[z].exclusive != 0 and _distance(bank.zones[z], whole, loudness) == closest:
            _choke(pool, part, bank.zones[z].exclusive, key, frame, sample_rate)
    for z in range(first, last):
        if _distance(bank.zones[z], whole, loudness) == closest:
            v = pool_take(pool, residue, part, key, pitch, frame, False)
            shape = bank.shapes[min(max(bank.zones[z].shape, 0), SHAPES - 1)]
            _voice_start(pool, v, bank.zones[z], shape, parts[part], pitch, strength, offset, sample_rate)


@rt
def _let_go(pool, v):
    """Enter the release stage from wherever the envelope is; leave the loop if the sample goes on behind it."""
    pool.let_go[v] = 1
    pool.released[v] = 1.0
    pool.level[v] += F(math.log2(max(pool.rise[v], F(1e-6))))
    if pool.tail[v] != 0:
        position = pool.position[v]
        if position >= pool.stop[v] - LEAD:
            position -= pool.loop[v]
        pool.position[v] = position + pool.tail[v]
        pool.stop[v] = pool.tail_stop[v]
        pool.loop[v] = 0


@rt
def _react(pool, v, shortest):
    """Bring voice v in line with its gate: waiting, beginning, let go or FREE."""
    gate = pool.gate[v]
    if gate != FREE and pool.ended[v] > 0.0:
        pool_free(pool, v)
        gate = FREE
    if gate == FREE:
        pool.seen[v] = FREE
        pool.ended[v] = 0.0
        pool.advance[v] = 0.0
        pool.open[v] = 0.0
        pool.gain[v] = 0.0
        pool.lean[v] = 0.0
    elif pool.wait[v] >= GRID:
        pool.wait[v] -= GRID
        pool.advance[v] = 0.0
        pool.open[v] = 0.0
        if gate == RELEASED:    # let go before its delay was over
            pool.ended[v] = 1.0
    elif pool.seen[v] == PENDING:
        pool.advance[v] = F(1.0) - F(pool.wait[v]) * F(1.0 / GRID)
        pool.open[v] = 1.0
    elif gate != RELEASED:
        pool.seen[v] = gate
    elif pool.age[v] >= shortest:
        pool.seen[v] = gate
        if pool.let_go[v] == 0:
            _let_go(pool, v)


@rt
def _notice(pool, group, shortest):
    """Act on the gates of a group that have changed."""
    group &= VOICES - 1     # here and below: shows the compiler that no index is negative
    for v in range(group, group + 8):
        if pool.gate[v] != pool.seen[v] or pool.ended[v] > 0.0:
            _react(pool, v, shortest)


@rt
def _gather(pool, group, parts):
    """Fill the lanes of a group with what the parts say."""
    group &= VOICES - 1
    for v in range(group, group + 8):
        part = parts[pool.part[v] & PART_MASK]
        pool.bend[v] = part.pitch_cents
        pool.volume[v] = part.gain
        pool.bright[v] = part.bright
        pool.wheel[v] = part.depth_now
        pool.breath[v] = part.blow


@rt
def _triangle(age, start, rate):
    """Triangle -1 .. 1 that begins to rise from 0 at `start`."""
    x = largest8((age - start) * rate, splat8(F(0.0))) + F(0.75)
    x = x - floor8(x)
    return above8(x, splat8(F(0.5)), x - F(0.5), splat8(F(0.5)) - x) * F(4.0) - F(1.0)


@rt
def _sine(x):
    """Sine of 0 .. 1/4 cycle, where `sine8` need not fold."""
    y = x * x
    value = y * F(SINE_POLYNOMIAL[0]) + F(SINE_POLYNOMIAL[1])
    for i in range(2, 6):
        value = value * y + F(SINE_POLYNOMIAL[i])
    return x * value


@rt
def _control(pool, g):
    """Evaluate envelopes and oscillators of a group at the end of this step: where pitch, gain and filter shall be."""
    zero, one = splat8(F(0.0)), splat8(F(1.0))
    age = load8(pool.age, g) + load8(pool.advance, g)
    released = load8(pool.released, g)
    store8(pool.age, g, age)

    rise = smallest8(age * load8(pool.attack, g), one)
    rise = above8(released, zero, one, rise)
    fall = largest8(age - load8(pool.decay_from, g), zero) * load8(pool.decay, g)
    level = largest8(zero - fall, load8(pool.sustain, g))
    level = above8(released, zero, load8(pool.level, g) - load8(pool.release, g), level)
    store8(pool.rise, g, rise)
    store8(pool.level, g, level)
    base = load8(pool.base, g)
    fading = above8(released, zero, one, age - load8(pool.decay_from, g))
    store8(pool.ended, g, above8(splat8(F(FAINT)), level + base, fading, zero))

    climb = (age - load8(pool.mod_from, g)) * load8(pool.mod_attack, g)
    climb = smallest8(largest8(climb, splat8(F(1e-4))), one)
    convex = largest8(log2_8(climb) * CONVEX + F(1.0), zero)
    fall = largest8(age - load8(pool.mod_decay_from, g), zero) * load8(pool.mod_decay, g)
    mod = smallest8(convex, largest8(one - fall, load8(pool.mod_sustain, g)))
    mod = above8(released, zero, largest8(load8(pool.mod, g) - load8(pool.mod_release, g), zero), mod)
    store8(pool.mod, g, mod)

    lfo = _triangle(age, load8(pool.lfo_from, g), load8(pool.lfo_rate, g))
    vibrato = _triangle(age, load8(pool.vibrato_from, g), load8(pool.vibrato_rate, g))

    wheel = smallest8(largest8(load8(pool.wheel, g) * F(1.0 / VIBRATO_CENTS), zero), one)
    breath = smallest8(largest8(load8(pool.breath, g), zero), one) * F(1.0 / BLOW) - F(1.0)

    bend = load8(pool.bend, g) * F(1.0 / 1200.0)
    pitch = (load8(pool.octave, g) + bend + mod * load8(pool.mod_pitch, g)
             + lfo * (load8(pool.lfo_pitch, g) + wheel * load8(pool.wheel_lfo_pitch, g))
             + vibrato * load8(pool.vibrato_pitch, g))
    pitch = smallest8(largest8(pitch, splat8(F(OCTAVES_DOWN))), splat8(F(OCTAVES_UP)))
    store8(pool.ratio, g, exp2_8(pitch) * load8(pool.open, g))

    volume = smallest8(largest8(load8(pool.volume, g), zero), splat8(F(16.0)))
    gain = exp2_8(level + base + wheel * load8(pool.wheel_level, g) + breath * load8(pool.breath_level, g)
                  + lfo * (load8(pool.lfo_level, g) + wheel * load8(pool.wheel_lfo_level, g)))
    store8(pool.gain_to, g, gain * rise * volume * load8(pool.open, g))

    bright = smallest8(largest8(load8(pool.bright, g), zero), one) - F(0.5)
    cutoff = (load8(pool.cutoff, g) + bright * F(2.0 * TIMBRE_OCTAVES) + mod * load8(pool.mod_cutoff, g)
              + wheel * load8(pool.wheel_cutoff, g) + breath * load8(pool.breath_cutoff, g)
              + lfo * (load8(pool.lfo_cutoff, g) + wheel * load8(pool.wheel_lfo_cutoff, g)))
    half_angle = largest8(smallest8(exp2_8(cutoff), splat8(OPEN)), splat8(CLOSED))
    # g = tan(pi * cutoff / rate) = s / c; numerators and denominator times c * c, so that one division is enough
    s, c = _sine(half_angle), _sine(splat8(F(0.25)) - half_angle)
    share = one / (c * c + s * (s + load8(pool.damping, g) * c))
    store8(pool.a1_to, g, c * c * share)
    store8(pool.a2_to, g, s * c * share)
    store8(pool.a3_to, g, s * s * share)


@rt
def _begin(pool, v, step):
    """Put voice v where it passes the first frame of its sample, and the line of its gain through 0, when it begins."""
    pool.position[v] -= pool.wait[v] * step
    pool.wait[v] = 0
    pool.seen[v] = HELD
    pool.gain[v] = pool.gain_to[v] * (F(1.0) - F(1.0) / pool.advance[v])
    pool.advance[v] = 1.0
    pool.a1[v] = pool.a1_to[v]
    pool.a2[v] = pool.a2_to[v]
    pool.a3[v] = pool.a3_to[v]
    pool.ic1[v] = 0.0
    pool.ic2[v] = 0.0


@rt
def _aim(pool, group):
    """Note where each voice reads in this step, move it on, and take loops back."""
    group &= VOICES - 1
    for v in range(group, group + 8):
        step = np.int64(pool.ratio[v] * F(ONE))
        if pool.seen[v] == PENDING and pool.open[v] > 0.0:
            _begin(pool, v, step)
        position, stop, loop = pool.position[v], pool.stop[v], pool.loop[v]
        pool.step[v] = step
        pool.place[v] = position + HALF_PHASE
        position += step * GRID
        position -= loop if position >= stop else 0
        if position >= stop:
            if loop != 0:
                position -= ((position - stop) // loop + 1) * loop
            else:
                pool.ended[v] = 1.0
        pool.position[v] = position


@rt
def _taps(samples, taps, place):
    """Eight samples around the place, weighted; their sum is the interpolated one."""
    row = (place >> (32 - PHASE_BITS)) & (PHASES - 1)
    return load8(samples, (place >> 32) - (POINTS // 2 - 1)) * load8(taps, row * POINTS)


@rt
def _play(pool, g, samples, taps):
    """Read, filter and shape GRID frames of eight voices: pool.frames, the voice running fastest."""
    g &= VOICES - 1
    frames, step, p = pool.frames, pool.step, pool.place
    p0, p1, p2, p3, p4, p5, p6, p7 = p[g], p[g + 1], p[g + 2], p[g + 3], p[g + 4], p[g + 5], p[g + 6], p[g + 7]
    part = F(1.0 / GRID)
    a1, a2, a3, gain = load8(pool.a1, g), load8(pool.a2, g), load8(pool.a3, g), load8(pool.gain, g)
    a1_step, a2_step = (load8(pool.a1_to, g) - a1) * part, (load8(pool.a2_to, g) - a2) * part
    a3_step, gain_step = (load8(pool.a3_to, g) - a3) * part, (load8(pool.gain_to, g) - gain) * part
    ic1, ic2, silent = load8(pool.ic1, g), load8(pool.ic2, g), splat8(F(0.0))
    for i in range(0, GRID * 8, 8):
        x = sums8(_taps(samples, taps, p0), _taps(samples, taps, p1), _taps(samples, taps, p2),
                  _taps(samples, taps, p3), _taps(samples, taps, p4), _taps(samples, taps, p5),
                  _taps(samples, taps, p6), _taps(samples, taps, p7))
        p0 += step[g]
        p1 += step[g + 1]
        p2 += step[g + 2]
        p3 += step[g + 3]
        p4 += step[g + 4]
        p5 += step[g + 5]
        p6 += step[g + 6]
        p7 += step[g + 7]
        a1 = a1 + a1_step
        a2 = a2 + a2_step
        a3 = a3 + a3_step
        gain = gain + gain_step
        v3 = x - ic2
        v1 = a1 * ic1 + a2 * v3
        v2 = ic2 + (a2 * ic1 + a3 * v3)
        ic1 = v1 + v1 - ic1
        ic2 = v2 + v2 - ic2
        store8(frames, i, v2 * largest8(gain, silent))      # the line comes from below 0 before a voice begins
    store8(pool.ic1, g, ic1)
    store8(pool.ic2, g, ic2)
    store8(pool.a1, g, load8(pool.a1_to, g))
    store8(pool.a2, g, load8(pool.a2_to, g))
    store8(pool.a3, g, load8(pool.a3_to, g))
    store8(pool.gain, g, load8(pool.gain_to, g))
    last = load8(frames, (GRID - 1) * 8)
    store8(pool.last, g, last)
    store8(pool.side, g, last * load8(pool.lean, g))


@rt
def _add(pool, group, alone, buses, to):
    """Add pool.frames to the buses that begin at `to`: all to that of one player (`alone`), or each to its own."""
    if alone:
        bus = to + pool.bus[group]
        store8(buses, bus, load8(buses, bus) + totals8(pool.frames, 0))
        store8(buses, bus + 8, load8(buses, bus + 8) + totals8(pool.frames, 64))
        return
    transpose8(pool.frames, 0, 8, pool.voices, 0, GRID)
    transpose8(pool.frames, 64, 8, pool.voices, 8, GRID)
    for lane in range(8):
        bus, row = to + pool.bus[group + lane], lane * GRID
        store8(buses, bus, load8(buses, bus) + load8(pool.voices, row))
        store8(buses, bus + 8, load8(buses, bus + 8) + load8(pool.voices, row + 8))


@rt
def _mix(pool, group, buses):
    """Add the voices of a group to middle and side of their players' buses; the side is left alone when nobody leans."""
    group &= VOICES - 1
    bus, others = pool.bus[group], np.int64(0)
    for v in range(group + 1, group + 8):
        others |= pool.bus[v] ^ bus
    lean = load8(pool.lean, group)
    halves = 2 if peak8(absolute8(lean)) > 0.0 else 1
    for half in range(halves):
        if half == 1:
            for i in range(0, GRID * 8, 8):
                store8(pool.frames, i, load8(pool.frames, i) * lean)
        _add(pool, group, others == 0, buses, half * BUSES * GRID)


@rt
def _sounds(pool, group):
    """True when a voice of the group is not FREE."""
    busy = 0
    for v in range(group, group + 8):
        busy |= pool.gate[v]
    return busy != FREE


@rt
def sampler_render(pool, bank, parts, samples, buses, sample_rate):
    """Add GRID frames of every sounding voice to its player's bus; groups of eight silent voices cost nothing."""
    if pool.sounding == 0:
        return
    shortest = F(SHORTEST_S * sample_rate / GRID)
    # all groups first: the processor works on several at once, and what `_play` reads has long arrived
    for group in range(0, VOICES, 8):
        if _sounds(pool, group):
            _notice(pool, group, shortest)
            _gather(pool, group, parts)
            _control(pool, group)
            _aim(pool, group)
    for group in range(0, VOICES, 8):
        if _sounds(pool, group):
            _play(pool, group, samples, bank.taps)
            _mix(pool, group, buses)
