"""Takes of an engine that is driven by hand."""
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.block import PARENT
from imm_audio.engine import MIX_COLUMNS, MIX_LAG_FRAMES, player_columns
from imm_audio.kernels.effects.strip import GAIN_DB
from imm_audio.kernels.engine import events
from imm_audio.kernels.voices.part import BAND_CHORDS, PLUCK
from imm_audio.room.recorder import Recorder, ask_to_record, ask_to_stop, set_microphones
from imm_audio.room.takes import disk, find_takes, recover
from imm_audio.room.takes.disk import Space
from imm_audio.room.takes.naming import duration, free_folder, safe_name
from tests.room.ensemble import RATE, Ensemble, contents, facts, lines, sounds

CONSENT = {"people": 7, "parents": True, "said_at": "2026-11-24T15:02:00+00:00"}
NOTES = [(0, 100), (1, 1003), (0, 1500), (5, 6000), (1, 6001)]


def record(ensemble: Ensemble, frames: int = 8000, name: str = "Hello song", rounds: int = 5, **options) -> Recorder:
    """Record a take, the recorder coming by after every frames / rounds."""
    recorder = Recorder(ensemble.engine, ensemble.name, **options)
    ask_to_record(ensemble.engine, name)
    recorder.round()
    for _ in range(rounds):
        ensemble.drive(frames // rounds)
        while recorder.round():
            pass
    ask_to_stop(ensemble.engine)
    recorder.round()
    return recorder


def test_stems_sum_to_the_mix_before_the_limiter(ensemble):
    ensemble.play(*NOTES)
    record(ensemble)
    found = sounds(ensemble.folder)
    mix = found.pop("mix.wav")
    assert set(found) == {"player-01 Rosa.wav", "player-02 Jürgen.wav", "player-06.wav", "room.wav"}
    assert 2**16 < abs(mix).max() < 0.891 * 2**23  # the limiter is at rest
    # each file is rounded by half a step, and the mix adds up in float32
    assert abs(sum(found.values()) - mix).max() <= 0.5 * (len(found) + 1) + 1


def test_every_file_has_the_frames_that_the_engine_sounded(ensemble):
    ensemble.drive(240)
    ensemble.play(*[(player, frame + 240) for player, frame in NOTES])
    record(ensemble)
    found = sounds(ensemble.folder)
    frames = 8000 - MIX_LAG_FRAMES  # the rest of the mix is still in its limiter
    start = facts(ensemble.folder)["start_frame"]
    assert 240 - MIX_LAG_FRAMES <= start <= 240
    stop = start + frames + 240 - start
    for name, columns, lag in (("player-01 Rosa", player_columns(0), 0), ("mix", MIX_COLUMNS, MIX_LAG_FRAMES)):
        expected = np.rint(ensemble.engine.copy_stems(start + lag, stop + lag)[:, columns] * 2.0**23)
        assert np.array_equal(found[f"{name}.wav"], expected)


def test_whoever_joins_late_gets_a_file_as_long_as_the_others(ensemble):
    ensemble.play((0, 0), (3, 7000))
    record(ensemble)
    found = sounds(ensemble.folder)
    assert {len(sound) for sound in found.values()} == {facts(ensemble.folder)["frames"]} == {8000 - MIX_LAG_FRAMES}
    assert not found["player-04.wav"][:7000].any()
    assert found["player-04.wav"][7000:7100].any()


def test_the_band_has_files_of_its_own_when_it_sounds(ensemble):
    ensemble.engine.push(events.SOUND, BAND_CHORDS, 0, PLUCK, 0)
    ensemble.play((0, 0), (BAND_CHORDS, 500))
    record(ensemble)
    found = sounds(ensemble.folder)
    assert set(found) == {"player-01 Rosa.wav", "band-02 chords.wav", "room.wav", "mix.wav"}
    mix = found.pop("mix.wav")
    assert abs(sum(found.values()) - mix).max() <= 0.5 * (len(found) + 1) + 1  # as above


def test_the_log_holds_what_was_played_counted_from_the_start_of_the_take(ensemble):
    ensemble.drive(800)
    ensemble.play(*[(player, frame + 800) for player, frame in NOTES], (7, 100_000))
    record(ensemble)
    start = facts(ensemble.folder)["start_frame"]
    before, found = lines(ensemble.folder)[:16], lines(ensemble.folder)[16:]
    assert [(line["kind"], line["player"], line["frame"], line["before"]) for line in before] == [
        ("sound", player, 0, True) for player in range(16)]
    played = [(line["player"], line["frame"] + start - 800) for line in found]
    assert played == sorted(NOTES, key=lambda note: note[1])
    assert found[0] == {
        "order": 16, "frame": 900 - start, "kind": "note_on", "player": 0, "channel": 0, "key": 50.0, "value": 0.5}


def test_a_take_never_begins_before_it_was_asked_for(ensemble):
    ensemble.drive(8000)
    ask_to_record(ensemble.engine)
    recorder = Recorder(ensemble.engine)  # comes back after a second of absence
    recorder.round()
    assert ensemble.take_state["start_frame"] == 8000


def test_the_same_bytes_however_often_the_scribe_comes_by(tmp_path, make_ensemble):
    found = []
    for rounds in (1, 5, 50):
        ensemble = make_ensemble(session=tmp_path / str(rounds))
        ensemble.play(*NOTES)
        record(ensemble, rounds=rounds)
        found.append(contents(ensemble.folder))
    assert found[0] == found[1] == found[2]


def test_microphones_stay_out_of_the_take(tmp_path, make_ensemble):
    """The take is the same to the bit whether people speak or not."""
    found = []
    for loudness in (0.0, 0.9):
        ensemble = make_ensemble(session=tmp_path / str(loudness), input_channels=4)
        ensemble.play(*NOTES)
        recorder = Recorder(ensemble.engine)
        ask_to_record(ensemble.engine, "a")
        recorder.round()
        ensemble.drive(8000, loudness)
        recorder.end()
        found.append(contents(ensemble.folder))
    assert found[0] == found[1]
    assert not any("microphone" in name for name in found[0])


def test_microphones_are_kept_when_everybody_agreed(make_ensemble):
    ensemble = make_ensemble(input_channels=2)
    set_microphones(ensemble.engine, True, CONSENT)
    for strip in range(2):
        ensemble.engine.push(events.STRIP, strip, GAIN_DB, 0.0, -12.0)
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "a")
    recorder.round()
    ensemble.drive(4000, 0.0)
    recorder.round()
    ensemble.play((0, 5000))
    ensemble.drive(4000, 0.05)
    recorder.end()
    found = sounds(ensemble.folder)
    mix = found.pop("mix.wav")
    assert set(found) == {"player-01 Rosa.wav", "room.wav",
                          "microphone-01.wav", "microphone-02.wav", "microphone-room.wav"}
    assert not found["microphone-01.wav"][:4000].any()
    assert found["microphone-01.wav"][4000:].any()
    assert abs(sum(found.values()) - mix).max() <= 0.5 * (len(found) + 1) + 1
    assert facts(ensemble.folder)["keep_microphones"]


def test_a_scribe_that_came_too_late_leaves_silence_and_says_how_much(ensemble):
    rows = ensemble.engine.stem_frames
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "a")
    ensemble.drive(4000)
    recorder.round()
    recorder.round()
    ensemble.play((0, 4800), (1, rows))
    ensemble.drive(rows)  # once round the ring
    head = ensemble.engine.frame
    recorder.end()
    found, lost = sounds(ensemble.folder), int(ensemble.take_state["lost_frames"])
    assert 4000 <= lost < 8000
    assert facts(ensemble.folder)["lost_frames"] == lost
    assert {len(sound) for sound in found.values()} == {head - MIX_LAG_FRAMES}
    begun = 4000 - MIX_LAG_FRAMES
    assert not found["mix.wav"][begun:begun + lost].any()
    late = ensemble.engine.copy_stems(0, head - MIX_LAG_FRAMES - rows)[:, player_columns(1)]
    assert np.array_equal(found["player-02 Jürgen.wav"][rows:], np.rint(late * 2.0**23))
    assert "too slow" in ensemble.notices()
    assert [line["frame"] for line in lines(ensemble.folder)][-2:] == [4800, rows]  # events are not lost with the sound


def test_a_ring_overtaken_while_it_is_read_is_noticed(ensemble, monkeypatch):
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "a")
    ensemble.drive(2000)
    copy = recorder._copy

    def slow_copy(first, stop):
        monkeypatch.setattr(recorder, "_copy", copy)
        sound = copy(first, stop)
        ensemble.drive(ensemble.engine.stem_frames)
        return sound

    monkeypatch.setattr(recorder, "_copy", slow_copy)
    recorder.round()
    assert ensemble.take_state["next_frame"] == 0  # thrown away
    recorder.end()
    assert ensemble.take_state["lost_frames"] > 2000


# --- names --------------------------------------------------------------------------------------------------


def test_a_taken_name_gets_a_number_and_no_name_gets_the_date(ensemble):
    recorder = Recorder(ensemble.engine)
    for name in ("Hello song", "Hello song", "hello SONG", ""):
        ask_to_record(ensemble.engine, name)
        recorder.round()
        ask_to_stop(ensemble.engine)
        recorder.round()
    names = [take.name for take in find_takes(ensemble.session)]
    assert {"Hello song", "Hello song 2", "hello SONG 3"} < set(names)
    assert any(name.startswith("20") for name in names)


@given(st.text(max_size=200))
def test_any_name_becomes_one_that_every_system_takes(text):
    name = safe_name(text)
    assert len(name.encode()) <= 82
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert name == name.strip(" .")
    assert name.upper() not in ("CON", "NUL", "COM1")


def test_durations_are_words():
    said = [duration(seconds) for seconds in (0, 1, 40, 59.6, 720)]
    assert said == ["0 seconds", "1 second", "40 seconds", "1 minute", "12 minutes"]


def test_a_name_cannot_leave_the_folder(tmp_path):
    assert free_folder(tmp_path, "../../etc/passwd").parent == tmp_path


# --- disks --------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_a_sentence_and_the_engine_goes_on(tmp_path, make_ensemble):
    (tmp_path / "file").write_text("no folder")
    ensemble = make_ensemble(session=tmp_path / "file")
    record(ensemble)
    assert "\"Hello song\" can't be recorded: Not a directory. The music goes on" in ensemble.notices()
    assert ensemble.take_state["served"] == ensemble.take_state["wanted"]
    assert not ensemble.take_state["folder"]


def full_after(megabytes: list[float]):
    """Space on a disk whose free space is read from a list, second by second."""
    left = iter(megabytes)
    return lambda: Space(lambda folder: next(left) * 1e6 + disk.RESERVE_BYTES)


def test_little_space_is_said_three_times(ensemble):
    minute = 60 * RATE * 6 * 4 / 1e6  # four files
    ensemble.play(*NOTES[:3])
    left = [minute * minutes for minutes in (100, 29, 28, 9.6, 9.5, 1.6, 1.5, 1.4)]
    record(ensemble, 8000 * 6, rounds=12, space=full_after(left))
    said = [line for line in ensemble.notices().splitlines() if "more minutes" in line]
    assert [line.split()[1] for line in said] == ["29", "10", "2"]
    assert ensemble.take_state["minutes_left"] == pytest.approx(1.5, abs=0.2)


def test_a_full_disk_closes_the_take_and_the_next_can_be_asked_for(ensemble):
    ensemble.play(*NOTES)
    recorder = record(ensemble, 8000 * 4, rounds=8, space=full_after([100, 100, 0, 0, 0]))
    assert ('The disk is full. The take "Hello song" was closed after 2 seconds and is safe. The music goes on.'
            in ensemble.notices())
    take = facts(ensemble.folder)
    assert take["closed"]
    assert take["note"] == "The disk is full."
    assert {len(sound) for sound in sounds(ensemble.folder).values()} == {take["frames"]}
    recorder._space_kind = Space
    ask_to_record(ensemble.engine, "again")
    recorder.round()
    assert b"again" in ensemble.take_state["folder"]


def test_a_take_closed_by_a_full_disk_can_be_followed_without_a_stop(ensemble):
    recorder = Recorder(ensemble.engine, space=full_after([0, 100]))
    ask_to_record(ensemble.engine, "first")
    ensemble.drive(800)
    recorder.round()
    assert not ensemble.take_state["folder"]
    ask_to_record(ensemble.engine, "second")
    recorder.round()
    assert ensemble.take_state["folder"].endswith(b"second")


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs a small disk: root on Linux")
def test_a_disk_that_really_fills_up_keeps_the_take_whole(tmp_path, make_ensemble):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("mount is not permitted here")
    try:
        ensemble = make_ensemble(session=small)
        ensemble.play(*[(player, 400 * player) for player in range(8)])
        record(ensemble, 16000, rounds=20, space=lambda: Space(lambda folder: 1e12))
        take = facts(ensemble.folder)
        found = sounds(ensemble.folder)
        assert len(found) == len(take["files"]) == 10
        assert {len(sound) for sound in found.values()} == {take["frames"]}
        assert 3000 < take["frames"] < 16000 - MIX_LAG_FRAMES
        assert take["closed"]
        assert "The disk is full" in ensemble.notices()
        assert "is safe. The music goes on." in ensemble.notices()
        mix = found.pop("mix.wav")
        assert abs(sum(found.values()) - mix).max() <= 6
        assert all(line["frame"] < take["frames"] for line in lines(ensemble.folder))
        assert ensemble.engine.frame == 16000
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_take_whose_folder_was_thrown_away_does_not_end_the_scribe(ensemble):
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "a")
    recorder.round()
    shutil.rmtree(ensemble.folder)
    ensemble.play((0, 100))
    ensemble.drive(800)
    recorder.round()
    assert "The music goes on." in ensemble.notices()
    assert not ensemble.take_state["folder"]


# --- kills --------------------------------------------------------------------------------------------------


def killed_at(ensemble: Ensemble, line: int) -> bool:
    """Let a recorder in a process of its own do its rounds, killed after so many lines; True if it was."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    left = line

    def count(frame, event, arg):
        nonlocal left
        if "/imm_audio/room/" not in frame.f_code.co_filename.replace(os.sep, "/"):
            return None
        left -= event == "line"
        if left < 0:
            os._exit(9)  # at once, like kill -9
        return count

    try:
        sys.settrace(count)
        recorder = Recorder(ensemble.engine, ensemble.name)
        while recorder.round():
            pass
        sys.settrace(None)
    finally:
        os._exit(0)


def perform(ensemble: Ensemble, line: int) -> int:
    """A take of four pieces, recorded by scribes killed after `line`, 3 x `line` ... lines each; how many were."""
    kills = 0
    for piece in range(4):
        if piece == 0:
            ask_to_record(ensemble.engine, "a")
        if piece == 3:
            ask_to_stop(ensemble.engine)
        attempt = line
        while killed_at(ensemble, attempt):
            kills += 1
            attempt = attempt * 3 + 1
            ensemble.drive(80)
        ensemble.drive(800)
    return kills


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scribe_killed_at_any_line_loses_nothing(tmp_path, make_ensemble):
    """Every file equals what the ring still holds, to the bit; every event is there once."""
    kills = 0
    # lines of a whole piece: about 700; primes, so that the kills spread over all of them
    for line in (1, 5, 11, 17, 23, 31, 41, 53, 61, 71, 83, 97, 107, 113, 131, 149, 163, 179, 199, 227, 251, 277, 307):
        ensemble = make_ensemble(shared=True, session=tmp_path / str(line))
        ensemble.play((0, 0), (1, 900), (0, 1700), (2, 1800), *[(n % 3, 1900 + 40 * n) for n in range(20)])
        kills += perform(ensemble, line)
        assert [take.name for take in find_takes(ensemble.session)] == ["a"]
        found, take = sounds(ensemble.folder), facts(ensemble.folder)
        assert take["closed"]
        assert take["lost_frames"] == 0
        assert take["start_frame"] == 0
        assert {len(sound) for sound in found.values()} == {take["frames"]}
        assert take["frames"] >= 2400 - MIX_LAG_FRAMES
        ring = ensemble.engine.copy_stems(0, take["frames"] + MIX_LAG_FRAMES)
        for name, columns in (("player-01 Rosa", player_columns(0)), ("player-02 Jürgen", player_columns(1)),
                              ("player-03", player_columns(2))):
            assert np.array_equal(found[f"{name}.wav"], np.rint(ring[:take["frames"]][:, columns] * 2.0**23))
        expected = np.rint(ring[MIX_LAG_FRAMES:][:, MIX_COLUMNS] * 2.0**23)
        assert np.array_equal(found["mix.wav"], expected)
        orders = [line["order"] for line in lines(ensemble.folder)]
        assert orders == list(range(len(orders)))
        assert len(orders) == 16 + 4 + sum(1900 + 40 * n < take["frames"] for n in range(20))
        ensemble.engine.close(remove=True)
    assert kills > 50


def test_events_that_found_no_room_are_counted(ensemble):
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "a")
    recorder.round()
    for n in range(9000):  # more than the log holds, while the scribe is away
        ensemble.engine.push(events.VOLUME, 0, 0, 0, 0.5)
        if n % 50 == 0:
            ensemble.drive(80)
    ensemble.drive(1600)
    recorder.end()
    take = facts(ensemble.folder)
    assert take["lost_events"] > 0
    assert take["lost_events"] + len(lines(ensemble.folder)) == 9016


# --- after a crash of everything ----------------------------------------------------------------------------


def crashed(ensemble: Ensemble) -> None:
    """A take that nobody closed, with a torn end."""
    ensemble.play(*NOTES)
    recorder = Recorder(ensemble.engine, ensemble.name)
    ask_to_record(ensemble.engine, "Hello song")
    recorder.round()
    for _ in range(5):
        ensemble.drive(1600)
        while recorder.round():
            pass


def test_a_crash_is_repaired_to_the_length_of_the_mix(ensemble):
    crashed(ensemble)
    before = sounds(ensemble.folder)
    ends = {"room.wav": b"1234567", "player-01 Rosa.wav": bytes(600), "events.jsonl": b'{"order": 99, "fr'}
    for name, torn in ends.items():
        with (ensemble.folder / name).open("ab") as file:
            file.write(torn)
    with (ensemble.folder / "player-02 Jürgen.wav").open("r+b") as file:
        file.truncate(80 + 6 * 7000)
    for path in ensemble.folder.iterdir():
        os.utime(path, (1e9, 1e9))
    said = recover(ensemble.session)
    assert said == ['The take "Hello song" was cut off when the program ended unexpectedly. '
                    "It was repaired and holds 1 second."]
    after, take = sounds(ensemble.folder), facts(ensemble.folder)
    assert take["closed"]
    assert "repaired on" in take["note"]
    assert {len(sound) for sound in after.values()} == {take["frames"]} == {8000 - MIX_LAG_FRAMES}
    assert all(np.array_equal(after[name][:7000], before[name][:7000]) for name in before)
    assert len(lines(ensemble.folder)) == 16 + len(NOTES)
    assert {path.stat().st_mtime for path in ensemble.folder.iterdir()} == {1e9}
    assert recover(ensemble.session) == []


def test_a_take_that_is_being_written_is_left_alone(make_ensemble):
    ensemble = make_ensemble(shared=True)
    crashed(ensemble)
    before = contents(ensemble.folder)
    parent = ensemble.engine.header["processes"][PARENT]
    parent["pid"], parent["alive_s"] = os.getpid(), time.monotonic()
    assert recover(ensemble.session) == []
    assert contents(ensemble.folder) == before
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    parent["pid"] = ended.pid
    assert len(recover(ensemble.session)) == 1


def test_a_broken_take_does_not_keep_the_others_from_repair(ensemble):
    crashed(ensemble)
    for name, text in (("no json", "{"), ("no files", '{"schema": 1, "name": "no files"}'), ("a list", "[]")):
        folder = ensemble.session / "takes" / name
        folder.mkdir()
        (folder / "take.json").write_text(text)
    said = recover(ensemble.session)
    assert len(said) == 2
    assert "could not be repaired" in "".join(said)
    assert "was repaired" in "".join(said)
    assert recover(ensemble.session / "nowhere") == []


def test_takes_are_listed(ensemble):
    record(ensemble)
    (take,) = find_takes(ensemble.session)
    assert (take.name, take.closed, take.files) == ("Hello song", True, ("room.wav", "mix.wav"))
    assert take.seconds == (8000 - MIX_LAG_FRAMES) / RATE
    assert take.size_bytes > 2 * 6 * take.seconds * RATE
    assert find_takes(ensemble.session / "nowhere") == []
