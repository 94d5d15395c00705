"""A short audition of every sound, tuning and room, played or kept as a file."""
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from .catalog.help import Event
from .catalog.reading import possible
from .catalog.voices import DRUM_KEYS, DRUM_KIT, VOICES
from .kernels.effects.rooms import ROOM_NAMES
from .kernels.engine.events import MASTER, MODULATION, NOTE_OFF, NOTE_ON, ROOM, SOUND, TIMBRE, VOLUME
from .kernels.rt.ring import EVENT
from .render import make_engine, render, write_sound
from .tunings.shelf import tunings_now
from .tunings.told import tuning_events

RATE_HZ = 48000
#: What rings on after the last event is heard for so long.
TAIL_S = 2.5
#: Notes of an audition: start [s], key above the sound's home, velocity, length [s].  Soft and loud, upwards, a chord.
_PHRASE = ((0.0, 0, 0.35, 0.45), (0.5, 0, 0.95, 0.45), (1.0, 4, 0.6, 0.2), (1.2, 7, 0.7, 0.2), (1.4, 12, 0.8, 0.5),
           (2.0, 0, 0.7, 1.8), (2.0, 4, 0.7, 1.8), (2.0, 7, 0.7, 1.8))
#: While the chord sounds: brighter, darker, as designed; then a wobble.
_BRIGHT = ((2.2, 1.0), (2.6, 0.0), (3.0, 0.5))
_WOBBLE = ((3.2, 0.6), (3.8, 0.0))
#: Where sounds are at home; all others at middle C.
_HOMES = {"bass": 36, "cello": 48, "tuba": 36, "contrabass": 36, "timpani": 41, "glockenspiel": 84, "music box": 84,
          "celesta": 72, "piccolo": 84, "tinkle bell": 84, "flute": 72, "recorder": 72, "whistle": 84, "chime bars": 72,
          "violin": 67}
_TUNED_BY, _ROOM_BY = "harp", "nylon guitar"

Kind = Literal["sound", "tuning", "room"]


@dataclass(frozen=True)
class Audition:
    """What is played: events as (second, event)."""

    name: str
    kind: Kind
    before: list[Event] = field(default_factory=list)
    events: list[tuple[float, Event]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return max(when for when, _ in self.events) + TAIL_S

    @property
    def file_name(self) -> str:
        return f"{self.kind} - {self.name}.wav"


def _sound(voice: str) -> list[Event]:
    model, program = VOICES[voice]
    return [(SOUND, 0, 0, float(model), float(program)), (VOLUME, 0, 0, 0.0, 1.0)]


def _notes(notes, home: int) -> list[tuple[float, Event]]:
    found: list[tuple[float, Event]] = []
    for start_s, key, velocity, length_s in notes:
        found.append((start_s, (NOTE_ON, 0, 0, float(home + key), velocity)))
        found.append((start_s + length_s, (NOTE_OFF, 0, 0, float(home + key), 0.0)))
    return found


def home_of(voice: str) -> int:
    """MIDI key around which a sound is auditioned."""
    plain = voice.removeprefix("recorded ")
    return _HOMES.get(plain, next((key for word, key in _HOMES.items() if plain.endswith(" " + word)), 60))


def _sound_audition(voice: str) -> Audition:
    if voice == DRUM_KIT:
        strokes = [(0.3 * n, key, 0.8, 0.2) for n, key in enumerate(DRUM_KEYS.values())]
        return Audition(voice, "sound", _sound(voice), _notes(strokes, 0))
    events = _notes(_PHRASE, home_of(voice))
    events += [(when, (TIMBRE, 0, 0, 0.0, value)) for when, value in _BRIGHT]
    events += [(when, (MODULATION, 0, 0, 0.0, value)) for when, value in _WOBBLE]
    return Audition(voice, "sound", _sound(voice), events)


def _tuning_audition(name: str, table: np.ndarray) -> Audition:
    keys = [(0.35 * n, n, 0.7, 0.5) for n in range(13)]
    chord = [(5.0, key, 0.7, 1.5) for key in (0, 4, 7, 12)]
    return Audition(name, "tuning", [*_sound(_TUNED_BY), *tuning_events(table)], _notes(keys + chord, 60))


def _room_audition(number: int, name: str) -> Audition:
    clap: list[tuple[float, Event]] = [(when, (NOTE_ON, 0, 9, float(DRUM_KEYS["clap"]), 0.9)) for when in (0.0, 0.8)]
    notes = _notes([(1.6 + start_s, *rest) for start_s, *rest in _PHRASE[2:]], 60)
    return Audition(name, "room", [*_sound(_ROOM_BY), (MASTER, 0, ROOM, 0.0, float(number))], clap + notes)


def auditions() -> dict[str, Audition]:
    """Everything there is to hear, by name."""
    found = [_sound_audition(voice) for voice in VOICES]
    found += [_tuning_audition(stem, tuning.table()) for stem, tuning in tunings_now()[0].items()]
    found += [_room_audition(number, name) for number, name in enumerate(ROOM_NAMES)]
    return {audition.name: audition for audition in found}


def find(names: list[str]) -> list[Audition]:
    """Auditions of these names, all when there are none.  ValueError names what there is not, and what was probably meant."""
    there = auditions()
    by_lower = {name.lower(): audition for name, audition in there.items()}
    found = []
    for name in names:
        if name.lower() not in by_lower:
            raise ValueError(f"There is no sound, tuning or room called {name!r}; {possible(name, list(there))}")
        found.append(by_lower[name.lower()])
    return found or list(there.values())


class Booth:
    """Plays auditions one after the other with one engine."""

    def __init__(self, rate_hz: int = RATE_HZ, sounds: Path | None = None):
        self.remarks: list[str] = []
        self.rate_hz, self._engine = rate_hz, make_engine(rate_hz, sounds, self.remarks.append)

    def play(self, audition: Audition) -> Iterator[np.ndarray]:
        """Blocks of sound, float32 (frames, 2)."""
        engine = self._engine
        engine.reset()
        events = [(0, *event) for event in audition.before]
        events += [(int(when * self.rate_hz), *event) for when, event in sorted(audition.events, key=lambda e: e[0])]
        rows = np.array([(*event, n) for n, event in enumerate(events)], EVENT)
        return render(engine, rows, int(audition.seconds * self.rate_hz))

    def keep(self, audition: Audition, folder: Path) -> Path:
        """Write one audition as a WAV file.  OSError when it can't be written."""
        out = folder / audition.file_name
        write_sound(out, self.rate_hz, self.play(audition), int(audition.seconds * self.rate_hz))
        return out


def hear_all(chosen: list[Audition], out: Path | None, device: str | None, sounds: Path | None,
             say: Callable[[str], None]) -> None:
    """Play auditions, or write each into the folder `out`.  ValueError, OSError: what is wrong, in a sentence."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        booth = Booth(RATE_HZ, sounds)
        for sentence in booth.remarks:
            say(sentence)
        for audition in chosen:
            say(str(booth.keep(audition, out)))
        return
    from .host import find as find_device
    from .host import sounddevice

    choice = find_device(device, 0, None)
    if choice is None:
        raise ValueError("There are no loudspeakers here. With --out FOLDER it can be kept as files instead.")
    booth = Booth(int(choice.sample_rate), sounds)
    for sentence in booth.remarks:
        say(sentence)
    with sounddevice().OutputStream(choice.sample_rate, device=choice.output, channels=2, dtype="float32") as stream:
        for audition in chosen:
            say(f"{audition.kind}: {audition.name}")
            for block in booth.play(audition):
                stream.write(block)
