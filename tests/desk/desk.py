"""The desk's server as it runs, in a thread, with a room behind it that does what tests want, and an engine without sound."""
import asyncio
import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from imm_audio.block import bytes_of
from imm_audio.desk.address import LOOPBACK, listen
from imm_audio.desk.app import make_app
from imm_audio.desk.door import Door
from imm_audio.desk.hub import Hub
from imm_audio.desk.line import Message
from imm_audio.desk.network import Network
from imm_audio.desk.parts import Parts
from imm_audio.desk.reception import Reception
from imm_audio.desk.servers import Server
from imm_audio.desk.who import Role, Who, new_page
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import NAMES
from imm_audio.kernels.engine.state import FROM_DESK
from imm_audio.room.commands import Answer
from imm_audio.room.model import Present, RoomFile

KEY = "0123456789abcdef"
PATIENCE_S = 10.0
_parts = cache(Parts)


@cache
def _client() -> httpx.Client:
    """What asks, without anything of its own: making one takes longer than most tests."""
    return httpx.Client(timeout=PATIENCE_S, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))



def wait_until(condition: Callable[[], object], what: str = "") -> None:
    """Until it is true; AssertionError when that takes too long."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, f"waited in vain for {what or condition}"
        time.sleep(0.002)


class OneRoom:
    """A room whose pages get places 15, 14, ...; what was asked is kept."""

    def __init__(self) -> None:
        self.file = RoomFile(id="0123456789abcdef", started="2026-01-01T10:00:00+00:00", people=[
            Present(id="00000001", sign="🐳", nickname="Rosa", seat=15),
            Present(id="00000002", sign="🦊", nickname="Leo", seat=14)])
        self.version, self.asked = 1, list[tuple[str, Any]]()
        self.pages: dict[str, int] = {}
        self.here: set[str] = set()
        self.song: dict[str, Any] | None = None
        self.answer = Answer()

    def do(self, command: Any, who: str) -> Answer:
        self.asked.append((who, command))
        if command.do == "join":
            self.here.add(command.page)
            self.version += 1
            return Answer(more={"seat": self.pages.setdefault(command.page, max(15 - len(self.pages), 10))})
        if command.do == "leave":
            self.here.discard(command.page)
        elif command.do == "set":
            for name, value in command.model_dump(exclude={"do"}).items():
                if value is not None:
                    setattr(self.file, name, value)
            self.version += 1
        return self.answer

    def document(self) -> dict[str, Any]:
        seats = [{"seat": seat, "name": f"Screen {seat}", "stem": "touch-page", "plugged": True, "page": True,
                  "instrument": "magic-harp", "macros": {}} for seat in sorted(set(self.pages.values()))]
        return self.file.model_dump(mode="json", by_alias=True) | {
            "seats": seats, "microphones": [], "song": self.song, "takes": [], "warnings": [], "calls": [], "undo": "",
            "keepable_s": 0.0, "ended": False, "folder": "/nowhere"}


class ShortLine:
    """The line to the parent, without a process at its other end."""

    def __init__(self, hear: Callable[[Message], None]) -> None:
        self._hear, self._asked = hear, queue.SimpleQueue[Message]()
        self.begun = 1

    # what the desk uses
    def say(self, message: Message, replaces: str = "") -> None:
        self._asked.put(json.loads(json.dumps(message)))

    # what the parent uses
    def asked(self) -> list[Message]:
        found = []
        while not self._asked.empty():
            found.append(self._asked.get())
        return found

    @property
    def parent(self) -> "ShortLine":
        other = ShortLine(self._hear)
        other.asked, other.say = self.asked, lambda message, replaces="": self._hear(json.loads(json.dumps(message)))
        return other


@dataclass
class Browser:
    """One browser on one device: keeps cookies, names its origin."""

    desk: "Desk"
    host: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def _host(self) -> str:
        return self.host or self.desk.host

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """A request as a page of the desk makes it."""
        cookie = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        client = _client()
        found = client.request(method, f"http://{self._host}{path}", headers={
            "Origin": f"http://{self._host}", **({"Cookie": cookie} if cookie else {}), **(headers or {})}, **options)
        client.cookies.clear()
        self.cookies |= dict(found.cookies)
        return found

    def connect(self, what: str, to: str = "", **changes: Any) -> "Socket":
        """A WebSocket as a page of the desk opens it; `to`: another name of this computer."""
        cookie = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        options = {"origin": f"http://{self._host}", "additional_headers": {"Cookie": cookie}, "max_queue": None,
                   "legacy": True} | changes
        if to:
            options["sock"] = socket.create_connection(self._host.rsplit(":", 1), PATIENCE_S)
        return Socket(connect(f"ws://{to or self._host}/ws/{what}", open_timeout=PATIENCE_S, **options))


class Socket:
    """A WebSocket with what it heard."""

    def __init__(self, connection: ClientConnection):
        self.connection = connection
        self.hello: Message = {}
        self.first: Message = {}           # room or "you" that it was greeted with
        self.live: dict[str, Any] = {}
        self.heard: list[Message] = []

    def say(self, message: Message | str) -> None:
        """Send; a page that was closed meanwhile says nothing."""
        with contextlib.suppress(ConnectionClosed):
            self.connection.send(message if isinstance(message, str) else json.dumps(message))

    def hear(self, what: str, fits: Callable[[Message], object] = lambda message: True) -> Message:
        """The next message of a kind (and that fits); AssertionError when none comes."""
        end_s = time.monotonic() + PATIENCE_S
        while True:
            message = json.loads(self.connection.recv(timeout=max(end_s - time.monotonic(), 0.0)))
            self.heard.append(message)
            if message["t"] == "live":
                self.live |= message
            if message["t"] == what and fits(message):
                return message

    def is_closed(self) -> bool:
        """True as soon as the server closed it; what comes before is kept."""
        try:
            while True:
                self.heard.append(json.loads(self.connection.recv(timeout=PATIENCE_S)))
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.connection.close()


class Desk:
    """Everything together."""

    def __init__(self, addresses: list[str] | None = None, key: str = KEY, engine: Engine | None = None):
        self.engine = engine or Engine.create(Settings(8000.0))
        self.room, self.now_s, self.addresses = OneRoom(), 0.0, addresses or []
        self._sockets: list[Socket] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(key,), daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def _run(self, key: str) -> None:
        self._loop.run_until_complete(self._serve(key))

    def now(self) -> float:
        """Server time; tests let it jump by `now_s`."""
        return time.monotonic() + self.now_s

    async def _serve(self, key: str) -> None:
        self._ended = asyncio.Event()
        self.hub = Hub(self.engine, self.now, _parts())
        self.door = Door(key, self.now, lambda: bool(self.hub.room and self.hub.room["newcomers"]))
        sock = listen(LOOPBACK, 0)
        self.port = int(sock.getsockname()[1])
        self.host = f"{LOOPBACK}:{self.port}"
        self.network = Network(self.engine.header["desk"], self.port, self.door.join_codes, lambda: self.addresses)
        self.network.app = self.app = make_app(self.hub, self.door, self.network)
        self.hub.network_view = self.network.view
        self.hub.join_view = lambda: self.network.join_view(bool(self.hub.room and self.hub.room["newcomers"]))
        line = ShortLine(self.hub.heard)
        self.hub.line = line
        self.reception = Reception(self.room, line.parent)
        server = Server(self.app, sock).start()
        work = [asyncio.create_task(self.hub.run()), asyncio.create_task(self._answer())]
        self._ready.set()
        await self._ended.wait()
        await self.network.end()
        await server.end()
        for task in work:
            task.cancel()

    async def _answer(self) -> None:
        while True:
            self.reception.round(time.monotonic())
            await asyncio.sleep(0.002)

    def end(self) -> None:
        for page in self._sockets:
            with contextlib.suppress(OSError):
                page.connection.socket.close()
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE_S)

    # --- who comes --------------------------------------------------------------------------------------------------
    def browser(self, role: Role | None = None, page: str = "", host: str = "") -> Browser:
        """One that has the cookie of a role already."""
        found = Browser(self, host)
        if role:
            cookies = self.door._cookies
            found.cookies[cookies.name(role, self.port)] = cookies.make(Who(role, page or new_page()))
        return found

    def open(self, what: str, browser: Browser | None = None) -> Socket:
        """A page that has been greeted: desk, play or wall."""
        roles: dict[str, Role] = {"desk": "facilitator", "play": "player", "wall": "wall"}
        page = (browser or self.browser(roles[what])).connect(what)
        self._sockets.append(page)
        page.hello = page.hear("hello")
        page.first = page.hear("you" if what == "play" else "room")
        page.hear("live")
        return page

    # --- what the engine gets ---------------------------------------------------------------------------------------
    @property
    def pushed(self) -> int:
        """Events that the desk ever gave to the engine."""
        return int(self.engine.state["rings"][FROM_DESK]["head"][0])

    def played(self, count: int = 0) -> list[tuple[str, int, float, float, int]]:
        """What the engine was given, when it is so many: (kind, player, key, value, frame asked for)."""
        wait_until(lambda: self.pushed >= count, f"{count} events, there are {self.pushed}")
        ring = self.engine.state["rings"][FROM_DESK]
        slots = [ring["slots"][n & (len(ring["slots"]) - 1)] for n in range(self.pushed)]
        return [(NAMES[int(s["kind"])], int(s["player"]), float(s["key"]), float(s["value"]), int(s["frame"])) for s in slots]

    def sit(self, seat: int, name: str) -> None:
        """Somebody is shown at a place."""
        self.engine.header["players"][seat] = bytes_of(name, 64)


@contextlib.contextmanager
def desk(**options: Any) -> Iterator[Desk]:
    """A desk that is gone afterwards."""
    found = Desk(**options)
    try:
        yield found
    finally:
        found.end()


def silent(engine: Engine) -> bool:
    """Whether nothing was given to the engine."""
    return not np.any(engine.state["rings"]["head"][:, 0])
