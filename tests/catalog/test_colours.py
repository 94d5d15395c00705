import pytest

from imm_audio.catalog.colours import SHAPES, Label, label, read_colours
from imm_audio.catalog.labels import labels
from imm_audio.catalog.library import Library
from imm_audio.catalog.reading import BadFile
from imm_audio.kernels.music.terms import FIRST_CONTROL

LIBRARY = Library()
RAINBOW, BY_SHAPE = LIBRARY.maps["rainbow"], LIBRARY.maps["shapes"]


def test_in_the_rainbow_no_two_notes_share_a_colour_or_a_shape():
    found = [label(key, RAINBOW) for key in range(60, 72)]
    assert found[0] == Label("C", "#e21c48", "circle")
    for what in ("letter", "colour", "shape"):
        assert len({getattr(one, what) for one in found}) == 12


def test_in_the_map_of_shapes_the_colour_is_the_note_and_the_shape_its_octave():
    assert [label(key, BY_SHAPE).shape for key in (36, 47, 48, 59, 60, 71, 72, 83)] == [
        "cross", "cross", "square", "square", "circle", "circle", "triangle", "triangle"]
    assert {label(key, BY_SHAPE).colour for key in range(4, 128, 12)} == {"#c6c4c1"}
    assert (label(0, BY_SHAPE).shape, label(127, BY_SHAPE).shape) == ("cross", "triangle")


def test_a_key_between_two_takes_the_label_of_the_nearer():
    assert label(60.4, RAINBOW).letter == "C"
    assert label(60.6, RAINBOW).letter == "C#"


@pytest.mark.parametrize("colour_map", [RAINBOW, BY_SHAPE], ids=["rainbow", "shapes"])
@pytest.mark.parametrize("stem", sorted(LIBRARY.instruments))
def test_whatever_can_be_touched_is_told_by_word_and_shape_never_by_colour_alone(stem, colour_map):
    found = labels(LIBRARY.instruments[stem], colour_map)
    assert any(control >= FIRST_CONTROL for control in found)
    for one in found.values():
        assert 1 <= len(one.letter) <= 14
        assert one.shape in SHAPES
        assert one.colour.startswith("#")


def test_pads_and_loops_are_labelled_with_what_they_play_and_a_tune_with_go():
    drums, loops = labels(LIBRARY.instruments["drum-pads"], RAINBOW), labels(LIBRARY.instruments["shaker-loops"], RAINBOW)
    assert drums[FIRST_CONTROL].letter == "bass drum"
    assert [loops[FIRST_CONTROL + n].letter for n in range(3)] == ["walk", "rock", "samba"]
    tune = labels(LIBRARY.instruments["next-note-tune"], RAINBOW)
    assert [one.letter for control, one in tune.items() if control >= FIRST_CONTROL] == ["go"]
    harp = labels(LIBRARY.instruments["magic-harp"], RAINBOW)
    assert [harp[FIRST_CONTROL + n].letter for n in range(8)] == list("12345678")
    assert (harp[60].letter, harp[FIRST_CONTROL + 2].colour) == ("C", RAINBOW.colours["E"])


def colours(**keys):
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return "[map.colours]\n" + "".join(f'"{name}" = "{keys.get(name, "#ffffff")}"\n' for name in names)


@pytest.mark.parametrize(("text", "sentence"), [
    (colours(), "map 1: shapes or octave_shapes is needed, and not both."),
    ('octave_shapes = ["ring", "moon"]\n[map.colours]\nC = "#ffffff"', "map 1: colours has nothing for C#, D, D#,"),
    ('octave_shapes = ["ring", "mon"]\n' + colours(), 'map 1, octave_shapes 2 is "mon"; possible are '),
    ('octave_shapes = ["ring", "moon"]\n' + colours(C="red"), 'map 1, colours.C is "red"; write a colour like #e21c48.'),
    ('octave_shapes = ["ring", "moon"]\n' + colours() + 'H = "#ffffff"', 'there is no key "H" in map 1, colours.'),
])
def test_a_wrong_map_is_told_in_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "colours.toml"
    path.write_text(f'schema = 1\n[[map]]\nname = "mine"\nsay = "My own."\n{text}')
    with pytest.raises(BadFile) as bad:
        read_colours(path)
    assert len(bad.value.sentences) == 1
    assert sentence in bad.value.sentences[0]
