"""Who a page is: signed cookies, codes to come in by, and how often somebody may guess.

A cookie says role and, for players, which page it is; it is signed with a key that lives in the session's block, so that a desk
that was started again knows its pages, and nobody comes in by a cookie of another session.
"""
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer

Role = Literal["facilitator", "player", "wall"]
ROLES: tuple[Role, ...] = ("facilitator", "player", "wall")
#: Letters and digits that nobody takes for another.
EASY = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LETTERS = 6
#: The first code is typed by nobody.
LONG_LETTERS = 16
#: The code on the wall changes so often, and is good for twice as long.
CODE_S = 600.0
INVITATION_S = 120.0
#: Cookies outlive the longest session; the key does not.
COOKIE_S = 24 * 3600
#: Wrong codes in a minute: from one address, and from all together.
MOST_GUESSES, MOST_GUESSES_OF_ALL, GUESSES_S = 10, 300, 60.0


@dataclass(frozen=True)
class Who:
    """What a cookie says."""

    role: Role
    page: str    # 16 hexadecimal digits


def new_page() -> str:
    """Name of a page that nobody has yet."""
    return secrets.token_hex(8)


def new_code(letters: int = CODE_LETTERS) -> str:
    """A code nobody can foresee."""
    return "".join(secrets.choice(EASY) for _ in range(letters))


def tidy(code: str) -> str:
    """A code as somebody typed it, as it is meant."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


class Cookies:
    """Makes and reads cookies; each role and port has its own, because browsers know no ports."""

    def __init__(self, key: str):
        self._signers = {role: URLSafeSerializer(key, salt=f"imm_audio {role}") for role in ROLES}

    @staticmethod
    def name(role: Role, port: int) -> str:
        return f"imm_{role}_{port}"

    def make(self, who: Who) -> str:
        """Text of the cookie."""
        return str(self._signers[who.role].dumps(who.page))

    def read(self, role: Role, text: str | None) -> Who | None:
        """What it says; None when it is not ours, or of another session."""
        if not text:
            return None
        try:
            page = self._signers[role].loads(text)
        except BadSignature:
            return None
        return Who(role, page) if isinstance(page, str) else None


class JoinCodes:
    """The code for everybody in the room.  It follows from key and time, so a desk that was started again has the same."""

    def __init__(self, key: str, now: Callable[[], float]):
        self._key, self._now = key.encode(), now

    def _code(self, turn: int) -> str:
        number = int.from_bytes(hmac.digest(self._key, f"join {turn}".encode(), hashlib.sha256)[:8], "big")
        letters = []
        for _ in range(CODE_LETTERS):
            number, letter = divmod(number, len(EASY))
            letters.append(EASY[letter])
        return "".join(letters)

    def current(self) -> tuple[str, int]:
        """The code to show, and for how many seconds."""
        turn, spent_s = divmod(self._now(), CODE_S)
        return self._code(int(turn)), int(CODE_S - spent_s) + 1

    def is_good(self, code: str) -> bool:
        """True for the code shown now and the one before."""
        turn = int(self._now() // CODE_S)
        return any(hmac.compare_digest(tidy(code).encode(), self._code(t).encode()) for t in (turn, turn - 1))


class Invitations:
    """Codes for one page each: another facilitator, the wall, and the page that the program itself opens."""

    def __init__(self, now: Callable[[], float]):
        self._now = now
        self._open: dict[str, tuple[Role, float]] = {}

    def invite(self, role: Role, lives_s: float = INVITATION_S, letters: int = CODE_LETTERS) -> str:
        """A new code."""
        self._open = {code: found for code, found in self._open.items() if found[1] > self._now()}
        code = new_code(letters)
        self._open[code] = role, self._now() + lives_s
        return code

    def is_good(self, code: str) -> bool:
        """True when it could be used."""
        return self._now() <= self._open.get(tidy(code), (None, -1.0))[1]

    def use(self, code: str) -> Role | None:
        """The role it is for, once."""
        role, until_s = self._open.pop(tidy(code), (None, 0.0))
        return role if self._now() <= until_s else None


class Guesses:
    """Counts wrong codes, so that nobody finds one by trying."""

    def __init__(self, now: Callable[[], float]):
        self._now = now
        self._wrong: deque[tuple[float, str]] = deque()

    def too_many(self, address: str) -> bool:
        """True while this address, or all of them together, have to wait."""
        while self._wrong and self._wrong[0][0] < self._now() - GUESSES_S:
            self._wrong.popleft()
        return len(self._wrong) >= MOST_GUESSES_OF_ALL or sum(a == address for _, a in self._wrong) >= MOST_GUESSES

    def wrong(self, address: str) -> None:
        """One more."""
        self._wrong.append((self._now(), address))
