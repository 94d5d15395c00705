"""Commands about songs: play, songs, styles, follow."""
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from .cli_options import (
    A4,
    Agreed,
    AudioDevice,
    Backing,
    ClockIn,
    ClockOut,
    Colours,
    Folder,
    Follow,
    HowMuch,
    Inputs,
    Instruments,
    Key,
    Link,
    Microphones,
    Midi,
    NoDesk,
    People,
    Port,
    Seconds,
    Stats,
    Style,
    Take,
    Tempo,
    Tuning,
    ask_everybody,
    console,
    fail,
    render_with_bar,
    say,
    session_of,
    tuning_wish,
)

Song = Annotated[str, typer.Argument(help="A song by its name (imm-audio songs lists them), or a file.")]
Start = Annotated[str, typer.Option(help=(
    "How it starts: count (the machine counts in), taps, note (somebody's first note), singing."))]
Again = Annotated[bool, typer.Option("--again", help="From the end back to the beginning, until it is ended.")]
Guide = Annotated[bool, typer.Option("--guide", help="Play the tune along, for singers to lean on.")]
Group = Annotated[str | None, typer.Option(help=(
    "Whose voices the key should suit: under-fives, children, teenagers, adults, older (with commas).  [default: none]"))]
Out = Annotated[Path | None, typer.Option(help="Render into this WAV file instead of playing.")]

#: Of files that `play --out` writes.
RENDER_RATE_HZ = 48000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (play, songs, styles, follow):
        app.command()(command)


def play(song: Song, tempo: Tempo = None, style: Style = None, key: Key = None, group: Group = None, start: Start = "count",
         follow: Follow = None, how_much: HowMuch = 100.0, again: Again = False, guide: Guide = False, out: Out = None,
         backing: Backing = None, clock_out: ClockOut = None, clock_in: ClockIn = None, link: Link = None,
         audio_device: AudioDevice = None, inputs: Inputs = None, midi: Midi = None, session: Folder = None, take: Take = None,
         record_microphones: Microphones = False, everyone_agrees: Agreed = False, colours: Colours = None,
         instrument: Instruments = None, person: People = None, seconds: Seconds = None, stats: Stats = None,
         port: Port = None, no_desk: NoDesk = False, tuning: Tuning = None, a4: A4 = None) -> None:
    """Play a song with the band, which follows the players."""
    wanted = session_of(session, song=song, style=style, key=key, group=group, start=start, follow=follow,
                        follow_percent=how_much, again=again, guide=guide or out is not None, tempo_bpm=tempo,
                        backing=backing and str(backing.absolute()), clock_out=clock_out, clock_in=clock_in, link=link,
                        audio_device=audio_device, inputs=inputs, midi=tuple(midi or ()), take=take,
                        record_microphones=record_microphones, everyone_agrees=everyone_agrees, colours=colours,
                        instruments=tuple(instrument or ()), people=tuple(str(path.absolute()) for path in person or ()),
                        seconds=seconds, stats=stats, port=port, desk=not no_desk, tuning=tuning_wish(tuning), a4_hz=a4)
    from .room.wishes import check_wishes
    from .warmth import warm_with_bar

    try:
        for sentence in check_wishes(wanted).remarks:
            say(sentence)
    except ValueError as error:
        raise fail(error) from None
    if out is None:
        wanted = ask_everybody(wanted)
    warm_with_bar(console)
    if out is None:
        from .live import play as play_live

        raise typer.Exit(play_live(wanted, console))
    from .play_file import render_song

    render_with_bar(out, lambda progress: render_song(wanted, out, RENDER_RATE_HZ, progress, say))


def songs() -> None:
    """Show the songs there are."""
    from .songs.shelf import list_songs

    table = Table(Column("Name", no_wrap=True), "Song", "From", "Year", "Kind", "Words in", "Key", "Band")
    for card in list_songs():
        table.add_row(card.name, card.title, card.origin, card.year, card.kind, card.language, card.key, card.style)
    console.print(table)


def styles() -> None:
    """Show what the band can play."""
    from .catalog.library import Styles

    library = Styles()
    table = Table(Column("--style", no_wrap=True), "Style", "Meters", "Tempo", "In a sentence")
    for stem, found in sorted(library.styles.items()):
        table.add_row(stem, found.name, ", ".join(found.meters), f"{found.tempo_bpm[0]:g}-{found.tempo_bpm[1]:g}", found.say)
    console.print(table)
    for sentence in library.problems:
        say(sentence)


def follow(performance: Annotated[Path, typer.Argument(help="MIDI, WAV or CSV (seconds, player, velocity); or a list.")],
           out: Annotated[Path | None, typer.Option(help="Write the beats here (CSV).")] = None,
           period: Annotated[float | None, typer.Option(help="Printed tempo: seconds a beat.")] = None,
           count_in: Annotated[str | None, typer.Option(help="Seconds of 2 to 8 counted beats, with commas.")] = None,
           batch: Annotated[bool, typer.Option("--batch", help=(
               "PERFORMANCE is a text with lines of input, output, period and count-in, tabs between."))] = False) -> None:
    """Find the beat of a performance as it is found live: nothing that comes later changes what was said."""
    from .follow import follow_batch, follow_file, parse_count_in

    try:
        if batch:
            done, problems = follow_batch(performance)
            for sentence in problems:
                say(sentence)
            console.print(f"{done} performances followed.", highlight=False)
            if problems:
                raise typer.Exit(1)
            return
        if out is None:
            raise ValueError("Say where the beats should be written: --out BEATS.csv")
        beats = follow_file(performance, out, period, parse_count_in(count_in))
    except (ValueError, OSError) as error:
        raise fail(error) from None
    console.print(f"{out}: {beats} beats.", highlight=False, soft_wrap=True)
