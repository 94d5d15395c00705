"""A song as a group plays it: counted in by taps of a real keyboard, and the band goes along when they slow down."""
import numpy as np
import pytest

from imm_audio.kernels.engine.events import FOLLOW, FORM, NAMES
from imm_audio.kernels.music.terms import PLAYING
from tests.rig.jack_rig import RATE
from tests.rig.program import wait_until
from tests.rig.sounds import note

TAP_KEY = 60
PERIOD_S, SLOWER_S = 0.5, 0.57
BEATS, SLOWING = 8, 10


def strikes(start, periods):
    """Frames and messages of taps, each held for a moment."""
    frame, rows = float(start), []
    for period in periods:
        rows += [(round(frame), 0, note(TAP_KEY, 90)), (round(frame) + RATE // 20, 0, bytes([0x80, TAP_KEY, 0]))]
        frame += period * RATE
    return rows


@pytest.fixture
def playing(make_rig, start):
    rig = make_rig(keyboards=1)
    program = start("--start", "taps", "--style", "waltz", "--inputs", "0", command=("play", "daisy-bell"))
    rig.connect()
    rig.wait_for_keyboards()
    program.wait_for_instruments(1)
    return rig, program


def test_the_band_is_counted_in_and_goes_along_when_the_group_slows_down(playing):
    rig, program = playing
    state = program.engine.state
    periods = [PERIOD_S] * (3 + BEATS) + list(np.linspace(PERIOD_S, SLOWER_S, SLOWING)) + [SLOWER_S] * BEATS
    first = rig.soon(0.3)
    rig.send(strikes(first, periods))
    wait_until(lambda: int(state["form"]["mode"]) == PLAYING, 6.0, "the song to begin")
    rig.ear.wait(first + round(sum(periods[:3 + BEATS]) * RATE))
    assert float(state["transport"]["tempo_bpm"]) == pytest.approx(60 / PERIOD_S, rel=0.04)
    end = first + round(sum(periods) * RATE)
    rig.ear.wait(end)
    assert float(state["transport"]["tempo_bpm"]) == pytest.approx(60 / SLOWER_S, rel=0.04)
    assert np.abs(rig.heard(end - 2 * RATE, end - RATE)).max() > 0.01  # the band sounds
    assert program.end() == 0
    kinds = {row["kind"] for row in program.log}
    assert kinds >= {NAMES[FORM], NAMES[FOLLOW]}
