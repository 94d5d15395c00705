"""A simulated room: what loudspeakers play comes back to the microphone, later, coloured, and perhaps too loud."""
import numpy as np
from scipy import signal

from imm_audio.kernels.effects.howl import HOWL, howl_process, howl_reset
from imm_audio.kernels.effects.limiter import LIMITER, limiter_process, limiter_reset
from imm_audio.kernels.rt import GRID, rt
from imm_audio.kernels.rt.machine import flush_denormals, restore_denormals

#: Frames of a host block.
BLOCK = 64


@rt
def drive(howl, limiter, left, right, send, suppress):
    """Some grid steps: howl suppression, then the room's limiter; played are left and right, in place."""
    for at in range(0, left.shape[0], GRID):
        if suppress:
            howl_process(howl, left[at:at + GRID], right[at:at + GRID], send[at:at + GRID])
        for i in range(GRID):
            limiter.left[i] = left[at + i]
            limiter.right[i] = right[at + i]
        limiter_process(limiter)
        for i in range(GRID):
            left[at + i] = limiter.left[i]
            right[at + i] = limiter.right[i]


@rt
def only_howl(howl, left, right, send):
    """Howl suppression alone, without denormal numbers as in the callback."""
    word = flush_denormals()
    for at in range(0, left.shape[0], GRID):
        howl_process(howl, left[at:at + GRID], right[at:at + GRID], send[at:at + GRID])
    restore_denormals(word)


def make_howl(rate=48000.0):
    howl = np.zeros(1, HOWL)[0]
    howl_reset(howl, float(rate))
    return howl


class Room:
    """From loudspeaker to microphone: direct sound, eight reflections, a tail; band of ordinary loudspeakers.

    `delay_ms`: device blocks and the way through the air together.
    """

    def __init__(self, seed, t60_s=0.6, delay_ms=12.0, rate=48000.0):
        self.rate = rate
        random = np.random.default_rng(seed)
        frames = int(1.2 * t60_s * rate)
        t = np.arange(frames) / rate
        # the tail is darker the later it is: high frequencies die sooner in air and cloth
        tail = random.standard_normal(frames) * 10.0 ** (-3.0 * t / t60_s) * (1.0 - np.exp(-t / 0.01))
        bright = signal.sosfilt(signal.butter(1, 2500.0, "high", fs=rate, output="sos"), tail) * 10.0 ** (-2.0 * t / t60_s)
        tail = signal.sosfilt(signal.butter(1, 2500.0, fs=rate, output="sos"), tail) + bright
        response = 0.05 * tail
        response[0] += 1.0
        for _ in range(8):
            at = random.uniform(0.002, 0.04)
            response[int(at * rate)] += random.choice((-1.0, 1.0)) * 0.5 * np.exp(-at / 0.03)
        for order, band_hz, kind in ((2, 100.0, "high"), (2, 9000.0, "low")):
            response = signal.sosfilt(signal.butter(order, band_hz, kind, fs=rate, output="sos"), response)
        self.response = np.concatenate([np.zeros(int(delay_ms / 1000 * rate)), response])
        self.limit = self._limit()

    def _limit(self):
        """Gain at which the loop with the limiter's look-ahead is just stable (Nyquist)."""
        loop = np.fft.rfft(np.concatenate([np.zeros(GRID), self.response]), 1 << 18)
        crossing = np.nonzero((np.sign(loop.imag[1:]) != np.sign(loop.imag[:-1])) & (loop.real[1:] > 0))[0]
        return 1.0 / max(loop.real[crossing].max(), loop.real[crossing + 1].max())

    def run(self, past_db, seconds, seed=0, suppress=True, music=None, noise=3e-4, clip=False, late_s=0.0):
        """What the loudspeakers play when the gain is `past_db` beyond the limit, and the suppressor, on from `late_s`."""
        rate, random = self.rate, np.random.default_rng(seed)
        howl = make_howl(rate)
        limiter = np.zeros(1, LIMITER)[0]
        limiter_reset(limiter, float(rate))
        gain = self.limit * 10.0 ** (past_db / 20.0)
        # partitioned convolution (T. Stockham, 1966): one block of delay is part of the response
        response = self.response[BLOCK:]
        parts = -(-len(response) // BLOCK)
        response = np.pad(response, (0, parts * BLOCK - len(response))).reshape(parts, BLOCK)
        parts_spectra = np.fft.rfft(response, 2 * BLOCK, axis=1)
        past = np.zeros((2 * parts, BLOCK + 1), complex)  # twice, so that a window never wraps
        blocks, at = int(seconds * rate) // BLOCK, 0
        hiss = noise * random.standard_normal(blocks * BLOCK)
        if music is not None:
            hiss[:len(music)] += music[:len(hiss)]
        out, before = np.zeros(blocks * BLOCK), np.zeros(BLOCK)
        for b in range(blocks):
            at = (at - 1) % parts
            played = out[(b - 1) * BLOCK:b * BLOCK] if b else before
            past[at] = past[at + parts] = np.fft.rfft(np.concatenate([before, played]))
            before = played
            heard = np.fft.irfft(np.einsum("ij,ij->j", past[at:at + parts], parts_spectra))[BLOCK:]
            microphone = gain * (heard + hiss[b * BLOCK:(b + 1) * BLOCK])
            left = (0.5 * microphone).astype("f4")
            right, send = left.copy(), left.copy()
            drive(howl, limiter, left, right, send, bool(suppress and b * BLOCK >= late_s * rate))
            sum_ = left.astype(float) + right
            out[b * BLOCK:(b + 1) * BLOCK] = np.tanh(sum_) if clip else sum_
        return out, howl


def level_dbfs(x):
    """RMS."""
    return 10.0 * np.log10(np.mean(np.square(x)) + 1e-20)
