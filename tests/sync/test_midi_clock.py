import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import FORM, TEMPO
from imm_audio.kernels.music.terms import COUNTING, FORM_GO, FORM_JUMP, FORM_STOP, NO_SONG, PLAYING, STOPPED
from imm_audio.sync.midi_clock import CLOCK, CONTINUE, START, STOP, ClockFollower, ClockMaker, ClockSender, position

RATE = 48000


class Music:
    """A beat clock with a song that does what it is told."""

    sample_rate = float(RATE)

    def __init__(self, bpm=100.0):
        self.bpm, self.frame, self.beats, self.mode, self.origin, self.told = bpm, 0.0, 0.0, NO_SONG, 0.0, []

    def moment(self):
        speed = self.bpm / 60.0 / RATE
        return SimpleNamespace(frame=self.frame, beats=self.beats, beats_per_frame=speed, mode=self.mode,
                               place=self.beats - self.origin, place_per_frame=speed)

    def go_to(self, frame):
        self.beats += (frame - self.frame) * self.bpm / 60.0 / RATE
        self.frame = frame

    def push(self, kind, player, op, key, value):
        self.told.append((kind, op, value))
        if kind == TEMPO:
            self.bpm = value
        elif op == FORM_GO:
            self.mode, self.origin = PLAYING, self.beats
        elif op == FORM_JUMP:
            self.origin = self.beats - value
        elif op == FORM_STOP:
            self.mode = STOPPED


def sent(music, seconds, at=None):
    """Messages of `seconds`; at: {second: what happens then}."""
    maker, found, happens = ClockMaker(), [], dict(at or {})
    for step in range(int(seconds * 100)):
        music.go_to(480.0 * step)
        for second in [second for second in happens if music.frame >= second * RATE]:
            happens.pop(second)()
        found += maker.until(music.moment(), music.frame + 960.0)
    return found


def test_clocks_come_24_times_a_beat_and_follow_the_tempo():
    music = Music(120.0)
    rows = sent(music, 4.0, {2.0: lambda: setattr(music, "bpm", 60.0)})
    frames = np.array([frame for frame, message in rows if message == CLOCK])
    gaps = np.diff(frames)
    assert gaps[:90] == pytest.approx(1000.0)
    assert gaps[-40:] == pytest.approx(2000.0)
    assert gaps.min() > 900.0


def test_a_song_starts_stops_jumps_and_goes_on():
    music = Music(120.0)
    music.mode, music.origin = COUNTING, 2.0
    rows = sent(music, 8.0, {1.5: lambda: setattr(music, "mode", PLAYING), 4.25: lambda: setattr(music, "origin", -6.0),
                             7.0: lambda: setattr(music, "mode", STOPPED)})
    spoken = [(round(frame / RATE, 2), message) for frame, message in rows if message != CLOCK]
    assert spoken[0] == (1.0, START)
    assert [message for _, message in spoken] == [START, STOP, position(14.75), CONTINUE, STOP]
    beats = [(frame / RATE * 2.0 + 6.0) for frame, message in rows if message == CONTINUE]
    assert beats == pytest.approx([14.75], abs=1e-3)
    start = [message for _, message in rows].index(START)
    assert rows[start + 1][1] == CLOCK
    assert rows[start + 1][0] == pytest.approx(RATE)


def test_a_position_has_fourteen_bits():
    assert position(4.0) == b"\xf2\x10\x00"
    assert position(1e9) == b"\xf2\x7f\x7f"
    assert position(-3.0) == b"\xf2\x00\x00"


def test_the_sender_sends_everything_at_its_time():
    music, clock, heard = Music(120.0), [0.0], []

    def now():
        clock[0] += 0.00005    # asking takes time
        return clock[0]

    def sleep(seconds):
        clock[0] += seconds + 0.0001

    music.frame_at, music.host_s_at = (lambda host_s: int(host_s * RATE)), (lambda frame: frame / RATE)
    sender = ClockSender(music, now, lambda message: heard.append((clock[0], message)), late_s=0.05, sleep=sleep)
    while clock[0] < 1.0:
        music.go_to(clock[0] * RATE)
        sender.round()
    clocks = np.array([at for at, message in heard if message == CLOCK])
    wanted = 0.05 + np.arange(len(clocks)) / 48.0
    assert clocks[5:] - wanted[5:] == pytest.approx(clocks[5] - wanted[5], abs=0.0005)


def following(tempo_of, seconds, jitter_s=0.001, start_at=100):
    """An external machine with jitter; off_ms of the song after each clock."""
    music, random, at, number, off = Music(100.0), np.random.default_rng(4), 0.0, 0, []
    follower = ClockFollower(music.push, music.moment, RATE)
    while at < seconds * RATE:
        at += 60.0 * RATE / (24.0 * tempo_of(at / RATE))
        arrives = at + abs(random.normal(0.0, jitter_s * RATE))
        music.go_to(max(arrives, music.frame))
        if number == start_at:
            follower.hear(START, arrives)
        follower.hear(CLOCK, arrives)
        if number >= start_at:
            place = music.beats - music.origin - (music.frame - at) * music.bpm / 60.0 / RATE
            off.append((place - (number - start_at) / 24.0) * 60000.0 / tempo_of(at / RATE))
        number += 1
    return np.array(off), music, follower


def test_the_song_goes_with_an_external_clock():
    off, music, follower = following(lambda s: 110.0, 40.0)
    assert follower.tempo_bpm == pytest.approx(110.0, abs=0.2)
    assert follower.jitter_ms < 1.5
    assert np.percentile(abs(off[200:]), 95) < 2.0
    told = [value for kind, _, value in music.told if kind == TEMPO]
    assert np.std(told[-100:]) < 0.5


def test_it_goes_with_a_tempo_change_of_the_machine():
    off, _, follower = following(lambda s: 110.0 if s < 20.0 else 132.0, 40.0)
    assert follower.tempo_bpm == pytest.approx(132.0, abs=0.3)
    assert abs(off).max() < 60.0
    assert abs(off[-200:]).max() < 4.0


def test_position_stop_and_continue_move_the_song():
    music = Music(120.0)
    follower = ClockFollower(music.push, music.moment, RATE)
    frame = 0.0

    def clocks(count):
        nonlocal frame
        for _ in range(count):
            frame += 1000.0
            music.go_to(frame)
            follower.hear(CLOCK, frame)

    clocks(24)
    follower.hear(position(8.0), frame)
    follower.hear(CONTINUE, frame)
    clocks(1)
    assert music.mode == PLAYING
    assert music.beats - music.origin == pytest.approx(8.0)
    clocks(48)
    assert music.beats - music.origin == pytest.approx(10.0, abs=0.01)
    follower.hear(STOP, frame)
    assert music.mode == STOPPED


@given(st.lists(st.tuples(st.floats(0.0, 1e5), st.binary(max_size=3)), max_size=60))
def test_rubbish_never_leads_astray(rows):
    music = Music(100.0)
    follower, frame = ClockFollower(music.push, music.moment, RATE), 0.0
    for gap, message in rows:
        frame += gap
        music.go_to(frame)
        follower.hear(message, frame)
        follower.hear(CLOCK, frame)
    assert all(math.isfinite(value) for _, _, value in music.told)
    assert all(18.0 <= value <= 330.0 for kind, _, value in music.told if kind == TEMPO)
    assert {kind for kind, _, _ in music.told} <= {TEMPO, FORM}
