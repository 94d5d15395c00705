"""What runs by itself after a touch: loops, phrases, rounds and arpeggios."""
import math

from ..rt import GRID, rt
from ..rt.units import clamp
from .hand import LOOPS, pad_of_control
from .harmony import OCTAVE, harmony_degree, harmony_period, harmony_tone
from .sounding import beats_at, f8, frame_at, i8, melody_key, note_begin, zone_fold
from .terms import FIRST_CONTROL, PATTERN_SLOTS

#: A note of a pattern or arpeggio lasts this share of the time to the next.
GATE = 0.9
LONGEST_PATTERN_NOTE_BEATS = 4.0
#: A loop that was touched so late after its beat begins at once.
LATE_BEATS = 0.3
PATTERN, PATTERN_ONCE, MELODY_ONCE, ARP = 1, 2, 3, 4


@rt
def loop_begin(assist, hand, kind, z, control, touch_channel, velocity, frame):
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
    loop, beats, bar_beat = hand.loops[free], beats_at(assist, frame), assist.harmony.bar_beat
    loop.kind = kind
    loop.zone = z
    loop.control = control
    loop.touch_channel = touch_channel
    loop.velocity = velocity
    loop.at = 0
    loop.turn = 0
    loop.began_beat = beats
    if kind == PATTERN:
        # the nearest beat; what has passed of it is not made up for
        loop.began_beat = bar_beat + math.floor(beats - bar_beat + 0.5 - 1e-6)
    elif kind == MELODY_ONCE:
        meter = assist.harmony.meter_beats
        loop.began_beat = bar_beat + math.ceil((beats - bar_beat) / meter - 1e-6) * meter
    hand.busy = 1


@rt
def loop_run(assist, p, loop):
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
            key = melody_key(melody, i8(loop.at), zone, f8(hand.octave))
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
        frame = max(frame_at(assist, start), assist.frame)
        last_frame = frame + max(i8(GATE * length / assist.beats_per_frame), 1)
        if loop.kind == ARP:
            key = harmony_tone(assist.harmony, _arp_base(zone, hand, f8(loop.control)), i8(loop.at % zone.size))
            key = zone_fold(zone, key, OCTAVE)
            known = True
        elif not known:
            if not zone.absolute:
                key = harmony_degree(assist.harmony, f8(zone.base) + 12.0 * hand.octave, i8(key))
                key = zone_fold(zone, key, harmony_period(assist.harmony))
            elif not 0.0 <= key <= 127.0:
                key = 60.0
        if start >= assist.beats - LATE_BEATS:  # what was missed before stays missed
            note_begin(assist, hand, i8(loop.zone), f8(loop.control), i8(loop.touch_channel), key,
                       clamp(velocity, 0.01, 1.0), frame, last_frame)
        loop.at += 1
        if loop.kind == PATTERN or loop.kind == PATTERN_ONCE:
            if loop.at >= assist.patterns[_slot(zone, loop)].count:
                loop.at = 0
                loop.turn += 1


@rt
def _slot(zone, loop):
    """Pattern slot of the control that runs a loop."""
    return (zone.pattern + pad_of_control(f8(loop.control)) % zone.size) % PATTERN_SLOTS


@rt
def _arp_base(zone, hand, control):
    return f8(zone.base) + 12.0 * hand.octave if control >= FIRST_CONTROL else control
