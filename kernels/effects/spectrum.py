"""Power spectrum of a window of 2048 frames, computed in slices so small that no grid step feels them.

A real window is taken as 1024 complex numbers (even frames real, odd frames imaginary), transformed by a plain radix-2
decimation in time and taken apart again: J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex
Fourier series", 1965; W. H. Press et al., "Numerical Recipes", section 12.3 (two halves of a real transform).
"""
import numpy as np

from ..rt import rt, state

#: 43 ms at 48 kHz, bins 23 Hz apart: long enough to tell modes of a room apart, short enough to see them grow.
WINDOW_FRAMES = 2048
BINS = WINDOW_FRAMES // 2
_STAGES = 10
#: Frames kept: the window stays readable while newer frames arrive.
KEPT_FRAMES = 2 * WINDOW_FRAMES
#: Slices of loading and of taking apart; one slice of 256 bins or one stage of 512 butterflies is about half a microsecond.
_SLICES = 4
_PART = BINS // _SLICES
#: Calls of spectrum_advance until `power` is complete.
SPECTRUM_SLICES = _SLICES + _STAGES + _SLICES

SPECTRUM = state(
    ("end", "i8"),                       # where the window ends in `kept`
    ("at", "i8"),                        # frames put in
    ("slice", "i4"),                     # the next slice, SPECTRUM_SLICES when there is nothing to do
    ("kept", "f4", (KEPT_FRAMES,)),
    ("re", "f4", (BINS,)), ("im", "f4", (BINS,)),
    ("power", "f4", (BINS,)),            # squared amplitude of a sine at the middle of a bin
)

#: Hann, scaled so that a sine of amplitude 1 in the middle of a bin has power 1.
_HANN = (2.0 / WINDOW_FRAMES * (1.0 - np.cos(2.0 * np.pi * np.arange(WINDOW_FRAMES) / WINDOW_FRAMES))).astype("f4")
_REVERSED = np.array([int(f"{i:010b}"[::-1], 2) for i in range(BINS)], "i4")
#: Turning factors, stage after stage: that of `half` butterflies a group begins at half - 1.
_ANGLES = np.concatenate([np.pi * np.arange(1 << s) / (1 << s) for s in range(_STAGES)])
_COS, _SIN = np.cos(_ANGLES).astype("f4"), -np.sin(_ANGLES).astype("f4")
_APART = 2.0 * np.pi * np.arange(BINS) / WINDOW_FRAMES
_APART_COS, _APART_SIN = np.cos(_APART).astype("f4"), -np.sin(_APART).astype("f4")


@rt
def spectrum_reset(spectrum):
    """Forget the past signal."""
    spectrum.end = 0
    spectrum.at = 0
    spectrum.slice = SPECTRUM_SLICES
    for i in range(KEPT_FRAMES):
        spectrum.kept[i] = 0.0
    for i in range(BINS):
        spectrum.power[i] = 0.0


@rt
def spectrum_begin(spectrum):
    """Begin with the window that ends with the newest frame."""
    spectrum.end = spectrum.at
    spectrum.slice = 0


@rt
def _load(spectrum, start):
    re, im, kept = spectrum.re, spectrum.im, spectrum.kept
    first = spectrum.end + WINDOW_FRAMES  # the window's start, as seen one round later
    for i in range(start, start + _PART):
        to = _REVERSED[i]
        even = (first + 2 * i) & (KEPT_FRAMES - 1)
        re[to] = kept[even] * _HANN[2 * i]
        im[to] = kept[(even + 1) & (KEPT_FRAMES - 1)] * _HANN[2 * i + 1]


@rt
def _turn(re, im, half):
    for group in range(BINS // (2 * half)):
        for j in range(half):
            low = 2 * half * group + j
            high = low + half
            c, s = _COS[half - 1 + j], _SIN[half - 1 + j]
            x = re[high] * c - im[high] * s
            y = re[high] * s + im[high] * c
            re[high] = re[low] - x
            im[high] = im[low] - y
            re[low] += x
            im[low] += y


@rt
def _take_apart(spectrum, start):
    re, im, power = spectrum.re, spectrum.im, spectrum.power
    for k in range(start, start + _PART):
        other = (BINS - k) & (BINS - 1)
        even_re, even_im = (re[k] + re[other]) * np.float32(0.5), (im[k] - im[other]) * np.float32(0.5)
        odd_re, odd_im = (im[k] + im[other]) * np.float32(0.5), (re[other] - re[k]) * np.float32(0.5)
        x = even_re + odd_re * _APART_COS[k] - odd_im * _APART_SIN[k]
        y = even_im + odd_re * _APART_SIN[k] + odd_im * _APART_COS[k]
        power[k] = x * x + y * y


@rt
def spectrum_advance(spectrum):
    """Do the next slice; True when `power` has just become complete."""
    step = spectrum.slice
    if step >= SPECTRUM_SLICES:
        return False
    if step < _SLICES:
        _load(spectrum, step * _PART)
    elif step < _SLICES + _STAGES:
        _turn(spectrum.re, spectrum.im, 1 << (step - _SLICES))
    else:
        _take_apart(spectrum, (step - _SLICES - _STAGES) * _PART)
    spectrum.slice = step + 1
    return step + 1 == SPECTRUM_SLICES
