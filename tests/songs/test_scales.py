import itertools

import pytest

from imm_audio.catalog.reading import BadFile
from imm_audio.kernels.music.terms import CHORD_SLOTS, DEGREES, TONES
from imm_audio.songs import scales
from imm_audio.songs.scales import find_mood, load_chord_kinds, load_moods, read_moods

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
