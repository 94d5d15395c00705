"""Gamepads, joysticks and the Xbox Adaptive Controller, through SDL (pygame-ce), without any window.

Devices that SDL knows as gamepads have the same numbers for the same buttons on all systems (SDL_gamecontroller.h);
others are joysticks with the numbers of their maker.
"""
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .computer_keys import VELOCITY
from .drivers import GivesPlaces, HasPlace
from .priority import raise_priority

#: While a pad is there, its events are read so often; otherwise it is only looked for.
ROUND_S, LOOK_S = 0.002, 0.5
#: Worn sticks don't come back to the middle: this share of the way is the middle.
DEAD_ZONE = 0.08
#: A smaller change is noise; more values a second nobody hears.
LEAST_CHANGE, AXIS_S = 1 / 128, 0.005
#: Axes of SDL's gamepads that are triggers: they rest at an end, not in the middle.
_TRIGGERS = (4, 5)
_WAYS = (("left", 0, -1), ("right", 0, 1), ("down", 1, -1), ("up", 1, 1))


def load_sdl() -> tuple[Any, Any] | None:
    """Pygame and its module for gamepads, ready; None where they can't."""
    if sys.platform.startswith("linux") and not Path("/dev/input").is_dir():
        return None
    for name, value in (("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy"), ("SDL_NO_SIGNAL_HANDLERS", "1"),
                        ("SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS", "1"), ("PYGAME_HIDE_SUPPORT_PROMPT", "1")):
        os.environ[name] = value
    try:
        import pygame
        from pygame._sdl2 import controller

        pygame.display.init()  # events come from there
        pygame.joystick.init()
        controller.init()
    except Exception:  # a broken driver is no reason to stop
        return None
    return pygame, controller


def stick(value: float) -> float:
    """Position -1 .. 1 as 0 .. 1, the middle 0.5 and wide."""
    size = max(abs(value) - DEAD_ZONE, 0.0) / (1.0 - DEAD_ZONE)
    return 0.5 + 0.5 * min(size, 1.0) * (1.0 if value > 0.0 else -1.0)


def trigger(value: float) -> float:
    """Position 0 .. 1, its rest wide."""
    return min(max(value - DEAD_ZONE, 0.0) / (1.0 - DEAD_ZONE), 1.0)


class _Axis:
    """One axis: where it is, and what was told of it last."""

    def __init__(self, value: float):
        self.value, self.told, self.told_s = value, value, float("-inf")


class _Pad:
    """A gamepad or joystick that is there."""

    def __init__(self, device: Any, place: HasPlace, known: bool):
        self.device, self.place, self.known = device, place, known
        self.axes: dict[int, _Axis] = {}
        self.hats: dict[int, tuple[int, int]] = {}


class Gamepads:
    """All gamepads of the computer; a thread of its own reads them."""

    def __init__(self, places: GivesPlaces, load: Callable[[], tuple[Any, Any] | None] = load_sdl):
        self._places, self._load = places, load
        self._pads: dict[int, _Pad] = {}          # by SDL's instance id, which is new with every plugging in
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gamepads", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        loaded = self._load()
        if loaded is None:
            return
        raise_priority()
        try:
            while not self._stop.wait(ROUND_S if self._pads else LOOK_S):
                self.round(*loaded)
        finally:
            for instance in list(self._pads):
                self._remove(instance, unplugged=False)

    def round(self, sdl: Any, gamepads: Any) -> None:
        """Read what happened since the last round."""
        for event in sdl.event.get():
            self._hear(sdl, gamepads, event)
        now_s = self._places.now()
        for pad in self._pads.values():
            for number, axis in pad.axes.items():
                if abs(axis.value - axis.told) > LEAST_CHANGE and now_s - axis.told_s >= AXIS_S:
                    axis.told, axis.told_s = axis.value, now_s
                    pad.place.move(f"axis {number}", axis.value)
            pad.place.flush()

    def _hear(self, sdl: Any, gamepads: Any, event: Any) -> None:
        kind = event.type
        if kind == sdl.JOYDEVICEADDED:
            self._add(sdl, gamepads, event.device_index)
            return
        pad = self._pads.get(getattr(event, "instance_id", -1))
        if pad is None:
            return
        if kind == sdl.JOYDEVICEREMOVED:
            self._remove(event.instance_id, unplugged=True)
        elif pad.known:                           # SDL tells of these twice: as a gamepad and as a joystick
            if kind == sdl.CONTROLLERBUTTONDOWN:
                pad.place.press(f"button {event.button}", VELOCITY)
            elif kind == sdl.CONTROLLERBUTTONUP:
                pad.place.let_go(f"button {event.button}")
            elif kind == sdl.CONTROLLERAXISMOTION:
                value = event.value / 32767.0
                is_trigger = event.axis in _TRIGGERS
                self._turn(pad, event.axis, trigger(value) if is_trigger else stick(value), 0.0 if is_trigger else 0.5)
        elif kind == sdl.JOYBUTTONDOWN:
            pad.place.press(f"button {event.button}", VELOCITY)
        elif kind == sdl.JOYBUTTONUP:
            pad.place.let_go(f"button {event.button}")
        elif kind == sdl.JOYAXISMOTION:
            self._turn(pad, event.axis, stick(event.value), 0.5)
        elif kind == sdl.JOYHATMOTION:
            self._hat(pad, event.hat, tuple(event.value))

    def _add(self, sdl: Any, gamepads: Any, index: int) -> None:
        try:
            known = bool(gamepads.is_controller(index))
            device = gamepads.Controller(index) if known else sdl.joystick.Joystick(index)
            instance = (device.as_joystick() if known else device).get_instance_id()
            name = str(device.name if known else device.get_name())
        except Exception:  # gone again, or claimed by another program
            return
        if instance in self._pads:
            return
        place = self._places.take(name, "gamepad")
        if place is None:
            return
        self._pads[instance] = _Pad(device, place, known)
        place.plug()

    def _remove(self, instance: int, unplugged: bool) -> None:
        pad = self._pads.pop(instance)
        pad.place.leave(unplugged)
        try:
            pad.device.quit()
        except Exception:  # it is gone already
            pass

    def _turn(self, pad: _Pad, number: int, value: float, rest: float) -> None:
        pad.axes.setdefault(number, _Axis(rest)).value = value

    def _hat(self, pad: _Pad, number: int, value: tuple[int, int]) -> None:
        before = pad.hats.get(number, (0, 0))
        pad.hats[number] = value
        for way, side, sign in _WAYS:
            was, now = before[side] == sign, value[side] == sign
            if now and not was:
                pad.place.press(f"hat {number} {way}", VELOCITY)
            elif was and not now:
                pad.place.let_go(f"hat {number} {way}")
