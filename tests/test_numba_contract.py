"""What the kernels rely on in numba and what its documentation does not promise.  A new version must pass this first."""
import re

import numpy as np
import pytest
from numba import from_dtype, types

from imm_audio.kernels.engine.state import STATE
from imm_audio.kernels.rt import rt, state
from imm_audio.kernels.rt.atomics import load_acquire, store_release

LEAF = state(("flag", "i1"), ("count", "i8"), ("level", "f4"), ("lanes", "f4", (8,)))
BRANCH = state(("name", "i2"), ("leaf", LEAF), ("leaves", LEAF, (3,)), ("key", "i4", (5,)))
TREE = state(("small", "u1"), ("branch", BRANCH), ("branches", BRANCH, (2,)), ("head", "i8", (8,)))


@rt
def _touch(leaf, value):
    leaf.count += value
    leaf.level = value / 2
    for i in range(leaf.lanes.shape[0]):
        leaf.lanes[i] = value + i


@rt
def _touch_inner(tree):
    _touch(tree.branch.leaf, 1)
    _touch(tree.branch.leaves[2], 2)
    branch = tree.branches[1]
    _touch(branch.leaves[0], 3)
    branch.key[4] = 4


def test_records_inside_records_are_changed_in_place_through_calls():
    trees = np.zeros(1, TREE)
    _touch_inner(trees[0])
    changed = {("branch", "leaf"): 1, ("branch", "leaves", 2): 2, ("branches", 1, "leaves", 0): 3}
    expected = np.zeros(1, TREE)
    for path, value in changed.items():
        leaf = expected[0]
        for step in path:
            leaf = leaf[step]
        leaf["count"], leaf["level"], leaf["lanes"][:] = value, value / 2, value + np.arange(8)
    expected[0]["branches"][1]["key"][4] = 4
    assert trees.tobytes() == expected.tobytes()


def leaves(dtype, offset=0, prefix=""):
    """(path, offset, itemsize) of every field, records inside followed; of an array of records the first."""
    for name, (inner, at, *_) in dtype.fields.items():
        base = inner.base
        if base.fields:
            yield from leaves(base, offset + at, f"{prefix}{name}.")
        yield f"{prefix}{name}", offset + at, inner.itemsize


def seen_by_numba(record, offset=0, prefix=""):
    """The same of a numba record type."""
    for name, field in record.fields.items():
        kind = field.type
        inner = kind.dtype if isinstance(kind, types.NestedArray) else kind
        size = inner.size if isinstance(inner, types.Record) else inner.bitwidth // 8
        if isinstance(kind, types.NestedArray):
            size *= kind.nitems
        if isinstance(inner, types.Record):
            yield from seen_by_numba(inner, offset + field.offset, f"{prefix}{name}.")
        yield f"{prefix}{name}", offset + field.offset, size


@pytest.mark.parametrize("dtype", [TREE, STATE], ids=["tree", "STATE"])
def test_numpy_and_numba_agree_where_every_field_lies(dtype):
    assert list(seen_by_numba(from_dtype(dtype))) == list(leaves(dtype))
    assert from_dtype(dtype).size == dtype.itemsize


def test_every_number_of_the_state_lies_on_a_multiple_of_its_size():
    def check(dtype, offset=0):
        for name, (inner, at, *_) in dtype.fields.items():
            base = inner.base
            if base.fields:
                assert (offset + at) % base.alignment == 0, name
                assert base.itemsize % base.alignment == 0, name
                check(base, offset + at)
            else:
                assert (offset + at) % base.itemsize == 0, name

    check(STATE)


@rt
def _divide(a, b):
    return a / b


@rt
def _divide_whole(a, b):
    return a // b


@rt
def _remainder(a, b):
    return a % b


def test_division_by_zero_is_infinity_or_zero_and_raises_nothing():
    assert _divide(1.0, 0.0) == np.inf
    assert _divide(-1.0, 0.0) == -np.inf
    assert np.isnan(_divide(0.0, 0.0))
    assert _divide_whole(7, 0) == 0
    assert _remainder(7, 0) == 0


@rt
def _held(x, low, high):
    if not x > low:
        return low
    return min(x, high)


@rt
def _is_number(x):
    return x == x and abs(x) <= 1e30


def test_guards_against_nan_are_not_optimised_away():
    assert _held(np.nan, 1.0, 2.0) == 1.0
    assert not _is_number(np.nan)
    assert not _is_number(np.inf)
    assert _is_number(0.0)


@rt
def _behind(x):
    return x[-1]


def test_indices_below_zero_count_from_the_end_as_in_python():
    assert _behind(np.arange(4.0)) == 3.0


@rt
def _load(tree):
    return load_acquire(tree.head, 0)


@rt
def _store(tree, value):
    store_release(tree.head, 0, value)


def code(kernel):
    """LLVM IR and machine code of a kernel, just compiled."""
    signature = kernel.signatures[0]
    return kernel.inspect_llvm(signature), kernel.inspect_asm(signature)


@pytest.fixture(scope="module")
def atomics():
    """Load and store kernels compiled here and now: code that comes from the cache can't be shown."""
    from numba import njit
    kind = from_dtype(TREE)
    options = {"error_model": "numpy", "fastmath": {"contract"}, "nogil": True}
    return (njit(types.int64(kind), **options)(_load.py_func), njit(types.void(kind, types.int64), **options)(_store.py_func))


def test_an_acquiring_load_and_a_releasing_store_are_single_instructions(atomics):
    for kernel, pattern in zip(atomics, (r"load atomic i64, .* acquire, align 8", r"store atomic i64 .* release, align 8"),
                               strict=True):
        ir, assembly = code(kernel)
        assert re.search(pattern, ir)
        assert "__atomic" not in assembly  # a call into a library that may lock


def test_what_one_kernel_stores_the_other_loads():
    trees = np.zeros(1, TREE)
    for value in (0, 1, -1, 2**62, -2**63):
        _store(trees[0], value)
        assert _load(trees[0]) == value == trees[0]["head"][0]
        assert not trees[0]["head"][1:].any()
