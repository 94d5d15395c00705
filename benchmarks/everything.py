"""All at once: 16 players with 96 voices of all models, 8 singing microphones, every effect; microseconds a 64-frame block.

And the same in silence afterwards: what has died away must not cost more than what sounds.
"""
from pathlib import Path

import numpy as np

from imm_audio.catalog.voices import VOICES
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.effects.rooms import ROOM_NAMES
from imm_audio.kernels.effects.strip import (
    CHORUS_DB,
    ECHO_DB,
    GATE_DB,
    HIGH_DB,
    LOW_DB,
    MID_DB,
    RATIO,
    THRESHOLD_DB,
)
from imm_audio.kernels.effects.vocal import OCTAVE_DOWN, THIRD_ABOVE
from imm_audio.kernels.engine.events import (
    MASTER,
    MODULATION,
    MONITOR_AGE,
    NOTE_OFF,
    NOTE_ON,
    RELEASE,
    ROOM,
    SHARE_GAIN,
    SOUND,
    STOP_HOWL,
    STRIP,
    VOCAL,
)
from imm_audio.kernels.engine.state import MICROPHONES
from imm_audio.kernels.rt.ring import EVENT
from imm_audio.soundfont import load_sounds

from .drive import play, run
from .results import record, show

RATE_HZ, BLOCK_FRAMES = 48000, 64
BUDGET_US = 1e6 * BLOCK_FRAMES / RATE_HZ
#: A sixteenth of the ensemble each; every note is struck again and again, so that six a player sound.
PLAYED = ("piano", "strings", "recorded flute", "nylon guitar", "harp", "koto", "kora", "bass", "marimba", "steel pan",
          "gamelan", "chime bars", "organ", "string section", "recorder", "electric piano")
NOTES, EVERY_S = 6, 0.5


def _settings():
    for player, voice in enumerate(PLAYED):
        for channel in range(NOTES):
            yield (SOUND, player, channel, *map(float, VOICES[voice]))
        yield MODULATION, player, 0, 0.0, 0.3
    for strip in range(8):
        for parameter, value in ((GATE_DB, -55.0), (RATIO, 3.0), (THRESHOLD_DB, -24.0)):
            yield STRIP, strip, parameter, 0.0, value
    for strip in (*range(8), *range(MICROPHONES, MICROPHONES + 16)):
        for parameter, value in ((LOW_DB, 3.0), (MID_DB, -2.0), (HIGH_DB, 2.0), (ECHO_DB, -20.0), (CHORUS_DB, -20.0)):
            yield STRIP, strip, parameter, 0.0, value
    for parameter, value in ((SHARE_GAIN, 1), (STOP_HOWL, 1), (MONITOR_AGE, 75), (ROOM, ROOM_NAMES.index("hall"))):
        yield MASTER, 0, parameter, 0.0, float(value)
    yield VOCAL, 0, 0, 0.0, float(OCTAVE_DOWN)
    yield VOCAL, 1, 0, 0.0, float(THIRD_ABOVE)


def _events(seconds: float) -> np.ndarray:
    rows = [(0, *event) for event in _settings()]
    for note in range(int(seconds / EVERY_S)):
        frame = 4800 + int(note * EVERY_S * RATE_HZ)
        for player in range(16):
            key = 48.0 + (5 * note + 7 * player) % 30
            for channel in range(NOTES):
                at = frame + 373 * channel + 97 * player
                rows.append((at, NOTE_ON, player, channel, key + 3 * channel, 0.7))
                rows.append((at + int(0.98 * EVERY_S * RATE_HZ), NOTE_OFF, player, channel, key + 3 * channel, 0.0))
    rows.sort(key=lambda row: row[0])
    return np.array([(*row, n) for n, row in enumerate(rows)], EVENT)


def _heard() -> np.ndarray:
    """Two seconds of eight singers, float32 (frames, 8)."""
    time_s = np.arange(2 * RATE_HZ)[:, None] / RATE_HZ
    hz = 110.0 * 2.0 ** (np.arange(8) / 5.0)
    sung = sum(0.1 / n * np.sin(2 * np.pi * n * hz * time_s) for n in range(1, 9))
    noise = 0.001 * np.random.default_rng(1).standard_normal((len(time_s), 8))
    return np.asarray(sung + noise, "f4")


def main(quick: bool, folder: Path) -> None:
    """Measure, show and record."""
    bank, _ = load_sounds()
    engine = Engine.create(Settings(float(RATE_HZ), 8, 4, keep_microphones=True, sound_bank=bank))
    seconds = 2.0 if quick else 30.0
    heard = _heard()
    sounding = play(engine, _events(seconds), heard, seconds, BLOCK_FRAMES, 1.0)
    nothing = np.zeros(0, EVENT)
    engine.push(RELEASE, -1, -1)
    run(engine, nothing, 0.0 * heard, 2.0 if quick else 25.0, BLOCK_FRAMES)   # until all has died away
    silent = play(engine, nothing, 0.0 * heard, seconds / 3, BLOCK_FRAMES, 0.0)
    figures = [{"load": name, "p50_us": t.p50, "p99_us": t.p99, "p999_us": t.p999, "percent": 100 * t.p50 / BUDGET_US,
                "voices": t.voices} for name, t in (("everything", sounding), ("silence after it", silent))]
    show(f"All at once: {BLOCK_FRAMES} frames last {BUDGET_US:.0f} us; the median shall be below 10 %",
         tuple(figures[0]), [tuple(figure.values()) for figure in figures])
    record("everything", figures, folder)
