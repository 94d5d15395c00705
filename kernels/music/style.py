"""A style of the band as the engine keeps it: patterns and who plays them, written behind the one that plays."""
import numpy as np

from ..rt import rt, state
from ..rt.units import clamp
from ..voices.part import BAND_BASS, MODELS
from .terms import (
    AHEAD, BAND_CLEAR, BAND_ENERGY_RANGE, BAND_FEEL, BAND_NOTE, BAND_NOTE_KINDS, BAND_NOTES, BAND_PATTERN, BAND_PATTERNS,
    BAND_RANGE, BAND_SHAPE, BAND_SIZE, BAND_SOUND, BAND_TIMES, LONGEST_BAND_DELAY_S, PATTERN_BAND_NOTES, TONES,
)

#: Seats that play patterns: bass, chords, drums, ornament.
SEATS = 4
KINDS, TIMES = len(BAND_NOTE_KINDS), len(BAND_TIMES)

BAND_NOTE_TABLE = state(
    ("what", "i4"), ("ahead", "i4"), ("number", "f4"), ("velocity", "f4"), ("start", "f4"), ("length", "f4"),  # beats
)
BAND_PATTERN_TABLE = state(
    ("seat", "i4"), ("when", "i4"), ("first", "i4"), ("count", "i4"),  # its notes, in order of their starts
    ("length", "f8"),                                                  # beats
    ("low", "f4"), ("high", "f4"),                                     # energy from .. below which it plays
)
STYLE = state(
    ("pattern_count", "i4"), ("note_count", "i4"), ("vamps", "i4"),
    ("pulse", "f8"), ("delay_s", "f8"), ("velocity", "f4"), ("length", "f4"),
    ("model", "i4", (SEATS,)), ("program", "i4", (SEATS,)),
    ("low", "f8", (SEATS,)), ("high", "f8", (SEATS,)), ("size", "i8", (SEATS,)),
    ("patterns", BAND_PATTERN_TABLE, (BAND_PATTERNS,)), ("notes", BAND_NOTE_TABLE, (BAND_NOTES,)),
)


@rt
def style_reset(style):
    """Nobody plays anything."""
    style.pattern_count = 0
    style.note_count = 0
    style.vamps = 0
    style.pulse = 1.0
    style.delay_s = 0.0
    style.velocity = 0.7
    style.length = 1.0
    for seat in range(SEATS):
        style.model[seat] = -1
        style.program[seat] = 0
        style.low[seat] = 48.0
        style.high[seat] = 72.0
        style.size[seat] = 3


@rt
def style_say(style, op, player, key, value):
    """BAND event about the style that is being written; True when it meant something."""
    seat = player - BAND_BASS
    if op == BAND_CLEAR:
        style_reset(style)
        style.pulse = clamp(key, 0.25, 8.0)
        return True
    if op == BAND_FEEL:
        style.delay_s = clamp(key, 0.0, LONGEST_BAND_DELAY_S)
        style.vamps = 1 if value >= 0.5 else 0
        return True
    if op == BAND_SHAPE:
        style.velocity = clamp(key, 0.01, 1.0)
        style.length = clamp(value, 0.01, 64.0)
        return True
    if op == BAND_ENERGY_RANGE:
        if style.pattern_count == 0:
            return False
        pattern = style.patterns[style.pattern_count - 1]
        pattern.low = clamp(key, 0.0, 1.0)
        pattern.high = clamp(value, 0.0, 2.0)
        return True
    if op == BAND_NOTE:
        return _add_note(style, player, key, value)
    if not 0 <= seat < SEATS:
        return False
    if op == BAND_SOUND:
        if not (0.0 <= key < MODELS and 0.0 <= value < 4096.0):
            return False
        style.model[seat] = int(key)
        style.program[seat] = int(value)
    elif op == BAND_RANGE:
        style.low[seat] = clamp(key, 0.0, 115.0)
        style.high[seat] = clamp(value, style.low[seat] + 12.0, 127.0)  # an octave has every note
    elif op == BAND_SIZE:
        style.size[seat] = int(clamp(value, 1.0, TONES))
    elif op == BAND_PATTERN:
        return _add_pattern(style, seat, key, value)
    else:
        return False
    return True


@rt
def _add_pattern(style, seat, when, length):
    if style.pattern_count >= BAND_PATTERNS or not (0.0 <= when < TIMES and length >= 0.25):
        return False
    pattern = style.patterns[style.pattern_count]
    style.pattern_count += 1
    pattern.seat = seat
    pattern.when = int(when)
    pattern.first = style.note_count
    pattern.count = 0
    pattern.length = min(length, 256.0)
    pattern.low = 0.0
    pattern.high = 2.0
    return True


@rt
def _add_note(style, what, number, start):
    if style.pattern_count == 0 or style.note_count >= BAND_NOTES or not 0 <= what % AHEAD < KINDS or what >= 2 * AHEAD:
        return False
    pattern = style.patterns[style.pattern_count - 1]
    start = np.float32(start)
    early = pattern.count > 0 and start < style.notes[style.note_count - 1].start
    if early or pattern.count >= PATTERN_BAND_NOTES or not 0.0 <= start < pattern.length or not abs(number) <= 127.0:
        return False
    note = style.notes[style.note_count]
    style.note_count += 1
    pattern.count += 1
    note.what = what % AHEAD
    note.ahead = what // AHEAD
    note.number = number
    note.velocity = style.velocity
    note.start = start
    note.length = style.length
    return True
