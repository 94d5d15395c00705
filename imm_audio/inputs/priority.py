"""Ask the system to wake the calling thread before others; where it is not allowed, nothing changes."""
import ctypes
import os
import sys

#: Below JACK's own threads (usually 60 and more), above everything ordinary.
_LINUX_PRIORITY = 40
_WINDOWS_TIME_CRITICAL = 15
_MAC_USER_INTERACTIVE = 0x21


def raise_priority() -> bool:
    """Give the calling thread real-time priority; True when the system agreed."""
    try:
        if sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.GetCurrentThread.restype = ctypes.c_void_p
            return bool(kernel.SetThreadPriority(ctypes.c_void_p(kernel.GetCurrentThread()), _WINDOWS_TIME_CRITICAL))
        if sys.platform == "darwin":
            return ctypes.CDLL(None).pthread_set_qos_class_self_np(_MAC_USER_INTERACTIVE, 0) == 0
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_LINUX_PRIORITY))  # 0 is the calling thread here
        return True
    except (OSError, AttributeError):
        return False
