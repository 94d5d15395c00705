"""Auditions: everything can be heard, by its name, and is kept as a file."""
import numpy as np
import pytest
import soundfile

from imm_audio.catalog.voices import VOICES
from imm_audio.hear import Booth, auditions, find, hear_all, home_of
from imm_audio.kernels.effects.rooms import ROOM_NAMES
from imm_audio.tunings.shelf import tunings_now


@pytest.fixture(scope="module")
def booth():
    return Booth()


def test_there_is_an_audition_of_every_sound_tuning_and_room():
    there = auditions()
    assert {name for name, audition in there.items() if audition.kind == "sound"} == set(VOICES)
    assert {name for name, audition in there.items() if audition.kind == "tuning"} == set(tunings_now()[0])
    assert {name for name, audition in there.items() if audition.kind == "room"} == set(ROOM_NAMES)
    assert len({audition.file_name for audition in there.values()}) == len(there)


def test_names_are_found_whatever_their_case_and_none_means_all():
    assert [audition.name for audition in find(["HARP", "slendro", "Lounge"])] == ["harp", "slendro", "lounge"]
    assert len(find([])) == len(auditions())


def test_a_wrong_name_is_told_with_what_was_meant():
    with pytest.raises(ValueError, match=r"There is no sound, tuning or room called 'marimbo'.*marimba"):
        find(["marimbo"])


@pytest.mark.parametrize("name", ["harp", "steel pan", "organ", "recorder", "piano", "drum kit", "slendro", "cathedral"])
def test_an_audition_can_be_heard_is_not_too_loud_and_ends(booth, name):
    audition = find([name])[0]
    sound = np.concatenate(list(booth.play(audition)))
    assert len(sound) == int(audition.seconds * booth.rate_hz)
    assert 0.02 < np.abs(sound).max() <= 10 ** (-1 / 20)
    assert np.abs(sound[-2400:]).max() < 0.2 * np.abs(sound).max()


def test_auditions_do_not_colour_each_other(booth):
    alone = np.concatenate(list(Booth().play(find(["harp"])[0])))
    list(booth.play(find(["cathedral"])[0]))
    list(booth.play(find(["slendro"])[0]))
    np.testing.assert_array_equal(np.concatenate(list(booth.play(find(["harp"])[0]))), alone)


def test_each_is_kept_as_a_file_of_its_own(tmp_path):
    said = []
    hear_all(find(["marimba", "none"]), tmp_path / "sounds", None, None, said.append)
    assert sorted(path.name for path in (tmp_path / "sounds").iterdir()) == ["room - none.wav", "sound - marimba.wav"]
    assert soundfile.info(tmp_path / "sounds" / "sound - marimba.wav").samplerate == 48000
    assert len(said) == 2


def test_a_missing_set_of_recordings_is_told_and_something_plays(tmp_path):
    booth = Booth(sounds=tmp_path / "gone.sf2")
    assert len(booth.remarks) == 1
    assert "gone.sf2" in booth.remarks[0]
    sound = np.concatenate(list(booth.play(find(["piano"])[0])))
    assert np.abs(sound).max() > 0.02


def test_low_sounds_are_auditioned_low():
    assert home_of("double bass") == home_of("recorded acoustic bass") == 36
    assert home_of("recorded glockenspiel") == 84
    assert home_of("piano") == 60
