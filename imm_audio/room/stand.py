"""The music stand: which song lies there, read, changed and led while everything runs.

A song that is chosen while another plays waits until that has ended, together with the bar under way.
"""
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..band import NEXT_BAR as BAND_NEXT_BAR
from ..band import band_events
from ..block import INFO, WARNING
from ..catalog.library import styles_now
from ..kernels.engine.events import BAND, FORM, LOOPER, MASTER, NOTE_OFF, NOTE_ON, REVERB_DB, SILENCE, SOUND, TEMPO
from ..kernels.engine.state import FROM_PARENT
from ..kernels.music.terms import (
    AT_ONCE,
    BAND_CLEAR,
    BAND_GO,
    BY_NOTE,
    ENDING,
    FORM_AGAIN,
    FORM_ARM,
    FORM_GUIDE,
    FORM_STOP,
    HOLDING,
    LOOPER_PRESS,
    LOOPER_STOP,
    PLAYING,
    STOPPED,
)
from ..kernels.voices.part import BAND_GUIDE, SAMPLER
from ..settings import Session
from ..songs.asked import GUIDE_PROGRAM, Music, in_tuning, music_of
from ..songs.harmony import Event
from ..songs.shelf import find_card
from . import tunes
from .commands import Arrange, Follow
from .levels import DRY_DB
from .model import Following, Playing, RoomFile

if TYPE_CHECKING:
    from ..engine import Engine
    from .leader import Leader
    from .places import Places

#: A short friendly sound: tones of the key's own chord [semitones], when they begin and how long they last [s].
HELLO, HELLO_APART_S, HELLO_LONG_S, HELLO_KEY, HELLO_VELOCITY = (0, 4, 7, 12), 0.18, 0.5, 72, 0.8
PHRASES = 8
#: A song stands at its beginning, at once, whatever it does: it is armed, and that is given up.
REST: list[Event] = [(FORM, 0, FORM_ARM, float(BY_NOTE), 0.0), (FORM, 0, FORM_STOP, 1.0, float(AT_ONCE))]


class Stand:
    """Whatever is asked for the music, and the room's `playing` and `following`."""

    def __init__(self, engine: "Engine", places: "Places", leader: "Leader", asked: Session, room: RoomFile,
                 tell: Callable[[str, int], None]):
        self._engine, self._places, self._leader, self._asked, self._room = engine, places, leader, asked, room
        self._tell = tell
        self._reading: tuple[tunes.Reading, Callable[[Music], str]] | None = None
        self._waiting: tuple[str | None, Music] | None = None   # name and music that are taken when the present one ended
        self._follow_told = asked.follow is not None or room.following != Following()   # now, or before a crash
        self._version, self._tuning = 0, room.tuning.name   # of the music that lies there
        self.song: dict[str, Any] | None = None
        self._percent_seen = leader.follow_percent
        threading.Thread(target=styles_now, name="read styles", daemon=True).start()  # so that the first song is there at once
        self._begin()

    # --- the first music --------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        asked, room, leader = self._asked, self._room, self._leader
        told = bool(asked.song or asked.tune or asked.chords or asked.style or asked.backing or asked.mood or asked.key
                    or asked.tempo_bpm)
        adopted = self._places.adopted
        leader.begins = told and not adopted
        if not adopted:
            if asked.follow is not None:
                room.following = Following(who=asked.follow, percent=asked.follow_percent)
            if told:
                room.playing = _first(asked, self._places.music)
        try:
            music = tunes.read(asked, room.playing, room.following, self._follow_told)
        except ValueError as error:
            self._tell(str(error), WARNING)
            room.playing = Playing()
            music = tunes.read(Session(), room.playing, room.following, self._follow_told)
        self._lay(room.playing.song, self._in_tuning(music), [])
        leader.start_by, leader.follow, leader.follow_percent = room.playing.start, room.following.who, room.following.percent
        self._percent_seen = leader.follow_percent

    # --- as time goes by --------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Take what was read, and what waited for the end of the song.  Several times a second."""
        if self._reading and self._reading[0].wait(0.0):
            self._tell_of_reading()
        if self._waiting and self._leader.mode == STOPPED:
            (name, music), self._waiting = self._waiting, None
            self._change(name, music)
        if self._room.tuning.name != self._tuning:
            self._retune()
        percent = self._leader.follow_percent   # keys of the terminal move it too
        if percent != self._percent_seen:
            self._percent_seen = self._room.following.percent = percent
            self._follow_told = True
            self._keep_led()

    def _tell_of_reading(self) -> None:
        """Whoever asked has an answer already: what became of it is told."""
        try:
            sentence = self._finish_reading()
        except ValueError as error:
            self._tell(str(error), WARNING)
        else:
            if not sentence and (song := self._places.music.song):
                sentence = f"{song.title} is ready."
            if sentence:
                self._tell(sentence, INFO)

    def _lay(self, name: str | None, music: Music, events: list[Event]) -> None:
        self._places.take_music(music, events)
        self._leader.take(music.form)
        self._version += 1
        self.song = tunes.describe(music, name, self._version)

    def _change(self, name: str | None, music: Music) -> None:
        """Another music, at once."""
        music = self._in_tuning(music)
        self._lay(name, music, tunes.change_events(self._places.music, music))

    def _in_tuning(self, music: Music) -> Music:
        self._tuning = self._room.tuning.name
        return in_tuning(music, self._tuning)

    def _retune(self) -> None:
        """The room has another tuning: moods with notes between the keys may lie elsewhere, for a song from its next start."""
        before = self._places.music
        music = self._in_tuning(before)
        if music.harmony.mood == before.harmony.mood or self._waiting:
            return
        if self._leader.mode == STOPPED:
            self._change(self._room.playing.song, music)
        else:
            self._waiting = self._room.playing.song, music

    def _read(self, playing: Playing, use: Callable[[Music], str]) -> str:
        """Read what `playing` says and `use` it; a sentence, if there is something to say.  ValueError: it can't be read."""
        following, told = self._room.following.model_copy(), self._follow_told
        self._reading = tunes.Reading(lambda: tunes.read(self._asked, playing, following, told)), use
        if self._reading[0].wait(tunes.READ_S):
            return self._finish_reading()
        return "The song is being read. It is ready in a moment."

    def _finish_reading(self) -> str:
        assert self._reading is not None
        (reading, use), self._reading = self._reading, None
        if reading.music is None:
            raise ValueError(reading.problem)
        return use(reading.music)

    # --- which song -------------------------------------------------------------------------------------------------
    def choose(self, song: str | None, style: str | None = None) -> str:
        """Get a song ready.  A sentence, if there is something to say; ValueError: the old one stays."""
        if song and song != self._asked.song:
            song = find_card(song).name
        music_of.cache_clear()  # its file may be another now
        semitones = tunes.semitones_for_group(self._asked, song) if song else 0
        kept = self._room.playing.model_dump(include={"start", "again", "guide"})
        playing = Playing(song=song, style=style, semitones=semitones, **kept)

        def use(music: Music) -> str:
            self._room.playing = playing
            return self._take_when_quiet(song, music)

        return self._read(playing, use)

    def _take_when_quiet(self, name: str | None, music: Music) -> str:
        """Now, or when the song under way has ended."""
        mode = self._leader.mode
        if mode not in (PLAYING, ENDING):
            self._waiting = None
            self._change(name, music)
            return ""
        if mode == PLAYING:
            self._leader.start_stop()
        self._waiting = name, music
        return "The song ends with this bar" + (f", then {music.song.title} is ready." if music.song else ".")

    def arrange(self, wish: Arrange) -> str:
        """Change how the song is played; as much of it as can be heard at once is."""
        before = self._room.playing
        named = {name: value for name, value in wish.model_dump(exclude={"do"}).items() if value is not None}
        playing = before.model_copy(update=named)

        def use(music: Music) -> str:
            self._room.playing = playing
            self._leader.start_by = playing.start
            if self._waiting:
                self._waiting = playing.song, music
            elif self._leader.mode == STOPPED:
                self._change(playing.song, music)
            else:
                return self._change_while_playing(music, playing)
            return ""

        return self._read(playing, use)

    def _change_while_playing(self, music: Music, playing: Playing) -> str:
        """Band, guide and repeats change at once; the key only when the song begins again."""
        before, music = self._places.music, self._in_tuning(music)
        events: list[Event] = []
        if music.style != before.style:
            events += (band_events(music.style, music.meter, BAND_NEXT_BAR) if music.style else
                       [(BAND, 0, BAND_CLEAR, 1.0, 0.0), (BAND, 0, BAND_GO, 0.0, float(BAND_NEXT_BAR))])
        if music.guide != before.guide:
            events.append((FORM, 0, FORM_GUIDE, 0.0, float(music.guide)))
        if music.form and before.form and music.form.again != before.form.again:
            events.append((FORM, 0, FORM_AGAIN, 0.0, float(music.form.again)))
        if music.semitones != before.semitones:
            self._waiting = playing.song, music
            music = replace(before, style=music.style, guide=music.guide)
            say = "The song has its new key when it starts again."
        else:
            say = ""
        self._places.take_music(music, events)
        self._leader.form = music.form
        self._version += 1
        self.song = tunes.describe(music, playing.song, self._version)
        return say

    # --- leading ----------------------------------------------------------------------------------------------------
    def start_stop(self) -> None:
        """Start the song, let it go on, or end it together."""
        if self._reading and not self._reading[0].wait(0.0):
            raise ValueError("The song is still being read. Try again in a moment.")
        self.look()
        if self._waiting and self._leader.mode in (STOPPED, ENDING):
            (name, music), self._waiting = self._waiting, None
            self._places.say(REST)
            self._change(name, music)
            self._leader.start()
        elif not self._leader.form:
            raise ValueError("There is no song yet. Choose one first.")
        else:
            self._leader.start_stop()

    def wait(self, how: str) -> None:
        """Wait, or go on."""
        mode = self._leader.mode
        if how == "go" and mode != HOLDING:
            raise ValueError("The song does not wait.")
        if how != "go" and mode not in (PLAYING, HOLDING):
            raise ValueError("The song does not play yet.")
        if how == "go" or mode == PLAYING:
            self._leader.wait(how)

    def jump(self, section: int) -> None:
        """To a section, with the next bar."""
        form = self._leader.form
        if form is None or section >= len(form.sections):
            raise ValueError("The song has no such part.")
        if self._leader.mode not in (PLAYING, HOLDING):
            raise ValueError("The song does not play yet. Start it first.")
        self._leader.jump(sum(beats for _, beats in form.sections[:section]))

    def tap(self) -> None:
        """The facilitator taps the beat."""
        self._leader.tap()

    def tempo(self, bpm: float) -> None:
        """Beats (what people tap) a minute."""
        self._room.playing.tempo_bpm = bpm
        music = self._keep_led()
        assert music.tempo_bpm is not None
        self._places.say([(TEMPO, 0, 0, 0.0, music.tempo_bpm), *music.following])

    def follow(self, wish: Follow) -> None:
        """Whom the beat follows, and how much."""
        following = self._room.following
        following.who, following.percent = wish.who or following.who, (
            following.percent if wish.percent is None else wish.percent)
        self._follow_told = True
        self._leader.follow, self._leader.follow_percent = following.who, following.percent
        self._percent_seen = following.percent
        self._places.say(self._keep_led().following)

    def _keep_led(self) -> Music:
        """Tempo and following of the present music as the room has them: a new engine is told the same."""
        music = tunes.led(self._places.music, self._room.playing, self._room.following, self._follow_told)
        self._places.take_music(music)
        if self._waiting:
            name, waiting = self._waiting
            self._waiting = name, tunes.led(waiting, self._room.playing, self._room.following, self._follow_told)
        if self.song and music.tempo_bpm:
            self.song = self.song | {"tempo_bpm": round(music.tempo_bpm / tunes.pulse_beats(music), 1)}
        return music

    # --- sound ------------------------------------------------------------------------------------------------------
    def quiet(self) -> None:
        """Nothing sounds any more, at once, whatever still waits to be said."""
        song = REST if self._leader.form else []
        phrases = [(LOOPER, 0, LOOPER_STOP, float(number), float(AT_ONCE)) for number in range(PHRASES)]
        self._places.say_first([(MASTER, 0, REVERB_DB, 0.0, DRY_DB), (SILENCE, -1, -1, 0.0, 0.0), *song, *phrases])

    def phrase(self, seat: int) -> list[Event]:
        """The phrase of a player: the one this player has, else one that nobody has."""
        phrases = self._engine.state["looper"]["phrases"]
        doing, players = phrases["doing"].tolist(), phrases["player"].tolist()
        mine = [number for number in range(PHRASES) if doing[number] and players[number] == seat]
        free = [number for number in range(PHRASES) if not doing[number]]
        if not mine and not free:
            raise ValueError(f"{PHRASES} phrases go round already. Let one of them end first.")
        return [(LOOPER, seat, LOOPER_PRESS, float((mine or free)[0]), 0.0)]

    def hear(self) -> None:
        """A short friendly sound in the key of the song."""
        engine, begin = self._engine, self._engine.frame
        apart, long = round(HELLO_APART_S * engine.sample_rate), round(HELLO_LONG_S * engine.sample_rate)
        engine.push(SOUND, BAND_GUIDE, 0, SAMPLER, GUIDE_PROGRAM, ring=FROM_PARENT)
        tonic = self._places.music.harmony.tonic
        for number, step in enumerate(HELLO):
            key, frame = HELLO_KEY + (tonic if tonic < 6 else tonic - 12) + step, begin + number * apart
            engine.push(NOTE_ON, BAND_GUIDE, 0, key, HELLO_VELOCITY, frame=frame, ring=FROM_PARENT)
            engine.push(NOTE_OFF, BAND_GUIDE, 0, key, 0.0, frame=frame + long, ring=FROM_PARENT)


def _first(asked: Session, music: Music) -> Playing:
    """What was asked for before the session began."""
    pulses = asked.tempo_bpm / tunes.pulse_beats(music) if asked.tempo_bpm else None
    return Playing(song=asked.song, style=asked.style, semitones=max(min(music.semitones, 11), -11),
                   tempo_bpm=pulses and min(max(pulses, 20.0), 300.0), start=asked.start,  # type: ignore[arg-type]
                   again=asked.again, guide=asked.guide)
