"""Players' pages: the real program with its desk, twenty pages that play by real WebSockets, one desk that watches.

Every page speaks the protocol of a player's page: it compares clocks by pings, and says of each touch when it was.  Counted are
touches sent and touches in the take's log; measured is the frame at which the engine plays a touch against the touch's own
time, plus one block, which is what the engine adds before its driver.  Before and after that the same touches come from inside
the computer, without any page: what pages cost the callback is the difference.

On a JACK server with the dummy driver where there is one (tests/rig/), else on the null device.
"""
import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from imm_audio.block import ENGINE, text_of
from imm_audio.engine import Engine
from imm_audio.kernels.engine.events import LET_GO, TOUCH
from imm_audio.kernels.engine.state import BINS_PER_US, FROM_LISTENING
from imm_audio.kernels.music.terms import CONTROLS, FIRST_CONTROL
from tests.rig.jack_rig import Server, missing
from tests.rig.program import Home, Program, wait_until

from .results import RESULTS, record, show

PAGES, TOUCHES_A_SECOND = 20, 10
#: Targets: touch to sound, and its spread.
P99_MS, JITTER_MS = 15.0, 5.0
#: Of this process, just below that of the desk.
PRIORITY = 39
SETTLE_S, HELD_S = 3.0, 0.05
#: The first seconds of a page: its clock and the delay of its touches settle.
FIRST_S = 10.0
#: Velocities say which touch it is; they come again after so many of a page.
VELOCITIES = 600


@dataclass
class Player:
    """One page."""

    number: int
    cookie: str
    seat: int = -1
    offset_s: float = 0.0
    sent: list[tuple[float, int, int]] = field(default_factory=list)   # time, control, number of the velocity
    messages: int = 0

    def control(self, n: int) -> int:
        """Pages touch controls of their own, so that the log tells them apart, though they share places."""
        each = CONTROLS // max(PAGES, self.number + 1) or 1
        return FIRST_CONTROL + self.number * each + n % each

    async def play(self, url: str, origin: str, seconds: float) -> None:
        """Connect, settle, and play for `seconds`."""
        async with connect(url, additional_headers={"Cookie": self.cookie}, origin=origin, compression=None,
                           max_queue=None) as socket:
            pongs: asyncio.Queue[tuple[float, float, float]] = asyncio.Queue()
            reading, clock = asyncio.create_task(self._read(socket, pongs)), asyncio.create_task(self._ping(socket, pongs))
            try:
                await self._touch(socket, seconds)
            finally:
                clock.cancel()
                reading.cancel()

    async def _read(self, socket: ClientConnection, pongs: "asyncio.Queue[tuple[float, float, float]]") -> None:
        async for text in socket:
            message, now_s = json.loads(text), time.monotonic()
            self.messages += 1
            if message["t"] == "pong":
                pongs.put_nowait((now_s - message["at"], message["at"], message["now_s"]))
            elif message["t"] == "you":
                self.seat = message["seat"]
            elif message["t"] == "bye":
                raise RuntimeError(message["say"])

    async def _ping(self, socket: ClientConnection, pongs: "asyncio.Queue[tuple[float, float, float]]") -> None:
        """The clock of lib/connection.js: the shortest way of the last eight."""
        found: list[tuple[float, float, float]] = []
        while True:
            await socket.send(json.dumps({"t": "ping", "at": time.monotonic()}))
            found = [*found, await pongs.get()][-8:]
            way_s, at_s, there_s = min(found)
            self.offset_s = there_s - (at_s + way_s / 2.0)
            await asyncio.sleep(0.1 if len(found) < 5 else 2.0)

    async def _touch(self, socket: ClientConnection, seconds: float) -> None:
        rng = np.random.default_rng(self.number)
        while self.seat < 0 or not self.offset_s:
            await asyncio.sleep(0.01)
        end_s, number = time.monotonic() + seconds, 0
        due_s = time.monotonic() + rng.uniform(0.0, 0.5)
        while due_s < end_s:
            await asyncio.sleep(max(due_s - time.monotonic(), 0.0))
            control, velocity, at_s = self.control(number), number % VELOCITIES, time.monotonic()
            self.sent.append((at_s, control, velocity))
            await socket.send(json.dumps({"t": "touch", "c": control, "v": (velocity + 1) / (VELOCITIES + 1),
                                          "at": at_s + self.offset_s, "n": 2 * number}))
            await asyncio.sleep(HELD_S)
            await socket.send(json.dumps({"t": "let_go", "c": control, "at": time.monotonic() + self.offset_s,
                                          "n": 2 * number + 1}))
            due_s += rng.uniform(0.6, 1.4) / TOUCHES_A_SECOND
            number += 1


class Clock:
    """Frames and times of the engine as seen from here, put together afterwards."""

    TURN_S = 0.5

    def __init__(self, engine: Engine):
        self._engine, self._rate = engine, engine.sample_rate
        self._turns: dict[int, float] = {}

    async def look(self) -> None:
        while True:
            frame, now_s = self._engine.frame, time.monotonic()
            turn = int(now_s // self.TURN_S)
            self._turns[turn] = max(self._turns.get(turn, -np.inf), frame - self._rate * now_s)
            await asyncio.sleep(0.002)

    def time_of(self, frame: float, near_s: float) -> float:
        """When the engine had come to a frame: by the earliest of its callbacks around that time."""
        turn = int(near_s // self.TURN_S)
        around = [self._turns[t] for t in range(turn - 4, turn + 5) if t in self._turns]
        return (frame - max(around)) / self._rate


# --- the program ----------------------------------------------------------------------------------------------------
@contextmanager
def _program() -> Iterator[Program]:
    with tempfile.TemporaryDirectory() as folder:
        server = None if missing() else Server()
        try:
            if server:
                server.start()
            words = ("--inputs", "0") if server else ("--audio-device", "null")
            program = Program(Home(Path(folder) / "home", server), *words, "--chords", "C G Am F", desk=True)
            try:
                wait_until(lambda: bytes(program.engine.header["desk"]["address"]), what="the desk")
                yield program
            finally:
                program.clear()
        finally:
            if server:
                server.remove()


def _come_in(program: Program, pages: int) -> tuple[str, str, list[Player]]:
    """Origin, the facilitator's cookie, and players who have joined."""
    address = urlsplit(text_of(program.engine.header["desk"]["address"]))
    origin = f"{address.scheme}://{address.netloc}"
    with httpx.Client(base_url=origin, headers={"Origin": origin}) as browser:
        browser.get(f"{address.path}?{address.query}")
        leads = "; ".join(f"{name}={text}" for name, text in browser.cookies.items())
        players = []
        for number in range(pages):
            joined = httpx.post(f"{origin}/api/join", json={}, headers={"Origin": origin, "Cookie": leads})
            joined.raise_for_status()
            players.append(Player(number, "; ".join(f"{name}={text}" for name, text in joined.cookies.items())))
    return origin, leads, players


async def _watch(url: str, origin: str, cookie: str) -> None:
    """A desk that reads everything."""
    async with connect(url, additional_headers={"Cookie": cookie}, origin=origin, compression=None, max_queue=None) as socket:
        async for text in socket:
            json.loads(text)


@contextlib.asynccontextmanager
async def _chromium(origin: str, cookie: str):
    """The facilitator's page in a real browser."""
    from playwright.async_api import async_playwright

    name, _, value = cookie.partition("=")
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = await browser.new_context()
        await context.add_cookies([{"name": name, "value": value, "url": origin}])
        page = await context.new_page()
        await page.goto(f"{origin}/desk")
        yield
        await browser.close()


async def _play_from_inside(engine: Engine, seats: list[int], seconds: float, players: list[Player]) -> None:
    """The same touches without a page, from where the listener would speak, which is not there."""
    async def touch(player: Player, seat: int) -> None:
        rng, end_s, number = np.random.default_rng(player.number), time.monotonic() + seconds, 0
        while time.monotonic() < end_s:
            await asyncio.sleep(rng.uniform(0.6, 1.4) / TOUCHES_A_SECOND - HELD_S)
            key, velocity = player.control(number), (number % VELOCITIES + 1) / (VELOCITIES + 1)
            engine.push(TOUCH, seat, 0, key, velocity, ring=FROM_LISTENING)
            await asyncio.sleep(HELD_S)
            engine.push(LET_GO, seat, 0, key, 0.0, ring=FROM_LISTENING)
            number += 1

    await asyncio.gather(*(touch(player, seat) for player, seat in zip(players, seats, strict=True)))


# --- counting -------------------------------------------------------------------------------------------------------
class Callback:
    """What the callback did between two moments."""

    def __init__(self, engine: Engine):
        self._host = engine.state["host"]
        self._before = self._read()

    def _read(self) -> dict[str, Any]:
        return {name: np.array(self._host[name]) for name in ("time_bins", "delivered_frames", "expected_frames", "xruns")}

    def figures(self) -> dict[str, float]:
        spent = {name: now - self._before[name] for name, now in self._read().items()}
        total = np.cumsum(spent["time_bins"])
        percentile = {f"p{100 * share:g}_us": float(np.searchsorted(total, share * total[-1]) + 0.5) / BINS_PER_US
                      for share in (0.5, 0.99)}
        delivered = min(float(spent["delivered_frames"]) / float(spent["expected_frames"]), 1.0)
        return {**percentile, "delivered_ratio": delivered, "xruns": int(spent["xruns"]), "blocks": int(total[-1])}


def _compare(players: list[Player], log: list[dict[str, Any]], start_frame: int, clock: Clock, block_s: float,
             from_s: float) -> dict[str, Any]:
    """Lost, doubled, and how late touches were played [ms], those from `from_s` on."""
    played: dict[tuple[int, int], list[int]] = defaultdict(list)
    for line in log:
        if line["kind"] == "touch":
            played[int(line["key"]), round(line["value"] * (VELOCITIES + 1)) - 1].append(line["frame"] + start_frame)
    sent: dict[tuple[int, int], list[float]] = defaultdict(list)
    for player in players:
        for at_s, control, velocity in player.sent:
            sent[control, velocity].append(at_s)
    lost = sum(max(len(times) - len(played[what]), 0) for what, times in sent.items())
    doubled = sum(max(len(frames) - len(sent[what]), 0) for what, frames in list(played.items()))
    late_ms = [1e3 * (clock.time_of(frame, at_s) - at_s + block_s)
               for what, times in sent.items() if len(times) == len(played[what])
               for at_s, frame in zip(times, sorted(played[what]), strict=True) if at_s >= from_s]
    p1, p50, p99 = np.percentile(late_ms, [1, 50, 99])
    return {"touches": sum(map(len, sent.values())), "measured": len(late_ms), "lost": lost, "doubled": doubled,
            "p50_ms": float(p50), "p99_ms": float(p99), "max_ms": float(max(late_ms)), "jitter_ms": float(p99 - p1)}


async def _measure(program: Program, seconds: float, pages: int, chromium: bool) -> dict[str, Any]:
    engine = program.engine
    origin, leads, players = _come_in(program, pages)
    url, clock = origin.replace("http", "ws"), Clock(engine)
    looking = asyncio.create_task(clock.look())
    # everybody comes once, so that their places have instruments
    await asyncio.gather(*(player.play(f"{url}/ws/play", origin, 0.0) for player in players))
    seats, alone = [player.seat for player in players], max(seconds / 4.0, 5.0)
    await asyncio.sleep(SETTLE_S)
    without = []
    counted = Callback(engine)
    await _play_from_inside(engine, seats, alone, players)
    without.append(counted.figures())
    async with contextlib.AsyncExitStack() as stack:
        if chromium:
            await stack.enter_async_context(_chromium(origin, leads))
        watching = asyncio.create_task(_watch(f"{url}/ws/desk", origin, leads))
        counted, before_s = Callback(engine), time.monotonic()
        await asyncio.gather(*(player.play(f"{url}/ws/play", origin, seconds) for player in players))
        with_pages = counted.figures()
        watching.cancel()
    await asyncio.sleep(SETTLE_S)
    counted = Callback(engine)
    await _play_from_inside(engine, seats, alone, players)
    without.append(counted.figures())
    looking.cancel()
    assert program.pid(ENGINE)
    block_s = float(engine.state["host"]["block_frames"]) / engine.sample_rate
    dropped = int(engine.state["rings"]["dropped"][:, 0].sum())
    program.end(patience_s=60.0)
    inside = {player.control(n) for player in players for n in range(CONTROLS)}
    facts = program.facts
    log = [line for line in program.log if line["kind"] != "touch" or line["key"] in inside]
    log = [line for line in log if _between(line, facts, clock, before_s, seconds)]
    figures = _compare(players, log, facts["start_frame"], clock, block_s, before_s + min(FIRST_S, seconds / 2.0))
    return {"seconds": seconds, "pages": pages, "chromium": chromium,
            "device": "null" if missing() else "JACK, dummy driver", "block_ms": 1e3 * block_s, "dropped": dropped,
            "messages_a_second": sum(player.messages for player in players) / seconds,
            **figures, "with_pages": with_pages, "without_pages": without}


def _between(line: dict[str, Any], facts: dict[str, Any], clock: Clock, before_s: float, seconds: float) -> bool:
    """Whether an event of the log belongs to the time of the pages."""
    at_s = clock.time_of(line["frame"] + facts["start_frame"], before_s)
    return before_s <= at_s <= before_s + seconds + SETTLE_S


def main(quick: bool = False, folder: Path = RESULTS, minutes: float = 10.0, pages: int = PAGES,
         chromium: bool = False) -> None:
    """Measure, show, record."""
    seconds = 10.0 if quick else 60.0 * minutes
    with _program() as program:
        with contextlib.suppress(OSError, AttributeError):  # no touch is late because this process is; a browser is ordinary
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
        figures = asyncio.run(_measure(program, seconds, pages, chromium))
    good = {True: "yes", False: "NO"}
    show(f"{pages} pages, {TOUCHES_A_SECOND} touches a second each, for {seconds / 60:.3g} minutes, and the desk "
         f"({figures['device']}, {figures['block_ms']:.1f} ms blocks)", ("", "measured", "target", "reached"),
         [("touches", str(figures["touches"]), "", ""),
          ("lost, doubled", f"{figures['lost']}, {figures['doubled']}", "0, 0",
           good[figures["lost"] == figures["doubled"] == 0]),
          ("touch to sound, median", f"{figures['p50_ms']:.2f} ms", "", ""),
          ("touch to sound, p99", f"{figures['p99_ms']:.2f} ms", f"<= {P99_MS:g} ms", good[figures["p99_ms"] <= P99_MS]),
          ("jitter (p99 - p1)", f"{figures['jitter_ms']:.2f} ms", f"<= {JITTER_MS:g} ms",
           good[figures["jitter_ms"] <= JITTER_MS])])
    rows = [("no pages, before", figures["without_pages"][0]), ("with pages", figures["with_pages"]),
            ("no pages, after", figures["without_pages"][1])]
    show("The callback with the same touches", ("", "p50 us", "p99 us", "delivered", "xruns"),
         [(name, row["p50_us"], row["p99_us"], f"{row['delivered_ratio']:.4%}", row["xruns"]) for name, row in rows])
    record("pages", figures, folder)
