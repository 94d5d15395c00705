"""Reads SoundFont 2 files into the tables that the sampler plays.

Source: "SoundFont Technical Specification", version 2.01, E-mu Systems 1998; numbers in brackets are its sections.
`riff` finds the pieces of a file, `zones` adds up generators (globals, instrument, preset), `modulators` turns modulators
into numbers, `limits` leaves out what is too large, `bands` says which copies keep images and aliases away,
`filters` makes them, `places` lays samples out with their margins, `bank` makes the tables.
Velocity to cutoff is taken as in version 2.04, -2400 cents from full velocity to none, without the step in its middle that
2.01 describes.  Chorus and reverb belong to the mixer's strips.
"""
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from ..kernels.voices.sampler import DRUM_KIT, PROGRAMS
from .bands import limit_bands
from .bank import make_bank
from .limits import fit
from .places import copy_samples, find_places
from .riff import Recording, find_chunks, read_table
from .words import TABLES, Broken
from .zones import add_up, choose_presets

Bank = tuple[np.ndarray, np.ndarray]

#: Names of programs 0 .. 128 in the font of `general_midi`.
PROGRAM_NAMES = (
    "Piano 1", "Piano 2", "Piano 3", "Honky Tonk", "E.Piano 1", "E.Piano 2", "Harpsichord", "Clavinet", "Celesta",
    "Glockenspiel", "MusicBox", "Vibraphone", "Marimba", "Xylophone", "Tubular Bells", "Dulcimer", "Organ 1",
    "Organ 2", "Organ 3", "Church Organ", "Reed Organ", "Accordion", "Harmonica", "Bandoneon", "Nylon Guitar",
    "Steel Guitar", "Jazz Guitar", "Clean Guitar", "Guitar Mutes", "Overdrive Guitar", "DistortionGuitar",
    "Guitar Harmonics", "Acoustic Bass", "Fingered Bass", "Picked Bass", "Fretless Bass", "Slap Bass 1",
    "Slap Bass 2", "Synth Bass 1", "Synth Bass 2", "Violin", "Viola", "Cello", "Contrabass", "Strings (Tremelo)",
    "Pizzicato", "Harp LP", "Timpani", "Strings CLP", "Slow Strings LP", "Synth Strings 1", "Synth Strings 2",
    "Choir Aahs", "Voice Oohs", "Synth Vox", "Orchestra Hit", "SoloTrumpet", "Trombone", "Tuba", "Mute Trumpet",
    "French Horns", "Brass", "Synth Brass 1", "Synth Brass 2", "SopSax (TB) v2.3", "AltoSax (TB) v2.3",
    "Tenor Sax (TB) v2.3", "BariSax (TB) v2.3", "Oboe (Orch)", "English Horn", "Bassoon", "Clarinet", "Piccolo",
    "Flute TB", "Recorder", "Pan Flute", "Bottle Chiff", "Shakuhachi", "Whistle", "Ocarina", "Square Wave",
    "Saw Wave", "Synth Calliope", "Chiffer Lead", "Charang", "Solo Vox", "5th Saw Wave", "Bass & Lead", "Fantasia",
    "Warm Pad", "Poly Synth", "Space Voice", "Bowed Glass", "Metal Pad", "Halo Pad", "Sweep Pad", "IceRain",
    "Soundtrack", "Crystal", "Atmosphere", "Brightness", "Goblin", "Echo Drops", "Star Theme", "Sitar", "Banjo",
    "Shamisen", "Koto", "Kalimba", "Bagpipe", "Fiddle", "Shenai", "Tinker Bell", "Agogo", "Steel Drum",
    "Wood Block", "Taiko Drum", "Melodic Tom", "Synth Drum", "Reverse Cymbal", "Fret Noise", "Breath Noise",
    "Seashore", "Bird", "Telephone", "Helicopter", "Applause", "Gun Shot", "Standard",
)


@dataclass(frozen=True)
class Font:
    """What a file holds: a BANK record, samples (float32, full scale = 1), and sentences about what was left out."""

    bank: np.ndarray
    samples: np.ndarray
    notes: tuple[str, ...] = ()


def general_midi() -> Path:
    """Find the General MIDI sound set inside the pretty_midi package, without importing that (it takes a second)."""
    found = importlib.util.find_spec("pretty_midi")
    if found is None or not found.submodule_search_locations:
        raise ValueError("pretty_midi: is not installed; it carries the General MIDI sound set TimGM6mb.sf2")
    return Path(found.submodule_search_locations[0]) / "TimGM6mb.sf2"


def load_sounds(path: str | os.PathLike | None = None) -> tuple[Bank | None, list[str]]:
    """Read `path`, or the General MIDI set where it is None; never raises for what is wrong with a font.

    Returns what `read_soundfont` returns, or None where there are no recorded sounds, and sentences for people.
    """
    try:
        path = general_midi() if path is None else path
        font = read_font(path)
    except ValueError as error:
        reason = str(error)
    except MemoryError:
        reason = f"{os.fspath(path or 'The General MIDI set')}: does not fit into the memory of this computer"
    else:
        return (font.bank, font.samples), [f"{Path(path).name}: {note}" for note in font.notes]
    return None, [f"{reason}. Made sounds play instead of recorded ones."]


def read_soundfont(path: str | os.PathLike) -> Bank:
    """Read `path`; return (BANK record, samples float32 one-dimensional, full scale = 1); see `read_font`."""
    font = read_font(path)
    return font.bank, font.samples


def read_font(path: str | os.PathLike) -> Font:
    """Read `path`, at most ZONES zones and MOST_SAMPLES samples of it.

    Programs 0 .. 127 are those of bank 0, or of the lowest bank; 128 is the standard drum kit (bank 128, preset 0), or the
    first one there is.  A program that the font lacks is played by the nearest one below, else above; a missing drum kit
    stays silent.  Raises ValueError, one sentence with file and place, when the file can't be played.
    """
    return _read(path, _read_font)


def program_names(path: str | os.PathLike) -> tuple[str, ...]:
    """Names of programs 0 .. 128 as the font has them, "" where it has none."""
    return _read(path, _read_names)


_Result = TypeVar("_Result")


def _read(path: str | os.PathLike, reader: Callable[[BinaryIO], _Result]) -> _Result:
    """What `reader` makes of the file; ValueError names the file."""
    try:
        if not Path(path).is_file():    # a pipe would be waited for
            raise Broken("is not there" if not Path(path).exists() else "is not a file")
        with open(path, "rb") as file:
            return reader(file)
    except Broken as broken:
        raise ValueError(f"{os.fspath(path)}: {broken}") from None
    except OSError as error:
        raise ValueError(f"{os.fspath(path)}: can't be read ({error.strerror})") from None


def _read_font(file: BinaryIO) -> Font:
    chunks = find_chunks(file)
    tables = {name: read_table(file, chunks, name) for name in TABLES}
    recording = Recording(file, chunks)
    zones = add_up(tables, recording.size)
    if not len(zones.rows):
        if zones.rom:
            raise Broken("has no samples; fonts that refer to a ROM can't be played")
        if zones.outside:
            raise Broken(f"is damaged: all its {zones.outside} zones play what lies outside the recording")
        raise Broken("is damaged or empty: it has no sound and no drum kit")
    headers, notes = tables[b"shdr"], []
    for count, why in ((zones.rom, "need the memory of a sound card"), (zones.outside, "lie outside the file")):
        if count:
            notes.append(f"{count} of its recordings {why} and are left out.")
    places = find_places(zones.rows, headers, recording.size)
    chosen, left_out = fit(zones.rows, zones.programs, places)
    rows, programs, places = limit_bands(zones.rows[chosen], zones.programs[chosen], headers, places[chosen], recording)
    different, which = np.unique(places, axis=0, return_inverse=True)
    samples, laid = copy_samples(different, recording)
    bank, ignored = make_bank(rows, programs, headers, laid[which.reshape(-1)], zones.modulators)
    if ignored:
        notes.append(f"{ignored} of its finer adjustments are not known here and are left out.")
    if not bank["count"][DRUM_KIT]:
        notes.append("It has no drum kit; drums of this set stay silent.")
    if not bank["count"][0]:
        notes.append("It has only drums; its other sounds stay silent.")
    return Font(bank, samples, (*notes, *left_out))


def _read_names(file: BinaryIO) -> tuple[str, ...]:
    presets = read_table(file, find_chunks(file), b"phdr")
    names = [""] * PROGRAMS
    for program, number in choose_presets(presets).items():
        names[program] = presets[number]["name"].split(b"\0")[0].decode("latin-1").strip()
    return tuple(names)
