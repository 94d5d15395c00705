"""Singers made of numbers: vibrato, scoops, own intonation, breath, consonants, and timing that wanders."""
from collections.abc import Sequence

import numpy as np

#: Formants [Hz] and their widths [Hz] of five vowels (Peterson and Barney, Control methods used in a study of the vowels,
#: 1952, men and women averaged), a third at -6 and a fourth at -12 dB.
VOWELS = ((800, 1200, 2500), (570, 1900, 2600), (300, 2300, 3000), (520, 900, 2500), (330, 850, 2400))
TABLE = 1024


def _cycle(f0_hz: float, vowel: int, rate: float) -> np.ndarray:
    """One cycle of a voice: harmonics that fall by 12 dB an octave, raised by the formants."""
    number = np.arange(1, max(2, int(min(0.45 * rate, 5000.0) / f0_hz)))
    f = number * f0_hz
    gain = sum(weight / (1.0 + ((f - centre) / (60.0 + 0.06 * centre)) ** 2)
               for centre, weight in zip(VOWELS[vowel], (1.0, 0.6, 0.25), strict=True)) + 0.02
    phase = np.arange(TABLE) / TABLE
    wave = (gain / number)[:, None] * np.sin(2 * np.pi * number[:, None] * phase + number[:, None] ** 2)
    cycle = wave.sum(axis=0)
    return (cycle / np.sqrt(np.mean(cycle**2))).astype("f4")


def sing(notes: Sequence[tuple[float, float, float]], rate: float, seed: int = 0, *, detune_cents: float = 30.0,
         transpose: float = 0.0, level: float = 0.1, attack_s: tuple[float, float] = (0.03, 0.09),
         tail_s: float = 0.5) -> np.ndarray:
    """Sing (start [s], duration [s], MIDI key) notes; float32.

    Each note is off by up to `detune_cents`, begins up to a tone too low and slides up, ends in a breath or runs into the next;
    some begin with a hiss.
    """
    random = np.random.default_rng(seed)
    total = int((notes[-1][0] + notes[-1][1] + tail_s) * rate)
    sound = np.zeros(total, "f4")
    offset = random.uniform(-detune_cents, detune_cents) / 200.0  # this singer's own half of it
    before = None
    for n, (start, duration, key) in enumerate(notes):
        first = int(start * rate)
        last = min(int((start + duration) * rate), total)
        count = last - first
        if count < 16:
            continue
        t = np.arange(count) / rate
        aim = key + transpose + offset + random.uniform(-detune_cents, detune_cents) / 200.0
        legato = before is not None and n and start - (notes[n - 1][0] + notes[n - 1][1]) < 0.02
        below = np.clip(before - aim, -7, 7) if legato else -random.uniform(0.0, 2.0)
        scoop = below * np.exp(-t / random.uniform(0.02, 0.05))
        depth = 0.3 * random.uniform(0.3, 1.0) * np.clip((t - 0.2) / 0.2, 0, 1)
        vibrato = depth * np.sin(2 * np.pi * random.uniform(5, 6.5) * t)
        drift = 0.1 * np.sin(2 * np.pi * random.uniform(0.3, 1.0) * t + random.uniform(0, 6))
        hz = 440.0 * 2.0 ** ((aim + scoop + vibrato + drift - 69.0) / 12.0)
        phase = np.cumsum(hz) / rate
        cycle = _cycle(440.0 * 2.0 ** ((aim - 69.0) / 12.0), int(random.integers(5)), rate)
        wave = cycle[(phase * TABLE).astype("i8") % TABLE]
        attack = random.uniform(*attack_s)
        release = random.uniform(0.03, 0.08)
        envelope = np.minimum(np.clip(t / attack, 0, 1) ** 2, np.clip((duration - t) / release, 0, 1))
        envelope *= random.uniform(0.6, 1.0)
        hiss = random.normal(size=count) * 0.3 * np.exp(-0.5 * ((t - 0.02) / 0.015) ** 2) if random.random() < 0.4 else 0.0
        breath = random.normal(size=count) * 0.02
        sound[first:last] += (level * (wave * envelope + hiss + breath * envelope)).astype("f4")
        before = aim
    return sound


def performed(melody: Sequence[tuple[float, float, float]], beat_s: float, seed: int = 0, cv: float = 0.06,
              start_s: float = 0.5) -> list[tuple[float, float, float]]:
    """(start [beats], length [beats], key) -> (start [s], duration [s], key) by somebody whose beat wanders.

    cv: standard deviation of each step between notes as a share of the step; the tempo itself wanders by a third of that.
    """
    random = np.random.default_rng([seed, 11])
    now, at, tempo = start_s, melody[0][0], 0.0
    found = []
    for n, (start, length, key) in enumerate(melody):
        step = start - at
        tempo = float(np.clip(tempo + random.normal(0, cv / 3), -0.1, 0.1))
        now += step * beat_s * np.exp(tempo) * (1.0 + float(np.clip(random.normal(0, cv), -2 * cv, 2 * cv)))
        at = start
        follows = n + 1 < len(melody) and melody[n + 1][0] - start - length < 1e-6
        breathes = random.random() < 0.2
        duration = length * beat_s * np.exp(tempo) * (0.8 if breathes else 0.97 if follows else 0.9)
        found.append((now, float(duration), key))
    return [(start, min(duration, (found[n + 1][0] - start) if n + 1 < len(found) else duration), key)
            for n, (start, duration, key) in enumerate(found)]
