"""Coefficients of the state-variable filter, against the bilinear transform of the analog prototypes."""
import math

import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.kernels.effects.svf import svf_a1, svf_warp


def run(x, cutoff_hz, q, rate):
    """The recursion of the module's docstring in float64: band-pass and low-pass of x."""
    g, k = svf_warp(cutoff_hz, rate), 1.0 / q
    a1 = svf_a1(g, k)
    a2, a3 = g * a1, g * g * a1
    ic1 = ic2 = 0.0
    out = np.empty((len(x), 2))
    for n, v0 in enumerate(x):
        v3 = v0 - ic2
        v1 = a1 * ic1 + a2 * v3
        v2 = ic2 + a2 * ic1 + a3 * v3
        ic1, ic2 = 2 * v1 - ic1, 2 * v2 - ic2
        out[n] = v1, v2
    return out.T


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize(("cutoff_hz", "q"), [(30.0, 0.7071), (1000.0, 0.8), (9000.0, 6.0)])
def test_the_recursion_is_the_bilinear_transform_of_its_analog_prototype(rate, cutoff_hz, q):
    impulse = signal.unit_impulse(512)
    w = 2 * rate * math.tan(math.pi * cutoff_hz / rate)  # prewarped
    denominator = [1 / w**2, 1 / (q * w), 1.0]
    band, low = run(impulse, cutoff_hz, q, rate)
    for found, numerator in ((low, [1.0]), (band, [1 / w, 0.0]),
                             (impulse - band / q - low, [1 / w**2, 0.0, 0.0])):
        np.testing.assert_allclose(found, signal.lfilter(*signal.bilinear(numerator, denominator, rate), impulse), atol=1e-9)


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0.01, 1e3), st.sampled_from([8000.0, 48000.0, 96000.0]))
def test_any_cutoff_whatever_gives_a_stable_filter(cutoff_hz, k, rate):
    g = svf_warp(cutoff_hz, rate)
    assert math.tan(math.pi * 9.99 / rate) <= g <= math.tan(math.pi * 0.491)
    a1 = svf_a1(g, k)
    a2, a3 = g * a1, g * g * a1
    step = np.array([[2 * a1 - 1, -2 * a2], [2 * a2, 1 - 2 * a3]])  # of the memories without input
    assert np.abs(np.linalg.eigvals(step)).max() < 1.0
