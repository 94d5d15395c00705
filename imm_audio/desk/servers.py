"""uvicorn, as the desk needs it: several servers in one loop, and no page that takes messages slowly holds up memory."""
import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Generator
from typing import cast

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .guard import App
from .messages import LONGEST_OF_DESK

log = logging.getLogger(__name__)
#: What may wait in a connection before `send` does [bytes].
MOST_WAITING = 16384
#: A page that answers no ping for so long is gone [s].
PING_S = 5.0
#: Connections of all kinds at once: pages, and what they load.
MOST_CONNECTIONS = 256


class _Protocol(WebSocketsSansIOProtocol):
    """A slow page is noticed early."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).set_write_buffer_limits(high=MOST_WAITING)
        super().connection_made(transport)


class Server(uvicorn.Server):
    """One server; signals belong to the process."""

    def __init__(self, app: App, sock: socket.socket, certificate: tuple[str, str] | None = None):
        """Serve on a listening socket; certificate: its file and that of its key."""
        cert, key = certificate or (None, None)
        super().__init__(uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, server_header=False, ws=_Protocol, loop="asyncio",
            http="h11",
            ws_max_size=LONGEST_OF_DESK, ws_ping_interval=PING_S, ws_ping_timeout=PING_S, ws_per_message_deflate=False,
            limit_concurrency=MOST_CONNECTIONS, h11_max_incomplete_event_size=LONGEST_OF_DESK, timeout_keep_alive=20,
            timeout_graceful_shutdown=1, ssl_certfile=cert, ssl_keyfile=key, ssl_version=ssl.PROTOCOL_TLS_SERVER))
        self.sock, self.port = sock, int(sock.getsockname()[1])
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def start(self) -> "Server":
        """Begin to answer."""
        self._task = asyncio.get_running_loop().create_task(self.serve([self.sock]))
        return self

    async def end(self) -> None:
        """Answer no more; connections are closed."""
        self.should_exit = True
        if self._task:
            await self._task
