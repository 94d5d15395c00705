"""The session's file: read when a program begins, written whole or not at all whenever something changed.

A meeting that was ended, or is of another day, is over: the next one knows its people and its plan, and begins without
anybody's consent.  One that a crash or a power cut interrupted goes on as it was; but what everybody agreed to holds only for
a short pause, because another group may come in the afternoon.  What can't be read is set aside, never lost.
"""
import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from .model import SECOND_VOICES, Consent, Following, Playing, RoomFile

FILE_NAME = "session.json"
#: A session's file has a few kilobytes; what is larger than this is something else.
MOST_BYTES = 1_000_000
#: Interrupted for less than this, a meeting is the same also over midnight, and everybody who agreed is still there.
INTERRUPTED_S = 3600.0
#: So often the file is given the present time: how long a pause was can be seen from it.
ALIVE_S = 60.0
#: When writing failed it is tried again so often: a stick is plugged in again, space is made.
AGAIN_S = 5.0
#: Somebody who moves a knob changes the file many times a second; so long it is left alone.
PAUSE_AFTER_S = 0.3


def new_id() -> str:
    """Name of a person or step that nobody chose."""
    return secrets.token_hex(4)


def new_meeting(before: RoomFile | None = None) -> RoomFile:
    """A meeting that begins now.  Of the one before it knows people who have a name, the plan, and settings."""
    fresh = RoomFile(id=secrets.token_hex(8), started=_now().isoformat(timespec="seconds"), schema=1)
    if before is None:
        return fresh
    people = [person.model_copy(update={"seat": None, "microphone": None, "here": False, "page": ""})
              for person in before.people if person.nickname]
    plan = [step.model_copy(update={"done": False}) for step in before.plan]
    return before.model_copy(update={
        "id": fresh.id, "started": fresh.started, "people": people, "plan": plan, "step": None, "playing": Playing(),
        "following": Following(), "consent": Consent(), "spotlight": None, "softer": 0, "volume_db": 0.0, "locked": False,
        "newcomers": True, "show_names": False, "ended": False,
        "tuning": before.tuning.model_copy(update={"name": None})})   # the room's piano stays as high as it is


def load(folder: Path) -> tuple[RoomFile, list[str]]:
    """The meeting that goes on in this folder, or a new one; and sentences for the people."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            text, changed_s = file.read(MOST_BYTES + 1), os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return new_meeting(), []
    except OSError as error:
        return new_meeting(), [*_set_aside(path, "broken", f"it can't be read: {error.strerror or error}")]
    try:
        found = read(text)
    except NewerFile:
        return new_meeting(), [*_set_aside(path, "newer", "a newer imm_audio wrote it")]
    except ValueError:
        return new_meeting(), [*_set_aside(path, "broken", "it makes no sense")]
    pause_s = time.time() - changed_s
    if found.ended or not (_same_day(found.started) or 0.0 <= pause_s < INTERRUPTED_S):
        return new_meeting(found), []
    if not 0.0 <= pause_s < INTERRUPTED_S:
        found.consent = Consent()   # others may be here now
    return found, []


class NewerFile(ValueError):
    """A file of a later version of this program."""


def read(text: bytes) -> RoomFile:
    """A session's file.  NewerFile, or ValueError when it is none."""
    if len(text) > MOST_BYTES:
        raise ValueError("too large")
    try:
        found = json.loads(text)
        if isinstance(found, dict) and type(found.get("schema")) is int and found["schema"] > 1:
            raise NewerFile(f"schema {found['schema']}")
        return _consistent(RoomFile.model_validate(found))
    except (ValidationError, RecursionError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(str(error)) from None


def _consistent(room: RoomFile) -> RoomFile:
    """Somebody may have edited it by hand: no two people on one chair, with one name, or led by a step that is not there."""
    for what in ("id", "sign"):
        if len({getattr(person, what) for person in room.people}) < len(room.people):
            raise ValueError(f"two people with one {what}")
    for what in ("seat", "microphone"):
        taken: set[int] = set()
        for person in room.people:
            if (number := getattr(person, what)) in taken:
                setattr(person, what, None)
            elif number is not None:
                taken.add(number)
    for person in room.with_second_voice()[SECOND_VOICES:]:
        person.second_voice = "none"
    if len({step.id for step in room.plan}) < len(room.plan):
        raise ValueError("two steps with one id")
    if room.step not in [step.id for step in room.plan]:
        room.step = None
    if room.spotlight not in [person.id for person in room.people]:
        room.spotlight = None
    datetime.fromisoformat(room.started)
    return room


def text_of(room: RoomFile) -> bytes:
    """The file's content."""
    return (room.model_dump_json(by_alias=True, indent=1) + "\n").encode("utf-8")


def save(path: Path, text: bytes) -> None:
    """Write the file whole or not at all: whatever happens meanwhile, either the old one is there or the new one.  OSError."""
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


class Keeper:
    """Keeps the session's file up to date from a thread of its own: a slow disk holds up nobody.

    `tell` hears a sentence when it can't be written, once until it can again.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None], write: Callable[[Path, bytes], None] = save):
        self._path, self._tell, self._write = folder / FILE_NAME, tell, write
        self._change, self._wanted, self._written = threading.Condition(), b"", b""
        self._closing = self._failed = False
        self._thread = threading.Thread(target=self._run, name="session file", daemon=True)
        self._thread.start()

    def keep(self, text: bytes) -> None:
        """Have this on the disk within a moment."""
        with self._change:
            self._wanted = text
            self._change.notify()

    def close(self) -> None:
        """Write what is still to be written, and end."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closing or self._wanted != self._written, ALIVE_S)
                text, closing = self._wanted, self._closing
            if text != self._written:
                self._save(text)
            else:
                with contextlib.suppress(OSError):
                    os.utime(self._path)
            with self._change:
                if closing:
                    return
                self._change.wait_for(lambda: self._closing, AGAIN_S if self._failed else PAUSE_AFTER_S)

    def _save(self, text: bytes) -> None:
        try:
            self._write(self._path, text)
        except OSError as error:
            if not self._failed:
                self._tell(f"The session can't be kept in {self._path}: {error.strerror or error}. The music goes on.")
            self._failed = True
        else:
            self._written, self._failed = text, False


def _set_aside(path: Path, word: str, why: str) -> list[str]:
    """Give a file another name under which it stays; a sentence about it."""
    number, aside = 1, path.with_name(f"{path.name}.{word}")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{word}-{number}")
    try:
        os.replace(path, aside)
    except OSError as error:
        return [f"{path.name} can't be used, because {why}, and can't be put aside: {error.strerror or error}. "
                "A new session begins, and takes its place."]
    return [f"{path.name} can't be used, because {why}. It lies in {aside.name} now, and a new session begins."]


def _now() -> datetime:
    return datetime.now().astimezone()


def _same_day(started: str) -> bool:
    then = datetime.fromisoformat(started)
    return then.astimezone().date() == _now().date()
