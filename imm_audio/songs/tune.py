"""The one line of notes that next-note, round and ghost play: a song's melody from its beginning to its end, with its chords.

A beat is a quarter note.
"""
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from ..kernels.engine.events import TEMPO, TUNE
from ..kernels.music.terms import TUNE_CLEAR, TUNE_GO, TUNE_NOTE
from .harmony import AT_ONCE, MOST_CHORDS, ROOTS, Chord, Event, Slots, harmony_events, harmony_from, nearest_chord
from .scales import find_mood
from .shelf import read_song
from .song import Song

#: As many notes as the engine holds (kernels/music/tune.py).
MOST_NOTES = 1024
REST = -1.0
T = TypeVar("T")


@dataclass(frozen=True)
class Tune:
    """One melody."""

    title: str
    notes: tuple[tuple[float | None, float], ...]       # MIDI key, None for a rest; beats
    chords: tuple[tuple[str | None, float], ...] = ()   # name, None for no chord; beats.  Together as long as the notes
    pickup_beats: float = 0.0                           # before the first whole bar
    meter_beats: float = 4.0
    tempo_bpm: float | None = None
    tonic: int | None = None                            # 0 .. 11, C = 0
    scale: str | None = None                            # name of a mood

    @property
    def beats(self) -> float:
        """How long it lasts."""
        return sum(beats for _, beats in self.notes)


def read_tune(path: Path) -> Tune:
    """The melody of a song of any kind.  ValueError: one sentence with the file's name."""
    path = Path(path)
    tune = tune_of(read_song(path))
    count = sum(key is not None for key, _ in tune.notes)
    if not count:
        raise ValueError(f"{path.name}: there is no note in it.")
    if count > MOST_NOTES:
        raise ValueError(f"{path.name}: it has {count} notes with all repeats; at most {MOST_NOTES} are possible.")
    return tune


def tune_of(song: Song) -> Tune:
    """The melody of the whole form with its chords."""
    begin, end = -song.pickup_beats, Fraction(song.form[-1].stop).limit_denominator(960)
    return Tune(song.title, _filled([(s, b, float(key)) for s, b, key in song.melody], begin, end),
                _filled([(s, b, name or None) for s, b, name in song.chords], begin, end) if song.chords else (),
                float(song.pickup_beats), song.meter_beats, song.tempo_bpm, song.tonic, _mood(song.mode))


def _filled(pieces: Sequence[tuple[float, float, T]], begin: Fraction, end: Fraction) -> tuple[tuple[T | None, float], ...]:
    """Pieces (start, beats, thing) one after the other, from `begin` to `end`, with None where there is nothing."""
    found: list[tuple[T | None, float]] = []
    now = float(begin)
    for start, beats, thing in pieces:
        if start > now + 1e-6:
            found.append((None, _exact(start - now)))
        found.append((thing, _exact(beats)))
        now = start + beats
    if float(end) > now + 1e-6:
        found.append((None, _exact(float(end) - now)))
    return tuple(found)


def _exact(beats: float) -> float:
    """Without what rounding left: the nearest fraction of small numbers."""
    return float(Fraction(beats).limit_denominator(960))


def _mood(mode: str | None) -> str | None:
    """The mood of a mode; None for those that nobody here knows."""
    try:
        return find_mood(mode).name if mode else None
    except ValueError:
        return None


def transposed(tune: Tune, tonic: int) -> Tune:
    """The tune in another key, by the shortest way; as it is when its own key is not known.  Its chords go along."""
    if tune.tonic is None or tune.tonic == tonic:
        return tune
    steps = (tonic - tune.tonic + 6) % 12 - 6
    keys = [key + steps for key, _ in tune.notes if key is not None]
    if min(keys) < 0 or max(keys) > 127:
        steps -= 12 if max(keys) > 127 else -12
    notes = tuple((None if key is None else key + steps, beats) for key, beats in tune.notes)
    return replace(tune, notes=notes, tonic=tonic, chords=tuple((_moved(name, steps), beats) for name, beats in tune.chords))


def _moved(name: str | None, steps: int) -> str | None:
    chord = nearest_chord(name) if name else None
    return None if chord is None else f"{ROOTS[(chord[0] + steps) % 12]}{chord[1].suffix}"


def progression(tune: Tune) -> list[Chord]:
    """The tune's chords from its first whole bar on, in whole bars; the pick-up stands at the end, where it comes round again.

    Empty when it has none.  Where no chord is named the one before lasts on.
    """
    chords: list[Chord] = []
    silence = 0.0  # before the first chord
    for name, beats in tune.chords:
        found = nearest_chord(name) if name else None
        if found:
            chords.append(Chord(found[0], found[1], beats))
        elif chords:
            chords[-1] = chords[-1]._replace(beats=chords[-1].beats + beats)
        else:
            silence += beats
    if not chords:
        return []
    chords[0] = chords[0]._replace(beats=chords[0].beats + silence)
    pickup, at = tune.pickup_beats, 0
    front: list[Chord] = []
    while pickup > 0.0 and at < len(chords):
        part = min(pickup, chords[at].beats)
        front.append(chords[at]._replace(beats=part))
        pickup -= part
        chords[at] = chords[at]._replace(beats=chords[at].beats - part)
        at += chords[at].beats <= 0.0
    whole = [*chords[at:], *front]
    missing = -round(sum(chord.beats for chord in whole), 6) % tune.meter_beats
    if missing > 1e-6:
        whole[-1] = whole[-1]._replace(beats=whole[-1].beats + missing)
    return _fewer(whole)


def _fewer(chords: Sequence[Chord]) -> list[Chord]:
    """Equal neighbours as one; of more than the engine holds the shortest give their time to those before them."""
    found: list[Chord] = []
    for chord in chords:
        if found and found[-1][:2] == chord[:2]:
            found[-1] = found[-1]._replace(beats=found[-1].beats + chord.beats)
        else:
            found.append(chord)
    while len(found) > MOST_CHORDS:
        shortest = min(range(1, len(found)), key=lambda number: found[number].beats)
        found[shortest - 1] = found[shortest - 1]._replace(beats=found[shortest - 1].beats + found[shortest].beats)
        del found[shortest]
    return found


def tune_events(tune: Tune) -> list[Event]:
    """What to say to the engine: the whole tune, from its beginning."""
    sounding = [number for number, (key, _) in enumerate(tune.notes) if key is not None]
    told = tune.notes[:sounding[MOST_NOTES]] if len(sounding) > MOST_NOTES else tune.notes
    notes = [(TUNE, 0, TUNE_NOTE, REST if key is None else float(key), beats) for key, beats in told]
    return [(TUNE, 0, TUNE_CLEAR, 0.0, 0.0), *notes, (TUNE, 0, TUNE_GO, 0.0, 0.0)]


def song_events(song: Song, tempo_bpm: float | None = None, mood: str | None = None, when: int = AT_ONCE,
                slots: Slots | None = None) -> list[Event]:
    """What to say to the engine so that it has a song: TEMPO, HARMONY and TUNE of the whole form.

    `tempo_bpm` and `mood` win over the song's own; `when` and `slots` as in `harmony_events`.  The progression begins at the
    first whole bar.  Of more than MOST_NOTES notes the first are told.
    """
    tune = tune_of(song)
    speed = tempo_bpm or song.tempo_bpm
    harmony = harmony_from(progression(tune), mood or tune.scale, tune.tonic, tune.meter_beats)
    tempo: list[Event] = [(TEMPO, 0, 0, 0.0, speed)] if speed is not None else []
    return [*tempo, *harmony_events(harmony, when, slots), *(tune_events(tune) if song.melody else ())]
