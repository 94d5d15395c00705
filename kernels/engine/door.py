"""What Python may do to a block while it plays, as C functions: no numba dispatch, no copy of the record.

Each takes the address of the STATE record.  They are called with the GIL held, so that all threads of one process
together are one producer; `read_log` belongs to the scribe.
"""
from numba import carray, cfunc, from_dtype, types

from ..music.backing import backing_write
from ..music.moment import MOMENT, moment_ask
from ..rt.atomics import load_acquire
from ..rt.ring import EVENT, ring_pop, ring_push
from .process import engine_reset
from .state import STATE

_STATE = types.CPointer(from_dtype(STATE))
_OPTIONS = {"error_model": "numpy", "cache": True}


@cfunc(types.int64(_STATE, types.int64, types.int64, types.int64, types.int64, types.int64, types.float64,
                   types.float64), **_OPTIONS)
def push(state, ring, frame, kind, player, channel, key, value):
    """Put one event into a ring; 1 when there was room."""
    return 1 if ring_push(carray(state, (1,))[0].rings[ring], frame, kind, player, channel, key, value) else 0


@cfunc(types.int64(_STATE, types.CPointer(from_dtype(EVENT)), types.int64), **_OPTIONS)
def read_log(state, events, count):
    """Move up to `count` applied events out of the log; how many."""
    return ring_pop(carray(state, (1,))[0].log, carray(events, (count,)))


@cfunc(types.int64(_STATE), **_OPTIONS)
def written(state):
    """Frame up to which stem and tap ring are complete."""
    return load_acquire(carray(state, (1,))[0].stems_head, 0)


@cfunc(types.int64(_STATE), **_OPTIONS)
def calls(state):
    """Callbacks so far; the clock pair with index calls & 1 is complete."""
    return load_acquire(carray(state, (1,))[0].host.calls, 0)


@cfunc(types.int64(_STATE, types.CPointer(from_dtype(MOMENT))), **_OPTIONS)
def ask_moment(state, moment):
    """Copy where the music stands; 1 when the copy is whole."""
    return 1 if moment_ask(carray(state, (1,))[0].moments, carray(moment, (1,))[0]) else 0


@cfunc(types.void(_STATE, types.int64, types.CPointer(types.float32), types.int64), **_OPTIONS)
def write_backing(state, frame, sound, count):
    """Put `count` frames of stereo sound into the ring of the recording.  The worker of the recording only."""
    backing_write(carray(state, (1,))[0].backing, carray(sound, (2 * count,)), frame, count)


@cfunc(types.void(_STATE), **_OPTIONS)
def reset(state):
    """Silence and defaults; only while no stream runs."""
    engine_reset(carray(state, (1,))[0])
