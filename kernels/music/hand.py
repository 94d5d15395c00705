"""A hand: everything the engine knows of one player's instrument, help and touches.  `assist.py` works on it."""
import math

from ..rt import rt, state
from .terms import (
    ABSOLUTE, AXES, AXIS_AMOUNT, AXIS_TARGET, BASE, CHANNEL, CONTROLS, DWELL_S, EQUAL_VOICE, EVENING, FIRST,
    FIRST_CONTROL, GRID_BEATS, GROUP, GUARD_S, HIGH, LAST, LATCH, LENGTH_BEATS, LOW, MEANING, MEANINGS, NOTHING,
    OCTAVE, PAD, PATTERN_SLOT, PATTERN_SLOTS, PITCH_HELP, SIZE, STEP_BEATS, TARGETS, TIMING_HELP, TONES, TREMOR_FILTER,
    ZONES,
)

PADS = 32
#: Notes of one player that sound, touches that wait for their time, loops that run.
NOTES, WAITS, LOOPS = 32, 32, 16
#: What a note is doing: none, under a finger, kept until the next touch, going to end by itself.
NONE, FINGER, KEPT, ENDING = range(4)
#: What a waiting touch is: for the beat; still to be meant (dwell); one string of a strum.
NO_WAIT, FOR_BEAT, FOR_DWELL, STRING = range(4)
NEVER = 1 << 62
_AXES = len(AXES)

ZONE = state(
    ("meaning", "i4"), ("first", "f4"), ("last", "f4"), ("channel", "i4"), ("low", "f4"), ("high", "f4"),
    ("size", "i4"), ("base", "f4"), ("pattern", "i4"), ("step_beats", "f4"), ("group", "i4"), ("latch", "i4"),
    ("absolute", "i4"),
    ("voiced", "f4", (TONES,)), ("voiced_count", "i4"),  # chord that was played last
    ("upward", "i4"),                                    # direction of the next strum
)

NOTE = state(
    ("doing", "i4"),               # NONE, FINGER, KEPT or ENDING
    ("zone", "i4"), ("channel", "i4"),
    ("control", "f4"), ("touch_channel", "i4"),  # what was touched
    ("key", "f4"), ("velocity", "f4"),
    ("wrong", "i4"),               # 1: the harmony has left it
    ("began", "i8"),
    ("shortest", "i8"),            # frame before which it does not end
    ("end", "i8"),                 # ENDING: when it ends
)

WAIT = state(
    ("kind", "i4"), ("zone", "i4"), ("control", "f4"), ("touch_channel", "i4"), ("velocity", "f4"),
    ("due", "i8"), ("since", "i8"), ("held", "i8"),  # frames; held: how long the touch lasted, -1: still there
    ("string", "i4"),
)

LOOP_STATE = state(
    ("kind", "i4"),                # 0 none, 1 pattern for ever, 2 pattern once, 3 the tune once, 4 arpeggio
    ("zone", "i4"), ("control", "f4"), ("touch_channel", "i4"), ("velocity", "f4"),
    ("began_beat", "f8"), ("at", "i4"), ("turn", "i8"),  # next note, and how often the pattern went round
)

HAND = state(
    ("zones", ZONE, (ZONES,)),
    ("pads", "f4", (PADS,)),
    ("axis_target", "i4", (_AXES,)), ("axis_amount", "f4", (_AXES,)), ("axis_now", "f4", (_AXES,)), ("axis_down", "i4"),
    ("pitch_help", "f4"), ("timing_help", "f4"), ("evening", "f4"), ("tremor_filter", "f4"), ("grid_beats", "f4"),
    ("guard_s", "f4"), ("dwell_s", "f4"), ("length_beats", "f4"), ("octave", "f4"), ("equal_voice", "f4"),
    ("ghost", "i4"), ("ghost_beat", "f8"),
    # what was learned of the person
    ("mean", "f4"), ("spread", "f4"), ("touches", "i4"),  # velocity [octaves], and how far it wanders
    ("own_frames", "f4"),          # usual time between two touches that were meant; 0: not known
    ("burst_frames", "f4"),        # time between the newest two touches of a burst of trembling; 0: there is none
    ("last_raw", "i8"), ("last_meant", "i8"), ("last_paused", "i8"),  # frames of touches: any, meant, meant after a pause
    ("last_control", "f4"), ("last_key", "f4"), ("last_channel", "i4"),
    ("ignored", "i8"),             # touches that help took for trembling or slips
    ("allowance", "f4"), ("allowance_frame", "i8"), ("thinned", "i8"),  # against floods
    # what goes on
    ("busy", "i4"),                # 1 while anything below moves by itself
    ("cursor", "i4"),              # next note of the tune
    ("notes", NOTE, (NOTES,)), ("waits", WAIT, (WAITS,)), ("loops", LOOP_STATE, (LOOPS,)),
)


@rt
def _zone_reset(zone):
    zone.meaning = 0
    zone.first = 0.0
    zone.last = -1.0  # covers nothing
    zone.channel = -1
    zone.low = 0.0
    zone.high = 127.0
    zone.size = 3
    zone.base = 60.0
    zone.pattern = 0
    zone.step_beats = 0.5
    zone.group = 0
    zone.latch = 0
    zone.absolute = 0
    zone.voiced_count = 0
    zone.upward = 1


@rt
def hand_clear(hand):
    """Forget the instrument: free keys, no axes.  Who plays, and how, is kept."""
    for z in range(ZONES):
        _zone_reset(hand.zones[z])
    hand.zones[0].last = FIRST_CONTROL + CONTROLS - 1
    for i in range(PADS):
        hand.pads[i] = 36.0 + i
    for a in range(_AXES):
        hand.axis_target[a] = NOTHING
        hand.axis_amount[a] = 1.0
        hand.axis_now[a] = 0.0
    hand.axis_down = 0
    hand.cursor = 0


@rt
def hand_reset(hand):
    """A new person with no help and free keys."""
    hand_clear(hand)
    hand.pitch_help = 0.0
    hand.timing_help = 0.0
    hand.evening = 0.0
    hand.tremor_filter = 0.0
    hand.grid_beats = 0.5
    hand.guard_s = 0.0
    hand.dwell_s = 0.0
    hand.length_beats = 0.0
    hand.octave = 0.0
    hand.equal_voice = 0.0
    hand.ghost = 0
    hand.mean = math.log2(0.6)
    hand.spread = 0.3
    hand.touches = 0
    hand.own_frames = 0.0
    hand.burst_frames = 0.0
    hand.last_raw = -NEVER
    hand.last_meant = -NEVER
    hand.last_paused = -NEVER
    hand.last_control = -1.0
    hand.last_key = 60.0
    hand.last_channel = 0
    hand.ignored = 0
    hand.allowance = 0.0
    hand.allowance_frame = -NEVER
    hand.thinned = 0
    hand.busy = 0
    for i in range(NOTES):
        hand.notes[i].doing = NONE
    for i in range(WAITS):
        hand.waits[i].kind = NO_WAIT
    for i in range(LOOPS):
        hand.loops[i].kind = 0


@rt
def _inside(value, low, high):
    return low <= value <= high


@rt
def _zone_set(zone, parameter, value):
    whole = int(value)
    if parameter == MEANING and _inside(whole, 0, len(MEANINGS) - 1):
        zone.meaning = whole
    elif parameter == FIRST and _inside(value, 0, FIRST_CONTROL + CONTROLS - 1):
        zone.first = value
    elif parameter == LAST and _inside(value, -1, FIRST_CONTROL + CONTROLS - 1):
        zone.last = value
    elif parameter == CHANNEL and _inside(whole, -1, 15):
        zone.channel = whole
    elif parameter == LOW and _inside(value, 0, 127):
        zone.low = value
    elif parameter == HIGH and _inside(value, 0, 127):
        zone.high = value
    elif parameter == SIZE and _inside(whole, 1, TONES):
        zone.size = whole
    elif parameter == BASE and _inside(value, 0, 127):
        zone.base = value
    elif parameter == PATTERN_SLOT and _inside(whole, 0, PATTERN_SLOTS - 1):
        zone.pattern = whole
    elif parameter == STEP_BEATS and _inside(value, 0.0625, 16):
        zone.step_beats = value
    elif parameter == GROUP and _inside(whole, 0, 4):
        zone.group = whole
    elif parameter == LATCH:
        zone.latch = 1 if value >= 0.5 else 0
    elif parameter == ABSOLUTE:
        zone.absolute = 1 if value >= 0.5 else 0
    else:
        return False
    return True


@rt
def hand_set(hand, parameter, number, value):
    """Set an ASSIST parameter (terms.py) other than CLEAR and GHOST; `number`: its zone, pad or axis.

    True when it meant something; what lies outside its range is refused.
    """
    if 0 <= parameter < PAD:
        return 0 <= number < ZONES and _zone_set(hand.zones[number], parameter, value)
    share = _inside(value, 0.0, 1.0)
    if parameter == PAD and _inside(number, 0, PADS - 1) and _inside(value, 0, 127):
        hand.pads[number] = value
    elif parameter == AXIS_TARGET and _inside(number, 0, _AXES - 1) and _inside(value, 0, len(TARGETS) - 1):
        hand.axis_target[number] = int(value)
    elif parameter == AXIS_AMOUNT and _inside(number, 0, _AXES - 1) and _inside(value, -1.0, 1.0):
        hand.axis_amount[number] = value
    elif parameter == PITCH_HELP and share:
        hand.pitch_help = value
    elif parameter == TIMING_HELP and share:
        hand.timing_help = value
    elif parameter == EVENING and share:
        hand.evening = value
    elif parameter == TREMOR_FILTER and share:
        hand.tremor_filter = value
    elif parameter == EQUAL_VOICE and share:
        hand.equal_voice = value
    elif parameter == GRID_BEATS and _inside(value, 0.0625, 4.0):
        hand.grid_beats = value
    elif parameter == GUARD_S and _inside(value, 0.0, 1.0):
        hand.guard_s = value
    elif parameter == DWELL_S and _inside(value, 0.0, 3.0):
        hand.dwell_s = value
    elif parameter == LENGTH_BEATS and _inside(value, 0.0, 16.0):
        hand.length_beats = value
    elif parameter == OCTAVE and _inside(value, -3.0, 3.0):
        hand.octave = math.floor(value + 0.5)
    else:
        return False
    return True


@rt
def pad_of_control(control):
    """Number of a pad.  On a keyboard it is that of a white key counted from C3, black keys as the white one below."""
    if control >= FIRST_CONTROL:
        return int(control) - FIRST_CONTROL
    octave = math.floor(control / 12.0)
    step = control - 12.0 * octave
    white = int(step / 2.0) if step < 5.0 else int((step + 1.0) / 2.0)
    return max(int(octave - 4.0) * 7 + white, 0)
