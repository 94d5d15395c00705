"""Input ports through RtMidi, whichever of its two Python bindings is installed.

Messages are taken out of RtMidi's own queue, not by its callback.  RtMidi calls back on the driver's thread, which then
waits for Python: on JACK that thread is part of the audio graph, and whatever arrives while it waits is gone.  Measured
on a JACK server with 64 frames, 4 ports with 20 notes a second each, three busy Python threads in the process: 4 % of
the notes lost by callback, none by queue.  A port closed while its callback waits for Python can also hang for ever.
"""
import os
import sys
from typing import Any, Protocol

try:
    import rtmidi

    API_ALSA, API_JACK, API_ANY = rtmidi.API_LINUX_ALSA, rtmidi.API_UNIX_JACK, rtmidi.API_UNSPECIFIED
except ImportError:  # Python 3.13 and later
    import supriya_midi as rtmidi
    from supriya_midi import RtMidiAPI

    API_ALSA, API_JACK, API_ANY = RtMidiAPI.LINUX_ALSA, RtMidiAPI.UNIX_JACK, RtMidiAPI.UNSPECIFIED

#: Our ports begin with this name, so that they are known as ours.
CLIENT = "imm_audio"
#: Messages that wait at most; taken out every millisecond, this is far more than any cable carries.
_QUEUE = 4096


class Input(Protocol):
    """What `MidiPorts` needs of a binding: the part of it that both have."""

    def get_ports(self) -> list[str]: ...
    def open_port(self, port: int, name: str, /) -> Any: ...
    def close_port(self) -> None: ...
    def delete(self) -> None: ...
    def get_message(self) -> tuple[list[int], float] | None: ...


def apis(prefer_jack: bool) -> list[Any]:
    """Where to look for ports, best first.  A JACK server may speak another version than the binding: then ALSA."""
    if not sys.platform.startswith("linux"):
        return [API_ANY]
    alsa = [API_ALSA] if os.path.exists("/dev/snd/seq") else []  # asked before ALSA's library writes that to the terminal
    return [API_JACK, *alsa] if prefer_jack else alsa


def open_input(prefer_jack: bool, name: str) -> Input:
    """A client of the system's MIDI, seen by others as `name`.  OSError when there is no such system now."""
    problem = "there is no MIDI system here"
    for api in apis(prefer_jack):
        try:
            client = rtmidi.MidiIn(api, name, _QUEUE)
            client.get_ports()
        except Exception as error:  # each binding has its own
            problem = str(error)
            continue
        client.ignore_types(False, True, True)   # system exclusives may be tunings
        return client
    raise OSError(problem)
