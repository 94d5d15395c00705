"""Which sessions run on this computer: one small file each, so that another window can end one, and leftovers are cleared."""
import json
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from .alive import is_running
from .block import open_block, remove_block


def _folder() -> Path:
    return platformdirs.user_state_path("imm_audio", appauthor=False) / "running"


def enter(block_name: str, pids: list[int], session_folder: str) -> None:
    """Say that a session runs in these processes."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"pids": pids, "session": session_folder})
    (folder / f"{block_name}.json").write_text(text, encoding="utf-8")


def leave(block_name: str) -> None:
    """The session is over; its memory goes."""
    (_folder() / f"{block_name}.json").unlink(missing_ok=True)
    try:
        block = open_block(block_name)
    except (FileNotFoundError, ValueError):
        return
    remove_block(block)
    block.close()


def running() -> Iterator[tuple[str, str]]:
    """(block name, session folder) of every session that lives; what others left behind is removed."""
    for path in sorted(_folder().glob("*.json")):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            alive, folder = any(is_running(pid) for pid in found["pids"]), str(found["session"])
        except (OSError, ValueError, KeyError, TypeError):
            alive, folder = False, ""
        if alive:
            yield path.stem, folder
        else:
            leave(path.stem)
