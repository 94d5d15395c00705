"""Loudness meter for stereo: how loud people hear it, in LUFS (1 LU = 1 dB).

Momentary (the last 0.4 s), short-term (the last 3 s), integrated (since the reset, pauses left out).  New numbers come each
0.1 s.  Two steps of gating: blocks of 0.4 s, overlapping by three quarters, below -70 LUFS do not count, nor do those more
than 10 LU below the mean of the rest.  The blocks are kept as a histogram with the sum of each bin, so that a meeting of any
length fits and only the gate is rounded, to 0.1 LU.
The weighting is computed for eight frames at once: what they answer themselves, and what the filters' memory adds.
Sources: ITU-R BS.1770-4, "Algorithms to measure audio programme loudness", 2015; EBU Tech 3341, 2016.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, finite8, load8, muladd8, splat8, store8, total8

F = np.float32

#: Shown for silence.
NOTHING_LUFS = -120.0
ABSOLUTE_GATE_LUFS = -70.0
#: 10 LU below, as a factor of the mean energy.
RELATIVE_GATE = 0.1
#: BS.1770-4, equation 2: makes a tone of 997 Hz at 0 dBFS in one channel -3.01 LUFS.
OFFSET_LU = -0.691
BINS_PER_LU = 10
#: -70 .. +20 LUFS: two channels at +18 dBFS.
BINS = 90 * BINS_PER_LU
#: Hops of 0.1 s in a gating block (and in the momentary loudness), and in the short-term loudness.
BLOCK_HOPS = 4
SHORT_HOPS = 30
#: Anything beyond is a fault and counts as silence, as do NaN and infinity.
LOUDEST = F(256.0)
#: What the two filters keep from frame to frame.
MEMORY = 4
#: Filters at rest: -200 dB.
REST = F(1e-10)

LOUDNESS = state(
    ("momentary_lufs", "f8"), ("short_term_lufs", "f8"), ("integrated_lufs", "f8"),
    # weighting: a shelf for the head, then a high-pass, together
    ("answer", "f4", (16,)),            # eight zeros and what is heard of an impulse in frames 0 .. 7
    ("push", "f4", (8 * 8,)),           # what each of eight frames leaves in the memory behind them: MEMORY numbers and zeros
    ("sound", "f4", (MEMORY * 8,)),     # what is heard of each number of the memory in the next eight frames
    ("own", "f4", (MEMORY * 8,)),       # what becomes of it
    ("left", "f4", (8,)), ("right", "f4", (8,)),  # memory of each side
    ("x", "f4", (8,)),                  # what is weighed
    ("power", "f4", (GRID,)),           # of this grid step, both sides
    ("hop_frames", "i8"), ("left_frames", "i8"),  # of a hop; until this one is full
    ("energy", "f8"),                   # sum of squares in this hop
    ("hops", "f8", (SHORT_HOPS,)),      # mean squares of the newest hops, a ring
    ("hop", "i8"),                      # hops since the reset
    ("blocks", "f8"), ("total", "f8"),  # above the absolute gate: how many, sum of their mean squares
    ("bin_blocks", "f8", (BINS,)), ("bin_total", "f8", (BINS,)),
)


@rt
def _lufs(mean_square):
    """Loudness of a weighted mean square, both channels added."""
    return OFFSET_LU + 10.0 * math.log10(mean_square) if mean_square > 1e-12 else NOTHING_LUFS


@rt
def _keep(table, at, l1, l2, l3, l4):
    table[at], table[at + 1], table[at + 2], table[at + 3] = l1, l2, l3, l4
    for i in range(at + MEMORY, at + 8):
        table[i] = 0.0


@rt
def loudness_reset(loudness, sample_rate):
    """Begin to measure anew at this sample rate [Hz].

    The standard gives coefficients for 48 kHz; these are the analog filters behind them, by the bilinear transform.
    Source: B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 145th Convention, 2018.
    """
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    q, high = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band = high ** 0.4996667741545416
    a0 = 1.0 + k / q + k * k
    b0, b1, b2 = (high + band * k / q + k * k) / a0, 2.0 * (k * k - high) / a0, (high - band * k / q + k * k) / a0
    a1, a2 = 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0
    k = math.tan(math.pi * 38.13547087602444 / sample_rate)
    q = 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    c1, c2 = 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0
    for case in range(MEMORY + 1):  # the memory's numbers one by one, then an impulse
        l1, l2 = 1.0 if case == 0 else 0.0, 1.0 if case == 1 else 0.0
        l3, l4 = 1.0 if case == 2 else 0.0, 1.0 if case == 3 else 0.0
        for n in range(8):
            x = 1.0 if case == MEMORY and n == 0 else 0.0
            y = b0 * x + l1
            l1, l2 = b1 * x - a1 * y + l2, b2 * x - a2 * y
            z = y + l3
            l3, l4 = l4 - 2.0 * y - c1 * z, y - c2 * z
            if case < MEMORY:
                loudness.sound[8 * case + n] = z
                if n == 7:
                    _keep(loudness.own, 8 * case, l1, l2, l3, l4)
            else:
                loudness.answer[n], loudness.answer[8 + n] = 0.0, z
                _keep(loudness.push, 8 * (7 - n), l1, l2, l3, l4)
    for i in range(8):
        loudness.left[i] = 0.0
        loudness.right[i] = 0.0
    loudness.hop_frames = max(int(0.1 * sample_rate + 0.5), 1)
    loudness.left_frames = loudness.hop_frames
    loudness.energy = 0.0
    for i in range(SHORT_HOPS):
        loudness.hops[i] = 0.0
    loudness.hop = 0
    loudness.blocks = 0.0
    loudness.total = 0.0
    for i in range(BINS):
        loudness.bin_blocks[i] = 0.0
        loudness.bin_total[i] = 0.0
    loudness.momentary_lufs = NOTHING_LUFS
    loudness.short_term_lufs = NOTHING_LUFS
    loudness.integrated_lufs = NOTHING_LUFS


@rt
def _weigh(loudness, memory, x, at):
    """Add the squares of eight frames x[at:], after the weighting, to loudness.power."""
    own, heard, kept = loudness.x, splat8(F(0.0)), splat8(F(0.0))
    store8(own, 0, finite8(load8(x, at), splat8(LOUDEST)))
    for i in range(8):
        v = splat8(own[i])
        heard = muladd8(v, load8(loudness.answer, 8 - i), heard)
        kept = muladd8(v, load8(loudness.push, 8 * i), kept)
    for i in range(MEMORY):
        v = splat8(memory[i])
        heard = muladd8(v, load8(loudness.sound, 8 * i), heard)
        kept = muladd8(v, load8(loudness.own, 8 * i), kept)
    store8(memory, 0, kept)
    store8(loudness.power, at, load8(loudness.power, at) + heard * heard)


@rt
def _is_silent(loudness, left, right):
    """True when nothing is heard and the filters have come to rest."""
    loud = splat8(F(0.0))
    for i in range(0, GRID, 8):
        loud = loud + (absolute8(load8(left, i)) + absolute8(load8(right, i)))
    if total8(loud) != F(0.0):
        return False
    return total8(absolute8(load8(loudness.left, 0)) + absolute8(load8(loudness.right, 0))) < REST


@rt
def _integrate(loudness):
    """Mean of the blocks that pass both gates."""
    if loudness.blocks == 0.0:
        return
    gate = max(RELATIVE_GATE * loudness.total / loudness.blocks, 1e-12)
    first = max(int((_lufs(gate) - ABSOLUTE_GATE_LUFS) * BINS_PER_LU), 0)
    blocks, total = 0.0, 0.0
    for i in range(first, BINS):
        # the bin that the gate cuts counts if its mean passes
        if loudness.bin_total[i] > gate * loudness.bin_blocks[i]:
            blocks += loudness.bin_blocks[i]
            total += loudness.bin_total[i]
    if blocks > 0.0:
        loudness.integrated_lufs = _lufs(total / blocks)


@rt
def _close_hop(loudness):
    """A tenth of a second is full: new numbers."""
    loudness.hops[loudness.hop % SHORT_HOPS] = loudness.energy / loudness.hop_frames
    loudness.hop += 1
    loudness.energy = 0.0
    loudness.left_frames = loudness.hop_frames
    short, block = 0.0, 0.0
    for i in range(SHORT_HOPS):
        short += loudness.hops[i]
    for i in range(BLOCK_HOPS):
        block += loudness.hops[(loudness.hop + SHORT_HOPS - 1 - i) % SHORT_HOPS]
    block /= BLOCK_HOPS
    loudness.short_term_lufs = _lufs(short / SHORT_HOPS)
    loudness.momentary_lufs = _lufs(block)
    if loudness.hop >= BLOCK_HOPS and loudness.momentary_lufs >= ABSOLUTE_GATE_LUFS:
        place = min(int((loudness.momentary_lufs - ABSOLUTE_GATE_LUFS) * BINS_PER_LU), BINS - 1)
        loudness.bin_blocks[place] += 1.0
        loudness.bin_total[place] += block
        loudness.blocks += 1.0
        loudness.total += block
    _integrate(loudness)


@rt
def loudness_process(loudness, left, right):
    """Measure one grid step: left, right: float32 (GRID,), full scale = 1."""
    power, silent = loudness.power, _is_silent(loudness, left, right)
    for at in range(0, GRID, 8):
        store8(power, at, splat8(F(0.0)))
        if not silent:
            _weigh(loudness, loudness.left, left, at)
            _weigh(loudness, loudness.right, right, at)
    if loudness.left_frames > GRID:
        loudness.energy += total8(load8(power, 0) + load8(power, 8))
        loudness.left_frames -= GRID
        return
    for i in range(GRID):
        loudness.energy += power[i]
        loudness.left_frames -= 1
        if loudness.left_frames == 0:
            _close_hop(loudness)
