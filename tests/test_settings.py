import pytest

from imm_audio.settings import Session


def test_a_session_survives_the_way_to_another_process():
    session = Session(audio_device="null", rate_hz=44100, midi=("piano", "pads"), take="Hello", seconds=2.5, folder="/x",
                      tune="/a.abc", chords="C G", mood="blues", key="D", tempo_bpm=96.0, colours="rainbow",
                      instruments=("piano", "3=magic-harp"), people=("/rosa.toml",), ghost=True, monitor_age=75)
    assert Session.from_json(session.to_json()) == session
    assert Session.from_json(Session().to_json()) == Session()


@pytest.mark.parametrize(("wish", "sentence"), [
    ({"rate_hz": 22050}, "--rate: 22050 Hz, 44100 to 96000 are possible."),
    ({"block_frames": 8}, "--block: 8 frames, 16 to 512 are possible."),
    ({"inputs": 17}, "--inputs: 17, 0 to 16 are possible."),
    ({"monitor_age": 19}, "--monitor-age: 19 years, 20 to 90 are possible."),
    ({"monitor_age": 91}, "--monitor-age: 91 years, 20 to 90 are possible."),
    ({"seconds": -1.0}, "--seconds: -1, more than 0 is possible."),
    ({"seconds": float("nan")}, "--seconds: nan, more than 0 is possible."),
    ({"tempo_bpm": 500.0}, "--tempo: 500 beats a minute, 20 to 300 are possible."),
    ({"tempo_bpm": float("nan")}, "--tempo: nan beats a minute, 20 to 300 are possible."),
    ({"instruments": ("17=piano",)}, '--instrument: "17=piano": before = stands a place, 1 to 16 are possible.'),
    ({"instruments": ("Rosa=piano",)}, '--instrument: "Rosa=piano": before = stands a place, 1 to 16 are possible.'),
])
def test_what_is_out_of_range_is_named_with_the_range(wish, sentence):
    with pytest.raises(ValueError, match="possible") as caught:
        Session(**wish)
    assert str(caught.value) == sentence


def test_instruments_are_for_places_or_for_everybody():
    session = Session(instruments=("magic-harp", "3=piano", "16=choir"))
    assert session.instrument_places() == {None: "magic-harp", 2: "piano", 15: "choir"}


def test_an_instrument_without_a_name_is_told():
    with pytest.raises(ValueError, match=r'^--instrument: "3=": there is no name of an instrument\.$'):
        Session(instruments=("3=",))


def test_more_than_the_block_can_keep_is_told_at_once():
    with pytest.raises(ValueError, match="more than one session can remember"):
        Session(chords="C " * 4000)
