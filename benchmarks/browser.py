"""The pages in a real browser: how heavy they are, how soon they can be used, and whether they draw as often as the screen.

The real program on the null device, sixteen players who touch ten times a second, and the system's Chromium with one page after
the other.  Pictures are counted by the browser's own tracing: those its compositor drew, those it dropped, and how much of a
processor the thread of the page took.  A machine without a graphics card draws with its processor, which is part of what is
measured.
"""
import asyncio
import contextlib
import json
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, Response

from imm_audio.kernels.voices.part import PLAYERS
from tests.pages.stage import DESK_SIZE, PHONE_SIZE, WALL_SIZE, Room, Stage, find_chromium

from .pages import Player
from .results import RESULTS, console, record, show

#: Targets.
HEAVIEST_KB, READY_MS, PICTURES_A_SECOND = 300.0, 1000.0, 60.0
SETTLE_S = 3.0
SONG = "frere-jacques"
#: Role, address, size, and what can be used as soon as it is there.
PAGES = (("desk", "/desk", DESK_SIZE, "#six-start"), ("player", "/play", PHONE_SIZE, "#stage button.field"),
         ("wall", "/wall", WALL_SIZE, "#words:not([hidden]), #welcome:not([hidden])"))
#: A promise of when it is there [ms after the page was asked for].
_WATCH = """
window.readyMs = new Promise((tell) => {
  const look = () => (document.querySelector(%s) ? tell(performance.now()) : requestAnimationFrame(look));
  requestAnimationFrame(look);
});
"""
_CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame"]


class Band:
    """Sixteen players' pages without a browser, who play until they are told to stop."""

    def __init__(self, room: Room, players: list[Player]):
        self._origin, self._players = room.origin, players
        self._loop = asyncio.new_event_loop()
        self._playing = self._loop.create_task(self._play())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._playing)

    async def _play(self) -> None:
        url = self._origin.replace("http", "ws") + "/ws/play"
        await asyncio.gather(*(player.play(url, self._origin, float("inf")) for player in self._players))

    def stop(self) -> None:
        """All pages go."""
        self._loop.call_soon_threadsafe(self._playing.cancel)
        self._thread.join()


def _players(room: Room) -> list[Player]:
    leads = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in room.cookies)
    players = []
    for number in range(PLAYERS):
        joined = httpx.post(f"{room.origin}/api/join", json={}, headers={"Origin": room.origin, "Cookie": leads})
        joined.raise_for_status()
        players.append(Player(number, "; ".join(f"{name}={text}" for name, text in joined.cookies.items())))
    return players


def _load(room: Room, role: str, path: str, size: tuple[int, int], ready: str) -> tuple[Page, dict[str, float]]:
    """The page, and what it took to come: kilobytes and milliseconds, with an empty cache."""
    context = room.context(size)
    context.add_cookies(getattr(room, role)().context.cookies())
    context.add_init_script(_WATCH % json.dumps(ready))
    page, answers = room.page(context), list[Response]()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{room.origin}{path}")
    ready_ms = float(page.evaluate("() => window.readyMs"))
    page.wait_for_load_state("networkidle")
    return page, {"weight_kb": sum(len(answer.body()) for answer in answers if answer.ok) / 1000.0, "ready_ms": ready_ms}


def _draw(stage: Stage, page: Page, seconds: float) -> dict[str, float]:
    """What the browser did in some seconds, by its own tracing."""
    page.bring_to_front()
    stage.browser.start_tracing(page=page, categories=_CATEGORIES)
    page.wait_for_timeout(seconds * 1000.0)
    events = json.loads(stage.browser.stop_tracing())["traceEvents"]
    frames = [event for event in events if event["name"] in ("DrawFrame", "DroppedFrame")]
    # other pages are open too: the one that draws most is ours
    (pid, tree), _ = Counter((event["pid"], event["args"].get("layerTreeId")) for event in frames).most_common(1)[0]
    ours = [event for event in frames if (event["pid"], event["args"].get("layerTreeId")) == (pid, tree)]
    drawn = np.sort([event["ts"] for event in ours if event["name"] == "DrawFrame"]) / 1e6
    main = {event["tid"] for event in events if (event["name"], event["pid"]) == ("thread_name", pid)
            and event["args"]["name"] == "CrRendererMain"}
    busy_us = sum(event.get("tdur", 0) for event in events
                  if (event["name"], event["pid"]) == ("RunTask", pid) and event["tid"] in main)
    waited_ms = np.diff(drawn) * 1e3
    return {"pictures_a_second": (len(drawn) - 1) / float(drawn[-1] - drawn[0]),
            "p99_between_ms": float(np.percentile(waited_ms, 99)),
            "dropped": sum(event["name"] == "DroppedFrame" for event in ours), "page_busy_percent": busy_us / seconds / 1e4}


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure all pages."""
    if find_chromium() is None:
        console.print("There is no Chromium here: apt-get install chromium")
        return
    seconds = 2.0 if quick else 15.0
    figures: dict[str, Any] = {"players": PLAYERS, "seconds": seconds}
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home))
        try:
            room = stage.new_room()
            room.do(do="set", first_run_done=True)
            band = Band(room, _players(room))
            room.do(do="add_person", nickname="Rosa")           # one place is kept for the computer's own keys
            room.wait_for(lambda state: len(state["people"]) >= PLAYERS, "sixteen people")
            room.do(do="choose_song", song=SONG)
            room.do(do="arrange", again=True)
            room.do(do="start_stop")
            for role, path, size, ready in PAGES:
                page, figures[role] = _load(room, role, path, size, ready)
                time.sleep(SETTLE_S)
                figures[role] |= _draw(stage, page, seconds)
                room.leave()                                    # one page draws at a time, as on its own device
            band.stop()
        finally:
            stage.close()
    rows = [(role, *(figures[role][name] for name in ("weight_kb", "ready_ms", "pictures_a_second", "p99_between_ms", "dropped",
                                                      "page_busy_percent"))) for role, *_ in PAGES]
    show(f"Pages in Chromium, {PLAYERS} players", ("page", "KB", "ready after ms", "pictures/s", "p99 between ms", "dropped",
                                                   "processor of its thread %"), rows,
         f"Targets: {HEAVIEST_KB:.0f} KB, {READY_MS:.0f} ms, {PICTURES_A_SECOND:.0f} pictures a second.")
    record("browser", figures, folder)
