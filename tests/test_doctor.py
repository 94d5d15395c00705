"""The doctor: each judge with the facts of machines that are well and of machines that are not."""
import re
from pathlib import Path

import pytest

from imm_audio import doctor

SPEAKERS = {"name": "Speakers", "max_output_channels": 2, "max_input_channels": 0, "default_samplerate": 48000.0}
MICROPHONE = {"name": "USB mic", "max_output_channels": 0, "max_input_channels": 1, "default_samplerate": 48000.0}


def levels(findings):
    return [finding.level for finding in findings]


def bad(findings):
    return [finding for finding in findings if finding.level != "ok"]


# --- sound
def test_a_machine_with_cabled_loudspeakers_and_a_microphone_is_well():
    assert bad(doctor.judge_sound([SPEAKERS, MICROPHONE], SPEAKERS, MICROPHONE)) == []


def test_a_machine_without_devices_hears_that_both_are_missing():
    assert levels(doctor.judge_sound([], None, None)) == ["problem", "warn"]


def test_devices_of_which_none_is_chosen_are_told():
    found = bad(doctor.judge_sound([SPEAKERS, MICROPHONE], None, None))
    assert [("not chosen" in finding.what) for finding in found] == [True, True]


@pytest.mark.parametrize("name", [
    "Rosa's AirPods Pro", "Headset (WH-1000XM4 Hands-Free AG Audio)", "bluez_output.00_11.a2dp-sink",
    "Galaxy Buds2", "Bluetooth speaker", "Bose SoundLink Mini",
])
def test_a_bluetooth_output_is_a_problem(name):
    found = bad(doctor.judge_output({**SPEAKERS, "name": name}))
    assert levels(found) == ["problem"]
    assert name in found[0].what
    assert "cable" in found[0].do


@pytest.mark.parametrize("name", [
    "Scarlett 2i2 USB", "Built-in Output", "HDA Intel PCH: ALC295 Analog", "Focusrite USB ASIO", "pulse", "Blue Yeti",
    "Behringer UMC404HD", "system",
])
def test_a_cabled_output_is_not_taken_for_bluetooth(name):
    assert bad(doctor.judge_output({**SPEAKERS, "name": name})) == []


def test_bluetooth_behind_the_system_mixer_is_found():
    assert levels(bad(doctor.judge_output({**SPEAKERS, "name": "pulse"}, "bluez_output.AA_BB.1"))) == ["problem"]


@pytest.mark.parametrize(("rate_hz", "expected"), [
    (8000, ["problem"]), (16000, ["problem"]), (32000, ["problem"]), (44100, []), (48000, []), (96000, []),
    (50000, ["warn"]), (192000, ["warn"]),
])
def test_the_default_rate_is_judged(rate_hz, expected):
    assert levels(bad(doctor.judge_output({**SPEAKERS, "default_samplerate": float(rate_hz)}))) == expected


@pytest.mark.parametrize("system", ["Linux", "Darwin", "Windows"])
def test_a_sound_library_that_cannot_be_loaded_is_a_problem(system):
    assert levels(doctor.judge_portaudio("not found", system)) == ["problem"]
    assert levels(doctor.judge_portaudio(None, system)) == ["ok"]


def test_macos_tells_of_bluetooth_whatever_the_loudspeaker_is_called():
    profile = """{"SPAudioDataType": [{"_items": [
        {"_name": "MacBook Speakers", "coreaudio_device_transport": "coreaudio_device_type_builtin"},
        {"_name": "Kitchen", "coreaudio_default_audio_output_device": "spaudio_yes",
         "coreaudio_device_transport": "coreaudio_device_type_bluetooth"}]}]}"""
    assert doctor.WIRELESS.search(doctor.output_behind_macos(profile))
    assert doctor.output_behind_macos(profile.replace("bluetooth", "usb")) == ""
    assert doctor.output_behind_macos("{}") == ""


@pytest.mark.parametrize(("system", "printed", "behind"), [
    ("Linux", "bluez_output.12_34\n", "bluez_output.12_34"), ("Darwin", "", ""), ("Windows", "x", "")])
def test_each_system_is_asked_in_its_own_way_where_sound_goes(monkeypatch, system, printed, behind):
    monkeypatch.setattr(doctor, "_printed", lambda *command: printed)
    assert doctor.output_behind(system) == behind


# --- the machine
def test_python_is_judged_by_its_version():
    assert levels(doctor.judge_python((3, 11, 0))) == ["ok"]
    assert levels(doctor.judge_python((3, 10, 14))) == ["problem"]
    assert levels(doctor.judge_python((4, 0, 0))) == ["ok"]


@pytest.mark.parametrize(("limit", "root", "expected"), [
    (0, False, "warn"), (95, False, "ok"), (-1, False, "ok"), (0, True, "ok"),
])
def test_real_time_priority_is_judged(limit, root, expected):
    assert levels(doctor.judge_priority(limit, root, member=False, configured=False)) == [expected]


def test_the_way_to_real_time_priority_asks_only_for_what_is_missing():
    def way(member, configured):
        return doctor.judge_priority(0, False, member, configured)[0].do
    assert "limits.d" in way(False, False)
    assert "usermod" in way(False, False)
    assert "limits.d" not in way(False, True)
    assert way(True, True).startswith("Log out")


@pytest.mark.parametrize(("processors", "expected"), [
    ([], []),
    ([("acpi-cpufreq", "powersave", "")] * 4, ["warn"]),
    ([("acpi-cpufreq", "schedutil", "")] * 4, ["ok"]),
    ([("intel_pstate", "powersave", "balance_performance")] * 8, ["ok"]),
    ([("intel_pstate", "powersave", "power")] * 8, ["warn"]),
    ([("amd-pstate-epp", "powersave", "balance_power")] * 8, ["ok"]),
])
def test_governors_are_judged_as_their_drivers_mean_them(processors, expected):
    assert levels(doctor.judge_governors(processors)) == expected


@pytest.mark.parametrize(("supplies", "expected"), [
    ([], None),
    ([("Mains", "1", "")], None),
    ([("Mains", "0", ""), ("Battery", "", "Discharging")], True),
    ([("Mains", "1", ""), ("Battery", "", "Charging")], False),
    ([("Battery", "", "Full")], False),
    ([("USB", "1", ""), ("Battery", "", "Discharging")], False),
])
def test_batteries_under_linux_are_read(supplies, expected):
    assert doctor.is_on_battery_on_linux(supplies) is expected


def test_what_macos_prints_is_read():
    assert doctor.is_saving_on_macos("Currently in use:\n standby  1\n lowpowermode         1\n")
    assert not doctor.is_saving_on_macos("Currently in use:\n standby  1\n lowpowermode         0\n")
    assert doctor.is_on_battery_on_macos("Now drawing from 'Battery Power'\n -InternalBattery-0 80%") is True
    assert doctor.is_on_battery_on_macos("Now drawing from 'AC Power'\n -InternalBattery-0 80%; charged") is False
    assert doctor.is_on_battery_on_macos("Now drawing from 'AC Power'\n") is None


def test_what_windows_prints_is_read_in_any_language():
    assert doctor.is_saving_on_windows("GUID des Schemas: A1841308-3541-4FAB-BC81-F71556F20B4A  (Energiesparmodus)")
    assert not doctor.is_saving_on_windows("Power Scheme GUID: 381b4222-f694-41f0-9685-ff5bb260df2e  (Balanced)")


def test_battery_is_told_only_where_there_is_one():
    assert doctor.judge_battery(None) == []
    assert levels(doctor.judge_battery(True)) == ["warn"]
    assert levels(doctor.judge_battery(False)) == ["ok"]


@pytest.mark.parametrize(("ports", "expected"), [
    ([], "warn"), (["Midi Through:Midi Through Port-0 14:0"], "warn"), (["Keystation 49:0"], "ok"),
])
def test_midi_ports_are_judged(ports, expected):
    assert levels(doctor.judge_midi(ports)) == [expected]


# --- takes
def test_minutes_left_are_those_of_all_stems():
    # 18 stems x 48000 frames x 3 bytes x 2 channels x 60 s
    assert doctor.minutes_left(18 * 48000 * 3 * 2 * 60 * 10) == pytest.approx(10)


@pytest.mark.parametrize(("minutes", "expected"), [
    (600, "ok"), (90, "ok"), (89, "warn"), (30, "warn"), (29, "problem"), (0, "problem"),
])
def test_the_room_on_the_disk_is_judged_in_minutes(minutes, expected):
    assert levels(doctor.judge_disk(minutes, Path("x"))) == [expected]


def test_a_folder_that_cannot_be_written_is_a_problem():
    assert levels(doctor.judge_folder(Path("x"), "Permission denied")) == ["problem"]
    assert levels(doctor.judge_folder(Path("x"), None)) == ["ok"]


def test_a_folder_that_goes_to_the_internet_is_told():
    assert levels(doctor.judge_folder(Path("C:/Users/Rosa/OneDrive/Documents/imm_audio"), None)) == ["ok", "warn"]


def test_looking_at_the_folder_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "not" / "there"
    assert levels(doctor.examine_folder(folder)) == ["ok"]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_sound_set_is_a_problem():
    assert levels(doctor.judge_sound_set(None)) == ["problem"]
    assert levels(doctor.judge_sound_set(Path("x.sf2"))) == ["ok"]


def test_kernels_that_are_not_compiled_are_told():
    assert levels(doctor.judge_warmth(False)) == ["warn"]
    assert levels(doctor.judge_warmth(True)) == ["ok"]


# --- the whole
def test_a_probe_that_fails_becomes_a_finding():
    def probe():
        raise RuntimeError("broken")
    found = doctor.attempt("the moon", probe)
    assert levels(found) == ["warn"]
    assert "Could not find out about the moon" in found[0].what


def test_this_machine_is_examined_in_plain_sentences(tmp_path):
    found = doctor.examine(tmp_path)
    assert len(found) >= 8
    for finding in found:
        assert finding.level in ("ok", "warn", "problem")
        assert re.search(r"[.)]$", finding.what)
        assert (finding.do == "") == (finding.level == "ok")


def test_mistakes_in_ones_own_files_are_told_beside_where_they_belong():
    whole = doctor.judge_own_files(Path("/home/rosa/own"), [])
    broken = doctor.judge_own_files(Path("/home/rosa/own"), ["harp.toml: touch is missing."])
    assert [finding.level for finding in whole] == ["ok"]
    assert "/home/rosa/own" in whole[0].what.replace("\\", "/")
    assert [finding.level for finding in broken] == ["ok", "warn"]
    assert "harp.toml" in broken[1].what
