"""The music a session was asked for: tune, chords, mood, key and tempo together."""
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..kernels.engine.events import TEMPO
from ..settings import Session
from .harmony import AT_ONCE, Event, Harmony, harmony_events, harmony_from, parse_chords, parse_tonic
from .shelf import find_song
from .tune import Tune, progression, read_tune, transposed, tune_events


@dataclass(frozen=True)
class Music:
    """What everybody plays to."""

    harmony: Harmony
    tune: Tune | None = None
    tempo_bpm: float | None = None  # None: as the engine has it

    @property
    def events(self) -> list[Event]:
        """What to say to an engine that knows nothing yet."""
        tempo: list[Event] = [(TEMPO, 0, 0, 0.0, self.tempo_bpm)] if self.tempo_bpm is not None else []
        return [*tempo, *harmony_events(self.harmony, AT_ONCE), *(tune_events(self.tune) if self.tune else ())]


@lru_cache(maxsize=1)
def music_of(session: Session) -> Music:
    """Music of a session.  ValueError: one sentence.

    A tune brings its key, mood, chords, beat and tempo; what is asked for beside it wins, and a key moves the tune there.
    """
    tonic = _tonic(session.key) if session.key else None
    tune = read_tune(_path(session.tune)) if session.tune else None
    if tune and tonic is not None:
        tune = transposed(tune, tonic)
    meter_beats = tune.meter_beats if tune else 4.0
    chords = parse_chords(session.chords, meter_beats) if session.chords else progression(tune) if tune else []
    mood = session.mood or (tune.scale if tune else None)
    if tonic is None and tune:
        tonic = tune.tonic
    harmony = harmony_from(chords, mood, tonic, meter_beats)
    tempo_bpm = session.tempo_bpm or (tune.tempo_bpm if tune else None)
    return Music(harmony, tune, tempo_bpm)


def _path(tune: str) -> Path:
    """A file, or a song on the shelf by its name."""
    if Path(tune).suffix or Path(tune).is_file():
        return Path(tune)
    try:
        return find_song(tune)
    except ValueError as error:
        raise ValueError(f"--tune: {error}") from None


def _tonic(key: str) -> int:
    try:
        return parse_tonic(key)
    except ValueError as error:
        raise ValueError(f"--key: {error}") from None
