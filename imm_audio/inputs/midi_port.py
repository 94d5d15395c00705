"""Messages of one MIDI port become events of the engine; no device is needed to run or test it.

What is understood beyond notes: pedal, bend with its range (RPN 0), tuning (RPN 1, 2), modulation, pressure, volume,
pan, expression, timbre (74), reverb (91), banks and programs, reset and all-notes-off, MPE zones (RPN 6), and from live
ports breath (2).
Sources: MIDI 1.0 Detailed Specification; RP-015 (reset all controllers); M1-100-UM "MIDI Polyphonic Expression" 1.1.
"""
import math
from typing import TYPE_CHECKING

from ..kernels.effects.strip import PAN, SEND_DB
from ..kernels.engine.events import (
    BEND,
    EXPRESSION,
    MODULATION,
    MOVE,
    NOTE_OFF,
    NOTE_ON,
    PRESSURE,
    RELEASE,
    SILENCE,
    SOUND,
    STRIP,
    SUSTAIN,
    TIMBRE,
    VOLUME,
)
from ..kernels.music.terms import BREATH
from ..kernels.voices.bars import BARS
from ..kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER, TONE
from ..kernels.voices.pluck import STRINGS_OF
from ..kernels.voices.tones import TONES
from . import midi_stream as midi
from .controls import Event

if TYPE_CHECKING:
    from .controls import Controls

CHANNELS, KEYS = 16, 128
PERCUSSION = 9          # channel 10 when counted from 1: always the drum kit
FIRST_STRIP = 16        # strip of player 0
LOWER, UPPER = 0, 15    # manager channels of the two MPE zones
OWN_BANK = 1            # bank of the sounds below; every other bank plays General MIDI
#: Sounds that imm_audio makes itself, as (name, model, program): program 0 of OWN_BANK is the first.
OWN_SOUNDS = (*((row[0], PLUCK, program) for program, row in enumerate(STRINGS_OF)),
              *((row[0], MODAL, program) for program, row in enumerate(BARS)),
              *((row[0], TONE, program) for program, row in enumerate(TONES)))

_DEFAULT_RANGE_CENTS, _MEMBER_RANGE_CENTS = 200.0, 4800.0
_NO_PARAMETER = (127, 127)
_TO_LEVEL = {1: MODULATION, 2: EXPRESSION, 7: VOLUME, 11: EXPRESSION}
#: Strip parameters as the engine starts them: reset goes back there.
_PAN_CENTRE, _SEND_DB = 0.0, -16.0


def _send_db(value: int) -> float:
    """Reverb send of a controller value: the curve of General MIDI volume, 0 is silence."""
    return 40.0 * math.log10(value / 127.0) if value else -120.0


class _Channel:
    """Where the controllers of one MIDI channel stand."""

    def __init__(self) -> None:
        self.bank = 0
        self.parameter = _NO_PARAMETER            # registered parameter (high, low) that data entry goes to
        self.range_cents = _DEFAULT_RANGE_CENTS
        self.coarse_cents, self.fine = 0.0, 8192  # tuning; fine: 14 bits over 200 cents, 8192 in tune
        self.bend = 0.0                           # -1 .. 1
        self.pressure, self.timbre = 0.0, 0.5
        self.pedal = 0.0
        self.levels: dict[int, float] = {}        # kind -> value of modulation, volume, expression
        self.sound = (SAMPLER, 0)
        self.keys: set[int] = set()               # held

    @property
    def cents(self) -> float:
        return self.bend * self.range_cents + self.coarse_cents + (self.fine - 8192) / 81.92


class MidiPort:
    """One port that plays as `player`; with None each channel is the player of its number, as in files.

    Keys of live ports are touches, and may mean something else by the table of `controls`; notes of files are notes.
    """

    def __init__(self, player: int | None, controls: "Controls | None" = None):
        self._player, self._controls = player, controls
        self._strips_moved: set[int] = set()      # players whose pan or reverb send was changed
        self._forget()

    def _forget(self) -> None:
        self._channels = [_Channel() for _ in range(CHANNELS)]
        self._channels[PERCUSSION].sound = (DRUMS, 0)
        self._manager = [-1] * CHANNELS           # manager channel of each MPE member, -1: none

    def _of(self, channel: int) -> int:
        return channel if self._player is None else self._player

    def message(self, status: int, channel: int, one: int, two: int) -> list[Event]:
        """Events that follow from one message of `MidiStream`."""
        state = self._channels[channel]
        if status == midi.NOTE_ON:
            state.keys.add(one)
            return self._press(channel, one, two / 127.0)
        if status == midi.NOTE_OFF:
            state.keys.discard(one)
            return self._let_go(channel, one)
        if status == midi.CONTROL:
            return self._control(channel, one, two)
        if status == midi.PITCH_BEND:
            value = one + 128 * two - 8192
            bend = value / (8191.0 if value > 0 else 8192.0)
            if (source := self._source("bend", channel)) is not None:
                return self._move(source, 0.5 + 0.5 * bend)
            state.bend = bend
            return self._tell(channel, BEND)
        if status in (midi.CHANNEL_PRESSURE, midi.POLY_PRESSURE):
            pressure = (one if status == midi.CHANNEL_PRESSURE else two) / 127.0
            if (source := self._source("pressure", channel)) is not None:
                return self._move(source, pressure)
            state.pressure = pressure
            return self._tell(channel, PRESSURE)
        if status == midi.PROGRAM:
            return self._program(channel, one)
        if status == midi.SYSTEM_RESET:
            return self.reset()
        return []

    def release(self) -> list[Event]:
        """Let everything go, for a port that vanishes: no note, controllers and zones as at the start; sounds stay."""
        sounds = [state.sound for state in self._channels]
        self._forget()
        if self._controls:
            self._controls.forget()
        for state, sound in zip(self._channels, sounds, strict=True):
            state.sound = sound
        return [(RELEASE, -1 if self._player is None else self._player, -1, 0.0, 0.0)]

    def reset(self) -> list[Event]:
        """System or General MIDI reset: as `release`, and first sounds, pan and reverb send come back as well."""
        sounds = [state.sound for state in self._channels]
        found = self.release()
        self._forget()
        for channel, state in enumerate(self._channels):
            if state.sound != sounds[channel]:
                found.append((SOUND, self._of(channel), channel, *state.sound))
        for player in sorted(self._strips_moved):
            found.append((STRIP, FIRST_STRIP + player, PAN, 0.0, _PAN_CENTRE))
            found.append((STRIP, FIRST_STRIP + player, SEND_DB, 0.0, _SEND_DB))
        self._strips_moved.clear()
        return found

    def use_mpe(self) -> list[Event]:
        """Each finger has a channel of its own, for devices that are known for it and may not say so."""
        return self._zone(LOWER, CHANNELS - 1)

    # --- keys and what they may mean --------------------------------------------------------------------------------
    def _press(self, channel: int, key: int, velocity: float) -> list[Event]:
        if self._controls is None:
            return [(NOTE_ON, self._of(channel), channel, key, velocity)]
        source = self._source(f"note {key}", channel)
        if source is None:
            return self._controls.touch((channel, key), channel, key, velocity)
        return self._controls.press(source, velocity)

    def _let_go(self, channel: int, key: int) -> list[Event]:
        """A key comes up, whatever it meant when it went down."""
        controls = self._controls
        if controls is None:
            return [(NOTE_OFF, self._of(channel), channel, key, 0.0)]
        if found := controls.let_go((channel, key)):
            return found
        return [event for source in (f"note {key}", f"note {key} channel {channel + 1}") for event in controls.let_go(source)]

    def _source(self, word: str, channel: int) -> str | None:
        """The source that the controller's file has a meaning of its own for; None when it is what MIDI says it is."""
        if self._controls is None or self._controls.table.is_empty:
            return None
        for source in (f"{word} channel {channel + 1}", word):
            action = self._controls.table.find(source)
            if action is not None:
                return source if action.does != "keys" else None
        return None

    def _move(self, source: str, value: float) -> list[Event]:
        return self._controls.move(source, value) if self._controls else []

    # --- channels and zones -----------------------------------------------------------------------------------------
    def _reach(self, channel: int) -> list[int]:
        """The channel, and its members when it manages an MPE zone."""
        return [channel, *(c for c in range(CHANNELS) if self._manager[c] == channel)]

    def _value(self, channel: int, kind: int) -> float:
        """What a controller of the channel comes to, together with that of its manager."""
        state = self._channels[channel]
        manager = self._channels[self._manager[channel]] if self._manager[channel] >= 0 else None
        if kind == BEND:
            return state.cents + (manager.cents if manager else 0.0)
        if kind == PRESSURE:
            return max(state.pressure, manager.pressure) if manager else state.pressure
        if kind == TIMBRE:
            return min(max(state.timbre + manager.timbre - 0.5, 0.0), 1.0) if manager else state.timbre
        return max(state.pedal, manager.pedal) if manager else state.pedal

    def _tell(self, channel: int, kind: int) -> list[Event]:
        """Events that bring BEND, PRESSURE, TIMBRE or SUSTAIN to the channel and whatever it manages."""
        return [(kind, self._of(c), c, 0.0, self._value(c, kind)) for c in self._reach(channel)]

    def _zone(self, manager: int, members: int) -> list[Event]:
        """Configure an MPE zone: all notes end and all controllers start anew, as the MPE paper asks."""
        size = {m: sum(1 for c in self._manager if c == m) for m in (LOWER, UPPER)}
        size[manager] = min(members, 15)
        other = LOWER + UPPER - manager
        size[other] = min(size[other], max(14 - size[manager], 0))
        sounds = {m: self._channels[m].sound for m in (LOWER, UPPER)}
        had = [state.sound for state in self._channels]
        found = self.release()
        for c in (*range(1, 1 + size[LOWER]), *range(15 - size[UPPER], 15)):
            self._manager[c] = LOWER if c <= size[LOWER] else UPPER
        for c, state in enumerate(self._channels):
            if self._manager[c] >= 0:
                state.range_cents = _MEMBER_RANGE_CENTS
                state.sound = sounds[self._manager[c]]
            elif c == PERCUSSION:
                state.sound = (DRUMS, 0)
            if state.sound != had[c]:
                found.append((SOUND, self._of(c), c, *state.sound))
        return found

    # --- messages ---------------------------------------------------------------------------------------------------
    def _program(self, channel: int, program: int) -> list[Event]:
        bank = self._channels[channel].bank
        found: list[Event] = []
        sound = OWN_SOUNDS[program][1:] if bank == OWN_BANK and program < len(OWN_SOUNDS) else (SAMPLER, program)
        for c in self._reach(channel):
            if c == PERCUSSION and self._manager[c] < 0:
                continue
            self._channels[c].sound = sound
            found.append((SOUND, self._of(c), c, *sound))
        return found

    def _control(self, channel: int, number: int, value: int) -> list[Event]:
        state = self._channels[channel]
        if number < 120 and (source := self._source(f"cc {number}", channel)) is not None:
            action = self._controls.table.find(source) if self._controls else None
            if action is None or action.does != "sustain":
                return self._move(source, value / 127.0)
            number, value = 64, round(127.0 * action.scaled(value / 127.0))
        if number == 2 and self._controls:
            return [(MOVE, self._controls.player, BREATH, 0.0, value / 127.0)]
        if number == 64:
            state.pedal = 1.0 if value >= 64 else 0.0
            return self._tell(channel, SUSTAIN)
        if number == 74:
            state.timbre = value / 127.0 if value != 64 else 0.5
            return self._tell(channel, TIMBRE)
        if number in _TO_LEVEL:
            return self._level(channel, _TO_LEVEL[number], value / 127.0)
        if number in (10, 91):
            player = self._of(channel)
            self._strips_moved.add(player)
            if number == 91:
                return [(STRIP, FIRST_STRIP + player, SEND_DB, 0.0, _send_db(value))]
            return [(STRIP, FIRST_STRIP + player, PAN, 0.0, max((value - 64) / 63.0, -1.0))]
        if number == 0:
            state.bank = value
        elif number in (98, 99):
            state.parameter = _NO_PARAMETER       # not a registered one: none of ours
        elif number == 100:
            state.parameter = (state.parameter[0], value)
        elif number == 101:
            state.parameter = (value, state.parameter[1])
        elif number in (6, 38):
            return self._parameter(channel, value, coarse=number == 6)
        elif number >= 120:
            return [event for c in self._reach(channel) for event in self._mode(c, number)]
        return []

    def _level(self, channel: int, kind: int, value: float) -> list[Event]:
        found: list[Event] = []
        for c in self._reach(channel):
            self._channels[c].levels[kind] = value
            found.append((kind, self._of(c), c, 0.0, value))
        return found

    def _parameter(self, channel: int, value: int, coarse: bool) -> list[Event]:
        """Data entry, high (coarse) or low byte, for the registered parameter chosen before."""
        state, parameter = self._channels[channel], self._channels[channel].parameter
        if parameter == (0, 6):
            return self._zone(channel, value) if coarse and channel in (LOWER, UPPER) else []
        changed = [channel]
        if parameter == (0, 0):
            if self._manager[channel] >= 0:       # one range for all members of a zone
                changed = [c for c in range(CHANNELS) if self._manager[c] == self._manager[channel]]
            range_cents = value * 100.0 if coarse else state.range_cents // 100.0 * 100.0 + min(value, 99)
            for c in changed:
                self._channels[c].range_cents = range_cents
        elif parameter == (0, 1):
            state.fine = value * 128 if coarse else state.fine // 128 * 128 + value
        elif parameter == (0, 2) and coarse:
            state.coarse_cents = (value - 64) * 100.0
        else:
            return []
        return [event for c in changed for event in self._tell(c, BEND)]

    def _mode(self, channel: int, number: int) -> list[Event]:
        """Channel mode messages, for one channel."""
        state, player = self._channels[channel], self._of(channel)
        if number == 120:  # all sound off; the engine's SILENCE resets controllers too, so they are told again
            state.keys.clear()
            found: list[Event] = [(SILENCE, player, channel, 0.0, 0.0)]
            for kind in (SUSTAIN, BEND, PRESSURE, TIMBRE):
                found.append((kind, player, channel, 0.0, self._value(channel, kind)))
            return found + [(kind, player, channel, 0.0, value) for kind, value in state.levels.items()]
        if number == 121:
            state.bend = state.pressure = state.pedal = 0.0
            state.parameter = _NO_PARAMETER
            state.levels[MODULATION], state.levels[EXPRESSION] = 0.0, 1.0
            found = [(kind, player, channel, 0.0, self._value(channel, kind)) for kind in (SUSTAIN, BEND, PRESSURE)]
            return [*found, (MODULATION, player, channel, 0.0, 0.0), (EXPRESSION, player, channel, 0.0, 1.0)]
        if number >= 123:  # all notes off, and the modes that imply it: what the pedal holds goes on
            keys = sorted(state.keys)
            state.keys.clear()
            return [event for key in keys for event in self._let_go(channel, key)]
        return []                                 # 122, local control, concerns keyboards only
