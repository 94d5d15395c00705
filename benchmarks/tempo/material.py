"""Material like recordings of real players, independent of the simulator: tappers on a click, toddlers who don't mind it,
drummers with swing, ghost notes and fills, pianists with chords, arpeggios and rubato, ensembles with rests and syncopation.

Sizes are guesses of plausible kind, tappers after Baath & Madison 2012, toddlers after the Little Drummers data (a tempo of
their own, hardly any adaptation).
"""
from collections.abc import Callable
from typing import Any

import numpy as np

from imm_audio.follow import Onset

Random = np.random.Generator
Case = dict[str, Any]
Notes = list[tuple[float, int, float]]


def _case(kind: str, number: int, beats: np.ndarray, notes: Notes, steady: bool = False) -> Case:
    onsets = sorted(Onset(float(t), player, float(np.clip(strength, 0.05, 1.0))) for t, player, strength in notes if t > 0)
    return {"set": kind, "id": str(number), "beats": beats, "onsets": onsets, "events": [], "steady": steady}


def _beats(random: Random, count: int, period_s: float, walk: float, arch: float, ritardando: bool) -> np.ndarray:
    """Times of beats [s]: tempo that wanders, arches over phrases, and slows down at the end."""
    tempo, x = np.zeros(count), 0.0
    for k in range(count):
        x = 0.97 * x + random.normal(0, walk)
        tempo[k] = x
    phrase = int(random.choice([8, 12, 16]))
    tempo += arch * (2 * (np.arange(count) % phrase) / phrase - 1) ** 2
    if ritardando:
        tempo[-6:] += np.linspace(0, 0.35, 6)
    return np.concatenate([[1.0], 1.0 + np.cumsum(period_s * np.exp(tempo + random.normal(0, walk / 2, count)))])


def tapper(random: Random, number: int) -> Case:
    """Somebody who taps with a click of 600 ms to 3 s."""
    period_s = random.choice([0.6, 0.9, 1.2, 1.8, 2.4, 3.0])
    beats = 1.0 + period_s * np.arange(max(24, int(40 / period_s)))
    habit_s, follows, scatter_s = random.normal(-0.039, 0.024), random.uniform(0.28, 0.8), 0.026 * period_s + 0.008
    notes, early = [], habit_s
    for beat in beats[random.integers(1, 4):]:
        early = habit_s + (1 - follows) * (early - habit_s) + random.normal(0, scatter_s)
        reacts = period_s > 1.5 and random.random() < 0.15
        if random.random() > 0.02:
            notes.append((beat + (random.normal(0.15, 0.04) if reacts else early), 0, random.normal(0.6, 0.1)))
    return _case("tappers", number, beats, notes, steady=True)


def toddler(random: Random, number: int) -> Case:
    """Somebody who taps beside a click at a tempo of one's own."""
    beats = 1.0 + random.choice([0.4, 0.5, 0.6, 0.7]) * np.arange(40)
    own_s, t, notes = max(0.3, random.normal(0.64, 0.16)), beats[2] + random.uniform(0, 0.5), []
    while t < beats[-1]:
        notes.append((t, 0, random.normal(0.6, 0.15)))
        t += max(0.2, own_s * (1 + random.normal(0, 0.18))) + (random.uniform(1, 3) if random.random() < 0.04 else 0)
    return _case("toddlers", number, beats, notes, steady=True)


def drummer(random: Random, number: int) -> Case:
    """A drum kit: eighths, triplets or sixteenths, kick, snare, ghost notes, fills."""
    period_s = 60 / random.uniform(65, 190)
    count = int(45 / period_s)
    beats, notes = _beats(random, count, period_s, random.uniform(0.001, 0.006), 0, False), []
    division = int(random.choice([2, 4, 2, 4, 3])) if period_s > 0.4 else 2
    swing = random.choice([0, 0, random.uniform(0, 0.16)]) if division == 2 else 0
    scatter_s, push_s = random.uniform(0.006, 0.014), random.normal(0, 0.008)
    kick = {0, *np.flatnonzero(random.random(4 * division) < 0.3).tolist()}
    ghost = set(np.flatnonzero(random.random(4 * division) < 0.15).tolist())
    hat, fill_beats = random.choice(["all", "beat", "off", "none"], p=[0.55, 0.25, 0.1, 0.1]), int(random.choice([16, 32]))
    for beat in range(count):
        fill = beat % fill_beats >= fill_beats - random.choice([1, 2, 4])
        for part in range(division):
            step = beat % 4 * division + part
            at = np.interp(beat + part / division + (swing if part == 1 else 0), np.arange(count + 1), beats) + push_s
            strengths = []
            if fill:
                strengths += [random.uniform(0.5, 1)] if random.random() < 0.7 else []
            else:
                strengths += [random.normal(0.75, 0.1)] if step in kick and random.random() < 0.95 else []
                strengths += [random.normal(0.85, 0.08)] if step in (division, 3 * division) else []
                strengths += [random.normal(0.25, 0.06)] if step in ghost and random.random() < 0.6 else []
                if hat == "all" or (hat == "beat" and part == 0) or (hat == "off" and part == division // 2):
                    strengths += [random.normal(0.42 if part else 0.55, 0.08)]
            notes += [(at + random.normal(0, scatter_s), 9, strength) for strength in strengths]
    return _case("drummers", number, beats[:count], notes)


def pianist(random: Random, number: int) -> Case:
    """A keyboard player with rubato: bass, chords or arpeggios, a melody a little ahead."""
    period_s = 60 / random.uniform(50, 140)
    count = int(50 / period_s)
    beats, notes = _beats(random, count, period_s, random.uniform(0.008, 0.03), random.uniform(0, 0.12), True), []
    division, bar = int(random.choice([1, 2, 2, 3, 4])), int(random.choice([2, 3, 4]))
    style, scatter_s = random.choice(["arpeggio", "chords", "melody", "waltz"]), random.uniform(0.008, 0.018)

    def at(beat: float) -> float:
        return float(np.interp(beat, np.arange(count + 1), beats) + random.normal(0, scatter_s))

    for beat in range(count - 1):
        if style == "waltz" or beat % bar == 0 or random.random() < 0.35:
            notes += [(at(beat) + random.uniform(0, 0.025), 0, random.normal(0.4 if beat % bar else 0.5, 0.07))
                      for _ in range(1 if style == "arpeggio" else random.integers(1, 4))]
        if style == "arpeggio":
            notes += [(at(beat + part / division), 0, random.normal(0.4, 0.07)) for part in range(division)]
        place = 0.0
        while place < 1:
            if random.random() < 0.8:
                notes.append((at(beat + place) - 0.015, 0, random.normal(0.6, 0.08)))
            place = round(12 * (place + random.choice([1, 1, 0.5, 1 / division]))) / 12
    return _case("pianists", number, beats[:count], notes)


def ensemble(random: Random, number: int) -> Case:
    """Two to five people who play parts: eighths, dotted notes, rests."""
    period_s = 60 / random.uniform(60, 150)
    count = int(50 / period_s)
    beats, notes = _beats(random, count, period_s, random.uniform(0.004, 0.015), random.uniform(0, 0.05), True), []
    for player in range(random.integers(2, 6)):
        dense, division = random.uniform(0.2, 0.95), int(random.choice([1, 2, 2, 4]))
        scatter_s, habit_s, beat = random.uniform(0.012, 0.03), random.normal(0, 0.018), 0.0
        while beat < count - 1:
            if random.random() < 0.9:
                at = np.interp(beat, np.arange(count + 1), beats) + habit_s + random.normal(0, scatter_s)
                notes.append((at, player, random.normal(0.55, 0.1)))
            step = random.choice([1 / division, 1, 2, 1.5, 0.5], p=[0.1 + 0.3 * dense, 0.4, 0.3 - 0.3 * dense, 0.1, 0.1])
            beat = round(4 * (beat + step)) / 4
            if random.random() < 0.02:
                beat = float(np.ceil(beat + 4))
    return _case("ensembles", number, beats[:count], notes)


KINDS: tuple[Callable[[Random, int], Case], ...] = (tapper, toddler, drummer, pianist, ensemble)


def material(seed: int, each: int = 16) -> list[Case]:
    """So many cases of each kind."""
    return [make(np.random.default_rng([seed, kind, number]), number)
            for kind, make in enumerate(KINDS) for number in range(each)]
