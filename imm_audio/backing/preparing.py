"""From a file to a player of it: what live sessions and renderings share."""
from pathlib import Path
from typing import Any

from .beat_map import beat_map_of, correction_of
from .player import Player, Room
from .recording import read_recording


def prepare(room: Room, path: Path, **correction: Any) -> Player:
    """A player of the recording at `path` for an engine (or what stands for one).

    correction: first_beat_s, tempo_bpm, meter_beats, as far as a person said them.  BadRecording or BadFile says in plain
    words what is wrong with the recording or with the file of corrections beside it.
    """
    rate = round(room.sample_rate)
    said = correction_of(path, **correction)
    sound = read_recording(path, rate)
    return Player(room, sound, beat_map_of(path, sound, rate, said))
