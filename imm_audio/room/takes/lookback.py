"""What was just played, in memory only, so that it can be kept although nobody had asked for a take.

It holds the take's mix, never single microphones, and no voices unless everybody present has agreed, because the mix has none
then.  When that is taken back, all of it is wiped.
"""
from collections import deque
from collections.abc import Iterator

import numpy as np

from ...kernels.rt.ring import EVENT
from .standing import Standing
from .wav import FRAME_BYTES, packed

#: Three minutes are a song; 52 MB at 48 kHz.
LOOKBACK_S = 180.0
#: Events that are remembered: 360 a second for three minutes.  With more, less is remembered.
LOOKBACK_EVENTS = 1 << 16


class Lookback:
    """A ring of sound as it stands in a file, allocated once, and the events of that time."""

    def __init__(self, sample_rate: int, start: int):
        """start: frame of the engine's clock from which on there will be something."""
        self._rate = sample_rate
        self._sound = np.zeros((int(LOOKBACK_S * sample_rate), FRAME_BYTES), "u1")
        self._events: deque[tuple[int, np.ndarray]] = deque()  # where a chunk ends, its events
        self._event_count = 0
        self._standing = Standing()  # what was set before them
        self.start = self.stop = start  # what is there

    @property
    def seconds(self) -> float:
        """How much is there."""
        return (self.stop - self.start) / self._rate

    def add(self, first: int, mix: np.ndarray, events: np.ndarray) -> None:
        """Add a chunk that begins at frame `first`: 24-bit numbers, int32 (frames, 2), and its events, EVENT array.

        A gap before it becomes silence; what is from before everything was forgotten is left out.
        """
        skipped = max(self.start - first, 0)
        first, mix = first + skipped, mix[skipped:]
        if first > self.stop:
            self._put(self.stop, np.zeros((min(first - self.stop, len(self._sound)), FRAME_BYTES), "u1"))
        self._put(first, packed(mix))
        self.stop = max(self.stop, first + len(mix))
        if len(events):
            self._events.append((self.stop, events))
            self._event_count += len(events)
        self._begin(max(self.start, self.stop - len(self._sound)))
        while self._event_count > LOOKBACK_EVENTS:
            self._begin(self._events[0][0])

    def forget(self, before: int) -> None:
        """Wipe everything; nothing from before that frame comes in any more."""
        self._sound[:] = 0
        self._begin(max(self.stop, before))
        self.stop = self.start

    def sound(self, chunk_frames: int) -> Iterator[bytes]:
        """All that is there, as it stands in a file."""
        for first in range(self.start, self.stop, chunk_frames):
            frames = np.arange(first, min(first + chunk_frames, self.stop)) % len(self._sound)
            yield self._sound[frames].tobytes()

    def events(self) -> tuple[np.ndarray, np.ndarray]:
        """What was set before, and the events of that time, EVENT arrays in order."""
        found = np.concatenate([np.zeros(0, EVENT), *(events for _, events in self._events)])
        early = found["frame"] < self.start
        return self._standing.copy().add(found[early]).events(), found[~early]

    def _begin(self, start: int) -> None:
        """Let go of what is older."""
        self.start = start
        while self._events and self._events[0][0] <= start:
            _, events = self._events.popleft()
            self._event_count -= len(events)
            self._standing.add(events)

    def _put(self, first: int, rows: np.ndarray) -> None:
        too_many = max(len(rows) - len(self._sound), 0)
        rows, at = rows[too_many:], (first + too_many) % len(self._sound)
        before_end = min(len(rows), len(self._sound) - at)
        self._sound[at:at + before_end] = rows[:before_end]
        self._sound[:len(rows) - before_end] = rows[before_end:]
