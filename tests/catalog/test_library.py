import pytest

from imm_audio.catalog.library import Library, shipped_folder


@pytest.fixture
def own(tmp_path):
    (tmp_path / "instruments").mkdir()
    return tmp_path


def test_everything_that_is_shipped_loads(own):
    library = Library(own)
    assert library.problems == []
    others = {"colours", "scales", "chords"}
    assert set(library.instruments) == {path.stem for path in shipped_folder().glob("*.toml")} - others
    assert set(library.maps) == {"rainbow", "shapes"}


def test_an_own_file_wins_over_the_shipped_one(own):
    text = (shipped_folder() / "magic-harp.toml").read_text("utf-8")
    (own / "instruments" / "magic-harp.toml").write_text(text.replace('"Magic harp"', '"Rosas Harfe"'), "utf-8")
    library = Library(own)
    assert library.instruments["magic-harp"].name == "Rosas Harfe"
    assert library.nearest("rosas harfe") == "magic-harp"


def test_a_broken_own_file_is_told_and_the_rest_loads(own):
    (own / "instruments" / "magic-harp.toml").write_text("schema = 1\nname = ", "utf-8")
    (own / "instruments" / "colours.toml").write_text("schema = 1\n", "utf-8")
    library = Library(own)
    assert library.problems == ["colours.toml: map is missing.", "magic-harp.toml: line 2, 'name =': invalid value."]
    assert library.instruments.keys() == Library(own / "nowhere").instruments.keys()
    assert library.instruments["magic-harp"].name == "Magic harp"
    assert "rainbow" in library.maps


def test_own_colours_join_the_shipped_ones(own):
    text = (shipped_folder() / "colours.toml").read_text("utf-8").replace('name = "shapes"', 'name = "our bells"')
    (own / "instruments" / "colours.toml").write_text(text, "utf-8")
    assert set(Library(own).maps) == {"rainbow", "shapes", "our bells"}


def test_the_nearest_instrument_is_found_by_file_or_by_name(own):
    library = Library(own)
    assert library.nearest("majic-harp") == "magic-harp"
    assert library.nearest("One switch tune") == "next-note-tune"
    assert library.nearest("xyzzy") is None
