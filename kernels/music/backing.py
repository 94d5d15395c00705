"""A recording that plays along: a worker fills a ring some 100 ms ahead of the clock, the audio thread adds it to two buses.

The ring is addressed by absolute frames, so that nobody has to agree on where it begins.  The worker (imm_audio/backing)
computes from the moments that the audio thread publishes (moment.py) what has to sound when.  When the worker is late, the
recording fades before the ring runs dry, and fades in again as soon as there is enough: no click.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.atomics import load_acquire, store_release
from ..rt.units import clamp
from .terms import BACKING_START, BACKING_STOP, ENDING, STOPPED

F = np.float32
#: 0.34 s at the highest sample rate, several times what the worker keeps ahead.
RING_FRAMES = 32768
#: Share of the way from silence to full in one grid step: 5 ms at 48 kHz, too short to be missed, too long to click.
FADE = F(1.0 / 16.0)
#: What is left in the ring when the fade has to begin, and what must be there before it rises again.
FADE_FRAMES, ENOUGH_FRAMES = 16 * GRID, 32 * GRID
#: A stop that was asked for takes longer, 0.3 s at 48 kHz: a last chord that is damped.
STOP = F(1.0 / 900.0)

BACKING = state(
    # audio thread
    ("playing", "i4"),         # what people asked for
    ("sounds", "i4"),          # what this grid step wants
    ("needed", "i4"),          # 1: it is heard, or will be after the count-in: the worker has to fill the ring
    ("gain", "f4"),            # 0 .. 1
    ("origin_beat", "f8"),     # beat of the clock at song beat 0, while no song gives its own place
    ("underruns", "i8"),       # times that the worker was late
    # worker
    ("first", "i8", (8,)),     # [0]: frame at which the present stretch of sound begins
    ("written", "i8", (8,)),   # [0]: frame up to which there is sound
    ("ring", "f4", (2 * RING_FRAMES,)),  # left, right of frame f at 2 * (f modulo RING_FRAMES)
)


@rt
def backing_reset(backing):
    """Silence; what the worker has written stays."""
    backing.playing = 0
    backing.sounds = 0
    backing.needed = 0
    backing.gain = 0.0
    backing.origin_beat = 0.0


@rt
def backing_say(backing, op, value, beats):
    """BACKING event at `beats`; True when it meant something."""
    if op == BACKING_STOP:
        backing.playing = 0
    elif op == BACKING_START:
        unit = clamp(value, 0.0, 64.0)
        backing.origin_beat = math.ceil(beats / unit - 1e-6) * unit if unit > 0.0 else beats
        backing.playing = 1
    else:
        return False
    return True


@rt
def backing_silence(backing):
    """Panic: it is still from now on."""
    backing.playing = 0
    backing.gain = 0.0


@rt
def backing_time(backing, form, beats, beats_per_frame):
    """Decide whether the recording is heard in the grid step that begins at `beats`.

    Without a song the recording is the song, and begins at `origin_beat`.  A recording that begins on a beat rises just
    before it, so that the beat has its full strength.  A song that is stopped early is damped; at its own end it rings.
    """
    place, begins, sounds = form.place, -form.pickup_beats, backing.playing != 0
    if form.section_count == 0:
        place, begins = beats - backing.origin_beat, 0.0
    elif form.mode == STOPPED:
        sounds = False
    elif form.mode == ENDING and form.stop_place < form.length_beats:
        sounds = sounds and place < form.stop_place
    backing.sounds = 1 if sounds and place >= begins - FADE_FRAMES * beats_per_frame else 0
    backing.needed = 1 if sounds or backing.gain > F(0.0) else 0


@rt
def backing_add(backing, buses, left, right, frame):
    """Add a grid step from `frame` on to the buses: float32 planes of GRID frames that begin at `left` and `right`."""
    there = load_acquire(backing.written, 0) - frame
    gain, to = F(backing.gain), F(0.0)
    if backing.sounds and frame >= backing.first[0]:
        if there >= (FADE_FRAMES if gain > F(0.0) else ENOUGH_FRAMES):
            to = F(1.0)
    if gain == F(0.0) and to == F(0.0):
        return
    way = STOP if not backing.sounds and there >= FADE_FRAMES else FADE
    reached = min(gain + FADE, to) if to > gain else max(gain - way, to)
    slope = (reached - gain) / F(GRID)
    for i in range(GRID):
        at = 2 * ((frame + i) & (RING_FRAMES - 1))
        g = gain + slope * F(i + 1)
        buses[left + i] += _sane(backing.ring[at]) * g
        buses[right + i] += _sane(backing.ring[at + 1]) * g
    backing.gain = reached
    if reached == F(0.0) and backing.sounds:
        backing.underruns += 1


@rt
def _sane(x):
    return x if abs(x) <= F(8.0) else F(0.0)


# --- the worker's side -------------------------------------------------------------------------------------------------
@rt
def backing_write(backing, sound, frame, count):
    """Put `count` frames of `sound` (float32, left and right in turns) at `frame`, where it goes on or begins anew."""
    for i in range(count):
        at = 2 * ((frame + i) & (RING_FRAMES - 1))
        backing.ring[at] = sound[2 * i]
        backing.ring[at + 1] = sound[2 * i + 1]
    if backing.written[0] != frame:
        backing.first[0] = frame
    store_release(backing.written, 0, frame + count)
