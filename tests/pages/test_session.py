"""An hour in short: two people join, get instruments, play a song, are recorded, and the wall follows."""
import json
import re

import pytest
from playwright.sync_api import expect

from imm_audio.room.store import FILE_NAME
from tests.rig.program import wait_until

LOUD_DBFS = -50
SONG = "frere-jacques"


@pytest.fixture
def room(empty_room):
    return empty_room


def fields(page):
    """What a player can touch."""
    return page.locator("#stage button.field:visible")


def card(page, sign):
    """A person at the table."""
    return page.get_by_role("listitem").get_by_role("button", name=re.compile(f"^{sign}"))


def test_two_people_get_instruments_play_and_hear_their_take_and_the_wall_follows(room):
    desk = room.desk()
    players = [room.player(), room.player()]
    wall = room.wall()
    first, second = map(room.who, players)
    names = [room.sign_name(person["sign"]) for person in (first, second)]
    assert len(set(names)) == 2

    # give instruments: by a tap on the person, and by a tap on the instrument
    card(desk, names[0]).click()
    desk.get_by_role("button", name=re.compile(f"^{room.text('desk.person.instrument')}")).click()
    desk.get_by_role("button", name=re.compile("^Kalimba")).click()
    desk.get_by_role("button", name=room.text("common.close")).click()
    desk.get_by_role("button", name=room.text("desk.people.instruments")).click()
    desk.get_by_role("button", name=re.compile("^Djembe circle")).click()
    desk.locator("#sheet").get_by_role("button", name=re.compile(f"^{names[1]}")).click()
    desk.get_by_role("button", name=room.text("common.close")).click()
    for person, instrument in ((first, "kalimba"), (second, "djembe-circle")):
        room.wait_for(lambda found, person=person, instrument=instrument: [
            one for one in found["people"] if (one["id"], one["instrument"]) == (person["id"], instrument)], instrument)
    expect(players[0].get_by_role("heading", name="Kalimba")).to_be_visible()
    expect(players[1].get_by_role("heading", name="Djembe circle")).to_be_visible()

    # a song, and the wall shows its words
    room.do(do="choose_song", song=SONG)
    expect(wall.get_by_role("heading", name=re.compile("Frère Jacques|Frere Jacques", re.IGNORECASE))).to_be_visible()
    expect(wall.locator("#words")).to_contain_text("Frère Jacques")
    expect(desk.get_by_role("heading", name=re.compile("Fr[eè]re Jacques")).first).to_be_visible()

    # record, play, hear
    desk.get_by_role("button", name=re.compile(f"^{room.text('desk.lamp.name', what='')}")).click()
    desk.get_by_role("button", name=room.text("desk.takes.record")).click()
    wait_until(lambda: room.live["take"]["recording"], what="the recording")
    expect(wall.get_by_text(room.text("wall.lamp.played"))).to_be_visible()
    for player, person in zip(players, (first, second), strict=True):
        fields(player).first.tap()
        wait_until(lambda person=person: room.live["levels"][person["seat"]] > LOUD_DBFS, 10.0, "a note")
    start = desk.get_by_role("button", name=re.compile(f"^{room.text('desk.six.start')}"))
    start.click()
    wait_until(lambda: room.live["beat"]["mode"] == 2, 20.0, "the song")
    expect(wall.locator("#words .here, #words [aria-current], #words .now").first).to_be_visible()
    place = room.live["beat"]["place"]
    wait_until(lambda: room.live["beat"]["place"] > place + 1.0, 10.0, "the song to go on")
    desk.get_by_role("button", name=re.compile(f"^{room.text('desk.six.quiet')}")).click()
    wait_until(lambda: room.live["beat"]["mode"] == 0, 10.0, "quiet")
    desk.get_by_role("button", name=room.text("desk.takes.stop")).click()
    wait_until(lambda: not room.live["take"]["recording"], what="the end of the recording")
    expect(wall.get_by_text(room.text("wall.lamp.off"))).to_be_visible()

    # the take
    take = room.wait_for(lambda found: [one for one in found["takes"] if not one["open"]], "the take")[0]
    assert not take["microphones"]
    desk.get_by_role("button", name=re.compile(re.escape(take["name"]))).click()
    sound = desk.locator("#sheet audio")
    wait_until(lambda: abs(sound.evaluate("(e) => e.duration || 0") - take["seconds"]) < 0.2, 10.0, "the take's sound")
    assert room.ask_http("GET", f"/api/takes/{take['name']}/peaks?points=100")["peaks"]
    assert sum(1 for event in room.program.log if event["kind"] == "touch") == 2


def test_a_name_is_seen_in_the_room_only_when_that_was_chosen(room):
    player, wall = room.player(), room.wall()
    room.do(do="change_person", person=room.who(player)["id"], nickname="Rosa")
    desk = room.desk()
    expect(card(desk, "Rosa")).to_be_visible()
    for page in (player, wall):
        expect(page.locator("body")).not_to_contain_text("Rosa")
    room.do(do="set", show_names=True)
    for page in (player, wall):
        expect(page.locator("body")).to_contain_text("Rosa")


def test_a_call_for_help_is_seen_at_the_desk_and_spoken_on_request(room):
    player, desk = room.player(), room.desk()
    name = room.sign_name(room.who(player)["sign"])
    player.get_by_role("button", name=room.text("player.call")).tap()
    expect(player.get_by_text(room.text("player.called"))).to_be_visible()
    calling = desk.get_by_role("button", name=re.compile(room.text("desk.badge.calls")))
    expect(calling).to_be_visible()
    desk.get_by_role("button", name=room.text("desk.status.say")).first.click()
    said = desk.locator("[aria-live=polite], [role=status]")
    expect(said.filter(has_text=room.text("desk.status.calls", names=name)).first).to_be_attached()


def test_a_locked_desk_changes_nobodys_instrument_and_says_so(room):
    person = room.who(room.player())
    desk = room.desk()
    room.do(do="lock", on=True)
    card(desk, room.sign_name(person["sign"])).click()
    desk.get_by_role("button", name=re.compile(f"^{room.text('desk.person.instrument')}")).click()
    desk.get_by_role("button", name=re.compile("^Cello")).click()
    expect(desk.get_by_text("The desk is locked.").first).to_be_visible()
    assert [one["instrument"] for one in room.state["people"] if one["id"] == person["id"]] == [None]


def test_whatever_was_changed_is_taken_back_by_one_button(room):
    desk = room.desk()
    room.do(do="add_person", nickname="Otto")
    expect(card(desk, "Otto")).to_be_visible()
    desk.get_by_role("button", name=re.compile(f"^{room.text('desk.undo.what', what='')}")).click()
    expect(card(desk, "Otto")).to_be_hidden()


def test_a_room_that_is_chosen_at_the_desk_is_kept_and_taken_back(room):
    desk, kept = room.desk(), room.program.session / FILE_NAME
    desk.locator("#tabs").get_by_role("button", name=room.text("desk.tab.room")).click()
    spaces = desk.get_by_role("group", name=room.text("desk.space"))
    cathedral = spaces.get_by_role("button", name=room.text("desk.space.cathedral"))
    cathedral.click()
    expect(cathedral).to_have_attribute("aria-pressed", "true")
    wait_until(lambda: json.loads(kept.read_text("utf-8"))["space"] == "cathedral", 10.0, "the file of the session")
    undo = room.text("desk.undo.what", what="the room is a cathedral")
    desk.get_by_role("button", name=re.compile(f"^{re.escape(undo)}")).click()
    expect(spaces.get_by_role("button", name=room.text("desk.space.lounge"))).to_have_attribute("aria-pressed", "true")
