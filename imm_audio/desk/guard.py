"""What every request passes: is it meant for us, does it come from our own pages; and the headers that every answer has.

Source: OWASP, "Cross-Site Request Forgery Prevention" and "HTTP Headers" cheat sheets; the check of Host keeps names of other
sites from leading here (DNS rebinding).
"""
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import JSONResponse

from .address import LOOPBACK
from .limits import Bucket

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
       "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
PERMISSIONS = ("accelerometer=(self), gyroscope=(self), gamepad=(self), screen-wake-lock=(self), fullscreen=(self), "
               "autoplay=(self), camera=(), microphone=(), geolocation=(), payment=(), usb=(), midi=()")
HEADERS = [(name.encode(), value.encode()) for name, value in {
    "content-security-policy": CSP, "permissions-policy": PERMISSIONS, "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin", "x-frame-options": "DENY",
}.items()]


def own_hosts(scope: Scope) -> set[str]:
    """What Host may say on this connection: the address it came to."""
    host, port = scope.get("server") or ("", 0)
    return {f"{host}:{port}"} | ({f"localhost:{port}"} if host == LOOPBACK else set())


#: Longest body of a request [bytes]: of a song, and of everything else.
LONGEST_SONG, LONGEST_BODY = 2_000_000, 16384


#: Requests of one other device: a page loads some forty files at once.
REQUESTS_A_SECOND, REQUESTS_AT_ONCE, MOST_KNOWN = 30.0, 300.0, 1024


class Guard:
    """Lets through what is meant for us; an ASGI application around another.  `now`: server time."""

    def __init__(self, app: App, now: Callable[[], float]):
        self._app, self._now = app, now
        self._devices: dict[str, Bucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            status, sentence = refusal
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": sentence})
            else:
                await JSONResponse({"detail": sentence}, status)(scope, receive, _with_headers(send, scope))
            return
        await self._app(scope, receive, send if scope["type"] == "websocket" else _with_headers(send, scope))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        if self._is_too_fast(scope):
            return 429, "That was too much at once. Try again."
        found: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            found.setdefault(name.lower(), []).append(value)
        hosts = [value.decode("latin-1").lower() for value in found.get(b"host", [])]
        if len(hosts) != 1 or hosts[0] not in own_hosts(scope):
            return 421, "This is not the desk's address."
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            return None
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        if [value.decode("latin-1").lower() for value in found.get(b"origin", [])] != [f"{scheme}://{hosts[0]}"]:
            return 403, "This was asked by another site."
        return _too_long(scope["path"], found) if scope["type"] == "http" else None


    def _is_too_fast(self, scope: Scope) -> bool:
        address = (scope.get("client") or ("", 0))[0]
        if address == LOOPBACK:
            return False
        if len(self._devices) > MOST_KNOWN:
            self._devices.clear()
        now_s = self._now()
        return not self._devices.setdefault(address, Bucket(REQUESTS_A_SECOND, REQUESTS_AT_ONCE, now_s)).take(now_s)


def _too_long(path: str, headers: dict[bytes, list[bytes]]) -> tuple[int, str] | None:
    """Whether more is sent than anybody needs; h11 sees to it that it is not more than was said."""
    if b"transfer-encoding" in headers:
        return 411, "Say first how long it is."
    longest = LONGEST_SONG if path.startswith("/api/songs/") else LONGEST_BODY
    length = headers.get(b"content-length", [b"0"])[0]
    if not length.isdigit() or int(length) > longest:
        return 413, f"That is too long; {longest // 1000} kilobytes are possible."
    return None


def _with_headers(send: Send, scope: Scope) -> Send:
    """Answers get the headers; pages and data are never kept by the browser, files are asked for anew."""
    kept = b"no-cache" if scope["path"].startswith("/static/") else b"no-store"

    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS, (b"cache-control", kept)]
        await send(message)

    return send_with_headers
