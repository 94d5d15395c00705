"""Sound files that grow."""
import shutil
import subprocess
import wave

import numpy as np
import pytest
import soundfile

from imm_audio.room.takes.wav import FRAME_BYTES, HEADER_BYTES, WavFile, frames_in, whole_numbers

FOUR_GB_FRAMES = (1 << 32) // FRAME_BYTES


def ramp(start: int, stop: int) -> np.ndarray:
    """Left is the number of the frame, right its negative."""
    return np.stack((np.arange(start, stop), -np.arange(start, stop)), axis=1).astype("i4")


def read(path, start=0, frames=-1):
    return soundfile.read(path, frames, start, dtype="int32")[0] >> 8


def other_program_frames(path, sox: bool = True) -> set[int]:
    """Length as every other program on this machine sees it, in frames.  sox reads an RF64 file to its end first."""
    with soundfile.SoundFile(path) as file:
        found = {file.frames}
    if sox and shutil.which("soxi"):
        found.add(int(subprocess.check_output(["soxi", "-s", path])))
    if shutil.which("ffprobe"):
        found.add(int(subprocess.check_output(["ffprobe", "-v", "error", "-show_entries", "stream=duration_ts", "-of",
                                               "csv=p=0", path])))
    return found


def test_other_programs_read_it_after_every_write_while_it_is_open(tmp_path):
    path = tmp_path / "a.wav"
    file = WavFile(path, 48000, 0)
    for n in range(3):
        file.append(ramp(1000 * n, 1000 * (n + 1)))
        assert other_program_frames(path) == {1000 * (n + 1)}
        assert np.array_equal(read(path), ramp(0, 1000 * (n + 1)))


def test_below_4_gb_it_is_a_plain_wav(tmp_path):
    WavFile(tmp_path / "a.wav", 44100, 0).append(ramp(0, 10))
    with wave.open(str(tmp_path / "a.wav")) as plain:
        assert plain.getparams()[:4] == (2, 3, 44100, 10)
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFF"


def test_opened_again_it_is_cut_or_filled_to_the_length_asked_for(tmp_path):
    path = tmp_path / "a.wav"
    WavFile(path, 48000, 0).append(ramp(0, 100))
    WavFile(path, 48000, 60).append(ramp(60, 70))
    WavFile(path, 48000, 90).append(ramp(90, 95))
    expected = ramp(0, 95)
    expected[70:90] = 0
    assert np.array_equal(read(path), expected)


def test_a_torn_frame_at_the_end_is_not_counted(tmp_path):
    path = tmp_path / "a.wav"
    WavFile(path, 48000, 0).append(ramp(0, 100))
    with path.open("ab") as torn:
        torn.write(b"\1\2\3\4\5")
    assert frames_in(path) == 100
    assert frames_in(tmp_path / "none.wav") == 0


def test_past_4_gb_it_is_rf64_and_silence_takes_no_space(tmp_path):
    path = tmp_path / "long.wav"
    file = WavFile(path, 48000, FOUR_GB_FRAMES - 100)
    if path.stat().st_blocks * 512 > 1 << 20:
        path.unlink()
        pytest.skip("this file system writes silence out")
    with path.open("rb") as header:
        assert header.read(4) == b"RIFF"
    file.append(ramp(0, 1000))
    with path.open("rb") as header:
        start = header.read(16)
    assert (start[:4], start[12:16]) == (b"RF64", b"ds64")
    assert other_program_frames(path, sox=False) == {FOUR_GB_FRAMES + 900}
    assert np.array_equal(read(path, FOUR_GB_FRAMES - 100), ramp(0, 1000))
    file.set_length(FOUR_GB_FRAMES - 100)
    assert other_program_frames(path, sox=False) == {FOUR_GB_FRAMES - 100}


def test_sound_is_kept_within_half_a_step_and_clipped():
    sound = np.random.default_rng(1).uniform(-0.99, 0.99, (1000, 2)).astype("f4")
    assert np.abs(whole_numbers(sound.copy()) / 2**23 - sound).max() <= 0.5 / 2**23
    assert whole_numbers(np.array([2.0, -2.0, np.inf, 0.0], "f4")).tolist() == [2**23 - 1, -(2**23), 2**23 - 1, 0]


def test_the_header_has_its_size(tmp_path):
    WavFile(tmp_path / "a.wav", 48000, 0)
    assert (tmp_path / "a.wav").stat().st_size == HEADER_BYTES
