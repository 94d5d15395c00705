"""Time passes: host blocks of any size are cut into grid steps of absolute frames, and each step is computed whole.

drain events - advance the clock - react - render voices - mix and protect.  What a step sounds depends only on the
events and the microphones, never on how the host cuts time.
"""
import numpy as np

from ..effects.strip import LANES, LOUDEST_INPUT
from ..effects.vocal import vocal_harmony
from ..music.assist import assist_reset
from ..music.backing import backing_add, backing_reset
from ..music.band import band_reset
from ..music.conductor import conductor_reset
from ..music.form import form_reset
from ..music.guide import guide_reset
from ..music.harmony import harmony_classes
from ..music.looper import looper_reset
from ..music.transport import transport_advance
from ..music.tuning import tuning_reset
from ..rt import GRID, rt
from ..rt.atomics import store_release
from ..rt.simd import finite8, load8, splat8, store8
from ..voices.drums import drums_render, drums_reset
from ..voices.modal import modal_render, modal_reset
from ..voices.part import (
    BAND_BACKING, BAND_BACKING_RIGHT, BAND_CLICK, BAND_DRUMS, CHANNELS, DRUMS, PARTS, SAMPLER, part_jump, part_reset,
)
from ..voices.pluck import pluck_render, pluck_reset
from ..voices.sampler import sampler_render, sampler_reset
from ..voices.tone import tone_render, tone_reset
from .mixer import mixer_expect, mixer_process, mixer_reset
from .react import drain, parts_advance, react
from .state import MICROPHONE_GROUPS

F = np.float32
#: MIDI's percussion channel (10 when counted from 1) is a drum kit from the start.
PERCUSSION_CHANNEL = 9


@rt
def engine_reset(state):
    """Silence, default sounds and strips; settings, frame counter, rings and counters stay."""
    for index in range(PARTS):
        part = state.parts[index]
        drums = index % CHANNELS == PERCUSSION_CHANNEL or index // CHANNELS == BAND_DRUMS or index // CHANNELS == BAND_CLICK
        part.model = DRUMS if drums else SAMPLER
        part.program = 0
        part_reset(part)
        part_jump(part)
        state.movers[index] = index
    state.mover_count = PARTS
    state.pending_count = 0
    pluck_reset(state.pluck)
    modal_reset(state.modal)
    drums_reset(state.drums)
    sampler_reset(state.sampler)
    tone_reset(state.tone)
    mixer_reset(state.mixer, state.sample_rate)
    tuning_reset(state.tuning)
    assist_reset(state.assist)
    looper_reset(state.looper)
    backing_reset(state.backing)
    conductor_reset(state.conductor, state.sample_rate)
    form_reset(state.form)
    guide_reset(state.guide)
    band_reset(state.band)
    if state.transport.tempo_bpm <= 0.0:
        state.transport.tempo_bpm = 100.0
    state.fill = 0
    state.queue_frames = 0
    state.out_read = state.frame
    for i in range(state.out.shape[0]):
        state.out[i] = 0.0
        state.monitor_out[i] = 0.0


@rt
def _listen(state, sound_in, first, frames):
    """Put `frames` frames of the host's input behind those that wait; what is not a number becomes silence."""
    channels, fill, strips = state.input_channels, state.fill, state.mixer.strips
    limit = splat8(LOUDEST_INPUT)
    for g in range(MICROPHONE_GROUPS):
        start = g * LANES
        if start >= channels:
            return
        x = strips[g].x
        if start + LANES <= channels:
            for i in range(frames):
                store8(x, (fill + i) * LANES, finite8(load8(sound_in, (first + i) * channels + start), limit))
        else:
            for i in range(frames):
                for lane in range(LANES):
                    value = sound_in[(first + i) * channels + start + lane] if start + lane < channels else F(0.0)
                    x[(fill + i) * LANES + lane] = value if abs(value) <= LOUDEST_INPUT else F(0.0)


@rt
def _speak(state, sound_out, first, frames):
    """Give the host `frames` frames."""
    channels, read = state.output_channels, state.out_read - state.queue_frames
    state.out_read += frames
    for i in range(frames):
        at = ((read + i) & (2 * GRID - 1)) * 2
        left, right = state.out[at], state.out[at + 1]
        to = (first + i) * channels
        if channels == 1:
            sound_out[to] = F(0.5) * (left + right)
        else:
            sound_out[to] = left
            sound_out[to + 1] = right
            for c in range(2, channels):
                sound_out[to + c] = state.monitor_out[at + c - 2] if c < 4 else F(0.0)


@rt
def _tap(strips, taps, step, groups):
    """Keep a grid step of the microphones as they came, before any strip: `taps` from `step` on, laid out as strips.x."""
    for g in range(groups):
        x, at = strips[g].x, step + g * GRID * LANES
        for i in range(0, GRID * LANES, LANES):
            store8(taps, at + i, load8(x, i))


@rt
def process(state, samples, stems, taps, sound_in, sound_out, frames):
    """Hear and play `frames` frames.

    sound_in: float32, interleaved, input_channels a frame (may be empty when there are none).  sound_out: float32,
    interleaved, output_channels a frame, 1 or more.  The output lags the engine's clock by GRID frames of look-ahead plus
    `queue_frames`: none while blocks are multiples of GRID, GRID - 1 for ever after the first one that is not.
    """
    if (state.fill + frames) % GRID != 0 and state.queue_frames == 0:
        state.queue_frames = GRID - 1
    rate, mixer = state.sample_rate, state.mixer
    keep_microphones, step_floats = state.keep_microphones != 0, state.stems_columns * GRID
    done = 0
    while done < frames:
        count = min(frames - done, GRID - state.fill)
        _listen(state, sound_in, done, count)
        state.fill += count
        if state.fill == GRID:  # a grid step is complete; not a function of its own, which would take 3 s to compile
            state.fill = 0
            step = (state.frame // GRID & (state.stems_steps - 1)) * step_floats
            _tap(mixer.strips, taps, (state.frame // GRID & (state.taps_steps - 1)) * state.taps_groups * GRID * LANES,
                 state.taps_groups)
            mixer_expect(mixer, stems, step, state.input_channels, keep_microphones)
            drain(state)
            react(state)
            parts_advance(state)
            sampler_render(state.sampler, state.bank, state.parts, samples, mixer.buses, rate)
            pluck_render(state.pluck, state.parts, mixer.buses, rate)
            modal_render(state.modal, state.parts, mixer.buses, rate)
            drums_render(state.drums, state.parts, mixer.buses, rate)
            tone_render(state.tone, state.parts, mixer.buses, rate)
            backing_add(state.backing, mixer.buses, BAND_BACKING * GRID, BAND_BACKING_RIGHT * GRID, state.frame)
            state.voices = (state.sampler.sounding + state.pluck.sounding + state.modal.sounding + state.drums.sounding
                            + state.tone.sounding)
            if mixer.vocal_of[0] >= 0:
                vocal_harmony(mixer.vocal, harmony_classes(state.assist.harmony))
            mixer_process(mixer, stems, step, step_floats, state.input_channels, keep_microphones,
                          state.transport.beats_per_frame, rate)
            transport_advance(state.transport)
            at = (state.frame & (2 * GRID - 1)) * 2
            for i in range(GRID):
                state.out[at + 2 * i] = mixer.room_limiter.left[i]
                state.out[at + 2 * i + 1] = mixer.room_limiter.right[i]
            if mixer.monitor:
                for i in range(GRID):
                    state.monitor_out[at + 2 * i] = mixer.monitor_limiter.left[i]
                    state.monitor_out[at + 2 * i + 1] = mixer.monitor_limiter.right[i]
            state.frame += GRID
            store_release(state.stems_head, 0, state.frame)
        _speak(state, sound_out, done, count)
        done += count
