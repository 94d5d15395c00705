"""Low-pass filters of linear phase for recordings, with the rate raised on the way."""
from functools import cache

import numpy as np

#: Steps of band limits in an octave of ratio.
STEPS = 4
#: Shape of the filter's window, 80 dB, and its transition as a share of the band limit, below it.
KAISER, TRANSITION = 7.86, 0.1
#: How far the filter reaches on both sides, in samples times the band limit: 80 dB within that transition [Kaiser].
REACH = 25.0
#: Points of one block of the filter.
BLOCK = 1 << 14


def band_limit(step: int) -> float:
    """Band limit of a step, cycles per recorded sample; step 0: all there is."""
    return 0.5 * 2.0 ** (-step / STEPS)


def lead_out(step):
    """Recorded samples that the filter of a step reaches to either side; steps may be an array."""
    return np.ceil(REACH / 0.5 * 2.0 ** (step / STEPS)).astype("i8")


@cache
def _taps(step: int, rate: int) -> np.ndarray:
    """Linear-phase low-pass, at `rate` times the recorded rate; gain `rate`."""
    half = lead_out(step) * rate
    place, corner = np.arange(-half, half + 1), band_limit(step) * (1.0 - TRANSITION / 2.0) / rate
    taps = np.sinc(2.0 * corner * place) * np.kaiser(place.size, KAISER)
    return (taps * (rate / taps.sum())).astype("f4")


def limit_band(sound: np.ndarray, step: int, rate: int) -> np.ndarray:
    """Band-limit a recording to `step` and raise its rate by the whole number `rate`; as long as before, float32."""
    taps = _taps(step, rate)
    size = max(BLOCK, 1 << (4 * taps.size).bit_length())
    size = min(size, 1 << (sound.size * rate + taps.size).bit_length())
    fresh, response = size - taps.size + 1, np.fft.rfft(taps, size)
    stuffed = np.zeros(sound.size * rate, "f4")
    stuffed[::rate] = sound
    result = np.zeros(stuffed.size + taps.size, "f4")
    for first in range(0, stuffed.size, fresh):
        piece = stuffed[first:first + fresh]
        made = np.fft.irfft(np.fft.rfft(piece, size) * response, size)[:piece.size + taps.size - 1]
        result[first:first + made.size] += made
    half = taps.size // 2
    return result[half:half + stuffed.size]
