"""uvicorn, as the desk needs it: several servers in one loop, and nobody who is slow or idle holds up memory or places."""
import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .address import LOOPBACK
from .guard import App
from .messages import LONGEST_OF_DESK

#: What may wait in a connection before `send` does [bytes].
MOST_WAITING = 16384
#: A page that answers no ping for so long is gone, and so is a connection without a request [s].
PING_S, IDLE_S = 5.0, 20.0
#: Connections of all kinds at once, and from one other device.
MOST_CONNECTIONS, MOST_OF_ONE = 256, 64


class _Requests(H11Protocol):
    """Connections that ask for nothing, or come in crowds, are closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if address != LOOPBACK and sum(_address(other) == address for other in self.connections) > MOST_OF_ONE:
            transport.abort()
        self.loop.call_later(IDLE_S, self._give_up)

    def _give_up(self) -> None:
        if cast(object | None, self.cycle) is None and self in self.connections:
            self.transport.close()


def _address(connection: Any) -> str:
    return connection.client[0] if connection.client else ""


class _Messages(WebSocketsSansIOProtocol):
    """A slow page is noticed early."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).set_write_buffer_limits(high=MOST_WAITING)
        super().connection_made(transport)


class Server(uvicorn.Server):
    """One server; signals belong to the process.  asyncio has switched off Nagle's algorithm: small messages leave at once."""

    def __init__(self, app: App, sock: socket.socket, certificate: tuple[str, str] | None = None):
        """Serve on a listening socket; certificate: its file and that of its key."""
        cert, key = certificate or (None, None)
        super().__init__(uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, server_header=False, proxy_headers=False, loop="asyncio",
            http=_Requests, ws=_Messages, ws_max_size=LONGEST_OF_DESK, ws_ping_interval=PING_S, ws_ping_timeout=PING_S,
            ws_per_message_deflate=False, limit_concurrency=MOST_CONNECTIONS, h11_max_incomplete_event_size=LONGEST_OF_DESK,
            timeout_keep_alive=int(IDLE_S), timeout_graceful_shutdown=1, ssl_certfile=cert, ssl_keyfile=key,
            ssl_version=ssl.PROTOCOL_TLS_SERVER))
        self.sock, self.port = sock, int(sock.getsockname()[1])
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def start(self) -> "Server":
        """Begin to answer."""
        self._task = asyncio.get_running_loop().create_task(self.serve([self.sock]))
        return self

    def close(self) -> None:
        """Let nobody come any more, at once."""
        for listening in getattr(self, "servers", []):
            listening.close()

    async def end(self) -> None:
        """Answer no more; connections are closed."""
        self.should_exit = True
        if self._task:
            await self._task
