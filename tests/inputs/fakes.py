"""An engine that only notes what is said to it, and places that talk to it."""
import time
from pathlib import Path

import numpy as np

from imm_audio.block import HEADER, Listener, text_of
from imm_audio.catalog.controllers import Controllers
from imm_audio.inputs.places import Places
from imm_audio.kernels.engine.state import FROM_INPUTS

NOWHERE = Path("/nowhere")


class Engine:
    def __init__(self):
        self.header = np.zeros(1, HEADER)[0]
        self.header["ready"] = 1
        self.pushed, self.values = [], []

    def frame_at(self, host_s):
        return int(host_s * 1000)

    def push(self, kind, player, channel, key, value, *, frame, ring):
        assert ring == FROM_INPUTS
        self.pushed.append((kind, player, channel, key, frame))
        self.values.append(value)
        return True


class Session:
    """An engine, its places, a clock that stands still until it is moved, and what people were told."""

    def __init__(self, own=NOWHERE, now_s=2.0):
        self.engine, self.now_s = Engine(), now_s
        self.places = Places(self.engine, Controllers(own=lambda: own), now=lambda: self.now_s, delay_frames=lambda: 64)
        self.listener = Listener(self.engine.header)

    def heard(self):
        """(kind, player, channel, key, value) of what was said since the last call."""
        found = [(*event[:4], value) for event, value in zip(self.engine.pushed, self.engine.values, strict=True)]
        self.engine.pushed.clear()
        self.engine.values.clear()
        return found

    def news(self):
        self.places.poll()
        return [text for *_, text in self.listener.news()]

    def field(self, name):
        return [text_of(value) for value in self.engine.header[name]]


def wait_for(condition, seconds=2.0):
    """For what a thread does."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    return condition()
