"""Read a recording (WAV, FLAC, MP3, Ogg and whatever else libsndfile knows) as stereo sound at the engine's rate."""
from math import gcd
from pathlib import Path

import numpy as np
import soundfile

#: Half an hour of stereo at 48 kHz takes 690 MB; longer files are concerts, not songs.
LONGEST_S = 1800.0
#: Frames on both sides of a piece that is resampled, so that its ends don't ring.
_OVERLAP = 4096


class BadRecording(ValueError):
    """A file that can't be the band; the message is for people."""


def read_recording(path: Path, sample_rate: int) -> np.ndarray:
    """Sound of the file, float32 (2, frames).  BadRecording when that can't be."""
    path = Path(path)
    if not path.is_file():
        raise BadRecording(f"{path.name}: {'that is a folder' if path.is_dir() else 'there is no such file'}.")
    try:
        with soundfile.SoundFile(path) as file:
            if not 8000 <= file.samplerate <= 192000:
                raise BadRecording(f"{path.name}: {file.samplerate} frames a second, 8000 to 192000 are possible.")
            if file.frames > LONGEST_S * file.samplerate:
                raise BadRecording(f"{path.name}: it lasts {file.frames / file.samplerate / 60:.0f} minutes, at most "
                                   f"{LONGEST_S / 60:.0f} are possible.")
            rate, sound = file.samplerate, file.read(dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, OSError):
        raise BadRecording(f"{path.name}: this is no sound that can be read. WAV, FLAC, MP3 and Ogg can.") from None
    if len(sound) < rate // 10:
        raise BadRecording(f"{path.name}: there is no sound in it.")
    sound = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
    left, right = sound[:, 0], sound[:, min(1, sound.shape[1] - 1)]
    return np.stack([resample(left, rate, sample_rate), resample(right, rate, sample_rate)])


def resample(sound: np.ndarray, rate: int, to_rate: int) -> np.ndarray:
    """`sound` (frames,) at another rate, float32: band-limited, piece by piece in the frequency domain."""
    if rate == to_rate:
        return np.ascontiguousarray(sound, "f4")
    unit = gcd(rate, to_rate)
    units = -(-65536 * unit // rate)                 # of a piece: whole frames at both rates
    piece, out = units * rate // unit, units * to_rate // unit
    margin = -(-_OVERLAP * unit // rate)
    before, cut = margin * rate // unit, margin * to_rate // unit
    pieces = -(-len(sound) // piece)
    padded = np.concatenate([np.zeros(before), sound, np.zeros(pieces * piece - len(sound) + before)])
    whole, whole_out = piece + 2 * before, out + 2 * cut
    bins = min(whole, whole_out) // 2 + 1
    found = np.empty(pieces * out, "f4")
    for n in range(pieces):
        spectrum = np.fft.rfft(padded[n * piece:n * piece + whole])[:bins]
        found[n * out:(n + 1) * out] = np.fft.irfft(spectrum, whole_out)[cut:cut + out] * (whole_out / whole)
    return found[:round(len(sound) * to_rate / rate)]
