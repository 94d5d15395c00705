"""Which loudspeakers and microphones: found by name, said in plain words."""
import difflib
import re
import sys
from dataclasses import dataclass
from typing import Any

#: Microphones beside loudspeakers howl: those built into a laptop are opened only when somebody asks for them.
BUILT_IN = re.compile(r"built-?in|internal|macbook|imac|hda |realtek|microphone array|webcam|camera|hdmi|display", re.I)
#: The first of these that a device is offered by is the fastest way to it.
FASTEST_APIS = {"win32": ("ASIO", "Windows WASAPI", "Windows WDM-KS"), "linux": ("JACK Audio Connection Kit", "ALSA")}
NULL = "null"
#: Loudspeakers, and with a second pair of outputs for other ears.
OUTPUTS, WITH_MONITOR = 2, 4
JACK = "JACK Audio Connection Kit"


@dataclass(frozen=True)
class Choice:
    """What to open: PortAudio's device numbers, None where there is none."""

    name: str
    output: int
    input: int | None
    input_channels: int
    output_channels: int
    sample_rate: float
    api: str


class UnknownDevice(ValueError):
    """No device of that name; the message lists what there is."""


def names_of(devices: list[dict[str, Any]]) -> list[str]:
    """Names of everything that can play, each once."""
    return list(dict.fromkeys(d["name"] for d in devices if d["max_output_channels"] > 0))


def _core_name(name: str) -> str:
    """What both halves of one interface share: Windows calls them 'Speakers (Scarlett 2i2)' and 'Microphone (Scarlett 2i2)'."""
    inside = re.search(r"\((.+)\)", name)
    return (inside.group(1) if inside else name).strip().lower()


def _speed(device: dict[str, Any], apis: list[dict[str, Any]]) -> int:
    order = FASTEST_APIS.get(sys.platform, ())
    api = apis[device["hostapi"]]["name"]
    return order.index(api) if api in order else len(order)


def _by_name(name: str, devices: list[dict[str, Any]], apis: list[dict[str, Any]]) -> dict[str, Any]:
    playing = [d for d in devices if d["max_output_channels"] > 0]
    wanted = name.lower()
    exact = [d for d in playing if d["name"].lower() == wanted]
    found = exact or [d for d in playing if wanted in f"{d['name']}, {apis[d['hostapi']]['name']}".lower()]
    if found:
        return min(found, key=lambda d: _speed(d, apis))
    names = names_of(devices)
    near = difflib.get_close_matches(wanted, [n.lower() for n in names], 1, 0.3)
    hint = f" Did you mean {next(n for n in names if n.lower() == near[0])!r}?" if near else ""
    there = ", ".join(repr(n) for n in names) or "none at all"
    raise UnknownDevice(f"There is no sound device called {name!r}.{hint} Here are: {there}. "
                        f"'{NULL}' plays into silence.")


def choose(name: str | None, inputs: int | None, sample_rate: float | None, devices: list[dict[str, Any]],
           apis: list[dict[str, Any]], default_output: int, outputs: int = OUTPUTS) -> Choice:
    """Pick the device called `name` (None: the system's, through its fastest door) and the microphones that belong to it.

    devices, apis: as sounddevice.query_devices() and query_hostapis() give them.  outputs: how many to open; 2, or 1, of a
    device that has fewer.  UnknownDevice when nothing fits.
    """
    if name is not None:
        output = _by_name(name, devices, apis)
    else:
        output = _default(devices, apis, default_output)
    api = apis[output["hostapi"]]["name"]
    microphones = _microphones(output, devices)
    available = min(microphones["max_input_channels"], 16) if microphones else 0
    if inputs is None:
        inputs = 0 if microphones is None or BUILT_IN.search(microphones["name"]) else available
    if inputs > available:
        raise UnknownDevice(f"{output['name']!r} has {available} inputs, {inputs} were asked for.")
    own_rate = float(output["default_samplerate"])
    rate = sample_rate or (own_rate if 44100.0 <= own_rate <= 96000.0 else 48000.0)
    there = int(output["max_output_channels"])
    return Choice(output["name"], output["index"], microphones["index"] if microphones and inputs else None, inputs,
                  outputs if outputs <= there else min(there, OUTPUTS), rate, api)


def _default(devices: list[dict[str, Any]], apis: list[dict[str, Any]], default_output: int) -> dict[str, Any]:
    # a JACK server owns the hardware while it runs, and its first entry may be another program
    for device in devices:
        if apis[device["hostapi"]]["name"] == JACK and device["name"] == "system" and device["max_output_channels"]:
            return device
    playing = [d for d in devices if d["max_output_channels"] > 0]
    if not playing:
        raise UnknownDevice("This computer shows no loudspeakers, headphones or sound interface.")
    default = next((d for d in playing if d["index"] == default_output), playing[0])
    # MME cuts names to 31 letters
    same = [d for d in playing if d["name"][:31] == default["name"][:31]]
    return min(same, key=lambda d: (_speed(d, apis), d["index"]))


def _microphones(output: dict[str, Any], devices: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The inputs of the same interface, through the same door."""
    if output["max_input_channels"] > 0:
        return output
    core = _core_name(output["name"])
    for device in devices:
        if (device["hostapi"] == output["hostapi"] and device["max_input_channels"] > 0
                and _core_name(device["name"]) == core):
            return device
    return None
