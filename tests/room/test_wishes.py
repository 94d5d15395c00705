import pytest
from typer.testing import CliRunner

from imm_audio.cli import app
from imm_audio.kernels.music.terms import MEANINGS
from imm_audio.room.wishes import MEANINGS_IN_WORDS, check_wishes
from imm_audio.settings import Session

run = CliRunner().invoke


@pytest.mark.parametrize(("wish", "sentence"), [
    (("--instrument", "3=magicharp"), '--instrument: there is no "magicharp"; '),
    (("--colours", "rainbo"), '--colours: there are no colours "rainbo"; possible are rainbow, shapes. Did you mean rainbow?'),
    (("--chords", "C Hm"), '--chords: "Hm" is no chord that is known here. Did you mean Bm?'),
    (("--tune", "gone.abc"), "gone.abc: it can't be read: "),
    (("--tempo", "1000"), "--tempo: 1000 beats a minute, 20 to 300 are possible."),
])
def test_a_slip_of_the_pen_is_told_before_anything_sounds(wish, sentence):
    result = run(app, ["live", "--audio-device", "null", *wish])
    assert result.exit_code == 1
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


def test_what_is_there_is_no_mistake():
    check_wishes(Session(instruments=("magic-harp", "3=piano"), colours="rainbow", mood="dreamy", key="D"))


def test_every_meaning_has_words():
    assert set(MEANINGS_IN_WORDS) == set(MEANINGS)
    assert all(MEANINGS_IN_WORDS.values())


def test_instruments_and_moods_are_shown(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    result = run(app, ["instruments"])
    assert result.exit_code == 0
    for word in ("magic-harp", "plays the nearest good note", "pentatonic", "dreamy"):
        assert word in result.stdout


def test_a_recording_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="--backing: there is no file"):
        check_wishes(Session(backing=str(tmp_path / "march.mp3")))
