"""The least that a callback can do: microphone 1 to both loudspeakers.  What the engine adds is measured against it.

python -m tests.rig.bare_stream MICROPHONES, until its input ends
"""
import ctypes
import sys

import numpy as np
import sounddevice as sd
from numba import carray, cfunc, from_dtype, types

_ULONG = from_dtype(np.dtype(ctypes.c_ulong))


@cfunc(types.intc(types.CPointer(types.float32), types.CPointer(types.float32), _ULONG, types.voidptr, _ULONG,
                  types.CPointer(types.int64)))
def pass_through(sound_in, sound_out, frames, time_info, flags, user):
    channels, count = carray(user, (1,))[0], types.intp(frames)
    heard, out = carray(sound_in, (count * channels,)), carray(sound_out, (count * 2,))
    for i in range(count):
        out[2 * i] = out[2 * i + 1] = heard[i * channels]
    return 0


def main(channels: int) -> None:
    device = next(d["index"] for d in sd.query_devices() if d["name"] == "system")
    state = np.array([channels], "i8")
    stream = sd._StreamBase(kind="duplex", samplerate=48000, blocksize=0, device=(device, device), channels=(channels, 2),
                            dtype="float32", latency="low", callback=sd._ffi.cast("PaStreamCallback*", pass_through.address),
                            userdata=sd._ffi.cast("void*", state.ctypes.data))
    with stream:
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
