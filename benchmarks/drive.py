"""Drives a block as a host would, from compiled code, and times every block with the processor's counter."""
from dataclasses import dataclass

import numpy as np

from imm_audio.clock_speed import cycles_per_us
from imm_audio.engine import Engine
from imm_audio.kernels.engine.process import process
from imm_audio.kernels.engine.state import FROM_INPUTS
from imm_audio.kernels.rt import rt
from imm_audio.kernels.rt.machine import cycles, flush_denormals, restore_denormals
from imm_audio.kernels.rt.ring import ring_push

#: Events wait in the ring this many frames ahead.
AHEAD_FRAMES = 4800


@rt
def _drive(state, samples, stems, taps, events, heard, heard_frames, out, block_frames, spent, voices):
    """Render len(spent) blocks; spent[b]: cycles of block b, voices[b]: how many sounded at its end."""
    word = flush_denormals()
    channels, pushed, at = state.input_channels, 0, 0
    for b in range(spent.shape[0]):
        horizon = state.frame + block_frames + AHEAD_FRAMES
        while pushed < events.shape[0] and events[pushed].frame < horizon:
            event = events[pushed]
            if not ring_push(state.rings[FROM_INPUTS], event.frame, event.kind, event.player, event.channel, event.key,
                             event.value):
                break
            pushed += 1
        began = cycles()
        process(state, samples, stems, taps, heard[at * channels:], out, block_frames)
        spent[b] = cycles() - began
        voices[b] = state.voices
        at += block_frames
        if at + block_frames > heard_frames:
            at = 0
    restore_denormals(word)


@dataclass(frozen=True)
class Times:
    """Microseconds a block, blocks counted, and voices that sounded at the ends of blocks."""

    mean: float
    p50: float
    p99: float
    p999: float
    max: float
    blocks: int
    voices: float        # median
    fewest_voices: int


def run(engine: Engine, events: np.ndarray, heard: np.ndarray, seconds: float,
        block_frames: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Render `seconds`; for each block cycles spent and voices sounding, int64.

    events: EVENT array by frame.  heard: float32 (frames, input_channels), repeated.
    """
    spent, voices = np.zeros((2, int(seconds * engine.sample_rate) // block_frames), "i8")
    out = np.zeros(block_frames * int(engine.state["output_channels"]), "f4")
    _drive(engine.state, engine.samples, engine.stems.reshape(-1), engine.taps.reshape(-1), events,
           np.ascontiguousarray(heard).reshape(-1), len(heard), out, block_frames, spent, voices)
    return spent, voices


def play(engine: Engine, events: np.ndarray, heard: np.ndarray, seconds: float, block_frames: int = 64,
         warm_s: float = 2.0) -> Times:
    """As `run`; what the blocks after the first `warm_s` have cost."""
    spent, voices = run(engine, events, heard, seconds, block_frames)
    first = int(warm_s * engine.sample_rate) // block_frames
    us, voices = spent[first:] / cycles_per_us(), voices[first:]
    p50, p99, p999 = np.percentile(us, [50, 99, 99.9])
    return Times(float(us.mean()), float(p50), float(p99), float(p999), float(us.max()), len(us),
                 float(np.median(voices)), int(voices.min()))
