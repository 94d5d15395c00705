"""The workloads in numbers that all peers share: 48 kHz, blocks of 64 frames.  numpy only: other interpreters read this."""
from pathlib import Path

import numpy as np

RATE_HZ = 48000
BLOCK_FRAMES = 64

# W1, mixer
CHANNELS = 8
HIGHPASS_HZ = 80.0
BELLS = ((120.0, 0.7, 3.0), (1000.0, 1.0, -2.0), (6000.0, 0.8, 2.5))  # Hz, Q, dB
THRESHOLD_DB, RATIO, ATTACK_S, RELEASE_S = -18.0, 3.0, 0.005, 0.080
GAIN = 0.5
PAN = np.linspace(-0.9, 0.9, CHANNELS)  # -1 .. 1, equal power
REVERB_MIX, REVERB_ROOM, REVERB_DAMP = 0.25, 0.7, 0.4
CEILING = 0.95

# W2, plucked strings
STRINGS = 64
STRING_HZ = 82.4069 * 2.0 ** (np.arange(STRINGS) / 16.0)  # 82 .. 1264 Hz
STRING_T60_S = 4.0
STRING_POLE = 0.3  # y = (1 - c) x + c y'
STRING_LEVEL = 0.05
STRIKES_HZ = 2.0

# W3, sampler: 64 keys, each struck again every two seconds, staggered, released just before
SAMPLED = 64
SAMPLED_KEYS = [36 + v % 16 * 3 + v // 16 for v in range(SAMPLED)]
SOUNDFONTS = (Path("/usr/share/sounds/sf2/TimGM6mb.sf2"), Path("/usr/share/soundfonts/TimGM6mb.sf2"))

# W4, struck bars
BARS, PARTIALS = 32, 16
BAR_HZ = 110.0 * 2.0 ** (np.arange(BARS) / 8.0)  # 110 .. 1614 Hz
PARTIAL_RATIO = np.array([1.0, 1.51, 1.99, 2.42, 2.76, 3.31, 3.92, 4.36, 5.02, 5.40, 6.13, 6.81, 7.47, 8.02, 8.93, 9.61])
PARTIAL_LEVEL = 1.0 / (1.0 + np.arange(PARTIALS))
PARTIAL_T60_S = 1.5 / (1.0 + 0.3 * np.arange(PARTIALS))
BAR_LEVEL = 0.02


def sound_in(seconds: float) -> np.ndarray:
    """Eight channels of gated noise, float32 (frames, 8); repeats after four seconds."""
    frames = int(min(seconds, 4.0) * RATE_HZ)
    noise = np.random.default_rng(1).standard_normal((frames, CHANNELS))
    beat = np.mod(np.arange(frames)[:, None] / RATE_HZ * 2 + np.arange(CHANNELS) / 8, 1.0)
    one = (0.25 * noise * np.exp(-6.0 * beat)).astype("f4")
    return np.tile(one, (-(-int(seconds * RATE_HZ) // frames), 1))[:int(seconds * RATE_HZ)]


def sound_in_wav(folder: Path, seconds: float) -> Path:
    """The same as a file of floats."""
    import soundfile

    path = folder / f"in-{seconds:g}.wav"
    if not path.exists():
        soundfile.write(path, sound_in(seconds), RATE_HZ, subtype="FLOAT")
    return path


def soundfont(own: Path | None = None) -> Path | None:
    """The General MIDI set TimGM6mb: `own`, or the system's."""
    return next((path for path in (own, *SOUNDFONTS) if path is not None and path.exists()), None)


def highpass(hz: float, q: float = 0.70710678) -> np.ndarray:
    """b0 b1 b2 a1 a2.  Source: R. Bristow-Johnson, "Audio EQ cookbook"."""
    w = 2 * np.pi * hz / RATE_HZ
    alpha, c = np.sin(w) / (2 * q), np.cos(w)
    return np.array([(1 + c) / 2, -(1 + c), (1 + c) / 2, -2 * c, 1 - alpha]) / (1 + alpha)


def bell(hz: float, q: float, db: float) -> np.ndarray:
    """b0 b1 b2 a1 a2, as above."""
    w, amplitude = 2 * np.pi * hz / RATE_HZ, 10 ** (db / 40)
    alpha, c = np.sin(w) / (2 * q), np.cos(w)
    up, down = alpha * amplitude, alpha / amplitude
    return np.array([1 + up, -2 * c, 1 - up, -2 * c, 1 - down]) / (1 + down)


def performance(folder: Path, seconds: float) -> Path:
    """W3 as a MIDI file: four channels of 16 keys."""
    import mido

    path = folder / f"w3-{seconds:g}.mid"
    rows = []
    for c in range(4):
        rows.append((0, 0, mido.Message("program_change", channel=c, program=0)))
        rows.append((0, 0, mido.Message("control_change", channel=c, control=10, value=20 + 29 * c)))
    end = int(seconds * 960)  # ticks: 960 a second
    for v, key in enumerate(SAMPLED_KEYS):
        for start in range(v * 30, end, 1920):
            rows.append((start, 1, mido.Message("note_on", channel=v // 16, note=key, velocity=90)))
            rows.append((min(start + 1900, end), 0, mido.Message("note_off", channel=v // 16, note=key)))
    rows.sort(key=lambda row: row[:2])
    track, before = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500000, time=0)]), 0
    for tick, _, message in rows:
        track.append(message.copy(time=tick - before))
        before = tick
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(path)
    return path
