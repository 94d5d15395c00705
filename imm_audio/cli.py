"""The command line: imm-audio, and imm-audio live, demo, devices, takes, check, instruments, tunings, learn, doctor."""
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from .cli_options import (
    A4,
    Agreed,
    AudioDevice,
    Backing,
    Block,
    Chords,
    ClockIn,
    ClockOut,
    Colours,
    Folder,
    Follow,
    Ghost,
    HowMuch,
    Inputs,
    Instruments,
    Key,
    Link,
    Microphones,
    Midi,
    MonitorAge,
    Mood,
    NoDesk,
    Osc,
    People,
    Port,
    Rate,
    Seconds,
    Sounds,
    Stats,
    Style,
    Take,
    Tempo,
    Tune,
    Tuning,
    ask_everybody,
    console,
    fail,
    say,
    session_of,
    tuning_wish,
)
from .cli_songs import register as register_songs
from .cli_sounds import register as register_sounds
from .settings import default_session

app = typer.Typer(help="Play together, in tune and in time.", add_completion=False, pretty_exceptions_enable=False)
takes_app = typer.Typer(help="Look at recordings, and repair what a crash left.", no_args_is_help=True)
app.add_typer(takes_app, name="takes")
register_songs(app)
register_sounds(app)


@app.callback(invoke_without_command=True)
def start(context: typer.Context, audio_device: AudioDevice = None, session: Folder = None, port: Port = None,
          no_desk: NoDesk = False) -> None:
    """Without a command: a live session."""
    if context.invoked_subcommand is None:
        wanted = session_of(session, audio_device=audio_device, port=port, desk=not no_desk)
        from .warmth import warm_with_bar

        warm_with_bar(console)
        from .live import play

        raise typer.Exit(play(wanted, console))


@app.command()
def live(audio_device: AudioDevice = None, rate: Rate = None, block: Block = 0, inputs: Inputs = None, midi: Midi = None,
         session: Folder = None, take: Take = None, record_microphones: Microphones = False, everyone_agrees: Agreed = False,
         seconds: Seconds = None, stats: Stats = None, tune: Tune = None, chords: Chords = None, mood: Mood = None,
         key: Key = None, tempo: Tempo = None, colours: Colours = None, instrument: Instruments = None, person: People = None,
         ghost: Ghost = False, osc: Osc = None, style: Style = None, follow: Follow = None, how_much: HowMuch = 100.0,
         backing: Backing = None, clock_out: ClockOut = None, clock_in: ClockIn = None, link: Link = None,
         port: Port = None, no_desk: NoDesk = False, tuning: Tuning = None, a4: A4 = None, sounds: Sounds = None,
         monitor_age: MonitorAge = None) -> None:
    """Play: microphones, MIDI keyboards and this computer's keys, to the loudspeakers and, when asked, into a take."""
    wanted = session_of(session, audio_device=audio_device, rate_hz=rate, block_frames=block, inputs=inputs,
                      midi=tuple(midi or ()), take=take, record_microphones=record_microphones,
                      everyone_agrees=everyone_agrees, seconds=seconds, stats=stats,
                      tune=tune and str(tune.absolute() if tune.exists() else tune), chords=chords, mood=mood, key=key,
                      tempo_bpm=tempo, colours=colours,
                      instruments=tuple(instrument or ()), people=tuple(str(path.absolute()) for path in person or ()),
                      ghost=ghost, osc_port=osc, style=style, follow=follow, follow_percent=how_much,
                      backing=backing and str(backing.absolute()), clock_out=clock_out, clock_in=clock_in, link=link,
                      port=port, desk=not no_desk, sounds=sounds and str(sounds.absolute()),
                      tuning=tuning_wish(tuning), a4_hz=a4, monitor_age=monitor_age)
    if tune or chords or mood or key or colours or instrument or style or follow or backing or tuning:
        from .room.wishes import check_wishes

        try:
            check_wishes(wanted)
        except ValueError as error:
            raise fail(error) from None
    wanted = ask_everybody(wanted)
    from .warmth import warm_with_bar

    warm_with_bar(console)
    from .live import play

    raise typer.Exit(play(wanted, console))


@app.command()
def demo(audio_device: AudioDevice = None, session: Folder = None, take: Take = None, stats: Stats = None, port: Port = None,
         no_desk: NoDesk = False) -> None:
    """Listen: four simulated players of four ages play a round."""
    from .warmth import warm_with_bar

    warm_with_bar(console)
    from .demo import play_demo
    from .live import play

    wanted = session_of(session, audio_device=audio_device, inputs=0, take=take, stats=stats, port=port, desk=not no_desk)
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
        raise fail(error) from None
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


@takes_app.command("list")
def takes_list(session: Folder = None) -> None:
    """Show the recordings of a session."""
    from .room.takes.listing import find_takes

    found = find_takes(session or default_session())
    table = Table("Take", "Recorded", "Minutes", "Files", "MB", "State")
    for take in found:
        when = datetime.fromisoformat(take.started).astimezone()
        table.add_row(take.name, f"{when:%d %B %Y, %H:%M}", f"{take.seconds / 60:.1f}", str(len(take.files)),
                      f"{take.size_bytes / 1e6:.0f}", "whole" if take.closed else "not closed")
    console.print(table if found else f"No takes in {session or default_session()}.")


@takes_app.command("recover")
def takes_recover(session: Folder = None) -> None:
    """Repair recordings that a crash or a power cut left open."""
    from .room.takes.repair import recover

    sentences = recover(session or default_session())
    for sentence in sentences or ["Every take is whole."]:
        say(sentence)


@app.command()
def check(files: Annotated[list[Path] | None, typer.Argument(help="Data files, or folders of them.")] = None,
          schemas: Annotated[Path | None, typer.Option(help="Write JSON schemas for editors to this folder.")] = None) -> None:
    """Say what is wrong with data files: instruments, controllers, people, colours, moods, chords, tunings."""
    if not files and schemas is None:
        raise fail("Name the files to check, or a folder of them: imm-audio check my-harp.toml")
    from .catalog.check import check_file, data_files, write_schemas
    from .catalog.library import Library

    for path in write_schemas(schemas) if schemas else ():
        console.print(f"{path} is written.", markup=False, highlight=False, soft_wrap=True)
    if not files:
        return
    library, found, problems = Library(), data_files(files), 0
    for path in found:
        for sentence in check_file(path, library):
            problems += 1
            say(sentence)
    if problems:
        raise typer.Exit(1)
    if not found:
        raise fail("There are no TOML files and no tunings in that folder.")
    console.print("1 file is right." if len(found) == 1 else f"{len(found)} files are right.", highlight=False)


@app.command()
def instruments() -> None:
    """Show what can be played, and in which moods."""
    from .catalog.library import Library
    from .room.wishes import MEANINGS_IN_WORDS
    from .songs.scales import load_moods

    library, (moods, problems) = Library(), load_moods()
    table = Table("--instrument", "Instrument", "A touch", "In a sentence")
    for stem, found in sorted(library.instruments.items()):
        meanings = dict.fromkeys(MEANINGS_IN_WORDS[touch.means] for touch in found.touch)
        table.add_row(stem, found.name, "; ".join(meanings), found.say)
    console.print(table)
    table = Table("--mood", "What it is like", "Also called")
    for mood in moods.values():
        table.add_row(mood.name, mood.say, ", ".join(mood.also))
    console.print(table)
    for sentence in [*library.problems, *problems]:
        say(sentence)


@app.command()
def tunings() -> None:
    """Show the tunings there are."""
    from .tunings.shelf import tunings_now

    found, problems = tunings_now()
    table = Table(Column("--tuning", no_wrap=True), "Tuning", "First note", "In a sentence")
    for stem, tuning in found.items():
        table.add_row(stem, tuning.name, "the song's key" if tuning.moves else "stays", tuning.say)
    console.print(table)
    for sentence in problems:
        say(sentence)


@app.command()
def learn(name: Annotated[str | None, typer.Option(help="What you call the device.")] = None, osc: Osc = None,
          seconds: Seconds = None) -> None:
    """Touch what you want to use: it is recognised and kept, for this and every later session."""
    wanted = session_of(None, osc_port=osc, seconds=seconds)
    from .learn import listen

    raise typer.Exit(listen(console, name, wanted.seconds, wanted.osc_port))


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
