"""Reading between the frames of a line."""
import numpy as np
import pytest

from imm_audio.kernels.effects.tap import tap8
from imm_audio.kernels.rt import rt
from imm_audio.kernels.rt.simd import ramp8, splat8, store8

F = np.float32


@rt
def _read(line, at, f, slope, out):
    store8(out, 0, tap8(line, at, ramp8() * F(slope) + splat8(F(f))))


@pytest.mark.parametrize("f", [-0.1, 0.0, 0.3, 0.5, 1.0, 1.1])
def test_a_cubic_is_read_exactly_between_its_frames(f):
    t = np.arange(32) / 8
    cubic = np.polynomial.Polynomial([1.0, -0.5, 0.25, -0.05])
    out = np.zeros(8, "f4")
    _read(cubic(t).astype("f4"), 5, f, 0.01, out)
    n = np.arange(8)
    assert np.abs(out - cubic((6 + n + f + 0.01 * (n + 1)) / 8)).max() < 2e-6
