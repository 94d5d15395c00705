"""Opening the desk to other devices of the room's network, on purpose, and closing it again."""
import asyncio
import contextlib
import ipaddress
import logging
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .address import LOOPBACK, PORTS, listen, listen_first
from .certificate import certificate_for
from .guard import App
from .servers import Server
from .who import JoinCodes

log = logging.getLogger(__name__)
NO_NETWORK = "This computer is in no network. Connect it to the Wi-Fi of the room first, or make it a hotspot."
#: Nothing is ever sent there: the system only says from which address it would be.  The first goes by way of the router
#: (RFC 5737), the others reach networks without one.
_TOWARDS = ("192.0.2.1", "224.0.0.251", "10.255.255.255", "172.31.255.255", "192.168.255.255")


class NoNetwork(RuntimeError):
    """Nothing can be opened; the message is for people."""


def addresses() -> list[str]:
    """Addresses of this computer in private networks, the most usual first."""
    found: list[str] = []
    for towards in _TOWARDS:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect((towards, 9))
            found.append(asking.getsockname()[0])
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    if sys.platform == "linux":
        found += _interfaces()
    return [address for address in dict.fromkeys(found) if _is_local(address)]


def _is_local(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip.is_private and not (ip.is_loopback or ip.is_unspecified or ip.is_multicast)


def _interfaces() -> list[str]:
    """Addresses of network cards, also where nothing leads anywhere: a hotspot.  Source: netdevice(7), SIOCGIFADDR."""
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            if name.startswith(("docker", "br-", "veth", "virbr")):
                continue  # networks inside this computer
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(asking.fileno(), 0x8915, struct.pack("256s", name.encode()[:15]))
                found.append(socket.inet_ntoa(answer[20:24]))
    return found


class Network:
    """Servers for other devices.

    desk: the block's record of the desk, so that one that is started again opens as it was.
    """

    def __init__(self, desk: np.void, port: int, codes: JoinCodes, find: Callable[[], list[str]] = addresses):
        self._desk, self._port, self._codes, self._find = desk, port, codes, find
        self.app: App | None = None                    # what is served
        self._servers: list[tuple[str, Server]] = []   # URL, server
        self._addresses: list[str] = []
        self._ending: list[asyncio.Task[None]] = []

    @property
    def is_open(self) -> bool:
        return bool(self._servers)

    def open(self, tls: bool) -> None:
        """Let other devices come.  NoNetwork: why not."""
        if self.is_open and bool(self._desk["tls"]) == tls and self._addresses == self._find():
            return
        self.close()
        found = self._find()
        if not found:
            raise NoNetwork(NO_NETWORK)
        problem = ""
        for address in found:
            try:
                self._serve(address, tls)
                self._addresses.append(address)
            except (OSError, RuntimeError) as error:
                log.warning("%s: %s", address, error)
                problem = problem or (error.strerror if isinstance(error, OSError) else str(error)) or ""
        if not self._servers:
            raise NoNetwork(f"The pages can't be opened to the network: {problem}.")
        self._desk["open"], self._desk["tls"] = 1, tls

    def _serve(self, address: str, tls: bool) -> None:
        assert self.app is not None
        if tls:
            safe = listen_first(address, range(self._port + 1, self._port + 1 + PORTS))
            server = Server(self.app, safe, certificate_for([LOOPBACK, *self._find()])).start()
            self._servers.append((f"https://{address}:{server.port}", server))
        server = Server(self.app, listen(address, self._port)).start()
        self._servers.append((f"http://{address}:{self._port}", server))

    def close(self) -> None:
        """Let nobody come any more; who is here has to go, as soon as the present requests are answered."""
        self._desk["open"] = self._desk["tls"] = 0
        servers, self._servers, self._addresses = self._servers, [], []
        for _, server in servers:
            server.close()
            self._ending = [task for task in self._ending if not task.done()] + [asyncio.create_task(server.end())]

    async def end(self) -> None:
        """The session ends, or this process: another one opens as it was."""
        opened = int(self._desk["open"]), int(self._desk["tls"])
        self.close()
        self._desk["open"], self._desk["tls"] = opened
        await asyncio.gather(*self._ending)

    def look(self) -> None:
        """Follow the computer into another network, and open again what another desk had opened; every few seconds."""
        if self._desk["open"] and (not self.is_open or not set(self._addresses) <= set(self._find())):
            tls = bool(self._desk["tls"])
            try:
                self.open(tls)
            except NoNetwork:
                self._desk["open"], self._desk["tls"] = 1, tls  # once more, a moment later

    # --- what people see --------------------------------------------------------------------------------------------
    @property
    def urls(self) -> list[str]:
        """Where other devices find the desk; the safe ones first."""
        return sorted((url for url, _ in self._servers), key=lambda url: not url.startswith("https"))

    def view(self) -> dict[str, Any]:
        """For the desk."""
        code, seconds_left = self._codes.current()
        return {"open": self.is_open, "tls": bool(self._desk["tls"]), "urls": self.urls, "code": code,
                "seconds_left": seconds_left}

    @property
    def base(self) -> str:
        """Where a page is best opened."""
        return (self.urls or [f"http://{LOOPBACK}:{self._port}"])[0]

    @property
    def join_url(self) -> str:
        """What the QR code on the wall says."""
        return f"{self.base}/join?code={self._codes.current()[0]}"

    def join_view(self, newcomers: bool) -> dict[str, Any]:
        """For the wall: how phones come in, while they may."""
        is_open = self.is_open and newcomers
        return {"open": is_open, "url": self.join_url if is_open else "", "code": self._codes.current()[0] if is_open else ""}
