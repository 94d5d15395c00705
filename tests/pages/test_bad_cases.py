"""What goes wrong in real rooms has a designed answer: old links, two desks, a page of yesterday, a program that vanished."""
import os
import re
import signal

import pytest
from playwright.sync_api import expect

from imm_audio.block import DESK
from imm_audio.desk.texts import translate
from tests.pages.looks import axe
from tests.pages.stage import PHONE_SIZE
from tests.rig.program import wait_until

_POOR_BROWSER = """
delete Navigator.prototype.wakeLock;
delete Navigator.prototype.vibrate;
delete Navigator.prototype.getGamepads;
delete window.DeviceOrientationEvent;
delete Element.prototype.requestFullscreen;
"""


#: A promise that a text was seen, however shortly.
_LOOK = """(text) => {
  window.seen = new Promise((tell) => {
    setTimeout(() => tell(false), 20000);
    const look = () => document.body.innerText.includes(text) && tell(true);
    const everything = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver(look).observe(document.body, everything);
  });
}"""


@pytest.fixture
def room(empty_room):
    return empty_room


def test_an_old_link_says_what_to_do(room):
    old = room.address
    first = room.page(room.context())
    first.goto(old)
    expect(first).to_have_url(f"{room.origin}/desk")
    assert room.address != old
    phone = room.page(room.context(PHONE_SIZE))
    room.watches[-1].silent = True                             # the refusal itself is told in the console
    phone.goto(old)
    expect(phone.locator("body")).to_contain_text("This code is not valid any more. Ask for a new one.")
    axe(phone)
    again = first.goto(old)                                    # on the computer that leads it just leads there
    assert again.status == 200
    expect(first).to_have_url(f"{room.origin}/desk")


def test_two_desks_lead_together_and_know_of_each_other(room):
    one, other = room.desk(), room.page(room.context())
    other.goto(room.ask_http("POST", "/api/invite", {"role": "facilitator"})["url"])
    expect(other).to_have_url(f"{room.origin}/desk")
    hint = translate("2 desks are open: all of them lead.", "en")
    for page in (one, other):
        expect(page.locator("#warnings")).to_contain_text(hint)
    other.get_by_role("button", name=re.compile(f"^{room.text('desk.six.softer')}")).click()
    expect(one.get_by_role("button", name=re.compile(re.escape(room.text("desk.six.softer_by.one"))))).to_be_visible()
    other.close()
    expect(one.locator("#warnings")).not_to_contain_text(hint)
    room.do(do="softer", level=0)


def test_a_desk_that_died_comes_back_and_everybody_is_who_they_were(room):
    desk, player, wall = room.desk(), room.player(), room.wall()
    person = room.who(player)
    expect(desk.get_by_role("button", name=room.text("desk.six.quiet"))).to_be_visible()   # all of them are there
    expect(wall.locator("#people li").first).to_be_visible()
    for watch in room.watches:
        watch.silent = True                                    # lost connections are told in the console
    away = {desk: "desk.away", player: "player.away_do", wall: "wall.away"}
    for page, words in away.items():
        page.evaluate(_LOOK, room.text(words))
    pid = room.program.pid(DESK)
    os.kill(pid, signal.SIGKILL)
    assert [page.evaluate("() => window.seen") for page in away] == [True] * 3
    wait_until(lambda: room.program.pid(DESK) not in (0, pid), what="another desk")
    for page, words in away.items():
        expect(page.get_by_text(room.text(words)).first).to_be_hidden()
    assert room.who(player) == person
    player.locator("#stage button.field:visible").first.tap()
    wait_until(lambda: room.live["levels"][person["seat"]] > -50, 10.0, "a note")


def test_pages_of_yesterday_say_so_and_try_no_more(stage):
    """A session ended, the laptop went home, and today another one is at the same address."""
    yesterday = stage.new_room()
    yesterday.do(do="set", first_run_done=True)
    desk, player, wall = yesterday.desk(), yesterday.player(), yesterday.wall()
    for watch in yesterday.watches:
        watch.silent = True
    player.locator("#stage button.field:visible").first.wait_for()
    yesterday.program.kill_all()                               # nobody says good-bye
    today = stage.new_room(port=yesterday.port)
    expect(desk.get_by_role("heading", name=yesterday.text("desk.end.old"))).to_be_visible()
    expect(player.get_by_role("heading", name=re.compile("^This page is from another session."))).to_be_visible()
    expect(player.get_by_role("link", name=yesterday.text("player.join_again"))).to_be_visible()
    expect(wall.get_by_role("heading", name=yesterday.text("wall.gone"))).to_be_visible()
    for page in (desk, player, wall):
        axe(page)
    assert today.state["people"] == []                         # nobody came in by a cookie of yesterday
    yesterday.close()
    today.close()


def test_a_browser_that_can_do_little_plays_all_the_same(room):
    context = room.context(PHONE_SIZE, has_touch=True)
    context.add_init_script(_POOR_BROWSER)
    page = room.page(context)
    page.goto(f"{room.origin}/join?code={room.code}")
    page.locator("#stage button.field:visible").first.tap()
    person = room.who(page)
    wait_until(lambda: room.live["levels"][person["seat"]] > -50, 10.0, "a note")
    assert page.evaluate("[!navigator.wakeLock, !navigator.vibrate, !navigator.getGamepads]") == [True] * 3


def test_a_player_page_cannot_lead(room):
    player = room.player()
    player.locator("#stage button.field:visible").first.wait_for()
    room.watches[-1].silent = True
    player.goto(f"{room.origin}/desk")
    expect(player.get_by_role("heading", name=room.text("desk.end.old"))).to_be_visible()
