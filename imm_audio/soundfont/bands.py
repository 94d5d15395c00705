"""Copies of recordings that the sampler's eight points can play without images and aliases.

A recording of 14 kHz played at its own pitch has images just above 7 kHz, because no interpolator of eight points falls that
fast; one that is played up folds what then lies above half of the sample rate.  So a zone's recording is band-limited for the
keys that play it, in steps of a quarter of an octave, and stored at twice its rate where it holds anything above a quarter
of it: images of that are 70 dB down.  Recordings that hold nothing there are left as they are, and so are drums.  On the
General MIDI set 86 of 128 programs had components above -60 dB at C7 that their recordings have not, the brass at -18; the
copies leave one, at -59 of what its two beating layers have at that moment.  They cost 30 MB and 0.4 s at the start.
"""
import math
from functools import cache

import numpy as np

from ..kernels.voices.sampler import DRUM_KIT
from . import limits
from .bank import tunings
from .filters import STEPS, band_limit
from .places import LAID, count_samples
from .riff import Recording
from .words import (
    FIXED_KEY,
    KEY_HIGH,
    KEY_LOW,
    LOOPED_UNTIL_RELEASE,
    MOD_PITCH,
    MOD_SUSTAIN,
    SCALE,
    VELOCITY_HIGH,
    VELOCITY_LOW,
)

#: Sample rate that the copies are made for.  At 44.1 kHz aliases then lie above 20.1 kHz, where nobody hears them; at
#: 96 kHz nothing is missing that the recording of 48 kHz has.
OUTPUT_HZ = 48000
#: Band limits above this step are those of whole octaves; five octaves up is the sampler's most.
FINE_STEPS, MOST_STEPS = 8, 20
#: What lies so far below a recording's strongest partial is not heard when it folds.
FAINT_DB = -75.0
#: Samples of one spectrum, and its window: side lobes 90 dB down.
FRAME, SPECTRUM_KAISER = 2048, 12.0
#: Highest key, C8, for which a program gets copies above its zones: there the nearest one plays.
HIGHEST_KEY = 108
#: So many recorded samples are looked at, and so many made (64 MB), for the sounds that groups ask for first.
MOST_COPIED = 16 << 20


@cache
def _window(frame: int) -> np.ndarray:
    return np.kaiser(frame, SPECTRUM_KAISER).astype("f4")


def bandwidth(sound: np.ndarray) -> float:
    """Highest frequency, cycles per sample, that is not FAINT_DB below the strongest partial."""
    frame = min(FRAME, sound.size)
    if frame < 8:
        return 0.0
    pieces = np.lib.stride_tricks.sliding_window_view(sound, frame)[::max(frame // 2, 1)]
    window, loudest = _window(frame), np.zeros(FRAME // 2 + 1, "f4")
    for first in range(0, len(pieces), 256):
        np.maximum(loudest, np.abs(np.fft.rfft(pieces[first:first + 256] * window, FRAME)).max(axis=0), out=loudest)
    strong = np.flatnonzero(loudest > loudest.max() * 10.0 ** (FAINT_DB / 20.0))
    # half the width of the window's main lobe is not the recording's
    return max(float(strong[-1]) / FRAME - 4.0 / frame, 0.0) if strong.size else 0.0


def _heard(recording: Recording, start: int, stop: int, loop_start: int, loop_stop: int, mode: int) -> np.ndarray:
    """What a held note plays, with enough of the loop to see its spectrum."""
    sound = recording.read(start, loop_stop if mode else stop)
    return np.concatenate([sound, np.resize(sound[loop_start - start:], FRAME)]) if mode else sound


def _spans(low: int, high: int, octaves: np.ndarray, width: float) -> list[tuple[int, int, int, int]]:
    """Keys low .. high, from each to each, that share a step and a rate; `octaves`: above OUTPUT_HZ, of keys 0 .. 127."""
    steps = np.ceil(np.maximum(octaves, 0.0) * STEPS - 1e-3).astype(int)
    steps = np.where(steps > FINE_STEPS, -(-steps // STEPS) * STEPS, steps)
    spans: list[tuple[int, int, int, int]] = []
    for key, step in zip(range(low, high + 1), np.minimum(steps, MOST_STEPS)[low:high + 1].tolist(), strict=True):
        step = step if band_limit(step) < width else 0
        rate = 2 if min(band_limit(step), width) > 0.25 else 1
        if spans and spans[-1][2:] == (step, rate):
            spans[-1] = (spans[-1][0], key, step, rate)
        else:
            spans.append((key, key, step, rate))
    return spans


def _highest(rows: np.ndarray, zones: list[int]) -> list[int]:
    """Zones of a program that play, each alone, what lies above all its keys: the first for each strength."""
    top = max(int(rows[z, KEY_HIGH]) for z in zones)
    found: list[int] = []
    for z in zones if top < HIGHEST_KEY else []:
        apart = all(rows[z, VELOCITY_LOW] > rows[other, VELOCITY_HIGH] or rows[z, VELOCITY_HIGH] < rows[other, VELOCITY_LOW]
                    for other in found)
        if rows[z, KEY_HIGH] == top and apart:
            found.append(z)
    return found


def limit_bands(rows: np.ndarray, programs: np.ndarray, headers: np.ndarray, places: np.ndarray,
                recording: Recording) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split zones by keys where these need copies of different bands; return rows, programs and places anew.

    Goes by programs, those that groups ask for first, as long as copies and zones fit; the others stay as they are recorded.
    """
    root, pitch = tunings(rows, headers)
    widths: dict[tuple[int, ...], float] = {}
    seen = {tuple(place) for place in places.tolist()}
    left = min(MOST_COPIED, limits.MOST_SAMPLES - count_samples(np.unique(places, axis=0)))
    looked, zones = MOST_COPIED, len(rows)
    made: dict[int, list[tuple[int, int, int, int, int]]] = {}
    for program in sorted(np.unique(programs).tolist(), key=limits.urgency):
        if program == DRUM_KIT:     # noise, that the images brighten as its makers heard it
            continue
        mine = np.flatnonzero(programs == program).tolist()
        splits, fresh, above = [], set(), _highest(rows, mine)
        for z in mine:
            row, place = rows[z], tuple(places[z].tolist())
            low, high = int(row[KEY_LOW]), int(row[KEY_HIGH])
            if place[4] == LOOPED_UNTIL_RELEASE or low > high:     # behind the loop its copy would have to begin elsewhere
                splits.append((z, low, high, 0, 1))
                continue
            if place not in widths:
                looked -= place[1] - place[0]
                if looked < 0:
                    break
                widths[place] = bandwidth(_heard(recording, *place[:5]))
            octaves = pitch[z] + (np.arange(128) - root[z]) * row[SCALE] / 1200.0 - math.log2(OUTPUT_HZ)
            # where the modulation envelope rests; its peak is passed in milliseconds
            octaves += max(int(row[MOD_PITCH]), 0) / 1200.0 * (1.0 - row[MOD_SUSTAIN] / 1000.0)
            if row[FIXED_KEY] >= 0:
                octaves[:] = octaves[row[FIXED_KEY]]
            spans = _spans(low, high, octaves, widths[place])
            if z in above:
                more = _spans(high + 1, HIGHEST_KEY, octaves, widths[place])
                spans += more if len(more) > 1 or more[0][2:] != spans[-1][2:] else []
            splits += [(z, *span) for span in spans]
            fresh |= {(*place[:5], *span[2:]) for span in spans}
        fresh -= seen
        cost = count_samples(np.array(sorted(fresh), "i8").reshape(-1, LAID)) if fresh else 0
        zones += len(splits) - len(mine)
        if looked < 0 or cost > left or zones > limits.ZONES:
            break
        left, made[program] = left - cost, splits
        seen |= fresh
    every = [split for program in np.unique(programs).tolist()
             for split in made.get(program, [(z, int(rows[z, KEY_LOW]), int(rows[z, KEY_HIGH]), 0, 1)
                                             for z in np.flatnonzero(programs == program).tolist()])]
    which, low, high, step, rate = np.array(every, "i8").T
    rows, programs, places = rows[which].copy(), programs[which], places[which].copy()
    rows[:, KEY_LOW], rows[:, KEY_HIGH] = low, high
    places[:, 5], places[:, 6] = step, rate
    return rows, programs, places
