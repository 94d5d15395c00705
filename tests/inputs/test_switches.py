"""Switch interfaces; pipes stand in for /dev/input."""
import os
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.inputs.switches import KEYS, KeyStream, Switches
from imm_audio.kernels.engine.events import LET_GO, RELEASE, TOUCH
from imm_audio.kernels.music.terms import FIRST_CONTROL
from tests.inputs.fakes import Session

SPACE, LEFT, CLICK, EV_KEY = 57, 105, 272, 1


def event(code, value, kind=EV_KEY):
    return struct.pack("llHHi", 1, 2, kind, code, value)


def test_a_key_goes_down_repeats_and_comes_up_and_the_repeats_are_left_out():
    data = event(SPACE, 1) + event(0, 0, 0) + event(SPACE, 2) + event(SPACE, 2) + event(SPACE, 0) + event(4, 30, 4)
    assert KeyStream().feed(data) == [("space", True), ("space", False)]


@given(st.lists(st.integers(0, 200)))
def test_cutting_does_not_matter(cuts):
    data = b"".join(event(code, value) for code in (SPACE, LEFT, 16) for value in (1, 2, 0))
    stream, found, before = KeyStream(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        found += stream.feed(data[before:cut])
        before = cut
    assert found == KeyStream().feed(data)
    assert len(found) == 6


@given(st.lists(st.binary(max_size=100)))
def test_garbage_never_raises(pieces):
    stream = KeyStream()
    for piece in pieces:
        assert all(key in KEYS.values() for key, _ in stream.feed(piece))


pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="evdev is Linux's")


class Computer:
    """A folder of devices, each a pipe; `plugs` says which device sits on which plug."""

    def __init__(self, folder):
        self.folder, self.names, self.writers = folder, {}, {}
        self.session = Session()
        self.switches = Switches(self.session.places, folder / "none", self.name_of)  # no thread: driven by hand
        self.switches._folder = folder

    def name_of(self, fd):
        return self.names[os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))]

    def plug(self, file, name, plug):
        self.names[file] = name, plug
        os.mkfifo(self.folder / file)
        self.writers[file] = os.open(self.folder / file, os.O_RDWR)
        self.switches.look()

    def unplug(self, file):
        os.unlink(self.folder / file)
        os.close(self.writers.pop(file))
        self.switches.wait(0.0)
        self.switches.look()

    def send(self, file, *data):
        os.write(self.writers[file], b"".join(data))
        self.switches.wait(1.0)
        return self.session.heard()


@pytest.fixture
def computer(tmp_path):
    found = Computer(tmp_path)
    yield found
    for fd in [*found.writers.values(), *found.switches._open.values()]:
        os.close(fd)


def test_keyboard_and_mouse_of_one_makey_makey_are_one_player(computer):
    computer.plug("event3", "JoyLabz Makey Makey v1.20a", "usb-1")
    computer.plug("event4", "JoyLabz Makey Makey v1.20a Mouse", "usb-1")
    assert [e[:4] for e in computer.send("event3", event(LEFT, 1), event(LEFT, 0))] == [
        (TOUCH, 0, 0, FIRST_CONTROL), (LET_GO, 0, 0, FIRST_CONTROL)]
    assert computer.send("event4", event(CLICK, 1))[0][:4] == (TOUCH, 0, 0, FIRST_CONTROL + 5)
    assert computer.session.news() == ["JoyLabz Makey Makey v1.20a is plugged in."]
    assert computer.session.field("controllers")[0] == "makey-makey"


def test_the_computers_own_keyboard_is_not_read(computer):
    computer.plug("event0", "AT Translated Set 2 keyboard", "isa0060")
    assert computer.switches._open == {}
    assert computer.session.news() == []


def test_two_makey_makeys_are_two_players(computer):
    computer.plug("event3", "JoyLabz Makey Makey v1.20a", "usb-1")
    computer.plug("event4", "JoyLabz Makey Makey v1.20a", "usb-2")
    assert computer.send("event4", event(SPACE, 1))[0][1] == 1


def test_a_switch_pulled_while_it_is_pressed_is_let_go_and_comes_back_to_its_place(computer):
    computer.plug("event3", "AbleNet Hook+ Switch Interface", "usb-1")
    computer.plug("event5", "JoyLabz Makey Makey v1.20a", "usb-2")
    computer.send("event3", event(SPACE, 1))
    computer.unplug("event3")
    assert computer.session.heard() == [(RELEASE, 0, -1, 0.0, 0.0)]
    computer.plug("event3", "AbleNet Hook+ Switch Interface", "usb-4")
    assert computer.send("event3", event(SPACE, 1))[0][:2] == (TOUCH, 0)
    assert computer.send("event5", event(SPACE, 1))[0][:2] == (TOUCH, 1)
    assert computer.session.news()[-2:] == ["AbleNet Hook+ Switch Interface is unplugged. It will come back by itself.",
                                            "AbleNet Hook+ Switch Interface is back."]
