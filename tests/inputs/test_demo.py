"""The demo is heard from beginning to end; nobody drowns."""
import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from imm_audio import demo
from imm_audio.block import HEADER
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON, RELEASE, STRIP

RATE = 48000.0


@pytest.fixture(scope="module")
def events():
    return demo.demo_events(RATE)


def test_it_is_the_same_every_time_and_lasts_about_40_seconds(events):
    assert events.tobytes() == demo.demo_events(RATE).tobytes()
    assert 35 < events["frame"].max() / RATE < 50
    assert np.all(np.diff(events["frame"]) >= 0)
    assert np.all(np.diff(events["order"]) == 1)


def test_the_sample_rate_changes_nothing_but_the_frames(events):
    assert np.abs(demo.demo_events(96000.0)["frame"] / 2 - events["frame"]).max() <= 1


def test_every_note_is_let_go_before_it_is_struck_again(events):
    held = set()
    for event in events:
        note = int(event["player"]), int(event["key"])
        if event["kind"] == NOTE_ON:
            assert note not in held
            held.add(note)
        elif event["kind"] == NOTE_OFF:
            held.remove(note)
    assert held == set()
    assert {int(p) for p in events["player"][events["kind"] == RELEASE]} == set(demo.NAMES)


def test_each_player_has_the_timing_of_a_person(events):
    played = events[events["kind"] == NOTE_ON]
    starts = {player: played["frame"][played["player"] == player] / RATE for player in demo.NAMES}
    beat_s = 60.0 / demo.TEMPO_BPM
    spread = {}
    for player, at_s in starts.items():
        steady = at_s[at_s < demo._seconds(demo._SLOWS_FROM)]
        beats = (steady - demo._LEAD_S) / beat_s
        off = beats - np.round(beats)
        spread[player] = np.std(off[np.abs(off) < 0.25] * beat_s)  # on the beat: the guitar's chords between are broken
    assert spread[demo.SAM] < spread[demo.LEO] < spread[demo.ROSA] < spread[demo.MIA] < 0.05


def test_it_slows_down_at_the_end():
    beats = np.arange(0, demo._LAST_BAR * demo.BEATS + 1)
    lengths = np.diff([demo._seconds(beat) for beat in beats])
    assert np.all(np.diff(lengths) > -1e-9)
    assert lengths[-1] > 1.4 * lengths[0]


class Engine:
    """Takes events; its clock runs while somebody sleeps."""

    sample_rate = RATE

    def __init__(self, room=lambda: True):
        self.header = np.zeros(1, HEADER)[0]
        self.pushed, self.frame, self._room = [], 1000, room

    def push(self, kind, player=0, channel=0, key=0.0, value=0.0, *, frame=0):
        if self._room():
            self.pushed.append(SimpleNamespace(kind=kind, player=player, frame=frame, ahead=frame - self.frame))
            return True
        return False


@pytest.fixture
def play(monkeypatch):
    def play(engine, stop):
        def sleep(seconds):
            engine.frame += round(seconds * RATE)
        monkeypatch.setattr(demo, "time", SimpleNamespace(sleep=sleep))
        demo.play_demo(engine, stop)
    return play


def test_playing_stays_half_a_second_ahead_at_most_and_ends_with_releases(events, play):
    engine = Engine()
    play(engine, lambda: False)
    assert len(engine.pushed) == len(events) + len(demo.NAMES)
    assert max(event.ahead for event in engine.pushed) <= 0.5 * RATE
    assert min(event.ahead for event in engine.pushed if event.kind == NOTE_ON) > 0
    assert [event.kind for event in engine.pushed[-4:]] == [RELEASE] * 4
    assert not any(engine.header["players"])


def test_a_full_ring_delays_and_loses_nothing(events, play):
    engine = Engine(room=itertools.cycle([True, False]).__next__)
    play(engine, lambda: False)
    assert sum(event.kind == NOTE_ON for event in engine.pushed) == np.sum(events["kind"] == NOTE_ON)


def test_stopping_early_lets_go_after_everything_that_was_pushed(play):
    engine = Engine()
    play(engine, itertools.chain([False] * 9, itertools.repeat(True)).__next__)
    assert [event.kind for event in engine.pushed[-4:]] == [RELEASE] * 4
    assert engine.pushed[-1].frame == max(event.frame for event in engine.pushed)


def test_all_four_are_heard_about_equally_loud_and_nothing_clips(events):
    engines = pytest.importorskip("imm_audio.engine")
    fonts = pytest.importorskip("imm_audio.soundfont")
    engine = engines.Engine.create(engines.Settings(RATE, sound_bank=fonts.read_soundfont(fonts.general_midi())))
    rows = {player: engines.player_columns(player) for player in demo.NAMES}
    energy, peak, at, step = {player: [] for player in demo.NAMES}, 0.0, 0, 19200
    for start in range(0, int(events["frame"].max()) + step, step):
        while at < len(events) and events[at]["frame"] < start + step:
            event = events[at]
            assert engine.push(int(event["kind"]), int(event["player"]), int(event["channel"]), float(event["key"]),
                               float(event["value"]), frame=int(event["frame"]))
            at += 1
        peak = max(peak, float(np.abs(engine.process(None, step)).max()))
        stems = engine.copy_stems(start, start + step)
        for player, (left, right) in rows.items():
            energy[player].append(np.mean(stems[:, left] ** 2 + stems[:, right] ** 2))
    assert -12 < 20 * np.log10(peak) < -1  # dBFS
    loud = {player: np.array(values) for player, values in energy.items()}
    levels_db = {player: 10 * np.log10(values[values > 1e-3 * values.max()].mean()) for player, values in loud.items()}
    assert max(levels_db.values()) - min(levels_db.values()) < 8
    assert int(engine.state["faults"]) == 0
    assert STRIP in events["kind"]
