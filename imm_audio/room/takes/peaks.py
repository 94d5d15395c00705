"""How a take looks: the highest and lowest values of a sound file, for a picture of it."""
from functools import lru_cache
from pathlib import Path

import numpy as np

from .making import CHUNK_FRAMES
from .wav import FRAME_BYTES, HEADER_BYTES, frames_in, sample_rate_of

MOST_POINTS = 20_000


def peaks(path: Path, points: int) -> tuple[float, np.ndarray]:
    """(seconds, lowest and highest value of each part, float32 (points, 2), full scale 1.0) of a sound file of a take.

    Left and right together; zero is always among them.  ValueError when the file can't be read.
    """
    if not 1 <= points <= MOST_POINTS:
        raise ValueError(f"points: {points}, 1 to {MOST_POINTS} are possible")
    try:
        return _peaks(path, path.stat().st_mtime_ns, frames_in(path), points)
    except OSError as error:
        raise ValueError(f"{path.name} can't be read: {error.strerror or error}.") from None


@lru_cache(maxsize=32)
def _peaks(path: Path, _written_ns: int, frames: int, points: int) -> tuple[float, np.ndarray]:
    """Read the whole file, once for each state of it: an hour takes some seconds."""
    rate = sample_rate_of(path)
    found = np.zeros((points, 2), "f4")
    edges = np.arange(points + 1) * frames // points  # part p is frames edges[p] to edges[p + 1]
    with open(path, "rb") as file:
        file.seek(HEADER_BYTES)
        for start in range(0, frames, CHUNK_FRAMES):
            content = np.frombuffer(file.read(CHUNK_FRAMES * FRAME_BYTES), "u1")
            content = content[:len(content) // FRAME_BYTES * FRAME_BYTES]
            upper = content.reshape(-1, 3)[:, 1:].copy().view("<i2").reshape(-1, 2)  # 16 of 24 bits are enough to look at
            count = len(upper)
            if not count:
                break
            first, last = np.searchsorted(edges, (start, start + count - 1), side="right") - 1
            begins = np.maximum(edges[first:last + 1] - start, 0)
            low, high = (np.minimum.reduceat(upper.min(axis=1), begins), np.maximum.reduceat(upper.max(axis=1), begins))
            shown = found[first:last + 1]
            np.minimum(shown[:, 0], low / np.float32(2**15), out=shown[:, 0])
            np.maximum(shown[:, 1], high / np.float32(2**15), out=shown[:, 1])
    found.setflags(write=False)
    return frames / rate, found
