"""A phone or tablet as an instrument: joining, playing by whatever a person has, and being away."""
import contextlib
import json

import pytest
from playwright.sync_api import Error, expect

from imm_audio.catalog.library import Library
from imm_audio.kernels.music.terms import AXES, FIRST_CONTROL
from tests.pages.looks import DESK_PX, PLAYER_PX, axe, control_names, faint_focus, faint_texts, sideways, small_targets
from tests.pages.stage import DESK_SIZE, PHONE_SIZE
from tests.rig.program import wait_until

LYING_PHONE = (740, 360)
INSTRUMENTS = Library().instruments
#: One instrument for each layout.
KINDS = {"one": "next-note-tune", "keys": "magic-harp", "chords": "chord-guitar", "strum": "strum-guitar", "drums": "drum-pads",
         "pads": "shaker-loops", "xy": "space-voice", "two": "two-hands"}
#: Notes what the page sends, and can take the network away from it.
_WIRE = """
window.said = [];
window.lost = false;
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(lost ? new URL("/ws/nowhere", url) : url);
    window.wire = this;
  }
  send(text) {
    if (JSON.parse(text).t !== "ping") said.push(JSON.parse(text));
    super.send(text);
  }
};
"""


def joined(page):
    """Until the page plays."""
    expect(page.locator("body")).to_have_attribute("data-state", "here")
    return page


class Leader:
    """Asks the room by one connection that stays: who comes again and again is made to wait."""

    def __init__(self, stage, room):
        self.context = stage.browser.new_context()
        self.context.add_cookies(room.cookies)
        self._page = self.context.new_page()
        self._page.goto(f"{room.origin}/join")
        self._page.evaluate("""async () => {
          const { connect } = await import("/static/lib/connection.js");
          await new Promise((known) => { window.line = connect("/ws/desk", { room: known }); });
        }""")

    def do(self, **command):
        """Have something done."""
        answer = self._page.evaluate("(command) => line.do(command)", command)
        assert answer["ok"], f"{command}: {answer['say']}"

    def until(self, condition, what):
        """What `condition` gives of the room's document, as soon as that is something."""
        found = []
        wait_until(lambda: found.append(condition(self._page.evaluate("line.room"))) or found[-1], what=what)
        return found[-1]


class Player:
    """A phone that has joined; what it sends is noted."""

    def __init__(self, stage, room, leader):
        self.room, self.leader, self.context = room, leader, stage.browser.new_context(
            viewport={"width": PHONE_SIZE[0], "height": PHONE_SIZE[1]}, has_touch=True, locale="en-GB")
        self.context.add_init_script(_WIRE)
        self.page = self.context.new_page()
        self.page.goto(f"{room.origin}/join?code={room.code}")
        self.page.wait_for_url("**/play")
        joined(self.page)
        sign = self.page.locator("#sign").inner_text()
        person = leader.until(lambda state: next((one for one in state["people"] if one["sign"] == sign), None), sign)
        self.person, self.seat = person["id"], person["seat"]
        self._fingers = self.context.new_cdp_session(self.page)

    @property
    def hand(self):
        """The engine's record of the player."""
        return self.room.program.engine.state["assist"]["hands"][self.seat]

    def play(self, instrument, size=PHONE_SIZE):
        """With this instrument from now on; forgets what was said."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.leader.do(do="give", person=self.person, instrument=instrument)
        expect(self.page.locator("#name")).to_have_text(INSTRUMENTS[instrument].name)
        self.page.evaluate("said.length = 0")

    def field(self, number):
        """Middle of a field."""
        box = self.page.locator(".field").nth(number).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def fingers(self, kind, *places):
        """What is on the glass now: "start", "move" or "end", and where fingers are."""
        points = [{"id": n, "x": x, "y": y} for n, (x, y) in enumerate(places)]
        self._fingers.send("Input.dispatchTouchEvent", {"type": f"touch{kind.title()}", "touchPoints": points})

    def press(self, *keys):
        """Keys of the keyboard, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def said(self, count):
        """The next `count` messages: what, and which control or axis."""
        self.page.wait_for_function("(count) => said.length >= count", arg=count)
        found = self.page.evaluate("(count) => said.splice(0, count)", count)
        return [(one["t"], one.get("c", one.get("a", 0))) for one in found]


def touched(*numbers):
    """Messages of fields that are touched one after the other."""
    return [(what, FIRST_CONTROL + n) for n in numbers for what in ("touch", "let_go")]


@pytest.fixture(scope="module")
def here():
    """Leader and players of these tests; they stay, as in a room."""
    found = []
    yield found
    for one in found:
        with contextlib.suppress(Error):  # after the last test the browser may be gone already
            one.context.close()


@pytest.fixture
def leader(stage, room, here):
    """Who leads."""
    if not here:
        here.append(Leader(stage, room))
    return here[0]


@pytest.fixture
def phone(stage, room, here, leader):
    """One player."""
    if len(here) < 2:
        here.append(Player(stage, room, leader))
    return here[1]


# --- coming in -----------------------------------------------------------------------------------------------------------
def test_a_wrong_code_is_told_in_a_sentence_and_the_right_one_lets_in(room, leader):
    page = room.page(room.context(PHONE_SIZE))
    room.watches[-1].silent = True  # the browser's console tells of the refusals
    page.goto(f"{room.origin}/play")
    expect(page.locator("body")).to_have_attribute("data-state", "old")  # of no session, or of another
    axe(page)
    assert small_targets(page, PLAYER_PX) == sideways(page) == faint_texts(page) == faint_focus(page) == []
    page.get_by_role("link").click()
    expect(page.get_by_role("button")).to_have_text(room.text("player.join.go"))   # the page has its words, and listens
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text(room.text("player.join.no_code"))
    code = page.get_by_label(room.text("player.join.code"))
    code.fill("nonsense")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("not valid")
    axe(page)
    assert small_targets(page, DESK_PX) == sideways(page) == faint_texts(page) == []
    leader.do(do="set", newcomers=False)
    code.fill(room.code.lower())
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody else can join")
    leader.do(do="set", newcomers=True)
    code.press("Enter")
    joined(page)


def test_the_code_of_the_picture_lets_in_and_leaves_the_address(phone):
    assert phone.page.url == f"{phone.room.origin}/play"
    assert phone.room.code not in phone.page.evaluate("performance.getEntriesByType('navigation')[0].name")


# --- playing -------------------------------------------------------------------------------------------------------------
def test_every_touch_of_two_pages_arrives_once_and_sounds(stage, room, leader, phone):
    other = Player(stage, room, leader)
    phones = (phone, other)
    for player in phones:
        player.play("drum-pads")
        leader.do(do="change_person", person=player.person, help={"timing": 0})  # nothing waits for a beat after the take
    leader.do(do="record", on=True, name="Two pages")
    for n in range(12):
        for player in phones:
            player.page.touchscreen.tap(*player.field(n % 8))
    phone.fingers("start", *(phone.field(n) for n in range(5)))
    phone.fingers("end")
    for player, count in zip(phones, (17, 12), strict=True):
        player.said(2 * count)
    leader.do(do="record", on=False)
    leader.until(lambda state: any(take["name"] == "Two pages" and not take["open"] for take in state["takes"]), "the take")
    [path] = room.program.session.glob("takes/Two pages*/events.jsonl")
    events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for player, count in zip(phones, (17, 12), strict=True):
        kinds = [event["kind"] for event in events if event.get("player") == player.seat]
        assert [kinds.count(kind) for kind in ("touch", "let_go", "note_on")] == [count] * 3
    other.context.close()


def test_a_finger_slides_from_note_to_note_and_strums_every_string(phone):
    phone.play("magic-harp", LYING_PHONE)
    phone.fingers("start", phone.field(0))
    for n in (1, 2, 3):
        phone.fingers("move", phone.field(n))
    phone.fingers("end")
    assert phone.said(8) == touched(0, 1, 2, 3)
    phone.play("strum-guitar", LYING_PHONE)
    phone.fingers("start", phone.field(5))
    phone.fingers("move", phone.field(0))  # faster than the screen can tell
    phone.fingers("end")
    assert phone.said(6) == [("touch", FIRST_CONTROL + n) for n in (5, 4, 3, 2, 1, 0)]
    assert sorted(phone.said(6)) == [("let_go", FIRST_CONTROL + n) for n in range(6)]  # strings ring on for a while


def test_fingers_that_are_not_meant_to_slide_stay_where_they_came_down(phone):
    phone.play("drum-pads")
    phone.fingers("start", phone.field(0))
    phone.fingers("move", phone.field(1))
    phone.fingers("end")
    phone.page.touchscreen.tap(*phone.field(7))
    assert phone.said(4) == touched(0, 7)


def test_a_finger_that_trembles_between_two_fields_plays_once(phone):
    phone.play("magic-harp", LYING_PHONE)
    box = phone.page.locator(".field").first.bounding_box()
    edge, y = box["x"] + box["width"], box["y"] + box["height"] / 2
    phone.fingers("start", (edge - 3, y))
    for n in range(6):
        phone.fingers("move", (edge + 8 * (-1) ** n, y))
    phone.fingers("end")
    assert phone.said(2) == touched(0)


def test_a_finger_on_the_pad_moves_the_sound_and_so_do_arrows(phone):
    phone.play("space-voice", DESK_SIZE)
    phone.fingers("start", phone.field(0))
    assert phone.said(3) == [("move", AXES.index("tilt_x")), ("move", AXES.index("tilt_y")), ("touch", FIRST_CONTROL)]
    phone.fingers("end")
    assert phone.said(1) == [("let_go", FIRST_CONTROL)]
    puck = phone.page.get_by_role("slider", name=phone.room.text("player.flyer"))
    puck.press("ArrowUp")
    assert phone.said(1) == [("move", AXES.index("tilt_y"))]
    puck.blur()


def test_all_keys_play_and_each_press_once(phone):
    phone.play("magic-harp")
    phone.press("3", "ArrowLeft", "ArrowRight", "Space", "KeyG", "Enter", "KeyP")
    assert phone.said(14) == touched(2, 0, 3, 4, 3, 1, 1)
    phone.page.keyboard.down("8")
    phone.page.keyboard.down("8")  # the keyboard repeats
    phone.page.keyboard.up("8")
    phone.page.locator(".field").nth(5).focus()
    phone.press("Space", "Enter")
    assert phone.said(6) == touched(7, 5, 5)
    phone.page.locator(".field").nth(5).blur()


def test_letters_play_the_notes_they_name(phone):
    phone.play("piano")
    assert [one["name"] for one in control_names(phone.page)][:2] == ["C, red circle", "D, orange square"]
    phone.press(*"CAFE")
    assert phone.said(8) == [(what, key) for key in (60, 69, 65, 64) for what in ("touch", "let_go")]


def test_one_giant_button_is_played_by_any_key_and_by_a_screen_reader(phone):
    phone.play("next-note-tune")
    phone.press("Space", "KeyX")
    phone.page.locator(".field").evaluate("(field) => field.click()")
    assert phone.said(6) == touched(0, 0, 0)


def test_buttons_of_a_gamepad_are_touches(phone):
    phone.play("magic-harp")
    phone.page.evaluate("""() => {
      const rest = { pressed: false, value: 0 };
      window.pad = { index: 0, connected: true, axes: [0, 0], buttons: [rest, rest, { pressed: true, value: 1 }] };
      navigator.getGamepads = () => [window.pad];
      dispatchEvent(Object.assign(new Event("gamepadconnected"), { gamepad: window.pad }));
    }""")
    assert phone.said(1) == [("touch", FIRST_CONTROL + 2)]
    phone.page.evaluate("pad.buttons[2] = { pressed: false, value: 0 }")
    assert phone.said(1) == [("let_go", FIRST_CONTROL + 2)]
    phone.page.evaluate("pad.connected = false")


def test_a_phone_that_is_tilted_moves_the_sound(phone):
    phone.play("space-voice")
    # the headless browser refuses every question; a telephone asks its owner
    phone.page.evaluate("DeviceOrientationEvent.requestPermission = async () => 'granted'")
    phone.page.get_by_role("button", name=phone.room.text("player.tilt")).click()
    turn = phone.context.new_cdp_session(phone.page)
    for gamma, share in ((0, 0.5), (20, 0.75)):
        turn.send("DeviceOrientation.setDeviceOrientationOverride", {"alpha": 0, "beta": 0, "gamma": gamma})
        phone.page.wait_for_function("([axis, share]) => said.some(({ t, a, v }) => t === 'move' && a === axis && v === share)",
                                     arg=[AXES.index("tilt_x"), share])


def test_who_calls_is_told_that_somebody_comes(phone):
    phone.page.get_by_role("button", name=phone.room.text("player.call")).click()
    expect(phone.page.locator("#notes")).to_have_text(phone.room.text("player.called"))
    phone.leader.until(lambda state: phone.seat in state["calls"], "the call")


def test_spotlight_and_rest_are_told_on_the_page(phone):
    leader, body = phone.leader, phone.page.locator("body")
    leader.do(do="spotlight", person=phone.person)
    leader.do(do="change_person", person=phone.person, muted=True)
    expect(body).to_have_attribute("data-spotlight", "")
    expect(body).to_have_attribute("data-muted", "")
    expect(phone.page.locator("#notes")).to_have_text(phone.room.text("player.muted"))
    leader.do(do="spotlight", person=None)
    leader.do(do="change_person", person=phone.person, muted=False)
    expect(body).not_to_have_attribute("data-muted", "")
    expect(phone.page.locator("#notes")).to_be_empty()


# --- being away ----------------------------------------------------------------------------------------------------------
def test_after_the_wifi_was_gone_the_same_player_is_back_and_nothing_is_played_late(phone):
    phone.play("magic-harp")
    page, body = phone.page, phone.page.locator("body")
    page.keyboard.down("1")
    wait_until(lambda: phone.hand["notes"]["doing"].any(), what="a note")
    page.evaluate("window.lost = true; wire.close()")
    expect(body).to_have_attribute("data-state", "away")
    expect(page.locator("#calm")).to_contain_text(phone.room.text("player.away_do"))
    axe(page)
    assert sideways(page) == faint_texts(page) == []
    wait_until(lambda: not phone.hand["notes"]["doing"].any(), what="the note to end")
    touches = int(phone.hand["touches"])
    phone.press("2")
    page.touchscreen.tap(180, 400)
    page.keyboard.up("1")
    page.evaluate("window.lost = false")
    joined(page)
    person = phone.leader.until(lambda state: next(one for one in state["people"] if one["id"] == phone.person), "the person")
    assert (person["seat"], person["sign"]) == (phone.seat, page.locator("#sign").inner_text())
    phone.press("3")
    wait_until(lambda: int(phone.hand["touches"]) > touches, what="a touch")
    assert int(phone.hand["touches"]) == touches + 1


def test_a_page_that_is_hidden_lets_go_of_everything(phone):
    phone.play("magic-harp")
    phone.page.keyboard.down("1")
    phone.page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
      delete document.hidden;
    }""")
    phone.page.keyboard.up("1")
    phone.press("2")
    assert phone.said(4) == [("touch", FIRST_CONTROL), ("all_off", 0), *touched(1)]


# --- looks ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_every_layout_has_large_named_fields_on_all_screens(phone, kind):
    phone.play(KINDS[kind])
    page = phone.page
    for size in (PHONE_SIZE, LYING_PHONE, DESK_SIZE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        boxes = [field.bounding_box() for field in page.locator(".field:visible").all()]
        assert boxes
        assert min(min(box["width"], box["height"]) for box in boxes) >= PLAYER_PX, size
        assert small_targets(page, DESK_PX) == sideways(page) == [], size
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), size
    assert all(control["name"] for control in control_names(page))
    axe(page)


def test_it_fits_small_enlarged_large_dark_and_forced_screens(phone):
    phone.play("magic-harp")
    for (width, height), media in (((320, 640), {}), ((320, 256), {}), ((640, 400), {}), ((1920, 1080), {}),
                                   (PHONE_SIZE, {"color_scheme": "dark"}), (LYING_PHONE, {"forced_colors": "active"})):
        phone.page.set_viewport_size({"width": width, "height": height})
        phone.page.emulate_media(**media)
        assert sideways(phone.page) == faint_texts(phone.page) == faint_focus(phone.page) == [], (width, media)
        assert small_targets(phone.page, DESK_PX) == [], (width, media)
        axe(phone.page)
    phone.page.emulate_media(color_scheme="light", forced_colors="none")


def test_low_is_left_also_where_people_read_from_the_right(phone):
    phone.play("magic-harp", LYING_PHONE)
    page = phone.page
    page.route("**/api/texts/**", lambda route: route.fulfill(json=route.fetch().json() | {"common.direction": "rtl"}))
    page.reload()
    joined(page)
    page.unroute_all()
    places = [page.locator(".field").nth(n).bounding_box()["x"] for n in range(2)]
    assert places[0] < places[1] < page.locator("#me").bounding_box()["x"]
    assert sideways(page) == []


def test_one_switch_plays_what_is_marked(phone):
    phone.play("magic-harp")
    phone.page.goto(f"{phone.room.origin}/play?scan=1")
    joined(phone.page)
    expect(phone.page.locator(".scan-here")).to_have_attribute("data-number", "0")
    phone.page.mouse.click(5, 5)
    assert phone.said(2) == touched(0)


def test_letters_can_be_read_on_every_colour_and_every_colour_has_a_word(phone):
    maps = phone.room.ask_http("GET", "/api/colours").values()
    colours = sorted({one["colour"] for found in maps for one in found["labels"].values()})
    told = phone.page.evaluate("""async (colours) => {
      const { colourWord, contrast, inkOn } = await import("/static/lib/shapes.js");
      return colours.map((colour) => [contrast(colour, inkOn(colour)), colourWord(colour)]);
    }""", colours)
    assert min(found for found, _ in told) >= 4.5
    assert {word for _, word in told} == {"red", "orange", "yellow", "green", "blue_green", "blue", "purple", "pink", "brown",
                                          "grey", "black"}


def test_the_page_is_light(phone):
    sizes = phone.page.evaluate("""() => [...performance.getEntriesByType("navigation"),
      ...performance.getEntriesByType("resource")].map((entry) => entry.decodedBodySize)""")
    assert len(sizes) > 10
    assert sum(sizes) < 300_000
