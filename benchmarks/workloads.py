"""The five workloads that imm_audio and its peers are measured on, played by the product's own engine.

W1 mixer: 8 microphones, each high-pass, 3 bands, compressor, pan, gain; reverb; limiter.  W2: 64 plucked strings, struck
twice a second.  W3: 64 sampler voices.  W4: 32 modal voices of 16 partials.  W5: W1, W2 and W4 together.
"""
from dataclasses import dataclass

import numpy as np

from imm_audio.engine import Engine, Settings
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
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON, SILENCE, SOUND, STRIP
from imm_audio.kernels.rt.ring import EVENT
from imm_audio.kernels.voices.modal import BARS
from imm_audio.kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER
from imm_audio.soundfont import general_midi, read_soundfont

SAMPLE_RATE = 48000
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")
MICROPHONES = 8
#: Voices that each workload keeps sounding.
VOICES = {"W1": 0, "W2": 64, "W3": 64, "W4": 32, "W5": 96}
SIXTEEN_PARTIALS = [bar[0] for bar in BARS].index("16 partials")
#: Channels of a player, less that of percussion.
_CHANNELS = [c for c in range(16) if c != 9]

#: frame, kind, player, channel, key, value: fields as in kernels/engine/events.py
Row = tuple[int, int, int, int, float, float]


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


def in_order(rows: list[Row]) -> np.ndarray:
    """EVENT array by frame; those of one frame stay in order."""
    events = np.zeros(len(rows), EVENT)
    for event, row in zip(events, sorted(rows, key=lambda row: row[0]), strict=True):
        event["frame"], event["kind"], event["player"], event["channel"], event["key"], event["value"] = row
    return events


def full_strips() -> list[Row]:
    """Eight microphones with everything on."""
    found: list[Row] = []
    for m in range(MICROPHONES):
        for parameter, value in ((HIGHPASS_HZ, 80), (LOW_DB, 3), (MID_DB, -2), (HIGH_DB, 2.5), (HIGH_Q, 0.8), (RATIO, 3),
                                 (THRESHOLD_DB, -18), (GAIN_DB, -6), (PAN, -0.9 + 1.8 * m / 7), (SEND_DB, -12)):
            found.append((0, STRIP, m, parameter, 0, value))
    return found


def _struck(seconds: float, keys: np.ndarray, first_player: int, every_s: float, hold_s: float) -> list[Row]:
    """Each key struck every `every_s`, staggered evenly, over four players; released after `hold_s` unless that is 0."""
    found: list[Row] = []
    for i, key in enumerate(keys):
        player = first_player + i * 4 // len(keys)
        for start_s in np.arange(i / len(keys) * every_s, seconds, every_s):
            found.append((int(start_s * SAMPLE_RATE), NOTE_ON, player, 0, key, 0.8))
            if hold_s:
                found.append((int((start_s + hold_s) * SAMPLE_RATE), NOTE_OFF, player, 0, key, 0))
    return found


def _keys(count: int, lowest_hz: float, steps: float) -> np.ndarray:
    return 69 + 12 * np.log2(lowest_hz / 440 * 2.0 ** (np.arange(count) / steps))


def _sounds(first_player: int, model: int, program: int) -> list[Row]:
    return [(0, SOUND, first_player + p, 0, model, program) for p in range(4)]


def _engine(inputs: int, with_piano: bool) -> Engine:
    engine = Engine.create(Settings(SAMPLE_RATE, inputs, sound_bank=read_soundfont(general_midi()) if with_piano else None))
    engine.stems[:] = 0.0  # every page is there before time is taken, as in a block that is shared
    return engine


def workload(name: str, seconds: float) -> Workload:
    """One of WORKLOADS, `seconds` long."""
    with_mixer = name in ("W1", "W5")
    engine = _engine(MICROPHONES if with_mixer else 0, name == "W3")
    rows = full_strips() if with_mixer else []
    if name in ("W2", "W5"):
        rows += _sounds(0, PLUCK, 1) + _struck(seconds, _keys(64, 82.4069, 16), 0, 0.5, 0.49)
    if name == "W3":
        keys = np.array([36 + i % 16 * 3 + i // 16 for i in range(64)])
        rows += _sounds(0, SAMPLER, 0) + _struck(seconds, keys, 0, 2.0, 1.98)
    if name in ("W4", "W5"):
        rows += _sounds(4, MODAL, SIXTEEN_PARTIALS) + _struck(seconds, _keys(32, 110.0, 8), 4, 0.5, 0.0)
    return Workload(engine, in_order(rows), microphones() if with_mixer else np.zeros((SAMPLE_RATE, 0), "f4"))


def held(model: int, program: int, voices: int, seconds: float, every_s: float = 2.0) -> list[Row]:
    """Exactly so many voices of a model at any time: each has a channel of its own, and is cut when it is struck again."""
    found: list[Row] = []
    for i in range(voices):
        player, channel = i // len(_CHANNELS), _CHANNELS[i % len(_CHANNELS)]
        key = 36 + i * 5 % 37
        found.append((0, SOUND, player, channel, model, program))
        for start_s in (0.0, *np.arange((i + 1) / voices * every_s, seconds, every_s)):
            frame = int(start_s * SAMPLE_RATE)
            found += [(frame, SILENCE, player, channel, 0, 0), (frame, NOTE_ON, player, channel, key, 0.8)]
    return found


def band(voices: int, seconds: float) -> Workload:
    """So many piano voices, and eight microphones with full strips."""
    return Workload(_engine(MICROPHONES, True), in_order(full_strips() + held(SAMPLER, 0, voices, seconds)), microphones())


__all__ = ["DRUMS", "MICROPHONES", "MODAL", "PLUCK", "SAMPLER", "SAMPLE_RATE", "SIXTEEN_PARTIALS", "VOICES", "WORKLOADS",
           "Workload", "band", "full_strips", "held", "in_order", "microphones", "workload"]
