"""A beat clock, a form and the ring of a recording, without an engine around them."""
import numpy as np

from imm_audio.kernels.music import backing as kernel
from imm_audio.kernels.music import moment as moments
from imm_audio.kernels.music.form import FORM
from imm_audio.kernels.rt import GRID

RATE = 48000


class Room:
    """What a Player needs; `hear` lets time pass and returns what sounds."""

    sample_rate = float(RATE)

    def __init__(self):
        self.state, self.form = np.zeros(1, kernel.BACKING)[0], np.zeros(1, FORM)[0]
        self._moments = np.zeros(1, moments.MOMENTS)[0]
        self.frame, self.beats, self.places = 0, 0.0, []
        self._buses = np.zeros(2 * GRID, "f4")

    def moment(self):
        moment = np.zeros(1, moments.MOMENT)
        assert moments.moment_ask(self._moments, moment[0])
        return moment.view(np.recarray)[0]

    def backing(self):
        return bool(self.state["needed"]), float(self.state["origin_beat"])

    def write_backing(self, frame, sound):
        kernel.backing_write(self.state, np.ascontiguousarray(sound.T, "f4").ravel(), frame, sound.shape[1])

    def hear(self, seconds, bpm_of, player=None, every=480):
        """`seconds` of sound (frames, 2) at bpm_of(seconds) beats a minute; the player is called every `every` frames."""
        heard = np.zeros((int(seconds * RATE) // GRID, 2, GRID), "f4")
        for step in range(len(heard)):
            speed = bpm_of(self.frame / RATE) / 60.0 / RATE
            moments.moment_tell(self._moments, self.form, self.frame, self.beats, speed)
            kernel.backing_time(self.state, self.form, self.beats, speed)
            if player is not None and self.frame % every < GRID:
                player.advance()
            self._buses[:] = 0.0
            kernel.backing_add(self.state, self._buses, 0, GRID, self.frame)
            heard[step] = self._buses.reshape(2, GRID)
            self.places.append(self.beats if self.form["section_count"] == 0 else float(self.form["place"]))
            self.frame += GRID
            self.beats += GRID * speed
        return heard.transpose(0, 2, 1).reshape(-1, 2)
