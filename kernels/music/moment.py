"""Where the music stands, published once a grid step for everybody outside the audio thread who has to be on the beat.

Recordings that play along, MIDI clock and Link read it; from one moment follows where the beat will be a little later.
"""
import math

from ..rt import rt, state
from ..rt.atomics import load_acquire, store_release
from .terms import HOLDING, HOLD_CHORD, NO_SONG

MOMENT = state(
    ("frame", "f8"),              # at this frame ...
    ("beats", "f8"),              # ... the clock stands here [beats]
    ("beats_per_frame", "f8"),    # and moves so fast
    ("mode", "f8"),               # NO_SONG, or of music/form.py
    ("place", "f8"),              # where the song stands [song beats]; the clock without a song
    ("place_per_frame", "f8"),    # 0 while it waits
    ("leap_place", "f8"),         # the place from which it will jump; infinity: it won't
    ("leap_to", "f8"),            # and where to
)

MOMENTS = state(
    ("told", "i8", (8,)),         # [0]: how often; moments[told & 1] is the newest
    ("moments", MOMENT, (2,)),
)


@rt
def moment_tell(moments, form, frame, beats, beats_per_frame):
    """Publish the beginning of the grid step."""
    told = moments.told[0] + 1
    moment = moments.moments[told & 1]
    moment.frame = frame
    moment.beats = beats
    moment.beats_per_frame = beats_per_frame
    moment.mode = form.mode
    moment.place = form.place
    moment.place_per_frame = beats_per_frame
    moment.leap_place = math.inf
    moment.leap_to = 0.0
    if form.section_count == 0:
        moment.mode = NO_SONG
        moment.place = beats
    elif form.mode == HOLDING:
        moment.leap_to = form.hold_place
        if form.hold_kind == HOLD_CHORD:
            moment.place_per_frame = 0.0
        elif form.release_beat == math.inf:
            moment.leap_place = form.hold_place + form.meter_beats
        else:
            moment.leap_place = form.release_beat - form.origin_beat
    elif form.jump_beat < math.inf:
        moment.leap_place = form.jump_beat - form.origin_beat
        moment.leap_to = form.jump_place
    elif form.loop_section == form.section:
        moment.leap_place = form.section_stop
        moment.leap_to = form.section_start
    elif form.again:
        moment.leap_place = form.length_beats
        moment.leap_to = -form.pickup_beats
    store_release(moments.told, 0, told)


@rt
def moment_ask(moments, answer):
    """Copy the newest moment; False when the audio thread was faster (ask again).  Any other thread or process."""
    told = load_acquire(moments.told, 0)
    moment = moments.moments[told & 1]
    answer.frame = moment.frame
    answer.beats = moment.beats
    answer.beats_per_frame = moment.beats_per_frame
    answer.mode = moment.mode
    answer.place = moment.place
    answer.place_per_frame = moment.place_per_frame
    answer.leap_place = moment.leap_place
    answer.leap_to = moment.leap_to
    return load_acquire(moments.told, 0) == told
