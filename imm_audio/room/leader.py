"""Leading the song of a session: it starts, waits, goes on and ends as the facilitator says."""
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..alive import is_running
from ..block import ENGINE
from ..kernels.music.terms import COUNTING, HOLDING, PLAYING, STOPPED
from ..settings import Session
from ..songs.asked import music_of
from ..songs.harmony import Event
from ..songs.leading import (
    end_events,
    follow_amount_events,
    hold_events,
    jump_events,
    parse_follow,
    phrase_events,
    resume_events,
    start_events,
    tap_events,
    wait_events,
)

if TYPE_CHECKING:
    from ..engine import Engine
    from .places import Places

#: What the terminal says of the keys that lead.
KEYS_IN_WORDS = ("Enter: start, go on. Space: tap the beat. V: wait here. C: hold the chord until somebody plays on. "
                 "N: next part. Backspace: end together. 0-9: how much the band follows. R: let what you play go round. ")


class Leader:
    """Sees to it that the song goes on, and does what keys ask for."""

    def __init__(self, engine: "Engine", places: "Places", session: Session, adopt: bool = False,
                 keys_player: int = 0):
        self._engine, self._places, self._session = engine, places, session
        self.form, self._keys_player = music_of(session).form, keys_player
        self._pid = int(engine.header["processes"][ENGINE]["pid"]) if adopt else 0
        self._seen = (STOPPED, 0.0)  # mode and place when last looked

    def look(self) -> None:
        """Start the song with the session, and again where it was after the engine had to be started again."""
        pid = int(self._engine.header["processes"][ENGINE]["pid"])
        if not self.form or not is_running(pid):
            return
        if pid != self._pid:
            begun, self._pid = self._pid != 0, pid
            mode, place = self._seen
            if begun and mode in (PLAYING, HOLDING):
                self._say(resume_events(place))
            else:
                self._start()
            return
        form = self._engine.state["form"]
        self._seen = int(form["mode"]), float(form["place"])

    def press(self, letters: str) -> None:
        """Keys of the terminal, other than those that play."""
        for letter in letters:
            if letter.isdecimal():
                self._say(follow_amount_events(100.0 if letter == "9" else int(letter) * 11.0))
            elif letter == " ":
                self._say(tap_events())
            elif letter == "r":
                self._say(phrase_events(self._keys_player))
            elif self.form:
                self._lead(letter)

    def _lead(self, letter: str) -> None:
        form = self._engine.state["form"]
        mode, section = int(form["mode"]), int(form["section"])
        if letter in "\r\n":
            if mode == HOLDING:
                self._say(wait_events(False))
            elif mode == STOPPED:
                self._start()
        elif letter in "\x08\x7f":
            self._say(end_events())
        elif letter == "c" and mode == PLAYING:
            self._say(hold_events(self._one))
        elif letter == "v" and mode in (PLAYING, HOLDING):
            self._say(wait_events(mode == PLAYING))
        elif letter == "n" and mode == PLAYING and section + 1 < int(form["section_count"]):
            self._say(jump_events(float(form["section_stop"])))

    def _start(self) -> None:
        assert self.form is not None
        self._say(start_events(self.form, self._session.start, self._one))

    @property
    def _one(self) -> int | None:
        """The player who leads, when it is one."""
        who = parse_follow(self._session.follow) if self._session.follow else None
        return who if who is not None and who >= 0 else None

    @property
    def hint(self) -> str:
        """Which keys lead, for the terminal."""
        return KEYS_IN_WORDS if self.form else ""

    @property
    def in_words(self) -> str:
        """Where the song is, for the terminal."""
        if self.form is None:
            return ""
        form = self._engine.state["form"]
        mode, place, bar = int(form["mode"]), float(form["place"]), float(form["meter_beats"])
        if mode == STOPPED:
            return f"{self.form.title}: ready" + ("" if int(form["armed"]) == 0 else ", waiting for its start")
        if mode == COUNTING:
            return f"{self.form.title}: counting in"
        if mode == HOLDING:
            return f"{self.form.title}: waiting"
        bars = max(round(float(form["length_beats"]) / bar), 1)
        return f"{self.form.title}: bar {int(place // bar) + 1} of {bars}"

    def _say(self, events: Iterable[Event]) -> None:
        self._places.say(events)
