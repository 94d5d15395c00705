import json

import pytest
from typer.testing import CliRunner

from imm_audio.catalog.check import SCHEMAS, check_file, schema_text
from imm_audio.catalog.library import Library, shipped_folder
from imm_audio.cli import app

run = CliRunner().invoke
PERSON = 'schema = 1\nnickname = "Rosa"\n'


def test_everything_that_is_shipped_is_right():
    result = run(app, ["check", str(shipped_folder())])
    assert result.exit_code == 0, result.output
    assert result.stdout.strip().endswith("files are right.")


def test_one_line_tells_each_problem_and_the_right_files_say_nothing(tmp_path):
    (tmp_path / "rosa.toml").write_text(PERSON + "volume_db = 99\nsid = 0\n")
    (tmp_path / "leo.toml").write_text(PERSON)
    result = run(app, ["check", str(tmp_path / "leo.toml"), str(tmp_path / "rosa.toml")])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["rosa.toml: volume_db is 99; -24 to 12 are possible.",
                                          'rosa.toml: there is no key "sid". Did you mean side?']


def test_a_right_file_is_called_right(tmp_path):
    (tmp_path / "leo.toml").write_text(PERSON)
    assert run(app, ["check", str(tmp_path / "leo.toml")]).stdout.strip() == "1 file is right."


def test_a_folder_without_files_and_no_files_at_all_are_told(tmp_path):
    for arguments, sentence in (([str(tmp_path)], "no TOML files"), ([], "Name the files to check")):
        result = run(app, ["check", *arguments])
        assert result.exit_code == 1
        assert sentence in result.stderr


@pytest.mark.parametrize(("place", "text", "sentence"), [
    ("people/rosa.toml", "schema = 1", "nickname is missing."),
    ("instruments/harp.toml", PERSON, "there is no key \"nickname\"."),
    ("controllers/pads.toml", "schema = 1", "name is missing."),
    ("harp.toml", "schema = 1\n[sound]\nvoice = \"harp\"", "name is missing."),
    ("styles/waltz.toml", "schema = 1", "name is missing."),
    ("waltz.toml", "schema = 1\nmeters = [\"3/4\"]", "name is missing."),
    ("colours.toml", "schema = 1", "map is missing."),
    ("scales.toml", "schema = 1", "moods is missing."),
    ("chords.toml", "schema = 1", "chords is missing."),
    ("thing.toml", "schema = 1", "what is it for? Put it into a folder named instruments, people, controllers, styles."),
    ("people/rosa.toml", PERSON + 'instrument = "majic-harp"', "there is no such instrument. Did you mean magic-harp?"),
    ("people/rosa.toml", PERSON + 'colours = "rainbo"', "possible are rainbow, shapes. Did you mean rainbow?"),
])
def test_the_kind_of_a_file_is_told_by_its_name_its_folder_or_what_it_says(tmp_path, place, text, sentence):
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    found = check_file(path, Library(tmp_path / "nowhere"))
    assert any(line.startswith(f"{path.name}: ") and sentence in line for line in found), found


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_schemas_for_editors_are_current(name):
    path = shipped_folder() / "schema" / f"{name}.json"
    assert path.read_text("utf-8") == schema_text(SCHEMAS[name]()), "run: imm-audio check --schemas instruments/schema"


def test_the_schemas_are_written_on_request(tmp_path):
    result = run(app, ["check", "--schemas", str(tmp_path / "schema")])
    assert result.exit_code == 0
    assert {path.stem for path in (tmp_path / "schema").iterdir()} == set(SCHEMAS)
    assert "harp" in json.loads((tmp_path / "schema" / "instrument.json").read_text("utf-8"))["$defs"]["Sound"][
        "properties"]["voice"]["enum"]


@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_file_that_names_a_schema_for_editors_names_one_that_is_there(path):
    first = path.read_text("utf-8").splitlines()[0]
    assert not first.startswith("#:schema") or (path.parent / first.split()[1]).is_file()
