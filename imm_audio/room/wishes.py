"""Wishes of the command line that name data: checked before a session begins, so that a slip of the pen is told at once."""
from pathlib import Path

from ..catalog.library import Library
from ..catalog.reading import possible
from ..kernels.music.terms import MEANINGS
from ..settings import Session
from ..songs.asked import Music, music_of
from ..tunings.shelf import find_tuning

#: What a touch does, for people who choose an instrument.
MEANINGS_IN_WORDS = dict(zip(MEANINGS, (
    "plays its own note", "plays the nearest note of the mood", "plays the nearest note of the chord",
    "plays the nearest good note", "plays a whole chord of its own", "plays the chord of the song", "is a string of the chord",
    "plays the next note of the tune", "plays the next chord of the song", "begins a long note", "plays a drum",
    "begins and ends a loop", "plays a phrase", "plays the chord note by note", "begins the tune as a round"), strict=True))


def check_wishes(session: Session) -> Music:
    """The music that was asked for.

    ValueError, one sentence, when there is no such instrument, tuning or colour map, or the music can't be read.
    """
    library = Library()
    for stem in session.instrument_places().values():
        if stem not in library.instruments:
            stems = sorted(library.instruments)
            raise ValueError(f'--instrument: there is no "{stem}"; {possible(library.nearest(stem) or stem, stems)}')
    if session.colours is not None and session.colours not in library.maps:
        maps = list(library.maps)
        raise ValueError(f'--colours: there are no colours "{session.colours}"; {possible(session.colours, maps)}')
    if session.backing and not Path(session.backing).is_file():
        raise ValueError(f"--backing: there is no file {session.backing}.")
    if session.tuning is not None:
        find_tuning(session.tuning)
    return music_of(session)
