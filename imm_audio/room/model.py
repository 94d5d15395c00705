"""What is known about a room: who is here, what is planned, what everybody agreed to.  Kept in `session.json`.

The parent process has the only copy that counts (room/room.py); pages see views of it.
"""
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..catalog.help import Help
from ..catalog.person import AgeBand
from ..settings import A4_RANGE_HZ, PLACES

Language = Literal["en", "de"]
#: Rooms in which everything is heard (kernels/effects/rooms.py), and what sings along with somebody.
Space = Literal["none", "lounge", "hall", "cathedral", "bathroom"]
SecondVoice = Literal["none", "low", "high", "third", "double"]
#: So many microphones at once have one (kernels/effects/vocal.py).
SECOND_VOICES = 2


class RoomData(BaseModel):
    """Part of the room; its values are checked whenever they change."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)


class Present(RoomData):
    """Somebody who is here.  Whatever is plugged in gets somebody to play it, at first with a sign and no name."""

    id: str = Field(pattern="^[0-9a-f]{8}$")
    sign: str = Field(min_length=1, max_length=16, description="An emoji that stands for this person.")
    nickname: str = Field(default="", max_length=24)
    age_band: AgeBand | None = None
    seat: int | None = Field(default=None, ge=0, lt=PLACES, description="Place whose instrument this person plays.")
    microphone: int | None = Field(default=None, ge=0, lt=PLACES)
    controller: str = Field(default="", max_length=64, description="Name of the device, so that it comes back to this person.")
    instrument: str | None = Field(default=None, max_length=64, description="File stem; None: what suits the controller.")
    help: Help = Help()
    macros: dict[str, float] = Field(default_factory=dict, description="Label -> 0 .. 1, where it was moved.")
    volume_db: float = Field(default=0.0, ge=-24.0, le=12.0)
    muted: bool = False
    warm_voice: bool = False              # at the microphone
    second_voice: SecondVoice = "none"    # at the microphone
    here: bool = Field(default=True, description="False: known from an earlier meeting, and nothing of theirs came back yet.")
    page: str = Field(default="", pattern="^([0-9a-f]{16})?$", description="The player page they came by.")


class Step(RoomData):
    """One thing of the plan for this hour."""

    id: str = Field(pattern="^[0-9a-f]{8}$")
    title: str = Field(min_length=1, max_length=80)
    song: str | None = Field(default=None, max_length=120, description="Name on the shelf; None: something without a song.")
    note: str = Field(default="", max_length=400)
    done: bool = False


class Consent(RoomData):
    """Whether microphones may be recorded in this session."""

    microphones: bool = False   # everybody present agreed
    parents: bool = False       # and a parent for everybody under 16, where there is one
    people: int = 0             # how many people were present
    said_at: str | None = None  # ISO time


class Playing(RoomData):
    """What the band plays, as it was asked for."""

    song: str | None = None
    style: str | None = None
    semitones: int = Field(default=0, ge=-11, le=11, description="Higher or lower than the song is written.")
    tempo_bpm: float | None = Field(default=None, ge=20.0, le=300.0)
    start: Literal["count", "taps", "note", "singing"] = "count"
    again: bool = False
    guide: bool = False


class Following(RoomData):
    """Whom the beat follows, and how much."""

    who: str = Field(default="everybody", pattern="^(everybody|slowest|nobody|[1-9]|1[0-6])$")
    percent: float = Field(default=100.0, ge=0.0, le=100.0)


class Tuned(RoomData):
    """How high the keys are."""

    name: str | None = Field(default=None, max_length=1024, description="Name of a tuning, or a file; None: equal steps.")
    a4_hz: float = Field(default=440.0, ge=A4_RANGE_HZ[0], le=A4_RANGE_HZ[1])


class RoomFile(RoomData):
    """The file `session.json` in the session's folder."""

    version: Literal[1] = Field(default=1, alias="schema")
    id: str = Field(pattern="^[0-9a-f]{16}$")
    started: str                          # ISO time
    language: Language = "en"
    colours: str | None = None            # colour map; None: the first
    people: list[Present] = Field(default_factory=list, max_length=64)
    plan: list[Step] = Field(default_factory=list, max_length=64)
    step: str | None = None               # id of the step under way
    playing: Playing = Playing()
    following: Following = Following()
    tuning: Tuned = Tuned()
    consent: Consent = Consent()
    spotlight: str | None = None          # id of the person everybody hears now
    softer: int = Field(default=0, ge=0, le=3)
    volume_db: float = Field(default=0.0, ge=-40.0, le=6.0)
    space: Space = "lounge"
    share_microphones: bool = True        # microphones that are open share their gain
    locked: bool = False                  # nobody can change who plays what by mistake
    newcomers: bool = True                # phones may join
    show_names: bool = False              # nicknames are shown on the wall and on players' pages
    show_chords: bool = False             # on the wall
    second_language: str = ""             # of the words on the wall; empty: none
    first_run_done: bool = False
    ended: bool = False                   # the meeting is over: the next start begins another

    def with_second_voice(self) -> list[Present]:
        """At whose microphones something sings along."""
        return [person for person in self.people if person.microphone is not None and person.second_voice != "none"]
