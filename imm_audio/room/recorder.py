"""From the rings of the block to the takes: asked by the parent, done by the scribe."""
import errno
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ..block import PROBLEM, SCRIBE, WARNING, bytes_of, tell, text_of
from ..engine import (
    MICROPHONE_ROOM_COLUMNS,
    MIX_COLUMNS,
    MIX_LAG_FRAMES,
    PLAYER_ROOM_COLUMNS,
    Engine,
    microphone_columns,
    player_columns,
)
from ..kernels.rt.ring import EVENT
from ..kernels.voices.part import BUSES, PLAYERS
from .takes.disk import Space, Syncer
from .takes.naming import duration, free_folder
from .takes.take import Stem, Take
from .takes.wav import whole_numbers

#: Sound handled in one go: little enough that the scribe gives signs of life while it catches up.
CHUNK_S = 1.0
#: When lapped, this much more is given up than must be, because the engine goes on while the next chunk is copied.
SPARE_S = 0.25
#: What the seats of the band are called, in the order of kernels/voices/part.py.
BAND_SEATS = ("bass", "chords", "drums", "ornament", "recording", "click", "guide", "recording right")
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def ask_to_record(engine: Engine, name: str = "") -> None:
    """Ask the scribe for a take from now on.  The parent only."""
    _ask(engine, True, name)


def ask_to_stop(engine: Engine) -> None:
    """Ask the scribe to close the take.  The parent only."""
    _ask(engine, False, "")


def ask_to_keep(engine: Engine) -> None:
    """Ask the scribe to keep what was just played: a mark in the take under way, else a take of it.  The parent only."""
    take = engine.header["take"]
    take["marks_frame"] = engine.frame
    take["marks_wanted"] += 1


def set_microphones(engine: Engine, on: bool, consent: dict[str, Any] | None = None) -> None:
    """Keep microphones from now on, because everybody agreed, or no more.  The parent only.

    consent: {"people", "parents", "said_at"}, which goes into the take; needed to switch on, forgotten when it is switched off.
    """
    take = engine.header["take"]
    if on and not consent:
        raise ValueError("Microphones are kept only after everybody present has agreed.")
    if not on:
        engine.keep_microphones(False)  # first of all
    take["consent"] = bytes_of(json.dumps(consent), 256) if on else b""
    if on != bool(take["keep"] % 2):
        take["keep_frame"] = engine.frame
        take["keep"] += 1
    if on:
        engine.keep_microphones(True)  # last: whoever finds a voice finds the consent


def _ask(engine: Engine, record: bool, name: str) -> None:
    take = engine.header["take"]
    odd = bool(take["wanted"] % 2)
    under_way = odd and bool(take["folder"] or take["served"] < take["wanted"])  # else it was closed early: a full disk
    if record != under_way:
        take["wanted_name"], take["wanted_frame"] = bytes_of(name, 128), engine.frame
        take["wanted"] += 2 if odd == record else 1


def stems_of(engine: Engine) -> list[Stem]:
    """All files that a take of this engine can have."""
    stems = [Stem("player", i + 1, player_columns(i)) for i in range(len(engine.header["players"]))]
    stems += [Stem("band", i + 1, player_columns(PLAYERS + i)) for i in range(BUSES - PLAYERS)]
    stems += [Stem("room", 0, PLAYER_ROOM_COLUMNS), Stem("mix", 0, MIX_COLUMNS)]
    if engine.state["keep_microphones"]:
        stems += [Stem("microphone", i + 1, microphone_columns(i)) for i in range(int(engine.state["input_channels"]))]
        stems.append(Stem("microphone-room", 0, MICROPHONE_ROOM_COLUMNS))
    return stems


class Recorder:
    """Keeps up with the engine, take or no take.  Whatever happens to the disk, nothing is raised.

    Everything it must know after it was killed is in the block: a new one goes on where that says.
    """

    def __init__(self, engine: Engine, block_name: str = "", space: Callable[[], Space] = Space):
        self._engine, self._block_name, self._space_kind = engine, block_name, space
        self._header, self._state = engine.header, engine.header["take"]
        self._rate = int(engine.sample_rate)
        self._chunk_frames = int(CHUNK_S * self._rate)
        self._stems = stems_of(engine)
        self._log = np.zeros(0, EVENT)  # applied, but later than what is on disk
        self._take: Take | None = None
        engine.rewind_log(int(self._state["next_order"]))
        if self._state["folder"]:
            self._open()

    def round(self) -> bool:
        """Do what was asked, then write a chunk.  True when more is waiting."""
        while self._state["served"] < self._state["wanted"]:
            self._serve()
        return self._drain()

    def end(self, note: str = "") -> None:
        """Write all that is there and close the take."""
        complete = self._engine.frame - MIX_LAG_FRAMES
        while self._take and self._state["next_frame"] < complete:
            self._drain()
        if self._take:
            self._close(note)

    # --- what is asked ----------------------------------------------------------------------------------------------
    def _serve(self) -> None:
        """Do the next thing that was asked; all that happens in between can be done once more after a kill."""
        number = int(self._state["served"]) + 1
        if number % 2 == 0:
            self.end()
        elif not self._take:
            self._begin()
        self._state["served"] = number

    def _begin(self) -> None:
        state = self._state
        session = Path(text_of(self._header["session"]) or ".")
        folder = free_folder(session / "takes", text_of(state["wanted_name"]))
        state["start_frame"] = state["next_frame"] = max(int(state["next_frame"]), int(state["wanted_frame"]))
        state["lost_frames"], state["log_losses"] = 0, self._engine.lost_events
        state["folder"] = bytes_of(str(folder.absolute()), 1024)
        self._open()

    def _open(self) -> None:
        """Open the folder that the block names, new or not, at the point that the block names."""
        state = self._state
        folder = Path(text_of(state["folder"]))
        start, frames = int(state["start_frame"]), int(state["next_frame"]) - int(state["start_frame"])
        ago_s = (self._engine.frame - start) / self._rate
        started = datetime.now().astimezone() - timedelta(seconds=ago_s)
        facts = {"name": folder.name, "started": started.isoformat(timespec="seconds"), "sample_rate": self._rate,
                 "start_frame": start, "keep_microphones": bool(self._engine.state["keep_microphones"]),
                 "writer": self._block_name}
        try:
            self._take = Take(folder, self._stems, facts, frames, int(state["next_order"]))
        except OSError as error:
            state["folder"] = b""
            tell(self._header, SCRIBE, f'The take "{folder.name}" can\'t be recorded: {_reason(error)}. '
                                       f"The music goes on without it. Folder: {folder}", PROBLEM)
            return
        self._space, self._looked_frame = self._space_kind(), -self._rate
        self._syncer = Syncer(folder)

    # --- sound and events -------------------------------------------------------------------------------------------
    def _drain(self) -> bool:
        """Handle the next chunk.  True when more is waiting."""
        head = self._engine.frame  # before the log is read: events before it are in the log then
        self._read_log()
        first, complete = int(self._state["next_frame"]), head - MIX_LAG_FRAMES
        stop = min(complete, first + self._chunk_frames)
        if self._take is None:
            self._advance(max(first, complete))
            return False
        if stop <= first:
            return False
        try:
            if first < self._oldest(head):
                self._skip(min(self._oldest(head) + int(SPARE_S * self._rate), complete))
                return True
            sound = self._copy(first, stop)
            if first < self._oldest(self._engine.frame):
                return True  # overwritten while it was copied: the next round counts what is lost
            self._take.write(whole_numbers(sound), self._events_before(stop), self._name_of)
            self._advance(stop)
            self._look_at_disk()
        except OSError as error:
            self._give_up(_reason(error), full=error.errno in FULL)
        return stop < complete

    def _read_log(self) -> None:
        while len(found := self._engine.read_log()):
            self._log = np.concatenate((self._log, found))

    def _events_before(self, frame: int) -> np.ndarray:
        """Events of the chunk; those from before the take are none of it."""
        events = self._log[self._log["frame"] < frame]
        return events[events["frame"] >= self._state["start_frame"]]

    def _advance(self, frame: int) -> None:
        """All before `frame` is done with."""
        done = self._log["frame"] < frame
        if done.any():
            self._state["next_order"] = self._log["order"][done][-1] + 1
            self._log = self._log[~done]
        self._state["next_frame"] = frame

    def _oldest(self, head: int) -> int:
        """Oldest frame that the engine, having written up to `head`, is still far from overwriting."""
        return head - self._engine.stem_frames + self._engine.stem_frames // 64

    def _copy(self, first: int, stop: int) -> np.ndarray:
        """All stems of these frames, the mix moved to where it belongs."""
        rows = self._engine.copy_stems(first, stop + MIX_LAG_FRAMES)
        sound = rows[:-MIX_LAG_FRAMES]
        sound[:, MIX_COLUMNS] = rows[MIX_LAG_FRAMES:, MIX_COLUMNS]  # the right side is a copy
        return sound

    def _skip(self, frame: int) -> None:
        """The engine came round before the scribe: silence up to `frame`."""
        assert self._take is not None
        lost = frame - int(self._state["next_frame"])
        self._take.write_lost(lost, self._events_before(frame))
        self._state["lost_frames"] += lost
        self._advance(frame)
        tell(self._header, SCRIBE, f'The computer was too slow for the recording: {lost / self._rate:.1f} s of the '
                                   f'take "{self._take.name}" are silent.', WARNING)

    def _name_of(self, stem: Stem) -> str:
        if stem.what == "band":
            return BAND_SEATS[stem.number - 1]
        names = {"player": self._header["players"], "microphone": self._header["microphones"]}.get(stem.what)
        return text_of(names[stem.number - 1]) if names is not None else ""

    # --- the end of it ----------------------------------------------------------------------------------------------
    def _look_at_disk(self) -> None:
        """Once a second of sound."""
        assert self._take is not None
        if self._take.frames - self._looked_frame < self._rate:
            return
        self._looked_frame = self._take.frames
        warning = self._space.look(self._take.folder, self._take.file_count, self._rate)
        self._state["minutes_left"] = self._space.minutes
        if warning:
            tell(self._header, SCRIBE, warning, WARNING)
        if self._space.full:
            self._give_up("", full=True)

    def _give_up(self, reason: str, full: bool) -> None:
        """Close the take early; the music goes on."""
        assert self._take is not None
        why = "The disk is full." if full else f"The recording stopped: {reason}."
        what = f'The take "{self._take.name}" was closed after {duration(self._take.seconds)}'
        safe = self._close(why)
        tell(self._header, SCRIBE, f"{why} {what} and is safe. The music goes on." if safe else
             f"{why} {what}; what was recorded is repaired at the next start. The music goes on.", PROBLEM)

    def _close(self, note: str) -> bool:
        """Close the take; True when that worked."""
        assert self._take is not None
        take, self._take = self._take, None
        self._syncer.end()
        take.facts["lost_events"] = self._engine.lost_events - int(self._state["log_losses"])
        try:
            take.close(note)
            return True
        except OSError as error:
            tell(self._header, SCRIBE, f'The take "{take.name}" could not be closed: {_reason(error)}.', PROBLEM)
            return False
        finally:
            self._state["folder"] = b""


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
