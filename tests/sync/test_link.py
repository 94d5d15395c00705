import builtins
from types import SimpleNamespace

import pytest

from imm_audio.kernels.engine.events import TEMPO
from imm_audio.kernels.music.terms import NO_SONG
from imm_audio.sync.link import LinkMissing, LinkSync, open_link

RATE = 48000


class Network:
    """Link as others in the network see it; time passes when it is told to."""

    def __init__(self, tempo=100.0, beats=0.0):
        self.now_s, self._tempo, self._beats, self._at_s, self.changes = 0.0, tempo, beats, 0.0, 0

    def numPeers(self): return 1
    def clock(self): return SimpleNamespace(micros=lambda: round(1e6 * self.now_s))
    def captureSessionState(self): return self
    def commitSessionState(self, state): self.changes += 1
    def tempo(self): return self._tempo

    def beat_at(self, micros):
        return self._beats + (micros / 1e6 - self._at_s) * self._tempo / 60.0

    def phaseAtTime(self, micros, quantum): return self.beat_at(micros) % quantum

    def setTempo(self, tempo, micros):
        self._beats, self._at_s, self._tempo = self.beat_at(micros), micros / 1e6, tempo

    def forceBeatAtTime(self, beats, micros, quantum):
        self._beats, self._at_s = beats, micros / 1e6


class Ours:
    def __init__(self, network, bpm, beats=0.0):
        self.network, self.bpm, self._beats, self._at_s = network, bpm, beats, 0.0

    @property
    def beats(self):
        return self._beats + (self.network.now_s - self._at_s) * self.bpm / 60.0

    def moment(self):
        return SimpleNamespace(frame=self.network.now_s * RATE, beats=self.beats, beats_per_frame=self.bpm / 60.0 / RATE,
                               mode=NO_SONG, place=self.beats, place_per_frame=self.bpm / 60.0 / RATE)

    def push(self, kind, player, channel, key, value):
        assert kind == TEMPO
        self._beats, self._at_s, self.bpm = self.beats, self.network.now_s, value


def together(network, ours, leads, seconds):
    sync = LinkSync(network, ours.push, ours.moment, lambda frame: frame / RATE, lambda: network.now_s, leads=leads)
    for _ in range(int(seconds * 20)):
        sync.poll(RATE, 4.0)
        network.now_s += 0.05
    return sync


def off_bar(network, ours):
    off = (network.beat_at(1e6 * network.now_s) - ours.beats) % 4.0
    return min(off, 4.0 - off)


def test_we_go_to_the_tempo_and_the_bar_of_the_network():
    network = Network(120.0, beats=1.7)
    ours = Ours(network, 90.0)
    assert together(network, ours, False, 30.0).peers == 1
    assert ours.bpm == pytest.approx(120.0, abs=0.1)
    assert off_bar(network, ours) < 0.01
    assert network.changes == 0


def test_the_network_goes_with_us_and_is_told_only_what_changes():
    network = Network(120.0, beats=1.7)
    ours = Ours(network, 90.0)
    together(network, ours, True, 5.0)
    assert (network.tempo(), ours.bpm) == (90.0, 90.0)
    assert off_bar(network, ours) < 0.01
    assert network.changes == 1


def test_without_the_binding_one_sentence_says_so(monkeypatch):
    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lambda name, *a, **k: (_ for _ in ()).throw(ImportError(name))
                        if name == "link" else real(name, *a, **k))
    with pytest.raises(LinkMissing, match="pip install"):
        open_link(100.0)
