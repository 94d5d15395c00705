"""Who plays what: the parent looks which places are taken, chooses an instrument for each, and tells the engine.

What a place plays, first found: what its person's file says, what the session was asked for, what suits the controller,
a piano on which every key is right.
"""
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..alive import is_running
from ..block import ENGINE, INFO, PARENT, WARNING, tell, text_of
from ..catalog.controllers import Controllers
from ..catalog.instrument import Instrument, compile_instrument
from ..catalog.library import Library
from ..catalog.patterns import PatternSlots
from ..catalog.person import Person, compile_person, read_person
from ..catalog.reading import BadFile
from ..kernels.engine.events import ASSIST
from ..kernels.engine.state import FROM_PARENT, RING_SIZE
from ..kernels.music.terms import GHOST
from ..settings import PLACES, Session, own_folder
from ..songs.asked import Music, music_of
from ..songs.harmony import Event
from ..songs.scales import load_moods

if TYPE_CHECKING:
    from ..engine import Engine

DEFAULT_INSTRUMENT = "easy-piano"
#: Room in the ring that is left for touches of the computer's own keys.
KEPT_FREE = 256
#: Stem of the computer's own keys, which are many.
COMPUTER_KEYS = "computer-keys"


class Pusher:
    """Says events to the engine one after the other, as its ring has room; never waits."""

    def __init__(self, engine: "Engine"):
        self._engine = engine
        self._waiting: deque[Event] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, events: Iterable[Event]) -> None:
        """Say these after all that wait."""
        self._waiting.extend(events)

    def forget(self) -> None:
        """Say nothing of what waits."""
        self._waiting.clear()

    def send(self) -> None:
        """Push what there is room for; call it again and again."""
        ring = self._engine.state["rings"][FROM_PARENT]
        room = RING_SIZE - KEPT_FREE - (int(ring["head"][0]) - int(ring["tail"][0]))
        for _ in range(min(room, len(self._waiting))):
            if not self._engine.push(*self._waiting[0], ring=FROM_PARENT):
                return
            self._waiting.popleft()


@dataclass(frozen=True)
class Choice:
    """What a place plays."""

    instrument: Instrument
    person: Person | None = None

    def events(self, player: int, patterns: PatternSlots) -> list[Event]:
        """What to say to the engine."""
        if self.person:
            return compile_person(self.person, self.instrument, player, patterns)
        return compile_instrument(self.instrument, player, patterns)


class Choices:
    """Everything from which the choice is made.  Files with mistakes are left out and told in `problems`."""

    def __init__(self, session: Session, own: Path | None = None):
        self._library, self._controllers = Library(own), Controllers()
        self._wanted = session.instrument_places()
        self.problems: list[str] = [*self._library.problems, *self._controllers.problems, *load_moods()[1]]
        self._people: list[Person] = []
        for path in [*map(Path, session.people), *sorted(((own or own_folder()) / "people").glob("*.toml"))]:
            try:
                self._people.append(read_person(path))
            except BadFile as error:
                self.problems += error.sentences

    def choose(self, player: int, name: str, stem: str, seated: Sequence[Person] = ()) -> Choice | None:
        """Choose for the controller `name` with the file `stem` ("": unknown); `seated` persons play elsewhere."""
        person = self._person(name, stem, seated)
        for wish in self._wishes(player, name, stem, person):
            if wish in self._library.instruments:
                return Choice(self._library.instruments[wish], person)
            self._miss(wish)
        instruments = list(self._library.instruments.values())
        return Choice(instruments[0], person) if instruments else None

    def _wishes(self, player: int, name: str, stem: str, person: Person | None) -> Iterable[str]:
        if person and "instrument" in person.model_fields_set:
            yield person.instrument
        yield from (self._wanted[place] for place in (player, None) if place in self._wanted)
        self._controllers.refresh()  # people may have taught it just now
        controller = self._controllers.get(stem)
        if controller and controller.instrument:
            yield controller.instrument
        yield DEFAULT_INSTRUMENT

    def _person(self, name: str, stem: str, seated: Sequence[Person]) -> Person | None:
        names = {word.lower() for word in (name, stem) if word}
        return next((person for person in self._people if person not in seated
                     and names & {controller.lower() for controller in person.controllers}), None)

    def _miss(self, wish: str) -> None:
        meant = self._library.nearest(wish)
        sentence = f'There is no instrument "{wish}".' + (f" Did you mean {meant}?" if meant else "")
        if sentence not in self.problems:
            self.problems.append(sentence)


@dataclass
class _Seat:
    """A place that is taken."""

    name: str
    stem: str
    person: Person | None
    plugged: bool = True


class Places:
    """Looks after all places of a session; call `look` several times a second.

    With `adopt` the engine was told everything by a parent that is gone: it is not told again, so that nobody hears of it.
    """

    def __init__(self, engine: "Engine", session: Session, adopt: bool = False):
        self._engine, self._header, self._session = engine, engine.header, session
        self._pusher, self._patterns = Pusher(engine), PatternSlots()
        self._seats: dict[int, _Seat] = {}
        self._told: set[str] = set()
        self._pid = 0
        if adopt:
            self._pid = int(self._header["processes"][ENGINE]["pid"])
            self._seat_everybody(quiet=True)
            self._pusher.forget()

    @cached_property
    def _choices(self) -> Choices:
        return Choices(self._session)

    @cached_property
    def _music(self) -> Music:
        try:
            return music_of(self._session)
        except ValueError as error:  # it could be read when the session began
            self._tell(str(error), WARNING)
            return music_of(Session())

    def say(self, events: Iterable[Event]) -> None:
        """Tell the engine something, after everything that still waits."""
        self._pusher.add(events)
        self._pusher.send()

    def look(self) -> None:
        """See who came, went or was unplugged, and say what follows from it; say everything to an engine that began anew."""
        pid = int(self._header["processes"][ENGINE]["pid"])
        if not is_running(pid):
            return  # nobody to talk to: the next engine begins with empty rings
        if pid != self._pid:
            self._pid = pid
            self._seats, self._patterns = {}, PatternSlots()
            self._pusher.forget()
            self._pusher.add(self._music.events)
        self._seat_everybody()
        self._pusher.send()

    def _seat_everybody(self, quiet: bool = False) -> None:
        """Bring seats up to date with the block; `quiet`: people know already."""
        header = self._header
        for player in range(PLACES):
            name, stem = text_of(header["players"][player]), text_of(header["controllers"][player])
            plugged, seat = bool(header["plugged"][player]), self._seats.get(player)
            if seat and (not name or (seat.name, seat.stem) != (name, stem)):
                del self._seats[player]
                self._patterns.release(player)
                seat = None
            if seat is None and name and plugged:  # who is not plugged in now and never was is simulated
                self._seats[player] = self._seat(player, name, stem, quiet)
            elif seat and seat.plugged != plugged:
                seat.plugged = plugged
                if self._session.ghost:
                    self._pusher.add([(ASSIST, player, GHOST, 0.0, 0.0 if plugged else 1.0)])

    def _seat(self, player: int, name: str, stem: str, quiet: bool) -> _Seat:
        seated = [seat.person for seat in self._seats.values() if seat.person]
        choice = self._choices.choose(player, name, stem, seated)
        if choice:
            try:
                self._pusher.add(choice.events(player, self._patterns))
            except ValueError as error:  # no room for its patterns
                self._tell(str(error), WARNING)
            else:
                self._tell(_sentence(choice, name, stem), INFO, quiet)
        for sentence in self._choices.problems:
            self._tell(sentence, WARNING, quiet)
        return _Seat(name, stem, choice.person if choice else None)

    def _tell(self, sentence: str, level: int, quiet: bool = False) -> None:
        """Tell people, each thing once."""
        if sentence not in self._told and not quiet:
            tell(self._header, PARENT, sentence, level)
        self._told.add(sentence)


def _sentence(choice: Choice, name: str, stem: str) -> str:
    who = choice.person.nickname if choice.person else name
    return f"{who} {'play' if who == name and stem == COMPUTER_KEYS else 'plays'} {choice.instrument.name}."
