"""The starter: what it decides, composes and says.  Nothing here touches the network."""
import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(start.__file__).parent
WANTED = {"place": "here", "play": "a"}


@pytest.mark.parametrize(("arguments", "mode", "rest"), [
    ([], "run", ["live"]),
    (["live", "--seconds", "5"], "run", ["live", "--seconds", "5"]),
    (["--inputs", "4"], "run", ["live", "--inputs", "4"]),
    (["demo"], "run", ["demo"]),
    (["takes", "list"], "run", ["takes", "list"]),
    (["setup"], "setup", []),
    (["test"], "test", []),
    (["test", "-k", "ring", "-x"], "test", ["-k", "ring", "-x"]),
    (["--help"], "help", []),
])
def test_the_words_behind_start_choose_what_happens(arguments, mode, rest):
    assert start.compose(arguments) == (mode, rest)


def test_the_program_is_run_by_the_environment_and_not_from_the_present_folder():
    assert start.command(Path("p"), "run", ["live", "-x"]) == ["p", "-P", "-m", "imm_audio", "live", "-x"]


def test_pytest_gets_all_its_arguments():
    assert start.command(Path("p"), "test", ["-k", "a b"]) == ["p", "-m", "pytest", "-k", "a b"]


def test_each_system_keeps_its_python_where_venv_puts_it():
    assert start.venv_python(Path("v"), windows=False) == Path("v/bin/python")
    assert start.venv_python(Path("v"), windows=True) == Path("v/Scripts/python.exe")


@pytest.mark.parametrize(("found", "wanted", "usable", "work"), [
    ({}, WANTED, True, "remake"),                                             # never finished
    ({**WANTED, "warm": True}, WANTED, False, "remake"),                      # its Python is gone
    ({**WANTED, "warm": True, "place": "there"}, WANTED, True, "remake"),     # folder moved, or another Python
    ({**WANTED, "warm": True, "play": "b"}, WANTED, True, "update"),          # a lock changed
    ({**WANTED, "warm": True}, {**WANTED, "test": "t"}, True, "update"),      # tests were never installed
    ({**WANTED, "warm": True, "test": "t"}, WANTED, True, "nothing"),         # tests need not go to play
    (WANTED, WANTED, True, "warm"),                                           # warming was interrupted
    ({**WANTED, "warm": True}, WANTED, True, "nothing"),
])
def test_only_what_is_needed_is_done(found, wanted, usable, work):
    assert start.work_needed(found, wanted, usable) == work


def test_a_stamp_comes_back_as_it_was_written(tmp_path):
    stamp = tmp_path / "ready.json"
    start.write_stamp(stamp, dict(WANTED))
    assert start.read_stamp(stamp) == WANTED
    assert [file.name for file in tmp_path.iterdir()] == ["ready.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "12", "\0\0\0"])
def test_a_damaged_stamp_counts_as_none(tmp_path, content):
    stamp = tmp_path / "ready.json"
    stamp.write_text(content)
    assert start.read_stamp(stamp) == {}


def test_a_missing_stamp_counts_as_none(tmp_path):
    assert start.read_stamp(tmp_path / "none" / "ready.json") == {}


@pytest.mark.parametrize(("changed", "play", "test"), [
    ("requirements.lock", True, False), ("requirements-dev.lock", False, True),
    ("pyproject.toml", True, True), ("setup.py", True, True), ("README.md", False, False),
])
def test_the_fingerprint_follows_the_files_that_decide_what_is_installed(tmp_path, changed, play, test):
    for name in (*start.LOCKS.values(), *start.PROJECT, "README.md"):
        (tmp_path / name).write_text("x")
    before = {use: start.fingerprint(tmp_path, use) for use in start.LOCKS}
    (tmp_path / changed).write_text("y")
    assert (start.fingerprint(tmp_path, "play") != before["play"]) == play
    assert (start.fingerprint(tmp_path, "test") != before["test"]) == test


def test_an_environment_is_bound_to_its_folder_and_its_python():
    assert start.place(Path("a")) != start.place(Path("b"))
    assert sys.version in start.place(Path("a"))


@pytest.mark.parametrize(("manager", "line"), [
    ("apt-get", "sudo apt-get install -y libportaudio2"),
    ("dnf", "sudo dnf install -y portaudio"),
    ("pacman", "sudo pacman -S --noconfirm portaudio"),
    ("zypper", "sudo zypper --non-interactive install libportaudio2"),
    ("apk", "sudo apk add portaudio"),
])
def test_a_missing_library_is_told_with_the_one_command_to_give(manager, line):
    told = start.missing_library(manager)
    assert told.splitlines()[-1].strip() == line
    assert "PortAudio is missing" in told


def test_a_missing_library_is_told_where_no_package_manager_is_known():
    assert "software manager" in start.missing_library(None)


@pytest.mark.parametrize(("output", "words"), [
    ("Retrying ... NewConnectionError('<HTTPSConnection>: Failed to establish a new connection: [Errno 111]')\n"
     "ERROR: No matching distribution found for numpy", "no connection to the internet"),
    ("NameResolutionError: Temporary failure in name resolution", "no connection to the internet"),
    ("ERROR: No matching distribution found for numba==0.68.1", "Install Python 3.12"),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one expected"),
    ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "filter"),
    ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
    ("OSError: [Errno 13] Permission denied: 'x'", "could not be written"),
    ("", "unexpected"),
])
def test_a_failure_is_explained_in_plain_words(output, words):
    assert words in start.explain(output)


@pytest.mark.parametrize(("line", "part"), [
    ("Collecting numba==0.68.1 (from -r requirements.lock (line 160))", "numba"),
    ("Requirement already satisfied: rich==15.0.0 in x", "rich"),
    ("Processing /a/b-1/numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (from -r x", "numpy"),
    ("  Downloading numba-0.68.1.whl (3 MB)", None),
])
def test_progress_names_the_part_that_pip_is_at(line, part):
    assert start.part_named(line) == part


@pytest.mark.parametrize(("system", "machine", "runs"), [
    ("linux", "x86_64", True), ("linux", "aarch64", True), ("linux", "armv7l", False), ("linux", "i686", False),
    ("darwin", "arm64", True), ("darwin", "x86_64", False),
    ("win32", "win-amd64", True), ("win32", "win32", False), ("win32", "win-arm64", False),
])
def test_computers_that_cannot_run_it_are_told_before_anything_is_fetched(system, machine, runs):
    assert (start.unsupported(system, machine) is None) == runs


def test_an_old_python_can_read_the_file_far_enough_to_say_so():
    # 3.8 reads := and f-strings; older ones are gone from systems that still get updates
    ast.parse(Path(start.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_starter_needs_nothing_but_the_standard_library():
    tree = ast.parse(Path(start.__file__).read_text(encoding="utf-8"))
    names = {(node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
             for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_a_ready_environment_is_entered_at_once(tmp_path):
    """A copy of start.py with a stamp that fits runs the environment's Python and touches nothing else."""
    for name in (*start.LOCKS.values(), *start.PROJECT, "start.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    python = start.venv_python(tmp_path / ".venv", os.name == "nt")
    python.parent.mkdir(parents=True)
    if os.name == "nt":
        pytest.skip("needs a file that can stand for python.exe")
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    (tmp_path / ".venv" / "ready.json").write_text(json.dumps(
        {"place": start.place(tmp_path.resolve()), "play": start.fingerprint(tmp_path, "play"), "warm": True}))
    done = subprocess.run([sys.executable, tmp_path / "start.py", "--inputs", "2"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "-P -m imm_audio live --inputs 2\n", "")
    assert not (tmp_path / "setup.log").exists()


@pytest.mark.parametrize("lock", start.LOCKS.values())
def test_locks_pin_every_part_with_hashes_and_name_no_place(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    parts = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert parts
    assert all("==" in line and line.endswith("\\") for line in parts)
    assert "://" not in text
    assert "index" not in text


def test_what_is_installed_to_test_agrees_with_what_is_installed_to_play():
    def parts(use):
        lines = (ROOT / start.LOCKS[use]).read_text(encoding="utf-8").splitlines()
        return {line for line in lines if "==" in line}
    assert parts("play") <= parts("test")
