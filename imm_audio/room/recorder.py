"""From the rings of the block to the takes: asked by the parent, done by the scribe."""
import contextlib
import errno
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ..block import INFO, PROBLEM, SCRIBE, WARNING, bytes_of, tell, text_of
from ..engine import (
    ALL_COLUMNS,
    MICROPHONE_ROOM_COLUMNS,
    MIX_COLUMNS,
    MIX_LAG_FRAMES,
    PLAYED_COLUMNS,
    PLAYER_ROOM_COLUMNS,
    Engine,
    microphone_columns,
    player_columns,
)
from ..kernels.rt.ring import EVENT
from ..kernels.voices.part import BUSES, PLAYERS
from .takes.disk import Space, Syncer
from .takes.listing import TAKES
from .takes.lookback import Lookback
from .takes.making import keep_lookback
from .takes.naming import clock_time, duration, free_folder
from .takes.standing import Standing
from .takes.take import Stem, Take
from .takes.wav import whole_numbers
from .voices import CHUNK_S, SWITCH_S, Voices

#: Less than this is not worth keeping.
SHORTEST_KEPT_S = 1.0
#: When lapped, this much more is given up than must be, because the engine goes on while the next chunk is copied.
SPARE_S = 0.25
#: What the seats of the band are called, in the order of kernels/voices/part.py.
BAND_SEATS = ("bass", "chords", "drums", "ornament", "recording", "click", "guide", "recording right")
MIX = slice(MIX_COLUMNS[0], MIX_COLUMNS[1] + 1)
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
    if on:
        take["consent"] = bytes_of(json.dumps(consent), 256)
    else:
        engine.keep_microphones(False)  # first of all
    if on != bool(take["keep"] % 2):
        take["keep_frame"] = engine.frame
        take["keep"] += 1
    if on:
        engine.keep_microphones(True)  # last: whoever finds a voice finds the consent
    else:
        take["consent"] = b""


def consent_of(engine: Engine) -> dict[str, Any] | None:
    """Who agreed that microphones are kept now; None while they are not."""
    kept = bool(engine.state["keep_microphones"]) or not engine.has_microphone_columns
    return _consent(engine.header["take"]) if kept else None


def _consent(take: np.void) -> dict[str, Any] | None:
    try:
        return dict(json.loads(text_of(take["consent"]))) if take["keep"] % 2 else None
    except ValueError:  # the parent is writing it: it is there when it is looked at again
        return None


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
    if engine.has_microphone_columns:
        stems += [Stem("microphone", i + 1, microphone_columns(i)) for i in range(int(engine.state["input_channels"]))]
        stems.append(Stem("microphone-room", 0, MICROPHONE_ROOM_COLUMNS))
    return stems


class Recorder:
    """Keeps up with the engine, take or no take.  Whatever happens to the disk, nothing is raised.

    Everything it must know after it was killed is in the block: a new one goes on where that says.  Only the look-back is
    lost then, and of what was set long ago what the log in the block does not hold any more.
    """

    def __init__(self, engine: Engine, block_name: str = "", space: Callable[[], Space] = Space):
        self._engine, self._block_name, self._space_kind = engine, block_name, space
        self._header, self._state = engine.header, engine.header["take"]
        self._rate = int(engine.sample_rate)
        self._chunk_frames = int(CHUNK_S * self._rate)
        self._stems = stems_of(engine)
        self._log = np.zeros(0, EVENT)  # applied, but later than what is on disk
        self._standing = Standing()     # what was set before that
        self._take: Take | None = None
        self._lookback = Lookback(self._rate, int(self._state["next_frame"]))
        self._voices = Voices(engine, int(self._state["next_frame"]))
        self._agreed: tuple[int, bytes] | None = None  # how things stood when they were looked at last
        self._remember()
        if self._state["folder"]:
            self._open()

    def round(self) -> bool:
        """Do what was asked, then write a chunk.  True when more is waiting."""
        self._look_at_consent()
        while self._state["served"] < self._state["wanted"]:
            self._serve()
        more = self._drain()
        if not more and self._state["marks_served"] < self._state["marks_wanted"]:
            self._look_at_consent()  # may have been withdrawn meanwhile
            self._keep()
        self._state["keepable_s"] = self._lookback.seconds
        return more

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

    def _look_at_consent(self) -> None:
        """Whether microphones are kept, and since when; the look-back forgets what it holds when they are not any more."""
        state = self._state
        now = int(state["keep"]), bytes(state["consent"])
        if now == self._agreed:
            return
        before = self._agreed[0] if self._agreed else 0  # a scribe before this one may have missed it
        withdrawn = now[0] // 2 > before // 2            # perhaps it was given again since
        self._agreed = now
        if withdrawn:
            self._lookback.forget(before=int(state["keep_frame"]) + int(SWITCH_S * self._rate))
        with self._on_disk():
            self._agree()

    def _agree(self) -> None:
        """Tell the take under way who agreed to what."""
        state, consent = self._state, _consent(self._state)
        if self._take and state["keep"] and self._engine.has_microphone_columns and (consent or not state["keep"] % 2):
            self._take.agree(consent, self._second(int(state["keep_frame"])))

    def _second(self, frame: int) -> float:
        """Of the take under way."""
        return round(max(frame - int(self._state["start_frame"]), 0) / self._rate, 3)

    def _keep(self) -> None:
        """Keep what was just played: a mark, or a take of its own."""
        state = self._state
        wanted = int(state["marks_wanted"])
        if self._take:
            at_s, name = self._second(int(state["marks_frame"])), self._take.name
            with self._on_disk():
                self._take.mark(at_s)
                self._tell(f'Marked at {clock_time(at_s)} in the take "{name}".')
        elif self._lookback.seconds < SHORTEST_KEPT_S:
            self._tell("There is nothing to keep: nothing new was played.")
        else:
            self._keep_lookback(bool(self._agreed and self._agreed[0] % 2))
        state["marks_served"] = wanted

    def _keep_lookback(self, agreed: bool) -> None:
        state, lookback = self._state, self._lookback
        voices = agreed and self._engine.has_microphone_columns
        facts = {"name": "", **self._facts(lookback.start), "kept_s": [], "consent": _consent(state) if voices else None}
        if voices:
            facts["kept_s"] = [[max((int(state["keep_frame"]) - lookback.start) / self._rate, 0.0), None]]
        try:
            name = keep_lookback(lookback, self._session_folder / TAKES, f"Kept {datetime.now():%Y-%m-%d %H.%M}", facts)
        except OSError as error:
            self._tell(f"What was played can't be kept: {_reason(error)}.", PROBLEM)
            return
        said = "Voices are in it" if voices else "No voices are in it"
        self._tell(f'The last {duration(lookback.seconds)} are kept as "{name}". {said}.')
        lookback.forget(before=lookback.stop)

    def _tell(self, text: str, level: int = INFO) -> None:
        """Say something to the people."""
        tell(self._header, SCRIBE, text, level)

    @property
    def _session_folder(self) -> Path:
        return Path(text_of(self._header["session"]) or ".")

    def _begin(self) -> None:
        state = self._state
        folder = free_folder(self._session_folder / TAKES, text_of(state["wanted_name"]))
        state["start_frame"] = max(int(state["next_frame"]), int(state["wanted_frame"]))
        state["lost_frames"], state["log_losses"] = 0, self._engine.lost_events
        state["folder"] = bytes_of(str(folder.absolute()), 1024)
        self._open()

    def _open(self) -> None:
        """Open the folder that the block names, new or not, at the point that the block names."""
        state = self._state
        folder = Path(text_of(state["folder"]))
        start = int(state["start_frame"])
        frames = max(int(state["next_frame"]) - start, 0)
        facts = {"name": folder.name, **self._facts(start), "writer": self._block_name}
        try:
            self._take = Take(folder, self._stems, facts, frames, int(state["next_order"]))
        except OSError as error:
            state["folder"] = b""
            self._tell(f'The take "{folder.name}" can\'t be recorded: {_reason(error)}. '
                       f"The music goes on without it. Folder: {folder}", PROBLEM)
            return
        self._space, self._looked_frame = self._space_kind(), -self._rate
        self._syncer = Syncer(folder)
        with self._on_disk():
            self._agree()

    def _facts(self, start: int) -> dict[str, Any]:
        """What a take that begins with frame `start` says of itself."""
        ago_s = (self._engine.frame - start) / self._rate
        started = datetime.now().astimezone() - timedelta(seconds=ago_s)
        return {"started": started.isoformat(timespec="seconds"), "sample_rate": self._rate, "start_frame": start}

    # --- sound and events -------------------------------------------------------------------------------------------
    def _drain(self) -> bool:
        """Handle the next chunk.  True when more is waiting."""
        head = self._engine.frame  # before the log is read: events before it are in the log then
        self._read_log()
        first, complete, oldest = int(self._state["next_frame"]), head - MIX_LAG_FRAMES, self._oldest(head)
        stop = min(complete, first + self._chunk_frames)
        if stop <= first:
            return False
        if first < oldest:
            self._voices.lapped(first, head)
            self._skip(min(oldest + int(SPARE_S * self._rate), complete))
            return True
        mix, stems = self._copy(first, stop)
        if first < self._oldest(self._engine.frame):
            return True  # overwritten while it was copied: the next round counts what is lost
        events = self._events_before(stop)
        with self._on_disk():
            if self._take and stems is not None and stop > self._state["start_frame"]:
                self._say_before(events)
                early = max(int(self._state["start_frame"]) - first, 0)
                self._take.write(stems[early:], self._of_take(events), self._name_of)
        self._lookback.add(first, mix, events)
        self._advance(stop)
        with self._on_disk():
            self._look_at_disk()
        return stop < complete

    @contextlib.contextmanager
    def _on_disk(self) -> Iterator[None]:
        """Whatever the disk does not want ends the take."""
        try:
            yield
        except OSError as error:
            self._give_up(_reason(error), full=error.errno in FULL)

    def _read_log(self) -> None:
        while len(found := self._engine.read_log()):
            self._log = np.concatenate((self._log, found))

    def _remember(self) -> None:
        """Go back in the log: what was done with, as far as it is still there, says what was set."""
        self._engine.rewind_log(0)
        self._read_log()
        known = self._log["order"] < self._state["next_order"]
        self._standing.add(self._log[known])
        self._log = self._log[~known]

    def _events_before(self, frame: int) -> np.ndarray:
        """Events of the chunk that ends with `frame`."""
        return self._log[self._log["frame"] < frame]

    def _say_before(self, events: np.ndarray) -> None:
        """Begin the log of a take with what was set before it."""
        if self._take and self._take.frames == 0:
            early = events[events["frame"] < self._state["start_frame"]]
            self._take.say_before(self._standing.copy().add(early).events())

    def _of_take(self, events: np.ndarray) -> np.ndarray:
        """Those from before the take are none of it."""
        return events[events["frame"] >= self._state["start_frame"]]

    def _advance(self, frame: int) -> None:
        """All before `frame` is done with."""
        done, first = self._log["frame"] < frame, int(self._state["next_frame"])
        if done.any():
            self._standing.add(self._log[done])
            self._state["next_order"] = self._log["order"][done][-1] + 1
            self._log = self._log[~done]
        self._state["next_frame"] = frame
        self._voices.done(first, frame)  # last: whoever goes on after a kill finds all that is not on disk

    def _oldest(self, head: int) -> int:
        """Oldest frame that the engine, having written up to `head`, is still far from overwriting."""
        return head - self._engine.stem_frames + self._engine.spare_frames

    def _copy(self, first: int, stop: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The mix of these frames and, for a take, all stems with the mix where it belongs, as 24-bit numbers."""
        mix = whole_numbers(self._engine.copy_stems(first + MIX_LAG_FRAMES, stop + MIX_LAG_FRAMES, MIX))
        if not self._take:
            return mix, None
        voices = self._voices.may_sound(first)
        sound = self._engine.copy_stems(first, stop, ALL_COLUMNS if voices else PLAYED_COLUMNS)
        if voices:
            self._voices.clean(first, sound)
        stems = whole_numbers(sound)
        stems[:, MIX] = mix
        return mix, stems

    def _skip(self, frame: int) -> None:
        """The engine came round before the scribe: silence up to `frame`."""
        events = self._events_before(frame)
        lost = frame - max(int(self._state["next_frame"]), int(self._state["start_frame"]))
        if self._take and lost > 0:
            self._tell(f'The computer was too slow for the recording: {lost / self._rate:.1f} s of the '
                       f'take "{self._take.name}" are silent.', WARNING)
            self._state["lost_frames"] += lost
            with self._on_disk():
                self._say_before(events)
                self._take.write_lost(lost, self._of_take(events))
        self._lookback.add(frame, np.zeros((0, 2), "i4"), events)
        self._advance(frame)

    def _name_of(self, stem: Stem) -> str:
        if stem.what == "band":
            return BAND_SEATS[stem.number - 1]
        names = {"player": self._header["players"], "microphone": self._header["microphones"]}.get(stem.what)
        return text_of(names[stem.number - 1]) if names is not None else ""

    # --- the end of it ----------------------------------------------------------------------------------------------
    def _look_at_disk(self) -> None:
        """Once a second of sound."""
        if not self._take or self._take.frames - self._looked_frame < self._rate:
            return
        self._looked_frame = self._take.frames
        warning = self._space.look(self._take.folder, self._take.file_count, self._rate)
        self._state["minutes_left"] = self._space.minutes
        if warning:
            self._tell(warning, WARNING)
        if self._space.full:
            self._give_up("", full=True)

    def _give_up(self, reason: str, full: bool) -> None:
        """Close the take early; the music goes on."""
        assert self._take is not None
        why = "The disk is full." if full else f"The recording stopped: {reason}."
        what = f'The take "{self._take.name}" was closed after {duration(self._take.seconds)}'
        safe = self._close(why)
        self._tell(f"{why} {what} and is safe. The music goes on." if safe else
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
            self._tell(f'The take "{take.name}" could not be closed: {_reason(error)}.', PROBLEM)
            return False
        finally:
            self._state["folder"] = b""


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
