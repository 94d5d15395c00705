"""Ports come and go.  The rig test runs a JACK server of its own."""
import os
import shutil
import subprocess
import sys
import time
from collections import deque

import numpy as np
import pytest

from imm_audio.block import Listener, text_of
from imm_audio.catalog.controllers import Controllers
from imm_audio.inputs.midi_ports import MidiPorts, _Port
from imm_audio.inputs.places import Places
from imm_audio.inputs.port_names import no_match, plain_name, ports_meant
from imm_audio.kernels.engine.events import LET_GO, RELEASE, TOUCH
from tests.inputs.fakes import NOWHERE, Engine


class System:
    """A computer with MIDI ports; stands in for RtMidi."""

    def __init__(self, *names):
        self.names, self.busy, self.queues, self.broken = list(names), set(), {}, set()

    def open(self, prefer_jack, name):
        return Client(self)


class Client:
    def __init__(self, system):
        self.system, self.name = system, None

    def get_ports(self):
        return list(self.system.names)

    def open_port(self, index, name):
        self.name = self.system.names[index]
        if self.name in self.system.busy:
            raise RuntimeError("busy")
        self.system.queues[self.name] = deque()

    def get_message(self):
        if self.name in self.system.broken:
            raise RuntimeError("gone")
        queue = self.system.queues[self.name]
        return (queue.popleft(), 0.0) if queue else None

    def close_port(self):
        pass

    def delete(self):
        pass


def make_places(engine, now=lambda: 2.0):
    return Places(engine, Controllers(own=lambda: NOWHERE), now=now, delay_frames=lambda: 64)


class Room:
    """Ports of a system, and what people were told."""

    def __init__(self, system, *patterns):
        self.system, self.engine = system, Engine()
        self.places = make_places(self.engine)
        self.ports = MidiPorts(self.places, patterns, opener=system.open)
        self.listener = Listener(self.engine.header)
        self.ports.look()

    def news(self):
        self.places.poll()
        return [text for *_, text in self.listener.news()]

    def players(self):
        return [text_of(name) for name in self.engine.header["players"] if name]

    def play(self, name, *data):
        """Play on a port and wait until the pump has heard it."""
        count = len(self.engine.pushed)
        self.system.queues[name].append(list(data))
        for _ in range(1000):
            if len(self.engine.pushed) > count:
                break
            time.sleep(0.002)
        return self.engine.pushed[count:]


@pytest.fixture
def room():
    rooms = []

    def make(*args):
        rooms.append(Room(*args))
        return rooms[-1]
    yield make
    for each in rooms:
        each.ports.close()


PIANO, DRUM = "Piano:Piano MIDI 1 20:0", "Drum pad:Drum pad MIDI 1 24:0"


@pytest.mark.parametrize(("raw", "name"), [
    (PIANO, "Piano"), ("Piano:Piano MIDI 2 20:1", "Piano MIDI 2"), ("a2j:Piano [20] (capture): Piano MIDI 1", "Piano"),
    ("Midi-Bridge:Piano:(capture_0) Piano MIDI 1", "Piano"), ("Midi-Bridge:Piano MIDI 1 (capture)", "Piano"),
    ("keys:out 2", "keys out 2"), ("IAC Driver Bus 1", "IAC Driver Bus 1"),
])
def test_names_are_those_on_the_box(raw, name):
    assert plain_name(raw) == name


def test_windows_counts_its_ports_and_the_count_is_no_part_of_the_name(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert plain_name("MPK mini 3 0") == "MPK mini 3"
    before, after = ports_meant(["Piano 0", "Drum pad 1"]), ports_meant(["Drum pad 0"])
    assert set(after) <= set(before)


def test_our_own_ports_the_loop_and_repetitions_are_left_out():
    raws = ["Midi Through:Midi Through Port-0 14:0", "imm_audio 1:in", "a2j:Piano [20] (capture): Piano MIDI 1",
            "Midi-Bridge:Piano:(capture_0) Piano MIDI 1"]
    assert list(ports_meant(raws).values()) == [(2, "Piano")]


def test_a_pattern_is_part_of_a_name_in_any_case():
    assert [name for _, name in ports_meant([PIANO, DRUM], ["dRUM"]).values()] == ["Drum pad"]


def test_a_pattern_without_a_match_tells_what_there_is_and_the_nearest():
    assert no_match("pino", ["Piano", "Drum pad"]) == (
        "No MIDI device matches 'pino'. There is: Piano, Drum pad. Did you mean Piano?")
    assert no_match("xyz", ["Piano"]).endswith("There is: Piano.")
    assert no_match("xyz", []).endswith("none is plugged in yet.")


def test_every_port_plays_in_a_place_of_its_own_one_block_later(room):
    here = room(System(PIANO, DRUM))
    assert here.players() == ["Piano", "Drum pad"]
    assert here.play(PIANO, 0x90, 60, 127) == [(TOUCH, 0, 0, 60, 2064)]
    assert here.play(DRUM, 0x99, 36, 127) == [(TOUCH, 1, 0, 128, 2064)]  # its first pad


def test_before_the_stream_runs_events_are_for_at_once(room):
    here = room(System(PIANO))
    here.engine.header["ready"] = 0
    assert here.play(PIANO, 0x90, 60, 127) == [(TOUCH, 0, 0, 60, 0)]


def test_a_keyboard_pulled_out_leaves_no_note_and_gets_its_place_back(room):
    here = room(System(PIANO, DRUM))
    here.play(PIANO, 0x90, 60, 127)
    here.system.names = [DRUM]
    here.ports.look()
    assert here.engine.pushed[-1] == (RELEASE, 0, -1, 0.0, 0)
    here.system.names = [DRUM, "Other:Other MIDI 1 28:0"]
    here.ports.look()
    here.system.names.append(PIANO.replace("20:0", "32:0"))
    here.ports.look()
    assert here.players() == ["Piano", "Drum pad", "Other"]
    assert here.play(PIANO.replace("20:0", "32:0"), 0x90, 60, 1)[0][1] == 0
    assert here.news() == ["Piano is plugged in.", "Drum pad is plugged in.",
                           "Piano is unplugged. It will come back by itself.", "Other is plugged in and plays like a keyboard.",
                           "Piano is back."]


def test_the_block_says_what_controls_each_place_and_whether_it_is_there(room):
    here = room(System(PIANO, DRUM, "Thing:Thing MIDI 1 28:0"))
    header = here.engine.header
    assert [text_of(stem) for stem in header["controllers"][:3]] == ["keyboard", "pads", ""]
    assert list(header["plugged"][:4]) == [1, 1, 1, 0]
    here.system.names.remove(DRUM)
    here.ports.look()
    assert list(header["plugged"][:4]) == [1, 0, 1, 0]
    assert here.players() == ["Piano", "Drum pad", "Thing"]


def test_two_keyboards_of_one_kind_are_two_players(room):
    here = room(System(PIANO, PIANO.replace("20:0", "24:0")))
    assert here.players() == ["Piano", "Piano 2"]
    here.system.names = here.system.names[1:]
    here.ports.look()
    assert here.ports.names == ["Piano 2"]


def test_the_seventeenth_port_is_told_once_that_there_is_no_place(room):
    here = room(System(*(f"Keys {n}:Keys {n} MIDI 1 {n}:0" for n in range(17))))
    here.ports.look()
    assert len(here.ports.names) == 16
    assert here.news()[-1] == "Keys 16 can't play: all 16 places are taken."


def test_a_place_that_somebody_else_plays_is_left_alone(room):
    system = System(PIANO)
    here = room(system)
    here.engine.header["players"][1] = b"the computer's keys"
    system.names.append(DRUM)
    here.ports.look()
    assert here.play(DRUM, 0x90, 60, 1)[0][1] == 2


def test_a_busy_device_is_told_once_and_tried_again(room):
    system = System(PIANO)
    system.busy.add(PIANO)
    here = room(system)
    here.ports.look()
    assert here.news() == ["Piano can't be opened: perhaps another program uses it. It is tried again and again."]
    system.busy.clear()
    here.ports.look()
    assert here.news() == ["Piano is plugged in."]


def test_a_port_that_breaks_is_opened_anew(room):
    here = room(System(PIANO))
    here.system.broken.add(PIANO)
    deadline = time.monotonic() + 2
    while not next(iter(here.ports._open.values())).broken and time.monotonic() < deadline:
        time.sleep(0.002)
    here.system.broken.clear()
    here.ports.look()
    assert here.engine.pushed[-1] == (RELEASE, 0, -1, 0.0, 0)
    assert here.play(PIANO, 0x90, 60, 1)[0][:2] == (TOUCH, 0)


def test_patterns_limit_the_ports_and_a_wrong_one_is_no_reason_to_stop(room):
    here = room(System(PIANO, DRUM), "drum", "pino")
    assert here.ports.names == ["Drum pad"]
    assert here.news() == ["No MIDI device matches 'pino'. There is: Piano, Drum pad. Did you mean Piano?",
                           "Drum pad is plugged in."]
    here.ports.look()
    assert here.news() == []


def test_a_computer_without_midi_is_no_reason_to_stop(room):
    system = System()
    system.open = lambda *_: (_ for _ in ()).throw(OSError("none"))
    assert room(system).ports.names == []


def test_another_sound_device_keeps_the_places(room):
    here = room(System(PIANO, DRUM))
    here.play(DRUM, 0x90, 60, 1)
    here.ports.restart(prefer_jack=True)
    assert [event[0] for event in here.engine.pushed[-2:]] == [RELEASE, RELEASE]
    assert here.players() == ["Piano", "Drum pad"]
    assert here.play(DRUM, 0x90, 60, 1)[0][1] == 1


def test_one_message_takes_less_than_30_microseconds(room):
    from imm_audio.engine import Engine as Real
    from imm_audio.engine import Settings

    real = Real.create(Settings())
    real.header["ready"] = 1
    system = System()
    ports = MidiPorts(make_places(real, time.monotonic), opener=system.open)
    system.names = ["x"]
    client = Client(system)
    client.open_port(0, "in")
    port, spent = _Port(ports._places.take("x", "midi"), client), []
    for n in range(1000):
        system.queues["x"].append([0x90, n % 100, 1 + n % 127])
        began = time.perf_counter()
        ports.hear(port)
        spent.append(time.perf_counter() - began)
    ports.close()
    assert np.median(spent) < 30e-6


# --- a real JACK server -----------------------------------------------------------------------------------------------
SENDER = """
import sys, time, jack
client = jack.Client(sys.argv[1], no_start_server=True)
outs = [client.midi_outports.register(f"port{i}") for i in range(4)]
cycle, sent, total = 0, [0] * 4, int(sys.argv[2])
@client.set_process_callback
def process(frames):
    global cycle
    for out in outs:
        out.clear_buffer()
    if sys.argv[2] == "0" or not started:
        return
    cycle += 1
    for i, out in enumerate(outs):
        if (cycle + 9 * i) % 37 == 0 and sent[i] < 2 * total:  # 40 messages a second: 20 notes
            key = sent[i] // 2 % 128
            out.write_midi_event(5, (0x80 if sent[i] % 2 else 0x90, key, 100))
            sent[i] += 1
started = False
client.activate()
print("ready", flush=True)
sys.stdin.readline()
started = True
while total and min(sent) < 2 * total:
    time.sleep(0.05)
print("done", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def jack_server(monkeypatch):
    pytest.importorskip("jack", reason="JACK-Client is not installed", exc_type=ImportError)
    if not shutil.which("jackd"):
        pytest.skip("jackd is not installed")
    name = f"imm_audio_midi_{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_AUDIO_RESERVATION", "1")
    command = f"jackd -n {name} -R -P70 -d dummy -r 48000 -p 64 -C 2 -P 2"
    server = subprocess.Popen(command.split(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.0)
    if server.poll() is not None:
        pytest.skip("jackd could not start here")
    yield name
    server.terminate()
    server.wait(10)


@pytest.fixture
def sender(jack_server):
    running = []

    def start(name, total):
        running.append(subprocess.Popen([sys.executable, "-c", SENDER, name, str(total)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout.readline() == "ready\n"
        return running[-1]
    yield start
    for process in running:
        process.kill()
        process.wait()


ATTEMPTS = 3


def until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.mark.rig
def test_four_jack_ports_with_twenty_notes_a_second_lose_nothing_and_come_back_when_pulled(sender):
    engine = Engine()
    places = make_places(engine, time.monotonic)
    ports = MidiPorts(places, prefer_jack=True)
    total = 60

    def sent(player):
        return [(kind, player, 0, key) for key in range(total) for kind in (TOUCH, LET_GO)]

    def see(count):
        ports.poll()
        return len(ports.names) == count
    try:
        # a machine that sleeps for a block loses what was sent in it before any program can see it: such a run says nothing
        for _ in range(ATTEMPTS):
            engine.pushed.clear()
            keys = sender("keys", total)
            assert until(lambda: see(4), 2.0)
            keys.stdin.write("go\n")
            keys.stdin.flush()
            assert keys.stdout.readline() == "done\n"
            until(lambda: len(engine.pushed) == 4 * 2 * total, 1.0)
            heard = [[event[:4] for event in engine.pushed if event[1] == player] for player in range(4)]
            assert all(len(set(mine)) == len(mine) for mine in heard), "a message came twice"
            if all(mine == sent(player) for player, mine in enumerate(heard)):
                break
            keys.kill()
            assert until(lambda: see(0), 2.0)
        else:
            pytest.fail(f"messages were lost in each of {ATTEMPTS} runs")
        keys.kill()
        assert until(lambda: see(0), 2.0)
        assert sorted(event[:2] for event in engine.pushed[-4:]) == [(RELEASE, player) for player in range(4)]
        sender("keys", 0)
        assert until(lambda: see(4), 2.0)
        places.poll()
        assert "keys port0 is back." in [text for *_, text in Listener(engine.header).news()]
    finally:
        ports.close()
