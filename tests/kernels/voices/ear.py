"""What the tests of voices listen with: one model alone, and measures in units of the field.

The CLICK CRITERION of the project (`click_db`): a sound clicks at an event when more high sound comes out of the event than
the sound itself, before and after, and the steepest honest attack explain.

- *High sound* is what four high-passes (eighth order, 1/24, 1/12, 1/6 and 1/3 of the sample rate: 2, 4, 8 and 16 kHz at 48 kHz)
  leave, each judged by itself, so that a dull sound hides nothing and a bright one only what the ear cannot find either.
- *The sound itself* explains twice the largest such sample of the 30 ms before and of the 30 ms after the event.
- *The steepest honest attack* rises or falls as half a cosine within 2 ms: what it leaves of a full-scale tone, times the peak
  of the sound, is explained too.  A string, a mallet and a finger on a key are not faster.
- What lies 76 dB below the peak explains itself.

A glide of the program itself, which begins with a corner, not with a step, is explained when the test names its time
(`glide_s`: PART_GLIDE_S for volume, RESIDUE_S for what was stolen); the same change as a step would be found.

The result is the largest ratio of what comes out to what is explained [dB]: above 0 is a click.  A step of 1/1000 of the
peak (-60 dB) is found in any sound without much above 4 kHz; half a cosine of 2 ms is not (`test_ear.py`).  What has all
frequencies itself, as a burst of noise has, may begin as it likes: its spectrum explains it.
"""
from functools import cache

import numpy as np
from scipy import signal

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BUSES, CHANNELS, PART, PARTS, part_advance, part_jump, part_reset
from imm_audio.kernels.voices.pool import pool_release, pool_take

#: As the mixer fades what a stolen voice was sounding (`kernels/engine/mixer.py`, RESIDUE_S).
RESIDUE_S = 0.002
#: The click criterion: order and corners of its high-passes, how far it looks, what it allows.
ORDER, CORNERS, NEAR_S, STEEPEST_S, ALLOWED = 8, (1 / 24, 1 / 12, 1 / 6, 1 / 3), 0.03, 0.002, 2.0
#: High sound so far below the peak of the sound is not heard: 76 dB.
INAUDIBLE = 1.6e-4


class Alone:
    """One voice model at kernel level, played by player 0, volume 1.

    `model` is its (dtype, reset, start, render) with the arguments of the contract in `kernels/voices/pool.py`.
    """

    def __init__(self, model, program=0, rate=48000.0, restrike=False):
        dtype, reset, self.start, self.render = model
        self.rate, self.restrike, self.frame, self.waiting = float(rate), restrike, 0, []
        self.pool, self.parts = np.zeros(1, dtype)[0], np.zeros(PARTS, PART)
        self.buses, self.residue = np.zeros(2 * BUSES * GRID, "f4"), np.zeros(2 * BUSES, "f4")
        for part in self.parts[:CHANNELS]:
            part_reset(part)
            part["program"], part["volume"] = program, 1.0
            part_jump(part)
        reset(self.pool)

    @property
    def sounding(self):
        """Voices that are not free."""
        return int(self.pool["sounding"])

    def on(self, key, velocity=1.0, after=0, channel=0, pitch=None):
        """Play a key `after` frames from now; it sounds as `pitch`, in keys, if that is given."""
        self._wait(after, self._on, float(key), float(key if pitch is None else pitch), float(velocity), channel)

    def off(self, key, after=0, channel=0):
        """Let go of a key, in the grid step of that frame."""
        self._wait(after, lambda offset: pool_release(self.pool, channel, float(key), 0))

    def move(self, after=0, channel=0, **fields):
        """Move controllers of the part (bend_cents, timbre, volume, ring, ...): they glide from that grid step on."""
        self._wait(after, self._move, channel, fields)

    def set(self, channel=0, **fields):
        """As `move`, but at once, before anything sounds."""
        self._move(0, channel, fields)
        part_jump(self.parts[channel])

    def play(self, seconds):
        """What sounds next: left and right, float64 (2, frames), frames rounded up to whole grid steps."""
        steps = -int(-seconds * self.rate // GRID)
        out, buses, fall = np.zeros((2, steps * GRID)), self.buses, np.exp(-np.arange(1, GRID + 1) / (RESIDUE_S * self.rate))
        parts = self.parts[:CHANNELS]
        side_at = BUSES * GRID
        for step in range(steps):
            while self.waiting and self.waiting[0][0] < self.frame + GRID:
                at, _, act, arguments = self.waiting.pop(0)
                act(max(at - self.frame, 0), *arguments)
            for i in np.flatnonzero(parts["moving"]):
                part_advance(parts[i], self.rate)
            buses[:] = 0
            self.render(self.pool, self.parts, buses, self.rate)
            middle, side = buses[:GRID].astype("f8"), buses[side_at:side_at + GRID].astype("f8")
            if self.residue.any():
                middle += self.residue[0] * fall
                side += self.residue[BUSES] * fall
                self.residue *= fall[-1]
                self.residue[np.abs(self.residue) < 3e-5] = 0
            piece = slice(step * GRID, (step + 1) * GRID)
            out[0, piece], out[1, piece] = middle + side, middle - side
            self.frame += GRID
        return out

    def _wait(self, after, act, *arguments):
        self.waiting.append((self.frame + int(after), len(self.waiting), act, arguments))
        self.waiting.sort(key=lambda one: one[:2])

    def _on(self, offset, key, pitch, velocity, channel):
        v = pool_take(self.pool, self.residue, channel, key, pitch, self.frame + offset, self.restrike)
        self.start(self.pool, v, self.parts[channel], pitch, velocity, offset, self.rate)

    def _move(self, offset, channel, fields):
        for name, value in fields.items():
            self.parts[channel][name] = value
        self.parts[channel]["moving"] = 1


def alone(model, program, key, seconds, velocity=1.0, rate=48000.0, let_go_s=None, **controllers):
    """One note of a model: left and right, float64 (2, frames).  `controllers` stand before it begins."""
    one = Alone(model, program, rate)
    one.set(**controllers)
    one.on(key, velocity)
    if let_go_s is not None:
        one.off(key, after=let_go_s * rate)
    return one.play(seconds)


def key_hz(key):
    """Frequency of a MIDI key."""
    return 440 * 2 ** ((key - 69) / 12)


def cents(hz, of_hz):
    """Interval between two frequencies."""
    return 1200 * np.log2(hz / of_hz)


def level_db(sound):
    """RMS level."""
    return 10 * np.log10(np.mean(np.square(sound)) + 1e-30)


def peak_db(sound):
    """Level of the largest sample."""
    return 20 * np.log10(np.abs(sound).max() + 1e-15)


def partial_hz(sound, near_hz, rate, within=0.03):
    """Frequency of the strongest partial within 3 % of near_hz: peak of the spectrum, by a parabola through its logarithm.

    Exact within 0.1 cent for a tone that dies exponentially, over 12 periods or more.
    """
    size = 1 << int(np.ceil(np.log2(len(sound) * 8)))
    spectrum = np.abs(np.fft.rfft(sound * np.blackman(len(sound)), size))
    low, high = int(near_hz * (1 - within) * size / rate), int(near_hz * (1 + within) * size / rate) + 1
    peak = low + int(np.argmax(spectrum[low:high + 1]))
    a, b, c = np.log(spectrum[peak - 1:peak + 2] + 1e-300)
    return (peak + 0.5 * (a - c) / (a - 2 * b + c)) * rate / size


def centroid_hz(sound, rate):
    """Centre of the power spectrum: how bright it is."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return (np.fft.rfftfreq(len(sound), 1 / rate) * power).sum() / (power.sum() + 1e-30)


def t60_s(sound, rate, hz=None):
    """Time to fall by 60 dB, from the slope of the level down to 50 dB below its start; of the partial at `hz` alone, if given.

    A partial is heard through a window of 8 periods, at least 50 ms.
    """
    if hz is None:
        width = max(int(0.05 * rate), 1)
        level = signal.fftconvolve(np.square(sound), np.ones(width) / width, "valid")
        fall_db = 10 * np.log10(np.maximum(level, 1e-30))
    else:
        width = int(max(8 / hz, 0.05) * rate)
        tone = sound * np.exp(-2j * np.pi * hz / rate * np.arange(len(sound)))
        fall_db = 20 * np.log10(np.abs(signal.fftconvolve(tone, np.hanning(width) / width, "valid")) + 1e-15)
    heard = np.flatnonzero(fall_db < fall_db[0] - 50)
    fall_db = fall_db[:heard[0] if len(heard) else None]
    return -60 / (np.polyfit(np.arange(len(fall_db)) / rate, fall_db, 1)[0])


def aliasing_db(sound, hz, rate, width=0.05):
    """Energy off the harmonics of hz, relative to all: further than `width` * hz from each multiple of hz, 0 included."""
    power = np.abs(np.fft.rfft(sound * signal.windows.blackmanharris(len(sound)))) ** 2
    place = np.fft.rfftfreq(len(sound), 1 / rate) / hz
    assert 5 * rate / len(sound) < width * hz, "too short: the window alone is wider than the harmonics may be"
    off = np.abs(place - np.round(place)) > width
    return 10 * np.log10(power[off].sum() / (power.sum() + 1e-30) + 1e-30)


@cache
def _high_pass(corner):
    return signal.butter(ORDER, 2 * corner, "high", output="sos")


@cache
def _honest(corner, rate, seconds, straight):
    """What the high-pass leaves of a beginning of `seconds` of a full-scale tone, the largest of 100 .. 1000 Hz.

    A beginning is half a cosine, or straight.
    """
    frames = int(seconds * rate)
    time = np.arange(-frames, 4 * frames)
    line = np.clip(time / frames, 0, 1)
    shape = line if straight else 0.5 - 0.5 * np.cos(np.pi * line)
    return max(np.abs(signal.sosfilt(_high_pass(corner), shape * np.cos(2 * np.pi * hz / rate * time)))[:3 * frames].max()
               for hz in (100, 200, 400, 700, 1000))


def click_db(sound, at, rate, window_s=0.002, glide_s=None):
    """The click criterion (see above) for an event at frame `at` that acts for window_s: above 0 dB there is a click.

    The window begins 0.5 ms before `at`.  What lies within 30 ms on both sides of it explains it: let no other event be there.
    """
    first, last, near = int(at - 0.0005 * rate), int(at + window_s * rate), int(NEAR_S * rate)
    start = max(first - 2 * near, 0)
    sound = np.asarray(sound[start:last + near], "f8")
    first, last = max(first - start, 0), last - start
    peak, worst = np.abs(sound[max(first - near, 0):]).max(), -np.inf
    for corner in CORNERS:
        high = np.abs(signal.sosfilt(_high_pass(corner), sound))
        around = np.concatenate([high[max(first - near, 0):first], high[last:]])
        attack = _honest(corner, rate, STEEPEST_S, False)
        if glide_s is not None:
            attack = max(attack, _honest(corner, rate, glide_s, True))
        explained = ALLOWED * around.max(initial=0.0) + peak * (attack + INAUDIBLE) + 1e-7  # float32 at full scale
        worst = max(worst, high[first:last].max(initial=0.0) / explained)
    return 20 * np.log10(worst + 1e-15)
