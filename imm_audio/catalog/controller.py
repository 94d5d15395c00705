"""Controllers as data: what `instruments/controllers/*.toml` may say.

A part of a device is named by a **source**, the same words in files and in the program: `note 36 channel 10`, `cc 2`,
`button 0`, `hat 0 up`, `key space`, `osc /1/push1`.
"""
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ..kernels.music.terms import AXES, CONTROLS
from .reading import Data, DataFile, possible

#: How a device reaches the computer; "page" is the program's own page on a phone or tablet, which needs no translation.
Kind = Literal["midi", "gamepad", "keys", "osc", "page"]
CHANNELS, KEYS, CONTROLLERS = 16, 128, 120  # controllers from 120 on are the system's: all notes off and the like
BUTTONS, HATS, PAD_AXES, NUMBERS = 64, 4, 16, 16
DIRECTIONS = ("up", "right", "down", "left")
#: Names of switches: what a computer's keyboard and mouse call them.
KEY_NAMES = (*"abcdefghijklmnopqrstuvwxyz0123456789", *(f"f{n}" for n in range(1, 13)), "space", "enter", "tab", "escape",
             "backspace", "up", "right", "down", "left", "click", "right click")

# --- sources ----------------------------------------------------------------------------------------------------------
_CHANNEL = r"(?: channel (?P<channel>\d{1,2}))?"
_SHAPES = {
    "midi": (rf"note (?P<first>\d{{1,3}}){_CHANNEL}", rf"notes (?P<first>\d{{1,3}}) to (?P<last>\d{{1,3}}){_CHANNEL}",
             rf"cc (?P<first>\d{{1,3}}){_CHANNEL}", rf"pressure{_CHANNEL}", rf"bend{_CHANNEL}"),
    "gamepad": (r"button (?P<first>\d{1,2})", r"buttons (?P<first>\d{1,2}) to (?P<last>\d{1,2})", r"axis (?P<first>\d{1,2})",
                rf"hat (?P<first>\d) (?P<way>{'|'.join(DIRECTIONS)})"),
    "keys": (rf"key (?P<key>{'|'.join(sorted(KEY_NAMES, key=len, reverse=True))})",),
    "osc": (r"osc (?P<address>/\S+)(?: (?P<number>\d{1,2}))?",),
}
_EXAMPLES = {
    "midi": '"note 36", "note 36 channel 10", "notes 36 to 51", "cc 2", "pressure" or "bend"',
    "gamepad": '"button 0", "buttons 0 to 3", "axis 1" or "hat 0 up"',
    "keys": '"key space"',
    "osc": '"osc /1/fader1", "osc /1/push#" (any number) or "osc /accxyz 2" (the second value)',
}
_DOES = r"(touch \d{1,2}( onwards)?|axis \w+|keys|sustain|nothing)"
_DOES_EXAMPLES = '"touch 0", "touch 0 onwards", "axis breath", "keys", "sustain" or "nothing"'


def parse_when(when: str) -> tuple[str, re.Match[str]] | None:
    """(kind of device, parts) of a source or a range of them; None when it is none."""
    for kind, shapes in _SHAPES.items():
        for shape in shapes:
            if found := re.fullmatch(shape, when):
                return kind, found
    return None


def _bounds(word: str) -> int:
    """How many there are of what a source begins with."""
    return {"note": KEYS, "notes": KEYS, "cc": CONTROLLERS, "axis": PAD_AXES, "hat": HATS}.get(word, BUTTONS)


def _check_when(when: str) -> str:
    found = parse_when(when)
    if found is None:
        word = when.partition(" ")[0]
        if word == "key":
            raise ValueError(f"for the name of a key {possible(when[4:], KEY_NAMES)}")
        kinds = [kind for kind, text in _EXAMPLES.items() if word and f'"{word} ' in text] or list(_EXAMPLES)
        raise ValueError(f"possible are {', '.join(_EXAMPLES[kind] for kind in kinds)}.")
    parts = found[1].groupdict()
    first, last = (int(parts.get(name) or 0) for name in ("first", "last"))
    most = _bounds(when.partition(" ")[0]) - 1
    if first > most or last > most:
        raise ValueError(f"numbers from 0 to {most} are possible.")
    if parts.get("last") is not None and last < first:
        raise ValueError("the first number of a range must be the smaller one.")
    if parts.get("channel") is not None and not 1 <= int(parts["channel"]) <= CHANNELS:
        raise ValueError(f"channels from 1 to {CHANNELS} are possible.")
    if parts.get("number") is not None and not 1 <= int(parts["number"]) <= NUMBERS:
        raise ValueError(f"values from 1 to {NUMBERS} of a message are possible.")
    return when


def _check_does(does: str) -> str:
    if not re.fullmatch(_DOES, does):
        raise ValueError(f"possible are {_DOES_EXAMPLES}.")
    words = does.split()
    if words[0] == "touch" and int(words[1]) >= CONTROLS:
        raise ValueError(f"touches from 0 to {CONTROLS - 1} are possible.")
    if words[0] == "axis" and words[1] not in AXES:
        raise ValueError(f"for the name of an axis {possible(words[1], AXES)}")
    return does


# --- the file ---------------------------------------------------------------------------------------------------------
class Control(Data):
    """One part of a device, or a row of them."""

    when: Annotated[str, AfterValidator(_check_when)] = Field(
        description="What the device sends: " + ", ".join(_EXAMPLES.values()),
        json_schema_extra={"pattern": "^(" + "|".join(re.sub(r"\?P<\w+>", "", shape)
                                                      for shapes in _SHAPES.values() for shape in shapes) + ")$"})
    does: Annotated[str, AfterValidator(_check_does)] = Field(
        description=f"What it means: {_DOES_EXAMPLES}.", json_schema_extra={"pattern": f"^{_DOES}$"})
    low: float = Field(0.0, description="Where its way begins, from 0 to 1; in OSC, in the numbers that are sent.")
    high: float = Field(1.0, description="Where its way ends.")
    reversed: bool = Field(False, description="The other way round: its beginning is 1, its end 0.")
    say: str = Field("", max_length=60, description='What people call it, as in "That is the big red button."')

    @model_validator(mode="after")
    def _fits(self) -> "Control":
        if self.high == self.low:
            raise ValueError(f"low and high are both {self.low:g}; they must differ.")
        if self.does == "keys" and not self.when.startswith("note"):
            raise ValueError('only notes can be "keys".')
        several = self.when.startswith(("notes", "buttons")) or "#" in self.when
        if self.does.endswith("onwards") and not several:
            raise ValueError('"onwards" needs a range, as in "notes 36 to 51".')
        return self


class Controller(DataFile):
    """A file of instruments/controllers/."""

    name: str = Field(min_length=1, max_length=60, description="What people call the device.")
    match: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        description="Parts of the device's name, in small letters; for OSC, of the sender's number or of an address.")
    kind: Kind = Field(description="How it reaches the computer.")
    mpe: bool = Field(False, description="True when each finger has a channel of its own.")
    instrument: str | None = Field(None, description="Which instrument suits it: a file in instruments/, without .toml.")
    say: str = Field("", max_length=200, description="One sentence about it.")
    control: list[Control] = Field(default=[], max_length=512)

    @model_validator(mode="after")
    def _fits(self) -> "Controller":
        for part in self.match:
            if part != part.lower():
                raise ValueError(f'match has "{part}"; small letters are needed: "{part.lower()}".')
        if self.kind == "page" and self.control:
            raise ValueError('kind is "page": what is touched there says itself what it is, so there are no controls.')
        for number, control in enumerate(self.control, 1):
            found = parse_when(control.when)
            if found is None or found[0] != self.kind:
                raise ValueError(f'control {number}.when is "{control.when}", but kind is "{self.kind}": '
                                 f"possible are {_EXAMPLES[self.kind]}.")
        if self.mpe and self.kind != "midi":
            raise ValueError('mpe is true; that needs kind = "midi".')
        return self
