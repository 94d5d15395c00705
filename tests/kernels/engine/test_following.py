"""The engine's clock is the follower's, to the last bit, and a replay of the log gives it again."""
import numpy as np
import pytest

from imm_audio.kernels.engine.events import FOLLOW, NAMES, NOTE_OFF, NOTE_ON, ONSET, TEMPO
from imm_audio.kernels.music.follower import (
    AMOUNT,
    FASTEST,
    FOLLOWER,
    SLOWEST,
    follower_advance,
    follower_begin,
    follower_hear,
    follower_reset,
    follower_set,
)
from imm_audio.kernels.music.terms import EVERYBODY, FOLLOW_AMOUNT, FOLLOW_RANGE
from imm_audio.kernels.rt import GRID
from tests.kernels.engine.studio import RATE, engine

BPM, SECONDS = 100.0, 20


def onsets():
    """(frame, player, strength) of three people who slow down a little."""
    random, rows = np.random.default_rng(4), []
    for player in range(3):
        at_s = 0.3
        for beat in range(30):
            at_s += 0.58 + 0.003 * beat
            rows.append((int((at_s + random.normal(0, 0.015)) * RATE), player, float(np.float32(random.uniform(0.4, 0.9)))))
    return sorted(row for row in rows if row[0] < SECONDS * RATE)


def settings():
    return [(0, TEMPO, 0, 0, 0, BPM), (0, FOLLOW, 0, FOLLOW_RANGE, 60.0, 160.0), (0, FOLLOW, 0, FOLLOW_AMOUNT, 0, 1.0)]


def beats_of(rows, block):
    """Beats of the engine's clock after each 10 blocks of 64 frames' worth of time, and its log."""
    found, log, played = [], [], engine()
    for frame, kind, player, channel, key, value in rows:
        assert played.push(kind, player, channel, key, value, frame=frame)
    for at in range(0, SECONDS * RATE, block):
        played.process(None, block)
        if (at + block) % 640 == 0:
            found.append(float(played.state["transport"]["beats"]))
        log += [tuple(event)[:6] for event in played.read_log(4096).tolist()]
    return found, log


def by_hand():
    """The follower alone, grid step after grid step as the conductor leads it."""
    follower, waiting, found = np.zeros(1, FOLLOWER)[0], onsets(), []
    follower_reset(follower, float(RATE))
    for parameter, value in ((AMOUNT, 1.0), (SLOWEST, 60.0), (FASTEST, 160.0)):
        follower_set(follower, parameter, EVERYBODY, value)
    first = GRID * BPM / (60.0 * RATE)  # the events arrive in the first step, which the tempo leads
    for frame in range(0, SECONDS * RATE, GRID):
        if frame == GRID:
            follower_begin(follower, first, 60.0 / BPM)
        rate = follower_advance(follower, frame) if frame else BPM / (60.0 * RATE)
        while waiting and waiting[0][0] < frame + GRID:
            at, player, strength = waiting.pop(0)
            follower_hear(follower, player, at, strength)
        beats = (float(follower["beats"]) if frame else 0.0) + GRID * rate
        if (frame + GRID) % 640 == 0:
            found.append(beats)
    return found


@pytest.fixture(scope="module")
def rows():
    notes = [row for frame, player, strength in onsets()
             for row in ((frame, NOTE_ON, player, 0, 60.0, strength), (frame + 400, NOTE_OFF, player, 0, 60.0, 0.0))]
    return settings() + sorted(notes)


def test_the_clock_of_the_engine_is_the_followers(rows):
    found, _ = beats_of(rows, 64)
    assert found == pytest.approx(by_hand(), abs=1e-9)
    assert 0.9 < (found[-1] - found[len(found) // 2]) * 60 / (SECONDS / 2) / 95.0 < 1.1


def test_the_clock_is_the_same_however_time_is_cut(rows):
    assert beats_of(rows, 64)[0] == beats_of(rows, 640)[0]


def test_a_replay_of_the_log_gives_the_same_clock_though_microphones_are_heard_late(rows):
    """Onsets of a microphone arrive 100 ms after they were; the log says so."""
    live, log, played = [], [], engine()
    for row in settings():
        played.push(*row[1:], frame=0)
    waiting = onsets()
    for at in range(0, SECONDS * RATE, 80):
        while waiting and waiting[0][0] + RATE // 10 < at:
            frame, player, strength = waiting.pop(0)
            played.push(ONSET, 32, player, 0.0, strength, frame=frame)
        played.process(None, 80)
        if (at + 80) % 640 == 0:
            live.append(float(played.state["transport"]["beats"]))
        log += [tuple(event)[:6] for event in played.read_log(4096).tolist()]
    late = [event for event in log if event[1] == ONSET]
    assert len(late) == len(onsets())
    assert all(800 <= event[4] <= 800 + 96 for event in late)
    again, _ = beats_of(log, 64)
    assert again == live
    assert NAMES[ONSET] == "onset"
