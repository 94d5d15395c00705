from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.catalog.controller import Control, Controller
from imm_audio.catalog.controllers import DEFAULTS, Action, Controllers, Table, shipped_folder
from imm_audio.catalog.library import Library
from imm_audio.catalog.reading import BadFile, read_toml
from imm_audio.kernels.music.terms import AXES, BREATH, CONTROLS

HEAD = 'schema = 1\nname = "Foo"\nmatch = ["foo"]\nkind = "{}"\n'
ROW = '[[control]]\nwhen = "{}"\ndoes = "{}"\n'
NOWHERE = Path("/nowhere")


def read(tmp_path, kind="midi", *rows, more="", stem="foo", match="foo"):
    path = tmp_path / f"{stem}.toml"
    text = HEAD.format(kind).replace('["foo"]', f'["{match}"]') + more + "".join(ROW.format(*row) for row in rows)
    path.write_text(text)
    return read_toml(path, Controller)


# --- shipped files ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_files_are_right_and_name_instruments_that_are_there(path):
    controller = read_toml(path, Controller)
    assert controller.instrument in Library().instruments
    assert controller.say.endswith(".")


@pytest.mark.parametrize("kind", DEFAULTS)
def test_unknown_devices_of_each_kind_have_a_default(kind):
    stem, controller = Controllers(own=lambda: NOWHERE).find("Never Heard Of It 3000", kind)
    assert (stem, controller.kind) == ("", kind)


@pytest.mark.parametrize(("device", "kind", "stem"), [
    ("Digital Piano", "midi", "keyboard"), ("MPK mini 3", "midi", "keyboard-with-pads"), ("nanoPAD2", "midi", "pads"),
    ("LPD8", "midi", "pads"), ("Launchpad Mini MK3", "midi", "pad-grid"), ("Launchpad Mini", "midi", "pad-grid-16"),
    ("APC MINI", "midi", "pad-grid-8"), ("Breath Controller 5.0", "midi", "breath"), ("AirTurn BT200", "midi", "foot-pedals"),
    ("Seaboard RISE 49", "midi", "mpe"), ("LinnStrument MIDI", "midi", "mpe"), ("Erae Touch", "midi", "mpe"),
    ("Osmose", "midi", "mpe"), ("Xbox Series X Controller", "gamepad", "xbox"),
    ("Xbox Adaptive Controller", "gamepad", "xbox-adaptive"), ("DualSense Wireless Controller", "gamepad", "playstation"),
    ("Logitech F310", "gamepad", "gamepad"), ("JoyLabz Makey Makey v1.20a", "keys", "makey-makey"),
    ("Origin Instruments Corp. Swifty", "keys", "switches"), ("10.0.0.7 /1/push3", "osc", "touch-surface"),
    ("10.0.0.7 /gyrosc/accel", "osc", "wearable"),
])
def test_known_devices_are_known(device, kind, stem):
    assert Controllers(own=lambda: NOWHERE).find(device, kind)[0] == stem


@pytest.mark.parametrize("keyboard", ["AT Translated Set 2 keyboard", "Logitech USB Keyboard", "Apple Magic Keyboard"])
def test_an_ordinary_keyboard_is_no_switch_interface(keyboard):
    assert Controllers(own=lambda: NOWHERE).find(keyboard, "keys")[0] == ""


# --- what a file may say ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "row", "words"), [
    ("midi", ("note 128", "touch 0"), "numbers from 0 to 127 are possible"),
    ("midi", ("notes 51 to 36", "touch 0"), "smaller"),
    ("midi", ("note 36 channel 17", "touch 0"), "channels from 1 to 16"),
    ("midi", ("cc 123", "touch 0"), "numbers from 0 to 119"),
    ("midi", ("nite 36", "touch 0"), "possible are"),
    ("midi", ("button 1", "touch 0"), 'but kind is "midi"'),
    ("midi", ("note 36", "tuch 0"), "possible are"),
    ("midi", ("note 36", "touch 64"), "touches from 0 to 63"),
    ("midi", ("note 36", "touch 0 onwards"), "needs a range"),
    ("midi", ("cc 2", "axis breth"), "Did you mean breath?"),
    ("midi", ("cc 2", "keys"), 'only notes can be "keys"'),
    ("keys", ("key spase", "touch 0"), "Did you mean space?"),
    ("gamepad", ("hat 0 north", "touch 0"), "possible are"),
    ("page", ("note 36", "touch 0"), "so there are no controls"),
])
def test_a_mistake_names_the_file_the_value_and_what_is_possible(tmp_path, kind, row, words):
    with pytest.raises(BadFile) as error:
        read(tmp_path, kind, row)
    assert len(error.value.sentences) == 1
    assert error.value.sentences[0].startswith("foo.toml: ")
    assert words in error.value.sentences[0]


def test_names_to_match_are_in_small_letters(tmp_path):
    with pytest.raises(BadFile, match='small letters are needed: "foo"'):
        read(tmp_path, match="Foo")


def test_an_unknown_key_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(BadFile, match="Did you mean instrument"):
        read(tmp_path, more='instrumnet = "piano"\n')


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_words_are_taken_or_refused_in_a_sentence(when, does):
    try:
        control = Control(when=when, does=does)
    except ValueError:
        return
    Table([control]).find(when)


# --- tables -----------------------------------------------------------------------------------------------------------
def table(*rows, **more):
    return Table([Control(when=when, does=does, **more) for when, does in rows])


def test_a_range_counts_onwards_or_is_one_control():
    found = table(("notes 36 to 38", "touch 5 onwards"), ("buttons 0 to 2", "touch 1"))
    assert [found.find(f"note {n}").number for n in (36, 37, 38)] == [5, 6, 7]
    assert [found.find(f"button {n}").number for n in (0, 1, 2)] == [1, 1, 1]
    assert found.find("note 39") is None


def test_later_rows_win_and_what_is_not_said_is_looked_for_beneath():
    beneath = table(("button 0", "touch 0"), ("button 1", "touch 1"))
    found = Table([Control(when="buttons 0 to 3", does="nothing"), Control(when="button 0", does="touch 9")], beneath)
    assert found.find("button 0").number == 9
    assert found.find("button 1").does == "nothing"
    assert Table([], beneath).find("button 1").number == 1


def test_addresses_may_have_any_number_or_any_word_in_them():
    found = table(("osc /*/push#", "touch 0 onwards"), ("osc /zig/*/accel 2", "axis tilt_y"), ("osc /1/push9", "touch 40"))
    assert [found.find(f"osc /1/push{n}").number for n in (1, 12, 99, 9)] == [0, 11, CONTROLS - 1, 40]
    assert found.find("osc /zig/a-b-c/accel 2").does == "axis"
    assert found.find("osc /zig/a-b-c/accel") is None


@given(st.lists(st.text(max_size=20), max_size=50))
def test_random_addresses_are_answered_and_not_kept_for_ever(addresses):
    found = table(("osc /*/push#", "touch 0 onwards"))
    for address in addresses * 30:
        found.find(f"osc /{address}")
    assert len(found._kept) <= 1024


@given(st.floats(-100, 100), st.floats(-10, 10), st.floats(0.001, 10))
def test_axes_end_where_the_file_says_and_can_be_turned_round(value, low, way):
    control = {"when": "cc 2", "does": "axis breath", "low": low, "high": low + way}
    forth, back = (Table([Control(reversed=r, **control)]).find("cc 2") for r in (False, True))
    assert forth.number == BREATH
    assert 0.0 <= forth.scaled(value) <= 1.0
    assert forth.scaled(value) + back.scaled(value) == pytest.approx(1.0, abs=1e-9)
    assert (forth.scaled(low), forth.scaled(low + way)) == (0.0, pytest.approx(1.0))


def test_every_axis_can_be_named():
    assert [table(("cc 2", f"axis {name}")).find("cc 2") for name in AXES] == [Action("axis", n) for n in range(len(AXES))]


# --- shipped and own --------------------------------------------------------------------------------------------------
@pytest.fixture
def folders(tmp_path):
    for name in ("shipped", "own"):
        (tmp_path / name).mkdir()
    for kind, stem in DEFAULTS.items():
        read(tmp_path / "shipped", kind, stem=stem, match="never")
    return tmp_path / "shipped", tmp_path / "own"


def load(folders):
    return Controllers(lambda: folders[0], lambda: folders[1])


def test_the_longest_match_wins_then_ones_own(folders):
    shipped, own = folders
    read(shipped, stem="a", match="foo pad")
    read(own, stem="b", match="foo")
    assert load(folders).find("Foo Pad 3", "midi")[0] == "a"
    read(own, stem="c", match="oo pad ")
    assert load(folders).find("Foo Pad 3", "midi")[0] == "c"


def test_an_own_file_takes_the_place_of_a_shipped_one_of_the_same_name(folders):
    shipped, own = folders
    read(shipped, stem="a", more='say = "shipped"\n')
    read(own, stem="a", more='say = "own"\n')
    assert load(folders).find("foo", "midi")[1].say == "own"


def test_own_files_are_read_anew_when_they_change_and_only_then(folders):
    _, own = folders
    controllers = load(folders)
    assert not controllers.refresh()
    read(own, "midi", ("note 1", "touch 1"))
    assert controllers.refresh()
    assert controllers.table(controllers.find("foo", "midi")[0], "midi").find("note 1").number == 1
    assert not controllers.refresh()
    (own / "foo.toml").unlink()
    assert controllers.refresh()
    assert controllers.find("foo", "midi")[0] == ""


def test_a_wrong_file_is_told_and_the_others_load(folders):
    _, own = folders
    (own / "bad.toml").write_text("schema = 1\nnam")
    read(own)
    controllers = load(folders)
    assert [sentence[:9] for sentence in controllers.problems] == ["bad.toml:"]
    assert controllers.find("foo", "midi")[0] == "foo"


def test_an_own_file_of_another_kind_with_the_name_of_a_default_does_not_take_it_away(folders):
    read(folders[1], "osc", stem=DEFAULTS["midi"])
    assert load(folders).find("unknown", "midi")[1].kind == "midi"
    assert load(folders).table("", "midi").is_empty
