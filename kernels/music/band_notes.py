"""Notes of the band: from the moment they are decided until their end.

Every note is in the table from its decision to its OFF, so nothing hangs.  Ends are counted in beats of the transport, which
goes on while the form waits.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..voices.part import CHANNELS
from .harmony import harmony_has
from .sounding import OFF, ON, f8, frame_at, i8, order
from .style import SEATS, STYLE
from .terms import APPROACH, BAND_PATTERNS, CHORD, DEGREE, DRUM, MAGIC, TONES, VOICE, WALK, WHOLE_CHORD
from .voicing import chord_at, single_key, voice_chord

#: Most that can sound or wait: four seats, chords of eight that overlap, drums.
HELD = 96
NOBODY, WAITS, SOUNDS = 0, 1, 2
#: A note that is this long still [beats] when the chord changes goes on with the right tone; a shorter one just ends.
GOES_ON_BEATS = 0.4
#: Two patterns that strike one drum so close together [beats] are one stroke.
SAME_TIME_BEATS = 0.06
#: The chord to come is that of the time a bit behind the end of a note, which leaves a gap to the next.
COMING = 1.1
CLICK_SEAT, CLICK_BEATS = 5, 0.1

HELD_NOTE = state(
    ("doing", "i4"), ("seat", "i4"), ("what", "i4"), ("ahead", "i4"), ("number", "f4"),  # of the pattern's note
    ("key", "f4"), ("velocity", "f4"), ("start", "f8"), ("stop", "f8"),                 # beats; stop may be infinity
)

BAND = state(
    ("styles", STYLE, (2,)), ("playing", "i4"), ("going", "i4"),    # going: 1 on the next bar, 2 at once
    ("set_energy", "f8"), ("follow", "f8"), ("soften", "f8"), ("muted", "i4", (SEATS,)), ("fill_wanted", "i4"),
    # the bar that plays
    ("mode", "i4"), ("section", "i4"), ("bar", "i8"), ("energy", "f8"), ("loudness", "f8"),
    ("place", "f8"),                                                # song beat at which the next grid step should begin
    ("next_place", "f8"),                                           # nothing happens before it
    ("origin", "f8"), ("bar_start", "f8"), ("bar_stop", "f8"), ("fill_place", "f8"),
    ("on", "i4", (BAND_PATTERNS,)), ("cursor", "i4", (BAND_PATTERNS,)), ("cycle", "f8", (BAND_PATTERNS,)),
    ("hold_beat", "f8"), ("hold_place", "f8"),                      # where the form began to wait
    ("stop_seen", "f8"), ("strike", "f8"), ("struck", "i4"),        # the last chord
    ("click", "f8"),                                                # place of the next click
    # what sounds
    ("next_due", "f8"),                                             # beat at which a note begins or ends next
    ("held_count", "i4"), ("held", HELD_NOTE, (HELD,)),
    ("voiced", "f4", (SEATS, TONES)), ("voiced_count", "i4", (SEATS,)),
    ("voiced_root", "f4", (SEATS,)), ("voiced_chord", "i4", (SEATS,)), ("voiced_change", "i8", (SEATS,)),
    ("before", "f8", (SEATS,)),                                     # last single key of a seat, -1: none
    ("root", "f4"), ("chord", "i4"),                                # chord that is asked for
    # how the group plays
    ("heard_beat", "f8"), ("onsets", "f8"), ("strength", "f8"), ("seen_beat", "f8", (24,)),
)


@rt
def _say(assist, kind, seat, beats, key, velocity):
    """Orders of the band name the part from the first seat on: 16 channels a seat."""
    frame = assist.frame if beats <= assist.beats else frame_at(assist, f8(beats))
    order(assist, i8(kind), frame, i8(CHANNELS * seat), f8(key), f8(velocity))


@rt
def held_end(band, assist, note, beats):
    """The note ends at `beats`, or is forgotten when it has not begun."""
    if note.doing == SOUNDS:
        _say(assist, OFF, note.seat, beats, note.key, 0.0)
    if note.doing != NOBODY:
        band.held_count -= 1
    note.doing = NOBODY


@rt
def held_end_seat(band, assist, seat, beats):
    """All notes of a seat end; -1: of everybody."""
    if band.held_count == 0:
        return
    for i in range(HELD):
        if band.held[i].doing != NOBODY and (seat < 0 or band.held[i].seat == seat):
            held_end(band, assist, band.held[i], beats)


@rt
def held_add(band, assist, seat, what, ahead, number, key, velocity, start, stop):
    """A note that begins at `start` and ends at `stop` [beats]; one that has the same key just now is joined."""
    free, oldest, key = -1, 0, f8(np.float32(min(max(key, 0.0), 127.0)))  # as it is remembered
    for i in range(HELD):
        note = band.held[i]
        if note.doing != NOBODY and note.seat == seat and note.key == key and abs(note.start - start) < SAME_TIME_BEATS:
            note.stop = max(note.stop, stop)
            if note.doing == WAITS:
                note.velocity = max(note.velocity, velocity)
            return
        if note.doing == NOBODY:
            free = i if free < 0 else free
        elif note.start < band.held[oldest].start:
            oldest = i
    if free < 0:
        held_end(band, assist, band.held[oldest], f8(assist.beats))
        free = oldest
    note = band.held[free]
    note.doing = WAITS
    note.seat = seat
    note.what = what
    note.ahead = ahead
    note.number = number
    note.key = key
    note.velocity = min(max(velocity, 0.01), 1.0)
    note.start = start
    note.stop = stop
    band.held_count += 1
    band.next_due = min(band.next_due, start)


@rt
def held_advance(band, assist):
    """Begin and end what is due in this grid step."""
    end = assist.beats + GRID * assist.beats_per_frame - 1e-9
    if band.next_due >= end:
        return
    due = math.inf
    for i in range(HELD):
        note = band.held[i]
        if note.doing == SOUNDS and note.stop < end:
            held_end(band, assist, note, f8(note.stop))
    for i in range(HELD):
        note = band.held[i]
        if note.doing == WAITS and note.start < end:
            for j in range(HELD):
                other = band.held[j]
                if other.doing == SOUNDS and other.seat == note.seat and other.key == note.key:
                    held_end(band, assist, other, f8(max(note.start, other.start)))
            note.doing = SOUNDS
            _say(assist, ON, note.seat, note.start, note.key, note.velocity)
        if note.doing == SOUNDS:
            due = min(due, note.stop)
        elif note.doing == WAITS:
            due = min(due, note.start)
    band.next_due = due


@rt
def band_sound(band, assist, seat, what, ahead, number, velocity, start, stop):
    """Decide the keys of a pattern's note that begins at `start` and ends at `stop` [beats]."""
    if what == DRUM:
        held_add(band, assist, seat, what, ahead, number, number, velocity, start, stop)
        return
    style, harmony = band.styles[band.playing], assist.harmony
    # the chord of the grid step is that of its end; one that is meant ahead is that of the note's end
    to_come = ahead or what == APPROACH or what == WALK
    chord_at(band, harmony, f8(start + min(COMING * (stop - start), 1.0)) if to_come else start)
    if harmony.chords[band.chord].count == 0:
        return
    if what != WHOLE_CHORD and what != VOICE:
        coming = f8(band.root)
        if to_come and not ahead:
            chord_at(band, harmony, start)
        key = single_key(band, style, harmony, i8(seat), i8(what), f8(number), coming)
        if what != DEGREE:
            band.before[seat] = key
        held_add(band, assist, seat, what, ahead, number, key, velocity, start, stop)
        return
    count = voice_chord(band, style, harmony, i8(seat))
    if count <= 0:
        return
    if what == VOICE:
        at = int(min(max(number, 0.0), count - 1.0))
        held_add(band, assist, seat, what, ahead, number, f8(band.voiced[seat, at]), velocity, start, stop)
        return
    apart = abs(number) / 1000.0 * assist.sample_rate * assist.beats_per_frame
    for n in range(count):
        at = n if number >= 0.0 else count - 1 - n
        later = min(n * apart, 0.5 * (stop - start)) if stop < math.inf else n * apart
        held_add(band, assist, seat, what, ahead, number, f8(band.voiced[seat, at]), velocity, start + later, stop)


@rt
def _wrong(assist, note):
    if note.what == DRUM:
        return False
    kind = MAGIC if note.what == DEGREE or note.what == WALK else CHORD
    return not harmony_has(assist.harmony, i8(kind), f8(note.key))


@rt
def band_follow(band, assist):
    """The chord or scale has changed: what is wrong now ends; what would last goes on right."""
    if band.held_count == 0:
        return
    beats = f8(assist.beats)
    for seat in range(SEATS):
        what, number, velocity, stop = -1, 0.0, 0.0, 0.0
        for i in range(HELD):
            note = band.held[i]
            if note.doing == NOBODY or note.seat != seat or not _wrong(assist, note):
                continue
            if note.doing == WAITS and note.start > beats + 0.1:
                held_end(band, assist, note, beats)  # of a strum or late note: not begun
                continue
            if note.stop - beats > GOES_ON_BEATS and note.what != APPROACH:
                what, number, velocity, stop = note.what, f8(note.number), f8(note.velocity), f8(note.stop)
            held_end(band, assist, note, beats)
        if what >= 0:
            if what == WHOLE_CHORD:
                for i in range(HELD):  # the whole chord moves
                    note = band.held[i]
                    if note.doing != NOBODY and note.seat == seat and note.what == WHOLE_CHORD:
                        held_end(band, assist, note, beats)
            band_sound(band, assist, i8(seat), i8(what), i8(0), number, velocity, beats, stop)
