"""Commands of the command line about sounds: hear and render."""
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import A4, AudioDevice, Sounds, Tuning, console, fail, render_with_bar, say, session_of
from .kernels.engine.events import MASTER, ROOM

Names = Annotated[list[str] | None, typer.Argument(help="Sounds, tunings and rooms by name; all there are when none is named.")]
OutFolder = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Keep each as a WAV file in this folder.")]
Rate = Annotated[int, typer.Option(help="Sample rate in Hz.")]
SoundName = Annotated[str | None, typer.Option(help="All keyboards play this sound.  [default: what the file says]")]
RoomName = Annotated[str | None, typer.Option(help="Room in which it sounds: none, lounge, hall, cathedral.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(hear)
    app.command()(render)


def hear(names: Names = None, out: OutFolder = None, audio_device: AudioDevice = None, sounds: Sounds = None) -> None:
    """Listen to a short audition of every sound, tuning and room, or keep them as files."""
    from .warmth import warm_with_bar

    warm_with_bar(console)
    from .hear import find, hear_all
    from .host import DeviceProblem

    try:
        hear_all(find(names or []), out, audio_device, sounds, say)
    except (ValueError, OSError, DeviceProblem) as error:
        raise fail(error) from None


def render(performance: Path, out: Path, rate: Rate = 48000, sound: SoundName = None, tuning: Tuning = None, a4: A4 = None,
           room: RoomName = None, sounds: Sounds = None) -> None:
    """Play a MIDI file into a WAV file."""
    from .catalog.rooms import room_number
    from .catalog.voices import voice_of
    from .tunings.told import events_of_session
    from .warmth import warm_with_bar

    try:
        first = events_of_session(session_of(None, rate_hz=rate, tuning=tuning, a4_hz=a4))
        if room is not None:
            first.append((MASTER, 0, ROOM, 0.0, float(room_number(room))))
        voice = None if sound is None else voice_of(sound)
    except ValueError as error:
        raise fail(error) from None
    warm_with_bar(console)
    from .render import render_file

    render_with_bar(out, lambda progress: render_file(performance, out, rate, progress, first, voice, sounds, say))
