"""The music of a room: read for what was chosen, described for the pages, and how one music follows another in the engine."""
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..band import AT_ONCE, fits
from ..catalog.library import styles_now
from ..kernels.engine.events import BACKING, BAND, FOLLOW, FORM, TUNE
from ..kernels.music.terms import BACKING_STOP, BAND_CLEAR, BAND_GO, FOLLOW_RANGE, FORM_CLEAR, TUNE_CLEAR, TUNE_GO
from ..settings import TEMPO_RANGE_BPM, Session
from ..songs.asked import NO_BAND, Music, music_of
from ..songs.harmony import Event
from ..songs.leading import follow_events, section_spans
from ..songs.names import key_name
from ..songs.shelf import find_card
from .model import Following, Playing

#: A song is read while people wait; one that takes longer than this is got ready beside everything else [s].
READ_S = 0.15
#: Any tempo is possible (kernels/music/follower.py, transport.py).
WIDEST_BPM = (20.0, 300.0)


# --- reading --------------------------------------------------------------------------------------------------------
def session_for(asked: Session, playing: Playing) -> Session:
    """What a music is read by.  What was asked for beside the first song belongs to that song alone."""
    if playing.song != asked.song:
        asked = replace(asked, chords=None, mood=None, tune=None, backing=None, key=None)
    return replace(asked, song=playing.song, style=playing.style, semitones=playing.semitones, tempo_bpm=None,
                   key=None if playing.song else asked.key, group=None, start=playing.start, again=playing.again,
                   guide=playing.guide)


def read(asked: Session, playing: Playing, following: Following, told: bool) -> Music:
    """The music that was chosen, `told`: somebody said whom it follows.  ValueError: one sentence."""
    if playing.song and playing.song != asked.song:
        playing = playing.model_copy(update={"song": find_card(playing.song).name})  # never a path
    style = styles_now().styles.get(playing.style) if playing.style else None
    if playing.style not in (None, NO_BAND) and style is None:
        raise ValueError(f'There is no style "{playing.style}".')
    try:
        music = music_of(session_for(asked, playing))
    except ValueError as error:
        if style and str(error).startswith("--style"):   # as the command line says it
            raise ValueError(f'The style "{style.name}" does not fit this song.') from None
        raise
    return led(music, playing, following, told)


def semitones_for_group(asked: Session, song: str) -> int:
    """How far a song is moved for the voices that were told on the command line."""
    return music_of(replace(Session(song=song), group=asked.group)).semitones if asked.group else 0


def pulse_beats(music: Music) -> float:
    """What people tap [beats]."""
    return music.song.pulse_beats if music.song else 1.0


def tempo_in_beats(music: Music, pulses_a_minute: float) -> float:
    """Pulses -> beats a minute, inside what the clock can do."""
    low, high = TEMPO_RANGE_BPM
    return min(max(pulses_a_minute * pulse_beats(music), float(low)), float(high))


def led(music: Music, playing: Playing, following: Following, told: bool) -> Music:
    """The same music at the tempo that is wished for, following whom it should."""
    tempo_bpm = tempo_in_beats(music, playing.tempo_bpm) if playing.tempo_bpm else music.tempo_bpm
    who = following.who if told or music.form or music.backing else "nobody"  # there is nothing to lead yet
    events = follow_events(who, following.percent, tempo_bpm)
    return replace(music, tempo_bpm=tempo_bpm, following=tuple(events))


class Reading:
    """Reads a music in a thread: `music`, or a sentence why there is none in `problem`."""

    def __init__(self, work: Callable[[], Music]):
        self._work, self.problem = work, ""
        self.music: Music | None = None
        self._thread = threading.Thread(target=self._run, name="read a song", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait a moment; True when it is read, or can't be."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.music = self._work()
        except ValueError as error:
            self.problem = str(error)


# --- telling the engine ---------------------------------------------------------------------------------------------
def change_events(before: Music, after: Music) -> list[Event]:
    """What to say to an engine that has one music, so that it has another."""
    events: list[Event] = []
    if before.backing and not after.backing:
        events.append((BACKING, 0, BACKING_STOP, 0.0, 0.0))
    if before.form and not after.form:
        events.append((FORM, 0, FORM_CLEAR, after.harmony.meter_beats, 1.0))
    if before.style and not after.style:
        events += [(BAND, 0, BAND_CLEAR, 1.0, 0.0), (BAND, 0, BAND_GO, 0.0, float(AT_ONCE))]
    if before.tune and not after.tune:
        events += [(TUNE, 0, TUNE_CLEAR, 0.0, 0.0), (TUNE, 0, TUNE_GO, 0.0, 0.0)]
    if after.tempo_bpm is None:
        events.append((FOLLOW, 0, FOLLOW_RANGE, *WIDEST_BPM))
    return [*events, *after.events]


# --- telling the pages ----------------------------------------------------------------------------------------------
def describe(music: Music, name: str | None, version: int) -> dict[str, Any] | None:
    """The room document's `song`; None without one."""
    song = music.song
    if song is None or name is None:
        return None
    styles = styles_now().styles
    return {
        "name": name, "title": song.title, "version": version, "semitones": music.semitones,
        "style": next((stem for stem, style in styles.items() if style == music.style), NO_BAND),
        "styles": [stem for stem, style in styles.items() if fits(style, music.meter)],
        "sections": [{"number": number, "name": place.section.name, "kind": place.section.kind, "verse": place.verse,
                      "start": start, "beats": beats} for number, (place, start, beats) in enumerate(section_spans(song))],
        "key": key_name(song.tonic, song.mode) if song.tonic is not None else "", "mode": song.mode or "",
        "tempo_bpm": round((music.tempo_bpm or 100.0) / song.pulse_beats, 1), "meter": music.meter,
        "beats": song.form[-1].stop, "languages": [language for language in song.languages if language],
        "remarks": list(music.remarks),
    }
