"""Gamepads: with a stand-in for SDL, and with SDL's own virtual joysticks where its library can be reached."""
import ctypes
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from imm_audio.inputs import gamepads
from imm_audio.inputs.computer_keys import VELOCITY
from imm_audio.inputs.gamepads import Gamepads, stick, trigger
from imm_audio.kernels.engine.events import LET_GO, MOVE, RELEASE, TOUCH
from imm_audio.kernels.music.terms import BREATH, FIRST_CONTROL, TILT_X, TILT_Y
from tests.inputs.fakes import Session, wait_for

KINDS = ("JOYDEVICEADDED", "JOYDEVICEREMOVED", "JOYBUTTONDOWN", "JOYBUTTONUP", "JOYAXISMOTION", "JOYHATMOTION",
         "CONTROLLERBUTTONDOWN", "CONTROLLERBUTTONUP", "CONTROLLERAXISMOTION")


class Device:
    def __init__(self, name, instance):
        self.name, self._instance = name, instance

    def get_name(self):
        return self.name

    def get_instance_id(self):
        return self._instance

    def as_joystick(self):
        return self

    def quit(self):
        pass


class Sdl:
    """Stands in for pygame: devices by index, a queue of events."""

    def __init__(self):
        for kind in KINDS:
            setattr(self, kind, kind)
        self.queue, self.devices = [], {}
        self.event = SimpleNamespace(get=self._get)
        self.joystick = SimpleNamespace(Joystick=lambda index: self.devices[index])
        self.gamepads = SimpleNamespace(is_controller=lambda index: "pad" in self.devices[index].name,
                                        Controller=lambda index: self.devices[index])

    def _get(self):
        found, self.queue = self.queue, []
        return found

    def say(self, kind, **fields):
        self.queue.append(SimpleNamespace(type=kind, **fields))


class Rig:
    def __init__(self):
        self.session, self.sdl = Session(), Sdl()
        self.pads = Gamepads(self.session.places, lambda: None)  # its thread has nothing to do and ends

    def round(self, seconds=0.01):
        self.session.now_s += seconds
        self.pads.round(self.sdl, self.sdl.gamepads)
        return self.session.heard()

    def plug(self, name, instance):
        self.sdl.devices[0] = Device(name, instance)
        self.sdl.say("JOYDEVICEADDED", device_index=0)
        return self.round()


@pytest.fixture
def rig():
    return Rig()


def test_buttons_of_a_gamepad_are_touches_and_the_joystick_behind_it_is_not_heard_twice(rig):
    rig.plug("Some gamepad", 7)
    rig.sdl.say("JOYBUTTONDOWN", instance_id=7, button=3)
    rig.sdl.say("CONTROLLERBUTTONDOWN", instance_id=7, button=3)
    rig.sdl.say("CONTROLLERBUTTONUP", instance_id=7, button=3)
    assert rig.round() == [(TOUCH, 0, 0, FIRST_CONTROL + 3, VELOCITY), (LET_GO, 0, 0, FIRST_CONTROL + 3, 0.0)]


def test_sticks_tilt_and_a_trigger_is_breath(rig):
    rig.plug("Some gamepad", 7)
    for axis, value in ((0, 32767), (1, -32768), (4, 32767)):
        rig.sdl.say("CONTROLLERAXISMOTION", instance_id=7, axis=axis, value=value)
    assert rig.round() == [(MOVE, 0, TILT_X, 0.0, 1.0), (MOVE, 0, TILT_Y, 0.0, 1.0), (MOVE, 0, BREATH, 0.0, 1.0)]


def test_a_worn_stick_near_the_middle_is_in_the_middle(rig):
    assert {stick(value) for value in (-0.08, -0.02, 0.0, 0.05, 0.08)} == {0.5}
    assert [stick(value) for value in (-1.0, 1.0)] == [0.0, 1.0]
    assert [trigger(value) for value in (-0.1, 0.08, 1.0)] == [0.0, 0.0, 1.0]


def test_small_changes_are_not_told_and_an_axis_speaks_200_times_a_second_at_most(rig):
    rig.plug("Some gamepad", 7)
    said = []
    for n in range(1000):  # one second
        rig.sdl.say("CONTROLLERAXISMOTION", instance_id=7, axis=0, value=20000 + (10000 if n % 2 else 0))
        said += rig.round(0.001)
    assert 100 < len(said) <= 201
    rig.sdl.say("CONTROLLERAXISMOTION", instance_id=7, axis=0, value=0)
    assert rig.round(0.001) + rig.round() == [(MOVE, 0, TILT_X, 0.0, 0.5)]
    rig.sdl.say("CONTROLLERAXISMOTION", instance_id=7, axis=0, value=int(32767 * 0.085))
    assert rig.round() == []


def test_a_joystick_that_sdl_does_not_know_plays_with_buttons_and_hat(rig):
    rig.plug("Switch box", 3)
    rig.sdl.say("JOYBUTTONDOWN", instance_id=3, button=0)
    rig.sdl.say("JOYHATMOTION", instance_id=3, hat=0, value=(0, 1))
    rig.sdl.say("JOYHATMOTION", instance_id=3, hat=0, value=(1, 0))
    assert [event[0:4:3] for event in rig.round()] == [
        (TOUCH, FIRST_CONTROL), (TOUCH, FIRST_CONTROL + 11), (TOUCH, FIRST_CONTROL + 14), (LET_GO, FIRST_CONTROL + 11)]
    assert rig.session.news() == ["Switch box is plugged in and plays like a gamepad."]


def test_a_pad_pulled_and_plugged_again_is_the_same_players_and_others_are_left_alone(rig):
    rig.plug("Xbox Adaptive Controller gamepad", 1)
    rig.plug("PlayStation pad", 2)
    rig.sdl.say("CONTROLLERBUTTONDOWN", instance_id=1, button=0)
    rig.round()
    rig.sdl.say("JOYDEVICEREMOVED", instance_id=1)
    assert rig.round() == [(RELEASE, 0, -1, 0.0, 0.0)]
    assert list(rig.session.engine.header["plugged"][:2]) == [0, 1]
    rig.plug("Xbox Adaptive Controller gamepad", 9)
    rig.sdl.say("CONTROLLERBUTTONDOWN", instance_id=9, button=0)
    assert rig.round()[0][:2] == (TOUCH, 0)
    assert rig.session.field("controllers")[:2] == ["xbox-adaptive", "playstation"]


def test_a_device_that_is_gone_before_it_can_be_opened_is_no_reason_to_stop(rig):
    rig.sdl.say("JOYDEVICEADDED", device_index=5)
    rig.sdl.say("JOYBUTTONDOWN", instance_id=5, button=0)
    assert rig.round() == []


def test_where_sdl_does_not_work_nothing_is_said():
    session = Session()
    pads = Gamepads(session.places, lambda: None)
    assert wait_for(lambda: not pads._thread.is_alive())
    assert session.news() == []


# --- SDL's own virtual joysticks --------------------------------------------------------------------------------------
class _Virtual(ctypes.Structure):
    """SDL_VirtualJoystickDesc of SDL 2.24 and later."""

    _fields_ = (*((name, ctypes.c_uint16) for name in ("version", "type", "axes", "buttons", "hats", "vendor", "product",
                                                       "padding")),
                ("button_mask", ctypes.c_uint32), ("axis_mask", ctypes.c_uint32), ("name", ctypes.c_char_p),
                *((f"callback{n}", ctypes.c_void_p) for n in range(6)))


@pytest.fixture
def sdl(monkeypatch):
    pygame = pytest.importorskip("pygame")
    libraries = list((Path(pygame.__file__).parent.parent / "pygame_ce.libs").glob("libSDL2-2*"))
    if not (sys.platform.startswith("linux") and libraries):
        pytest.skip("SDL's library can't be reached here")
    monkeypatch.setattr(gamepads, "Path", lambda _: Path("/"))  # also where there is no /dev/input
    loaded = gamepads.load_sdl()
    if loaded is None:
        pytest.skip("SDL does not start here")
    yield ctypes.CDLL(str(libraries[0])), loaded
    loaded[0].quit()


class Virtual:
    """A pad of SDL's own."""

    def __init__(self, library, name):
        self._library = library
        library.SDL_JoystickOpen.restype = ctypes.c_void_p
        shape = _Virtual(1, 1, 6, 15, 0, 0x45E, 0xB0A, 0, 0x7FFF, 0x3F, name)
        self._index = library.SDL_JoystickAttachVirtualEx(ctypes.byref(shape))
        assert self._index >= 0
        self._pad = ctypes.c_void_p(library.SDL_JoystickOpen(self._index))

    def button(self, number, down):
        self._library.SDL_JoystickSetVirtualButton(self._pad, number, int(down))

    def axis(self, number, value):
        self._library.SDL_JoystickSetVirtualAxis(self._pad, number, ctypes.c_int16(value))

    def pull(self):
        self._library.SDL_JoystickClose(self._pad)
        self._library.SDL_JoystickDetachVirtual(self._index)


def test_a_pad_plugged_in_while_sdl_runs_plays_until_it_is_pulled(sdl):
    library, loaded = sdl
    session = Session()
    pads = Gamepads(session.places, lambda: None)
    pads.round(*loaded)
    pad = Virtual(library, b"Xbox Adaptive Controller")
    try:
        pads.round(*loaded)
        pad.button(1, True)
        pad.axis(1, -32768)
        pads.round(*loaded)
        heard = session.heard()
    finally:  # SDL hangs when it ends before its pads
        pad.pull()
    assert heard == [(TOUCH, 0, 0, FIRST_CONTROL + 1, VELOCITY), (MOVE, 0, TILT_Y, 0.0, 1.0)]
    pads.round(*loaded)
    assert session.heard()[-1] == (RELEASE, 0, -1, 0.0, 0.0)
    assert session.news() == ["Xbox Adaptive Controller is plugged in.",
                              "Xbox Adaptive Controller is unplugged. It will come back by itself."]
