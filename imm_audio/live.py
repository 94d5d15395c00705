"""A live session as its parent sees it: prepares, starts, shows, and ends it whatever happens."""
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from . import runs
from .block import bytes_of, text_of
from .desk.address import Opening, is_free
from .doctor import examine_folder
from .inputs.computer_keys import ComputerKeys
from .kernels.engine.events import LET_GO, NOTE_ON, TOUCH
from .room.takes.repair import recover
from .settings import Session
from .supervisor import CannotStart, Supervisor, new_block_name
from .terminal import View, words_for_time

if TYPE_CHECKING:
    from .engine import Engine

    Performance = Callable[[Engine, Callable[[], bool]], None]

WATCH_S, SCREEN_S, KEYS_S = 0.2, 0.1, 0.01
#: Place of the computer's own keys: MIDI keyboards are given the first ones.
KEYS_PLAYER = 11
KEYS_HINT = "No MIDI keyboard yet: play on the letters A S D F G H J K. "
KEYS_NAME, KEYS_STEM = "This computer's keys", "computer-keys"
#: MIDI keyboards get this long to appear before the computer's own keys are offered.
KEYBOARD_WAIT_S = 1.0


class _Ending:
    """Ctrl-C, a closed window or a request to end: noted here, obeyed by the loop."""

    def __init__(self) -> None:
        self.wanted = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.wanted = True


def _prepare_folder(session: Session, console: Console) -> bool:
    """Make the session's folder and repair what a crash left there; False when nothing can be written."""
    folder = Path(session.folder)
    for finding in examine_folder(folder):
        if finding.level == "problem":
            console.print(f"{finding.what} {finding.do}", style="bold red", markup=False, highlight=False, soft_wrap=True)
            return False
    for sentence in recover(folder):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    return True


def play(session: Session, console: Console, performance: "Performance | None" = None) -> int:
    """Run a session until it is ended; exit status.  `performance` plays along from a thread and ends it when done."""
    ending = _Ending()
    if not _prepare_folder(session, console) and session.take is not None:
        return 1
    if session.desk and session.port is not None and not is_free(session.port):
        console.print(f"Another program uses port {session.port}. Choose another with --port, or leave it out.",
                      style="bold red", markup=False, highlight=False)
        return 1
    for _ in runs.running():
        pass  # clears what ended sessions left behind
    supervisor = Supervisor(session, new_block_name())
    try:
        supervisor.start()
    except CannotStart as error:
        console.print(str(error), style="bold red", markup=False, highlight=False)
        return 1
    engine = supervisor.engine
    staff = _Staff(supervisor)
    if performance is not None:
        def perform() -> None:
            performance(engine, lambda: ending.wanted)
            ending.wanted = True
        threading.Thread(target=perform, daemon=True).start()
    view = View(engine)
    if not view.is_picture(console):
        console.print(f"Playing on {text_of(engine.header['device'])}.", highlight=False, soft_wrap=True)
    _loop(supervisor, staff, console, view, ending, performance is None)
    counted = supervisor.stop()
    _say_goodbye(console, view, Path(session.folder), counted["seconds"])
    return 0


def attend(block_name: str) -> int:
    """Look after a session whose own parent was ended by force; there is no terminal any more."""
    ending = _Ending()
    try:
        supervisor = Supervisor.attach(block_name)
    except (FileNotFoundError, ValueError):
        return 1
    _loop(supervisor, _Staff(supervisor, adopt=True), Console(quiet=True), View(supervisor.engine), ending, False)
    supervisor.stop()
    return 0


class _Staff:
    """Who looks after the music: places, leader, and the room that the pages see.

    adopt: the engine was told everything by a parent that is gone.
    """

    def __init__(self, supervisor: Supervisor, adopt: bool = False):
        from .desk.reception import Reception
        from .room.diary import Diary
        from .room.leader import Leader
        from .room.places import Places
        from .room.room import Room

        engine, session = supervisor.engine, supervisor.session
        self.places = Places(engine, session, adopt=adopt)
        self.leader = Leader(engine, self.places, session, adopt=adopt, keys_player=KEYS_PLAYER)
        self.room = Room(engine, self.places, self.leader, session)
        self.diary = Diary(engine, Path(session.folder), str(self.room.document()["id"]))
        self._reception = Reception(self.room, supervisor.desk)

    def look(self) -> None:
        """See what changed; several times a second."""
        self.places.look()
        self.leader.look()
        self.room.look()
        self.diary.look()

    def serve(self, now_s: float) -> None:
        """Do what pages ask for; as often as the loop goes round."""
        self._reception.round(now_s)


def _loop(supervisor: Supervisor, staff: _Staff, console: Console, view: View, ending: _Ending, keys_wanted: bool) -> None:
    """Watch, show, and let the computer's keys play, until it is time to end."""
    seconds, show, leader = supervisor.session.seconds, view.is_picture(console), staff.leader
    opening = Opening(supervisor.engine.header, show)
    next_watch_s = next_screen_s = 0.0

    def over() -> bool:
        stop = bool(supervisor.engine.header["stop"])
        return ending.wanted or stop or (seconds is not None and supervisor.seconds >= seconds)

    with ComputerKeys() as keys, _Screen(console, view, show) as screen:
        while not over():
            now_s = time.monotonic()
            if now_s >= next_watch_s:
                next_watch_s = now_s + WATCH_S
                supervisor.watch()
                staff.look()
                opening.look()
            staff.serve(now_s)
            keys_play = keys_wanted and show and _offer_keys(supervisor)
            for kind, key, velocity in keys.poll():
                if keys_play:
                    supervisor.engine.push(TOUCH if kind == NOTE_ON else LET_GO, KEYS_PLAYER, 0, key, velocity)
            leader.press(keys.take_others())
            if now_s >= next_screen_s:
                next_screen_s = now_s + SCREEN_S
                screen.update(leader.in_words, (KEYS_HINT if keys_play else "") + leader.hint, opening.sentence)
            time.sleep(KEYS_S)
    staff.room.close()


class _Screen:
    """The live picture in a terminal; where there is none, only the news, line by line."""

    def __init__(self, console: Console, view: View, picture: bool):
        self._console, self._view = console, view
        self._live = Live(console=console, auto_refresh=False, transient=True) if picture else None
        self._said = ""

    def __enter__(self) -> "_Screen":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def update(self, song: str, hint: str, desk: str) -> None:
        """Show how things are now; `desk` says where the pages are."""
        if self._live:
            self._live.update(self._view.screen(song, f"{hint}Ctrl-C: end the session.", desk), refresh=True)
        else:
            if desk and not self._said:
                self._said = desk
                self._console.print(desk, highlight=False, markup=False, soft_wrap=True)
            for line in self._view.news():
                self._console.print(line, soft_wrap=True)


def _offer_keys(supervisor: Supervisor) -> bool:
    """True while nobody else plays: the computer's own keys then have a place."""
    header = supervisor.engine.header
    others = any(bytes(name) for p, name in enumerate(header["players"]) if p != KEYS_PLAYER)
    offered = not others and supervisor.seconds > KEYBOARD_WAIT_S
    header["controllers"][KEYS_PLAYER] = bytes_of(KEYS_STEM, 64) if offered else b""
    header["plugged"][KEYS_PLAYER] = offered
    header["players"][KEYS_PLAYER] = bytes_of(KEYS_NAME, 64) if offered else b""
    return offered


def _say_goodbye(console: Console, view: View, folder: Path, seconds: float) -> None:
    for line in view.news():
        console.print(line, soft_wrap=True)
    where = f" Takes are in {folder / 'takes'}." if (folder / "takes").is_dir() else ""
    console.print(f"Played for {words_for_time(seconds)}.{where}", highlight=False, soft_wrap=True)
