"""All microphones of a session: what the tap ring holds becomes onsets and pitches with true frames, and events."""
from collections.abc import Callable

import numpy as np

from ..engine import Engine
from ..kernels.engine.events import ONSET
from ..kernels.engine.state import FROM_LISTENING, MIX_COLUMN
from .bleed import Bleed
from .onsets import OnsetDetector
from .pitch import Pitch, PitchTracker

#: ONSET's player of the first microphone.
FIRST_MICROPHONE = 32
#: Handled in one go.
PIECE_S = 0.1
#: What is older than this is left out: the engine takes no onset that is older than half a second.
LATE_S = 0.4


class Ears:
    """Keeps up with the engine's tap ring."""

    def __init__(self, engine: Engine, on_onset: Callable[[], None], on_pitch: Callable[[Pitch], None]):
        self._engine, self._on_onset, self._on_pitch = engine, on_onset, on_pitch
        rate, count = engine.sample_rate, int(engine.state["input_channels"])
        self._detectors = [OnsetDetector(rate) for _ in range(count)]
        self._trackers = [PitchTracker(rate) for _ in range(count)]
        self._bleed = Bleed(rate, count)
        self._start = self._next = engine.frame
        self._piece, self._late = int(PIECE_S * rate), min(int(LATE_S * rate), engine.tap_frames // 2)
        self.lost_frames = 0
        self.onsets = self.held_back = 0

    def round(self) -> bool:
        """Hear what is new.  True when more is waiting."""
        engine, head = self._engine, self._engine.frame
        if head - self._next > self._late:
            self._skip(head - self._next - self._piece)
        stop = min(head, self._next + self._piece)
        if stop <= self._next:
            return False
        heard = engine.copy_taps(self._next, stop)
        own = engine.copy_stems(self._next, stop)[:, :MIX_COLUMN].sum(axis=1) * 0.5  # strips and their room, left and right
        if self._next < engine.frame - engine.tap_frames + self._piece:
            return True  # overwritten while it was copied: the next round leaves it out
        self._next = stop
        self._hear(heard, own)
        return stop < head

    def _skip(self, frames: int) -> None:
        for detector, tracker in zip(self._detectors, self._trackers, strict=True):
            detector.skip(frames)
            tracker.skip(frames)
        self._bleed.skip(frames)
        self._next += frames
        self.lost_frames += frames

    def _hear(self, heard: np.ndarray, own: np.ndarray) -> None:
        self._bleed.feed(own, heard)
        pitches: list[list[Pitch]] = []
        for microphone, (detector, tracker) in enumerate(zip(self._detectors, self._trackers, strict=True)):
            sound = heard[:, microphone]
            for onset in detector.feed(sound):
                if self._bleed.explains(microphone, onset.frame, onset.level):
                    self.held_back += 1
                    continue
                self.onsets += 1
                self._engine.push(ONSET, FIRST_MICROPHONE + microphone, onset.voice, 0.0, onset.strength,
                                  frame=self._start + onset.frame, ring=FROM_LISTENING)
                self._on_onset()
            pitches.append(tracker.feed(sound))
        for same_time in zip(*pitches, strict=True):
            best = max(same_time, key=lambda pitch: (pitch.key is not None, pitch.level * pitch.sure))
            self._on_pitch(best._replace(frame=self._start + best.frame))
