import pytest

from imm_audio.settings import Session


def test_a_session_survives_the_way_to_another_process():
    session = Session(audio_device="null", rate_hz=44100, midi=("piano", "pads"), take="Hello", seconds=2.5, folder="/x")
    assert Session.from_json(session.to_json()) == session


@pytest.mark.parametrize(("wish", "sentence"), [
    ({"rate_hz": 22050}, "--rate: 22050 Hz, 44100 to 96000 are possible."),
    ({"block_frames": 8}, "--block: 8 frames, 16 to 512 are possible."),
    ({"inputs": 17}, "--inputs: 17, 0 to 16 are possible."),
    ({"seconds": -1.0}, "--seconds: -1, more than 0 is possible."),
    ({"seconds": float("nan")}, "--seconds: nan, more than 0 is possible."),
])
def test_what_is_out_of_range_is_named_with_the_range(wish, sentence):
    with pytest.raises(ValueError, match="possible") as caught:
        Session(**wish)
    assert str(caught.value) == sentence
