"""Each rule that keeps the room safe, and somebody who tries to break it."""
import os
import socket
import ssl
import stat
import sys
import time

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from imm_audio.desk import certificate, guard, hub, song_upload
from imm_audio.desk.door import CLOSED, OLD_CODE, WAIT
from imm_audio.desk.guard import CSP
from imm_audio.desk.who import CODE_S, INVITATION_S, MOST_GUESSES, Cookies, Who, new_page
from tests.desk.desk import PATIENCE_S, Browser, desk, silent, wait_until

#: Requests for the person who leads only; and those that the wall may ask as well.
LEADS = [
    ("POST", "/api/network", {"open": True}), ("POST", "/api/invite", {"role": "facilitator"}),
    ("GET", "/api/instruments", None), ("GET", "/api/styles", None), ("GET", "/api/tunings", None), ("GET", "/api/songs", None),
    ("PUT", "/api/songs/mine.cho", {}), ("GET", "/api/takes/one/sound.wav", None), ("GET", "/api/takes/one/peaks", None),
    ("GET", "/api/diary", None),
]
WALL_TOO = [("GET", "/api/song", None), ("GET", "/api/colours", None), ("GET", "/api/join-qr.svg", None),
            ("GET", "/api/part/3", None)]


# --- where it is meant for ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:{port}", "",
                                  "127.0.0.1:{port}.evil.example", "localhost", "[::1]:{port}"])
def test_a_name_that_is_not_ours_leads_nowhere(shared_desk, host):
    found = shared_desk.browser("facilitator").ask("GET", "/api/me", headers={"Host": host.format(port=shared_desk.port)})
    assert found.status_code in (400, 421)


@pytest.mark.parametrize("host", ["evil.example:{port}", "localhost", "[::1]:{port}"])
def test_a_socket_by_a_name_that_is_not_ours_is_refused(shared_desk, host):
    host = host.format(port=shared_desk.port)
    with pytest.raises(InvalidStatus):
        shared_desk.browser("facilitator").connect("desk", to=host, origin=f"http://{host}")


def test_localhost_is_this_computer_too(shared_desk):
    leads = shared_desk.browser("facilitator", host=f"localhost:{shared_desk.port}")
    assert leads.ask("GET", "/api/me").json()["role"] == "facilitator"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "https://127.0.0.1:{port}", "http://127.0.0.1:1",
                                    "http://127.0.0.1:{port}/", "http://127.0.0.1:{port}.evil.example"])
def test_another_site_can_ask_for_nothing_in_our_name(shared_desk, origin):
    origin = origin.format(port=shared_desk.port)
    leads = shared_desk.browser("facilitator")
    for method, path in (("POST", "/api/network"), ("PUT", "/api/songs/a.cho"), ("DELETE", "/desk"), ("OPTIONS", "/desk")):
        found = leads.ask(method, path, headers={"Origin": origin}, json={"open": True})
        assert found.status_code == 403, method
    for what in ("desk", "play", "wall"):
        with pytest.raises(InvalidStatus):
            leads.connect(what, origin=origin)
    assert not shared_desk.network.is_open


def test_a_request_without_an_origin_changes_nothing(shared_desk):
    cookie = shared_desk.browser("facilitator").cookies
    found = httpx.post(f"http://{shared_desk.host}/api/network", json={"open": True}, cookies=cookie)
    assert found.status_code == 403
    with pytest.raises(InvalidStatus):
        shared_desk.browser("facilitator").connect("desk", origin=None)


def test_no_other_site_may_read_our_answers(shared_desk):
    found = shared_desk.browser("facilitator").ask("GET", "/api/me", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in found.headers


@pytest.mark.parametrize("path", ["/", "/desk", "/join", "/api/me", "/api/nothing", "/static/base.css", "/nothing",
                                  "/open?code=x"])
def test_every_answer_says_what_a_page_may_do(shared_desk, path):
    headers = shared_desk.browser().ask("GET", path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "server" not in headers
    for sensor in ("gyroscope=(self)", "accelerometer=(self)", "gamepad=(self)", "screen-wake-lock=(self)", "camera=()"):
        assert sensor in headers["permissions-policy"]


def test_a_refusal_says_it_as_well(shared_desk):
    assert shared_desk.browser().ask("GET", "/", headers={"Host": "evil.example"}).headers["content-security-policy"] == CSP


def test_pages_run_no_script_and_style_that_stands_in_them():
    assert "unsafe" not in CSP
    assert "default-src 'none'" in CSP


def test_what_a_proxy_would_say_is_not_believed(desk):
    found = Browser(desk).ask("POST", "/api/join", json={"code": "AAAAAA"}, headers={"X-Forwarded-For": "10.0.0.1"})
    assert found.status_code == 403
    for n in range(MOST_GUESSES):
        Browser(desk).ask("POST", "/api/join", json={"code": "AAAAAA"}, headers={"X-Forwarded-For": f"10.0.0.{n}"})
    assert Browser(desk).ask("POST", "/api/join", json={"code": "AAAAAA"}).status_code == 429


# --- who may what ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("method", "path", "body"), LEADS)
@pytest.mark.parametrize("role", [None, "player", "wall"])
def test_who_does_not_lead_leads_nothing(shared_desk, method, path, body, role):
    found = shared_desk.browser(role).ask(method, path, json=body)
    assert found.status_code == 403
    assert found.json() == {"detail": "This is for the person who leads."}


@pytest.mark.parametrize(("method", "path", "body"), WALL_TOO)
@pytest.mark.parametrize(("role", "allowed"), [(None, False), ("player", False), ("wall", True), ("facilitator", True)])
def test_the_wall_sees_the_song_and_the_way_in_and_players_do_not(shared_desk, method, path, body, role, allowed):
    assert (shared_desk.browser(role).ask(method, path, json=body).status_code != 403) == allowed


@pytest.mark.parametrize("role", [None, "player", "wall"])
def test_nobody_else_comes_to_the_facilitators_socket(shared_desk, role):
    socket = shared_desk.browser(role).connect("desk")
    said = socket.hear("bye")
    assert not said["again"]
    assert socket.is_closed()
    assert said["old"]
    assert [message["t"] for message in socket.heard] == ["bye"]


def test_a_page_of_another_session_hears_why_and_does_not_try_for_ever(shared_desk):
    cookie = Cookies("yesterday").make(Who("player", new_page()))
    old = Browser(shared_desk, cookies={Cookies.name("player", shared_desk.port): cookie})
    socket = old.connect("play")
    said = socket.hear("bye")
    assert said["say"] == "This page is from another session. Scan the code on the wall, or ask the person who leads."
    assert not said["again"]
    assert socket.is_closed()


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(desk):
    found = Browser(desk).ask("GET", f"/open?code={desk.door.first_code}")
    said = found.headers["set-cookie"].lower()
    assert found.status_code == 303
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "path=/" in said


# --- ways in --------------------------------------------------------------------------------------------------------
def test_the_programs_own_code_opens_the_desk_once(desk):
    shown = []
    desk.door.renewed = shown.append
    code, first = desk.door.first_code, Browser(desk)
    assert first.ask("GET", f"/open?code={code}").headers["location"] == "/desk"
    assert first.ask("GET", "/api/me").json()["role"] == "facilitator"
    assert desk.browser().ask("GET", f"/open?code={code}").status_code == 403
    assert shown == [desk.door.first_code]  # the terminal shows a new one
    assert desk.door.first_code != code


def test_an_old_link_on_the_facilitators_computer_leads_to_the_desk(shared_desk):
    assert shared_desk.browser("facilitator").ask("GET", "/open?code=OLD").headers["location"] == "/desk"


def test_an_invited_facilitator_comes_in_once_and_only_soon(desk):
    invited = desk.browser("facilitator").ask("POST", "/api/invite", json={"role": "facilitator"}).json()
    assert invited["seconds"] == INVITATION_S
    assert invited["url"].endswith(f"/open?code={invited['code']}")
    assert invited["qr"].startswith("<svg")
    desk.now_s += INVITATION_S + 1
    assert desk.browser().ask("GET", f"/open?code={invited['code']}").status_code == 403


def test_an_invited_wall_is_a_wall(shared_desk):
    code = shared_desk.browser("facilitator").ask("POST", "/api/invite", json={"role": "wall"}).json()["code"]
    wall = shared_desk.browser()
    assert wall.ask("GET", f"/open?code={code}").headers["location"] == "/wall"
    assert wall.ask("GET", "/api/me").json() == {"role": "wall", "roles": ["wall"]}


@pytest.mark.parametrize("role", ["player", "nobody", None, 3])
def test_nobody_is_invited_to_be_something_else(shared_desk, role):
    assert shared_desk.browser("facilitator").ask("POST", "/api/invite", json={"role": role}).status_code == 422


def test_a_phone_joins_by_the_code_of_the_last_twenty_minutes(desk):
    desk.open("desk")
    code, phone = desk.door.join_codes.current()[0], desk.browser()
    desk.now_s += CODE_S
    assert phone.ask("POST", "/api/join", json={"code": code.lower()}).json() == {"role": "player"}
    assert desk.open("play", phone).first["seat"] == 15
    desk.now_s += CODE_S
    late = desk.browser().ask("POST", "/api/join", json={"code": code})
    assert (late.status_code, late.json()["detail"]) == (403, OLD_CODE)


def test_who_tries_codes_has_to_wait_even_with_the_right_one(desk):
    desk.open("desk")
    good, thief = desk.door.join_codes.current()[0], desk.browser()
    for _ in range(MOST_GUESSES):
        assert thief.ask("POST", "/api/join", json={"code": "AAAAAA"}).status_code == 403
    found = thief.ask("POST", "/api/join", json={"code": good})
    assert (found.status_code, found.json()["detail"]) == (429, WAIT)
    assert thief.ask("GET", "/open?code=AAAAAA").status_code == 429
    desk.now_s += 61.0
    assert thief.ask("POST", "/api/join", json={"code": good}).status_code == 200


def test_a_closed_session_takes_nobody_new_but_those_who_were_here(desk):
    leads = desk.open("desk")
    code, here = desk.door.join_codes.current()[0], desk.browser()
    assert here.ask("POST", "/api/join", json={"code": code}).status_code == 200
    leads.say({"t": "do", "n": 1, "command": {"do": "set", "newcomers": False}})
    leads.hear("answer")
    found = desk.browser().ask("POST", "/api/join", json={"code": code})
    assert (found.status_code, found.json()["detail"]) == (403, CLOSED)
    assert desk.open("play", here).first["seat"] == 15


def test_who_joins_twice_is_the_same_player(desk):
    desk.open("desk")
    code, phone = desk.door.join_codes.current()[0], desk.browser()
    seats = []
    for _ in range(2):
        phone.ask("POST", "/api/join", json={"code": code})
        page = desk.open("play", phone)
        seats.append(page.first["seat"])
        page.close()
    assert seats == [15, 15]


# --- too much -------------------------------------------------------------------------------------------------------
def test_a_body_that_is_too_long_is_refused_before_it_is_read(shared_desk):
    assert shared_desk.browser().ask("POST", "/api/join", content=b"{" + b" " * 20000).status_code == 413
    song = shared_desk.browser("facilitator").ask("PUT", "/api/songs/a.cho", content=b"x" * 2_000_001)
    assert song.status_code == 413


def test_a_body_of_unknown_length_is_refused(shared_desk):
    def endless():
        yield b"x" * 1000
    assert shared_desk.browser("facilitator").ask("PUT", "/api/songs/a.cho", content=endless()).status_code == 411


def test_a_head_that_never_ends_is_refused(shared_desk):
    with socket.create_connection(("127.0.0.1", shared_desk.port), PATIENCE_S) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: " + shared_desk.host.encode() + b"\r\n" + b"X-Long: " + b"a" * 20000)
        assert b"400" in sock.recv(100)


def test_another_device_that_asks_without_pause_has_to_wait(desk, monkeypatch):
    monkeypatch.setattr(guard, "LOOPBACK", "elsewhere")
    monkeypatch.setattr(guard, "REQUESTS_AT_ONCE", 5.0)
    monkeypatch.setattr(guard, "REQUESTS_A_SECOND", 0.001)
    found = [desk.browser().ask("GET", "/api/me").status_code for _ in range(7)]
    assert found[:5] == [200] * 5
    assert found[-1] == 429
    desk.now_s += 2000.0
    assert desk.browser().ask("GET", "/api/me").status_code == 200


# --- the network ----------------------------------------------------------------------------------------------------
needs_127_0_0_2 = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has only 127.0.0.1 unless it is told otherwise")


def test_only_this_computer_reaches_the_desk(shared_desk):
    with socket.socket() as sock:
        sock.settimeout(PATIENCE_S)
        assert sock.connect_ex(("127.0.0.2", shared_desk.port)) != 0


@needs_127_0_0_2
def test_the_desk_is_opened_to_the_network_on_purpose_and_closed_again():
    with desk(addresses=["127.0.0.2"]) as found:
        leads, there = found.browser("facilitator"), f"127.0.0.2:{found.port}"
        opened = leads.ask("POST", "/api/network", json={"open": True}).json()
        assert opened["urls"] == [f"http://{there}"]
        assert httpx.get(f"http://{there}/api/me").json()["role"] is None
        assert httpx.get(f"http://{there}/api/me", headers={"Host": found.host}).status_code == 421
        phone = Browser(found, host=there)
        leading = found.open("desk")
        assert phone.ask("POST", "/api/join", json={"code": opened["code"]}).status_code == 200
        page = found.open("play", phone)
        wall = found.open("wall")
        assert wall.first["room"]["join"] == {"open": True, "url": f"http://{there}/join?code={opened['code']}",
                                              "code": opened["code"]}
        assert not leads.ask("POST", "/api/network", json={"open": False}).json()["open"]
        assert page.is_closed()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{there}/api/me")
        assert wall.hear("room")["room"]["join"] == {"open": False, "url": "", "code": ""}
        assert leading.hear("live", lambda live: "network" in live and not live["network"]["open"])


@needs_127_0_0_2
def test_a_facilitator_who_closes_the_network_from_there_is_gone_too():
    with desk(addresses=["127.0.0.2"]) as found:
        found.browser("facilitator").ask("POST", "/api/network", json={"open": True})
        away = found.browser("facilitator", host=f"127.0.0.2:{found.port}")
        assert away.ask("GET", "/api/me").json()["role"] == "facilitator"
        away.ask("POST", "/api/network", json={"open": False})
        with pytest.raises(httpx.ConnectError):
            away.ask("GET", "/api/me")


def test_a_computer_without_a_network_says_so(shared_desk):
    found = shared_desk.browser("facilitator").ask("POST", "/api/network", json={"open": True})
    assert found.status_code == 409
    assert "in no network" in found.json()["detail"]


@needs_127_0_0_2
def test_a_certificate_is_made_for_this_computer_and_its_key_is_for_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(certificate, "_folder", lambda: tmp_path / "desk")
    with desk(addresses=["127.0.0.2"]) as found:
        opened = found.browser("facilitator").ask("POST", "/api/network", json={"open": True, "tls": True}).json()
        assert opened["urls"][0].startswith("https://127.0.0.2:")
        trusting = ssl.create_default_context(cafile=str(tmp_path / "desk" / "certificate.pem"))
        with httpx.Client(verify=trusting, base_url=opened["urls"][0]) as phone:
            assert phone.get("/api/me").json()["role"] is None
            found.open("desk")
            joined = phone.post("/api/join", json={"code": opened["code"]}, headers={"Origin": opened["urls"][0]})
            assert "secure" in joined.headers["set-cookie"].lower()
            assert phone.get("/api/me").json()["role"] == "player"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "desk" / "key.pem").stat().st_mode) == 0o600
    before = (tmp_path / "desk" / "certificate.pem").read_bytes()
    certificate.certificate_for(["127.0.0.1", "127.0.0.2"])
    assert (tmp_path / "desk" / "certificate.pem").read_bytes() == before
    certificate.certificate_for(["127.0.0.1", "192.168.7.7"])
    assert (tmp_path / "desk" / "certificate.pem").read_bytes() != before


# --- songs that people bring ----------------------------------------------------------------------------------------
@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    return tmp_path / "songs"


SONG = b"{title: Our song}\n{key: C}\n{tempo: 100}\n{time: 4/4}\n{start_of_verse}\n[C]La la [G]la la\n{end_of_verse}\n"


def test_a_song_is_kept_when_it_can_be_read(shared_desk, shelf):
    found = shared_desk.browser("facilitator").ask("PUT", "/api/songs/Our%20song.CHO", content=SONG)
    assert (found.status_code, found.json()["name"], found.json()["title"]) == (200, "Our song", "Our song")
    assert [path.name for path in shelf.iterdir()] == ["Our song.cho"]


@pytest.mark.parametrize("name", [
    "..%2Fevil.cho", "%2Fetc%2Fevil.cho", "..%5Cevil.cho", ".cho", ".hidden.cho", "con.cho", "a%00.cho", "a.py", "a.cho.exe",
    "a%0A.cho", "a" * 90 + ".cho", "%E2%80%AEa.cho", "C:evil.cho", "~.cho"])
def test_a_name_that_is_more_than_a_name_is_refused(shared_desk, shelf, name):
    assert shared_desk.browser("facilitator").ask("PUT", f"/api/songs/{name}", content=SONG).status_code in (404, 422)
    assert not shelf.exists()


def test_a_file_that_is_no_song_stays_away(shared_desk, shelf):
    wrong = b"MThd\0\0\0\6\0\1\xff\xff\0\0MTrk\xff\xff"
    found = shared_desk.browser("facilitator").ask("PUT", "/api/songs/a.mid", content=wrong)
    assert found.status_code == 422
    assert found.json()["detail"].startswith("a.mid: ")
    assert not shelf.exists()


def test_a_song_that_takes_for_ever_is_given_up_and_nobody_waits_for_it(shared_desk, shelf, monkeypatch, tmp_path):
    monkeypatch.setattr(song_upload, "PATIENCE_S", 0.2)
    monkeypatch.setattr(song_upload, "CHECK", "import time; time.sleep(1000)")
    began_s = time.monotonic()
    found = shared_desk.browser("facilitator").ask("PUT", "/api/songs/a.cho", content=SONG)
    assert found.status_code == 422
    assert "takes too long" in found.json()["detail"]
    assert time.monotonic() - began_s < PATIENCE_S
    assert not shelf.exists()


# --- who plays ------------------------------------------------------------------------------------------------------
def test_a_player_plays_for_its_own_seat_whatever_it_says(desk):
    page = desk.open("play")
    page.say({"t": "touch", "c": 130, "v": 0.5, "at": desk.now(), "n": 1, "seat": 0})
    page.say({"t": "touch", "c": 130, "v": 0.5, "at": desk.now(), "n": 2, "player": 3})
    page.say({"t": "touch", "c": 131, "v": 0.5, "at": desk.now(), "n": 3})
    assert desk.played(1) == [("touch", 15, 131.0, 0.5, desk.played(1)[0][4])]


@pytest.mark.parametrize("said", [
    '{"t":"touch","c":130,"v":NaN,"at":1}', '{"t":"touch","c":130,"v":0.5,"at":Infinity}',
    '{"t":"touch","c":130,"v":1e999,"at":1}',
    '{"t":"touch","c":-1,"v":0.5,"at":1}', '{"t":"touch","c":192,"v":0.5,"at":1}', '{"t":"touch","c":130.5,"v":0.5,"at":1}',
    '{"t":"touch","c":"130","v":0.5,"at":1}', '{"t":"touch","c":130,"v":0,"at":1}', '{"t":"touch","c":130,"v":1.01,"at":1}',
    '{"t":"touch","c":true,"v":0.5,"at":1}', '{"t":"move","a":8,"v":0.5,"at":1}', '{"t":"move","a":0,"v":-0.1,"at":1}',
    '{"t":"move","a":0,"v":2,"at":1}', '{"t":"do","n":1,"command":{"do":"quiet"}}', '{"t":"touch"}', "[]", "", "null", "{"])
def test_what_makes_no_sense_reaches_nobody(desk, said):
    page = desk.open("play")
    page.say(said)
    page.say({"t": "ping", "at": 1.0})
    assert page.hear("pong")["at"] == 1.0
    assert silent(desk.engine)
    assert [who for who, command in desk.room.asked if command.do not in ("join", "desks")] == []


def test_a_player_can_do_nothing_that_the_facilitator_can(desk):
    page, wall = desk.open("play"), desk.open("wall")
    for other in (page, wall):
        other.say({"t": "do", "n": 1, "command": {"do": "end_session"}})
        other.say({"t": "ping", "at": 2.0})
        other.hear("pong")
    assert not any(command.do == "end_session" for _, command in desk.room.asked)


@pytest.mark.parametrize("command", [{"do": "join", "page": "0" * 16}, {"do": "leave", "page": "0" * 16},
                                     {"do": "call", "seat": 3}, {"do": "desks", "count": 9}])
def test_a_desk_cannot_ask_what_only_the_server_may(desk, command):
    leads = desk.open("desk")
    leads.say({"t": "do", "n": 1, "command": command})
    assert not leads.hear("answer")["ok"]
    assert not any(who == "facilitator" for who, _ in desk.room.asked)


def test_a_page_that_floods_is_slowed_told_of_once_and_closed_and_others_play_on(desk):
    leads, flooding, other = desk.open("desk"), desk.open("play"), desk.open("play")
    desk.sit(15, "Screen 1")
    for n in range(3000):
        flooding.say({"t": "touch", "c": 128 + n % 8, "v": 0.5, "at": desk.now(), "n": n})
    assert flooding.is_closed()
    assert flooding.heard[-1] == {"t": "bye", "say": "This page sent far too much. Load it again.", "again": False}
    touches = [event for event in desk.played() if event[0] == "touch"]
    assert 200 <= len(touches) < 1500
    said = leads.hear("notice")
    assert said["text"] == "Screen 1 sends without pause. Some of its touches are left out."
    other.say({"t": "touch", "c": 140, "v": 0.5, "at": desk.now(), "n": 1})
    wait_until(lambda: desk.played()[-1][1:3] == (14, 140.0))
    held = {}
    for kind, seat, key, *_ in desk.played():
        held[seat, key] = kind == "touch"
    assert [where for where, down in held.items() if down] == [(14, 140.0)]
    assert sum(message["t"] == "notice" for message in leads.heard) == 1


def test_a_desk_that_asks_too_fast_hears_so_and_stays(desk):
    leads = desk.open("desk")
    for n in range(60):
        leads.say({"t": "do", "n": n, "command": {"do": "tap"}})
    answers = [leads.hear("answer") for _ in range(60)]
    assert {answer["n"] for answer in answers} == set(range(60))
    assert any(answer["say"] == "That was too much at once. Try again." for answer in answers)
    assert sum(command.do == "tap" for _, command in desk.room.asked) >= 40


@pytest.mark.parametrize(("what", "length"), [("play", 513), ("wall", 513), ("desk", 16385)])
def test_a_message_that_is_too_long_closes_the_page(desk, what, length):
    page = desk.open(what)
    page.say('{"t":"ping","at":1' + " " * length + "}")
    assert page.is_closed()


def test_bytes_instead_of_text_close_the_page(desk):
    page = desk.open("play")
    page.connection.send(b"\0\1\2")
    assert page.is_closed()
    assert page.heard[-1]["t"] == "bye"


def test_no_more_than_three_desks_and_sixty_four_pages(desk, monkeypatch):
    for _ in range(3):
        desk.open("desk")
    fourth = desk.browser("facilitator").connect("desk")
    assert fourth.hear("bye")["say"] == "3 desks are open already. Close one of them, then load this page again."
    assert fourth.is_closed()
    wait_until(lambda: [command.count for _, command in desk.room.asked if command.do == "desks"][-1] == 3)
    monkeypatch.setattr(hub, "MOST_PAGES", 4)
    desk.open("play")
    fifth = desk.browser("player").connect("play")
    assert fifth.hear("bye")["say"].startswith("Too many pages are open.")
    assert fifth.is_closed()


def test_a_page_that_comes_and_goes_without_end_has_to_wait(desk):
    phone = desk.browser("player")
    for _ in range(int(hub.COMINGS_AT_ONCE)):
        desk.open("play", phone).close()
    late = phone.connect("play")
    assert late.hear("bye") == {"t": "bye", "say": "One moment please.", "again": True}
    assert late.is_closed()
    desk.now_s += 10.0
    assert desk.open("play", phone).first["seat"] == 15


# --- names ----------------------------------------------------------------------------------------------------------
def test_no_name_leaves_the_desk_unless_the_room_says_so(desk):
    leads = desk.open("desk")
    page, wall = desk.open("play"), desk.open("wall")
    assert "Rosa" in str(leads.first)
    for other in (page, wall):
        assert "Rosa" not in str(other.heard)
        assert "nickname" not in str(other.heard)
        assert "🐳" in str(other.first)
    leads.say({"t": "do", "n": 1, "command": {"do": "set", "show_names": True}})
    assert page.hear("you")["nickname"] == "Rosa"
    assert [person["nickname"] for person in wall.hear("room")["room"]["people"]] == ["Rosa", "Leo"]
