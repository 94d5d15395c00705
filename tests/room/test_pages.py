"""Places of players' pages."""
import pytest

from imm_audio.block import text_of

PLUGGED = "plugged"


def page(number):
    return f"{number:016x}"


def join(meeting, number, **more):
    return meeting.do("join", by="desk", page=page(number), **more)


def seats(meeting):
    return {seat["seat"]: seat for seat in meeting.document["seats"]}


def test_pages_get_places_from_the_last_one_down_and_never_that_of_the_computers_keys(meeting):
    given = [join(meeting, number).more["seat"] for number in range(6)]
    assert given == [15, 14, 13, 12, 10, 9]
    assert seats(meeting)[15] | {"help": 0, "macros": 0} == {
        "seat": 15, "name": "Screen 1", "stem": "touch-page", "plugged": True, "page": True, "instrument": "magic-harp",
        "help": 0, "macros": 0}
    assert len({meeting.at(seat)["sign"] for seat in given}) == 6


def test_a_page_that_comes_back_is_who_it_was(meeting):
    seat = join(meeting, 1).more["seat"]
    meeting.do("change_person", person=meeting.at(seat)["id"], nickname="Rosa")
    meeting.do("leave", by="desk", page=page(1))
    assert not seats(meeting)[seat]["plugged"]
    assert join(meeting, 2).more["seat"] == 14
    assert join(meeting, 1).more["seat"] == seat
    assert (meeting.at(seat)["nickname"], seats(meeting)[seat]["plugged"]) == ("Rosa", True)


def test_what_a_page_held_is_let_go_when_it_leaves(meeting):
    from imm_audio.kernels.engine.events import NOTE_OFF, TOUCH

    seat = join(meeting, 1).more["seat"]
    meeting.engine.push(TOUCH, seat, 0, 130, 0.8)
    meeting.look()
    meeting.engine.read_log(8192)
    meeting.do("leave", by="desk", page=page(1))
    log = meeting.engine.read_log(8192)
    assert NOTE_OFF in log["kind"][log["player"] == seat]


def test_when_all_places_are_taken_who_went_first_makes_room_and_then_places_are_shared(meeting):
    for number in range(4):
        meeting.plug(number, f"Keyboard {number}")
    pages = range(11)
    given = [join(meeting, number).more["seat"] for number in pages]
    assert len(set(given)) == 11
    for gone in (4, 2):
        meeting.do("leave", by="desk", page=page(gone))
    assert join(meeting, 20).more["seat"] == given[4]
    assert meeting.at(given[4])["page"] == page(20)
    assert join(meeting, 21).more["seat"] == given[2]
    shared = join(meeting, 22).more["seat"]
    assert shared in given
    assert join(meeting, 23).more["seat"] not in (shared, None)
    meeting.do("leave", by="desk", page=page(22))   # somebody else plays on there
    assert seats(meeting)[shared]["plugged"]


def test_sixteen_instruments_leave_no_room_for_pages(meeting):
    for number in range(16):
        meeting.plug(number, f"Keyboard {number}")
    assert join(meeting, 1).say == "All sixteen places are taken by instruments."


def test_a_closed_room_lets_only_those_in_who_were_here(meeting):
    seat = join(meeting, 1).more["seat"]
    meeting.do("set", newcomers=False)
    assert not join(meeting, 2).ok
    assert join(meeting, 1).more["seat"] == seat


def test_an_engine_that_begins_anew_finds_pages_where_they_were(meeting):
    seat = join(meeting, 1).more["seat"]
    meeting.do("change_person", person=meeting.at(seat)["id"], nickname="Rosa")
    meeting.restart_engine(plugged=False)
    assert text_of(meeting.engine.header["players"][seat]) == "Screen 1"
    assert (meeting.at(seat)["nickname"], seats(meeting)[seat]["instrument"]) == ("Rosa", "magic-harp")


def test_another_parent_knows_the_places_of_pages(meet):
    meeting = meet()
    seat = join(meeting, 1).more["seat"]
    meeting.do("change_person", person=meeting.at(seat)["id"], nickname="Rosa")
    meeting.die()
    after = meet(engine=meeting.engine, adopt=True)
    assert join(after, 1, seat=seat).more["seat"] == seat
    assert (after.at(seat)["nickname"], seats(after)[seat]["page"]) == ("Rosa", True)


@pytest.mark.parametrize("seat", [0, 3, 15])
def test_a_page_can_not_take_a_place_that_is_no_pages(meeting, seat):
    meeting.plug(seat, "Keyboard")
    assert join(meeting, 1, seat=seat).more["seat"] != seat
