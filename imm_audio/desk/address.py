"""Where the desk is: its port, and how its page comes up on this computer."""
import contextlib
import os
import socket
import sys
import threading
import webbrowser

import numpy as np

from ..block import text_of

LOOPBACK = "127.0.0.1"
FIRST_PORT, PORTS = 8100, 10


class NoPort(RuntimeError):
    """Nothing can be opened; the message is for people."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.  OSError when the port is taken."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two programs share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
        found.setblocking(False)
    except OSError:
        found.close()
        raise
    return found


def is_free(port: int) -> bool:
    """Whether a desk could be there.  A port that is forbidden is not free."""
    try:
        listen(LOOPBACK, port).close()
    except OSError:
        return False
    return True


def listen_first(host: str, ports: range) -> socket.socket:
    """The first of these ports that is free.  NoPort when none is."""
    for port in ports:
        with contextlib.suppress(OSError):
            return listen(host, port)
    which = f"port {ports[0]} is" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]} are"
    raise NoPort(f"The pages can't be opened: {which} used by other programs. Choose another with --port.")


def has_browser() -> bool:
    """Whether a page that is opened would be seen."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Opening:
    """Opens the desk in the browser as soon as it is there, and says where it is."""

    def __init__(self, header: np.void, show: bool):
        self._desk, self._show = header["desk"], show and has_browser()
        self.sentence = ""

    def look(self) -> None:
        """Look whether it is there."""
        address = text_of(self._desk["address"])
        self.sentence = f"The desk: {address}" if address else ""
        if address and self._show:
            self._show = False
            threading.Thread(target=webbrowser.open, args=(address,), name="browser", daemon=True).start()
