"""Instruments as data: what `instruments/*.toml` may say, and the events that make a player play one."""
from collections import Counter
from typing import Annotated

from pydantic import Field, model_validator

from ..kernels.effects.strip import CHORUS_DB, ECHO_DB, GAIN_DB, HIGH_DB, HIGHPASS_HZ, LOW_DB, MID_DB, PAN, SEND_DB
from ..kernels.engine.events import ASSIST, EXPRESSION, MODULATION, RELEASE, RING, SOFT, SOUND, STRIP, TIMBRE
from ..kernels.music.terms import (
    ABSOLUTE,
    AXES,
    AXIS_AMOUNT,
    AXIS_TARGET,
    BASE,
    CHANNEL,
    CLEAR,
    CONTROLS,
    FIRST,
    FIRST_CONTROL,
    GROUP,
    HIGH,
    LAST,
    LATCH,
    LOW,
    MEANING,
    MEANINGS,
    PAD,
    PATTERN_SLOT,
    SIZE,
    STEP_BEATS,
    TARGETS,
    TONES,
    ZONES,
)
from .help import USUAL, Event, Help, compile_help
from .keys import HIGHEST_KEY, ControlRange, KeyRange, NoteName, controls_of, key_of, keys_of
from .patterns import Pattern, PatternSlots
from .reading import Data, DataFile, OneOf, possible
from .voices import DRUM_KEYS, DRUM_KIT, VOICES

FAMILIES = ("keys", "strings", "wind", "voices", "bells", "drums", "bass")
PADS = 32
FIRST_STRIP = 16          # strip of player 0
PERCUSSION = 9            # MIDI's own channel for drums: no instrument changes its sound
CHANNELS = 16
_MIDDLE_C = 60
#: Strips as the engine starts them (kernels/effects/strip.py, player): what instruments add to or leave alone.
GAIN_AT_START_DB, SEND_AT_START_DB = -6.0, -16.0

#: What a macro moves: kind of event, strip parameter, lowest and highest value.  Parts know all but those of the strip.
_MOVES = {
    "timbre": (TIMBRE, 0, 0.0, 1.0), "ring": (RING, 0, 0.0, 1.0), "soft": (SOFT, 0, 0.0, 1.0),
    "modulation": (MODULATION, 0, 0.0, 1.0), "expression": (EXPRESSION, 0, 0.0, 1.0),
    "bass_db": (STRIP, LOW_DB, -24.0, 24.0), "middle_db": (STRIP, MID_DB, -24.0, 24.0),
    "treble_db": (STRIP, HIGH_DB, -24.0, 24.0), "reverb_db": (STRIP, SEND_DB, -60.0, 6.0),
    "echo_db": (STRIP, ECHO_DB, -60.0, 6.0), "chorus_db": (STRIP, CHORUS_DB, -60.0, 6.0),
    "highpass_hz": (STRIP, HIGHPASS_HZ, 0.0, 1000.0),
}
Voice = Annotated[str, OneOf(VOICES)]


class Sound(Data):
    """Table [sound]."""

    voice: Voice
    volume_db: float = Field(default=0, ge=-24, le=12, description="Louder or softer than other instruments. [dB]")
    reverb_db: float | None = Field(default=None, ge=-60, le=6, description="How much reverb; usual is -16. [dB]")
    pan: float = Field(default=0, ge=-1, le=1, description="-1 left .. 1 right")


class Macro(Data):
    """Table [[macro]]: a knob with a word on it."""

    label: str = Field(pattern="^[a-z]{2,8}$", description="One short word in small letters, for a child to read.")
    moves: Annotated[str, OneOf(_MOVES)]
    low: float = Field(description="Value at the low end, in the unit of what it moves.")
    high: float = Field(description="Value at the high end; may be less than low.")
    start: float

    def mistake(self) -> str | None:
        """What is wrong with the values together."""
        _, _, lowest, highest = _MOVES[self.moves]
        for key, value in (("low", self.low), ("high", self.high)):
            if not lowest <= value <= highest:
                return f"macro {self.label}: {key} is {value:g}; {lowest:g} to {highest:g} are possible for {self.moves}."
        if not min(self.low, self.high) <= self.start <= max(self.low, self.high):
            return f"macro {self.label}: start is {self.start:g}; it must lie between low and high."
        return None


class Touch(Data):
    """Table [[touch]]: a range of keys or controls and what touching them means."""

    means: Annotated[str, OneOf(MEANINGS)]
    keys: KeyRange | None = Field(default=None, description='Keys of a keyboard, like "C2 to B3" or "C4 and above".')
    controls: ControlRange | None = Field(default=None, description='Pads, buttons or switches, like "0 to 7".')
    low: NoteName = Field(default="C2", description="Lowest note that may sound.")
    high: NoteName = Field(default="C7", description="Highest note that may sound.")
    size: int = Field(default=3, ge=1, le=TONES, description="Notes of a chord, strings of a strum bar.")
    base: NoteName | None = Field(default=None, description="Note near which control 0 sounds; usually C4.")
    patterns: list[str] = Field(default_factory=list, max_length=TONES, description="Names of patterns, one for each control.")
    step_beats: float = Field(default=0.5, ge=0.0625, le=16, description="Time between notes of an arpeggio. [beats]")
    group: int = Field(default=0, ge=0, le=4, description="0: own place in the tune; 1 to 4: shared by all of the same group.")
    latch: bool = Field(default=False, description="A touch starts, the next one ends.")
    voice: Voice | None = Field(default=None, description="A sound of its own, for one of two hands.")

    @property
    def first(self) -> int:
        """First control, as in TOUCH events."""
        if self.keys is None:
            return FIRST_CONTROL + controls_of(self.controls)[0] if self.controls else 0
        return keys_of(self.keys)[0]

    @property
    def last(self) -> int:
        """Last control, as in TOUCH events."""
        if self.controls is None:
            return keys_of(self.keys)[1] if self.keys else FIRST_CONTROL + CONTROLS - 1
        return FIRST_CONTROL + controls_of(self.controls)[1]

    @property
    def base_key(self) -> int:
        """MIDI key near which control 0 sounds: middle C, or as near as the range allows."""
        return key_of(self.base) if self.base else min(max(_MIDDLE_C, key_of(self.low)), key_of(self.high))

    def mistake(self) -> str | None:
        """What is wrong with the values together."""
        if self.keys and self.controls and (keys_of(self.keys)[1] != HIGHEST_KEY or controls_of(self.controls)[0] != 0):
            return 'keys and controls must meet: keys that end with "and above", controls that begin with 0.'
        low, high = key_of(self.low), key_of(self.high)
        if high < low + 12:
            return f"low {self.low} and high {self.high} must be an octave apart or more."
        if self.base and not low <= key_of(self.base) <= high:
            return f"base {self.base} must lie between low {self.low} and high {self.high}."
        if self.patterns and self.means not in ("loop", "phrase"):
            return f'patterns are for "loop" and "phrase", this touch means "{self.means}".'
        if not self.patterns and self.means in ("loop", "phrase"):
            return f'means is "{self.means}", so it needs patterns.'
        return None


Target = Annotated[str, OneOf(TARGETS)]
Amount = Annotated[float, Field(ge=-1, le=1, description="How much of its way reaches the target.")]


class Axes(Data):
    """Table [axes]: what breath, tilt and wheels move."""

    breath: Target | None = None
    breath_amount: Amount = 1.0
    tilt_x: Target | None = None
    tilt_x_amount: Amount = 1.0
    tilt_y: Target | None = None
    tilt_y_amount: Amount = 1.0
    pressure: Target | None = None
    pressure_amount: Amount = 1.0
    slide: Target | None = None
    slide_amount: Amount = 1.0
    wheel: Target | None = None
    wheel_amount: Amount = 1.0
    pedal: Target | None = None
    pedal_amount: Amount = 1.0
    knob: Target | None = None
    knob_amount: Amount = 1.0


class Instrument(DataFile):
    """A file in instruments/."""

    name: str = Field(min_length=1, max_length=24)
    say: str = Field(min_length=1, max_length=100, description="One sentence a child can read aloud.")
    family: Annotated[str, OneOf(FAMILIES)] | None = None
    pads: list[Annotated[str, OneOf(DRUM_KEYS)]] = Field(
        default_factory=list, max_length=PADS, description="Drums, one for each pad.")
    sound: Sound
    macro: list[Macro] = Field(min_length=2, max_length=4)
    touch: list[Touch] = Field(min_length=1, max_length=ZONES)
    pattern: list[Pattern] = Field(default_factory=list)
    axes: Axes = Axes()
    help: Help = Help()

    @property
    def own_channels(self) -> bool:
        """True when each touch sounds on a part of its own, not on the channel it came from."""
        return self.sound.voice == DRUM_KIT or any(touch.voice for touch in self.touch)

    def voice_of(self, touch: Touch) -> str:
        """Name of the sound that a touch makes."""
        return touch.voice or self.sound.voice

    @model_validator(mode="after")
    def _fits_together(self) -> "Instrument":
        for found in self._mistakes():
            raise ValueError(found)
        return self

    def _mistakes(self):
        found = [*(macro.mistake() for macro in self.macro), *(pattern.mistake() for pattern in self.pattern)]
        yield from filter(None, found)
        for number, touch in enumerate(self.touch, 1):
            if mistake := touch.mistake() or self._misused(touch):
                yield f"touch {number}: {mistake}"
            for other, before in enumerate(self.touch[:number - 1], 1):
                if touch.first <= before.last and before.first <= touch.last:
                    yield f"touch {other} and touch {number} have keys or controls in common."
        for what, names in (("macros", [macro.label for macro in self.macro]),
                            ("macros move", [macro.moves for macro in self.macro]),
                            ("patterns", [pattern.name for pattern in self.pattern])):
            for name in (name for name, count in Counter(names).items() if count > 1):
                yield f"two {what} {name}." if " " in what else f"two {what} have the name {name}."
        yield from self._idle()

    def _misused(self, touch: Touch) -> str | None:
        """What a touch asks for that the rest of the file does not give."""
        names, drums = [pattern.name for pattern in self.pattern], self.voice_of(touch) == DRUM_KIT
        for name in touch.patterns:
            if name not in names:
                return f'there is no pattern "{name}"; {possible(name, names)}' if names else f'there is no pattern "{name}".'
        if any(pattern.drums != drums for pattern in self.pattern if pattern.name in touch.patterns):
            return f"its patterns must be made of {'drums' if drums else 'steps'}, because the voice is {self.voice_of(touch)}."
        if touch.means == "pads" and not self.pads:
            return 'means is "pads", so the file needs a list of pads.'
        if touch.means == "pads" and not drums:
            return f'means is "pads", so the voice must be {DRUM_KIT}, not {self.voice_of(touch)}.'
        return None

    def _idle(self):
        """What is written but can't do anything."""
        moved = {macro.moves for macro in self.macro}
        if "reverb_db" in moved and self.sound.reverb_db is not None:
            yield "sound.reverb_db and a macro both set the reverb; leave sound.reverb_db out."
        if self.pads and not any(touch.means == "pads" for touch in self.touch):
            yield 'there are pads, but no touch means "pads".'
        used = {name for touch in self.touch for name in touch.patterns}
        for pattern in self.pattern:
            if pattern.name not in used:
                yield f"no touch uses the pattern {pattern.name}."
        for axis in AXES:
            if getattr(self.axes, axis) is None and f"{axis}_amount" in self.axes.model_fields_set:
                yield f"axes.{axis}_amount is there, but axes.{axis} is not."


def compile_instrument(instrument: Instrument, player: int, patterns: PatternSlots) -> list[Event]:
    """Events that make `player` play this instrument, with the help it brings; what was held is let go of.

    ValueError when there is no room for its patterns.
    """
    events: list[Event] = [(ASSIST, player, CLEAR, 0.0, 0.0), (RELEASE, player, -1, 0.0, 0.0)]
    events += [(SOUND, player, channel, *map(float, VOICES[voice])) for channel, voice in _channels(instrument).items()]
    patterns.release(player)
    for zone, touch in enumerate(instrument.touch):
        events += _compile_touch(instrument, touch, zone, player, patterns)
    # a grid has more pads than the file names: the same drums again
    drums = [DRUM_KEYS[instrument.pads[pad % len(instrument.pads)]] for pad in range(PADS if instrument.pads else 0)]
    events += [(ASSIST, player, PAD, float(pad), float(drum)) for pad, drum in enumerate(drums)]
    for number, axis in enumerate(AXES):
        if target := getattr(instrument.axes, axis):
            events.append((ASSIST, player, AXIS_TARGET, float(number), float(TARGETS.index(target))))
            events.append((ASSIST, player, AXIS_AMOUNT, float(number), getattr(instrument.axes, f"{axis}_amount")))
    sound = instrument.sound
    for parameter, value in ((GAIN_DB, GAIN_AT_START_DB + sound.volume_db), (PAN, sound.pan),
                             (SEND_DB, SEND_AT_START_DB if sound.reverb_db is None else sound.reverb_db),
                             (LOW_DB, 0.0), (MID_DB, 0.0), (HIGH_DB, 0.0), (HIGHPASS_HZ, 0.0), (ECHO_DB, -120.0),
                             (CHORUS_DB, -120.0)):
        events.append((STRIP, FIRST_STRIP + player, parameter, 0.0, value))
    for macro in instrument.macro:
        events += _move(instrument, macro, macro.start, player)
    return events + compile_help(instrument.help.over(USUAL), player)


def compile_macro(instrument: Instrument, macro: Macro, share: float, player: int) -> list[Event]:
    """Events that put a macro of the instrument at `share` [0 .. 1, clamped] of its way."""
    return _move(instrument, macro, macro.low + min(max(share, 0.0), 1.0) * (macro.high - macro.low), player)


def _move(instrument: Instrument, macro: Macro, value: float, player: int) -> list[Event]:
    kind, parameter, _, _ = _MOVES[macro.moves]
    if kind == STRIP:
        return [(STRIP, FIRST_STRIP + player, parameter, 0.0, value)]
    return [(kind, player, channel, 0.0, value) for channel in _channels(instrument)]


def _channels(instrument: Instrument) -> dict[int, str]:
    """Part channels that sound, and with which voice."""
    if instrument.own_channels:
        return {zone: instrument.voice_of(touch) for zone, touch in enumerate(instrument.touch)}
    return {channel: instrument.sound.voice for channel in range(CHANNELS) if channel != PERCUSSION}


def _compile_touch(instrument: Instrument, touch: Touch, zone: int, player: int, slots: PatternSlots) -> list[Event]:
    by_name = {pattern.name: pattern for pattern in instrument.pattern}
    patterns = [by_name[name] for name in touch.patterns]
    slot, events = slots.take(player, patterns) if patterns else (0, [])
    values = {
        MEANING: MEANINGS.index(touch.means), FIRST: touch.first, LAST: touch.last,
        CHANNEL: zone if instrument.own_channels else -1, LOW: key_of(touch.low), HIGH: key_of(touch.high),
        SIZE: len(patterns) or touch.size, BASE: touch.base_key, PATTERN_SLOT: slot, STEP_BEATS: touch.step_beats,
        GROUP: touch.group, LATCH: touch.latch, ABSOLUTE: bool(patterns) and patterns[0].drums,
    }
    return events + [(ASSIST, player, parameter, float(zone), float(value)) for parameter, value in values.items()]
