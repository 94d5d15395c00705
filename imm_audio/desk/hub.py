"""Who is connected, what each page sees, and what it may do."""
import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..block import DESK, INFO, PAGES, PROBLEM, WARNING, Listener, tell, text_of
from ..engine import Engine
from ..kernels.engine.events import RELEASE
from ..kernels.engine.state import FROM_DESK
from ..settings import PLACES
from .clock import FrameClock
from .limits import Limits
from .line import Line, Message
from .messages import LONGEST, LONGEST_OF_DESK, AllOff, Call, Do, LetGo, Move, OfDesk, OfPlayer, OfWall, Ping, Touch
from .outbox import Outbox, packed
from .parts import Parts
from .texts import translate
from .touches import Hands, Seats
from .values import Live, Values, sounding
from .views import Room, player_view, wall_view
from .who import Role, Who

log = logging.getLogger(__name__)
#: Values of the block are looked at, and the engine's frame [s].
TICK_S, FRAME_S, NEWS_S = 0.045, 0.005, 0.5
MOST_PAGES, MOST_DESKS = 64, 3
#: An answer that does not come means that nobody is there to give it.
ANSWER_S = 15.0
#: Misunderstood messages after which a page is closed: it is of another version, or no page of ours.
MOST_MISUNDERSTOOD = 50
#: Name of the controller file of players' pages.
PAGE_STEM = "touch-page"
LEVELS = {INFO: "info", WARNING: "warning", PROBLEM: "problem"}
LATE = "This took too long. Try again."
OF_ROLE: dict[Role, TypeAdapter[Any]] = {"facilitator": OfDesk, "player": OfPlayer, "wall": OfWall}


class Page:
    """One connection."""

    def __init__(self, websocket: WebSocket, who: Who, address: str, hub: "Hub"):
        self.websocket, self.who, self.address = websocket, who, address
        self.outbox = Outbox(websocket.send_text, hub.now)
        self.limits = Limits(hub.now())
        self.hands = Hands(hub.seats)
        self.misunderstood = 0
        self.told_flood = False
        self.shown = ""              # newest room or "you" that was sent
        self.live: Live | None = None   # newest values that were sent; None: it does not know the room yet


class Hub:
    """All pages of the session; everything happens in one asyncio loop.

    `line`: to the parent, None until it is there.  `join_view`: how phones come in, for the wall.
    """

    def __init__(self, engine: Engine, now: Callable[[], float]):
        self.engine, self.now = engine, now
        self.clock = FrameClock(engine.sample_rate, lambda: engine.frame, now)
        self.seats = Seats(self._push, self.clock, now)
        self.line: Line | None = None
        self.network_view: Callable[[], dict[str, Any]] = dict
        self.join_view: Callable[[], dict[str, Any]] = dict
        self.room: Room | None = None
        self.parts = Parts()
        self._values = Values(engine, self.clock)
        self._news = Listener(engine.header, from_start=False)
        self._pages: list[Page] = []
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._joining: dict[str, asyncio.Lock] = {}
        self._begun = asyncio.Event()   # the room is known
        self._join: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        for seat in range(PLACES):
            if text_of(engine.header["controllers"][seat]) == PAGE_STEM:
                engine.push(RELEASE, seat, -1, ring=FROM_DESK)  # what pages held when another desk died

    def _push(self, kind: int, player: int, key: float, value: float, frame: int) -> None:
        self.engine.push(kind, player, 0, key, value, frame=frame, ring=FROM_DESK)

    # --- the parent ---------------------------------------------------------------------------------------------
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

    async def known_room(self) -> Room:
        """The room, as soon as it is known."""
        await self._begun.wait()
        assert self.room is not None
        return self.room

    @property
    def language(self) -> str:
        """What people read."""
        return str(self.room["language"]) if self.room else "en"

    # --- what is shown --------------------------------------------------------------------------------------------
    def show(self) -> None:
        """Let every page see the room as it is."""
        if self.room is None:
            return
        for role, view in (("facilitator", self._desk_view), ("wall", self._wall_view)):
            text = ""
            for page in self._of(role):
                text = text or packed(view())
                if page.shown != text:
                    page.shown = text
                    page.outbox.tell("room", text)
        for page in self._of("player"):
            if page.hands.seat is not None:
                text = packed(player_view(self.room, page.hands.seat, self._screens(page.hands.seat),
                                          self.parts.of(self.room, page.hands.seat)))
                if page.shown != text:
                    page.shown = text
                    page.outbox.tell("room", text)

    def _desk_view(self) -> Message:
        return {"t": "room", "room": self.room}

    def _wall_view(self) -> Message:
        assert self.room is not None
        return {"t": "room", "room": wall_view(self.room, self.join_view())}

    def _of(self, role: str) -> list[Page]:
        return [page for page in self._pages if page.who.role == role]

    def _screens(self, seat: int) -> int:
        return sum(page.hands.seat == seat for page in self._pages)

    def _tick(self) -> None:
        """Send the values that changed."""
        if not self._pages:
            return
        live = self._values.now(self.now())
        heard = sounding(live)
        desks, walls = self._of("facilitator"), self._of("wall")
        if desks:
            live |= {"pages": self._pages_view(), "network": self.network_view()}
        for page in self._pages:
            if page.live is None:
                continue
            if page in desks:
                values = live
            elif page in walls:
                values = {"beat": live["beat"], "take": live["take"], "follow": live["follow"], "sounding": heard}
            else:
                values = {"beat": live["beat"], "take": live["take"]}
                if page.hands.seat is not None:
                    values["level"] = live["levels"][page.hands.seat]
            known, page.live = page.live, values
            page.outbox.change({key: value for key, value in values.items() if known.get(key) != value})

    def _pages_view(self) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for page in self._of("player"):
            if (seat := page.hands.seat) is None:
                continue
            view = found.setdefault(seat, {"seat": seat, "screens": 0, "touches": 0, "late_ms": 0.0, "jitter_ms": 0.0,
                                           "away": False, "dropped": 0})
            late = page.hands.late
            view["screens"] += 1
            view["touches"] += page.hands.touches
            view["dropped"] += page.hands.ghosts + page.limits.refused
            view["late_ms"] = max(view["late_ms"], round(1000.0 * late.percentile(0.95), 1))
            view["jitter_ms"] = max(view["jitter_ms"], round(1000.0 * late.jitter_s, 1))
        for seat in (self.room or {}).get("seats", []):
            if seat["page"] and seat["seat"] not in found:
                found[seat["seat"]] = {"seat": seat["seat"], "screens": 0, "touches": 0, "late_ms": 0.0, "jitter_ms": 0.0,
                                       "away": True, "dropped": 0}
        return [found[seat] for seat in sorted(found)]

    def notice(self, level: int, text: str, at: float) -> None:
        """Tell the desks something."""
        for page in self._of("facilitator"):
            page.outbox.add({"t": "notice", "level": LEVELS.get(level, "info"), "text": translate(text, self.language),
                             "at": at})

    # --- running ----------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Look at the block for ever."""
        next_tick_s = next_news_s = 0.0
        while True:
            self.clock.look()
            now_s = self.now()
            if now_s >= next_tick_s:
                next_tick_s = max(next_tick_s + TICK_S, now_s)
                self._tick()
            if now_s >= next_news_s:
                next_news_s = now_s + NEWS_S
                if (join := self.join_view()) != self._join:
                    self._join = join
                    self.show()
                for at, level, text in self._news.news():
                    self.notice(level, text, at)
            await asyncio.sleep(FRAME_S)

    # --- one page ---------------------------------------------------------------------------------------------------
    async def serve(self, websocket: WebSocket, who: Who) -> None:
        """Look after a page until it is gone; it has been accepted."""
        page = Page(websocket, who, websocket.client.host if websocket.client else "", self)
        if refusal := self._refusal(who):
            await websocket.send_text(packed(self._bye(refusal, False)))
            await websocket.close()
            return
        self._pages.append(page)
        sending = asyncio.create_task(self._send(page))
        try:
            await self._greet(page)
            await self._listen(page)
        finally:
            self._pages.remove(page)
            page.hands.let_go_all()
            sending.cancel()
            await self._leave(page)

    def _refusal(self, who: Who) -> str:
        if len(self._pages) >= MOST_PAGES:
            return "Too many pages are open. Close one that nobody uses, then load this one again."
        if who.role == "facilitator" and len(self._of("facilitator")) >= MOST_DESKS:
            return f"{MOST_DESKS} desks are open already. Close one of them, then load this page again."
        return ""

    def _bye(self, sentence: str, again: bool) -> Message:
        return {"t": "bye", "say": translate(sentence, self.language), "again": again}

    async def _send(self, page: Page) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await page.outbox.run()
            await page.websocket.close()

    async def _greet(self, page: Page) -> None:
        room = await self.known_room()
        page.outbox.tell("hello", packed({"t": "hello", "role": page.who.role, "session": room["id"], "now_s": self.now()}))
        if page.who.role == "player":
            await self._seat(page)
        elif page.who.role == "facilitator":
            await self._count_desks()
        self.show()
        page.live = {}

    async def _seat(self, page: Page) -> None:
        """Have the room give a place."""
        async with self._joining.setdefault(page.who.page, asyncio.Lock()):
            command: dict[str, Any] = {"do": "join", "page": page.who.page, "seat": self._known_seat(page.who.page)}
            answer = await self.ask(command, "desk")
        seat = answer["more"].get("seat")
        if answer["ok"] and isinstance(seat, int):
            page.hands.sit(seat)
            self._remember(page.who.page, seat)
        else:
            page.outbox.end(self._bye(answer["say"] or "There is no place to play just now. Try again later.", False))

    async def _leave(self, page: Page) -> None:
        if page.who.role == "facilitator":
            await self._count_desks()
        elif page.who.role == "player":
            if not any(other.who == page.who for other in self._pages):
                await self.ask({"do": "leave", "page": page.who.page}, "desk")
            self.show()  # one screen less for the others

    async def _count_desks(self) -> None:
        await self.ask({"do": "desks", "count": len(self._of("facilitator"))}, "desk")

    def _known_seat(self, page: str) -> int | None:
        known = self.engine.header["desk"]["pages"]
        return next((int(entry["seat"]) for entry in known if text_of(entry["page"]) == page), None)

    def _remember(self, page: str, seat: int) -> None:
        """Keep which place a page has, also for another desk process."""
        known = self.engine.header["desk"]["pages"]
        kept = [(text_of(entry["page"]), int(entry["seat"])) for entry in known if bytes(entry["page"])]
        kept = [(page, seat), *(entry for entry in kept if entry[0] != page)][:PAGES]
        for number, (name, place) in enumerate(kept):
            known[number] = name.encode(), place

    async def _listen(self, page: Page) -> None:
        """Do what it says until it is gone."""
        longest = LONGEST_OF_DESK if page.who.role == "facilitator" else LONGEST
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                message = await page.websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None or len(text) > longest:
                    page.outbox.end(self._bye("This page sent something that can't be read. Load it again.", False))
                    await asyncio.sleep(1.0)
                    return
                self._hear(page, text)
                if page.limits.spent or page.misunderstood > MOST_MISUNDERSTOOD:
                    page.outbox.end(self._bye("This page sent far too much. Load it again.", False))
                    await asyncio.sleep(1.0)
                    return

    def _hear(self, page: Page, text: str) -> None:
        try:
            said = OF_ROLE[page.who.role].validate_json(text)
        except ValidationError:
            page.misunderstood += 1
            page.limits.may_ask(self.now())
            return
        if isinstance(said, Touch | LetGo | Move):
            self._play(page, said)
        elif isinstance(said, AllOff):
            page.hands.let_go_all()
        elif not page.limits.may_ask(self.now()):
            if isinstance(said, Do):
                page.outbox.add({"t": "answer", "n": said.n, "ok": False,
                                 "say": translate("That was too much at once. Try again.", self.language), "more": {}})
        elif isinstance(said, Ping):
            page.outbox.pong(said.at)
        elif isinstance(said, Call):
            if page.hands.seat is not None:
                self._in_background(self.ask({"do": "call", "seat": page.hands.seat}, "desk"))
        else:
            self._in_background(self._do(page, said))

    def _play(self, page: Page, said: Touch | LetGo | Move) -> None:
        may, hands = page.limits.may_touch(self.now()), page.hands
        if isinstance(said, LetGo):
            hands.let_go(said.c, said.at)  # always: nothing may hang
        elif not may:
            self._complain(page)
        elif isinstance(said, Touch):
            hands.touch(said.c, said.v, said.at)
        else:
            hands.move(said.a, said.v, said.at)

    def _complain(self, page: Page) -> None:
        """Tell the facilitator once that a page sends without pause."""
        if not page.told_flood:
            page.told_flood = True
            seat = page.hands.seat
            name = text_of(self.engine.header["players"][seat]) if seat is not None else ""
            tell(self.engine.header, DESK, f"{name or 'A page'} sends without pause. Some of its touches are left out.",
                 WARNING)

    async def _do(self, page: Page, said: Do) -> None:
        answer = await self.ask(said.command.model_dump(exclude_unset=True), "facilitator")
        page.outbox.add({"t": "answer", "n": said.n, "ok": bool(answer["ok"]),
                         "say": translate(str(answer["say"]), self.language), "more": answer["more"]})

    def _in_background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, sentence: str, again: bool) -> None:
        """Say good-bye to all pages."""
        for page in self._pages:
            page.outbox.end(self._bye(sentence, again))
