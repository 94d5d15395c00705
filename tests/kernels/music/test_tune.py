"""The next note of the tune: one switch plays it right, in any rhythm, with any hand."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.music.hands import steady, trembling
from tests.kernels.music.stage import AT_ONCE, REST, Stage, control

SWITCH = control(0)
tunes = st.lists(st.tuples(st.integers(36, 96) | st.just(REST), st.sampled_from([0.25, 1 / 3, 0.5, 0.75, 1, 2, 4])),
                 min_size=1, max_size=20).filter(lambda tune: any(key != REST for key, _ in tune))
rhythms = st.lists(st.tuples(st.integers(1, 1500), st.integers(1, 2000)), min_size=1, max_size=50)


def sung(tune):
    """Keys of a tune, without its rests."""
    return [float(key) for key, _ in tune if key != REST]


def round_and_round(keys, count):
    return [keys[i % len(keys)] for i in range(count)]


def switch(tune, player=0, **parameters):
    """A stage where one switch plays a tune, in its own octave."""
    stage = Stage()
    stage.tune(tune)
    stage.instrument("next_note", player, low=min(sung(tune)), high=max(sung(tune)), **parameters)
    return stage


def sounds(tune, rhythm):
    """Keys that touches of a rhythm of (wait, hold) sound, whether all have ended, and what was never right."""
    stage = switch(tune)
    frame = 800
    for wait, hold in rhythm:
        frame += wait
        stage.tap(frame, SWITCH, frames=hold)
    stage.run(frame + 4000)
    return stage.played(), stage.held(), stage.complaints


@settings(deadline=None, max_examples=60)
@given(tune=tunes, rhythm=rhythms)
def test_any_rhythm_plays_any_tune_note_by_note_and_begins_it_again(tune, rhythm):
    keys, held, complaints = sounds(tune, rhythm)
    assert keys == round_and_round(sung(tune), len(rhythm))
    assert held == complaints == []


def test_a_note_lasts_as_long_as_its_touch():
    stage = switch([(60, 1), (62, 1)])
    stage.tap(1003, SWITCH, frames=111)
    stage.tap(2007, SWITCH, frames=1500)
    stage.run(5000)
    assert [(note.start, note.stop) for note in stage.notes] == [(1003, 1114), (2007, 3507)]


def test_a_new_tune_begins_at_its_beginning_for_everybody():
    stage = switch([(60, 1), (62, 1), (64, 1)])
    stage.instrument("next_note", 1, low=60, high=64, group=1)
    for n in range(2):
        stage.tap(1000 + 1000 * n, SWITCH, 0)
        stage.tap(1500 + 1000 * n, SWITCH, 1)
    stage.tune([(70, 1), (REST, 1), (71, 1), (72, 1)], 3000)
    for n in range(4):
        stage.tap(4000 + 1000 * n, SWITCH, 0)
        stage.tap(4500 + 1000 * n, SWITCH, 1)
    stage.run(9000)
    assert stage.played(0)[:2] == [60, 62]
    for player in (0, 1):
        assert np.mod(stage.played(player)[-4:], 12).tolist() == [10, 11, 0, 10]


@pytest.mark.parametrize(("low", "high", "octave", "first"), [
    (60, 64, 0, 60), (72, 84, 0, 72), (36, 48, 0, 36), (60, 64, 1, 72), (36, 40, -3, 0), (110, 127, 3, 120)])
def test_a_tune_sounds_in_the_octave_of_its_instrument_and_keeps_its_notes(low, high, octave, first):
    stage = Stage()
    stage.tune([(60, 1), (62, 1), (64, 1)])
    stage.instrument("next_note", low=low, high=high)
    stage.help(octave=octave)
    for n in range(3):
        stage.tap(1000 + 1000 * n, SWITCH)
    stage.run(5000)
    assert np.mod(stage.played(), 12).tolist() == [0, 2, 4]
    assert stage.played()[0] == first
    assert 0 <= min(stage.played()) <= max(stage.played()) <= 127


def test_without_a_tune_a_switch_walks_through_the_chord():
    stage = Stage()
    stage.chord(1, (0, 3, 7))
    stage.harmony([(0, 9, 1, 9, 4)], AT_ONCE)
    stage.instrument("next_note", base=57)
    for n in range(6):
        stage.tap(1000 + 500 * n, SWITCH)
    stage.run(5000)
    assert stage.played() == [57, 60, 64, 69, 57, 60]


def test_people_who_share_a_tune_take_turns_and_nobody_is_kept_waiting_for_ever():
    keys = [60, 62, 64, 65, 67, 69]
    stage = switch([(key, 1) for key in keys], group=1)
    stage.instrument("next_note", 1, low=60, high=69, group=1)
    stage.tap(1000, SWITCH, 0)
    stage.tap(2000, SWITCH, 1)
    stage.tap(3000, SWITCH, 1)  # not this one's turn
    stage.tap(4000, SWITCH, 0)
    stage.tap(5000, SWITCH, 0)  # nor this
    stage.tap(4000 + 4 * stage.rate + 10, SWITCH, 0)  # the other one doesn't come
    stage.run(6 * 8000)
    assert [(note.player, note.key) for note in stage.notes] == [(0, 60), (1, 62), (0, 64), (0, 65)]


def test_somebody_alone_in_a_group_plays_the_whole_tune():
    stage = switch([(60, 1), (62, 1), (64, 1)], group=2)
    for n in range(4):
        stage.tap(1000 + 300 * n, SWITCH)
    stage.run(4000)
    assert stage.played() == [60, 62, 64, 60]


# --- hands that tremble -----------------------------------------------------------------------------------------------
TUNE = [(60 + step, 1) for step in (0, 2, 4, 5, 7, 9, 11)]


def with_trembling_hand(count, seed, longest=0.6, touches_bpm=120.0, variation=0.08, always=False, help=1.0):
    """(touches lost, notes too many, ignored re-touches) of a hand that means `count` touches; the tune is at 120."""
    random = np.random.default_rng(seed)
    meant_s = steady(count, 60.0 / touches_bpm, variation, random)
    stage = switch(TUNE)
    stage.help(tremor_filter=help)
    contacts = trembling(meant_s, longest, random, always)
    for contact in contacts:
        stage.touch(int(contact.start_s * stage.rate), SWITCH)
        stage.let_go(int(contact.stop_s * stage.rate), SWITCH)
    stage.run(int((meant_s[-1] + 3.0) * stage.rate))
    assert stage.played() == round_and_round(sung(TUNE), len(stage.notes))
    assert stage.complaints == stage.held() == []
    meant = {int(contact.start_s * stage.rate) for contact in contacts if contact.meant}
    sounded = set(stage.starts())
    return len(meant - sounded), len(sounded - meant), len(contacts) - len(meant)


def test_a_trembling_hand_plays_a_thousand_notes_of_a_tune_and_not_one_more():
    lost, extra, trembled = with_trembling_hand(1000, seed=1)
    assert trembled > 500
    assert extra == 0
    assert lost < 10


def test_other_trembling_hands_play_hardly_a_note_too_many():
    found = [with_trembling_hand(1000, seed)[:2] for seed in (2, 3, 4)]
    assert np.sum(found, axis=0)[1] <= 2  # of 3000
    assert max(lost for lost, _ in found) < 10


def test_without_the_filter_a_trembling_hand_plays_every_touch():
    lost, extra, trembled = with_trembling_hand(200, seed=1, help=0.0)
    assert lost == 0
    assert extra == trembled > 100


def test_a_steady_hand_loses_nothing_to_the_filter_at_its_own_tempo():
    lost, extra, _ = with_trembling_hand(200, seed=2, longest=0.0, variation=0.05)
    assert (lost, extra) == (0, 0)


def test_a_note_sounds_on_while_the_hand_trembles():
    stage = switch(TUNE)
    stage.help(tremor_filter=1)
    for n in range(4):  # 8 Hz
        stage.tap(1000 + 1000 * n // 2, SWITCH, frames=500)
    stage.run(8000)
    (note,) = stage.notes
    assert note.start == 1000
    assert note.stop > 3000
