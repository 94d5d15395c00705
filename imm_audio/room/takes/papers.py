"""The two text files of a take: take.json, replaced as a whole, and events.jsonl, which grows."""
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from ...kernels.engine.events import NAMES
from ...kernels.rt.ring import EVENT
from .standing import Standing

KINDS = {name: kind for kind, name in NAMES.items()}
TAKE_JSON, EVENTS = "take.json", "events.jsonl"


def read_take(folder: Path) -> dict:
    """take.json as a dict, empty when it is missing or not readable."""
    try:
        found = json.loads((folder / TAKE_JSON).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_take(folder: Path, take: dict) -> None:
    """Replace take.json in one step: a reader finds the old one or the new one."""
    new = folder / "take.json.new"
    new.write_text(json.dumps(take, ensure_ascii=False, indent=2) + "\n", "utf-8")
    os.replace(new, folder / TAKE_JSON)


def event_lines(events: Iterable[np.void], start_frame: int) -> bytes:
    """Applied events as lines of JSON.

    Frames are counted from the start of the take; the rest is as kernels/engine/events.py says.  `key` and `value` are
    float32 there: the shortest decimal that gives the same float32 is written.
    """
    return b"".join(_line(event, {"frame": int(event["frame"]) - start_frame}) for event in events)


def lines_before(events: Iterable[np.void]) -> bytes:
    """What was set before the take, as lines of JSON; all of it holds at its first frame."""
    return b"".join(_line(event, {"frame": 0, "before": True}) for event in events)


def _line(event: np.void, when: dict[str, int]) -> bytes:
    return json.dumps({
        "order": int(event["order"]), **when, "kind": NAMES.get(int(event["kind"]), str(event["kind"])),
        "player": int(event["player"]), "channel": int(event["channel"]),
        "key": float(str(event["key"])), "value": float(str(event["value"])),
    }).encode() + b"\n"


def events_of(lines: Iterable[dict]) -> np.ndarray:
    """Lines of events.jsonl, as dicts -> EVENT array, frames counted as there."""
    return np.array([(line["frame"], KINDS.get(line["kind"], 0), line["player"], line["channel"], line["key"], line["value"],
                      line["order"]) for line in lines], EVENT)


def cut_events(path: Path, keep: Callable[[dict], bool]) -> None:
    """Cut events.jsonl behind the last line that is whole and wanted."""
    content = path.read_bytes() if path.exists() else b""
    stop = content.rfind(b"\n") + 1
    while stop:
        start = content.rfind(b"\n", 0, stop - 1) + 1
        try:
            if keep(json.loads(content[start:stop])):
                break
        except (ValueError, KeyError, TypeError):
            pass  # a torn line
        stop = start
    if stop < len(content):
        os.truncate(path, stop)


def cut_out_events(path: Path, made: Path, first: int, stop: int) -> None:
    """Write the events of frames `first` to `stop` of events.jsonl into another one, and before them what was set by then."""
    def is_early(line: dict) -> bool:
        return bool(line.get("before")) or line["frame"] < first

    early = events_of(line for line in _lines_in(path) if is_early(line))
    with open(made, "wb") as out:
        out.write(lines_before(Standing().add(early).events()))
        for line in _lines_in(path):
            if not is_early(line) and line["frame"] < stop:
                out.write(json.dumps(line | {"frame": line["frame"] - first}).encode() + b"\n")


def _lines_in(path: Path) -> Iterator[dict]:
    with open(path, "rb") as file:
        for line in file:
            yield json.loads(line)
