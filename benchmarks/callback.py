"""What one callback costs: percentiles for host blocks of 16 to 512 frames, 0 to 64 voices, quiet and with a busy Python.

A thread of its own calls the compiled callback through its C address, as a host does: the interpreter's lock is free while
it works, and the thread asks for real-time priority.  The figures are the callback's own, the same that a live session
writes to --stats.
"""
import contextlib
import ctypes
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from imm_audio.clock_speed import cycles_per_us
from imm_audio.counts import statistics
from imm_audio.engine import Engine
from imm_audio.kernels.engine.callback import TIME_INFO, callback
from imm_audio.kernels.engine.state import FROM_INPUTS

from .drive import AHEAD_FRAMES
from .results import HISTORY, RESULTS, circumstances, commit, lines, machine, record, show
from .workloads import MICROPHONES, SAMPLE_RATE, Workload, band

BLOCKS_FRAMES = (16, 32, 64, 128, 256, 512)
VOICES = (0, 16, 32, 64)
BUSY_THREADS = 3
#: As in the engine process: a thread that waits for Python is served that soon.
SWITCH_S = 0.0005
WARM_S = 2.1
#: Rest now and then: a thread of real-time priority that never sleeps would be held back by the system (Linux: 95 %).
REST_S = 0.0002
#: As JACK gives to its clients.
PRIORITY = 70

_CALL = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 2, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)


@contextlib.contextmanager
def busy_python(threads: int) -> Iterator[None]:
    """So many Python threads that never rest, for a while."""
    ended = False

    def work() -> None:
        while not ended:
            json.loads(json.dumps({str(i): [i] * 10 for i in range(50)}))

    working = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    for thread in working:
        thread.start()
    try:
        yield
    finally:
        ended = True
        for thread in working:
            thread.join()
        sys.setswitchinterval(before)


def prefer_this_thread() -> bool:
    """Real-time priority, where the system has it and permits it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except (AttributeError, OSError):
        return False
    return True


class Caller:
    """Calls the callback of one workload, block by block."""

    def __init__(self, work: Workload):
        self._engine, self._rows, self._pushed = work.engine, work.events.tolist(), 0
        self._heard, self._at, self._calls = np.ascontiguousarray(work.heard), 0, 0
        self._call, self._time_info = _CALL(callback.address), np.zeros(1, TIME_INFO)
        self.real_time = False
        work.engine.state["host"]["cycles_per_us"] = cycles_per_us()

    def _push(self) -> None:
        horizon = self._engine.frame + AHEAD_FRAMES
        while self._pushed < len(self._rows) and self._rows[self._pushed][0] < horizon:
            frame, kind, player, channel, key, value = self._rows[self._pushed][:6]
            if not self._engine.push(kind, player, channel, key, value, frame=frame, ring=FROM_INPUTS):
                return
            self._pushed += 1

    def _blocks(self, block_frames: int, blocks: int) -> None:
        self.real_time = prefer_this_thread()
        out, every = np.zeros((block_frames, 2), "f4"), max(AHEAD_FRAMES // 2 // block_frames, 1)
        for b in range(blocks):
            if b % every == 0:
                self._push()
                time.sleep(REST_S)
            if self._at + block_frames > len(self._heard):
                self._at = 0
            self._time_info["now_s"] = self._calls / SAMPLE_RATE
            self._call(self._heard[self._at:].ctypes.data, out.ctypes.data, block_frames, self._time_info.ctypes.data, 0,
                       self._engine.address)
            self._at += block_frames
            self._calls += block_frames

    def run(self, block_frames: int, blocks: int) -> None:
        """So many blocks on a thread of their own, with the engine's counters begun anew."""
        host = self._engine.state["host"]
        host["time_bins"][:] = 0
        host["max_us"] = 0.0
        thread = threading.Thread(target=self._blocks, args=(block_frames, blocks))
        thread.start()
        thread.join()


def _cell(engine: Engine, block_frames: int, voices: int) -> dict[str, Any]:
    counted = statistics(engine)
    us = counted["callback_us"]
    block_us = 1e6 * block_frames / SAMPLE_RATE
    return {"block_frames": block_frames, "voices": voices, "sounding": int(engine.state["voices"]),
            "blocks": counted["blocks"], **us, "share_p50": us["p50"] / block_us, "share_p99": us["p99"] / block_us,
            "share_p999": us["p999"] / block_us}


def measure(blocks: int, busy_blocks: int) -> list[dict[str, Any]]:
    """All block sizes and voice counts; rows with `busy` False, then True."""
    found = []
    for voices in VOICES:
        longest_s = WARM_S + (blocks + busy_blocks) * sum(BLOCKS_FRAMES) / SAMPLE_RATE
        work = band(voices, longest_s)
        caller = Caller(work)
        caller.run(512, int(WARM_S * SAMPLE_RATE) // 512)
        for block_frames in BLOCKS_FRAMES:
            caller.run(block_frames, blocks)
            found.append({**_cell(work.engine, block_frames, voices), "busy": False, "real_time": caller.real_time})
        with busy_python(BUSY_THREADS):
            for block_frames in BLOCKS_FRAMES:
                caller.run(block_frames, busy_blocks)
                found.append({**_cell(work.engine, block_frames, voices), "busy": True, "real_time": caller.real_time})
    return sorted(found, key=lambda row: (row["busy"], row["block_frames"], row["voices"]))


def remember(rows: list[dict[str, Any]]) -> bool:
    """Keep one line for this commit and machine in the history; only when nothing has changed since the commit."""
    name, clean = commit()
    if not (name and clean):
        return False
    kept = [line for line in lines(HISTORY) if (line["commit"], line["machine"]) != (name, machine())]
    kept.append({"commit": name, **circumstances(), "callback_us": per_block(rows)})
    HISTORY.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    return True


def per_block(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Block size -> [p50, p99, max] us at full polyphony, quiet."""
    full = max(row["voices"] for row in rows)
    return {str(row["block_frames"]): [row["p50"], row["p99"], round(row["max"], 2)]
            for row in rows if row["voices"] == full and not row["busy"]}


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure, show, record."""
    rows = measure(30, 10) if quick else measure(10_000, 2_000)
    for busy in (False, True):
        what = f"{BUSY_THREADS} busy Python threads" if busy else "quiet"
        show(f"Callback, {MICROPHONES} microphones with full strips and piano voices, {what}: us",
             ("frames", "voices", "p50", "p99", "p99.9", "max", "p50 %", "p99 %", "p99.9 %"),
             [(row["block_frames"], row["voices"], row["p50"], row["p99"], row["p999"], row["max"],
               *(100 * row[f"share_{q}"] for q in ("p50", "p99", "p999"))) for row in rows if row["busy"] == busy],
             "%: of the time the block lasts" + ("" if rows[0]["real_time"] else "; real-time priority was not permitted"))
    record("callback", rows, folder)
    if not quick:
        remember(rows)
