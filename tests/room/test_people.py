"""People of a room, by its file alone."""
import pytest

from imm_audio.room import people
from imm_audio.room.commands import AddPerson, ChangePerson
from imm_audio.room.people import MOST_PEOPLE, clean, get_up, present, young
from imm_audio.room.signs import SIGNS, free_sign
from imm_audio.room.store import new_meeting

PAGE = "a" * 16


@pytest.fixture
def room():
    return new_meeting()


def test_there_is_a_sign_for_everybody_and_none_twice():
    assert len(set(SIGNS)) == len(SIGNS) == MOST_PEOPLE
    assert all(len(sign) <= 16 for sign in SIGNS)
    assert free_sign(SIGNS[:5]) == SIGNS[5]


def test_a_room_holds_many_and_forgets_first_who_is_not_here(room):
    for number in range(MOST_PEOPLE):
        people.add(room, AddPerson(do="add_person", nickname=f"Person {number}"))
    assert len({person.sign for person in room.people}) == MOST_PEOPLE
    room.people[7].here = False
    people.arrive(room, 3, "Keyboard")
    assert "Person 7" not in [person.nickname for person in room.people]
    people.arrive(room, 4, "Keyboard 2")   # then the first one who has neither instrument nor microphone
    assert "Person 0" not in [person.nickname for person in room.people]


def test_nobody_who_is_here_is_forgotten_for_somebody_who_only_sings(room):
    for number in range(MOST_PEOPLE):
        people.add(room, AddPerson(do="add_person", nickname=f"Person {number}"))
    with pytest.raises(ValueError, match="64 people already"):
        people.add(room, AddPerson(do="add_person"))
    room.people[5].here = False
    people.add(room, AddPerson(do="add_person", nickname="One more"))
    assert "Person 5" not in [person.nickname for person in room.people]


def test_a_page_brings_its_own_person_back_and_nobody_elses(room):
    rosa = people.arrive(room, 15, "Screen 1", PAGE)
    rosa.nickname = "Rosa"
    get_up(room, {14})
    assert people.arrive(room, 14, "Screen 1", "b" * 16) is not rosa   # another phone of the same name
    get_up(room, {13})
    assert people.arrive(room, 13, "Screen 7", PAGE) is rosa


def test_a_controller_does_not_bring_back_who_came_by_a_page(room):
    rosa = people.arrive(room, 15, "Screen 1", PAGE)
    rosa.nickname = "Rosa"
    assert people.arrive(room, 2, "Screen 1") is not rosa


def test_who_stays_away_is_known_and_not_counted(room):
    rosa = people.arrive(room, 0, "Keyboard")
    rosa.nickname, rosa.age_band = "Rosa", "5 to 8"
    assert young(room)
    assert people.change(room, ChangePerson(do="change_person", person=rosa.id, here=False)) == "Rosa is not here"
    assert (present(room), young(room), rosa.seat, len(room.people)) == ([], False, None, 1)
    assert people.arrive(room, 0, "Keyboard") is not rosa   # somebody else plays on


def test_a_microphone_is_somebodys_alone(room):
    names = [people.add(room, AddPerson(do="add_person", nickname=name, microphone=1))[0].id for name in ("Rosa", "Leo")]
    assert [person.microphone for person in room.people] == [None, 1]
    people.change(room, ChangePerson(do="change_person", person=names[0], microphone=1))
    people.change(room, ChangePerson(do="change_person", person=names[0], microphone=-1))
    assert [person.microphone for person in room.people] == [None, None]


@pytest.mark.parametrize(("typed", "shown"), [
    ("  Rosa \n Maria ", "Rosa Maria"),
    ("Ro\u202esa", "Rosa"), ("\u200f\u2066Leo", "Leo"), ("R\x00osa", "R osa"), ("\ue000", ""),
    ("\u0958" * 24, "\u0915\u093c" * 12), ("x" * 30, "x" * 24)])
def test_what_people_type_can_be_shown_anywhere(typed, shown):
    assert clean(typed, 24) == shown


def test_a_sign_that_nobody_can_see_is_none(room):
    rosa = people.arrive(room, 0, "Keyboard")
    with pytest.raises(ValueError, match="can be seen"):
        people.change(room, ChangePerson(do="change_person", person=rosa.id, sign="\u202e"))


# --- voices ---------------------------------------------------------------------------------------------------------
def singers(room, *names):
    """People with a microphone each."""
    wishes = [AddPerson(do="add_person", nickname=name, microphone=number) for number, name in enumerate(names)]
    return [people.add(room, wish)[0] for wish in wishes]


def sing(room, person, **wish):
    return people.change(room, ChangePerson(do="change_person", person=person.id, **wish))


def test_a_voice_can_be_warm_and_have_a_second_one(room):
    rosa, = singers(room, "Rosa")
    assert [sing(room, rosa, warm_voice=on) for on in (True, False)] == ["Rosa has a warm voice", "Rosa has a plain voice"]
    assert sing(room, rosa, second_voice="low") == "Rosa has a second voice"
    assert (rosa.warm_voice, rosa.second_voice) == (False, "low")
    assert sing(room, rosa, second_voice="none") == "Rosa has no second voice"


def test_a_third_second_voice_is_refused_with_the_names_of_those_who_have_one(room):
    rosa, leo, mia = singers(room, "Rosa", "Leo", "Mia")
    sing(room, rosa, second_voice="low")
    sing(room, leo, second_voice="third")
    with pytest.raises(ValueError, match=r"^Only two people at once can have a second voice: Rosa and Leo have one\.$"):
        sing(room, mia, second_voice="double")
    assert mia.second_voice == "none"
    sing(room, leo, second_voice="high")    # who has one may have another
    sing(room, leo, microphone=-1)          # nobody hears it now
    sing(room, mia, second_voice="double")
    assert room.with_second_voice() == [rosa, mia]


def test_whoever_gets_a_microphone_last_sings_alone(room):
    rosa, leo, mia = singers(room, "Rosa", "Leo", "Mia")
    for person in (rosa, leo):
        sing(room, person, second_voice="low")
    sing(room, mia, microphone=-1)
    sing(room, mia, second_voice="double")   # kept for later
    sing(room, mia, microphone=5)
    assert (mia.microphone, mia.second_voice) == (5, "none")


def test_who_changes_microphones_keeps_the_second_voice(room):
    rosa, leo = singers(room, "Rosa", "Leo")
    for person in (rosa, leo):
        sing(room, person, second_voice="low")
    sing(room, leo, microphone=7)
    assert [person.second_voice for person in (rosa, leo)] == ["low", "low"]
