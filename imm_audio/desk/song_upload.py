"""Songs that people bring: what they are called, and that they can be read, is checked before they are on the shelf."""
import asyncio
import json
import os
import re
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from ..settings import own_folder
from ..songs.shelf import SUFFIXES

#: A song that is not read by then is none [s]; scores need the longest.
PATIENCE_S = 30.0
LONGEST_NAME = 80
#: What reads it, in a process of its own.
CHECK = "from imm_audio.desk.song_check import main; main()"
_GOOD_NAME = re.compile(r"[\w][\w .,'()&+-]*")
#: Names that mean devices on Windows.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


class BadSong(ValueError):
    """It can't be used; the message is for people."""


def safe_name(name: str) -> str:
    """A file name that is nothing but a name.  BadSong: it is not."""
    name = unicodedata.normalize("NFC", name)
    stem, suffix = os.path.splitext(name)
    if suffix.lower() not in SUFFIXES:
        raise BadSong(f"Songs end in one of these: {', '.join(SUFFIXES)}.")
    if len(name) > LONGEST_NAME or not _GOOD_NAME.fullmatch(stem) or _DEVICES.fullmatch(stem.split(".")[0].strip()):
        raise BadSong(f"Give the file a plain name of letters and numbers, at most {LONGEST_NAME} long.")
    return stem.strip() + suffix.lower()


async def keep(name: str, content: bytes) -> dict[str, Any]:
    """Put a song on people's own shelf; its name there, title, and what could not be read.  BadSong: it stays away."""
    name = safe_name(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        found = await _read(path)
    folder_of_songs = own_folder() / "songs"
    await asyncio.to_thread(_put, folder_of_songs / name, content)
    return {"name": Path(name).stem, **found}


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.part")
    half.write_bytes(content)
    half.replace(path)


async def _read(path: Path) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHECK, str(path), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    try:
        said, _ = await asyncio.wait_for(child.communicate(), PATIENCE_S)
    except TimeoutError:
        child.kill()
        await child.wait()
        raise BadSong(f"{path.name} takes too long to read. Try another file of the same song.") from None
    lines = said.decode("utf-8", "replace").strip().splitlines()
    if child.returncode == 1 and lines:
        raise BadSong(lines[-1])
    if child.returncode or not lines:
        raise BadSong(f"{path.name} can't be read. Try another file of the same song.")
    found: dict[str, Any] = json.loads(lines[-1])
    return found
