"""One take under way: opened new or gone on with, written chunk by chunk, closed whole.

take.json, schema 1:

| key | meaning |
|---|---|
| name, started | as people read it; ISO time of the first frame |
| sample_rate, start_frame | Hz; frame of the engine's clock at which the take begins |
| files | list of {file, what, number, name}; what: as in Stem; number counts from 1 |
| keep_microphones | true as soon as people's microphones were kept in it |
| consent | who agreed to that: {people, parents, said_at}; null when nobody was asked |
| kept_s | when microphones were kept: list of [from, to] in seconds of the take; to: null = until its end |
| marks | list of {seconds, label} |
| lost_frames | frames replaced by silence because the scribe came too late |
| lost_events | events missing in events.jsonl for the same reason |
| closed, frames | false while it is written; its length, once it is closed |
| writer | name of the block it is written from |
| program, note | version; what happened to it, in words |
"""
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from .naming import safe_name
from .papers import EVENTS, cut_events, event_lines, lines_before, read_take, write_take
from .wav import WavFile, write_all

#: Files that begin with the take; all others when they first sound.
FROM_THE_START = ("room", "mix")


@dataclass(frozen=True)
class Stem:
    """What becomes one file."""

    what: str                 # player, band, room, mix, microphone, microphone-room
    number: int               # of player, seat of the band or microphone, from 1; else 0
    columns: tuple[int, int]  # of the stem ring: left, right


def file_name(stem: Stem, name: str) -> str:
    """'player-01 Rosa.wav', 'room.wav'."""
    number = f"-{stem.number:02d}" if stem.number else ""
    return f"{stem.what}{number} {safe_name(name)}".rstrip() + ".wav"


def new_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """take.json of a take that begins."""
    kept_s = facts.get("kept_s", [])
    return {"schema": 1, **facts, "keep_microphones": bool(kept_s), "consent": facts.get("consent"), "kept_s": kept_s,
            "marks": [], "closed": False, "frames": 0, "lost_frames": 0, "lost_events": 0, "note": "",
            "program": f"imm_audio {__version__}", "files": []}


class Take:
    """The files of one take; all errors of the disk come out as OSError, and `close` still works then."""

    def __init__(self, folder: Path, stems: list[Stem], facts: dict[str, Any], frames: int = 0, next_order: int = 0):
        """Begin a take, or go on with one of which `frames` and all events before `next_order` are on disk.

        stems: mix last.  facts: what take.json says beyond its files.
        """
        self.folder, self.frames = folder, frames
        self._stems = sorted(stems, key=lambda stem: stem.what == "mix")
        self._files: dict[Stem, WavFile] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self.facts: dict[str, Any] = new_facts(facts) | read_take(folder)
        self.facts.update(closed=False, writer=facts["writer"])
        write_take(folder, self.facts)
        there = {(entry["what"], entry["number"]): entry["file"] for entry in self.facts["files"]}
        for stem in self._stems:
            if (stem.what, stem.number) in there:
                self._open(stem, there[stem.what, stem.number])
            elif stem.what in FROM_THE_START:
                self._begin(stem, "")
        cut_events(folder / EVENTS, lambda line: frames > 0 and line["order"] < next_order)
        self._events = open(folder / EVENTS, "ab", buffering=0)  # noqa: SIM115 (closed by close)

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def seconds(self) -> float:
        return self.frames / self.facts["sample_rate"]

    @property
    def file_count(self) -> int:
        return len(self._files)

    def say_before(self, events: np.ndarray) -> None:
        """Say what was set before the take and holds at its first frame; before anything is written, and again if need be."""
        self._events.truncate(0)
        write_all(self._events, lines_before(events))

    def write(self, numbers: np.ndarray, events: np.ndarray, name_of: Callable[[Stem], str]) -> None:
        """Add a chunk: 24-bit numbers, int32 (frames, columns of the stem ring), and the events that fell into it.

        Columns that are not there, those of microphones, are silent.  name_of(stem): name for the file of a stem that
        sounds for the first time.
        """
        sounding = set(np.flatnonzero(numbers.any(axis=0)).tolist())
        for stem in self._stems:
            heard = not sounding.isdisjoint(stem.columns)
            if heard and stem not in self._files:
                self._begin(stem, name_of(stem))
            if stem.what == "mix":  # the last: when it is there, all is there
                self._write_events(events)
            if heard:
                self._files[stem].append(numbers[:, stem.columns])
            elif stem in self._files:
                self._files[stem].set_length(self.frames + len(numbers))
        self.frames += len(numbers)

    def write_lost(self, frames: int, events: np.ndarray) -> None:
        """Add silence for frames that nobody can bring back, and count them."""
        self._write_events(events)
        self.frames += frames
        for file in self._files.values():
            file.set_length(self.frames)
        self.facts["lost_frames"] += frames
        write_take(self.folder, self.facts)

    def agree(self, consent: dict[str, Any] | None, at_s: float) -> None:
        """Say who agreed that microphones are kept from a second on, or that nobody does any more; may be said again."""
        kept = [list(span) for span in self.facts["kept_s"]]
        under_way = bool(kept) and kept[-1][1] is None
        if consent and not under_way:
            kept.append([at_s, None])
        elif under_way and not consent:
            kept[-1][1] = at_s
        new = {"kept_s": kept, "keep_microphones": bool(kept), "consent": consent or self.facts["consent"]}
        if any(self.facts[key] != value for key, value in new.items()):
            self.facts.update(new)
            write_take(self.folder, self.facts)

    def mark(self, at_s: float) -> None:
        """Set a mark; the same one twice is one."""
        if not any(mark["seconds"] == at_s for mark in self.facts["marks"]):
            self.facts["marks"].append({"seconds": at_s, "label": ""})
            write_take(self.folder, self.facts)

    def close(self, note: str = "") -> None:
        """Bring all files to the same length and say so in take.json."""
        for file in self._files.values():
            file.set_length(self.frames)
            file.close()
        self._events.close()
        cut_events(self.folder / EVENTS, lambda line: line["frame"] < self.frames)
        self.facts.update(closed=True, frames=self.frames, note=note)
        write_take(self.folder, self.facts)

    def _write_events(self, events: np.ndarray) -> None:
        write_all(self._events, event_lines(events, self.facts["start_frame"]))

    def _begin(self, stem: Stem, name: str) -> None:
        """take.json first: no file is there that it does not name."""
        file = file_name(stem, name)
        self.facts["files"].append({"file": file, "what": stem.what, "number": stem.number, "name": name})
        write_take(self.folder, self.facts)
        self._open(stem, file)

    def _open(self, stem: Stem, file: str) -> None:
        self._files[stem] = WavFile(self.folder / file, self.facts["sample_rate"], self.frames)
