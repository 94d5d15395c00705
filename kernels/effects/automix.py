"""Automatic microphone mixer by gain sharing: open microphones together are never noisier than one.

Each microphone's part of the gain is its part of the sound: gain^2 = power / sum of powers.  The squares of all gains add up
to 1 at every moment, so the noise of the room is that of one microphone however many are open, and nobody has to open or close
them.  Who speaks alone has a gain of nearly 1; of two who speak at once each loses 3 dB; in silence all are equally open.

A tenth of the gain is shared equally, whatever is heard: who speaks loses 0.4 dB at most by it, and no microphone of eight is
turned down by more than 19 dB, so that a quiet voice beside a loud one stays there.

Coherent sound, one voice or instrument that reaches n microphones equally and in step, grows by 10 log10 n dB (+3 dB with two,
+9 dB with eight), where plain mixing gives 20 log10 n.  An ensemble of n equal voices, which are not in step, is as loud as one
of them; their balance is kept in its order, and steeper: one who is 6 dB softer comes out 11 dB softer.  Who does not want that
takes a microphone out of it: weight 0.

The power of a voice comes in waves, as its pitch does.  It is smoothed over 2 ms, its largest value of the last 16 to 32 ms
counts, and that falls with 10 ms.  So two voices at once do not modulate each other (0.1 dB; by a release of 50 ms without
hold: 0.2 dB), and one that ended is forgotten soon.  A new voice loses this much of its onset: 3 ms in silence; 6 to 7 ms
beside one that goes on, up to 12 dB louder; 4 ms when that ended 0.1 s ago (by a release of 50 ms: 29 ms after 6 dB, 64 ms
after 12 dB).  In a pause of more than 0.1 s the gain of who spoke goes back to an equal share; the noise of all stays the same.

Sources: D. Dugan, "Automatic Microphone Mixing", JAES 23(6), 1975; US patent 3,992,584, expired.  The equal tenth and the
held power are ours.
"""
import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import exp2_8, finite8, largest8, load8, log2_8, splat8, store8, total8
from ..rt.units import clamp, smoothing
from .strip import LANES, LOUDEST_INPUT

F = np.float32
MICROPHONES = 2 * LANES
#: What is shared equally.
EQUAL = 0.1
#: 2 ms: a new voice is heard from its first wave on.
SMOOTHING_S = 0.002
#: 16 ms, once to twice: holds the power from wave to wave down to 62 Hz, below the low C of a bass (65 Hz).
HOLD_S = 0.016
#: 10 ms: a voice that ended makes way within a syllable.
RELEASE_S = 0.01
#: 3 ms: gains glide, so that they never click.
GLIDE_S = 0.003
#: Rumble, hum and wind below must not take the gain: what is compared is higher.
RUMBLE_HZ = 100.0
#: -120 dBFS: the share in digital silence.
SILENCE = F(1e-12)
HIGHEST_WEIGHT = 10.0

AUTOMIX = state(
    ("microphones", "i4"),              # that take part
    ("channels", "i4"),                 # of the host, when they were counted; -1: to be counted
    ("moving", "i4"),                   # 1 while a gain that is not shared is on its way back to 1
    ("hold", "i4"), ("age", "i4"),      # grid steps that a piece of held power has, and that the newest one has so far
    ("smoothing", "f4"), ("release", "f4"), ("glide", "f4"), ("rumble", "f4"),
    ("weight", "f4", (MICROPHONES,)),   # as set: 0 takes no part
    ("share", "f4", (MICROPHONES,)),    # the same, 0 for lanes without a microphone
    ("base", "f4", (MICROPHONES,)),     # square of the gain that it has in any case
    ("low", "f4", (MICROPHONES,)),      # rumble, to be taken away
    ("smooth", "f4", (MICROPHONES,)),   # power over 2 ms
    ("newest", "f4", (MICROPHONES,)),   # largest of it in this piece
    ("before", "f4", (MICROPHONES,)),   # and in the one before
    ("power", "f4", (MICROPHONES,)),    # as compared
    ("gain", "f4", (MICROPHONES,)),     # now, linear
)


@rt
def automix_reset(automix, sample_rate):
    """Forget the past signal and take all microphones out."""
    automix.hold = round(HOLD_S * sample_rate / GRID)
    automix.age = 0
    automix.smoothing = smoothing(SMOOTHING_S, sample_rate / GRID)
    automix.release = smoothing(RELEASE_S, sample_rate / GRID)
    automix.glide = smoothing(GLIDE_S, sample_rate / GRID)
    automix.rumble = smoothing(1.0 / (2.0 * np.pi * RUMBLE_HZ), sample_rate)
    automix.microphones = 0
    automix.channels = -1
    automix.moving = 0
    for lane in range(MICROPHONES):
        automix.weight[lane] = 0.0
        automix.share[lane] = 0.0
        automix.base[lane] = 1.0
        automix.low[lane] = 0.0
        automix.smooth[lane] = 0.0
        automix.newest[lane] = 0.0
        automix.before[lane] = 0.0
        automix.power[lane] = 0.0
        automix.gain[lane] = 1.0


@rt
def _count(automix, channels):
    """See who takes part."""
    automix.channels = channels
    count = 0
    for lane in range(MICROPHONES):
        automix.share[lane] = automix.weight[lane] if lane < channels else 0.0
        if automix.share[lane] > 0.0:
            count += 1
    for lane in range(MICROPHONES):
        automix.base[lane] = EQUAL / count if automix.share[lane] > 0.0 else 1.0
        if lane // LANES * LANES >= channels:  # its group is not worked
            automix.gain[lane] = 1.0
    if count < MICROPHONES:
        automix.moving = 1
    automix.microphones = count


@rt
def automix_set(automix, lane, weight):
    """Let the microphone of a lane take part with this weight [clamped 0 .. 10; 1 as a rule; 0: left alone, gain 1]."""
    if not 0 <= lane < MICROPHONES:
        return
    automix.weight[lane] = clamp(weight, 0.0, HIGHEST_WEIGHT)
    automix.channels = -1


@rt
def _turn(automix):
    """Begin the next piece of held power when this one is long enough."""
    automix.age += 1
    if automix.age >= automix.hold:
        automix.age = 0
        for lane in range(MICROPHONES):
            automix.before[lane] = automix.newest[lane]
            automix.newest[lane] = 0.0


@rt
def _compare(automix, x, first):
    """Follow the power of eight lanes; their weighted sum."""
    low, rumble, limit = load8(automix.low, first), automix.rumble, splat8(LOUDEST_INPUT)
    power = splat8(F(0.0))
    for i in range(0, GRID * LANES, LANES):
        v = finite8(load8(x, i), limit)
        low = low + (v - low) * rumble
        above = v - low
        power = power + above * above
    store8(automix.low, first, low)
    smooth = load8(automix.smooth, first)
    smooth = smooth + (power * F(1.0 / GRID) - smooth) * automix.smoothing
    store8(automix.smooth, first, smooth)
    newest = largest8(load8(automix.newest, first), smooth)
    store8(automix.newest, first, newest)
    held = largest8(newest, load8(automix.before, first))
    now = load8(automix.power, first)
    now = largest8(now + (held - now) * automix.release, held)
    store8(automix.power, first, now)
    return total8((now + splat8(SILENCE)) * load8(automix.share, first))


@rt
def _share(automix, x, first, sum_of_powers):
    """Glide to the gains that are due to eight lanes, and turn them."""
    part = (load8(automix.power, first) + splat8(SILENCE)) * load8(automix.share, first) * (F(1.0 - EQUAL) / sum_of_powers)
    due = exp2_8(log2_8(part + load8(automix.base, first)) * F(0.5))
    gain = load8(automix.gain, first)
    step = (due - gain) * (automix.glide * F(1.0 / GRID))
    for i in range(0, GRID * LANES, LANES):
        gain = gain + step
        store8(x, i, load8(x, i) * gain)
    store8(automix.gain, first, gain)


@rt
def _settle(automix):
    """Gains that are not shared arrive at exactly 1."""
    automix.moving = 0
    for lane in range(MICROPHONES):
        if automix.share[lane] == 0.0:
            if abs(automix.gain[lane] - F(1.0)) < F(1e-4):
                automix.gain[lane] = 1.0
            else:
                automix.moving = 1


@rt
def automix_process(automix, x0, x1, channels):
    """Turn one grid step of the microphones, in place.

    x0, x1: float32 (GRID * 8,), eight lanes a frame, as strips[0].x and strips[1].x.  channels: how many the host has; up to 8,
    x1 is not touched.
    """
    if channels != automix.channels:
        _count(automix, channels)
    if automix.microphones == 0 and not automix.moving:
        return
    _turn(automix)
    worked = min(channels, MICROPHONES)
    sum_of_powers = SILENCE * F(0.01)  # never 0
    for first in range(0, worked, LANES):
        sum_of_powers += _compare(automix, x0 if first == 0 else x1, first)
    for first in range(0, worked, LANES):
        _share(automix, x0 if first == 0 else x1, first, sum_of_powers)
    if automix.moving:
        _settle(automix)
