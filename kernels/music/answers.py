"""What a touch means: one answer for each of MEANINGS."""
import math

from ..rt import rt
from .feel import feel_correct, feel_strong
from .hand import KEPT, LOOPS, NEVER, NO_WAIT, NOTES, PADS, STRING, WAITS, pad_of_control
from .harmony import (
    OCTAVE, fold, harmony_degree, harmony_degree_near, harmony_lead, harmony_period, harmony_snap, harmony_stack_chord,
    harmony_stack_degree, harmony_tone, harmony_voice,
)
from .loops import ARP, MELODY_ONCE, PATTERN, PATTERN_ONCE, loop_begin
from .sounding import PLAYERS, beats_at, f8, i8, melody_key, note_begin, note_let_end, notes_keep, zone_fold, zone_snap
from .terms import (
    ARPEGGIO, CHORD, CHORD_BUTTON, DRONE, FIRST_CONTROL, LOOP, MAGIC, NEXT_CHORD, NEXT_NOTE, PADS as PADS_ZONE, PHRASE, ROUND,
    SCALE, SONG_CHORD, STRUM, ZONES,
)

#: One string after the other [s]: a calm strum.
STRING_S = 0.02
#: People who share a tune take turns; who has waited so long may go on alone.
TURN_S = 4.0


@rt
def _pitch(assist, hand, z, control, frame):
    """Key that a touch of a zone of single notes sounds."""
    zone, harmony = hand.zones[z], assist.harmony
    beats, meaning = beats_at(assist, frame) - assist.harmony.bar_beat, zone.meaning
    strong = feel_strong(beats)
    lift = 12.0 * f8(hand.octave)
    if control >= FIRST_CONTROL:
        steps = i8(control) - FIRST_CONTROL
        if meaning == CHORD:
            return zone_fold(zone, harmony_tone(harmony, f8(zone.base) + lift, steps), OCTAVE)
        key = harmony_degree(harmony, f8(zone.base) + lift, steps)
        return zone_snap(assist, zone, key, strong) if meaning == MAGIC else zone_fold(zone, key, harmony_period(harmony))
    key = zone_fold(zone, control + lift, OCTAVE)
    return zone_snap(assist, zone, key, strong) if feel_correct(hand, beats, harmony.meter_beats) else key


@rt
def _voice(assist, zone, count, lift, period):
    zone.voiced_count = harmony_voice(assist.harmony, count, i8(zone.size), f8(zone.low) + lift, f8(zone.high) + lift,
                                      period, zone.voiced, i8(zone.voiced_count))
    return i8(zone.voiced_count)


@rt
def drone_base(assist, hand, zone):
    """Lowest note of a drone: the tonic at or below the zone's base."""
    tonic = f8(assist.harmony.tonic)
    root = tonic + 12.0 * math.floor((f8(zone.base) + 12.0 * f8(hand.octave)) / 12.0)
    return harmony_snap(assist.harmony, i8(SCALE), root, 0.0, 127.0, True)


@rt
def answer_chord(assist, hand, z, control, touch_channel, velocity, frame, last_frame):
    """Notes of a zone that answers with several: voice it anew and begin them all."""
    zone, harmony, lift = hand.zones[z], assist.harmony, 12.0 * f8(hand.octave)
    if zone.meaning == DRONE:
        base = drone_base(assist, hand, zone)
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
        note_begin(assist, hand, z, control, touch_channel, f8(zone.voiced[n]), velocity, frame, last_frame)


@rt
def answer_next_note(assist, p, z, control, touch_channel, velocity, frame, last_frame):
    """The next note of the tune; how long it is [beats], 0 when there is none."""
    hand, melody = assist.hands[p], assist.tune.melodies[assist.tune.playing]
    zone = hand.zones[z]
    if melody.count == 0:  # no tune yet: up and down the chord
        key = zone_fold(zone, harmony_tone(assist.harmony, f8(zone.base) + 12.0 * hand.octave, i8(hand.cursor)), OCTAVE)
        hand.cursor = (hand.cursor + 1) % 4
        note_begin(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
        return 1.0
    group = zone.group
    if group > 0:
        waited = (frame - assist.last_turn[group]) / assist.sample_rate
        if assist.last_player[group] == p and waited < TURN_S and assist.last_turn[group] > 0 and _others(assist, p, group):
            return 0.0
        assist.last_player[group] = p
        assist.last_turn[group] = frame
    at = (assist.cursors[group] if group > 0 else hand.cursor) % melody.count
    key = melody_key(melody, i8(at), zone, f8(hand.octave))
    if group > 0:
        assist.cursors[group] = (at + 1) % melody.count
    else:
        hand.cursor = (at + 1) % melody.count
    note_begin(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
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
def wait_for(hand, kind, z, control, touch_channel, velocity, due, since, string):
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
        answer_string(assist, hand, z, control, touch_channel, velocity, frame, i8(control) - FIRST_CONTROL)
        return
    for n in range(zone.size):
        string = n if zone.upward else i8(zone.size) - 1 - n
        due = frame + i8(n * STRING_S * assist.sample_rate)
        if n == 0:
            answer_string(assist, hand, z, control, touch_channel, velocity, frame, string)
        else:
            wait_for(hand, i8(STRING), z, control, touch_channel, velocity, due, frame, string)
    zone.upward = 1 - zone.upward


@rt
def answer_string(assist, hand, z, control, touch_channel, velocity, frame, string):
    zone = hand.zones[z]
    key = harmony_tone(assist.harmony, f8(zone.low) + 12.0 * hand.octave, string)
    note_begin(assist, hand, z, control, touch_channel, fold(key, 0.0, 127.0, OCTAVE), velocity, frame, i8(NEVER))


@rt
def answer(assist, p, z, control, touch_channel, velocity, frame, last_frame):
    """A touch takes effect at `frame`.  `last_frame`: when it ends by itself, NEVER: when it is let go."""
    hand = assist.hands[p]
    zone = hand.zones[z]
    meaning = zone.meaning
    if zone.latch and _unlatch(assist, hand, z, control, touch_channel, frame):
        return
    if meaning == NEXT_NOTE:
        answer_next_note(assist, p, z, control, touch_channel, velocity, frame, last_frame)
    elif meaning == STRUM:
        _strum(assist, hand, z, control, touch_channel, velocity, frame)
    elif meaning == PADS_ZONE:
        key = f8(hand.pads[pad_of_control(control) % PADS])
        note_begin(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
    elif meaning == LOOP:
        loop_begin(assist, hand, i8(PATTERN), z, control, touch_channel, velocity, frame)
    elif meaning == PHRASE:
        loop_begin(assist, hand, i8(PATTERN_ONCE), z, control, touch_channel, velocity, frame)
    elif meaning == ROUND:
        loop_begin(assist, hand, i8(MELODY_ONCE), z, control, touch_channel, velocity, frame)
    elif meaning == ARPEGGIO:
        loop_begin(assist, hand, i8(ARP), z, control, touch_channel, velocity, frame)
    elif meaning == CHORD_BUTTON or meaning == SONG_CHORD or meaning == NEXT_CHORD or meaning == DRONE:
        if meaning == NEXT_CHORD and not hand.ghost and harmony_lead(assist.harmony, beats_at(assist, frame) + 1e-6):
            assist.moved = 1
        answer_chord(assist, hand, z, control, touch_channel, velocity, frame, last_frame)
    else:
        key = _pitch(assist, hand, z, control, frame)
        note_begin(assist, hand, z, control, touch_channel, key, velocity, frame, last_frame)
    if zone.latch:
        notes_keep(hand, z)


@rt
def _unlatch(assist, hand, z, control, touch_channel, frame):
    """End what the zone keeps; True when it was this control's own and the touch meant no more than that."""
    mine = False
    meaning = hand.zones[z].meaning
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing == KEPT and note.zone == z:
            mine = mine or (note.control == control and note.touch_channel == touch_channel)
            note_let_end(assist, hand, note, frame)
    for i in range(LOOPS):
        loop = hand.loops[i]
        if loop.kind == ARP and loop.zone == z:
            mine = mine or (loop.control == control and loop.touch_channel == touch_channel)
            loop.kind = 0
    return mine and meaning != NEXT_NOTE and meaning != NEXT_CHORD
