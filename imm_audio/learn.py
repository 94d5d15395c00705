"""Learning by doing: whatever is touched is recognised and written into a controller file of one's own.

`Learner` decides, from what drivers say; `listen` is `imm-audio learn`, which lets it hear everything that is plugged in.
"""
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .block import INFO
from .catalog.controller import Controller, parse_when
from .catalog.controllers import Controllers, Table, own_controllers
from .catalog.reading import BadFile, fit, parse_toml
from .inputs import midi_stream as midi
from .kernels.music.terms import CONTROLS

if TYPE_CHECKING:
    from rich.console import Console

#: An axis was meant when it went further than this share of its way.
MOVED = 0.3
#: What a hand moves beside what it wants to touch: pressure under a finger, a stick under the thumb.
AFTER_TOUCH_S = 1.0
#: MIDI controllers that are pedals and switches (MIDI 1.0, table 3): down or up, nothing between.
_PEDALS = range(64, 70)
#: Axes that go without saying.
_USUAL = {"midi": {"cc 1": "wheel", "cc 2": "breath", "cc 4": "pedal", "cc 11": "pedal", "cc 74": "slide",
                   "pressure": "pressure", "bend": "wheel"},
          "gamepad": {"axis 0": "tilt_x", "axis 1": "tilt_y", "axis 2": "tilt_x", "axis 3": "tilt_y", "axis 4": "breath",
                      "axis 5": "pedal"}}
_OTHERS = ("knob", "slide", "tilt_x", "tilt_y", "wheel", "pedal", "breath", "pressure")
_UP_IS_LESS = ("axis 1", "axis 3")
_WORDS = {"note": "a key", "pressure": "the pressure", "bend": "the wheel that bends", "button": "a button", "hat": "an arrow",
          "axis": "a stick or trigger", "key": "a switch"}
#: What may be either, by what it was taken for.
_TOUCH, _AXIS = {"cc": "a button or pedal", "osc": "a button"}, {"cc": "a knob or fader", "osc": "a fader or sensor"}
#: A switch interface that says Enter is no person at the keyboard who wants to end.
_ENTER_S = 0.5
_ROUND_S = 0.05


@dataclass
class _Axis:
    low: float
    high: float
    mapped: bool = False


class _Device:
    """One device, and its file as far as it is known."""

    def __init__(self, name: str, kind: str, path: Path | None, table: dict[str, Any]):
        self.name, self.kind, self.path, self.table = name, kind, path, table
        self.before = Table(fit(table, Controller, name).control)
        self.saved = False
        self.axes: dict[str, _Axis] = {}
        self.held: set[str] = set()
        self.touched_s = float("-inf")

    def row(self, source: str) -> dict[str, Any] | None:
        return next((row for row in self.table["control"] if row["when"] == source), None)

    def knows(self, source: str) -> bool:
        return self.row(source) is not None or self.before.find(source) is not None

    def next_touch(self) -> int:
        """The number after the highest that is used."""
        used = [-1]
        for row in self.table["control"]:
            words = row["does"].split()
            if words[0] == "touch":
                ends = re.search(r"(\d+) to (\d+)", row["when"]) if words[-1] == "onwards" else None
                used.append(int(words[1]) + (int(ends[2]) - int(ends[1]) if ends else 0))
        return min(max(used) + 1, CONTROLS - 1)


def slug(name: str) -> str:
    """A name as a file is called."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "controller"


class Learner:
    """Hears raw messages and writes files into `folder`; what it says is one sentence for each recognised control."""

    def __init__(self, folder: Path, controllers: Controllers, name: str | None = None):
        self._folder, self._controllers, self._name = folder, controllers, name
        self._devices: dict[tuple[str, str], _Device] = {}
        self.problems: list[str] = []

    @property
    def files(self) -> list[Path]:
        """Files that were written."""
        return [device.path for device in self._devices.values() if device.saved and device.path]

    # --- what is heard ----------------------------------------------------------------------------------------------
    def press(self, device: str, kind: str, source: str, now_s: float) -> str | None:
        """Something went down; what it is, when it is new."""
        found = self._device(device, kind)
        found.held.add(source)
        found.touched_s = now_s
        if found.knows(source):
            return None if found.saved else self._keep(found, source)
        return self._add(found, {"when": source, "does": f"touch {found.next_touch()}"})

    def let_go(self, device: str, kind: str, source: str) -> None:
        """It came up."""
        self._device(device, kind).held.discard(source)

    def move(self, device: str, kind: str, source: str, value: float, now_s: float) -> str | None:
        """An axis is somewhere else; what it is, when it went far enough to be meant."""
        found = self._device(device, kind)
        axis = found.axes.setdefault(source, _Axis(value, value))
        axis.low, axis.high = min(axis.low, value), max(axis.high, value)
        way = max(1.0, abs(axis.low), abs(axis.high)) if kind == "osc" else 1.0  # OSC sends numbers of any size
        row = found.row(source)
        if axis.mapped and kind == "osc" and row and "low" in row and (axis.low < row["low"] or axis.high > row["high"]):
            row["low"], row["high"] = min(axis.low, row["low"]), max(axis.high, row["high"])
            self._write(found)
        if axis.mapped or axis.high - axis.low <= MOVED * way:
            return None
        if found.held or now_s - found.touched_s < AFTER_TOUCH_S:
            axis.low = axis.high = value          # moved by the way
            return None
        axis.mapped = True
        if found.knows(source):
            return None if found.saved else self._keep(found, source)
        used = {known["does"].partition(" ")[2] for known in found.table["control"]}
        name = _USUAL.get(kind, {}).get(source) or next((name for name in _OTHERS if name not in used), _OTHERS[0])
        row = {"when": source, "does": f"axis {name}"}
        if kind == "osc":
            row |= {"low": axis.low, "high": axis.high}
        elif kind == "gamepad" and source in _UP_IS_LESS:
            row["reversed"] = True
        return self._add(found, row)

    def message(self, device: str, kind: str, message: midi.Message, now_s: float) -> str | None:
        """A message of `MidiStream`."""
        status, channel, one, two = message
        found = self._device(device, kind)
        end = " channel 10" if channel == 9 and not found.table.get("mpe") else ""  # pads beside keys
        if status == midi.NOTE_ON:
            return self.press(device, kind, f"note {one}{end}", now_s)
        if status == midi.NOTE_OFF:
            self.let_go(device, kind, f"note {one}{end}")
        elif status == midi.CONTROL and one < 120 and one not in (0, 6, 32, 38, 98, 99, 100, 101):
            source = f"cc {one}"
            new = source not in found.axes
            if one in _PEDALS or (source in found.held) or (new and two == 127):
                if two >= 64:
                    return None if source in found.held else self.press(device, kind, source, now_s)
                self.let_go(device, kind, source)
                return None
            return self.move(device, kind, source, two / 127.0, now_s)
        elif status == midi.PITCH_BEND:
            found.axes.setdefault("bend", _Axis(0.5, 0.5))
            return self.move(device, kind, "bend", (one + 128 * two) / 16383.0, now_s)
        elif status in (midi.CHANNEL_PRESSURE, midi.POLY_PRESSURE):
            return self.move(device, kind, "pressure", (one if status == midi.CHANNEL_PRESSURE else two) / 127.0, now_s)
        return None

    def number(self, device: str, kind: str, source: str, value: float, now_s: float) -> str | None:
        """A number that may be a button's or a sensor's: buttons say 1 and 0, nothing else."""
        found = self._device(device, kind)
        is_button = source in found.held or (value == 1.0 and source not in found.axes)
        if not is_button:
            row = found.row(source)
            touches = row is not None and row["does"].startswith("touch")
            return None if touches else self.move(device, kind, source, value, now_s)
        if value <= 0.0:
            self.let_go(device, kind, source)
        elif source not in found.held:
            return self.press(device, kind, source, now_s)
        return None

    # --- what is kept -----------------------------------------------------------------------------------------------
    def _device(self, name: str, kind: str) -> _Device:
        if (name, kind) not in self._devices:
            self._devices[name, kind] = _Device(name, kind, *self._file_of(name, kind))
        return self._devices[name, kind]

    def _file_of(self, device: str, kind: str) -> tuple[Path | None, dict[str, Any]]:
        """The file of a device and what is in it: one's own that is there already, else a new one."""
        part = device.lower()[:60]
        for path in sorted(self._folder.glob("*.toml")):
            try:
                before = parse_toml(path)
                found = fit(before, Controller, path.name)
            except BadFile as error:
                self.problems += error.sentences  # it is left as it is
                continue
            if found.kind == kind and part in found.match:
                return path, {**before, "control": before.get("control", [])}
        stem, known = self._controllers.find(device, kind)
        name = known.name if kind == "osc" else device[:60]
        table: dict[str, Any] = {"schema": 1, "name": name, "match": [part], "kind": kind}
        if known.mpe:
            table["mpe"] = True
        if stem and known.instrument:
            table["instrument"] = known.instrument
        return None, {**table, "say": "Learned by touching.", "control": []}

    def _add(self, device: _Device, row: dict[str, Any]) -> str | None:
        if parse_when(row["when"]) is None:       # an address that no file can hold
            return None
        device.table["control"].append(row)
        return self._keep(device, row["when"])

    def _keep(self, device: _Device, source: str) -> str:
        if self._name and not self.files:
            device.table["name"] = self._name[:60]
        if device.path is None:
            stem, number = slug(device.table["name"]), 1
            device.path = self._folder / f"{stem}.toml"
            while device.path.exists():
                number += 1
                device.path = self._folder / f"{stem}-{number}.toml"
        self._write(device)
        return f"That is {self._words(device, source)} of {device.table['name']}."

    def _words(self, device: _Device, source: str) -> str:
        stem, _ = self._controllers.find(device.name, device.kind)
        action = self._controllers.table(stem, device.kind).find(source)
        if action is not None and action.say:
            return f"the {action.say}" if not re.match(r"(button|pad|square|fader|knob|field|switch)\b", action.say) \
                else f"a {action.say}"
        row, word = device.row(source), source.partition(" ")[0]
        either = _AXIS if row is not None and row["does"].startswith("axis") else _TOUCH
        return "a pad" if source.endswith("channel 10") else {**_WORDS, **either}[word]

    def _write(self, device: _Device) -> None:
        """Write the file whole or not at all, because a session may be reading it."""
        import tomli_w

        assert device.path is not None
        fit(device.table, Controller, device.path.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = device.path.with_suffix(".new")
        beside.write_text(tomli_w.dumps(device.table), encoding="utf-8")
        os.replace(beside, device.path)
        device.saved = True


# --- hearing everything -----------------------------------------------------------------------------------------------
class _Ear:
    """One device; stands where a player's place stands in a session (`inputs/drivers.py`)."""

    def __init__(self, ears: "_Ears", player: int, device: str, kind: str):
        self.player, self.name, self.kind, self._ears = player, device, kind, ears

    def plug(self) -> None:
        pass

    def leave(self, unplugged: bool = True) -> None:
        pass

    def flush(self) -> None:
        pass

    def exclusive(self, data: bytes) -> None:
        pass

    def press(self, source: str, velocity: float) -> None:
        self._ears.hear(lambda learner, now_s: learner.press(self.name, self.kind, source, now_s))
        if self.kind == "keys":
            self._ears.key_s = time.monotonic()

    def let_go(self, source: str) -> None:
        self._ears.hear(lambda learner, _: learner.let_go(self.name, self.kind, source))

    def move(self, source: str, value: float) -> None:
        self._ears.hear(lambda learner, now_s: learner.move(self.name, self.kind, source, value, now_s))

    def number(self, source: str, value: float) -> None:
        self._ears.hear(lambda learner, now_s: learner.number(self.name, self.kind, source, value, now_s))

    def message(self, status: int, channel: int, one: int, two: int) -> None:
        message = status, channel, one, two
        self._ears.hear(lambda learner, now_s: learner.message(self.name, self.kind, message, now_s))


class _Ears:
    """Hears all devices for a learner; drivers' threads take turns."""

    def __init__(self, learner: Learner, controllers: Controllers, say: Callable[[str], None]):
        self._learner, self._controllers, self._say = learner, controllers, say
        self._lock = threading.Lock()
        self._count = 0
        self._said: set[str] = set()
        self.key_s = float("-inf")

    def take(self, device: str, kind: str, name: str = "") -> _Ear:
        self._count += 1
        return _Ear(self, self._count - 1, device.partition(" /")[0] if kind == "osc" else device, kind)

    def is_known(self, device: str, kind: str) -> bool:
        return bool(self._controllers.find(device, kind)[0])

    def name_of(self, device: str, kind: str) -> str:
        return self._controllers.find(device, kind)[1].name

    def say(self, text: str, level: int = INFO) -> None:
        self.say_once(text)

    def say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text)

    def now(self) -> float:
        return time.monotonic()

    def hear(self, tell: "Callable[[Learner, float], str | None]") -> None:
        with self._lock:
            try:
                sentence = tell(self._learner, self.now())
            except (BadFile, OSError) as error:
                sentence = f"That can't be kept: {error}"
            for problem in self._learner.problems:
                self.say_once(problem)
            self._learner.problems.clear()
            if sentence:
                self._say(sentence)


def _enter_pressed(pressed: threading.Event) -> None:
    while sys.stdin.readline():
        pressed.set()


def _jack_runs() -> bool:
    from .host import DeviceProblem, sounddevice
    from .sound_devices import JACK

    try:
        return any(api["name"] == JACK for api in sounddevice().query_hostapis())
    except DeviceProblem:
        return False


def listen(console: "Console", name: str | None, seconds: float | None, osc_port: int | None) -> int:
    """Let people touch things until Enter, Ctrl-C or the end of `seconds`; exit status."""
    from .inputs.all_inputs import AllInputs

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    controllers, entered = Controllers(), threading.Event()
    learner = Learner(own_controllers(), controllers, name)
    ears = _Ears(learner, controllers, say)
    inputs = AllInputs(ears, (), _jack_runs(), osc_port)
    has_terminal = sys.stdin is not None and sys.stdin.isatty()
    say("Touch what you want to use." + (" Press Enter when that is all." if has_terminal else ""))
    if has_terminal:
        threading.Thread(target=_enter_pressed, args=(entered,), daemon=True).start()
    end_s = time.monotonic() + seconds if seconds is not None else float("inf")
    try:
        while time.monotonic() < end_s:
            inputs.midi.poll()
            if entered.wait(_ROUND_S):
                entered.clear()
                time.sleep(_ROUND_S)              # a switch that is Enter too may come a little later this way
                if time.monotonic() - ears.key_s > _ENTER_S:
                    break
    except KeyboardInterrupt:
        pass
    inputs.close()
    for path in learner.files:
        say(f"Kept in {path}")
    if not learner.files:
        say("Nothing was touched. What is missing? imm-audio devices shows what is plugged in.")
    return 0
