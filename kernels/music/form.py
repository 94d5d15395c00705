"""Where the song is: sections, count-in, places where it waits, jumps, slowing down and a stop together.

The song's place is counted in beats from its first whole bar; a pick-up lies before 0.  It moves with the beat clock, so
that place = beats - `origin_beat`; whatever waits or jumps moves the origin, never the clock.
"""
import math

from ..rt import rt, state
from ..rt.units import clamp
from .terms import (
    ANYBODY, AT_ONCE, BY_NOBODY, COUNTING, ENDING, FORM_AGAIN, FORM_CLEAR, FORM_HOLD, FORM_JUMP, FORM_LOOP, FORM_MARK,
    FORM_PICKUP, FORM_PLACE, FORM_SECTION, FORM_SLOW, FORM_STOP, HOLDING, HOLD_CHORD, NEXT_BAR, NEXT_BEAT, OTHER, PLAYING,
    SECTION_END, STOPPED, VAMP,
)

SECTIONS, MARKS = 64, 64
#: The last chord rings this many beats; then it is quiet.
RING_BEATS = 4.0
#: Shape of a final ritardando, the exponent of A. Friberg and J. Sundberg, Does music performance allude to locomotion?,
#: JASA 105, 1999, equation 3: listeners liked 2 to 3 best.
SLOW_EXPONENT = 3.0
LONGEST_BEATS = 16384.0
_SMALL_BEATS = 1e-6

SECTION = state(("start", "f8"), ("length", "f8"), ("kind", "i4"))
MARK = state(("place", "f8"), ("player", "i4"), ("kind", "i4"))

FORM = state(
    ("mode", "i4"),
    ("place", "f8"),                       # at the beginning of the grid step [song beats]
    ("origin_beat", "f8"),                 # beat of the clock at which the place is 0
    ("length_beats", "f8"), ("pickup_beats", "f8"), ("meter_beats", "f8"), ("pulse_beats", "f8"),
    ("sections", SECTION, (SECTIONS,)), ("section_count", "i4"),
    ("section", "i4"), ("section_start", "f8"), ("section_stop", "f8"), ("section_kind", "i4"),
    ("last_time", "i4"),                   # 1: after this section it ends
    ("loop_section", "i4"), ("again", "i4"),  # section that goes round, -1: none; 1: the whole goes round
    ("marks", MARK, (MARKS,)), ("mark_count", "i4"), ("mark", "i4"),  # next one
    ("hold_player", "i4"), ("hold_kind", "i4"), ("hold_place", "f8"),
    ("release_beat", "f8"),                # when a vamp goes on; infinity: nobody asked yet
    ("jump_beat", "f8"), ("jump_place", "f8"),  # a jump that waits for its beat; infinity: none
    ("stop_place", "f8"),                  # where all end together; infinity: not known
    ("slow_start", "f8"), ("slow_stop", "f8"), ("slow_to", "f8"),  # ritardando between two places, to this share of the tempo
    ("armed", "i4"), ("armed_player", "i4"), ("armed_count", "i4"),
    ("jumps", "i8"),                       # how often the place has jumped: the band and recordings look at it
)


@rt
def form_reset(form):
    """No song."""
    form.section_count = 0
    form.length_beats = 0.0
    form.pickup_beats = 0.0
    form.meter_beats = 4.0
    form.pulse_beats = 1.0
    form.mark_count = 0
    form.again = 0
    form.origin_beat = 0.0
    form.place = 0.0
    form_rest(form)


@rt
def form_rest(form):
    """Stand at the beginning."""
    form.mode = STOPPED
    form.armed = BY_NOBODY
    form.mark = 0
    form.loop_section = -1
    form.release_beat = math.inf
    form.jump_beat = math.inf
    form.stop_place = math.inf
    form.slow_start = math.inf
    form.slow_stop = math.inf
    form.slow_to = 1.0
    _find_section(form, 0.0)


@rt
def _find_section(form, place):
    form.section = 0
    for i in range(form.section_count):
        if form.sections[i].start <= place + _SMALL_BEATS:
            form.section = i
    section = form.sections[form.section]
    form.section_start = section.start
    form.section_stop = section.start + section.length
    form.section_kind = section.kind
    form.last_time = 1 if form.section == form.section_count - 1 and not form.again else 0
    form.mark = 0
    while form.mark < form.mark_count and form.marks[form.mark].place < place - _SMALL_BEATS:
        form.mark += 1


# --- writing --------------------------------------------------------------------------------------------------------
@rt
def form_write(form, op, player, key, value):
    """FORM events that describe the song; True when they meant something."""
    if op == FORM_CLEAR:  # key: beats of a bar, value: beats of a pulse
        form_reset(form)
        form.meter_beats = clamp(key, 1.0, 32.0)
        form.pulse_beats = clamp(value, 0.25, 4.0)
        return True
    if op == FORM_SECTION:  # player: kind, value: beats
        if form.section_count >= SECTIONS or not 0.0 < value <= LONGEST_BEATS or not 0 <= player <= OTHER:
            return False
        section = form.sections[form.section_count]
        section.start = form.length_beats
        section.length = value
        section.kind = player
        form.section_count += 1
        form.length_beats += value
        _find_section(form, 0.0)
        return True
    if op == FORM_PICKUP:
        form.pickup_beats = clamp(value, 0.0, 32.0)
        return True
    if op == FORM_MARK:  # player: whom it waits for, key: HOLD_CHORD or VAMP, value: place
        if form.mark_count >= MARKS or not 0.0 <= value <= LONGEST_BEATS or not (key == HOLD_CHORD or key == VAMP):
            return False
        at = form.mark_count
        while at > 0 and form.marks[at - 1].place > value:
            form.marks[at].place = form.marks[at - 1].place
            form.marks[at].player = form.marks[at - 1].player
            form.marks[at].kind = form.marks[at - 1].kind
            at -= 1
        form.marks[at].place = value
        form.marks[at].player = player
        form.marks[at].kind = int(key)
        form.mark_count += 1
        return True
    return False


@rt
def form_bar_beat(form, beats, when):
    """Beat of the clock at which something asked for now takes place."""
    if when == AT_ONCE or form.mode == STOPPED:
        return beats
    unit = form.meter_beats if when == NEXT_BAR else form.pulse_beats
    place = beats - form.origin_beat
    if when == SECTION_END:
        return form.origin_beat + max(form.section_stop, place)
    return form.origin_beat + math.ceil(place / unit - _SMALL_BEATS) * unit


@rt
def form_say(form, op, player, key, value, beats):
    """FORM events that lead the song at `beats`; True when they meant something.  GO and ARM belong to the conductor."""
    if op == FORM_HOLD:
        if value >= 0.5:
            if form.mode == PLAYING:
                _hold(form, beats - form.origin_beat, player, HOLD_CHORD if key == HOLD_CHORD else VAMP)
        elif form.mode == HOLDING:
            form.release_beat = _release_beat(form, beats)
    elif op == FORM_JUMP:  # key: when, value: place
        if not -form.pickup_beats <= value < form.length_beats:
            return False
        form.jump_beat = form_bar_beat(form, beats, int(key))
        form.jump_place = value
    elif op == FORM_PLACE:  # value: where the group is heard to be
        shift = math.floor((value - (beats - form.origin_beat)) / form.pulse_beats + 0.5) * form.pulse_beats
        if shift == 0.0 or form.mode != PLAYING:
            return form.mode == PLAYING
        form.jump_beat = form_bar_beat(form, beats, NEXT_BEAT)
        form.jump_place = clamp(form.jump_beat - form.origin_beat + shift, -form.pickup_beats, form.length_beats)
    elif op == FORM_LOOP:  # value: section, -1: none
        if not -1.0 <= value < form.section_count:
            return False
        form.loop_section = int(value)
    elif op == FORM_AGAIN:
        form.again = 1 if value >= 0.5 else 0
        form.last_time = 1 if form.section == form.section_count - 1 and not form.again else 0
    elif op == FORM_SLOW:  # key: to which share of the tempo, value: over how many beats
        if not (0.2 <= key <= 2.0 and 0.0 < value <= LONGEST_BEATS):
            return False
        form.slow_start = beats - form.origin_beat
        form.slow_stop = form.slow_start + value
        form.slow_to = key
    elif op == FORM_STOP:  # key: share of the tempo that a ritardando of the last bar reaches, value: when
        if form.mode == STOPPED or form.mode == ENDING:
            form_rest(form)
            return True
        if form.mode == COUNTING:
            form_rest(form)
            return True
        form.stop_place = min(form_bar_beat(form, beats, int(value)) - form.origin_beat, form.length_beats)
        form.last_time = 1
        if 0.2 <= key < 1.0:
            form.slow_stop = form.stop_place
            form.slow_start = max(form.stop_place - form.meter_beats, beats - form.origin_beat)
            form.slow_to = key
    else:
        return False
    return True


# --- time -----------------------------------------------------------------------------------------------------------
@rt
def _hold(form, place, player, kind):
    form.mode = HOLDING
    form.hold_place = place
    form.hold_player = player
    form.hold_kind = kind
    form.release_beat = math.inf


@rt
def _release_beat(form, beats):
    """When a song that waits goes on: at once, or with the next bar of the vamp, counted from where it waits."""
    if form.hold_kind == HOLD_CHORD:
        return beats
    bar, began = form.meter_beats, form.origin_beat + form.hold_place
    return began + math.ceil((beats - began) / bar - _SMALL_BEATS) * bar


@rt
def form_touched(form, player, beats):
    """A player touched something: True when a held chord goes on with it, so that this moment is a beat."""
    if form.mode != HOLDING or not (form.hold_player == ANYBODY or form.hold_player == player):
        return False
    if form.release_beat == math.inf:
        form.release_beat = _release_beat(form, beats)
        return form.hold_kind == HOLD_CHORD
    return False


@rt
def form_start(form, origin_beat, beats):
    """The place will be 0 at `origin_beat` of the clock."""
    form_rest(form)
    form.origin_beat = origin_beat
    form.place = beats - origin_beat
    form.mode = COUNTING


@rt
def form_advance(form, beats, step_beats):
    """Let a grid step begin at `beats` of the clock; it lasts `step_beats`.

    While the form holds with a vamp, the place goes round inside one bar; with a chord it stands.
    """
    if form.mode == STOPPED:
        return
    if form.mode == HOLDING:
        _wait(form, beats, step_beats)
        return
    if form.jump_beat < beats + step_beats:
        form.origin_beat = form.jump_beat - form.jump_place
        form.jump_beat = math.inf
        form.jumps += 1
        _find_section(form, form.jump_place)
    place, end = beats - form.origin_beat, beats + step_beats - form.origin_beat
    form.place = place
    if form.mode == COUNTING and end > -form.pickup_beats:
        form.mode = PLAYING
    if form.mode == PLAYING:
        if form.mark < form.mark_count and form.marks[form.mark].place < end:
            mark = form.marks[form.mark]
            form.mark += 1
            _hold(form, mark.place, mark.player, mark.kind)
            return
        if end > form.section_stop:
            _next_section(form)
        if form.stop_place == math.inf and form.last_time and form.loop_section < 0:
            form.stop_place = form.length_beats
        if form.stop_place < end:
            form.mode = ENDING
    elif form.mode == ENDING and place >= form.stop_place + RING_BEATS:
        form_rest(form)


@rt
def _next_section(form):
    """The end of a section: go round, begin anew, or go on."""
    if form.loop_section == form.section:
        form.origin_beat += form.section_stop - form.section_start
        form.jumps += 1
        _find_section(form, form.section_start)
    elif form.section + 1 < form.section_count:
        mark = form.mark
        _find_section(form, form.section_stop)
        form.mark = max(form.mark, mark)
    elif form.again:
        form.origin_beat += form.length_beats + form.pickup_beats
        form.jumps += 1
        _find_section(form, -form.pickup_beats)


@rt
def _wait(form, beats, step_beats):
    if form.hold_kind == HOLD_CHORD:
        if form.release_beat >= beats + step_beats:
            form.origin_beat = beats + step_beats - form.hold_place
            form.place = form.hold_place
            return
        form.origin_beat = beats - form.hold_place
    else:
        place = beats - form.origin_beat
        if form.release_beat >= beats + step_beats:
            if place + step_beats > form.hold_place + form.meter_beats:
                form.origin_beat += form.meter_beats
                form.jumps += 1
            form.place = beats - form.origin_beat
            return
        form.origin_beat = form.release_beat - form.hold_place
        form.jumps += 1
    form.mode = PLAYING
    form.release_beat = math.inf
    form.place = beats - form.origin_beat


@rt
def form_slowness(form):
    """Share of the tempo that a ritardando leaves at the present place, 1: none."""
    if form.mode == STOPPED or not form.slow_start <= form.place or form.slow_start == math.inf:
        return 1.0
    way = clamp((form.place - form.slow_start) / max(form.slow_stop - form.slow_start, 1e-3), 0.0, 1.0)
    if form.place >= form.slow_stop and form.stop_place > form.slow_stop + _SMALL_BEATS:
        form.slow_start = math.inf  # a tempo
        return 1.0
    return (1.0 + (form.slow_to ** SLOW_EXPONENT - 1.0) * way) ** (1.0 / SLOW_EXPONENT)
