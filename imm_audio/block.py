"""The block of shared memory that all processes of a session stand on.

HEADER (this file: who runs, what the take is, what people should be told) | STATE (kernels/engine/state.py) | recorded sounds |
stem ring | tap ring.  Every field has one writer.  A process that dies leaves the block as it is; the next one attaches.
"""
import sys
import time
from multiprocessing import resource_tracker, shared_memory
from unittest import mock

import numpy as np

ENGINE, SCRIBE, PARENT, LISTENER, BACKING, DESK = range(6)
PROCESSES = ("engine", "scribe", "parent", "listener", "backing", "desk")
NOTICES = 32
#: Players' pages whose place is remembered: as many as may be connected.
PAGES = 64

NOTICE = np.dtype([("time_s", "f8"), ("level", "i4"), ("text", "S244")])  # text: UTF-8; time: seconds since the epoch
INFO, WARNING, PROBLEM = range(3)

PROCESS = np.dtype([
    ("pid", "i8"),             # 0: not running
    ("alive_s", "f8"),         # time.monotonic() of its newest round
    ("notice_count", "i8"),    # notices ever written; the newest is notices[(count - 1) % NOTICES]
    ("notices", NOTICE, (NOTICES,)),
], align=True)

TAKE = np.dtype([
    # written by the parent (later the desk)
    ("wanted", "i8"),          # counts requests: odd = record, even = don't
    ("wanted_name", "S128"),
    ("wanted_frame", "i8"),    # when it was asked for: a take never begins before it
    ("keep", "i8"),            # counts changes of what everybody agreed to: odd = microphones are kept, even = they are not
    ("keep_frame", "i8"),      # when that changed last
    ("consent", "S256"),       # who agreed, JSON; empty while nobody did
    ("marks_wanted", "i8"),    # counts requests to keep what was just played
    ("marks_frame", "i8"),     # when that was asked for last
    # written by the scribe
    ("served", "i8"),          # newest request that was carried out
    ("folder", "S1024"),       # of the take under way, empty when there is none
    ("start_frame", "i8"),
    ("next_frame", "i8"),      # everything before it is on disk
    ("next_order", "i8"),      # so are all applied events before it, by their order in the log
    ("lost_frames", "i8"),     # replaced by silence because the scribe came too late
    ("log_losses", "i8"),      # events that the log had refused when the take began
    ("minutes_left", "f8"),    # on the disk at the present number of stems
    ("marks_served", "i8"),    # newest request to keep that was carried out
    ("keepable_s", "f8"),      # so much of what was just played could be kept without a take under way
], align=True)

PAGE = np.dtype([("page", "S16"), ("seat", "i8")])

DESK_RECORD = np.dtype([
    # all written by the desk, for the one that is started when it died
    ("port", "i8"),            # where it answers, 0: nowhere yet
    ("address", "S128"),       # opens the desk in a browser, once
    ("key", "S64"),            # signs who a page is; nobody knows it after the session
    ("open", "i4"),            # 1: other devices in the network may come
    ("tls", "i4"),             # 1: by a certificate of this computer
    ("pages", PAGE, (PAGES,)), # which place each page had
], align=True)

HEADER = np.dtype([
    ("magic", "S16"),          # written last when the block is created
    ("ready", "i8"),           # engine: 1 when sound runs
    ("stop", "i8"),            # parent: 1 asks everyone to end
    ("device", "S256"),        # engine: what plays now
    ("delay_ms", "f8"),        # engine: from a touch to the loudspeaker, as the driver declares it
    ("session", "S1024"),      # parent: folder of the session
    ("settings", "S4096"),     # parent: what the session was asked for, JSON
    ("started_s", "f8"),       # engine: time.monotonic() when sound began
    ("players", "S64", (16,)), # engine: name of whoever plays each place, empty when nobody does
    ("controllers", "S64", (16,)), # engine: which controller file a place is played by, empty for what is unknown
    ("plugged", "i4", (16,)),  # engine: 1 while the controller of a place is there
    ("microphones", "S64", (16,)),
    ("processes", PROCESS, (len(PROCESSES),)),
    ("take", TAKE),
    ("desk", DESK_RECORD),
], align=True)

MAGIC = b"imm_audio 4"
STATE_OFFSET = -(-HEADER.itemsize // 4096) * 4096


class _Block(shared_memory.SharedMemory):
    """Numpy may still look at it when the process ends; the system takes the memory back then."""

    def __del__(self) -> None:
        try:
            super().__del__()
        except BufferError:
            pass


def open_block(name: str, size: int = 0) -> shared_memory.SharedMemory:
    """Create (size > 0) or attach a block that outlives every process but the last.

    Python before 3.13 hands each block to a tracker that removes it when any attached process dies: exactly what must not
    happen here.  `FileNotFoundError` when there is no block of that name.
    """
    create = size > 0
    if sys.version_info >= (3, 13):
        return _Block(name, create, size, track=False)
    with mock.patch.object(resource_tracker, "register", lambda *_: None):
        return _Block(name, create, size)


def remove_block(block: shared_memory.SharedMemory) -> None:
    """Give the name back; memory goes when the last process has let go."""
    try:
        if sys.version_info >= (3, 13):
            block.unlink()
        else:
            with mock.patch.object(resource_tracker, "unregister", lambda *_: None):
                block.unlink()
    except FileNotFoundError:
        pass


def text_of(value: bytes) -> str:
    """Field of bytes -> text."""
    return bytes(value).decode("utf-8", "replace")


def bytes_of(text: str, size: int) -> bytes:
    """Text -> UTF-8 that fits a field of `size` bytes, never cut inside a character."""
    return text.encode("utf-8")[:size].decode("utf-8", "ignore").encode("utf-8")


def tell(header: np.void, process: int, text: str, level: int = INFO) -> None:
    """Say something to the people: one plain sentence, kept in the block until newer ones push it out."""
    mine = header["processes"][process]
    count = int(mine["notice_count"])
    slot = mine["notices"][count % NOTICES]
    slot["time_s"], slot["level"], slot["text"] = time.time(), level, bytes_of(text, 244)
    mine["notice_count"] = count + 1


class Listener:
    """Reads the notices of all processes that came after it began, each once."""

    def __init__(self, header: np.void, from_start: bool = True):
        self._header = header
        self._seen = [0 if from_start else int(p["notice_count"]) for p in header["processes"]]

    def news(self) -> list[tuple[float, int, str]]:
        """New notices as (seconds since the epoch, level, text), oldest first."""
        found = []
        for i, process in enumerate(self._header["processes"]):
            count = int(process["notice_count"])
            for n in range(max(self._seen[i], count - NOTICES), count):
                notice = process["notices"][n % NOTICES]
                found.append((float(notice["time_s"]), int(notice["level"]), text_of(notice["text"])))
            self._seen[i] = count
        return sorted(found)
