import numpy as np
import pytest
import soundfile

from imm_audio.backing.beat_map import BeatMap, Correction, beat_map_of, correction_of, find_beats
from imm_audio.backing.recording import BadRecording, read_recording, resample
from imm_audio.catalog.reading import BadFile
from tests.backing.recordings import drums

RATE = 44100


def beats_at(tempo_of, first_s, length_s):
    beats = [first_s]
    while beats[-1] < length_s - 1.0:
        beats.append(beats[-1] + 60.0 / tempo_of(beats[-1]))
    return np.array(beats)


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path / "own"))
    return tmp_path / "own"


def off_ms(found, beats):
    return np.array([1000.0 * abs(found.beats_s - beat).min() for beat in beats])


@pytest.mark.parametrize(("name", "tempo_of"), [
    ("steady", lambda s: 96.0), ("wandering", lambda s: 100.0 + 8.0 * np.sin(s / 9.0)), ("faster", lambda s: 92.0 + 0.5 * s)])
def test_beats_of_drums_are_found(name, tempo_of):
    beats = beats_at(tempo_of, 1.3, 45.0)
    found = find_beats(drums(beats, 45.0, RATE), RATE, Correction(schema=1))
    assert len(found.beats_s) == pytest.approx(len(beats), abs=1)
    assert np.percentile(off_ms(found, beats), 95) < 15.0
    assert found.beats_s[found.first] == pytest.approx(1.3, abs=0.01)


def test_a_person_knows_tempo_meter_and_first_beat_better():
    beats = beats_at(lambda s: 80.0, 0.5, 30.0)
    told = Correction(schema=1, tempo_bpm=80.0, meter_beats=3, first_beat_s=beats[2])
    found = find_beats(drums(beats, 30.0, RATE, 3), RATE, told)
    assert found.tempo_bpm == pytest.approx(80.0, abs=0.3)
    assert found.beats_s[found.first] == pytest.approx(beats[2])
    click = Correction(schema=1, tempo_bpm=120.0, first_beat_s=1.0, steady=True)
    steady = find_beats(np.zeros((2, 20 * RATE), "f4"), RATE, click)
    assert steady.seconds_at(7.0) == pytest.approx(4.5)


@pytest.mark.parametrize("sound", [np.zeros((2, 5 * RATE)), np.random.default_rng(0).uniform(-1, 1, (2, 3 * RATE)),
                                   np.ones((2, RATE // 5)), np.full((2, 4 * RATE), 1e-30)])
def test_whatever_sounds_there_is_a_map(sound):
    found = find_beats(sound.astype("f4"), RATE, Correction(schema=1))
    assert len(found.beats_s) >= 4
    assert np.all(np.diff(found.beats_s) > 0.05)
    assert np.all(np.isfinite([found.seconds_at(place) for place in (-50.0, 0.0, 3.3, 1000.0)]))


def test_places_go_on_before_and_after_the_beats():
    beats = BeatMap(np.array([1.0, 1.5, 2.0, 2.5, 3.0]), 1, 4)
    assert [beats.seconds_at(place) for place in (-3.0, -1.0, 0.0, 0.5, 3.0, 5.0)] == [0.0, 1.0, 1.5, 1.75, 3.0, 4.0]
    assert beats.place_of_end(4.0) == pytest.approx(5.0)


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
def test_the_usual_files_are_read(tmp_path, form):
    path = tmp_path / f"march.{form}"
    sound = 0.3 * np.sin(2 * np.pi * 440.0 * np.arange(2 * RATE) / RATE)
    soundfile.write(path, np.stack([sound, 0.5 * sound], axis=1), RATE)
    found = read_recording(path, 48000)
    assert found.shape[1] == pytest.approx(2 * 48000, rel=0.03)
    middle = found[:, 30000:60000]
    assert np.sqrt((middle ** 2).mean(1)) == pytest.approx([0.212, 0.106], rel=0.03)


def test_resampling_keeps_the_sound():
    wanted = np.sin(2 * np.pi * 1000.0 * np.arange(48000) / 48000)
    found = resample(np.sin(2 * np.pi * 1000.0 * np.arange(44100) / 44100), 44100, 48000)
    assert found[500:-500] == pytest.approx(wanted[500:-500], abs=1e-3)


def test_a_map_is_found_once_and_corrected_beside_the_recording(tmp_path, own):
    beats = beats_at(lambda s: 120.0, 0.6, 12.0)
    path = tmp_path / "dance.wav"
    sound = drums(beats, 12.0, RATE)
    soundfile.write(path, sound.T, RATE)
    found = beat_map_of(path, sound, RATE, correction_of(path))
    assert len(list((own / "recordings").glob("dance-*.toml"))) == 1
    again = beat_map_of(path, np.zeros((2, 0), "f4"), RATE, correction_of(path))   # the sound is not looked at
    assert again.beats_s == pytest.approx(found.beats_s, abs=1e-4)
    (tmp_path / "dance.wav.toml").write_text("schema = 1\nfirst_beat_s = 1.1\n")
    assert beat_map_of(path, sound, RATE, correction_of(path)).seconds_at(0.0) == pytest.approx(1.1)
    assert correction_of(path, first_beat_s=1.6).first_beat_s == 1.6


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path):
    with pytest.raises(BadRecording, match=r"^nothing.mp3: there is no such file\.$"):
        read_recording(tmp_path / "nothing.mp3", 48000)
    (tmp_path / "text.mp3").write_text("hello")
    with pytest.raises(BadRecording, match=r"^text.mp3: this is no sound that can be read"):
        read_recording(tmp_path / "text.mp3", 48000)
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2)), 44100)
    with pytest.raises(BadRecording, match=r"^empty.wav: there is no sound in it\.$"):
        read_recording(tmp_path / "empty.wav", 48000)
    (tmp_path / "a.wav.toml").write_text("schema = 1\ntempo = 90\n")
    with pytest.raises(BadFile, match="Did you mean tempo_bpm"):
        correction_of(tmp_path / "a.wav")
