"""The way in: who may have which cookie, and who a request is from."""
from collections.abc import Callable
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from .who import COOKIE_S, LONG_LETTERS, Cookies, Guesses, Invitations, JoinCodes, Role, Who, new_page, tidy

OLD_CODE = "This code is not valid any more. Ask for a new one."
WAIT = "That were too many wrong codes. Wait a minute, then try again."
CLOSED = "Nobody else can join just now. Ask the person who leads."


class Door:
    """Keeps codes and cookies.

    key: of the session; `now`: server time; `newcomers`: whether phones may join.
    """

    def __init__(self, key: str, now: Callable[[], float], newcomers: Callable[[], bool]):
        self.join_codes, self._invitations, self._guesses = JoinCodes(key, now), Invitations(now), Guesses(now)
        self._cookies, self._newcomers = Cookies(key), newcomers
        self.first_code = ""
        #: Called with the new code, when the program's own was used.
        self.renewed: Callable[[str], None] = lambda code: None
        self.renew()

    def renew(self) -> None:
        """A new code by which the program opens the desk; it lives until it is used."""
        self.first_code = self._invitations.invite("facilitator", float("inf"), LONG_LETTERS)
        self.renewed(self.first_code)

    def invite(self, role: Role) -> str:
        """A code for one page."""
        return self._invitations.invite(role)

    def is_invitation(self, code: str) -> bool:
        """Whether a code would open something."""
        return self._invitations.is_good(code)

    def who(self, request: HTTPConnection, roles: tuple[Role, ...]) -> Who | None:
        """Who asks, in the first of these roles that fits."""
        for role in roles:
            text = request.cookies.get(self._cookies.name(role, _port(request)))
            if found := self._cookies.read(role, text):
                return found
        return None

    def open(self, request: HTTPConnection, code: str) -> Role:
        """The role that a one-time code is for.  HTTPException: it is for none."""
        address = self._knock(request)
        role = self._invitations.use(code)
        if role is None:
            self._guesses.wrong(address)
            raise HTTPException(403, OLD_CODE)
        if tidy(code) == self.first_code:
            self.renew()
        return role

    def join(self, request: HTTPConnection, code: str) -> None:
        """Let a player in.  HTTPException: not with this code, or not now."""
        address = self._knock(request)
        if not self.who(request, ("facilitator",)):
            if not self.join_codes.is_good(code):
                self._guesses.wrong(address)
                raise HTTPException(403, OLD_CODE)
            if not self._newcomers():
                raise HTTPException(403, CLOSED)

    def _knock(self, request: HTTPConnection) -> str:
        address = request.client.host if request.client else ""
        if self._guesses.too_many(address):
            raise HTTPException(429, WAIT)
        return address

    def let_in(self, request: HTTPConnection, response: Response, role: Role) -> None:
        """Give the cookie; a page that had one keeps its name."""
        known = self.who(request, (role,))
        text = self._cookies.make(replace(known) if known else Who(role, new_page()))
        response.set_cookie(self._cookies.name(role, _port(request)), text, max_age=COOKIE_S, path="/", httponly=True,
                            samesite="strict", secure=request.url.scheme in ("https", "wss"))


def _port(request: HTTPConnection) -> int:
    return int((request.scope.get("server") or ("", 0))[1] or 0)
