"""The JACK server stands for the sound interface whose cable is pulled, and put in again."""
import numpy as np
import pytest

from imm_audio.block import text_of
from imm_audio.kernels.effects.strip import HIGHPASS_HZ, RATIO, SEND_DB
from imm_audio.kernels.engine.events import STRIP
from tests.rig.jack_rig import RATE, Rig, Server
from tests.rig.program import wait_until
from tests.rig.sounds import choose_click, note, onsets, steady_noise

NOTICED_S, BACK_S = 4.0, 10.0


@pytest.fixture
def own_server():
    found = Server().start()
    yield found
    found.remove()


def device_of(program) -> str:
    return text_of(program.engine.header["device"])


def test_the_server_dies_and_sound_is_back_by_itself_when_it_is_started_again(start, own_server):
    rig = Rig(own_server, keyboards=1, microphones=1)
    program = start("--inputs", "1", on=own_server)
    rig.connect()
    rig.wait_for_keyboards()
    assert "system" in device_of(program)

    own_server.kill()
    wait_until(lambda: "does not answer" in program.notices, NOTICED_S, "the news")
    wait_until(lambda: device_of(program) == "no sound device", NOTICED_S, "the null device")
    before = program.engine.frame
    wait_until(lambda: program.engine.frame > before + RATE // 2, 2.0, "the clock to go on")
    rig.close()
    assert len(program.living) == 4  # engine, scribe, parent, listener

    own_server.start()
    rig = Rig(own_server, keyboards=1, microphones=1)
    try:
        wait_until(lambda: "is back" in program.notices and "system" in device_of(program), BACK_S, "the device")
        rig.connect()
        rig.wait_for_keyboards()
        for parameter, value in ((HIGHPASS_HZ, 0.0), (RATIO, 1.0), (SEND_DB, -120.0)):
            program.push(STRIP, 0, parameter, 0.0, value)
        begun = rig.speak(steady_noise(), loop=True)
        assert np.abs(rig.heard(begun + 4800, begun + 9600)).max() > 0.01
        rig.hush()
        start_frame = rig.soon(0.2)
        rig.send([(start_frame, 0, message) for message in (*choose_click(), note())])
        heard = rig.heard(start_frame, start_frame + RATE // 4)[:, 0]
        assert len(onsets(heard, 0.02)) >= 1
        assert len(program.living) == 4  # engine, scribe, parent, listener
        assert program.end() == 0
        assert program.facts["closed"]
        assert program.facts["lost_frames"] == 0
    finally:
        rig.close()
