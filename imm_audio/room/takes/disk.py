"""The disk under a take: how long it lasts, and bringing what was written down to it."""
import os
import shutil
import threading
from pathlib import Path

from .wav import FRAME_BYTES

#: Kept free, so that a take can be closed and the computer goes on working.
RESERVE_BYTES = 20_000_000
#: Said once each, in minutes.
WARNINGS = (30, 10, 2)
SYNC_S = 2.0


def free_bytes(folder: Path) -> float:
    """Free space on the disk of a folder."""
    return shutil.disk_usage(folder).free


class Space:
    """Minutes that are left, and when to speak of them."""

    def __init__(self, free=free_bytes):
        self._free = free
        self._said = 1 + max(WARNINGS)
        self.minutes = float("inf")
        self.full = False

    def look(self, folder: Path, files: int, sample_rate: float) -> str:
        """Look at the disk; a sentence when a warning is due, else empty."""
        left = self._free(folder) - RESERVE_BYTES
        self.full = left <= 0
        self.minutes = max(left, 0) / (max(files, 1) * FRAME_BYTES * sample_rate) / 60
        due = [minutes for minutes in WARNINGS if self.minutes < minutes < self._said]
        if not due or self.full:
            return ""
        self._said = min(due)
        return f"About {max(round(self.minutes), 1)} more minutes can be recorded, then the disk is full."


def sync_folder(folder: Path) -> None:
    """Bring everything in a folder from the system's memory down to the disk: it outlives a power cut then."""
    for path in folder.glob("*"):
        try:
            with open(path, "r+b") as file:
                os.fsync(file.fileno())
        except OSError:
            pass  # replaced meanwhile; or the writer will meet the same error and say so


class Syncer(threading.Thread):
    """Syncs a folder every 2 s, aside: on a slow disk one sync may take longer than the ring holds."""

    def __init__(self, folder: Path):
        super().__init__(name="sync", daemon=True)
        self._folder = folder
        self._ending = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ending.wait(SYNC_S):
            sync_folder(self._folder)
        sync_folder(self._folder)

    def end(self) -> None:
        """Sync once more and end; nobody waits for it."""
        self._ending.set()
