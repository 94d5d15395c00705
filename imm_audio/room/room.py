"""The room: the one truth about a meeting.  It does what people ask for, tells the engine, and keeps itself on the disk.

What is asked changes the room's file (model.py); what the engine has to be told follows from the file: instruments and help by
places.py, faders by levels.py, the song by stand.py.  So taking back, a crash and a new engine process are all the same to it.
"""
import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..block import INFO, PARENT, WARNING, tell, text_of
from ..settings import Session
from ..sound_devices import WITH_MONITOR
from . import commands as c
from . import people, plan
from .claim import Claim
from .levels import Levels, level_events, levels, strip_of
from .model import Present, RoomFile
from .pages import Pages
from .places import Over, Seat, no_such_instrument, start_share
from .stand import Stand
from .store import Keeper, load, new_meeting
from .store import text_of as file_text
from .taking import Taking
from .tuner import Tuner
from .undo import Change, History, difference, put_back
from .warnings import Warnings, Whistles

if TYPE_CHECKING:
    from ..engine import Engine
    from .leader import Leader
    from .places import Places

#: After "quiet" nothing rings for so long.
DRY_S = 4.0
#: An engine process that began anew finds its controllers within this time; until then nobody is thought gone.
FIND_S = 5.0
#: Nobody came to a player who called: after this long the call is forgotten.
CALL_S = 180.0
#: Words for taking back a choice of room.
SPACE_WORDS = {"none": "the room does not ring", "lounge": "the room is a lounge", "hall": "the room is a hall",
               "cathedral": "the room is a cathedral", "bathroom": "the room is a bathroom"}
#: What may be done while the desk is locked: nothing that changes who plays what.
WHILE_LOCKED = (c.StartStop, c.Softer, c.Quiet, c.Spotlight, c.Keep, c.Next, c.Tempo, c.Tap, c.Follow, c.Wait, c.Jump, c.Record,
                c.GiveConsent, c.Lock, c.Join, c.Leave, c.Call, c.Came, c.Desks)


class Room:
    """The meeting in this session's folder.  `look` several times a second; `do` what people ask for; `close` at the end."""

    def __init__(self, engine: "Engine", places: "Places", leader: "Leader", session: Session,
                 now: Callable[[], float] = time.monotonic):
        self._engine, self._places, self._now = engine, places, now
        self._sentences: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()   # threads put them here, `look` tells them
        folder = Path(session.folder)
        self._claim = Claim(folder)
        self._room, sentences = load(folder) if self._claim.mine else (new_meeting(), [
            "Another imm_audio runs in this folder and keeps its session there. This one is not kept; end one of them."])
        for sentence in sentences:
            self._say(sentence)
        self._folder = folder
        if session.colours:
            self._room.colours = session.colours
        self._pages = Pages(engine, places, self._get_up)
        self._history, self._told, self._calls = History(), Levels(), dict[int, float]()
        self._beginnings, self._begun_s, self._dry_until_s = places.beginnings, now(), 0.0
        self._saved, self._document = b"", dict[str, Any]()
        self.version, self._changed = 0, True
        self._wants_microphones = session.record_microphones and not session.everyone_agrees
        self._monitor_age = session.monitor_age if int(engine.state["output_channels"]) >= WITH_MONITOR else None
        self._tuner = Tuner(self._room, session, self._say, places.adopted)
        self._stand = Stand(engine, places, leader, session, self._room, self._say)
        self._taking = Taking(engine, folder, self._room, self._say, places.adopted)
        self._warnings, self._whistles = Warnings(engine, session, now), Whistles(engine, self._say, now)
        places.over = self._over
        if places.adopted:
            places.adopt_over()
        self._keeper = Keeper(folder, self._say)
        if session.record_microphones and not self._room.consent.microphones:
            self._say("Microphones are recorded as soon as everybody has agreed: the desk asks for it.", INFO)
        self._do = self._all_commands()
        self._settle()

    # --- the parent's loop ------------------------------------------------------------------------------------------
    def look(self) -> None:
        """See what changed by itself, and say what follows from it."""
        now_s = self._now()
        self._pages.look()
        self._stand.look()
        if self._places.beginnings != self._beginnings:
            self._beginnings, self._begun_s = self._places.beginnings, now_s
            self._told = Levels()
            self._tuner.forget()
        if now_s - self._begun_s > FIND_S:
            people.get_up(self._room, self._places.seats)
        self._calls = {seat: at_s for seat, at_s in self._calls.items() if now_s - at_s < CALL_S}
        self._changed |= self._taking.look(now_s)
        self._taking.look_at_people()
        self._warnings.look(self._places.seats, self._pages, self._room, self._taking)
        self._whistles.look()
        self._settle()
        while not self._sentences.empty():
            tell(self._engine.header, PARENT, *self._sentences.get())

    def _say(self, sentence: str, level: int = WARNING) -> None:
        """Have something told to the people, from any thread: notices have one writer."""
        self._sentences.put((sentence, level))

    def document(self) -> dict[str, Any]:
        """Everything pages may see of the room, ready for JSON."""
        return self._document

    def close(self) -> None:
        """The meeting is over: keep it for the next one."""
        self._room.ended = True
        self._keep()
        self._keeper.close()
        self._claim.end()
        self._warnings.close()

    # --- doing ------------------------------------------------------------------------------------------------------
    def do(self, command: c.AnyCommand, who: str) -> c.Answer:
        """Do what was asked.  What is not possible is answered with one sentence, and changes nothing."""
        if command.do in c.INTERNAL and who != "desk":
            return c.Answer(ok=False, say="Only the desk itself can ask for that.")
        if self._room.locked and not isinstance(command, WHILE_LOCKED):
            return c.Answer(ok=False, say="The desk is locked. Unlock it first.")
        before = self._room.model_copy(deep=True)
        try:
            found = self._do[type(command)](command)
        except (ValueError, OSError) as error:
            self._put_back(before)
            self._settle()
            return c.Answer(ok=False, say=_one_sentence(error))
        answer = found if isinstance(found, c.Answer) else c.Answer(say=found if isinstance(found, str) else "")
        if isinstance(found, Change):
            self._remember(command, found, before)
            self._taking.list()
        self._taking.look_at_people()
        self._see_to(getattr(command, "person", None))
        self._settle()
        return answer

    def _see_to(self, name: str | None) -> None:
        """Whoever called has somebody who does something for them."""
        person = next((person for person in self._room.people if person.id == name), None)
        if person and person.seat is not None:
            self._calls.pop(person.seat, None)

    def _remember(self, command: c.AnyCommand, change: Change, before: RoomFile) -> None:
        """Have something that can be taken back, with everything it changed of the file."""
        if change.back is None:
            found = difference(change.words, before, self._room)
            if found is None:
                return
            change = found
        self._history.add(change, self._now(), _knob(command))
        self._changed = True

    def _put_back(self, before: RoomFile) -> None:
        for name in RoomFile.model_fields:
            setattr(self._room, name, getattr(before, name))

    # --- what follows from the file ---------------------------------------------------------------------------------
    def _over(self, seat: Seat) -> Over:
        """What lies over the choice for a place: whatever its person was given.  Whoever comes sits down."""
        known = seat.chosen.person if seat.chosen else None
        page = self._pages.page_of(seat.player) if self._pages.is_page(seat.player) else ""
        elsewhere = self._places.seats.keys() - {seat.player}
        person = people.arrive(self._room, seat.player, seat.name, page, known, elsewhere)
        return Over(person.instrument, person.help, dict(person.macros))

    def _settle(self) -> None:
        """Tell the engine what follows from the file as it is now, keep it on the disk, and have it ready for pages."""
        for player in list(self._places.seats):
            try:
                self._places.settle(player)
            except ValueError as error:
                self._give_back(player, str(error))
        for player in self._places.told_places:
            for where in strip_of(player):
                self._told.pop(where, None)
        self._places.told_places.clear()
        if self._places.reachable:
            playing = {seat.player: seat.choice.instrument for seat in self._places.seats.values() if seat.choice}
            wanted = levels(self._room, playing, int(self._engine.state["input_channels"]), self._now() < self._dry_until_s,
                            self._monitor_age)
            if events := level_events(wanted, self._told):
                self._places.say(events)
                self._told |= wanted
            if tuning := self._tuner.events(self._places.music.harmony.tonic):
                self._places.say(tuning)
        self._keep()
        self._write_document()

    def _give_back(self, player: int, sentence: str) -> None:
        """A place can't play what its person should: it goes on as before."""
        self._say(sentence)
        person = people.at(self._room, player)
        if person:
            person.instrument = self._places.seats[player].over.instrument

    def _keep(self) -> None:
        text = file_text(self._room)
        if text != self._saved:
            self._saved, self._changed = text, True
            if self._claim.mine:
                self._keeper.keep(text)

    def _write_document(self) -> None:
        document = {
            **self._room.model_dump(mode="json", by_alias=True),
            "seats": [self._seat_document(seat) for _, seat in sorted(self._places.seats.items())],
            "microphones": [{"microphone": number, "name": text_of(self._engine.header["microphones"][number])
                             or f"Microphone {number + 1}"} for number in range(int(self._engine.state["input_channels"]))],
            "song": self._stand.song,
            "takes": self._taking.takes,
            "warnings": self._warnings.standing,
            "calls": sorted(self._calls),
            "undo": self._history.words,
            "keepable_s": self._taking.keepable_s,
            "wants_microphones": self._wants_microphones,
            "folder": str(self._folder),
        }
        if self._changed or _without_length(document) != _without_length(self._document):
            self._document, self._changed = document, False
            self.version += 1

    def _seat_document(self, seat: Seat) -> dict[str, Any]:
        choice = seat.choice
        shares = {macro.label: seat.over.macros.get(macro.label, start_share(macro))
                  for macro in choice.instrument.macro} if choice else {}
        return {"seat": seat.player, "name": seat.name, "stem": seat.stem, "plugged": seat.plugged,
                "page": self._pages.is_page(seat.player), "instrument": choice.stem if choice else None, "macros": shares,
                "help": choice.help(seat.over.help).model_dump() if choice else {}}

    # --- commands ---------------------------------------------------------------------------------------------------
    def _all_commands(self) -> dict[type, Callable[[Any], "Change | c.Answer | str | None"]]:
        stand, taking, room = self._stand, self._taking, self._room
        return {
            c.StartStop: lambda _: stand.start_stop(), c.Softer: self._softer, c.Quiet: self._quiet,
            c.Spotlight: self._spotlight, c.Keep: lambda _: taking.keep(), c.Next: self._next,
            c.ChooseSong: lambda wish: stand.choose(wish.song, wish.style), c.Arrange: stand.arrange,
            c.Tempo: lambda wish: stand.tempo(wish.bpm), c.Tap: lambda _: stand.tap(), c.Follow: stand.follow,
            c.Wait: lambda wish: stand.wait(wish.how), c.Jump: lambda wish: stand.jump(wish.section), c.Phrase: self._phrase,
            c.Volume: lambda wish: setattr(room, "volume_db", wish.gain_db), c.Tune: self._tuner.tune,
            c.Hear: lambda _: stand.hear(),
            c.AddPerson: self._add_person, c.ChangePerson: self._change_person, c.Give: self._give,
            c.MoveMacro: self._move_macro, c.Swap: lambda wish: Change(people.swap(room, wish)),
            c.RemovePerson: lambda wish: Change(people.remove(room, wish.person)),
            c.AddStep: self._add_step, c.MoveStep: lambda wish: Change(plan.move(room, wish)),
            c.RemoveStep: lambda wish: Change(plan.remove(room, wish.step)), c.GoStep: self._go_step,
            c.Record: taking.record, c.GiveConsent: self._consent, c.MarkTake: taking.mark, c.UnmarkTake: taking.unmark,
            c.CutTake: taking.cut, c.RenameTake: taking.rename, c.DeleteTake: taking.delete,
            c.Lock: lambda wish: setattr(room, "locked", wish.on), c.Set: self._set, c.Undo: self._undo,
            c.EndSession: self._end, c.Join: self._join, c.Leave: lambda wish: self._pages.leave(wish.page), c.Call: self._call,
            c.Came: self._came,
            c.Desks: lambda wish: self._warnings.desks(wish.count),
        }

    # the six big buttons
    def _softer(self, wish: c.Softer) -> None:
        self._room.softer = (self._room.softer + 1) % 4 if wish.level is None else wish.level

    def _quiet(self, wish: c.Quiet) -> None:
        self._stand.quiet()
        self._dry_until_s = self._now() + DRY_S

    def _spotlight(self, wish: c.Spotlight) -> None:
        if wish.person is not None:
            person = people.find(self._room, wish.person)
            if person.seat is None and person.microphone is None:
                raise ValueError(f"{people.called(person)} has no instrument and no microphone yet.")
        self._room.spotlight = wish.person

    def _next(self, wish: c.Next) -> "Change | c.Answer":
        if not self._room.plan:
            raise ValueError("The plan is empty.")
        step = plan.following(self._room)
        if step:
            return self._begin_step(step.id)
        if self._room.step is None:
            raise ValueError("The plan has no further step.")
        plan.finish(self._room)
        return Change("the plan is done")

    # people
    def _add_person(self, wish: c.AddPerson) -> c.Answer:
        self._check_microphone(wish.microphone)
        before = self._room.model_copy(deep=True)
        person, words = people.add(self._room, wish)
        self._remember(wish, Change(words), before)
        return c.Answer(more={"person": person.id})

    def _change_person(self, wish: c.ChangePerson) -> Change:
        self._check_microphone(wish.microphone)
        words = people.change(self._room, wish)
        self._reseat()
        return Change(words)

    def _check_microphone(self, number: int | None) -> None:
        if number is not None and number >= int(self._engine.state["input_channels"]):
            raise ValueError(f"There is no microphone {number + 1}.")

    def _reseat(self) -> None:
        """A place whose person left has somebody new."""
        for seat in self._places.seats.values():
            if people.at(self._room, seat.player) is None:
                self._over(seat)

    def _give(self, wish: c.Give) -> Change:
        person = people.find(self._room, wish.person)
        choices = self._places.choices
        instrument = choices.named(wish.instrument) if wish.instrument else None
        if wish.instrument and instrument is None:
            raise ValueError(no_such_instrument(wish.instrument, choices.library))
        person.instrument, person.macros = wish.instrument, {}
        if person.seat is not None:
            self._places.settle(person.seat)  # may find no room for its patterns
        what = instrument.name if instrument else "what suits the controller"
        return Change(f"{people.called(person)} plays {what}")

    def _move_macro(self, wish: c.MoveMacro) -> Change:
        person = people.find(self._room, wish.person)
        choice = seat.choice if (seat := self._seat_of(person)) else None
        if choice is None:
            raise ValueError(f"{people.called(person)} has no instrument yet.")
        if wish.label not in [macro.label for macro in choice.instrument.macro]:
            raise ValueError(f'{choice.instrument.name} has no knob "{wish.label}".')
        person.macros = {**person.macros, wish.label: wish.share}
        return Change(f"{wish.label} for {people.called(person)}")

    def _seat_of(self, person: Present) -> Seat | None:
        return self._places.seats.get(person.seat) if person.seat is not None else None

    def _phrase(self, wish: c.Phrase) -> None:
        person = people.find(self._room, wish.person)
        if person.seat is None:
            raise ValueError(f"{people.called(person)} has no instrument yet.")
        self._places.say(self._stand.phrase(person.seat))

    # plan
    def _add_step(self, wish: c.AddStep) -> c.Answer:
        before = self._room.model_copy(deep=True)
        step, words = plan.add(self._room, wish)
        self._remember(wish, Change(words), before)
        return c.Answer(more={"step": step.id})

    def _go_step(self, wish: c.GoStep) -> "Change | c.Answer":
        return self._begin_step(wish.step)

    def _begin_step(self, name: str) -> c.Answer:
        """A step is under way, and its song ready."""
        before = self._room.model_copy(deep=True)
        step = plan.go(self._room, name)
        say = ""
        if step.song:
            try:
                say = self._stand.choose(step.song)
            except ValueError as error:   # the step begins all the same: people are waiting
                say = str(error)
        self._remember(c.GoStep(do="go_step", step=name), Change(f'"{step.title}" begins'), before)
        return c.Answer(say=say, more={"step": step.id})

    # takes
    def _consent(self, wish: c.GiveConsent) -> str:
        self._wants_microphones = False
        return self._taking.consent(wish)

    # the room
    def _set(self, wish: c.Set) -> Change:
        for name in wish.model_fields_set - {"do"}:
            if (value := getattr(wish, name)) is not None:
                if name == "colours" and value not in self._places.choices.library.maps:
                    raise ValueError(f'There are no colours "{value}".')
                setattr(self._room, name, value)
        words = "a setting"
        if wish.space is not None:
            words = SPACE_WORDS[wish.space]
        if wish.share_microphones is not None:
            words = "open microphones share" if wish.share_microphones else "open microphones do not share"
        return Change(words)

    def _undo(self, wish: c.Undo) -> str:
        change = self._history.take()
        self._changed = True
        if change is None:
            raise ValueError("There is nothing to take back.")
        if change.back:
            change.back()
            self._taking.list()
        else:
            put_back(change, self._room)
            self._reseat()
        return f"Taken back: {change.words}."

    def _end(self, wish: c.EndSession) -> None:
        self._room.ended = True
        self._engine.header["stop"] = 1

    # players' pages
    def _join(self, wish: c.Join) -> c.Answer:
        if not self._room.newcomers and not self._pages.knows(wish.page, wish.seat):
            raise ValueError("Nobody else can join at the moment. Ask the person who leads.")
        seat = self._pages.join(wish.page, wish.seat)
        self._places.look()
        return c.Answer(more={"seat": seat})

    def _get_up(self, seat: int) -> None:
        """Whoever sat there has no place any more."""
        people.get_up(self._room, {person.seat for person in self._room.people if person.seat is not None} - {seat})

    def _call(self, wish: c.Call) -> None:
        if wish.seat in self._places.seats:
            self._calls[wish.seat] = self._now()

    def _came(self, wish: c.Came) -> None:
        self._calls.pop(wish.seat, None)


def _knob(command: c.AnyCommand) -> tuple[str, ...]:
    """What is moved step by step, as a slider is; empty for anything else."""
    if isinstance(command, c.MoveMacro):
        return command.do, command.person, command.label
    if isinstance(command, c.ChangePerson) and (moved := command.model_fields_set - {"do", "person"}) <= {"volume_db", "help"}:
        return command.do, command.person, *sorted(moved)
    return ()


def _without_length(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what grows by itself while a take is recorded."""
    takes = [take | {"seconds": 0} if take["open"] else take for take in document.get("takes", [])]
    return document | {"takes": takes}


def _one_sentence(error: ValueError | OSError) -> str:
    if isinstance(error, ValidationError):
        return "That is not possible."
    if isinstance(error, OSError):
        return f"That can't be done: {error.strerror or error}."
    return str(error).partition("\n")[0]
