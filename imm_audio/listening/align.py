"""Where in the song people are who sing it, from the pitch they sing and from the beginnings of their notes.

A hidden Markov model over (transposition, tempo, place), filtered forward as time passes (L. Rabiner, A tutorial on hidden
Markov models, 1989; for score following N. Orio, S. Lemouton and D. Schwarz, Score following: state of the art, 2003).
Places are eighths of a beat; each tempo moves them on by itself, so that the belief glides through a long note; now and then
somebody slows, waits, goes back or skips to another section.  Pitch is compared without its octave, so that men, women and
children are one choir.
Verses with the same notes can't be told apart by what is sung: they count as one, and who moves the song chooses the next.
"""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

#: (start [beats], length [beats], MIDI key)
Note = tuple[float, float, float]
#: Places of a beat.
BINS = 8
#: Tempos, as shares of the beat that people were asked to follow; 0 is waiting.
TEMPOS = np.array([0.0, 0.7, 0.79, 0.89, 1.0, 1.12, 1.26, 1.41])
#: Semitones that a choir without an instrument is off, and how likely at its start.
DRIFTS = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
DRIFTS_AT_START = np.array([0.07, 0.13, 0.6, 0.13, 0.07])
#: What a beat brings: another tempo, a wait and its end, another drift, a jump to a section, a jump anywhere, and how far
#: each place spreads to both sides in a step, because single notes come early or late (5 to 8 % of their length).
NEW_TEMPO, WAIT, WAIT_ENDS, NEW_DRIFT, JUMP, ANYWHERE, SPREAD = 0.15, 0.02, 0.4, 0.03, 0.01, 0.003, 0.04
#: Spread of a sung pitch around the note [semitones]: intonation, scoops and vibrato; and the share of pitches that are
#: something else.
PITCH_SPREAD, ELSE = 0.45, 0.15
#: Share of the time that is voiced in a note and in a rest: consonants, breath, a hall that rings.
VOICED_NOTE, VOICED_REST = 0.85, 0.35
#: An onset speaks for the places around a note's beginning and a little against others: some stay unheard, others are coughs.
ONSET_NEAR, ONSET_FAR, ONSET_BEATS = 2.0, 0.8, 0.15
#: Pitches of this many windows are one observation: their median.
WINDOWS = 2
#: Share of the belief that stands at the beginning when singing begins; the other sections, and anywhere.
FIRST, SECTIONS = 0.7, 0.2
#: What counts as the same place, beats to both sides.
NEAR_BEATS = 0.5


class Place(NamedTuple):
    """Where the singers are."""

    beats: float             # song beats, in the first of sections that are the same
    sure: float              # 0 .. 1
    beats_per_s: float


def twins_of(melody: Sequence[Note], starts: Sequence[float], length: float) -> list[int]:
    """For each section the number of the first that has the same notes and the same length: itself, if it is new."""
    stops = [*starts[1:], length]
    shapes: list[tuple[float, tuple[Note, ...]]] = []
    for start, stop in zip(starts, stops, strict=True):
        notes = tuple((round(at - start, 3), round(beats, 3), key) for at, beats, key in melody if start <= at < stop)
        shapes.append((round(stop - start, 3), notes))
    return [shapes.index(shape) for shape in shapes]


class Aligner:
    """Follows one performance of a song that is known.

    melody: notes in order of their start.  starts: where sections begin [beats], from the song's first beat on, in order.
    length: where the song ends.  beats_per_s: the tempo that the song was printed with, or that the beat clock has.
    """

    def __init__(self, melody: Sequence[Note], starts: Sequence[float], length: float, beats_per_s: float):
        self._first = min([0.0, *(start for start, _, _ in melody), *starts])  # a pick-up lies before beat 0
        self._beats_per_s = beats_per_s
        self.count = max(1, int(np.ceil((length - self._first) * BINS)))
        at = self._first + (np.arange(self.count) + 0.5) / BINS
        self._key = np.full(self.count, np.nan)
        self._begins = np.zeros(self.count, bool)
        for start, beats, key in melody:
            self._key[(at >= start) & (at < start + beats)] = key
            self._begins |= np.abs(at - start) <= ONSET_BEATS
        self._rest = np.isnan(self._key)
        starts = list(starts) or [self._first]
        self.starts, self.twins = starts, twins_of(melody, starts, length)
        self._same = np.arange(self.count)  # place -> the same place in the first twin
        stops = [*starts[1:], length]
        for start, stop, twin in zip(starts, stops, self.twins, strict=True):
            here = (at >= start) & (at < stop)
            moved = np.flatnonzero(here) + round((starts[twin] - start) * BINS)
            self._same[here] = np.clip(moved, 0, self.count - 1)
        self._targets = np.clip([round((start - self._first) * BINS) for start in starts], 0, self.count - 1)
        self._fraction = np.zeros(len(TEMPOS))
        self._pitches: list[float | None] = []
        self._onset = False
        self.restart()

    def restart(self) -> None:
        """Forget where they were: they may begin anywhere, most likely at the beginning."""
        where = np.full(self.count, (1.0 - FIRST - SECTIONS) / self.count)
        where[self._targets[0]] += FIRST
        np.add.at(where, self._targets, SECTIONS / len(self._targets))
        tempo = np.exp(-0.5 * (np.log(np.maximum(TEMPOS, 1e-9)) / 0.2) ** 2)
        self._belief = DRIFTS_AT_START[:, None, None] * (tempo / tempo.sum())[:, None] * where
        self._time_s: float | None = None  # of the newest observation; None: nobody has sung yet

    def tempo(self, beats_per_s: float) -> None:
        """The beat clock's tempo now."""
        self._beats_per_s = beats_per_s

    def hear_onset(self) -> None:
        """Somebody began a note."""
        self._onset = True

    def hear_pitch(self, time_s: float, key: float | None, place: float | None = None) -> Place | None:
        """One window of the pitch tracker: its time and the MIDI key that was sung, None for silence.

        place: where the band plays, if it does: people may go back to it.  Returns where they are now, every second window.
        """
        self._pitches.append(key)
        if len(self._pitches) < WINDOWS:
            return None
        heard = [one for one in self._pitches if one is not None]
        self._pitches.clear()
        if self._time_s is None:
            if not heard:
                return None
            self._time_s = time_s
        seconds = min(max(time_s - self._time_s, 0.0), 0.5)
        self._time_s = time_s
        beats = seconds * self._beats_per_s
        self._move(beats, place)
        self._weigh(float(np.median(heard)) if len(heard) * 2 > WINDOWS else None, beats)
        return self._judge()

    def _move(self, beats: float, place: float | None) -> None:
        """Time passes: by `beats` of the beat that was asked for."""
        belief = self._belief
        self._fraction += beats * TEMPOS * BINS
        for row, steps in enumerate(self._fraction.astype("i8")):
            if steps:
                end = belief[:, row, -steps:].sum(axis=1)
                belief[:, row, steps:] = belief[:, row, :-steps].copy()
                belief[:, row, :steps] = 0.0
                belief[:, row, -1] += end  # who has come to the end stays there
        self._fraction %= 1.0
        moved = belief * (1.0 - 2.0 * SPREAD)
        moved[:, :, 1:] += SPREAD * belief[:, :, :-1]
        moved[:, :, :-1] += SPREAD * belief[:, :, 1:]
        belief = moved
        for axis, share in ((0, NEW_DRIFT * beats), (1, NEW_TEMPO * beats)):
            inner = belief if axis == 0 else belief[:, 1:]
            low, high = (inner[:-1], inner[1:]) if axis == 0 else (inner[:, :-1], inner[:, 1:])
            flow = share * (low - high)
            low -= flow
            high += flow
        waits, ends = WAIT * beats * belief[:, 1:], WAIT_ENDS * beats * belief[:, 0]
        belief[:, 1:] -= waits
        belief[:, 0] += waits.sum(axis=1) - ends
        belief[:, 4] += ends
        rows = belief.sum(axis=2, keepdims=True)
        belief *= 1.0 - (JUMP + ANYWHERE) * beats
        belief += ANYWHERE * beats / self.count * rows
        jump = JUMP * beats * rows[:, :, 0]
        targets = list(self._targets)
        if place is not None:
            targets.append(int(np.clip((place - self._first) * BINS, 0, self.count - 1)))
        for target in targets:
            belief[:, :, target] += jump / len(targets)
        self._belief = belief

    def _weigh(self, key: float | None, beats: float) -> None:
        """What was heard speaks for some places: a beat of it with the full weight of one note."""
        if key is None:
            seen = np.where(self._rest, 1.0 - VOICED_REST, 1.0 - VOICED_NOTE)[None]
        else:
            off = (key - self._key[None] - DRIFTS[:, None] + 6.0) % 12.0 - 6.0
            fits = np.exp(-0.5 * (off / PITCH_SPREAD) ** 2) / (PITCH_SPREAD * np.sqrt(2.0 * np.pi))
            seen = np.where(self._rest, VOICED_REST / 12.0, VOICED_NOTE * ((1.0 - ELSE) * fits + ELSE / 12.0))
        weight = seen ** min(beats, 1.0)
        if self._onset:
            weight = weight * np.where(self._begins, ONSET_NEAR, ONSET_FAR)
            self._onset = False
        self._belief *= weight[:, None]
        self._belief /= self._belief.sum()

    def _judge(self) -> Place:
        rows = self._belief.sum(axis=0)
        where = np.bincount(self._same, rows.sum(axis=0), self.count)
        near = int(NEAR_BEATS * BINS)
        mass = np.cumsum(np.concatenate((np.zeros(near + 1), where, np.zeros(near))))
        windows = mass[2 * near + 1:] - mass[:-2 * near - 1]
        best = int(np.argmax(windows))
        here = slice(max(0, best - near), best + near + 1)
        sure = float(windows[best])
        middle = float(np.arange(self.count)[here] @ where[here]) / max(sure, 1e-12)
        tempos = rows.sum(axis=1)[1:]
        factor = float(tempos @ TEMPOS[1:]) / max(float(tempos.sum()), 1e-12)
        return Place(self._first + (middle + 0.5) / BINS, min(sure, 1.0), factor * self._beats_per_s)

    def next_twin(self, beats: float, after: float) -> float:
        """The same place in the twin section that comes next behind `after` (in no other if there is none)."""
        section = int(np.searchsorted(self.starts, beats + 1e-6, side="right")) - 1
        if section < 0:
            return beats
        same = [beats + self.starts[n] - self.starts[section]
                for n, twin in enumerate(self.twins) if twin == self.twins[section]]
        ahead = [one for one in same if one >= after - NEAR_BEATS]
        return min(ahead) if ahead else same[0]

    def distance(self, beats: float, place: float) -> float:
        """Beats between two places, as near as twins allow."""
        return abs(min((self._beats_of(beats) - self._beats_of(place), beats - place), key=abs))

    def _beats_of(self, place: float) -> float:
        """The same place in the first twin."""
        section = int(np.searchsorted(self.starts, place + 1e-6, side="right")) - 1
        return place if section < 0 else place + self.starts[self.twins[section]] - self.starts[section]
