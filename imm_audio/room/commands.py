"""What can be asked of a room: by the desk's pages, by players' pages (only what is for them), by a foot switch.

Each command is one small record; `Command` reads any of them from JSON and refuses everything else.  `Room.do` carries it out
and answers with one sentence when it can't.
"""
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ..catalog.help import Help
from ..catalog.person import AgeBand
from ..settings import A4_RANGE_HZ, PLACES
from .model import Language, SecondVoice, Space

Id = Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
SongName = Annotated[str, Field(min_length=1, max_length=120)]
TakeName = Annotated[str, Field(min_length=1, max_length=120)]
Stem = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# --- the six big buttons ---
class StartStop(_Command):
    """Start the song, or end it together; start again what waits."""

    do: Literal["start_stop"]


class Softer(_Command):
    """Everything softer by steps of 3 dB, and the band sparser; None: one step more, after the last as loud as at first."""

    do: Literal["softer"]
    level: Annotated[int, Field(ge=0, le=3)] | None = None


class Quiet(_Command):
    """Silence, at once: all notes, the song, phrases and recordings."""

    do: Literal["quiet"]


class Spotlight(_Command):
    """Everybody hears this person; None: nobody in particular."""

    do: Literal["spotlight"]
    person: Id | None = None


class Keep(_Command):
    """Keep what was just played: a mark in the take under way, else a take of the last minutes."""

    do: Literal["keep"]


class Next(_Command):
    """The next step of the plan."""

    do: Literal["next"]


# --- music ---
class ChooseSong(_Command):
    """Get a song ready; None: no song."""

    do: Literal["choose_song"]
    song: SongName | None
    style: Stem | None = None


class Arrange(_Command):
    """How the song is played; what is not named stays."""

    do: Literal["arrange"]
    style: Stem | None = None
    semitones: Annotated[int, Field(ge=-11, le=11)] | None = None
    start: Literal["count", "taps", "note", "singing"] | None = None
    again: bool | None = None
    guide: bool | None = None


class Tempo(_Command):
    """Beats (what people tap) a minute."""

    do: Literal["tempo"]
    bpm: Annotated[float, Field(ge=20.0, le=300.0)]


class Tap(_Command):
    """The facilitator taps the beat."""

    do: Literal["tap"]


class Follow(_Command):
    """Whom the beat follows and how much; what is not named stays."""

    do: Literal["follow"]
    who: Annotated[str, Field(pattern="^(everybody|slowest|nobody|[1-9]|1[0-6])$")] | None = None
    percent: Annotated[float, Field(ge=0.0, le=100.0)] | None = None


class Wait(_Command):
    """Wait here (go round), hold the chord for a soloist, or go on."""

    do: Literal["wait"]
    how: Literal["round", "chord", "go"]


class Jump(_Command):
    """Go to a section (its number in the form) with the next bar."""

    do: Literal["jump"]
    section: Annotated[int, Field(ge=0, le=63)]


class Phrase(_Command):
    """One switch for a phrase that goes round: keep, play, stop what this person plays."""

    do: Literal["phrase"]
    person: Id


class Volume(_Command):
    """Loudness of all [dB, 0 is usual]."""

    do: Literal["volume"]
    gain_db: Annotated[float, Field(ge=-40.0, le=6.0)]


class Tune(_Command):
    """How high the keys are; what is not named stays.  Twelve equal steps are the tuning `equal`."""

    do: Literal["tune"]
    tuning: Stem | None = None
    a4_hz: Annotated[float, Field(ge=A4_RANGE_HZ[0], le=A4_RANGE_HZ[1])] | None = None


class Hear(_Command):
    """A short friendly sound from the loudspeakers."""

    do: Literal["hear"]


# --- people ---
class AddPerson(_Command):
    """Somebody who is here without a controller: a singer, a dancer."""

    do: Literal["add_person"]
    nickname: Annotated[str, Field(max_length=24)] = ""
    sign: Annotated[str, Field(max_length=16)] = ""
    microphone: Annotated[int, Field(ge=0, lt=PLACES)] | None = None


class ChangePerson(_Command):
    """What is named changes; the rest stays."""

    do: Literal["change_person"]
    person: Id
    nickname: Annotated[str, Field(max_length=24)] | None = None
    sign: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    age_band: AgeBand | Literal["unknown"] | None = None
    volume_db: Annotated[float, Field(ge=-24.0, le=12.0)] | None = None
    muted: bool | None = None
    microphone: Annotated[int, Field(ge=-1, lt=PLACES)] | None = None   # -1: none
    warm_voice: bool | None = None
    second_voice: SecondVoice | None = None
    here: bool | None = None                                            # False: not today, but kept in mind
    help: Help | None = None                                            # only what is named changes


class Give(_Command):
    """Give a person an instrument; None: what suits the controller."""

    do: Literal["give"]
    person: Id
    instrument: Stem | None


class MoveMacro(_Command):
    """Move a knob with a word on it."""

    do: Literal["macro"]
    person: Id
    label: Annotated[str, Field(pattern="^[a-z]{2,8}$")]
    share: Annotated[float, Field(ge=0.0, le=1.0)]


class Swap(_Command):
    """Two people change places: each plays what the other played."""

    do: Literal["swap"]
    person: Id
    other: Id


class RemovePerson(_Command):
    """Somebody left."""

    do: Literal["remove_person"]
    person: Id


# --- plan ---
class AddStep(_Command):
    """One more step, at the end."""

    do: Literal["add_step"]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    song: SongName | None = None
    note: Annotated[str, Field(max_length=400)] = ""


class MoveStep(_Command):
    """A step at another place."""

    do: Literal["move_step"]
    step: Id
    to: Annotated[int, Field(ge=0, le=63)]


class RemoveStep(_Command):
    """A step less."""

    do: Literal["remove_step"]
    step: Id


class GoStep(_Command):
    """Go to a step of the plan."""

    do: Literal["go_step"]
    step: Id


# --- takes ---
class Record(_Command):
    """Begin or end a take.  Microphones are in it only after consent."""

    do: Literal["record"]
    on: bool
    name: Annotated[str, Field(max_length=80)] = ""


class GiveConsent(_Command):
    """Everybody present agrees that microphones are recorded in this session; or nobody does any more."""

    do: Literal["consent"]
    microphones: bool
    people: Annotated[int, Field(ge=0, le=200)] = 0
    parents: bool = False


class MarkTake(_Command):
    """A mark in a finished take."""

    do: Literal["mark_take"]
    take: TakeName
    seconds: Annotated[float, Field(ge=0.0)]
    label: Annotated[str, Field(max_length=40)] = ""


class UnmarkTake(_Command):
    """One mark less, by its number in the list."""

    do: Literal["unmark_take"]
    take: TakeName
    mark: Annotated[int, Field(ge=0)]


class CutTake(_Command):
    """A new take from a part of another; the old one stays."""

    do: Literal["cut_take"]
    take: TakeName
    start_s: Annotated[float, Field(ge=0.0)]
    stop_s: Annotated[float, Field(gt=0.0)]


class RenameTake(_Command):
    """Another name."""

    do: Literal["rename_take"]
    take: TakeName
    name: Annotated[str, Field(min_length=1, max_length=80)]


class DeleteTake(_Command):
    """Into the folder `removed` beside the takes; undo brings it back."""

    do: Literal["delete_take"]
    take: TakeName


# --- the room ---
class Lock(_Command):
    """Nobody can change who plays what by mistake."""

    do: Literal["lock"]
    on: bool


class Set(_Command):
    """Settings of the room; what is not named stays."""

    do: Literal["set"]
    language: Language | None = None
    colours: Annotated[str, Field(max_length=32)] | None = None
    newcomers: bool | None = None
    show_names: bool | None = None
    show_chords: bool | None = None
    second_language: Annotated[str, Field(pattern="^([a-z]{2,3}(-[A-Za-z]{2,8})?)?$")] | None = None
    first_run_done: bool | None = None
    space: Space | None = None
    share_microphones: bool | None = None


class Undo(_Command):
    """Take back the newest change of people, plan, settings or takes."""

    do: Literal["undo"]


class EndSession(_Command):
    """End the program."""

    do: Literal["end_session"]


# --- only from the desk's process, for players' pages ---
class Join(_Command):
    """A player's page comes: `page` is its own secret-free name, kept over reconnects; `seat`: the one it had."""

    do: Literal["join"]
    page: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    seat: Annotated[int, Field(ge=0, lt=PLACES)] | None = None


class Leave(_Command):
    """Its last connection is gone (it may come back)."""

    do: Literal["leave"]
    page: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class Call(_Command):
    """A player asks the facilitator to come."""

    do: Literal["call"]
    seat: Annotated[int, Field(ge=0, lt=PLACES)]


class Came(_Command):
    """The facilitator has seen to a player who asked for help."""

    do: Literal["came"]
    seat: Annotated[int, Field(ge=0, lt=PLACES)]


class Desks(_Command):
    """So many desks are open."""

    do: Literal["desks"]
    count: Annotated[int, Field(ge=0, le=64)]


AnyCommand = (
    StartStop | Softer | Quiet | Spotlight | Keep | Next | ChooseSong | Arrange | Tempo | Tap | Follow | Wait | Jump | Phrase
    | Volume | Tune | Hear | AddPerson | ChangePerson | Give | MoveMacro | Swap | RemovePerson | AddStep | MoveStep | RemoveStep
    | GoStep | Record | GiveConsent | MarkTake | UnmarkTake | CutTake | RenameTake | DeleteTake | Lock | Set | Undo | EndSession
    | Join | Leave | Call | Came | Desks
)
Command: TypeAdapter[AnyCommand] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="do")])

#: What only the desk's own process may ask.
INTERNAL = ("join", "leave", "call", "desks")


class Answer(BaseModel):
    """What became of a command."""

    ok: bool = True
    say: str = ""                     # one plain sentence for the person who asked, when there is something to say
    more: dict[str, object] = Field(default_factory=dict)
