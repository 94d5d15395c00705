"""Drives a block as a host would, with nothing else in the loop, and reads the engine's own cycle counts."""
import ctypes
import time
from dataclasses import dataclass

import numpy as np

from imm_audio.engine import Engine
from imm_audio.kernels.engine.callback import TIME_INFO, callback
from imm_audio.kernels.engine.state import BINS_PER_US, FROM_INPUTS
from imm_audio.kernels.rt import rt
from imm_audio.kernels.rt.machine import cycles

_CALL = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 2, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)
PUSH_AHEAD_S = 0.25


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


@dataclass(frozen=True)
class Times:
    """Microseconds a block, and blocks counted."""

    mean: float
    p50: float
    p99: float
    p999: float
    max: float
    blocks: int


def times(engine: Engine) -> Times:
    """Percentiles of what the callback has cost since its counters were cleared."""
    host = engine.state["host"]
    bins = np.asarray(host["time_bins"], "f8")
    edges = (np.arange(len(bins)) + 0.5) / BINS_PER_US
    total = np.cumsum(bins)
    p50, p99, p999 = (edges[np.searchsorted(total, q * total[-1])] for q in (0.5, 0.99, 0.999))
    return Times(float((bins * edges).sum() / total[-1]), p50, p99, p999, float(host["max_us"]), int(total[-1]))


def clear_times(engine: Engine) -> None:
    """Forget what was counted."""
    engine.state["host"]["time_bins"][:] = 0
    engine.state["host"]["max_us"] = 0.0


def play(engine: Engine, events: np.ndarray, heard: np.ndarray, seconds: float, block_frames: int = 64,
         warm_s: float = 2.0) -> Times:
    """Render `seconds` in blocks of `block_frames`; times of all blocks after the first `warm_s`."""
    state = engine.state
    state["host"]["cycles_per_us"] = cycles_per_us()
    call, rate = _CALL(callback.address), engine.sample_rate
    out = np.zeros((block_frames, int(state["output_channels"])), "f4")
    heard = heard[:len(heard) // block_frames * block_frames]
    silence = np.zeros((block_frames, 1), "f4")
    loop = max(len(heard) // block_frames, 1)
    stride = heard.strides[0] * block_frames if heard.shape[1] else 0
    address = heard.ctypes.data if heard.shape[1] else silence.ctypes.data
    time_info = np.zeros(1, TIME_INFO)
    pushed, columns = 0, [events[name].tolist() for name in ("kind", "player", "channel", "key", "value", "frame")]
    frames = columns[5]
    for b in range(int(seconds * rate) // block_frames):
        horizon = b * block_frames + int(PUSH_AHEAD_S * rate)
        while pushed < len(frames) and frames[pushed] < horizon:
            kind, player, channel, key, value, frame = (column[pushed] for column in columns)
            if not engine.push(kind, player, channel, key, value, frame=frame, ring=FROM_INPUTS):
                break
            pushed += 1
        if b == int(warm_s * rate) // block_frames:
            clear_times(engine)
        call(address + b % loop * stride, out.ctypes.data, block_frames, time_info.ctypes.data, 0, engine.address)
    return times(engine)
