"""Keys and chords: from words to numbers, and from numbers to events for the engine."""
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from ..catalog.reading import nearest
from ..kernels.engine.events import CHORD_TABLE, HARMONY, SCALE_TABLE
from ..kernels.music.terms import (
    BEGIN,
    CHORD_SLOTS,
    HARMONY_CHORD,
    HARMONY_CLEAR,
    HARMONY_GO,
    HARMONY_KEY,
    HARMONY_METER,
    SCALE_SLOTS,
)
from .scales import DEFAULT_MOOD, ChordKind, Mood, find_mood, load_chord_kinds

#: kind, player, channel, key, value: kernels/engine/events.py
Event = tuple[int, int, int, float, float]

T = TypeVar("T")

#: When a new progression begins.
NEXT_BEAT, NEXT_BAR, AT_ONCE, WITH_FORM = 0, 1, 2, 3
#: As many as the engine holds.
MOST_CHORDS = 256
LONGEST_BEATS = 64.0
ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ROOT = re.compile(r"([A-G])(##|bb|#|b)?")
_SHIFT = {"": 0, "#": 1, "b": -1, "##": 2, "bb": -2}
_NO_CHORD = {"N.C.", "NC", "N.C", "n.c."}
_PLAIN = str.maketrans({"♯": "#", "♭": "b"})
_MAJOR, _MINOR = frozenset({0, 2, 4, 5, 7, 9, 11}), frozenset({0, 2, 3, 5, 7, 8, 10})


class Chord(NamedTuple):
    """A chord of a progression."""

    root: float  # 0 .. 11.99, C = 0
    kind: ChordKind
    beats: float


@dataclass(frozen=True)
class Harmony:
    """Everything that says which notes are good, and when."""

    tonic: float  # 0 .. 11.99, C = 0
    mood: Mood
    chords: tuple[Chord, ...] = ()  # none: one that fits the mood, for ever
    meter_beats: float = 4.0

    @property
    def progression(self) -> tuple[Chord, ...]:
        """The chords that sound, at least one."""
        return self.chords or (Chord(self.tonic, home_chord(self.mood), self.meter_beats),)


# --- words ----------------------------------------------------------------------------------------------------------
def parse_tonic(name: str) -> int:
    """C, F#, Bb ... -> 0 .. 11.  ValueError: one sentence."""
    plain = name.strip().translate(_PLAIN)
    found = _ROOT.fullmatch(plain[:1].upper() + plain[1:])
    if not found:
        raise ValueError(f'"{name}" is no note to begin on; possible are {", ".join(ROOTS)}, and other names of these.')
    return (_NATURAL[found[1]] + _SHIFT[found[2] or ""]) % 12


def parse_chord(name: str) -> tuple[int, ChordKind]:
    """Am7, Bb, F#dim, C/E (the bass note is left out) -> root 0 .. 11 and kind.  ValueError with the nearest right name."""
    kinds, plain = load_chord_kinds(), name.translate(_PLAIN)
    for text in (plain, plain.partition("/")[0]):  # C6/9 is a kind, C/E a bass note
        found = _ROOT.match(text)
        if found and text[found.end():] in kinds:
            return parse_tonic(found[0]), kinds[text[found.end():]]
    raise ValueError(f'"{name}" is no chord that is known here.{_hint(plain)}')


def _hint(name: str) -> str:
    """Which chord was probably meant."""
    letter = {"H": "B"}.get(name[:1].upper(), name[:1].upper())
    found = _ROOT.match(letter + name[1:])
    if not found:
        return " Chords look like C, Am, G7 or F#dim."
    kinds, suffix = load_chord_kinds(), (letter + name[1:])[found.end():]
    if suffix in kinds:
        return f" Did you mean {found[0]}{suffix}?"
    return f" Did you mean {found[0]}{kinds[nearest(suffix, [known for known in kinds if known]) or ''].suffix}?"


def nearest_chord(name: str) -> tuple[int, ChordKind] | None:
    """As `parse_chord`, for chords that others wrote: what is unknown at the end is left out; None for no chord at all."""
    plain = name.translate(_PLAIN)
    if plain in _NO_CHORD or not _ROOT.match(plain):
        return None
    for end in range(len(plain), 0, -1):
        try:
            return parse_chord(plain[:end])
        except ValueError:
            pass
    return None


def parse_chords(text: str, beats_per_chord: float) -> list[Chord]:
    """Progression in words -> chords.

    `C G Am F`: each lasts `beats_per_chord`.  `| C G | Am |`: with bar lines each bar lasts so long and its chords share it.
    `C:2`: two beats.  `%`: the bar before, or the chord before where there are no bar lines.  `|: C G :|`: twice.
    ValueError: one sentence.
    """
    chords: list[Chord] = []
    bar: list[Chord] = []
    for words in _bars(text):
        if words != ["%"]:
            bar = _bar(words, beats_per_chord)
        elif not bar:
            raise ValueError("--chords: % repeats what stands before it, and nothing does.")
        chords += bar
        if len(chords) > MOST_CHORDS:
            raise ValueError(f"--chords: at most {MOST_CHORDS} chords are possible.")
    if not chords:
        raise ValueError('--chords: there is no chord. Write them like this: --chords "C G Am F"')
    return chords


def _bars(text: str) -> Iterator[list[str]]:
    """Words of each bar, repeats written out; without any bar line each word is a bar."""
    tokens = re.findall(r"\|+:|:\|+:?|\|+|[^\s|]+?(?=:\||[\s|]|$)", text)
    if not any("|" in token for token in tokens):
        yield from ([token] for token in tokens)
        return
    part: list[list[str]] = [[]]  # since the last sign of repeat
    for token in tokens:
        if "|" not in token:
            part[-1].append(token)
            continue
        part.append([])
        if ":" in token:
            yield from (bar for bar in part * (2 if token.startswith(":") else 1) if bar)
            part = [[]]
    yield from (bar for bar in part if bar)


def _bar(words: Sequence[str], bar_beats: float) -> list[Chord]:
    """One bar: who says how long it lasts does, the others share the rest."""
    named = [word.partition(":") for word in words]
    told = [_beats(word, length) if colon else None for word, (_, colon, length) in zip(words, named, strict=True)]
    rest, silent = bar_beats - sum(beats or 0.0 for beats in told), told.count(None)
    if silent and rest <= 0.0:
        raise ValueError(f'--chords: in the bar "{" ".join(words)}" nothing is left of its {bar_beats:g} beats for all chords.')
    try:
        return [Chord(*parse_chord(name), rest / silent if beats is None else beats)
                for (name, _, _), beats in zip(named, told, strict=True)]
    except ValueError as error:
        raise ValueError(f"--chords: {error}") from None


def _beats(word: str, length: str) -> float:
    try:
        beats = float(length)
    except ValueError:
        beats = 0.0
    if not 0.0 < beats <= LONGEST_BEATS:
        raise ValueError(f'--chords: "{word}": behind : stands how many beats it lasts, up to {LONGEST_BEATS:g}.')
    return beats


def guess_key(chords: Sequence[Chord]) -> tuple[int, bool]:
    """Tonic 0 .. 11 whose seven notes hold most of the chords, and True for minor; the last and first chord feel like home."""
    whole = sum(chord.beats for chord in chords)

    def fit(tonic: int, minor: bool) -> float:
        notes = _MINOR if minor else _MAJOR
        held = sum(chord.beats * sum((chord.root + tone - tonic) % 12 in notes for tone in chord.kind.tones_semitones)
                   / len(chord.kind.tones_semitones) for chord in chords)
        home = sum(share for chord, share in ((chords[0], 0.06), (chords[-1], 0.05))
                   if chord.root == tonic and (chord.kind.tones_semitones[1:2] == (3,)) == minor)
        return held / whole + home

    return max(((tonic, minor) for minor in (False, True) for tonic in range(12)), key=lambda key: fit(*key))


def harmony_from(chords: Sequence[Chord], mood: str | None, tonic: float | None, meter_beats: float = 4.0) -> Harmony:
    """Harmony from what is known; what is not said is guessed from the chords: a pentatonic that fits them."""
    guess, minor = guess_key(chords) if chords else (0, False)
    name = mood or ("minor-pentatonic" if minor else DEFAULT_MOOD)
    return Harmony(guess if tonic is None else tonic, find_mood(name), tuple(chords), meter_beats)


def home_chord(mood: Mood) -> ChordKind:
    """Tones of a mood that are nearest to root, third and fifth."""
    rest = list(mood.degrees_semitones[1:])
    tones = [0.0]
    for ideal in (3.55, 7.05):  # between both thirds; of two that are as far away the upper one
        if rest:
            tones.append(min(rest, key=lambda degree: abs(degree - ideal)))
            rest = [degree for degree in rest if degree > tones[-1]]
    return ChordKind(f" home of {mood.name}", tuple(tones))


# --- events ---------------------------------------------------------------------------------------------------------
class Slots:
    """Which table of the engine holds which scale and chord: what sounds now is not written over by what comes next."""

    def __init__(self) -> None:
        self.moods: dict[Mood, int] = {}
        self.kinds: dict[ChordKind, int] = {}


def _take(held: dict[T, int], count: int, wanted: Iterable[T]) -> list[T]:
    """Give each thing wanted a slot in `held`, the longest unwanted makes room; returns those that have to be written."""
    new = []
    for thing in dict.fromkeys(wanted):
        slot = held.pop(thing, None)
        if slot is None:
            new.append(thing)
            free = next((slot for slot in range(count) if slot not in held.values()), None)
            slot = held.pop(next(iter(held))) if free is None else free
        held[thing] = slot
    return new


def harmony_events(harmony: Harmony, when: int = AT_ONCE, slots: Slots | None = None) -> list[Event]:
    """What to say so that `harmony` plays from `when` on: NEXT_BEAT, NEXT_BAR, AT_ONCE, WITH_FORM.

    Only tables that it uses and that `slots` doesn't have yet; pass the same `slots` each time to one engine.
    """
    slots, events = slots or Slots(), []
    for mood in _take(slots.moods, SCALE_SLOTS, [harmony.mood]):
        events += _table(SCALE_TABLE, slots.moods[mood], mood.period_semitones, mood.degrees_semitones)
    for kind in _take(slots.kinds, CHORD_SLOTS, [chord.kind for chord in harmony.progression]):
        events += _table(CHORD_TABLE, slots.kinds[kind], 0.0, kind.tones_semitones)
    return [
        *events,
        (HARMONY, 0, HARMONY_CLEAR, 0.0, 0.0),
        (HARMONY, 0, HARMONY_METER, 0.0, harmony.meter_beats),
        (HARMONY, slots.moods[harmony.mood], HARMONY_KEY, harmony.tonic, 0.0),
        *((HARMONY, slots.kinds[chord.kind], HARMONY_CHORD, chord.root, chord.beats) for chord in harmony.progression),
        (HARMONY, 0, HARMONY_GO, 0.0, float(when)),
    ]


def _table(kind: int, slot: int, period: float, numbers: Sequence[float]) -> list[Event]:
    return [(kind, 0, slot, float(BEGIN), period), *((kind, 0, slot, float(i), number) for i, number in enumerate(numbers))]
