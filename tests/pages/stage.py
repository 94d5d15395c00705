"""A room with the real program, and its pages in the system's Chromium."""
import contextlib
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, expect, sync_playwright

import imm_audio
from imm_audio.block import text_of
from imm_audio.desk.texts import texts
from tests.rig.program import Home, Program, wait_until

#: A page on a machine that is busy with other tests; a quiet one takes a tenth of it.
PATIENCE_MS = 20_000.0
DESK_SIZE, PHONE_SIZE, WALL_SIZE = (1280, 800), (360, 740), (1920, 1080)

_ASK = """
async (command) => {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/desk`);
  const found = { live: {} };
  try {
    return await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer; heard ${Object.keys(found)}, live ${Object.keys(found.live)}`)), 10000);
      socket.onclose = () => reject(new Error("the desk closed the connection"));
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.t === "live") Object.assign(found.live, message);
        if (message.t === "room") found.room = message.room;
        if (message.t === "hello" && command) socket.send(JSON.stringify({ t: "do", n: 1, command }));
        if (command ? message.t === "answer" : found.room && found.live.beat) resolve(command ? message : found);
      };
    });
  } finally {
    // gone for good before the next question: there are never more than a few desks
    if (socket.readyState !== WebSocket.CLOSED) {
      await new Promise((closed) => { socket.onclose = closed; socket.close(); });
    }
  }
}
"""
#: Everything back to how it was at first, by one connection: whoever connects again and again has to wait.
_CLEAR = """
async (settings) => {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/desk`);
  const found = { live: {} };
  const waiting = new Map();
  let ready;
  const told = new Promise((resolve) => { ready = resolve; });
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.t === "live") Object.assign(found.live, message);
    if (message.t === "room") found.room = message.room;
    if (found.room && found.live.beat) ready();
    if (message.t === "answer") waiting.get(message.n)(message);
  };
  const ask = (command) => new Promise((resolve, reject) => {
    waiting.set(waiting.size, (answer) => (answer.ok ? resolve() : reject(new Error(`${command.do}: ${answer.say}`))));
    socket.send(JSON.stringify({ t: "do", n: waiting.size - 1, command }));
  });
  socket.onclose = () => ready();
  await told;
  if (!found.room) return false;
  await ask({ do: "lock", on: false });
  await ask({ do: "quiet" });
  if (found.live.take.recording) await ask({ do: "record", on: false });
  if (found.room.song) await ask({ do: "choose_song", song: null });
  for (const step of found.room.plan) await ask({ do: "remove_step", step: step.id });
  for (const person of found.room.people) {
    // others would only get another sign
    if (person.nickname || person.seat === null) await ask({ do: "remove_person", person: person.id });
  }
  await ask({ do: "set", ...settings });
  while (found.room.song) await new Promise((soon) => setTimeout(soon, 20));
  await new Promise((closed) => { socket.onclose = closed; socket.close(); });
  return true;
}
"""
#: What `_ASK` does, by the connection of a desk's page; null when it has none just now.
_ASK_PAGE = """
async (command) => {
  const { desk } = await import("/static/desk/desk.js");
  if (desk.connection?.state !== "here" || !desk.room || !desk.live.beat) return null;
  return command ? desk.connection.do(command) : { room: desk.connection.room, live: desk.connection.live };
}
"""


def find_chromium() -> str | None:
    """The system's browser."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def free_port() -> int:
    """A port nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Watch:
    """What a page does wrong without showing it: errors in the console, requests that fail or leave the computer."""

    def __init__(self, page: Page, host: str):
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.silent = False    # true while a test takes the network away
        self._host = host
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on("request", self._see)
        page.on("requestfailed", self._failed)
        page.on("response", lambda answer: answer.status >= 400 and self._note(f"{answer.status}: {answer.url}"))

    def _note(self, trouble: str) -> None:
        if not self.silent:
            self.troubles.append(trouble)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"{message.type}: {message.text}")

    def _see(self, request: Request) -> None:
        self.requests.append(request.url)
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self._host:
            self._note(f"outside: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left while it still loads
            self._note(f"failed: {request.url}: {request.failure}")


class Stage:
    """Browser and programs of these tests; closed after the last of them.

    `room()` gives the program all tests share, `new_room()` one of its own.
    """

    def __init__(self, folder: Path):
        self._folder, self._shared = folder, None
        self.rooms: list[Room] = []
        self._playwright = sync_playwright().start()
        self._browser: Browser | None = None

    @property
    def browser(self) -> Browser:
        """Started with the first page."""
        if self._browser is None:
            self._browser = self._playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        return self._browser

    def new_room(self, *words: str, port: int | None = None) -> "Room":
        """A program that nobody played with yet."""
        return Room(self, Home(self._folder / f"home{len(self.rooms)}"), port or free_port(), *words)

    def room(self) -> "Room":
        """The shared one."""
        if self._shared is None:
            self._shared = self.new_room()
        return self._shared

    def close(self) -> None:
        """End all of it."""
        for room in self.rooms:
            room.close()
        if self._browser:
            self._browser.close()
        self._playwright.stop()


class Room:
    """One program, its facilitator, and whoever joins."""

    def __init__(self, stage: Stage, home: Home, port: int, *words: str):
        self._stage, self._contexts, self._desks = stage, [], []
        self.watches: list[Watch] = []
        self.port = port
        self.program = Program(home, "--audio-device", "null", "--port", str(self.port), *words, take=None, desk=True,
                               instrument=None)
        stage.rooms.append(self)                               # it is closed whatever comes
        wait_until(lambda: self.address, what="the desk")
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))
        context = self.context()
        context.request.get(self.address)                      # the cookie, without a desk that opens and closes
        self.cookies = context.cookies()
        self._facilitator = context.new_page()
        self._facilitator.goto(f"{self.origin}/static/icon.svg")  # a place to ask from that does nothing itself

    @property
    def address(self) -> str:
        """The facilitator's address of this moment; its code is good for once."""
        return text_of(self.program.engine.header["desk"]["address"])

    # --- pages ----------------------------------------------------------------------------------------------------
    def context(self, size: tuple[int, int] = DESK_SIZE, **options: Any) -> BrowserContext:
        """A browser of its own, as on another device."""
        options.setdefault("viewport", {"width": size[0], "height": size[1]})
        options.setdefault("locale", "en-GB")
        context = self._stage.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        return context

    def page(self, context: BrowserContext) -> Page:
        """A page that is watched."""
        page = context.new_page()
        self.watches.append(Watch(page, urlsplit(self.origin).netloc))
        return page

    def desk(self, size: tuple[int, int] = DESK_SIZE, path: str = "/desk", **options: Any) -> Page:
        """The facilitator's page, on a device that has been let in."""
        context = self.context(size, **options)
        context.add_cookies(self.cookies)
        self._desks.append(self.page(context))
        return self._open(self._desks[-1], path)

    def wall(self, size: tuple[int, int] = WALL_SIZE, path: str = "/wall", **options: Any) -> Page:
        """The projector's page."""
        invitation = self.ask_http("POST", "/api/invite", {"role": "wall"})
        page = self.page(self.context(size, **options))
        page.goto(invitation["url"])
        return self._open(page, path)

    def player(self, size: tuple[int, int] = PHONE_SIZE, path: str = "/play", **options: Any) -> Page:
        """A player's page that came in by the code on the wall."""
        options = {"has_touch": True, **options}
        page = self.page(self.context(size, **options))
        page.goto(f"{self.origin}/join")
        answer = page.evaluate("""async (code) => (await fetch("/api/join", { method: "POST",
            headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) })).status""", self.code)
        assert answer == 200, f"joining: {answer}"
        return self._open(page, path)

    def _open(self, page: Page, path: str) -> Page:
        page.goto(f"{self.origin}{path}")
        return page

    # --- the truth ------------------------------------------------------------------------------------------------
    def _ask(self, command: dict[str, Any] | None) -> dict[str, Any]:
        """Ask a desk that is open, so that no other one is seen; else one that is there for the question only."""
        for page in self._desks:
            if not page.is_closed() and page.url.startswith(f"{self.origin}/desk"):
                found = page.evaluate(_ASK_PAGE, command)
                if found:
                    return found
        found = {}

        def is_answered() -> bool:
            with contextlib.suppress(Error):                   # a desk that was just closed may still be counted as one
                found.update(self._facilitator.evaluate(_ASK, command))
            return bool(found)

        wait_until(is_answered, PATIENCE_MS / 1000, f"an answer to {command}")
        return found

    def do(self, **command: Any) -> dict[str, Any]:
        """Ask the room for something as the facilitator; what it answered."""
        answer = self._ask(command)
        assert answer["ok"], f"{command}: {answer['say']}"
        return answer

    @property
    def state(self) -> dict[str, Any]:
        """The room's document."""
        return self._ask(None)["room"]

    @property
    def live(self) -> dict[str, Any]:
        """All live values."""
        return self._ask(None)["live"]

    @property
    def code(self) -> str:
        """What players type."""
        return self.live["network"]["code"]

    def ask_http(self, method: str, path: str, body: Any = None) -> Any:
        """Answer of the desk to the facilitator."""
        found = self._facilitator.evaluate("""async ([method, path, body]) => {
            const answer = await fetch(path, { method, body: body && JSON.stringify(body),
                                               headers: body ? { "content-type": "application/json" } : {} });
            return { status: answer.status, body: await answer.json() };
        }""", [method, path, body])
        assert found["status"] < 300, f"{method} {path}: {found}"
        return found["body"]

    def wait_for(self, condition: Callable[[dict[str, Any]], Any], what: str = "") -> Any:
        """Until the room's document fulfils `condition`; what that gave."""
        found: list[Any] = []

        def holds() -> bool:
            found[:] = [condition(self.state)]
            return bool(found[0])

        wait_until(holds, PATIENCE_MS / 1000, what)
        return found[0]

    def who(self, page: Page) -> dict[str, Any]:
        """The person of a player's page."""
        sign = page.locator("#sign")
        expect(sign).not_to_be_empty()
        return self.wait_for(lambda state: next(
            (one for one in state["people"] if one["sign"] == sign.inner_text()), None), "a person")

    @staticmethod
    def sign_name(sign: str, language: str = "en") -> str:
        """What a sign is called."""
        listed = (Path(imm_audio.__file__).parent / "desk/static/lib/signs.js").read_text("utf-8")
        found = dict(re.findall(r'\["([^"]+)", "(\w+)"\]', listed))
        return texts(language)[f"common.sign.{found[sign]}"]

    @staticmethod
    def text(key: str, language: str = "en", /, **values: object) -> str:
        """A text of the pages with its placeholders filled in."""
        return texts(language)[key].format(**values)

    def clear_away(self) -> None:
        """Nothing is played, and everything is as it was at first; places of pages that were here have people without names."""
        settings = {"language": "en", "newcomers": True, "show_names": False, "show_chords": False, "first_run_done": True,
                    "space": "lounge"}
        wait_until(lambda: self._facilitator.evaluate(_CLEAR, settings), PATIENCE_MS / 1000, "an empty room")

    # --- the end --------------------------------------------------------------------------------------------------
    def leave(self) -> None:
        """All pages but the facilitator's quiet one are closed; forget what was watched."""
        for context in self._contexts[1:]:
            context.close()
        del self._contexts[1:]
        self.watches = []

    @property
    def troubles(self) -> list[str]:
        """What went wrong unseen, on any page."""
        return [trouble for watch in self.watches for trouble in watch.troubles]

    def close(self) -> None:
        """End the program."""
        with contextlib.suppress(Exception):
            self.leave()
            self._contexts[0].close()
        self.program.clear()
