"""The one decorator every kernel wears, the helper every state uses, and the one grid of time."""
import numpy as np
from numba import njit

#: Everything is computed in pieces of 16 absolute frames (0.33 ms at 48 kHz).  One constant is the control rate, the
#: unit of rendering and the look-ahead of the limiter.  16 divides all usual host blocks from 16 frames up, so that
#: these pass through without a queue, and look-ahead plus the queue for odd block sizes stays below 32 frames.
GRID = 16

#: error_model="numpy": no hidden raise on x / 0.  contract only: guards against NaN keep working.
rt = njit(error_model="numpy", fastmath={"contract"}, cache=True, nogil=True)


#: Bytes of a cache line: a vector that lies across two costs twice.
LINE = 64


def state(*fields):
    """Structured dtype with C alignment, so that records have the same bytes in numpy and numba.

    Vectors (8 float32 or more) and records of whole cache lines begin on a cache line; their record fills whole lines.
    """
    placed, on_lines = [], False
    for name, kind, *shape in fields:
        kind = np.dtype(kind)
        vector = kind == np.float32 and np.prod(shape, dtype=int) >= 8
        if vector or (kind.names and kind.itemsize % LINE == 0):
            _fill_line(placed)
            on_lines = True
        placed.append((name, kind, *shape))
    if on_lines:
        _fill_line(placed)
    return np.dtype(placed, align=True)


def _fill_line(placed):
    missing = -np.dtype(placed, align=True).itemsize % LINE if placed else 0
    if missing:
        placed.append((f"_fill{len(placed)}", "u1", (missing,)))
