"""Channel strips, eight in the lanes: gate, high-pass, three parametric bands, compressor, ceiling, fader, pan, sends.

Microphones and players have the same strip.  Signal order is the order of the text.  All parameters glide.  A strip has
a middle x and a side y: left is x + y, right is x - y, both turned by pan.  Filters work on both alike; gate, compressor
and ceiling listen to |x| + |y|, the louder of left and right, and turn both by the same gain, so that nothing wanders.

| parameter | unit and range | at the start: microphone, player |
|---|---|---|
| GAIN_DB | -120 .. 24, -120 is silence | 0, -6 |
| PAN | -1 left .. 1 right, equal power | 0 |
| MUTE | 0 or 1 | 0 |
| SEND_DB | -120 .. 12, to the reverb, after the fader | -14, -16 |
| HIGHPASS_HZ | 0 = off, 10 .. 1000, 12 dB an octave | 80, 0 |
| LOW_HZ, MID_HZ, HIGH_HZ | 20 .. 20000, centre of a bell | 120, 1000, 6000 |
| LOW_Q, MID_Q, HIGH_Q | 0.1 .. 20 | 0.7, 1.0, 0.8 |
| LOW_DB, MID_DB, HIGH_DB | -24 .. 24 | 0 |
| THRESHOLD_DB | -80 .. 0 dBFS | -18, -12 |
| RATIO | 1 = off .. 20 | 3, 1 |
| ATTACK_MS, RELEASE_MS | 0.1 .. 200, 5 .. 2000 | 5, 80 |
| CEILING_DBFS | -40 .. 0, peak, before the fader | -3 |
| GATE_DB | -80 = off .. -20 dBFS: what is softer is turned down | -80 |
| ECHO_DB, CHORUS_DB | -120 .. 12, to echo and chorus, after the fader | -120 |
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import (
    absolute8, exp2_8, finite8, largest8, load8, log2_8, peak8, ramp8, smallest8, splat8, store8, transpose8,
)
from ..rt.units import clamp, gain_of_db, smoothing
from .svf import svf_a1, svf_warp

F = np.float32
LANES = 8
PART_OF_STEP = F(1.0 / GRID)
#: Parameters, in the order of the table above.
(GAIN_DB, PAN, MUTE, SEND_DB, HIGHPASS_HZ, LOW_HZ, LOW_Q, LOW_DB, MID_HZ, MID_Q, MID_DB, HIGH_HZ, HIGH_Q, HIGH_DB,
 THRESHOLD_DB, RATIO, ATTACK_MS, RELEASE_MS, CEILING_DBFS, GATE_DB, ECHO_DB, CHORUS_DB) = range(22)
STRIP_PARAMETERS = 22
STAGES = 4  # high-pass and three bells
#: 20 ms: no zipper, and still at once for the hand on the fader.
GLIDE_S = 0.02
#: A high-pass that is turned off glides down to here: it still turns the phase of a bass by 0.2 degrees, no click.
HIGHPASS_OFF_HZ = 0.1
#: A strip at rest this long (in grid steps: 0.3 s at 48 kHz) is not computed until it hears something.
REST_STEPS = 1000
REST_LEVEL = 1e-6
#: A send below this is closed.
SENT_DB = -100.0
#: The ceiling lets go with 60 ms: long enough not to distort a low voice, short enough not to duck the next word.
CEILING_RELEASE_S = 0.06
#: The gate is a gentle expander: 3 dB down for each dB below the threshold, 18 dB at most.  It opens within a consonant
#: and lets the end of a word pass.
GATE_OFF_DB, GATE_SLOPE, GATE_MOST_DB, GATE_OPEN_S, GATE_CLOSE_S = -80.0, 2.0, 18.0, 0.001, 0.15
#: Meters fall by 20 dB a second.
METER_DB_S = 20.0
DB_PER_OCTAVE_GAIN = 6.0205999  # 20 log10(2): the compressor counts in factors of two
#: What a driver may deliver without being taken for broken: +18 dBFS; NaN and infinity are never below it.
LOUDEST_INPUT = F(8.0)
#: Sum of all voices of one player: beyond this only a fault can be.
LOUDEST_BUS = F(256.0)

#: What strips add up, lanes still apart: two sides, and what goes to reverb, echo and chorus.
SUMS = state(
    ("left", "f4", (GRID * LANES,)), ("right", "f4", (GRID * LANES,)), ("send", "f4", (GRID * LANES,)),
    ("echo", "f4", (GRID * LANES,)), ("chorus", "f4", (GRID * LANES,)),
    ("silent", "i4"),                           # 1: nothing in this grid step
    ("echoing", "i4"), ("chorusing", "i4"),     # 0: nothing for echo, for chorus
)

STRIPS = state(
    ("want", "f4", (STRIP_PARAMETERS, LANES)),  # what was asked for
    ("now", "f4", (STRIP_PARAMETERS, LANES)),   # where the glide is
    ("moving", "i4"),                           # 1 while any lane glides
    ("equalise", "i4"), ("compress", "i4"), ("gating", "i4"),  # 0: all lanes flat, the stage is passed over
    ("echoing", "i4"), ("chorusing", "i4"),     # 0: no lane is sent there
    ("wide", "i4"),                             # grid steps that a side may still be heard; 0: y is not looked at
    ("rest", "i4"),                             # grid steps with nothing to hear
    ("blank", "f4", (LANES,)),                  # grid steps of silence on end that the stem ring holds of each lane
    # constants of the sample rate: glide and ceiling a grid step, ceiling a frame, meter a grid step
    ("glide", "f4"), ("fall_step", "f4"), ("fall", "f4"), ("meter_fall", "f4"), ("gate_open", "f4"), ("gate_close", "f4"),
    # coefficients by stage: a1, a2, a3, m1, m2 for eight lanes each
    ("a", "f4", (STAGES * 5 * LANES,)),
    ("ic", "f4", (STAGES * 2 * LANES,)),        # filter memories, and those of the side
    ("side_ic", "f4", (STAGES * 2 * LANES,)),
    ("gate", "f4", (LANES,)), ("gate_threshold", "f4", (LANES,)),  # level as the gate hears it; octaves
    ("envelope", "f4", (LANES,)), ("attack", "f4", (LANES,)), ("release", "f4", (LANES,)),
    ("threshold", "f4", (LANES,)), ("slope", "f4", (LANES,)),  # in octaves of gain
    ("ceiling", "f4", (LANES,)), ("held", "f4", (LANES,)),
    ("left", "f4", (LANES,)), ("right", "f4", (LANES,)), ("send", "f4", (LANES,)),           # gains now
    ("echo", "f4", (LANES,)), ("chorus", "f4", (LANES,)),
    ("left_to", "f4", (LANES,)), ("right_to", "f4", (LANES,)), ("send_to", "f4", (LANES,)),  # and at the end of the step
    ("echo_to", "f4", (LANES,)), ("chorus_to", "f4", (LANES,)),
    ("meter", "f4", (LANES,)), ("peak", "f4", (LANES,)),  # after the fader: falling, and highest ever
    ("reduction", "f4", (LANES,)),              # what compressor and ceiling take away now, linear gain
    ("x", "f4", (GRID * LANES,)),               # one grid step, frame by frame, eight lanes a frame
    ("y", "f4", (GRID * LANES,)),               # the side of the same
    ("planes", "f4", (LANES * GRID,)),          # x before the fader, lane by lane
    ("side_planes", "f4", (LANES * GRID,)),
    ("loudest", "f4", (LANES,)),                # peak of each lane in this grid step, before the fader
)


@rt
def strip_set(strips, lane, parameter, value):
    """Ask for a parameter of one lane (range: see the table above); it glides there."""
    if not 0 <= parameter < STRIP_PARAMETERS:
        return
    if parameter == GAIN_DB:
        value = clamp(value, -120.0, 24.0)
    elif parameter == PAN:
        value = clamp(value, -1.0, 1.0)
    elif parameter == MUTE:
        value = 1.0 if value > 0.5 else 0.0
    elif parameter == SEND_DB or parameter == ECHO_DB or parameter == CHORUS_DB:
        value = clamp(value, -120.0, 12.0)
    elif parameter == HIGHPASS_HZ:
        value = 0.0 if value < 10.0 else clamp(value, 10.0, 1000.0)
    elif parameter == LOW_HZ or parameter == MID_HZ or parameter == HIGH_HZ:
        value = clamp(value, 20.0, 20000.0)
    elif parameter == LOW_DB or parameter == MID_DB or parameter == HIGH_DB:
        value = clamp(value, -24.0, 24.0)
    elif parameter == THRESHOLD_DB:
        value = clamp(value, -80.0, 0.0)
    elif parameter == GATE_DB:
        value = clamp(value, GATE_OFF_DB, -20.0)
    elif parameter == RATIO:
        value = clamp(value, 1.0, 20.0)
    elif parameter == ATTACK_MS:
        value = clamp(value, 0.1, 200.0)
    elif parameter == RELEASE_MS:
        value = clamp(value, 5.0, 2000.0)
    elif parameter == CEILING_DBFS:
        value = clamp(value, -40.0, 0.0)
    else:
        value = clamp(value, 0.1, 20.0)  # the three Q
    strips.want[parameter, lane] = value
    strips.moving = 1


@rt
def strips_jump(strips, sample_rate):
    """Let every glide arrive at once, for this sample rate: before the first sound."""
    strips.glide = smoothing(GLIDE_S, sample_rate / GRID)
    strips.fall = 1.0 - smoothing(CEILING_RELEASE_S, sample_rate)
    strips.fall_step = 1.0 - smoothing(CEILING_RELEASE_S, sample_rate / GRID)
    strips.meter_fall = 10.0 ** (-METER_DB_S / 20.0 * GRID / sample_rate)
    strips.gate_open = smoothing(GATE_OPEN_S, sample_rate)
    strips.gate_close = smoothing(GATE_CLOSE_S, sample_rate)
    strips.rest = 0
    for p in range(STRIP_PARAMETERS):
        for lane in range(LANES):
            strips.now[p, lane] = strips.want[p, lane]
    strips.moving = 1
    strips_advance(strips, sample_rate)
    for lane in range(LANES):
        strips.left[lane] = strips.left_to[lane]
        strips.right[lane] = strips.right_to[lane]
        strips.send[lane] = strips.send_to[lane]
        strips.echo[lane] = strips.echo_to[lane]
        strips.chorus[lane] = strips.chorus_to[lane]


@rt
def _tune_stage(strips, stage, lane, g, k, m1, m2):
    a1 = svf_a1(g, k)
    at = stage * 5 * LANES + lane
    strips.a[at] = a1
    strips.a[at + LANES] = g * a1
    strips.a[at + 2 * LANES] = g * g * a1
    strips.a[at + 3 * LANES] = m1
    strips.a[at + 4 * LANES] = m2


@rt
def _tune_lane(strips, lane, sample_rate):
    now = strips.now
    highpass_hz = now[HIGHPASS_HZ, lane]
    if highpass_hz < HIGHPASS_OFF_HZ:
        _tune_stage(strips, 0, lane, 0.0, 1.0, 0.0, 0.0)
    else:
        k = math.sqrt(2.0)
        _tune_stage(strips, 0, lane, math.tan(math.pi * highpass_hz / sample_rate), k, -k, -1.0)
    for band in range(3):
        db = now[LOW_DB + 3 * band, lane]
        amplitude = 10.0 ** (db / 40.0)
        k = 1.0 / (now[LOW_DB + 3 * band - 1, lane] * amplitude)
        _tune_stage(strips, band + 1, lane, svf_warp(now[LOW_DB + 3 * band - 2, lane], sample_rate), k,
                    k * (amplitude * amplitude - 1.0), 0.0)
    strips.threshold[lane] = now[THRESHOLD_DB, lane] / DB_PER_OCTAVE_GAIN
    strips.slope[lane] = 1.0 / max(now[RATIO, lane], 1.0) - 1.0
    strips.attack[lane] = smoothing(now[ATTACK_MS, lane] * 1e-3, sample_rate)
    strips.release[lane] = smoothing(now[RELEASE_MS, lane] * 1e-3, sample_rate)
    strips.ceiling[lane] = gain_of_db(now[CEILING_DBFS, lane])
    gain = gain_of_db(now[GAIN_DB, lane]) * (1.0 - now[MUTE, lane])
    angle = (now[PAN, lane] + 1.0) * math.pi / 4.0
    strips.left_to[lane] = gain * math.cos(angle)
    strips.right_to[lane] = gain * math.sin(angle)
    strips.send_to[lane] = gain * gain_of_db(now[SEND_DB, lane])
    strips.echo_to[lane] = gain * gain_of_db(now[ECHO_DB, lane])
    strips.chorus_to[lane] = gain * gain_of_db(now[CHORUS_DB, lane])
    strips.gate_threshold[lane] = now[GATE_DB, lane] / DB_PER_OCTAVE_GAIN if now[GATE_DB, lane] > GATE_OFF_DB else -1000.0


@rt
def strips_advance(strips, sample_rate):
    """Move the glides by one grid step and compute what depends on them."""
    c = strips.glide
    moving, equalise, compress, gating, echoing, chorusing = 0, 0, 0, 0, 0, 0
    for lane in range(LANES):
        travels = False
        for p in range(STRIP_PARAMETERS):
            way = strips.want[p, lane] - strips.now[p, lane]
            if way != 0.0:
                travels = True
                if abs(way) < 1e-3 + 1e-4 * abs(strips.want[p, lane]):
                    strips.now[p, lane] = strips.want[p, lane]
                elif p == RATIO:  # what is heard is its reciprocal
                    strips.now[p, lane] = 1.0 / (c / strips.want[p, lane] + (1.0 - c) / strips.now[p, lane])
                else:
                    strips.now[p, lane] += c * way
        if travels:
            moving = 1
        if (strips.now[HIGHPASS_HZ, lane] >= HIGHPASS_OFF_HZ or strips.now[LOW_DB, lane] != 0.0
                or strips.now[MID_DB, lane] != 0.0 or strips.now[HIGH_DB, lane] != 0.0):
            equalise = 1
        if strips.now[RATIO, lane] > 1.0:
            compress = 1
        if strips.now[GATE_DB, lane] > GATE_OFF_DB:
            gating = 1
        if strips.now[ECHO_DB, lane] > SENT_DB:
            echoing = 1
        if strips.now[CHORUS_DB, lane] > SENT_DB:
            chorusing = 1
        _tune_lane(strips, lane, sample_rate)
    if equalise and not strips.equalise:
        for i in range(STAGES * 2 * LANES):
            strips.ic[i] = 0.0
            strips.side_ic[i] = 0.0
    strips.moving = moving
    strips.equalise = equalise
    strips.compress = compress
    strips.gating = gating
    strips.echoing = echoing
    strips.chorusing = chorusing


@rt
def _gate(strips):
    """Turn down what is softer than the threshold: a peak detector that opens fast and closes slowly, straight below."""
    x, y, envelope, threshold = strips.x, strips.y, load8(strips.gate, 0), load8(strips.gate_threshold, 0)
    zero, tiny, most = splat8(F(0.0)), splat8(F(1e-9)), splat8(F(-GATE_MOST_DB / DB_PER_OCTAVE_GAIN))
    opening, closing, wide = splat8(strips.gate_open), splat8(strips.gate_close), strips.wide > 0
    for i in range(0, GRID * LANES, LANES):
        v = load8(x, i)
        loud = absolute8(v) + absolute8(load8(y, i)) if wide else absolute8(v)
        d = loud - envelope
        envelope = envelope + (largest8(d, zero) * opening + smallest8(d, zero) * closing)
        under = smallest8(log2_8(largest8(envelope, tiny)) - threshold, zero)
        gain = exp2_8(largest8(under * F(GATE_SLOPE), most))
        store8(x, i, v * gain)
        if wide:
            store8(y, i, load8(y, i) * gain)
    store8(strips.gate, 0, envelope)


@rt
def _equalise(a, ic, x):
    """All four filters in one pass: memories stay in registers, one store a frame."""
    p1, p2 = load8(ic, 0), load8(ic, 8)
    q1, q2 = load8(ic, 16), load8(ic, 24)
    r1, r2 = load8(ic, 32), load8(ic, 40)
    s1, s2 = load8(ic, 48), load8(ic, 56)
    two = splat8(F(2.0))
    for i in range(0, GRID * LANES, LANES):
        v0 = load8(x, i)
        v3 = v0 - p2
        v1 = load8(a, 0) * p1 + load8(a, 8) * v3
        v2 = p2 + (load8(a, 8) * p1 + load8(a, 16) * v3)
        p1 = two * v1 - p1
        p2 = two * v2 - p2
        v0 = v0 + (load8(a, 24) * v1 + load8(a, 32) * v2)
        v3 = v0 - q2
        v1 = load8(a, 40) * q1 + load8(a, 48) * v3
        v2 = q2 + (load8(a, 48) * q1 + load8(a, 56) * v3)
        q1 = two * v1 - q1
        q2 = two * v2 - q2
        v0 = v0 + load8(a, 64) * v1
        v3 = v0 - r2
        v1 = load8(a, 80) * r1 + load8(a, 88) * v3
        v2 = r2 + (load8(a, 88) * r1 + load8(a, 96) * v3)
        r1 = two * v1 - r1
        r2 = two * v2 - r2
        v0 = v0 + load8(a, 104) * v1
        v3 = v0 - s2
        v1 = load8(a, 120) * s1 + load8(a, 128) * v3
        v2 = s2 + (load8(a, 128) * s1 + load8(a, 136) * v3)
        s1 = two * v1 - s1
        s2 = two * v2 - s2
        store8(x, i, v0 + load8(a, 144) * v1)
    store8(ic, 0, p1)
    store8(ic, 8, p2)
    store8(ic, 16, q1)
    store8(ic, 24, q2)
    store8(ic, 32, r1)
    store8(ic, 40, r2)
    store8(ic, 48, s1)
    store8(ic, 56, s2)


@rt
def _compress(strips):
    """Feed-forward, peak detector with attack and release, straight above the threshold.

    Source: Giannoulis, Massberg, Reiss, "Digital Dynamic Range Compressor Design", JAES 2012, branching detector.
    """
    x, y = strips.x, strips.y
    envelope, attack, release = load8(strips.envelope, 0), load8(strips.attack, 0), load8(strips.release, 0)
    threshold, slope = load8(strips.threshold, 0), load8(strips.slope, 0)
    zero, tiny, gain, wide = splat8(F(0.0)), splat8(F(1e-9)), splat8(F(1.0)), strips.wide > 0
    for i in range(0, GRID * LANES, LANES):
        v = load8(x, i)
        loud = absolute8(v) + absolute8(load8(y, i)) if wide else absolute8(v)
        d = loud - envelope
        envelope = envelope + (largest8(d, zero) * attack + smallest8(d, zero) * release)
        over = largest8(log2_8(largest8(envelope, tiny)) - threshold, zero)
        gain = exp2_8(over * slope)
        store8(x, i, v * gain)
        if wide:
            store8(y, i, load8(y, i) * gain)
    store8(strips.envelope, 0, envelope)
    store8(strips.reduction, 0, gain)


@rt
def _limit(strips):
    """Hold every lane under its ceiling: the envelope jumps up with the signal, so nothing passes above."""
    x, y = strips.x, strips.y
    ceiling, held = load8(strips.ceiling, 0), load8(strips.held, 0)
    even, odd, wide = splat8(F(0.0)), splat8(F(0.0)), strips.wide > 0
    for i in range(0, GRID * LANES, 2 * LANES):
        v, w = absolute8(load8(x, i)), absolute8(load8(x, i + LANES))
        if wide:
            v, w = v + absolute8(load8(y, i)), w + absolute8(load8(y, i + LANES))
        even, odd = largest8(v, even), largest8(w, odd)
    highest = largest8(even, odd)
    if peak8(largest8(highest, held) - ceiling) <= F(0.0):
        store8(strips.held, 0, largest8(highest, held * strips.fall_step))
        return highest
    factor, gain = splat8(strips.fall), splat8(F(1.0))
    for i in range(0, GRID * LANES, LANES):
        v = load8(x, i)
        loud = absolute8(v) + absolute8(load8(y, i)) if wide else absolute8(v)
        held = largest8(loud, held * factor)
        gain = ceiling / largest8(held, ceiling)
        store8(x, i, v * gain)
        if wide:
            store8(y, i, load8(y, i) * gain)
    store8(strips.held, 0, held)
    store8(strips.reduction, 0, load8(strips.reduction, 0) * gain)
    return smallest8(highest, ceiling)


@rt
def strips_at_rest(strips):
    """True when nothing has been heard for so long that only new input can be heard."""
    return strips.rest > REST_STEPS and not strips.moving


@rt
def _keep_silence(strips, lane, stems, at, step_floats):
    """Silence to the stem of a lane, until all its ring is silent."""
    if strips.blank[lane] * step_floats < stems.shape[0]:
        strips.blank[lane] += F(1.0)
        for i in range(at + lane * GRID, at + (lane + 1) * GRID, 8):
            store8(stems, i, splat8(F(0.0)))
            store8(stems, i + LANES * GRID, splat8(F(0.0)))


@rt
def _keep(strips, stems, at, step_floats):
    """Lanes that sound go to their stems."""
    wide = strips.wide > 0
    planes, sides = strips.planes, strips.side_planes
    transpose8(strips.x, 0, LANES, planes, 0, GRID)
    transpose8(strips.x, 8 * LANES, LANES, planes, 8, GRID)
    if wide:
        transpose8(strips.y, 0, LANES, sides, 0, GRID)
        transpose8(strips.y, 8 * LANES, LANES, sides, 8, GRID)
    for lane in range(LANES):
        if strips.loudest[lane] == F(0.0):
            _keep_silence(strips, lane, stems, at, step_floats)
            continue
        strips.blank[lane] = 0.0
        left, right = strips.left[lane], strips.right[lane]
        left_step, right_step = (strips.left_to[lane] - left) * PART_OF_STEP, (strips.right_to[lane] - right) * PART_OF_STEP
        for i in range(0, GRID, 8):
            v = load8(planes, lane * GRID + i)
            w = load8(sides, lane * GRID + i) if wide else splat8(F(0.0))
            plane = at + lane * GRID + i
            store8(stems, plane, (v + w) * (ramp8() * left_step + (left + left_step * F(i))))
            store8(stems, plane + LANES * GRID, (v - w) * (ramp8() * right_step + (right + right_step * F(i))))


@rt
def strips_skip(strips, stems, at, step_floats):
    """A grid step at rest: meters fall, and silence goes to the stems; arguments as for strips_process."""
    zero = splat8(F(0.0))
    if strips.rest == REST_STEPS + 1:
        strips.rest += 1
        for i in range(0, STAGES * 2 * LANES, LANES):
            store8(strips.ic, i, zero)
            store8(strips.side_ic, i, zero)
        store8(strips.gate, 0, zero)
        store8(strips.envelope, 0, zero)
        store8(strips.held, 0, zero)
    store8(strips.meter, 0, load8(strips.meter, 0) * strips.meter_fall)
    if at >= 0 and peak8(zero - load8(strips.blank, 0)) * F(-step_floats) < F(stems.shape[0]):  # somewhere it is not silent yet
        for lane in range(LANES):
            _keep_silence(strips, lane, stems, at, step_floats)


@rt
def _send(gain, gain_to, x, total):
    """Add x to what another effect hears, with gains that travel, and leave them where they go."""
    g = load8(gain, 0)
    step = (load8(gain_to, 0) - g) * PART_OF_STEP
    for i in range(0, GRID * LANES, LANES):
        g = g + step
        store8(total, i, load8(total, i) + load8(x, i) * g)
    store8(gain, 0, load8(gain_to, 0))


@rt
def strips_narrow(strips):
    """A grid step without a side: filters may still ring, then the side is forgotten."""
    strips.wide -= 1
    for i in range(0, GRID * LANES, LANES):
        store8(strips.y, i, splat8(F(0.0)))
    if strips.wide == 0:
        for i in range(0, STAGES * 2 * LANES, LANES):
            store8(strips.side_ic, i, splat8(F(0.0)))


@rt
def _examine(x):
    """Take out what is no number; how loud it is."""
    limit, even, odd = splat8(LOUDEST_BUS), splat8(F(0.0)), splat8(F(0.0))
    for i in range(0, GRID * LANES, 2 * LANES):  # two at a time: neither waits for the other
        v, w = finite8(load8(x, i), limit), finite8(load8(x, i + LANES), limit)
        store8(x, i, v)
        store8(x, i + LANES, w)
        even, odd = largest8(absolute8(v), even), largest8(absolute8(w), odd)
    return peak8(largest8(even, odd))


@rt
def _show(strips, loudest):
    """Move the meters: what is heard on the louder side."""
    shown = loudest * largest8(load8(strips.left, 0), load8(strips.right, 0))
    store8(strips.meter, 0, largest8(shown, load8(strips.meter, 0) * strips.meter_fall))
    store8(strips.peak, 0, largest8(shown, load8(strips.peak, 0)))


@rt
def strips_pass(strips, buses, middle, side, wide, bus, stems, at, step_floats):
    """Work one grid step of eight strips that change nothing but level and place; False when they have more to do.

    That is what most players' strips do most of the time, and lanes need not be brought together for it: the signal is taken
    from buses[middle:] and, where `wide`, buses[side:], lane by lane, left empty there, and added to bus.sum_left, sum_right
    and reverb.x.
    stems, at, step_floats: as for strips_process.
    """
    if strips.moving or strips.equalise or strips.compress or strips.gating or strips.echoing or strips.chorusing:
        return False
    limit, zero, loudest = splat8(LOUDEST_BUS), splat8(F(0.0)), strips.loudest
    for lane in range(LANES):
        highest = zero
        for i in range(lane * GRID, (lane + 1) * GRID, 8):
            v = finite8(load8(buses, middle + i), limit)
            store8(buses, middle + i, v)
            loud = absolute8(v)
            if wide:
                w = finite8(load8(buses, side + i), limit)
                store8(buses, side + i, w)
                loud = loud + absolute8(w)
            highest = largest8(loud, highest)
        loudest[lane] = peak8(highest)
    highest, held = load8(loudest, 0), load8(strips.held, 0)
    if peak8(largest8(highest, held) - load8(strips.ceiling, 0)) > F(0.0):
        return False
    strips.rest = 0 if peak8(highest) > F(REST_LEVEL) else min(strips.rest + 1, REST_STEPS + 1)
    to_left, to_right, to_send = bus.sum_left, bus.sum_right, bus.reverb.x
    for lane in range(LANES):
        if loudest[lane] == F(0.0):
            _keep_silence(strips, lane, stems, at, step_floats)
            continue
        strips.blank[lane] = 0.0
        gl, gr, gs = splat8(strips.left[lane]), splat8(strips.right[lane]), splat8(strips.send[lane])
        for i in range(0, GRID, 8):
            place = lane * GRID + i
            v = load8(buses, middle + place)
            w = load8(buses, side + place) if wide else zero
            store8(buses, middle + place, zero)
            if wide:
                store8(buses, side + place, zero)
            left, right = (v + w) * gl, (v - w) * gr
            store8(stems, at + place, left)
            store8(stems, at + place + LANES * GRID, right)
            store8(to_left, i, load8(to_left, i) + left)
            store8(to_right, i, load8(to_right, i) + right)
            store8(to_send, i, load8(to_send, i) + v * gs)
    store8(strips.held, 0, largest8(highest, held * strips.fall_step))
    store8(strips.reduction, 0, splat8(F(1.0)))
    _show(strips, highest)
    return True


@rt
def strips_process(strips, sums, stems, at, step_floats, sample_rate):
    """Work one grid step of eight strips: signal in strips.x, what is heard added to `sums`.

    A side is in strips.y, with strips.wide = REST_STEPS; in steps without one `strips_narrow` is called before.
    stems: float32, the stem ring, `step_floats` numbers a grid step: GRID frames of each left lane go to `at`, of each
    right lane behind them; at -1: these strips are not kept.
    """
    x, y, left, right, send = strips.x, strips.y, sums.left, sums.right, sums.send
    wide = strips.wide > 0
    loud = max(_examine(x), _examine(y)) if wide else _examine(x)
    strips.rest = 0 if loud > F(REST_LEVEL) else min(strips.rest + 1, REST_STEPS + 1)
    if strips.moving:
        strips_advance(strips, sample_rate)
    store8(strips.reduction, 0, splat8(F(1.0)))
    if strips.gating:
        _gate(strips)
    if strips.equalise:
        _equalise(strips.a, strips.ic, x)
        if wide:
            _equalise(strips.a, strips.side_ic, y)
    if strips.compress:
        _compress(strips)
    loudest = _limit(strips)
    if at >= 0:
        store8(strips.loudest, 0, loudest)
        _keep(strips, stems, at, step_floats)
    if strips.echoing:
        sums.echoing = 1
        _send(strips.echo, strips.echo_to, x, sums.echo)
    if strips.chorusing:
        sums.chorusing = 1
        _send(strips.chorus, strips.chorus_to, x, sums.chorus)

    gl, gr, gs = load8(strips.left, 0), load8(strips.right, 0), load8(strips.send, 0)
    left_to, right_to, send_to = load8(strips.left_to, 0), load8(strips.right_to, 0), load8(strips.send_to, 0)
    dl, dr, ds = (left_to - gl) * PART_OF_STEP, (right_to - gr) * PART_OF_STEP, (send_to - gs) * PART_OF_STEP
    for i in range(0, GRID * LANES, LANES):
        gl = gl + dl
        gr = gr + dr
        gs = gs + ds
        v = load8(x, i)
        w = load8(y, i) if wide else splat8(F(0.0))
        store8(left, i, load8(left, i) + (v + w) * gl)
        store8(right, i, load8(right, i) + (v - w) * gr)
        store8(send, i, load8(send, i) + v * gs)
    store8(strips.left, 0, left_to)
    store8(strips.right, 0, right_to)
    store8(strips.send, 0, send_to)
    _show(strips, loudest)
