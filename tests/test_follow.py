"""Following offline: files in, beats out, by the kernels that play live."""
import mido
import numpy as np
import pytest

from imm_audio.follow import Onset, follow, follow_batch, follow_file, make_follower, parse_count_in, read_onsets

BEATS_S = 1.0 + 0.6 * np.arange(40)


def onsets(seed=0):
    random = np.random.default_rng(seed)
    return [Onset(t + random.normal(0, 0.015), player, 0.6) for t in BEATS_S for player in range(3)]


def save_midi(path, notes):
    track = mido.MidiTrack()
    now = 0
    for t, player, strength, _ in sorted(notes):
        tick = round(t * 1e4)
        track.append(mido.Message("note_on", channel=player, note=60, velocity=round(127 * strength), time=tick - now))
        now = tick
    file = mido.MidiFile(ticks_per_beat=5000)
    file.tracks.append(track)
    file.save(path)


def test_beats_are_announced_no_later_than_they_sound_and_never_taken_back():
    beats = follow(onsets(), 0.63)
    assert all(beat.announced_s <= beat.time_s for beat in beats)
    assert (np.diff([beat.time_s for beat in beats]) > 0.0).all()
    late = [beat.time_s for beat in beats if 6.0 < beat.time_s < BEATS_S[-1]]
    assert max(np.abs(BEATS_S - t).min() for t in late) < 0.04


@pytest.mark.parametrize("cut_s", [7.3, 15.0])
def test_the_future_does_not_change_the_past(cut_s):
    whole, part = follow(onsets(), 0.63), follow([one for one in onsets() if one.time_s < cut_s], 0.63)
    until = [beat for beat in whole if beat.time_s < cut_s]
    assert until == part[:len(until)]


def test_files_objects_and_batches_give_the_same_beats(tmp_path):
    save_midi(tmp_path / "a.mid", onsets())
    heard = read_onsets(tmp_path / "a.mid")
    beats = follow(heard, None, [0.4 + 0.6 * k for k in range(2)])
    follow_file(tmp_path / "a.mid", tmp_path / "one.csv", None, [0.4, 1.0])
    (tmp_path / "list.txt").write_text(f"{tmp_path / 'a.mid'}\t{tmp_path / 'many.csv'}\t\t0.4,1.0\n", encoding="utf-8")
    assert follow_batch(tmp_path / "list.txt") == (1, [])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()
    assert (tmp_path / "one.csv").read_text(encoding="utf-8").count("\n") == len(beats) + 1

    follower, found = make_follower(None, [0.4, 1.0]), []
    for onset in heard:
        found += follower.beats_until(onset.time_s)
        if onset.time_s > 1.001:
            follower.onset(onset.player, onset.time_s, 127 * onset.strength)
    assert found == [(beat.time_s, beat.period_s) for beat in beats[:len(found)]]
    assert len(found) > 30


def test_a_csv_is_read_by_its_names_or_by_order_and_bad_lines_are_left_out(tmp_path):
    named, bare = tmp_path / "named.csv", tmp_path / "bare.csv"
    named.write_text("player,velocity,t_s\n2,127,0.5\nrubbish\n1,64,0.25\n", encoding="utf-8")
    bare.write_text("0.25,1,64\n0.5,2,127\n", encoding="utf-8")
    assert read_onsets(named) == read_onsets(bare) == [Onset(0.25, 1, 64 / 127), Onset(0.5, 2, 1.0)]


def test_nothing_to_hear_gives_no_beats():
    assert follow([]) == []


@pytest.mark.parametrize(("name", "content", "period_s", "words"), [
    ("a.mid", b"MThd rubbish", None, "a.mid"), ("a.wav", b"rubbish", None, "a.wav: it can't be read as sound"),
    ("a.csv", b"1,0,90\n", 9.0, "0.1 to 5 are possible"), ("a.csv", b"1e9,0,90\n", None, "its last onset is after")])
def test_what_cannot_be_followed_is_told_in_one_sentence(tmp_path, name, content, period_s, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises((ValueError, OSError), match=words):
        follow_file(tmp_path / name, tmp_path / "out.csv", period_s)


def test_a_batch_goes_on_after_a_bad_line(tmp_path):
    (tmp_path / "good.csv").write_text("".join(f"{0.6 * n},0,90\n" for n in range(20)), encoding="utf-8")
    lines = [f"{tmp_path / 'none.mid'}\t{tmp_path / '1.csv'}", "", f"{tmp_path / 'good.csv'}\t{tmp_path / '2.csv'}\tfast",
             f"{tmp_path / 'good.csv'}\t{tmp_path / '3.csv'}\t0.6"]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    done, problems = follow_batch(tmp_path / "list.txt")
    assert done == 1
    assert [problem.partition(":")[0] for problem in problems] == ["list.txt, line 1", "list.txt, line 3"]
    assert (tmp_path / "3.csv").exists()


@pytest.mark.parametrize("text", ["1", "a,b", "-1,2", "1,2,3,4,5,6,7,8,9", "nan,1"])
def test_a_count_in_is_two_to_eight_times(text):
    with pytest.raises(ValueError, match="--count-in"):
        parse_count_in(text)


def test_a_recording_is_followed_as_a_microphone_is(tmp_path):
    """Wood blocks in a sound file: beats are announced no later than they sound, in the tempo of the strokes."""
    import soundfile

    rate, beats_s = 44100, 1.0 + 0.55 * np.arange(30)
    sound = np.zeros(int((beats_s[-1] + 1.0) * rate))
    stroke = np.exp(-np.arange(4000) / 600.0) * np.sin(2 * np.pi * 900.0 * np.arange(4000) / rate)
    for beat_s in beats_s:
        sound[round(beat_s * rate):round(beat_s * rate) + 4000] += 0.5 * stroke
    soundfile.write(tmp_path / "a.wav", sound, rate)
    found = follow(read_onsets(tmp_path / "a.wav"), None, beats_s[:4].tolist())
    times = np.array([beat.time_s for beat in found if 5.0 < beat.time_s < beats_s[-1]])
    assert np.abs(times[:, None] - beats_s).min(axis=1).max() < 0.02
    assert all(beat.announced_s <= beat.time_s for beat in found)
