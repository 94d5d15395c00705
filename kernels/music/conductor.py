"""Who leads the beat: the printed tempo, the players through the follower, taps, or a ritardando.

The clock of the engine is `transport`.  The follower counts pulses, what people tap (a beat, or a beat and a half in 6/8);
while it leads, beats = base_beats + pulses * pulse_beats.  Everything here happens once a grid step or on an event.
"""
import math

from ..rt import rt, state
from ..rt.units import clamp
from .follower import (
    AMOUNT, FASTEST, FOLLOWER, SLOWEST, WEIGHT, WHO, follower_advance, follower_begin, follower_count, follower_hear,
    follower_number, follower_reset, follower_set, follower_snap,
)
from .form import form_bar_beat, form_rest, form_say, form_slowness, form_start, form_touched, form_write
from .sounding import i8
from .terms import (
    BY_NOBODY, BY_NOTE, BY_SINGING, BY_TAPS, COUNTING, EVERYBODY, FOLLOW_AMOUNT, FOLLOW_RANGE, FOLLOW_TAP, FOLLOW_WEIGHT,
    FOLLOW_WHO, FORM_ARM, FORM_GO, FORM_PICKUP, FORM_PLACE, STOPPED,
)
from .transport import FASTEST_BPM, SLOWEST_BPM, transport_set_tempo

#: A tap later than this after the one before begins anew.
TAPS_APART_S = 3.0
FEWEST_TAPS, MOST_TAPS = 2, 8
NOBODY = -1

CONDUCTOR = state(
    ("follower", FOLLOWER),
    ("amount", "f8"),           # how much the clock follows, 0: the tempo is held
    ("led", "i4"),              # 1: the follower leads the clock now
    ("tapped", "i4"),           # 1: tempo and beat come from taps, even when nothing is followed
    ("slowest_bpm", "f8"), ("fastest_bpm", "f8"),
    ("pulse_beats", "f8"), ("base_beats", "f8"),
    ("taps", "i4"), ("tap_frame", "i8"),
    ("printed_bpm", "f8"),      # tempo that was last said
    ("starter", "i4"), ("start_frame", "i8"),  # whose touch was made a beat, -1: nobody's; the follower hears it first
)


@rt
def conductor_reset(conductor, sample_rate):
    """The printed tempo leads."""
    follower_reset(conductor.follower, sample_rate)
    conductor.amount = 0.0
    conductor.led = 0
    conductor.tapped = 0
    conductor.slowest_bpm = SLOWEST_BPM
    conductor.fastest_bpm = FASTEST_BPM
    conductor.pulse_beats = 1.0
    conductor.base_beats = 0.0
    conductor.taps = 0
    conductor.printed_bpm = 0.0
    conductor.starter = NOBODY


@rt
def _pulses(conductor, beats):
    return (beats - conductor.base_beats) / conductor.pulse_beats


@rt
def _lead(conductor, transport):
    """The follower takes the clock over as it runs."""
    follower = conductor.follower
    follower_set(follower, SLOWEST, i8(EVERYBODY), conductor.slowest_bpm / conductor.pulse_beats)
    follower_set(follower, FASTEST, i8(EVERYBODY), conductor.fastest_bpm / conductor.pulse_beats)
    follower_begin(follower, _pulses(conductor, transport.beats), 60.0 * conductor.pulse_beats / transport.tempo_bpm)
    if conductor.starter >= 0:
        follower_hear(follower, i8(conductor.starter), i8(conductor.start_frame), 1.0)
        conductor.starter = NOBODY
    conductor.led = 1


@rt
def conductor_tempo(conductor, transport, tempo_bpm, sample_rate):
    """From now on the tempo is `tempo_bpm` [clamped 20 .. 300]; whoever leads goes on from there."""
    transport_set_tempo(transport, tempo_bpm, sample_rate)
    conductor.printed_bpm = transport.tempo_bpm
    conductor.led = 0
    conductor.tapped = 0


@rt
def conductor_advance(conductor, transport, form, frame, sample_rate):
    """Decide how fast the grid step that begins now goes."""
    slowness = form_slowness(form)
    if (conductor.amount > 0.0 or conductor.tapped) and slowness == 1.0:
        if not conductor.led:
            _lead(conductor, transport)
        rate = follower_advance(conductor.follower, frame) * conductor.pulse_beats
        transport.beats = conductor.base_beats + conductor.follower.beats * conductor.pulse_beats
        transport.tempo_bpm = 60.0 * sample_rate * rate
        transport.beats_per_frame = rate
    else:
        conductor.led = 0
        transport.beats_per_frame = slowness * transport.tempo_bpm / (60.0 * sample_rate)


@rt
def conductor_beat_now(conductor, transport, place):
    """Make this moment a beat: the clock goes forward to where `place` of a song fits in with whole pulses."""
    pulses = _pulses(conductor, transport.beats)
    part = place / conductor.pulse_beats - math.floor(place / conductor.pulse_beats)
    transport.beats = conductor.base_beats + (math.ceil(pulses - part - 1e-9) + part) * conductor.pulse_beats
    conductor.led = 0


@rt
def _set_pulse(conductor, transport, pulse_beats):
    """Count other pulses from the next whole beat on; the clock goes forward by less than two beats."""
    if pulse_beats != conductor.pulse_beats:
        pulses = _pulses(conductor, transport.beats)
        left = math.ceil(pulses) - pulses
        target = math.ceil(transport.beats + left * pulse_beats)
        conductor.pulse_beats = pulse_beats
        transport.beats = target - left * pulse_beats
        conductor.base_beats = target
        conductor.led = 0


@rt
def _go(conductor, transport, form, when, pulses):
    """Start the song in its own tempo: its first whole bar comes `pulses` after the beat at which that was asked for."""
    if conductor.printed_bpm > 0.0:
        transport.tempo_bpm = conductor.printed_bpm
    conductor.led = 0
    _set_pulse(conductor, transport, form.pulse_beats)
    beats = transport.beats
    begin = form_bar_beat(form, beats, when)
    if form.mode == STOPPED and when < 2:  # the next pulse
        begin = conductor.base_beats + math.ceil(_pulses(conductor, beats) - 1e-6) * conductor.pulse_beats
    form_start(form, begin + pulses * form.pulse_beats, beats)


@rt
def conductor_form(conductor, transport, form, op, player, key, value):
    """FORM event; True when it meant something."""
    if op == FORM_GO:
        if form.section_count == 0 or not 0.0 <= value <= 32.0:
            return False
        _go(conductor, transport, form, int(clamp(key, 0.0, 3.0)), math.floor(value))
        return True
    if op == FORM_ARM:
        if form.section_count == 0 or not BY_TAPS <= key <= BY_SINGING:
            return False
        form_rest(form)
        _set_pulse(conductor, transport, form.pulse_beats)
        form.armed = int(key)
        form.armed_player = player
        form.armed_count = int(clamp(value, float(FEWEST_TAPS), float(MOST_TAPS)))
        conductor.taps = 0
        return True
    if op == FORM_PLACE and form.mode == STOPPED:
        if form.armed != BY_SINGING or not -form.pickup_beats <= value < form.length_beats:
            return False
        conductor_beat_now(conductor, transport, value)
        form_start(form, transport.beats - value, transport.beats)
        return True
    if op <= FORM_PICKUP:
        return form_write(form, op, player, key, value)
    return form_say(form, op, player, key, value, transport.beats)


@rt
def conductor_follow(conductor, transport, op, player, key, value, frame, sample_rate):
    """FOLLOW event; True when it meant something."""
    follower = conductor.follower
    if op == FOLLOW_AMOUNT:
        conductor.amount = clamp(value, 0.0, 1.0)
        follower_set(follower, AMOUNT, i8(EVERYBODY), conductor.amount)
    elif op == FOLLOW_WHO:
        follower_set(follower, WHO, i8(EVERYBODY), float(player))
    elif op == FOLLOW_WEIGHT:
        follower_set(follower, WEIGHT, player, clamp(value, 0.0, 1.0))
    elif op == FOLLOW_RANGE:
        if not SLOWEST_BPM <= key <= value <= FASTEST_BPM:
            return False
        conductor.slowest_bpm = key
        conductor.fastest_bpm = value
        conductor.led = 0
    elif op == FOLLOW_TAP:
        _tap(conductor, transport, frame, sample_rate)
    else:
        return False
    return True


@rt
def _tap(conductor, transport, frame, sample_rate):
    """One tap: from the second on it sets tempo and beat, however little players are followed."""
    if conductor.taps > 0 and not 0 < frame - conductor.tap_frame < TAPS_APART_S * sample_rate:
        conductor.taps = 0
    follower = conductor.follower
    if not conductor.led:
        _lead(conductor, transport)
    conductor.tapped = 1
    follower_set(follower, AMOUNT, i8(EVERYBODY), 1.0)
    follower_count(follower, frame)
    conductor.taps += 1
    conductor.tap_frame = frame


@rt
def conductor_hear(conductor, transport, form, player, strength, frame, sample_rate):
    """A player was heard: the follower listens, an armed song may start, a song that waits may go on."""
    if form.armed == BY_TAPS and (form.armed_player == EVERYBODY or form.armed_player == player):
        _tap(conductor, transport, frame, sample_rate)
        if conductor.taps >= form.armed_count:
            _start_after_taps(conductor, form, transport, frame)
        return
    if form.armed == BY_NOTE and (form.armed_player == EVERYBODY or form.armed_player == player):
        conductor_beat_now(conductor, transport, -form.pickup_beats)
        form_start(form, transport.beats + form.pickup_beats, transport.beats)
        form.armed = BY_NOBODY
        conductor.starter = player
        conductor.start_frame = frame
        return
    if form_touched(form, player, transport.beats):
        conductor_beat_now(conductor, transport, form.hold_place)
        form.release_beat = transport.beats
        form.origin_beat = transport.beats - form.hold_place
        conductor.starter = player
        conductor.start_frame = frame
        return
    if conductor.led and conductor.amount > 0.0 and form.mode != COUNTING:  # while the machine counts nobody moves the tempo
        if conductor.tapped:
            conductor.tapped = 0
            follower_set(conductor.follower, AMOUNT, i8(EVERYBODY), conductor.amount)
        follower_hear(conductor.follower, player, frame, strength)


@rt
def _start_after_taps(conductor, form, transport, frame):
    """Taps count from a bar line: the first whole bar comes with the first bar line that leaves room for the pick-up."""
    follower_snap(conductor.follower)
    last = math.floor(follower_number(conductor.follower, frame) + 0.5)
    first = conductor.base_beats + (last - form.armed_count + 1.0) * conductor.pulse_beats
    transport.beats = conductor.base_beats + conductor.follower.beats * conductor.pulse_beats
    counted = form.armed_count * conductor.pulse_beats
    bars = math.ceil((counted + form.pickup_beats) / form.meter_beats - 1e-6)
    form_start(form, first + bars * form.meter_beats, transport.beats)
    conductor.taps = 0
