"""A JACK server without hardware, and two clients on it: one plays MIDI and microphones in, one hears what comes out.

Both count frames on the server's clock, so an event and the sound it makes are compared exactly.  Their process callbacks
are compiled: a busy interpreter can neither make them late nor blur what they measure.  Two clients, because one that both
feeds and hears the program would close a loop in JACK's graph, and a loop costs a block.
"""
import ctypes
import ctypes.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

RATE, BLOCK = 48000, 64
MICROPHONES, MIDI_PORTS, EARS = 8, 6, 2
#: 10 s of microphones, in a loop; 87 s of hearing; events of one keyboard.
SOURCE_FRAMES, HEARD_FRAMES, EVENTS, LONGEST = 1 << 19, 1 << 22, 1 << 13, 24

LAPSES = 256  # places of the newest lapses that are kept
LAPSE_FRAMES = RATE // 10  # the server tells of a lapse that late

EVENT = np.dtype([("frame", "i8"), ("sent", "i8"), ("size", "i8"), ("bytes", "u1", (LONGEST,))], align=True)
CLIENT = [("client", "u8"), ("base", "i8"), ("position", "i8"), ("cycles", "i8"), ("missed", "i8"), ("lapses", "i8"),
          ("lapse_frames", "i8", (LAPSES,))]
PLAYER = np.dtype([
    *CLIENT,
    ("midi", "u8", (MIDI_PORTS,)), ("audio", "u8", (MICROPHONES,)),
    ("count", "i8", (MIDI_PORTS,)), ("next", "i8", (MIDI_PORTS,)), ("events", EVENT, (MIDI_PORTS, EVENTS)),
    ("source_start", "i8"), ("source_frames", "i8"), ("loop", "i8"),
    ("source", "f4", (MICROPHONES, SOURCE_FRAMES)),
], align=True)
EAR = np.dtype([*CLIENT, ("audio", "u8", (EARS,)), ("heard", "f4", (EARS, HEARD_FRAMES))], align=True)


def missing() -> str:
    """Why there can be no rig on this machine; empty when there can."""
    if shutil.which("jackd") is None:
        return "jackd is missing: apt install jackd2"
    if ctypes.util.find_library("portaudio") is None:
        return "PortAudio is missing: apt install libportaudio2"
    try:
        import jack  # noqa: F401
    except (ImportError, OSError) as error:
        return f"the package JACK-Client does not work: {error}"
    return ""


class Server:
    """A private JACK server on the dummy driver."""

    def __init__(self, name: str = "", block: int = BLOCK, rate: int = RATE):
        self.name, self.block, self.rate = name or f"rig{secrets.token_hex(3)}", block, rate
        self.folder = Path(tempfile.mkdtemp(prefix="rig-"))
        self._process: subprocess.Popen | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}

    def start(self) -> "Server":
        """Start it; RuntimeError with its own words when it does not run within 5 s."""
        log = self.folder / "jackd.log"
        command = ["jackd", "-n", self.name, "-R", "-P70", "-d", "dummy", "-r", str(self.rate), "-p", str(self.block),
                   "-C", str(MICROPHONES), "-P", str(MICROPHONES)]
        with open(log, "wb") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                             start_new_session=True)
        end_s = time.monotonic() + 5.0
        while time.monotonic() < end_s and self._process.poll() is None:
            if subprocess.run(["jack_wait", "-s", self.name, "-c"], capture_output=True, timeout=5.0,
                              env=os.environ | self.environment).stdout.startswith(b"running"):
                return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"jackd does not run: {log.read_text(errors='replace')[-600:]}")

    def kill(self) -> None:
        """As if its hardware was torn out."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5.0)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def remove(self) -> None:
        """Stop, and take away what it and its clients left in shared memory."""
        self.stop()
        for path in Path("/dev/shm").glob("jack*"):
            if f"_{self.name}_" in path.name or path.name.endswith(f"_{self.name}"):
                path.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


# --- the compiled side ------------------------------------------------------------------------------------------
_compiled: dict[str, object] = {}


def _compile() -> dict[str, object]:
    """Process callbacks for libjack (jack/types.h, JackProcessCallback); compiled on first use."""
    if _compiled:
        return _compiled
    from numba import carray, cfunc, from_dtype, types
    from numba.core.extending import intrinsic

    @intrinsic
    def floats_at(typing_context, address):
        """Pointer to the float32 numbers at an address that came as a number."""
        def generate(context, builder, signature, args):
            return builder.inttoptr(args[0], context.get_value_type(signature.return_type))
        return types.CPointer(types.float32)(types.uintp), generate

    library = ctypes.CDLL(ctypes.util.find_library("jack"))
    number = pointer = ctypes.c_size_t
    buffer_of, frame_time = library.jack_port_get_buffer, library.jack_last_frame_time
    buffer_of.argtypes, buffer_of.restype = [number, ctypes.c_uint32], pointer
    frame_time.argtypes, frame_time.restype = [number], ctypes.c_uint32
    clear, write = library.jack_midi_clear_buffer, library.jack_midi_event_write
    clear.argtypes, clear.restype = [pointer], None
    write.argtypes, write.restype = [pointer, ctypes.c_uint32, number, number], ctypes.c_int

    @cfunc(types.intc(types.uint32, types.CPointer(from_dtype(PLAYER))), error_model="numpy")
    def play(frames, user):
        me = carray(user, (1,))[0]
        count = types.int64(frames)
        first = (types.int64(frame_time(me.client)) - me.base) & 0xFFFFFFFF
        me.cycles += 1
        if me.cycles > 1 and first != me.position:
            me.missed += first - me.position
            me.lapse_frames[me.lapses & (LAPSES - 1)] = me.position
            me.lapses += 1
        for p in range(MIDI_PORTS):
            port, waiting = me.midi[p], me.count[p]
            if port != 0:
                clear(buffer_of(port, frames))
            while me.next[p] < waiting and me.events[p, me.next[p]].frame < first + count:
                event = me.events[p, me.next[p]]
                event.sent = max(event.frame, first)
                if port != 0:
                    write(buffer_of(port, frames), types.uint32(event.sent - first), event.bytes.ctypes.data, event.size)
                me.next[p] += 1
        for m in range(MICROPHONES):
            if me.audio[m] != 0:
                out = carray(floats_at(buffer_of(me.audio[m], frames)), (count,))
                for i in range(count):
                    at = first + i - me.source_start
                    if me.loop != 0 and at >= 0 and me.source_frames > 0:
                        at %= me.source_frames
                    out[i] = me.source[m, at] if 0 <= at < me.source_frames else np.float32(0.0)
        me.position = first + count
        return 0

    @cfunc(types.intc(types.uint32, types.CPointer(from_dtype(EAR))), error_model="numpy")
    def hear(frames, user):
        me = carray(user, (1,))[0]
        count = types.int64(frames)
        first = (types.int64(frame_time(me.client)) - me.base) & 0xFFFFFFFF
        me.cycles += 1
        lost = first - me.position if me.cycles > 1 else 0
        me.missed += lost
        if lost > 0:
            me.lapse_frames[me.lapses & (LAPSES - 1)] = me.position
            me.lapses += 1
        for c in range(EARS):
            for i in range(lost):
                me.heard[c, (me.position + i) & (HEARD_FRAMES - 1)] = 0.0
            if me.audio[c] != 0:
                sound = carray(floats_at(buffer_of(me.audio[c], frames)), (count,))
                for i in range(count):
                    me.heard[c, (first + i) & (HEARD_FRAMES - 1)] = sound[i]
        me.position = first + count
        return 0

    _compiled.update(play=play, hear=hear)
    return _compiled


class _Client:
    """A JACK client whose callback is compiled."""

    def __init__(self, server: Server, name: str, dtype: np.dtype, callback: str):
        import jack

        self._ffi, self._lib = jack._ffi, jack._lib
        jack.set_error_function(lambda text: None)
        jack.set_info_function(lambda text: None)
        self.jack = jack.Client(name, use_exact_name=True, no_start_server=True, servername=server.name)
        memory = np.zeros(dtype.itemsize + 64, "u1")
        memory[:] = 0  # every page is there before JACK's thread needs it
        self._memory = memory
        self.state = memory[-memory.ctypes.data % 64:][:dtype.itemsize].view(dtype)[0]
        self.state["client"] = int(self._ffi.cast("uintptr_t", self.jack._ptr))
        address = self.state.__array_interface__["data"][0]
        code = _compile()[callback]
        self._lib.jack_set_process_callback(self.jack._ptr, self._ffi.cast("JackProcessCallback", code.address),
                                            self._ffi.cast("void*", address))

    def pointer(self, port) -> int:
        return int(self._ffi.cast("uintptr_t", port._ptr))

    @property
    def position(self) -> int:
        """Frame that comes next."""
        return int(self.state["position"])

    def wait(self, frame: int, patience_s: float = 20.0) -> None:
        """Until `frame` has passed; RuntimeError when the server stands still."""
        end_s = time.monotonic() + patience_s + max(frame - self.position, 0) / RATE
        while self.position < frame:
            if time.monotonic() > end_s:
                raise RuntimeError("the JACK server does not call")
            time.sleep(0.005)


class Rig:
    """Both clients on one server: keyboards and microphones on one side, ears on the other."""

    def __init__(self, server: Server, keyboards: int = 0, microphones: int = MICROPHONES):
        self.server = server
        self.player, self.ear = _Client(server, "rig", PLAYER, "play"), _Client(server, "ear", EAR, "hear")
        self._keyboards: dict[int, object] = {}
        base = self.player.jack.last_frame_time
        for client in (self.player, self.ear):
            client.state["base"] = base
        self.microphones = [self.player.jack.outports.register(f"microphone_{m}") for m in range(microphones)]
        self.ears = [self.ear.jack.inports.register(f"ear_{c}") for c in range(EARS)]
        self.player.state["audio"][:microphones] = [self.player.pointer(port) for port in self.microphones]
        self.ear.state["audio"][:] = [self.ear.pointer(port) for port in self.ears]
        for port in range(keyboards):
            self.plug(port)
        self._xruns: list[int] = []  # frames at which the server said that some client had been too late
        self.ear.jack.set_xrun_callback(lambda delay_us: self._xruns.append(self.ear.position))
        for client in (self.player, self.ear):
            client.jack.activate()
        self.ear.wait(1)

    def close(self) -> None:
        for client in (self.player, self.ear):
            client.state["audio"][:] = 0
            if client is self.player:
                client.state["midi"][:] = 0
            try:
                client.jack.deactivate(ignore_errors=True)
                client.jack.close(ignore_errors=True)
            except Exception:  # a server that died
                pass

    @property
    def lapses(self) -> int:
        """How often the server or the machine itself failed to call: what is lost then is not the program's fault."""
        return max(int(self.player.state["lapses"]), int(self.ear.state["lapses"]), len(self._xruns))

    @property
    def lapse_frames(self) -> np.ndarray:
        """Where that happened, frames in no order: the newest of each client."""
        return np.concatenate([client.state["lapse_frames"][:min(int(client.state["lapses"]), LAPSES)]
                               for client in (self.player, self.ear)] + [np.array(self._xruns, "i8")])

    def excused(self, frames: np.ndarray) -> np.ndarray:
        """Which of these frames lie at a lapse, bool: what was played there may be lost or heard in two pieces."""
        late = self.lapse_frames - np.asarray(frames)[..., None]
        return ((late > -LAPSE_FRAMES) & (late < LAPSE_FRAMES)).any(axis=-1)

    @property
    def missed(self) -> int:
        """Frames in these lapses."""
        return max(int(self.player.state["missed"]), int(self.ear.state["missed"]))

    # --- cables -------------------------------------------------------------------------------------------------
    def plug(self, port: int) -> None:
        """A MIDI keyboard called `rig keyboard_<port>` appears."""
        self._keyboards[port] = self.player.jack.midi_outports.register(f"keyboard_{port}")
        self.player.state["midi"][port] = self.player.pointer(self._keyboards[port])

    def unplug(self, port: int) -> None:
        """It vanishes."""
        self.player.state["midi"][port] = 0
        self.player.wait(self.player.position + 4 * self.server.block)  # the callback has let go
        self._keyboards.pop(port).unregister()

    def audio_ports(self, output: bool, client: str = "PortAudio") -> list[str]:
        """The program's ports, in order."""
        found = self.ear.jack.get_ports(f"^{client}.*:", is_audio=True, is_output=output, is_input=not output)
        return sorted((port.name for port in found), key=lambda name: int(name.rpartition("_")[2]))

    def connect(self, patience_s: float = 5.0) -> None:
        """Microphones to the program's inputs, its outputs to the ears."""
        end_s = time.monotonic() + patience_s
        while len(self.audio_ports(True)) < EARS:
            if time.monotonic() > end_s:
                names = [port.name for port in self.ear.jack.get_ports()]
                raise RuntimeError(f"the program's ports are not there: {names}")
            time.sleep(0.02)
        for source, target in zip(self.audio_ports(True), self.ears, strict=False):
            self.ear.jack.connect(source, target.name)
        for source, target in zip(self.microphones, self.audio_ports(False), strict=False):
            self.player.jack.connect(source.name, target)
        self.ear.wait(self.ear.position + 4 * self.server.block)

    def listens_to(self, port: int) -> bool:
        """True when the program has opened this keyboard."""
        keyboard = self._keyboards.get(port)
        return keyboard is not None and bool(self.player.jack.get_all_connections(keyboard))

    def wait_for_keyboards(self, patience_s: float = 5.0) -> None:
        """Until the program has opened all of them."""
        end_s = time.monotonic() + patience_s
        while not all(self.listens_to(port) for port in self._keyboards):
            if time.monotonic() > end_s:
                raise RuntimeError("the program did not open all keyboards")
            time.sleep(0.01)

    # --- sound and MIDI -----------------------------------------------------------------------------------------
    @property
    def now(self) -> int:
        return self.player.position

    def soon(self, seconds: float = 0.1) -> int:
        """A frame that nobody has reached yet."""
        return self.now + int(seconds * RATE)

    def send(self, events: list[tuple[int, int, bytes]]) -> None:
        """MIDI at exact frames: (frame, keyboard, bytes); each keyboard plays in the order of calls, then of frames."""
        state = self.player.state
        for port in {port for _, port, _ in events}:
            mine = sorted(((frame, data) for frame, to, data in events if to == port), key=lambda event: event[0])
            first, queue = int(state["count"][port]), state["events"][port]
            if first + len(mine) > EVENTS:
                raise ValueError("too many events for one rig")
            latest = int(queue[first - 1]["frame"]) if first else 0
            for record, (frame, data) in zip(queue[first:], mine, strict=False):
                record["frame"], record["size"] = max(frame, latest), len(data)
                record["bytes"][:len(data)] = np.frombuffer(data, "u1")
            state["count"][port] = first + len(mine)

    @property
    def late(self) -> int:
        """MIDI events that went out later than they should have."""
        return sum(int(np.sum(queue["sent"][:count] > queue["frame"][:count]))
                   for queue, count in zip(self.player.state["events"], self.player.state["next"], strict=True))

    def speak(self, sound: np.ndarray, loop: bool = False, seconds: float = 0.1) -> int:
        """Play float32 (frames, channels) into the microphones from a frame a little later, which is returned."""
        state = self.player.state
        state["source_frames"] = 0
        frames, channels = sound.shape
        state["source"][:, :frames] = 0.0
        state["source"][:channels, :frames] = sound.T
        state["source_start"], state["loop"] = self.soon(seconds), int(loop)
        state["source_frames"] = frames
        return int(state["source_start"])

    def hush(self) -> None:
        """Microphones hear nothing."""
        self.player.state["source_frames"] = 0

    def heard(self, start: int, stop: int) -> np.ndarray:
        """What came out in these frames, float32 (frames, 2); waits until they have passed."""
        self.ear.wait(stop)
        return self.ear.state["heard"][:, np.arange(start, stop) & (HEARD_FRAMES - 1)].T
