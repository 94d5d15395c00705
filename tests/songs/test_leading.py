"""Words about leading a song become events that the engine understands."""
from itertools import accumulate

import pytest

from imm_audio.kernels.engine.events import FOLLOW, FORM
from imm_audio.kernels.music.terms import (
    BY_TAPS,
    EVERYBODY,
    FOLLOW_AMOUNT,
    FOLLOW_RANGE,
    FOLLOW_WHO,
    FORM_AGAIN,
    FORM_ARM,
    FORM_CLEAR,
    FORM_GO,
    FORM_PICKUP,
    FORM_SECTION,
    THE_SLOWEST,
)
from imm_audio.songs.abc import abc_song
from imm_audio.songs.harmony import parse_chords
from imm_audio.songs.leading import (
    Form,
    count_pulses,
    follow_events,
    form_events,
    form_of_chords,
    form_of_song,
    parse_follow,
    start_events,
)
from imm_audio.songs.shelf import find_song, list_songs, read_song

#: A verse and a chorus, both with a pick-up of one beat: the chorus begins before its bar line.
TWO_PARTS = """X:1
T:Two parts
M:4/4
L:1/4
K:C
P:verse
C | C D E F | G4 |
C D E F | G3
P:chorus
G | A G F E | D4 | C D E F | C3 |]
"""


def test_sections_begin_on_bar_lines_though_their_words_begin_before():
    form = form_of_song(abc_song(TWO_PARTS))
    assert form.pickup_beats == 1.0
    starts = [0.0, *accumulate(beats for _, beats in form.sections)]
    assert all(start % 4.0 == 0.0 for start in starts[:-1])
    assert starts[-1] == 31.0  # the last bar lacks what the pick-up had


@pytest.mark.parametrize("name", [card.name for card in list_songs()])
def test_every_shipped_song_has_a_form(name):
    song = read_song(find_song(name))
    form = form_of_song(song)
    assert sum(beats for _, beats in form.sections) == pytest.approx(song.form[-1].stop)
    assert count_pulses(form) * form.pulse_beats % form.meter_beats == pytest.approx(0.0)


def test_a_form_is_told_from_its_beginning():
    events = form_events(Form("A", (("verse", 8.0), ("chorus", 4.0)), 3.0, 1.5, 0.5, True))
    assert events == [(FORM, 0, FORM_CLEAR, 3.0, 1.5), (FORM, 0, FORM_PICKUP, 0.0, 0.5), (FORM, 0, FORM_SECTION, 0.0, 8.0),
                      (FORM, 1, FORM_SECTION, 0.0, 4.0), (FORM, 0, FORM_AGAIN, 0.0, 1.0)]


def test_chords_alone_go_round():
    form = form_of_chords(parse_chords("C G Am F", 4.0), 4.0)
    assert form.again
    assert form.sections == (("verse", 16.0),)


@pytest.mark.parametrize(("meter", "pulse", "pickup", "pulses"), [
    (4.0, 1.0, 0.0, 4), (4.0, 1.0, 1.0, 8), (3.0, 1.0, 0.0, 6), (3.0, 1.5, 0.0, 4), (2.0, 1.0, 0.5, 4), (3.5, 0.5, 0.0, 7)])
def test_a_count_is_whole_bars_with_time_to_get_ready(meter, pulse, pickup, pulses):
    assert count_pulses(Form("A", (("verse", 8.0),), meter, pulse, pickup)) == pulses


def test_taps_count_a_bar_and_the_leader_may_be_one_person():
    form = Form("A", (("verse", 8.0),), 3.0)
    assert start_events(form, "taps", 4) == [(FORM, 4, FORM_ARM, float(BY_TAPS), 3.0)]
    assert start_events(form, "count") == [(FORM, 0, FORM_GO, 0.0, 6.0)]


def test_whom_the_beat_follows():
    words = ("everybody", "slowest", "nobody", "1", "16")
    assert [parse_follow(word) for word in words] == [EVERYBODY, THE_SLOWEST, None, 0, 15]
    assert follow_events("3", 50.0) == [(FOLLOW, 2, FOLLOW_WHO, 0.0, 0.0), (FOLLOW, 0, FOLLOW_AMOUNT, 0.0, 0.5)]
    assert follow_events("nobody", 50.0)[-1] == (FOLLOW, 0, FOLLOW_AMOUNT, 0.0, 0.0)


def test_with_a_printed_tempo_the_band_stays_near_it():
    kind, _, op, slowest, fastest = follow_events("everybody", 100.0, 100.0)[0]
    assert (kind, op) == (FOLLOW, FOLLOW_RANGE)
    assert 20.0 <= slowest < 100.0 < fastest <= 300.0


@pytest.mark.parametrize("word", ["0", "17", "all", ""])
def test_somebody_who_does_not_exist_is_named(word):
    with pytest.raises(ValueError, match="--follow"):
        parse_follow(word)
