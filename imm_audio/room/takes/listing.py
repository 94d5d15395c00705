"""What takes there are."""
from dataclasses import dataclass
from pathlib import Path

from .papers import read_take
from .wav import frames_in


@dataclass(frozen=True)
class TakeInfo:
    """One take, for a list."""

    name: str
    folder: Path
    started: str              # ISO time
    minutes: float
    files: tuple[str, ...]    # its sound files
    size_bytes: int           # of all its files
    closed: bool              # False: being written, or in need of repair
    note: str


def list_takes(session_folder: str | Path) -> list[TakeInfo]:
    """All takes of a session, oldest first; a folder that is none is passed over."""
    folders = (Path(session_folder) / "takes").glob("*/")
    return sorted((_info(folder, take) for folder in folders if (take := read_take(folder))),
                  key=lambda info: (info.started, info.name))


def _info(folder: Path, take: dict) -> TakeInfo:
    entries = [entry for entry in take.get("files", []) if (folder / entry["file"]).is_file()]
    frames = take.get("frames") or max((frames_in(folder / entry["file"]) for entry in entries), default=0)
    return TakeInfo(
        name=str(take.get("name", folder.name)), folder=folder, started=str(take.get("started", "")),
        minutes=frames / take.get("sample_rate", 48000) / 60, files=tuple(entry["file"] for entry in entries),
        size_bytes=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        closed=bool(take.get("closed")), note=str(take.get("note", "")))
