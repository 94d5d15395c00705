from pathlib import Path

import pytest
from typer.testing import CliRunner

from imm_audio.catalog.controller import Controller
from imm_audio.catalog.controllers import Controllers
from imm_audio.catalog.reading import read_toml
from imm_audio.cli import app
from imm_audio.inputs import all_inputs
from imm_audio.kernels.engine.events import MOVE, TOUCH
from imm_audio.kernels.music.terms import FIRST_CONTROL, TILT_Y
from imm_audio.learn import Learner
from tests.inputs.fakes import Session

XAC, PADS = ("Xbox Adaptive Controller", "gamepad"), ("Foo Beats", "midi")


class Lesson:
    """A learner and a clock that runs with every message."""

    def __init__(self, folder, name=None):
        self.folder, self.now_s = folder, 0.0
        self.learner = Learner(folder, Controllers(own=lambda: folder), name)

    def __getattr__(self, what):
        def say(device, *message):
            self.now_s += 0.01
            clock = () if what == "let_go" else (self.now_s,)
            return getattr(self.learner, what)(*device, *message, *clock)
        return say

    def rows(self, stem):
        return [(control.when, control.does) for control in read_toml(self.folder / f"{stem}.toml", Controller).control]


@pytest.fixture
def lesson(tmp_path):
    return Lesson(tmp_path)


def note(key, velocity=100, channel=0):
    return 0x90 if velocity else 0x80, channel, key, velocity


# --- recognised -------------------------------------------------------------------------------------------------------
def test_one_touch_is_enough_and_is_said_in_plain_words(lesson):
    assert lesson.press(XAC, "button 0") == "That is the big left button, or switch A of Xbox Adaptive Controller."
    assert lesson.press(("Strange Box", "gamepad"), "button 3") == "That is a button of Strange Box."
    assert lesson.message(PADS, note(40, channel=9)) == "That is a pad of Foo Beats."
    assert lesson.message(PADS, note(60)) == "That is a key of Foo Beats."


def test_each_further_control_gets_the_next_number_and_the_same_one_is_not_learned_twice(lesson):
    for number in (5, 2, 5, 9):
        lesson.press(XAC, f"button {number}")
        lesson.let_go(XAC, f"button {number}")
    assert lesson.rows("xbox-adaptive-controller") == [
        ("button 5", "touch 0"), ("button 2", "touch 1"), ("button 9", "touch 2")]


def test_an_axis_is_meant_when_it_goes_a_third_of_its_way(lesson):
    assert [lesson.move(XAC, "axis 1", value) for value in (0.5, 0.6, 0.75)] == [None, None, None]
    assert lesson.move(XAC, "axis 1", 0.85) == "That is the left stick of Xbox Adaptive Controller."
    assert lesson.move(XAC, "axis 1", 0.1) is None
    assert lesson.rows("xbox-adaptive-controller") == [("axis 1", "axis tilt_y")]


def test_pressure_under_a_finger_is_not_what_was_touched(lesson):
    lesson.message(PADS, note(36))
    assert [lesson.message(PADS, (0xD0, 0, value, 0)) for value in (0, 60, 127)] == [None] * 3
    lesson.message(PADS, note(36, 0))
    assert lesson.message(PADS, (0xD0, 0, 0, 0)) is None
    assert lesson.rows("foo-beats") == [("note 36", "touch 0")]


def test_a_pedal_is_a_touch_a_knob_an_axis_and_breath_is_breath(lesson):
    for message in ((0xB0, 0, 64, 127), (0xB0, 0, 64, 0), (0xB0, 0, 64, 127), (0xB0, 0, 64, 0)):
        lesson.message(PADS, message)
    lesson.now_s += 5.0
    for number in (21, 2):
        for value in range(10, 90, 10):
            lesson.message(PADS, (0xB0, 0, number, value))
    assert lesson.rows("foo-beats") == [("cc 64", "touch 0"), ("cc 21", "axis knob"), ("cc 2", "axis breath")]


def test_a_button_that_sends_a_controller_is_a_touch(lesson):
    lesson.message(PADS, (0xB0, 0, 30, 127))
    lesson.message(PADS, (0xB0, 0, 30, 0))
    assert lesson.rows("foo-beats") == [("cc 30", "touch 0")]


def test_numbers_of_osc_are_buttons_or_sensors_with_ends_of_their_own(lesson):
    tablet = ("10.0.0.5", "osc")
    assert lesson.number(tablet, "osc /go", 1.0) == "That is a button of Touch screen."
    assert lesson.number(tablet, "osc /go", 0.0) is None
    lesson.now_s += 5.0
    said = [lesson.number(tablet, "osc /acc 2", value) for value in (0.0, 2.0, 9.0, -9.0)]
    assert said == [None, "That is a fader or sensor of Touch screen.", None, None]
    controller = read_toml(lesson.folder / "touch-screen.toml", Controller)
    assert [(c.when, c.does, c.low, c.high) for c in controller.control] == [
        ("osc /go", "touch 0", 0.0, 1.0), ("osc /acc 2", "axis knob", -9.0, 9.0)]
    assert controller.match == ["10.0.0.5"]


@pytest.mark.parametrize("message", [(0xB0, 0, 123, 0), (0xB0, 0, 101, 0), (0xC0, 0, 5, 0), (0xFF, 0, 0, 0), (0x80, 0, 60, 0)])
def test_what_nobody_touched_is_not_learned(lesson, message):
    assert lesson.message(PADS, message) is None
    assert lesson.learner.files == []


# --- kept -------------------------------------------------------------------------------------------------------------
def test_a_name_is_given_to_what_is_touched_first(tmp_path):
    lesson = Lesson(tmp_path, "Rosa's red buttons!")
    lesson.move(PADS, "cc 1", 0.0)
    assert lesson.press(XAC, "button 4") == "That is the view button of Rosa's red buttons!."
    lesson.press(("Foo Beats", "midi"), "note 36")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foo-beats.toml", "rosa-s-red-buttons.toml"]


def test_a_later_lesson_goes_on_where_the_first_ended(lesson):
    lesson.press(XAC, "button 5")
    again = Lesson(lesson.folder)
    again.press(XAC, "button 5")
    again.press(XAC, "button 6")
    assert again.rows("xbox-adaptive-controller") == [("button 5", "touch 0"), ("button 6", "touch 1")]


def test_a_file_written_by_hand_is_kept_and_its_ranges_count(lesson):
    (lesson.folder / "mine.toml").write_text('schema = 1\nname = "Mine"\nmatch = ["foo beats"]\nkind = "midi"\n[[control]]\n'
                                             'when = "notes 36 to 39"\ndoes = "touch 0 onwards"\n')
    lesson.message(PADS, note(37))
    lesson.message(PADS, note(60))
    assert lesson.rows("mine") == [("notes 36 to 39", "touch 0 onwards"), ("note 60", "touch 4")]


def test_a_wrong_file_is_left_alone_and_told(lesson):
    (lesson.folder / "foo-beats.toml").write_text("schema = ")
    lesson.message(PADS, note(60))
    assert (lesson.folder / "foo-beats.toml").read_text() == "schema = "
    assert lesson.rows("foo-beats-2") == [("note 60", "touch 0")]
    assert lesson.learner.problems[0].startswith("foo-beats.toml")


def test_what_was_learned_plays_in_a_session(lesson):
    lesson.press(XAC, "button 9")
    lesson.let_go(XAC, "button 9")
    lesson.press(XAC, "button 0")
    lesson.let_go(XAC, "button 0")
    lesson.now_s += 5.0
    for value in (0.5, 0.9):
        lesson.move(XAC, "axis 1", value)
    session = Session(own=lesson.folder)
    place = session.places.take(*XAC)
    place.plug()
    place.press("button 0", 0.75)
    place.move("axis 1", 0.0)
    assert session.heard() == [(TOUCH, 0, 0, FIRST_CONTROL + 1, 0.75), (MOVE, 0, TILT_Y, 0.0, 1.0)]
    assert session.field("controllers")[0] == "xbox-adaptive-controller"


# --- the command ------------------------------------------------------------------------------------------------------
class OneTouch:
    """Stands for everything that is plugged in."""

    def __init__(self, places, midi, prefer_jack, osc_port):
        self.midi = self
        self._place = places.take("Foo Beats", "midi")
        self._place.plug()

    def poll(self):
        self._place.message(*note(60))

    def close(self):
        self._place.leave(unplugged=False)


def test_the_command_says_what_was_touched_and_where_it_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    monkeypatch.setattr(all_inputs, "AllInputs", OneTouch)
    result = CliRunner().invoke(app, ["learn", "--seconds", "0.1", "--name", "My box"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[:2] == ["Touch what you want to use.", "That is a key of My box."]
    assert "".join(lines[2:]) == f"Kept in {tmp_path / 'controllers' / 'my-box.toml'}"
    assert read_toml(Path(tmp_path / "controllers" / "my-box.toml"), Controller).match == ["foo beats"]
