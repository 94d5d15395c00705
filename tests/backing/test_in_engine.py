import numpy as np
import pytest
import soundfile

from imm_audio.backing.preparing import prepare
from imm_audio.engine import player_columns
from imm_audio.kernels.engine.events import BACKING, SILENCE, TEMPO
from imm_audio.kernels.music.terms import BACKING_START
from imm_audio.kernels.voices.part import BAND_BACKING, BAND_BACKING_RIGHT
from tests.backing.recordings import clicks
from tests.kernels.engine.studio import RATE, engine


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """Clicks at 120 beats a minute on the left, silence on the right."""
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path / "own"))
    sound = clicks(np.arange(0.5, 10.0, 0.5), 10.0, RATE)
    sound[1] = 0.0
    soundfile.write(tmp_path / "clicks.wav", sound.T, RATE)
    return tmp_path / "clicks.wav"


def rendered(recording, seconds, silence_s=None):
    """Half a second at 100 beats a minute, then the recording from the next beat on; the stems of its two seats."""
    room = engine()
    player = prepare(room, recording, first_beat_s=0.5, tempo_bpm=120.0)
    room.push(TEMPO, value=100.0)
    room.push(BACKING, 0, BACKING_START, value=1.0, frame=RATE // 4)
    if silence_s is not None:
        room.push(SILENCE, -1, -1, frame=int(silence_s * RATE))
    for _ in range(int(seconds * RATE) // 80):
        player.advance()
        room.process(None, 80)
    stems = room.copy_stems(0, int(seconds * RATE))
    return stems[:, player_columns(BAND_BACKING)], stems[:, player_columns(BAND_BACKING_RIGHT)], room


def test_it_sounds_on_the_beats_of_the_clock_left_on_the_left(recording):
    left, right, room = rendered(recording, 4.0)
    assert abs(left[:, 1]).max() < 1e-4 < 0.05 < abs(left[:, 0]).max()
    assert abs(right).max() < 1e-3
    for beat in range(1, 6):
        at = int(beat * 0.6 * RATE)
        assert abs(left[at - 200:at + 200, 0]).max() > 0.05, beat
        assert abs(left[at + 800:at + 4000, 0]).max() < 0.02
    assert room.state["backing"]["underruns"] == 0


def test_a_rendering_can_be_repeated(recording):
    assert np.array_equal(rendered(recording, 2.0)[0], rendered(recording, 2.0)[0])


def test_panic_silences_it(recording):
    left, _, room = rendered(recording, 2.5, silence_s=1.0)
    assert abs(left[:RATE, 0]).max() > 0.05
    assert abs(left[int(1.1 * RATE):, 0]).max() < 1e-3
    assert room.state["backing"]["playing"] == 0
