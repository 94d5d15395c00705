"""Repair what a crash left: every take that says it is open and that nobody writes any more."""
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from ...alive import is_running
from ...block import HEADER, MAGIC, open_block, text_of
from .listing import TAKES
from .making import clear_unfinished
from .naming import duration
from .papers import EVENTS, TAKE_JSON, cut_events, read_take, write_take
from .wav import WavFile, frames_in

#: A process of a session gives a sign of life many times a second; one that was silent for so long is another program
#: that was given the same number.
SILENT_S = 30.0


def recover(session_folder: str | Path) -> list[str]:
    """Repair all takes of a session; one plain sentence for each that needed it."""
    sentences = []
    takes = Path(session_folder) / TAKES
    clear_unfinished(takes)
    for folder in sorted(takes.glob("*/")):
        take = read_take(folder)
        if take.get("schema") == 1 and not take.get("closed") and not is_written(folder, take):
            try:
                sentences.append(_repair(folder, take))
            except (OSError, KeyError, TypeError, ValueError) as error:
                name = take.get("name", folder.name)
                sentences.append(f'The take "{name}" is not whole and could not be repaired: {error}')
    return sentences


def is_written(folder: Path, take: dict) -> bool:
    """True while the session that writes this take lives."""
    try:
        block = open_block(str(take["writer"]))
    except PermissionError:
        return True  # of somebody else, who will see to it
    except (OSError, KeyError, ValueError):
        return False
    assert block.buf is not None
    header = np.frombuffer(bytes(block.buf[:HEADER.itemsize]), HEADER)[0] if block.size >= HEADER.itemsize else None
    block.close()
    if header is None or header["magic"] != MAGIC:
        return False
    own = Path(text_of(header["take"]["folder"]))
    lives = any(is_running(int(process["pid"])) and time.monotonic() - process["alive_s"] < SILENT_S
                for process in header["processes"])
    return lives and own.name == folder.name and own.resolve() == folder.resolve()


def _repair(folder: Path, take: dict) -> str:
    """Bring all files to the length of mix.wav, which is written last, and close the take."""
    paths = {folder / entry["file"]: entry["what"] for entry in take["files"]}
    mixes = [path for path, what in paths.items() if what == "mix" and path.exists()]
    frames = frames_in(mixes[0]) if mixes else max(map(frames_in, paths), default=0)
    for path in paths:
        with _time_kept(path):
            WavFile(path, take["sample_rate"], frames).close()
    with _time_kept(folder / EVENTS):
        cut_events(folder / EVENTS, lambda line: line["frame"] < frames)
    length = duration(frames / take["sample_rate"])
    take.update(closed=True, frames=frames,
                note=f"The program ended while this take was written; repaired on {datetime.now():%Y-%m-%d %H:%M}.")
    with _time_kept(folder / TAKE_JSON):
        write_take(folder, take)
    return (f'The take "{take["name"]}" was cut off when the program ended unexpectedly. '
            f"It was repaired and holds {length}.")


@contextmanager
def _time_kept(path: Path) -> Iterator[None]:
    """The time of a file stays the one of the music, not of the repair."""
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns) if path.exists() else None
    yield
    if times and path.exists():
        os.utime(path, ns=times)
