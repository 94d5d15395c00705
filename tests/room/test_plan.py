"""The plan of an hour."""
import pytest


@pytest.fixture
def planned(meeting):
    """A meeting with three steps."""
    for title, song in (("Hello", "daisy-bell"), ("Warm up", None), ("Goodbye", "skip-to-my-lou")):
        meeting.do("add_step", title=title, song=song)
    return meeting


def steps(meeting):
    """(title, done) of each, and the title of the one under way."""
    document = meeting.document
    under_way = next((step["title"] for step in document["plan"] if step["id"] == document["step"]), None)
    return [(step["title"], step["done"]) for step in document["plan"]], under_way


def test_next_goes_through_the_plan_and_has_each_song_ready(planned):
    planned.do("next")
    assert steps(planned) == ([("Hello", False), ("Warm up", False), ("Goodbye", False)], "Hello")
    assert planned.document["song"]["name"] == "daisy-bell"
    planned.run(2)
    assert planned.mode == 0
    planned.do("next")
    assert planned.document["song"]["name"] == "daisy-bell"   # a step without a song leaves it
    planned.do("next")
    assert steps(planned) == ([("Hello", True), ("Warm up", True), ("Goodbye", False)], "Goodbye")
    assert planned.document["song"]["name"] == "skip-to-my-lou"
    assert planned.do("next").ok
    assert steps(planned) == ([("Hello", True), ("Warm up", True), ("Goodbye", True)], None)
    assert planned.do("next").say == "The plan has no further step."


def test_next_without_a_plan_says_so(meeting):
    assert meeting.do("next").say == "The plan is empty."


def test_one_may_go_anywhere_in_the_plan(planned):
    last = planned.document["plan"][2]["id"]
    planned.do("go_step", step=last)
    assert steps(planned)[1] == "Goodbye"
    planned.do("go_step", step=planned.document["plan"][0]["id"])
    assert steps(planned) == ([("Hello", False), ("Warm up", False), ("Goodbye", True)], "Hello")


def test_a_step_whose_song_is_not_there_begins_all_the_same_and_says_so(meeting):
    step = meeting.do("add_step", title="Hello", song="never-heard-of").more["step"]
    answer = meeting.do("next")
    assert answer.ok
    assert "never-heard-of" in answer.say
    assert meeting.document["step"] == step


def test_steps_move_and_go(planned):
    first = planned.document["plan"][0]["id"]
    planned.do("move_step", step=first, to=2)
    assert [title for title, _ in steps(planned)[0]] == ["Warm up", "Goodbye", "Hello"]
    planned.do("go_step", step=first)
    planned.do("remove_step", step=first)
    assert [title for title, _ in steps(planned)[0]] == ["Warm up", "Goodbye"]
    assert planned.document["step"] is None
    for _ in range(3):
        planned.do("undo")
    assert [title for title, _ in steps(planned)[0]] == ["Hello", "Warm up", "Goodbye"]


def test_a_plan_has_an_end(meeting):
    for number in range(64):
        assert meeting.room._room.plan is not None
        meeting.do("add_step", title=f"Step {number}")
    assert not meeting.do("add_step", title="One more").ok
    assert not meeting.do("add_step", title="\u202e").ok
    assert not meeting.do("go_step", step="00000000").ok
