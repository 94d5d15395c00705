"""What a session has counted: the figures of --stats."""
from typing import Any

import numpy as np

from .engine import Engine
from .kernels.engine.state import BINS_PER_US, MICROPHONES, STRIP_COUNT
from .kernels.voices.part import BUSES, PLAYERS


def _percentile(bins: np.ndarray, share: float) -> float:
    total = np.cumsum(bins)
    return float(np.searchsorted(total, share * total[-1]) + 0.5) / BINS_PER_US if total[-1] else 0.0


def statistics(engine: Engine) -> dict[str, Any]:
    """What a session has counted so far."""
    state, host = engine.state, engine.state["host"]
    bins, rate = np.asarray(host["time_bins"]), engine.sample_rate
    peaks = np.concatenate([group["peak"] for group in state["mixer"]["strips"]])
    names = [f"{who} {i + 1}" for who, count in (("microphone", MICROPHONES), ("player", PLAYERS), ("band", BUSES - PLAYERS))
             for i in range(count)]
    expected = float(host["expected_frames"])
    return {
        "frames": engine.frame,
        "blocks": int(bins.sum()),
        "seconds": round(engine.frame / rate, 3),
        "sample_rate_hz": rate,
        "latency_frames": engine.latency_frames,
        "delivered_ratio": min(float(host["delivered_frames"]) / expected, 1.0) if expected > 0 else 1.0,
        "xruns": int(host["xruns"]),
        "callback_us": {"p50": _percentile(bins, 0.5), "p99": _percentile(bins, 0.99), "p999": _percentile(bins, 0.999),
                        "max": float(host["max_us"])},
        "block_us": 1e6 * float(host["largest_block"]) / rate,
        "events": {"received": int(state["received"]), "applied": int(state["applied"]),
                   "dropped": int(state["rings"]["dropped"][:, 0].sum())},
        "faults": int(state["faults"]),
        "lost_frames": int(engine.header["take"]["lost_frames"]),
        "peak_dbfs": {names[i]: round(float(20 * np.log10(peaks[i])), 1) for i in range(STRIP_COUNT) if peaks[i] > 0},
    }
