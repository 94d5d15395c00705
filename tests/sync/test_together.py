from types import SimpleNamespace

import pytest

from imm_audio.kernels.engine.events import FOLLOW
from imm_audio.kernels.engine.state import FROM_INPUTS
from imm_audio.sync import together
from imm_audio.sync.link import MISSING, LinkMissing
from imm_audio.sync.ports import NoPort


class Engine:
    sample_rate = 48000.0

    def __init__(self):
        self.header = {"delay_ms": 10.0}
        self.state = {"transport": {"tempo_bpm": 100.0}, "assist": {"harmony": {"meter_beats": 4.0}}}
        self.told = []

    def push(self, kind, *fields, ring):
        assert ring == FROM_INPUTS
        self.told.append(kind)

    def moment(self):
        return SimpleNamespace(frame=0.0, beats=0.0, beats_per_frame=1e-5, mode=-1, place=0.0, place_per_frame=1e-5)

    def host_s_at(self, frame):
        return frame / self.sample_rate


def no_port(*_):
    raise NoPort("No MIDI device matches 'drums': none is plugged in yet.")


def no_link(_):
    raise LinkMissing(MISSING)


def test_what_is_missing_is_said_once_and_the_session_goes_on(monkeypatch):
    said, engine = [], Engine()
    monkeypatch.setattr(together, "open_output", no_port)
    monkeypatch.setattr(together, "open_link", no_link)
    monkeypatch.setattr(together, "RETRY_S", 0.0)
    kept = together.Together(engine, lambda: 0.0, said.append, clock_out="drums", link="lead")
    for _ in range(3):
        kept.poll()
    kept.close()
    assert said == [MISSING, "MIDI clock: No MIDI device matches 'drums': none is plugged in yet."]
    assert kept.peers == 0
    assert engine.told == []


@pytest.mark.parametrize(("asked", "told"), [({"clock_in": "drums"}, [FOLLOW]), ({"link": "follow"}, [FOLLOW]),
                                             ({"link": "lead"}, []), ({}, [])])
def test_who_takes_the_tempo_from_outside_follows_nobody_else(monkeypatch, asked, told):
    engine = Engine()
    monkeypatch.setattr(together, "open_link", no_link)
    together.Together(engine, lambda: 0.0, lambda text: None, **asked)
    assert engine.told == told
