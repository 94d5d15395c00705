"""The process that stretches a recording: `python -m imm_audio.backing BLOCK FILE`.

It fills the ring of the recording in the block a little ahead of the sound.  It may be killed and started again at any
moment: the recording fades, and comes back on the beat.
"""
import contextlib
import gc
import os
import signal
import sys
import time
from pathlib import Path

from ..block import BACKING
from ..catalog.reading import BadFile
from ..inputs.priority import raise_priority
from ..scribe import attach
from ..settings import CANNOT_START
from .preparing import prepare
from .recording import BadRecording

#: How often the ring is filled: several times within what is kept ahead.
ROUND_S = 0.005


def run(block_name: str, path: Path) -> int:
    """Play until the session stops or this process is told to end; exit status."""
    for name in ("SIGINT", "SIGHUP"):  # meant for the parent, who decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    engine = attach(block_name)
    try:
        player = prepare(engine, path)
    except (BadRecording, BadFile) as error:
        print(error, flush=True)
        return CANNOT_START
    if not raise_priority():
        with contextlib.suppress(AttributeError, OSError):
            os.setpriority(os.PRIO_PROCESS, 0, -10)
    process = engine.header["processes"][BACKING]
    process["pid"] = os.getpid()
    gc.collect()
    gc.freeze()
    while not (told or engine.header["stop"]):
        process["alive_s"] = time.monotonic()
        player.advance()
        time.sleep(ROUND_S)
    process["pid"] = 0
    return 0


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1], Path(sys.argv[2])))
    except FileNotFoundError as error:
        sys.exit(f"backing: {error}")
