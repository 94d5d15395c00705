import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.kernels.music.terms import CHORD_SLOTS, SCALE_SLOTS
from imm_audio.songs.harmony import (
    AT_ONCE,
    MOST_CHORDS,
    NEXT_BAR,
    ROOTS,
    Chord,
    Harmony,
    Slots,
    guess_key,
    harmony_events,
    harmony_from,
    home_chord,
    nearest_chord,
    parse_chord,
    parse_chords,
    parse_tonic,
)
from imm_audio.songs.scales import ChordKind, Mood, find_mood, load_chord_kinds, load_moods
from tests.songs.replay import Replay

SUFFIXES = sorted(load_chord_kinds())
CHORD_NAMES = st.builds("{}{}".format, st.sampled_from(ROOTS), st.sampled_from(SUFFIXES))


def short(text, beats=4.0):
    """Chords as (root, suffix, beats)."""
    return [(chord.root, chord.kind.suffix, chord.beats) for chord in parse_chords(text, beats)]


@given(st.integers(0, 11), st.sampled_from(SUFFIXES))
def test_every_name_of_every_chord_is_understood(root, suffix):
    assert parse_chord(ROOTS[root] + suffix) == (root, load_chord_kinds()[suffix])


@given(st.lists(CHORD_NAMES, min_size=1, max_size=20), st.floats(0.5, 8.0))
def test_a_plain_row_of_chords_gives_each_the_same_time(names, beats):
    assert [(chord.root, chord.kind, chord.beats) for chord in parse_chords(" ".join(names), beats)] == \
        [(*parse_chord(name), beats) for name in names]


@given(st.lists(st.lists(CHORD_NAMES, min_size=1, max_size=4), min_size=1, max_size=8))
def test_bars_are_all_of_the_same_length(bars):
    chords = parse_chords("|" + "|".join(" ".join(bar) for bar in bars) + "|", 4.0)
    ends = [sum(chord.beats for chord in chords[:n]) for n in range(len(chords) + 1)]
    at = 0
    for number, bar in enumerate(bars, 1):
        at += len(bar)
        assert ends[at] == pytest.approx(4.0 * number)


@pytest.mark.parametrize(("text", "chords"), [
    ("C G Am F", [(0, "", 4), (7, "", 4), (9, "m", 4), (5, "", 4)]),
    ("C G | Am F", [(0, "", 2), (7, "", 2), (9, "m", 2), (5, "", 2)]),
    ("C:2 Bb:6", [(0, "", 2), (10, "", 6)]),
    ("| C:3 G |", [(0, "", 3), (7, "", 1)]),
    ("C % G7", [(0, "", 4), (0, "", 4), (7, "7", 4)]),
    ("C G | %", [(0, "", 2), (7, "", 2), (0, "", 2), (7, "", 2)]),
    ("|: C :| G", [(0, "", 4), (0, "", 4), (7, "", 4)]),
    ("C |: G :| F ||", [(0, "", 4), (7, "", 4), (7, "", 4), (5, "", 4)]),
    ("C/E C6/9 F♯m B♭", [(0, "", 4), (0, "6/9", 4), (6, "m", 4), (10, "", 4)]),
])
def test_ways_to_write_chords(text, chords):
    assert short(text) == chords


@pytest.mark.parametrize(("text", "sentence"), [
    ("C H7", '--chords: "H7" is no chord that is known here. Did you mean B7?'),
    ("am", '--chords: "am" is no chord that is known here. Did you mean Am?'),
    ("Cmaj77", '--chords: "Cmaj77" is no chord that is known here. Did you mean Cmaj7?'),
    ("X", '--chords: "X" is no chord that is known here. Chords look like C, Am, G7 or F#dim.'),
    ("C:9999", '--chords: "C:9999": behind : stands how many beats it lasts, up to 64.'),
    ("C:nan", '--chords: "C:nan": behind : stands how many beats it lasts, up to 64.'),
    ("C:4 G |", '--chords: in the bar "C:4 G" nothing is left of its 4 beats for all chords.'),
    ("%", "--chords: % repeats what stands before it, and nothing does."),
    (" | ", '--chords: there is no chord. Write them like this: --chords "C G Am F"'),
    ("C " * 300, "--chords: at most 256 chords are possible."),
])
def test_what_is_wrong_with_chords_is_one_sentence(text, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        parse_chords(text, 4.0)


@given(st.text("CGAm7#b|:%d/ 2", max_size=30))
def test_any_text_is_chords_or_one_sentence(text):
    said = ""
    try:
        chords = parse_chords(text, 4.0)
    except ValueError as error:
        said = str(error)
    if said:
        assert said.startswith("--chords: ")
        assert "\n" not in said
    else:
        assert 0 < len(chords) <= MOST_CHORDS
        assert all(0 <= chord.root < 12 and chord.beats > 0 for chord in chords)


def test_notes_to_begin_on():
    assert [parse_tonic(name) for name in ("C", "d", "Bb", "b", "F#", "E♭", "Cb")] == [0, 2, 10, 11, 6, 3, 11]
    with pytest.raises(ValueError, match='"H" is no note to begin on; possible are C, Db'):
        parse_tonic("H")


def test_chords_of_other_peoples_files_are_read_as_far_as_they_are_known():
    kinds = load_chord_kinds()
    assert nearest_chord("C7alt") == (0, kinds["7"])
    assert nearest_chord("Gm/B") == (7, kinds["m"])
    assert nearest_chord("N.C.") is None
    assert nearest_chord("Allegro") == (9, kinds[""])


@pytest.mark.parametrize(("text", "tonic", "minor"), [
    ("C G Am F", 0, False), ("Am F C G", 9, True), ("Dm G C", 0, False), ("G D Em C", 7, False), ("Am Dm E7 Am", 9, True),
    ("Em", 4, True),
])
def test_the_key_of_chords_is_guessed(text, tonic, minor):
    assert guess_key(parse_chords(text, 4.0)) == (tonic, minor)


def test_without_a_word_it_is_pentatonic_in_c():
    harmony = harmony_from([], None, None)
    assert (harmony.tonic, harmony.mood.name, harmony.chords) == (0, "pentatonic", ())


@pytest.mark.parametrize("mood", load_moods()[0].values(), ids=lambda mood: mood.name)
def test_the_chord_of_a_mood_is_made_of_its_notes(mood):
    tones = home_chord(mood).tones_semitones
    assert tones[0] == 0.0
    assert set(tones) <= set(mood.degrees_semitones)
    assert len(tones) == 3


def test_the_chord_of_familiar_moods_is_the_familiar_one():
    found = {name: home_chord(find_mood(name)).tones_semitones for name in ("major", "minor", "blues", "rast", "chromatic")}
    assert found == {"major": (0, 4, 7), "minor": (0, 3, 7), "blues": (0, 3, 7), "rast": (0, 3.5, 7), "chromatic": (0, 4, 7)}
    assert home_chord(Mood("one", "One note.", (0.0,))).tones_semitones == (0.0,)


@given(st.lists(CHORD_NAMES, max_size=30), st.sampled_from(sorted(load_moods()[0])), st.integers(0, 11))
def test_events_replayed_give_the_harmony_back(names, mood, tonic):
    chords = parse_chords(" ".join(names), 3.0) if names else []
    harmony = harmony_from(chords, mood, tonic, 3.0)
    heard = Replay().feed(harmony_events(harmony, NEXT_BAR))
    scale = (harmony.mood.period_semitones, list(harmony.mood.degrees_semitones))
    assert heard.playing == [(tonic, scale, chord.root, chord.kind.tones_semitones, chord.beats)
                             for chord in harmony.progression]
    assert (heard.meter_beats, heard.when) == (3.0, NEXT_BAR)
    assert len(heard.chords) == len({chord.kind for chord in harmony.progression})


def many(first, count):
    return tuple(Chord(0, ChordKind(str(n), (0.0, 1.0 + n % 7, 8.0 + n / 100)), 1.0) for n in range(first, first + count))


def test_tables_that_sound_are_not_written_over_by_the_next_harmony():
    slots, moods = Slots(), list(load_moods()[0].values())
    events = harmony_events(Harmony(0, moods[0], many(0, 10)), AT_ONCE, slots)
    before = Replay().feed(events)
    after = Replay().feed(events).feed(harmony_events(Harmony(0, moods[1], many(10, 10)), AT_ONCE, slots))
    assert {slot: after.chords[slot] for slot in before.chords} == before.chords
    assert {slot: after.scales[slot] for slot in before.scales} == before.scales


def test_the_same_harmony_again_needs_no_tables():
    slots, harmony = Slots(), harmony_from(parse_chords("C Am", 4.0), None, None)
    first, again = harmony_events(harmony, AT_ONCE, slots), harmony_events(harmony, AT_ONCE, slots)
    assert len(again) < len(first)
    assert Replay().feed(first).playing == Replay().feed(first).feed(again).playing


def test_slots_never_run_out():
    slots, heard, moods = Slots(), Replay(), list(load_moods()[0].values())
    for n in range(40):
        harmony = Harmony(n % 12, moods[n % len(moods)], many(7 * n, 12))
        heard.feed(harmony_events(harmony, AT_ONCE, slots))
        assert [(tonic, root, tones) for tonic, _, root, tones, _ in heard.playing] == \
            [(n % 12, chord.root, chord.kind.tones_semitones) for chord in harmony.chords]
        assert heard.playing[0][1][1] == list(harmony.mood.degrees_semitones)
    assert set(heard.chords) == set(range(CHORD_SLOTS))
    assert set(heard.scales) == set(range(SCALE_SLOTS))
