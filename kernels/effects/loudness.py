"""Loudness meter for stereo: how loud people hear it, in LUFS (1 LU = 1 dB).

Momentary (the last 0.4 s), short-term (the last 3 s), integrated (since the reset, pauses left out).  New numbers come each
0.1 s.  Two steps of gating: blocks of 0.4 s, overlapping by three quarters, below -70 LUFS do not count, nor do those more
than 10 LU below the mean of the rest.  The blocks are kept as a histogram with the sum of each bin, so that a meeting of any
length fits and only the gate is rounded, to 0.1 LU.
Sources: ITU-R BS.1770-4, "Algorithms to measure audio programme loudness", 2015; EBU Tech 3341, 2016.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, load8, splat8, total8

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
LOUDEST = 256.0
#: Filters at rest: -200 dB.
REST = 1e-10

LOUDNESS = state(
    ("momentary_lufs", "f8"), ("short_term_lufs", "f8"), ("integrated_lufs", "f8"),
    # weighting: a shelf for the head, then a high-pass; b0, b1, b2, a1, a2 each
    ("shelf", "f8", (5,)), ("highpass", "f8", (5,)),
    ("memory", "f8", (8,)),             # left shelf, left high-pass, right shelf, right high-pass
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
def loudness_reset(loudness, sample_rate):
    """Begin to measure anew at this sample rate [Hz].

    The standard gives coefficients for 48 kHz; these are the analog filters behind them, by the bilinear transform.
    Source: B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 145th Convention, 2018.
    """
    k = math.tan(math.pi * 1681.974450955533 / sample_rate)
    q, high = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band = high ** 0.4996667741545416
    a0 = 1.0 + k / q + k * k
    loudness.shelf[0] = (high + band * k / q + k * k) / a0
    loudness.shelf[1] = 2.0 * (k * k - high) / a0
    loudness.shelf[2] = (high - band * k / q + k * k) / a0
    loudness.shelf[3] = 2.0 * (k * k - 1.0) / a0
    loudness.shelf[4] = (1.0 - k / q + k * k) / a0
    k = math.tan(math.pi * 38.13547087602444 / sample_rate)
    q = 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    loudness.highpass[0] = 1.0
    loudness.highpass[1] = -2.0
    loudness.highpass[2] = 1.0
    loudness.highpass[3] = 2.0 * (k * k - 1.0) / a0
    loudness.highpass[4] = (1.0 - k / q + k * k) / a0
    for i in range(8):
        loudness.memory[i] = 0.0
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
def _weigh(loudness, left, right, first, stop):
    """Add the squares of frames first .. stop, after the weighting, to the energy of the hop."""
    shelf, memory = loudness.shelf, loudness.memory
    b0, b1, b2, a1, a2 = shelf[0], shelf[1], shelf[2], shelf[3], shelf[4]
    c1, c2 = loudness.highpass[3], loudness.highpass[4]
    l1, l2, l3, l4 = memory[0], memory[1], memory[2], memory[3]
    r1, r2, r3, r4 = memory[4], memory[5], memory[6], memory[7]
    energy = 0.0
    for i in range(first, stop):
        left_in, right_in = float(left[i]), float(right[i])
        x = left_in if abs(left_in) <= LOUDEST else 0.0
        y = b0 * x + l1
        l1 = b1 * x - a1 * y + l2
        l2 = b2 * x - a2 * y
        z = y + l3
        l3 = l4 - 2.0 * y - c1 * z
        l4 = y - c2 * z
        energy += z * z
        x = right_in if abs(right_in) <= LOUDEST else 0.0
        y = b0 * x + r1
        r1 = b1 * x - a1 * y + r2
        r2 = b2 * x - a2 * y
        z = y + r3
        r3 = r4 - 2.0 * y - c1 * z
        r4 = y - c2 * z
        energy += z * z
    loudness.energy += energy
    memory[0] = l1
    memory[1] = l2
    memory[2] = l3
    memory[3] = l4
    memory[4] = r1
    memory[5] = r2
    memory[6] = r3
    memory[7] = r4


@rt
def _is_silent(loudness, left, right):
    """True when nothing is heard and the filters have come to rest."""
    loud = splat8(F(0.0))
    for i in range(0, GRID, 8):
        loud = loud + (absolute8(load8(left, i)) + absolute8(load8(right, i)))
    if total8(loud) != F(0.0):
        return False
    rest = 0.0
    for i in range(8):
        rest += abs(loudness.memory[i])
    return rest < REST


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
    waiting, silent = GRID, _is_silent(loudness, left, right)
    while waiting > 0:
        count = min(loudness.left_frames, waiting)
        if not silent:
            _weigh(loudness, left, right, GRID - waiting, GRID - waiting + count)
        loudness.left_frames -= count
        waiting -= count
        if loudness.left_frames == 0:
            _close_hop(loudness)
