"""One program keeps the session of a folder: a second one in the same folder neither reads what everybody agreed to there nor
writes over it.  The claim is a lock of the system, so it ends with the process that has it, however that ends.
"""
import contextlib
import os
import sys
from pathlib import Path

LOCK_NAME = ".session.lock"


class Claim:
    """A folder, if nobody else has it: `mine`.  Where locks are unknown, as on some network drives, it is everybody's."""

    def __init__(self, folder: Path):
        self.mine, self._handle = True, -1
        with contextlib.suppress(OSError):  # whoever writes there will hear of it
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(self._handle)
            except (BlockingIOError, PermissionError):
                self.mine = False

    def end(self) -> None:
        """Leave the folder to others."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _lock(handle: int) -> None:
    """BlockingIOError or PermissionError when another process has it."""
    if sys.platform == "win32":
        import msvcrt
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
