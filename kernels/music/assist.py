"""Any touch becomes the right note: who plays what, decided at exact frames and by tables.

The engine tells what was touched (`assist_touch`, `assist_let_go`, `assist_move`) and lets time pass (`assist_advance`, once
a grid step for each player).  What should sound is put into `assist.out`; the engine plays it after each call.  Every
note that is put there as an ON gets its OFF, whatever happens in between.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp
from .feel import feel_correct, feel_flood, feel_meant, feel_strength, feel_strong, feel_wait
from .hand import (
    ENDING, FINGER, FOR_BEAT, FOR_DWELL, HAND, KEPT, LOOPS, NEVER, NO_WAIT, NONE, NOTES, PADS, STRING, WAITS, hand_clear,
    hand_reset, hand_set, pad_of_key,
)
from .harmony import (
    HARMONY_STATE, OCTAVE, fold, harmony_advance, harmony_degree, harmony_degree_near, harmony_has, harmony_lead,
    harmony_period, harmony_reset, harmony_snap, harmony_stack_chord, harmony_stack_degree, harmony_tone, harmony_voice,
)
from .terms import (
    ARPEGGIO, CHORD, CHORD_BUTTON, CLEAR, DRONE, FIRST_CONTROL, FREE, GHOST, LOOP, MAGIC, NEXT_CHORD, NEXT_NOTE,
    NOTHING, PADS as PADS_ZONE, PATTERN_SLOTS, PHRASE, ROUND, SCALE, SONG_CHORD, STRUM, TO_PLAY, TO_STRUM, ZONES,
)
from .tune import PATTERN_TABLE, TUNE_STATE, tune_reset

#: numba compiles a function anew for each combination of types, int32 and int64 apart: here all numbers are wide.
i8, f8 = np.int64, np.float64

PLAYERS = 16
#: Orders to the engine.
OFF, ON, CONTROL = range(3)
OUTS = 256
#: One string after the other [s]: a calm strum.
STRING_S = 0.02
#: Time that a note of a trembling hand is held over a gap.
BRIDGE_S = 0.28
#: A note of a pattern or arpeggio lasts this share of the time to the next.
GATE = 0.9
LONGEST_PATTERN_NOTE_BEATS = 4.0
#: A loop that was touched so late after its beat begins at once.
LATE_BEATS = 0.3
PATTERN, PATTERN_ONCE, MELODY_ONCE, ARP = 1, 2, 3, 4
#: People who share a tune take turns; who has waited so long may go on alone.
TURN_S = 4.0
#: An axis that plays: down above the first, up below the second.
PLAY_AT, REST_AT = 0.08, 0.04
GHOST_VELOCITY = 0.45

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
    ("moved", "i4"),               # 1: a hand moved the chords, everybody has to follow
    ("count", "i4"), ("out", ORDER, (OUTS,)),
)


@rt
def assist_reset(assist):
    """New people, default harmony, no tune."""
    for p in range(PLAYERS):
        hand_reset(assist.hands[p])
    harmony_reset(assist.harmony)
    tune_reset(assist.tune)
    for slot in range(PATTERN_SLOTS):
        assist.patterns[slot].count = 0
        assist.patterns[slot].length_beats = 4.0
    assist_rewind(assist)
    assist.count = 0
    assist.moved = 0


@rt
def assist_begin(assist, frame, beats, tempo_bpm, sample_rate):
    """A grid step begins; True when the chord or scale changes in it."""
    assist.frame = frame
    assist.beats = beats
    assist.beats_per_frame = tempo_bpm / (60.0 * sample_rate)
    assist.sample_rate = sample_rate
    return harmony_advance(assist.harmony, beats + GRID * assist.beats_per_frame)


@rt
def assist_rewind(assist):
    """A new tune: everybody begins at its beginning."""
    for p in range(PLAYERS):
        assist.hands[p].cursor = 0
    for g in range(assist.cursors.shape[0]):
        assist.cursors[g] = 0
        assist.last_player[g] = -1
        assist.last_turn[g] = 0


@rt
def _beats_at(assist, frame):
    return assist.beats + (frame - assist.frame) * assist.beats_per_frame


@rt
def _frame_at(assist, beats):
    """First frame at or after `beats`."""
    return assist.frame + i8(math.ceil((beats - assist.beats) / assist.beats_per_frame - 1e-6))


# --- orders ---------------------------------------------------------------------------------------------------------
@rt
def _order(assist, kind, frame, channel, key, value):
    if assist.count < OUTS:
        order = assist.out[assist.count]
        order.kind = kind
        order.frame = min(max(frame, assist.frame), assist.frame + GRID - 1)
        order.channel = channel
        order.key = key
        order.value = value
        assist.count += 1


@rt
def _end(assist, note, frame):
    """The note ends now."""
    _order(assist, i8(OFF), max(frame, note.began), i8(note.channel), f8(note.key), 0.0)
    note.doing = NONE


@rt
def _let_end(assist, hand, note, frame):
    """The note ends as soon as it may."""
    if note.shortest > frame:
        note.doing = ENDING
        note.end = note.shortest
        hand.busy = 1
    else:
        _end(assist, note, frame)


@rt
def _sound(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame):
    """Begin a note; `last_frame` NEVER: it lasts as long as the touch.  Its own shortest length counts from `frame`."""
    if assist.count > OUTS - 2 * NOTES:  # too much for one moment: there has to be room for the end of all that sounds
        return
    zone, free, oldest = hand.zones[z], -1, 0
    key = f8(np.float32(clamp(key, 0.0, 127.0)))  # as it is remembered
    channel = i8(zone.channel) if zone.channel >= 0 else touch_channel
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing != NONE and note.channel == channel and note.key == key:
            _end(assist, note, frame)  # struck again
        if note.doing == NONE:
            free = i if free < 0 else free
        elif note.shortest < hand.notes[oldest].shortest:
            oldest = i
    if free < 0:
        _end(assist, hand.notes[oldest], frame)
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
    _order(assist, i8(ON), frame, channel, key, velocity)
    hand.last_key = key
    hand.last_channel = channel
    if last_frame != NEVER:
        note.doing = ENDING
        note.end = max(last_frame, note.shortest)
        hand.busy = 1


# --- what a touch means ---------------------------------------------------------------------------------------------
@rt
def _fold(zone, key, period):
    return fold(f8(key), f8(zone.low), f8(zone.high), period)


@rt
def _snap(assist, zone, key, strong):
    return harmony_snap(assist.harmony, i8(zone.meaning), f8(key), f8(zone.low), f8(zone.high), strong)


@rt
def _pitch(assist, hand, z, control, frame):
    """Key that a touch of a zone of single notes sounds."""
    zone, harmony = hand.zones[z], assist.harmony
    beats, meaning = _beats_at(assist, frame), zone.meaning
    strong = feel_strong(beats)
    lift = 12.0 * f8(hand.octave)
    if control >= FIRST_CONTROL:
        steps = i8(control) - FIRST_CONTROL
        if meaning == CHORD:
            return _fold(zone, harmony_tone(harmony, f8(zone.base) + lift, steps), OCTAVE)
        key = harmony_degree(harmony, f8(zone.base) + lift, steps)
        return _snap(assist, zone, key, strong) if meaning == MAGIC else _fold(zone, key, harmony_period(harmony))
    key = _fold(zone, control + lift, OCTAVE)
    return _snap(assist, zone, key, strong) if feel_correct(hand, beats, harmony.meter_beats) else key


@rt
def _voice(assist, zone, count, lift, period):
    zone.voiced_count = harmony_voice(assist.harmony, count, i8(zone.size), f8(zone.low) + lift, f8(zone.high) + lift,
                                      period, zone.voiced, i8(zone.voiced_count))
    return i8(zone.voiced_count)


@rt
def _drone_base(assist, hand, zone):
    """Lowest note of a drone: the tonic at or below the zone's base."""
    tonic = f8(assist.harmony.tonic)
    root = tonic + 12.0 * math.floor((f8(zone.base) + 12.0 * f8(hand.octave)) / 12.0)
    return harmony_snap(assist.harmony, i8(SCALE), root, 0.0, 127.0, True)


@rt
def _play_chord(assist, hand, z, control, touch_channel, velocity, frame, last_frame):
    """Notes of a zone that answers with several: voice it anew and begin them all."""
    zone, harmony, lift = hand.zones[z], assist.harmony, 12.0 * f8(hand.octave)
    if zone.meaning == DRONE:
        base = _drone_base(assist, hand, zone)
        for n in range(zone.size):  # tonic and fifth, over and over
            zone.voiced[n] = harmony_snap(harmony, i8(SCALE), base + 12.0 * (n // 2) + 7.0 * (n % 2), 0.0, 127.0, True)
        count = i8(zone.size)
        zone.voiced_count = count
    elif zone.meaning == CHORD_BUTTON:
        degree = i8(control) - FIRST_CONTROL if control >= FIRST_CONTROL else harmony_degree_near(harmony, control)
        count = _voice(assist, zone, harmony_stack_degree(harmony, degree, i8(zone.size)), lift, harmony_period(harmony))
    else:
        count = _voice(assist, zone, harmony_stack_chord(harmony, i8(zone.size)), lift, OCTAVE)
    for n in range(count):
        _sound(assist, hand, z, control, touch_channel, f8(zone.voiced[n]), velocity, frame, last_frame)


@rt
def _next_note(assist, p, z, control, touch_channel, velocity, frame, last_frame):
    """The next note of the tune; how long it is [beats], 0 when there is none."""
    hand, melody = assist.hands[p], assist.tune.melodies[assist.tune.playing]
    zone = hand.zones[z]
    if melody.count == 0:  # no tune yet: up and down the chord
        key = _fold(zone, harmony_tone(assist.harmony, f8(zone.base) + 12.0 * hand.octave, i8(hand.cursor)), OCTAVE)
        hand.cursor = (hand.cursor + 1) % 4
        _sound(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
        return 1.0
    group = zone.group
    if group > 0:
        waited = (frame - assist.last_turn[group]) / assist.sample_rate
        if assist.last_player[group] == p and waited < TURN_S and assist.last_turn[group] > 0 and _others(assist, p, group):
            return 0.0
        assist.last_player[group] = p
        assist.last_turn[group] = frame
    at = (assist.cursors[group] if group > 0 else hand.cursor) % melody.count
    middle = (zone.low + zone.high - melody.lowest - melody.highest) / 24.0
    key = fold(f8(melody.key[at]) + 12.0 * (math.floor(middle + 0.5) + hand.octave), 0.0, 127.0, OCTAVE)
    if group > 0:
        assist.cursors[group] = (at + 1) % melody.count
    else:
        hand.cursor = (at + 1) % melody.count
    _sound(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
    following = melody.start_beats[at + 1] if at + 1 < melody.count else melody.length_beats
    return following - melody.start_beats[at]


@rt
def _others(assist, p, group):
    """True when somebody else shares the tune of `group`, too."""
    for other in range(PLAYERS):
        hand = assist.hands[other]
        if other != p and hand.touches > 0:
            for z in range(ZONES):
                zone = hand.zones[z]
                if zone.group == group and zone.meaning == NEXT_NOTE and zone.last >= zone.first:
                    return True
    return False


@rt
def _wait(hand, kind, z, control, touch_channel, velocity, due, since, string):
    """Remember a touch for later; one too many is forgotten."""
    for i in range(WAITS):
        wait = hand.waits[i]
        if wait.kind == NO_WAIT:
            wait.kind = kind
            wait.zone = z
            wait.control = control
            wait.touch_channel = touch_channel
            wait.velocity = velocity
            wait.due = due
            wait.since = since
            wait.held = -1
            wait.string = string
            hand.busy = 1
            return


@rt
def _strum(assist, hand, z, control, touch_channel, velocity, frame):
    """One string of a strum bar; a keyboard strums all of them, down and up in turn."""
    zone = hand.zones[z]
    if control >= FIRST_CONTROL:
        _pluck(assist, hand, z, control, touch_channel, velocity, frame, i8(control) - FIRST_CONTROL)
        return
    for n in range(zone.size):
        string = n if zone.upward else i8(zone.size) - 1 - n
        due = frame + i8(n * STRING_S * assist.sample_rate)
        if n == 0:
            _pluck(assist, hand, z, control, touch_channel, velocity, frame, string)
        else:
            _wait(hand, i8(STRING), z, control, touch_channel, velocity, due, frame, string)
    zone.upward = 1 - zone.upward


@rt
def _pluck(assist, hand, z, control, touch_channel, velocity, frame, string):
    zone = hand.zones[z]
    key = harmony_tone(assist.harmony, f8(zone.low) + 12.0 * hand.octave, string)
    _sound(assist, hand, z, control, touch_channel, fold(key, 0.0, 127.0, OCTAVE), velocity, frame, i8(NEVER))


@rt
def _loop(assist, hand, kind, z, control, touch_channel, velocity, frame):
    """Start a pattern, tune or arpeggio; the touch that finds it running stops it instead (not an arpeggio)."""
    free = -1
    for i in range(LOOPS):
        loop = hand.loops[i]
        if loop.kind != 0 and loop.zone == z and loop.control == control and loop.touch_channel == touch_channel:
            loop.kind = 0
            if kind == PATTERN or kind == MELODY_ONCE:
                return
        if loop.kind == 0 and free < 0:
            free = i
    if free < 0:
        return
    loop, beats = hand.loops[free], _beats_at(assist, frame)
    loop.kind = kind
    loop.zone = z
    loop.control = control
    loop.touch_channel = touch_channel
    loop.velocity = velocity
    loop.at = 0
    loop.turn = 0
    loop.began_beat = beats
    if kind == PATTERN:
        loop.began_beat = math.floor(beats + 0.5 - 1e-6)  # the nearest beat; what has passed of it is not made up for
    elif kind == MELODY_ONCE:
        meter = assist.harmony.meter_beats
        loop.began_beat = math.ceil(beats / meter - 1e-6) * meter
    hand.busy = 1


@rt
def _speak(assist, p, z, control, touch_channel, velocity, frame, last_frame):
    """A touch takes effect at `frame`.  `last_frame`: when it ends by itself, NEVER: when it is let go."""
    hand = assist.hands[p]
    zone = hand.zones[z]
    meaning = zone.meaning
    if zone.latch and _unlatch(assist, hand, z, control, touch_channel, frame):
        return
    if meaning == NEXT_NOTE:
        _next_note(assist, p, z, control, touch_channel, velocity, frame, last_frame)
    elif meaning == STRUM:
        _strum(assist, hand, z, control, touch_channel, velocity, frame)
    elif meaning == PADS_ZONE:
        number = i8(control) - FIRST_CONTROL if control >= FIRST_CONTROL else pad_of_key(control)
        _sound(assist, hand, z, control, touch_channel, f8(hand.pads[number % PADS]), velocity, frame, last_frame)
    elif meaning == LOOP:
        _loop(assist, hand, i8(PATTERN), z, control, touch_channel, velocity, frame)
    elif meaning == PHRASE:
        _loop(assist, hand, i8(PATTERN_ONCE), z, control, touch_channel, velocity, frame)
    elif meaning == ROUND:
        _loop(assist, hand, i8(MELODY_ONCE), z, control, touch_channel, velocity, frame)
    elif meaning == ARPEGGIO:
        _loop(assist, hand, i8(ARP), z, control, touch_channel, velocity, frame)
    elif meaning == CHORD_BUTTON or meaning == SONG_CHORD or meaning == NEXT_CHORD or meaning == DRONE:
        if meaning == NEXT_CHORD and not hand.ghost and harmony_lead(assist.harmony, _beats_at(assist, frame) + 1e-6):
            assist.moved = 1
        _play_chord(assist, hand, z, control, touch_channel, velocity, frame, last_frame)
    else:
        key = _pitch(assist, hand, z, control, frame)
        _sound(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
    if zone.latch:
        _keep(hand, z)


@rt
def _unlatch(assist, hand, z, control, touch_channel, frame):
    """End what the zone keeps; True when it was this control's own and the touch meant no more than that."""
    mine = False
    meaning = hand.zones[z].meaning
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing == KEPT and note.zone == z:
            mine = mine or (note.control == control and note.touch_channel == touch_channel)
            _let_end(assist, hand, note, frame)
    for i in range(LOOPS):
        loop = hand.loops[i]
        if loop.kind == ARP and loop.zone == z:
            mine = mine or (loop.control == control and loop.touch_channel == touch_channel)
            loop.kind = 0
    return mine and meaning != NEXT_NOTE and meaning != NEXT_CHORD


# --- touches --------------------------------------------------------------------------------------------------------
@rt
def _zone_of(hand, control):
    for z in range(ZONES):
        if hand.zones[z].first <= control <= hand.zones[z].last:
            return z
    return -1


@rt
def assist_touch(assist, p, touch_channel, control, velocity, frame):
    """Player p touches a control."""
    hand, rate, velocity = assist.hands[p], assist.sample_rate, f8(velocity)
    z = _zone_of(hand, control)
    if z < 0 or not velocity > 0.0 or feel_flood(hand, frame, rate):
        return
    if not feel_meant(hand, control, frame, 1.0 / assist.beats_per_frame, rate):
        for i in range(NOTES):  # the hand trembles: its note goes on
            note = hand.notes[i]
            if note.doing == ENDING and note.control == control and note.touch_channel == touch_channel and \
                    hand.tremor_filter > 0.0 and hand.zones[note.zone].meaning < PADS_ZONE:
                note.doing = FINGER
        return
    _lift(assist, hand, control, touch_channel, frame, i8(0))  # a second touch without a let-go
    velocity = feel_strength(hand, velocity)
    if hand.dwell_s > 0.0:
        _wait(hand, i8(FOR_DWELL), z, control, touch_channel, velocity, frame + i8(hand.dwell_s * rate), frame, i8(0))
        return
    _in_time(assist, p, z, control, touch_channel, velocity, frame)


@rt
def _in_time(assist, p, z, control, touch_channel, velocity, frame):
    """The touch is meant: it sounds now, or on the beat it was too early for."""
    hand, beats = assist.hands[p], _beats_at(assist, frame)
    early = feel_wait(hand, beats)
    if early > 0.0:
        due = _frame_at(assist, beats + early)
        if due > frame:
            _wait(hand, i8(FOR_BEAT), z, control, touch_channel, velocity, due, frame, i8(0))
            return
    _speak(assist, p, z, control, touch_channel, velocity, frame, i8(NEVER))


@rt
def _lift(assist, hand, control, touch_channel, frame, bridge_frames):
    """The control is up: its notes end, arpeggios stop, and what still waits is told how long it was down."""
    for i in range(WAITS):
        wait = hand.waits[i]
        if wait.control == control and wait.touch_channel == touch_channel and wait.held < 0:
            if wait.kind == FOR_DWELL:
                wait.kind = NO_WAIT
            elif wait.kind == FOR_BEAT or wait.kind == STRING:
                wait.held = frame - wait.since
    for i in range(LOOPS):
        loop = hand.loops[i]
        if loop.kind == ARP and loop.control == control and loop.touch_channel == touch_channel and \
                not hand.zones[loop.zone].latch:
            loop.kind = 0
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing == FINGER and note.control == control and note.touch_channel == touch_channel:
            note.shortest = max(note.shortest, frame + bridge_frames)
            _let_end(assist, hand, note, frame)


@rt
def assist_let_go(assist, p, touch_channel, control, frame):
    """Player p lets go of a control."""
    hand = assist.hands[p]
    _lift(assist, hand, control, touch_channel, frame, i8(hand.tremor_filter * BRIDGE_S * assist.sample_rate))


@rt
def assist_move(assist, p, axis, value, frame):
    """Player p moves an axis to `value` 0 .. 1; True when that axis exists."""
    hand = assist.hands[p]
    if not 0 <= axis < hand.axis_now.shape[0]:
        return False
    target, before, value = hand.axis_target[axis], f8(hand.axis_now[axis]), clamp(value, 0.0, 1.0)
    hand.axis_now[axis] = value
    if target == TO_STRUM:
        for z in range(ZONES):
            zone = hand.zones[z]
            if zone.meaning == STRUM and zone.last >= zone.first:
                size = zone.size
                for n in range(size):
                    place = (n + 0.5) / size
                    if min(before, value) < place <= max(before, value) and not feel_flood(hand, frame, assist.sample_rate):
                        speed = clamp(4.0 * abs(value - before), 0.3, 0.9)
                        _pluck(assist, hand, i8(z), f8(FIRST_CONTROL + n), i8(0), f8(speed), frame, i8(n))
                        _lift(assist, hand, f8(FIRST_CONTROL + n), i8(0), frame, i8(assist.sample_rate))
                return True
    elif target == TO_PLAY:
        if not hand.axis_down and value >= PLAY_AT:
            hand.axis_down = 1
            assist_touch(assist, p, i8(0), f8(FIRST_CONTROL), max(value, 0.3), frame)
        elif hand.axis_down and value < REST_AT:
            hand.axis_down = 0
            assist_let_go(assist, p, i8(0), f8(FIRST_CONTROL), frame)
    elif target != NOTHING:
        amount = hand.axis_amount[axis]
        reached = value * amount if amount >= 0.0 else 1.0 + value * amount
        _order(assist, i8(CONTROL), frame, i8(hand.last_channel), f8(target), reached)
        for z in range(ZONES):
            zone = hand.zones[z]
            if zone.last >= zone.first and zone.channel >= 0 and zone.channel != hand.last_channel:
                _order(assist, i8(CONTROL), frame, i8(zone.channel), f8(target), reached)
    return True


# --- time -----------------------------------------------------------------------------------------------------------
@rt
def assist_advance(assist, p):
    """Let a grid step pass for player p: what waited, runs or ends by itself."""
    hand = assist.hands[p]
    if hand.busy == 0:
        return
    busy, stop = 0, assist.frame + GRID
    for _ in range(WAITS):  # in order of their frames
        first = -1
        for i in range(WAITS):
            wait = hand.waits[i]
            if wait.kind != NO_WAIT and wait.due < stop and (first < 0 or wait.due < hand.waits[first].due):
                first = i
        if first < 0:
            break
        _wake(assist, p, hand.waits[first])
    for i in range(WAITS):
        if hand.waits[i].kind != NO_WAIT:
            busy = 1
    for i in range(LOOPS):
        if hand.loops[i].kind != 0:
            _run(assist, p, hand.loops[i])
            busy = 1
    if hand.ghost:
        busy = 1
        _haunt(assist, p)
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing == ENDING:
            if note.end < stop:
                _end(assist, note, max(note.end, assist.frame))
            else:
                busy = 1
    hand.busy = busy


@rt
def _wake(assist, p, wait):
    """The time of a waiting touch has come."""
    hand, kind, frame = assist.hands[p], wait.kind, max(wait.due, assist.frame)
    z, control, channel, velocity = i8(wait.zone), f8(wait.control), i8(wait.touch_channel), f8(wait.velocity)
    wait.kind = NO_WAIT
    last_frame = i8(NEVER) if wait.held < 0 else frame + max(wait.held, 1)
    if kind == FOR_DWELL:
        _in_time(assist, p, z, control, channel, velocity, frame)
    elif kind == FOR_BEAT:
        _speak(assist, p, z, control, channel, velocity, frame, last_frame)
    else:
        _pluck(assist, hand, z, control, channel, velocity, frame, i8(wait.string))
        if wait.held >= 0:
            _lift(assist, hand, control, channel, frame, wait.held)


@rt
def _run(assist, p, loop):
    """Notes of a running pattern, tune or arpeggio that fall into this step."""
    hand = assist.hands[p]
    zone, end = hand.zones[loop.zone], assist.beats + GRID * assist.beats_per_frame - 1e-9
    for _ in range(16):  # more than any pattern has in a third of a millisecond
        start, length, key, velocity, known = 0.0, 1.0, 0.0, f8(loop.velocity), False
        if loop.kind == ARP:
            start = loop.began_beat if loop.at == 0 else (
                math.floor(loop.began_beat / zone.step_beats + 0.4) + loop.at) * zone.step_beats
            length = zone.step_beats
        elif loop.kind == MELODY_ONCE:
            melody = assist.tune.melodies[assist.tune.playing]
            if loop.at >= melody.count:
                loop.kind = 0
                return
            start, length, known = loop.began_beat + melody.start_beats[loop.at], f8(melody.beats[loop.at]), True
            middle = (zone.low + zone.high - melody.lowest - melody.highest) / 24.0
            key = fold(f8(melody.key[loop.at]) + 12.0 * (math.floor(middle + 0.5) + hand.octave), 0.0, 127.0, OCTAVE)
        else:
            pattern = assist.patterns[_slot(zone, loop)]
            if pattern.count == 0 or (loop.kind == PATTERN_ONCE and loop.turn > 0):
                loop.kind = 0
                return
            at = min(loop.at, pattern.count - 1)
            start = loop.began_beat + loop.turn * pattern.length_beats + pattern.start_beats[at]
            following = pattern.start_beats[at + 1] if at + 1 < pattern.count else pattern.length_beats
            length = min(f8(following - pattern.start_beats[at]), LONGEST_PATTERN_NOTE_BEATS)
            key = f8(pattern.key[at])
            velocity *= pattern.velocity[at]
        if start >= end:
            return
        frame = max(_frame_at(assist, start), assist.frame)
        last_frame = frame + max(i8(GATE * length / assist.beats_per_frame), 1)
        if loop.kind == ARP:
            key = harmony_tone(assist.harmony, _arp_base(zone, hand, f8(loop.control)), i8(loop.at % zone.size))
            key = _fold(zone, key, OCTAVE)
            known = True
        elif not known:
            if not zone.absolute:
                key = harmony_degree(assist.harmony, f8(zone.base) + 12.0 * hand.octave, i8(key))
                key = _fold(zone, key, harmony_period(assist.harmony))
            elif not 0.0 <= key <= 127.0:
                key = 60.0
        if start >= assist.beats - LATE_BEATS:  # what was missed before stays missed
            _sound(assist, hand, i8(loop.zone), f8(loop.control), i8(loop.touch_channel), key,
                   clamp(velocity, 0.01, 1.0), frame, last_frame)
        loop.at += 1
        if loop.kind == PATTERN or loop.kind == PATTERN_ONCE:
            if loop.at >= assist.patterns[_slot(zone, loop)].count:
                loop.at = 0
                loop.turn += 1


@rt
def _slot(zone, loop):
    """Pattern slot of the control that runs a loop."""
    control = f8(loop.control)
    pad = i8(control) - FIRST_CONTROL if control >= FIRST_CONTROL else pad_of_key(control)
    return (zone.pattern + pad % zone.size) % PATTERN_SLOTS


@rt
def _arp_base(zone, hand, control):
    return f8(zone.base) + 12.0 * hand.octave if control >= FIRST_CONTROL else control


@rt
def _haunt(assist, p):
    """The ghost of a player who was unplugged keeps the part going, softly."""
    hand = assist.hands[p]
    if assist.beats + GRID * assist.beats_per_frame <= hand.ghost_beat:
        return
    frame = max(_frame_at(assist, hand.ghost_beat), assist.frame)
    z = max(_zone_of(hand, f8(hand.last_control)), 0)
    meaning, beats = hand.zones[z].meaning, 1.0
    control = f8(hand.last_control if hand.last_control >= 0.0 else hand.zones[z].first)
    last_frame = frame + i8(GATE / assist.beats_per_frame)
    if meaning == NEXT_NOTE:
        beats = max(_next_note(assist, i8(p), i8(z), control, i8(0), GHOST_VELOCITY, frame, last_frame), 0.125)
    elif meaning != LOOP and meaning != PHRASE and meaning != ROUND and meaning != ARPEGGIO and meaning != STRUM:
        _speak(assist, i8(p), i8(z), control, i8(0), GHOST_VELOCITY, frame, last_frame)
    hand.ghost_beat += beats


@rt
def _wrong(assist, hand, note):
    """True when the present chord or scale makes a sounding note wrong."""
    zone, harmony = hand.zones[note.zone], assist.harmony
    meaning = zone.meaning
    if meaning == PADS_ZONE or meaning == ROUND or (zone.absolute and (meaning == LOOP or meaning == PHRASE)):
        return False
    if meaning == NEXT_NOTE and assist.tune.melodies[assist.tune.playing].count > 0:
        return False
    if meaning <= MAGIC and note.control < FIRST_CONTROL and hand.pitch_help < 1.0:
        return False
    if meaning == DRONE and f8(zone.voiced[0]) != f8(np.float32(_drone_base(assist, hand, zone))):
        return True
    kind = MAGIC
    if meaning == FREE or meaning == SCALE or meaning == DRONE or meaning == LOOP or meaning == PHRASE:
        kind = SCALE
    elif meaning != MAGIC and meaning != CHORD_BUTTON:
        kind = CHORD
    return not harmony_has(harmony, kind, note.key)


@rt
def assist_follow(assist, p):
    """The chord or scale has changed: what player p sounds and is wrong now ends; what is held goes on right."""
    hand, frame = assist.hands[p], assist.frame
    for i in range(NOTES):
        note = hand.notes[i]
        note.wrong = 1 if note.doing != NONE and _wrong(assist, hand, note) else 0
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing == NONE or not note.wrong:
            continue
        doing, z, control, channel = note.doing, i8(note.zone), f8(note.control), i8(note.touch_channel)
        velocity, key = f8(note.velocity), f8(note.key)
        zone = hand.zones[z]
        meaning = zone.meaning
        _end(assist, note, frame)
        if doing == ENDING or meaning == STRUM or meaning == NEXT_NOTE:
            continue
        if meaning == CHORD_BUTTON or meaning == SONG_CHORD or meaning == NEXT_CHORD or meaning == DRONE:
            for j in range(NOTES):  # the whole chord moves
                other = hand.notes[j]
                if other.doing == doing and other.zone == z and other.control == control and other.touch_channel == channel:
                    _end(assist, other, frame)
            _play_chord(assist, hand, z, control, channel, velocity, frame, i8(NEVER))
        else:
            _sound(assist, hand, z, control, channel, _snap(assist, zone, key, True), velocity, frame, i8(NEVER))
        if doing == KEPT:
            _keep(hand, z)


@rt
def _keep(hand, z):
    for i in range(NOTES):
        if hand.notes[i].doing == FINGER and hand.notes[i].zone == z:
            hand.notes[i].doing = KEPT


# --- settings -------------------------------------------------------------------------------------------------------
@rt
def assist_let_all_go(assist, p):
    """Everything player p holds, keeps or waits for ends."""
    hand = assist.hands[p]
    for i in range(NOTES):
        if hand.notes[i].doing != NONE:
            _end(assist, hand.notes[i], assist.frame)
    for i in range(WAITS):
        hand.waits[i].kind = NO_WAIT
    for i in range(LOOPS):
        hand.loops[i].kind = 0
    hand.axis_down = 0


@rt
def assist_set(assist, p, parameter, number, value):
    """ASSIST event; True when it meant something."""
    hand = assist.hands[p]
    if parameter == CLEAR:
        assist_let_all_go(assist, p)
        hand_clear(hand)
        return True
    if parameter == GHOST:
        hand.ghost = 1 if value >= 0.5 else 0
        hand.ghost_beat = math.ceil(assist.beats + GRID * assist.beats_per_frame)
        hand.busy = 1
        if not hand.ghost:
            assist_let_all_go(assist, p)
        return True
    return hand_set(hand, parameter, number, value)
