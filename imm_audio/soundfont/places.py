"""Where each zone's sound lies in the file, and the copies with margins that spare the kernel every test for an end.

A place: start, stop, loop start, loop stop, mode, and what `bands` makes of it: step of the band limit, factor of the rate.
"""
import numpy as np

from ..kernels.voices.sampler import MARGIN
from .filters import lead_out, limit_band
from .riff import Recording
from .words import (
    LOOP_START,
    LOOP_START_COARSE,
    LOOP_STOP,
    LOOP_STOP_COARSE,
    LOOPED,
    LOOPED_UNTIL_RELEASE,
    MODES,
    SAMPLE_OF,
    START,
    START_COARSE,
    STOP,
    STOP_COARSE,
)

#: Samples read at a time: a megabyte or two.
PIECE = 1 << 19
#: Columns of a place.
LAID = 7


def find_places(rows: np.ndarray, headers: np.ndarray, available: int) -> np.ndarray:
    """Find start, stop, loop start, loop stop of each zone in the recording, and its mode; int64 (zones, LAID), as recorded.

    As players do: what lies outside is cut, and a loop that can't be played is not played (mode 0).
    """
    header = headers[rows[:, SAMPLE_OF]]
    start = header["start"].astype("i8") + rows[:, START] + 32768 * rows[:, START_COARSE].astype("i8")
    stop = header["stop"].astype("i8") + rows[:, STOP] + 32768 * rows[:, STOP_COARSE].astype("i8")
    loop_start = header["loop_start"].astype("i8") + rows[:, LOOP_START] + 32768 * rows[:, LOOP_START_COARSE].astype("i8")
    loop_stop = header["loop_stop"].astype("i8") + rows[:, LOOP_STOP] + 32768 * rows[:, LOOP_STOP_COARSE].astype("i8")
    start = np.clip(start, 0, available)
    stop = np.clip(stop, start, available)
    mode = rows[:, MODES] & 3
    looped = (mode & 1 == 1) & (loop_start >= start) & (loop_stop > loop_start) & (loop_stop <= available)
    mode = np.where(looped, mode, 0)
    # what a mode does not use must not make two copies of one sample
    stop = np.where(mode == LOOPED, loop_stop, stop)
    loop_start, loop_stop = np.where(mode == 0, 0, loop_start), np.where(mode == 0, 0, loop_stop)
    as_recorded = np.zeros_like(start), np.ones_like(start)
    return np.stack([start, stop, loop_start, loop_stop, mode, *as_recorded], axis=1)


def count_samples(places: np.ndarray) -> int:
    """How many samples `copy_samples` makes of these places, each different from the others."""
    start, stop, _, loop_stop, mode, step, rate = places.T
    looped = mode != 0
    late = np.where(looped & ((step > 0) | (rate > 1)), lead_out(step), 0)
    frames = rate * (np.where(looped, loop_stop - start, stop - start) + late) + MARGIN * (1 + looped)
    tails = np.where(mode == LOOPED_UNTIL_RELEASE, MARGIN + np.maximum(stop, loop_stop) - start, 0)
    return int((frames + tails).sum()) + MARGIN


def copy_samples(places: np.ndarray, recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Lay each place out, with margins; return the samples and rows of start, stop, loop, tail, tail stop, rate.

    A band-limited copy takes its loop as much later as its filter reaches: what lies before the loop is then out of sight.
    """
    samples, rows, at = np.zeros(count_samples(places), "f4"), np.zeros((len(places), 6), "i8"), 0

    def put(start: int, stop: int) -> None:
        nonlocal at
        for first in range(start, stop, PIECE):
            piece = recording.read(first, min(first + PIECE, stop))
            samples[at:at + piece.size] = piece
            at += piece.size

    def put_limited(start: int, stop: int, loop: int, step: int, rate: int) -> None:
        nonlocal at
        sound, late = recording.read(start, stop), lead_out(step) if loop else 0
        if loop:
            # seen by the filter on the right of the last sample that is kept
            sound = np.concatenate([sound, np.resize(sound[sound.size - loop:], 2 * late)])
        kept = (stop - start + late) * rate
        samples[at:at + kept] = limit_band(sound, step, rate)[:kept]
        at += kept

    for row, (start, stop, loop_start, loop_stop, mode, step, rate) in zip(rows, places.tolist(), strict=True):
        at += MARGIN
        begin = at
        end = stop if mode == 0 else loop_stop
        if step > 0 or rate > 1:
            put_limited(start, end, loop_stop - loop_start, step, rate)
        else:
            put(start, end)
        row[:2], row[5] = (begin, at), rate
        if mode == 0:
            continue
        row[2] = (loop_stop - loop_start) * rate
        samples[at:at + MARGIN] = np.resize(samples[at - row[2]:at], MARGIN)
        at += MARGIN
        if mode == LOOPED_UNTIL_RELEASE:
            at += MARGIN
            row[3] = at - begin
            put(start, max(stop, loop_stop))
            row[4] = at
    return samples, rows
