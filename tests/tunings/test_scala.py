"""Scala's files: what they say, which pitches follow, and what becomes of broken ones."""
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imm_audio.catalog.reading import BadFile
from imm_audio.tunings.scala import MIDDLE_HZ, Mapping, Scale, read_mapping, read_scale, table

TABLE_CENTS = 1e-6   # of the table itself; 0.1 are allowed


@pytest.fixture
def scale(tmp_path):
    def write(text, name="some.scl"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_scale(path)
    return write


@pytest.fixture
def mapping(tmp_path):
    def write(text, name="some.kbm"):
        (tmp_path / name).write_text(text)
        return read_mapping(tmp_path / name)
    return write


def attempt(do):
    """What it gives, and what is wrong instead."""
    try:
        return do(), None
    except ValueError as error:
        return None, str(error)


def hz(pitches):
    return 440.0 * 2.0 ** ((pitches - 69.0) / 12.0)


def assert_sounds(pitch, frequency):
    assert 1200.0 * math.log2(hz(pitch) / frequency) == pytest.approx(0.0, abs=TABLE_CENTS)


# --- the format ---------------------------------------------------------------------------------------------------------
def test_cents_have_a_point_ratios_have_none_and_comments_are_left_out(scale):
    found = scale("! some.scl\n!\nA few notes\n 5  notes\n!\n 100.\n 9/8 whole tone\n5\n! no note\n\t-5.0 ! below\n 2/1")
    assert found.name == "A few notes"
    assert found.cents == pytest.approx((100.0, 203.910002, 2786.313714, -5.0, 1200.0), abs=1e-6)


def test_line_ends_of_every_system_a_mark_of_utf_8_and_old_letters_are_read(scale):
    for text in (b"\xef\xbb\xbfGamme\r\n1\r\n2/1\r\n", b"Gamme\r1\r2/1\r", b"Gamme \xe9gale\n1\n2/1", b"\n1\n2/1\n\n\n"):
        assert scale(text).cents == pytest.approx((1200.0,))
    assert scale(b"\n1\n2/1\n\n\n").name == "some"


def test_degrees_go_on_beyond_the_period_in_both_directions(scale):
    found = scale("thirds\n2\n5/4\n3/2")
    assert [found.cents_of(degree) for degree in (-2, -1, 0, 1, 2, 3)] == pytest.approx(
        [-701.955001, -315.641287, 0.0, 386.313714, 701.955001, 1088.268715], abs=1e-6)


def test_comments_can_say_how_a_scale_is_used(scale):
    found = scale("! say: Five notes: good ones.\n! Keys : five.kbm\n! home: key of the song\nfive\n1\n2/1")
    assert found.words == {"say": "Five notes: good ones.", "keys": "five.kbm", "home": "key of the song"}


def test_a_mapping_says_where_notes_lie(mapping):
    found = mapping("! white\n3\n10\n120\n60\n69\n440.0\n4\n0\nx\n 1 first\n")
    assert found == Mapping((0, None, 1), 10, 120, 60, 69, 440.0, 4)
    assert mapping("0\n0\n127\n60\n69\n4.4e2\n0").degrees == ()


# --- pitches ------------------------------------------------------------------------------------------------------------
def test_a_scale_without_a_mapping_begins_on_middle_c(scale):
    ratios = [Fraction(9, 8), Fraction(5, 4), Fraction(3, 2), Fraction(2)]
    pitches = table(scale("four\n4\n9/8\n5/4\n3/2\n2/1"))
    assert pitches.shape == (128,)
    assert pitches.dtype == np.float64
    frequency = MIDDLE_HZ
    for key in range(60, 80):   # step by step, not by the formula
        assert_sounds(pitches[key], frequency)
        below = ([Fraction(1), *ratios])[(key - 60) % 4]
        frequency *= float(ratios[(key - 60) % 4] / below)


def test_eight_pure_fifths_and_a_wide_period_come_out_as_by_hand(scale):
    bohlen_pierce = "BP\n13\n27/25\n25/21\n9/7\n7/5\n75/49\n5/3\n9/5\n49/25\n15/7\n7/3\n63/25\n25/9\n3/1"
    pitches = table(scale(bohlen_pierce))
    for key, ratio in ((60, 1.0), (66, 5 / 3), (73, 3.0), (79, 5.0), (47, 1 / 3), (86, 9.0)):
        assert_sounds(pitches[key], MIDDLE_HZ * ratio)


def test_the_frequency_of_the_mapping_counts_and_another_a_moves_everything_along(scale, mapping):
    just = scale("just\n12\n16/15\n9/8\n6/5\n5/4\n4/3\n45/32\n3/2\n8/5\n5/3\n9/5\n15/8\n2/1")
    keys = mapping("12\n0\n127\n60\n69\n430.5\n12\n" + "\n".join(map(str, range(12))))
    pitches = table(just, keys)
    assert_sounds(pitches[69], 430.5)
    assert_sounds(pitches[60], 430.5 * 3 / 5)
    assert_sounds(pitches[52], 430.5 * 3 / 8)
    assert table(just, keys, 415.0) - pitches == pytest.approx(np.full(128, 12 * math.log2(415 / 440)), abs=1e-9)


def test_keys_with_nothing_on_them_sound_the_next_note_below(scale, mapping):
    five = scale("five\n5\n9/8\n5/4\n3/2\n5/3\n2/1")
    keys = mapping("12\n36\n84\n60\n60\n261.6255653\n5\n0\nx\n1\nx\n2\nx\nx\n3\nx\n4\nx\nx")
    pitches = table(five, keys)
    assert pitches[[61, 65, 66, 70, 71]].tolist() == pitches[[60, 64, 64, 69, 69]].tolist()
    assert_sounds(pitches[67], 261.6255653 * 3 / 2)
    assert_sounds(pitches[72], 261.6255653 * 2)
    assert set(pitches[:36]) == {pitches[36]}
    assert set(pitches[85:]) == {pitches[84]}


def test_the_octave_of_the_pattern_may_be_another_than_the_scales_and_notes_may_lie_beyond_it(scale, mapping):
    found = table(scale("three\n3\n100.0\n200.0\n300.0"), mapping("2\n0\n127\n60\n60\n261.6255653006\n7\n0\n-4"))
    assert found[[60, 61, 62, 63, 58]] == pytest.approx([60.0, 56.0, 67.0, 63.0, 53.0], abs=1e-9)


@pytest.mark.parametrize("home", range(12))
def test_the_first_note_moves_to_the_key_of_the_song_and_a_tuned_a_stays(scale, mapping, home):
    just = scale("just\n12\n16/15\n9/8\n6/5\n5/4\n4/3\n45/32\n3/2\n8/5\n5/3\n9/5\n15/8\n2/1")
    twelve = mapping("12\n0\n127\n60\n69\n440.0\n12\n" + "\n".join(map(str, range(12))))
    pitches = table(just, twelve, 442.0, home)
    assert_sounds(pitches[69], 442.0)
    assert_sounds(pitches[home + 67], hz(pitches[home + 60]) * 3 / 2)
    assert_sounds(pitches[home + 64], hz(pitches[home + 60]) * 5 / 4)
    free = table(scale("five\n5\n9/8\n5/4\n3/2\n5/3\n2/1"), Mapping((0, None, 1, None, 2, None, None, 3, None, 4, None, None)),
                 home=home)
    assert free[home + 60] == pytest.approx(home + 60.0, abs=1e-9)


SCALES = st.lists(st.floats(-24000.0, 24000.0), min_size=1, max_size=40).map(lambda cents: Scale("any", tuple(cents)))
KEY = st.integers(0, 127)
PATTERNS = st.lists(st.one_of(st.none(), st.integers(-1000, 1000)), max_size=24).map(tuple)
MAPPINGS = st.builds(Mapping, PATTERNS, KEY, KEY, KEY, KEY, st.floats(1.0, 20000.0), st.integers(0, 1000))


@settings(max_examples=100, deadline=None)
@given(SCALES, MAPPINGS, st.floats(390.0, 470.0), st.integers(0, 11))
def test_any_scale_gives_pitches_the_engine_takes_or_says_why_not(scale, mapping, a4_hz, home):
    found, sentence = attempt(lambda: table(scale, mapping, a4_hz, home))
    assert sentence is None or "no note of the scale lies" in sentence
    assert found is None or (found.shape == (128,) and ((found >= -60.0) & (found <= 188.0)).all())


@given(st.floats(390.0, 470.0))
def test_equal_steps_have_any_a(a4_hz):
    found = table(Scale("equal", tuple(100.0 * step for step in range(1, 13))), a4_hz=a4_hz)
    assert hz(found[69]) == pytest.approx(a4_hz, rel=1e-12)
    assert np.diff(found) == pytest.approx(np.ones(127), abs=1e-10)


# --- broken files -------------------------------------------------------------------------------------------------------
LEAST = "0\n0\n127\n60\n69\n440.0\n"


@pytest.mark.parametrize(("text", "sentence"), [
    ("", "line 1: the file ends here; a description of the scale should follow."),
    ("! only\n! comments\n", "line 2: the file ends here; a description of the scale should follow."),
    ("x\n", "line 1: the file ends here; the number of notes should follow."),
    ("x\ntwelve\n", "line 2: 'twelve' should be the number of notes; 1 to 1000 are possible."),
    ("x\n0\n", "line 2: '0' should be the number of notes; 1 to 1000 are possible."),
    ("x\n1001\n", "line 2: '1001' should be the number of notes; 1 to 1000 are possible."),
    ("x\n99999999999999999999\n", "line 2: '99999999999999999999' should be the number of notes; 1 to 1000 are possible."),
    ("x\n3\n100.0\n! half\n200.0", "line 5: the file ends here; note 3 of 3 should follow."),
    ("x\n2\n!\n100.0\n2/0\n", "line 5: '2/0' is no ratio; whole numbers from 1 on are possible, like 3/2."),
    ("x\n1\n-3/2\n", "line 3: '-3/2' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    ("x\n1\n1,5\n", "line 3: '1,5' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    ("x\n1\n1.2.3\n", "line 3: '1.2.3' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    ("x\n1\n5/4/3\n", "line 3: '5/4/3' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    ("x\n1\nnan\n", "line 3: 'nan' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    ("x\n1\n.\n", "line 3: '.' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    ("x\n1\n24000.1\n", "line 3: 24000.1 cents; -24000 to 24000 are possible."),
    (f"x\n1\n{10 ** 30}/1\n", f"line 3: the ratio {10 ** 30}/1 is too wide; twenty octaves are possible."),
    ("x\n1\n" + "9" * 5000 + "\n",
     "line 3: '" + "9" * 39 + "…' is no pitch; cents with a point (701.955) and ratios (3/2) are possible."),
    (b"x\n1\n2/1\0", "line 3 is no text, so it is no tuning."),
    ("x" * 1_000_001, "it is larger than 1 MB, so it is no tuning."),
])
def test_a_broken_scale_is_one_sentence_with_the_line_and_what_is_possible(scale, text, sentence):
    with pytest.raises(BadFile) as caught:
        scale(text, "slendro.scl")
    assert str(caught.value) == f"slendro.scl: {sentence}"


@pytest.mark.parametrize(("text", "sentence"), [
    ("", "line 1: the file ends here; the size of the pattern should follow."),
    ("-1\n", "line 1: '-1' should be the size of the pattern; 0 to 1000 are possible."),
    ("0\n0\n128\n", "line 3: '128' should be the last key; 0 to 127 are possible."),
    ("0\n0\n127\n60\n69\ninf\n", "line 6: 'inf' should be its frequency [Hz]; 1 to 20000 are possible."),
    ("0\n0\n127\n60\n69\n0.0\n", "line 6: '0.0' should be its frequency [Hz]; 1 to 20000 are possible."),
    (LEAST, "line 6: the file ends here; the degree by which the pattern repeats should follow."),
    ("0\n9\n8\n60\n69\n440.0\n0", "line 7: the first key is 9, the last 8; the first can't be above the last."),
    ("2" + LEAST[1:] + "0\n0", "line 8: the file ends here; a note of the pattern should follow."),
    ("2" + LEAST[1:] + "0\n0\ny", "line 9: 'y' is no note of a scale; -1000 to 1000, or x for none, are possible."),
    ("2" + LEAST[1:] + "0\n0\n1001", "line 9: '1001' is no note of a scale; -1000 to 1000, or x for none, are possible."),
    ("2" + LEAST[1:] + "0\nx\nx", "line 9: no note of the scale lies on any key."),
    ("2" + LEAST[1:] + "0\n0\nx", "line 9: key 69 has a frequency, but no note of the scale lies there."),
])
def test_a_broken_mapping_is_one_sentence_with_the_line_and_what_is_possible(mapping, text, sentence):
    with pytest.raises(BadFile) as caught:
        mapping(text, "white.kbm")
    assert str(caught.value) == f"white.kbm: {sentence}"


def test_a_file_that_is_not_there_or_a_folder_is_told(tmp_path):
    assert attempt(lambda: read_scale(tmp_path / "no.scl"))[1] == "no.scl: there is no such file."
    assert attempt(lambda: read_scale(tmp_path))[1] == f"{tmp_path.name}: that is a folder."


_ATOMS = st.sampled_from(["!", "\n", "\r", " ", "0", "1", "12", "3/2", "2/0", "701.955", "-5.", "x", "127", "60", "440.0", "/",
                          ".", "9" * 30, "\0", "é", "\t", "1e5", "keys: ../x.kbm"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.lists(_ATOMS, max_size=60).map(lambda atoms: "".join(atoms).encode())))
def test_any_bytes_are_a_tuning_or_one_sentence(tmp_path, content):
    path = tmp_path / "any.scl"
    path.write_bytes(content)
    for read in (read_scale, read_mapping):
        found, sentence = attempt(lambda read=read: read(path))
        assert isinstance(found, Scale | Mapping) or (sentence.startswith("any.scl: ") and "\n" not in sentence)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_good_file_that_was_cut_or_scratched_is_read_or_one_sentence(tmp_path, data):
    good = b"! a.scl\nFive\n 5\n 9/8\n 386.3\n 3/2\n 5/3\n 2/1\n"
    at = data.draw(st.integers(0, len(good) - 1))
    scratched = data.draw(st.sampled_from([good[:at], good[:at] + bytes([data.draw(st.integers(0, 255))]) + good[at + 1:]]))
    path = tmp_path / "any.scl"
    path.write_bytes(scratched)
    found, sentence = attempt(lambda: table(read_scale(path)))
    assert np.isfinite(found).all() if sentence is None else "\n" not in sentence
