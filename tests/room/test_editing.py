"""Takes are marked, cut, renamed, removed and brought back."""
import json
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from imm_audio.kernels.effects.strip import GAIN_DB
from imm_audio.kernels.engine.events import STRIP
from imm_audio.room.recorder import Recorder, ask_to_record, set_microphones
from imm_audio.room.takes import making, recover
from imm_audio.room.takes.editing import cut, mark, remove, rename, restore, unmark
from imm_audio.room.takes.listing import find_takes, list_takes
from imm_audio.room.takes.making import LEFT_S
from imm_audio.room.takes.peaks import peaks
from imm_audio.room.takes.wav import HEADER_BYTES, WavFile
from tests.room.ensemble import RATE, Ensemble, contents, facts, lines, sounds

CONSENT = {"people": 7, "parents": True, "said_at": "2026-11-24T15:02:00+00:00"}


@pytest.fixture
def song(make_ensemble):
    """Two seconds of "Song": two players, and from its middle on a microphone that everybody agreed to."""
    ensemble = make_ensemble(input_channels=1)
    ensemble.engine.push(STRIP, 0, GAIN_DB, 0.0, -12.0)
    ensemble.drive(800)
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "Song")
    start = ensemble.engine.frame
    ensemble.play((0, start + 1000), (1, start + 9000), (0, start + 15_000))
    for on in (None, True):
        if on:
            set_microphones(ensemble.engine, True, CONSENT)
        ensemble.drive(RATE, 0.05)
        while recorder.round():
            pass
    recorder.end()
    for at_s in (0.2, 1.1, 1.9):
        mark(ensemble.session, "Song", at_s)
    return ensemble


def folder_of(ensemble: Ensemble, name: str) -> Path:
    return ensemble.session / "takes" / name


def marks_of(ensemble: Ensemble, name: str = "Song") -> list[dict]:
    return facts(folder_of(ensemble, name))["marks"]


# --- marks ----------------------------------------------------------------------------------------------------------


def test_marks_are_kept_in_the_order_of_time(song):
    assert mark(song.session, "Song", 0.5, "Rosa begins") == 1
    assert [one["seconds"] for one in marks_of(song)] == [0.2, 0.5, 1.1, 1.9]
    assert unmark(song.session, "Song", 1) == {"seconds": 0.5, "label": "Rosa begins"}
    assert [one["seconds"] for one in marks_of(song)] == [0.2, 1.1, 1.9]


@pytest.mark.parametrize(("seconds", "sentence"), [
    (2.5, 'The take "Song" is 0:01 long; there is nothing at 0:02.'),
    (-1.0, 'The take "Song" is 0:01 long; there is nothing at 0:00.'),
    (float("nan"), 'The take "Song" is 0:01 long; there is nothing at 0:00.')])
def test_a_mark_outside_the_take_is_one_sentence(song, seconds, sentence):
    with pytest.raises(ValueError, match="there is nothing at") as caught:
        mark(song.session, "Song", seconds)
    assert str(caught.value) == sentence


def test_a_mark_that_is_not_there_cannot_be_taken_away(song):
    for number in (-1, 3):
        with pytest.raises(ValueError, match="no such mark"):
            unmark(song.session, "Song", number)


# --- cuts -----------------------------------------------------------------------------------------------------------


def test_a_cut_is_exact_to_the_sample_in_every_file(song):
    work = cut(song.session, "Song", 0.75, 1.5)
    work.join()
    assert work.take_name == "Song, part"
    whole, part = sounds(folder_of(song, "Song")), sounds(folder_of(song, "Song, part"))
    assert set(whole) == set(part) == {"player-01 Rosa.wav", "player-02 Jürgen.wav", "room.wav", "mix.wav",
                                       "microphone-01.wav", "microphone-room.wav"}
    for name, sound in part.items():
        assert np.array_equal(sound, whole[name][6000:12_000])
    assert part["microphone-01.wav"].any()


def test_a_cut_takes_its_events_its_marks_and_its_consent_along(song):
    cut(song.session, "Song", 0.75, 1.5).join()
    take, of = facts(folder_of(song, "Song, part")), facts(folder_of(song, "Song"))
    played = [line for line in lines(folder_of(song, "Song, part")) if line["kind"] == "note_on"]
    assert [(line["player"], line["frame"]) for line in played] == [(1, 3000)]
    assert {line["kind"] for line in lines(folder_of(song, "Song, part")) if line.get("before")} == {"sound", "strip"}
    assert take["marks"] == [{"seconds": 0.35, "label": ""}]
    assert (take["consent"], take["keep_microphones"]) == (CONSENT, True)
    assert take["kept_s"] == [[0.25, None]]
    assert (take["frames"], take["closed"], take["start_frame"]) == (6000, True, of["start_frame"] + 6000)
    assert take["note"] == 'Part of "Song", 0:00 to 0:01.'
    assert take["started"] >= of["started"]


def test_a_cut_never_forgets_that_voices_may_be_in_the_files(song):
    cut(song.session, "Song", 0.0, 0.5).join()
    take = facts(folder_of(song, "Song, part"))
    assert take["keep_microphones"]
    assert take["kept_s"] == []
    assert not sounds(folder_of(song, "Song, part"))["microphone-01.wav"].any()


def test_cuts_of_cuts_and_a_second_one_have_names_of_their_own(song):
    for name in ("Song", "Song", "Song, part"):
        cut(song.session, name, 0.0, 0.5).join()
    assert [take.name for take in find_takes(song.session)] == ["Song", "Song, part", "Song, part 2", "Song, part, part"]


@pytest.mark.parametrize(("start_s", "stop_s"), [(0.5, 0.4), (-1.0, 0.5), (3.0, 4.0), (0.5, 0.55), (float("nan"), 1.0),
                                                 (0.0, float("nan"))])
def test_a_cut_that_makes_no_sense_is_one_sentence_at_once(song, start_s, stop_s):
    with pytest.raises(ValueError, match=r"can't be cut out of it|too short"):
        cut(song.session, "Song", start_s, stop_s)
    assert len(find_takes(song.session)) == 1


def test_a_cut_that_goes_wrong_on_the_way_leaves_nothing_and_says_so(song, monkeypatch):
    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WavFile, "append_packed", full)
    said = []
    work = cut(song.session, "Song", 0.0, 1.0, said.append)
    work.join()
    assert said == [work.problem] == ['The take "Song" can\'t be cut: No space left on device.']
    assert work.take_name == ""
    assert [path.name for path in (song.session / "takes").iterdir()] == ["Song"]


def test_what_a_killed_program_left_half_cut_is_thrown_away_later(song):
    left = song.session / "takes" / ".1a2b3c4d.making"
    shutil.copytree(folder_of(song, "Song"), left)
    assert [take.name for take in find_takes(song.session)] == ["Song"]
    recover(song.session)
    assert left.exists()  # another program may be making it now
    old_s = time.time() - LEFT_S - 1
    os.utime(left, (old_s, old_s))
    recover(song.session)
    assert not left.exists()


# --- names ----------------------------------------------------------------------------------------------------------


def test_a_take_has_a_new_name_and_the_same_contents(song):
    before = contents(folder_of(song, "Song"))
    assert rename(song.session, "Song", "Rosa's song: 2/3") == "Rosa's song 2 3"
    assert contents(folder_of(song, "Rosa's song 2 3")) == before
    assert facts(folder_of(song, "Rosa's song 2 3"))["name"] == "Rosa's song 2 3"
    assert rename(song.session, "Rosa's song 2 3", "ROSA'S SONG 2 3") == "ROSA'S SONG 2 3"


def test_names_that_are_taken_or_empty_are_one_sentence(song):
    cut(song.session, "Song", 0.0, 1.0).join()
    with pytest.raises(ValueError, match='There is a take "song" already'):
        rename(song.session, "Song, part", "song")
    with pytest.raises(ValueError, match="needs a name with letters or digits"):
        rename(song.session, "Song", " ../ ")


def test_a_removed_take_can_be_brought_back(song):
    before = contents(folder_of(song, "Song"))
    assert remove(song.session, "Song") == "Song"
    assert list_takes(song.session) == []
    assert (song.session / "removed" / "Song" / "mix.wav").exists()
    assert restore(song.session, "Song") == "Song"
    assert contents(folder_of(song, "Song")) == before


def test_takes_of_one_name_are_removed_and_brought_back_beside_each_other(song):
    shutil.copytree(folder_of(song, "Song"), song.session / "kept")
    assert remove(song.session, "Song") == "Song"
    shutil.copytree(song.session / "kept", folder_of(song, "Song"))
    assert remove(song.session, "Song") == "Song 2"
    shutil.copytree(song.session / "kept", folder_of(song, "Song"))
    assert restore(song.session, "Song 2") == "Song 2"
    assert restore(song.session, "Song") == "Song 3"
    with pytest.raises(ValueError, match="no removed take"):
        restore(song.session, "Song")


# --- what must not be touched ---------------------------------------------------------------------------------------


def every_edit(session: Path, name: str) -> list:
    return [lambda: mark(session, name, 0.1), lambda: unmark(session, name, 0), lambda: cut(session, name, 0.0, 0.5),
            lambda: rename(session, name, "other"), lambda: remove(session, name)]


def test_a_take_under_way_is_left_to_the_scribe(ensemble):
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "Now")
    ensemble.drive(RATE)
    recorder.round()
    before = facts(ensemble.folder)
    for edit in every_edit(ensemble.session, "Now"):
        with pytest.raises(ValueError, match=r"still being recorded\. Stop it first"):
            edit()
    assert facts(ensemble.folder) == before
    assert list_takes(ensemble.session)[0]["open"]
    assert list_takes(ensemble.session)[0]["seconds"] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("name", ["nowhere", "", ".", "..", "../takes/Song", "Song/", ".hidden", "a\0b", "x" * 300])
def test_a_name_is_never_a_way_to_somewhere_else(song, name):
    shutil.copytree(folder_of(song, "Song"), song.session / "takes" / ".hidden")
    for edit in [*every_edit(song.session, name), lambda: restore(song.session, name)]:
        with pytest.raises(ValueError, match="There is no"):
            edit()
    assert facts(folder_of(song, "Song"))["closed"]


def test_files_named_outside_of_the_folder_are_not_read(song):
    take = facts(folder_of(song, "Song"))
    take["files"][0]["file"] = "../../secret.wav"
    (folder_of(song, "Song") / "take.json").write_text(json.dumps(take))
    with pytest.raises(ValueError, match="There is no take"):
        cut(song.session, "Song", 0.0, 1.0)


# --- lists ----------------------------------------------------------------------------------------------------------


def test_pages_are_told_of_takes_newest_first(song):
    work = cut(song.session, "Song", 1.0, 2.0)
    work.join()
    newest, oldest = list_takes(song.session)
    assert newest["name"] == "Song, part"
    assert oldest | {"started": ""} == {
        "name": "Song", "started": "", "seconds": 1.998, "microphones": True, "consent": CONSENT, "note": "", "open": False,
        "marks": [{"seconds": 0.2, "label": ""}, {"seconds": 1.1, "label": ""}, {"seconds": 1.9, "label": ""}]}


def test_a_list_is_read_once_for_each_state_of_a_take(song, monkeypatch):
    list_takes(song.session)
    reads = []
    from imm_audio.room.takes import listing

    real = listing.read_take
    monkeypatch.setattr(listing, "read_take", lambda folder: reads.append(folder) or real(folder))
    list_takes(song.session)
    assert reads == []
    mark(song.session, "Song", 0.7)
    assert len(list_takes(song.session)[0]["marks"]) == 4


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"files": 3}', '{"files": [{}], "started": "", "sample_rate": 1}',
                                  '{"files": [], "started": "", "sample_rate": 0, "frames": 1}',
                                  '{"files": [], "started": "", "sample_rate": 1, "marks": [3]}',
                                  '{"files": [], "started": "", "sample_rate": 1, "consent": 3}'])
def test_a_broken_take_is_passed_over(song, text):
    broken = folder_of(song, "broken")
    broken.mkdir()
    (broken / "take.json").write_text(text)
    assert [take["name"] for take in list_takes(song.session)] == ["Song"]


# --- peaks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ramp(tmp_path):
    """A file whose left side rises from 0 to 0.5, and whose right side falls below."""
    path = tmp_path / "mix.wav"
    file = WavFile(path, RATE, 0)
    left = np.linspace(0, 2**22, 10_000)
    file.append(np.stack((left, -left / 2), axis=1).astype("i4"))
    file.close()
    return path


@pytest.mark.parametrize("chunk", [1 << 20, 1000, 777])
def test_peaks_are_the_highest_and_lowest_of_each_part(ramp, monkeypatch, chunk):
    from imm_audio.room.takes import peaks as module

    module._peaks.cache_clear()
    monkeypatch.setattr(module, "CHUNK_FRAMES", chunk)
    seconds, found = peaks(ramp, 10)
    assert seconds == 1.25
    assert found[:, 1] == pytest.approx(np.arange(1, 11) * 0.05, abs=1e-3)
    assert found[:, 0] == pytest.approx(np.arange(1, 11) * -0.025, abs=1e-3)


def test_there_may_be_more_points_than_frames(tmp_path):
    file = WavFile(tmp_path / "a.wav", RATE, 0)
    file.append(np.full((3, 2), 2**22, "i4"))
    file.close()
    seconds, found = peaks(tmp_path / "a.wav", 100)
    assert seconds == 3 / RATE
    assert found.max() == 0.5
    assert peaks(tmp_path / "a.wav", 1)[1].tolist() == [[0.0, 0.5]]


def test_peaks_of_an_empty_file_are_flat(tmp_path):
    WavFile(tmp_path / "a.wav", RATE, 0).close()
    seconds, found = peaks(tmp_path / "a.wav", 10)
    assert seconds == 0.0
    assert not found.any()


def test_a_file_that_grew_is_looked_at_again(ramp):
    before = peaks(ramp, 10)[0]
    file = WavFile(ramp, RATE, 10_000)
    file.append(np.ones((10_000, 2), "i4"))
    file.close()
    assert peaks(ramp, 10)[0] == 2 * before


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(200), b"RIFF" + bytes(4) + b"WAVE" + bytes(200)])
def test_what_is_no_sound_file_of_ours_is_one_sentence(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(ValueError, match="not a sound file of a take"):
        peaks(tmp_path / "a.wav", 10)


def test_a_file_that_is_not_there_and_too_many_points_are_one_sentence(tmp_path, ramp):
    with pytest.raises(ValueError, match="can't be read"):
        peaks(tmp_path / "no.wav", 10)
    for points in (0, 1_000_000):
        with pytest.raises(ValueError, match="are possible"):
            peaks(ramp, points)


@pytest.mark.skipif(sys.platform == "win32", reason="nobody tells there how much of a file is on disk")
def test_silence_of_a_cut_takes_no_disk_space(song, monkeypatch):
    monkeypatch.setattr(making, "CHUNK_FRAMES", 1000)
    cut(song.session, "Song", 0.0, 0.9).join()
    silent = folder_of(song, "Song, part") / "microphone-01.wav"
    assert silent.stat().st_size == HEADER_BYTES + 6 * round(0.9 * RATE)
    assert silent.stat().st_blocks * 512 < silent.stat().st_size
