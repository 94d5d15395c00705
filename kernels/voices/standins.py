"""Who plays when the set of recorded sounds is missing, or lacks a program: the computed voice that comes nearest."""
import numpy as np

from .bars import BARS
from .part import DRUMS, MODAL, PLUCK, TONE
from .pluck import STRINGS_OF
from .sampler import DRUM_KIT, PROGRAMS
from .tones import TONES

_MADE = {**{row[0]: (PLUCK, n) for n, row in enumerate(STRINGS_OF)}, **{row[0]: (MODAL, n) for n, row in enumerate(BARS)},
         **{row[0]: (TONE, n) for n, row in enumerate(TONES)}}
#: For General MIDI programs from this one up to the next row.
_FROM = ((0, "electric piano"), (6, "koto"), (8, "celesta"), (9, "glockenspiel"), (10, "music box"), (11, "vibraphone"),
         (12, "marimba"), (13, "xylophone"), (14, "tubular bells"), (15, "harp"), (16, "organ"), (19, "church organ"),
         (20, "accordion"),
         (24, "nylon guitar"), (25, "steel guitar"), (26, "nylon guitar"), (29, "steel guitar"), (32, "bass"),
         (40, "string section"), (45, "harp"), (47, "marimba"), (48, "string section"), (52, "choir"), (55, "string section"),
         (56, "soft brass"), (64, "clarinet"), (72, "flute"), (74, "recorder"), (75, "bottle"), (80, "soft pad"),
         (104, "steel guitar"), (105, "banjo"), (106, "koto"),
         (108, "kalimba"), (109, "accordion"), (110, "string section"), (112, "glockenspiel"), (114, "steel pan"),
         (115, "wood block"), (116, "marimba"), (120, "soft pad"))
STAND_IN = np.zeros((PROGRAMS, 2), "i4")
for _first, _name in _FROM:
    STAND_IN[_first:] = _MADE[_name]
STAND_IN[DRUM_KIT] = DRUMS, 0
