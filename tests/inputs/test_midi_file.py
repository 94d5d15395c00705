import struct
import time

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.inputs.midi_file import TAIL_S, read_performance
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON, RELEASE, SOUND

RATE = 1000  # a frame is a millisecond


def chunk(name, data):
    return name + struct.pack(">I", len(data)) + data


def midi(*tracks, kind=1, division=100, count=None):
    head = struct.pack(">HHh", kind, len(tracks) if count is None else count, division)
    return chunk(b"MThd", head) + b"".join(chunk(b"MTrk", bytes(track)) for track in tracks)


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "song.mid"
        path.write_bytes(bytes(content))
        return read_performance(path, RATE)
    return read


END = [0, 0xFF, 0x2F, 0]
NOTE = [0, 0x90, 60, 127, 100, 60, 0, *END]  # one beat, running status


def notes(events):
    return [(int(e["frame"]), int(e["kind"]), int(e["player"]), int(e["key"])) for e in events]


def test_a_beat_lasts_half_a_second_until_told_otherwise(read):
    events, seconds = read(midi(NOTE))
    assert notes(events) == [(0, NOTE_ON, 0, 60), (500, NOTE_OFF, 0, 60)]
    assert seconds == 0.5 + TAIL_S


def test_tempo_changes_of_one_track_move_the_notes_of_all(read):
    # after one beat of 0.5 s the beat lasts 1 s
    tempo = [100, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40, *END]
    later = [0x81, 0x16, 0x92, 64, 1, *END]  # after 150 ticks
    events, _ = read(midi(tempo, later))
    assert notes(events) == [(1000, NOTE_ON, 2, 64)]


def test_tracks_are_merged_in_order_of_time(read):
    events, _ = read(midi(NOTE, [50, 0x91, 70, 1, *END]))
    assert [frame for frame, *_ in notes(events)] == [0, 250, 500]
    assert list(events["order"]) == [0, 1, 2]


def test_frames_of_film_are_no_beats(read):
    tempo = [0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40]
    events, _ = read(midi(tempo + NOTE, division=-25 * 256 + 40))
    assert notes(events)[1][0] == 100


def test_a_general_midi_reset_lets_go_and_brings_the_piano_back(read):
    events, _ = read(midi([0, 0xC0, 9, 0, 0x90, 60, 9, 10, 0xF0, 5, 0x7E, 0x7F, 9, 1, 0xF7, *END]))
    assert [int(e["kind"]) for e in events] == [SOUND, NOTE_ON, RELEASE, SOUND]


def test_chunks_of_other_kinds_and_riff_wrappers_are_passed_over(read):
    content = midi(NOTE)
    with_others = content[:14] + chunk(b"XFIH", b"abc") + content[14:]
    assert len(read(with_others)[0]) == 2
    assert len(read(b"RIFF....RMIDdata...." + content)[0]) == 2


def test_data_bytes_out_of_range_are_clipped(read):
    assert len(read(midi([0, 0x90, 60, 200, *END]))[0]) == 1


@pytest.mark.parametrize(("content", "words"), [
    (b"", "song.mid is empty"),
    (b"ID3 this is a song of another kind", "not a MIDI file"),
    (midi(NOTE)[:10], "cut off in its first line"),
    (midi(NOTE)[:-6], "cut off in track 1 of 1"),
    (midi(NOTE, count=3), "cut off after track 1 of 3"),
    (midi(NOTE, kind=2), "separate patterns"),
    (midi(NOTE, division=0), "how long a beat is"),
    (midi(NOTE, [0, 60, 60]), "damaged in track 2"),
    (midi(END), "holds no notes"),
    (midi([0xFF, 0xFF, 0xFF, 0x7F, *NOTE[1:]]), "hours"),
])
def test_what_cannot_be_played_is_named_in_one_sentence(read, content, words):
    with pytest.raises(ValueError, match=words) as error:
        read(content)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.mid can't be read"):
        read_performance(tmp_path / "none.mid", RATE)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_no_damage_raises_anything_but_a_sentence(tmp_path_factory, garbage, at):
    content = midi([0, 0xC0, 1, *NOTE], NOTE)
    path = tmp_path_factory.mktemp("any") / "x.mid"
    path.write_bytes(content[:at] + garbage + content[at + len(garbage):])
    try:
        events, seconds = read_performance(path, RATE)
    except ValueError:
        return
    assert np.all(np.diff(events["frame"]) >= 0)
    assert seconds >= TAIL_S


def test_ten_dense_minutes_are_read_in_two_seconds(tmp_path):
    song = mido.MidiFile()
    for channel in range(4):  # 40 notes a second
        one = [mido.Message(kind, channel=channel, note=60, time=48) for kind in ("note_on", "note_off")]
        song.tracks.append(mido.MidiTrack(one * 6000))
    song.save(tmp_path / "long.mid")
    began = time.process_time()
    events, seconds = read_performance(tmp_path / "long.mid", 48000)
    assert time.process_time() - began < 2.0
    assert len(events) == 48000
    assert seconds == pytest.approx(600 + TAIL_S)
