"""The desk's process: attaches to the block, serves pages, and ends with the session or when its parent is gone."""
import asyncio
import contextlib
import gc
import io
import logging
import os
import secrets
import signal
import sys
import time
from typing import TextIO

from ..block import DESK, PROBLEM, bytes_of, tell, text_of
from ..engine import Engine
from ..inputs.priority import raise_priority
from ..scribe import attach
from ..settings import CANNOT_START, Session
from .address import FIRST_PORT, LOOPBACK, PORTS, NoPort, listen_first
from .app import make_app
from .door import Door
from .hub import Hub
from .line import Line, Message
from .network import Network
from .parts import Parts
from .servers import Server

log = logging.getLogger(__name__)
ROUND_S = 0.1
#: How often it is looked whether the computer is in another network now.
NETWORK_S = 5.0


def _ports(engine: Engine) -> range:
    """Ports to try: the one that a desk before this one had, the one that was asked for, or the usual ones."""
    asked = int(engine.header["desk"]["port"]) or Session.from_json(text_of(engine.header["settings"])).port
    return range(asked, asked + 1) if asked else range(FIRST_PORT, FIRST_PORT + PORTS)


def _key(engine: Engine) -> str:
    """What signs cookies: made by the first desk of a session."""
    desk = engine.header["desk"]
    if not bytes(desk["key"]):
        desk["key"] = secrets.token_hex(32).encode()
    return text_of(desk["key"])


async def _serve(engine: Engine, source: TextIO, sink: TextIO) -> int:
    loop, ended, header = asyncio.get_running_loop(), asyncio.Event(), engine.header
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            # only the first is for us: the others are meant for the parent, who decides
            signal.signal(getattr(signal, name),
                          (lambda *_: loop.call_soon_threadsafe(ended.set)) if name == "SIGTERM" else signal.SIG_IGN)
    try:
        sock = listen_first(LOOPBACK, _ports(engine))
    except NoPort as error:
        tell(header, DESK, str(error), PROBLEM)
        return CANNOT_START
    hub = Hub(engine, time.monotonic, Parts())
    door = Door(_key(engine), time.monotonic, lambda: hub.room is not None and bool(hub.room["newcomers"]))
    network = Network(header["desk"], int(sock.getsockname()[1]), door.join_codes)
    network.app = make_app(hub, door, network)
    hub.network_view = network.view
    hub.join_view = lambda: network.join_view(bool(hub.room and hub.room["newcomers"]))
    server = Server(network.app, sock)

    def heard(message: Message) -> None:
        loop.call_soon_threadsafe(hub.heard, message)

    def gone() -> None:
        loop.call_soon_threadsafe(ended.set)

    hub.line = Line(source, sink, heard, gone).start()

    def show_address(code: str) -> None:
        header["desk"]["address"] = bytes_of(f"http://{LOOPBACK}:{server.port}/open?code={code}", 128)

    door.renewed = show_address
    header["desk"]["port"] = server.port
    server.start()
    show_address(door.first_code)
    looking = asyncio.create_task(hub.run())
    next_look_s = 0.0
    gc.collect()
    gc.freeze()
    process = header["processes"][DESK]
    while not (ended.is_set() or header["stop"] or looking.done()):
        process["alive_s"] = now_s = time.monotonic()
        if now_s >= next_look_s:
            next_look_s = now_s + NETWORK_S
            network.look()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), ROUND_S)
    if looking.done():
        looking.result()  # what went wrong stands in the log; another desk is started
    looking.cancel()
    hub.dismiss_all("The session has ended." if header["stop"] else "One moment please.", not header["stop"])
    await asyncio.sleep(ROUND_S)
    await network.end()
    await server.end()
    return 0


def main(block_name: str) -> int:
    """Entry of the process; exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s desk: %(message)s")
    # nothing else may ever be printed into the line
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    source = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
    # A touch is as urgent as a key of a keyboard.  Threads that read files get the same: one that had to wait for a processor
    # while it holds the interpreter would keep every touch waiting.
    raise_priority()
    sys.setswitchinterval(0.0005)  # a touch never waits long for a thread that reads a file
    engine = attach(block_name)
    engine.header["processes"][DESK]["pid"] = os.getpid()
    status = asyncio.run(_serve(engine, source, sink))
    engine.header["processes"][DESK]["pid"] = 0
    os._exit(status)  # a thread may still read from the parent, and would not let go
