"""OSC, over loopback and by hand."""
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from imm_audio.inputs.osc import SILENT_S, Osc
from imm_audio.kernels.engine.events import LET_GO, MOVE, RELEASE, TOUCH
from imm_audio.kernels.music.terms import FIRST_CONTROL, KNOB, TILT_X, TILT_Y
from tests.inputs.fakes import Session, wait_for


def message(address, *values):
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return builder.build()


@pytest.fixture
def osc():
    made = []

    def make():
        session = Session()
        made.append(Osc(session.places, 0))
        return session, made[-1]
    yield make
    for each in made:
        each.close()


def test_packets_on_the_network_play_and_wrong_ones_are_only_counted(osc):
    session, listening = osc()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tablet:
        for data in (b"GET / HTTP/1.1", b"", b"/x\0\0,f", message("/1/push3", 1.0).dgram, message("/1/push3", 0.0).dgram):
            tablet.sendto(data, ("127.0.0.1", listening.port))
        assert wait_for(lambda: len(session.engine.pushed) == 2)
    assert [event[:4] for event in session.heard()] == [(TOUCH, 0, 0, FIRST_CONTROL + 2), (LET_GO, 0, 0, FIRST_CONTROL + 2)]
    assert listening.ignored >= 2
    assert session.news() == ["Touch screen is plugged in."]


def test_every_sender_is_a_player_and_wearables_are_known_by_what_they_send(osc):
    session, listening = osc()
    listening.receive(message("/1/push1", 1).dgram, "10.0.0.1")
    listening.receive(message("/1/push1", 1).dgram, "10.0.0.2")
    listening.receive(message("/gyrosc/accel", 0.5, -1.0, 0.0).dgram, "10.0.0.3")
    assert [event[:3] for event in session.heard()] == [(TOUCH, 0, 0), (TOUCH, 1, 0), (MOVE, 2, TILT_X), (MOVE, 2, TILT_Y)]
    assert session.field("players")[:3] == ["Touch screen", "Touch screen 2", "Wearable sensor"]
    assert session.field("controllers")[:3] == ["touch-surface", "touch-surface", "wearable"]


def test_bundles_are_played_at_once_and_faders_are_axes(osc):
    session, listening = osc()
    bundle = OscBundleBuilder(IMMEDIATELY)
    bundle.add_content(message("/1/fader1", 0.25))
    bundle.add_content(message("/2/toggle4", True))
    listening.receive(bundle.build().dgram, "10.0.0.1")
    assert [event[:4] for event in session.heard()] == [(MOVE, 0, KNOB, 0.0), (TOUCH, 0, 0, FIRST_CONTROL + 3)]


def test_a_touch_that_only_changes_its_value_is_one_touch_and_an_address_alone_is_a_tap(osc):
    session, listening = osc()
    for value in (0.2, 0.5, 0.9, 0.0):
        listening.receive(message("/1/push1", value).dgram, "10.0.0.1")
    listening.receive(message("/1/push2").dgram, "10.0.0.1")
    assert [event[0] for event in session.heard()] == [TOUCH, LET_GO, TOUCH, LET_GO]


def test_a_sender_that_falls_silent_while_it_holds_something_is_let_go(osc):
    session, listening = osc()
    listening.receive(message("/1/push1", 1.0).dgram, "10.0.0.1")
    session.now_s += SILENT_S + 1
    listening.receive(message("/1/push1", 1.0).dgram, "10.0.0.2")
    listening.rest()
    assert [event[:2] for event in session.heard()] == [(TOUCH, 0), (TOUCH, 1), (LET_GO, 0)]


def test_closing_lets_go(osc):
    session, listening = osc()
    listening.receive(message("/1/push1", 1.0).dgram, "10.0.0.1")
    listening.close()
    assert session.heard()[-1][:2] == (RELEASE, 0)


def test_a_port_that_is_taken_is_told_in_one_sentence():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", 0))
        session = Session()
        Osc(session.places, other.getsockname()[1]).close()
        assert len(session.news()) == 1


@given(st.binary(max_size=80), st.sampled_from([b"", b"/1/push1\0\0\0\0,f\0\0", b"#bundle\0"]))
def test_no_packet_raises(data, start):
    session = Session()
    listening = Osc.__new__(Osc)
    listening._places, listening._senders, listening.ignored = session.places, {}, 0
    listening.receive(start + data, "10.0.0.1")
    listening.rest()
    assert all(event[4] == event[4] for event in session.heard())  # no value is no number
