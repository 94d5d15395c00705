"""What music21 read (ABC notation, MusicXML) as notes and chords on exact beats, with repeats written out."""
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from .song import ChordChange, Note

#: Beats are fractions of small numbers; what rounding left is taken off.
PARTS_OF_A_BEAT = 960
MODES = {"ionian": "major", "aeolian": "minor"}
#: Signs of repeat in a part, and those that end what did not begin: with more of them music21 needs minutes or for ever.
MOST_REPEATS, MOST_ENDS_ALONE = 40, 4


class Refused(ValueError):
    """Why a score is not read: one sentence, without the file's name."""


class Written(NamedTuple):
    """A note of the page, one of the times that it sounds."""

    start: Fraction
    number: int  # of the note on the page
    time: int    # 0, 1 ...: how often it came before


@dataclass(frozen=True)
class Music:
    """One part of a score."""

    beats: Fraction
    notes: tuple[Note, ...]
    chords: tuple[tuple[Fraction, int], ...]  # start, number of the chord symbol on the page
    sung: tuple[Written, ...]
    written: tuple[Any, ...]                  # music21's notes on the page
    symbols: tuple[Any, ...]                  # music21's chord symbols on the page
    pickup_beats: Fraction
    meter: tuple[int, int]
    tempo_bpm: float | None
    tonic: int | None
    mode: str | None


def exact(beats: Any) -> Fraction:
    """Beats without what rounding left."""
    return Fraction(beats).limit_denominator(PARTS_OF_A_BEAT)


def read_music(parse: Callable[[], Any], what: str) -> Music:
    """The music of the first part that `parse` gives.  Refused, with a sentence about `what` it should be, when that fails.

    music21 meets what is wrong with exceptions of all kinds.
    """
    from music21 import repeat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return music_of_part(parse())
    except Refused:
        raise
    except repeat.ExpanderException:
        raise Refused("its repeats don't fit together.") from None
    except Exception as error:
        words = " ".join(str(error).split()).rstrip(".")[:100]
        raise Refused(f"it can't be read as {what}{f': {words}.' if ' ' in words else '.'}") from None


def music_of_part(part: Any) -> Music:
    """Notes, chords and head of a music21 part."""
    from music21 import harmony, key, meter, tempo

    everything = list(part.recurse().notes)
    symbols = [element for element in everything if isinstance(element, harmony.ChordSymbol)]
    written = [element for element in everything
               if not isinstance(element, harmony.ChordSymbol) and not element.duration.isGrace]
    for number, element in enumerate(symbols):
        element.editorial.number = number
    for number, element in enumerate(written):
        element.editorial.number = number
    bars = part.getElementsByClass("Measure")
    repeats = [sign.direction for sign in part.recurse().getElementsByClass("Repeat")]
    if len(repeats) > MOST_REPEATS:
        raise Refused(f"it has more than {MOST_REPEATS} signs of repeat.")
    if sum(before == after == "end" for before, after in itertools.pairwise(repeats)) > MOST_ENDS_ALONE:
        raise Refused("its repeats don't fit together.")
    flat = (part.expandRepeats() if bars else part).flatten()

    sounds: list[Note] = []
    sung: list[Written] = []
    chords: list[tuple[Fraction, int]] = []
    times: dict[int, int] = {}
    tied = False
    for element in flat.notes:
        start = exact(element.offset)
        number = element.editorial.get("number")
        if number is None:
            continue
        if isinstance(element, harmony.ChordSymbol):
            chords.append((start, number))
            continue
        top, beats = round(max(pitch.ps for pitch in element.pitches)), exact(element.duration.quarterLength)
        sung.append(Written(start, number, times.get(number, 0)))
        times[number] = times.get(number, 0) + 1
        if tied and sounds and sounds[-1].key == top and sounds[-1].start + sounds[-1].beats == start:
            sounds[-1] = sounds[-1]._replace(beats=sounds[-1].beats + beats)
        else:
            sounds.append(Note(start, beats, top))
        tied = element.tie is not None and element.tie.type != "stop"
    signature = flat.getElementsByClass(meter.TimeSignature).first()
    mark = flat.getElementsByClass(tempo.MetronomeMark).first()
    tonality = flat.getElementsByClass(key.KeySignature).first()
    if tonality is not None and not isinstance(tonality, key.Key):
        tonality = tonality.asKey()
    count = (signature.numerator, signature.denominator) if signature else (4, 4)
    bar = Fraction(4 * count[0], count[1])
    first = exact(bars[0].duration.quarterLength) if len(bars) > 1 else bar
    return Music(
        beats=exact(flat.highestTime), notes=skyline(sounds), chords=tuple(chords), sung=tuple(sung), written=tuple(written),
        symbols=tuple(symbols), pickup_beats=first if 0 < first < bar else Fraction(0), meter=count,
        tempo_bpm=_tempo(mark), tonic=tonality.tonic.pitchClass if tonality else None,
        mode=MODES.get(tonality.mode, tonality.mode) if tonality else None)


def _tempo(mark: Any) -> float | None:
    """Quarter notes a minute, without what rounding left."""
    found = mark.getQuarterBPM() if mark else None
    return round(float(found), 6) if found else None


def skyline(sounds: Sequence[Note]) -> tuple[Note, ...]:
    """The highest line: of notes that begin together the highest, and none that lies for its greater part below another.

    After A. Uitdenbogerd and J. Zobel, Melodic matching techniques for large music databases, 1999.
    """
    line: list[Note] = []
    for sound in sorted(sounds, key=lambda sound: (sound.start, -sound.key)):
        if sound.beats <= 0:
            continue
        if line:
            before = line[-1]
            stop = before.start + before.beats
            covered = min(stop, sound.start + sound.beats) - sound.start
            if sound.start <= before.start or (before.key > sound.key and covered > sound.beats / 2):
                continue
            line[-1] = before._replace(beats=min(stop, sound.start) - before.start)
        line.append(sound)
    return tuple(line)


def changes(music: Music, names: Sequence[str | None]) -> list[ChordChange]:
    """Chords by the names of the symbols on the page; those without a name are left out."""
    return [ChordChange(start, name) for start, number in music.chords if (name := names[number]) is not None]
