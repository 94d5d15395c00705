"""From the microphone to the form: a song that waits for singers begins where they are, and follows them when they skip."""
from itertools import pairwise

import pytest

from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import FORM, TEMPO, TUNE
from imm_audio.kernels.music.terms import (
    AT_ONCE,
    BY_SINGING,
    FORM_ARM,
    FORM_CLEAR,
    FORM_GO,
    FORM_SECTION,
    PLAYING,
    STOPPED,
    TUNE_CLEAR,
    TUNE_GO,
    TUNE_NOTE,
)
from imm_audio.listening.ears import Ears
from imm_audio.listening.song import NOTHING, OpenSong, score_in
from tests.listening.choir import RATE, Performance, joined, notes_of

VERSE, BRIDGE = notes_of("twinkle", stop=16.0), notes_of("frere-jacques", stop=16.0)
CHORUS = notes_of("ode-to-joy", steps=-2, stop=16.0)
SONG = joined(VERSE, CHORUS, BRIDGE)
BLOCK = 160


def opened(bpm=100.0):
    """An engine with one microphone that knows SONG."""
    engine = Engine.create(Settings(sample_rate=RATE, input_channels=1))
    melody, starts, length = SONG
    engine.push(TEMPO, value=bpm)
    engine.push(FORM, 0, FORM_CLEAR, 4.0, 1.0)
    for start, stop in pairwise([*starts, length]):
        engine.push(FORM, 0, FORM_SECTION, 0.0, stop - start)
    engine.push(TUNE, 0, TUNE_CLEAR)
    for _, beats, key in melody:
        engine.push(TUNE, 0, TUNE_NOTE, key, beats)
    engine.push(TUNE, 0, TUNE_GO)
    engine.process(None, 10 * BLOCK)
    return engine


def hear(engine, sound, until=lambda: False):
    """Let the engine hear it, and the ears beside it; the time at which `until` came true."""
    song = OpenSong(engine)
    ears = Ears(engine, song.hear_onset, song.hear_pitch)
    song.look()
    song.look()
    for at in range(0, len(sound) - BLOCK, BLOCK):
        engine.process(sound[at:at + BLOCK, None], BLOCK)
        ears.round()
        if until():
            return at / RATE
    return None


def test_the_score_is_read_as_it_was_told():
    melody, starts, length = score_in(opened())
    assert (starts, length) == (SONG[1], SONG[2])
    assert melody == SONG[0]
    assert score_in(Engine.create(Settings(sample_rate=RATE))) == NOTHING


def test_a_song_that_waits_for_singers_begins_where_they_are():
    engine = opened(bpm=80.0)
    engine.push(FORM, -1, FORM_ARM, float(BY_SINGING), 0.0)
    engine.process(None, BLOCK)
    sung = Performance(SONG, [1, 2], 0.6, seed=0)
    form = engine.state["form"]
    time_s = hear(engine, sung.sound, lambda: form["mode"] == PLAYING)
    assert time_s is not None
    assert sung.sung(time_s) <= 8.0
    assert float(form["place"]) == pytest.approx(sung.place(time_s), abs=0.75)
    assert float(engine.state["transport"]["tempo_bpm"]) == pytest.approx(60.0 / 0.6, rel=0.15)  # theirs


def test_a_song_that_nobody_lets_wait_for_singers_stays_where_it_is():
    engine = opened()
    hear(engine, Performance(SONG, [0], 0.6, seed=0).sound)
    assert engine.state["form"]["mode"] == STOPPED
    assert engine.state["faults"] == 0


def test_the_song_goes_along_when_singers_skip_a_section():
    engine = opened()
    engine.push(FORM, 0, FORM_GO, float(AT_ONCE), 0.0)
    sung = Performance(SONG, [0, 2], 0.6, seed=0)
    form = engine.state["form"]
    time_s = hear(engine, sung.sound, lambda: float(form["place"]) > 31.0)
    assert time_s is not None
    assert sung.sung(time_s) - sung.turns[1] <= 8.0
    assert engine.state["faults"] == 0
