"""What each kernel costs: nanoseconds a frame, median of many short loops inside compiled code."""
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from imm_audio.clock_speed import cycles_per_us
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.effects.limiter import limiter_process
from imm_audio.kernels.effects.reverb import reverb_process
from imm_audio.kernels.effects.strip import (
    ATTACK_MS,
    CEILING_DBFS,
    HIGH_DB,
    HIGH_HZ,
    HIGH_Q,
    HIGHPASS_HZ,
    LANES,
    LOW_DB,
    LOW_HZ,
    LOW_Q,
    MID_DB,
    MID_HZ,
    MID_Q,
    RATIO,
    RELEASE_MS,
    STRIPS,
    SUMS,
    THRESHOLD_DB,
    strip_set,
    strips_at_rest,
    strips_jump,
    strips_process,
    strips_skip,
)
from imm_audio.kernels.engine.process import process
from imm_audio.kernels.engine.react import parts_advance
from imm_audio.kernels.engine.state import FROM_PARENT
from imm_audio.kernels.music.backing import RING_FRAMES, backing_add
from imm_audio.kernels.music.looper import PHRASE_NOTES, PHRASES, ROUNDS, looper_advance
from imm_audio.kernels.rt import GRID, rt, state
from imm_audio.kernels.rt.machine import cycles, flush_denormals, restore_denormals
from imm_audio.kernels.rt.ring import EVENT, ring_pop, ring_push
from imm_audio.kernels.voices.drums import drums_render
from imm_audio.kernels.voices.modal import modal_render
from imm_audio.kernels.voices.part import BAND_BACKING, BAND_BACKING_RIGHT, PARTS
from imm_audio.kernels.voices.pluck import pluck_render
from imm_audio.kernels.voices.sampler import sampler_render
from imm_audio.soundfont import general_midi, read_soundfont

from .drive import run
from .results import RESULTS, record, show
from .workloads import DRUMS, MODAL, PLUCK, SAMPLE_RATE, SAMPLER, SIXTEEN_PARTIALS, held, in_order

F = np.float32
#: Grid steps between two looks at the counter: long enough to hide the looking, short enough to fit between interruptions.
STEPS = 16
#: Settled before it is measured.
WARM_S = 0.2

STRIP_TEST = state(("strips", STRIPS), ("source", "f4", (GRID * LANES,)), ("sums", SUMS))


# Each loop takes the memory, and `spent`: cycles of STEPS grid steps each. Passing a large record costs 50 us once a call.

@rt
def _sampler(state, samples, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            sampler_render(state.sampler, state.bank, state.parts, samples, state.mixer.buses, state.sample_rate)
        spent[r] = cycles() - began


@rt
def _pluck(state, samples, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            pluck_render(state.pluck, state.parts, state.mixer.buses, state.sample_rate)
        spent[r] = cycles() - began


@rt
def _modal(state, samples, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            modal_render(state.modal, state.parts, state.mixer.buses, state.sample_rate)
        spent[r] = cycles() - began


@rt
def _drums(state, samples, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            drums_render(state.drums, state.parts, state.mixer.buses, state.sample_rate)
        spent[r] = cycles() - began


@rt
def _parts(state, samples, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            state.mover_count = PARTS
            parts_advance(state)
        spent[r] = cycles() - began


@rt
def _idle(state, samples, stems, taps, sound_in, sound_out, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            process(state, samples, stems, taps, sound_in, sound_out, GRID)
        spent[r] = cycles() - began


@rt
def _strips(test, stems, keep, moving, spent):
    strips, word = test.strips, flush_denormals()
    for r in range(spent.shape[0]):
        began = cycles()
        for s in range(STEPS):
            for i in range(GRID * LANES):
                strips.x[i] = test.source[i]
                test.sums.left[i] = F(0.0)
                test.sums.right[i] = F(0.0)
                test.sums.send[i] = F(0.0)
            if moving:
                strips.moving = 1
            strips_process(strips, test.sums, stems,
                           s * GRID * 2 * LANES if keep else -1, GRID * 2 * LANES, float(SAMPLE_RATE))
        spent[r] = cycles() - began
    restore_denormals(word)


@rt
def _strips_resting(test, stems, spent):
    strips, passed = test.strips, 0
    for r in range(spent.shape[0]):
        began = cycles()
        for s in range(STEPS):
            if strips_at_rest(strips):
                strips_skip(strips, stems, s * GRID * 2 * LANES, GRID * 2 * LANES)
                passed += 1
        spent[r] = cycles() - began
    return passed


@rt
def _reverb(reverb, source, spent):
    word = flush_denormals()
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            for i in range(GRID):
                reverb.x[i] = source[i]
            reverb_process(reverb)
        spent[r] = cycles() - began
    restore_denormals(word)


@rt
def _limiter(limiter, source, spent):
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            for i in range(GRID):
                limiter.left[i] = source[i]
                limiter.right[i] = source[i]
            limiter_process(limiter)
        spent[r] = cycles() - began


@rt
def _ring(ring, events, spent):
    """Eight events in, eight out, STEPS times."""
    for r in range(spent.shape[0]):
        began = cycles()
        for s in range(STEPS):
            for i in range(8):
                ring_push(ring, s, 1, i, 0, 60.0, 0.5)
            ring_pop(ring, events)
        spent[r] = cycles() - began


@rt
def _backing(backing, buses, spent):
    """A recording that sounds, its ring always full."""
    for r in range(spent.shape[0]):
        began = cycles()
        for s in range(STEPS):
            backing.written[0] = s * GRID + RING_FRAMES
            backing.sounds = 1
            backing_add(backing, buses, BAND_BACKING * GRID, BAND_BACKING_RIGHT * GRID, s * GRID)
        spent[r] = cycles() - began


@rt
def _looper(looper, assist, spent):
    """Phrases as they go round; what they order is thrown away."""
    for r in range(spent.shape[0]):
        began = cycles()
        for _ in range(STEPS):
            looper_advance(looper, assist, 0.0, 4.0)
            looper.count = 0
            assist.frame += GRID
            assist.beats += GRID * assist.beats_per_frame
        spent[r] = cycles() - began


class _Measure:
    """Collects rows of (kernel, load, ns a frame, what counts as one of the load)."""

    def __init__(self, repeats: int):
        self._repeats, self._per_us = repeats, cycles_per_us()
        self.rows: list[dict[str, Any]] = []

    def add(self, kernel: str, load: str, loop: Callable[[np.ndarray], object], each: int = 0,
            frames: int = STEPS * GRID) -> None:
        """Run `loop` with its counters; `each`: voices or channels that share the cost."""
        loop(np.zeros(1, "i8"))  # compiles, warms
        spent = np.zeros(self._repeats, "i8")
        loop(spent)
        ns = float(np.median(spent)) / self._per_us * 1000.0 / frames
        self.rows.append({"kernel": kernel, "load": load, "ns": round(ns, 3), "ns_each": round(ns / each, 3) if each else None})


def _voices(measure: _Measure) -> None:
    bank = read_soundfont(general_midi())
    for name, model, program, counts, loop in (
            ("piano (sampler)", SAMPLER, 0, (1, 8, 16, 32, 64), _sampler),
            ("string (pluck)", PLUCK, 1, (1, 8, 16, 32, 64), _pluck),
            ("bar (modal, 16 partials)", MODAL, SIXTEEN_PARTIALS, (1, 8, 16, 32), _modal),
            ("drum", DRUMS, 0, (1, 8, 16, 24), _drums)):
        for voices in counts:
            engine = Engine.create(Settings(SAMPLE_RATE, sound_bank=bank if model == SAMPLER else None))
            rows = held(model, program, voices, WARM_S, 100.0)
            if model == DRUMS:  # a crash cymbal rings longest
                rows = [(*row[:4], 49.0, row[5]) if row[5] == 0.8 else row for row in rows]
            run(engine, in_order(rows), np.zeros((SAMPLE_RATE, 0), "f4"), WARM_S)
            load = f"{voices} voices" if voices > 1 else "1 voice"
            measure.add(name, load, partial(loop, engine.state, engine.samples), voices)


def _tests_of_strips() -> dict[str, np.ndarray]:
    noise = np.random.default_rng(1).standard_normal(GRID * LANES) * 0.1
    made = {}
    for name in ("on", "flat", "rest"):
        test = np.zeros(1, STRIP_TEST)
        test["source"] = noise if name != "rest" else 0.0
        strips, on = test[0]["strips"], float(name == "on")
        wanted = {HIGHPASS_HZ: 80.0 * on, LOW_HZ: 120.0, LOW_Q: 0.7, LOW_DB: 3.0 * on, MID_HZ: 1000.0, MID_Q: 1.0,
                  MID_DB: -2.0 * on, HIGH_HZ: 6000.0, HIGH_Q: 0.8, HIGH_DB: 2.5 * on, THRESHOLD_DB: -18.0,
                  RATIO: 1.0 + 2.0 * on, ATTACK_MS: 5.0, RELEASE_MS: 80.0, CEILING_DBFS: -3.0}
        for lane in range(LANES):
            for parameter, value in wanted.items():
                strip_set(strips, lane, parameter, value)
        strips_jump(strips, float(SAMPLE_RATE))
        made[name] = test
    return made


def _strip_rows(measure: _Measure) -> None:
    tests, stems = _tests_of_strips(), np.zeros(STEPS * GRID * 2 * LANES, "f4")
    for load, name, keep, moving in (("everything on", "on", True, False), ("everything on, gliding", "on", True, True),
                                     ("everything on, no stems", "on", False, False), ("flat", "flat", True, False)):
        measure.add("8 strips", load, partial(_strips, tests[name][0], stems, keep, moving), LANES)
    for _ in range(2000 // STEPS):
        _strips(tests["rest"][0], stems, True, False, np.zeros(1, "i8"))
    measure.add("8 strips", "at rest", partial(_strips_resting, tests["rest"][0], stems), LANES)


def _mixer_rows(measure: _Measure) -> None:
    engine = Engine.create(Settings(SAMPLE_RATE))
    mixer, noise = engine.state["mixer"], (np.random.default_rng(1).standard_normal(GRID) * 0.2).astype("f4")
    reverb = mixer["players"]["reverb"]
    measure.add("reverb", "sounding", partial(_reverb, reverb, noise))
    still = Engine.create(Settings(SAMPLE_RATE)).state["mixer"]["players"]["reverb"]
    measure.add("reverb", "at rest", partial(_reverb, still, noise * 0))
    measure.add("limiter", "stereo", partial(_limiter, mixer["room_limiter"], noise))
    measure.add("parts", f"all {PARTS} gliding", partial(_parts, engine.state, engine.samples), PARTS)


def _engine_rows(measure: _Measure) -> None:
    for inputs in (0, 8, 16):
        engine = Engine.create(Settings(SAMPLE_RATE, inputs))
        run(engine, in_order([]), np.zeros((SAMPLE_RATE, inputs), "f4"), 15.0)  # all at rest, and the ring of stems silent
        heard, out = np.zeros(GRID * inputs, "f4"), np.zeros(GRID * 2, "f4")
        measure.add("whole engine", f"idle, {inputs} microphones",
                    partial(_idle, engine.state, engine.samples, engine.stems.reshape(-1), engine.taps.reshape(-1), heard, out))


def _ring_rows(measure: _Measure) -> None:
    engine = Engine.create(Settings(SAMPLE_RATE))
    events = np.zeros(8, EVENT)
    measure.add("ring", "ns an event, in and out", partial(_ring, engine.state["rings"][FROM_PARENT], events),
                frames=STEPS * 8)


def _music_rows(measure: _Measure) -> None:
    state = Engine.create(Settings(SAMPLE_RATE)).state
    measure.add("recording", "stereo", partial(_backing, state["backing"], state["mixer"]["buses"]))
    looper, assist = state["looper"], state["assist"]
    assist["beats_per_frame"], assist["sample_rate"] = 2.0 / SAMPLE_RATE, SAMPLE_RATE
    looper["busy"], notes = 1, looper["phrases"]["notes"]
    looper["phrases"]["doing"], looper["phrases"]["length"], looper["phrases"]["count"] = ROUNDS, 16.0, PHRASE_NOTES
    looper["phrases"]["go_beat"] = looper["phrases"]["stop_beat"] = np.inf
    notes["start"], notes["length"] = np.arange(PHRASE_NOTES) / PHRASE_NOTES * 16.0, 0.25
    notes["key"], notes["velocity"] = 36 + np.arange(PHRASE_NOTES) % 60, 0.5
    measure.add("looper", f"{PHRASES} phrases of {PHRASE_NOTES} notes", partial(_looper, looper, assist), PHRASES)


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure, show, record."""
    measure = _Measure(3 if quick else 60)
    for rows in (_voices, _strip_rows, _mixer_rows, _engine_rows, _ring_rows, _music_rows):
        rows(measure)
    show("Kernels: ns a frame (at 48 kHz a frame lasts 20833 ns)", ("kernel", "load", "ns", "each"),
         [(row["kernel"], row["load"], row["ns"], row["ns_each"]) for row in measure.rows])
    record("kernels", measure.rows, folder)
