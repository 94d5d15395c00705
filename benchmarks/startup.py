"""How long the real program takes until it can play, how large its processes are, and what its imports cost.

Start to ready is the time from spawning `python -m imm_audio live --audio-device null` until the engine process has sound
running (`ready` in the block), read from one clock that all processes share.  Cold: with an empty cache, so that every
kernel is compiled first.  Warm: with that cache full.
"""
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from imm_audio import runs
from imm_audio.engine import Engine

from .results import RESULTS, ROOT, record, show

LONGEST_S = 180.0
MODULES = ("numpy", "llvmlite.binding", "numba", "sounddevice", "soundfile", "mido", "typer", "rich.live", "imm_audio.engine")


class Session:
    """One run of the real program on the null device, watched from outside."""

    def __init__(self, *options: str, cache: str | None = None):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        environment = {**os.environ, **({"NUMBA_CACHE_DIR": cache} if cache else {})}
        self.spawned_s = time.monotonic()
        self.process = psutil.Popen(
            [sys.executable, "-m", "imm_audio", "live", "--no-desk", "--audio-device", "null", "--session", self._folder.name,
             *options],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.engine = self._wait()

    def _wait(self) -> Engine:
        engine = None
        while engine is None or not engine.header["ready"]:
            if self.process.poll() is not None or time.monotonic() - self.spawned_s > LONGEST_S:
                self.close()
                raise RuntimeError("the program did not start; try: imm-audio live --audio-device null")
            time.sleep(0.02)
            if engine is None:
                for name in [name for name, folder in runs.running() if folder == self._folder.name]:
                    with contextlib.suppress(FileNotFoundError, ValueError):
                        engine = Engine.attach(name)
        return engine

    @property
    def ready_s(self) -> float:
        """From spawning to sound."""
        return float(self.engine.header["started_s"]) - self.spawned_s

    def memory_mb(self) -> dict[str, dict[str, float]]:
        """Process -> resident memory, and the part that is its own alone (not shared with others)."""
        pids = {"parent": self.process.pid, **{name: int(self.engine.header["processes"][i]["pid"])
                                               for i, name in enumerate(("engine", "scribe"))}}
        found = {}
        for name, pid in pids.items():
            with contextlib.suppress(psutil.Error):
                full = psutil.Process(pid).memory_full_info()
                found[name] = {"resident": full.rss / 1e6, "own": full.uss / 1e6}
        return found

    def close(self) -> None:
        """End the program and wait until it has gone."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15.0)
            except psutil.TimeoutExpired:
                self.process.kill()
        self._folder.cleanup()


@contextlib.contextmanager
def session(*options: str, cache: str | None = None) -> Iterator[Session]:
    """The real program, ready; ended afterwards."""
    running = Session(*options, cache=cache)
    try:
        yield running
    finally:
        running.close()


def start(cache: str | None = None) -> dict[str, Any]:
    """Start once: seconds until ready, and memory half a second after all processes are there."""
    with session("--seconds", "30", cache=cache) as running:
        ready_s, end_s = running.ready_s, time.monotonic() + 5.0
        while len(running.memory_mb()) < 3 and time.monotonic() < end_s:
            time.sleep(0.1)
        time.sleep(0.5)
        return {"ready_s": ready_s, "memory_mb": running.memory_mb(),
                "block_mb": running.engine._bytes.nbytes / 1e6}


def imports(rounds: int) -> dict[str, float]:
    """Module -> seconds that importing it takes, above an empty interpreter."""
    taken: dict[str, list[float]] = {name: [] for name in ("sys", *MODULES)}
    for _ in range(rounds):
        for name, seconds in taken.items():
            began_s = time.perf_counter()
            if subprocess.run([sys.executable, "-c", f"import {name}"], cwd=ROOT, capture_output=True).returncode == 0:
                seconds.append(time.perf_counter() - began_s)
    empty = statistics.median(taken.pop("sys"))
    return {"(empty interpreter)": empty,
            **{name: statistics.median(seconds) - empty for name, seconds in taken.items() if seconds}}


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure, show, record."""
    figures: dict[str, Any] = {"imports_s": imports(1 if quick else 5)}
    start()  # so that files are in memory and nothing is left to compile
    warm = [start() for _ in range(1 if quick else 3)]
    figures["warm_s"] = statistics.median(found["ready_s"] for found in warm)
    figures["block_mb"], figures["memory_mb"] = warm[-1]["block_mb"], warm[-1]["memory_mb"]
    if not quick:
        with tempfile.TemporaryDirectory() as cache:
            figures["cold_s"] = start(cache)["ready_s"]
    show("Start to ready: s", ("", "s", "at most"),
         [("warm", figures["warm_s"], 3), ("cold", figures.get("cold_s"), 60)])
    show("Imports: s above an empty interpreter", ("module", "s"), list(figures["imports_s"].items()))
    show("Memory: MB", ("process", "resident", "its own"),
         [(name, mb["resident"], mb["own"]) for name, mb in figures["memory_mb"].items()],
         f"The shared block has {figures['block_mb']:.0f} MB.")
    record("startup", figures, folder)
