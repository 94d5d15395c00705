import pytest

from imm_audio.sound_devices import JACK, WITH_MONITOR, UnknownDevice, choose

APIS = [{"name": "ALSA"}, {"name": JACK}]


def device(index, name, inputs, outputs, rate=48000.0, api=0):
    return {"index": index, "name": name, "max_input_channels": inputs, "max_output_channels": outputs,
            "default_samplerate": rate, "hostapi": api}


LAPTOP = device(0, "HDA Intel PCH: ALC257 Analog", 2, 2, 44100.0)
INTERFACE = device(1, "Scarlett 18i8 USB: Audio", 18, 8)
SERVER = device(2, "system", 8, 8, api=1)


def test_the_system_default_is_taken_when_nobody_says_otherwise():
    found = choose(None, None, None, [LAPTOP, INTERFACE], APIS, 1)
    assert (found.name, found.input, found.input_channels, found.output_channels) == (INTERFACE["name"], 1, 16, 2)


def test_a_running_jack_server_owns_the_hardware():
    assert choose(None, None, None, [LAPTOP, SERVER], APIS, 0).name == "system"


def test_a_laptops_own_microphone_stays_closed_until_somebody_asks():
    assert choose(None, None, None, [LAPTOP], APIS, 0).input is None
    assert choose(None, 1, None, [LAPTOP], APIS, 0).input_channels == 1


def test_part_of_a_name_is_enough_in_any_case():
    assert choose("scarlett", None, None, [LAPTOP, INTERFACE], APIS, 0).output == 1


def test_an_unknown_name_is_answered_with_what_there_is_and_the_nearest():
    with pytest.raises(UnknownDevice, match=r"'Scarlet 18'.*Did you mean 'Scarlett 18i8 USB: Audio'.*HDA Intel.*'null'"):
        choose("Scarlet 18", None, None, [LAPTOP, INTERFACE], APIS, 0)


def test_more_inputs_than_there_are_is_said_in_numbers():
    with pytest.raises(UnknownDevice, match="has 2 inputs, 5 were asked for"):
        choose("HDA", 5, None, [LAPTOP], APIS, 0)


def test_a_computer_without_loudspeakers_says_so():
    with pytest.raises(UnknownDevice, match="no loudspeakers"):
        choose(None, None, None, [device(0, "Microphone", 1, 0)], APIS, -1)


def test_windows_halves_of_one_interface_belong_together():
    speakers = device(0, "Speakers (Scarlett 2i2 USB)", 0, 2)
    webcam = device(1, "Microphone (HD Webcam)", 1, 0)
    microphone = device(2, "Microphone (Scarlett 2i2 USB)", 2, 0)
    assert choose(None, None, None, [speakers, webcam, microphone], APIS, 0).input == 2


@pytest.mark.parametrize(("own", "taken"), [(44100.0, 44100.0), (96000.0, 96000.0), (16000.0, 48000.0), (192000.0, 48000.0)])
def test_the_devices_own_rate_is_taken_when_the_engine_can_run_at_it(own, taken):
    assert choose(None, None, None, [device(0, "Phones", 0, 2, own)], APIS, 0).sample_rate == taken


@pytest.mark.parametrize(("there", "opened"), [(1, 1), (2, 2), (3, 2), (4, 4), (8, 4)])
def test_a_second_pair_of_outputs_is_opened_where_there_is_one(there, opened):
    found = choose(None, None, None, [device(0, "Box", 0, there)], APIS, 0, WITH_MONITOR)
    assert found.output_channels == opened
