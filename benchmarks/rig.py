"""The real program on a real audio server: frames delivered under load, MIDI to sound, microphone to loudspeaker.

A private JACK server with the dummy driver, the program as its user starts it, and a compiled client that plays MIDI and
microphones in and hears what comes out, all on one frame clock (tests/rig/).  Busy processes are made from outside: three
Python threads that compute without rest are started in them by a `sitecustomize` module; the program knows nothing of it.
"""
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from imm_audio.block import PROCESSES
from imm_audio.kernels.effects.strip import (
    GAIN_DB,
    HIGH_DB,
    HIGHPASS_HZ,
    LOW_DB,
    MID_DB,
    PAN,
    RATIO,
    SEND_DB,
    THRESHOLD_DB,
)
from imm_audio.kernels.engine.events import STRIP
from imm_audio.kernels.engine.state import BINS_PER_US
from tests.rig.jack_rig import BLOCK, RATE, Rig, Server, missing
from tests.rig.program import Home, Program
from tests.rig.sounds import CLICK_KEY, LEFT, RIGHT, choose_click, note, onsets

from .results import RESULTS, record, show
from .workloads import MICROPHONES, microphones

KEYBOARDS, NOTES_A_SECOND, MOST_NOTES = 4, 20, 5000
STRINGS, VOICES = 48, 64
BLOCK_MS, BLOCK_US = 1e3 * BLOCK / RATE, 1e6 * BLOCK / RATE
#: Before anything is counted: the program has started, and is as busy as it will be.
SETTLE_S = 3.0
BUSY_THREADS = 3
_BUSY = f'''
import os, sys, threading, time
kind = next((k for k in ("engine_process", "scribe", "live", "attend") if any(k in word for word in sys.orig_argv)), "")
if kind and kind not in os.environ.get("RIG_CALM", "").split():
    def busy():
        time.sleep(2.0)  # imports first, or nothing would ever start
        total = 0
        while True:
            for n in range(10000):
                total = (total + n * n) % 1000003
    for _ in range({BUSY_THREADS}):
        threading.Thread(target=busy, daemon=True).start()
'''


@contextmanager
def _playing(keyboards: int, *words: str, busy: bool = False, calm: str = "", heard: int = MICROPHONES
             ) -> Iterator[tuple[Program, Rig]]:
    """The program on a server of its own, everything plugged in.  busy: all its processes but those in `calm`."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server()
        extra = {}
        if busy:
            (Path(folder) / "sitecustomize.py").write_text(_BUSY, encoding="utf-8")
            extra = {"PYTHONPATH": folder, "RIG_CALM": calm}
        try:
            server.start()
            rig = Rig(server, keyboards=keyboards)
            program = Program(Home(Path(folder) / "home", server, **extra), "--inputs", str(heard), *words)
            try:
                rig.connect()
                rig.wait_for_keyboards(20.0)
                program.wait_for_instruments(keyboards)
                rig.ear.wait(rig.soon(SETTLE_S))
                yield program, rig
            finally:
                program.clear()
                rig.close()
        finally:
            server.remove()


# --- a full band under load -------------------------------------------------------------------------------------
def _full_strips(program: Program) -> None:
    for m in range(MICROPHONES):
        for parameter, value in ((HIGHPASS_HZ, 80.0), (LOW_DB, 3.0), (MID_DB, -2.0), (HIGH_DB, 2.5), (RATIO, 3.0),
                                 (THRESHOLD_DB, -18.0), (GAIN_DB, -6.0), (PAN, -0.9 + 1.8 * m / 7), (SEND_DB, -12.0)):
            program.push(STRIP, m, parameter, 0.0, value)


def _hold_strings(rig: Rig) -> None:
    """16 keys on each of four keyboards, held: the strings of the sound set loop for ever."""
    frame = rig.soon()
    rig.send([(frame, k, bytes([0xC0, STRINGS])) for k in range(KEYBOARDS)])
    rig.send([(frame + 480 + 96 * n, k, note(36 + k + 4 * n // 2, 80))
              for k in range(KEYBOARDS) for n in range(VOICES // KEYBOARDS)])


def _seconds_used(program: Program) -> list[float]:
    """Processor time of each process so far: shows that busy threads are."""
    pids = [program.pid(number) for number in range(len(PROCESSES))]  # 0: not needed, such as a listener without microphones
    times = [psutil.Process(pid).cpu_times() if pid else None for pid in pids]
    return [used.user + used.system if used else 0.0 for used in times]


def _percentile_us(bins: np.ndarray, share: float) -> float:
    total = np.cumsum(bins)
    return float(np.searchsorted(total, share * total[-1]) + 0.5) / BINS_PER_US


def _dropouts(heard: np.ndarray) -> tuple[int, int]:
    """Blocks that were silent, and blocks that were the one before once more."""
    blocks = heard[:len(heard) // BLOCK * BLOCK, 0].reshape(-1, BLOCK)
    silent = ~blocks.any(axis=1)
    same = (blocks[1:] == blocks[:-1]).all(axis=1) & ~silent[1:]
    return int(silent.sum()), int(same.sum())


def full_band(seconds: float = 60.0, busy: bool = True) -> dict[str, Any]:
    """8 microphones with full strips, 64 voices, reverb, all stems recorded; busy threads in every process."""
    with _playing(KEYBOARDS, "--record-microphones", "--everyone-agrees", busy=busy) as (program, rig):
        _full_strips(program)
        rig.speak(microphones(), loop=True)
        _hold_strings(rig)
        rig.ear.wait(rig.soon(2.0))
        host = program.engine.state["host"]
        counters = ("delivered_frames", "expected_frames", "xruns", "time_bins")
        before = {name: np.array(host[name]) for name in counters}
        missed, lapses, start, voices = rig.missed, rig.lapses, rig.now, []
        used = _seconds_used(program)
        while rig.now < start + seconds * RATE:
            rig.ear.wait(rig.soon(0.5))
            voices.append(int(program.engine.state["voices"]))
        stop = rig.now
        spent = {name: np.array(host[name]) - before[name] for name in counters}
        silent, repeated = _dropouts(rig.heard(start, stop))
        lapses, missed = rig.lapses - lapses, rig.missed - missed
        used = [(now - then) * RATE / (stop - start) for now, then in zip(_seconds_used(program), used, strict=True)]
        lost = int(program.engine.header["take"]["lost_frames"])
        program.end(patience_s=60.0)
    frames = int(stop - start)
    percentiles = {name: _percentile_us(spent["time_bins"], share)
                   for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
    return {
        "seconds": frames / RATE, "busy": busy, "cores_used": dict(zip(PROCESSES, used, strict=True)),
        "voices": int(np.median(voices)),
        "delivered_ratio": min(float(spent["delivered_frames"]) / float(spent["expected_frames"]), 1.0),
        "heard_ratio": 1.0 - BLOCK * (silent + repeated) / frames,
        "callback_us": percentiles, "callback_share": {name: us / BLOCK_US for name, us in percentiles.items()},
        "xruns": int(spent["xruns"]), "silent_blocks": silent, "repeated_blocks": repeated,
        "server_lapses": lapses, "server_missed_frames": missed, "lost_in_take": lost,
    }


# --- MIDI to sound ----------------------------------------------------------------------------------------------
def midi_to_sound(notes: int = MOST_NOTES, busy: bool = False) -> dict[str, Any]:
    """20 notes a second on each of four keyboards; busy: three threads in every process but the engine's."""
    with _playing(KEYBOARDS, busy=busy, calm="engine_process", heard=0) as (program, rig):
        frame = rig.soon()
        for k, pan in enumerate((LEFT, RIGHT, LEFT, RIGHT)):
            rig.send([(frame, k, message) for message in choose_click(pan)])
        rig.ear.wait(frame + RATE // 2)
        rng, each, start = np.random.default_rng(1), notes // KEYBOARDS, rig.soon(0.5)
        every, apart = RATE // NOTES_A_SECOND, RATE // NOTES_A_SECOND // KEYBOARDS
        played = start + np.arange(each) * every + np.arange(KEYBOARDS)[:, None] * apart
        played += rng.integers(0, 3 * BLOCK, played.shape)
        rig.send([(int(f), k, note(CLICK_KEY - k // 2)) for k in range(KEYBOARDS) for f in played[k]])
        stop = int(played.max()) + RATE
        rig.ear.wait(stop, patience_s=30.0)
        lapses, missed, late, lapse_frames = rig.lapses, rig.missed, rig.late, rig.lapse_frames
        sound = rig.heard(start - 100, stop)
        program.end(patience_s=60.0)
        stats = program.stats
        notes_on = [(line["player"], line["frame"]) for line in program.log if line["kind"] == "note_on"]
        log = [player for player, _ in notes_on]
    delays, heard_count, unmatched = [], 0, 0
    for side in range(2):
        keys = np.sort(played[side::2].ravel())
        heard = onsets(sound[:, side], 0.03, RATE // 200) + start - 100
        heard_count += len(heard)
        # the sound of a key is the first after it and before the next key's turn could be meant
        first = np.searchsorted(heard, keys, side="right")
        if len(heard) == len(keys):
            delays.append(heard - keys)
        else:
            found = first < len(heard)
            near = heard[np.minimum(first, len(heard) - 1)] - keys
            good = found & (near < 2 * apart - 3 * BLOCK)
            delays.append(near[good])
            unmatched += int((~good).sum())
    lost_frames = [frame for k in range(KEYBOARDS)
                   for frame in _lost(played[k], np.array([frame for player, frame in notes_on if player == k]), every)]
    lost_in_lapses = sum(bool((np.abs(lapse_frames - frame) <= 3 * BLOCK).any()) for frame in lost_frames)
    delay_ms = 1e3 * np.concatenate(delays) / RATE
    p1, p50, p99 = np.percentile(delay_ms, [1, 50, 99])
    count = each * KEYBOARDS
    counts = np.bincount(log, minlength=KEYBOARDS)[:KEYBOARDS]
    return {
        "notes": count, "busy": busy, "p1_ms": float(p1), "p50_ms": float(p50), "p99_ms": float(p99),
        "max_ms": float(delay_ms.max()), "jitter_ms": float(p99 - p1), "jitter_blocks": float(p99 - p1) / BLOCK_MS,
        "lost": int(np.maximum(each - counts, 0).sum()), "doubled": int(np.maximum(counts - each, 0).sum()),
        "lost_in_lapses": lost_in_lapses, "heard": heard_count, "unmatched": unmatched, "dropped": stats["events"]["dropped"],
        "server_lapses": lapses, "server_missed_frames": missed, "sent_late": late,
        "delivered_ratio": stats["delivered_ratio"],
    }


def _lost(played: np.ndarray, applied: np.ndarray, every: int) -> list[int]:
    """Frames of the notes of one keyboard that the engine never had: its notes come `every` frames, so holes show which."""
    applied = np.sort(applied)
    hole = np.flatnonzero(np.diff(applied) > 1.6 * every)
    found = []
    for i in hole:
        skipped = round(float(applied[i + 1] - applied[i]) / every) - 1
        found += [int(played[i + 1 + len(found) + n]) for n in range(skipped)]
    return found


# --- microphone to loudspeaker ----------------------------------------------------------------------------------
def microphone_to_loudspeaker() -> dict[str, Any]:
    """Frames that the engine adds to what a callback that only copies has on the same server."""
    def delays(rig: Rig) -> list[int]:
        found = []
        for _ in range(5):
            sound = np.zeros((200, 1), "f4")
            sound[100] = 0.5
            start = rig.speak(sound) + 100
            heard = rig.heard(start, start + 2000)[:, 0]
            found.append(int(np.argmax(np.abs(heard))))
        return found

    server = Server()
    with tempfile.TemporaryDirectory() as folder:
        try:
            server.start()
            home = Home(Path(folder) / "bare", server)
            rig = Rig(server)
            with subprocess.Popen([sys.executable, "-m", "tests.rig.bare_stream", str(MICROPHONES)], env=home.environment,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as bare:
                assert bare.stdout is not None
                bare.stdout.readline()
                rig.connect()
                bare_frames = delays(rig)
                bare.communicate()
            rig.close()
        finally:
            server.remove()
    with _playing(0) as (program, rig):
        for parameter, value in ((HIGHPASS_HZ, 0.0), (RATIO, 1.0), (SEND_DB, -120.0)):
            program.push(STRIP, 0, parameter, 0.0, value)
        rig.ear.wait(rig.soon(0.5))
        engine_frames, declared = delays(rig), program.engine.latency_frames
        program.end()
    return {"bare_frames": bare_frames, "engine_frames": engine_frames,
            "added_frames": int(np.median(engine_frames) - np.median(bare_frames)), "declared_frames": declared}


# --- all of it --------------------------------------------------------------------------------------------------
def _verdict(good: bool) -> str:
    return "yes" if good else "NO"


def main(seconds: float = 60.0, notes: int = MOST_NOTES, quick: bool = False, folder: Path = RESULTS) -> dict[str, Any]:
    """Measure, show, record; `quick`: 10 s each, to see that it works."""
    why = missing()
    if why:
        print(f"No rig: {why}")
        return {}
    if quick:
        seconds, notes = 10.0, 800
    band = full_band(seconds)
    touch = [midi_to_sound(notes), midi_to_sound(notes, busy=True)]
    microphone = microphone_to_loudspeaker()
    share, us = band["callback_share"], band["callback_us"]
    show(f"{MICROPHONES} microphones, {band['voices']} voices, all stems, {BUSY_THREADS} busy threads in every process, "
         f"{band['seconds']:.0f} s of {BLOCK} frames",
         ("", "measured", "target", "reached"),
         [("frames delivered", f"{band['delivered_ratio']:.4%}", ">= 99.9 %", _verdict(band["delivered_ratio"] >= 0.999)),
          ("frames heard", f"{band['heard_ratio']:.4%}", ">= 99.9 %", _verdict(band["heard_ratio"] >= 0.999)),
          ("callback p50", f"{us['p50']:.1f} us, {share['p50']:.1%} of a block", "", ""),
          ("callback p99", f"{us['p99']:.1f} us, {share['p99']:.1%} of a block", "<= 15 %",
           _verdict(share["p99"] <= 0.15)),
          ("callback p99.9", f"{us['p999']:.1f} us, {share['p999']:.1%} of a block", "<= 25 %",
           _verdict(share["p999"] <= 0.25)),
          ("xruns", f"{band['xruns']}", "", ""),
          ("blocks silent, repeated", f"{band['silent_blocks']}, {band['repeated_blocks']}", "", ""),
          ("frames lost in the take", f"{band['lost_in_take']}", "0", _verdict(band["lost_in_take"] == 0)),
          ("server's own lapses", f"{band['server_lapses']}", "", ""),
          ("cores used", ", ".join(f"{name} {cores:.2f}" for name, cores in band["cores_used"].items()), "", "")])
    show(f"MIDI to sound, {touch[0]['notes']} notes, {NOTES_A_SECOND} a second on each of {KEYBOARDS} keyboards",
         ("other processes", "p50 ms", "p99 ms", "max ms", "jitter ms", "jitter blocks", "lost", "in lapses", "doubled",
          "server's lapses", "reached"),
         [("busy" if t["busy"] else "quiet", t["p50_ms"], t["p99_ms"], t["max_ms"], t["jitter_ms"], t["jitter_blocks"],
           t["lost"], t["lost_in_lapses"], t["doubled"], t["server_lapses"],
           _verdict(t["p50_ms"] <= 2.0 and t["p99_ms"] <= 3.0 and t["jitter_blocks"] <= 1.5
                    and not t["lost"] and not t["doubled"]))
          for t in touch],
         "Targets: median 2 ms, 99th percentile 3 ms, jitter (p99 - p1) 1.5 blocks, nothing lost, nothing doubled.")
    show("Microphone to loudspeaker, frames", ("a callback that copies", "the engine", "adds", "declares", "reached"),
         [(str(microphone["bare_frames"]), str(microphone["engine_frames"]), microphone["added_frames"],
           microphone["declared_frames"],
           _verdict(microphone["added_frames"] == microphone["declared_frames"] and microphone["added_frames"] <= 32))])
    figures = {"full_band": band, "midi_to_sound": touch, "microphone_to_loudspeaker": microphone}
    record("rig", figures, folder)
    return figures


if __name__ == "__main__":
    main()
