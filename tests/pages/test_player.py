"""A phone or tablet as an instrument: joining, playing by whatever a person has, and being away."""
import json
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from imm_audio.kernels.music.terms import AXES, FIRST_CONTROL
from tests.pages.looks import DESK_PX, PLAYER_PX, axe, control_names, faint_focus, faint_texts, sideways, small_targets
from tests.pages.stage import DESK_SIZE, PHONE_SIZE
from tests.rig.program import wait_until

LYING_PHONE = (740, 360)
#: One instrument for each layout.
KINDS = {"one": "next-note-tune", "keys": "magic-harp", "chords": "chord-guitar", "strum": "strum-guitar", "drums": "drum-pads",
         "pads": "shaker-loops", "xy": "space-voice", "two": "two-hands"}
TOUCHES = ("touch", "let_go", "move", "all_off", "call")


def joined(page):
    """Until the page plays."""
    expect(page.locator("body")).to_have_attribute("data-state", "here")
    return page


def give(room, page, instrument):
    """Another instrument for the person of a page."""
    seat = seat_of(room, page)
    person = room.wait_for(lambda state: next((one for one in state["people"] if one["seat"] == seat), None), "the person")
    room.do(do="give", person=person["id"], instrument=instrument)
    expect(page.locator("#stage")).to_have_attribute("data-kind", next(kind for kind, stem in KINDS.items() if stem == instrument))


def seat_of(room, page):
    """Place of the person whose sign the page shows."""
    sign = page.locator("#sign").inner_text()
    return room.wait_for(lambda state: next((one["seat"] for one in state["people"] if one["sign"] == sign), None), sign)


class Player:
    """A page whose messages are noted, with fingers."""

    def __init__(self, room, size=PHONE_SIZE, instrument=None, query="", **options):
        self.page, self.messages = room.player(size, path="/static/icon.svg", **options), []
        self.page.on("websocket", lambda socket: socket.on("framesent", self._note))
        self.page.goto(f"{room.origin}/play{query}")
        joined(self.page)
        if instrument:
            give(room, self.page, instrument)
        self._fingers = self.page.context.new_cdp_session(self.page)

    def _note(self, text):
        message = json.loads(text)
        if message["t"] in TOUCHES:
            self.messages.append(message)

    def field(self, number):
        """Middle of a field."""
        box = self.page.locator(".field").nth(number).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def fingers(self, kind, *places):
        """What is on the glass now: "start", "move" or "end", and where fingers are."""
        points = [{"id": n, "x": x, "y": y} for n, (x, y) in enumerate(places)]
        self._fingers.send("Input.dispatchTouchEvent", {"type": f"touch{kind.title()}", "touchPoints": points})

    def said(self, count):
        """The next `count` messages: what, which control, axis or nothing."""
        wait_until(lambda: self.page.wait_for_timeout(5) or len(self.messages) >= count, 10, f"{count} of {self.messages}")
        found, self.messages[:] = self.messages[:count], self.messages[count:]
        return [(one["t"], one.get("c", one.get("a", 0))) for one in found]


def touched(*numbers):
    """Messages of fields that are touched one after the other."""
    return [(what, FIRST_CONTROL + n) for n in numbers for what in ("touch", "let_go")]


# --- coming in -----------------------------------------------------------------------------------------------------------
def test_who_scans_the_code_plays_and_the_code_is_gone_from_the_address(room):
    page = room.page(room.context(PHONE_SIZE, has_touch=True))
    page.goto(f"{room.origin}/join?code={room.code}")
    page.wait_for_url("**/play")
    joined(page)
    page.go_back()
    assert room.code not in page.url


def test_a_wrong_code_is_told_in_a_sentence_and_the_right_one_lets_in(room):
    page = room.page(room.context(PHONE_SIZE))
    room.watches[-1].silent = True  # the browser's console tells of the refusal
    page.goto(f"{room.origin}/join")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text(room.text("player.join.no_code"))
    page.get_by_label(room.text("player.join.code")).fill("nonsense")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    axe(page)
    assert small_targets(page, DESK_PX) == sideways(page) == faint_texts(page) == []
    page.get_by_label(room.text("player.join.code")).fill(room.code.lower())
    page.keyboard.press("Enter")
    joined(page)


def test_when_newcomers_are_not_wanted_the_page_says_so(room):
    page = room.page(room.context(PHONE_SIZE))
    room.watches[-1].silent = True
    room.do(do="set", newcomers=False)
    try:
        page.goto(f"{room.origin}/join?code={room.code}")
        expect(page.get_by_role("alert")).to_contain_text("Nobody else can join")
    finally:
        room.do(do="set", newcomers=True)


def test_a_page_of_another_session_says_how_to_come_in(room):
    page = room.page(room.context(PHONE_SIZE))
    page.goto(f"{room.origin}/play")
    expect(page.locator("body")).to_have_attribute("data-state", "old")
    axe(page)
    assert small_targets(page, PLAYER_PX) == sideways(page) == faint_texts(page) == faint_focus(page) == []
    page.get_by_role("link").click()
    expect(page).to_have_url(f"{room.origin}/join")


# --- playing -------------------------------------------------------------------------------------------------------------
def test_every_touch_of_two_pages_arrives_once_and_sounds(room):
    players = [Player(room, instrument="drum-pads"), Player(room, instrument="drum-pads")]
    seats = [seat_of(room, player.page) for player in players]
    room.do(do="record", on=True, name="Two pages")
    for n in range(12):
        for player in players:
            player.page.touchscreen.tap(*player.field(n % 8))
    players[0].fingers("start", *(players[0].field(n) for n in range(5)))
    players[0].fingers("end")
    for player, count in zip(players, (17, 12), strict=True):
        player.said(2 * count)
    room.do(do="record", on=False)
    take = room.wait_for(lambda state: next((t for t in state["takes"] if t["name"] == "Two pages" and not t["open"]), None))
    events = [json.loads(line) for path in room.program.session.glob("takes/*/events.jsonl") if take["name"] in str(path)
              for line in path.read_text().splitlines()]
    assert events
    for seat, count in zip(seats, (17, 12), strict=True):
        own = [event for event in events if event.get("player") == seat]
        assert [sum(event["kind"] == kind for event in own) for kind in ("touch", "let_go", "note_on", "note_off")] == [count] * 4


def test_a_finger_slides_from_note_to_note_and_strums_every_string(room):
    harp = Player(room, LYING_PHONE, "magic-harp")
    harp.fingers("start", harp.field(0))
    for n in (1, 2, 3):
        harp.fingers("move", harp.field(n))
    harp.fingers("end")
    assert harp.said(8) == touched(0, 1, 2, 3)
    give(room, harp.page, "strum-guitar")
    harp.messages.clear()
    harp.fingers("start", harp.field(5))
    harp.fingers("move", harp.field(0))  # faster than the screen can tell
    harp.fingers("end")
    assert harp.said(6) == [("touch", FIRST_CONTROL + n) for n in (5, 4, 3, 2, 1, 0)]
    assert sorted(harp.said(6)) == sorted(("let_go", FIRST_CONTROL + n) for n in range(6))  # strings ring on for a while


def test_fingers_that_are_not_meant_to_slide_stay_where_they_came_down(room):
    drums = Player(room, instrument="drum-pads")
    drums.fingers("start", drums.field(0))
    drums.fingers("move", drums.field(1))
    drums.fingers("end")
    drums.page.touchscreen.tap(*drums.field(7))
    assert drums.said(4) == touched(0, 7)


def test_a_finger_on_the_pad_moves_the_sound_and_so_do_arrows(room):
    voice = Player(room, DESK_SIZE, "space-voice")
    voice.fingers("start", voice.field(0))
    assert sorted(voice.said(3)) == [("move", AXES.index("tilt_x")), ("move", AXES.index("tilt_y")), ("touch", FIRST_CONTROL)]
    voice.fingers("end")
    voice.page.get_by_role("slider").focus()
    voice.messages.clear()
    voice.page.keyboard.press("ArrowUp")
    assert voice.said(1) == [("move", AXES.index("tilt_y"))]
    assert room.text("player.flyer") == control_names(voice.page)[5]["name"]


def test_all_keys_play_each_press_once(room):
    harp = Player(room, instrument="magic-harp")
    press = harp.page.keyboard.press
    for key in ("3", "ArrowLeft", "ArrowRight", "Space", "KeyG", "Enter", "KeyP"):
        press(key)
    assert harp.said(14) == touched(2, 0, 3, 4, 3, 1, 1)
    harp.page.keyboard.down("8")
    harp.page.keyboard.down("8")  # the keyboard repeats
    harp.page.keyboard.up("8")
    press("Tab")
    press("Tab")
    press("Space")
    press("Enter")
    assert harp.said(6) == touched(7, 1, 1)


def test_letters_play_the_notes_they_name(room):
    piano = Player(room)
    seat = seat_of(room, piano.page)
    person = next(one for one in room.state["people"] if one["seat"] == seat)
    room.do(do="give", person=person["id"], instrument="piano")
    expect(piano.page.get_by_role("button", name="A, purple hexagon")).to_be_visible()
    for key in "CAFE":
        piano.page.keyboard.press(key)
    assert piano.said(8) == [(what, key) for key in (60, 69, 65, 64) for what in ("touch", "let_go")]


def test_one_giant_button_is_played_by_any_key_and_by_a_screen_reader(room):
    tune = Player(room, instrument="next-note-tune")
    tune.page.keyboard.press("Space")
    tune.page.keyboard.press("KeyX")
    tune.page.locator(".field").evaluate("(field) => field.click()")
    assert tune.said(6) == touched(0, 0, 0)


def test_one_switch_plays_what_is_marked(room):
    harp = Player(room, query="?scan=1")
    marked = harp.page.locator(".scan-here")
    expect(marked).to_have_attribute("data-number", "1")
    harp.messages.clear()
    harp.page.mouse.click(5, 5)
    assert harp.said(2) == touched(1)


def test_buttons_of_a_gamepad_are_touches(room):
    harp = Player(room, instrument="magic-harp")
    harp.page.evaluate("""() => {
      const button = { pressed: true, value: 1 }, rest = { pressed: false, value: 0 };
      window.pad = { index: 0, connected: true, axes: [0, 0], buttons: [rest, rest, button] };
      navigator.getGamepads = () => [window.pad];
      dispatchEvent(Object.assign(new Event("gamepadconnected"), { gamepad: window.pad }));
    }""")
    assert harp.said(1) == [("touch", FIRST_CONTROL + 2)]
    harp.page.evaluate("pad.buttons[2] = { pressed: false, value: 0 }")
    assert harp.said(1) == [("let_go", FIRST_CONTROL + 2)]


def test_a_phone_that_is_tilted_moves_the_sound(room):
    voice = Player(room, instrument="space-voice", permissions=["accelerometer", "gyroscope"])
    turn = voice.page.context.new_cdp_session(voice.page)
    voice.page.get_by_role("button", name=room.text("player.tilt")).click()
    for gamma in (0, 20):
        turn.send("DeviceOrientation.setDeviceOrientationOverride", {"alpha": 0, "beta": 0, "gamma": gamma})
    wait_until(lambda: voice.page.wait_for_timeout(5) or any(m.get("v") == 0.75 for m in voice.messages), 10, "tilting")
    tilted = next(message for message in voice.messages if message["v"] == 0.75)
    assert (tilted["t"], tilted["a"]) == ("move", AXES.index("tilt_x"))


def test_who_calls_is_told_that_somebody_comes(room):
    page = joined(room.player())
    page.get_by_role("button", name=room.text("player.call")).click()
    expect(page.get_by_role("status").first).to_have_text(room.text("player.called"))
    seat = seat_of(room, page)
    room.wait_for(lambda state: seat in state["calls"], "the call")


def test_spotlight_and_rest_are_told_on_the_page(room):
    page = joined(room.player())
    seat = seat_of(room, page)
    person = next(one for one in room.state["people"] if one["seat"] == seat)["id"]
    note = page.locator("#notes")
    room.do(do="spotlight", person=person)
    expect(note).to_have_text(room.text("player.spotlight"))
    room.do(do="change_person", person=person, muted=True)
    expect(note).to_have_text(room.text("player.muted"))
    room.do(do="spotlight", person=None)
    room.do(do="change_person", person=person, muted=False)
    expect(note).to_be_hidden()


# --- being away ----------------------------------------------------------------------------------------------------------
def wifi_of(page):
    """Takes the Wi-Fi away from a page that is loaded after this."""
    wifi = SimpleNamespace(on=True, ends=[])

    def route(end):
        if wifi.on:
            end.connect_to_server()
            wifi.ends.append(end)
        else:
            end.close()

    page.route_web_socket("**/ws/play", route)
    return wifi


def test_after_the_wifi_was_gone_the_same_player_is_back_and_nothing_is_played_late(room):
    page = room.player()
    room.watches[-1].silent = True
    wifi = wifi_of(page)
    page.reload()
    joined(page)
    sign, seat = page.locator("#sign").inner_text(), seat_of(room, page)
    hand = room.program.engine.state["assist"]["hands"][seat]
    page.keyboard.down("1")
    wait_until(lambda: hand["notes"]["doing"].any(), 10, "a note")
    wifi.on = False
    wifi.ends[-1].close()
    expect(page.locator("body")).to_have_attribute("data-state", "away")
    expect(page.locator("#calm")).to_contain_text(room.text("player.away_do"))
    axe(page)
    assert sideways(page) == faint_texts(page) == []
    wait_until(lambda: not hand["notes"]["doing"].any(), 10, "the note to end")
    touches = int(hand["touches"])
    page.keyboard.press("2")
    page.touchscreen.tap(180, 400)
    page.keyboard.up("1")
    wifi.on = True
    joined(page)
    assert (page.locator("#sign").inner_text(), seat_of(room, page)) == (sign, seat)
    page.keyboard.press("3")
    wait_until(lambda: int(hand["touches"]) > touches, 10, "a touch")
    assert int(hand["touches"]) == touches + 1


def test_a_page_that_is_hidden_lets_go_of_everything(room):
    harp = Player(room)
    harp.page.keyboard.down("1")
    assert harp.said(1) == [("touch", FIRST_CONTROL)]
    harp.page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert harp.said(1) == [("all_off", 0)]
    harp.page.keyboard.up("1")
    harp.page.keyboard.press("2")
    assert harp.said(2) == touched(1)


# --- looks ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_every_layout_has_large_named_fields_on_all_screens(room, kind):
    page = joined(room.player())
    give(room, page, KINDS[kind])
    for size in (PHONE_SIZE, LYING_PHONE, DESK_SIZE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert small_targets(page, DESK_PX) == [], size
        boxes = [field.bounding_box() for field in page.locator(".field:visible").all()]
        assert boxes
        assert min(min(box["width"], box["height"]) for box in boxes) >= PLAYER_PX, size
        assert sideways(page) == [], size
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), size
    assert faint_texts(page) == faint_focus(page) == []
    assert all(control["name"] for control in control_names(page))
    axe(page)


@pytest.mark.parametrize(("size", "options"), [
    ((320, 640), {}), ((320, 256), {}), ((640, 400), {}), ((1920, 1080), {}), (PHONE_SIZE, {"color_scheme": "dark"}),
    (LYING_PHONE, {"forced_colors": "active"}), (PHONE_SIZE, {"reduced_motion": "reduce"})])
def test_it_fits_small_enlarged_large_dark_and_forced_screens(room, size, options):
    page = joined(room.player(size, **options))
    assert sideways(page) == faint_texts(page) == faint_focus(page) == []
    assert small_targets(page, DESK_PX) == []
    axe(page)


def test_low_is_left_also_where_people_read_from_the_right(room):
    page = room.player(LYING_PHONE)
    page.route("**/api/texts/**", lambda route: route.fulfill(json=route.fetch().json() | {"common.direction": "rtl"}))
    page.reload()
    joined(page)
    places = [page.locator(".field").nth(n).bounding_box()["x"] for n in range(2)]
    assert places[0] < places[1]
    assert page.locator("#me").bounding_box()["x"] > places[1]
    assert sideways(page) == []


def test_letters_can_be_read_on_every_colour_and_every_colour_has_a_word(room):
    page = joined(room.player())
    colours = sorted({one["colour"] for found in room.ask_http("GET", "/api/colours").values() for one in found["labels"].values()})
    told = page.evaluate("""async (colours) => {
      const { colourWord, contrast, inkOn } = await import("/static/lib/shapes.js");
      return colours.map((colour) => [contrast(colour, inkOn(colour)), colourWord(colour)]);
    }""", colours)
    assert min(found for found, _ in told) >= 4.5
    assert {word for _, word in told} == {"red", "orange", "yellow", "green", "blue_green", "blue", "purple", "pink", "brown",
                                          "grey", "black"}


def test_the_page_is_light(room):
    page = room.player()
    sizes = page.evaluate("""() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .map((entry) => entry.encodedBodySize)""")
    assert len(sizes) > 10
    assert sum(sizes) < 300_000
