"""The same ears for a file: what was begun and sung in a recording, from the past alone."""
from pathlib import Path

import numpy as np
import soundfile

from .onsets import OnsetDetector
from .pitch import PitchTracker

#: Read in pieces of this length, so that an hour of sound needs no memory.
PIECE_S = 1.0
RATE_RANGE_HZ = (8000, 192000)


def _pieces(path: Path) -> tuple[float, list[np.ndarray]]:
    """Sample rate, and the mean of all channels in pieces.  ValueError: one sentence with the file's name."""
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            low, high = RATE_RANGE_HZ
            if not low <= rate <= high:
                raise ValueError(f"{path.name}: its sample rate is {rate} Hz; {low} to {high} are possible.")
            return rate, [np.nan_to_num(block.mean(axis=1), nan=0.0, posinf=0.0, neginf=0.0)
                          for block in file.blocks(int(PIECE_S * rate), dtype="float32", always_2d=True)]
    except (OSError, soundfile.SoundFileError):
        raise ValueError(f"{path.name}: it can't be read as sound.") from None


def onsets_of_wav(path: Path | str) -> list[tuple[float, float, int]]:
    """(time [s], strength 0 .. 1, voice) of everything that begins in a sound file, in order; each from the past alone."""
    rate, pieces = _pieces(Path(path))
    detector = OnsetDetector(rate)
    found = [onset for piece in pieces for onset in detector.feed(piece)]
    return [(onset.frame / rate, onset.strength, onset.voice) for onset in found]


def onset_delay_s(path: Path | str) -> float:
    """How much later than it began an onset of this file is known [s]."""
    rate = soundfile.info(path).samplerate
    return OnsetDetector(rate).delay_frames / rate


def pitches_of_wav(path: Path | str) -> list[tuple[float, float | None]]:
    """(time [s], MIDI key with its fraction, or None where nobody sings), every 21 ms or so."""
    rate, pieces = _pieces(Path(path))
    tracker = PitchTracker(rate)
    return [(pitch.frame / rate, pitch.key) for piece in pieces for pitch in tracker.feed(piece)]
