"""What commands have in common: their options, and how they say that something is wrong."""
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .settings import Session, default_session

console = Console()

AudioDevice = Annotated[str | None, typer.Option(help="Sound device by name or part of it; 'null' plays into silence.")]
Rate = Annotated[int | None, typer.Option(help="Sample rate in Hz, 44100 to 96000.  [default: the device's]")]
Block = Annotated[int, typer.Option(help="Frames in a block, 16 to 512; 0 is the device's own and fastest.")]
Inputs = Annotated[int | None, typer.Option(help="Microphones, 0 to 16.  [default: all of the interface]")]
MonitorAge = Annotated[int | None, typer.Option(metavar="YEARS", help=(
    "A second pair of outputs (3 and 4) is the room for ears of this age, 20 to 90."))]
Midi = Annotated[list[str] | None, typer.Option(help="Only MIDI ports whose name has this in it; may be given again.")]
Folder = Annotated[Path | None, typer.Option("--session", help="Folder for takes.  [default: Documents/imm_audio]")]
Take = Annotated[str | None, typer.Option(help="Record from the start, under this name.")]
Microphones = Annotated[bool, typer.Option("--record-microphones", help=(
    "Keep microphones in takes too, once everybody has agreed: voices are personal data."))]
Agreed = Annotated[bool, typer.Option("--everyone-agrees", help=(
    "Everybody present, and a parent for everyone under 16, has agreed that microphones are recorded."))]
Seconds = Annotated[float | None, typer.Option(help="End by itself after so many seconds.")]
Tune = Annotated[Path | None, typer.Option(help="A tune to play: a song by its name, or a file.")]
Chords = Annotated[str | None, typer.Option(help="Chords that go round, like 'C G Am F', or in bars, 'C G | Am | F:2 G:2'.")]
Mood = Annotated[str | None, typer.Option(help="Good notes; see imm-audio instruments.  [default: the tune's, or pentatonic]")]
Key = Annotated[str | None, typer.Option(help="Note on which the mood begins, like D or Bb; a tune moves there.")]
Tempo = Annotated[float | None, typer.Option(help="Beats a minute, 20 to 300.")]
Tuning = Annotated[str | None, typer.Option(help=(
    "How high each key is: a tuning by its name (see imm-audio tunings), or a .scl file.  [default: equal steps]"))]
A4 = Annotated[float | None, typer.Option("--a4", metavar="HZ", help="How high the A is, 390 to 470 Hz.  [default: 440]")]
Colours = Annotated[str | None, typer.Option(help="Colours of the notes, as on stickers in the room: rainbow, for example.")]
Instruments = Annotated[list[str] | None, typer.Option("--instrument", help=(
    "What everybody plays, or one place: 3=magic-harp. May be given again; see imm-audio instruments."))]
People = Annotated[list[Path] | None, typer.Option("--person", help="File of somebody who is here; may be given again.")]
Ghost = Annotated[bool, typer.Option("--ghost", help="When a controller is unplugged, its part goes on by itself.")]
Osc = Annotated[int | None, typer.Option(metavar="PORT", help=(
    "Listen for tablets and sensors in the network (Open Sound Control), on this port; 9000 is usual."))]
Follow = Annotated[str | None, typer.Option(help=(
    "Whom the beat follows: everybody, slowest, nobody, or a place, like 3.  [default: everybody where there is a band]"))]
HowMuch = Annotated[float, typer.Option(help="How much the beat follows, 0 to 100.")]
Style = Annotated[str | None, typer.Option(help="What the band plays; see imm-audio styles.  [default: the song's own]")]
Backing = Annotated[Path | None, typer.Option(help="A recording (WAV, FLAC, MP3, Ogg) that is the band, at the beat.")]
ClockOut = Annotated[str | None, typer.Option(help="MIDI port that is told the beat: part of its name.")]
ClockIn = Annotated[str | None, typer.Option(help="MIDI port whose beat is followed: part of its name.")]
Link = Annotated[str | None, typer.Option(help="Share the tempo in the network by Ableton Link: lead or follow.")]
Sounds = Annotated[Path | None, typer.Option(help="Recorded sounds: a SoundFont file.  [default: what came along]")]
Port = Annotated[int | None, typer.Option(metavar="PORT", help="Where the pages are.  [default: 8100, or the next free one]")]
NoDesk = Annotated[bool, typer.Option("--no-desk", help="Without the pages in the browser.")]
Stats = Annotated[str | None, typer.Option(help="Write what was counted to this JSON file at the end.")]


def say(sentence: str) -> None:
    """Print a sentence as it is."""
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def fail(sentence: object) -> typer.Exit:
    """Say what is wrong, without jargon, and leave with status 1."""
    Console(stderr=True).print(str(sentence), style="bold red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(1)


def session_of(folder: Path | None, **wishes: object) -> Session:
    """What was asked for.  A wish that is not possible is told and ends the program."""
    try:
        return Session(folder=str(folder or default_session()), **wishes)  # type: ignore[arg-type]
    except ValueError as error:
        raise fail(error) from None


def tuning_wish(wish: str | None) -> str | None:
    """The tuning as every process finds it: a name, or the whole path of a file."""
    return wish and (str(Path(wish).absolute()) if wish.lower().endswith(".scl") else wish)


def ask_everybody(session: Session) -> Session:
    """Before microphones are recorded everybody is asked: here, once, or later by the desk."""
    if not session.record_microphones or session.everyone_agrees:
        return session
    if sys.stdin.isatty() and console.is_terminal:
        agreed = typer.confirm("Microphones will be recorded. "
                               "Does everybody present agree (and a parent for everyone under 16)?")
        if not agreed:
            console.print("Then microphones are heard, but not recorded.")
        return replace(session, record_microphones=agreed, everyone_agrees=agreed)
    if session.desk:
        return session
    raise fail("Microphones are recorded only when everybody present agrees, and a parent for everyone under 16. "
               "If they do, add --everyone-agrees.")


def render_with_bar(out: Path, play: Callable[[Callable[[float], None]], tuple[float, float]]) -> None:
    """Let `play` write `out`, which returns seconds and highest peak, and show its progress.  What is wrong ends it all."""
    from rich.progress import Progress

    began_s = time.perf_counter()
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Playing", total=1.0)
            seconds, peak = play(lambda share: progress.update(task, completed=share))
    except (ValueError, OSError) as error:
        raise fail(error) from None
    speed = seconds / (time.perf_counter() - began_s)
    console.print(f"{out}: {seconds:.1f} s, {speed:.0f} times as fast as played" + ("" if peak > 0 else ", silent"),
                  highlight=False, soft_wrap=True)
