"""What people do with finished takes: mark, cut, rename, remove, and bring back.

Every function says what is wrong in one plain sentence (ValueError).  A take that is being written is left alone: the scribe
has it.
"""
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .listing import TAKES, look_at
from .making import CHUNK_FRAMES, make_take
from .naming import clock_time, free_folder, safe_name
from .papers import EVENTS, cut_out_events, read_take, write_take
from .wav import FRAME_BYTES, HEADER_BYTES, WavFile, frames_in

REMOVED = "removed"
#: Shorter cuts are slips of the hand.
SHORTEST_S = 0.1
MOST_MARKS = 500
LONGEST_LABEL = 40


def mark(session_folder: str | Path, take_name: str, seconds: float, label: str = "") -> int:
    """Set a mark in a take; its place among the marks, which are in the order of time."""
    folder, take = _finished(session_folder, take_name)
    length_s = take["frames"] / take["sample_rate"]
    if not 0.0 <= seconds <= length_s:
        raise ValueError(f'The take "{take_name}" is {clock_time(length_s)} long; there is nothing at {clock_time(seconds)}.')
    if len(take.setdefault("marks", [])) >= MOST_MARKS:
        raise ValueError(f'The take "{take_name}" has {MOST_MARKS} marks already.')
    new = {"seconds": round(seconds, 3), "label": label[:LONGEST_LABEL]}
    take["marks"] = sorted([*take["marks"], new], key=lambda one: one["seconds"])
    _write(folder, take)
    return next(i for i, one in enumerate(take["marks"]) if one is new)


def unmark(session_folder: str | Path, take_name: str, number: int) -> dict[str, Any]:
    """Take a mark away, by its place in the list; the mark as it was: {"seconds", "label"}."""
    folder, take = _finished(session_folder, take_name)
    if not 0 <= number < len(take.get("marks", [])):
        raise ValueError(f'The take "{take_name}" has no such mark.')
    gone = take["marks"].pop(number)
    _write(folder, take)
    return dict(gone)


def rename(session_folder: str | Path, take_name: str, name: str) -> str:
    """Give a take another name; what it is called now: some signs can't be in the name of a folder."""
    folder, take = _finished(session_folder, take_name)
    new = safe_name(name)
    if not new:
        raise ValueError("A take needs a name with letters or digits.")
    if new == folder.name:
        return new
    target = folder.parent / new
    if new.lower() != folder.name.lower() and _is_taken(folder.parent, new):
        raise ValueError(f'There is a take "{new}" already.')
    with _in_words(f'The take "{take_name}" can\'t be renamed'):
        os.rename(folder, target)
        write_take(target, take | {"name": new})
    return new


def remove(session_folder: str | Path, take_name: str) -> str:
    """Put a take into the folder `removed` beside the takes; the name under which `restore` finds it."""
    folder, _ = _finished(session_folder, take_name)
    return _move(folder, Path(session_folder) / REMOVED, f'The take "{take_name}" can\'t be removed')


def restore(session_folder: str | Path, removed_name: str) -> str:
    """Bring a removed take back; its name, with a number when another has taken that meanwhile."""
    folder = Path(session_folder) / REMOVED / removed_name
    if folder.name != removed_name or not look_at(folder):
        raise ValueError(f'There is no removed take "{removed_name}".')
    return _move(folder, Path(session_folder) / TAKES, f'The take "{removed_name}" can\'t be brought back')


class Cutting(threading.Thread):
    """A cut under way.  When it has ended, `take_name` is the new take's name; `problem` says what went wrong, or is empty."""

    def __init__(self, folder: Path, take: dict[str, Any], first: int, stop: int, tell: Callable[[str], None]):
        super().__init__(name="cut")
        self.take_name = self.problem = ""
        self._folder, self._take, self._first, self._stop_frame, self._tell = folder, take, first, stop, tell
        self.start()

    def run(self) -> None:
        try:
            with _in_words(f'The take "{self._folder.name}" can\'t be cut'):
                self.take_name = make_take(
                    self._folder.parent, f"{self._folder.name}, part",
                    lambda made: _cut_files(self._folder, self._take, self._first, self._stop_frame, made))
        except ValueError as error:
            self.problem = str(error)
            self._tell(self.problem)


def cut(session_folder: str | Path, take_name: str, start_s: float, stop_s: float,
        tell: Callable[[str], None] = lambda sentence: None) -> Cutting:
    """Make a new take of a part of another, aside, because an hour takes a while; it is listed when it is done.

    tell(sentence): called, from a thread, when something goes wrong on the way.
    """
    folder, take = _finished(session_folder, take_name)
    rate = take["sample_rate"]
    length_s = take["frames"] / rate
    if not 0.0 <= start_s <= stop_s or start_s >= length_s:
        raise ValueError(f'The take "{take_name}" is {clock_time(length_s)} long; '
                         f"{clock_time(start_s)} to {clock_time(stop_s)} can't be cut out of it.")
    first, stop = round(start_s * rate), min(round(stop_s * rate), int(take["frames"]))
    if stop - first < SHORTEST_S * rate:
        raise ValueError("That is too short to be a take.")
    return Cutting(folder, take, first, stop, tell)


def _cut_files(folder: Path, take: dict[str, Any], first: int, stop: int, made: Path) -> dict[str, Any]:
    """Write sound and events of frames `first` to `stop` into the folder `made`; the new take.json."""
    rate = take["sample_rate"]
    for entry in take["files"]:
        _cut_sound(folder / entry["file"], made / entry["file"], rate, first, stop)
    cut_out_events(folder / EVENTS, made / EVENTS, first, stop)
    started = datetime.fromisoformat(take["started"]) + timedelta(seconds=first / rate)
    kept = [[max(begin - first / rate, 0.0), None if end is None else end - first / rate]
            for begin, end in take.get("kept_s", ()) if begin < stop / rate and (end is None or end > first / rate)]
    marks = [{**one, "seconds": round(one["seconds"] - first / rate, 3)}
             for one in take.get("marks", ()) if first <= one["seconds"] * rate < stop]
    note = f'Part of "{folder.name}", {clock_time(first / rate)} to {clock_time(stop / rate)}.'
    return {**take, "started": started.isoformat(timespec="seconds"), "start_frame": take["start_frame"] + first,
            "frames": stop - first, "marks": marks, "kept_s": kept, "note": note}


def _cut_sound(path: Path, made: Path, sample_rate: int, first: int, stop: int) -> None:
    out = WavFile(made, sample_rate, 0)
    try:
        with open(path, "rb") as file:
            file.seek(HEADER_BYTES + first * FRAME_BYTES)
            for start in range(first, min(stop, frames_in(path)), CHUNK_FRAMES):
                content = file.read(min(CHUNK_FRAMES, stop - start) * FRAME_BYTES)
                if content.count(0) == len(content):
                    out.set_length(start - first + len(content) // FRAME_BYTES)  # silence takes no disk space
                else:
                    out.append_packed(content)
        out.set_length(stop - first)
    finally:
        out.close()


def _finished(session_folder: str | Path, take_name: str) -> tuple[Path, dict[str, Any]]:
    """Folder and take.json of a take that nobody writes."""
    folder = Path(session_folder) / TAKES / take_name
    info = look_at(folder) if folder.name == take_name and not take_name.startswith(".") else None
    take = read_take(folder) if info else {}
    if not take or any(Path(entry["file"]).name != entry["file"] for entry in take["files"]):
        raise ValueError(f'There is no take "{take_name}".')
    if not take.get("closed"):
        raise ValueError(f'The take "{take_name}" is still being recorded. Stop it first.')
    return folder, take


def _move(folder: Path, to: Path, what: str) -> str:
    with _in_words(what):
        to.mkdir(parents=True, exist_ok=True)
        target = free_folder(to, folder.name)
        os.rename(folder, target)
        if target.name != folder.name:
            write_take(target, read_take(target) | {"name": target.name})
    return target.name


def _write(folder: Path, take: dict[str, Any]) -> None:
    with _in_words(f'The take "{folder.name}" can\'t be changed'):
        write_take(folder, take)


def _is_taken(takes: Path, name: str) -> bool:
    return name.lower() in {entry.name.lower() for entry in takes.iterdir()}


@contextlib.contextmanager
def _in_words(what: str) -> Iterator[None]:
    """What the disk or a damaged file says, as a sentence."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"{what}: {error.strerror or error}.") from None
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{what}: its files are damaged ({error}).") from None
