"""Any touch becomes the right note: who plays what, decided at exact frames and by tables.

The engine tells what was touched (`assist_touch`, `assist_let_go`, `assist_move`) and lets time pass (`assist_advance`, once
a grid step for each player).  What should sound is put into `assist.out`; the engine plays it after each call.  Every
note that is put there as an ON gets its OFF, whatever happens in between.
"""
import math

import numpy as np

from ..rt import GRID, rt
from ..rt.units import clamp
from .answers import answer, answer_chord, answer_next_note, answer_string, drone_base, wait_for
from .feel import feel_flood, feel_meant, feel_strength, feel_wait
from .hand import (
    ENDING, FINGER, FOR_BEAT, FOR_DWELL, KEPT, LOOPS, NEVER, NO_WAIT, NONE, NOTES, STRING, WAITS, hand_clear, hand_reset,
    hand_set,
)
from .harmony import harmony_advance, harmony_has, harmony_reset
from .loops import ARP, GATE, loop_run
from .sounding import (
    CONTROL, PLAYERS, beats_at, f8, frame_at, i8, note_begin, note_end, note_let_end, notes_keep, order, zone_snap,
)
from .terms import (
    ARPEGGIO, CHORD, CHORD_BUTTON, CLEAR, DRONE, FIRST_CONTROL, FREE, GHOST, LOOP, MAGIC, NEXT_CHORD, NEXT_NOTE, NOTHING,
    PADS as PADS_ZONE, PATTERN_SLOTS, PHRASE, ROUND, SCALE, SONG_CHORD, STRUM, TO_PLAY, TO_STRUM, ZONES,
)
from .tune import tune_reset

#: Time that a note of a trembling hand is held over a gap.
BRIDGE_S = 0.28
#: An axis that plays: down above the first, up below the second.
PLAY_AT, REST_AT = 0.08, 0.04
GHOST_VELOCITY = 0.45


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
    assist.awake = 0


@rt
def assist_begin(assist, frame, beats, beats_per_frame, sample_rate):
    """A grid step begins; True when the chord or scale changes in it."""
    assist.frame = frame
    assist.beats = beats
    assist.beats_per_frame = beats_per_frame
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


# --- touches -----------------------------------------------------------------------------------------------------------
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
        wait_for(hand, i8(FOR_DWELL), z, control, touch_channel, velocity, frame + i8(hand.dwell_s * rate), frame, i8(0))
        return
    _in_time(assist, p, z, control, touch_channel, velocity, frame)


@rt
def _in_time(assist, p, z, control, touch_channel, velocity, frame):
    """The touch is meant: it sounds now, or on the beat it was too early for."""
    hand, beats = assist.hands[p], beats_at(assist, frame)
    early = feel_wait(hand, beats - assist.harmony.bar_beat)
    if early > 0.0:
        due = frame_at(assist, beats + early)
        if due > frame:
            wait_for(hand, i8(FOR_BEAT), z, control, touch_channel, velocity, due, frame, i8(0))
            return
    answer(assist, p, z, control, touch_channel, velocity, frame, i8(NEVER))


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
            note_let_end(assist, hand, note, frame)


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
                        answer_string(assist, hand, i8(z), f8(FIRST_CONTROL + n), i8(0), f8(speed), frame, i8(n))
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
        order(assist, i8(CONTROL), frame, i8(hand.last_channel), f8(target), reached)
        for z in range(ZONES):
            zone = hand.zones[z]
            if zone.last >= zone.first and zone.channel >= 0 and zone.channel != hand.last_channel:
                order(assist, i8(CONTROL), frame, i8(zone.channel), f8(target), reached)
    return True


# --- time --------------------------------------------------------------------------------------------------------------
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
            loop_run(assist, p, hand.loops[i])
            busy = 1
    if hand.ghost:
        busy = 1
        _haunt(assist, p)
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing == ENDING:
            if note.end < stop:
                note_end(assist, note, max(note.end, assist.frame))
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
        answer(assist, p, z, control, channel, velocity, frame, last_frame)
    else:
        answer_string(assist, hand, z, control, channel, velocity, frame, i8(wait.string))
        if wait.held >= 0:
            _lift(assist, hand, control, channel, frame, wait.held)


@rt
def _haunt(assist, p):
    """The ghost of a player who was unplugged keeps the part going, softly."""
    hand = assist.hands[p]
    if assist.beats + GRID * assist.beats_per_frame <= hand.ghost_beat:
        return
    frame = max(frame_at(assist, hand.ghost_beat), assist.frame)
    z = max(_zone_of(hand, f8(hand.last_control)), 0)
    meaning, beats = hand.zones[z].meaning, 1.0
    control = f8(hand.last_control if hand.last_control >= 0.0 else hand.zones[z].first)
    last_frame = frame + i8(GATE / assist.beats_per_frame)
    if meaning == NEXT_NOTE:
        beats = max(answer_next_note(assist, i8(p), i8(z), control, i8(0), GHOST_VELOCITY, frame, last_frame), 0.125)
    elif meaning != LOOP and meaning != PHRASE and meaning != ROUND and meaning != ARPEGGIO and meaning != STRUM:
        answer(assist, i8(p), i8(z), control, i8(0), GHOST_VELOCITY, frame, last_frame)
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
    if meaning == DRONE and f8(zone.voiced[0]) != f8(np.float32(drone_base(assist, hand, zone))):
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
        note_end(assist, note, frame)
        if doing == ENDING or meaning == STRUM or meaning == NEXT_NOTE:
            continue
        if meaning == CHORD_BUTTON or meaning == SONG_CHORD or meaning == NEXT_CHORD or meaning == DRONE:
            for j in range(NOTES):  # the whole chord moves
                other = hand.notes[j]
                if other.doing == doing and other.zone == z and other.control == control and other.touch_channel == channel:
                    note_end(assist, other, frame)
            answer_chord(assist, hand, z, control, channel, velocity, frame, i8(NEVER))
        else:
            note_begin(assist, hand, z, control, channel, zone_snap(assist, zone, key, True), velocity, frame, i8(NEVER))
        if doing == KEPT:
            notes_keep(hand, z)


# --- settings ----------------------------------------------------------------------------------------------------------
@rt
def assist_let_all_go(assist, p):
    """Everything player p holds, keeps or waits for ends."""
    hand = assist.hands[p]
    for i in range(NOTES):
        if hand.notes[i].doing != NONE:
            note_end(assist, hand.notes[i], assist.frame)
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
