"""What is wrong with this machine, in plain words, and what to do about it.

Each judge takes facts and returns findings, so that it can be tested with the facts of machines we do not have.  Each
probe gathers the facts of this machine for its judge.  A probe that fails becomes a finding itself.
"""
from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Level = Literal["ok", "warn", "problem"]

OLDEST_PYTHON = (3, 11)

#: Bluetooth sound is 190-250 ms late; these words in the name of a device, or of the system's own output, tell it.
WIRELESS = re.compile(
    r"bluetooth|blue ?z|a2dp|air ?pods|hands[- ]?free|\b(ear|galaxy |pixel |free)?buds|\bbeats\b|\bw[hf]-\d|"
    r"soundlink|soundcore|\bquiet ?comfort", re.IGNORECASE)

#: Rates at which interfaces and loudspeakers work without conversion somewhere on the way.
USUAL_RATES_HZ = (44100, 48000, 88200, 96000)

#: Folders that a program copies to the internet.
CLOUD = re.compile(r"onedrive|dropbox|google ?drive|icloud|mobile documents|nextcloud|owncloud|pcloud", re.IGNORECASE)

#: A take at its largest: 16 players, the microphones' bus and the mix, in stereo, 3 bytes a sample, at 48 kHz.
STEMS = 16 + 2
STEM_BYTES_A_SECOND = 48000 * 3 * 2

#: A session lasts an hour; before it there should be room for that hour and some more.
ENOUGH_MINUTES, SCARCE_MINUTES = 90.0, 30.0

#: The same in every language of Windows: the power plan "Power saver".
WINDOWS_POWER_SAVER = "a1841308-3541-4fab-bc81-f71556f20b4a"

SOUND_SET = "TimGM6mb.sf2"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and what to do if it is not well."""

    level: Level
    what: str
    do: str = ""


# ---------------------------------------------------------------------------------------------------- judges

def judge_python(version: Sequence[int]) -> list[Finding]:
    """Judge (major, minor, ...) of the running Python."""
    name = ".".join(str(part) for part in version[:3])
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return [Finding("ok", f"Python {name} is new enough.")]
    return [Finding("problem", f"Python {name} is too old.", "Install Python 3.11 or newer and run start.py with it.")]


def judge_portaudio(error: str | None, system: str) -> list[Finding]:
    """Judge how loading the sound library went: None, or the error."""
    if error is None:
        return [Finding("ok", "The sound library, PortAudio, is there.")]
    if system == "Linux":
        do = "Install it: sudo apt install libportaudio2 (on Fedora, Arch: portaudio), then start again."
    else:
        do = "Delete the folder .venv beside start.py and run start.py again: it comes with the program."
    return [Finding("problem", f"The sound library, PortAudio, could not be loaded ({error}): nothing is heard.", do)]


def judge_sound(devices: Sequence[Mapping[str, Any]], default_output: Mapping[str, Any] | None,
                default_input: Mapping[str, Any] | None, behind: str = "") -> list[Finding]:
    """Judge the devices as PortAudio describes them; `behind` names the system's own output, where it is known."""
    outputs = [device for device in devices if device["max_output_channels"] > 0]
    inputs = [device for device in devices if device["max_input_channels"] > 0]
    findings = []
    if not outputs:
        findings.append(Finding("problem", "There is no loudspeaker or other sound output, so nothing is heard.",
                                "Plug in loudspeakers or a USB audio interface and start again."))
    elif default_output is None:
        findings.append(Finding("warn", "The system has not chosen a sound output.",
                                "Choose one in the system's sound settings, or name it with --audio-device."))
    else:
        findings += judge_output(default_output, behind)
    if not inputs:
        findings.append(Finding("warn", "There is no microphone input; instruments and keyboards play all the same.",
                                "Plug in a microphone or a USB audio interface if somebody is to sing."))
    elif default_input is None:
        findings.append(Finding("warn", "The system has not chosen a microphone input.",
                                "Choose one in the system's sound settings, or name it with --audio-device."))
    else:
        findings.append(Finding("ok", f"Microphones come in by {default_input['name']}."))
    return findings


def judge_output(output: Mapping[str, Any], behind: str = "") -> list[Finding]:
    """Judge the output that sound goes to unless another is named: is it wireless, is its rate usual."""
    name, rate_hz = str(output["name"]), round(float(output["default_samplerate"]))
    wireless = next((word for word in (name, behind) if WIRELESS.search(word)), None)
    if wireless:
        findings = [Finding("problem", f"Sound goes to {wireless}, by Bluetooth: it comes a quarter of a second late.",
                            "Connect the loudspeakers or headphones by cable and choose them in the sound settings.")]
    else:
        findings = [Finding("ok", f"Sound goes to {name}.")]
    if rate_hz < min(USUAL_RATES_HZ):
        findings.append(Finding("problem", f"{name} is set to {rate_hz} Hz, as for telephone calls: music sounds dull.",
                                "Set it to 48000 Hz in the system's sound settings; do not use its microphone."))
    elif rate_hz not in USUAL_RATES_HZ:
        findings.append(Finding("warn", f"{name} is set to the unusual rate of {rate_hz} Hz.",
                                "Set it to 48000 Hz in the system's sound settings."))
    else:
        findings.append(Finding("ok", f"It runs at {rate_hz} Hz."))
    return findings


def judge_priority(limit: int, root: bool, member: bool, configured: bool) -> list[Finding]:
    """Judge the real-time priority permitted on Linux.

    limit: highest priority of RLIMIT_RTPRIO, -1 = any; member: in the group audio; configured: that group has limits.
    """
    if root or limit == -1 or limit > 0:
        return [Finding("ok", "The sound may have real-time priority.")]
    grant = "echo '@audio - rtprio 95' | sudo tee /etc/security/limits.d/audio.conf"
    join = "sudo usermod -aG audio $USER"
    if configured and member:
        do = "Log out and in again; if that does not help, run: " + grant
    else:
        do = "Run: " + (join if configured else f"{grant} && {join}") + ", then log out and in again."
    return [Finding("warn", "Sound may not have real-time priority, so it can crackle when the computer is busy.", do)]


def judge_governors(processors: Iterable[tuple[str, str, str]]) -> list[Finding]:
    """Judge (driver, governor, energy preference) of each processor under Linux.

    Under intel_pstate and amd-pstate the governor "powersave" is the usual one and speeds up when needed; there the
    energy preference tells.
    """
    kinds = set(processors)
    if not kinds:
        return []
    saving = any(
        preference == "power" if driver in ("intel_pstate", "amd-pstate-epp") else governor == "powersave"
        for driver, governor, preference in kinds)
    return judge_saving(saving, "Choose the power mode Performance or Balanced in the system's settings "
                                "(or run: powerprofilesctl set performance).")


def judge_saving(saving: bool, do: str) -> list[Finding]:
    """Judge whether the processor is being slowed to save power."""
    if saving:
        return [Finding("warn", "The computer is saving power, so the sound can crackle.", do)]
    return [Finding("ok", "The computer is not saving power.")]


def judge_battery(on_battery: bool | None) -> list[Finding]:
    """Judge the source of power; None: there is no battery, or nobody knows."""
    if on_battery is None:
        return []
    if on_battery:
        return [Finding("warn", "The computer runs on its battery, and may slow down.", "Plug in the charger.")]
    return [Finding("ok", "The charger is plugged in.")]


def judge_midi(ports: Sequence[str]) -> list[Finding]:
    """Judge the names of the MIDI inputs; what only passes MIDI on inside the computer does not count."""
    keyboards = [name for name in ports if "midi through" not in name.lower()]
    if keyboards:
        return [Finding("ok", f"MIDI comes in by {', '.join(keyboards)}.")]
    return [Finding("warn", "There is no MIDI keyboard or controller; the computer's own keys play.",
                    "Plug one in; it is found within two seconds, even while playing.")]


def judge_disk(minutes: float, folder: Path) -> list[Finding]:
    """Judge the minutes of recording, all players at once, that fit on the disk."""
    level: Level = "ok" if minutes >= ENOUGH_MINUTES else "warn" if minutes >= SCARCE_MINUTES else "problem"
    if level == "ok":
        return [Finding(level, f"There is room for {minutes / 60:.0f} hours of recording.")]
    return [Finding(level, f"There is room for only {minutes:.0f} minutes of recording.",
                    f"Free some space on the disk of {folder}, or name another folder with --session.")]


def judge_folder(folder: Path, error: str | None) -> list[Finding]:
    """Judge the folder that takes go to: how writing there went (None or the error), and who else reads it."""
    findings = [Finding("ok", f"Takes can be written to {folder}.")]
    if error is not None:
        findings = [Finding("problem", f"Nothing can be written to {folder} ({error}).",
                            "Name another folder with --session, or ask the computer's owner to let you write there.")]
    cloud = CLOUD.search(str(folder))
    if cloud:
        findings.append(Finding("warn", f"Takes go to a folder that is copied to the internet ({cloud.group()}).",
                                "Recordings of people should stay in the room: name another folder with --session."))
    return findings


def judge_sound_set(path: Path | None) -> list[Finding]:
    """Judge the file with the General MIDI sounds; None: it is not there."""
    if path is not None:
        return [Finding("ok", "The General MIDI sounds are there.")]
    return [Finding("problem", "The General MIDI sounds are missing, so there is no piano.",
                    "Delete the folder .venv beside start.py and run start.py again.")]


def judge_own_files(folder: Path, mistakes: Sequence[str]) -> list[Finding]:
    """Instruments, controllers and people that somebody made."""
    found = [Finding("ok", f"Your own instruments, controllers and people belong in {folder}.")]
    return found + [Finding("warn", mistake, "Mend that file; everything else plays.") for mistake in mistakes]


def judge_warmth(warm: bool) -> list[Finding]:
    """Judge whether the kernels are compiled."""
    if warm:
        return [Finding("ok", "The sound engine is compiled.")]
    return [Finding("warn", "The sound engine is not compiled yet, so the next start takes up to a minute.",
                    "Run: python3 start.py warm (or: imm-audio warm).")]


# ------------------------------------------------------------------------------- facts from what programs print

def is_saving_on_windows(powercfg: str) -> bool:
    """Read what `powercfg /getactivescheme` printed."""
    return WINDOWS_POWER_SAVER in powercfg.lower()


def is_saving_on_macos(pmset: str) -> bool:
    """Read what `pmset -g` printed."""
    return re.search(r"^\s*(lowpowermode|powermode)\s+1\s*$", pmset, re.MULTILINE) is not None


def is_on_battery_on_macos(batteries: str) -> bool | None:
    """Read what `pmset -g batt` printed."""
    if "InternalBattery" not in batteries:
        return None
    return "'Battery Power'" in batteries


def is_on_battery_on_linux(supplies: Iterable[tuple[str, str, str]]) -> bool | None:
    """Read (type, online, status) of each power supply; the batteries of mice and keyboards have scope Device."""
    known = list(supplies)
    mains = [online for kind, online, _ in known if kind in ("Mains", "USB") and online]
    batteries = [status for kind, _, status in known if kind == "Battery"]
    if not batteries:
        return None
    return "1" not in mains and "Discharging" in batteries


def output_behind_macos(profile: str) -> str:
    """Say "Bluetooth" and the name if `system_profiler -json SPAudioDataType` says that sound goes out that way."""
    for group in json.loads(profile).get("SPAudioDataType", []):
        for device in group.get("_items", []):
            if (device.get("coreaudio_default_audio_output_device") == "spaudio_yes"
                    and "bluetooth" in device.get("coreaudio_device_transport", "")):
                return f"{device.get('_name', 'a loudspeaker')} (Bluetooth)"
    return ""


def minutes_left(free_bytes: int, stems: int = STEMS) -> float:
    """Minutes of recording that fit into `free_bytes`."""
    return free_bytes / (STEM_BYTES_A_SECOND * stems) / 60


# ---------------------------------------------------------------------------------------------------- probes

def session_folder() -> Path:
    """Where takes go unless another folder is named."""
    import platformdirs
    return platformdirs.user_documents_path() / "imm_audio"


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists: looking must leave nothing behind."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _printed(*command: str) -> str:
    """What a program of the system prints; empty when it is not there."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=10, check=False)
    return done.stdout


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _probe_sound() -> list[Finding]:
    try:
        import sounddevice
    except OSError as error:
        return judge_portaudio(str(error), platform.system())
    chosen: dict[str, Any] = {}
    for kind in ("input", "output"):
        try:
            chosen[kind] = sounddevice.query_devices(kind=kind)
        except (sounddevice.PortAudioError, ValueError):
            chosen[kind] = None
    behind = output_behind(platform.system())
    found = judge_sound(list(sounddevice.query_devices()), chosen["output"], chosen["input"], behind)
    return judge_portaudio(None, platform.system()) + found


def output_behind(system: str) -> str:
    """Name of the output that the system itself has chosen, where it tells; it takes a while on macOS."""
    if system == "Darwin":
        return output_behind_macos(_printed("system_profiler", "-json", "SPAudioDataType") or "{}")
    return _printed("pactl", "get-default-sink").strip() if system == "Linux" else ""


def _probe_priority() -> list[Finding]:
    if sys.platform != "linux":
        return []
    import grp
    import resource
    groups = {grp.getgrgid(number).gr_name for number in os.getgroups() if _has_group(number)}
    limits = [Path("/etc/security/limits.conf"), *Path("/etc/security/limits.d").glob("*.conf")]
    configured = any(re.search(r"^\s*@audio\s+\S+\s+rtprio\s+[1-9]", _read(file), re.MULTILINE) for file in limits)
    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    return judge_priority(limit, os.geteuid() == 0, "audio" in groups, configured)


def _has_group(number: int) -> bool:
    import grp
    try:
        grp.getgrgid(number)
    except KeyError:
        return False
    return True


def probe_power() -> list[Finding]:
    """Is the computer saving power, is it on its battery."""
    system = platform.system()
    if system == "Linux":
        processors = [tuple(_read(policy / name) for name in
                            ("scaling_driver", "scaling_governor", "energy_performance_preference"))
                      for policy in Path("/sys/devices/system/cpu/cpufreq").glob("policy*")]
        supplies = [(_read(supply / "type"), _read(supply / "online"), _read(supply / "status"))
                    for supply in Path("/sys/class/power_supply").glob("*") if _read(supply / "scope") != "Device"]
        return judge_governors(processors) + judge_battery(is_on_battery_on_linux(supplies))  # type: ignore[arg-type]
    if system == "Darwin":
        saving = is_saving_on_macos(_printed("pmset", "-g"))
        return (judge_saving(saving, "Turn off Low Power Mode in the system's settings, under Battery.")
                + judge_battery(is_on_battery_on_macos(_printed("pmset", "-g", "batt"))))
    if system == "Windows":
        saving = is_saving_on_windows(_printed("powercfg", "/getactivescheme"))
        return (judge_saving(saving, "Choose the power mode Best performance in the system's settings, under Power.")
                + judge_battery(_is_on_battery_on_windows()))
    return []


def _is_on_battery_on_windows() -> bool | None:
    """Ask GetSystemPowerStatus: byte 0 is 0 on battery, 1 at the mains; byte 1 has bit 7 set without a battery."""
    import ctypes
    status = (ctypes.c_ubyte * 12)()
    if not ctypes.CDLL("kernel32").GetSystemPowerStatus(status) or status[1] & 128 or status[0] > 1:
        return None
    return status[0] == 0


def _probe_midi() -> list[Finding]:
    try:
        rtmidi = importlib.import_module("rtmidi" if importlib.util.find_spec("rtmidi") else "supriya_midi")
    except ImportError as error:
        return [Finding("problem", f"The MIDI library could not be loaded ({error}), so no keyboard is heard.",
                        "On Linux run: sudo apt install libasound2; elsewhere delete .venv and start again.")]
    try:
        midi = rtmidi.MidiIn()
    except rtmidi.RtMidiError as error:
        return [Finding("warn", f"The system's own MIDI cannot be reached ({error}).",
                        "On Linux run: sudo modprobe snd-seq; elsewhere start the computer again.")]
    try:
        return judge_midi([str(name) for name in midi.get_ports()])
    finally:
        midi.delete()


def probe_disk(folder: Path) -> list[Finding]:
    """How much recording fits on the disk of a folder."""
    return judge_disk(minutes_left(shutil.disk_usage(_nearest(folder)).free), folder)


def examine_folder(folder: Path) -> list[Finding]:
    """Try to write where takes go, and leave nothing behind."""
    error = None
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)) as file:
            file.write(b"imm_audio")
    except OSError as refused:
        error = refused.strerror or str(refused)
    return judge_folder(folder, error)


def _probe_sound_set() -> list[Finding]:
    spec = importlib.util.find_spec("pretty_midi")
    path = Path(spec.origin).with_name(SOUND_SET) if spec is not None and spec.origin else None
    return judge_sound_set(path if path is not None and path.is_file() else None)


def _probe_own_files() -> list[Finding]:
    from .catalog.controllers import Controllers
    from .catalog.library import Library
    from .settings import own_folder

    return judge_own_files(own_folder(), [*Library().problems, *Controllers().problems])


def _probe_warmth() -> list[Finding]:
    return judge_warmth(importlib.import_module("imm_audio.warmth").is_warm())


def attempt(subject: str, probe: Callable[[], list[Finding]]) -> list[Finding]:
    """What a probe finds, or that it found nothing out: one failing probe must not hide the others."""
    try:
        return probe()
    except Exception as error:
        return [Finding("warn", f"Could not find out about {subject} ({type(error).__name__}: {error}).",
                        "Start a session and listen; if something is wrong, send this line with your question.")]


def examine(session: Path | None = None) -> list[Finding]:
    """Look at this machine; `session` is the folder for takes, if not the usual one.  Never raises."""
    def folder() -> Path:
        return session if session is not None else session_folder()

    probes: list[tuple[str, Callable[[], list[Finding]]]] = [
        ("Python", lambda: judge_python(sys.version_info[:3])),
        ("the sound devices", _probe_sound),
        ("MIDI", _probe_midi),
        ("real-time priority", _probe_priority),
        ("power saving", probe_power),
        ("the folder for takes", lambda: examine_folder(folder())),
        ("the space on the disk", lambda: probe_disk(folder())),
        ("the General MIDI sounds", _probe_sound_set),
        ("your own files", _probe_own_files),
        ("the compiled sound engine", _probe_warmth),
    ]
    return [finding for subject, probe in probes for finding in attempt(subject, probe)]
