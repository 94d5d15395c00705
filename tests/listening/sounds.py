"""Sounds whose beginnings are known to the sample."""
import numpy as np


def click(rate, seed):
    """A woodblock: two partials that are gone in 50 ms."""
    t = np.arange(int(0.4 * rate)) / rate
    hz = np.random.default_rng(seed).uniform(600, 1500)
    return (0.3 * np.exp(-t / 0.015) * (np.sin(2 * np.pi * hz * t) + 0.5 * np.sin(2 * np.pi * 2.7 * hz * t))).astype("f4")


def pluck(rate, seed):
    """A guitar: harmonics that die away over half a second, after 2 ms of attack."""
    t = np.arange(int(0.8 * rate)) / rate
    hz = 110.0 * 2.0 ** np.random.default_rng(seed).uniform(0, 2)
    tone = sum(np.sin(2 * np.pi * n * hz * t) * np.exp(-t * (3 + 2 * n)) / n for n in range(1, 12))
    return (0.15 * np.clip(t / 0.002, 0, 1) * np.clip((0.8 - t) / 0.2, 0, 1) * tone).astype("f4")


def strokes(sound, times_s, rate, seed, even=False):
    """One of `sound` at each time, not all equally loud unless `even`; float32."""
    random = np.random.default_rng(seed)
    out = np.zeros(int((times_s[-1] + 1.5) * rate), "f4")
    for n, t in enumerate(times_s):
        one = sound(rate, seed + n) * (1.0 if even else random.uniform(0.3, 1.0))
        out[round(t * rate):round(t * rate) + len(one)] += one.astype("f4")
    return out


def noise(count, dbfs, rate, seed):
    """White noise of this RMS."""
    return np.random.default_rng(seed).normal(0, 10 ** (dbfs / 20), count).astype("f4")


def hall(count, dbfs, rate):
    """The noise of a room: as much power in each octave."""
    spectrum = np.fft.rfft(np.random.default_rng(8).normal(size=count))
    sound = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), count)
    return (sound * 10 ** (dbfs / 20) / sound.std()).astype("f4")
