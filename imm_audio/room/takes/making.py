"""New takes that are made in one go: nobody sees them before they are whole."""
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .lookback import Lookback
from .naming import duration, free_folder
from .papers import EVENTS, event_lines, lines_before, write_take
from .take import Stem, file_name, new_facts
from .wav import WavFile

_SUFFIX = ".making"
#: What is still being made after so long was left by a program that was killed.
LEFT_S = 3600.0
#: Frames read and written in one go: 6 MB.
CHUNK_FRAMES = 1 << 20
_MIX = Stem("mix", 0, (0, 1))


def make_take(takes: Path, name: str, fill: Callable[[Path], dict[str, Any]]) -> str:
    """Make a take in a hidden folder, then show it; its name, which is `name` with a number when that is taken.

    fill(folder): writes sound and events, returns take.json.  What it raises leaves nothing behind.
    """
    made = takes / f".{secrets.token_hex(4)}{_SUFFIX}"
    made.mkdir(parents=True)
    try:
        take = fill(made)
        target = free_folder(takes, name)
        write_take(made, take | {"name": target.name})
        os.rename(made, target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return target.name


def clear_unfinished(takes: Path) -> None:
    """Throw away what a killed program left half made."""
    for folder in takes.glob(f".*{_SUFFIX}/"):
        if time.time() - folder.stat().st_mtime > LEFT_S:
            shutil.rmtree(folder, ignore_errors=True)


def keep_lookback(lookback: Lookback, takes: Path, name: str, facts: dict[str, Any]) -> str:
    """Make a take of what was just played; its name.  facts: what take.json says beyond sound and events."""
    def fill(folder: Path) -> dict[str, Any]:
        file = WavFile(folder / file_name(_MIX, ""), facts["sample_rate"], 0)
        try:
            for content in lookback.sound(CHUNK_FRAMES):
                file.append_packed(content)
        finally:
            file.close()
        before, events = lookback.events()
        (folder / EVENTS).write_bytes(lines_before(before) + event_lines(events, lookback.start))
        return new_facts(facts) | {
            "closed": True, "frames": lookback.stop - lookback.start,
            "note": f"Kept after it was played: {duration(lookback.seconds)}.",
            "files": [{"file": file_name(_MIX, ""), "what": _MIX.what, "number": _MIX.number, "name": ""}]}

    return make_take(takes, name, fill)
