"""Microphones and keyboards are heard, whatever other keyboards and microphones do meanwhile."""
import subprocess
import sys
import time

import numpy as np
import pytest

from imm_audio.kernels.effects.strip import HIGHPASS_HZ, RATIO, SEND_DB
from imm_audio.kernels.engine.events import STRIP
from tests.rig.jack_rig import BLOCK, RATE, Rig
from tests.rig.program import Program, wait_until
from tests.rig.sounds import CLICK_KEY, LEFT, RIGHT, choose_click, choose_sound, note, onsets

MICROPHONES, KEYBOARDS = 2, 4
IMPULSE, THRESHOLD = 0.5, 0.02
#: A click through the default fader peaks near this, panned hard to one side.
CLICK_PEAK = 0.12
#: Clicks that stay apart in the captured sound, 20 a second on each of four keyboards.
EVERY, APART = RATE // 20, RATE // 80
ORGAN = 16
LATEST_S = 0.05
PROMISED_S = 2.0


@pytest.fixture(scope="module")
def rig(server):
    found = Rig(server, keyboards=KEYBOARDS, microphones=MICROPHONES)
    yield found
    found.close()


def delay_of_an_impulse(rig) -> int:
    sound = np.zeros((200, 1), "f4")
    sound[100] = IMPULSE
    start = rig.speak(sound) + 100
    heard = rig.heard(start - 50, start + 1000)[:, 0]
    assert not np.abs(heard[:50]).max() > THRESHOLD
    return int(np.argmax(np.abs(heard))) - 50


@pytest.fixture(scope="module")
def bare_delay(rig, home):
    """Frames from microphone to loudspeaker through a callback that only copies."""
    command = [sys.executable, "-m", "tests.rig.bare_stream", str(MICROPHONES)]
    with subprocess.Popen(command, env=home.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as bare:
        try:
            assert bare.stdout.readline() == b"ready\n"
            rig.connect()
            found = [delay_of_an_impulse(rig) for _ in range(3)]
        finally:
            bare.stdin.close()
    assert len(set(found)) == 1
    return found[0]


@pytest.fixture(scope="module")
def program(rig, home, bare_delay):
    found = Program(home, "--inputs", str(MICROPHONES))
    try:
        rig.connect()
        rig.wait_for_keyboards()
        found.wait_for_instruments(KEYBOARDS)
        for microphone in range(MICROPHONES):  # straight through, so that an impulse stays one
            for parameter, value in ((HIGHPASS_HZ, 0.0), (RATIO, 1.0), (SEND_DB, -120.0)):
                found.push(STRIP, microphone, parameter, 0.0, value)
        for keyboard, pan in enumerate((LEFT, RIGHT, LEFT, RIGHT)):
            choose(rig, keyboard, choose_click(pan))
        yield found
    finally:
        found.clear()


def choose(rig, keyboard: int, messages: list[bytes]) -> None:
    frame = rig.soon()
    rig.send([(frame, keyboard, message) for message in messages])
    rig.ear.wait(frame + RATE // 10)


def notes_of(program, player: int) -> int:
    return sum(line["kind"] == "note_on" and line["player"] == player for line in program.log)


def check_heard(rig, played: np.ndarray, sound: np.ndarray, start: int) -> None:
    """Every click that was `played` begins once in `sound` (which starts at frame `start`), soon; lapses are excused."""
    heard = onsets(sound, CLICK_PEAK / 4) + start
    delay = heard[:, None] - played
    matches = (delay > 0) & (delay < min(LATEST_S * RATE, np.diff(played).min(initial=RATE)))
    assert rig.excused(played[~matches.any(axis=0)]).all()
    assert rig.excused(played[matches.sum(axis=0) > 1]).all()
    assert rig.excused(heard[~matches.any(axis=1)]).all()


def check_counts(rig, program, before: int, player: int, played: np.ndarray) -> None:
    """Every note is in the log once; lapses are excused."""
    fewest = len(played) - int(rig.excused(played).sum())
    wait_until(lambda: notes_of(program, player) >= before + fewest, 3.0, "the log")
    assert before + fewest <= notes_of(program, player) <= before + len(played)


class Melody:
    """Clicks of keyboard 0, on the left, under whatever else happens; none may be lost or doubled."""

    def __init__(self, program, rig, seconds: float):
        self._program, self._rig, self._before = program, rig, notes_of(program, 0)
        self._frames = rig.soon() + np.arange(int(seconds * 10)) * RATE // 10
        rig.send([(int(frame), 0, note()) for frame in self._frames])

    def check(self, by_ear: bool = True) -> None:
        start, stop = self._frames[0] - 100, self._frames[-1] + RATE // 10
        sound = self._rig.heard(start, stop)[:, 0]
        if by_ear:
            check_heard(self._rig, self._frames, sound, start)
        check_counts(self._rig, self._program, self._before, 0, self._frames)


def test_the_engine_adds_what_it_declares_between_microphone_and_loudspeaker(program, rig, bare_delay):
    found = {delay_of_an_impulse(rig) for _ in range(5)}
    assert len(found) == 1
    added = found.pop() - bare_delay
    assert added == program.engine.latency_frames
    assert added <= 32


def test_every_note_of_four_keyboards_sounds_once(program, rig):
    rng, start, count = np.random.default_rng(3), rig.soon(), 40
    before = [notes_of(program, player) for player in range(KEYBOARDS)]
    frames = np.array([[start + n * EVERY + k * APART + rng.integers(BLOCK) for n in range(count)] for k in range(KEYBOARDS)])
    rig.send([(int(frames[k, n]), k, note(CLICK_KEY - k // 2)) for k in range(KEYBOARDS) for n in range(count)])
    sound = rig.heard(start - 100, start + count * EVERY + RATE // 5)
    for side in range(2):
        check_heard(rig, np.sort(frames[side::2].ravel()), sound[:, side], start - 100)
    for player in range(KEYBOARDS):
        check_counts(rig, program, before[player], player, frames[player])


def test_a_keyboard_plugged_in_later_plays_within_two_seconds(program, rig):
    melody = Melody(program, rig, 3.0)
    plugged = rig.now
    rig.plug(4)
    presses = plugged + RATE // 10 + np.arange(30) * RATE // 10
    rig.send([(int(frame), 4, message) for frame in presses for message in (*choose_sound(0, RIGHT), note(60))])
    try:
        heard = np.abs(rig.heard(plugged, plugged + int(PROMISED_S * RATE))[:, 1])
        assert heard.max() > THRESHOLD
        melody.check(by_ear=False)  # until its instrument is there, the new one is heard in the middle
    finally:
        rig.unplug(4)
        wait_until(lambda: "rig keyboard_4 is unplugged" in program.notices, 3.0)


def test_a_keyboard_that_vanishes_leaves_no_note_hanging(program, rig):
    rig.plug(5)
    wait_until(lambda: "rig keyboard_5 is plugged in" in program.notices, 3.0)  # so that its instrument is counted
    program.wait_for_instruments(program.notices.count("is plugged in"))
    melody = Melody(program, rig, 3.0)
    choose(rig, 5, choose_sound(ORGAN, RIGHT))
    start = rig.soon()
    rig.send([(start, 5, note(60))])
    held = rig.heard(start + RATE // 2, start + RATE // 2 + 4800)[:, 1]
    assert np.abs(held).max() > THRESHOLD
    rig.unplug(5)
    gone = rig.now
    late = rig.heard(gone + int(PROMISED_S * RATE), gone + int(PROMISED_S * RATE) + 4800)[:, 1]
    assert np.abs(late).max() < 1e-4
    melody.check()


def test_garbage_on_one_keyboard_breaks_nothing(program, rig):
    rng, melody, start = np.random.default_rng(5), Melody(program, rig, 2.0), rig.soon()
    garbage = [(start + 40 * n, 3, rng.integers(0, 256, rng.integers(1, 25), "u1").tobytes()) for n in range(1000)]
    after = start + 40 * len(garbage)
    quiet = [(after, 3, bytes([0xF7])), *((after, 3, bytes([0xB0 + c, 120, 0])) for c in range(16)), (after, 3, b"\xff")]
    rig.send(garbage + quiet)
    sound = rig.heard(start, after + RATE)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    melody.check(by_ear=False)  # garbage is loud on both sides
    assert np.abs(rig.heard(rig.now, rig.now + 4800)[:, 1]).max() < 1e-3
    choose(rig, 3, choose_click(RIGHT))
    start = rig.soon()
    rig.send([(start, 3, note())])
    assert len(onsets(rig.heard(start, start + RATE // 10)[:, 1], CLICK_PEAK / 4)) == 1


def test_what_is_no_number_never_reaches_the_loudspeakers(program, rig):
    rng = np.random.default_rng(6)
    bad = np.array([np.nan, np.inf, -np.inf, 1e30, -3e38, 1e-42, 9.0], "f4")
    sound = rng.uniform(-0.1, 0.1, (RATE, MICROPHONES)).astype("f4")
    spoilt = rng.uniform(size=sound.shape) < 0.5
    sound[spoilt] = bad[rng.integers(0, len(bad), spoilt.sum())]
    sound[RATE // 4:RATE // 2] = np.nan
    before = delay_of_an_impulse(rig)
    start = rig.speak(sound)
    heard = rig.heard(start, start + RATE + RATE // 2)
    assert np.isfinite(heard).all()
    assert 0.01 < np.abs(heard).max() <= 1.0
    assert np.abs(heard[-4800:]).max() < 1e-6
    assert delay_of_an_impulse(rig) == before


def test_after_all_this_nothing_is_broken(program, rig):
    assert len(program.living) == 4  # engine, scribe, parent, listener
    began_s = time.monotonic()
    assert program.end() == 0
    assert time.monotonic() - began_s < 10.0
    stats = program.stats
    assert stats["events"]["received"] == stats["events"]["applied"]
    assert stats["events"]["dropped"] == 0
