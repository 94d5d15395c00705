"""24-bit stereo WAV files that grow: true on disk after every write, WAV below 4 GB and RF64 above.

libsndfile can write such files in one go, but cannot go on with one: opened again, a file that began as RF64 is taken
for a plain WAV, and its length wraps at 4 GB (measured, 1.2.2).  A take is opened again whenever the scribe was
restarted, a player joins late or a crash is repaired.  So the header, always the same 80 bytes, is written here.
"""
import struct
from pathlib import Path

import numpy as np

HEADER_BYTES, FRAME_BYTES = 80, 6
FULL_SCALE = 2**23
_SIZE_ELSEWHERE = 0xFFFFFFFF


def wav_header(sample_rate: int, frames: int) -> bytes:
    """First 80 bytes of a file of so many frames.

    A chunk named JUNK keeps the place that RF64's long sizes need, so that a file may pass 4 GB while it grows.
    Source: EBU Tech 3306 (RF64), section 3.5.
    """
    size = frames * FRAME_BYTES
    whole = size + HEADER_BYTES - 8
    kind, room, sizes = b"RIFF", b"JUNK", (0, 0, 0)
    if whole >= _SIZE_ELSEWHERE:
        kind, room, sizes = b"RF64", b"ds64", (whole, size, frames)
    return struct.pack("<4sI4s 4sIQQQI 4sIHHIIHH 4sI",
                       kind, min(whole, _SIZE_ELSEWHERE), b"WAVE",
                       room, 28, *sizes, 0,
                       b"fmt ", 16, 1, 2, sample_rate, sample_rate * FRAME_BYTES, FRAME_BYTES, 24,
                       b"data", min(size, _SIZE_ELSEWHERE) if kind == b"RIFF" else _SIZE_ELSEWHERE)


def frames_in(path: Path) -> int:
    """Whole frames that a file of ours holds, by its length; 0 when it is not there."""
    try:
        return max(path.stat().st_size - HEADER_BYTES, 0) // FRAME_BYTES
    except FileNotFoundError:
        return 0


def sample_rate_of(path: Path) -> int:
    """Hz.  ValueError when a file is none of ours."""
    with open(path, "rb") as file:
        header = file.read(HEADER_BYTES)
    rate = int.from_bytes(header[60:64], "little")
    if header[8:12] != b"WAVE" or header[72:76] != b"data" or header[48:60] != wav_header(rate, 0)[48:60] or not rate:
        raise ValueError(f"{path.name} is not a sound file of a take.")
    return rate


def whole_numbers(sound: np.ndarray) -> np.ndarray:
    """Float sound, full scale 1.0 -> 24-bit numbers as int32 of the same shape; `sound` is used up.

    Rounded to the nearest and clipped; reading programs divide by 2**23 and get the sound within half a step.
    """
    np.multiply(sound, np.float32(FULL_SCALE), out=sound)
    np.rint(sound, out=sound)
    np.clip(sound, -FULL_SCALE, FULL_SCALE - 1, out=sound)
    return sound.astype("<i4")


def packed(numbers: np.ndarray) -> np.ndarray:
    """24-bit numbers, int32 (frames, 2) -> as they stand in a file, uint8 (frames, FRAME_BYTES)."""
    return np.ascontiguousarray(numbers, "<i4").view("u1").reshape(-1, 4)[:, :3].reshape(-1, FRAME_BYTES)


def write_all(file, content: bytes) -> None:
    """Write everything to an unbuffered file: on a full disk the first call writes less, the next one raises."""
    left = memoryview(content)
    while left:
        left = left[file.write(left):]


class WavFile:
    """One stereo file under way."""

    def __init__(self, path: Path, sample_rate: int, frames: int):
        """Open or make a file and bring it to exactly `frames`."""
        self.path = path
        self._sample_rate = sample_rate
        self._file = open(path, "r+b" if path.exists() else "w+b", buffering=0)  # noqa: SIM115 (closed by close)
        self.set_length(frames)

    def set_length(self, frames: int) -> None:
        """Cut, or fill up with silence that takes no disk space."""
        self._file.truncate(HEADER_BYTES + frames * FRAME_BYTES)
        self._put_header(frames)

    def append(self, numbers: np.ndarray) -> None:
        """Add 24-bit numbers, int32 (frames, 2)."""
        self.append_packed(packed(numbers).tobytes())

    def append_packed(self, content: bytes) -> None:
        """Add frames as they stand in a file."""
        self._file.seek(HEADER_BYTES + self.frames * FRAME_BYTES)
        write_all(self._file, content)
        self._put_header(self.frames + len(content) // FRAME_BYTES)

    def close(self) -> None:
        self._file.close()

    def _put_header(self, frames: int) -> None:
        self._file.seek(0)
        write_all(self._file, wav_header(self._sample_rate, frames))
        self.frames = frames
