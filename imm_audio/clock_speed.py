"""How fast the counter runs that the callback reads."""
import time

from .kernels.rt import rt
from .kernels.rt.machine import cycles


@rt
def _read_cycles():
    return cycles()


def cycles_per_us(seconds: float = 0.02) -> float:
    """Measure it against the system's clock for `seconds`."""
    _read_cycles()
    began, first = time.perf_counter(), _read_cycles()
    while time.perf_counter() - began < seconds:
        pass
    return float((_read_cycles() - first) / ((time.perf_counter() - began) * 1e6))
