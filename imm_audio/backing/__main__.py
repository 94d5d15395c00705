"""The process that stretches a recording: `python -m imm_audio.backing BLOCK FILE [JSON of corrections]`.

It fills the ring of the recording in the block a little ahead of the sound.  It may be killed and started again at any
moment: the recording fades, and comes back on the beat.
"""
import contextlib
import gc
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ..catalog.reading import BadFile
from ..inputs.priority import raise_priority
from ..scribe import attach
from .preparing import prepare
from .recording import BadRecording

#: How often the ring is filled: several times within what is kept ahead.
ROUND_S = 0.005
#: Exit status when the file can't be the band; why is the last line of its standard output.
CANNOT_PLAY = 3


def run(block_name: str, path: Path, correction: dict[str, Any]) -> int:
    """Play until the session stops or this process is told to end; exit status."""
    for name in ("SIGINT", "SIGHUP"):  # meant for the parent, who decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    engine = attach(block_name)
    try:
        player = prepare(engine, path, **correction)
    except (BadRecording, BadFile) as error:
        print(error, flush=True)
        return CANNOT_PLAY
    if not raise_priority():
        with contextlib.suppress(AttributeError, OSError):
            os.setpriority(os.PRIO_PROCESS, 0, -10)
    gc.collect()
    gc.freeze()
    while not (told or engine.header["stop"]):
        player.advance()
        time.sleep(ROUND_S)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}))
    except FileNotFoundError as error:
        sys.exit(f"backing: {error}")
