"""State-variable filter with trapezoidal integrators: coefficients of the shapes that strips and drums use.

Source: A. Simper, "Linear Trapezoidal Optimised SVF", Cytomic, 2013.  Per frame, for input v0 and memories ic1, ic2:

    v3 = v0 - ic2;  v1 = a1 ic1 + a2 v3;  v2 = ic2 + a2 ic1 + a3 v3;  ic1 = 2 v1 - ic1;  ic2 = 2 v2 - ic2

v1 is the band-pass, v2 the low-pass; high-pass = v0 - k v1 - v2, bell = v0 + k (A^2 - 1) v1 with k = 1 / (Q A).
Float32 is enough: the memories hold signal levels, not differences of nearly equal numbers as a direct form does.
"""
import math

from ..rt import rt
from ..rt.units import clamp


@rt
def svf_warp(cutoff_hz, sample_rate):
    """Warp a cutoff [Hz, clamped 10 .. 0.49 sample_rate]: g = tan(pi f / fs)."""
    return math.tan(math.pi * clamp(cutoff_hz, 10.0, 0.49 * sample_rate) / sample_rate)


@rt
def svf_a1(g, k):
    """First coefficient; a2 = g a1 and a3 = g a2 follow."""
    return 1.0 / (1.0 + g * (g + k))
