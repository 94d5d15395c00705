"""When a touch is meant: from the desk's clock to the engine's frames, and how late the touches of a page come.

"Server time" is time.monotonic() of the desk.
"""
from collections import deque
from collections.abc import Callable


class FrameClock:
    """Frame up to which the engine will have computed at a time.

    The engine is seen only when it is looked at, in steps of a block: its frames at that moment are at most those of a steady
    engine, and sometimes just as many.  So the largest difference of frames and time within the last seconds is the steady
    engine's.  A touch at that frame is just in time for the next block.  Call `look` some hundred times a second.
    """

    #: Differences are kept by their maximum in each quarter of a second.
    TURN_S, TURNS = 0.25, 16
    #: A whole turn behind by more than this: the device stood still, or the computer slept.
    STOOD_S = 0.05
    #: No touch is stamped further ahead of the engine than this.
    AHEAD_S = 0.1

    def __init__(self, rate: float, frame: Callable[[], int], now: Callable[[], float]):
        self._rate, self._frame, self._now = rate, frame, now
        self._turns: deque[tuple[int, float]] = deque(maxlen=self.TURNS)   # number of the turn, largest difference in it
        self._difference = 0.0
        self._head = 0
        self.look()

    def look(self) -> None:
        """See where the engine is."""
        frame, now_s = self._frame(), self._now()
        difference, turn = frame - self._rate * now_s, int(now_s // self.TURN_S)
        if frame < self._head:
            self._turns.clear()  # the engine began anew
        self._head = frame
        if not self._turns or turn != self._turns[-1][0]:
            if self._turns and self._turns[-1][1] < self._difference - self.STOOD_S * self._rate:
                newest = self._turns[-1]
                self._turns.clear()
                self._turns.append(newest)
            self._turns.append((turn, difference))
            while self._turns[0][0] <= turn - self.TURNS:
                self._turns.popleft()
        elif difference > self._turns[-1][1]:
            self._turns[-1] = turn, difference
        self._difference = max(found for _, found in self._turns)

    def frame_at(self, at_s: float) -> int:
        """Frame of a moment of server time."""
        return min(round(self._difference + self._rate * at_s), self._head + round(self.AHEAD_S * self._rate))

    def time_of(self, frame: float) -> float:
        """Server time at which the engine has come to a frame."""
        return (frame - self._difference) / self._rate


class Lateness:
    """How late touches of one page come, and by how much each is delayed so that their distances are kept."""

    #: What is delayed at least and at most, and at first [s].
    LEAST_S, MOST_S, FIRST_S = 0.002, 0.040, 0.008
    #: The delay of one touch differs from that of the one before by at most so much, up and down [s].
    UP_S, DOWN_S = 0.001, 0.0003
    #: Of so many of the newest touches the delay covers this share.
    KEPT, COVERED = 64, 0.98

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=self.KEPT)
        self.delay_s = self.FIRST_S

    def hear(self, late_s: float) -> None:
        """A touch came so late [s, 0 or more]."""
        self._late_s.append(late_s)
        usual = sorted(late_s for late_s in self._late_s if late_s <= self.MOST_S)  # no delay would help the others
        wanted_s = max(usual[int(self.COVERED * len(usual))], self.LEAST_S) if usual else self.MOST_S
        self.delay_s += min(max(wanted_s - self.delay_s, -self.DOWN_S), self.UP_S)

    def percentile(self, share: float) -> float:
        """Lateness that this share of the newest touches had at most [s]; 0 before the first."""
        found = sorted(self._late_s)
        return found[min(int(share * len(found)), len(found) - 1)] if found else 0.0

    @property
    def jitter_s(self) -> float:
        """How unevenly they come."""
        return self.percentile(0.95) - self.percentile(0.05)
