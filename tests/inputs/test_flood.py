from hypothesis import given
from hypothesis import strategies as st

from imm_audio.inputs.flood import MOST_TOUCHES, Flood
from imm_audio.kernels.engine.events import BEND, LET_GO, MOVE, RELEASE, STRIP, TOUCH, VOLUME
from tests.inputs.fakes import Session


def move(value, axis=0):
    return MOVE, 0, axis, 0.0, value


def touch(key=60.0, kind=TOUCH):
    return kind, 0, 0, key, 0.5


def test_of_an_axis_the_newest_value_goes_on_once_a_millisecond_and_the_last_one_always():
    flood, passed = Flood(), []
    for n in range(2000):
        passed += flood.take([move(n / 2000)], n * 0.0005)
    passed += flood.rest(2.0)
    assert 900 < len(passed) <= 1001
    assert passed[-1] == move(1999 / 2000)
    assert flood.overrun


def test_values_that_do_not_change_are_left_out_but_not_those_that_others_change_too():
    for kind, expected in ((MOVE, 1), (BEND, 1), (VOLUME, 3), (STRIP, 3)):
        flood = Flood()
        passed = [event for n in range(3) for event in flood.take([(kind, 0, 0, 0.0, 0.5)], float(n))]
        assert len(passed) == expected, kind
    flood = Flood()
    flood.take([move(0.5)], 3.0)
    flood.take([(RELEASE, 0, -1, 0.0, 0.0)], 4.0)
    assert flood.take([move(0.5)], 5.0) == [move(0.5)]  # after a release the axis is where it was at the start


def test_a_bend_reaches_the_engine_before_the_note_it_is_meant_for():
    flood = Flood()
    flood.take([move(0.1)], 0.0)
    assert flood.take([move(0.2), touch()], 0.0) == [move(0.2), touch()]


def test_a_control_that_chatters_is_thinned_and_ends_up():
    flood, passed = Flood(), []
    for n in range(2000):
        passed += flood.take([touch(kind=LET_GO if n % 2 else TOUCH)], n * 0.0005)
    kinds = [event[0] for event in passed]
    assert kinds == [TOUCH, LET_GO] * MOST_TOUCHES
    assert flood.overrun


def test_a_trembling_hand_and_a_drum_roll_are_no_flood():
    flood = Flood()
    passed = [event for n in range(400) for event in flood.take([touch(kind=LET_GO if n % 2 else TOUCH)], n / 80)]
    assert len(passed) == 400
    assert not flood.overrun


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.floats(0.0, 0.02))))
def test_every_end_follows_its_touch_and_nothing_stays_down(steps):
    flood, now_s, down, really = Flood(), 0.0, set(), set()
    for begins, key, wait_s in steps:
        now_s += wait_s
        really = really | {key} if begins else really - {key}
        for kind, *_, event_key, _ in flood.take([touch(float(key), TOUCH if begins else LET_GO)], now_s):
            if kind == TOUCH:
                down.add(event_key)
            else:
                assert event_key in down
                down.remove(event_key)
    assert down <= really


def test_one_device_gone_mad_is_told_of_once_a_minute_and_the_others_play_on():
    session = Session()
    mad, sane = session.places.take("Foo", "midi"), session.places.take("Piano", "midi")
    for place in (mad, sane):
        place.plug()
    session.heard()
    for n in range(4000):
        session.now_s += 0.0005
        mad.message(0x90, 0, 60, 1 + n % 100)
        mad.message(0xB0, 0, 2, n % 128)
        if n % 100 == 0:
            sane.message(0x90, 0, 60, 100)
    heard = session.heard()
    assert sum(event[:2] == (TOUCH, 1) for event in heard) == 40
    assert sum(event[:2] == (TOUCH, 0) for event in heard) <= 3 * MOST_TOUCHES
    assert sum(event[:2] == (MOVE, 0) for event in heard) <= 2002 + 4 * MOST_TOUCHES
    complaint = "Foo sends without pause: perhaps a cable is loose."
    assert session.news()[2:] == [complaint]
    mad.flood.overrun = True
    assert session.news() == []
    mad.flood.overrun = True
    session.now_s += 60.0
    assert session.news() == [complaint]
