"""Change the speed of sound and keep its pitch: Signalsmith Stretch, by Geraint Luff.

The library's bindings for Python lack wheels for Linux on ARM, so its official WebAssembly build is used:
signalsmith_stretch.wasm is the module inside the package signalsmith-stretch 1.3.2 of npm (MIT licence, see
signalsmith_stretch.txt), unchanged, run by wasmtime.  It computes the same numbers on every computer.

Source: https://signalsmith-audio.co.uk/code/stretch; names of exports from the JavaScript that comes with the module.
"""
import ctypes
import functools
from pathlib import Path
from typing import Any, cast

import numpy as np
import wasmtime

CHANNELS = 2
#: Window and hop.  Shorter blurs low notes, longer blurs drums; half a window is also how late a change of speed is heard.
WINDOW_S, HOP_S = 0.1, 0.025
#: Frames of one call at most: 16 384 frames are 0.17 s at 96 kHz.
MOST_FRAMES = 16384
#: What the minifier made of the names.
_MEMORY, _CONSTRUCT, _MAIN, _BUFFERS, _INPUT_LATENCY, _OUTPUT_LATENCY, _CONFIGURE, _SEEK, _PROCESS = "efyhklpvw"


@functools.cache
def _compiled() -> tuple[wasmtime.Engine, wasmtime.Module]:
    engine = wasmtime.Engine()
    return engine, wasmtime.Module(engine, (Path(__file__).parent / "signalsmith_stretch.wasm").read_bytes())


class Stretcher:
    """One stream of stereo sound, (2, frames) float32.

    Output frame n of a call shows the input `input_frames` before the end of what was given, `output_frames` later:
    give input up to position + input_frames, and what comes out belongs to the time output_frames ago.
    """

    def __init__(self, sample_rate: float):
        engine, module = _compiled()
        self._store = wasmtime.Store(engine)
        calls: dict[str | None, Any] = {"a": self._random, "b": self._grow, "c": self._copy, "d": self._abort}
        imports = [wasmtime.Func(self._store, cast(wasmtime.FuncType, kind.type), calls[kind.name]) for kind in module.imports]
        exports: Any = wasmtime.Instance(self._store, module, imports).exports(self._store)
        self._exports, self._memory = exports, exports[_MEMORY]
        self._call(_CONSTRUCT)
        self._call(_MAIN, 0, 0)
        self._call(_CONFIGURE, CHANNELS, round(WINDOW_S * sample_rate), round(HOP_S * sample_rate), 0)
        self._start = self._call(_BUFFERS, CHANNELS, MOST_FRAMES)
        self.input_frames = int(self._call(_INPUT_LATENCY))
        self.output_frames = int(self._call(_OUTPUT_LATENCY))

    def seek(self, sound: np.ndarray, speed: float) -> None:
        """Forget what was, and take `sound` as what came before; `speed`: at which it will go on."""
        self._give(sound)
        self._call(_SEEK, sound.shape[1], float(speed))

    def process(self, sound: np.ndarray, frames: int) -> np.ndarray:
        """Take in `sound`, any number of frames up to MOST_FRAMES, and return `frames` frames; none: hold what sounds."""
        self._give(sound)
        self._call(_PROCESS, sound.shape[1], frames)
        return np.stack([self._plane(CHANNELS + channel, frames) for channel in range(CHANNELS)])

    def _give(self, sound: np.ndarray) -> None:
        for channel in range(CHANNELS):
            self._plane(channel, sound.shape[1])[:] = sound[channel]

    def _plane(self, number: int, frames: int) -> np.ndarray:
        """A view of one of the module's buffers: first of the input, then of the output; valid until the next call."""
        place = self._base() + self._start + 4 * MOST_FRAMES * number
        return np.ctypeslib.as_array((ctypes.c_float * frames).from_address(place))

    def _base(self) -> int:
        return ctypes.addressof(self._memory.data_ptr(self._store).contents)

    def _call(self, name: str, *arguments: float) -> Any:
        return self._exports[name](self._store, *arguments)

    # --- what the module asks for -----------------------------------------------------------------------------------
    def _random(self, place: int, count: int) -> int:
        """Seed of the random numbers: always the same, so that a rendering can be repeated."""
        ctypes.memset(self._base() + place, 7, count)
        return 0

    def _copy(self, to: int, source: int, count: int) -> None:
        ctypes.memmove(self._base() + to, self._base() + source, count)

    def _grow(self, wanted: int) -> int:
        missing = wanted - self._memory.data_len(self._store)
        self._memory.grow(self._store, max(-(-missing // 65536), 0))
        return 1

    def _abort(self) -> None:
        raise MemoryError("the time stretcher ran out of memory")
