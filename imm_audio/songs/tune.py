"""A tune from a file: one line of notes and rests in the order in which they sound, with its chords.

ABC notation is read by music21, MIDI files by mido.  A beat is a quarter note.
"""
import io
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from ..kernels.engine.events import TUNE
from ..kernels.music.terms import TUNE_CLEAR, TUNE_GO, TUNE_NOTE
from .harmony import MOST_CHORDS, ROOTS, Chord, Event, nearest_chord, parse_tonic

#: As many notes as the engine holds (kernels/music/tune.py).
MOST_NOTES = 1024
#: A text of more is no tune, and a MIDI file of more is no song.
MOST_BYTES = 1_000_000
REST = -1.0
#: Names of a track that say: here is the melody.
MELODY_NAMES = ("melod", "vocal", "voice", "sing", "lead", "tune", "solo")
DRUM_CHANNEL = 9
#: Times of a MIDI file are rounded to this part of a beat: it holds sixteenths, triplets of eighths and of sixteenths.
PARTS_OF_A_BEAT = 24
#: Notes of a MIDI file end a little early; a rest shorter than a 32nd note is the player's touch, not the tune's.
SHORTEST_REST_BEATS = 0.125
MODES = {"ionian": "major", "aeolian": "minor"}


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


class _Sound(NamedTuple):
    start: float  # beats
    stop: float
    key: float


def read_tune(path: Path) -> Tune:
    """Read an ABC or MIDI file.  ValueError: one sentence with the file's name."""
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 1_000_000} MB, so it is no tune.")
        data = path.read_bytes()
        tune = _read_midi(data, path.stem) if data.startswith(b"MThd") else _read_abc(data, path)
        count = sum(key is not None for key, _ in tune.notes)
        if not count:
            raise ValueError("there is no note in it.")
        if count > MOST_NOTES:
            raise ValueError(f"it has {count} notes with all repeats; at most {MOST_NOTES} are possible.")
        if len(tune.chords) > MOST_CHORDS:
            raise ValueError(f"it has {len(tune.chords)} chords with all repeats; at most {MOST_CHORDS} are possible.")
    except OSError as error:
        raise ValueError(f"{path.name}: it can't be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    return tune


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
    return whole


def tune_events(tune: Tune) -> list[Event]:
    """What to say to the engine: the whole tune, from its beginning."""
    notes = [(TUNE, 0, TUNE_NOTE, REST if key is None else float(key), beats) for key, beats in tune.notes]
    return [(TUNE, 0, TUNE_CLEAR, 0.0, 0.0), *notes, (TUNE, 0, TUNE_GO, 0.0, 0.0)]


# --- one line of notes ----------------------------------------------------------------------------------------------
def _skyline(sounds: Sequence[_Sound]) -> list[_Sound]:
    """The highest line: of notes that begin together the highest, and none that lies for its greater part below another.

    After A. Uitdenbogerd and J. Zobel, Melodic matching techniques for large music databases, 1999.
    """
    line: list[_Sound] = []
    for sound in sorted(sounds, key=lambda sound: (sound.start, -sound.key)):
        if line:
            before = line[-1]
            covered = min(before.stop, sound.stop) - sound.start
            if sound.start <= before.start or (before.key > sound.key and covered > (sound.stop - sound.start) / 2):
                continue
            line[-1] = before._replace(stop=min(before.stop, sound.start))
        line.append(sound)
    return line


def _exact(beats: float) -> float:
    """Without what rounding left: the nearest fraction of small numbers."""
    return float(Fraction(beats).limit_denominator(960))


def _notes(line: Sequence[_Sound], start: float, stop: float) -> tuple[tuple[float | None, float], ...]:
    """Keys and rests one after the other, from `start` to `stop`."""
    notes: list[tuple[float | None, float]] = []
    now = start
    for sound in line:
        if sound.start > now + 1e-6:
            notes.append((None, _exact(sound.start - now)))
        notes.append((sound.key, _exact(sound.stop - sound.start)))
        now = sound.stop
    if stop > now + 1e-6:
        notes.append((None, _exact(stop - now)))
    return tuple(notes)


def _why(error: Exception) -> str:
    """What a library says about a file, as the end of a sentence; nothing when it has no words for it."""
    words = " ".join(str(error).split()).rstrip(".")
    return f": {words}." if " " in words else "."


# --- ABC ------------------------------------------------------------------------------------------------------------
def _read_abc(data: bytes, path: Path) -> Tune:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "X:" not in text and "K:" not in text:
        raise ValueError("it is neither a MIDI file nor a tune in ABC notation.")
    from music21 import abcFormat, converter, repeat, stream

    def has_bars(handler: Any) -> bool:
        return any(isinstance(token, abcFormat.ABCBar) for token in handler.tokens)

    try:
        # music21 keeps bars, and with them repeats, only where there are two plain bar lines; and :|: it does not know
        with mock.patch.object(abcFormat.ABCHandler, "definesMeasures", has_bars):
            parsed: Any = converter.parseData(re.sub(r":\|+:", "::", text), format="abc")
        score = parsed.scores[0] if isinstance(parsed, stream.Opus) else parsed
        part = score.parts[0] if score.parts else score
        whole = part.expandRepeats() if part.getElementsByClass("Measure") else part
        return _from_stream(score, part, whole.flatten(), path.stem)
    except repeat.ExpanderException:
        raise ValueError("its repeats don't fit together.") from None
    except Exception as error:  # music21 meets wrong notation with exceptions of all kinds
        raise ValueError(f"it can't be read as ABC notation{_why(error)}") from None


def _from_stream(score: Any, part: Any, flat: Any, name: str) -> Tune:
    """The tune of a music21 part; `flat` is the same with repeats written out and without bars."""
    from music21 import harmony, key, meter, tempo

    sounds: list[_Sound] = []
    tied = False
    names: list[tuple[float, str | None]] = []
    for element in flat.notesAndRests:
        start = float(element.offset)
        if isinstance(element, harmony.ChordSymbol):
            names.append((start, None if isinstance(element, harmony.NoChord) else _written(element.figure)))
        elif not element.duration.isGrace and not element.isRest:
            top, stop = float(max(pitch.ps for pitch in element.pitches)), start + float(element.duration.quarterLength)
            if tied and sounds and sounds[-1].key == top and abs(sounds[-1].stop - start) < 1e-6:
                sounds[-1] = sounds[-1]._replace(stop=stop)
            else:
                sounds.append(_Sound(start, stop, top))
            tied = element.tie is not None and element.tie.type != "stop"
    end = float(flat.highestTime)
    signature = flat.getElementsByClass(meter.TimeSignature).first()
    mark, tonality = flat.getElementsByClass(tempo.MetronomeMark).first(), flat.getElementsByClass(key.Key).first()
    meter_beats = float(signature.barDuration.quarterLength) if signature else 4.0
    bars = part.getElementsByClass("Measure")
    first_beats = float(bars[0].duration.quarterLength) if len(bars) > 1 else meter_beats
    return Tune(
        title=(score.metadata.title if score.metadata else None) or name,
        notes=_notes(_skyline(sounds), 0.0, end),
        chords=_chords(names, end),
        pickup_beats=first_beats if first_beats < meter_beats - 1e-6 else 0.0,
        meter_beats=meter_beats,
        tempo_bpm=mark.getQuarterBPM() if mark else None,
        tonic=tonality.tonic.pitchClass if tonality else None,
        scale=MODES.get(tonality.mode, tonality.mode) if tonality else None)


def _written(figure: str) -> str:
    """A chord's name as people write it: music21 writes a flat as B-."""
    return re.sub(r"(^|/)([A-G])-", r"\1\2b", figure)


def _chords(names: Sequence[tuple[float, str | None]], end: float) -> tuple[tuple[str | None, float], ...]:
    """Names and where they begin -> names and how long they last."""
    spread: list[tuple[str | None, float]] = []
    if not names:
        return ()
    starts = [0.0, *(start for start, _ in names)]
    for name, start, stop in zip([None, *(name for _, name in names)], starts, [*starts[1:], end], strict=True):
        if stop - start > 1e-6:
            if spread and spread[-1][0] == name:
                spread[-1] = name, spread[-1][1] + stop - start
            else:
                spread.append((name, stop - start))
    return tuple((name, _exact(beats)) for name, beats in spread)


# --- MIDI -----------------------------------------------------------------------------------------------------------
def _read_midi(data: bytes, name: str) -> Tune:
    import mido

    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except Exception as error:  # mido meets wrong bytes with exceptions of all kinds
        raise ValueError(f"it can't be read as a MIDI file{_why(error)}") from None
    if file.type == 2 or file.ticks_per_beat <= 0:
        raise ValueError("its times are not counted in the beats of one song.")
    voices: dict[tuple[int, int], list[_Sound]] = {}
    named: set[int] = set()
    first: dict[str, Any] = {}
    for number, track in enumerate(file.tracks):
        for channel, sounds in _sounds(track, file.ticks_per_beat).items():
            voices[number, channel] = sounds
        if any(word in track.name.lower() for word in MELODY_NAMES):
            named.add(number)
        for message in track:
            first.setdefault(message.type, message)
    candidates = {place: sounds for place, sounds in voices.items() if place[0] in named} or voices
    if not candidates:
        raise ValueError("there is no note in it.")
    line = _skyline(max(candidates.values(), key=len))
    line = [sound if after.start - sound.stop >= SHORTEST_REST_BEATS else sound._replace(stop=after.start)
            for sound, after in zip(line, [*line[1:], line[-1]._replace(start=line[-1].stop)], strict=True)]
    title, meter, signature = first.get("track_name"), first.get("time_signature"), first.get("key_signature")
    meter_beats = 4.0 * meter.numerator / meter.denominator if meter else 4.0
    tonic = parse_tonic(signature.key.removesuffix("m")) if signature else None
    return Tune(
        title=title.name.strip() if title and len(file.tracks) == 1 and title.name.strip() else name,
        notes=_notes(line, line[0].start, line[-1].stop),
        pickup_beats=_exact(-line[0].start % meter_beats),
        meter_beats=meter_beats,
        tempo_bpm=mido.tempo2bpm(first["set_tempo"].tempo) if "set_tempo" in first else None,
        tonic=tonic,
        scale=("minor" if signature.key.endswith("m") else "major") if signature else None)


def _sounds(track: Any, ticks_per_beat: int) -> dict[int, list[_Sound]]:
    """Notes of each channel but the drums', times rounded; a note that is not ended ends with its track."""
    found: dict[int, list[_Sound]] = defaultdict(list)
    held: dict[tuple[int, int], float] = {}
    ticks = 0

    def end(place: tuple[int, int]) -> None:
        start = held.pop(place)
        found[place[0]].append(_Sound(start, max(now, start + 1.0 / PARTS_OF_A_BEAT), float(place[1])))

    now = 0.0
    for message in track:
        ticks += message.time
        now = round(ticks * PARTS_OF_A_BEAT / ticks_per_beat) / PARTS_OF_A_BEAT
        if message.type in ("note_on", "note_off") and message.channel != DRUM_CHANNEL:
            place = message.channel, message.note
            if place in held:
                end(place)
            if message.type == "note_on" and message.velocity > 0:
                held[place] = now
    for place in list(held):
        end(place)
    return found
