"""Taking back: what a command changed of people, plan and settings is remembered, with words for it.

Only what the command itself changed is put back.  Who came since stays, and so does what others did meanwhile.
"""
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .model import Present, RoomFile
from .people import forget_blank, make_room
from .signs import free_sign

#: So many changes can be taken back.
MOST = 50
#: Steps of one knob that follow each other so closely are one change [s].
TOGETHER_S = 1.5
#: Of the file, beside its people.
_OTHERS = ("plan", "step", "language", "colours", "newcomers", "show_names", "show_chords", "second_language", "first_run_done",
           "spotlight", "tuning", "space", "share_microphones")


@dataclass
class Change:
    """One thing that can be taken back."""

    words: str                                   # as in "Undo: Rosa plays Koto"
    people: dict[str, tuple[Present | None, Present | None]] = field(default_factory=dict)  # id -> before, after
    places: dict[str, int] = field(default_factory=dict)                                    # where in the list they were
    others: dict[str, Any] = field(default_factory=dict)                                    # field of the file -> before
    back: Callable[[], None] | None = None       # for what is not in the file: takes
    key: tuple[str, ...] = ()                    # changes of one key that follow each other closely are one
    at_s: float = 0.0


def difference(words: str, before: RoomFile, after: RoomFile) -> Change | None:
    """What has to be put back to come from `after` to `before`; None when that is nothing."""
    old, new = ({person.id: person for person in room.people} for room in (before, after))
    people = {name: (old.get(name), new.get(name)) for name in old | new if old.get(name) != new.get(name)}
    others = {name: value for name in _OTHERS if (value := getattr(before, name)) != getattr(after, name)}
    if not people and not others:
        return None
    copies = {name: tuple(person and person.model_copy(deep=True) for person in pair) for name, pair in people.items()}
    places = {person.id: place for place, person in enumerate(before.people)}
    return Change(words, copies, places, others)  # type: ignore[arg-type]


def put_back(change: Change, room: RoomFile) -> None:
    """Take a change back."""
    for name, (before, after) in change.people.items():
        here = next((person for person in room.people if person.id == name), None)
        if before is None:
            room.people = [person for person in room.people if person.id != name]
            room.spotlight = None if room.spotlight == name else room.spotlight
        elif here is None:
            if after is None:
                make_room(room)
                room.people.insert(min(change.places[name], len(room.people)), before.model_copy(deep=True))
        elif after is not None:
            for what in Present.model_fields:
                if getattr(before, what) != getattr(after, what):
                    setattr(here, what, getattr(before, what))
    for name, value in change.others.items():
        if name != "spotlight" or room.spotlight is None:   # somebody else may stand in it now
            setattr(room, name, value)
    _make_room(change, room)


def _make_room(change: Change, room: RoomFile) -> None:
    """Who came meanwhile gives chair and microphone back, and keeps the sign that was free."""
    back = [person for person in room.people if person.id in change.people]
    others = [person for person in room.people if person.id not in change.people]
    for person in back:
        for other in others:
            if other.seat == person.seat:
                other.seat = None
            if other.microphone == person.microphone:
                other.microphone = None
    forget_blank(room)
    signs = {other.sign for other in others if other in room.people}
    for person in back:
        if person.sign in signs:
            person.sign = free_sign([other.sign for other in room.people])


class History:
    """Changes that can be taken back, the newest last."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=MOST)

    def add(self, change: Change, now_s: float, key: tuple[str, ...] = ()) -> None:
        """Remember; steps of one knob become one change."""
        last = self._changes[-1] if self._changes else None
        change.key, change.at_s = key, now_s
        if last and key and last.key == key and now_s - last.at_s < TOGETHER_S and last.people.keys() == change.people.keys():
            change.people = {name: (last.people[name][0], after) for name, (_, after) in change.people.items()}
            self._changes.pop()
        self._changes.append(change)

    def take(self) -> Change | None:
        """The newest change, which is remembered no more."""
        return self._changes.pop() if self._changes else None

    @property
    def words(self) -> str:
        """What would be taken back."""
        return self._changes[-1].words if self._changes else ""
