"""The five workloads that imm_audio and its peers are measured on, played by the product's own engine.

W1 mixer: 8 microphones, each high-pass, 3 bands, compressor, pan, gain; reverb; limiter.  W2: 64 plucked strings, struck twice
a second.  W3: 64 sampler voices.  W4: 32 modal voices of 16 partials.  W5: W1, W2 and W4 together.
"""
from dataclasses import dataclass

import numpy as np
from imm_audio.kernels.effects.strip import (
    GAIN_DB,
    HIGH_DB,
    HIGH_Q,
    HIGHPASS_HZ,
    LOW_DB,
    MID_DB,
    PAN,
    RATIO,
    SEND_DB,
    THRESHOLD_DB,
)
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON, SOUND, STRIP
from imm_audio.kernels.rt.ring import EVENT
from imm_audio.kernels.voices.modal import BARS
from imm_audio.kernels.voices.part import MODAL, PLUCK, SAMPLER

from imm_audio.engine import Engine, Settings
from imm_audio.soundfont import general_midi, read_soundfont

SAMPLE_RATE = 48000
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")
MICROPHONES = 8


@dataclass
class Workload:
    """An engine ready to play, the events of `seconds`, and what its microphones hear (frames, channels) in a loop."""

    engine: Engine
    events: np.ndarray
    heard: np.ndarray


def microphones(seconds: float = 4.0) -> np.ndarray:
    """Eight channels of gated noise, float32 (frames, 8)."""
    frames = int(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(1).standard_normal((frames, MICROPHONES))
    beat = np.mod(np.arange(frames)[:, None] / SAMPLE_RATE * 2 + np.arange(MICROPHONES) / 8, 1.0)
    return (0.25 * noise * np.exp(-6.0 * beat)).astype("f4")


def _mixer_events() -> list[tuple]:
    found = []
    for m in range(MICROPHONES):
        for parameter, value in ((HIGHPASS_HZ, 80), (LOW_DB, 3), (MID_DB, -2), (HIGH_DB, 2.5), (HIGH_Q, 0.8), (RATIO, 3),
                                 (THRESHOLD_DB, -18), (GAIN_DB, -6), (PAN, -0.9 + 1.8 * m / 7), (SEND_DB, -12)):
            found.append((0, STRIP, m, parameter, 0, value))
    return found


def _note_events(seconds: float, keys: np.ndarray, players: int, every_s: float, hold_s: float) -> list[tuple]:
    """Each key struck every `every_s`, staggered evenly, spread over `players` players."""
    found = []
    for i, key in enumerate(keys):
        player = i * players // len(keys)
        for start_s in np.arange(i / len(keys) * every_s, seconds, every_s):
            found.append((int(start_s * SAMPLE_RATE), NOTE_ON, player, 0, key, 0.8))
            if hold_s:
                found.append((int((start_s + hold_s) * SAMPLE_RATE), NOTE_OFF, player, 0, key, 0))
    return found


def _keys(count: int, lowest_hz: float, steps: float) -> np.ndarray:
    return 69 + 12 * np.log2(lowest_hz / 440 * 2.0 ** (np.arange(count) / steps))


def workload(name: str, seconds: float) -> Workload:
    """One of WORKLOADS, `seconds` long."""
    with_mixer = name in ("W1", "W5")
    sound_bank = read_soundfont(general_midi()) if name == "W3" else None
    engine = Engine.create(Settings(SAMPLE_RATE, MICROPHONES if with_mixer else 0, sound_bank=sound_bank))
    rows: list[tuple] = _mixer_events() if with_mixer else []
    strings = name in ("W2", "W5")
    if strings:
        rows += [(0, SOUND, p, 0, PLUCK, 1) for p in range(4)]
        rows += _note_events(seconds, _keys(64, 82.4069, 16), 4, 0.5, 0.49)
    if name == "W3":
        rows += [(0, SOUND, p, 0, SAMPLER, 0) for p in range(4)]
        rows += _note_events(seconds, np.array([36 + i % 16 * 3 + i // 16 for i in range(64)]), 4, 2.0, 1.98)
    if name in ("W4", "W5"):
        sixteen = [bar[0] for bar in BARS].index("16 partials")
        first = 4 if strings else 0
        rows += [(0, SOUND, first + p, 0, MODAL, sixteen) for p in range(4)]
        for row in _note_events(seconds, _keys(32, 110.0, 8), 4, 0.5, 0.0):
            rows.append((row[0], row[1], row[2] + first, *row[3:]))
    events = np.zeros(len(rows), EVENT)
    rows.sort(key=lambda row: row[0])
    for event, row in zip(events, rows, strict=True):
        event["frame"], event["kind"], event["player"], event["channel"], event["key"], event["value"] = row
    heard = microphones() if with_mixer else np.zeros((SAMPLE_RATE, 0), "f4")
    return Workload(engine, events, heard)
