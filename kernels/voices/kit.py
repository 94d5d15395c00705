"""What each drum is made of: the table of `drums.py`.

Rows 35 .. 81 are General MIDI percussion, 82 .. 87 that of General MIDI 2, from 88 on our own.  Skins have the modes of a
circular membrane, 1 : 1.594 : 2.136 : 2.296 : 2.653 (T. Rossing, "Science of Percussion Instruments", 2000, chapter 2), tablas
the nearly harmonic ones of a skin loaded with paste (C. Raman, "The Indian Musical Drums", 1934).  Everything else is by ear.
"""
from typing import NamedTuple

import numpy as np

#: Struck modes besides the tone.
MODES = 4
LOWEST_KEY = 35


class Drum(NamedTuple):
    """One drum: a tone whose pitch falls to rest, struck modes, and noise through a filter."""

    name: str
    pan: float = 0.0         # -1 right .. 1 left, as the audience sees the stage
    choke: int = 0           # drums of one group end each other; 0: none
    tone: float = 0.0        # level
    hz: float = 400.0        # where the tone rests
    fall: float = 1.0        # how many times higher it begins
    fall_s: float = 0.01     # time constant
    ring_s: float = 0.01     # T60
    modes: tuple[tuple[float, float, float], ...] = ()  # frequency by hz, level, T60 [s]
    noise: float = 0.0       # level
    noise_hz: float = 3000.0
    q: float = 0.7
    high: float = 0.0        # 0 band-pass .. 1 high-pass
    noise_s: float = 0.03    # T60
    rise_s: float = 0.0003   # from 10 to 90 %
    wire: float = 0.0        # level of a second, slower noise: wires, wash of cymbals, the room of a clap
    wire_s: float = 0.1      # T60
    grains: int = 1          # strokes of noise and modes that follow each other ...
    every_s: float = 0.01    # ... about so often


def _skin_modes(level, ring_s):
    return ((1.594, level, 0.6 * ring_s), (2.136, 0.7 * level, 0.45 * ring_s), (2.296, 0.5 * level, 0.4 * ring_s),
            (2.653, 0.4 * level, 0.35 * ring_s))


def _tom(name, hz, pan):
    return Drum(name, pan, 0, .75, hz, 1.6, .06, .55, _skin_modes(.16, .4), .12, 1800, .7, 0, .05)


def _skin(name, hz, ring_s, pan, modes=.25):
    return Drum(name, pan, 0, .7, hz, 1.25, .02, ring_s, _skin_modes(modes, ring_s), .22, 2.5 * hz, .8, 0, .05)


def _wood(name, hz, ring_s, pan):
    return Drum(name, pan, 0, .6, hz, 1.05, .01, ring_s, ((2.57, .12, .6 * ring_s), (4.3, .05, .4 * ring_s)),
                .15, 2 * hz, 2, 0, .03)


def _bell(name, hz, ring_s, pan):
    modes = ((1.48, .28, .9 * ring_s), (2.47, .12, .7 * ring_s), (3.9, .08, .5 * ring_s), (5.3, .05, .4 * ring_s))
    return Drum(name, pan, 0, .35, hz, 1, .01, ring_s, modes, .12, 1.5 * hz, 3, .5, ring_s / 2)


def _hat(name, noise_s, level, hz=7500):
    modes = ((8.2, .03, noise_s), (11.1, .03, noise_s), (13.7, .025, .8 * noise_s), (17.9, .02, .7 * noise_s))
    return Drum(name, .25, 1, modes=modes, noise=level, noise_hz=hz, q=.8, high=1, noise_s=noise_s)


def _cymbal(name, hz, wash_s, noise_hz, pan, ping=.03):
    modes = ((1.71, ping, .5 * wash_s), (3.23, .8 * ping, .5 * wash_s), (5.87, .6 * ping, .4 * wash_s),
             (9.13, .5 * ping, .3 * wash_s))
    return Drum(name, pan, 0, ping, hz, 1, .01, .6 * wash_s, modes, .26, noise_hz, .5, 1, .25, .001, .2, wash_s)


def _shaken(name, hz, noise_s, pan, rise_s, grains=1, every_s=.05):
    return Drum(name, pan, noise=.4, noise_hz=hz, q=1, high=.8, noise_s=noise_s, rise_s=rise_s, grains=grains, every_s=every_s)


def _jingles(name, hz, ring_s, pan, grains, every_s):
    modes = ((1, .08, ring_s), (1.37, .07, ring_s), (1.81, .06, .8 * ring_s), (2.29, .05, .7 * ring_s))
    return Drum(name, pan, hz=hz, modes=modes, noise=.3, noise_hz=1.3 * hz, q=.9, high=.9, noise_s=.6 * ring_s, rise_s=.0006,
                grains=grains, every_s=every_s)


def _scraped(name, hz, pan, grains, every_s):
    return Drum(name, pan, 3, noise=.5, noise_hz=hz, q=2, high=.3, noise_s=.03, rise_s=.0008, grains=grains, every_s=every_s)


def _cajon(name, hz, tone, noise, noise_hz, noise_s, wire=0.0):
    modes = ((2.1, .2, .12), (3.4, .12, .09), (5.2, .1, .06))
    return Drum(name, 0, 0, tone, hz, 1.3, .015, .22, modes, noise, noise_hz, .8, .2, noise_s, .0004, wire, .14)


def _tabla(name, hz, tone, levels, ring_s, pan=.15, fall=1.0, fall_s=.05, noise=.15):
    modes = tuple((ratio, level, ring_s * (1.1 - .15 * ratio)) for ratio, level in zip((2, 3, 4, 5), levels, strict=True))
    return Drum(name, pan, 0, tone, hz, fall, fall_s, ring_s, modes, noise, 6 * hz, .8, .2, .025)


KIT = (
    Drum("bass drum 2", 0, 0, .95, 46, 2.8, .06, .50, _skin_modes(.12, .3), .08, 2500, .7, 0, .03),
    Drum("bass drum", 0, 0, .95, 52, 3.2, .05, .45, _skin_modes(.12, .25), .10, 3000, .7, 0, .03),
    _wood("side stick", 1700, .07, .05),
    Drum("snare", 0, 0, .45, 185, 1.5, .03, .22, _skin_modes(.2, .16), .4, 2600, .6, .6, .12, .0003, .22, .34),
    Drum("clap", .1, 0, noise=.6, noise_hz=1300, q=1.2, noise_s=.022, wire=.4, wire_s=.24, grains=4, every_s=.010),
    Drum("electric snare", 0, 0, .5, 200, 1.8, .02, .18, _skin_modes(.12, .12), .45, 3200, .6, .7, .1, .0003, .25, .26),
    _tom("tom 1", 82, -.45), _hat("closed hi-hat", .10, .40), _tom("tom 2", 98, -.3), _hat("pedal hi-hat", .09, .30, 6500),
    _tom("tom 3", 120, -.15), _hat("open hi-hat", .90, .38, 7200), _tom("tom 4", 147, 0), _tom("tom 5", 175, .15),
    _cymbal("crash", 520, 2.6, 4200, .5), _tom("tom 6", 208, .3), _cymbal("ride", 710, 1.8, 6400, -.5, .09),
    _cymbal("china", 430, 2.0, 3400, -.6), _bell("ride bell", 930, 1.3, -.5), _jingles("tambourine", 5600, .16, .3, 4, .020),
    _cymbal("splash", 620, 1.0, 5200, .4), _bell("cowbell", 560, .3, -.1), _cymbal("crash 2", 480, 2.4, 3800, -.55),
    Drum("vibraslap", -.3, 0, noise=.5, noise_hz=2800, q=3, noise_s=.03, rise_s=.001, grains=26, every_s=.024),
    _cymbal("ride 2", 640, 1.6, 5800, -.45, .07),
    _skin("high bongo", 410, .16, .2), _skin("low bongo", 305, .22, .1), _skin("mute conga", 330, .10, -.1),
    _skin("open conga", 340, .40, -.15), _skin("low conga", 240, .45, -.25), _skin("high timbale", 480, .30, .3, .3),
    _skin("low timbale", 360, .35, .2, .3), _bell("high agogo", 1180, .25, -.3), _bell("low agogo", 890, .28, -.25),
    _shaken("cabasa", 6800, .05, .35, .004, 2, .045), _shaken("maracas", 7600, .08, -.35, .006),
    Drum("short whistle", .2, 2, .35, 2350, 1, .01, .18, (), .05, 2400, 6, 0, .15),
    Drum("long whistle", .2, 2, .35, 2300, 1, .01, .55, (), .05, 2350, 6, 0, .5),
    _scraped("short guiro", 3600, -.3, 10, .011), _scraped("long guiro", 3400, -.3, 22, .016),
    _wood("claves", 2500, .12, .15), _wood("high wood block", 1050, .12, -.2), _wood("low wood block", 780, .14, -.25),
    Drum("mute cuica", .3, 0, .7, 620, .8, .04, .14, _skin_modes(.1, .1), .1, 1500, .8, 0, .05),
    Drum("open cuica", .3, 0, .7, 520, .7, .06, .30, _skin_modes(.1, .2), .1, 1300, .8, 0, .05),
    Drum("mute triangle", -.4, 4, .25, 4200, 1, .01, .14, ((1.47, .1, .1), (2.09, .06, .08)), .05, 6500, 4, 1, .08),
    Drum("open triangle", -.4, 4, .25, 4200, 1, .01, 2.2, ((1.47, .12, 1.8), (2.09, .08, 1.4), (2.71, .05, 1.0)), .05, 6500,
         4, 1, .8),
    _shaken("shaker", 6000, .10, .35, .014, 2, .085),
    _jingles("jingle bell", 3100, .30, .3, 6, .028),
    Drum("bell tree", .4, 0, .05, 2600, 2, .5, 1.6, ((1.19, .08, .7), (1.53, .08, .6), (1.97, .07, .5), (2.45, .06, .4)), .04,
         8000, 1, 1, .2, .0006, grains=18, every_s=.055),
    Drum("castanets", -.2, 0, .35, 1900, 1.05, .005, .09, ((1.62, .25, .09), (2.41, .15, .07)), .2, 3000, 2, .3, .04,
         grains=2, every_s=.022),
    Drum("mute surdo", -.1, 0, .9, 78, 1.3, .03, .16, _skin_modes(.2, .12), .1, 600, .7, 0, .05),
    Drum("open surdo", -.1, 0, .9, 72, 1.4, .05, .75, _skin_modes(.2, .4), .06, 500, .7, 0, .05),
    Drum("djembe bass", .1, 0, .9, 72, 1.35, .03, .45, ((1.0, .2, .3), (3.1, .12, .12), (4.9, .06, .08)), .08, 700, .8, 0, .04),
    Drum("djembe tone", .1, 0, .6, 290, 1.1, .015, .24, _skin_modes(.3, .2), .25, 1400, .8, .1, .04),
    Drum("djembe slap", .1, 0, .3, 330, 1.15, .01, .14, ((2.136, .3, .18), (2.653, .3, .16), (3.5, .25, .14), (4.2, .2, .12)),
         .5, 3200, .9, .3, .05),
    _cajon("cajon bass", 82, .9, .12, 600, .05), _cajon("cajon tone", 165, .5, .3, 1500, .06, .08),
    _cajon("cajon slap", 230, .3, .5, 3200, .07, .2),
    _tabla("tabla na", 294, .25, (.6, .5, .2, .15), .55), _tabla("tabla tin", 294, .7, (.3, .1, .05, .03), .8),
    _tabla("tabla ge", 92, .9, (.25, .1, .04, .02), .7, -.15, .72, .11),
    _tabla("tabla ka", 180, .3, (.25, .15, .12, .1), .14, -.15, noise=.4),
    Drum("brush tap", .05, 0, .12, 185, 1.3, .02, .1, _skin_modes(.06, .08), .4, 3800, .6, .5, .09, .002, .1, .16),
    Drum("brush sweep", .05, 0, noise=.4, noise_hz=3600, q=.6, high=.4, noise_s=.5, rise_s=.09),
    Drum("brush slap", 0, 0, .25, 190, 1.4, .02, .14, _skin_modes(.12, .12), .5, 3400, .6, .6, .08, .0006, .2, .28),
    Drum("finger snap", .2, 0, .2, 1500, 1.1, .01, .05, ((1.7, .2, .04), (2.3, .12, .03)), .5, 2300, 2, .2, .03, .0003,
         .25, .16, 2, .012),
    Drum("foot stamp", 0, 0, .9, 64, 1.6, .03, .2, ((2.3, .2, .1), (3.7, .12, .08)), .3, 320, .8, 0, .09),
    Drum("frame drum", -.1, 0, .8, 96, 1.15, .03, .9, _skin_modes(.3, .7), .12, 900, .8, 0, .05),
    Drum("rain stick", .1, 0, noise=.5, noise_hz=5200, q=2, high=.4, noise_s=.045, rise_s=.001, grains=90, every_s=.026),
)
HIGHEST_KEY = LOWEST_KEY + len(KIT) - 1

#: Level of each row [dB]: strokes of full velocity are about equally loud over 200 ms, and none peaks above -2 dBFS.
#: Measured at 48 kHz.
TRIM_DB = (
    -3.0, -2.5, 4.5, 0.5, 15.5, 0.5, -3.5, 9.5, -3.5, 11.5, -3.5, 4.0, -3.5, -3.5, 4.0, -3.5,
    3.5, 4.0, -2.0, 8.5, 5.5, 4.0, 4.0, 19.0, 4.0, 0.0, 0.5, 0.5, -1.5, -2.0, -1.0, -1.5,
    4.0, 4.0, 13.0, 12.5, 8.5, 3.5, 13.5, 14.0, 3.5, 5.0, 4.5, 3.5, 0.0, 9.0, 0.5, 12.5,
    6.0, 6.0, 5.5, 0.0, -6.0, -3.5, 0.5, 0.0, -1.0, 4.0, 5.0, -3.0, -4.5, -6.0, 5.0, 11.0,
    13.0, 3.5, 7.5, -0.5, -6.0, 12.5,
)


def _column(field):
    return np.array([getattr(drum, field) for drum in KIT], "f8")


PAN, TONE, HZ, FALL, FALL_S, RING_S, NOISE, NOISE_HZ, Q, HIGH, NOISE_S, RISE_S, WIRE, WIRE_S, EVERY_S = map(_column, (
    "pan", "tone", "hz", "fall", "fall_s", "ring_s", "noise", "noise_hz", "q", "high", "noise_s", "rise_s", "wire", "wire_s",
    "every_s"))
CHOKE, GRAINS = _column("choke").astype("i8"), _column("grains").astype("i8")
TRIM = 10.0 ** (np.array(TRIM_DB) / 20.0)
#: By row and mode: frequency by HZ, level, T60 [s]; level 0: unused.
MODE = np.zeros((len(KIT), MODES, 3), "f8")
MODE[:, :, :2], MODE[:, :, 2] = (1.0, 0.0), 0.01
for _row, _drum in enumerate(KIT):
    if _drum.modes:
        MODE[_row, :len(_drum.modes)] = _drum.modes
