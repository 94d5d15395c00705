"""About half of what the callback stands on, from its far end: a second process compiles it while the first begins in front.

Nobody calls it.  The calls are those of `process.py` and `react.py`, with the same types, so that each process finds the
other's work on disk.
"""
from numba import carray, cfunc, from_dtype, types

from ..music.band import band_advance
from ..music.looper import looper_advance
from ..rt import GRID
from ..rt.machine import floats_behind
from ..voices.drums import drums_render
from ..voices.modal import modal_render
from ..voices.pluck import pluck_render
from ..voices.sampler import sampler_render
from ..voices.tone import tone_render
from .mixer import mixer_process
from .react import _apply, _apply_to_hand
from .state import STATE


@cfunc(types.void(types.CPointer(from_dtype(STATE))), error_model="numpy", cache=True)
def half(user):
    """Voices, mixer, events, hands, looper and band."""
    state = carray(user, (1,))[0]
    samples = carray(floats_behind(user, state.samples_offset), (state.samples_count,))
    stems = carray(floats_behind(user, state.stems_offset), (state.stems_steps * state.stems_columns * GRID,))
    mixer, rate, assist = state.mixer, state.sample_rate, state.assist
    keep_microphones, step_floats = state.keep_microphones != 0, state.stems_columns * GRID
    step = (state.frame // GRID & (state.stems_steps - 1)) * step_floats
    mixer_process(mixer, stems, step, step_floats, state.input_channels, keep_microphones,
                  state.transport.beats_per_frame, rate)
    drums_render(state.drums, state.parts, mixer.buses, rate)
    modal_render(state.modal, state.parts, mixer.buses, rate)
    tone_render(state.tone, state.parts, mixer.buses, rate)
    pluck_render(state.pluck, state.parts, mixer.buses, rate)
    sampler_render(state.sampler, state.bank, state.parts, samples, mixer.buses, rate)
    event = state.pending[0]
    _apply_to_hand(state, event)
    band_advance(state.band, assist, state.form)
    looper_advance(state.looper, assist, state.form.origin_beat, assist.harmony.meter_beats)
    _apply(state, event)
