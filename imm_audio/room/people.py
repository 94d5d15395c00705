"""Who is here: people come with controllers and pages, sing at microphones, change places, and leave.

Everything here changes the room's file only; what the engine has to be told follows from the file (places.py, levels.py).
What is not possible is a ValueError of one sentence.
"""
import re
from collections.abc import Collection

from ..catalog.person import Person
from ..songs.names import plain
from .commands import AddPerson, ChangePerson, Swap
from .model import SECOND_VOICES, Present, RoomFile, SecondVoice
from .signs import free_sign
from .store import new_id

MOST_PEOPLE = 64
#: As the room's file has them (model.py).
LONGEST_NAME, LONGEST_SIGN = 24, 16
#: A parent is asked for these too.
YOUNG = ("under 5", "5 to 8", "9 to 12", "13 to 17")
#: Signs that turn the direction of everything behind them.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str, most: int) -> str:
    """What people typed, as it may be shown anywhere; at most so many signs, of which some are written as several."""
    return plain(_TURNING.sub("", text))[:most].strip()


def called(person: Present) -> str:
    """What a person is called in a sentence."""
    return person.nickname or person.sign


def find(room: RoomFile, name: str) -> Present:
    """A person by id."""
    for person in room.people:
        if person.id == name:
            return person
    raise ValueError("That person is not here any more.")


def at(room: RoomFile, seat: int) -> Present | None:
    """Whoever plays a place."""
    return next((person for person in room.people if person.seat == seat), None)


def present(room: RoomFile) -> list[Present]:
    """Everybody who is here today."""
    return [person for person in room.people if person.here]


def young(room: RoomFile) -> bool:
    """Whether anybody is here for whom a parent has to agree."""
    return any(person.age_band in YOUNG for person in present(room))


def keep(room: RoomFile, kept: list[Present]) -> None:
    """Have only these people; who goes leaves the spotlight too."""
    if len(kept) < len(room.people):
        room.people = kept
        if room.spotlight not in [person.id for person in kept]:
            room.spotlight = None


def is_blank(person: Present) -> bool:
    """Whether nobody has said anything of a person yet: a sign, no more."""
    blank = Present(id=person.id, sign=person.sign, seat=person.seat, controller=person.controller, page=person.page)
    return person == blank


# --- coming and going -----------------------------------------------------------------------------------------------
def arrive(room: RoomFile, seat: int, controller: str, page: str = "", known: Person | None = None,
           elsewhere: Collection[int] = ()) -> Present:
    """Somebody sits down at a place: whoever played this controller or page before, or else somebody new.

    `known`: the person's own file, when the controller belongs to one; `elsewhere`: places that are played by others.
    """
    person = _returning(room, seat, controller, page, known, elsewhere) or _new(room, known, seated=True)
    for other in room.people:
        if other is not person and other.seat == seat:
            other.seat = None
    person.seat, person.controller, person.here = seat, controller[:64], True
    person.page = person.page or page
    return person


def _returning(room: RoomFile, seat: int, controller: str, page: str, known: Person | None,
               elsewhere: Collection[int]) -> Present | None:
    here = at(room, seat)
    if here and here.controller == controller[:64]:
        return here
    free = [person for person in room.people if person.seat not in elsewhere]
    if page:
        return next((person for person in free if person.page == page), None)
    for person in free:
        if person.controller == controller[:64] and not person.page:
            return person
    return next((person for person in free if known and person.nickname == known.nickname), None)


def _new(room: RoomFile, known: Person | None = None, seated: bool = False) -> Present:
    make_room(room, seated)
    taken = [person.sign for person in room.people]
    sign = clean(known.sign, LONGEST_SIGN) if known else ""
    person = Present(id=new_id(), sign=sign if sign and sign not in taken else free_sign(taken))
    if known:
        person.nickname = clean(known.nickname, LONGEST_NAME)
        person.age_band, person.volume_db = known.age_band, known.volume_db
    room.people = [*room.people, person]
    return room.people[-1]


def make_room(room: RoomFile, seated: bool = False) -> None:
    """Of too many people one who is not here is forgotten, the oldest first.  ValueError when all are here.

    `seated`: for somebody who plays already; then who has neither instrument nor microphone has to go.
    """
    if len(room.people) >= MOST_PEOPLE:
        away = next((person for person in room.people if not person.here), None)
        if away is None and seated:  # there are fewer chairs and microphones than people
            away = next(person for person in room.people if person.seat is None and person.microphone is None)
        if away is None:
            raise ValueError(f"There are {MOST_PEOPLE} people already, and no more fit.")
        keep(room, [person for person in room.people if person is not away])


def get_up(room: RoomFile, taken: Collection[int]) -> None:
    """Who sat at a place that is none any more has no place; of whom nobody said anything is forgotten."""
    for person in room.people:
        if person.seat is not None and person.seat not in taken:
            person.seat = None
    forget_blank(room)


def forget_blank(room: RoomFile) -> None:
    """Forget people who were only a sign for a controller or page that they don't play any more."""
    kept = [person for person in room.people
            if person.seat is not None or not (person.controller or person.page) or not is_blank(person)]
    keep(room, kept)


# --- what the facilitator says --------------------------------------------------------------------------------------
def add(room: RoomFile, wish: AddPerson) -> tuple[Present, str]:
    """Somebody without a controller.  The person, and words for undoing."""
    person = _new(room)
    person.nickname = clean(wish.nickname, LONGEST_NAME)
    if wish.sign:
        _give_sign(room, person, wish.sign)
    if wish.microphone is not None:
        _give_microphone(room, person, wish.microphone)
    return person, f"{called(person)} came"


def change(room: RoomFile, wish: ChangePerson) -> str:
    """Change what is named; words for undoing."""
    person, was = find(room, wish.person), called(find(room, wish.person))
    words = f"a change of {was}"
    if wish.nickname is not None:
        person.nickname = clean(wish.nickname, LONGEST_NAME)
        words = f"{was} is called {called(person)}"
    if wish.sign is not None:
        _give_sign(room, person, wish.sign)
        words = f"{was} has the sign {person.sign}"
    if wish.age_band is not None:
        person.age_band = None if wish.age_band == "unknown" else wish.age_band
        words = f"the age of {was}"
    if wish.volume_db is not None:
        person.volume_db = wish.volume_db
        words = f"the volume of {was}"
    if wish.muted is not None:
        person.muted = wish.muted
        words = f"{was} is {'silent' if wish.muted else 'heard'}"
    if wish.microphone is not None:
        if wish.microphone < 0:
            person.microphone = None
        else:
            _give_microphone(room, person, wish.microphone)
        words = f"the microphone of {was}"
    if wish.warm_voice is not None:
        person.warm_voice = wish.warm_voice
        words = f"{was} has a {'warm' if wish.warm_voice else 'plain'} voice"
    if wish.second_voice is not None:
        _give_second_voice(room, person, wish.second_voice)
        words = f"{was} has {'no' if wish.second_voice == 'none' else 'a'} second voice"
    if wish.help is not None:
        person.help = wish.help.over(person.help)
        words = f"the help for {was}"
    if wish.here is not None:
        person.here = wish.here
        if not wish.here:
            person.seat, person.microphone, person.controller, person.page = None, None, "", ""
        words = f"{was} is {'' if wish.here else 'not '}here"
    return words


def _give_sign(room: RoomFile, person: Present, sign: str) -> None:
    sign = clean(sign, LONGEST_SIGN)
    owner = next((other for other in room.people if other.sign == sign and other is not person), None)
    if not sign:
        raise ValueError("A sign is an emoji or a letter that can be seen.")
    if owner:
        raise ValueError(f"{called(owner)} has that sign already." if owner.nickname else "Somebody has that sign already.")
    person.sign = sign


def _give_microphone(room: RoomFile, person: Present, microphone: int) -> None:
    for other in room.people:
        if other.microphone == microphone:
            other.microphone = None
    person.microphone, person.here = microphone, True
    if len(room.with_second_voice()) > SECOND_VOICES:   # of an earlier meeting; to be heard matters more
        person.second_voice = "none"


def _give_second_voice(room: RoomFile, person: Present, voice: SecondVoice) -> None:
    others = [other for other in room.with_second_voice() if other is not person]
    if voice != "none" and person.microphone is not None and len(others) >= SECOND_VOICES:
        first, second = others[:SECOND_VOICES]
        raise ValueError(f"Only two people at once can have a second voice: {called(first)} and {called(second)} have one.")
    person.second_voice = voice


def swap(room: RoomFile, wish: Swap) -> str:
    """Two people change places: each plays what the other played.  Help and loudness stay with the person."""
    one, other = find(room, wish.person), find(room, wish.other)
    if one is other:
        raise ValueError("Somebody can't change places with nobody else.")
    words = f"{called(one)} and {called(other)} changed places"
    only_signs = [person for person in (one, other) if person.seat is not None and is_blank(person)]
    for what in ("seat", "controller", "page", "instrument", "macros"):
        mine, theirs = getattr(one, what), getattr(other, what)
        setattr(one, what, theirs)
        setattr(other, what, mine)
    for person in (one, other):
        person.here = person.here or person.seat is not None
    keep(room, [person for person in room.people if person.seat is not None or person not in only_signs])
    return words


def remove(room: RoomFile, name: str) -> str:
    """Somebody left."""
    person = find(room, name)
    keep(room, [other for other in room.people if other is not person])
    return f"{called(person)} left"
