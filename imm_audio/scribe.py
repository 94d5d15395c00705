"""The process that records: `python -m imm_audio.scribe BLOCK`.

It writes takes from the block of shared memory, and wakes a new parent when the old one died.  It may be killed and
started again at any moment: the block says where to go on (room/recorder.py).
"""
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from .alive import is_running
from .block import PARENT, SCRIBE
from .engine import Engine
from .room.recorder import Recorder

ROUND_S = 0.05
BLOCK_WAIT_S = 30.0
#: A parent is missed after half a second; a new one gets this long to begin before the next is tried.
MISSED_S, PARENT_START_S = 0.5, 10.0


def start_parent(block_name: str) -> subprocess.Popen:
    """Start a parent for a session that lost its own; it lives on when this process ends."""
    return subprocess.Popen(
        [sys.executable, "-m", "imm_audio", "attend", block_name], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class ParentWatch:
    """Sees to it that there is a parent."""

    def __init__(self, header: np.void, start: Callable[[], subprocess.Popen]):
        self._header, self._start = header, start
        self._seen_s = self._tried_s = -PARENT_START_S
        self._child: subprocess.Popen | None = None

    def look(self, now_s: float) -> None:
        """Start a parent when there was one that is gone, and nobody asked it to go."""
        if self._child:
            self._child.poll()  # or it would stay a zombie
        pid = int(self._header["processes"][PARENT]["pid"])
        if not pid or is_running(pid):
            self._seen_s = now_s
        elif now_s - self._seen_s > MISSED_S and now_s - self._tried_s > PARENT_START_S and not self._header["stop"]:
            self._tried_s = now_s
            self._child = self._start()


def attach(block_name: str) -> Engine:
    """Join the block as soon as it is there.  FileNotFoundError after 30 s."""
    end_s = time.monotonic() + BLOCK_WAIT_S
    while True:
        try:
            return Engine.attach(block_name)
        except (FileNotFoundError, ValueError):  # ValueError: created, but still without size
            if time.monotonic() > end_s:
                raise
        time.sleep(ROUND_S)


def run(block_name: str, parent: Callable[[str], subprocess.Popen] = start_parent) -> None:
    """Record until the session stops or this process is told to end; a take under way is closed then."""
    for name in ("SIGINT", "SIGHUP"):  # meant for the parent, who decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    sys.setswitchinterval(0.0005)  # each write gives the GIL away: beside busy threads the way back must be short
    engine = attach(block_name)
    header, process = engine.header, engine.header["processes"][SCRIBE]
    process["pid"], process["alive_s"] = os.getpid(), time.monotonic()
    recorder = Recorder(engine, block_name)
    watch = ParentWatch(header, lambda: parent(block_name))
    while True:
        process["alive_s"] = now_s = time.monotonic()
        more = recorder.round()  # at least once: a session may be over before this process has begun
        if told or header["stop"]:
            break
        watch.look(now_s)
        if not more:
            time.sleep(ROUND_S)
    recorder.end()
    process["pid"] = 0


if __name__ == "__main__":
    try:
        run(sys.argv[1])
    except FileNotFoundError as error:
        sys.exit(f"scribe: {error}")
