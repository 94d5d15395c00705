"""What takes there are."""
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .papers import TAKE_JSON, read_take
from .wav import frames_in

TAKES = "takes"


@dataclass(frozen=True)
class TakeInfo:
    """One take, for a list."""

    name: str                 # of its folder
    folder: Path
    started: str              # ISO time
    seconds: float
    files: tuple[str, ...]    # its sound files
    closed: bool              # False: being written, or in need of repair
    microphones: bool         # voices of people are in it
    consent: dict[str, Any] | None           # who agreed to that: people, parents, said_at
    marks: tuple[tuple[float, str], ...]     # second, label
    note: str

    @property
    def size_bytes(self) -> int:
        """Of everything in the folder."""
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def as_dict(self) -> dict[str, Any]:
        """As pages are told of it."""
        return {"name": self.name, "started": self.started, "seconds": round(self.seconds, 3), "microphones": self.microphones,
                "consent": dict(self.consent) if self.consent else None, "note": self.note, "open": not self.closed,
                "marks": [{"seconds": seconds, "label": label} for seconds, label in self.marks]}


def list_takes(session_folder: str | Path) -> list[dict[str, Any]]:
    """All takes of a session as pages are told of them, newest first."""
    return [take.as_dict() for take in reversed(find_takes(session_folder))]


def find_takes(session_folder: str | Path) -> list[TakeInfo]:
    """All takes of a session, oldest first; a folder that is none, or broken, is passed over."""
    found = (look_at(folder) for folder in (Path(session_folder) / TAKES).glob("*/") if not folder.name.startswith("."))
    return sorted((take for take in found if take), key=lambda take: (take.started, take.name))


def look_at(folder: Path) -> TakeInfo | None:
    """The take in a folder; None when there is none that makes sense."""
    try:
        paper = (folder / TAKE_JSON).stat()
        mixes = frames_in(folder / "mix.wav")  # grows while a take is written
        return _read(folder, (paper.st_mtime_ns, paper.st_ino, paper.st_size), mixes)
    except (OSError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None


@lru_cache(maxsize=512)
def _read(folder: Path, _state: tuple[int, int, int], mix_frames: int) -> TakeInfo:
    """Read take.json; once for each state of it, because the room looks at all takes again and again."""
    take = read_take(folder)
    entries = [entry for entry in take["files"] if (folder / entry["file"]).is_file()]
    consent = take.get("consent")
    frames = take.get("frames") or mix_frames or max((frames_in(folder / entry["file"]) for entry in entries), default=0)
    return TakeInfo(
        name=folder.name, folder=folder, started=str(take["started"]), seconds=float(frames / take["sample_rate"]),
        files=tuple(entry["file"] for entry in entries), closed=bool(take.get("closed")),
        microphones=bool(take.get("keep_microphones")), consent=dict(consent) if consent else None,
        marks=tuple((float(mark["seconds"]), str(mark["label"])) for mark in take.get("marks", [])),
        note=str(take.get("note", "")))
