"""The process that listens: `python -m imm_audio.listening BLOCK`.

It reads the microphones from the tap ring and tells the engine what people began and where in the song they are.  A process of
its own, so that neither the beat nor the recording suffers when it is busy or crashes; it may be killed and started again at
any moment.
"""
import os
import signal
import sys
import time

from ..block import LISTENER
from ..scribe import attach
from .ears import Ears
from .song import OpenSong

ROUND_S, LOOK_S = 0.01, 0.5


def run(block_name: str) -> None:
    """Listen until the session stops or this process is told to end."""
    for name in ("SIGINT", "SIGHUP"):  # meant for the parent, who decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    engine = attach(block_name)
    header, process = engine.header, engine.header["processes"][LISTENER]
    process["pid"] = os.getpid()
    song = OpenSong(engine)
    ears = Ears(engine, song.hear_onset, song.hear_pitch)
    next_look_s = 0.0
    while not (told or header["stop"]):
        process["alive_s"] = now_s = time.monotonic()
        if now_s >= next_look_s:
            next_look_s = now_s + LOOK_S
            song.look()
        if not ears.round():
            time.sleep(ROUND_S)
    process["pid"] = 0


if __name__ == "__main__":
    try:
        run(sys.argv[1])
    except FileNotFoundError as error:
        sys.exit(f"listener: {error}")
