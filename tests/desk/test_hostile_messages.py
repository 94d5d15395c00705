"""Whatever is sent: no error of the server, nobody else is disconnected, and the engine gets only what makes sense."""
import json
import logging
import typing

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import NAMES
from imm_audio.kernels.engine.state import FROM_DESK
from imm_audio.kernels.music.terms import AXES, CONTROLS, FIRST_CONTROL
from imm_audio.room.commands import INTERNAL, AnyCommand
from tests.desk.desk import Desk

JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers(-2**70, 2**70) | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
                    max_leaves=8)
NUMBERS = st.integers(-10, 200) | st.floats(0.0, 1.0) | st.floats() | st.just(2**64)
COMMANDS = [typing.get_args(model.model_fields["do"].annotation)[0] for model in typing.get_args(AnyCommand)]
FIELDS = sorted({name for model in typing.get_args(AnyCommand) for name in model.model_fields if name != "do"})
COMMAND = st.builds(lambda do, rest: rest | {"do": do}, st.sampled_from(COMMANDS), st.dictionaries(
    st.sampled_from(FIELDS), NUMBERS | st.sampled_from(["00000001", "daisy-bell", "x"]) | st.booleans() | JSON, max_size=3))
NEARLY_RIGHT = st.fixed_dictionaries(
    {"t": st.sampled_from(["touch", "let_go", "move", "all_off", "call", "ping", "do", "bye", ""])},
    optional=dict.fromkeys(("c", "v", "at", "n", "a", "seat"), NUMBERS) | {"command": COMMAND | JSON})
#: A let-go or a touch that is right, so that wrong ones come between right ones.
RIGHT = st.builds(lambda kind, control: {"t": kind, "c": control, "v": 0.5, "at": 0.0, "n": 1} if kind == "touch" else
                  {"t": kind, "c": control, "at": 0.0, "n": 1}, st.sampled_from(["touch", "let_go"]), st.integers(120, 140))
SAID = st.one_of(JSON, NEARLY_RIGHT, RIGHT).map(json.dumps) | st.text(max_size=50) | st.just("[" * 400) | st.just("x" * 30000)
ALWAYS_THE_SAME = settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate],
                           suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def room():
    """A desk with a facilitator and a player who want to go on undisturbed, and what the server complains of."""
    found, said = Desk(), []
    handler = logging.Handler()
    handler.emit = said.append
    logging.getLogger("uvicorn.error").addHandler(handler)
    found.complaints = said
    found.leads, found.player = found.open("desk"), found.open("play")
    yield found
    logging.getLogger("uvicorn.error").removeHandler(handler)
    found.end()


def all_is_well(room) -> None:
    for page in (room.leads, room.player):
        page.say({"t": "ping", "at": 1.0})
        page.hear("pong")
    assert [record.getMessage() for record in room.complaints if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("what", ["play", "desk", "wall"])
@given(said=st.lists(SAID, max_size=30))
@ALWAYS_THE_SAME
def test_no_message_harms_anybody(room, what, said):
    ring, asked = room.engine.state["rings"][FROM_DESK], len(room.room.asked)
    before = room.pushed
    page = room.open(what)
    seat = page.first.get("seat")
    for text in said:
        page.say(text)
    page.say({"t": "ping", "at": 2.0})
    page.close()
    all_is_well(room)
    for n in range(before, room.pushed):
        event = ring["slots"][n & (len(ring["slots"]) - 1)]
        kind = NAMES[int(event["kind"])]
        assert kind in ("touch", "let_go", "move")
        assert event["player"] == seat
        assert 0.0 <= event["value"] <= 1.0
        assert 0 <= event["key"] < (len(AXES) if kind == "move" else FIRST_CONTROL + CONTROLS)
    if what != "play":
        assert room.pushed == before
    commands = [(who, command.do) for who, command in room.room.asked[asked:]]
    assert all((who == "desk") == (do in INTERNAL) for who, do in commands)
    if what != "desk":
        assert {do for _, do in commands} <= set(INTERNAL)
    room.engine.process(None, 128)


# --- requests -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def api(room):
    return schemathesis.openapi.from_dict(room.app._app.openapi())


@pytest.mark.parametrize("role", [None, "facilitator"])
def test_no_request_is_too_much_for_the_server(room, api, role, tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    browser = room.browser(role)
    operations = [operation.ok() for operation in api.get_all_operations()]
    assert len(operations) > 12
    for operation in operations:
        @given(case=operation.as_strategy())
        @settings(ALWAYS_THE_SAME, max_examples=4)
        def ask(case):
            given_headers = {name: text for name, text in (case.headers or {}).items() if text.isascii() and text.isprintable()}
            wanted = case.as_transport_kwargs(base_url=f"http://{room.host}")
            found = browser.ask(case.method.upper(), wanted["url"].removeprefix(f"http://{room.host}"), headers=given_headers,
                                params=wanted.get("params"), json=wanted.get("json"), content=wanted.get("data"))
            assert found.status_code < 500, found.text
            if role is None and found.status_code == 200:
                assert case.path in ("/api/me", "/api/texts/{language}")
        ask()
    all_is_well(room)
