"""From a touch to its sound, without a sound card: a simulated host with a simulated clock, the callback driven by hand.

A host asks for a block every block's length, early or late by part of it.  Touches arrive at any time; each is stamped as the
inputs stamp it, by the clock pairs that the callback publishes, plus one block.  Measured is the first frame that sounds:
against the touch (latency), and its spread (jitter).  What cables, drivers and converters add is not in it: the rig measures
the whole way through a real audio server.
"""
from pathlib import Path
from typing import Any

import numpy as np

from imm_audio.engine import Engine, Settings
from imm_audio.kernels.effects.strip import SEND_DB
from imm_audio.kernels.engine.events import NOTE_ON, STRIP
from imm_audio.kernels.engine.state import FROM_INPUTS, MICROPHONES

from .results import RESULTS, record, show
from .workloads import SAMPLE_RATE

BLOCKS_FRAMES = (16, 32, 64, 128, 256, 512)
#: The host's calls are late by up to this share of a block.
LATE = 0.3
#: Between two touches; a closed hi-hat has gone by then.
APART_S = (0.2, 0.25)
PERCUSSION, CLOSED_HIHAT = 9, 42


def _touches(count: int, random: np.random.Generator) -> np.ndarray:
    """Times of the host's clock, seconds."""
    return 0.5 + np.cumsum(random.uniform(*APART_S, count))


def _play(block_frames: int, touches_s: np.ndarray, random: np.random.Generator) -> tuple[Engine, np.ndarray]:
    """Engine, and what came out (mono, float32); the block asked for at time t begins to be heard at t."""
    engine = Engine.create(Settings(SAMPLE_RATE))
    engine.push(STRIP, MICROPHONES, SEND_DB, 0, -120.0, ring=FROM_INPUTS)
    blocks = int((touches_s[-1] + 0.5) * SAMPLE_RATE) // block_frames
    asked_s = (np.arange(blocks) + random.uniform(0.0, LATE, blocks)) * block_frames / SAMPLE_RATE
    heard, touch = np.zeros(blocks * block_frames, "f4"), 0
    for b in range(blocks):
        while touch < len(touches_s) and touches_s[touch] < asked_s[b]:
            frame = engine.frame_at(touches_s[touch]) + int(engine.state["host"]["block_frames"])
            engine.push(NOTE_ON, 0, PERCUSSION, CLOSED_HIHAT, 1.0, frame=frame, ring=FROM_INPUTS)
            touch += 1
        heard[b * block_frames:(b + 1) * block_frames] = engine.process(None, block_frames, float(asked_s[b]))[:, 0]
    return engine, heard


def _first_sounds(heard: np.ndarray, touches_s: np.ndarray) -> np.ndarray:
    """Frame at which each touch is first heard, -1: never."""
    found = np.full(len(touches_s), -1)
    for i, touch_s in enumerate(touches_s):
        start = int(touch_s * SAMPLE_RATE)
        sounds = np.flatnonzero(np.abs(heard[start:start + int(APART_S[0] * SAMPLE_RATE)]) > 1e-6)
        if len(sounds):
            found[i] = start + sounds[0]
    return found


def measure(touches: int) -> list[dict[str, Any]]:
    """A row for each block size."""
    found = []
    for block_frames in BLOCKS_FRAMES:
        random = np.random.default_rng(block_frames)
        touches_s = _touches(touches, random)
        engine, heard = _play(block_frames, touches_s, random)
        sounds = _first_sounds(heard, touches_s)
        late_ms = 1000.0 * (sounds / SAMPLE_RATE - touches_s)[sounds >= 0]
        p1, p50, p99 = np.percentile(late_ms, [1, 50, 99])
        found.append({
            "block_frames": block_frames, "touches": touches, "lost": int((sounds < 0).sum()),
            "engine_frames": engine.latency_frames, "stamp_frames": block_frames,
            "p50_ms": float(p50), "p99_ms": float(p99), "max_ms": float(late_ms.max()), "jitter_ms": float(p99 - p1),
            "jitter_blocks": float((p99 - p1) * SAMPLE_RATE / 1000.0 / block_frames),
        })
    return found


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure, show, record."""
    rows = measure(3 if quick else 200)
    names = ("block_frames", "engine_frames", "stamp_frames", "p50_ms", "p99_ms", "max_ms", "jitter_ms", "jitter_blocks",
             "lost")
    show(f"Touch to sound, simulated host whose calls are late by up to {LATE:.0%} of a block",
         ("frames", "engine adds", "stamp adds", "p50 ms", "p99 ms", "max ms", "jitter ms", "jitter blocks", "lost"),
         [[row[name] for name in names] for row in rows],
         "engine adds: look-ahead of the limiter; stamp adds: one block, which turns jitter into a constant.  The device's own "
         "delay comes on top.")
    record("latency", rows, folder)
