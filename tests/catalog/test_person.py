import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.catalog.help import Help
from imm_audio.catalog.library import Library
from imm_audio.catalog.patterns import PatternSlots
from imm_audio.catalog.person import Person, compile_person, read_person, write_person
from imm_audio.catalog.reading import BadFile
from imm_audio.kernels.effects.strip import GAIN_DB, PAN
from imm_audio.kernels.engine.events import ASSIST, STRIP
from imm_audio.kernels.music import terms

HARP = Library().instruments["magic-harp"]
ROSA = Person(schema=1, nickname="Rosa", sign="🌻", age_band="80 and over", controllers=["switches"], instrument="piano",
              help=Help(tremor=80, pitch=100), colours="shapes", side="left", volume_db=2, stereo=False, ear="left")


def last(events):
    """What stands at the end: (kind, parameter) -> value."""
    return {(kind, channel): value for kind, _, channel, _, value in events}


@given(st.builds(
    Person, schema=st.just(1), nickname=st.text(st.characters(codec="utf-8"), min_size=1, max_size=24),
    sign=st.text(st.characters(codec="utf-8"), max_size=16), instrument=st.just("piano"),
    side=st.sampled_from([None, "left", "right"]) | st.floats(-1, 1), volume_db=st.floats(-24, 12),
    help=st.builds(Help, pitch=st.none() | st.floats(0, 100), octave=st.none() | st.integers(-3, 3))))
def test_a_person_is_read_back_as_written(tmp_path_factory, person):
    path = tmp_path_factory.mktemp("people") / "person.toml"
    write_person(path, person)
    found = read_person(path)
    assert found == person
    assert "instrument" in found.model_fields_set  # chosen, even where it is the usual one


def test_what_nobody_chose_is_not_written(tmp_path):
    path = tmp_path / "new folder" / "leo.toml"
    write_person(path, Person(schema=1, nickname="Leo"))
    assert path.read_text("utf-8").split() == ["schema", "=", "1", "nickname", "=", '"Leo"']


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "rosa.toml"
    write_person(path, ROSA)
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_person(path, Person(schema=1, nickname="Leo"))
    assert read_person(path) == ROSA
    assert [found.name for found in tmp_path.iterdir()] == ["rosa.toml"]


def test_own_help_goes_over_the_instruments_and_side_and_volume_are_the_persons():
    found = last(compile_person(ROSA, HARP, 5, PatternSlots()))
    assert found[ASSIST, terms.TREMOR_FILTER] == 0.8   # Rosa's
    assert found[ASSIST, terms.TIMING_HELP] == 0.2     # the harp's
    assert found[STRIP, PAN] == -0.6
    assert found[STRIP, GAIN_DB] == -6 + HARP.sound.volume_db + 2


def test_who_chose_no_side_stays_where_the_instrument_is():
    assert last(compile_person(Person(schema=1, nickname="Leo"), HARP, 5, PatternSlots()))[STRIP, PAN] == HARP.sound.pan
    right = Person(schema=1, nickname="Leo", side=0.25)
    assert last(compile_person(right, HARP, 5, PatternSlots()))[STRIP, PAN] == 0.25


@pytest.mark.parametrize(("text", "sentence"), [
    ('side = "lift"', 'side is "lift"; possible are left, middle, right. Did you mean left?'),
    ("side = 2", "side is 2; -1 to 1 are possible."),
    ('age_band = "old"',
     'age_band is "old"; possible are under 5, 5 to 8, 9 to 12, 13 to 17, 18 to 64, 65 to 79, 80 and over.'),
    ("[help]\npich = 3", 'there is no key "pich" in help. Did you mean pitch?'),
    ('controllers = "switches"', 'controllers is "switches"; a list is needed.'),
    ('ear = "rigth"', 'ear is "rigth"; possible are left, right, both. Did you mean right?'),
])
def test_a_wrong_person_is_told_in_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "rosa.toml"
    path.write_text(f'schema = 1\nnickname = "Rosa"\n{text}')
    with pytest.raises(BadFile) as bad:
        read_person(path)
    assert bad.value.sentences == [f"rosa.toml: {sentence}"]
