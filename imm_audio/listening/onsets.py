"""Onsets of one microphone: claps, plucks, drums, sung notes and words, in the order of time and from the past alone.

Spectral flux of a spectrum that is counted from the noise of the room up, against the loudest of neighbouring bands a moment
before, so that vibrato is no onset (after S. Boeck and G. Widmer, Maximum filter vibrato suppression for onset detection,
2013), and a threshold that follows the median (J. Bello et al., A tutorial on onset detection in music signals, 2005).
aubio's own functions were measured beside it (12 players' woodblocks in one sound; sung notes; F): its best, specflux, 94 and
53 in a quiet room, 86 and 51 beside noise; this one 94 and 92, and 93 and 86.
"""
import bisect
from typing import NamedTuple

import numpy as np

#: About 2.8 ms, so that the true time is found within 3 ms; a window of four hops still tells 200 Hz from its octave.
HOP_S = 0.0028
WINDOW_HOPS = 4
#: Bands that are equally wide for the ear, between hum and hiss.
BANDS, LOWEST_HZ, HIGHEST_HZ = 40, 100.0, 12000.0
#: A band counts from this many times its noise, and from a share of the loudest band of late.
ABOVE_NOISE, BELOW_LOUDEST = 4.0, 0.003
#: What no room is quieter than, linear.
QUIETEST = 1e-6
#: The noise estimate falls at once and rises by 3 dB a second, by 40 while it learns the room; the loudest falls by 6.
NOISE_RISE_DB_S, LEARN_DB_S, LEARN_S, LOUDEST_FALL_DB_S = 3.0, 40.0, 1.5, 6.0
#: References are renewed every so many hops.
RENEW_HOPS = 16
#: Flux is measured against the loudest of so many hops before, without the last: it shares most of its window, and a low voice
#: swells with each of its periods.
LAG = 3
#: Threshold: so many medians of the last 0.2 s, and above that a share of the peaks of late (half forgotten in 4 s), or this.
MEDIANS, MEDIAN_S, SHARE, FORGET_S, FLOOR = 2.0, 0.2, 0.15, 4.0, 0.06
#: Gate: what begins is this much louder than the noise of the room.
GATE = 2.5
#: Two players rarely hit closer together, and a bounce of a stick comes earlier.
APART_S = 0.03
#: From the true onset to the end of the window in which the flux peaks, in hops: between what clicks, plucks and voices need.
#: What is left at 44.1 and 48 kHz, median and spread: clicks -3 and 1 ms, plucks 1 and 2, a woodblock of a sound set 2 and 3,
#: single voices 3 and 10 (their attack takes 30 to 90 ms).  tests/listening/test_onsets.py measures it.
DELAY_HOPS = 2.75
#: So many voices are told apart in one microphone; two sounds are one voice when their cosine is this large.
VOICES, ALIKE, VOICE_LEARNING = 16, 0.98, 0.1
#: An onset this much quieter than the loudest of late has strength 0.
STRENGTH_RANGE_DB = 40.0


class Voices:
    """Tells by their sound who begins: what is alike is one voice.

    Leader clustering (J. Hartigan, Clustering Algorithms, 1975, chapter 3) of what rose in each band, by cosine.
    """

    def __init__(self, bands: int):
        self._sounds = np.zeros((0, bands))

    def number_of(self, rise: np.ndarray) -> int:
        """Voice of an onset at which the bands rose so much."""
        sound = np.sqrt(rise)
        sound /= max(float(np.linalg.norm(sound)), 1e-9)
        alike = self._sounds @ sound
        best = int(np.argmax(alike)) if len(alike) else -1
        if best < 0 or (alike[best] < ALIKE and len(alike) < VOICES):
            self._sounds = np.vstack((self._sounds, sound))
            return len(self._sounds) - 1
        moved = self._sounds[best] + VOICE_LEARNING * (sound - self._sounds[best])
        self._sounds[best] = moved / np.linalg.norm(moved)
        return best


class Onset(NamedTuple):
    """Somebody began something."""

    frame: int       # where it truly began, counted from the first frame that was fed
    strength: float  # above 0 .. 1, in equal steps of loudness below the loudest of late
    sure: float      # 0 .. 1: by how much it stood out
    level: float     # amplitude behind the onset, linear
    voice: int = 0   # onsets that sound alike have the same number, 0 .. VOICES - 1


def hop_frames(sample_rate: float) -> int:
    """Frames of a hop: the power of two nearest to HOP_S."""
    return 1 << max(3, round(float(np.log2(HOP_S * sample_rate))))


class OnsetDetector:
    """Takes sound in pieces of any size; the same onsets come out however it is cut."""

    def __init__(self, sample_rate: float):
        self.hop = hop = hop_frames(sample_rate)
        window = WINDOW_HOPS * hop
        self._rate = sample_rate
        self._waiting = np.zeros(window - hop, "f4")  # sound of which not every window is done
        self._hops = 0
        highest_hz = min(HIGHEST_HZ, 0.45 * sample_rate)
        edges = np.unique(np.rint(np.geomspace(LOWEST_HZ, highest_hz, BANDS + 1) / sample_rate * window).astype("i8"))
        self._starts, self._stop = edges[:-1], int(edges[-1])
        self._shape = (np.hanning(window) * 4.0 / window).astype("f4")
        seconds = RENEW_HOPS * hop / sample_rate
        self._rise, self._fall = 10 ** (NOISE_RISE_DB_S * seconds / 20), 10 ** (-LOUDEST_FALL_DB_S * seconds / 20)
        self._learn = 10 ** (LEARN_DB_S * seconds / 20)
        self._learning = self._learn_steps = round(LEARN_S / seconds)
        self._noise = np.full(len(self._starts), QUIETEST, "f4")
        self._gate = np.inf
        self._loudest = 0.0
        self._bands = np.zeros((LAG, len(self._starts)), "f4")  # of the hops before, from the last renewal on
        self._voices = Voices(len(self._starts))
        # picking
        self._recent = [0.0] * int(MEDIAN_S * sample_rate / hop)
        self._sorted = list(self._recent)
        self._apart, self._forget = APART_S * sample_rate / hop, 0.5 ** (hop / sample_rate / FORGET_S)
        self._flux = (0.0, 0.0)
        self._level = 0.0
        self._peaks = 0.0
        self._strongest = QUIETEST
        self._last = -self._apart

    @property
    def delay_frames(self) -> int:
        """How much later than its true frame an onset is known, without the wait for the next piece."""
        return int((DELAY_HOPS + 1) * self.hop)

    def feed(self, sound: np.ndarray) -> list[Onset]:
        """Hear float32 (frames,); what began in it, or shortly before."""
        self._waiting = np.concatenate((self._waiting, sound))
        window, hop, found = WINDOW_HOPS * self.hop, self.hop, []
        while len(self._waiting) >= window:
            count = min((len(self._waiting) - window) // hop + 1, RENEW_HOPS - self._hops % RENEW_HOPS)
            frames = np.lib.stride_tricks.sliding_window_view(self._waiting, window)[:count * hop:hop]
            found += self._hear(frames)
            self._waiting = self._waiting[count * hop:]
        return found

    def skip(self, frames: int) -> None:
        """Pass over sound that was lost, as if it had been silent."""
        hops = max(0, frames // self.hop - RENEW_HOPS) // RENEW_HOPS * RENEW_HOPS
        self.feed(np.zeros(frames - hops * self.hop, "f4"))
        self._hops += hops

    def _hear(self, frames: np.ndarray) -> list[Onset]:
        """Windows (hops, window) up to the next renewal."""
        power = np.abs(np.fft.rfft(frames * self._shape, axis=1)[:, :self._stop]) ** 2
        bands = np.sqrt(np.add.reduceat(power, self._starts, axis=1)).astype("f4")
        known = len(self._bands)
        bands = np.concatenate((self._bands, bands))
        floor = np.maximum(self._noise * ABOVE_NOISE, max(QUIETEST, BELOW_LOUDEST * self._loudest))
        loud = np.log1p(bands[known - LAG:] / floor)
        past = loud[:len(loud) - LAG]
        for lag in range(1, LAG - 1):
            past = np.maximum(past, loud[lag:len(loud) - LAG + lag])
        before = past.copy()
        np.maximum(before[:, 1:], past[:, :-1], out=before[:, 1:])
        np.maximum(before[:, :-1], past[:, 1:], out=before[:, :-1])
        flux = np.maximum(loud[LAG:] - before, 0.0).mean(axis=1)
        levels = np.sqrt((bands[known:] ** 2).sum(axis=1))
        found = []
        for number, (value, level) in enumerate(zip(flux.tolist(), levels.tolist(), strict=True), known):
            onset = self._pick(value, level)
            if onset:
                rise = np.maximum(bands[number] - bands[max(number - LAG, 0)], 0.0)
                found.append(onset._replace(voice=self._voices.number_of(rise)))
        self._bands = bands
        if self._hops % RENEW_HOPS == 0:
            now = bands[-RENEW_HOPS:]
            self._renew_noise(np.median(now, axis=0))
            self._loudest = max(self._loudest * self._fall, float(now.max()))
            self._bands = bands[-LAG:]
        return found

    def _renew_noise(self, now: np.ndarray) -> None:
        """`now`: median of each band since the last time."""
        rise = self._rise
        if self._learning and now.max() > QUIETEST:
            rise = self._learn if self._learning < self._learn_steps else np.inf
            self._learning -= 1
        self._noise = np.maximum(np.minimum(self._noise * rise, now), QUIETEST).astype("f4")
        self._gate = GATE * float(np.sqrt((self._noise**2).sum()))

    def _pick(self, flux: float, level: float) -> Onset | None:
        """Judge the hop before this one."""
        before, peak = self._flux
        found = None
        self._peaks *= self._forget
        self._strongest = max(self._strongest * self._forget, QUIETEST)
        if peak >= before and peak > flux:
            count = len(self._sorted)
            threshold = MEDIANS * self._sorted[count // 2] + max(FLOOR, SHARE * self._peaks)
            loud = max(level, self._level)
            if peak > threshold and loud > self._gate and self._hops - self._last >= self._apart:
                self._last = self._hops
                self._peaks += (0.3 if peak > self._peaks else 0.1) * (peak - self._peaks)
                self._strongest = max(self._strongest, loud)
                strength = 1.0 + 20.0 * np.log10(max(loud, 1e-9) / self._strongest) / STRENGTH_RANGE_DB
                end = self._hops * self.hop
                found = Onset(max(0, round(end - DELAY_HOPS * self.hop)), min(max(float(strength), 0.02), 1.0),
                              peak / (peak + threshold), loud)
        at = self._hops % len(self._recent)
        del self._sorted[bisect.bisect_left(self._sorted, self._recent[at])]
        bisect.insort(self._sorted, flux)
        self._recent[at] = flux
        self._flux = (peak, flux)
        self._level = level
        self._hops += 1
        return found
