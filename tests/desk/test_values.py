"""The beat as pages are told of it: seldom, and right in between."""
import numpy as np
import pytest

from imm_audio.desk.clock import FrameClock
from imm_audio.desk.values import BEAT_EVERY_S, BEAT_OFF_S, LOAD_EVERY_S, Values, sounding
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import TEMPO
from imm_audio.settings import Session
from imm_audio.songs.asked import music_of
from imm_audio.songs.leading import end_events, start_events

RATE, BLOCK = 8000.0, 80


class Stage:
    """An engine that is played by hand, on a clock of its own."""

    def __init__(self):
        self.engine, self.now_s = Engine.create(Settings(RATE)), 100.0
        self.engine.header["delay_ms"] = 20.0
        self.engine.process(None, BLOCK, self.now_s)
        self.clock = FrameClock(RATE, lambda: self.engine.frame, lambda: self.now_s)
        self.values = Values(self.engine, self.clock)

    def run(self, seconds: float):
        """Play, look 25 times a second; beats that were told, each once."""
        told = []
        for _ in range(round(seconds / 0.04)):
            for _ in range(4):
                self.now_s += BLOCK / RATE
                self.engine.process(None, BLOCK, self.now_s)
                self.clock.look()
            beat = self.values.now(self.now_s)["beat"]
            assert abs(self.expected(beat) - self.true_beats()) <= (BEAT_OFF_S + 0.002) * beat["beats_per_s"]
            if not told or told[-1] != beat:
                told.append(beat)
        return told

    def true_beats(self) -> float:
        return float(self.engine.moment().beats)

    def expected(self, beat) -> float:
        """Where a page thinks the beat to be, at the time at which the engine's newest moment is heard."""
        at_s = self.clock.time_of(float(self.engine.moment().frame)) + (BLOCK / RATE + 0.020)
        return beat["beats"] + (at_s - beat["at_s"]) * beat["beats_per_s"]


@pytest.fixture
def stage():
    return Stage()


def test_a_steady_beat_is_told_every_two_seconds(stage):
    assert 4 <= len(stage.run(10.0)) <= 10.0 / BEAT_EVERY_S + 2


def test_another_tempo_is_told_at_once(stage):
    stage.run(1.0)
    stage.engine.push(TEMPO, 0, 0, 0.0, 180.0)
    told = stage.run(0.4)
    assert told[-1]["beats_per_s"] == pytest.approx(3.0)


def test_a_song_that_starts_plays_and_ends_is_told(stage):
    music = music_of(Session(folder="", song="alle-meine-entchen", style="none"))
    for event in [*music.events, *start_events(music.form, "count")]:
        while not stage.engine.push(*event):
            stage.engine.process(None, BLOCK, stage.now_s)
    modes = [beat["mode"] for beat in stage.run(8.0)]
    assert {1, 2} <= set(modes)
    assert modes == sorted(modes)
    for event in end_events():
        stage.engine.push(*event)
    told = stage.run(8.0)
    assert told[-1]["mode"] == 0
    assert told[-1]["place_per_s"] == 0.0
    assert len(stage.run(4.0)) <= 4     # a song that stands is no news


def test_who_sounds_is_above_the_noise():
    levels = np.full(16, -60)
    levels[3], levels[4] = -20, -46
    assert sounding({"levels": levels.tolist(), "mics": [-60, -30]}) == [3, 101]


def test_the_load_is_the_share_of_a_block_that_its_slowest_took(stage):
    host = stage.engine.state["host"]
    stage.values.now(stage.now_s)
    host["time_bins"][:] = 0
    stage.values.now(stage.now_s + 2.0)
    host["time_bins"][4 * 2500] = 100                      # 2.5 ms of 10
    sound = stage.values.now(stage.now_s + 4.0)["sound"]
    assert sound["load_percent"] == 25
    assert sound["delay_ms"] == 20.0


def test_loudness_has_a_word_and_a_number_and_silence_has_none(stage):
    told = []
    for lufs in (-120.0, -40.2, -18.4, -6.0):
        stage.engine.state["mixer"]["loudness"]["short_term_lufs"] = lufs
        stage.now_s += LOAD_EVERY_S
        sound = stage.values.now(stage.now_s)["sound"]
        told.append((sound["loudness"], sound["lufs"]))
    assert told == [("", -120), ("soft", -40), ("good", -18), ("loud", -6)]
