"""What every kernel stands on: the decorator, state records, SIMD values, atomics, rings, units."""
from .decorator import GRID, rt, state

__all__ = ["GRID", "rt", "state"]
