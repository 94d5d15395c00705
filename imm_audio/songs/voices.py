"""Which key suits the voices that are here, what the guitarist plays then, and what is hard to sing."""
import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from .harmony import ROOTS, nearest_chord
from .names import clean_chord, key_name, moved_chord
from .song import Song

#: Where people sing, MIDI keys as they sound, both included.  Women over 65 F3-C5 and men nearly an octave lower: R. Moore,
#: 1992; younger school children C4-F5, from 10 to puberty A3-A5.  Mixed groups: our decision, inside all of these.
OLDER, YOUNG_CHILDREN, CHILDREN, MIXED, WITH_UNDER_FIVES = (53, 72), (60, 77), (57, 81), (60, 72), (64, 72)
#: Transpositions that are tried, in semitones: all keys, and the same an octave away where the whole song lies too low or high.
NEAR_STEPS, ALL_STEPS = range(-6, 6), range(-18, 18)
#: So much of the sung time inside the window is a good key.
ENOUGH = 0.95
#: Semitones, and so many leaps, that a group does not sing at sight.  Starting values: the mixed window holds an octave.
WIDE_RANGE, VERY_WIDE_RANGE = 14, 17
WIDE_LEAP, MANY_WIDE_LEAPS = 9, 4
#: Sung notes a second that are hard to pronounce; a starting value.
FAST_NOTES_PER_S = 4.5
#: Keys whose open chords everybody plays and how much harder they are than the easiest, as a share of hard chords; a capo is a
#: little trouble for each fret.  Starting values.
EASY_SHAPES = {"G": 0.0, "C": 0.0, "D": 0.02, "A": 0.03, "E": 0.07, "Em": 0.0, "Am": 0.0, "Dm": 0.02}
OTHER_SHAPES, EACH_FRET, HIGHEST_CAPO = 0.12, 0.02, 7


class Window(NamedTuple):
    """The notes a group sings."""

    low: int
    high: int
    who: str


@dataclass(frozen=True)
class Fit:
    """How well a song lies for a window after it was moved."""

    semitones: int
    outside: float      # share of the sung time, 0 .. 1
    window: Window
    why_not: str = ""   # one sentence where less than ENOUGH fits

    @property
    def fits(self) -> bool:
        """Whether enough of it can be sung by all."""
        return self.outside <= 1.0 - ENOUGH + 1e-9


def note_name(key: int) -> str:
    """60 -> C4."""
    return f"{ROOTS[key % 12]}{key // 12 - 1}"


def window_for(age_bands: Collection[str]) -> Window:
    """Window of a group given by the age bands of its people (catalog/person.py); without any, a mixed group."""
    bands = set(age_bands)
    if "under 5" in bands:
        return Window(*WITH_UNDER_FIVES, "a group with children under five")
    if bands and bands <= {"18 to 64", "65 to 79", "80 and over"}:
        return Window(*OLDER, "a group of adults and older people")
    if bands == {"9 to 12"}:
        return Window(*CHILDREN, "a group of older school children")
    if bands and bands <= {"5 to 8", "9 to 12"}:
        return Window(*YOUNG_CHILDREN, "a group of younger school children")
    return Window(*MIXED, "a mixed group")


def share_outside(song: Song, window: Window, semitones: int = 0) -> float:
    """Share of the sung time outside a window, 0 .. 1; 0 without a melody."""
    whole = song.sung_beats
    outside = sum(beats for _, beats, key in song.melody if not window.low <= key + semitones <= window.high)
    return outside / whole if whole else 0.0


def auto_key(song: Song, age_bands: Collection[str] = ()) -> Fit:
    """The transposition with the least sung time outside the group's window; of equal ones the one nearest to its middle,
    then the smallest.
    """
    window = window_for(age_bands)
    if not song.melody:
        return Fit(0, 0.0, window)
    middle = sum(key * beats for _, beats, key in song.melody) / song.sung_beats - (window.low + window.high) / 2

    def cost(step: int) -> tuple[float, bool, float, int]:
        return round(share_outside(song, window, step), 9), step not in NEAR_STEPS, round(abs(middle + step), 9), abs(step)

    step = min(ALL_STEPS, key=cost)
    outside = share_outside(song, window, step)
    fit = Fit(step, outside, window)
    return fit if fit.fits else Fit(step, outside, window, _why(song, window, outside))


def _why(song: Song, window: Window, outside: float) -> str:
    low, high = song.range_keys or (0, 0)
    room = window.high - window.low
    where = f"{note_name(window.low)} to {note_name(window.high)}, where {window.who} sings"
    share = f"{100 * outside:.0f} % of its sung time lies outside {where}"
    if high - low > room:
        return f"The range of the song is {high - low} semitones and that of the group {room}; {share}."
    return f"No key brings the song where the group sings; {share}."


# --- capo -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Capo:
    """What a guitarist plays so that it sounds in the song's key."""

    fret: int          # 0: no capo
    key: str           # in which the shapes are: G, Am
    chords: tuple[tuple[str, str], ...]  # as they sound, as they are played; each once, in the order of the song

    @property
    def say(self) -> str:
        """In words."""
        where = f"Capo on fret {self.fret}" if self.fret else "No capo"
        return f"{where}, play in {self.key}."


def capo_for(song: Song) -> Capo:
    """Capo and shapes with the easiest chords: as many open ones as can be, then the lowest fret."""
    names = list(dict.fromkeys(name for _, _, name in song.chords if name))
    minor = song.mode in ("minor", "dorian", "phrygian")

    def shape(fret: int) -> str:
        return key_name(((song.tonic or 0) - fret) % 12, "minor" if minor else "major")

    def cost(fret: int) -> tuple[float, int]:
        hard: float = sum(beats * _hard(moved_chord(name, -fret)) for _, beats, name in song.chords if name)
        return hard / song.beats + EASY_SHAPES.get(shape(fret), OTHER_SHAPES) + EACH_FRET * fret, fret

    fret = min(range(HIGHEST_CAPO + 1), key=cost)
    return Capo(fret, shape(fret), tuple((name, moved_chord(name, -fret)) for name in names))


def _hard(name: str) -> float:
    """1 for a chord that needs a barré, 0 for an open one."""
    found = nearest_chord(name) if clean_chord(name) else None
    if found is None:
        return 0.0
    minor = found[1].tones_semitones[1:2] == (3.0,)
    root = ROOTS[found[0]]
    return 0.0 if (f"{root}m" if minor else root) in EASY_SHAPES or (root, found[1].suffix) == ("B", "7") else 1.0


# --- singing --------------------------------------------------------------------------------------------------------
def hard_to_sing(song: Song, tempo_bpm: float | None = None) -> tuple[str, ...]:
    """Sentences about what makes a song difficult for a group; none: easy, or without melody."""
    if not song.range_keys:
        return ()
    said = []
    low, high = song.range_keys
    if high - low > WIDE_RANGE:
        word = "very wide" if high - low > VERY_WIDE_RANGE else "wide"
        said.append(f"Its range is {word}: {high - low} semitones, {note_name(low)} to {note_name(high)}.")
    wide = [abs(after[2] - before[2]) for before, after in itertools.pairwise(song.melody)
            if after[0] - before[0] - before[1] < 1.0]  # after a rest people begin anew
    leaps = [leap for leap in wide if leap > WIDE_LEAP]
    if len(leaps) > MANY_WIDE_LEAPS or any(leap > 12 for leap in leaps):
        said.append(f"It has {len(leaps)} wide leaps, up to {max(leaps)} semitones.")
    speed = tempo_bpm or song.tempo_bpm
    if speed:
        fast = sum(beats for _, beats, _ in song.melody if beats < speed / 60.0 / FAST_NOTES_PER_S)
        if fast > 0.25 * song.sung_beats:
            said.append(f"Many words come fast: over {FAST_NOTES_PER_S:g} notes a second at {speed:g} beats a minute.")
    return tuple(said)
