"""Keeps sound running: opens the device, notices when it goes, plays into silence meanwhile, and opens it again.

The stream's callback is the compiled one; Python only opens, watches and closes.  PortAudio knows its devices from when it
was started, so finding one again means to end it and start it anew.
"""
import contextlib
import logging
import threading
import time
from typing import Any

import numpy as np

from .block import ENGINE, PROBLEM, WARNING, bytes_of, tell, text_of
from .engine import CALLBACK_TYPE, Engine
from .kernels.engine.callback import TIME_INFO, callback
from .sound_devices import JACK, NULL, OUTPUTS, Choice, UnknownDevice, choose, names_of

log = logging.getLogger(__name__)
#: A stream that calls back less often than this has lost its device.
SILENT_S = 1.0
RETRY_S = 2.0
NULL_BLOCK_FRAMES = 128
#: The null device makes up for a late timer up to this much; after a longer sleep time is lost, as with any device.
CATCH_UP_S = 0.5
#: A driver may never come back from closing a device that is gone: PortAudio's way to JACK waits ten minutes for it.
CLOSE_S = 1.0
NO_DEVICE = "no sound device"
RATES_HZ = (44100, 48000, 88200, 96000)


class DeviceProblem(RuntimeError):
    """The device can't be used as asked; the message says what works."""


class Stuck(RuntimeError):
    """The driver does not let go of its device: only a new process can have sound again."""


def sounddevice() -> Any:
    """The module; DeviceProblem when its PortAudio library is missing."""
    try:
        import sounddevice as module
    except OSError as error:
        raise DeviceProblem("The sound library PortAudio is missing. Run: imm-audio doctor") from error
    return module


def find(name: str | None, inputs: int | None, sample_rate: float | None, outputs: int = OUTPUTS) -> Choice | None:
    """What to open (sound_devices.choose); None for the null device, asked for or because there is nothing else.

    DeviceProblem or UnknownDevice when something was asked for that is not there.
    """
    if name == NULL:
        return None
    try:
        sd = sounddevice()
        default = sd.default.device[1]
        if default < 0:
            default = next((a["default_output_device"] for a in sd.query_hostapis() if a["default_output_device"] >= 0), -1)
        return choose(name, inputs, sample_rate, list(sd.query_devices()), list(sd.query_hostapis()), default, outputs)
    except (DeviceProblem, UnknownDevice):
        if name is not None or inputs:
            raise
        return None


def working_rates(sd: Any, choice: Choice) -> list[int]:
    """Usual sample rates [Hz] that the device accepts."""
    found = []
    for rate in RATES_HZ:
        with contextlib.suppress(sd.PortAudioError, ValueError):
            sd.check_output_settings(device=choice.output, channels=choice.output_channels, dtype="float32",
                                     samplerate=rate)
            found.append(rate)
    return found


class Host:
    """The stream of one engine, on a device or on none."""

    def __init__(self, engine: Engine, name: str | None, block_frames: int):
        self._engine, self._name, self._block_frames = engine, name, block_frames
        self._stream: Any = None
        self._jack = False
        self._null: _NullDevice | None = None
        self._calls, self._moved_s, self._tried_s = -1, 0.0, 0.0
        self._wanted = ""  # device that was lost

    @property
    def on_jack(self) -> bool:
        """True while sound goes through a JACK server."""
        return self._jack and self._stream is not None

    def now(self) -> float:
        """Time of the clock that the callback reads, seconds."""
        stream = self._stream
        if stream is None:
            return time.perf_counter()
        try:
            return float(stream.time)
        except Exception:  # closed in between by the watching thread
            return time.perf_counter()

    def delay_frames(self) -> int:
        """How far ahead events are stamped: one block turns the jitter of their arrival into a small constant delay."""
        return int(self._engine.state["host"]["block_frames"])

    def open(self, choice: Choice | None) -> None:
        """Start sound on `choice`, or on the null device.  DeviceProblem when the device refuses."""
        self._engine.state["host"]["calls"][0] = 0
        if choice is None:
            self._null = _NullDevice(self._engine, self._block_frames or NULL_BLOCK_FRAMES)
            self._show(NO_DEVICE, self._null.block_frames / self._engine.sample_rate)
            return
        sd = sounddevice()
        duplex = choice.input is not None
        try:
            stream = sd._StreamBase(
                kind="duplex" if duplex else "output", samplerate=self._engine.sample_rate, blocksize=self._block_frames,
                device=(choice.input, choice.output) if duplex else choice.output,
                channels=(choice.input_channels, choice.output_channels) if duplex else choice.output_channels,
                dtype="float32", latency="low", callback=callback.cffi,
                userdata=sd._ffi.cast("void*", self._engine.address))
        except (sd.PortAudioError, ValueError) as error:
            raise DeviceProblem(self._why(sd, choice, error)) from error
        try:
            stream.start()
        except sd.PortAudioError as error:
            stream.close()
            raise DeviceProblem(self._why(sd, choice, error)) from error
        self._stream, self._jack, self._wanted = stream, choice.api == JACK, choice.name
        latency = stream.latency
        self._show(choice.name, sum(latency) if duplex else latency)

    def open_again(self) -> None:
        """Start sound in the place of a process that died: on its device, or on none until that is back."""
        device = text_of(self._engine.header["device"])
        self._wanted = device if device != NO_DEVICE else ""
        try:
            choice = self._find()
            self.open(choice if self._fits(choice) else None)
        except (DeviceProblem, UnknownDevice) as error:
            log.info("not there: %s", error)
            self.open(None)

    def _find(self) -> Choice | None:
        """The device that was lost, else the one asked for, with as many channels as the block was made for."""
        engine, state = self._engine, self._engine.state
        return find(self._wanted or self._name, int(state["input_channels"]), engine.sample_rate, int(state["output_channels"]))

    def _fits(self, choice: Choice | None) -> bool:
        """True when the block was made for as many channels."""
        state = self._engine.state
        return choice is not None and (choice.input_channels, choice.output_channels) == (
            state["input_channels"], state["output_channels"])

    def _why(self, sd: Any, choice: Choice, error: Exception) -> str:
        rates = working_rates(sd, choice)
        rate = self._engine.sample_rate
        if rates and int(rate) not in rates:
            possible = ", ".join(f"{r}" for r in rates)
            return f"{choice.name!r} can't play at {rate:g} Hz. It can at: {possible}. Choose one with --rate."
        others = ", ".join(repr(n) for n in names_of(list(sd.query_devices())) if n != choice.name)
        return (f"{choice.name!r} can't be opened: another program may be using it. Close that program"
                + (f", or choose another device: {others}." if others else ".") + f" ({error})")

    def _show(self, name: str, latency_s: float) -> None:
        header, engine = self._engine.header, self._engine
        header["device"] = bytes_of(name, 256)
        header["delay_ms"] = 1000.0 * (latency_s + engine.latency_frames / engine.sample_rate)
        self._moved_s = time.monotonic()

    def watch(self) -> None:
        """Ask whether sound still runs; call it several times a second.  Stuck: as `close`."""
        calls, now = int(self._engine.state["host"]["calls"][0]), time.monotonic()
        if calls != self._calls:
            self._calls, self._moved_s = calls, now
        if self._stream is not None and now - self._moved_s > SILENT_S:
            self._lose()
        elif self._null is not None and self._name != NULL and now - self._tried_s > RETRY_S:
            self._try_again()

    def _lose(self) -> None:
        tell(self._engine.header, ENGINE,
             f"The sound device {self._wanted} does not answer. Check its cable. It will come back by itself.", PROBLEM)
        self.close()
        self.open(None)
        self._tried_s = time.monotonic()

    def _try_again(self) -> None:
        self._tried_s = time.monotonic()
        try:
            sd = sounddevice()
            sd._terminate()
            sd._initialize()
            choice = self._find()
        except Exception as error:
            log.info("not there yet: %s", error)
            return
        if not self._fits(choice):
            return
        self.close()
        try:
            self.open(choice)
        except DeviceProblem as error:
            log.info("not there yet: %s", error)
            self.open(None)
            return
        tell(self._engine.header, ENGINE, f"Sound is back, on {self._wanted}.", WARNING)

    def close(self) -> None:
        """End the stream, whatever state it is in.  Stuck when the driver does not come back."""
        if self._null is not None:
            self._null.stop()
            self._null = None
        if self._stream is not None:
            stream, self._stream = self._stream, None
            closing = threading.Thread(target=_end, args=(stream,), name="closing", daemon=True)
            closing.start()
            closing.join(CLOSE_S)
            if closing.is_alive():
                raise Stuck(f"{self._wanted} can't be closed")


def _end(stream: Any) -> None:
    for step in (stream.abort, stream.close):
        with contextlib.suppress(Exception):
            step()


class _NullDevice:
    """The same compiled callback on a timer: clock, recorder and pages live on without a sound card."""

    def __init__(self, engine: Engine, block_frames: int):
        self.block_frames = block_frames
        self._engine, self._ended = engine, threading.Event()
        self._thread = threading.Thread(target=self._run, name="null device", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        state, frames, address = self._engine.state, self.block_frames, self._engine.address
        call = CALLBACK_TYPE(callback.address)
        heard = np.zeros((frames, int(state["input_channels"])), "f4")
        played = np.zeros((frames, int(state["output_channels"])), "f4")
        time_info = np.zeros(1, TIME_INFO)
        block_s, due_s = frames / self._engine.sample_rate, time.perf_counter()
        while not self._ended.is_set():
            now_s = time.perf_counter()
            if now_s < due_s:
                time.sleep(due_s - now_s)
                continue
            if now_s - due_s > CATCH_UP_S:
                due_s = now_s
            time_info["now_s"] = due_s
            call(heard.ctypes.data, played.ctypes.data, frames, time_info.ctypes.data, 0, address)
            due_s += block_s

    def stop(self) -> None:
        """End the timer and wait until its last block is done."""
        self._ended.set()
        self._thread.join()
