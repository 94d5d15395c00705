"""The one decorator every kernel wears, the helper every state uses, and the one grid of time."""
import numpy as np
from numba import njit

#: Everything is computed in pieces of 16 absolute frames (0.33 ms at 48 kHz).  One constant is the control rate, the
#: unit of rendering and the look-ahead of the limiter.  16 divides all usual host blocks from 16 frames up, so that
#: these pass through without a queue, and look-ahead plus the queue for odd block sizes stays below 32 frames.
GRID = 16

#: error_model="numpy": no hidden raise on x / 0.  contract only: guards against NaN keep working.
rt = njit(error_model="numpy", fastmath={"contract"}, cache=True, nogil=True)


def state(*fields):
    """Structured dtype with C alignment, so that records have the same bytes in numpy and numba."""
    return np.dtype(list(fields), align=True)
