"""The tune for singers to lean on: the melody of the song, played along at the song's own place."""
import math

from ..rt import GRID, rt, state
from .sounding import f8, i8
from .terms import ENDING, HOLDING, PLAYING

#: A note of the guide lasts this share of its length, so that repeated notes are heard.
GATE = 0.92
VELOCITY = 0.6

GUIDE = state(
    ("wanted", "i4"),
    ("at", "i4"),                              # next note of the tune
    ("jumps", "i8"),                           # of the form, when last looked
    ("began_mode", "i4"),                      # of the form, when last looked
    ("key", "f4"), ("end_beat", "f8"),         # what sounds; key -1: nothing
    # what this grid step has to say, read by the engine
    ("off", "i4"), ("off_frame", "i8"), ("off_key", "f4"),
    ("on", "i4"), ("on_frame", "i8"),
)


@rt
def guide_reset(guide):
    """Silent."""
    guide.wanted = 0
    guide.at = 0
    guide.jumps = -1
    guide.began_mode = 0
    guide.key = -1.0
    guide.off = 0
    guide.on = 0


@rt
def _stop(guide, frame):
    if guide.key >= 0.0:
        guide.off = 1
        guide.off_frame = frame
        guide.off_key = guide.key
        guide.key = -1.0


@rt
def guide_advance(guide, form, melody, frame, beats, beats_per_frame):
    """Find what begins and ends in the grid step from `frame` on, which begins at `beats` of the clock.

    The tune begins with its pick-up, so that note n stands at place melody.start_beats[n] - pickup of the song.
    """
    guide.off = 0
    guide.on = 0
    end = beats + GRID * beats_per_frame
    if guide.wanted == 0 or form.mode < PLAYING:
        _stop(guide, frame)
        guide.began_mode = form.mode
        return
    if guide.key >= 0.0 and (guide.end_beat < end or form.mode == HOLDING or form.jumps != guide.jumps):
        at = frame + i8(max(math.ceil((guide.end_beat - beats) / beats_per_frame), 0.0)) if guide.end_beat < end else frame
        _stop(guide, min(at, frame + GRID - 1))
    if form.jumps != guide.jumps or guide.began_mode < PLAYING:
        guide.jumps = form.jumps
        guide.at = 0
        while guide.at < melody.count and melody.start_beats[guide.at] - form.pickup_beats < form.place - 1e-6:
            guide.at += 1
    guide.began_mode = form.mode
    if form.mode == HOLDING or form.mode == ENDING or guide.at >= melody.count:
        return
    start = melody.start_beats[guide.at] - form.pickup_beats
    if start < form.place + (end - beats):
        begin = beats + start - form.place
        _stop(guide, frame)
        guide.on = 1
        guide.on_frame = frame + min(max(i8(math.ceil((begin - beats) / beats_per_frame - 1e-6)), 0), GRID - 1)
        guide.off_frame = guide.on_frame
        guide.key = melody.key[guide.at]
        guide.end_beat = begin + GATE * f8(melody.beats[guide.at])
        guide.at += 1
