"""Chords from what sounds, by simple templates, one for each half bar."""
from collections.abc import Iterable
from fractions import Fraction

from .harmony import ROOTS
from .song import ChordChange, Note

#: Kinds that may be heard, and how much better a rarer one has to fit.
_KINDS = (("", (0, 4, 7), 0.0), ("m", (0, 3, 7), 0.0), ("7", (0, 4, 7, 10), 0.06), ("dim", (0, 3, 6), 0.12))
#: The bass says which of two chords with common notes it is.
_BASS_SHARE, _OUTSIDE, _SAME = 0.25, 0.7, 0.08
FEWEST_SOUNDING = 0.05  # of the time: less is a rest, in which the chord before lasts on


def guess_chords(notes: Iterable[Note], origin: Fraction, end: Fraction, meter: tuple[int, int]) -> list[ChordChange]:
    """Chords of everything that sounds between `origin` and `end` [beats]; `origin` may lie inside a bar."""
    bar = Fraction(4 * meter[0], meter[1])
    step = bar / 2 if meter[0] % 2 == 0 else bar
    first = origin // step
    count = max(0, int(-(-(end - first * step) // step)))
    weights = [[0.0] * 12 for _ in range(count)]
    lowest: list[tuple[int, float] | None] = [None] * count
    for note in notes:
        start, stop = max(note.start, first * step), min(note.start + note.beats, end)
        while start < stop:
            place = int(start // step - first)
            until = min(stop, (first + place + 1) * step)
            if place < count:
                weights[place][note.key % 12] += float(until - start)
                low = lowest[place]
                if low is None or note.key < low[0]:
                    lowest[place] = note.key, 0.0
            start = until
    found: list[ChordChange] = []
    before: tuple[int, str] | None = None
    for place in range(count):
        low = lowest[place]
        if low is None or sum(weights[place]) < FEWEST_SOUNDING * float(step):
            continue
        before = _best(weights[place], low[0] % 12, before)
        found.append(ChordChange(max(origin, (first + place) * step), ROOTS[before[0]] + before[1]))
    return found


def _best(weights: list[float], bass: int, before: tuple[int, str] | None) -> tuple[int, str]:
    """Root and kind that hold most of what sounds and least else."""
    whole = sum(weights)

    def fit(root: int, suffix: str, tones: tuple[int, ...], rarity: float) -> float:
        inside = sum(weights[(root + tone) % 12] for tone in tones) / whole
        missing = sum(weights[(root + tone) % 12] == 0.0 for tone in tones) / len(tones)
        return (inside - _OUTSIDE * (1.0 - inside) - 0.3 * missing - rarity + _BASS_SHARE * (root == bass)
                + _SAME * (before == (root, suffix)))

    root, kind = max(((root, kind) for root in range(12) for kind in _KINDS), key=lambda place: fit(place[0], *place[1]))
    return root, kind[0]
