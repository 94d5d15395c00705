"""The beat clock."""
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.kernels.music.transport import (
    FASTEST_BPM,
    SLOWEST_BPM,
    TRANSPORT,
    transport_advance,
    transport_set_tempo,
)
from imm_audio.kernels.rt import GRID


def clock(tempo_bpm=120.0, rate=16 * 100.0):
    transport = np.zeros(1, TRANSPORT)[0]
    transport_set_tempo(transport, tempo_bpm, rate)
    return transport


@pytest.mark.parametrize("rate", [44100.0, 48000.0, 96000.0])
@pytest.mark.parametrize("tempo_bpm", [20.0, 97.3, 120.0, 300.0])
def test_a_minute_has_as_many_beats_as_the_tempo_says(tempo_bpm, rate):
    transport = clock(tempo_bpm, rate)
    steps = int(60 * rate / GRID)
    for _ in range(steps):
        transport_advance(transport)
    assert transport["beats"] == pytest.approx(steps * GRID / rate * tempo_bpm / 60, rel=1e-9)  # 10^5 roundings


def test_a_new_tempo_goes_on_from_the_beat_that_is():
    transport = clock(60.0)
    for _ in range(100):
        transport_advance(transport)  # a grid step is 10 ms
    transport_set_tempo(transport, 240.0, 16 * 100.0)
    assert transport["beats"] == pytest.approx(1.0)
    for _ in range(50):
        transport_advance(transport)
    assert transport["beats"] == pytest.approx(3.0)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_tempo_stops_the_clock_or_lets_it_run_away(tempo_bpm):
    found = float(clock(tempo_bpm)["tempo_bpm"])
    assert SLOWEST_BPM <= found <= FASTEST_BPM
    assert found == tempo_bpm or math.isnan(tempo_bpm) or not SLOWEST_BPM <= tempo_bpm <= FASTEST_BPM
