"""The desk beside the music: killed, left alone by its parent, and ended, and nobody hears it."""
import contextlib
import json
import os
import signal
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from imm_audio.block import DESK, ENGINE, PARENT
from tests.rig.jack_rig import RATE
from tests.rig.program import wait_until
from tests.rig.sounds import choose_click, gaps, note


class Visitor:
    """A browser: keeps its cookies."""

    def __init__(self, program):
        wait_until(lambda: bytes(program.engine.header["desk"]["address"]), what="the desk")
        self.address = urlsplit(bytes(program.engine.header["desk"]["address"]).decode())
        self.origin = f"{self.address.scheme}://{self.address.netloc}"
        self.client = httpx.Client(base_url=self.origin, headers={"Origin": self.origin})

    def open(self):
        assert self.client.get(f"/open?{self.address.query}").headers["location"] == "/desk"

    def join(self):
        assert self.client.post("/api/join", json={}).status_code == 200

    def connect(self, what: str):
        cookie = "; ".join(f"{name}={text}" for name, text in self.client.cookies.items())
        return connect(f"{self.origin.replace('http', 'ws')}/ws/{what}", origin=self.origin, legacy=True,
                       additional_headers={"Cookie": cookie})


def hear(socket, what: str) -> dict:
    while True:
        message = json.loads(socket.recv(timeout=20.0))
        if message["t"] == what:
            return message


@pytest.fixture
def meeting(start, make_rig):
    rig = make_rig(keyboards=1, microphones=1)
    program = start("--inputs", "0", desk=True)
    rig.connect()
    rig.wait_for_keyboards()
    visitor = Visitor(program)
    visitor.open()
    visitor.join()
    return program, rig, visitor


def test_a_page_plays_and_is_the_same_player_after_the_desk_was_killed(meeting):
    program, rig, visitor = meeting
    page = visitor.connect("play")
    seat = hear(page, "you")["seat"]
    wait_until(lambda: program.players[seat])
    at_s = hear_clock(page)
    page.send(json.dumps({"t": "touch", "c": 130, "v": 0.9, "at": at_s, "n": 1}))
    wait_until(lambda: np.abs(rig.heard(rig.now - RATE // 10, rig.now)).max() > 0.003, 10.0, "the touch to sound")

    engine_pid, old = program.pid(ENGINE), program.pid(DESK)
    begun = rig.now
    os.kill(old, signal.SIGKILL)
    with contextlib.suppress(ConnectionClosed):
        while True:
            page.recv(timeout=20.0)
    wait_until(lambda: program.pid(DESK) not in (0, old), 20.0, "another desk")
    wait_until(lambda: answers(visitor), 20.0, "its answer at the same address")
    assert hear(visitor.connect("play"), "you")["seat"] == seat
    assert hear(visitor.connect("desk"), "room")["room"]["seats"]
    assert program.pid(ENGINE) == engine_pid
    heard = rig.heard(begun, rig.now)[:, 0]
    assert np.abs(heard).max() > 0.003
    assert gaps(heard) <= rig.lapses
    assert "part that makes the pages had to be started again" in program.notices
    # what the page held when it died does not sound for ever
    log_has = lambda: np.abs(rig.heard(rig.now - RATE // 10, rig.now)).max() < 0.001  # noqa: E731
    wait_until(log_has, 20.0, "silence")
    assert program.end() == 0
    assert not program.living


def answers(visitor) -> bool:
    try:
        return visitor.client.get("/api/me").json()["role"] == "facilitator"
    except httpx.TransportError:
        return False


def hear_clock(page) -> float:
    page.send(json.dumps({"t": "ping", "at": 0.0}))
    return hear(page, "pong")["now_s"]


def test_pages_go_on_after_the_parent_was_killed(meeting):
    program, rig, visitor = meeting
    rig.send([(rig.soon(), 0, message) for message in (*choose_click(), note())])
    old, desk = program.pid(PARENT), program.pid(DESK)
    os.kill(old, signal.SIGKILL)
    program.process.wait(5.0)
    wait_until(lambda: program.pid(PARENT) not in (0, old), 20.0, "another parent")
    wait_until(lambda: program.pid(DESK) not in (0, desk), 20.0, "another desk")
    wait_until(lambda: answers(visitor), 20.0, "its answer")
    page = visitor.connect("desk")
    assert hear(page, "room")["room"]["seats"][0]["plugged"]
    page.send(json.dumps({"t": "do", "n": 1, "command": {"do": "set", "show_chords": True}}))
    assert hear(page, "answer")["ok"]
    page.send(json.dumps({"t": "do", "n": 2, "command": {"do": "end_session"}}))
    assert hear(page, "bye")["say"] == "The session has ended."
    wait_until(lambda: not program.living, 20.0, "the end")
    assert program.facts["closed"]
