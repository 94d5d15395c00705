"""Side by side: processor time of the same work in imm_audio and in other programs.

Each program is a child process.  Its processor time (user and system, by wait4) is taken for a long and a short render, and
the difference divided by the difference in seconds of sound, so that start, loading and compiling drop out; imm_audio tells
the time of its render loop itself.  Rounds are interleaved.  Shown are medians, and medians of the ratios within a round.
"""
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..results import RESULTS, ROOT, console, record, show
from . import csound, faust, fluidsynth, ours, spec, supercollider

PEERS = (supercollider, fluidsynth, faust, csound)
#: Peer and how many times faster we must be than it and want to be.
TARGETS = {"W1": (supercollider.NAME, 3, 7), "W2": (supercollider.NAME, 6, 15), "W3": (fluidsynth.NAME, 2.5, 5),
           "W4": (supercollider.NAME, 4, 9), "W5": (supercollider.NAME, 5, 10)}
WHAT = {"W1": "8 strips, reverb, limiter", "W2": "64 plucked strings", "W3": "64 sampler voices",
        "W4": "32 bars of 16 partials", "W5": "W1, W2 and W4 together"}
BLOCK_US = 1e6 * spec.BLOCK_FRAMES / spec.RATE_HZ


def _processor_s(command: list[str]) -> float:
    """Processor time of a child: what it prints as `CPU x`, else what the system counted."""
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
    printed = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"ended with status {child.returncode}")
    own = printed.rpartition("CPU ")[2] if "CPU " in printed else ""
    return float(own) if own else usage.ru_utime + usage.ru_stime


class _Job:
    """One program at one workload."""

    def __init__(self, module: ModuleType, work: str, folder: Path, python: str, long_s: float, short_s: float):
        self.name, self._long_s, self._short_s = module.NAME, long_s, short_s
        self._tells = module is ours
        make: Callable[[float], list[str]] = cache(lambda seconds: module.command(work, seconds, folder, python))
        self._command = make
        self.us: list[float] = []
        _processor_s(make(short_s))  # builds, warms caches, shows that it runs

    def measure(self) -> None:
        """One round: microseconds a block."""
        spent_s, seconds = _processor_s(self._command(self._long_s)), self._long_s
        if not self._tells:
            spent_s -= _processor_s(self._command(self._short_s))
            seconds -= self._short_s
        self.us.append(spent_s / seconds * BLOCK_US)


def _compare(work: str, folder: Path, python: str, rounds: int, long_s: float, short_s: float) -> list[dict[str, Any]]:
    jobs = [_Job(ours, work, folder, python, long_s, short_s)]
    for module in PEERS:
        if work in module.WORKLOADS and not module.missing(python):
            try:
                jobs.append(_Job(module, work, folder, python, long_s, short_s))
            except (RuntimeError, subprocess.CalledProcessError) as error:
                console.print(f"{work} {module.NAME}: {error}", markup=False, highlight=False)
    for _ in range(rounds):
        for job in jobs:
            job.measure()
    name, must, aim = TARGETS[work]
    rows = []
    for job in jobs:
        ratio = statistics.median(theirs / mine for theirs, mine in zip(job.us, jobs[0].us, strict=True))
        rows.append({"work": work, "program": job.name, "us": statistics.median(job.us), "least_us": min(job.us),
                     "most_us": max(job.us), "ratio": ratio,
                     **({"must": must, "aim": aim, "reached": ratio >= must} if job.name == name else {})})
    return rows


def main(quick: bool = False, folder: Path = RESULTS, python: str = sys.executable, rounds: int = 5,
         workloads: tuple[str, ...] = tuple(TARGETS)) -> None:
    """Measure, show, record; programs that are not there are named and left out."""
    if not hasattr(os, "wait4"):
        console.print("peers: this system does not tell the processor time of a child (no wait4)")
        return
    for module in PEERS:
        if reason := module.missing(python):
            console.print(f"{module.NAME} is left out: {reason}", markup=False, highlight=False, soft_wrap=True)
    rows = []
    long_s, short_s, rounds = (1.0, 0.5, 1) if quick else (60.0, 6.0, rounds)
    for work in workloads:
        with tempfile.TemporaryDirectory(prefix="imm_audio-peers-") as made:
            rows += _compare(work, Path(made), python, rounds, long_s, short_s)
    answer = {True: "yes", False: "NO", None: ""}
    show(f"The same work in other programs: us of processor time a block of {spec.BLOCK_FRAMES} frames",
         ("work", "program", "us", "least", "most", "times ours", "must reach", "aim", "reached"),
         [(row["work"], row["program"], row["us"], row["least_us"], row["most_us"], row["ratio"],
           str(row.get("must", "")), str(row.get("aim", "")), answer[row.get("reached")]) for row in rows],
         "; ".join(f"{work}: {WHAT[work]}" for work in workloads)
         + f".\nMedians of {rounds} rounds of {long_s:g} s; times ours: median of the ratios within a round.")
    record("peers", rows, folder)
