from imm_audio.kernels.engine.events import LET_GO, RELEASE, TOUCH
from imm_audio.kernels.music.terms import FIRST_CONTROL
from tests.inputs.fakes import Session

LEARNED = 'schema = 1\nname = "Red buttons"\nmatch = ["foo"]\nkind = "midi"\n[[control]]\nwhen = "note 60"\ndoes = "touch 3"\n'


def test_all_kinds_of_devices_share_the_places():
    session = Session()
    for device, kind in (("Piano", "midi"), ("Xbox pad", "gamepad"), ("Makey Makey", "keys")):
        session.places.take(device, kind).plug()
    session.places.take("10.0.0.1 /1/push1", "osc", "Touch screen").plug()
    assert session.field("players")[:5] == ["Piano", "Xbox pad", "Makey Makey", "Touch screen", ""]
    assert session.field("controllers")[:5] == ["keyboard", "xbox", "makey-makey", "touch-surface", ""]
    assert list(session.engine.header["plugged"][:5]) == [1, 1, 1, 1, 0]


def test_what_is_guessed_about_an_unknown_device_is_said():
    session = Session()
    session.places.take("Foo", "midi").plug()
    session.places.take("Foo", "gamepad").plug()
    assert session.news() == ["Foo is plugged in and plays like a keyboard.", "Foo 2 is plugged in and plays like a gamepad."]
    assert session.field("controllers")[:2] == ["", ""]


def test_a_device_of_another_kind_does_not_get_the_place_of_one_that_is_away():
    session = Session()
    piano = session.places.take("Foo", "midi")
    piano.plug()
    piano.leave()
    assert session.places.take("Foo", "gamepad").player == 1
    assert session.places.take("Foo", "midi").player == 0


def test_a_place_that_was_taken_and_never_played_is_free_again():
    session = Session()
    session.places.take("Foo", "midi").leave()
    assert session.heard() == []
    assert session.places.take("Bar", "midi").player == 0
    assert session.news() == []


def test_only_its_own_touches_are_released_when_a_device_is_pulled():
    session = Session()
    one, two = session.places.take("Foo", "midi"), session.places.take("Bar", "midi")
    for place in (one, two):
        place.plug()
        place.message(0x90, 0, 60, 100)
    session.heard()
    one.leave()
    assert session.heard() == [(RELEASE, 0, -1, 0.0, 0.0)]
    two.message(0x80, 0, 60, 0)
    assert session.heard() == [(LET_GO, 1, 0, 60, 0.0)]


def test_a_controller_learned_while_it_plays_is_used_at_once_and_what_is_held_ends_as_it_began(tmp_path):
    session = Session(own=tmp_path)
    place = session.places.take("Foo", "midi")
    place.plug()
    place.message(0x90, 0, 60, 127)
    (tmp_path / "foo.toml").write_text(LEARNED)
    session.places.refresh()
    place.message(0x80, 0, 60, 0)
    place.message(0x90, 0, 60, 127)
    assert [event[:4] for event in session.heard()] == [(TOUCH, 0, 0, 60), (LET_GO, 0, 0, 60), (TOUCH, 0, 0, FIRST_CONTROL + 3)]
    assert session.field("controllers")[0] == "foo"
    assert session.news()[-1] == "Foo is used as Red buttons now."


def test_a_file_with_mistakes_is_told_and_the_session_goes_on(tmp_path):
    (tmp_path / "foo.toml").write_text(LEARNED.replace("touch 3", "tuch 3"))
    session = Session(own=tmp_path)
    session.places.take("Foo", "midi").plug()
    news = session.news()
    assert news[0].startswith('foo.toml: control 1, does is "tuch 3"; ')
    assert news[1] == "Foo is plugged in and plays like a keyboard."
