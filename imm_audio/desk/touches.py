"""From a player's page to the engine: touches are given their frame, and whatever is held is let go of in the end."""
from collections import Counter
from collections.abc import Callable

from ..kernels.engine.events import LET_GO, MOVE, TOUCH
from .clock import FrameClock, Lateness

#: Older touches would be ghosts: the network was gone meanwhile [s].
OLDEST_S = 0.25

#: Says an event to the engine: kind, player, key, value, frame.
Push = Callable[[int, int, float, float, int], None]


class Seats:
    """What the screens of each place hold: a control is let go of when the last of them lets go."""

    def __init__(self, push: Push, clock: FrameClock, now: Callable[[], float]):
        self.push, self.clock, self.now = push, clock, now
        self.held: Counter[tuple[int, int]] = Counter()


class Hands:
    """The touches of one page, for the place it has at the moment."""

    def __init__(self, seats: Seats):
        self._seats = seats
        self.seat: int | None = None
        self.late = Lateness()
        self.touches = self.ghosts = 0       # played; too old
        self._held: dict[int, int] = {}      # control -> frame of its newest touch

    def sit(self, seat: int | None) -> None:
        """Play for this place from now on."""
        if seat != self.seat:
            self.let_go_all()
            self.seat = seat

    def touch(self, control: int, velocity: float, at_s: float) -> None:
        """A control goes down."""
        late_s = self._late(at_s)
        if self.seat is None:
            return
        if late_s > OLDEST_S:
            self.ghosts += 1
            return
        self.late.hear(late_s)
        self.touches += 1
        if control not in self._held:
            self._seats.held[self.seat, control] += 1
        self._held[control] = frame = self._frame(late_s)
        self._seats.push(TOUCH, self.seat, control, velocity, frame)

    def let_go(self, control: int, at_s: float) -> None:
        """It comes up; never before it went down."""
        if self.seat is not None and control in self._held:
            frame = max(self._frame(min(self._late(at_s), OLDEST_S)), self._held.pop(control) + 1)
            self._let_go(control, frame)

    def move(self, axis: int, value: float, at_s: float) -> None:
        """An axis has a new value."""
        if self.seat is not None:
            self._seats.push(MOVE, self.seat, axis, value, self._frame(min(self._late(at_s), OLDEST_S)))

    def let_go_all(self) -> None:
        """Nothing is touched any more."""
        for control, frame in self._held.items():
            self._let_go(control, max(self._frame(0.0), frame + 1))
        self._held.clear()

    def _let_go(self, control: int, frame: int) -> None:
        assert self.seat is not None
        self._seats.held[self.seat, control] -= 1
        if self._seats.held[self.seat, control] <= 0:
            del self._seats.held[self.seat, control]
            self._seats.push(LET_GO, self.seat, control, 0.0, frame)

    def _late(self, at_s: float) -> float:
        """Age of something that happened at `at_s` of server time; what seems to be in the future is now."""
        return max(self._seats.now() - at_s, 0.0)

    def _frame(self, late_s: float) -> int:
        self._seats.clock.look()
        return self._seats.clock.frame_at(self._seats.now() - late_s + self.late.delay_s)
