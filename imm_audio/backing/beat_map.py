"""Where the beats of a recording are: found once, kept in a small file, corrected by a person where the ear knows better.

The beats come in four steps: how strongly something begins at each moment (spectral flux); a tempo for each second (a
path through the autocorrelations); beats that fit both (dynamic programming); each beat moved to the beginning of the
sound, and a line through it and its neighbours.
Sources: D. Ellis, "Beat Tracking by Dynamic Programming", Journal of New Music Research 2007; P. Grosche and M. Mueller,
"Extracting Predominant Local Pulse Information", IEEE TASLP 2011 (tempo that changes).
"""
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tomli_w
from pydantic import Field

from ..catalog.reading import BadFile, DataFile, read_toml
from ..settings import own_folder

#: Moments a second for tempo and beats, and for the beginning of sounds.
_COARSE_HZ, _FINE_HZ = 100, 400
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
#: People walk and clap near this tempo, and seldom an octave beside it (Parncutt 1994; Ellis 2007 uses 120 and 0.9 octaves).
_USUAL_BPM, _SPREAD_OCTAVES = 112.0, 0.9
#: A person who says the tempo means it.
_TOLD_OCTAVES = 0.07
#: Seconds of sound that tell a tempo, and how much a change of tempo costs [per octave and second].
_WINDOW_S, _CHANGE_COST = 8.0, 12.0
#: How much a beat that is not where the tempo wants it costs (Ellis: 100 of its units).
_TIGHT = 100.0
#: A beginning is looked for so far from a beat, and a line is laid through so many beats on either side.
_REACH_S, _NEIGHBOURS = 0.05, 4
#: The flux of a sudden sound peaks before the sound has begun, by so much for this window: measured with drums.
_FINE_WINDOW_S, _EARLY_S = 0.016, 0.0022


@dataclass(frozen=True, eq=False)
class BeatMap:
    """Beats of a recording; the song begins on its first downbeat."""

    beats_s: np.ndarray            # ascending, 4 or more
    first: int                     # which of them is the first downbeat
    meter_beats: int

    @property
    def tempo_bpm(self) -> float:
        """Middle of its tempo."""
        return 60.0 / float(np.median(np.diff(self.beats_s)))

    def seconds_at(self, place: float) -> float:
        """Where in the recording song beat `place` sounds; before the first and after the last beat its tempo goes on."""
        at, beats = place + self.first, self.beats_s
        last = len(beats) - 1
        if at <= 0.0:
            return float(beats[0] + at * (beats[_few(last)] - beats[0]) / _few(last))
        if at >= last:
            return float(beats[-1] + (at - last) * (beats[-1] - beats[-1 - _few(last)]) / _few(last))
        whole = int(at)
        return float(beats[whole] + (at - whole) * (beats[whole + 1] - beats[whole]))

    def place_of_end(self, length_s: float) -> float:
        """Song beat at which the recording is over."""
        last = len(self.beats_s) - 1
        period = (self.beats_s[-1] - self.beats_s[-1 - _few(last)]) / _few(last)
        return float(last - self.first + (length_s - self.beats_s[-1]) / period)


def _few(last: int) -> int:
    return min(last, 4)


# --- the file ---------------------------------------------------------------------------------------------------------
class Correction(DataFile):
    """What a person says about a recording: a file beside it, march.mp3.toml for march.mp3."""

    first_beat_s: float | None = Field(default=None, ge=0, le=600, description="Where the first bar begins. [s]")
    tempo_bpm: float | None = Field(default=None, ge=SLOWEST_BPM, le=FASTEST_BPM, description="Beats a minute, about.")
    meter_beats: int | None = Field(default=None, ge=1, le=12, description="Beats of a bar.")
    steady: bool = Field(default=False, description="true: recorded to a click; first_beat_s and tempo_bpm say it all.")


class _Kept(DataFile):
    """A beat map as it is kept."""

    file: str
    asked: str
    first: int = Field(ge=0)
    meter_beats: int = Field(ge=1, le=12)
    beats_s: list[Annotated[float, Field(ge=-600, le=4000)]] = Field(min_length=4)


def correction_of(path: Path, first_beat_s: float | None = None, tempo_bpm: float | None = None,
                  meter_beats: int | None = None) -> Correction:
    """What was said about a recording: options first, then the file beside it.  BadFile when that has mistakes."""
    beside = path.with_name(path.name + ".toml")
    found = read_toml(beside, Correction) if beside.is_file() else Correction(schema=1)
    told = {"first_beat_s": first_beat_s, "tempo_bpm": tempo_bpm, "meter_beats": meter_beats}
    return found.model_copy(update={name: value for name, value in told.items() if value is not None})


def beat_map_of(path: Path, sound: np.ndarray, sample_rate: int, correction: Correction) -> BeatMap:
    """The beat map of a recording: from the folder of own data, or found now and put there."""
    asked = f"2 {correction.first_beat_s} {correction.tempo_bpm} {correction.meter_beats} {correction.steady}"
    content = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
    kept_at = own_folder() / "recordings" / f"{path.stem[:40]}-{content}.toml"
    try:
        kept = read_toml(kept_at, _Kept)
        if kept.asked == asked and kept.first < len(kept.beats_s) and np.all(np.diff(kept.beats_s) > 0.0):
            return BeatMap(np.array(kept.beats_s), kept.first, kept.meter_beats)
    except BadFile:
        pass  # not there, or of another version
    found = find_beats(sound, sample_rate, correction)
    _keep(kept_at, {"schema": 1, "file": path.name, "asked": asked, "first": found.first, "meter_beats": found.meter_beats,
                    "beats_s": [round(float(beat), 5) for beat in found.beats_s]})
    return found


def _keep(path: Path, table: dict[str, object]) -> None:
    """Write whole or not at all; without room it is found anew next time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            tomli_w.dump(table, file)
        os.replace(part, path)
    except OSError:
        pass


# --- finding ------------------------------------------------------------------------------------------------------------
def find_beats(sound: np.ndarray, sample_rate: int, correction: Correction) -> BeatMap:
    """Find the beats of `sound` (2, frames), as far as the correction does not already say them."""
    length_s, meter = sound.shape[1] / sample_rate, correction.meter_beats or 4
    if correction.steady and correction.tempo_bpm:
        period = 60.0 / correction.tempo_bpm
        first = correction.first_beat_s or 0.0
        return BeatMap(first + period * np.arange(max(int((length_s - first) / period) + 1, 4)), 0, meter)
    mono = sound.mean(axis=0)
    coarse, low = _flux(mono, sample_rate, _COARSE_HZ, 0.046)
    periods = _periods(coarse, correction.tempo_bpm)
    beats = _track(coarse, periods)
    if len(beats) < 8:  # nothing to hold on to: an even beat
        period = 60.0 / (correction.tempo_bpm or _USUAL_BPM)
        beats_s = np.arange(max(int(length_s / period), 8)) * period
    else:
        fine, _ = _flux(mono, sample_rate, _FINE_HZ, _FINE_WINDOW_S)
        beats_s = _refine(beats / _COARSE_HZ, fine)
    beats_s = _audible(beats_s, mono, sample_rate)
    if correction.first_beat_s is not None:
        first = int(np.argmin(abs(beats_s - correction.first_beat_s)))
        beats_s = beats_s + (correction.first_beat_s - beats_s[first])  # the ear decides about the phase, too
    else:
        first = _downbeat(beats_s, low, meter)
    return BeatMap(beats_s, first, meter)


def _flux(mono: np.ndarray, sample_rate: int, moments_hz: int, window_s: float) -> tuple[np.ndarray, np.ndarray]:
    """How much louder it gets at each moment n / moments_hz, of all frequencies and of those below 150 Hz."""
    hop, size = sample_rate / moments_hz, round(window_s * sample_rate)
    padded = np.concatenate([np.zeros(size // 2, "f4"), mono.astype("f4"), np.zeros(size, "f4")])
    window, last = np.hanning(size).astype("f4"), None
    deep = max(int(150.0 * size / sample_rate), 1) + 1
    count = int(len(mono) / hop)
    total, low = np.zeros(count), np.zeros(count)
    for begin in range(0, count, 2000):
        starts = (np.arange(begin, min(begin + 2000, count)) * hop).astype(int)
        level = np.log1p(30.0 * abs(np.fft.rfft(padded[starts[:, None] + np.arange(size)] * window)) / size ** 0.5)
        before = np.vstack([level[:1] if last is None else last, level[:-1]])
        rise, last = np.maximum(level - before, 0.0), level[-1:]
        total[begin:begin + len(starts)], low[begin:begin + len(starts)] = rise.sum(1), rise[:, :deep].sum(1)
    return total, low


def _periods(flux: np.ndarray, told_bpm: float | None) -> np.ndarray:
    """Period of the beat at each moment [moments]: the path of tempi that fits best."""
    spread = _TOLD_OCTAVES if told_bpm else _SPREAD_OCTAVES
    tempi = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 160)
    prior = -0.5 * (np.log2(tempi / (told_bpm or _USUAL_BPM)) / spread) ** 2
    lags = 60.0 * _COARSE_HZ / tempi
    size, hop = round(_WINDOW_S * _COARSE_HZ), _COARSE_HZ
    local = flux - np.convolve(flux, np.ones(_COARSE_HZ) / _COARSE_HZ, "same")[:len(flux)]
    padded = np.concatenate([np.zeros(size // 2), local, np.zeros(size)])
    scores = []
    for start in range(0, len(flux), hop):
        piece = padded[start:start + size] * np.hanning(size)
        spectrum = np.fft.rfft(piece, 4 * size)
        alike = np.fft.irfft(abs(spectrum) ** 2)[:2 * size]
        alike = alike / (alike[0] + 1e-9)
        comb = sum(np.interp(n * lags, np.arange(len(alike)), alike) / n for n in (1, 2, 3, 4)) / 2.083
        scores.append(10.0 * np.maximum(comb, 0.0) + prior)
    cost = _CHANGE_COST * abs(np.log2(tempi[:, None] / tempi[None, :]))
    best, back = scores[0], []
    for score in scores[1:]:
        ways = best[None, :] - cost
        back.append(ways.argmax(1))
        best = ways.max(1) + score
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return np.interp(np.arange(len(flux)), np.arange(len(path)) * hop, lags[path[::-1]])


def _track(flux: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Moments of the beats (Ellis 2007, equations 5 and 6, with a period of its own for each moment)."""
    strength = flux / (flux.std() + 1e-9)
    strength = np.convolve(strength, np.hanning(7) / np.hanning(7).sum(), "same")
    score, back = strength.copy(), np.full(len(flux), -1)
    for t in range(len(flux)):
        period = periods[t]
        nearest, farthest = max(int(period * 0.5), 1), int(period * 2.0)
        if t - nearest < 0:
            continue
        earlier = np.arange(max(t - farthest, 0), t - nearest + 1)
        ways = score[earlier] - _TIGHT * np.log((t - earlier) / period) ** 2
        best = int(ways.argmax())
        if ways[best] > 0.0:
            score[t], back[t] = strength[t] + ways[best], earlier[best]
    if len(flux) == 0:
        return np.zeros(0)
    tail = max(len(flux) - round(2 * periods[-1]), 0)
    at, found = tail + int(score[tail:].argmax()), []
    while at >= 0:
        found.append(at)
        at = int(back[at])
    return np.array(found[::-1], float)


def _refine(beats_s: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Move beats to the beginnings of sounds, then onto a line through their neighbours."""
    moved, weight = beats_s.copy(), np.full(len(beats_s), 1e-3)
    middle, reach = np.median(fine) + 1e-9, round(_REACH_S * _FINE_HZ)
    near = np.hanning(2 * reach + 3)[1:-1]
    for n, beat in enumerate(beats_s):
        at = round(beat * _FINE_HZ)
        if at < reach or at + reach >= len(fine):
            continue
        piece = fine[at - reach:at + reach + 1] * near
        peak = int(piece.argmax())
        if piece[peak] > 2.0 * middle and 0 < peak < 2 * reach:
            a, b, c = piece[peak - 1:peak + 2]
            moved[n] = (at - reach + peak + 0.5 * (a - c) / (a - 2 * b + c - 1e-12)) / _FINE_HZ + _EARLY_S
            weight[n] = min(piece[peak] / middle, 20.0)
    smooth = moved.copy()
    for n in range(len(moved)):
        around = np.arange(max(n - _NEIGHBOURS, 0), min(n + _NEIGHBOURS + 1, len(moved)))
        smooth[n] = _on_line(around - n, moved[around], weight[around])
    rising = np.maximum.accumulate(smooth)
    return smooth[np.concatenate([[True], smooth[1:] > rising[:-1] + 0.1])]


def _on_line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """Where the line through most of the points is at 0: a point that is 10 ms off says half as much."""
    w, found = weight, float(y[x == 0][0])
    for _ in range(3):
        mean_x, mean_y = (w * x).sum() / w.sum(), (w * y).sum() / w.sum()
        slope = (w * (x - mean_x) * (y - mean_y)).sum() / ((w * (x - mean_x) ** 2).sum() + 1e-12)
        w = weight / (1.0 + ((y - mean_y - slope * (x - mean_x)) / 0.01) ** 2)
        found = float(mean_y - slope * mean_x)
    return found


def _audible(beats_s: np.ndarray, mono: np.ndarray, sample_rate: int) -> np.ndarray:
    """Without the beats in the silence before the music, which were only guessed."""
    loud = np.flatnonzero(abs(mono) > 0.02 * abs(mono).max())
    heard = beats_s[beats_s >= loud[0] / sample_rate - 0.06] if len(loud) else beats_s
    return heard if len(heard) >= 4 else beats_s


def _downbeat(beats_s: np.ndarray, low: np.ndarray, meter: int) -> int:
    """The first beat that begins a bar: bars begin where the bass does."""
    at = np.clip(np.round(beats_s * _COARSE_HZ).astype(int), 0, len(low) - 1)
    strength = np.array([low[max(a - 4, 0):a + 5].max() for a in at])
    return int(np.argmax([strength[phase::meter].mean() for phase in range(min(meter, len(strength)))]))
