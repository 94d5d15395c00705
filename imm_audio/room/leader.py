"""Leading the song of a session: it starts, waits, goes on and ends as the facilitator says."""
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..alive import is_running
from ..block import ENGINE
from ..kernels.engine.events import BACKING
from ..kernels.music.terms import BACKING_START, BY_NOBODY, COUNTING, HOLDING, PLAYING, STOPPED
from ..settings import Session
from ..songs.asked import music_of
from ..songs.harmony import Event
from ..songs.leading import (
    Form,
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
    """Sees to it that the song goes on, and does what keys and the room ask for."""

    def __init__(self, engine: "Engine", places: "Places", session: Session, adopt: bool = False,
                 keys_player: int = 0):
        self._engine, self._places, self._keys_player = engine, places, keys_player
        self.form, self.start_by, self.follow = music_of(session).form, session.start, session.follow
        self.follow_percent = session.follow_percent
        #: The song begins by itself when the engine does: it was asked for before the session began.
        self.begins = True
        self._pid = int(engine.header["processes"][ENGINE]["pid"]) if adopt else 0
        self._seen = (STOPPED, 0.0, BY_NOBODY)  # mode, place and whose start is waited for when last looked

    def look(self) -> None:
        """Start the song with the session, and again where it was after the engine had to be started again."""
        pid = int(self._engine.header["processes"][ENGINE]["pid"])
        if not is_running(pid):
            return
        if pid != self._pid:
            begun, self._pid = self._pid != 0, pid
            if self.form:
                self._begin_again() if begun else self._begin()
            return
        form = self._engine.state["form"]
        self._seen = int(form["mode"]), float(form["place"]), int(form["armed"])

    def _begin(self) -> None:
        if self.begins:
            self.start()

    def _begin_again(self) -> None:
        mode, place, armed = self._seen
        if mode in (PLAYING, HOLDING):
            self._say(resume_events(place))
        elif mode == COUNTING or armed != BY_NOBODY:
            self.start()

    def take(self, form: Form | None) -> None:
        """Lead another song from now on."""
        self.form, self._seen = form, (STOPPED, 0.0, BY_NOBODY)

    def press(self, letters: str) -> None:
        """Keys of the terminal, other than those that play."""
        for letter in letters:
            if letter.isdecimal():
                self.follow_percent = 100.0 if letter == "9" else int(letter) * 11.0
                self._say(follow_amount_events(self.follow_percent))
            elif letter == " ":
                self.tap()
            elif letter == "r":
                self._say(phrase_events(self._keys_player))
            elif self.form:
                self._lead(letter)

    def _lead(self, letter: str) -> None:
        if letter in "\r\n":
            if self.mode in (HOLDING, STOPPED):
                self.start_stop()
        elif letter in "\x08\x7f":
            self._say(end_events())
        elif letter == "c" and self.mode == PLAYING:
            self.wait("chord")
        elif letter == "v" and self.mode in (PLAYING, HOLDING):
            self.wait("round" if self.mode == PLAYING else "go")
        elif letter == "n" and self.mode == PLAYING:
            form = self._engine.state["form"]
            if int(form["section"]) + 1 < int(form["section_count"]):
                self._say(jump_events(float(form["section_stop"])))

    # --- what the room asks for -------------------------------------------------------------------------------------
    @property
    def mode(self) -> int:
        """What the song does: STOPPED and so on."""
        return int(self._engine.state["form"]["mode"])

    def start(self) -> None:
        """Start the song as it was wished."""
        assert self.form is not None
        music = self._places.music
        if music.backing and not self._engine.state["backing"]["playing"]:
            self._say([(BACKING, 0, BACKING_START, 0.0, music.harmony.meter_beats)])
        self._say(start_events(self.form, self.start_by, self._one))

    def start_stop(self) -> None:
        """Start the song, let it go on where it waits, or end it together; what ends already is still at once."""
        mode = self.mode
        if mode == HOLDING:
            self._say(wait_events(False))
        elif mode != STOPPED:
            self._say(end_events())
        elif int(self._engine.state["form"]["armed"]) != BY_NOBODY:
            assert self.form is not None
            self._say(start_events(self.form, "count"))  # nobody began: it is counted in
        else:
            self.start()

    def tap(self) -> None:
        """The facilitator taps the beat."""
        self._say(tap_events())

    def wait(self, how: str) -> None:
        """Go round here, hold the chord until somebody plays on, or go on: round, chord, go."""
        self._say(hold_events(self._one) if how == "chord" else wait_events(how == "round"))

    def jump(self, place: float) -> None:
        """Go to a place of the song with the next bar; what waits goes on there."""
        if self.mode == HOLDING:
            self._say(wait_events(False))
        self._say(jump_events(place))

    @property
    def _one(self) -> int | None:
        """The player who leads, when it is one."""
        who = parse_follow(self.follow) if self.follow else None
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
