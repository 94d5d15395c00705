"""Who is connected, and what each page sees.  Everything happens in one asyncio loop."""
import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket

from ..block import DESK, INFO, PAGES, PROBLEM, WARNING, Listener, tell, text_of
from ..engine import Engine
from ..kernels.engine.events import RELEASE
from ..kernels.engine.state import FROM_DESK
from ..settings import PLACES
from .clock import FrameClock
from .limits import Bucket
from .line import Line, Message
from .outbox import packed
from .page import Page
from .parts import Parts
from .texts import translate
from .touches import Seats
from .values import Values, sounding
from .views import Room, desk_view, pages_view, player_view, wall_view
from .who import Role, Who

#: How often the engine's frame is looked at, its values, and everything that is in no hurry [s].
FRAME_S, TICK_S, NEWS_S = 0.005, 0.045, 0.5
MOST_PAGES, MOST_DESKS = 64, 3
#: How often one page may connect; whoever's Wi-Fi comes and goes does it less often.
COMINGS_A_SECOND, COMINGS_AT_ONCE, MOST_KNOWN = 0.5, 10.0, 256
READ_EVERY_S = 60.0
#: An answer that does not come by then means that nobody is there to give it [s].
ANSWER_S = 15.0
LATE = "This took too long. Try again."
#: Name of the controller file of players' pages.
PAGE_STEM = "touch-page"
LEVELS = {INFO: "info", WARNING: "warning", PROBLEM: "problem"}


class Hub:
    """All pages of the session.

    `now`: server time.  `line`: to the parent, None until it is there; `network_view`: what the desk shows of the network;
    `join_view`: how phones come in, for the wall.
    """

    def __init__(self, engine: Engine, now: Callable[[], float], parts: Parts):
        self.engine, self.now, self.parts = engine, now, parts
        self.clock = FrameClock(engine.sample_rate, lambda: engine.frame, now)
        self.seats = Seats(self._push, self.clock, now)
        self.line: Line | None = None
        self.network_view: Callable[[], dict[str, Any]] = dict
        self.join_view: Callable[[], dict[str, Any]] = dict
        self.room: Room | None = None
        self._values, self._news = Values(engine, self.clock), Listener(engine.header, from_start=False)
        self._pages: list[Page] = []
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._comings: dict[str, Bucket] = {}
        self._read_again: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()   # the room is known
        self._join: dict[str, Any] = {}
        for seat in range(PLACES):
            if text_of(engine.header["controllers"][seat]) == PAGE_STEM:
                engine.push(RELEASE, seat, -1, ring=FROM_DESK)  # what pages held when another desk died

    def _push(self, kind: int, player: int, key: float, value: float, frame: int) -> None:
        self.engine.push(kind, player, 0, key, value, frame=frame, ring=FROM_DESK)

    # --- the parent -------------------------------------------------------------------------------------------------
    def heard(self, message: Message) -> None:
        """Something that the parent says."""
        if isinstance(room := message.get("room"), dict):
            self.room = room
            self._begun.set()
            self.show()
        elif (waiting := self._answers.pop(message.get("answer", 0), None)) and not waiting.done():
            waiting.set_result(message)

    async def ask(self, command: dict[str, Any], who: Role | str) -> Message:
        """Have something done by the room; its answer."""
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        assert self.line is not None
        self.line.say({"n": number, "who": who, "command": command})
        try:
            return await asyncio.wait_for(answer, ANSWER_S)
        except TimeoutError:
            return {"ok": False, "say": LATE, "more": {}}
        finally:
            self._answers.pop(number, None)

    def let_know(self, command: dict[str, Any]) -> None:
        """The same for what nobody waits for."""
        assert self.line is not None
        self.line.say({"who": "desk", "command": command})

    async def known_room(self) -> Room:
        """The room, as soon as it is known."""
        await self._begun.wait()
        assert self.room is not None
        return self.room

    @property
    def language(self) -> str:
        """What people read."""
        return str(self.room["language"]) if self.room else "en"

    def in_words(self, sentence: str) -> str:
        """A sentence of the program as people read it."""
        return translate(sentence, self.language)

    # --- what is shown ----------------------------------------------------------------------------------------------
    def show(self) -> None:
        """Let every page see the room as it is."""
        if (room := self.room) is None:
            return
        for page in self._of("facilitator"):
            page.show({"t": "room", "room": desk_view(room)})
        for page in self._of("wall"):
            page.show({"t": "room", "room": wall_view(room, self.join_view())})
        for page in self._of("player"):
            if (seat := page.hands.seat) is not None:
                page.show(player_view(room, seat, self._screens(seat), self.parts.of(room, seat)))

    def _of(self, role: Role) -> list[Page]:
        return [page for page in self._pages if page.who.role == role]

    def _screens(self, seat: int) -> int:
        return sum(page.hands.seat == seat for page in self._pages)

    def _tick(self) -> None:
        """Send the values that changed."""
        live = self._values.now(self.now())
        if desks := self._of("facilitator"):
            live |= {"pages": pages_view(self._of("player"), self.room), "network": self.network_view()}
            for page in desks:
                page.change(live)
        for_all = {"beat": live["beat"], "take": live["take"]}
        for page in self._of("wall"):
            page.change(for_all | {"follow": live["follow"], "sounding": sounding(live)})
        for page in self._of("player"):
            seat = page.hands.seat
            page.change(for_all if seat is None else for_all | {"level": live["levels"][seat]})

    def _notice(self, level: int, text: str, at: float) -> None:
        for page in self._of("facilitator"):
            page.outbox.add({"t": "notice", "level": LEVELS.get(level, "info"), "text": self.in_words(text), "at": at})

    def complain(self, seat: int | None) -> None:
        """Tell the facilitator that a page sends without pause."""
        name = text_of(self.engine.header["players"][seat]) if seat is not None else ""
        tell(self.engine.header, DESK, f"{name or 'A page'} sends without pause. Some of its touches are left out.", WARNING)

    # --- running ----------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Look at the block for ever."""
        next_tick_s = next_news_s = 0.0
        while True:
            self.clock.look()
            now_s = self.now()
            if now_s >= next_tick_s:
                next_tick_s = max(next_tick_s + TICK_S, now_s)
                if self._pages:
                    self._tick()
            if now_s >= next_news_s:
                next_news_s = now_s + NEWS_S
                self._look()
                if self.room and self.parts.lacks(self.room) and not self._read_again:
                    self._read_again = asyncio.create_task(self._read_files())
            await asyncio.sleep(FRAME_S)

    async def _read_files(self) -> None:
        """An instrument is new: read the files, once a minute at most."""
        await asyncio.to_thread(self.parts.read)
        self.show()
        await asyncio.sleep(READ_EVERY_S)
        self._read_again = None

    def _look(self) -> None:
        if (join := self.join_view()) != self._join:
            self._join = join
            self.show()
        for at, level, text in self._news.news():
            self._notice(level, text, at)
        for page in self._pages:
            page.look()

    # --- one page ---------------------------------------------------------------------------------------------------
    async def serve(self, websocket: WebSocket, who: Who) -> None:
        """Look after a page until it is gone; it has been accepted."""
        refusal, again = self._refusal(who)
        if refusal:
            await websocket.send_text(packed({"t": "bye", "say": self.in_words(refusal), "again": again}))
            await websocket.close()
            return
        page = Page(websocket, who, self)
        self._pages.append(page)
        try:
            await self._greet(page)
            await page.listen()
        finally:
            self._pages.remove(page)
            page.end()
            self._leave(page)

    def _refusal(self, who: Who) -> tuple[str, bool]:
        """Why a page can't be here, and whether it may try again by itself."""
        if len(self._pages) >= MOST_PAGES:
            return "Too many pages are open. Close one that nobody uses, then load this one again.", False
        if who.role == "facilitator" and len(self._of(who.role)) >= MOST_DESKS:
            return f"{MOST_DESKS} desks are open already. Close one of them, then load this page again.", False
        if len(self._comings) > MOST_KNOWN:
            self._comings.clear()
        if not self._comings.setdefault(who.page, Bucket(COMINGS_A_SECOND, COMINGS_AT_ONCE, self.now())).take(self.now()):
            return "One moment please.", True
        return "", False

    async def _greet(self, page: Page) -> None:
        room = await self.known_room()
        page.outbox.tell("hello", packed({"t": "hello", "role": page.who.role, "session": room["id"], "now_s": self.now()}))
        if page.who.role == "player":
            await self._seat(page)
        elif page.who.role == "facilitator":
            self._count_desks()
        self.show()
        page.live = {}

    async def _seat(self, page: Page) -> None:
        """Have the room give a place."""
        answer = await self.ask({"do": "join", "page": page.who.page, "seat": self._known_seat(page.who.page)}, "desk")
        seat = answer["more"].get("seat")
        if answer["ok"] and isinstance(seat, int):
            page.hands.sit(seat)
            self._remember(page.who.page, seat)
        else:
            page.dismiss(answer["say"] or "There is no place to play just now. Try again later.")

    def _leave(self, page: Page) -> None:
        if page.who.role == "facilitator":
            self._count_desks()
        elif page.who.role == "player":
            if not any(other.who == page.who for other in self._pages):
                self.let_know({"do": "leave", "page": page.who.page})
            self.show()  # one screen less for the others

    def _count_desks(self) -> None:
        self.let_know({"do": "desks", "count": len(self._of("facilitator"))})

    def _known_seat(self, page: str) -> int | None:
        """Which place a page had, also before this desk process."""
        known = self.engine.header["desk"]["pages"]
        return next((int(entry["seat"]) for entry in known if text_of(entry["page"]) == page), None)

    def _remember(self, page: str, seat: int) -> None:
        known = self.engine.header["desk"]["pages"]
        kept = [(text_of(entry["page"]), int(entry["seat"])) for entry in known if bytes(entry["page"])]
        kept = [(page, seat), *(entry for entry in kept if entry[0] != page)][:PAGES]
        for number, (name, place) in enumerate(kept):
            known[number] = name.encode(), place

    def dismiss_all(self, sentence: str, again: bool) -> None:
        """Say good-bye to all pages."""
        for page in self._pages:
            page.dismiss(sentence, again)
