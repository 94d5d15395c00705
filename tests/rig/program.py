"""The real program as its user starts it, with a home of its own, looked at from outside."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs
import psutil

from imm_audio import kernel_cache
from imm_audio.block import PROCESSES, Listener
from imm_audio.engine import Engine
from imm_audio.kernels.engine.state import FROM_DESK, FROM_PARENT
from tests.rig.jack_rig import Server

#: Starting on a busy machine; a quiet one takes 2 s.
PATIENCE_S = 40.0


def wait_until(condition: Callable[[], object], patience_s: float = PATIENCE_S, what: str = "") -> float:
    """Seconds until `condition()` was true; AssertionError after `patience_s`."""
    began_s = time.monotonic()
    while not condition():
        waited_s = time.monotonic() - began_s
        assert waited_s < patience_s, f"waited {patience_s:g} s in vain for {what or condition}"
        time.sleep(0.01)
    return time.monotonic() - began_s


class Home:
    """Folders of one imagined user; compiled kernels are shared with everybody."""

    def __init__(self, folder: Path, server: Server | None = None, **extra: str):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = os.environ | {
            "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"), "XDG_DOCUMENTS_DIR": str(folder / "documents"),
            "XDG_CACHE_HOME": str(Path(platformdirs.user_cache_dir())),
            "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(kernel_cache())),
            "COLUMNS": "200", "NO_COLOR": "1", **(server.environment if server else {}), **extra,
        }

    @property
    def running(self) -> list[Path]:
        """What the program notes about sessions that run."""
        return list((self.folder / "state" / "imm_audio" / "running").glob("*.json"))

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "imm_audio", *words]

    def run(self, *words: str, timeout: float = 60.0) -> subprocess.CompletedProcess:
        """Give a command and wait for its end."""
        return subprocess.run(self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)


#: What keyboards play here: each key its own note, no help.
INSTRUMENT = "piano"


class Program:
    """`imm-audio live`, or another command that plays, running; with its pages only when they are asked for."""

    def __init__(self, home: Home, *words: str, take: str | None = "take", command: tuple[str, ...] = ("live",),
                 desk: bool = False, instrument: str | None = INSTRUMENT):
        self.home, self.session = home, home.folder / "session"
        self._output = home.folder / "output.txt"
        self._stats = home.folder / "stats.json"
        options = ["--session", str(self.session), "--stats", str(self._stats)]
        if instrument is not None:
            options += ["--instrument", instrument]
        if take is not None:
            options += ["--take", take]
        if not desk:
            options.append("--no-desk")
        with open(self._output, "ab") as out:
            self.process = subprocess.Popen(home.command(*command, *options, *words), env=home.environment,
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        self._pids: set[int] = {self.process.pid}
        self.block = ""
        try:
            wait_until(lambda: home.running or self.process.poll() is not None, what="the session to begin")
            assert self.process.poll() is None, f"ended at once:\n{self.said}"
            self.block = home.running[0].stem
            self.engine = Engine.attach(self.block)
            self._listener = Listener(self.engine.header)
            self._notices: list[str] = []
            wait_until(lambda: self.engine.header["ready"], what="sound")
            if take is not None:
                wait_until(lambda: bytes(self.engine.header["take"]["folder"]), what="the take")
        except BaseException:
            self.kill_all()
            raise

    # --- what is seen -------------------------------------------------------------------------------------------
    @property
    def said(self) -> str:
        """What it printed."""
        return self._output.read_text("utf-8", "replace")

    @property
    def notices(self) -> str:
        """What it told the people."""
        self._notices += [text for *_, text in self._listener.news()]
        return "\n".join(self._notices)

    def pid(self, process: int) -> int:
        """Of ENGINE, SCRIBE, PARENT or LISTENER, as the block says."""
        found = int(self.engine.header["processes"][process]["pid"])
        if found:
            self._pids.add(found)
        return found

    @property
    def pids(self) -> set[int]:
        """All processes of the session that were ever seen."""
        with contextlib.suppress(AttributeError):
            for process in range(len(PROCESSES)):
                self.pid(process)
        return self._pids

    @property
    def living(self) -> list[int]:
        """Those that still run."""
        found = []
        for pid in self.pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                    found.append(pid)
        return found

    @property
    def stats(self) -> dict:
        return json.loads(self._stats.read_text("utf-8"))

    @property
    def players(self) -> list[str]:
        """Names of the places where somebody plays, '' for free ones."""
        return [bytes(name).decode() for name in self.engine.header["players"]]

    @property
    def take(self) -> Path:
        """Folder of the newest take."""
        return max((self.session / "takes").iterdir(), key=lambda path: path.stat().st_ctime_ns)

    @property
    def facts(self) -> dict:
        return json.loads((self.take / "take.json").read_text("utf-8"))

    @property
    def log(self) -> list[dict]:
        """Events of the take."""
        return [json.loads(line) for line in (self.take / "events.jsonl").read_text("utf-8").splitlines()]

    def wait_for_instruments(self, count: int) -> None:
        """Until so many keyboards have been given their instrument."""
        wait_until(lambda: self.notices.count(" plays Piano.") >= count, 5.0, f"{count} pianos")
        ring = self.engine.state["rings"][FROM_PARENT]
        wait_until(lambda: ring["head"][0] == ring["tail"][0], 1.0, "the engine to take it")

    # --- what is done -------------------------------------------------------------------------------------------
    def push(self, kind: int, player: int = 0, channel: int = 0, key: float = 0.0, value: float = 0.0) -> None:
        """An event from where the desk stands when there is one."""
        assert self.engine.push(kind, player, channel, key, value, ring=FROM_DESK)

    def end(self, number: int = signal.SIGINT, patience_s: float = 15.0) -> int:
        """Ask it to end as a person would; exit status."""
        assert self.pids
        self.process.send_signal(number)
        return self.process.wait(patience_s)

    def kill_all(self) -> None:
        """Kill -9 of every process at once."""
        pids = sorted(self.pids)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)  # so that none of them can start another
        for pid in {*pids, *self.pids}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(5.0)

    def clear(self) -> None:
        """End what still runs and take the memory away."""
        if self.process.poll() is None:
            self.kill_all()
        for pid in self.living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(AttributeError):
            self.engine.close(remove=True)
