"""What of a session is kept together with other machines: opened, looked after and closed by the engine process."""
import contextlib
import time
from collections.abc import Callable
from typing import Any, Literal

from ..kernels.engine.events import FOLLOW
from ..kernels.engine.state import FROM_INPUTS
from ..kernels.music.terms import FOLLOW_AMOUNT
from .link import LinkMissing, LinkSync, open_link
from .midi_clock import ClockFollower, ClockSender
from .ports import ClockListener, NoPort, open_output

#: A port that is not there is looked for again after so long.
RETRY_S = 2.0

Link = Literal["lead", "follow"]


class Together:
    """MIDI clock out and in, and Link, as far as they are wanted.

    clock_out, clock_in: part of a port's name; link: whether the room leads the network's tempo or follows it.  `now`: the
    host's clock; `say`: tells the people one sentence.  Call `poll` ten times a second or more often.
    """

    def __init__(self, engine: Any, now: Callable[[], float], say: Callable[[str], None], *, clock_out: str | None = None,
                 clock_in: str | None = None, link: Link | None = None, prefer_jack: bool = False):
        self._engine, self._now, self._say, self._jack = engine, now, say, prefer_jack
        self._out, self._in = clock_out, clock_in
        self._sender: ClockSender | None = None
        self._listener: ClockListener | None = None
        self._link: LinkSync | None = None
        self._said: set[str] = set()
        self._next_try_s = 0.0
        if clock_in or link == "follow":
            self._push(FOLLOW, 0, FOLLOW_AMOUNT, 0.0, 0.0)   # one leader is enough
        if link:
            try:
                tempo = float(engine.state["transport"]["tempo_bpm"])
                self._link = LinkSync(open_link(tempo), self._push, engine.moment, engine.host_s_at, now,
                                      leads=link == "lead", late_s=self._late_s)
            except LinkMissing as problem:
                say(str(problem))

    @property
    def _late_s(self) -> float:
        return float(self._engine.header["delay_ms"]) / 1000.0

    @property
    def peers(self) -> int:
        """Others in the network; 0 without Link."""
        return self._link.peers if self._link else 0

    def _push(self, *event: Any) -> None:
        self._engine.push(*event, ring=FROM_INPUTS)

    def poll(self) -> None:
        """Look for ports that are missing, and keep in time with the network."""
        if self._link:
            self._link.poll(self._engine.sample_rate, float(self._engine.state["assist"]["harmony"]["meter_beats"]))
        if time.monotonic() < self._next_try_s:
            return
        self._next_try_s = time.monotonic() + RETRY_S
        with self._saying():
            if self._out and self._sender is None:
                self._sender = ClockSender(self._engine, self._now, open_output(self._out, self._jack), self._late_s)
                self._sender.start()
        with self._saying():
            if self._in and self._listener is None:
                follower = ClockFollower(self._push, self._engine.moment, self._engine.sample_rate)
                self._listener = ClockListener(self._engine, self._now, follower, self._in, self._jack)

    @contextlib.contextmanager
    def _saying(self) -> Any:
        """What can't be opened is said once, and tried again."""
        try:
            yield
        except NoPort as problem:
            if str(problem) not in self._said:
                self._said.add(str(problem))
                self._say(f"MIDI clock: {problem}")

    def close(self) -> None:
        """End all of it."""
        for one in (self._sender, self._listener, self._link):
            if one is not None:
                one.close()
