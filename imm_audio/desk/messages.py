"""What pages say over their WebSockets; everything else is refused."""
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ..kernels.music.terms import AXES, CONTROLS, FIRST_CONTROL
from ..room.commands import AnyCommand

#: Longest message [characters]: of a desk, and of a player or the wall.
LONGEST_OF_DESK, LONGEST = 16384, 512
Number = Annotated[int, Field(ge=0, le=2**53)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Ping(_Message):
    """How late is it?  `at`: whatever the page wants back."""

    t: Literal["ping"]
    at: float


class Do(_Message):
    """A command of the desk."""

    t: Literal["do"]
    n: Number
    command: Annotated[AnyCommand, Field(discriminator="do")]


class Touch(_Message):
    """A control goes down, at a server time [s]."""

    t: Literal["touch"]
    c: Annotated[int, Field(ge=0, lt=FIRST_CONTROL + CONTROLS)]
    v: Annotated[float, Field(gt=0.0, le=1.0)]
    at: float
    n: Number = 0


class LetGo(_Message):
    """It comes up."""

    t: Literal["let_go"]
    c: Annotated[int, Field(ge=0, lt=FIRST_CONTROL + CONTROLS)]
    at: float
    n: Number = 0


class Move(_Message):
    """An axis has a new value."""

    t: Literal["move"]
    a: Annotated[int, Field(ge=0, lt=len(AXES))]
    v: Annotated[float, Field(ge=0.0, le=1.0)]
    at: float
    n: Number = 0


class AllOff(_Message):
    """Nothing is touched any more."""

    t: Literal["all_off"]


class Call(_Message):
    """Please come."""

    t: Literal["call"]


OfDesk: TypeAdapter[Ping | Do] = TypeAdapter(Annotated[Ping | Do, Field(discriminator="t")])
OfPlayer: TypeAdapter[Ping | Touch | LetGo | Move | AllOff | Call] = TypeAdapter(
    Annotated[Ping | Touch | LetGo | Move | AllOff | Call, Field(discriminator="t")])
OfWall: TypeAdapter[Ping] = TypeAdapter(Ping)
