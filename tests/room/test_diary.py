"""Who sounded when, with an engine driven by hand and a clock that is set by hand."""
import json

import pytest

from imm_audio.kernels.engine.events import FORM, NOTE_OFF, TEMPO
from imm_audio.kernels.music.terms import AT_ONCE, FORM_CLEAR, FORM_GO, FORM_SECTION
from imm_audio.room.diary import FILE_NAME, LONGEST_S, Diary, read
from tests.room.ensemble import RATE, Ensemble

BEGAN_S = 1_763_996_520.0


class Meeting:
    """An engine, its diary, and time."""

    def __init__(self, ensemble: Ensemble, name: str = "m1"):
        self.ensemble, self.now_s = ensemble, BEGAN_S
        self.diary = self.begin(name)

    def begin(self, name: str) -> Diary:
        self.diary = Diary(self.ensemble.engine, self.ensemble.session, name, lambda: self.now_s)
        return self.diary

    def pass_time(self, seconds: float, loudness: float = 0.0) -> None:
        for _ in range(round(seconds * 5)):
            self.ensemble.drive(RATE // 5, loudness)
            self.now_s += 0.2
            self.diary.look()


@pytest.fixture
def meeting(make_ensemble):
    return Meeting(make_ensemble(input_channels=2))


def who(diary: Diary) -> list[list[int]]:
    return [row[2] for row in diary.rows]


def test_each_second_says_who_sounded_in_it(meeting):
    for player, second in ((0, 1), (3, 1), (5, 3)):
        meeting.ensemble.play((player, second * RATE + 800))
        meeting.ensemble.engine.push(NOTE_OFF, player, 0, 50.0 + player, frame=second * RATE + 1600)
    meeting.pass_time(5.2)
    assert who(meeting.diary) == [[], [0, 3], [], [5], []]
    assert [row[0] for row in meeting.diary.rows] == [0, 1, 2, 3, 4]


def test_a_microphone_sounds_when_somebody_sings_and_not_when_the_room_murmurs(meeting):
    meeting.pass_time(1.0, loudness=0.001)
    meeting.pass_time(1.0, loudness=0.3)
    meeting.pass_time(2.2)
    assert who(meeting.diary) == [[], [100, 101], [], []]


def test_the_beat_is_told_while_there_is_one(meeting):
    push = meeting.ensemble.engine.push
    meeting.pass_time(1.0)
    for event in ((TEMPO, 0, 0, 0, 90.0), (FORM, 0, FORM_CLEAR, 3.0, 1.5), (FORM, 0, FORM_SECTION, 0, 48.0),
                  (FORM, 0, FORM_GO, AT_ONCE, 0.0)):
        push(*event)
    meeting.pass_time(1.2)
    assert [row[1] for row in meeting.diary.rows] == [None, 60.0]  # pulses of a beat and a half


def test_the_desk_reads_what_was_written(meeting):
    meeting.ensemble.play((2, 100))
    meeting.pass_time(3.2)
    found = read(meeting.ensemble.session)
    assert found == meeting.diary.as_dict()
    assert found["start"].startswith("2025-11-24T")
    assert found["rows"][0] == [0, None, [2]]
    assert read(meeting.ensemble.session / "nowhere") == {"start": "", "rows": []}


def test_after_a_crash_the_same_meeting_goes_on_and_a_torn_line_hurts_nobody(meeting):
    meeting.pass_time(2.2)
    path = meeting.ensemble.session / FILE_NAME
    with path.open("ab") as file:
        file.write(b'\n[2, nul')
    meeting.now_s += 10.0
    meeting.begin("m1")
    meeting.pass_time(2.2)
    assert [row[0] for row in read(meeting.ensemble.session)["rows"]] == [0, 1, 12, 13]


def test_a_new_meeting_begins_a_new_diary(meeting):
    meeting.pass_time(2.2)
    meeting.now_s += 3600.0
    meeting.begin("m2")
    meeting.pass_time(1.2)
    assert [row[0] for row in read(meeting.ensemble.session)["rows"]] == [0]


def test_a_file_that_is_no_diary_is_begun_anew(meeting):
    (meeting.ensemble.session / FILE_NAME).write_text("Dear diary")
    meeting.begin("m1")
    meeting.pass_time(1.2)
    assert len(read(meeting.ensemble.session)["rows"]) == 1


def test_it_ends_after_six_hours_and_a_clock_set_back_adds_nothing(meeting):
    meeting.pass_time(1.2)
    meeting.now_s = BEGAN_S - 100.0
    meeting.pass_time(2.0)
    assert [row[0] for row in meeting.diary.rows] == [0, 1]
    meeting.now_s = BEGAN_S + LONGEST_S - 1.1
    meeting.pass_time(5.0)
    assert [row[0] for row in meeting.diary.rows] == [0, 1, LONGEST_S - 1]


def test_a_disk_that_takes_nothing_keeps_the_diary_in_memory(meeting):
    path = meeting.ensemble.session / FILE_NAME
    path.unlink()
    path.mkdir()
    meeting.pass_time(2.2)
    assert len(meeting.diary.rows) == 2


def test_nothing_but_numbers_is_written(meeting):
    meeting.ensemble.play((0, 100))
    meeting.pass_time(2.2)
    head, *rows = (meeting.ensemble.session / FILE_NAME).read_text().splitlines()
    assert set(json.loads(head)) == {"meeting", "start"}
    assert all(len(json.loads(row)) == 3 for row in rows)
