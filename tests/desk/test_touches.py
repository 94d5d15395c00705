import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.desk.clock import FrameClock
from imm_audio.desk.touches import OLDEST_S, Hands, Seats
from imm_audio.kernels.engine.events import LET_GO, MOVE, TOUCH

RATE = 1000.0


class Table:
    """Hands at places, and what the engine would be told."""

    def __init__(self):
        self.now_s, self.said = 50.0, []
        clock = FrameClock(RATE, lambda: int(self.now_s * RATE), lambda: self.now_s)
        self.seats = Seats(lambda *event: self.said.append(event), clock, lambda: self.now_s)

    def hands(self, seat: int = 15) -> Hands:
        found = Hands(self.seats)
        found.sit(seat)
        return found

    @property
    def kinds(self) -> list[tuple[int, int, float]]:
        return [(kind, player, key) for kind, player, key, _, _ in self.said]


@pytest.fixture
def table():
    return Table()


def test_a_touch_is_stamped_with_its_time_and_the_delay_of_its_page(table):
    hands = table.hands()
    hands.touch(130, 0.5, table.now_s - 0.005)
    assert table.said == [(TOUCH, 15, 130, 0.5, pytest.approx((table.now_s - 0.005 + hands.late.delay_s) * RATE, abs=1))]
    assert hands.touches == 1


def test_what_seems_to_come_from_the_future_is_played_now(table):
    hands = table.hands()
    hands.touch(130, 0.5, table.now_s + 1e9)
    assert table.said[0][4] == pytest.approx((table.now_s + hands.late.delay_s) * RATE, abs=1)


def test_a_touch_that_was_long_on_its_way_is_a_ghost_and_only_counted(table):
    hands = table.hands()
    hands.touch(130, 0.5, table.now_s - OLDEST_S - 0.001)
    hands.let_go(130, table.now_s)
    assert table.said == []
    assert (hands.ghosts, hands.touches) == (1, 0)


def test_a_let_go_comes_however_late_it_is_and_never_before_its_touch(table):
    hands = table.hands()
    hands.touch(130, 0.5, table.now_s)
    hands.let_go(130, table.now_s - 100.0)
    (_, *_, touched), (kind, *_, let_go) = table.said
    assert kind == LET_GO
    assert let_go > touched


def test_a_let_go_of_what_is_not_held_says_nothing(table):
    table.hands().let_go(130, table.now_s)
    assert table.said == []


def test_a_control_held_on_two_screens_is_let_go_of_when_the_second_lets_go(table):
    one, other = table.hands(), table.hands()
    one.touch(130, 0.5, table.now_s)
    other.touch(130, 0.7, table.now_s)
    one.let_go(130, table.now_s)
    assert [kind for kind, *_ in table.said] == [TOUCH, TOUCH]
    other.let_go_all()
    assert [kind for kind, *_ in table.said] == [TOUCH, TOUCH, LET_GO]
    assert not table.seats.held


def test_a_control_touched_twice_by_one_screen_is_let_go_of_once(table):
    hands = table.hands()
    hands.touch(130, 0.5, table.now_s)
    hands.touch(130, 0.5, table.now_s)
    hands.let_go(130, table.now_s)
    assert [kind for kind, *_ in table.said] == [TOUCH, TOUCH, LET_GO]
    assert not table.seats.held


def test_who_gets_another_place_lets_go_of_everything_at_the_old_one(table):
    hands = table.hands(15)
    hands.touch(130, 0.5, table.now_s)
    hands.sit(14)
    hands.touch(131, 0.5, table.now_s)
    assert table.kinds == [(TOUCH, 15, 130), (LET_GO, 15, 130), (TOUCH, 14, 131)]


def test_a_page_without_a_place_plays_nothing(table):
    hands = Hands(table.seats)
    hands.touch(130, 0.5, table.now_s)
    hands.move(1, 0.5, table.now_s)
    hands.let_go_all()
    assert table.said == []


def test_an_axis_moves_at_its_time(table):
    hands = table.hands()
    hands.move(1, 0.25, table.now_s - 5.0)
    assert table.said == [(MOVE, 15, 1, 0.25, pytest.approx((table.now_s - OLDEST_S + hands.late.delay_s) * RATE, abs=1))]


@given(st.lists(st.tuples(st.sampled_from(["touch", "let_go", "all", "sit"]), st.integers(0, 1), st.integers(128, 130),
                          st.floats(-0.5, 0.5)), max_size=40))
def test_whatever_two_screens_do_nothing_hangs_in_the_end(doings):
    table = Table()
    screens = [table.hands(15), table.hands(15)]
    for doing, screen, control, late_s in doings:
        hands = screens[screen]
        table.now_s += 0.01
        if doing == "touch":
            hands.touch(control, 0.5, table.now_s - late_s)
        elif doing == "let_go":
            hands.let_go(control, table.now_s - late_s)
        elif doing == "all":
            hands.let_go_all()
        else:
            hands.sit(15 - control % 2)
    for hands in screens:
        hands.let_go_all()
    sounding = {}
    for kind, player, control, _, frame in table.said:
        sounding[player, control] = kind == TOUCH
        assert frame > 0
    assert not any(sounding.values())
    assert not table.seats.held
