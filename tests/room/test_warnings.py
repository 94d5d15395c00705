"""What stands in the way of the music."""
import pytest

from imm_audio import doctor
from imm_audio.block import bytes_of
from imm_audio.doctor import Finding
from imm_audio.room import warnings
from imm_audio.room.warnings import LATE_BLOCKS, LATE_WITHIN_S, WHISTLE_S


def ids(meeting):
    meeting.look()
    return [one["id"] for one in meeting.document["warnings"]]


def probed(meeting):
    """Wait for the thread to look at this computer once more."""
    meeting.room._warnings.close()
    looks = warnings.Warnings(meeting.engine, meeting.session)
    looks.close()
    while not looks.looked.wait(0.01):
        pass
    meeting.room._warnings = looks
    return ids(meeting)


@pytest.fixture(autouse=True)
def healthy(meet, monkeypatch):
    """A computer on which nothing is wrong."""
    monkeypatch.setattr(doctor, "probe_power", lambda: [Finding("ok", "The charger is plugged in.")])
    monkeypatch.setattr(doctor, "probe_disk", lambda folder: [Finding("ok", "There is room for 9 hours of recording.")])
    monkeypatch.setattr(doctor, "output_behind", lambda system: "")


def test_a_healthy_computer_has_nothing_to_say(meeting):
    assert probed(meeting) == []


def test_a_pulled_plug_stands_until_it_is_in_again(meeting):
    meeting.plug(0)
    meeting.unplug(0)
    warning, = meeting.document["warnings"]
    assert (warning["id"], warning["level"], warning["text"]) == ("unplugged-0", "warning", "Keyboard is unplugged.")
    meeting.plug(0)
    assert ids(meeting) == []


def test_a_phone_that_went_is_no_pulled_plug(meeting):
    meeting.do("join", by="desk", page="a" * 16)
    meeting.do("leave", by="desk", page="a" * 16)
    assert ids(meeting) == []


def test_no_sound_device_is_a_problem_unless_it_was_asked_for(meet):
    for wanted, expected in ((None, ["no-sound"]), ("null", [])):
        meeting = meet(audio_device=wanted)
        meeting.engine.header["device"] = bytes_of(warnings.NO_DEVICE, 256)
        assert ids(meeting) == expected


def test_late_blocks_are_told_while_they_come_and_forgotten_after(meeting):
    host = meeting.engine.state["host"]
    host["xruns"] += LATE_BLOCKS - 1
    assert ids(meeting) == []
    host["xruns"] += 1
    assert ids(meeting) == ["struggle"]
    meeting.now_s += LATE_WITHIN_S / 2
    host["xruns"] += LATE_BLOCKS
    assert ids(meeting) == ["struggle"]
    meeting.now_s += LATE_WITHIN_S * 0.75
    assert ids(meeting) == ["struggle"]
    meeting.now_s += LATE_WITHIN_S / 2
    assert ids(meeting) == []


def test_single_late_blocks_far_apart_are_no_struggle(meeting):
    for _ in range(5):
        meeting.engine.state["host"]["xruns"] += 1
        meeting.now_s += LATE_WITHIN_S * 0.6
        assert ids(meeting) == []


def test_a_disk_that_fills_is_told_in_minutes(meeting):
    take = meeting.engine.header["take"]
    take["minutes_left"] = 12.2
    assert ids(meeting) == []    # no take is under way
    take["folder"] = b"x"
    meeting.look()
    assert [(one["level"], one["text"]) for one in meeting.document["warnings"]] == [
        ("warning", "The disk is nearly full: about 12 minutes can be recorded.")]
    take["minutes_left"] = 2.0
    meeting.look()
    assert meeting.document["warnings"][0]["level"] == "problem"


def test_two_desks_are_told(meeting):
    meeting.do("desks", by="desk", count=2)
    assert ids(meeting) == ["desks"]
    meeting.do("desks", by="desk", count=1)
    assert ids(meeting) == []


def test_what_the_doctor_finds_stands_too(meeting, monkeypatch):
    monkeypatch.setattr(doctor, "probe_power", lambda: [
        Finding("warn", "The computer is saving power, so the sound can crackle.", "x"),
        Finding("warn", "The computer runs on its battery, and may slow down.", "Plug in the charger.")])
    monkeypatch.setattr(doctor, "probe_disk", lambda folder: [
        Finding("problem", "There is room for only 9 minutes of recording.", "x")])
    monkeypatch.setattr(doctor, "output_behind", lambda system: "bluez_output.12_34")
    meeting.engine.header["device"] = bytes_of("pulse", 256)
    assert probed(meeting) == ["saving", "battery", "disk", "bluetooth"]


def test_what_can_not_be_found_out_is_no_warning(meeting, monkeypatch):
    monkeypatch.setattr(doctor, "probe_power", lambda: 1 / 0)
    assert probed(meeting) == []


def test_microphones_that_whistle_are_told_once_in_a_while(meeting):
    howl = meeting.engine.state["mixer"]["howl"]

    def told():
        meeting.look()
        return [sentence for sentence in meeting.told() if "whistled" in sentence]

    assert told() == []
    howl["found"] += 1
    assert told() == ["The microphones whistled, so they were held back. Move them away from the loudspeakers."]
    meeting.now_s += WHISTLE_S / 2
    howl["found"] += 3
    assert told() == []
    meeting.now_s += WHISTLE_S
    assert told() == []     # it is over
    howl["found"] += 1
    assert len(told()) == 1


def test_an_engine_that_began_anew_counts_its_whistles_anew(meeting):
    howl = meeting.engine.state["mixer"]["howl"]
    howl["found"] = 5
    meeting.look()
    meeting.now_s += WHISTLE_S
    for found in (0, 1):
        meeting.told()
        howl["found"] = found
        meeting.look()
    assert "whistled" in " ".join(meeting.told())
