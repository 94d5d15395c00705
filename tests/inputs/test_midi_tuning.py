"""The MIDI Tuning Standard: what its messages mean, broken ones, floods, and the way to the engine."""
import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.inputs.midi_file import read_performance
from imm_audio.inputs.midi_stream import MOST_EXCLUSIVE_BYTES, MOST_EXCLUSIVES, MidiStream
from imm_audio.inputs.midi_tuning import MOST_EVENTS, MOST_MESSAGES, ROUND_S, BadTuning, TuningInput, parse_tuning
from imm_audio.kernels.engine.events import NOTE_ON, TUNING
from imm_audio.kernels.music.tuning import TUNING_GO, TUNING_KEY
from imm_audio.tunings.shelf import find_tuning
from tests.inputs.fakes import Session

NAME = tuple(b"Slendro of today")
GO = (TUNING, 0, TUNING_GO, 0.0, 0.0)


def xor(data):
    found = 0
    for byte in data:
        found ^= byte
    return found


def three(pitch):
    """As the standard has it: semitone, and 14 bits of the way to the next."""
    parts = min(round(pitch * 16384), 127 * 16384 + 16382)
    return parts >> 14, parts >> 7 & 127, parts & 127


def dump(pitches, head=(0x7E, 0, 8, 1, 5)):
    body = (*head, *NAME, *(byte for pitch in pitches for byte in three(pitch)))
    return (*body, xor(body))


# --- what messages mean -------------------------------------------------------------------------------------------------
def test_a_dump_of_the_specification_is_understood():
    pitches = list(range(128))
    found, is_checked = parse_tuning(dump(pitches))
    assert is_checked
    assert found == {key: float(key) for key in range(127)} | {127: 127.0}
    example = {0x45: (0x45, 0, 0), 0x3C: (0x3C, 0x40, 0), 0x3D: (0x3C, 0x7F, 0x7F)}     # A4 = 440 Hz; half way; nearly the next
    for key, data in example.items():
        changed = parse_tuning((0x7F, 0x7F, 8, 2, 0, 1, key, *data))
        assert changed[0] == {key: pytest.approx({0x45: 69.0, 0x3C: 60.5, 0x3D: 60.0 + 16383 / 16384}[key])}


@pytest.mark.parametrize("stem", ["slendro", "meantone", "quarter-tones"])
def test_a_table_comes_back_from_a_dump_within_its_14_bits(stem):
    pitches = np.clip(find_tuning(stem).table(442.0), 0.0, 127.9)
    for head in ((0x7E, 0x7F, 8, 1, 0), (0x7E, 3, 8, 4, 1, 0)):
        found, is_checked = parse_tuning(dump(pitches, head))
        assert is_checked
        assert 100.0 * np.abs(np.array([found[key] for key in range(128)]) - pitches).max() < 0.0061


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 127.99), min_size=128, max_size=128))
def test_any_table_comes_back_from_a_dump(pitches):
    found, _ = parse_tuning(dump(pitches))
    assert 100.0 * np.abs(np.array([found[key] for key in range(128)]) - pitches).max() < 0.0061


def test_a_key_that_shall_stay_stays():
    assert parse_tuning((0x7F, 0, 8, 2, 0, 2, 60, 127, 127, 127, 61, 61, 64, 0)) == ({61: 61.5}, True)


@pytest.mark.parametrize("head", [(0x7F, 0, 8, 2, 9), (0x7F, 0, 8, 7, 1, 9), (0x7E, 0, 8, 7, 1, 9), (0x7E, 0, 8, 2, 9)])
def test_single_keys_are_changed_with_and_without_a_bank(head):
    assert parse_tuning((*head, 2, 60, 59, 32, 0, 64, 64, 0, 1)) == ({60: 59.25, 64: 64.0 + 1 / 16384}, True)


@pytest.mark.parametrize("real_time", [0x7E, 0x7F])
def test_an_octave_of_one_byte_is_in_cents(real_time):
    cents = (0, -64, 63, 10, -10, 0, 0, 0, 0, 0, 0, 0)
    found, is_checked = parse_tuning((real_time, 0, 8, 8, 3, 127, 127, *(64 + value for value in cents)))
    assert is_checked
    assert [found[60 + step] - 60 - step for step in range(12)] == pytest.approx([value / 100 for value in cents])
    assert len(found) == 128
    assert found[13] == pytest.approx(12.36)


def test_an_octave_of_two_bytes_is_in_parts_of_a_semitone():
    values = (8192, 0, 16383, 4096, *[8192] * 8)
    found, _ = parse_tuning((0x7F, 0, 8, 9, 3, 127, 127, *(byte for value in values for byte in (value >> 7, value & 127))))
    assert [found[60 + step] - 60 - step for step in range(5)] == pytest.approx([0.0, -1.0, 8191 / 8192, -0.5, 0.0])


@pytest.mark.parametrize(("kind", "values"), [(5, [64 + 14, *[64] * 11]), (6, [72, 123, *[64, 0] * 11])])
def test_an_octave_can_be_a_dump(kind, values):
    body = (0x7E, 0, 8, kind, 0, 0, *NAME, *values)
    found, is_checked = parse_tuning((*body, xor(body)))
    assert is_checked
    assert found[60] == pytest.approx(60.14, abs=0.001)
    assert found[61] == 61.0
    assert not parse_tuning((*body, xor(body) ^ 1))[1]


def test_a_check_number_that_counts_less_is_right_too_and_a_wrong_or_missing_one_is_known():
    whole = dump(range(128))
    body = whole[:-1]
    assert parse_tuning((*body, xor(body[1:])))[1]
    assert parse_tuning((*body, xor(body[2:])))[1]
    assert not parse_tuning((*body, xor(body) ^ 1))[1]
    found, is_checked = parse_tuning(body)
    assert (found, is_checked) == (parse_tuning(whole)[0], False)


def test_what_is_about_something_else_and_questions_are_nothing():
    for data in ((), (0x7E,), (0x7E, 0, 9, 1), (0x41, 0, 8, 1), (0x7E, 0, 8, 0, 5), (0x7E, 0, 8, 3, 0, 5), (0x7E, 0, 8, 99)):
        assert parse_tuning(data) is None


@pytest.mark.parametrize("data", [dump(range(128))[:-2], (0x7E, 0, 8, 1), (0x7F, 0, 8, 2, 0),
                                  (0x7F, 0, 8, 2, 0, 2, 60, 60, 0, 0), (0x7F, 0, 8, 8, 3, 127, 127, *[64] * 11),
                                  (0x7F, 0, 8, 9, 3, 127, 127, *[64] * 23)])
def test_what_is_too_short_is_broken(data):
    with pytest.raises(BadTuning):
        parse_tuning(data)


BYTES = st.lists(st.integers(0, 127), max_size=420)


@given(st.one_of(BYTES, st.tuples(st.sampled_from([0x7E, 0x7F]), st.integers(0, 127), st.integers(0, 10), BYTES).map(
    lambda parts: [parts[0], parts[1], 8, parts[2], *parts[3]])))
def test_any_bytes_are_pitches_the_engine_takes_or_nothing(data):
    try:
        found = parse_tuning(data)
    except BadTuning:
        return
    for key, pitch in found[0].items() if found else ():
        assert 0 <= key < 128
        assert -60.0 <= pitch <= 188.0


# --- a stream of bytes --------------------------------------------------------------------------------------------------
def test_exclusives_come_whole_however_they_are_cut_with_beats_inside():
    data = bytes([0x90, 60, 1, 0xF0, *dump(range(128)), 0xF7, 0x80, 60, 0])
    stream = MidiStream()
    for at in range(0, len(data), 7):
        stream.feed([0xF8])
        stream.feed(data[at:at + 7])
    assert [tuple(found) for found in stream.exclusives] == [dump(range(128))]


def test_an_exclusive_that_is_broken_off_or_too_long_is_left_out():
    stream = MidiStream()
    stream.feed([0xF0, 0x7E, 0, 8, 0x90, 60, 1, 0xF7])
    stream.feed([0xF0, *[1] * (MOST_EXCLUSIVE_BYTES + 1), 0xF7])
    stream.feed([0xF0, 1, 2, 0xF0, 3, 0xF7])
    assert list(stream.exclusives) == [bytes([3])]
    stream.feed(bytes([0xF0, 5, 0xF7]) * 1000)
    assert len(stream.exclusives) == MOST_EXCLUSIVES


# --- floods -------------------------------------------------------------------------------------------------------------
def test_a_few_changes_go_on_at_once_and_dumps_without_pause_are_thinned_to_the_newest():
    tuning, events = TuningInput(), []
    for key in range(20):
        assert tuning.take((0x7F, 0, 8, 2, 0, 1, key, key, 64, 0), 1.0) == [(TUNING, 0, TUNING_KEY, key, key + 0.5), GO]
    for step in range(100):
        events += tuning.take(dump(np.arange(128.0) * step / 100.0), 1.0 + ROUND_S / 200.0 * step)
    assert len(events) <= MOST_EVENTS
    assert tuning.waits
    assert tuning.rest(1.0 + ROUND_S * 0.9) == []
    last = tuning.rest(1.0 + ROUND_S)
    assert len(last) == 129
    assert last[100][4] == pytest.approx(99.0, abs=1e-4)
    assert not tuning.waits


def test_messages_beyond_what_a_cable_carries_are_not_even_read():
    tuning = TuningInput()
    for _ in range(MOST_MESSAGES):
        tuning.take((0x7F, 0, 8, 2, 0, 1, 60, 61, 0, 0), 5.0)
    assert not tuning.overrun
    tuning.take((0x7F, 0, 8, 2, 0, 1, 60, 62, 0, 0), 5.5)
    assert tuning.overrun
    assert tuning.rest(6.0)[0][4] == 61.0


# --- to the engine ------------------------------------------------------------------------------------------------------
def test_a_device_tunes_the_room_and_a_broken_tuning_is_told_once():
    session = Session()
    place = session.places.take("Keyboard", "midi")
    place.plug()
    session.news()
    session.heard()
    place.exclusive(bytes(dump(range(128))))
    assert len(session.heard()) == 129
    assert session.news() == []
    for _ in range(3):
        place.exclusive(bytes(dump(range(128))[:-9]))
    assert session.heard() == []
    assert session.news() == ["Keyboard sent a tuning that is broken. It is left out."]
    place.exclusive(bytes((*dump(range(128))[:-1], dump(range(128))[-1] ^ 1)))
    assert len(session.heard()) == 129
    assert session.news() == ["Keyboard sent a tuning with a wrong check number. It is used all the same."]
    place.exclusive(b"\x43\x12\x00")
    assert (session.heard(), session.news()) == ([], [])


def test_what_waits_goes_on_with_the_next_round():
    session = Session()
    place = session.places.take("Keyboard", "midi")
    for _ in range(3):
        place.exclusive(bytes(dump(range(128))))
    assert len(session.heard()) == 258
    place.flush()
    assert session.heard() == []
    session.now_s += 2 * ROUND_S
    place.flush()
    assert len(session.heard()) == 129


def test_a_file_can_bring_its_tuning(tmp_path):
    track = mido.MidiTrack([mido.Message("sysex", data=(0x7F, 0, 8, 2, 0, 1, 60, 60, 64, 0)),
                            mido.Message("sysex", data=(0x7F, 0, 8, 2, 0, 9)),
                            mido.Message("note_on", note=60, velocity=9), mido.Message("note_off", note=60, time=480)])
    mido.MidiFile(tracks=[track]).save(tmp_path / "tuned.mid")
    events, _ = read_performance(tmp_path / "tuned.mid", 48000.0)
    rows = [(int(row["kind"]), int(row["channel"]), float(row["key"]), float(row["value"])) for row in events[:3]]
    assert rows[:2] == [(TUNING, TUNING_KEY, 60.0, 60.5), (TUNING, TUNING_GO, 0.0, 0.0)]
    assert rows[2][0] == NOTE_ON
