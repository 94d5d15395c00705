"""What stands in the way of the music, in plain words, for as long as it does: battery, Bluetooth, disk, a pulled plug.

And what whistles, each time it does.
"""
import logging
import math
import platform
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import doctor
from ..block import WARNING, text_of
from ..settings import Session
from ..sound_devices import NULL
from .model import RoomFile
from .takes.naming import duration

if TYPE_CHECKING:
    from ..engine import Engine
    from .pages import Pages
    from .places import Seat
    from .taking import Taking

#: What takes time to find out is asked so often, in a thread.
PROBE_S = 30.0
#: The computer struggles when so many blocks came too late within this time; and until it had none for as long.
LATE_BLOCKS, LATE_WITHIN_S = 3, 30.0
#: Microphones that whistle are told once in so long.
WHISTLE_S = 10.0
#: The host's name for playing into nothing (host.py).
NO_DEVICE = "no sound device"
_LEVELS = {"warn": "warning", "problem": "problem"}
#: By which word a finding of the doctor's is known, and what it is called.
_KEYS = (("Bluetooth", "bluetooth"), ("battery", "battery"), ("saving power", "saving"), ("minutes", "disk"), ("", "other"))
log = logging.getLogger(__name__)

Warning_ = dict[str, Any]


class Warnings:
    """All that stands at present, in `standing`: id, level, text, do.  `looked`: the computer was looked at."""

    def __init__(self, engine: "Engine", session: Session, now: Callable[[], float] = time.monotonic):
        self._engine, self._session, self._now = engine, session, now
        self._late: list[tuple[float, int]] = []    # when, how many so far
        self._desks = 0
        self._probed: list[Warning_] = []
        self.standing: list[Warning_] = []
        self.looked, self._closing = threading.Event(), threading.Event()
        threading.Thread(target=self._probe, name="looks at the computer", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()

    def desks(self, count: int) -> None:
        """So many desks are open."""
        self._desks = count

    def look(self, seats: Mapping[int, "Seat"], pages: "Pages", room: RoomFile, taking: "Taking") -> None:
        """See how things are."""
        disk = self._disk()
        probed = [warning for warning in self._probed if not (disk and warning["id"] == disk[0]["id"])]
        found = [*self._sound(), *probed, *disk, *self._struggle()]
        found += [_warning(f"unplugged-{seat.player}", "warning", f"{seat.name} is unplugged.",
                           "Plug it in again: it comes back by itself.", name=seat.name)
                  for seat in seats.values() if not seat.plugged and not pages.is_page(seat.player)]
        if taking.newcomers:
            found.append(_warning("consent", "warning", "Somebody came after everybody was asked about the microphones.",
                                  "Ask again, or stop recording the microphones."))
        if self._desks > 1:
            found.append(_warning("desks", "warning", f"{self._desks} desks are open: all of them lead.",
                                  "Close those that nobody needs.", count=self._desks))
        self.standing = found

    def _sound(self) -> list[Warning_]:
        if text_of(self._engine.header["device"]) != NO_DEVICE or self._session.audio_device == NULL:
            return []
        return [_warning("no-sound", "problem", "There is no sound device, so nothing is heard.",
                         "Plug in the loudspeakers or the interface: it plays by itself then.")]

    def _disk(self) -> list[Warning_]:
        take = self._engine.header["take"]
        minutes = float(take["minutes_left"])
        if not take["folder"] or not 0.0 < minutes < doctor.SCARCE_MINUTES:
            return []
        left = duration(minutes * 60)
        return [_warning("disk", "problem" if minutes < 5.0 else "warning",
                         f"The disk is nearly full: about {left} can be recorded.", "Make space on the disk.", length=left)]

    def _struggle(self) -> list[Warning_]:
        """Blocks that the sound device got too late, in the last half minute."""
        now_s, late = self._now(), int(self._engine.state["host"]["xruns"])
        if not self._late or late != self._late[-1][1]:
            self._late.append((now_s, late))
        while len(self._late) > 1 and now_s - self._late[1][0] > LATE_WITHIN_S:
            self._late.pop(0)
        if late - self._late[0][1] < LATE_BLOCKS:
            return []
        return [_warning("struggle", "warning", "The computer is too busy: the sound may crackle.",
                         "Close other programs, and plug in the charger.")]

    # --- in a thread ------------------------------------------------------------------------------------------------
    def _probe(self) -> None:
        while True:
            self._probed = [*self._findings("power saving", doctor.probe_power),
                            *self._findings("the disk", lambda: doctor.probe_disk(Path(self._session.folder))),
                            *self._findings("the loudspeakers", self._output)]
            self.looked.set()
            if self._closing.wait(PROBE_S):
                return

    def _findings(self, subject: str, probe: Callable[[], list[doctor.Finding]]) -> list[Warning_]:
        """What is not well; what nobody could find out is no warning."""
        try:
            findings = probe()
        except Exception:
            log.exception("could not find out about %s", subject)
            return []
        return [_warning(next(key for word, key in _KEYS if word in finding.what), _LEVELS[finding.level], finding.what,
                         finding.do)
                for finding in findings if finding.level in _LEVELS]

    def _output(self) -> list[doctor.Finding]:
        """Whether sound goes out by Bluetooth."""
        device = text_of(self._engine.header["device"])
        if not device or device in (NO_DEVICE, NULL):
            return []
        behind = doctor.output_behind(platform.system()) if self._session.audio_device is None else ""
        usual_hz = doctor.USUAL_RATES_HZ[0]  # what it runs at is the engine's matter
        return doctor.judge_output({"name": device, "default_samplerate": usual_hz}, behind)


class Whistles:
    """Tells when microphones howled and were held back (kernels/effects/howl.py)."""

    def __init__(self, engine: "Engine", tell: Callable[[str, int], None], now: Callable[[], float]):
        self._engine, self._tell, self._now = engine, tell, now
        self._seen, self._quiet_until_s = self._found(), -math.inf

    def _found(self) -> int:
        return int(self._engine.state["mixer"]["howl"]["found"])

    def look(self) -> None:
        """See whether there were more; an engine that began anew counts anew."""
        before, self._seen = self._seen, self._found()
        now_s = self._now()
        if self._seen > before and now_s >= self._quiet_until_s:
            self._quiet_until_s = now_s + WHISTLE_S
            self._tell("The microphones whistled, so they were held back. Move them away from the loudspeakers.", WARNING)


def _warning(key: str, level: str, text: str, do: str, **about: object) -> Warning_:
    return {"id": key, "level": level, "text": text, "do": do, "about": about}
