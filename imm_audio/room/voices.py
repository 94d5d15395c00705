"""The voices of people in the stem ring: who reads them wipes them, and nothing stale is ever taken for a voice.

The engine writes the columns of microphones only while microphones are kept, and leaves them alone otherwise.  So a column
would go on showing, ten seconds later, what was said before.  Therefore the scribe wipes what it has dealt with: but for what
is still to be read, the columns hold nothing but silence.  When the engine came round before the scribe and keeping was
switched in that time, nobody can tell any more, and all of it is given up.
"""
import numpy as np

from ..engine import MICROPHONE_COLUMNS, Engine

#: The engine learns of a switch with its next block; this is longer than any.
SWITCH_S = 1.0
#: Sound handled in one go: little enough that the scribe gives signs of life while it catches up.
CHUNK_S = 1.0


class Voices:
    """What the scribe must know about microphones."""

    def __init__(self, engine: Engine, next_frame: int):
        self._engine, self._take = engine, engine.header["take"]
        self.there = engine.has_microphone_columns
        self._silent_before = 0  # frames before are given up
        if self.there and self._take["keep"]:  # a scribe before this one may have been killed before it wiped
            self._wipe(0, next_frame)
            doubtful = next_frame - int(CHUNK_S * engine.sample_rate)
            if doubtful < engine.oldest_frame:
                self.lapped(doubtful, engine.frame)

    def may_sound(self, first: int) -> bool:
        """Whether frames from `first` on can hold voices."""
        if not self.there or not self._take["keep"]:
            return bool(self.there and self._engine.state["keep_microphones"])
        switched = int(self._take["keep_frame"]) + SWITCH_S * self._engine.sample_rate
        return bool(self._take["keep"] % 2 or first <= switched)

    def clean(self, first: int, sound: np.ndarray) -> None:
        """Silence what was given up, in stems from frame `first` on, (frames, columns)."""
        sound[:max(self._silent_before - first, 0), MICROPHONE_COLUMNS] = 0.0

    def done(self, first: int, stop: int) -> None:
        """These frames are dealt with."""
        if self.may_sound(first):
            self._wipe(first, stop)

    def lapped(self, next_frame: int, head: int) -> None:
        """The engine, at `head`, came round while the scribe stood at `next_frame`."""
        if self.there and self._take["keep_frame"] > next_frame:
            self._wipe(0, head)
            self._silent_before = head + self._engine.spare_frames

    def _wipe(self, first: int, stop: int) -> None:
        """Older frames have made room for newer ones."""
        self._engine.wipe_microphones(max(first, self._engine.oldest_frame, 0), stop)
