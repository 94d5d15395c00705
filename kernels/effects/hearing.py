"""Equaliser for a monitor, by age: gives back half of what ears lose over the years.

The loss is the median of people with healthy ears, women and men averaged.  Half of the loss [dB] is given back at each
frequency, 18 dB at most: louder sounds need less help than soft ones, and full compensation would be unbearable.
Realised by four high shelves in a row whose levels are fitted by least squares to the audiometric frequencies, 250 Hz to 8 kHz:
within 1 dB.  It can be loud: a limiter must follow.
Sources: ISO 7029:2017, "Statistical distribution of hearing thresholds related to age and gender", table 1: loss [dB] against
18 years = a (age - 18)^b; S. Lybarger's half-gain rule, 1944; shelves: A. Simper, "Linear Trapezoidal Optimised SVF", Cytomic,
2013.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp, smoothing
from .svf import svf_a1, svf_warp

F = np.float32
FREQUENCIES_HZ = (250.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0, 3000.0, 4000.0, 6000.0, 8000.0)
#: a and b of ISO 7029:2017, table 1, for these frequencies.
MEN = ((1.39e-4, 2.832), (4.59e-4, 2.537), (5.70e-4, 2.512), (7.02e-4, 2.494), (1.09e-3, 2.446), (1.56e-3, 2.404),
       (2.54e-3, 2.350), (3.40e-3, 2.325), (4.53e-3, 2.315), (5.06e-3, 2.328))
WOMEN = ((3.98e-4, 2.568), (2.61e-4, 2.708), (2.25e-4, 2.775), (2.21e-4, 2.805), (2.53e-4, 2.813), (3.12e-4, 2.792),
         (4.88e-4, 2.728), (7.37e-4, 2.660), (1.47e-3, 2.539), (2.53e-3, 2.439))
#: Below 20 there is nothing to give back.  The standard ends at 80; ten years more go on as it says.
YOUNGEST, OLDEST = 20, 90
MOST_DB = 18.0
#: Corners and Q of the shelves: the best of 243 sets for ages 30 to 90 at 44.1, 48 and 96 kHz.
SHELVES_HZ = (120.0, 800.0, 2100.0, 3500.0)
SHELF_Q = 0.6
STAGES = len(SHELVES_HZ)
#: A change of age is a change of taste: no hurry.
GLIDE_S = 0.5
#: Beyond this only a fault can be; it becomes silence, as do NaN and infinity.
LOUDEST = F(256.0)


def wanted_db(age_years):
    """Gain [dB] wanted at FREQUENCIES_HZ."""
    years = max(min(age_years, OLDEST) - 18.0, 0.0)
    loss = np.mean([[a * years ** b for a, b in table] for table in (MEN, WOMEN)], axis=0)
    return np.minimum(0.5 * loss, MOST_DB) if age_years >= YOUNGEST else np.zeros(len(FREQUENCIES_HZ))


def _levels():
    """Level [dB] of each shelf for each year of age from YOUNGEST to OLDEST, float32."""
    unit_db = 5.0  # in dB, shelves are nearly linear in their level; fitted in the middle
    amplitude = 10.0 ** (unit_db / 40.0)
    s = 1j * np.array(FREQUENCIES_HZ)[:, None] / (np.array(SHELVES_HZ) * math.sqrt(amplitude))
    shelves = (amplitude ** 2 * s ** 2 + amplitude / SHELF_Q * s + 1.0) / (s ** 2 + s / SHELF_Q + 1.0)
    fit = np.linalg.pinv(20.0 * np.log10(np.abs(shelves)) / unit_db)
    return np.array([fit @ wanted_db(age) for age in range(YOUNGEST, OLDEST + 1)], np.float32)


LEVELS_DB = _levels()

HEARING = state(
    ("sample_rate", "f8"), ("glide", "f8"),
    ("active", "i4"),                       # 0: flat, nothing is computed
    ("moving", "i4"),                       # 1 while the levels glide
    ("want_db", "f8", (STAGES,)), ("now_db", "f8", (STAGES,)),
    ("a", "f8", (STAGES * 6,)),             # of each shelf: a1, a2, a3, m0, m1, m2
    ("memory", "f8", (STAGES * 4,)),        # of each shelf: left ic1, ic2, right ic1, ic2
)


@rt
def hearing_reset(hearing, sample_rate):
    """Forget the past signal; flat."""
    hearing.sample_rate = sample_rate
    hearing.glide = smoothing(GLIDE_S, sample_rate / GRID)
    hearing.active = 0
    hearing.moving = 0
    for stage in range(STAGES):
        hearing.want_db[stage] = 0.0
        hearing.now_db[stage] = 0.0
    for i in range(STAGES * 4):
        hearing.memory[i] = 0.0


@rt
def hearing_tune(hearing, age_years):
    """Glide to the gains for this age [years, clamped to 90; below 20, and not a number: flat]."""
    place = int(clamp(age_years, 0.0, 1.0 * OLDEST) + 0.5) - YOUNGEST
    for stage in range(STAGES):
        hearing.want_db[stage] = LEVELS_DB[place, stage] if place >= 0 else 0.0
    hearing.moving = 1
    hearing.active = 1


@rt
def _glide(hearing):
    """Move the levels by one grid step and compute what depends on them."""
    moving, active = 0, 0
    for stage in range(STAGES):
        way = hearing.want_db[stage] - hearing.now_db[stage]
        if abs(way) < 1e-3:
            hearing.now_db[stage] = hearing.want_db[stage]
        else:
            hearing.now_db[stage] += hearing.glide * way
            moving = 1
        if hearing.now_db[stage] != 0.0:
            active = 1
        amplitude = 10.0 ** (hearing.now_db[stage] / 40.0)
        k = 1.0 / SHELF_Q
        g = svf_warp(SHELVES_HZ[stage], hearing.sample_rate) * math.sqrt(amplitude)
        a1 = svf_a1(g, k)
        at = stage * 6
        hearing.a[at] = a1
        hearing.a[at + 1] = g * a1
        hearing.a[at + 2] = g * g * a1
        hearing.a[at + 3] = amplitude * amplitude
        hearing.a[at + 4] = k * (1.0 - amplitude) * amplitude
        hearing.a[at + 5] = 1.0 - amplitude * amplitude
    hearing.moving = moving
    if not active and not moving:
        hearing.active = 0
        for i in range(STAGES * 4):
            hearing.memory[i] = 0.0


@rt
def _shelve(hearing, left, right, stage):
    """One shelf for one grid step, in place."""
    at, place = stage * 6, stage * 4
    a1, a2, a3 = hearing.a[at], hearing.a[at + 1], hearing.a[at + 2]
    m0, m1, m2 = hearing.a[at + 3], hearing.a[at + 4], hearing.a[at + 5]
    l1, l2, r1, r2 = (hearing.memory[place], hearing.memory[place + 1], hearing.memory[place + 2], hearing.memory[place + 3])
    for i in range(GRID):
        left_in, right_in = left[i], right[i]
        x = float(left_in) if abs(left_in) <= LOUDEST else 0.0
        y = float(right_in) if abs(right_in) <= LOUDEST else 0.0
        v3, w3 = x - l2, y - r2
        v1, w1 = a1 * l1 + a2 * v3, a1 * r1 + a2 * w3
        v2, w2 = l2 + a2 * l1 + a3 * v3, r2 + a2 * r1 + a3 * w3
        l1, l2, r1, r2 = 2.0 * v1 - l1, 2.0 * v2 - l2, 2.0 * w1 - r1, 2.0 * w2 - r2
        left[i] = m0 * x + m1 * v1 + m2 * v2
        right[i] = m0 * y + m1 * w1 + m2 * w2
    hearing.memory[place] = l1
    hearing.memory[place + 1] = l2
    hearing.memory[place + 2] = r1
    hearing.memory[place + 3] = r2


@rt
def hearing_process(hearing, left, right):
    """Equalise one grid step in place: left, right: float32 (GRID,)."""
    if not hearing.active:
        return
    if hearing.moving:
        _glide(hearing)
    for stage in range(STAGES):
        _shelve(hearing, left, right, stage)
