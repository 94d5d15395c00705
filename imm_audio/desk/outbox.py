"""What waits to be sent to one page.  Things that replace each other wait once, so a slow page misses steps, never time."""
import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

#: Answers and notices that may wait; a page that takes none of them for so long is gone.
MOST = 64


def packed(message: dict[str, Any]) -> str:
    """As it is sent."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


class Outbox:
    """One page's.  `send` waits while the page is slow; `now` is server time."""

    def __init__(self, send: Callable[[str], Awaitable[None]], now: Callable[[], float]):
        self._send, self._now = send, now
        self._whole: dict[str, str] = {}         # newest of each kind that replaces the last: hello, room, you
        self._live: dict[str, Any] = {}
        self._lines: deque[str] = deque(maxlen=MOST)
        self._pings: deque[float] = deque(maxlen=8)
        self._wake = asyncio.Event()
        self._last = ""

    def tell(self, kind: str, text: str) -> None:
        """Something whole, in place of an older one of this kind."""
        self._whole.pop(kind, None)
        self._whole[kind] = text
        self._wake.set()

    def change(self, values: dict[str, Any]) -> None:
        """Live values that changed."""
        if values:
            self._live.update(values)
            self._wake.set()

    def add(self, message: dict[str, Any]) -> None:
        """Something that has to arrive: an answer, a notice."""
        self._lines.append(packed(message))
        self._wake.set()

    def pong(self, at: float) -> None:
        """Answer a ping, with the time at which it leaves."""
        self._pings.append(at)
        self._wake.set()

    def end(self, message: dict[str, Any]) -> None:
        """Say this at last, and nothing more."""
        self._last = packed(message)
        self._wake.set()

    async def run(self) -> None:
        """Send until the end."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pings:
                await self._send(packed({"t": "pong", "at": self._pings.popleft(), "now_s": self._now()}))
            for kind in list(self._whole):
                await self._send(self._whole.pop(kind))
            if self._live:
                live, self._live = self._live, {}
                await self._send(packed({"t": "live", **live}))
            while self._lines:
                await self._send(self._lines.popleft())
            if self._last:
                await self._send(self._last)
                return
