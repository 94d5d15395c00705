#!/usr/bin/env python3
"""Get imm_audio ready and start it.

python3 start.py                 make ready if needed, then play
python3 start.py live --inputs 4 the same, with options for the live session
python3 start.py demo            any other command of imm-audio: demo, devices, takes, doctor ...
python3 start.py setup           only make ready
python3 start.py test            make ready for development and run the tests; what follows goes to pytest

On Windows say `py start.py`.  The first start needs the internet, later ones do not.
Everything goes into the folder .venv beside this file; deleting that folder undoes it.
"""
import sys

if sys.version_info < (3, 11):
    sys.exit("imm_audio needs Python 3.11 or newer, and this is Python %d.%d.\n"  # noqa: UP031
             "Install a newer Python (from python.org, or with the system's software manager) "
             "and start with that one." % sys.version_info[:2])

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "ready.json"
LOG = ROOT / "setup.log"

#: What decides whether an environment is still the right one, for playing and for testing.
LOCKS = {"play": "requirements.lock", "test": "requirements-dev.lock"}
PROJECT = ("pyproject.toml", "setup.py")

#: Package manager of a Linux system -> how to install without a question, and PortAudio's name there.
MANAGERS: dict[str, tuple[tuple[str, ...], str]] = {
    "apt-get": (("install", "-y"), "libportaudio2"),
    "dnf": (("install", "-y"), "portaudio"),
    "pacman": (("-S", "--noconfirm"), "portaudio"),
    "zypper": (("--non-interactive", "install"), "libportaudio2"),
    "apk": (("add",), "portaudio"),
}

#: What pip says when it fails, first match first -> what that means for the person in front of the computer.
FAILURES = (
    (r"No space left on device|not enough space on the disk",
     "The disk is full. Free about 1 GB and run the same command again."),
    (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed",
     "Something on this network, often the filter of a school or an office, is in the way of a secure connection. "
     "Try another network, or ask the person who looks after this one."),
    (r"NewConnectionError|ConnectTimeoutError|NameResolutionError|ReadTimeoutError|ProxyError|ProtocolError|"
     r"Failed to establish a new connection|Temporary failure in name resolution|getaddrinfo failed|"
     r"Network is unreachable|Connection refused|Read timed out|Max retries exceeded",
     "There is no connection to the internet. The first start needs one, to fetch the parts of the program: "
     "connect this computer and run the same command again."),
    (r"DO NOT MATCH THE HASHES",
     "A part that arrived is not the one expected, so it was not installed. "
     "Try again on another network; if it happens again, please report it."),
    (r"No matching distribution found|Could not find a version",
     "One part of the program does not exist for this Python ({python}). Install Python 3.12, 3.13 or 3.14 for a "
     "64-bit computer and start with that one."),
    (r"Permission denied|Access is denied|PermissionError",
     "A file could not be written. Close every window in which imm_audio runs, put its folder where you may write, "
     "such as your documents, and run the same command again."),
)


#: Codes with which a program ends after Ctrl-C: shells', Python's as a signal, Windows'.
INTERRUPTED = (130, -2, 0xC000013A)


# ------------------------------------------------------------------------------------------- what is to be done

def compose(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Split the words behind start.py into a mode (help, setup, test, run) and what is handed on."""
    if not arguments:
        return "run", ["live"]
    first, *rest = arguments
    if first in ("-h", "--help", "help"):
        return "help", []
    if first in ("setup", "test"):
        return first, rest
    return "run", ["live", *arguments] if first.startswith("-") else [first, *rest]


def venv_python(venv: Path, windows: bool) -> Path:
    """Path of the Python inside an environment."""
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def command(python: Path, mode: str, rest: Sequence[str]) -> list[str]:
    """Compose what is run in the end; -P keeps files of the present folder from being taken for Python's own."""
    if mode == "test":
        return [str(python), "-m", "pytest", *rest]
    return [str(python), "-P", "-m", "imm_audio", *rest]


def fingerprint(root: Path, use: str) -> str:
    """Hash of the files that decide what is installed for a use, "play" or "test"."""
    digest = hashlib.sha256()
    for name in (LOCKS[use], *PROJECT):
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def place(root: Path) -> str:
    """Name what an environment is bound to: its folder and the Python it was made with."""
    return f"{root} | {sys.version} | {sys.base_prefix}"


def read_stamp(path: Path) -> dict[str, object]:
    """Read what the last complete set-up left behind; empty when there was none, or nothing readable."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(path: Path, stamp: dict[str, object]) -> None:
    """Write the stamp whole or not at all, and only after everything it speaks for is on the disk."""
    if hasattr(os, "sync"):
        os.sync()
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(stamp, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def work_needed(found: dict[str, object], wanted: dict[str, object], usable: bool) -> str:
    """Decide: "remake" the environment, "update" it, only "warm" the engine, or "nothing".

    A set-up removes the stamp first and writes it last, so no stamp means that the environment cannot be trusted.
    """
    if not usable or found.get("place") != wanted["place"]:
        return "remake"
    if any(found.get(use) != wanted[use] for use in LOCKS if use in wanted):
        return "update"
    return "nothing" if found.get("warm") else "warm"


def unsupported(system: str, machine: str) -> str | None:
    """Say why the program cannot run on this kind of computer; None if it can."""
    machine = machine.lower()
    if system == "darwin" and machine != "arm64":
        return ("imm_audio needs a Mac with an Apple chip (M1 or later).\n"
                "If this Mac has one, its Python was made for Intel: install Python from python.org and use that.")
    if system == "win32" and machine != "win-amd64":
        return ("This Python cannot run imm_audio. Install the one that python.org calls 'Windows installer (64-bit)' "
                "and start with that; it also runs on ARM computers.")
    if system == "linux" and machine not in ("x86_64", "amd64", "aarch64", "arm64"):
        return f"imm_audio needs a 64-bit computer (x86 or ARM); this one is {machine}."
    return None


def explain(output: str) -> str:
    """Say in one plain sentence why pip failed, from what it printed."""
    for pattern, sentence in FAILURES:
        if re.search(pattern, output):
            return sentence.format(python=".".join(map(str, sys.version_info[:2])))
    return "Something unexpected went wrong while the parts of the program were installed."


def part_named(line: str) -> str | None:
    """Name the part that a line of pip's output begins with; None for all other lines."""
    named = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)|Processing .*[/\\]([\w.]+)-\d", line)
    return (named.group(1) or named.group(2)) if named else None


def package_command(manager: str, package: str) -> list[str]:
    """Compose the command that installs a system package."""
    return [manager, *MANAGERS[manager][0], package]


def missing_library(manager: str | None) -> str:
    """Say what to do when PortAudio is missing and may not be installed from here."""
    sentence = "The sound library PortAudio is missing. imm_audio goes on without sound until it is there.\n"
    if manager is None:
        return sentence + "Install PortAudio with the system's software manager, then start again."
    return sentence + "Give this command, then start again:\n  sudo " + " ".join(
        package_command(manager, MANAGERS[manager][1]))


# ------------------------------------------------------------------------------------------------------ doing it

class Failed(Exception):
    """Set-up cannot go on; the text is for the person in front of the computer, the log (or None) for an expert."""

    def __init__(self, text: str, log: Path | None = LOG):
        super().__init__(text)
        self.log = log


def say(text: str) -> None:
    """Print a line, in the place of what `hint` left."""
    hint("")
    print(text, flush=True)


def hint(text: str) -> None:
    """Show what is going on, in place; say nothing where a line cannot be overwritten."""
    if _terminal():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + f"  {text}"[:width].ljust(width), end="\r", flush=True)


def _terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def base_python() -> str:
    """Path of the Python that makes the environment: never the environment's own, which is to be replaced."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run_logged(arguments: Sequence[str], log: TextIO, parts: int = 0) -> tuple[int, str]:
    """Run a command with its output in the log, and show the parts it fetches; return its code and its output."""
    log.write("\n> " + " ".join(arguments) + "\n")
    log.flush()
    environment = {**os.environ, "PYTHONUTF8": "1", "PIP_USER": "0"}
    lines, seen = [], 0
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace", env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            log.flush()
            lines.append(line)
            if part := part_named(line):
                seen += 1
                hint(f"{part} ({seen} of about {max(parts, seen)})")
            elif line.startswith("Installing collected packages"):
                hint("unpacking, this can take a minute ...")
            elif "Retrying" in line:
                hint("waiting for the internet ...")
    return process.returncode, "".join(lines)


def privilege() -> list[str] | None:
    """How system packages may be installed from here: as we are, by sudo that does not ask, or (None) not at all."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def install_system_package(manager: str, package: str, log: TextIO) -> bool:
    """Install a system package if that is permitted; say whether it is there now."""
    prefix = privilege()
    if prefix is None:
        return False
    say(f"Installing the system package {package} ...")
    prefix += ["env", "DEBIAN_FRONTEND=noninteractive"]
    install = [*prefix, *package_command(manager, package)]
    if run_logged(install, log)[0] == 0:
        return True
    if manager != "apt-get":
        return False
    run_logged([*prefix, manager, "update"], log)  # a machine that never fetched the list of packages knows none
    return run_logged(install, log)[0] == 0


def find_manager() -> str | None:
    """Name the package manager of this Linux system."""
    return next((manager for manager in MANAGERS if shutil.which(manager)), None)


def ensure_portaudio(log: TextIO) -> None:
    """See to PortAudio on Linux; elsewhere it comes with a Python package.  Without it the program still runs."""
    if sys.platform != "linux":
        return
    from ctypes.util import find_library
    if find_library("portaudio"):
        return
    manager = find_manager()
    if manager is None or not install_system_package(manager, MANAGERS[manager][1], log):
        say(missing_library(manager))


def ensure_pip(log: TextIO) -> None:
    """See to ensurepip, which Debian and its relatives keep in a package of its own."""
    from importlib.util import find_spec
    if find_spec("ensurepip") is not None:
        return
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if shutil.which("apt-get") and install_system_package("apt-get", package, log):
        return
    raise Failed("A part of Python is missing on this system. Give this command, then start again:\n"
                 f"  sudo apt-get install -y {package}")


def make_environment(log: TextIO) -> None:
    """Make .venv afresh, whatever is there."""
    ensure_pip(log)
    say("Making a place for the program (the folder .venv) ...")
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    code, output = run_logged([base_python(), "-m", "venv", "--clear", str(VENV)], log)
    if code:
        raise Failed(explain(output))


def install(use: str, log: TextIO) -> None:
    """Install the locked parts and the project itself."""
    lock = ROOT / LOCKS[use]
    parts = len(re.findall(r"^[\w.-]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    say("Fetching and installing the parts of the program; the first time this takes a few minutes ...")
    pip = [str(venv_python(VENV, os.name == "nt")), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    wheels = ["install", "--progress-bar", "off", "--retries", "2", "--only-binary", ":all:"]
    # both without build isolation: setuptools is among the locked parts, so nothing unlocked is ever fetched
    itself = ["install", "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    for arguments in ([*pip, *wheels, "--require-hashes", "--requirement", str(lock)], [*pip, *itself]):
        code, output = run_logged(arguments, log, parts)
        if code:
            raise Failed(explain(output))


def prepare(use: str) -> None:
    """Bring the environment to what `use` ("play" or "test") needs; does nothing when it is there already."""
    python = venv_python(VENV, os.name == "nt")
    wanted: dict[str, object] = {"place": place(ROOT), "play": fingerprint(ROOT, "play")}
    if use == "test":
        wanted["test"] = fingerprint(ROOT, "test")
    found = read_stamp(STAMP)
    work = work_needed(found, wanted, python.exists())
    if work in ("remake", "update"):
        if reason := _unsupported_here():
            raise Failed(reason, log=None)
        STAMP.unlink(missing_ok=True)
        with LOG.open("w", encoding="utf-8") as log:
            ensure_portaudio(log)
            if work == "remake":
                make_environment(log)
            install(use, log)
        write_stamp(STAMP, wanted)
        found = wanted
    if work != "nothing":
        say("Preparing the sound engine for this computer ...")
        if code := attend(command(python, "run", ["warm"])):
            if code in INTERRUPTED:
                raise KeyboardInterrupt
            raise Failed(f"The sound engine could not be prepared (code {code}).", log=None)
        write_stamp(STAMP, {**found, "warm": True})
        say("Ready.")


def _unsupported_here() -> str | None:
    import platform
    import sysconfig
    return unsupported(sys.platform, sysconfig.get_platform() if sys.platform == "win32" else platform.machine())


def attend(arguments: Sequence[str]) -> int:
    """Run a command to its end.  It gets Ctrl-C as we do and ends by itself; we wait for it."""
    with subprocess.Popen(arguments) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def become(arguments: Sequence[str]) -> NoReturn:
    """Go on as another program."""
    sys.stdout.flush()
    if os.name == "nt":  # exec on Windows gives the terminal back before the program has ended
        sys.exit(attend(arguments))
    os.execv(arguments[0], list(arguments))


def main(arguments: Sequence[str]) -> int:
    """Do what the words behind start.py say."""
    mode, rest = compose(arguments)
    if mode == "help":
        print(__doc__)
        return 0
    try:
        prepare("test" if mode == "test" else "play")
    except Failed as failure:
        say(str(failure))
        if failure.log:
            say(f"(What happened in detail is in {failure.log}.)")
        return 1
    except OSError as error:
        say(f"A file could not be read or written: {error}.\n"
            "Close every window in which imm_audio runs, put its folder where you may write, and try again.")
        return 1
    except KeyboardInterrupt:
        say("Stopped. The next start begins where it has to.")
        return 130
    if mode == "setup":
        return 0
    if mode == "test":
        os.chdir(ROOT)
    become(command(venv_python(VENV, os.name == "nt"), mode, rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
