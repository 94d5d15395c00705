"""A stranger opens the program for the first time: nothing to configure, few clicks, and every text can be read on the way."""
import re

import pytest
from pythonosc.udp_client import SimpleUDPClient

from imm_audio.desk.texts import texts
from tests.pages.looks import everything_read
from tests.pages.stage import free_port
from tests.rig.program import wait_until

#: Reading aloud, slowly [words a minute]; finding and pressing a button; both for people who are in no hurry.
WORDS_A_MINUTE, CLICK_S = 130.0, 5.0
MOST_CLICKS, MOST_S = 6, 120.0
#: What rings before a touch is softer than the touch by this, or more.
LOUDER_DB = 2
#: What nobody should have to understand: names of techniques, things in brackets, words of programs.
JARGON = re.compile(r"\b(MIDI|OSC|USB|dB|Hz|latency|port|driver|buffer|ASIO|JACK|null|undefined|NaN|object)\b|[{}\[\]<>]"
                    r"|\b\w+\.\w+\.\w+\b")


class Stranger:
    """Reads all of each screen, then presses what stands there; counts both."""

    def __init__(self, page):
        self.page, self.clicks, self.read = page, 0, []

    def reads(self):
        self.read += [line for line in everything_read(self.page).splitlines() if line not in self.read]

    def presses(self, name):
        self.reads()
        self.page.get_by_role("button", name=name, exact=True).click()
        self.clicks += 1

    @property
    def seconds(self):
        return sum(len(line.split()) for line in self.read) / WORDS_A_MINUTE * 60.0 + self.clicks * CLICK_S


@pytest.fixture
def tablet():
    """A device that plays: it sends touches over the network, as a keyboard does over its cable."""
    return SimpleUDPClient("127.0.0.1", free_port())


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_stranger_plays_the_first_right_note_with_few_clicks(stage, tablet, language):
    room = stage.new_room("--osc", str(tablet._port))
    room.do(do="set", language=language)
    words = texts(language)
    page = room.desk(locale="en-GB" if language == "en" else "de-DE")
    stranger = Stranger(page)

    def touch():
        tablet.send_message("/1/push1", 1.0)
        tablet.send_message("/1/push1", 0.0)

    def loudest():
        return max(room.live["levels"])

    page.get_by_role("heading", name=words["desk.first.hear.title"]).wait_for()
    stranger.presses(words["desk.first.hear"])
    page.get_by_role("button", name=words["desk.first.heard"], exact=True).wait_for()
    stranger.presses(words["desk.first.heard"])
    page.get_by_role("heading", name=words["desk.first.play.title"]).wait_for()
    stranger.reads()
    touch()                                                    # it is plugged in by this, and heard
    wait_until(lambda: room.state["seats"], 10.0, "the tablet's place")
    wait_until(lambda: (touch(), page.get_by_role("heading", name=words["desk.first.who.title"]).is_visible())[1], 10.0,
               "the desk to see who played")
    stranger.presses(words["common.sign.owl"])
    room.wait_for(lambda state: [one["sign"] for one in state["people"]] == ["🦉"], "the sign")
    stranger.presses(words["desk.first.go"])
    page.get_by_role("heading", name=words["desk.first.who.title"]).wait_for(state="hidden")
    before = -50
    wait_until(lambda: loudest() < before, 20.0, "the first notes to fade")
    touch()
    wait_until(lambda: loudest() > before + LOUDER_DB, 5.0, "the note")

    assert stranger.clicks <= MOST_CLICKS
    assert stranger.seconds < MOST_S, f"{stranger.seconds:.0f} s for {stranger.read}"
    assert [line for line in stranger.read if JARGON.search(line)] == []
    assert room.state["first_run_done"]
    assert room.troubles == []
    other = room.desk()                                        # it comes once
    other.get_by_role("button", name=re.compile(words["common.sign.owl"])).first.wait_for()
    assert not other.get_by_role("heading", name=words["desk.first.hear.title"]).is_visible()
    room.close()


def test_each_step_can_be_left_out(stage):
    room = stage.new_room()
    page = room.desk()
    page.get_by_role("button", name=room.text("desk.first.skip")).click()
    page.get_by_role("button", name=room.text("desk.people.add")).wait_for()
    room.wait_for(lambda state: state["first_run_done"])
    assert room.troubles == []
    room.close()
