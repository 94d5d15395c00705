"""Chooses what of a font is kept when it is larger than the memory it may take.

First fewer steps of loudness in every sound, then program by program in the order in which groups need them, each with
fewer recorded keys where that makes it fit.  The sampler plays the nearest zone for what is missing, and a missing program
is played by its neighbour, so nothing falls silent.
"""
import numpy as np

from ..kernels.voices.sampler import DRUM_KIT, ZONES
from .places import count_samples
from .words import KEY_HIGH, KEY_LOW, VELOCITY_HIGH, VELOCITY_LOW, Broken

#: 512 MB of float32.  Halls and schools lend laptops of 4 GB; the largest free General MIDI sets need 300 to 500 MB.
MOST_SAMPLES = 128 << 20
#: Strengths of touch whose recordings are kept: soft, usual and strong; then one alone.
LAYERS = ((40, 80, 115), (90,))
#: Of the recorded keys, one in so many is kept.
KEYS_APART = (1, 2, 4, 8)
#: Programs that groups ask for first, as numbers of General MIDI; the others follow by number.
FIRST = (0, DRUM_KIT, 24, 48, 73, 32, 52, 11, 12, 16, 21, 40, 42, 46, 56, 71, 75, 108, 114, 9, 10, 4, 19, 25, 33, 60, 65)


def urgency(program: int) -> tuple[int, int]:
    """Sorts programs by how soon groups ask for them."""
    return FIRST.index(program) if program in FIRST else len(FIRST), program


def fit(rows: np.ndarray, programs: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Choose zones that fit; return their indices and, in sentences for people, what was left out."""
    everything = np.arange(len(rows))
    if _fits(everything, places):
        return everything, []
    for number, strengths in enumerate(LAYERS):
        kept = _with_strengths(everything, rows, programs, strengths)
        if len(kept) < len(everything) and _fits(kept, places):
            return kept, [f"It is too large, so each sound is kept in at most {len(strengths)} steps of loudness."
                          if number == 0 else "It is too large, so each sound is kept in one step of loudness."]
    kept = _with_strengths(everything, rows, programs, LAYERS[-1])
    present = [int(program) for program in np.unique(programs)]
    order = sorted(present, key=urgency)
    chosen, thinned, left_out = np.zeros(0, int), 0, 0
    for program in order:
        mine = kept[programs[kept] == program]
        for apart in KEYS_APART:
            more = np.concatenate([chosen, _thin(mine, rows, apart)])
            if _fits(more, places):
                chosen, thinned = more, thinned + (apart > 1)
                break
        else:
            left_out += 1
    if not chosen.size:
        raise Broken(f"has no sound that fits into {MOST_SAMPLES >> 18} MB")
    notes = ["It is too large, so each sound is kept in one step of loudness."]
    if thinned:
        notes.append(f"{thinned} of its {len(order)} sounds are kept with fewer recorded keys.")
    if left_out:
        notes.append(f"{left_out} of its {len(order)} sounds are left out; their neighbours play instead.")
    return np.sort(chosen), notes


def _fits(chosen: np.ndarray, places: np.ndarray) -> bool:
    """Whether these zones fit into the sampler's table and the memory."""
    return len(chosen) <= ZONES and count_samples(np.unique(places[chosen], axis=0)) <= MOST_SAMPLES


def _with_strengths(chosen: np.ndarray, rows: np.ndarray, programs: np.ndarray, strengths: tuple[int, ...]) -> np.ndarray:
    """Leave out zones that none of these strengths plays, where the same keys have zones that one of them plays."""
    low, high = rows[chosen, VELOCITY_LOW], rows[chosen, VELOCITY_HIGH]
    played = np.zeros(len(chosen), bool)
    for strength in strengths:
        played |= (low <= strength) & (strength <= high)
    place = np.stack([programs[chosen], rows[chosen, KEY_LOW], rows[chosen, KEY_HIGH]], axis=1)
    _, group = np.unique(place, axis=0, return_inverse=True)
    covered = np.zeros(group.max() + 1, bool)
    covered[group.reshape(-1)[played]] = True
    return chosen[played | ~covered[group.reshape(-1)]]


def _thin(chosen: np.ndarray, rows: np.ndarray, apart: int) -> np.ndarray:
    """Keep one in `apart` of the ranges of keys."""
    _, group = np.unique(rows[chosen][:, [KEY_LOW, KEY_HIGH]], axis=0, return_inverse=True)
    return chosen[group.reshape(-1) % apart == 0]
