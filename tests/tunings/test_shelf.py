"""Tunings that came with the program, one's own, and what of them is said to the engine."""
import numpy as np
import pytest
from typer.testing import CliRunner

from imm_audio.catalog.reading import BadFile
from imm_audio.cli import app
from imm_audio.kernels.engine.events import TUNING
from imm_audio.kernels.music.tuning import TUNING_CLEAR, TUNING_GO, TUNING_KEY
from imm_audio.settings import Session
from imm_audio.tunings.shelf import find_tuning, tunings_now
from imm_audio.tunings.told import events_of_session, tuning_events

#: Cents above the first note as others print them, to 0.01; keys on which nothing lies are left out.
PRINTED = {
    "equal": range(0, 1200, 100),
    "just": (0, 111.73, 203.91, 315.64, 386.31, 498.04, 590.22, 701.96, 813.69, 884.36, 1017.60, 1088.27),
    "meantone": (0, 76.05, 193.16, 310.26, 386.31, 503.42, 579.47, 696.58, 772.63, 889.74, 1006.84, 1082.89),
    "pythagorean": (0, 113.69, 203.91, 294.13, 407.82, 498.04, 611.73, 701.96, 815.64, 905.87, 996.09, 1109.78),
    "werckmeister-iii": (0, 90.22, 192.18, 294.13, 390.22, 498.04, 588.27, 696.09, 792.18, 888.27, 996.09, 1092.18),
    "vallotti": (0, 94.13, 196.09, 298.04, 392.18, 501.96, 592.18, 698.04, 796.09, 894.13, 1000.0, 1090.22),
    "rast": (0, 100, 200, 300, 350, 500, 600, 700, 800, 900, 1000, 1050),
    "slendro": (0, None, 231, None, 474, None, None, 717, None, 955, None, None),
    "thai": (0, None, 171.43, None, 342.86, 514.29, None, 685.71, None, 857.14, None, 1028.57),
    "turkish-rast": (0, None, 203.77, None, 384.91, 498.11, None, 701.89, None, 905.66, None, 1086.79),
    "overtones": (0, None, 203.91, None, 386.31, None, 551.32, 701.96, None, 840.53, 968.83, 1088.27),
    "bhairav": (0, 111.73, None, None, 386.31, 498.04, None, 701.96, 813.69, None, None, 1088.27),
}
#: Those in which A4 is tuned; in all others middle C is as high as ever.
BY_A = {"equal", "just", "meantone", "pythagorean", "werckmeister-iii", "vallotti"}


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    (tmp_path / "tunings").mkdir()
    return tmp_path / "tunings"


@pytest.mark.parametrize("stem", PRINTED)
def test_shipped_tunings_are_as_they_are_printed(stem):
    pitches = find_tuning(stem).table()
    for step, cents in enumerate(PRINTED[stem]):
        if cents is not None:
            assert 100.0 * (pitches[60 + step] - pitches[60]) == pytest.approx(cents, abs=0.01)


def test_every_shipped_tuning_has_a_name_a_sentence_a_source_and_a_place_on_the_keys(own):
    found, problems = tunings_now()
    assert problems == []
    assert len(found) >= 22
    for stem, tuning in found.items():
        assert tuning.name
        assert tuning.say.endswith(".")
        text = next(path for path in _shipped() if path.stem == stem).read_text("utf-8")
        assert "! Source: " in text
        assert "! On the keys: " in text


def _shipped():
    from imm_audio.catalog.library import shipped_folder

    return list((shipped_folder() / "tunings").glob("*.scl"))


@pytest.mark.parametrize("path", _shipped(), ids=lambda path: path.stem)
@pytest.mark.parametrize("home", [0, 3, 9])
def test_shipped_tunings_rise_from_key_to_key_near_the_place_of_each_and_have_a_tone_of_the_room(path, home):
    tuning = find_tuning(path.stem)
    pitches = tuning.table(442.0, home) - 12.0 * np.log2(442.0 / 440.0)
    assert (np.diff(pitches) >= 0.0).all()
    if path.stem in BY_A:
        assert pitches[69] == pytest.approx(69.0, abs=1e-9)
    else:
        moved = home if tuning.moves else 0
        first = 60 + moved - (12 if moved > 6 else 0)
        assert pitches[first] == pytest.approx(first, abs=1e-9)
    if path.stem != "quarter-tones":   # there each key is half a step
        assert np.abs(pitches[36:97] - np.arange(36, 97)).max() < 2.6   # three keys on one note, and half a step of gamelans


def test_a_scale_of_ones_own_takes_the_mapping_beside_it_and_wins_over_a_shipped_one(own):
    (own / "five.scl").write_text("Own five\n5\n200.0\n400.0\n700.0\n900.0\n1200.0\n")
    (own / "five.kbm").write_text("12\n0\n127\n60\n60\n261.6255653\n0\n0\nx\n1\nx\n2\nx\nx\n3\nx\n4\nx\nx\n")
    (own / "just.scl").write_text("! home: key of the song\nOwn just\n1\n2/1\n")
    assert find_tuning("five").table()[61] == pytest.approx(60.0, abs=1e-6)
    assert find_tuning("Own five").stem == "five"
    assert find_tuning(str(own / "five.scl")).stem == "five"
    assert find_tuning("just").name == "Own just"
    assert find_tuning("just").table(home=2.0)[62] == pytest.approx(62.0)


def test_what_can_not_be_used_is_told_and_the_others_are_there(own):
    (own / "broken.scl").write_text("x\n2\n2/1\n")
    (own / "outside.scl").write_text("! keys: ../five.kbm\nx\n1\n2/1\n")
    (own / "alone.scl").write_text("! keys: none.kbm\nx\n1\n2/1\n")
    found, problems = tunings_now()
    assert "equal" in found
    assert sorted(problems) == [
        "broken.scl: line 3: the file ends here; note 2 of 2 should follow.", "none.kbm: there is no such file.",
        'outside.scl: keys is "../five.kbm"; the name of a .kbm file in the same folder is possible.']
    with pytest.raises(BadFile, match=r"^broken\.scl: line 3"):
        find_tuning("broken")


def test_a_name_that_is_not_there_is_told_with_the_one_that_was_meant():
    for wish, sentence in (("slendra", 'There is no tuning "slendra". Did you mean slendro?'),
                           ("zzz", 'There is no tuning "zzz". imm-audio tunings lists them.'),
                           ("zzz.scl", "zzz.scl: there is no such file.")):
        with pytest.raises(ValueError, match=r"[Tt]here is no") as caught:
            find_tuning(wish)
        assert str(caught.value) == sentence


# --- events -------------------------------------------------------------------------------------------------------------
def test_equal_steps_are_said_in_two_events_and_others_key_by_key():
    equal = find_tuning("equal")
    assert tuning_events(np.arange(128.0)) == [(TUNING, 0, TUNING_CLEAR, 0.0, 0.0), (TUNING, 0, TUNING_GO, 0.0, 0.0)]
    pitches = equal.table(442.0)
    events = tuning_events(pitches)
    assert events[1:-1] == [(TUNING, 0, TUNING_KEY, float(key), pitch) for key, pitch in enumerate(pitches.tolist())]
    assert all(type(field) is float for event in events for field in event[3:])


def test_a_session_that_asks_for_nothing_says_nothing():
    assert events_of_session(Session()) == []
    assert len(events_of_session(Session(a4_hz=415.0))) == 130
    assert events_of_session(Session(tuning="slendro"), 2.0) == tuning_events(find_tuning("slendro").table(440.0, 2))


# --- the command line ---------------------------------------------------------------------------------------------------
run = CliRunner().invoke


def test_the_command_line_lists_them_checks_files_and_tells_what_is_wrong(own):
    (own / "broken.scl").write_text("x\n2\n2/1\n")
    listed = run(app, ["tunings"])
    assert "slendro" in listed.stdout
    assert "broken.scl: line 3: the file ends here; note 2 of 2 should follow." in listed.stdout
    checked = run(app, ["check", str(own)])
    assert checked.exit_code == 1
    assert checked.stdout.strip() == "broken.scl: line 3: the file ends here; note 2 of 2 should follow."
    (own / "broken.scl").write_text("x\n1\n2/1\n")
    (own / "broken.kbm").write_text("0\n0\n127\n60\n69\n440.0\n0\n")
    assert run(app, ["check", str(own)]).stdout.strip() == "2 files are right."


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["live", "--tuning", "slendra"], 'There is no tuning "slendra". Did you mean slendro?'),
    (["live", "--a4", "500"], "--a4: 500 Hz, 390 to 470 are possible; 440 is usual."),
    (["render", "a.mid", "b.wav", "--tuning", "zzz.scl"], "zzz.scl: there is no such file."),
    (["play", "twinkle", "--a4", "nan"], "--a4: nan Hz, 390 to 470 are possible; 440 is usual."),
])
def test_a_wish_that_is_not_possible_is_one_sentence(own, arguments, sentence):
    result = run(app, arguments)
    assert result.exit_code == 1
    assert result.stderr.strip() == sentence
