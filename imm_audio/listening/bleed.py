"""Is it the people whom a microphone hears, or the engine's own music from the loudspeakers?

Both are asked for: an onset counts as the loudspeaker's when the engine itself began something shortly before, and when it is
no louder than what usually leaks.  How much leaks is learned while the music plays: the quietest tenth of (microphone - music)
in dB, because people make sound at other times than the music or are silent now and then.
The limit of it: who sings or claps exactly with a loud band and no louder than its leak at the microphone is not heard; a
headset, a microphone close to the mouth or a quieter band helps.  And where people are loud without a pause for more than
the time it remembers, the leak is taken for larger than it is, by as much as they are louder.
"""
from collections import deque

import numpy as np

from .onsets import OnsetDetector

#: From the engine's sum to the microphone: output buffers, 3 ms a metre of air, input buffers.
LATEST_S = 0.15
#: An onset of the detector may be placed a little early.
EARLY_S = 0.01
#: The leak is louder than its usual level by at most this: rooms differ from note to note.
MARGIN_DB = 6.0
#: Levels are compared every 50 ms over the last 20 s of music.
STEP_S, REMEMBER_S = 0.05, 20.0
#: Music below this leaks nothing that could be heard, RMS.
SILENT = 1e-4
#: Until so much music was heard nothing is held back, s.
LEARN_S = 1.0


class Bleed:
    """The engine's own music, and how much of it reaches each microphone."""

    def __init__(self, sample_rate: float, microphones: int):
        self._rate = sample_rate
        self._detector = OnsetDetector(sample_rate)
        self._onsets: deque[tuple[int, float]] = deque(maxlen=64)
        self._step = int(STEP_S * sample_rate)
        self._reach = int(LATEST_S / STEP_S) + 1
        self._levels: deque[float] = deque(maxlen=2 * self._reach)
        self._louds: deque[np.ndarray] = deque(maxlen=2 * self._reach)
        self._leaks = [deque[float](maxlen=int(REMEMBER_S / STEP_S)) for _ in range(microphones)]
        self._music, self._heard = np.zeros(0, "f4"), np.zeros((0, microphones), "f4")

    def feed(self, music: np.ndarray, heard: np.ndarray) -> None:
        """Frames of the engine's own sum, float32 (frames,), and of the microphones, (frames, microphones), same time."""
        self._onsets.extend((onset.frame, onset.level) for onset in self._detector.feed(music))
        self._music, self._heard = np.concatenate((self._music, music)), np.concatenate((self._heard, heard))
        while len(self._music) >= self._step:
            step = self._step
            self._levels.append(float(np.sqrt(np.mean(self._music[:step] ** 2))))
            self._louds.append(np.sqrt(np.mean(self._heard[:step] ** 2, axis=0)))
            loudest = max(list(self._levels)[:self._reach])  # the older half: all of it has reached the microphones by now
            if loudest > SILENT and len(self._levels) == 2 * self._reach:
                for leaks, level in zip(self._leaks, np.max(self._louds, axis=0).tolist(), strict=True):
                    leaks.append(20.0 * float(np.log10(max(level, 1e-7) / loudest)))
            self._music, self._heard = self._music[step:], self._heard[step:]

    def skip(self, frames: int) -> None:
        """Pass over sound that was lost."""
        self._detector.skip(frames)

    def explains(self, microphone: int, frame: int, level: float) -> bool:
        """Could an onset of this level at this frame be the loudspeaker's?"""
        leaks = self._leaks[microphone]
        if len(leaks) * STEP_S < LEARN_S:
            return False
        first, last = frame - LATEST_S * self._rate, frame + EARLY_S * self._rate
        loudest = max((mine for at, mine in self._onsets if first <= at <= last), default=0.0)
        leak_db = float(np.percentile(leaks, 10)) + MARGIN_DB
        return loudest > 0.0 and level < loudest * 10.0 ** (leak_db / 20.0)
