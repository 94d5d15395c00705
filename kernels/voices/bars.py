"""What struck bars, bells and bowls are made of: the table of `modal.py`.

Ratios of partials: tuned bars of marimba 1 : 4 : 10 and xylophone 1 : 3 : 6, steel pans tuned 1 : 2 : 3, hand bells tuned
1 : 3 whose octaves are radiated twice as fast as they swing (T. Rossing, "Science of Percussion Instruments", 2000,
chapters 5 .. 11); free bar 1 : 2.756 : 5.404 : 8.933, clamped tine 1 : 6.267 : 17.55 (N. Fletcher, T. Rossing, "The Physics of
Musical Instruments", 1998, sections 2.14 .. 2.16); thin ring of bowls 1 : 2.83 : 5.42 : 8.77 (J. Rayleigh, "The Theory of
Sound", 1894, section 233); saron of a gamelan (W. Sethares, "Tuning, Timbre, Spectrum, Scale", 2005, chapter 10).  A gamelan's
instruments come in pairs tuned apart, for beats of 5 .. 7 Hz whatever the key; bowls and temple bells beat with themselves,
because they are not quite round.  Levels and ringing times are by ear.
"""
from typing import NamedTuple

import numpy as np

#: Resonators of a voice.
PARTIALS = 16
#: A stroke at full velocity on middle C has this level (RMS) in its first 150 ms, -17 dBFS, if its peak then is neither above
#: -4 dBFS nor below -7.5: a wood block can't be as loud as a bell.
RMS, PEAK_MOST, PEAK_LEAST = 0.14, 0.63, 0.42


class Partial(NamedTuple):
    """One resonator."""

    ratio: float            # of the pitch of the key
    level: float            # a negative one begins against the others: with a lasting twin it makes a sound that blooms
    apart_hz: float = 0.0   # added to the frequency: what beats with a twin
    ring: float = 1.0       # how much longer it rings than the rule for its ratio says


class Bar(NamedTuple):
    """One sound."""

    name: str
    partials: tuple[Partial, ...]
    ring_s: float    # T60 of the lowest partials at middle C
    higher: float    # how much faster the higher ones die
    hardness: float  # of the mallet, 0 .. 1
    damped: bool     # by letting go


def _plain(*ratios):
    """Partials whose levels fall in their order."""
    return tuple(Partial(ratio, 1 / (1 + 0.5 * i)) for i, ratio in enumerate(ratios))


def _levels(*pairs):
    return tuple(Partial(*pair) for pair in pairs)


BARS = (
    Bar("marimba", _plain(1, 3.99, 9.9, 16.6, 2.0, 5.98), 1.1, 0.9, 0.35, False),
    Bar("xylophone", _plain(1, 3.0, 6.0, 10.2, 14.9, 2.0), 0.7, 0.7, 0.8, False),
    Bar("vibraphone", _plain(1, 4.0, 10.0, 17.8, 2.0), 4.0, 0.8, 0.45, True),
    Bar("glockenspiel", _plain(1, 2.756, 5.404, 8.933, 13.34), 3.0, 0.5, 0.9, False),
    Bar("kalimba", _plain(1, 6.27, 17.55, 2.0, 3.1), 1.6, 1.2, 0.4, False),
    Bar("tubular bells", _plain(0.5, 1, 1.5, 2.0, 2.61, 3.29, 4.04, 4.86, 5.74), 5.0, 0.25, 0.7, True),
    Bar("singing bowl", _levels((1, 1), (1, 0.6, 0.9), (2.83, 0.4), (2.83, 0.3, 1.7), (2.83, -0.25, 0, 0.08), (5.42, 0.2),
                                (5.42, 0.15, 2.6), (8.77, 0.08), (12.9, 0.03)), 9.0, 0.35, 0.3, False),
    Bar("church bell", _plain(0.5, 1, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33, 6.67, 8.0), 6.0, 0.35, 0.7, False),
    Bar("wood block", _plain(1, 2.57, 4.3, 6.1, 8.3), 0.12, 0.3, 0.8, False),
    Bar("16 partials", _plain(1.0, 1.51, 1.99, 2.42, 2.76, 3.31, 3.92, 4.36, 5.02, 5.40, 6.13, 6.81, 7.47, 8.02, 8.93, 9.61),
        1.5, 0.3, 0.9, False),
    Bar("chime bars", _levels((1, 1), (2.756, 0.28), (5.404, 0.12), (8.933, 0.05)), 2.6, 0.7, 0.5, False),
    Bar("steel pan", _levels((1, 1), (2, 0.8), (2, -0.65, 0, 0.3), (3, 0.45), (3, -0.35, 0, 0.3), (4.02, 0.2), (5.1, 0.12),
                             (6.15, 0.08), (8.3, 0.04)), 1.4, 0.25, 0.55, False),
    Bar("gamelan", _levels((1, 1), (1, 0.8, 6), (2.39, 0.3), (2.78, 0.4), (2.78, 0.3, 6), (4.75, 0.25), (5.08, 0.2),
                           (5.96, 0.15)), 4.0, 0.45, 0.65, True),
    Bar("temple bell", _levels((1, 1), (1, 0.7, 0.35), (2.62, 0.5), (2.62, 0.35, 0.6), (2.62, -0.3, 0, 0.06), (4.6, 0.25),
                               (6.9, 0.15), (9.4, 0.1)), 12.0, 0.5, 0.4, False),
    Bar("music box", _levels((1, 1), (6.267, 0.4), (17.55, 0.15), (2, 0.12)), 1.8, 0.3, 0.85, False),
    Bar("celesta", _levels((1, 1), (2.756, 0.2), (5.404, 0.1), (4, 0.08)), 1.6, 0.6, 0.5, True),
    Bar("hand bell", _levels((1, 1), (2, 0.2), (3, 0.45), (6, 0.12)), 4.0, 0.4, 0.55, True),
    Bar("balafon", _levels((1, 1), (3.2, 0.5), (6.2, 0.3), (9.9, 0.2), (14.2, 0.1)), 0.55, 0.5, 0.65, False),
    Bar("log drum", _levels((1, 1), (2.4, 0.3), (6.267, 0.25), (17.55, 0.05)), 0.4, 0.8, 0.3, False),
    Bar("tongue drum", _levels((1, 1), (2, 0.5), (3, 0.25), (6.267, 0.1)), 3.5, 0.6, 0.35, False),
)


def mallet_hz(hardness, velocity=1.0):
    """Where the mallet's push falls off: a soft or slow one stays longer on the bar and cannot move its higher partials."""
    return 300.0 + 8000.0 * (0.15 + 0.85 * hardness) * velocity


def _column(field):
    table = np.zeros((len(BARS), PARTIALS), "f8")
    for row, bar in enumerate(BARS):
        table[row, :len(bar.partials)] = [partial[field] for partial in bar.partials]
    return table


def _trimmed_levels():
    """Levels such that all sounds are about equally loud."""
    levels, time_s, hz = _column(1), np.arange(0, 0.15, 1 / 48000), 261.63
    for row, bar in enumerate(BARS):
        pushed = 1 / (1 + (hz * np.maximum(RATIO[row] - 1, 0) / mallet_hz(bar.hardness)) ** 2)
        falling = np.exp(-6.91 * time_s[:, None] * (1 + bar.higher * np.maximum(RATIO[row] - 1, 0))
                         / (bar.ring_s * np.where(RATIO[row] > 0, RING[row], 1)))
        waves = np.sin(2 * np.pi * time_s[:, None] * (hz * RATIO[row] + APART_HZ[row])) * falling
        sound = waves @ (levels[row] * pushed)
        peak = np.abs(sound).max()
        levels[row] *= np.clip(peak * RMS / np.sqrt(np.mean(sound ** 2)), PEAK_LEAST, PEAK_MOST) / peak
    return levels


#: Columns by program, and by partial where they have two dimensions; ratio 0: unused.
RATIO, APART_HZ, RING = _column(0), _column(2), _column(3)
LEVEL = _trimmed_levels()
RING_S = np.array([bar.ring_s for bar in BARS])
HIGHER = np.array([bar.higher for bar in BARS])
HARDNESS = np.array([bar.hardness for bar in BARS])
DAMPED = np.array([bar.damped for bar in BARS], "i8")
