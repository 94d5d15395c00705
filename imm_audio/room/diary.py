"""Who sounded in each second of a meeting, and how fast the beat was: for pictures of the session and a fair look at turns.

Privacy: no voices, no words and no notes are in it, only the numbers of places and microphones that sounded in a second.  It
stays in the session's folder, `diary.jsonl`: one line that says which meeting it is, then one for each second, true after each.
"""
import contextlib
import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.effects.strip import METER_DB_S
from ..kernels.engine.state import MICROPHONES
from ..kernels.music.terms import NO_SONG, STOPPED
from ..kernels.voices.part import PLAYERS

if TYPE_CHECKING:
    from ..engine import Engine

FILE_NAME = "diary.jsonl"
#: A diary ends after so many seconds: somebody forgot to end the session.
LONGEST_S = 6 * 3600
#: Number of the first microphone among those who sounded; below are places.
FIRST_MICROPHONE = 100
#: Peak after the fader from which somebody is heard [linear]: players are silent between notes, microphones hear the room.
PLAYER_SOUNDS, MICROPHONE_SOUNDS = 10 ** (-50 / 20), 10 ** (-40 / 20)
#: A meter falls by itself; one that stands so much higher [linear] has been given something.
MORE = 1.05
#: The follower is believed from here on that there is a beat.
SURE = 0.3

#: second, pulses a minute or null, who sounded
Row = tuple[int, float | None, list[int]]


class Diary:
    """The diary of the meeting called `meeting` in this session's folder; one that was begun is gone on with."""

    def __init__(self, engine: "Engine", folder: Path, meeting: str, wall_s: Callable[[], float] = time.time):
        self._engine, self._path, self._meeting, self._wall_s = engine, folder / FILE_NAME, meeting, wall_s
        self._sounded: set[int] = set()
        self._before = self._levels()
        self._frame = engine.frame
        found = _read(self._path)
        self.rows: list[Row] = []
        if found and found[0].get("meeting") == meeting:
            self._start, self.rows = datetime.fromisoformat(found[0]["start"]), found[1]
        else:
            self._start = datetime.fromtimestamp(wall_s()).astimezone()
            self._begin_file()
        self._second = self._now_second()

    def look(self) -> None:
        """See who sounds; several times a second."""
        self._listen()
        second = self._now_second()
        if second == self._second:
            return
        newest = self.rows[-1][0] if self.rows else -1
        if newest < self._second < LONGEST_S:  # clocks are set back, too
            self.rows.append((self._second, self._pulses(), sorted(self._sounded)))
            self._append(self.rows[-1])
        self._second, self._sounded = second, set()

    def as_dict(self) -> dict[str, Any]:
        """As pages are told of it: {"start": ISO time, "rows": [[second, pulses a minute or None, who sounded], ...]}."""
        return {"start": self._start.isoformat(timespec="seconds"), "rows": [list(row) for row in self.rows]}

    def _now_second(self) -> int:
        return int((self._wall_s() - self._start.timestamp()) // 1)

    def _levels(self) -> np.ndarray:
        return np.concatenate([group["meter"] for group in self._engine.state["mixer"]["strips"]])[:MICROPHONES + PLAYERS]

    def _listen(self) -> None:
        """Note who was given something to sound since the last look."""
        frame, levels = self._engine.frame, self._levels()
        passed_s = max(frame - self._frame, 0) / self._engine.sample_rate
        left = self._before * 10.0 ** (-METER_DB_S / 20.0 * passed_s)
        heard = levels > left * MORE
        heard[:MICROPHONES] &= levels[:MICROPHONES] > MICROPHONE_SOUNDS
        heard[MICROPHONES:] &= levels[MICROPHONES:] > PLAYER_SOUNDS
        self._sounded.update(FIRST_MICROPHONE + int(m) for m in np.flatnonzero(heard[:MICROPHONES]))
        self._sounded.update(int(p) for p in np.flatnonzero(heard[MICROPHONES:]))
        self._before, self._frame = levels, frame

    def _pulses(self) -> float | None:
        """Pulses a minute; None when nothing beats."""
        state, moment = self._engine.state, self._engine.moment()
        conductor = state["conductor"]
        followed = conductor["led"] and conductor["follower"]["confidence"] > SURE
        if moment["mode"] in (NO_SONG, STOPPED) and not followed:
            return None
        beats_a_minute = float(moment["beats_per_frame"]) * self._engine.sample_rate * 60.0
        return round(beats_a_minute / max(float(state["form"]["pulse_beats"]), 0.25), 1)

    def _begin_file(self) -> None:
        head = {"meeting": self._meeting, "start": self._start.isoformat(timespec="seconds")}
        with contextlib.suppress(OSError):  # the recorder speaks about the disk
            self._path.write_bytes(json.dumps(head).encode())

    def _append(self, row: Row) -> None:
        with contextlib.suppress(OSError), open(self._path, "ab", buffering=0) as file:
            file.write(b"\n" + json.dumps(row).encode())  # in this order, what was torn before stays alone on its line


def read(folder: str | Path) -> dict[str, Any]:
    """The diary in a session's folder: {"start": ISO time, "rows": [[second, pulses a minute or None, who sounded], ...]}.

    Without one, start is empty.
    """
    found = _read(Path(folder) / FILE_NAME)
    return {"start": found[0]["start"], "rows": [list(row) for row in found[1]]} if found else {"start": "", "rows": []}


def _read(path: Path) -> tuple[dict[str, Any], list[Row]] | None:
    """Head and rows of a file; what is torn or makes no sense is left out."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        lines = path.read_bytes().split(b"\n")
        head = json.loads(lines[0])
        datetime.fromisoformat(head["start"])
        return head, [row for line in lines[1:] if (row := _row(line))]
    return None


def _row(line: bytes) -> Row | None:
    with contextlib.suppress(ValueError, TypeError):
        second, bpm, who = json.loads(line)
        return int(second), None if bpm is None else float(bpm), [int(number) for number in who]
    return None
