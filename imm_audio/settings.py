"""What a session was asked to do: made by the command line, read by every process of it."""
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import platformdirs

RATE_RANGE_HZ = (44100, 96000)
BLOCK_RANGE_FRAMES = (16, 512)
PORT_RANGE = (1024, 65535)
TEMPO_RANGE_BPM = (20, 300)
#: From the lowest organ of the Baroque that is still played to the highest; brass bands were above 450.
A4_RANGE_HZ = (390.0, 470.0)
#: Ages whose hearing is known (kernels/effects/hearing.py).
AGE_RANGE_YEARS = (20, 90)
PLACES = 16
#: What the block keeps for settings (block.py).
JSON_BYTES = 4096
#: Exit status of a process that can't do its work at all; why is the last line of its standard output.
CANNOT_START = 3


def default_session() -> Path:
    """Where takes go when nobody says otherwise."""
    return platformdirs.user_documents_path() / "imm_audio"


def own_folder() -> Path:
    """What people made themselves lies here, in controllers/, instruments/ and people/; files here win over shipped ones."""
    return Path(os.environ.get("IMM_AUDIO_FOLDER") or platformdirs.user_data_path("imm_audio", appauthor=False))


@dataclass(frozen=True)
class Session:
    """Everything that one run of the program was asked for."""

    audio_device: str | None = None   # None: the system's; "null": none
    rate_hz: int | None = None        # None: the device's
    block_frames: int = 0             # 0: the host's own, which costs least
    inputs: int | None = None         # None: all of the interface, none of a laptop
    monitor_age: int | None = None    # outputs 3 and 4 are the room for ears of this age [years]; None: there are none
    midi: tuple[str, ...] = ()        # patterns; empty: every port
    osc_port: int | None = None       # None: nothing is listened to in the network
    folder: str = field(default_factory=lambda: str(default_session()))
    take: str | None = None           # record from the start under this name
    record_microphones: bool = False  # as soon as everybody has agreed
    everyone_agrees: bool = False     # has been asked, before the session
    seconds: float | None = None      # None: until somebody ends it
    stats: str | None = None          # JSON file written at the end
    song: str | None = None           # name of a song, or a file
    style: str | None = None          # of the band; None: the song's own, "none": no band
    start: str = "count"              # how the song starts: count, taps, note, singing
    follow: str | None = None         # everybody, slowest, nobody, or a place; None: everybody where there is a song
    follow_percent: float = 100.0     # how much
    again: bool = False               # the song goes round until it is ended
    guide: bool = False               # the tune is played along
    group: str | None = None          # whose voices the key of the song should suit
    semitones: int | None = None      # the song higher or lower than it is written; None: as key or group ask
    backing: str | None = None        # a recording that is the band
    clock_out: str | None = None      # MIDI port that is told the beat
    clock_in: str | None = None       # MIDI port whose beat is followed
    link: Literal["lead", "follow"] | None = None   # Ableton Link
    tune: str | None = None           # ABC or MIDI file
    chords: str | None = None         # as in "C G Am F"
    mood: str | None = None           # name in scales.toml; None: the tune's, or one in which nobody plays a wrong note
    key: str | None = None            # as in "D"; None: the tune's, or what the chords suggest, or C
    tempo_bpm: float | None = None    # None: the tune's, or the engine's
    sounds: str | None = None         # a SoundFont 2 file; None: the General MIDI set that is there
    tuning: str | None = None         # name of a tuning, or a .scl file; None: as the room has it, else equal steps
    a4_hz: float | None = None        # None: as the room has it, else 440
    colours: str | None = None        # colour map
    instruments: tuple[str, ...] = () # file stems: for everybody, or "3=magic-harp" for one place
    people: tuple[str, ...] = ()      # files of persons who are here
    ghost: bool = False               # the part of a controller that vanishes goes on by itself
    desk: bool = True                 # pages to lead and to play by, in a browser
    port: int | None = None           # where they are; None: 8100, or the next that is free

    def __post_init__(self) -> None:
        low, high = RATE_RANGE_HZ
        if self.rate_hz is not None and not low <= self.rate_hz <= high:
            raise ValueError(f"--rate: {self.rate_hz} Hz, {low} to {high} are possible.")
        low, high = BLOCK_RANGE_FRAMES
        if self.block_frames and not low <= self.block_frames <= high:
            raise ValueError(f"--block: {self.block_frames} frames, {low} to {high} are possible.")
        if self.inputs is not None and not 0 <= self.inputs <= 16:
            raise ValueError(f"--inputs: {self.inputs}, 0 to 16 are possible.")
        low, high = AGE_RANGE_YEARS
        if self.monitor_age is not None and not low <= self.monitor_age <= high:
            raise ValueError(f"--monitor-age: {self.monitor_age} years, {low} to {high} are possible.")
        low, high = PORT_RANGE
        if self.osc_port is not None and not low <= self.osc_port <= high:
            raise ValueError(f"--osc: {self.osc_port}, {low} to {high} are possible; 9000 is usual.")
        if self.port is not None and not low <= self.port <= high:
            raise ValueError(f"--port: {self.port}, {low} to {high} are possible; 8100 is usual.")
        if self.seconds is not None and not self.seconds > 0:
            raise ValueError(f"--seconds: {self.seconds:g}, more than 0 is possible.")
        low, high = TEMPO_RANGE_BPM
        if self.tempo_bpm is not None and not low <= self.tempo_bpm <= high:
            raise ValueError(f"--tempo: {self.tempo_bpm:g} beats a minute, {low} to {high} are possible.")
        low_hz, high_hz = A4_RANGE_HZ
        if self.a4_hz is not None and not low_hz <= self.a4_hz <= high_hz:
            raise ValueError(f"--a4: {self.a4_hz:g} Hz, {low_hz:g} to {high_hz:g} are possible; 440 is usual.")
        if not 0 <= self.follow_percent <= 100:
            raise ValueError(f"--how-much: {self.follow_percent:g}, 0 to 100 are possible.")
        if self.link not in (None, "lead", "follow"):
            raise ValueError(f'--link: "{self.link}": lead or follow is possible.')
        self.instrument_places()
        if len(self.to_json().encode()) > JSON_BYTES:
            raise ValueError("That is more than one session can remember. Shorten --chords, or name fewer people and places.")

    def instrument_places(self) -> dict[int | None, str]:
        """File stem of the instrument for each place 0 .. 15 that was named, and for all others under None."""
        found: dict[int | None, str] = {}
        for wish in self.instruments:
            place, named, stem = wish.rpartition("=")
            if named and not (place.strip().isdecimal() and 1 <= int(place) <= PLACES):
                raise ValueError(f'--instrument: "{wish}": before = stands a place, 1 to {PLACES} are possible.')
            if not stem.strip():
                raise ValueError(f'--instrument: "{wish}": there is no name of an instrument.')
            found[int(place) - 1 if named else None] = stem.strip()
        return found

    def to_json(self) -> str:
        """As text for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Session":
        """Back from text."""
        found: dict[str, Any] = json.loads(text)
        return cls(**found | {name: tuple(value) for name, value in found.items() if isinstance(value, list)})
