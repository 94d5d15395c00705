"""One connected page: what it says is done, what it should know is sent, until it is gone."""
import asyncio
import contextlib
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from .limits import Limits
from .messages import LONGEST, LONGEST_OF_DESK, AllOff, Call, Do, LetGo, Move, OfDesk, OfPlayer, OfWall, Ping, Touch
from .outbox import Outbox, packed
from .touches import Hands, Seats
from .who import Role, Who

#: Misunderstood messages after which a page is closed: it is of another version, or no page of ours.
MOST_MISUNDERSTOOD = 50
#: A page that is told to leave gets so long to hear why [s].
LAST_WORDS_S = 1.0
#: Pages ping every 2 s: one that says nothing for so long is away, and its fingers count for nothing [s].
SILENT_S = 5.0
#: What each message beyond the limits costs a page [s].
SLOWED_S = 0.001
NOT_READABLE = "This page sent something that can't be read. Load it again."
TOO_MUCH, FAR_TOO_MUCH = "That was too much at once. Try again.", "This page sent far too much. Load it again."
OF_ROLE: dict[Role, TypeAdapter[Any]] = {"facilitator": OfDesk, "player": OfPlayer, "wall": OfWall}


class Host(Protocol):
    """What a page needs of the hub."""

    seats: Seats

    def now(self) -> float:
        """Server time."""

    def in_words(self, sentence: str) -> str:
        """A sentence as people read it."""

    def complain(self, seat: int | None) -> None:
        """A page of this place sends without pause."""

    async def ask(self, command: dict[str, Any], who: str) -> dict[str, Any]:
        """Have the room do something."""

    def let_know(self, command: dict[str, Any]) -> None:
        """The same for what nobody waits for."""


class Page:
    """One connection."""

    def __init__(self, websocket: WebSocket, who: Who, hub: Host):
        self.who, self.outbox, self.hands = who, Outbox(websocket.send_text, hub.now), Hands(hub.seats)
        self.limits = Limits(hub.now())
        self.shown = ""                         # newest room or "you" that was sent
        self.live: dict[str, Any] | None = None # newest values that were sent; None: it has not been greeted
        self._websocket, self._hub = websocket, hub
        self._misunderstood, self._complained = 0, False
        self._heard_s = hub.now()
        self._sending = asyncio.create_task(self._send())
        self._doing: set[asyncio.Task[None]] = set()

    # --- to the page ------------------------------------------------------------------------------------------------
    async def _send(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.outbox.run()
            await self._websocket.close()

    def show(self, message: dict[str, Any]) -> None:
        """Let it see the room, if that is not what it sees already."""
        if (text := packed(message)) != self.shown:
            self.shown = text
            self.outbox.tell("room", text)

    def change(self, values: dict[str, Any]) -> None:
        """Send what is not as it was sent last."""
        if self.live is not None:
            known, self.live = self.live, values
            self.outbox.change({key: value for key, value in values.items() if known.get(key) != value})

    def dismiss(self, sentence: str, again: bool = False) -> None:
        """Say good-bye; `again`: the page may come back by itself."""
        self.outbox.end({"t": "bye", "say": self._hub.in_words(sentence), "again": again})

    def end(self) -> None:
        """It is gone: nothing of it goes on."""
        self._sending.cancel()
        self.hands.let_go_all()

    # --- from the page ----------------------------------------------------------------------------------------------
    async def listen(self) -> None:
        """Do what it says until it is gone."""
        longest = LONGEST_OF_DESK if self.who.role == "facilitator" else LONGEST
        with contextlib.suppress(WebSocketDisconnect):
            while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
                text = message.get("text")
                if text is None or len(text) > longest:
                    self.dismiss(NOT_READABLE)
                else:
                    refused = self.limits.refused
                    self._hear(text)
                    if self.limits.refused != refused:
                        await asyncio.sleep(SLOWED_S)  # what it sends meanwhile waits in its own computer
                    if self._misunderstood > MOST_MISUNDERSTOOD:
                        self.dismiss(NOT_READABLE)
                    elif self.limits.spent:
                        self.dismiss(FAR_TOO_MUCH)
                    else:
                        continue
                await asyncio.wait({self._sending}, timeout=LAST_WORDS_S)
                return

    def look(self) -> None:
        """Let go of everything when nothing was heard for long."""
        if self._hub.now() - self._heard_s > SILENT_S:
            self.hands.let_go_all()

    def _hear(self, text: str) -> None:
        now_s = self._heard_s = self._hub.now()
        try:
            said = OF_ROLE[self.who.role].validate_json(text)
        except ValidationError:
            self._misunderstood += 1
            self.limits.may_ask(now_s)
            return
        if isinstance(said, Touch | LetGo | Move):
            self._play(said, now_s)
        elif isinstance(said, AllOff):
            self.hands.let_go_all()
        elif not self.limits.may_ask(now_s):
            if isinstance(said, Do):
                self._answer(said.n, False, TOO_MUCH, {})
        elif isinstance(said, Ping):
            self.outbox.pong(said.at)
        elif isinstance(said, Call):
            if self.hands.seat is not None:
                self._hub.let_know({"do": "call", "seat": self.hands.seat})
        else:
            task = asyncio.create_task(self._do(said))
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)

    def _play(self, said: Touch | LetGo | Move, now_s: float) -> None:
        may = self.limits.may_touch(now_s)
        if isinstance(said, LetGo):
            self.hands.let_go(said.c, said.at)  # always: nothing may hang
        elif not may:
            if not self._complained:
                self._complained = True
                self._hub.complain(self.hands.seat)
        elif isinstance(said, Touch):
            self.hands.touch(said.c, said.v, said.at)
        else:
            self.hands.move(said.a, said.v, said.at)

    async def _do(self, said: Do) -> None:
        answer = await self._hub.ask(said.command.model_dump(exclude_unset=True), "facilitator")
        self._answer(said.n, bool(answer["ok"]), str(answer["say"]), answer["more"])

    def _answer(self, number: int, ok: bool, say: str, more: dict[str, Any]) -> None:
        self.outbox.add({"t": "answer", "n": number, "ok": ok, "say": self._hub.in_words(say), "more": more})
