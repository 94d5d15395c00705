"""The only door to the block: everything Python reads from the engine or says to it goes through here."""
import ctypes
import math
from dataclasses import dataclass
from multiprocessing import shared_memory
from typing import Any

import numpy as np

from .block import HEADER, MAGIC, STATE_OFFSET, open_block, remove_block
from .kernels.effects.strip import LANES
from .kernels.engine import door, events
from .kernels.engine.callback import TIME_INFO, callback
from .kernels.engine.state import (
    COLUMNS_WITH_MICROPHONES,
    COLUMNS_WITHOUT_MICROPHONES,
    FROM_PARENT,
    MICROPHONE_COLUMN,
    MICROPHONE_ROOM_COLUMN,
    MIX_COLUMN,
    PLAYER_COLUMN,
    PLAYER_ROOM_COLUMN,
    STATE,
)
from .kernels.music.moment import MOMENT
from .kernels.rt import GRID
from .kernels.rt.ring import EVENT
from .kernels.voices.sampler import BANK

#: The stem ring holds at least this much, so that a scribe may die and come back.
STEM_SECONDS = 10.0
#: The tap ring of the microphones holds at least this much, so that whoever listens may be late, or die and come back.
TAP_SECONDS = 2.0

ALL_COLUMNS = slice(None)
#: Of the stem ring: what everybody plays, and everything of the microphones.
PLAYED_COLUMNS, MICROPHONE_COLUMNS = slice(0, MICROPHONE_COLUMN), slice(MICROPHONE_COLUMN, COLUMNS_WITH_MICROPHONES)

_POINTER = ctypes.c_void_p
# PYFUNCTYPE keeps the GIL: a push must never wait for it twice, and all threads of a process are one producer.
_push = ctypes.PYFUNCTYPE(ctypes.c_int64, _POINTER, *[ctypes.c_int64] * 5, ctypes.c_double, ctypes.c_double)(door.push.address)
_read_log = ctypes.PYFUNCTYPE(ctypes.c_int64, _POINTER, _POINTER, ctypes.c_int64)(door.read_log.address)
_written = ctypes.PYFUNCTYPE(ctypes.c_int64, _POINTER)(door.written.address)
_calls = ctypes.PYFUNCTYPE(ctypes.c_int64, _POINTER)(door.calls.address)
_ask_moment = ctypes.PYFUNCTYPE(ctypes.c_int64, _POINTER, _POINTER)(door.ask_moment.address)
_write_backing = ctypes.PYFUNCTYPE(None, _POINTER, ctypes.c_int64, _POINTER, ctypes.c_int64)(door.write_backing.address)
_reset = ctypes.PYFUNCTYPE(None, _POINTER)(door.reset.address)
#: The callback as PortAudio calls it: without the GIL.
CALLBACK_TYPE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_ulong, _POINTER, ctypes.c_ulong, _POINTER)
_callback = CALLBACK_TYPE(callback.address)


@dataclass(frozen=True)
class Settings:
    """What is fixed while a block lives."""

    sample_rate: float = 48000.0
    input_channels: int = 0       # 0 .. 16 microphones
    output_channels: int = 2
    keep_microphones: bool = False  # at the start; room/recorder.py switches it while the block lives
    sound_bank: tuple[np.ndarray, np.ndarray] | None = None  # (BANK record array of one, float32 samples)

    def __post_init__(self) -> None:
        if not 8000.0 <= self.sample_rate <= 96000.0:
            raise ValueError(f"sample_rate: {self.sample_rate:g} Hz, 8000 to 96000 are possible")
        if not 0 <= self.input_channels <= 16:
            raise ValueError(f"inputs: {self.input_channels}, 0 to 16 are possible")


def ring_steps(seconds: float, sample_rate: float) -> int:
    """Grid steps of a ring of sound: the power of two that holds `seconds`."""
    return 1 << int(np.ceil(np.log2(seconds * sample_rate / GRID)))


class Engine:
    """A block, created or attached, with everything that may be done to it."""

    def __init__(self, buffer: Any, shared: shared_memory.SharedMemory | None):
        self._shared = shared
        self.header: np.void = np.frombuffer(buffer, HEADER, 1)[0]
        self.state: np.void = np.frombuffer(buffer, STATE, 1, STATE_OFFSET)[0]
        self._bytes = np.frombuffer(buffer, np.uint8)
        self.address = self._bytes.ctypes.data + STATE_OFFSET

    @classmethod
    def create(cls, settings: Settings, name: str | None = None) -> "Engine":
        """Make a block ready to play: shared under `name`, or private to this process when None."""
        steps, tap_steps = (ring_steps(seconds, settings.sample_rate) for seconds in (STEM_SECONDS, TAP_SECONDS))
        columns = COLUMNS_WITH_MICROPHONES if settings.input_channels else COLUMNS_WITHOUT_MICROPHONES
        samples = settings.sound_bank[1] if settings.sound_bank else np.zeros(0, "f4")
        samples_offset = -(-STATE.itemsize // 64) * 64
        stems_offset = samples_offset + -(-samples.nbytes // 64) * 64 + 64
        taps_offset, tap_groups = stems_offset + steps * columns * GRID * 4, -(-settings.input_channels // LANES)
        size = STATE_OFFSET + taps_offset + tap_steps * tap_groups * GRID * LANES * 4
        if name is None:
            raw = np.zeros(size + 4096, np.uint8)
            start = -raw.ctypes.data % 4096
            engine = cls(raw[start:start + size], None)
        else:
            shared = open_block(name, size)
            engine = cls(shared.buf, shared)
            engine._bytes[:] = 0  # touch every page before the audio thread needs it
        state = engine.state
        state["sample_rate"] = settings.sample_rate
        state["input_channels"], state["output_channels"] = settings.input_channels, settings.output_channels
        state["samples_offset"], state["samples_count"] = samples_offset, samples.size
        state["stems_offset"], state["stems_steps"], state["stems_columns"] = stems_offset, steps, columns
        engine.keep_microphones(settings.keep_microphones)
        state["taps_offset"], state["taps_steps"], state["taps_groups"] = taps_offset, tap_steps, tap_groups
        if settings.sound_bank:
            bank = np.asarray(settings.sound_bank[0]).reshape(-1)
            np.frombuffer(engine._bytes, BANK, 1, STATE_OFFSET + STATE.fields["bank"][1])[:] = bank
            engine.samples[:] = samples
        _reset(engine.address)
        state["mixer"]["strips"]["blank"] = steps  # the ring of stems is new: nothing but silence is in it
        engine.header["magic"] = MAGIC
        return engine

    @classmethod
    def attach(cls, name: str) -> "Engine":
        """Join a block that another process created.  FileNotFoundError when there is none."""
        shared = open_block(name)
        engine = cls(shared.buf, shared)
        if engine.header["magic"] != MAGIC:
            raise FileNotFoundError(f"{name}: not ready, or made by another version of imm_audio")
        return engine

    def close(self, remove: bool = False) -> None:
        """Let go; with `remove` nobody can attach any more."""
        if self._shared is not None and remove:
            remove_block(self._shared)
        # views of the buffer may still be alive (numpy, ctypes): the mapping ends with the process

    # --- microphones ------------------------------------------------------------------------------------------------
    @property
    def has_microphone_columns(self) -> bool:
        """True when microphones can be kept: the block has some."""
        return int(self.state["stems_columns"]) == COLUMNS_WITH_MICROPHONES

    def keep_microphones(self, on: bool) -> None:
        """Let microphones into stems and the take's mix from the next host block on, or no more."""
        self.state["keep_microphones"] = on and self.has_microphone_columns

    def wipe_microphones(self, first: int, stop: int) -> None:
        """Silence microphones in the stem ring up to the last whole grid step before `stop`.  The scribe only."""
        steps = np.arange(first // GRID, stop // GRID) % int(self.state["stems_steps"])
        self.stems[steps, MICROPHONE_COLUMNS] = 0.0

    # --- time -------------------------------------------------------------------------------------------------------
    @property
    def frame(self) -> int:
        """Frame up to which sound is computed."""
        return int(_written(self.address))

    @property
    def sample_rate(self) -> float:
        return float(self.state["sample_rate"])

    @property
    def latency_frames(self) -> int:
        """What the engine adds between microphone and loudspeaker: look-ahead, and a queue for odd block sizes."""
        return GRID + int(self.state["queue_frames"])

    def frame_at(self, host_s: float) -> int:
        """Frame that the stream will have reached at a time of the host's clock."""
        host = self.state["host"]
        pair = host["pairs"][int(_calls(self.address)) & 1]
        return int(pair["frame"] + (host_s - pair["host_s"]) * self.state["sample_rate"])

    # --- saying things ----------------------------------------------------------------------------------------------
    def push(self, kind: int, player: int = 0, channel: int = 0, key: float = 0.0, value: float = 0.0, *,
             frame: int = 0, ring: int = FROM_PARENT) -> bool:
        """Send one event (kinds and fields: kernels/engine/events.py) for `frame`, at once if that is past."""
        return bool(_push(self.address, ring, frame, kind, player, channel, key, value))

    # --- sound without a stream -------------------------------------------------------------------------------------
    def process(self, sound_in: np.ndarray | None, frames: int, now_s: float = 0.0) -> np.ndarray:
        """Drive the callback by hand: hear sound_in (frames, input_channels), return float32 (frames, output_channels)."""
        channels = int(self.state["input_channels"])
        heard = np.zeros((frames, channels), "f4") if sound_in is None else np.ascontiguousarray(sound_in, "f4")
        if heard.shape != (frames, channels):
            raise ValueError(f"sound_in: shape {heard.shape}, ({frames}, {channels}) expected")
        out = np.empty((frames, int(self.state["output_channels"])), "f4")
        time_info = np.zeros(1, TIME_INFO)
        time_info["now_s"] = now_s
        _callback(heard.ctypes.data, out.ctypes.data, frames, time_info.ctypes.data, 0, self.address)
        return out

    def moment(self) -> np.record:
        """Where the music stands and how fast it moves: a MOMENT (kernels/music/moment.py)."""
        moment = np.zeros(1, MOMENT)
        while not _ask_moment(self.address, moment.ctypes.data):
            pass  # the audio thread was writing it
        return moment.view(np.recarray)[0]

    def host_s_at(self, frame: float) -> float:
        """Time of the host's clock at which the stream will have reached a frame."""
        host = self.state["host"]
        pair = host["pairs"][int(_calls(self.address)) & 1]
        return float(pair["host_s"] + (frame - pair["frame"]) / self.state["sample_rate"])

    # --- a recording that plays along -------------------------------------------------------------------------------
    def backing(self) -> tuple[bool, float]:
        """Whether the recording is needed, and the beat of the clock at which it begins when there is no song."""
        backing = self.state["backing"]
        return bool(backing["needed"]), float(backing["origin_beat"])

    def write_backing(self, frame: int, sound: np.ndarray) -> None:
        """Put sound (2, frames) into the ring of the recording.  The recording's worker only."""
        turns = np.ascontiguousarray(sound.T, "f4")
        _write_backing(self.address, frame, turns.ctypes.data, len(turns))

    # --- reading ----------------------------------------------------------------------------------------------------
    @property
    def samples(self) -> np.ndarray:
        """Recorded sounds, float32."""
        return np.frombuffer(self._bytes, "f4", int(self.state["samples_count"]),
                             STATE_OFFSET + int(self.state["samples_offset"]))

    @property
    def stems(self) -> np.ndarray:
        """The stem ring, float32 (grid steps, columns, GRID); frame f is in step f // GRID modulo steps."""
        shape = int(self.state["stems_steps"]), int(self.state["stems_columns"]), GRID
        return np.frombuffer(self._bytes, "f4", math.prod(shape),
                             STATE_OFFSET + int(self.state["stems_offset"])).reshape(shape)

    @property
    def stem_frames(self) -> int:
        """How many frames the stem ring holds."""
        return int(self.state["stems_steps"]) * GRID

    @property
    def spare_frames(self) -> int:
        """How far who reads the stem ring stays away from what the engine overwrites next."""
        return self.stem_frames // 64

    @property
    def oldest_frame(self) -> int:
        """Oldest frame in the stem ring that the engine is still far from overwriting."""
        return self.frame - self.stem_frames + self.spare_frames

    def copy_stems(self, first: int, stop: int, columns: slice = ALL_COLUMNS) -> np.ndarray:
        """Frames `first` to `stop` of stems as the ring has them now, float32 (frames, columns)."""
        steps = np.arange(first // GRID, -(-stop // GRID))
        found = self.stems[steps % int(self.state["stems_steps"]), columns]
        sound = found.transpose(0, 2, 1).reshape(len(steps) * GRID, -1)
        return sound[first % GRID:first % GRID + stop - first]

    @property
    def taps(self) -> np.ndarray:
        """The tap ring, float32 (grid steps, groups of LANES microphones, GRID, LANES): microphones as they came."""
        shape = int(self.state["taps_steps"]), int(self.state["taps_groups"]), GRID, LANES
        return np.frombuffer(self._bytes, "f4", math.prod(shape),
                             STATE_OFFSET + int(self.state["taps_offset"])).reshape(shape)

    @property
    def tap_frames(self) -> int:
        """How many frames the tap ring holds."""
        return int(self.state["taps_steps"]) * GRID

    def copy_taps(self, first: int, stop: int) -> np.ndarray:
        """Frames `first` to `stop` of all microphones as the ring has them now, float32 (frames, input_channels)."""
        steps = np.arange(first // GRID, -(-stop // GRID))
        sound = self.taps[steps % int(self.state["taps_steps"])].transpose(0, 2, 1, 3).reshape(len(steps) * GRID, -1)
        return sound[first % GRID:first % GRID + stop - first, :int(self.state["input_channels"])]

    def read_log(self, most: int = 1024) -> np.ndarray:
        """Take applied events out of the log, EVENT array.  The scribe only."""
        found = np.zeros(most, EVENT)
        return found[:_read_log(self.address, found.ctypes.data, most)]

    def rewind_log(self, order: int) -> None:
        """Go back to an event taken out before, as far as it is still there.  The scribe only, when it begins."""
        log = self.state["log"]
        oldest = int(log["head"][0]) - len(log["slots"]) + len(log["slots"]) // 8  # the writer may be adding some
        log["tail"][0] = min(int(log["tail"][0]), max(order, oldest, 0))

    @property
    def lost_events(self) -> int:
        """Applied events that found no room in the log."""
        return int(self.state["log"]["dropped"][0])

    def reset(self) -> None:
        """Silence and defaults; only while no stream runs."""
        _reset(self.address)


def player_columns(player: int) -> tuple[int, int]:
    """Columns of a player's stem in the stem ring: left, right."""
    left = PLAYER_COLUMN + player // LANES * 2 * LANES + player % LANES
    return left, left + LANES


def microphone_columns(microphone: int) -> tuple[int, int]:
    """Columns of a microphone's stem, when microphones are kept."""
    left = MICROPHONE_COLUMN + microphone // LANES * 2 * LANES + microphone % LANES
    return left, left + LANES


PLAYER_ROOM_COLUMNS = (PLAYER_ROOM_COLUMN, PLAYER_ROOM_COLUMN + 1)
MICROPHONE_ROOM_COLUMNS = (MICROPHONE_ROOM_COLUMN, MICROPHONE_ROOM_COLUMN + 1)
#: The mix lags the stems by GRID frames: frame f of the mix stands at frame f + GRID.
MIX_COLUMNS, MIX_LAG_FRAMES = (MIX_COLUMN, MIX_COLUMN + 1), GRID
__all__ = ["Engine", "Settings", "events", "player_columns", "microphone_columns", "PLAYER_ROOM_COLUMNS",
           "MICROPHONE_ROOM_COLUMNS", "MIX_COLUMNS", "MIX_LAG_FRAMES", "ring_steps", "STEM_SECONDS"]
