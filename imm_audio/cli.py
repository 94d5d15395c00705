"""The command line: imm-audio, and imm-audio live, demo, devices, render, takes, warm, doctor."""
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from .settings import Session, default_session

app = typer.Typer(help="Play together, in tune and in time.", add_completion=False, pretty_exceptions_enable=False)
takes_app = typer.Typer(help="Look at recordings, and repair what a crash left.", no_args_is_help=True)
app.add_typer(takes_app, name="takes")
console = Console()

AudioDevice = Annotated[str | None, typer.Option(help="Sound device by name or part of it; 'null' plays into silence.")]
Rate = Annotated[int | None, typer.Option(help="Sample rate in Hz, 44100 to 96000.  [default: the device's]")]
Block = Annotated[int, typer.Option(help="Frames in a block, 16 to 512; 0 is the device's own and fastest.")]
Inputs = Annotated[int | None, typer.Option(help="Microphones, 0 to 16.  [default: all of the interface]")]
Midi = Annotated[list[str] | None, typer.Option(help="Only MIDI ports whose name has this in it; may be given again.")]
Folder = Annotated[Path | None, typer.Option("--session", help="Folder for takes.  [default: Documents/imm_audio]")]
Take = Annotated[str | None, typer.Option(help="Record from the start, under this name.")]
Microphones = Annotated[bool, typer.Option("--record-microphones", help=(
    "Keep microphones in takes too: voices are personal data, so ask everybody first."))]
Seconds = Annotated[float | None, typer.Option(help="End by itself after so many seconds.")]
Stats = Annotated[str | None, typer.Option(help="Write what was counted to this JSON file at the end.")]


def _fail(sentence: object) -> typer.Exit:
    """Say what is wrong, without jargon, and leave with status 1."""
    Console(stderr=True).print(str(sentence), style="bold red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(1)


def _session(folder: Path | None, **wishes: object) -> Session:
    try:
        return Session(folder=str(folder or default_session()), **wishes)  # type: ignore[arg-type]
    except ValueError as error:
        raise _fail(error) from None


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Without a command: a live session."""
    if context.invoked_subcommand is None:
        from .warmth import warm_with_bar

        warm_with_bar(console)
        from .live import play

        raise typer.Exit(play(_session(None), console))


@app.command()
def live(audio_device: AudioDevice = None, rate: Rate = None, block: Block = 0, inputs: Inputs = None, midi: Midi = None,
         session: Folder = None, take: Take = None, record_microphones: Microphones = False, seconds: Seconds = None,
         stats: Stats = None) -> None:
    """Play: microphones, MIDI keyboards and this computer's keys, to the loudspeakers and, when asked, into a take."""
    wanted = _session(session, audio_device=audio_device, rate_hz=rate, block_frames=block, inputs=inputs,
                      midi=tuple(midi or ()), take=take, record_microphones=record_microphones, seconds=seconds, stats=stats)
    from .warmth import warm_with_bar

    warm_with_bar(console)
    from .live import play

    raise typer.Exit(play(wanted, console))


@app.command()
def demo(audio_device: AudioDevice = None, session: Folder = None, take: Take = None, stats: Stats = None) -> None:
    """Listen: four simulated players of four ages play a round."""
    from .warmth import warm_with_bar

    warm_with_bar(console)
    from .demo import play_demo
    from .live import play

    wanted = _session(session, audio_device=audio_device, inputs=0, take=take, stats=stats)
    raise typer.Exit(play(wanted, console, play_demo))


@app.command(hidden=True)
def attend(block: str) -> None:
    """Look after a session whose parent is gone; the recorder calls this."""
    from .live import attend as look_after

    raise typer.Exit(look_after(block))


@app.command()
def stop() -> None:
    """End the sessions that run on this computer, also one whose window is gone."""
    from . import runs
    from .engine import Engine

    found = list(runs.running())
    for name, folder in found:
        Engine.attach(name).header["stop"] = 1
        console.print(f"Ending the session in {folder}.", highlight=False)
    if not found:
        console.print("No session runs.")


@app.command()
def devices() -> None:
    """Show loudspeakers, microphones and MIDI ports."""
    from .host import DeviceProblem, sounddevice
    from .inputs.port_names import plain_name
    from .inputs.rtmidi_input import CLIENT, open_input
    from .sound_devices import JACK

    try:
        sd = sounddevice()
        apis, found = sd.query_hostapis(), sd.query_devices()
    except DeviceProblem as error:
        raise _fail(error) from None
    table = Table("Sound device", "Through", "Inputs", "Outputs", "Sample rate")
    for device in found:
        table.add_row(device["name"], apis[device["hostapi"]]["name"], str(device["max_input_channels"]),
                      str(device["max_output_channels"]), f"{device['default_samplerate']:g} Hz")
    console.print(table if len(found) else "No sound device. Run: imm-audio doctor")
    try:
        names = [plain_name(name) for name in open_input(any(api["name"] == JACK for api in apis), CLIENT).get_ports()]
    except OSError:
        names = []
    console.print("MIDI: " + (", ".join(names) if names else "no keyboard or controller is plugged in"), highlight=False)


@app.command()
def render(performance: Path, out: Path, rate: Annotated[int, typer.Option(help="Sample rate in Hz.")] = 48000) -> None:
    """Play a MIDI file into a WAV file."""
    from rich.progress import Progress

    from .warmth import warm_with_bar

    _session(None, rate_hz=rate)
    warm_with_bar(console)
    from .render import render_file

    began_s = time.perf_counter()
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Playing", total=1.0)
            seconds, peak = render_file(performance, out, rate, lambda share: progress.update(task, completed=share))
    except (ValueError, OSError) as error:
        raise _fail(error) from None
    speed = seconds / (time.perf_counter() - began_s)
    console.print(f"{out}: {seconds:.1f} s, {speed:.0f} times as fast as played" + ("" if peak > 0 else ", silent"),
                  highlight=False, soft_wrap=True)


@takes_app.command("list")
def takes_list(session: Folder = None) -> None:
    """Show the recordings of a session."""
    from .room.takes.listing import list_takes

    found = list_takes(session or default_session())
    table = Table("Take", "Recorded", "Minutes", "Files", "MB", "State")
    for take in found:
        when = datetime.fromisoformat(take.started).astimezone()
        table.add_row(take.name, f"{when:%d %B %Y, %H:%M}", f"{take.minutes:.1f}", str(len(take.files)),
                      f"{take.size_bytes / 1e6:.0f}", "whole" if take.closed else "not closed")
    console.print(table if found else f"No takes in {session or default_session()}.")


@takes_app.command("recover")
def takes_recover(session: Folder = None) -> None:
    """Repair recordings that a crash or a power cut left open."""
    from .room.takes.repair import recover

    sentences = recover(session or default_session())
    for sentence in sentences or ["Every take is whole."]:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


@app.command()
def warm() -> None:
    """Compile the sounds once, so that later starts take a moment."""
    from .warmth import warm_with_bar

    warm_with_bar(console)
    console.print("Ready to play.")


@app.command()
def doctor(session: Folder = None) -> None:
    """Say in plain words what is wrong with this computer, and what to do."""
    from .doctor import examine

    signs = {"ok": ("ok", "green"), "warn": ("look", "yellow"), "problem": ("PROBLEM", "bold red")}
    findings = examine(session)
    for finding in findings:
        sign, style = signs[finding.level]
        console.print(f"[{style}]{sign:>8}[/]  ", end="")
        console.print(f"{finding.what} {finding.do}".rstrip(), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(f.level == "problem" for f in findings) else 0)


def main() -> None:
    """Entry point."""
    app()
