"""Conversions between what people say and what kernels need."""
import math

from .decorator import rt


@rt
def gain_of_db(db):
    """Linear factor of a level difference [dB]; -120 dB and below is silence."""
    if not db > -120.0:
        return 0.0
    return 10.0 ** (min(db, 60.0) / 20.0)


@rt
def hz_of_key(key):
    """Frequency [Hz] of a MIDI key number, A4 = 69 = 440 Hz, fractions allowed."""
    return 440.0 * 2.0 ** ((key - 69.0) / 12.0)


@rt
def decay_per_frame(t60_s, sample_rate):
    """Factor that falls by 60 dB in `t60_s` seconds when applied once a frame."""
    return 10.0 ** (-3.0 / (max(t60_s, 1e-4) * sample_rate))


@rt
def smoothing(time_s, sample_rate):
    """Coefficient of y += c * (x - y) with time constant `time_s`, applied once a frame."""
    return 1.0 - math.exp(-1.0 / (max(time_s, 1e-6) * sample_rate))


@rt
def clamp(x, low, high):
    """`x` held inside low .. high; NaN becomes `low`."""
    if not x > low:
        return low
    return min(x, high)
