"""The line between parent and desk, and what the parent does at its end."""
import json
import os
import queue

import pytest

from imm_audio.desk.line import Line
from imm_audio.desk.reception import TELL_S, Reception
from tests.desk.desk import PATIENCE_S, OneRoom


class Ends:
    """A line and its other side."""

    def __init__(self):
        ours, theirs = os.pipe(), os.pipe()
        self.heard, self.ended = queue.SimpleQueue(), queue.SimpleQueue()
        self.source, self.sink = os.fdopen(theirs[0], encoding="utf-8"), os.fdopen(ours[1], "w", encoding="utf-8")
        self.line = Line(os.fdopen(ours[0], encoding="utf-8"), os.fdopen(theirs[1], "w", encoding="utf-8"),
                         self.heard.put, lambda: self.ended.put(True))


@pytest.fixture
def ends():
    found = Ends()
    yield found
    found.line.close()
    for file in (found.source, found.sink):
        file.close()


def test_messages_arrive_whole_and_in_order(ends):
    ends.line.start()
    ends.sink.write('{"n": 1, "say": "ä\\n"}\n{"n": 2}\n')
    ends.sink.flush()
    assert [ends.heard.get(timeout=PATIENCE_S) for _ in range(2)] == [{"n": 1, "say": "ä\n"}, {"n": 2}]
    ends.line.say({"answer": 1, "say": "größer\n"})
    assert json.loads(ends.source.readline()) == {"answer": 1, "say": "größer\n"}


def test_what_is_no_message_is_passed_over(ends):
    ends.line.start()
    ends.sink.write('a word\n[1]\n\n{"n": 2}\n')
    ends.sink.flush()
    assert ends.heard.get(timeout=PATIENCE_S) == {"n": 2}


def test_of_things_that_replace_each_other_only_the_newest_is_sent_behind_what_waits(ends):
    for n in range(100):
        ends.line.say({"room": n}, replaces="room")
        if n % 50 == 0:
            ends.line.say({"answer": n})
    ends.line.start()
    assert [json.loads(ends.source.readline()) for _ in range(3)] == [{"answer": 0}, {"answer": 50}, {"room": 99}]


def test_the_end_of_the_other_side_is_noticed(ends):
    ends.line.start()
    ends.sink.close()
    assert ends.ended.get(timeout=PATIENCE_S)


# --- the parent's end -----------------------------------------------------------------------------------------------
class FakeLine:
    def __init__(self):
        self.begun, self.waiting, self.said = 1, [], []

    def asked(self):
        found, self.waiting = self.waiting, []
        return found

    def say(self, message, replaces=""):
        self.said.append(next(iter(message)))

    def ask(self, command, who="facilitator", n=1):
        self.waiting.append({"n": n, "who": who, "command": command})


@pytest.fixture
def parent():
    room, line = OneRoom(), FakeLine()
    reception = Reception(room, line)
    reception.round(0.0)
    line.said.clear()
    room.asked.clear()
    return room, line, reception


def test_what_somebody_asked_for_is_seen_before_the_answer_is_heard(parent):
    _, line, reception = parent
    line.ask({"do": "set", "language": "de"})
    reception.round(0.01)
    assert line.said == ["room", "answer"]


def test_a_room_that_changes_by_itself_is_told_ten_times_a_second(parent):
    room, line, reception = parent
    for n in range(100):
        room.version += 1
        reception.round(1.0 + 0.01 * n)
    assert line.said == ["room"] * round(1.0 / TELL_S)


def test_another_desk_is_told_everything_and_no_page_is_thought_to_be_here(parent):
    room, line, reception = parent
    line.ask({"do": "join", "page": "0123456789abcdef"}, "desk")
    reception.round(0.01)
    assert room.here
    line.begun, line.said = 2, []
    reception.round(0.02)
    assert line.said == ["room"]
    assert not room.here
    assert room.asked[-1][1].count == 0


@pytest.mark.parametrize(("command", "who"), [
    ({"do": "join", "page": "0123456789abcdef"}, "facilitator"), ({"do": "quiet"}, "desk"), ({"do": "nothing"}, "facilitator"),
    ("quiet", "facilitator"), ({"do": "volume", "gain_db": 1e9}, "facilitator")])
def test_what_may_not_be_asked_is_answered_and_not_done(parent, command, who):
    room, line, reception = parent
    line.ask(command, who)
    reception.round(0.01)
    assert room.asked == []
    assert line.said == ["answer"]
