"""Who plays what: the parent looks which places are taken, chooses an instrument for each, and tells the engine.

What a place plays, first found: what its person's file says, what the session was asked for, what suits the controller,
a piano on which every key is right.  What the room was told since (room/people.py) lies over it.
"""
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..alive import is_running
from ..block import ENGINE, INFO, PARENT, WARNING, tell, text_of
from ..catalog.controllers import Controllers
from ..catalog.help import USUAL, Help, compile_help
from ..catalog.instrument import Instrument, Macro, compile_instrument, compile_macro
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

    def add_first(self, events: Sequence[Event]) -> None:
        """Say these before all that wait."""
        self._waiting.extendleft(reversed(events))

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

    stem: str
    instrument: Instrument
    person: Person | None = None

    def events(self, player: int, patterns: PatternSlots) -> list[Event]:
        """What to say to the engine."""
        if self.person:
            return compile_person(self.person, self.instrument, player, patterns)
        return compile_instrument(self.instrument, player, patterns)

    def help(self, over: Help) -> Help:
        """All the help there is with `over` laid over it."""
        person = self.person.help if self.person else Help()
        return over.over(person.over(self.instrument.help.over(USUAL)))


@dataclass(frozen=True)
class Over:
    """What the room lays over the choice; what it does not say stays as it was chosen."""

    instrument: str | None = None
    help: Help = field(default_factory=Help)
    macros: Mapping[str, float] = field(default_factory=dict)


class Choices:
    """Everything from which the choice is made.  Files with mistakes are left out and told in `problems`."""

    def __init__(self, session: Session, own: Path | None = None):
        self.library, self._controllers = Library(own), Controllers()
        self._own = own
        self._wanted = session.instrument_places()
        self.problems: list[str] = [*self.library.problems, *self._controllers.problems, *load_moods()[1]]
        self._people: list[Person] = []
        for path in [*map(Path, session.people), *sorted(((own or own_folder()) / "people").glob("*.toml"))]:
            try:
                self._people.append(read_person(path))
            except BadFile as error:
                self.problems += error.sentences

    def choose(self, player: int, name: str, stem: str, seated: Sequence[Person] = ()) -> Choice | None:
        """Choose for the controller `name` with the file `stem` ("": unknown); `seated` persons play elsewhere."""
        person = self._person(name, stem, seated)
        for wish in self._wishes(player, stem, person):
            if wish in self.library.instruments:
                return Choice(wish, self.library.instruments[wish], person)
            self._miss(wish)
        first = next(iter(self.library.instruments), None)
        return Choice(first, self.library.instruments[first], person) if first else None

    def named(self, stem: str) -> Instrument | None:
        """An instrument by its file; people may have made it just now."""
        if stem not in self.library.instruments:
            self.library = Library(self._own)
        return self.library.instruments.get(stem)

    def _wishes(self, player: int, stem: str, person: Person | None) -> Iterable[str]:
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
        sentence = no_such_instrument(wish, self.library)
        if sentence not in self.problems:
            self.problems.append(sentence)


def no_such_instrument(wish: str, library: Library) -> str:
    """A sentence with the one that was probably meant."""
    meant = library.nearest(wish)
    return f'There is no instrument "{wish}".' + (f" Did you mean {meant}?" if meant else "")


@dataclass
class Seat:
    """A place that is taken."""

    player: int
    name: str
    stem: str                      # of the controller
    chosen: Choice | None          # by file, wish, controller
    plugged: bool = True
    choice: Choice | None = None   # what is played: the same, or what the room wants instead
    over: Over = field(default_factory=Over)  # what was laid over it


class Places:
    """Looks after all places of a session; call `look` several times a second.

    With `adopt` the engine was told everything by a parent that is gone: it is not told again, so that nobody hears of it.
    """

    def __init__(self, engine: "Engine", session: Session, adopt: bool = False):
        self._engine, self._header, self._session = engine, engine.header, session
        self._pusher, self._patterns = Pusher(engine), PatternSlots()
        self.seats: dict[int, Seat] = {}
        #: Asked for each place when it is taken and whenever it may have changed: what lies over the choice.
        self.over: Callable[[Seat], Over] = lambda seat: Over()
        #: How often an engine was told everything; and places whose instruments it was told since somebody cleared this.
        self.beginnings, self.told_places = 0, set[int]()
        self._told: set[str] = set()
        self._music: Music | None = None
        self._pid = 0
        self.adopted = adopt
        if adopt:
            self._pid = int(self._header["processes"][ENGINE]["pid"])
            self._seat_everybody(quiet=True)
            self._pusher.forget()

    @cached_property
    def choices(self) -> Choices:
        """What there is to choose from."""
        return Choices(self._session)

    @property
    def music(self) -> Music:
        """What everybody plays to."""
        if self._music is None:
            try:
                self._music = music_of(self._session)
            except ValueError as error:  # it could be read when the session began
                self._tell(str(error), WARNING)
                self._music = music_of(Session())
        return self._music

    @property
    def reachable(self) -> bool:
        """Whether an engine runs that was told everything."""
        pid = int(self._header["processes"][ENGINE]["pid"])
        return pid == self._pid and is_running(pid)

    def take_music(self, music: Music, events: Iterable[Event] = ()) -> None:
        """Play to this from now on: `events` say so to an engine that knows the music before."""
        self._music = music
        if self.reachable:
            self.say(events)

    def say(self, events: Iterable[Event]) -> None:
        """Tell the engine something, after everything that still waits."""
        self._pusher.add(events)
        self._pusher.send()

    def say_first(self, events: Sequence[Event]) -> None:
        """Tell the engine something before everything that still waits."""
        self._pusher.add_first(events)
        self._pusher.send()

    def look(self) -> None:
        """See who came, went or was unplugged, and say what follows from it; say everything to an engine that began anew."""
        pid = int(self._header["processes"][ENGINE]["pid"])
        if not is_running(pid):
            return  # nobody to talk to: the next engine begins with empty rings
        if pid != self._pid:
            self._pid = pid
            self.seats, self._patterns = {}, PatternSlots()
            self._pusher.forget()
            self._pusher.add(self.music.events)
            self.beginnings += 1
        self._seat_everybody()
        self._pusher.send()

    def adopt_over(self) -> None:
        """What lies over the choices was told by the parent before: take note of it, and say nothing."""
        for seat in self.seats.values():
            self._patterns.release(seat.player)
            self._sit(seat)
        self._pusher.forget()

    def settle(self, player: int) -> None:
        """Say what changed in what lies over the choice of a place.  ValueError when that is not possible: one sentence."""
        seat = self.seats.get(player)
        over = self.over(seat) if seat else None
        if seat is None or over is None or over == seat.over:
            return
        before = seat.over
        if over.instrument != before.instrument:
            try:
                self._sit(seat)
            except ValueError:
                seat.over = before
                self._sit(seat, before)
                raise
        elif seat.choice:
            seat.over = over
            told = compile_help(seat.choice.help(before.help), player)
            self._pusher.add(event for event in compile_help(seat.choice.help(over.help), player) if event not in told)
            for macro in seat.choice.instrument.macro:
                share = over.macros.get(macro.label, start_share(macro))
                if share != before.macros.get(macro.label, start_share(macro)):
                    self._pusher.add(compile_macro(seat.choice.instrument, macro, share, player))
        self._pusher.send()

    def _seat_everybody(self, quiet: bool = False) -> None:
        """Bring seats up to date with the block; `quiet`: people know already."""
        header = self._header
        for player in range(PLACES):
            name, stem = text_of(header["players"][player]), text_of(header["controllers"][player])
            plugged, seat = bool(header["plugged"][player]), self.seats.get(player)
            if seat and (not name or (seat.name, seat.stem) != (name, stem)):
                del self.seats[player]
                self._patterns.release(player)
                seat = None
            if seat is None and name and plugged:  # who is not plugged in now and never was is simulated
                self._seat(player, name, stem, quiet)
            elif seat and seat.plugged != plugged:
                seat.plugged = plugged
                if self._session.ghost:
                    self._pusher.add([(ASSIST, player, GHOST, 0.0, 0.0 if plugged else 1.0)])

    def _seat(self, player: int, name: str, stem: str, quiet: bool) -> None:
        seated = [seat.chosen.person for seat in self.seats.values() if seat.chosen and seat.chosen.person]
        seat = Seat(player, name, stem, self.choices.choose(player, name, stem, seated))
        self.seats[player] = seat
        try:
            self._sit(seat)
        except ValueError as error:  # no room for its patterns
            self._tell(str(error), WARNING)
        else:
            if seat.choice:
                self._tell(_sentence(seat.choice, name, stem), INFO, quiet)
        for sentence in self.choices.problems:
            self._tell(sentence, WARNING, quiet)

    def _sit(self, seat: Seat, over: Over | None = None) -> None:
        """Let a place play what was chosen for it, or what lies over that.  ValueError: its patterns find no room."""
        seat.over = self.over(seat) if over is None else over
        seat.choice, wanted = seat.chosen, seat.over.instrument
        if wanted and (instrument := self.choices.named(wanted)):
            seat.choice = Choice(wanted, instrument, seat.chosen.person if seat.chosen else None)
        if seat.choice is None:
            return
        instrument, player = seat.choice.instrument, seat.player
        self._pusher.add(seat.choice.events(player, self._patterns))
        self._pusher.add(compile_help(seat.over.help, player))
        for macro in instrument.macro:
            if macro.label in seat.over.macros:
                self._pusher.add(compile_macro(instrument, macro, seat.over.macros[macro.label], player))
        self.told_places.add(player)

    def _tell(self, sentence: str, level: int, quiet: bool = False) -> None:
        """Tell people, each thing once."""
        if sentence not in self._told and not quiet:
            tell(self._header, PARENT, sentence, level)
        self._told.add(sentence)


def start_share(macro: Macro) -> float:
    """Where a macro stands before anybody moves it, 0 .. 1 of its way."""
    return (macro.start - macro.low) / (macro.high - macro.low) if macro.high != macro.low else 0.0


def _sentence(choice: Choice, name: str, stem: str) -> str:
    who = choice.person.nickname if choice.person else name
    return f"{who} {'play' if who == name and stem == COMPUTER_KEYS else 'plays'} {choice.instrument.name}."
