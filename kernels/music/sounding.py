"""What every part of assist stands on: its state, the time of a grid step, and notes that begin and end.

Orders are put into `assist.out`; the engine plays them after each call.  Every ON gets its OFF: a note is in its hand's table
from one to the other.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp
from ..voices.part import PLAYERS
from .hand import ENDING, FINGER, HAND, KEPT, NEVER, NONE, NOTES
from .harmony import HARMONY_STATE, OCTAVE, fold, harmony_snap
from .terms import PATTERN_SLOTS
from .tune import PATTERN_TABLE, TUNE_STATE

#: numba compiles a function anew for each combination of types, int32 and int64 apart: here all numbers are wide.
i8, f8 = np.int64, np.float64

#: Orders to the engine.
OFF, ON, CONTROL = range(3)
OUTS = 256

ORDER = state(
    ("kind", "i4"), ("channel", "i4"), ("frame", "i8"), ("key", "f4"),  # CONTROL: key is the target
    ("value", "f4"),                                                    # velocity, or the control's value
)

ASSIST_STATE = state(
    ("hands", HAND, (PLAYERS,)),
    ("harmony", HARMONY_STATE), ("tune", TUNE_STATE), ("patterns", PATTERN_TABLE, (PATTERN_SLOTS,)),
    ("cursors", "i4", (5,)), ("last_player", "i4", (5,)), ("last_turn", "i8", (5,)),  # of groups that share the tune
    # this grid step
    ("frame", "i8"), ("beats", "f8"), ("beats_per_frame", "f8"), ("sample_rate", "f8"),
    ("awake", "i8"),               # a bit for each player for whom something may happen by itself
    ("moved", "i4"),               # 1: a hand moved the chords, everybody has to follow
    ("count", "i4"), ("out", ORDER, (OUTS,)),
)


@rt
def beats_at(assist, frame):
    return assist.beats + (frame - assist.frame) * assist.beats_per_frame


@rt
def frame_at(assist, beats):
    """First frame at or after `beats`."""
    return assist.frame + i8(math.ceil((beats - assist.beats) / assist.beats_per_frame - 1e-6))


@rt
def order(assist, kind, frame, channel, key, value):
    if assist.count < OUTS:
        order = assist.out[assist.count]
        order.kind = kind
        order.frame = min(max(frame, assist.frame), assist.frame + GRID - 1)
        order.channel = channel
        order.key = key
        order.value = value
        assist.count += 1


@rt
def note_end(assist, note, frame):
    """The note ends now."""
    order(assist, i8(OFF), max(frame, note.began), i8(note.channel), f8(note.key), 0.0)
    note.doing = NONE


@rt
def note_let_end(assist, hand, note, frame):
    """The note ends as soon as it may."""
    if note.shortest > frame:
        note.doing = ENDING
        note.end = note.shortest
        hand.busy = 1
    else:
        note_end(assist, note, frame)


@rt
def note_begin(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame):
    """Begin a note; `last_frame` NEVER: it lasts as long as the touch.  Its own shortest length counts from `frame`."""
    if assist.count > OUTS - 2 * NOTES:  # too much for one moment: there has to be room for the end of all that sounds
        return
    zone, free, oldest = hand.zones[z], -1, 0
    key = f8(np.float32(clamp(key, 0.0, 127.0)))  # as it is remembered
    channel = i8(zone.channel) if zone.channel >= 0 else touch_channel
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing != NONE and note.channel == channel and note.key == key:
            note_end(assist, note, frame)  # struck again
        if note.doing == NONE:
            free = i if free < 0 else free
        elif note.shortest < hand.notes[oldest].shortest:
            oldest = i
    if free < 0:
        note_end(assist, hand.notes[oldest], frame)
        free = oldest
    note = hand.notes[free]
    note.doing = FINGER
    note.zone = z
    note.channel = channel
    note.control = control
    note.touch_channel = touch_channel
    note.key = key
    note.velocity = velocity
    note.wrong = 0
    note.began = frame
    note.shortest = frame + i8(hand.length_beats / assist.beats_per_frame)
    order(assist, i8(ON), frame, channel, key, velocity)
    hand.last_key = key
    hand.last_channel = channel
    if last_frame != NEVER:
        note.doing = ENDING
        note.end = max(last_frame, note.shortest)
        hand.busy = 1


@rt
def notes_keep(hand, z):
    for i in range(NOTES):
        if hand.notes[i].doing == FINGER and hand.notes[i].zone == z:
            hand.notes[i].doing = KEPT


@rt
def zone_fold(zone, key, period):
    return fold(f8(key), f8(zone.low), f8(zone.high), period)


@rt
def melody_key(melody, at, zone, octave):
    """Note `at` of a tune, which as a whole is moved by octaves to the middle of the zone's range."""
    middle = (zone.low + zone.high - melody.lowest - melody.highest) / 24.0
    return fold(f8(melody.key[at]) + 12.0 * (math.floor(middle + 0.5) + octave), 0.0, 127.0, OCTAVE)


@rt
def zone_snap(assist, zone, key, strong):
    return harmony_snap(assist.harmony, i8(zone.meaning), f8(key), f8(zone.low), f8(zone.high), strong)
