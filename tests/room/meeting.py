"""A room with an engine that is driven by hand and a clock that is moved by hand."""
import json
import os
from pathlib import Path

from imm_audio.block import ENGINE, Listener, bytes_of
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.effects.strip import GAIN_DB, LANES, MUTE
from imm_audio.room.commands import Command
from imm_audio.room.leader import Leader
from imm_audio.room.places import Places
from imm_audio.room.room import Room
from imm_audio.room.store import FILE_NAME
from imm_audio.settings import Session

RATE, BLOCK = 8000.0, 512
LOOK_S = 10 * BLOCK / RATE


def new_engine(folder, microphones=2, outputs=2):
    """An engine of this process, which nobody but us drives."""
    engine = Engine.create(Settings(RATE, input_channels=microphones, output_channels=outputs))
    engine.header["processes"][ENGINE]["pid"] = os.getpid()
    engine.header["session"] = bytes_of(str(folder), 1024)
    return engine


class Meeting:
    """A parent's loop, step by step."""

    def __init__(self, folder, engine=None, adopt=False, microphones=2, **wishes):
        self.folder, self.now_s = Path(folder), 1000.0
        self.engine = engine or new_engine(folder, microphones)
        self.session = Session(folder=str(folder), **wishes)
        self._listener = Listener(self.engine.header, from_start=False)
        self.places = Places(self.engine, self.session, adopt)
        self.leader = Leader(self.engine, self.places, self.session, adopt, keys_player=11)
        self.room = Room(self.engine, self.places, self.leader, self.session, now=lambda: self.now_s)
        self.look()

    # --- time ---
    def look(self):
        """One round of the loop."""
        self.places.look()
        self.leader.look()
        self.room.look()
        self.engine.process(None, BLOCK)

    def run(self, seconds):
        """Let sound and clock go on."""
        for _ in range(max(round(seconds / LOOK_S), 1)):
            self.now_s += LOOK_S
            for _ in range(round(LOOK_S * RATE / BLOCK) - 1):
                self.engine.process(None, BLOCK)
            self.look()

    def wait(self, seconds):
        """The clock goes on; nothing sounds meanwhile."""
        self.now_s += seconds
        self.look()

    # --- what happens ---
    def plug(self, seat, name="Keyboard", stem="keyboard"):
        """A controller comes; its person."""
        header = self.engine.header
        header["players"][seat], header["controllers"][seat] = bytes_of(name, 64), bytes_of(stem, 64)
        header["plugged"][seat] = 1
        self.look()
        return self.at(seat)

    def unplug(self, seat):
        """It is pulled out."""
        self.engine.header["plugged"][seat] = 0
        self.look()

    def do(self, do, by="facilitator", **fields):
        """Ask for something; the answer."""
        answer = self.room.do(Command.validate_python({"do": do, **fields}), by)
        self.look()
        return answer

    def restart_engine(self, plugged=True):
        """The engine process died and another one began with the same block."""
        header = self.engine.header
        names = [bytes(header[name].tobytes()) for name in ("players", "controllers")], header["plugged"].copy()
        self.engine.reset()
        header["players"] = header["controllers"] = b""
        header["plugged"] = 0
        header["processes"][ENGINE]["pid"] = os.getppid() if header["processes"][ENGINE]["pid"] == os.getpid() else os.getpid()
        self.look()
        if plugged:
            header["players"][:] = [text.rstrip(b"\0") for text in _cut(names[0][0])]
            header["controllers"][:] = [text.rstrip(b"\0") for text in _cut(names[0][1])]
            header["plugged"][:] = names[1]
        self.look()
        self.look()

    def die(self):
        """The program ends by force, once all is written."""
        self.room._keeper.close()
        self.room._claim.end()
        self.room._warnings.close()

    def crash(self, **wishes):
        """The program dies and is started again in the same folder, with a new engine."""
        self.die()
        return Meeting(self.folder, **wishes)

    def end(self):
        """A clean end."""
        self.room.close()

    # --- what can be seen ---
    @property
    def document(self):
        """As pages get it."""
        return json.loads(json.dumps(self.room.document()))

    @property
    def kept(self):
        """The session's file, once everything is written."""
        keeper = self.room._keeper
        while keeper._written != keeper._wanted:
            keeper._thread.join(0.001)
        return json.loads((self.folder / FILE_NAME).read_text("utf-8"))

    def at(self, seat):
        """The person at a place."""
        return next((person for person in self.document["people"] if person["seat"] == seat), None)

    def person(self, name):
        """A person by id."""
        return next((person for person in self.document["people"] if person["id"] == name), None)

    def told(self):
        """What people were told since the last call."""
        return [text for _, _, text in self._listener.news()]

    def strip(self, number, parameter):
        """What a strip is asked for: microphones 0 .. 15, players 16 .. 31."""
        return float(self.engine.state["mixer"]["strips"][number // LANES]["want"][parameter][number % LANES])

    def gain(self, seat):
        """Gain of a player [dB]."""
        return self.strip(16 + seat, GAIN_DB)

    def mute(self, seat):
        """Whether a player is muted."""
        return bool(self.strip(16 + seat, MUTE))

    @property
    def mode(self):
        """What the song does."""
        return int(self.engine.state["form"]["mode"])

    @property
    def faults(self):
        """Events that made no sense to the engine."""
        return int(self.engine.state["faults"])


def _cut(raw):
    return [raw[at:at + 64] for at in range(0, len(raw), 64)]
