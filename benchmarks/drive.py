"""Drives a block as a host would, from compiled code, and times every block with the processor's counter."""
import time
from dataclasses import dataclass

import numpy as np
from imm_audio.kernels.engine.process import process
from imm_audio.kernels.engine.state import FROM_INPUTS
from imm_audio.kernels.rt import rt
from imm_audio.kernels.rt.machine import cycles, flush_denormals, restore_denormals
from imm_audio.kernels.rt.ring import ring_push

from imm_audio.engine import Engine

#: Events wait in the ring this many frames ahead.
AHEAD_FRAMES = 4800


@rt
def _read_cycles():
    return cycles()


def cycles_per_us(seconds: float = 0.05) -> float:
    """Speed of the counter that the callback reads."""
    _read_cycles()
    began, first = time.perf_counter(), _read_cycles()
    while time.perf_counter() - began < seconds:
        pass
    return (_read_cycles() - first) / ((time.perf_counter() - began) * 1e6)


@rt
def _drive(state, samples, stems, events, heard, heard_frames, out, block_frames, spent):
    """Render len(spent) blocks; spent[b]: cycles of block b."""
    word = flush_denormals()
    channels, pushed, at = state.input_channels, 0, 0
    for b in range(spent.shape[0]):
        horizon = b * block_frames + AHEAD_FRAMES
        while pushed < events.shape[0] and events[pushed].frame < horizon:
            event = events[pushed]
            if not ring_push(state.rings[FROM_INPUTS], event.frame, event.kind, event.player, event.channel, event.key,
                             event.value):
                break
            pushed += 1
        began = cycles()
        process(state, samples, stems, heard[at * channels:], out, block_frames)
        spent[b] = cycles() - began
        at += block_frames
        if at + block_frames > heard_frames:
            at = 0
    restore_denormals(word)


@dataclass(frozen=True)
class Times:
    """Microseconds a block, and blocks counted."""

    mean: float
    p50: float
    p99: float
    p999: float
    max: float
    blocks: int


def play(engine: Engine, events: np.ndarray, heard: np.ndarray, seconds: float, block_frames: int = 64,
         warm_s: float = 2.0) -> Times:
    """Render `seconds` in blocks of `block_frames`; times of all blocks after the first `warm_s`.

    events: EVENT array by frame.  heard: float32 (frames, input_channels), repeated.
    """
    rate = engine.sample_rate
    spent = np.zeros(int(seconds * rate) // block_frames, "i8")
    out = np.zeros(block_frames * int(engine.state["output_channels"]), "f4")
    _drive(engine.state, engine.samples, engine.stems.reshape(-1), events, np.ascontiguousarray(heard).reshape(-1),
           len(heard), out, block_frames, spent)
    us = spent[int(warm_s * rate) // block_frames:] / cycles_per_us()
    p50, p99, p999 = np.percentile(us, [50, 99, 99.9])
    return Times(float(us.mean()), float(p50), float(p99), float(p999), float(us.max()), len(us))
