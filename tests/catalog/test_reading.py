from typing import Annotated, Literal

import pytest
from pydantic import Field

from imm_audio.catalog.reading import BadFile, Data, DataFile, OneOf, nearest, read_toml


class Sound(Data):
    voice: Annotated[str, OneOf(["harp", "koto", "piano"])]
    volume_db: float = Field(default=0, ge=-60, le=12)


class Touch(Data):
    keys: str
    size: int | None = Field(default=None, ge=1, le=8)
    side: Literal["left", "right"] | float = 0.0
    bells: dict[Annotated[str, OneOf(["C", "D"])], float] = Field(default_factory=dict)


class Harp(DataFile):
    name: str = Field(min_length=1, max_length=10)
    sound: Sound
    touch: list[Touch] = Field(default_factory=list, max_length=2)
    ring: bool = True
    speed: float = Field(default=1, gt=0)


RIGHT = 'schema = 1\nname = "Harp"\n[sound]\nvoice = "harp"\n'


def sentences(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadFile) as bad:
        read_toml(path, Harp)
    assert str(bad.value) == "\n".join(bad.value.sentences)
    return bad.value.sentences


@pytest.mark.parametrize(("text", "sentence"), [
    ('schema = 1\nname = "Harp"\n[sound]\nvoice = "harb"',
     'sound.voice is "harb"; possible are harp, koto, piano. Did you mean harp?'),
    ('schema = 1\nname = "Harp"\n[sound]\nvoice = "trombone"', 'sound.voice is "trombone"; possible are harp, koto, piano.'),
    (RIGHT + "volume_db = 40", "sound.volume_db is 40; -60 to 12 are possible."),
    (RIGHT + 'volume_db = "loud"', 'sound.volume_db is "loud"; a number is needed.'),
    (RIGHT + "volume_db = nan", "sound.volume_db is nan; an ordinary number is needed."),
    (RIGHT + "volume_db = inf", "sound.volume_db is inf; an ordinary number is needed."),
    (RIGHT + "volume = 3", 'there is no key "volume" in sound. Did you mean volume_db?'),
    (RIGHT + "zzz = 3", 'there is no key "zzz" in sound. Possible are voice, volume_db.'),
    ("colour = 3\n" + RIGHT, 'there is no key "colour". Possible are schema, name, sound, touch, ring, speed.'),
    ("speed = 0\n" + RIGHT, "speed is 0; more than 0 is possible."),
    ("ring = 1\n" + RIGHT, "ring is 1; true or false is needed."),
    ("touch = 3\n" + RIGHT, "touch is 3; tables that begin with [[touch]] are needed."),
    ("touch = [3]\n" + RIGHT, "touch 1 is 3; a table of keys and values is needed."),
    (RIGHT + "[[touch]]", "touch 1, keys is missing."),
    (RIGHT + '[[touch]]\nkeys = "a"\n[[touch]]\nkeys = 7', "touch 2, keys is 7; text in quotes is needed."),
    (RIGHT + '[[touch]]\nkeys = "a"\nsize = 9', "touch 1, size is 9; 1 to 8 are possible."),
    (RIGHT + '[[touch]]\nkeys = "a"\nsize = 1.5', "touch 1, size is 1.5; a whole number is needed."),
    (RIGHT + '[[touch]]\nkeys = "a"\nside = "lift"', 'touch 1, side is "lift"; possible are left, right. Did you mean left?'),
    (RIGHT + '[[touch]]\nkeys = "a"\nbells = { H = 1 }', 'there is no key "H" in touch 1, bells. Possible are C, D.'),
    (RIGHT + 3 * '[[touch]]\nkeys = "a"\n', "touch has 3 entries; 0 to 2 are possible."),
    ('schema = 1\nname = ""\n[sound]\nvoice = "harp"', 'name is ""; 1 to 10 characters are possible.'),
    ('schema = 1\nname = "Harp"', "sound is missing."),
    ('schema = 1\nname = "Harp"\nsound = "harp"', 'sound is "harp"; a table of keys and values is needed.'),
    ('name = "Harp"\n[sound]\nvoice = "harp"', "schema is missing; write schema = 1 in the first line."),
    (RIGHT.replace("1", "2", 1), "schema is 2; this program understands 1."),
    ('schema = 1\nname = "Harp', "line 2, 'name = \"Harp': unterminated string."),
    ("schema = 1\nschema = 1", "line 2, 'schema = 1': cannot overwrite a value."),
    ("schema = 1\nname = [", "line 2, 'name = [': invalid value."),
    ("schema = 1\n# \xe9".encode("latin-1"), "line 2 is not UTF-8 text. Save the file as UTF-8."),
    ("x = " + 5000 * "[", "a number in it is too long, or brackets are too deep."),
    ("x = " + 5000 * "9", "a number in it is too long, or brackets are too deep."),
    ("#" * 1_000_001, "it is larger than 1 MB, so it is no file of this program."),
])
def test_each_mistake_is_one_sentence_that_names_file_key_value_and_what_is_possible(tmp_path, text, sentence):
    assert sentences(tmp_path / "harp.toml", text) == [f"harp.toml: {sentence}"]


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    found = sentences(tmp_path / "harp.toml", RIGHT.replace("harp", "harb") + "volum_db = 3\n[[touch]]\nsize = 0")
    assert len(found) == 4
    assert all(sentence.startswith("harp.toml: ") and sentence.endswith((".", "?")) for sentence in found)


def test_hundreds_of_mistakes_are_cut_short(tmp_path):
    found = sentences(tmp_path / "harp.toml", "".join(f"key{i} = 1\n" for i in range(300)) + RIGHT)
    assert found[-1] == "harp.toml: 280 more mistakes."
    assert len(found) == 21


def test_what_is_no_file_is_told_too(tmp_path):
    for path, sentence in ((tmp_path, "that is a folder."), (tmp_path / "lost.toml", "there is no such file.")):
        with pytest.raises(BadFile, match=sentence):
            read_toml(path, Harp)


def test_a_mark_that_windows_editors_put_first_is_passed_over(tmp_path):
    path = tmp_path / "harp.toml"
    path.write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert read_toml(path, Harp).sound.voice == "harp"


def test_of_many_words_the_most_alike_are_shown(tmp_path):
    class Choice(DataFile):
        word: Annotated[str, OneOf([f"word{i}" for i in range(50)] + ["kalimba"])]

    path = tmp_path / "x.toml"
    path.write_text('schema = 1\nword = "kalimbo"')
    with pytest.raises(BadFile) as bad:
        read_toml(path, Choice)
    assert "possible are kalimba, " in str(bad.value)
    assert str(bad.value).endswith(" and 39 more. Did you mean kalimba?")


def test_the_nearest_word_is_found_in_any_case_and_nonsense_has_none():
    assert nearest("HARB", ["Harp", "Koto"]) == "Harp"
    assert nearest("xyzzy", ["Harp", "Koto"]) is None
