"""Takes and what everybody agreed to: asked by the room, done by the scribe (recorder.py) and in the folder of takes."""
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..block import WARNING, text_of
from . import recorder
from .commands import CutTake, DeleteTake, GiveConsent, MarkTake, Record, RenameTake, UnmarkTake
from .model import Consent, RoomFile
from .people import clean, present, young
from .takes import editing
from .takes.listing import list_takes
from .undo import Change

if TYPE_CHECKING:
    from ..engine import Engine

#: So coarsely it is said how much could be kept, or the document would change all the time [s].
KEEPABLE_STEP_S = 10
LONGEST_NAME = 80
#: Somebody may have put a take there by hand, or a cut is finished: so often the folder is looked at [s].
LOOK_S = 2.0


class Taking:
    """The room's takes."""

    def __init__(self, engine: "Engine", folder: Path, room: RoomFile, tell: Callable[[str, int], None],
                 adopted: bool = False):
        """adopted: the engine was told by a parent that is gone; what it knows is newer than the file."""
        self._engine, self._folder, self._room, self._tell = engine, folder, room, tell
        self._asked: set[str] = set()        # who was here when everybody was asked
        self._next_look_s, self._state = 0.0, (b"", 0, 0)
        self.takes: list[dict[str, Any]] = []
        agreed = recorder.consent_of(engine)  # in the terminal, before the session, or by the room before this one
        if agreed or adopted:
            room.consent = Consent(microphones=True, **agreed) if agreed else Consent()
        if room.consent.microphones:
            self._asked = {person.id for person in present(room)}
        self._set_microphones()
        self.list()

    # --- what everybody agreed to -----------------------------------------------------------------------------------
    def consent(self, wish: GiveConsent) -> str:
        """Everybody agrees that microphones are recorded, or nobody does any more.  A sentence; ValueError: not enough."""
        if not wish.microphones:
            self.withdraw()
            return "Microphones are not recorded."
        if wish.people < 1:
            raise ValueError("Say how many people are here: everybody has to agree.")
        if young(self._room) and not wish.parents:
            raise ValueError("Somebody here is under 18: a parent has to agree too.")
        said_at = datetime.now().astimezone().isoformat(timespec="seconds")
        self._room.consent = Consent(microphones=True, parents=wish.parents, people=wish.people, said_at=said_at)
        self._asked = {person.id for person in present(self._room)}
        self._set_microphones()
        return "Microphones are recorded with every take."

    def withdraw(self) -> None:
        """Nobody agrees any more: at once, also in a take under way."""
        self._room.consent = Consent()
        self._set_microphones()

    def look_at_people(self) -> None:
        """Somebody came for whom a parent has not agreed: microphones are not kept until somebody has asked."""
        consent = self._room.consent
        if consent.microphones and not consent.parents and young(self._room):
            self.withdraw()
            self._tell("Somebody under 18 is here, so microphones are not recorded until a parent has agreed too.",
                       WARNING)

    @property
    def newcomers(self) -> int:
        """How many came after everybody was asked."""
        return len({person.id for person in present(self._room)} - self._asked) if self._room.consent.microphones else 0

    def _set_microphones(self) -> None:
        consent = self._room.consent
        if consent.microphones:
            agreed = {"people": consent.people, "parents": consent.parents, "said_at": consent.said_at}
            recorder.set_microphones(self._engine, True, agreed)
        else:
            recorder.set_microphones(self._engine, False)

    # --- takes ------------------------------------------------------------------------------------------------------
    @property
    def under_way(self) -> bool:
        """Whether a take is being recorded, or was just asked for."""
        take = self._engine.header["take"]
        return bool(take["wanted"] % 2) and bool(take["folder"] or take["served"] < take["wanted"])

    def record(self, wish: Record) -> str:
        """Begin or end a take."""
        if wish.on == self.under_way:
            return "A take is under way already." if wish.on else "No take is under way."
        if wish.on:
            recorder.ask_to_record(self._engine, clean(wish.name, LONGEST_NAME))
        else:
            recorder.ask_to_stop(self._engine)
        return ""

    def keep(self) -> str:
        """Keep what was just played."""
        keepable_s = float(self._engine.header["take"]["keepable_s"])
        if not self.under_way and keepable_s < 1.0:
            raise ValueError("Nothing was played yet that could be kept.")
        recorder.ask_to_keep(self._engine)
        return "Marked." if self.under_way else "What was just played is kept."

    def mark(self, wish: MarkTake) -> Change:
        """A mark."""
        number = editing.mark(self._folder, wish.take, wish.seconds, clean(wish.label, editing.LONGEST_LABEL))
        return Change(f'a mark in "{wish.take}"', back=lambda: self._drop(editing.unmark(self._folder, wish.take, number)))

    def unmark(self, wish: UnmarkTake) -> Change:
        """No mark."""
        gone = editing.unmark(self._folder, wish.take, wish.mark)
        return Change(f'a mark less in "{wish.take}"',
                      back=lambda: self._drop(editing.mark(self._folder, wish.take, gone["seconds"], gone["label"])))

    def cut(self, wish: CutTake) -> Change:
        """A new take of a part."""
        cutting = editing.cut(self._folder, wish.take, wish.start_s, wish.stop_s,
                              lambda sentence: self._tell(sentence, WARNING))

        def back() -> None:
            cutting.join()
            if cutting.take_name:
                editing.remove(self._folder, cutting.take_name)

        return Change(f'a cut from "{wish.take}"', back=back)

    def rename(self, wish: RenameTake) -> Change:
        """Another name."""
        new = editing.rename(self._folder, wish.take, clean(wish.name, LONGEST_NAME))
        return Change(f'"{wish.take}" is called "{new}"', back=lambda: self._drop(editing.rename(self._folder, new, wish.take)))

    def delete(self, wish: DeleteTake) -> Change:
        """Into the folder of removed takes."""
        name = editing.remove(self._folder, wish.take)
        return Change(f'the take "{wish.take}" is deleted', back=lambda: self._drop(editing.restore(self._folder, name)))

    @staticmethod
    def _drop(_: object) -> None:
        """What came of it is seen in the list."""

    # --- looking ----------------------------------------------------------------------------------------------------
    def list(self) -> None:
        """See which takes there are."""
        self.takes = list_takes(self._folder)

    def look(self, now_s: float) -> bool:
        """Look whether there are other takes; True when there are."""
        take = self._engine.header["take"]
        state = bytes(take["folder"]), int(take["served"]), int(take["marks_served"])
        if now_s < self._next_look_s and state == self._state:
            return False
        self._next_look_s, self._state = now_s + LOOK_S, state
        before = [_settled(take) for take in self.takes]
        self.list()
        return before != [_settled(take) for take in self.takes]

    @property
    def keepable_s(self) -> float:
        """Seconds of what was just played that could be kept."""
        return float(int(self._engine.header["take"]["keepable_s"]) // KEEPABLE_STEP_S * KEEPABLE_STEP_S)

    @property
    def name_under_way(self) -> str:
        """Of the take under way."""
        return Path(text_of(self._engine.header["take"]["folder"])).name


def _settled(take: dict[str, Any]) -> dict[str, Any]:
    """What of a take is worth telling: one under way becomes longer all the time."""
    return take | {"seconds": None} if take["open"] else take
