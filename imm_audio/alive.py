"""Is a process still there?  Asked by number, on any system, without touching it."""
import ctypes
import os
import sys
from pathlib import Path

_SYNCHRONIZE, _WAIT_TIMEOUT = 0x00100000, 0x102  # winnt.h, winbase.h


def is_running(pid: int) -> bool:
    """True while the process lives; one that ended and whose parent has not looked yet (a zombie) does not."""
    if pid <= 0:
        return False
    if sys.platform == "win32":  # os.kill(pid, 0) would send Ctrl-C there
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return False
        running = kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT
        kernel.CloseHandle(handle)
        return bool(running)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # proc(5): the state is the first letter behind the name, which stands in brackets and may hold anything
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return True  # no /proc: macOS
