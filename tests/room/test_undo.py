"""Taking back, on the room's file alone."""
import pytest

from imm_audio.room.model import Present, Step
from imm_audio.room.people import MOST_PEOPLE
from imm_audio.room.signs import SIGNS
from imm_audio.room.store import new_meeting, read, text_of
from imm_audio.room.undo import MOST, TOGETHER_S, Change, History, difference, put_back


@pytest.fixture
def room():
    found = new_meeting()
    found.people = [Present(id=f"0000000{n}", sign=sign, seat=n, nickname=name)
                    for n, (sign, name) in enumerate((("🦊", "Rosa"), ("🐢", "Leo")))]
    return found


def copy(room):
    return room.model_copy(deep=True)


def test_nothing_changed_is_nothing_to_take_back(room):
    assert difference("x", copy(room), room) is None
    room.softer = 2     # live, and no change of people, plan or settings
    assert difference("x", room, copy(room)) is None


def test_the_sound_of_the_room_and_of_voices_is_put_back(room):
    before = copy(room)
    room.space, room.share_microphones, room.people[0].warm_voice, room.people[0].second_voice = "cathedral", False, True, "low"
    change = difference("x", before, room)
    put_back(change, room)
    assert room == before


def test_only_what_was_changed_is_put_back(room):
    before = copy(room)
    room.people[0].instrument = "koto"
    change = difference("x", before, room)
    room.people[0].volume_db, room.people[1].muted = -6.0, True   # done meanwhile
    put_back(change, room)
    assert (room.people[0].instrument, room.people[0].volume_db, room.people[1].muted) == (None, -6.0, True)


def test_who_left_comes_back_to_chair_and_sign_and_who_sat_in_gets_up(room):
    before = copy(room)
    room.people = room.people[1:]
    change = difference("x", before, room)
    room.people.append(Present(id="0000000a", sign="🦊", seat=0, controller="Keyboard"))             # sat in
    room.people.append(Present(id="0000000b", sign="🌻", seat=5, controller="Pad", nickname="Mia"))  # came
    put_back(change, room)
    assert [(person.nickname, person.sign, person.seat) for person in room.people] == [
        ("Rosa", "🦊", 0), ("Leo", "🐢", 1), ("Mia", "🌻", 5)]


def test_who_has_a_name_keeps_a_sign_that_was_free(room):
    before = copy(room)
    room.people[0].sign = "🌻"
    change = difference("x", before, room)
    room.people.append(Present(id="0000000b", sign="🦊", nickname="Mia"))
    put_back(change, room)
    assert room.people[2].sign == "🦊"
    assert len({person.sign for person in room.people}) == 3


def test_who_came_leaves_the_spotlight_too(room):
    before = copy(room)
    room.people = [*room.people, Present(id="0000000c", sign="🌻", microphone=1)]
    change = difference("x", before, room)
    room.spotlight = "0000000c"
    put_back(change, room)
    assert (len(room.people), room.spotlight) == (2, None)


def test_a_change_of_somebody_who_left_is_taken_back_without_them(room):
    before = copy(room)
    room.people[0].nickname = "Rose"
    change = difference("x", before, room)
    room.people = room.people[1:]
    put_back(change, room)
    assert [person.nickname for person in room.people] == ["Leo"]


def test_who_comes_back_into_a_full_room_takes_the_place_of_somebody_who_is_not_here(room):
    before = copy(room)
    room.people = room.people[1:]
    change = difference("x", before, room)
    room.people += [Present(id=f"{n + 256:08x}", sign=SIGNS[n], nickname="x", here=n != 40) for n in range(1, 64) if n != 2]
    room.people += [Present(id="000000ff", sign=SIGNS[0], nickname="x")]
    assert len(room.people) == MOST_PEOPLE
    put_back(change, room)
    assert len(room.people) == MOST_PEOPLE
    assert room.people[0].nickname == "Rosa"
    assert read(text_of(room)) == room


def test_plan_and_settings_come_back_whole(room):
    before = copy(room)
    room.plan, room.language = [Step(id="00000001", title="Hello")], "de"
    put_back(difference("x", before, room), room)
    assert (room.plan, room.language) == ([], "en")


def test_steps_of_one_knob_are_one_change_when_they_follow_closely(room):
    history, before = History(), copy(room)

    def move(volume_db, at_s, key=("volume", "0")):
        was = copy(room)
        room.people[0].volume_db = volume_db
        history.add(difference(f"to {volume_db:g}", was, room), at_s, key)

    for number in range(1, 5):
        move(-number, number * TOGETHER_S / 2)
    move(-9.0, 10 * TOGETHER_S)             # a second grip
    move(-10.0, 10 * TOGETHER_S, ("volume", "1"))
    for expected in (-9.0, -4.0):
        put_back(history.take(), room)
        assert room.people[0].volume_db == expected
    put_back(history.take(), room)
    assert room == before
    assert history.take() is None


def test_the_oldest_changes_are_forgotten():
    history = History()
    for number in range(MOST + 5):
        history.add(Change(str(number)), 0.0)
    assert history.words == str(MOST + 4)
    words = [history.take().words for _ in range(MOST)]
    assert (words[-1], history.take()) == ("5", None)
