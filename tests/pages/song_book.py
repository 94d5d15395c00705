"""The wall in a browser with a room that a test makes up: no program, no sound, every state at once."""
import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, WebSocketRoute

from imm_audio.desk.song_view import song_view
from imm_audio.desk.texts import texts
from imm_audio.songs.shelf import find_song, read_song
from imm_audio.songs.song import Song

ORIGIN = "http://room.test"
STATIC = Path(__file__).parents[2] / "imm_audio" / "desk" / "static"
#: As the desk sends it: what a page does beyond it is an error in the console.
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
          "connect-src 'self' ws://room.test; base-uri 'none'; form-action 'self'")
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}
#: A page with nothing on it, for pictures.
BLANK = ('<!doctype html><html lang="en"><title>Pictures</title><meta name="viewport" content="width=device-width">'
         '<link rel="stylesheet" href="/static/base.css"><main><h1>Pictures</h1></main>')
STOPPED, COUNTING, PLAYING, HOLDING, ENDING = range(5)
#: The room's clock is so far ahead of the page's [s].
NOW_S = 1000.0
PEOPLE = [{"sign": sign, "nickname": name, "seat": seat, "microphone": microphone, "spotlight": False}
          for sign, name, seat, microphone in (("🦊", "Rosa", 0, None), ("🌻", "Henk", 1, None), ("⛵", "Ayla", 2, 0),
                                               ("🦉", "Grandpa Jo", None, 1))]
JOIN = {"open": True, "url": "http://192.168.1.23:8310/join?code=4821", "code": "4821"}
TAKE = {"recording": False, "name": "", "seconds": 0, "microphones": False, "minutes_left": 0}


def shipped(name: str) -> Song:
    """A song that comes with the program."""
    return read_song(find_song(name))


def playing(song: Song | None, place: float, mode: int = PLAYING, **changes: Any) -> dict[str, Any]:
    """`live.beat` of a song that stands still at a place, so that there is time to look at it."""
    return {"at_s": NOW_S + 1e4, "beats": 100.0 + place, "beats_per_s": 0.0, "mode": mode, "place": place, "place_per_s": 0.0,
            "leap_place": None, "leap_to": 0.0, "origin": 0.0, "armed": 0, "section": 0,
            "pulse_beats": song.pulse_beats if song else 1.0, "meter_beats": song.meter_beats if song else 4.0} | changes


class SongBook:
    """Answers what a page of the wall asks for, and tells it what a test wants it to show."""

    def __init__(self, browser: Browser, size: tuple[int, int] = (1920, 1080), **options: Any):
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(8000.0)
        self.troubles: list[str] = []
        self.weight = 0
        self.song: Song | None = None
        self.answers: dict[str, Any] = {}
        self.texts: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.refuse = False
        self._socket: WebSocketRoute | None = None
        self._room: dict[str, Any] = {}
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.troubles.append(said.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.context.route("**/*", self._answer)
        self.context.route_web_socket("**/ws/*", self._connect)

    # --- what the page asks ---------------------------------------------------------------------------------------
    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path.startswith("/api/texts/"):
            return self._json(route, texts(path.rpartition("/")[2]) | self.texts)
        if path == "/api/song":
            return self._json(route, song_view(self.song, 1, self._room.get("second_language", "")) if self.song else None)
        if path in self.answers:
            return self._json(route, self.answers[path])
        if path == "/blank":
            return route.fulfill(content_type=KINDS[".html"], body=BLANK, headers={"content-security-policy": POLICY})
        if path in self.files:
            return self._part_of(route, self.files[path])
        if path == "/api/join-qr.svg":
            return route.fulfill(content_type=KINDS[".svg"], body=(STATIC / "icon.svg").read_text("utf-8"))
        file = STATIC / path.removeprefix("/static/") if path.startswith("/static/") else STATIC / f"{path[1:]}.html"
        if not file.is_file():
            return route.fulfill(status=404, json={"detail": f"no {path}"})
        body = file.read_bytes()
        self.weight += len(body)
        return route.fulfill(content_type=KINDS[file.suffix], body=body, headers={"content-security-policy": POLICY})

    def _json(self, route: Route, answer: Any) -> None:
        body = json.dumps(answer)
        self.weight += len(body)
        route.fulfill(content_type="application/json", body=body)

    def _part_of(self, route: Route, body: bytes) -> None:
        """Bytes of a recording from where the browser wants them: without that it can't go to a place."""
        first = int(route.request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        route.fulfill(status=206, content_type="audio/wav", body=body[first:], headers={
            "accept-ranges": "bytes", "content-range": f"bytes {first}-{len(body) - 1}/{len(body)}"})

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.refuse:
            socket.close()
            return
        self._socket = socket
        socket.on_message(self._hear)
        self.say("hello", role="wall", session="0123456789abcdef", now_s=NOW_S)
        if self._room:
            self.say("room", room=self._room)

    def _hear(self, text: str | bytes) -> None:
        said = json.loads(text)
        if said["t"] == "ping":
            self.say("pong", at=said["at"], now_s=NOW_S + said["at"])

    # --- what a test wants -----------------------------------------------------------------------------------------
    def say(self, kind: str, **values: Any) -> None:
        """A message to the page."""
        assert self._socket is not None
        self._socket.send(json.dumps({"t": kind} | values))

    def drop(self) -> None:
        """The connection breaks."""
        assert self._socket is not None
        self._socket.close()

    def open(self, path: str = "/wall") -> Page:
        """Open the page; it is there when it is connected."""
        self.page.goto(f"{ORIGIN}{path}")
        self.page.locator("body[data-state]").wait_for()
        while self._socket is None and "seat=none" not in path:
            self.page.wait_for_timeout(10)
        return self.page

    def show(self, song: Song | None, beat: dict[str, Any] | None = None, *, take: dict[str, Any] | None = None,
             sounding: tuple[int, ...] = (), **room: Any) -> Page:
        """A song, a moment of it, and a room; the page shows them when this returns."""
        self.song = song
        told = song and {"name": song.title, "title": song.title, "version": 1}
        names = room.get("show_names", False)
        people = [{key: value for key, value in person.items() if names or key != "nickname"} for person in PEOPLE]
        self._room = {"language": "en", "show_names": False, "show_chords": False, "second_language": "", "colours": None,
                      "song": told, "people": people, "join": JOIN, "spotlight": None, "locked": False} | room
        self.say("room", room=self._room)
        self.say("live", beat=beat or playing(song, 0.0, STOPPED), take=TAKE | (take or {}), sounding=list(sounding))
        wanted = "song" if song else "welcome"
        self.page.locator(f"body[data-state={wanted}]").wait_for()
        if song and song.lines():
            self.page.locator(".line.seen").first.wait_for()
        self.frames(3)
        return self.page

    def show_part(self, song: Song, beat: dict[str, Any], part: dict[str, Any]) -> Page:
        """The same for a page of one part, whose player is the first of the people."""
        self.song = song
        self.answers["/api/part/0"] = part
        self._room = {"language": "en", "colours": None, "song": {"name": song.title, "version": 1}, "people": PEOPLE[:1]}
        self.say("live", beat=beat)
        self.say("room", room=self._room)
        self.page.locator(".instrument").get_by_text(part["name"], exact=True).wait_for()
        self.frames(3)
        return self.page

    def tell(self, beat: dict[str, Any]) -> None:
        """Another moment."""
        self.say("live", beat=beat)
        self.frames(3)

    def draw(self, module: str, element: str, **properties: Any) -> Page:
        """A web component on a page of its own, with values for its properties."""
        self.page.goto(f"{ORIGIN}/blank")
        self.page.evaluate("""async ([module, element, properties]) => {
            await (await import("/static/lib/texts.js")).loadTexts("en");
            await import(`/static/pictures/${module}.js`);
            globalThis.picture = Object.assign(document.createElement(element), properties);
            document.querySelector("main").append(picture);
        }""", [module, element, properties])
        self.frames(3)
        return self.page

    def frames(self, count: int) -> None:
        """Let so many pictures be drawn."""
        self.page.evaluate("""(count) => new Promise((done) => {
            const next = () => (count-- > 0 ? requestAnimationFrame(next) : done()); next(); })""", count)

    def close(self) -> None:
        """The browser's window is closed."""
        self.context.close()
