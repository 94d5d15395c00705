"""The music a session was asked for: song or tune, chords, mood, key, tempo, band, and whom the beat follows."""
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..band import AT_ONCE as BAND_AT_ONCE
from ..band import band_events, fits
from ..catalog.library import styles_now
from ..catalog.reading import possible
from ..catalog.style import Style
from ..kernels.engine.events import BACKING, FORM, SOUND, TEMPO
from ..kernels.music.terms import BACKING_START, FORM_GUIDE
from ..kernels.voices.part import BAND_GUIDE, SAMPLER
from ..settings import Session
from ..tunings.shelf import EQUAL, find_tuning
from .harmony import AT_ONCE, WITH_FORM, Event, Harmony, Slots, harmony_events, harmony_from, parse_chords, parse_tonic
from .leading import STARTS, Form, follow_events, form_events, form_of_chords, form_of_song
from .scales import find_mood, on_keys
from .shelf import find_song, read_song
from .song import Song
from .tune import Tune, progression, read_tune, transposed, tune_events, tune_of
from .voices import auto_key, capo_for, hard_to_sing

#: What plays the tune along: a recorder, which singers hear through their own voices (General MIDI, counted from 0).
GUIDE_PROGRAM = 74
#: Whose voices a key should suit, in words of the command line.
GROUPS = {"under-fives": ("under 5",), "children": ("5 to 8", "9 to 12"), "teenagers": ("13 to 17",), "adults": ("18 to 64",),
          "older": ("65 to 79", "80 and over")}
#: No band.
NO_BAND = "none"


@dataclass(frozen=True)
class Music:
    """What everybody plays to."""

    harmony: Harmony
    tune: Tune | None = None
    tempo_bpm: float | None = None  # None: as the engine has it
    song: Song | None = None
    form: Form | None = None        # None: nothing has a beginning and an end
    style: Style | None = None      # of the band; None: there is none
    meter: str = "4/4"
    semitones: int = 0              # so much higher than the song is written
    guide: bool = False
    backing: bool = False           # a recording is the band
    following: tuple[Event, ...] = ()
    remarks: tuple[str, ...] = ()   # sentences for the facilitator

    @property
    def events(self) -> list[Event]:
        """What to say to an engine that knows nothing yet."""
        tempo: list[Event] = [(TEMPO, 0, 0, 0.0, self.tempo_bpm)] if self.tempo_bpm is not None else []
        tune = tune_events(self.tune) if self.tune else []
        backing: list[Event] = [(BACKING, 0, BACKING_START, 0.0, self.harmony.meter_beats)] if self.backing else []
        if self.form is None:
            return [*tempo, *harmony_events(self.harmony, AT_ONCE), *tune, *self.following, *backing]
        slots = Slots()
        return [
            *tempo,
            *harmony_events(replace(self.harmony, chords=()), AT_ONCE, slots),  # until the song begins
            *harmony_events(self.harmony, WITH_FORM, slots),
            *tune, *form_events(self.form), *self.following,
            *(band_events(self.style, self.meter, BAND_AT_ONCE) if self.style else ()),
            (SOUND, BAND_GUIDE, 0, float(SAMPLER), float(GUIDE_PROGRAM)), (FORM, 0, FORM_GUIDE, 0.0, float(self.guide)),
            *backing,
        ]


@lru_cache(maxsize=1)
def music_of(session: Session) -> Music:
    """Music of a session.  ValueError: one sentence.

    A song or tune brings its key, mood, chords, beat and tempo; what is asked for beside it wins, and a key moves it there.
    """
    tonic = _tonic(session.key) if session.key else None
    song, semitones, remarks = _song(session, tonic)
    tune = tune_of(song) if song else read_tune(_path(session.tune)) if session.tune else None
    if tune and not song and tonic is not None:
        tune = transposed(tune, tonic)
    meter_beats = tune.meter_beats if tune else 4.0
    chords = parse_chords(session.chords, meter_beats) if session.chords else progression(tune) if tune else []
    mood = session.mood or (tune.scale if tune else None)
    if tonic is None and tune:
        tonic = tune.tonic
    harmony = harmony_from(chords, mood, tonic, meter_beats)
    tempo_bpm = session.tempo_bpm or (tune.tempo_bpm if tune else None)
    meter = f"{song.meter[0]}/{song.meter[1]}" if song else f"{round(meter_beats)}/4"
    style = _style(session, song, meter)
    form = form_of_song(song, session.again) if song else None
    if form is None and style:
        form = form_of_chords(harmony.progression, meter_beats)
    follow = session.follow or ("everybody" if form or session.backing else "nobody")
    if session.start not in STARTS:
        raise ValueError(f'--start: "{session.start}": {", ".join(STARTS)} are possible.')
    return Music(harmony, tune, tempo_bpm, song, form, style, meter, semitones, session.guide, session.backing is not None,
                 tuple(follow_events(follow, session.follow_percent, tempo_bpm)), remarks)


def in_tuning(music: Music, name: str | None) -> Music:
    """The same music for a room with this tuning, None for equal steps: its mood lies on the keys that sound it already."""
    harmony = music.harmony
    mood = find_mood(harmony.mood.name)
    if name not in (None, EQUAL):
        try:
            mood = on_keys(mood, find_tuning(name).table(home=harmony.tonic), harmony.tonic)
        except ValueError:
            pass   # a tuning that can't be read is told by who tells the engine: equal steps are used
    return music if mood == harmony.mood else replace(music, harmony=replace(harmony, mood=mood))


def _song(session: Session, tonic: int | None) -> tuple[Song | None, int, tuple[str, ...]]:
    """The song in the key that was asked for, how far it was moved, and what people should know about it."""
    if not session.song:
        return None, 0, ()
    song, semitones = read_song(find_song(session.song)), 0
    remarks = list(song.notes_left_out)
    if session.semitones is not None:
        semitones = session.semitones
    elif tonic is not None and song.tonic is not None:
        semitones = (tonic - song.tonic + 6) % 12 - 6
    elif session.group:
        fit = auto_key(song, age_bands(session.group))
        semitones = fit.semitones
        remarks += [fit.why_not] if fit.why_not else []
    song = song.transposed(semitones)
    capo = [f"Guitar: {capo_for(song).say}"] if song.chords else []
    return song, semitones, (*remarks, *hard_to_sing(song), *capo)


def age_bands(text: str) -> list[str]:
    """`older, children` -> age bands of people (catalog/person.py).  ValueError: one sentence."""
    found: list[str] = []
    for word in text.split(","):
        if word.strip() not in GROUPS:
            raise ValueError(f'--group: "{word.strip()}": {", ".join(GROUPS)} are possible, several with commas.')
        found += GROUPS[word.strip()]
    return found


def _style(session: Session, song: Song | None, meter: str) -> Style | None:
    """The style that was asked for, the song's own, or the first that fits its meter."""
    if session.style == NO_BAND or not (session.style or song) or (session.backing and not session.style):
        return None
    styles = styles_now().styles
    if session.style:
        if session.style not in styles:
            raise ValueError(f'--style: there is no "{session.style}"; {possible(session.style, [*sorted(styles), NO_BAND])}')
        if not fits(styles[session.style], meter):
            named = " and ".join(styles[session.style].meters)
            raise ValueError(f"--style: {session.style} is for {named}, and the song is in {meter}.")
        return styles[session.style]
    own = styles.get(song.facts.style) if song else None
    return own if own and fits(own, meter) else next((style for style in styles.values() if fits(style, meter)), None)


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
