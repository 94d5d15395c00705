"""A whole session by the keyboard alone, and by one switch alone: nothing needs a mouse, and nothing needs two keys at once."""
import re

import pytest
from playwright.sync_api import expect

from tests.rig.program import wait_until

#: Scanning so quick that no test waits for it; people take 1.8 s.
SCAN_S = 0.03
MOST_TABS = 250
SONG = "Aloha"


class Keyboard:
    """Tab and Enter."""

    def __init__(self, page):
        self.page = page

    def use(self, locator):
        locator.wait_for()
        for _ in range(MOST_TABS):
            if locator.evaluate("(e) => e.getRootNode().activeElement === e"):
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way to {locator} by Tab")


class Switch:
    """One key, pressed when the mark stands on what is meant, or around it."""

    _PRESS = """
    async (target) => {
      let used = false;
      target.addEventListener("click", () => { used = true; }, { once: true, capture: true });
      for (let looked = 0; looked < 4000 && !used; looked += 1) {
        const here = document.querySelector(".scan-here");
        if (here?.contains(target)) {
          for (const type of ["keydown", "keyup"])
            document.body.dispatchEvent(new KeyboardEvent(type, { key: " ", bubbles: true, cancelable: true }));
        }
        if (!used) await new Promise((done) => setTimeout(done, 5));
      }
      return used;
    }
    """

    def __init__(self, page):
        self.page = page
        page.evaluate("async (seconds) => (await import('/static/lib/scan.js')).startScan({ seconds })", SCAN_S)

    def use(self, locator):
        locator.wait_for()
        assert locator.evaluate(self._PRESS), f"the mark never came to {locator}"


@pytest.mark.parametrize("hands", [Keyboard, Switch], ids=["keyboard", "switch"])
def test_a_whole_session_is_led_without_a_mouse(stage, hands):
    room = stage.new_room()
    desk = room.desk()
    text = room.text

    def button(key, within=None, **values):
        name = re.compile(f"^{re.escape(text(key, **values))}")
        return (within or desk).get_by_role("button", name=name).and_(desk.locator(":visible")).first

    button("desk.first.skip").wait_for()
    lead = hands(desk)
    lead.use(button("desk.first.skip"))
    player = room.player()
    person = room.wait_for(lambda state: state["people"], "somebody")[0]
    sheet = desk.locator("#sheet")

    # an instrument, a little help, a sign
    lead.use(desk.locator("button.person").first)
    lead.use(button("desk.person.instrument", sheet))
    lead.use(sheet.get_by_role("button", name=re.compile("^Kalimba")))
    expect(player.get_by_role("heading", name="Kalimba")).to_be_visible()
    lead.use(button("common.back", sheet))
    softer = f"{text('desk.person.volume')}: {text('desk.person.softer')}"
    lead.use(sheet.get_by_role("button", name=re.compile(re.escape(softer))))
    room.wait_for(lambda state: state["people"][0]["volume_db"] == -1.0, "softer")
    lead.use(button("common.close", sheet))
    expect(sheet).to_be_hidden()

    # a song, recorded
    lead.use(button("desk.song.choose"))
    lead.use(sheet.get_by_role("button", name=re.compile(f"^{SONG}")))
    room.wait_for(lambda state: state["song"], "the song")
    lead.use(button("desk.lamp.name", what=""))
    lead.use(button("desk.takes.record"))
    wait_until(lambda: room.live["take"]["recording"], 20.0, "the recording")
    lead.use(button("desk.six.start"))
    wait_until(lambda: room.live["beat"]["mode"] in (1, 2), 20.0, "the song to begin")
    lead.use(button("desk.six.softer"))
    room.wait_for(lambda state: state["softer"] == 1, "softer")
    lead.use(button("desk.six.spotlight"))
    lead.use(sheet.locator("button.way").first)
    room.wait_for(lambda state: state["spotlight"] == person["id"], "the spotlight")
    lead.use(button("desk.six.quiet"))
    wait_until(lambda: room.live["beat"]["mode"] == 0, 20.0, "quiet")
    lead.use(button("desk.takes.stop"))
    room.wait_for(lambda state: [take for take in state["takes"] if not take["open"]], "the take")
    lead.use(button("desk.undo.what", what=""))

    # the end
    lead.use(desk.locator("#tabs").get_by_role("button", name=text("desk.tab.room")))
    lead.use(button("desk.end"))
    dialog = desk.locator("dialog.question")
    lead.use(dialog.get_by_role("button", name=text("desk.end"), exact=True))
    expect(desk.get_by_role("heading", name=text("desk.end.ended"))).to_be_visible()
    assert room.program.process.wait(30.0) == 0
    room.close()


def test_shortcuts_need_two_keys_more_unless_somebody_wants_single_ones(empty_room):
    """WCAG 2.2, 2.1.4: what a single letter does can be switched off; here it is off until it is switched on."""
    room = empty_room
    room.do(do="choose_song", song="frere-jacques")
    desk = room.desk()
    expect(desk.get_by_role("button", name=re.compile(f"^{room.text('desk.six.start')}"))).to_be_visible()
    desk.keyboard.press("2")
    desk.keyboard.press("Control+Alt+2")
    room.wait_for(lambda state: state["softer"] == 1, "softer by one: the single key did nothing")
    desk.keyboard.press("Control+Alt+2")
    room.wait_for(lambda state: state["softer"] == 2, "softer by two")
    room.do(do="softer", level=0)
