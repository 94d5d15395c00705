from hypothesis import given
from hypothesis import strategies as st

from imm_audio.inputs.midi_stream import MidiStream

NOTES = bytes([0x90, 60, 100, 62, 100, 60, 0, 0xC3, 5, 0xE1, 0, 64, 0x80, 62, 10])
MEANING = [(0x90, 0, 60, 100), (0x90, 0, 62, 100), (0x80, 0, 60, 64), (0xC0, 3, 5, 0), (0xE0, 1, 0, 64),
           (0x80, 0, 62, 10)]


def test_running_status_lasts_and_velocity_0_is_a_note_off():
    assert MidiStream().feed(NOTES) == MEANING


@given(st.lists(st.integers(0, len(NOTES))))
def test_chunking_does_not_matter(cuts):
    stream, found, before = MidiStream(), [], 0
    for cut in [*sorted(cuts), len(NOTES)]:
        found += stream.feed(NOTES[before:cut])
        before = cut
    assert found == MEANING
    assert stream.ignored == 0


@given(st.lists(st.tuples(st.integers(0, len(NOTES)), st.sampled_from([0xF8, 0xFA, 0xFB, 0xFC, 0xFE]))))
def test_real_time_bytes_may_stand_anywhere(beats):
    data = bytearray(NOTES)
    for at, byte in sorted(beats, reverse=True):
        data.insert(at, byte)
    assert MidiStream().feed(data) == MEANING


def test_system_exclusive_is_skipped_and_ends_running_status():
    stream = MidiStream()
    data = [0x90, 60, 100, 0xF0, 1, 2, 0xF8, 3, 0xF7, 61, 100, 0x90, 62, 1]
    assert stream.feed(data) == [(0x90, 0, 60, 100), (0x90, 0, 62, 1)]
    assert stream.ignored == 2


def test_system_common_messages_are_skipped_with_their_data():
    assert MidiStream().feed([0xF2, 1, 2, 0xF3, 4, 0xF1, 5, 0xF6, 0x90, 60, 1]) == [(0x90, 0, 60, 1)]


def test_a_message_broken_off_by_another_is_counted():
    stream = MidiStream()
    assert stream.feed([0x90, 60, 0xB0, 64, 127]) == [(0xB0, 0, 64, 127)]
    assert stream.ignored == 1


def test_bytes_without_a_status_are_counted_and_ignored():
    stream = MidiStream()
    assert stream.feed([1, 2, 3]) == []
    assert stream.ignored == 3


def test_system_reset_comes_through():
    assert MidiStream().feed([0x90, 60, 0xFF, 5]) == [(0xFF, 0, 0, 0)]


@given(st.lists(st.binary(max_size=40)))
def test_garbage_never_raises_and_gives_only_well_formed_messages(pieces):
    stream = MidiStream()
    for piece in pieces:
        for status, channel, one, two in stream.feed(piece):
            assert status in (0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0, 0xFF)
            assert 0 <= channel < 16
            assert 0 <= min(one, two) <= max(one, two) < 128
