"""One voice model alone, without the engine: bars and drums as a test strikes them."""
import numpy as np

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices import drums, modal
from imm_audio.kernels.voices.part import BUSES, CHANNELS, PART, PARTS, part_reset
from imm_audio.kernels.voices.pool import pool_release, pool_take


class _Struck:
    """All parts at full volume, as designed in everything else."""

    def __init__(self, kind, reset, program, rate):
        self.pool = np.zeros(1, kind)[0]
        reset(self.pool)
        self.parts = np.zeros(PARTS, PART)
        for part in self.parts[::CHANNELS]:
            part_reset(part)
        self.parts["program"], self.parts["gain"], self.parts["bright"] = program, 1.0, 0.5
        self.rate, self.frame, self.residue, self.waiting = float(rate), 0, np.zeros(2 * BUSES, "f4"), []

    @property
    def sounding(self):
        return int(self.pool["sounding"])

    def on(self, key, velocity=1.0, after=0, player=0):
        """Strike `after` frames from now."""
        self.waiting.append((self.frame + after, player * CHANNELS, float(key), float(velocity)))

    def off(self, key, player=0):
        """Let go now."""
        pool_release(self.pool, player * CHANNELS, float(key), 0)

    def play(self, seconds):
        """Middle and side of player 0, float64 (2, frames), frames rounded up to whole grid steps."""
        buses = np.zeros(2 * BUSES * GRID, "f4")
        heard = np.zeros((2, -int(-seconds * self.rate // GRID) * GRID))
        for first in range(0, heard.shape[1], GRID):
            for event in [event for event in self.waiting if event[0] < self.frame + GRID]:
                self.waiting.remove(event)
                self.begin(*event)
            buses[:] = 0.0
            self.render(self.pool, self.parts, buses, self.rate)
            heard[0, first:first + GRID] = buses[:GRID]
            heard[1, first:first + GRID] = buses[BUSES * GRID:(BUSES + 1) * GRID]
            self.frame += GRID
        return heard


class Bars(_Struck):
    """Bars, bells and bowls."""

    render = staticmethod(modal.modal_render)

    def __init__(self, program, rate=48000.0):
        super().__init__(modal.MODAL, modal.modal_reset, program, rate)

    def begin(self, frame, part, key, velocity):
        v = pool_take(self.pool, self.residue, part, key, key, frame, True)
        modal.modal_start(self.pool, v, self.residue, self.parts[part], key, velocity, frame - self.frame, self.rate)


class Drums(_Struck):
    """The drum kit."""

    render = staticmethod(drums.drums_render)

    def __init__(self, rate=48000.0):
        super().__init__(drums.DRUMS, drums.drums_reset, 0, rate)

    def begin(self, frame, part, key, velocity):
        drums.drums_choke(self.pool, self.residue, part, key)
        v = pool_take(self.pool, self.residue, part, key, key, frame, False)
        drums.drums_start(self.pool, v, self.parts[part], key, velocity, frame - self.frame, self.rate)


def partial_hz(sound, near_hz, rate):
    """Frequency of the strongest partial within 3 % of near_hz: peak of the spectrum, by a parabola through decibels."""
    size = 1 << int(np.ceil(np.log2(len(sound) * 8)))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    low, high = (int(near_hz * factor * size / rate) for factor in (0.97, 1.03))
    peak = low + int(np.argmax(spectrum[low:high]))
    a, b, c = np.log(spectrum[peak - 1:peak + 2])
    return (peak + 0.5 * (a - c) / (a - 2 * b + c)) * rate / size


def centroid_hz(sound, rate):
    """Centre of gravity of the power spectrum."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    return (np.fft.rfftfreq(len(sound), 1 / rate) * power).sum() / power.sum()


def cents(hz, of_hz):
    return 1200 * np.log2(hz / of_hz)


def key_hz(key):
    return 440 * 2 ** ((key - 69) / 12)


def level_db(sound):
    """RMS level."""
    return 10 * np.log10(np.mean(np.square(sound)) + 1e-30)
