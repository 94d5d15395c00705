"""Every shipped instrument is played by somebody who just touches, and listened to."""
from pathlib import Path

import numpy as np
import pytest

from imm_audio.catalog.instrument import compile_instrument
from imm_audio.catalog.library import Library
from imm_audio.catalog.patterns import PatternSlots
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import LET_GO, MOVE, NOTE_OFF, NOTE_ON, RELEASE, TEMPO, TOUCH
from imm_audio.kernels.music.terms import AXES, FIRST_CONTROL
from imm_audio.songs.harmony import harmony_events, harmony_from, parse_chords
from imm_audio.songs.tune import read_tune, tune_events
from imm_audio.soundfont import general_midi, read_soundfont

ROOT = Path(__file__).resolve().parent.parent.parent
RATE, TOUCHES, EVERY_S = 44100, 14, 0.3
INSTRUMENTS = Library().instruments


@pytest.fixture(scope="module")
def engine():
    return Engine.create(Settings(RATE, sound_bank=read_soundfont(general_midi())))


def push(engine, events, frame=0):
    for event in events:
        assert engine.push(*event, frame=frame)


def touch_like_somebody(engine, start):
    """Keys and pads in turn, a little out of time, of all strengths, while something is tilted and blown."""
    random = np.random.default_rng(1)
    for n in range(TOUCHES):
        control = FIRST_CONTROL + int(random.integers(0, 6)) if n % 2 else int(random.integers(48, 80))
        on = start + int((n * EVERY_S + random.uniform(0.0, 0.05)) * RATE)
        engine.push(MOVE, 0, AXES.index("breath"), 0, float(random.uniform(0.4, 0.9)), frame=on)
        engine.push(TOUCH, 0, 0, control, float(random.uniform(0.3, 0.9)), frame=on)
        engine.push(LET_GO, 0, 0, control, 0, frame=on + int(0.25 * RATE))


@pytest.mark.parametrize("stem", sorted(INSTRUMENTS))
def test_an_instrument_sounds_at_a_sensible_level_and_every_note_ends(engine, stem):
    engine.reset()
    tune = read_tune(ROOT / "sessions" / "songs" / "ode-to-joy.cho")
    push(engine, [*harmony_events(harmony_from(parse_chords("D | Bm | G | A", 4.0), None, None, 4.0)), *tune_events(tune),
                  (TEMPO, 0, 0, 0.0, 100.0), *compile_instrument(INSTRUMENTS[stem], 0, PatternSlots())])
    engine.process(None, RATE // 10)
    engine.read_log(8192)
    start = engine.frame
    touch_like_somebody(engine, start)
    sound = engine.process(None, int(TOUCHES * EVERY_S * RATE))
    push(engine, [(RELEASE, 0, -1, 0.0, 0.0)])
    engine.process(None, RATE // 10)
    log = engine.read_log(8192)
    on, off = (sorted((int(e["channel"]), float(e["key"])) for e in log if e["kind"] == kind) for kind in (NOTE_ON, NOTE_OFF))
    assert len(on) >= TOUCHES // 2
    assert on == off
    assert engine.state["faults"] == 0
    assert -30.0 < 20 * np.log10(np.abs(sound).max()) < -1.0  # dBFS: one of up to sixteen
