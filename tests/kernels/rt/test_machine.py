"""Facts of the processor."""
import numpy as np
import pytest
from numba import carray, cfunc, from_dtype, types

from imm_audio.kernels.engine.state import STATE
from imm_audio.kernels.rt import rt, state
from imm_audio.kernels.rt.machine import cycles, floats_behind, flush_denormals, restore_denormals


@rt
def _products(a, b, out):
    """Product before, while and after denormals are flushed."""
    out[0] = a[0] * b[0]
    word = flush_denormals()
    out[1] = a[0] * b[0]
    restore_denormals(word)
    out[2] = a[0] * b[0]


@pytest.mark.parametrize(("a", "b"), [(2e-38, 0.25), (1e-40, 1e10), (1e-40, 0.5)], ids=["results", "inputs", "both"])
def test_denormals_are_flushed_between_set_and_restore_and_nowhere_else(a, b):
    a, b, out = np.array([a], "f4"), np.array([b], "f4"), np.full(3, 77.0, "f4")
    _products(a, b, out)
    np.testing.assert_array_equal(out, [a[0] * b[0], 0, a[0] * b[0]])
    assert a[0] * b[0] > 0  # the thread is as it was


@rt
def _decay(x, frames):
    """A decaying loop from x on, as filters and reverbs have it; how often it was above zero."""
    word, above = flush_denormals(), 0
    for _ in range(frames):
        x = x * np.float32(0.5)
        above += x > np.float32(0.0)
    restore_denormals(word)
    return above


def test_a_decay_reaches_zero_at_the_smallest_normal_number():
    assert _decay(np.float32(1.0), 400) == 126


@rt
def _flush_twice():
    outer = flush_denormals()
    inner = flush_denormals()
    restore_denormals(inner)
    still = flush_denormals()
    restore_denormals(outer)
    return outer, inner, still


def test_what_is_restored_is_what_was_found_so_that_calls_may_be_nested():
    outer, inner, still = _flush_twice()
    assert inner == still != outer
    assert _flush_twice()[0] == outer


@rt
def _count():
    first = cycles()
    second = cycles()
    return first, second


def test_the_cycle_counter_counts_up():
    first, second = _count()
    assert 0 < first <= second <= _count()[0]


BLOCK = state(("offset", "i8"), ("count", "i8"))


@cfunc(types.float32(types.CPointer(from_dtype(BLOCK))))
def _sum_behind(block):
    record = carray(block, (1,))[0]
    numbers = carray(floats_behind(block, record.offset), (record.count,))
    total = np.float32(0.0)
    for i in range(record.count):
        total += numbers[i]
    return total


def test_memory_behind_a_record_is_found_by_its_offset():
    memory = np.zeros(256, "u1")
    block, numbers = memory[:BLOCK.itemsize].view(BLOCK), memory[64:64 + 40].view("f4")
    block["offset"], block["count"] = 64, 10
    numbers[:] = np.arange(10)
    assert _sum_behind.ctypes(block.ctypes.data) == 45.0


def test_the_state_can_be_compared_as_bytes_because_it_holds_no_pointers():
    def kinds(dtype):
        for inner, *_ in dtype.fields.values():
            base = inner.base
            yield from kinds(base) if base.fields else (base.kind,)

    assert set(kinds(STATE)) <= set("iuf")
