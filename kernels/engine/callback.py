"""The door to PortAudio: the only place that knows its callback signature.

Source: portaudio.h, PaStreamCallback, PaStreamCallbackTimeInfo, PaStreamCallbackFlags.
"""
import ctypes

import numpy as np
from numba import carray, cfunc, from_dtype, types

from ..effects.strip import LANES
from ..rt import GRID, rt, state
from ..rt.atomics import store_release
from ..rt.machine import cycles, floats_behind, flush_denormals, restore_denormals
from .process import process
from .state import BINS_PER_US, STATE, TIME_BINS

TIME_INFO = state(("adc_s", "f8"), ("now_s", "f8"), ("dac_s", "f8"))
#: Input overflow (2) and output underflow (4): sound was lost.
XRUN_FLAGS = 2 | 4
#: Callbacks wake up early or late by part of a block; the clock pairs follow with this share of the error, and jump
#: when it is larger than any scheduling delay could be.
CLOCK_SHARE, CLOCK_JUMP_S = 0.05, 0.05
#: PortAudio's `unsigned long` has 32 bits on Windows and 64 elsewhere.
_ULONG = from_dtype(np.dtype(ctypes.c_ulong))
SIGNATURE = types.intc(types.CPointer(types.float32), types.CPointer(types.float32), _ULONG,
                       types.CPointer(from_dtype(TIME_INFO)), _ULONG, types.CPointer(from_dtype(STATE)))


@rt
def _note_time(state, host, frames, now_s):
    """Publish where frames and the host's clock meet, and count what the host should have asked for by now."""
    rate, calls = state.sample_rate, host.calls[0]
    expected_s = host.expected_s
    if calls == 0 or abs(now_s - expected_s) > CLOCK_JUMP_S:
        expected_s = now_s
    else:
        expected_s += CLOCK_SHARE * (now_s - expected_s)
    if calls > 0:
        host.expected_frames += (now_s - host.last_host_s) * rate
        host.delivered_frames += host.block_frames
    host.last_host_s = now_s
    pair = host.pairs[(calls + 1) & 1]
    pair.frame = state.frame + state.fill
    pair.host_s = expected_s
    host.expected_s = expected_s + frames / rate
    host.block_frames = frames
    host.largest_block = max(host.largest_block, frames)
    store_release(host.calls, 0, calls + 1)


@rt
def _note_cost(host, spent_cycles):
    spent_us = spent_cycles / host.cycles_per_us if host.cycles_per_us > 0.0 else 0.0
    host.time_bins[min(max(int(spent_us * BINS_PER_US), 0), TIME_BINS - 1)] += 1
    host.max_us = max(host.max_us, spent_us)


@cfunc(SIGNATURE, error_model="numpy", fastmath={"contract"}, cache=True)
def callback(sound_in, sound_out, frames, time_info, flags, user):
    """PortAudio's callback; `user` points to the STATE record at the start of the block."""
    began = cycles()
    word = flush_denormals()
    state = carray(user, (1,))[0]
    host, count = state.host, types.intp(frames)
    if flags & XRUN_FLAGS:
        host.xruns += 1
    _note_time(state, host, count, carray(time_info, (1,))[0].now_s)
    samples = carray(floats_behind(user, state.samples_offset), (state.samples_count,))
    stems = carray(floats_behind(user, state.stems_offset), (state.stems_steps * state.stems_columns * GRID,))
    taps = carray(floats_behind(user, state.taps_offset), (state.taps_steps * state.taps_groups * GRID * LANES,))
    process(state, samples, stems, taps, carray(sound_in, (count * state.input_channels,)),
            carray(sound_out, (count * state.output_channels,)), count)
    restore_denormals(word)
    _note_cost(host, cycles() - began)
    return 0
