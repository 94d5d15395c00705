"""The engine process: the compiled callback, the inputs, and nothing else that could keep them waiting.

python -m imm_audio.engine_process BLOCK SETTINGS
"""
import ctypes
import gc
import logging
import os
import signal
import sys
import time
from types import FrameType

from .block import ENGINE, PROBLEM, WARNING, tell, text_of
from .clock_speed import cycles_per_us
from .engine import Engine, Settings
from .host import NO_DEVICE, DeviceProblem, Host, Stuck, find
from .inputs.all_inputs import AllInputs
from .inputs.places import Places
from .settings import CANNOT_START, Session
from .sound_devices import OUTPUTS, WITH_MONITOR, UnknownDevice
from .soundfont import load_sounds

log = logging.getLogger(__name__)
ROUND_S = 0.1
#: Ableton Link wants to be looked at more often.
LINK_ROUND_S = 0.05
#: Exit status when the driver holds this process fast: the parent starts another, and that one has sound again.
STUCK = 4


def _prefer_this_process() -> None:
    """Ask for a larger share of the processor than others; where it is not allowed, nothing changes."""
    try:
        if sys.platform == "win32":
            high = 0x80
            ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), high)
        else:
            os.setpriority(os.PRIO_PROCESS, 0, -11)
    except OSError:
        log.info("no higher priority permitted")


def _open_block(name: str, session: Session) -> tuple[Engine, Host]:
    """Create the block and start sound; after a crash of this process, go on with the block that is there."""
    try:
        engine = Engine.attach(name)
        begun = bool(engine.header["ready"])
        made_for = int(engine.state["output_channels"])
        choice = None if begun else find(session.audio_device, session.inputs, engine.sample_rate, made_for)
        engine.reset()
        engine.header["players"] = engine.header["controllers"] = b""  # whoever is there is found again, in the same order
        engine.header["plugged"] = 0
    except FileNotFoundError:
        wanted = OUTPUTS if session.monitor_age is None else WITH_MONITOR
        choice, begun = find(session.audio_device, session.inputs, session.rate_hz, wanted), False
        inputs = choice.input_channels if choice else session.inputs or 0
        rate = choice.sample_rate if choice else float(session.rate_hz or 48000)
        outputs = choice.output_channels if choice else OUTPUTS   # any device that comes later has those
        bank, remarks = load_sounds(session.sounds)
        engine = Engine.create(Settings(rate, inputs, outputs, sound_bank=bank), name)
        for sentence in remarks:
            tell(engine.header, ENGINE, sentence, WARNING)
    engine.header["processes"][ENGINE]["pid"] = os.getpid()
    engine.state["host"]["cycles_per_us"] = cycles_per_us()
    host = Host(engine, session.audio_device, session.block_frames)
    if begun:
        host.open_again()
    else:
        try:
            host.open(choice)
        except DeviceProblem:
            engine.close(remove=True)  # or the memory would stay taken when everybody has gone
            raise
    return engine, host


def run(name: str, session: Session) -> int:
    """Play until the block says stop; exit status."""
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    _prefer_this_process()
    sys.setswitchinterval(0.0005)  # a MIDI message never waits long for this loop
    try:
        engine, host = _open_block(name, session)
    except (DeviceProblem, UnknownDevice, ValueError) as error:
        print(error, flush=True)
        return CANNOT_START
    header = engine.header
    if session.audio_device is None and text_of(header["device"]) == NO_DEVICE:
        tell(header, ENGINE, "This computer shows no loudspeakers, so nothing is heard. Plug in a sound device: it will play "
             "by itself. If it does not, run: imm-audio doctor", PROBLEM)
    elif session.monitor_age is not None and engine.state["output_channels"] < WITH_MONITOR:
        tell(header, ENGINE, "This sound device has fewer than four outputs, so the room for other ears is not heard. Connect "
             "one that has four, and start again.", WARNING)
    if not header["ready"]:
        header["started_s"] = time.monotonic()
    header["ready"] = 1
    from .catalog.controllers import Controllers  # checks its files with pydantic, which is slow to import

    places = Places(engine, Controllers(), now=host.now, delay_frames=host.delay_frames)
    from .sync.together import Together

    on_jack = host.on_jack
    together = Together(engine, host.now, lambda sentence: tell(header, ENGINE, sentence, WARNING), clock_out=session.clock_out,
                        clock_in=session.clock_in, link=session.link, prefer_jack=on_jack)
    inputs = AllInputs(places, session.midi, on_jack, session.osc_port)
    gc.collect()
    gc.freeze()
    while not (stopped or header["stop"]):
        header["processes"][ENGINE]["alive_s"] = time.monotonic()
        host.watch()
        if host.on_jack != on_jack:
            on_jack = host.on_jack
            inputs.midi.restart(on_jack)
        inputs.midi.poll()
        places.poll()
        together.poll()
        time.sleep(LINK_ROUND_S if session.link else ROUND_S)
    together.close()
    inputs.close()
    host.close()
    header["processes"][ENGINE]["pid"] = 0
    return 0


def main() -> None:
    """Entry of the process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s engine: %(message)s")
    name, text = sys.argv[1:3]
    try:
        sys.exit(run(name, Session.from_json(text)))
    except Stuck as error:
        log.warning("%s", error)
        os._exit(STUCK)  # an orderly end would ask the same driver to close, and wait for it


if __name__ == "__main__":
    main()
