"""A song with its band becomes a file: counted in, played to its end, and silent after that."""
import numpy as np
import pytest

from imm_audio.play_file import play_song, song_seconds
from imm_audio.settings import Session

RATE = 8000


def sound_of(block_frames=1024, **wishes):
    return np.concatenate(list(play_song(Session(folder="", **wishes), RATE, block_frames)))


def loudness(sound):
    """RMS of each second."""
    seconds = len(sound) // RATE
    return np.sqrt((sound[:seconds * RATE].reshape(seconds, -1) ** 2).mean(axis=1))


def test_a_song_is_counted_in_played_and_ends():
    session = {"song": "frere-jacques", "tempo_bpm": 240.0}
    sound = sound_of(**session)
    seconds = song_seconds(Session(folder="", **session))
    levels = loudness(sound)
    assert len(sound) / RATE == pytest.approx(seconds, abs=12.0)
    assert len(sound) / RATE > seconds
    assert (levels[2:int(seconds)] > 1e-4).all()
    assert np.abs(sound[-RATE // 4:]).max() < 1e-3
    assert np.abs(sound).max() < 1.0


def test_the_same_song_is_the_same_sound_however_time_is_cut():
    wishes = {"song": "alle-meine-entchen", "tempo_bpm": 280.0, "guide": True}
    whole, cut = sound_of(1024, **wishes), sound_of(48, **wishes)
    frames = min(len(whole), len(cut))
    assert frames > RATE
    assert whole[:frames].tobytes() == cut[:frames].tobytes()


def test_without_a_band_and_without_a_guide_only_the_count_is_heard():
    levels = loudness(sound_of(song="alle-meine-entchen", tempo_bpm=280.0, style="none"))
    assert levels[0] > 1e-5
    assert levels[3:].max() < 1e-5


def test_a_recording_that_is_none_is_told(tmp_path):
    path = tmp_path / "noise.mp3"
    path.write_bytes(b"not sound")
    with pytest.raises(ValueError, match=r"noise\.mp3"):
        sound_of(song="alle-meine-entchen", backing=str(path))


def test_a_missing_set_of_recordings_is_told_before_anything_sounds(tmp_path):
    said = []
    next(play_song(Session(folder="", song="alle-meine-entchen", sounds=str(tmp_path / "gone.sf2")), RATE, say=said.append))
    assert len(said) == 1
    assert "gone.sf2" in said[0]
