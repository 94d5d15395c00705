"""The two text files of a take: take.json, replaced as a whole, and events.jsonl, which grows."""
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ...kernels.engine.events import NAMES

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
    return b"".join(
        json.dumps({
            "order": int(event["order"]), "frame": int(event["frame"]) - start_frame,
            "kind": NAMES.get(int(event["kind"]), str(event["kind"])),
            "player": int(event["player"]), "channel": int(event["channel"]),
            "key": float(str(event["key"])), "value": float(str(event["value"])),
        }).encode() + b"\n"
        for event in events)


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
    """Write the events of frames `first` to `stop` of events.jsonl into another one, counted from `first`."""
    with open(path, "rb") as source, open(made, "wb") as out:
        for line in source:
            event = json.loads(line)
            if event.get("before"):
                out.write(line)
            elif first <= event["frame"] < stop:
                out.write(json.dumps(event | {"frame": event["frame"] - first}).encode() + b"\n")
