"""Following offline: files in, beats out, by the kernels that play live."""
import mido
import numpy as np
import pytest

from imm_audio.follow import Onset, follow, follow_batch, follow_file, make_follower, read_onsets

BEATS_S = 1.0 + 0.6 * np.arange(40)


def onsets(seed=0):
    random = np.random.default_rng(seed)
    return [Onset(t + random.normal(0, 0.015), player, 0.6) for t in BEATS_S for player in range(3)]


def save_midi(path, notes):
    track = mido.MidiTrack()
    now = 0
    for t, player, strength in sorted(notes):
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
    assert follow_batch(tmp_path / "list.txt") == 1
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
