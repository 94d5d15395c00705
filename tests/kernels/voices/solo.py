"""One player alone, heard through a strip that changes nothing."""
import numpy as np

from imm_audio.engine import Engine, Settings, player_columns
from imm_audio.kernels.effects.strip import GAIN_DB, PAN, SEND_DB
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON, SOUND, STRIP, VOLUME
from imm_audio.kernels.engine.state import MICROPHONES
from imm_audio.kernels.rt import GRID

POOLS = ("sampler", "pluck", "modal", "drums")


class Solo:
    """Player 0 with a voice model, from frame `began` on."""

    def __init__(self, model, program=0, rate=48000.0):
        self.engine, self.rate, self.pool_name = Engine.create(Settings(rate)), float(rate), POOLS[model]
        self.send(SOUND, model, program)
        self.send(VOLUME, value=1.0)
        for parameter, value in ((GAIN_DB, 0), (PAN, -1), (SEND_DB, -120)):
            self.engine.push(STRIP, MICROPHONES, parameter, 0, value)
        self.play(0.5)  # glides arrive

    @property
    def pool(self):
        return self.engine.state[self.pool_name]

    @property
    def sounding(self):
        return int(self.engine.state["voices"])

    def send(self, kind, key=0.0, value=0.0, after=0):
        """An event `after` frames from now."""
        assert self.engine.push(kind, 0, 0, key, value, frame=self.engine.frame + after)

    def on(self, key, velocity=1.0, after=0):
        self.send(NOTE_ON, key, velocity, after)

    def off(self, key, after=0):
        self.send(NOTE_OFF, key, after=after)

    def play(self, seconds):
        """What sounds next, float64 (frames,), frames rounded up to whole grid steps."""
        first, frames = self.engine.frame, -int(-seconds * self.rate // GRID) * GRID
        self.engine.process(None, frames)
        return self.engine.copy_stems(first, first + frames)[:, player_columns(0)[0]].astype("f8")


def partial_hz(sound, near_hz, rate):
    """Frequency of the strongest partial within 3 % of near_hz: peak of the spectrum, by a parabola through decibels."""
    size = 1 << int(np.ceil(np.log2(len(sound) * 8)))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    low, high = (int(near_hz * factor * size / rate) for factor in (0.97, 1.03))
    peak = low + int(np.argmax(spectrum[low:high]))
    a, b, c = np.log(spectrum[peak - 1:peak + 2])
    return (peak + 0.5 * (a - c) / (a - 2 * b + c)) * rate / size


def cents(hz, of_hz):
    return 1200 * np.log2(hz / of_hz)


def key_hz(key):
    return 440 * 2 ** ((key - 69) / 12)


def level_db(sound):
    """RMS level."""
    return 10 * np.log10(np.mean(np.square(sound)) + 1e-30)
