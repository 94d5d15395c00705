"""What pages see and do, over real connections."""
import asyncio
import json
import socket

import pytest

from imm_audio.block import INFO, PARENT, PROBLEM, bytes_of, tell
from imm_audio.desk import outbox as outbox_module
from imm_audio.desk import page as pages
from imm_audio.desk.values import SOUNDS_DB
from imm_audio.desk.who import new_page
from imm_audio.kernels.engine.events import NOTE_ON, SOUND
from imm_audio.kernels.voices.part import PLUCK
from imm_audio.room.commands import Answer
from imm_audio.room.recorder import Recorder, ask_to_record
from tests.desk.desk import Desk, wait_until


# --- greeting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("what", "role", "first"), [
    ("desk", "facilitator", "room"), ("wall", "wall", "room"), ("play", "player", "you")])
def test_a_page_is_greeted_and_sees_everything_once(desk, what, role, first):
    page = desk.open(what)
    assert [message["t"] for message in page.heard] == ["hello", first, "live"]
    assert page.hello["role"] == role
    assert page.hello["session"] == "0123456789abcdef"
    assert abs(page.hello["now_s"] - desk.now()) < 10.0


def test_the_facilitators_own_browser_may_show_the_wall(desk):
    wall = desk.browser("facilitator").connect("wall")
    assert wall.hear("hello")["role"] == "wall"
    assert "nickname" not in str(wall.hear("room"))


def test_a_player_sees_its_part_its_sign_and_how_many_screens_share_the_seat(desk):
    page_name = new_page()
    one = desk.open("play", desk.browser("player", page_name))
    assert one.first["seat"] == 15
    assert one.first["sign"] == "🐳"
    assert one.first["part"]["instrument"] == "magic-harp"
    assert one.first["screens"] == 1
    desk.room.pages["fedcba9876543210"] = 15
    other = desk.open("play", desk.browser("player", "fedcba9876543210"))
    assert other.first["screens"] == 2
    assert one.hear("you")["screens"] == 2
    other.close()
    assert one.hear("you")["screens"] == 1


def test_clocks_are_compared_by_pings(desk):
    page, before_s = desk.open("play"), desk.now()
    page.say({"t": "ping", "at": 12.5})
    pong = page.hear("pong")
    assert pong["at"] == 12.5
    assert before_s <= pong["now_s"] <= desk.now()


# --- asking ---------------------------------------------------------------------------------------------------------
def test_an_answer_comes_after_what_came_of_it(desk):
    leads = desk.open("desk")
    desk.room.answer = Answer(say="Done.", more={"one": 1})
    leads.say({"t": "do", "n": 7, "command": {"do": "set", "language": "de"}})
    answer = leads.hear("answer")
    assert (answer["n"], answer["ok"], answer["more"]) == (7, True, {"one": 1})
    rooms = [message["room"] for message in leads.heard if message["t"] == "room"]
    assert rooms[-1]["language"] == "de"
    assert ("facilitator", "set") in [(who, command.do) for who, command in desk.room.asked]


def test_every_page_sees_what_one_desk_changed(desk):
    leads, other, wall = desk.open("desk"), desk.open("desk"), desk.open("wall")
    leads.say({"t": "do", "n": 1, "command": {"do": "set", "show_chords": True}})
    assert other.hear("room")["room"]["show_chords"]
    assert wall.hear("room")["room"]["show_chords"]


def test_a_player_calls_for_help(desk):
    page = desk.open("play")
    page.say({"t": "call"})
    wait_until(lambda: [(who, command.do, command.seat) for who, command in desk.room.asked if command.do == "call"]
               == [("desk", "call", 15)])


def test_notices_reach_the_desk_in_its_language_and_nobody_else(desk):
    leads, wall = desk.open("desk"), desk.open("wall")
    tell(desk.engine.header, PARENT, "The music plays.", INFO)
    tell(desk.engine.header, PARENT, "Nothing is heard.", PROBLEM)
    found = [leads.hear("notice") for _ in range(2)]
    assert [(notice["level"], notice["text"]) for notice in found] == [
        ("info", "The music plays."), ("problem", "Nothing is heard.")]
    wall.say({"t": "ping", "at": 1.0})
    wall.hear("pong")
    assert not any(message["t"] == "notice" for message in wall.heard)


# --- live values ----------------------------------------------------------------------------------------------------
def test_only_what_changed_is_sent(desk):
    leads = desk.open("desk")
    assert {"beat", "levels", "mics", "band", "out", "follow", "take", "sound", "pages", "network"} <= set(leads.live)
    leads.hear("live", lambda live: "beat" in live and set(live) <= {"t", "beat", "network"})


def test_levels_move_with_the_sound(desk):
    leads, page, wall = desk.open("desk"), desk.open("play"), desk.open("wall")
    desk.engine.push(SOUND, 15, 0, PLUCK, 0.0)
    desk.engine.push(NOTE_ON, 15, 0, 60.0, 1.0)
    for _ in range(20):
        desk.engine.process(None, 128)
    level = leads.hear("live", lambda live: "levels" in live)["levels"][15]
    assert SOUNDS_DB < level <= 0
    assert page.hear("live", lambda live: "level" in live)["level"] == level
    assert wall.hear("live", lambda live: "sounding" in live)["sounding"] == [15]


def test_the_desk_sees_how_touches_come_in(desk):
    leads, page = desk.open("desk"), desk.open("play")
    for n in range(20):
        page.say({"t": "touch", "c": 128 + n % 4, "v": 0.5, "at": desk.now() - 0.004 * (n % 3), "n": n})
    view = leads.hear("live", lambda live: live.get("pages") and live["pages"][0]["touches"] == 20)["pages"][0]
    assert view["seat"] == 15
    assert view["screens"] == 1
    assert view["late_ms"] >= 8.0
    assert view["jitter_ms"] > 1.0
    assert not view["away"]
    page.say({"t": "touch", "c": 128, "v": 0.5, "at": desk.now() - 1.0, "n": 21})
    leads.hear("live", lambda live: live.get("pages") and live["pages"][0]["dropped"] == 1)
    page.close()
    assert leads.hear("live", lambda live: live.get("pages") and live["pages"][0]["away"])


# --- coming back ----------------------------------------------------------------------------------------------------
def test_what_a_page_held_is_let_go_of_when_its_connection_ends(desk):
    page = desk.open("play")
    page.say({"t": "touch", "c": 130, "v": 0.5, "at": desk.now(), "n": 1})
    desk.played(1)
    page.connection.socket.shutdown(socket.SHUT_RDWR)
    assert [event[:3] for event in desk.played(2)] == [("touch", 15, 130.0), ("let_go", 15, 130.0)]
    wait_until(lambda: not desk.room.here)


def test_what_a_silent_page_holds_is_let_go_of_before_its_connection_ends(desk, monkeypatch):
    page = desk.open("play")
    page.say({"t": "touch", "c": 130, "v": 0.5, "at": desk.now(), "n": 1})
    desk.played(1)
    desk.now_s += pages.SILENT_S + 0.1
    assert desk.played(2)[1][:3] == ("let_go", 15, 130.0)


def test_all_off_lets_go_of_everything(desk):
    page = desk.open("play")
    for control in (130, 131):
        page.say({"t": "touch", "c": control, "v": 0.5, "at": desk.now(), "n": control})
    page.say({"t": "all_off"})
    assert sorted(event[:3] for event in desk.played(4)[2:]) == [("let_go", 15, 130.0), ("let_go", 15, 131.0)]


def test_a_page_comes_back_as_the_same_player(desk):
    desk.open("play")
    phone = desk.browser("player")
    first = desk.open("play", phone)
    assert first.first["seat"] == 14
    first.close()
    assert desk.open("play", phone).first["seat"] == 14


def test_a_desk_that_was_started_again_knows_its_pages(desk):
    phone = desk.browser("player")
    desk.open("play")
    assert desk.open("play", phone).first["seat"] == 14
    code = desk.door.join_codes.current()[0]
    again = Desk(engine=desk.engine)
    try:
        again.room.pages = {"0" * 16: 15}
        assert again.door.join_codes.is_good(code)
        phone.desk, name = again, next(iter(phone.cookies))
        phone.cookies = {name.replace(str(desk.port), str(again.port)): phone.cookies[name]}
        again.open("play", phone)
        joined = next(command for _, command in again.room.asked if command.do == "join")
        assert joined.seat == 14  # what it had is what it wishes
    finally:
        again.end()


def test_what_pages_held_when_the_desk_died_is_let_go_of_by_the_next(desk):
    desk.engine.header["controllers"][15] = bytes_of("touch-page", 64)
    again = Desk(engine=desk.engine)
    try:
        assert [event[:2] for event in again.played(1)] == [("release", 15)]
    finally:
        again.end()


def test_a_page_that_takes_nothing_costs_no_memory_and_others_see_everything(desk, monkeypatch):
    leads, slow = desk.open("desk"), desk.open("desk")
    sent = []

    async def never(text: str) -> None:
        sent.append(text)
        await asyncio.Event().wait()

    outbox = desk.hub._of("facilitator")[1].outbox
    monkeypatch.setattr(outbox, "_send", never)
    for n in range(80):
        slow.say({"t": "ping", "at": float(n)})
    for n in range(30):
        leads.say({"t": "do", "n": n, "command": {"do": "set", "show_chords": n % 2 == 0}})
        leads.hear("answer")
    for n in range(100):
        tell(desk.engine.header, PARENT, f"Sentence {n}.")
    leads.hear("notice")
    assert len(sent) == 1
    assert list(outbox._whole) in ([], ["room"])
    assert len(outbox._lines) <= outbox_module.MOST
    assert len(outbox._pings) <= 8


# --- requests -------------------------------------------------------------------------------------------------------
@pytest.fixture
def leads(shared_desk):
    return shared_desk.browser("facilitator")


def test_lists_of_what_there_is(leads):
    instruments = leads.ask("GET", "/api/instruments").json()
    harp = next(found for found in instruments if found["stem"] == "magic-harp")
    assert harp["name"] == "Magic harp"
    assert {"say", "family", "kind", "macros"} <= set(harp)
    assert all(0.0 <= macro["start"] <= 1.0 for found in instruments for macro in found["macros"])
    assert {"stem", "name", "say"} == set(leads.ask("GET", "/api/styles").json()[0])
    tunings = leads.ask("GET", "/api/tunings").json()
    assert (tunings[0]["stem"], tunings[0]["name"]) == ("equal", "Twelve equal steps")
    assert {"stem", "name", "say"} == set(tunings[-1])
    rainbow = leads.ask("GET", "/api/colours").json()["rainbow"]
    assert rainbow["labels"]["60"] == {"letter": "C", "colour": "#e21c48", "shape": "circle"}
    songs = leads.ask("GET", "/api/songs").json()
    assert any(song["name"] == "daisy-bell" for song in songs)
    assert all("path" not in song for song in songs)
    english, unknown = (leads.ask("GET", f"/api/texts/{code}").json() for code in ("en", "xx"))
    assert english == unknown
    assert len(english) > 20
    assert leads.ask("GET", "/api/texts/../../etc").status_code == 404


def test_the_song_is_shown_in_its_key(desk):
    leads = desk.browser("facilitator")
    desk.open("desk")
    assert leads.ask("GET", "/api/song").status_code == 404
    desk.room.song = {"name": "daisy-bell", "semitones": 2, "version": 5, "remarks": []}
    desk.room.version += 1
    wait_until(lambda: desk.hub.room["song"])
    song = leads.ask("GET", "/api/song").json()
    assert song["version"] == 5
    assert song["title"].startswith("Daisy Bell")


def test_a_take_is_heard_in_pieces_and_seen(desk, tmp_path):
    engine, leads = desk.engine, desk.browser("facilitator")
    engine.header["session"] = bytes_of(str(tmp_path), 1024)
    recorder = Recorder(engine, "")
    ask_to_record(engine, "Hello song")
    for _ in range(100):
        recorder.round()
        engine.process(None, 128)
    recorder.end()
    path = "/api/takes/Hello%20song"
    sound = leads.ask("GET", f"{path}/sound.wav", headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.content[:4]) == (206, b"RIFF")
    seen = leads.ask("GET", f"{path}/peaks?points=10").json()
    assert seen["seconds"] > 1.0
    assert seen["peaks"] == [[0.0, 0.0]] * 10
    assert leads.ask("GET", f"{path}/peaks?points=5").status_code == 422
    missing = leads.ask("GET", "/api/takes/nothing/sound.wav")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no such take.")
    for name in ("..", "..%2f..%2fetc", "Hello%20song%2f..", "%00"):
        assert leads.ask("GET", f"/api/takes/{name}/peaks").status_code == 404


def test_pages_are_there(shared_desk):
    found = shared_desk.browser().ask("GET", "/")
    assert (found.status_code, found.headers["location"]) == (303, "/join")
    assert shared_desk.browser("facilitator").ask("GET", "/").headers["location"] == "/desk"
    for name in ("desk", "wall", "play", "join", "part"):
        page = shared_desk.browser().ask("GET", f"/{name}")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")


def test_messages_are_short(desk):
    page = desk.open("play")
    page.hear("live")
    for message in page.heard:
        if message["t"] == "live":
            assert len(json.dumps(message)) < 500
