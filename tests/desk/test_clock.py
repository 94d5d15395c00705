import itertools

import numpy as np
import pytest

from imm_audio.desk.clock import FrameClock, Lateness

RATE, BLOCK = 48000.0, 128


class Device:
    """An engine whose callbacks come every block, some of them late, and a computer on which time passes."""

    def __init__(self, late_s: float = 0.0, speed: float = 1.0):
        self._rng, self._late_s, self._speed = np.random.default_rng(3), late_s, speed
        self.now_s, self._stood_s, self.first = 1000.0, 0.0, 0
        self._late = 0.0

    def ideal(self, at_s: float) -> float:
        """Frames of a steady engine, of which the newest block is done."""
        return self.first + RATE * self._speed * (at_s - 1000.0 - self._stood_s) + BLOCK

    def frame(self) -> int:
        done = (self.ideal(self.now_s) - BLOCK - RATE * self._late_s * self._rng.uniform()) // BLOCK
        return max(int(done) * BLOCK + BLOCK, 0)

    def clock(self) -> FrameClock:
        return FrameClock(RATE, self.frame, lambda: self.now_s)

    def run(self, clock: FrameClock, seconds: float) -> None:
        """Look at it at irregular times."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += self._rng.uniform(0.003, 0.009)
            clock.look()


def off_frames(device: Device, clock: FrameClock) -> float:
    return clock.frame_at(device.now_s) - device.ideal(device.now_s)


@pytest.mark.parametrize(("late_s", "speed"), [(0.0, 1.0), (0.002, 1.0), (0.0, 1.0002), (0.0, 0.9998)])
def test_frames_are_those_of_a_steady_engine_however_it_is_looked_at(late_s, speed):
    device = Device(late_s, speed)
    clock = device.clock()
    device.run(clock, 5.0)
    for _ in range(20):
        device.run(clock, 0.1)
        # four seconds at 0.02 % are 38 frames
        assert -BLOCK / 4 <= off_frames(device, clock) <= 48


def test_time_of_a_frame_is_the_way_back():
    device = Device()
    clock = device.clock()
    device.run(clock, 2.0)
    assert clock.time_of(clock.frame_at(device.now_s)) == pytest.approx(device.now_s, abs=1.0 / RATE)


def test_after_a_sleep_of_the_computer_the_clock_is_right_again_within_half_a_second():
    device = Device()
    clock = device.clock()
    device.run(clock, 3.0)
    device.now_s += 3600.0
    device._stood_s += 3600.0
    clock.look()
    assert clock.frame_at(device.now_s) <= device.frame() + FrameClock.AHEAD_S * RATE
    device.run(clock, 0.6)
    assert abs(off_frames(device, clock)) < BLOCK


def test_while_the_device_stands_still_touches_are_never_far_ahead():
    device = Device()
    clock = device.clock()
    device.run(clock, 3.0)
    stood = device.frame()
    for _ in range(200):
        device.now_s += 0.005
        device._stood_s += 0.005
        clock.look()
        assert clock.frame_at(device.now_s) <= stood + FrameClock.AHEAD_S * RATE
    device.run(clock, 0.6)
    assert abs(off_frames(device, clock)) < BLOCK


def test_a_device_that_makes_up_for_a_late_timer_changes_nothing():
    device = Device()
    clock = device.clock()
    device.run(clock, 3.0)
    kept, device.frame = device.frame(), None
    clock._frame = lambda: kept
    device.run(clock, 0.2)          # no callback for 0.2 s, then all of them at once
    clock._frame = Device.frame.__get__(device)
    device.run(clock, 0.1)
    assert abs(off_frames(device, clock)) < BLOCK


def test_an_engine_that_began_anew_is_followed_at_once():
    device = Device()
    clock = device.clock()
    device.run(clock, 3.0)
    device.first -= 100000
    device.run(clock, 0.3)
    assert abs(off_frames(device, clock)) < BLOCK


# --- lateness -------------------------------------------------------------------------------------------------------
def test_distances_of_touches_are_kept_over_a_network_that_is_late_by_fits():
    rng, late = np.random.default_rng(5), Lateness()
    heard, meant = [], np.cumsum(rng.uniform(0.05, 0.2, 600))
    for at_s in meant:
        late_s = 0.001 + rng.exponential(0.003)
        late.hear(late_s)
        heard.append(at_s + max(late.delay_s, late_s))
    off = np.abs(np.diff(heard) - np.diff(meant))[200:]
    assert np.percentile(off, 85) < 0.001  # without it 5.7 ms
    assert np.median(np.array(heard[200:]) - meant[200:]) < 0.015


def test_the_delay_changes_so_slowly_that_nobody_hears_it():
    late, before = Lateness(), Lateness.FIRST_S
    for late_s in itertools.chain([0.0] * 100, [0.05] * 100, [0.0] * 100):
        late.hear(late_s)
        assert -Lateness.DOWN_S - 1e-12 <= late.delay_s - before <= Lateness.UP_S + 1e-12
        assert Lateness.LEAST_S <= late.delay_s <= Lateness.MOST_S
        before = late.delay_s


def test_before_the_first_touch_nothing_was_late():
    assert Lateness().percentile(0.95) == 0.0
    assert Lateness().jitter_s == 0.0
