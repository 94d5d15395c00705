import itertools

import pytest

from imm_audio.catalog.reading import BadFile
from imm_audio.kernels.music.terms import CHORD_SLOTS, DEGREES, TONES
from imm_audio.songs import scales
from imm_audio.songs.scales import find_mood, load_chord_kinds, load_moods, on_keys, read_moods
from imm_audio.tunings.shelf import find_tuning

MOODS, _ = load_moods()


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    (tmp_path / "instruments").mkdir()
    load_moods.cache_clear()
    yield tmp_path / "instruments" / "scales.toml"
    load_moods.cache_clear()


@pytest.mark.parametrize("mood", MOODS.values(), ids=lambda mood: mood.name)
def test_degrees_go_up_from_the_tonic_inside_the_period(mood):
    degrees = [*mood.degrees_semitones, mood.period_semitones]
    assert degrees[0] == 0.0
    assert all(low < high for low, high in itertools.pairwise(degrees))
    assert len(mood.degrees_semitones) <= DEGREES
    assert mood.source


def test_what_people_ask_for_is_there():
    assert MOODS.keys() >= {
        "major", "minor", "dorian", "pentatonic", "minor-pentatonic", "blues", "lydian", "rast", "bayati", "hijaz",
        "bhupali", "yaman", "bhairav", "slendro", "pelog", "whole-tone"}
    assert MOODS["rast"].degrees_semitones[2] == 3.5
    assert MOODS["slendro"].period_semitones == 12.08


def test_no_name_means_two_moods():
    names = [name for mood in MOODS.values() for name in (mood.name, *mood.also)]
    assert len(names) == len(set(names))


def test_a_mood_is_found_by_any_of_its_names():
    assert find_mood("dreamy").name == "lydian"
    assert find_mood("Minor Pentatonic").name == "minor-pentatonic"


def test_an_unknown_mood_is_told_with_the_nearest():
    with pytest.raises(ValueError, match=r'^--mood: there is no mood "pentatonik"\. Did you mean pentatonic\? Possible are'):
        find_mood("pentatonik")


def test_chords_start_at_their_root_and_fit_the_tables_of_the_engine():
    kinds = set(load_chord_kinds().values())
    assert len(kinds) < CHORD_SLOTS  # one is left for the chord of a mood
    for kind in kinds:
        assert kind.tones_semitones[0] == 0
        assert list(kind.tones_semitones) == sorted(set(kind.tones_semitones))
        assert len(kind.tones_semitones) <= TONES


def test_no_suffix_means_two_kinds_of_chords():
    entries = scales.read_toml(scales.shipped("chords.toml"), scales.ChordFile).chords.values()
    suffixes = [suffix for entry in entries for suffix in entry.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert {"", "m", "7", "maj7", "m7", "dim", "aug", "sus4", "sus2", "6", "m6", "9", "add9", "5"} <= set(suffixes)


@pytest.mark.parametrize(("degrees", "period"), [("[0, 300, 200]", 1200), ("[100, 200]", 1200), ("[0, 1200]", 1200)])
def test_degrees_out_of_order_are_told_with_the_file(tmp_path, degrees, period):
    path = tmp_path / "mine.toml"
    path.write_text(f'schema = 1\n[moods.odd]\nsay = "Odd."\ndegrees_cents = {degrees}\nperiod_cents = {period}\n')
    with pytest.raises(BadFile, match=r"^mine\.toml: moods\.odd: degrees_cents must begin with 0, go up, and stay below"):
        read_moods(path)


def test_people_add_moods_of_their_own(own):
    own.write_text('schema = 1\n[moods.ours]\nsay = "Ours."\ndegrees_cents = [0, 350]\n')
    assert find_mood("ours").degrees_semitones == (0.0, 3.5)
    assert find_mood("major").degrees_semitones[2] == 4.0


def test_a_broken_file_of_ones_own_is_told_and_the_others_stay(own):
    own.write_text('schema = 1\n[moods.ours]\nsay = 3\n')
    moods, problems = load_moods()
    assert "pentatonic" in moods
    assert problems
    assert all(sentence.startswith("scales.toml: ") for sentence in problems)


@pytest.mark.parametrize(("mood", "tuning", "keys"), [
    ("rast", "rast", (0, 2, 4, 5, 7, 9, 11, 12)),
    ("bayati", "bayati", (0, 2, 3, 5, 7, 8, 10, 12)),
    ("slendro", "slendro", (0, 2, 4, 7, 9, 12)),
    ("pelog", "pelog", (0, 2, 4, 5, 7, 9, 11, 12)),
    ("rast", "quarter-tones", (0, 4, 7, 10, 14, 18, 21, 24)),
])
@pytest.mark.parametrize("tonic", [0, 2, 11])
def test_a_mood_lies_on_the_keys_of_a_tuning_that_has_its_notes_and_sounds_as_it_should(mood, tuning, keys, tonic):
    pitches = find_tuning(tuning).table(home=tonic)
    found = on_keys(MOODS[mood], pitches, tonic)
    assert (*found.degrees_semitones, found.period_semitones) == keys
    sounds = [pitches[60 + tonic + key] - pitches[60 + tonic] for key in keys]
    assert sounds == pytest.approx([*MOODS[mood].degrees_semitones, MOODS[mood].period_semitones], abs=1e-6)


@pytest.mark.parametrize(("mood", "tuning"), [
    ("rast", "vallotti"), ("rast", "bayati"), ("major", "meantone"), ("yaman", "rast"), ("slendro", "equal"), ("rast", "equal"),
])
def test_notes_that_a_tuning_does_not_have_stay_between_its_keys(mood, tuning):
    assert on_keys(MOODS[mood], find_tuning(tuning).table(), 0) == MOODS[mood]
