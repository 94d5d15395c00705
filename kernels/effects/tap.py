"""Read a line of memory between its frames."""
import numpy as np

from ..rt import rt
from ..rt.simd import load8

F = np.float32


@rt
def tap8(line, at, f):
    """Eight frames between line[at + 1 ...] (f = 0) and line[at + 2 ...] (f = 1); f: eight lanes, may leave 0 .. 1 a little.

    Cubic Lagrange interpolation: T. Laakso et al., "Splitting the unit delay", IEEE Signal Processing Magazine 1996.
    """
    before, after, far = f + F(1.0), f - F(1.0), f - F(2.0)
    inner, outer = after * far, before * f
    value = load8(line, at) * (f * inner) * F(-1.0 / 6.0)
    value = value + load8(line, at + 1) * (before * inner) * F(0.5)
    value = value - load8(line, at + 2) * (outer * far) * F(0.5)
    return value + load8(line, at + 3) * (outer * after) * F(1.0 / 6.0)
