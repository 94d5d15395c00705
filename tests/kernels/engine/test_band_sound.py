"""The band inside the engine: heard, in the log, silenced, and the same however the host cuts time."""
import numpy as np
import pytest

from imm_audio.band import AT_ONCE, band_events
from imm_audio.catalog.library import Styles
from imm_audio.kernels.engine.events import BAND, NOTE_OFF, NOTE_ON, RELEASE, SILENCE, SOUND, TEMPO
from imm_audio.kernels.music.form import PLAYING
from imm_audio.kernels.music.terms import BAND_SOUND
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BAND_BASS, BAND_CHORDS, BAND_DRUMS, PLUCK
from imm_audio.songs.harmony import harmony_events, harmony_from, parse_chords
from tests.kernels.engine.studio import RATE, engine, play, push, stem

SECONDS = 4


def playing(style="polka", meter="2/4"):
    """An engine whose band plays from the first frame on."""
    made = engine()
    form = made.state["form"]
    form["mode"], form["meter_beats"], form["section_stop"], form["stop_place"] = PLAYING, 2.0, 8.0, np.inf
    events = [(TEMPO, 0, 0, 0.0, 120.0), *harmony_events(harmony_from(parse_chords("C F G7 C", 2.0), None, None, 2.0)),
              *band_events(Styles().styles[style], meter, AT_ONCE)]
    for kind, player, channel, key, value in events:
        if kind == BAND and channel == BAND_SOUND and player != BAND_DRUMS:
            key, value = PLUCK, 1.0  # the studio has no recordings
        push(made, [(0, kind, player, channel, key, value)])
    return made


@pytest.fixture(scope="module")
def whole():
    made = playing()
    out = play(made, None, SECONDS * RATE)
    return out, made.read_log(8192), made


def test_the_band_is_heard_each_seat_in_its_own_stem(whole):
    out, _, made = whole
    assert np.abs(out).max() > 0.01
    assert made.state["faults"] == 0
    for seat in (BAND_BASS, BAND_CHORDS, BAND_DRUMS):
        assert np.abs(stem(made, seat, SECONDS * RATE)).max() > 0.001


def test_the_log_tells_its_sounds_and_notes_by_seat(whole):
    log = whole[1]
    seats = {int(event["player"]) for event in log if event["kind"] == NOTE_ON}
    assert {BAND_BASS, BAND_CHORDS, BAND_DRUMS} <= seats
    assert {int(event["player"]) for event in log if event["kind"] == SOUND} >= {BAND_BASS, BAND_CHORDS, BAND_DRUMS}
    assert set(log["channel"][(log["kind"] == NOTE_ON)]) == {0}


@pytest.mark.parametrize("block", [GRID, 64, 48, 5 * GRID])
def test_however_the_host_cuts_time_the_same_bytes_come_out(whole, block):
    made = playing()
    out = play(made, None, SECONDS * RATE, range(block, SECONDS * RATE, block))
    assert out.tobytes() == whole[0].tobytes()
    assert made.read_log(8192).tobytes() == whole[1].tobytes()


@pytest.mark.parametrize("kind", [SILENCE, RELEASE])
def test_panic_ends_every_note_of_the_band(kind):
    made = playing()
    play(made, None, RATE + 100)
    push(made, [(0, kind, -1, -1, 0, 0)])
    play(made, None, GRID)
    log = made.read_log(8192)
    on, off = (sorted((int(e["player"]), float(e["key"])) for e in log if e["kind"] == what) for what in (NOTE_ON, NOTE_OFF))
    assert len(on) > 10
    assert on == off
