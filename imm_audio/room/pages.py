"""Places of players' pages: phones and tablets get the last ones, whatever is plugged in the first."""
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..block import bytes_of, text_of
from ..kernels.engine.events import RELEASE
from ..settings import PLACES

if TYPE_CHECKING:
    from ..engine import Engine
    from .places import Places

STEM = "touch-page"
#: Place of the computer's own keys (live.py), which come and go: no page gets it.
KEYS_PLACE = 11


@dataclass
class Screen:
    """One page, seen in this session."""

    seat: int
    here: bool = True
    left: int = 0     # when it went, counted in pages that went


class Pages:
    """Who sits where by a page of their own.  A page keeps its place while it is away, as long as there are others."""

    def __init__(self, engine: "Engine", places: "Places", get_up: Callable[[int], None]):
        """`get_up` is told of a place that its player lost to somebody else."""
        self._header, self._places, self._get_up = engine.header, places, get_up
        self._screens: dict[str, Screen] = {}
        self._names: dict[int, str] = {}     # seat -> what is shown
        self._left = 0
        for seat in range(PLACES):           # another parent may have seated them
            if text_of(self._header["controllers"][seat]) == STEM:
                self._names[seat] = text_of(self._header["players"][seat])

    def page_of(self, seat: int) -> str:
        """The page that came first to a place; empty: none."""
        return next((page for page, screen in self._screens.items() if screen.seat == seat), "")

    def is_page(self, seat: int) -> bool:
        """Whether a place is played by pages."""
        return seat in self._names

    def knows(self, page: str, seat: int | None) -> bool:
        """Whether a page was here before."""
        return page in self._screens or seat in self._names

    def join(self, page: str, seat: int | None) -> int:
        """A page comes: its place.  ValueError when there is none, one sentence."""
        known = self._screens.get(page)
        if known is None:
            found = seat if seat is not None and seat in self._names else self._free()
            if found is None:
                raise ValueError("All sixteen places are taken by instruments.")
            known = self._screens[page] = Screen(found)
        known.here = True
        self._names.setdefault(known.seat, self._free_name())
        self.look()
        return known.seat

    def leave(self, page: str) -> None:
        """A page went; it may come back.  What it held is let go, unless others play there too."""
        screen = self._screens.get(page)
        if screen is None or not screen.here:
            return
        self._left += 1
        screen.here, screen.left = False, self._left
        if not self._count(screen.seat):
            self._header["plugged"][screen.seat] = 0
            self._places.say([(RELEASE, screen.seat, -1, 0.0, 0.0)])

    def look(self) -> None:
        """Write places as they should be: an engine process that begins anew has forgotten them."""
        header = self._header
        for seat, name in self._names.items():
            header["controllers"][seat] = bytes_of(STEM, 64)
            header["plugged"][seat] = self._count(seat) > 0
            header["players"][seat] = bytes_of(name, 64)

    def _count(self, seat: int) -> int:
        """Screens at a place that are there now."""
        return sum(screen.here and screen.seat == seat for screen in self._screens.values())

    def _free(self) -> int | None:
        """A place for somebody new: a free one, one whose player went long ago, or one that is shared."""
        header = self._header
        free = [seat for seat in reversed(range(PLACES)) if seat != KEYS_PLACE and not header["players"][seat]]
        if free:
            return free[0]
        away = [seat for seat in self._names if not self._count(seat)]
        if away:
            oldest = min(away, key=lambda seat: max((s.left for s in self._screens.values() if s.seat == seat), default=0))
            self._forget(oldest)
            return oldest
        return min(self._names, key=self._count, default=None)

    def _forget(self, seat: int) -> None:
        """Nobody sits there any more; the next one is somebody else."""
        self._screens = {page: screen for page, screen in self._screens.items() if screen.seat != seat}
        del self._names[seat]
        self._header["players"][seat] = self._header["controllers"][seat] = b""
        self._header["plugged"][seat] = 0
        self._places.look()  # sees that it is free before it is taken again
        self._get_up(seat)

    def _free_name(self) -> str:
        number = 1
        while f"Screen {number}" in self._names.values():
            number += 1
        return f"Screen {number}"
