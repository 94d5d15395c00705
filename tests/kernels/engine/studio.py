"""An engine driven by hand, and a short performance in which every voice model, strip and bus has something to do."""
from itertools import pairwise

import numpy as np

from imm_audio.engine import Engine, Settings, player_columns
from imm_audio.kernels.effects.strip import GAIN_DB, HIGH_DB, MUTE, PAN, RATIO
from imm_audio.kernels.engine.events import (
    BEND,
    MASTER,
    MASTER_GAIN_DB,
    MODULATION,
    NOTE_OFF,
    NOTE_ON,
    RELEASE,
    SILENCE,
    SOUND,
    STRIP,
    SUSTAIN,
    TEMPO,
)
from imm_audio.kernels.engine.state import MICROPHONES
from imm_audio.kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER
from imm_audio.kernels.voices.sampler import BANK, MARGIN, interpolator

#: Low, so that a second of music is little work; nothing in these tests depends on it.
RATE = 8000


def organ():
    """A sound bank of one zone, a looped sine that begins at its crest."""
    loop = 32
    sound = np.cos(2 * np.pi * np.arange(2 * loop) / loop).astype("f4")
    samples = np.concatenate([np.zeros(MARGIN, "f4"), sound, np.resize(sound[loop:], MARGIN)])
    bank = np.zeros(1, BANK)
    bank["taps"][0], bank["count"][0, 0] = interpolator(), 1
    zone = bank["zones"][0, 0]
    for name, value in {"key_high": 127, "velocity_high": 127, "fixed_key": -1, "fixed_velocity": -1, "start": MARGIN,
                        "stop": MARGIN + 2 * loop, "loop": loop, "root": 60.0, "scale": 1 / 12, "pitch": np.log2(RATE),
                        "level": -3.0, "velocity_level": 2.0, "cutoff": np.log2(3000.0), "damping": 1.4,
                        "attack_s": 0.001, "release_s": 0.1, "mod_sustain": 1.0, "lfo_hz": 5.0,
                        "vibrato_hz": 5.0}.items():
        zone[name] = value
    return bank, samples


def engine(**settings):
    """An engine of RATE with the organ."""
    return Engine.create(Settings(**{"sample_rate": RATE, "sound_bank": organ(), **settings}))


def push(engine, rows):
    """Send rows of (frame, kind, player, channel, key, value)."""
    for frame, kind, player, channel, key, value in rows:
        assert engine.push(kind, player, channel, key, value, frame=frame)


def performance():
    """Half a second for four players, with every kind of control, at frames that lie anywhere on the grid."""
    rows = [(0, SOUND, 0, 0, PLUCK, 1), (0, SOUND, 1, 0, MODAL, 2), (0, SOUND, 2, 0, DRUMS, 0), (0, SOUND, 3, 0, SAMPLER, 0)]
    random = np.random.default_rng(7)
    for player, every in ((0, 230), (1, 310), (2, 170), (3, 410)):
        for start in range(20 + player, 3400, every):
            key = 38 + int(random.integers(0, 40))
            rows += [(start, NOTE_ON, player, 0, key, random.uniform(0.3, 1.0)), (start + 150, NOTE_OFF, player, 0, key, 0)]
    rows += [(333, STRIP, MICROPHONES, PAN, 0, -0.7), (700, STRIP, MICROPHONES + 3, HIGH_DB, 0, 9.0),
             (901, STRIP, 0, GAIN_DB, 0, 6.0), (1203, STRIP, 1, MUTE, 0, 1.0), (1500, STRIP, MICROPHONES + 1, RATIO, 0, 4.0),
             (1001, BEND, 0, 0, 0, 150.0), (1400, MODULATION, 3, 0, 0, 1.0), (1700, SUSTAIN, 0, 0, 0, 1.0),
             (2200, MASTER, 0, MASTER_GAIN_DB, 0, -3.0), (2301, TEMPO, 0, 0, 0, 132.0), (2600, SUSTAIN, 0, 0, 0, 0.0),
             (3111, RELEASE, 1, -1, 0, 0), (3333, SILENCE, 0, -1, 0, 0)]
    return sorted(rows, key=lambda row: row[0])


def microphone_noise(frames, channels, seed=3):
    """What microphones may hear, float32 (frames, channels)."""
    return np.random.default_rng(seed).uniform(-0.3, 0.3, (frames, channels)).astype("f4")


def play(engine, heard, frames, cuts=()):
    """Drive the callback over `frames` frames, cut at the given frames; float32 (frames, output_channels)."""
    edges = [0, *sorted(cuts), frames]
    pieces = [engine.process(None if heard is None else heard[start:stop], stop - start)
              for start, stop in pairwise(edges)]
    return np.concatenate(pieces)


def stem(engine, player, frames):
    """A player's stem from frame 0 on, float32 (frames, 2)."""
    return engine.copy_stems(0, frames)[:, list(player_columns(player))]
