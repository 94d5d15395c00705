import io
import json
import os
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from imm_audio import cli_options, runs
from imm_audio.cli import app
from imm_audio.desk.address import LOOPBACK, listen
from imm_audio.settings import Session

run = CliRunner().invoke


def test_what_is_out_of_range_is_one_sentence_and_no_traceback():
    result = run(app, ["live", "--block", "8"])
    assert result.exit_code == 1
    assert result.stderr.strip() == "--block: 8 frames, 16 to 512 are possible."


def test_a_file_that_is_not_midi_is_named(tmp_path):
    wrong = tmp_path / "letter.mid"
    wrong.write_text("Dear Rosa")
    result = run(app, ["render", str(wrong), str(tmp_path / "out.wav")])
    assert result.exit_code == 1
    assert "letter.mid" in result.stderr
    assert not (tmp_path / "out.wav").exists()


def test_an_empty_session_has_no_takes_and_nothing_to_repair(tmp_path):
    assert "No takes" in run(app, ["takes", "list", "--session", str(tmp_path)]).stdout
    assert "Every take is whole." in run(app, ["takes", "recover", "--session", str(tmp_path)]).stdout


def test_the_doctor_speaks_even_where_nothing_is_well(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    result = run(app, ["doctor", "--session", str(blocked)])
    assert result.exit_code == 1
    assert "PROBLEM" in result.stdout


def test_a_session_on_the_null_device_plays_records_counts_and_leaves_nothing(tmp_path):
    stats = tmp_path / "stats.json"
    result = run(app, ["live", "--audio-device", "null", "--session", str(tmp_path), "--seconds", "1", "--take", "Hello",
                       "--stats", str(stats), "--midi", "no such port", "--no-desk"])
    assert result.exit_code == 0, result.output
    counted = json.loads(stats.read_text())
    assert counted["frames"] >= 48000
    assert counted["blocks"] * 128 == counted["frames"]
    assert set(counted) >= {"seconds", "delivered_ratio", "xruns", "callback_us", "block_us", "events", "faults", "peak_dbfs"}
    take = json.loads((tmp_path / "takes" / "Hello" / "take.json").read_text())
    assert take["closed"]
    assert str(tmp_path) not in [folder for _, folder in runs.running()]


def test_a_session_shorter_than_the_start_of_the_recorder_has_its_take_all_the_same(tmp_path):
    result = run(app, ["live", "--audio-device", "null", "--session", str(tmp_path), "--seconds", "0.05", "--take", "Hello",
                       "--no-desk"])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "takes" / "Hello" / "take.json").read_text())["closed"]


def test_microphones_are_not_recorded_where_nobody_can_be_asked(tmp_path):
    result = run(app, ["live", "--audio-device", "null", "--session", str(tmp_path), "--record-microphones", "--no-desk"])
    assert result.exit_code == 1
    assert result.stderr.strip() == ("Microphones are recorded only when everybody present agrees, and a parent for everyone "
                                     "under 16. If they do, add --everyone-agrees.")
    assert list(tmp_path.iterdir()) == []


def test_a_take_says_that_everybody_agreed(tmp_path):
    result = run(app, ["live", "--audio-device", "null", "--session", str(tmp_path), "--seconds", "0.3", "--take", "Hello",
                       "--inputs", "1", "--record-microphones", "--everyone-agrees", "--no-desk"])
    assert result.exit_code == 0, result.output
    take = json.loads((tmp_path / "takes" / "Hello" / "take.json").read_text())
    assert take["keep_microphones"]
    assert take["consent"]["parents"]
    assert take["kept_s"] == [[0.0, None]]


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("\n", False), ("n\n", False)])
def test_in_a_terminal_everybody_is_asked_once(monkeypatch, answer, agreed):
    class Keyboard(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Keyboard(answer))
    monkeypatch.setattr(cli_options, "console", Console(force_terminal=True))
    wish = Session(record_microphones=True)
    answered = cli_options.ask_everybody(wish)
    assert (answered.record_microphones, answered.everyone_agrees) == (agreed, agreed)
    assert cli_options.ask_everybody(answered) == answered  # the keyboard has no second answer


def test_without_a_terminal_the_desk_asks():
    wish = Session(record_microphones=True)
    assert cli_options.ask_everybody(wish) == wish


def test_a_port_that_is_taken_is_one_sentence(tmp_path):
    with listen(LOOPBACK, 0) as other:
        port = other.getsockname()[1]
        result = run(app, ["live", "--audio-device", "null", "--session", str(tmp_path), "--port", str(port)])
    assert result.exit_code == 1
    assert result.stdout.strip() == f"Another program uses port {port}. Choose another with --port, or leave it out."


@pytest.fixture
def own_state(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_folder", lambda: tmp_path / "running")


def test_a_session_that_ended_by_force_is_forgotten(own_state):
    runs.enter("imm_gone", [2**30], "/somewhere")
    runs.enter("imm_here", [os.getpid()], "/here")
    assert list(runs.running()) == [("imm_here", "/here")]
