"""Which controller file belongs to which device, and what it says about each part of it."""
import importlib.resources
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..kernels.music.terms import AXES, CONTROLS
from ..settings import own_folder
from .controller import Control, Controller, parse_when
from .reading import BadFile, read_toml

#: Stem of the file that is used when nothing is known about a device.
DEFAULTS = {"midi": "keyboard", "gamepad": "gamepad", "keys": "switches", "osc": "touch-surface"}
#: Answers about OSC addresses that are kept; whoever sends random ones fills no memory.
_MOST_KEPT = 1024


def osc_source(address: str, number: int) -> str:
    """Source of a value in an OSC message; values count from 1, the first one has no number."""
    return f"osc {address} {number}" if number > 1 else f"osc {address}"


@dataclass(frozen=True, slots=True)
class Action:
    """What one source means."""

    does: str            # touch, axis, keys, sustain, nothing
    number: int = 0      # of the control or the axis
    low: float = 0.0     # this is 0 ...
    high: float = 1.0    # ... and this is 1
    say: str = ""        # what people call the source

    def onwards(self, step: int) -> "Action":
        """The action of a place further on in a range."""
        return replace(self, number=min(self.number + step, CONTROLS - 1))

    def scaled(self, value: float) -> float:
        """A value of the device on its way from 0 to 1."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


class Table:
    """Which action belongs to which source, for one file; what it doesn't name is looked for in `beneath`."""

    def __init__(self, controls: Iterable[Control] = (), beneath: "Table | None" = None):
        self._rows: dict[str, Action] = {}
        self._patterns: list[tuple[re.Pattern[str], Action, bool]] = []  # the last one said comes first
        self._kept: dict[str, Action | None] = {}
        self._beneath = beneath
        for control in controls:
            self._add(control)
        #: Nobody needs to ask.
        self.is_empty: bool = not self._rows and not self._patterns and (beneath is None or beneath.is_empty)

    def _add(self, control: Control) -> None:
        found = parse_when(control.when)
        assert found is not None  # checked by the model
        parts, words = found[1].groupdict(), control.does.split()
        low, high = (control.high, control.low) if control.reversed else (control.low, control.high)
        number = int(words[1]) if words[0] == "touch" else AXES.index(words[1]) if words[0] == "axis" else 0
        action, onwards = Action(words[0], number, low, high, control.say), words[-1] == "onwards"
        if parts.get("address"):
            source = osc_source(parts["address"], int(parts["number"] or 1))
            if "#" in source or "*" in source:
                shape = re.escape(source).replace(r"\#", r"(\d{1,3})").replace(r"\*", r"[^/]+")
                self._patterns.insert(0, (re.compile(shape), action, onwards))
            else:
                self._rows[source] = action
        elif parts.get("last"):
            word, end = control.when.partition("s ")[0], f" channel {parts['channel']}" if parts.get("channel") else ""
            first = int(parts["first"])
            for n in range(first, int(parts["last"]) + 1):
                self._rows[f"{word} {n}{end}"] = action.onwards(n - first) if onwards else action
        else:
            self._rows[control.when] = action

    def find(self, source: str) -> Action | None:
        """The action of a source; None when nothing is said about it."""
        found = self._rows.get(source)
        if found is None and self._patterns:
            found = self._matching(source)
        return self._beneath.find(source) if found is None and self._beneath is not None else found

    def _matching(self, source: str) -> Action | None:
        if source not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[source] = None
            for shape, action, onwards in self._patterns:
                if found := shape.fullmatch(source):
                    self._kept[source] = action.onwards(max(int(found[1]) - 1, 0)) if onwards else action
                    break
        return self._kept[source]


def shipped_folder() -> Path:
    """Where the controllers lie that come with the program."""
    return Path(str(importlib.resources.files("imm_audio.instruments"))) / "controllers"


def own_controllers() -> Path:
    """Where people's own controllers lie."""
    return own_folder() / "controllers"


@dataclass(frozen=True)
class _File:
    controller: Controller
    own: bool
    changed_s: float


class Controllers:
    """All controller files, shipped and people's own; an own file takes the place of a shipped one of the same name.

    `problems` are sentences about files that can't be used; the others can.
    """

    def __init__(self, shipped: Callable[[], Path] = shipped_folder, own: Callable[[], Path] = own_controllers):
        self._own = own
        self.problems: list[str] = []
        self._shipped = self._read(shipped(), own=False)
        self._seen: dict[Path, tuple[int, int]] = {}
        self._files = dict(self._shipped)
        self._tables: dict[tuple[str, str], Table] = {}
        self.refresh()

    def _read(self, folder: Path, own: bool) -> dict[str, _File]:
        found = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                found[path.stem] = _File(read_toml(path, Controller), own, path.stat().st_mtime)
            except BadFile as error:
                self.problems += error.sentences
            except OSError:
                pass  # gone since it was listed
        return found

    def refresh(self) -> bool:
        """Read own files anew when one was changed; True when there are other files now."""
        seen = {}
        try:
            for path in self._own().glob("*.toml"):
                status = path.stat()
                seen[path] = status.st_mtime_ns, status.st_size
        except OSError:
            pass  # a file that is being replaced is seen the next time
        if seen == self._seen:
            return False
        self._seen, self.problems = seen, []
        self._files = {**self._shipped, **self._read(self._own(), own=True)}
        self._tables = {}
        return True

    def find(self, device: str, kind: str) -> tuple[str, Controller]:
        """The file whose `match` fits a device best, and its stem; "" and the default of the kind when none does.

        The longest part that fits wins, then people's own files, then the newest.
        """
        name, best, found = device.lower(), (0, False, 0.0), ""
        for stem, file in self._files.items():
            if file.controller.kind == kind:
                length = max((len(part) for part in file.controller.match if part in name), default=0)
                if length and (length, file.own, file.changed_s) > best:
                    best, found = (length, file.own, file.changed_s), stem
        return found, self._controller(found, kind)

    def get(self, stem: str) -> Controller | None:
        """The controller of a file, None when there is no such file."""
        return self._files[stem].controller if stem in self._files else None

    def _controller(self, stem: str, kind: str) -> Controller:
        file = self._files.get(stem or DEFAULTS[kind])
        if file is None or file.controller.kind != kind:  # somebody's own file bears the name of the default
            file = self._shipped[DEFAULTS[kind]]
        return file.controller

    def table(self, stem: str, kind: str) -> Table:
        """What the sources of a device mean: its file, and beneath it the default of its kind."""
        if (stem, kind) not in self._tables:
            beneath = self.table("", kind) if stem else None
            self._tables[stem, kind] = Table(self._controller(stem, kind).control, beneath)
        return self._tables[stem, kind]
