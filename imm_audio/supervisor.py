"""The parent's work: starts engine, scribe and, with microphones, listener, again what dies; ends all cleanly; counts."""
import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from . import runs
from .alive import is_running
from .block import BACKING, DESK, ENGINE, LISTENER, PARENT, SCRIBE, WARNING, bytes_of, tell, text_of
from .desk.reception import DeskLine
from .settings import CANNOT_START, Session

if TYPE_CHECKING:
    from .engine import Engine  # loads the kernels, which takes a while: the engine process begins before

#: Compiling from an empty cache takes less; whoever waits sees the progress before.
START_S = 60.0
STOP_S = 10.0
#: A process that dies at once again and again is not started more often than this.
RESTART_S = 1.0
NAMES = {ENGINE: "sound engine", SCRIBE: "recorder", LISTENER: "part that listens to the microphones",
         BACKING: "part that plays the recording", DESK: "part that makes the pages"}


class CannotStart(RuntimeError):
    """The session could not begin; the message is for people."""


def new_block_name() -> str:
    """Short, because macOS allows 31 letters."""
    return f"imm_{secrets.token_hex(6)}"


class _Child:
    """A process of the session, our own child or one that another parent started.

    talks: its standard input and output are for whoever asks for them, else nobody says anything to it.
    """

    def __init__(self, arguments: list[str], talks: bool = False):
        self._arguments, self._talks = arguments, talks
        self.process: subprocess.Popen[str] | None = None
        self.pid = 0
        self.started_s = 0.0

    def start(self) -> None:
        log_folder = platformdirs.user_log_path("imm_audio", appauthor=False)
        log_folder.mkdir(parents=True, exist_ok=True)
        log_path = log_folder / (self._arguments[0].rpartition(".")[2] + ".log")
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        with open(log_path, "ab") as log_file:
            self.process = subprocess.Popen([sys.executable, "-m", *self._arguments], text=True,
                                            stdin=subprocess.PIPE if self._talks else subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log_file,
                                            encoding="utf-8" if self._talks else None, **options)
        self.pid, self.started_s = self.process.pid, time.monotonic()

    def adopt(self, pid: int) -> None:
        self.process, self.pid = None, pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None if self.process else is_running(self.pid)

    def last_words(self) -> str:
        """What it printed before it ended."""
        text = self.process.stdout.read() if self.process and self.process.stdout else ""
        return text.strip().rpartition("\n")[2]

    def wait(self, end_s: float) -> None:
        """Wait until it has ended, until time.monotonic() is `end_s`; then end it by force."""
        while self.running:
            if time.monotonic() > end_s:
                with contextlib.suppress(OSError):
                    os.kill(self.pid, 9)
                return
            time.sleep(0.02)


class Supervisor:
    """One session."""

    def __init__(self, session: Session, block_name: str):
        self.session, self.block_name = session, block_name
        self._children = {
            ENGINE: _Child(["imm_audio.engine_process", block_name, session.to_json()]),
            SCRIBE: _Child(["imm_audio.scribe", block_name]),
        }
        if session.backing:
            self._children[BACKING] = _Child(["imm_audio.backing", block_name, session.backing])
        if session.desk:
            self._children[DESK] = _Child(["imm_audio.desk", block_name], talks=True)
        self.desk = DeskLine()
        self._engine: Engine | None = None  # there after start() or attach()

    @property
    def engine(self) -> "Engine":
        """The session's block."""
        assert self._engine is not None, "start() or attach() first"
        return self._engine

    def start(self) -> None:
        """Start engine and scribe and wait until sound runs.  CannotStart says why not."""
        engine_child, end_s = self._children[ENGINE], time.monotonic() + START_S
        engine_child.start()
        from .engine import Engine

        while self._engine is None or not self._engine.header["ready"]:
            if not engine_child.running:
                code = engine_child.process.returncode if engine_child.process else None
                words = engine_child.last_words() if code == CANNOT_START else ""
                raise CannotStart(words or "The sound engine ended while it was starting. Run: imm-audio doctor")
            if time.monotonic() > end_s:
                self.kill()
                raise CannotStart("The sound device does not answer. Pull it out, plug it in again and start anew.")
            time.sleep(0.01)
            if self._engine is None:
                with contextlib.suppress(FileNotFoundError, ValueError):
                    self._join(Engine.attach(self.block_name))
        self._listens()
        for number, child in self._children.items():
            if number != ENGINE:
                self._start(number, child)  # after the sound: the block keeps the first 10 s for the scribe
        self._enter()

    def _start(self, number: int, child: _Child) -> None:
        child.start()
        if number == DESK and child.process:
            self.desk.join(child.process)

    def _listens(self) -> None:
        """With microphones there is a listener."""
        if self.engine.state["input_channels"]:
            self._children[LISTENER] = _Child(["imm_audio.listening", self.block_name])

    def _join(self, engine: "Engine") -> None:
        self._engine = engine
        header = engine.header
        header["session"] = bytes_of(self.session.folder, 1024)
        header["settings"] = bytes_of(self.session.to_json(), 4096)
        header["processes"][PARENT]["pid"] = os.getpid()
        from .room.recorder import ask_to_record, set_microphones

        if self.session.record_microphones and self.session.everyone_agrees:
            said_at = datetime.now().astimezone().isoformat(timespec="seconds")
            set_microphones(engine, True, {"people": 0, "parents": True, "said_at": said_at})  # nobody counted them
        if self.session.take is not None:
            ask_to_record(engine, self.session.take)

    def _enter(self) -> None:
        with contextlib.suppress(OSError):
            runs.enter(self.block_name, [os.getpid(), *(c.pid for c in self._children.values())], self.session.folder)

    @classmethod
    def attach(cls, block_name: str) -> "Supervisor":
        """Take over a session whose parent died."""
        from .engine import Engine

        engine = Engine.attach(block_name)
        supervisor = cls(Session.from_json(text_of(engine.header["settings"])), block_name)
        supervisor._engine = engine
        supervisor._listens()
        for number, child in supervisor._children.items():
            child.adopt(int(engine.header["processes"][number]["pid"]))
        engine.header["processes"][PARENT]["pid"] = os.getpid()
        supervisor._enter()
        return supervisor

    def watch(self) -> None:
        """Start again whatever died; call it several times a second."""
        header = self.engine.header
        header["processes"][PARENT]["alive_s"] = time.monotonic()
        for number, child in list(self._children.items()):
            if number == BACKING and not child.running and child.process and child.process.returncode == CANNOT_START:
                tell(header, PARENT, f"The recording can't be the band: {child.last_words()}", WARNING)
                del self._children[number]
            elif number == DESK and not child.running and child.process and child.process.returncode == CANNOT_START:
                del self._children[number]  # it said itself what is wrong
            elif not child.running and time.monotonic() - child.started_s > RESTART_S:
                music = "The music stopped for a moment." if number == ENGINE else "The music goes on."
                tell(header, PARENT, f"The {NAMES[number]} had to be started again. {music}", WARNING)
                self._start(number, child)
                self._enter()

    @property
    def seconds(self) -> float:
        """Since sound began."""
        return time.monotonic() - float(self.engine.header["started_s"])

    def stop(self) -> dict[str, Any]:
        """End everything: the take is closed first; returns what was counted."""
        self.engine.header["stop"] = 1
        end_s = time.monotonic() + STOP_S
        for child in self._children.values():
            child.wait(end_s)
        from .counts import statistics

        counted = statistics(self.engine)
        if self.session.stats:
            Path(self.session.stats).write_text(json.dumps(counted, indent=1) + "\n", encoding="utf-8")
        self.engine.header["processes"][PARENT]["pid"] = 0
        runs.leave(self.block_name)
        return counted

    def kill(self) -> None:
        """End everything now."""
        for child in self._children.values():
            child.wait(0.0)
        runs.leave(self.block_name)
