"""Finds the pieces of a SoundFont file, and reads no more of it than is asked for.

By seeking, not by mapping the file into memory: a file that shrinks or a stick that is pulled out then is an error, not
a crash.
"""
import os
from typing import BinaryIO

import numpy as np

from .words import TABLES, Broken

#: Zones name their generators by 16 bits [7.3], so more entries can't be reached.
ENTRIES = 65537
#: Chunks of a font; the format has about twenty.
CHUNKS = 1000


def find_chunks(file: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """Place and size of each RIFF chunk by name, those inside lists too."""
    length = file.seek(0, os.SEEK_END)
    head = read_bytes(file, 0, 12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise Broken("is not a SoundFont 2 file; it must begin with RIFF and sfbk")
    declared = int.from_bytes(head[4:8], "little") + 8
    if declared > length:
        raise Broken(f"is cut off after {length} bytes; its header promises {declared}")
    found: dict[bytes, tuple[int, int]] = {}
    place = 12
    for _ in range(CHUNKS):
        if place + 8 > declared:
            return found
        head = read_bytes(file, place, 8)
        name, size = head[:4], int.from_bytes(head[4:], "little")
        place += 8
        if place + size > declared:
            raise Broken(f"is damaged: chunk {name.decode('latin-1')!r} at byte {place - 8} is longer than the file")
        if name == b"LIST":
            place += 4
        else:
            found[name] = place, size
            place += size + (size & 1)
    raise Broken(f"is damaged: it has more than {CHUNKS} chunks")


def read_bytes(file: BinaryIO, place: int, size: int) -> bytes:
    """Bytes of the file; fewer where it ends."""
    file.seek(place)
    return file.read(size)


def read_table(file: BinaryIO, chunks: dict[bytes, tuple[int, int]], name: bytes) -> np.ndarray:
    """Records of one chunk, at least one."""
    kind = TABLES[name]
    place, size = chunks.get(name, (0, 0))
    if size % kind.itemsize or size < kind.itemsize:
        raise Broken(f"is damaged: its table {name.decode()!r} is missing or has the wrong size")
    if size > ENTRIES * kind.itemsize:
        raise Broken(f"is damaged: its table {name.decode()!r} has {size // kind.itemsize} entries, at most {ENTRIES}")
    content = read_bytes(file, place, size)
    if len(content) < size:
        raise Broken("got shorter while it was read")
    return np.frombuffer(content, kind)


class Recording:
    """All recorded samples of a font: 16 bits, or 24 where the font brings the lower bytes [6.2]."""

    def __init__(self, file: BinaryIO, chunks: dict[bytes, tuple[int, int]]):
        self._file = file
        self._high, size = chunks.get(b"smpl", (0, 0))
        self.size = size // 2
        if self.size == 0:
            raise Broken("has no samples; fonts that refer to a ROM can't be played")
        low, low_size = chunks.get(b"sm24", (0, 0))
        self._low = low if low_size >= self.size else None

    def read(self, start: int, stop: int) -> np.ndarray:
        """Samples start .. stop - 1, float32, full scale = 1."""
        count = max(stop - start, 0)
        high = read_bytes(self._file, self._high + 2 * start, 2 * count)
        low = read_bytes(self._file, self._low + start, count) if self._low is not None else b""
        if len(high) < 2 * count or (self._low is not None and len(low) < count):
            raise Broken("got shorter while it was read")
        sound = np.frombuffer(high, "<i2").astype("f4") * np.float32(1.0 / 32768.0)
        if low:
            sound += np.frombuffer(low, "u1").astype("f4") * np.float32(1.0 / 8388608.0)
        return sound
