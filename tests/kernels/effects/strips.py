"""Eight strips driven by hand, without an engine."""
import numpy as np

from imm_audio.kernels.effects.strip import (
    ATTACK_MS,
    CEILING_DBFS,
    CHORUS_DB,
    ECHO_DB,
    GAIN_DB,
    GATE_DB,
    GATE_OFF_DB,
    HIGH_DB,
    HIGH_HZ,
    HIGH_Q,
    HIGHPASS_HZ,
    LANES,
    LOW_DB,
    LOW_HZ,
    LOW_Q,
    MID_DB,
    MID_HZ,
    MID_Q,
    MUTE,
    PAN,
    RATIO,
    RELEASE_MS,
    REST_STEPS,
    SEND_DB,
    STRIPS,
    SUMS,
    THRESHOLD_DB,
    strip_set,
    strips_jump,
    strips_narrow,
    strips_process,
)
from imm_audio.kernels.rt import GRID, rt

#: A strip that does nothing: hard left, so that its gain is exactly 1.
BARE = {GAIN_DB: 0, PAN: -1, MUTE: 0, SEND_DB: -120, HIGHPASS_HZ: 0, LOW_HZ: 120, LOW_Q: 0.7, LOW_DB: 0, MID_HZ: 1000, MID_Q: 1,
        MID_DB: 0, HIGH_HZ: 6000, HIGH_Q: 0.8, HIGH_DB: 0, THRESHOLD_DB: 0, RATIO: 1, ATTACK_MS: 5, RELEASE_MS: 80,
        CEILING_DBFS: 0, GATE_DB: GATE_OFF_DB, ECHO_DB: -120, CHORUS_DB: -120}


@rt
def _drive(strips, x, y, left, right, send, echo, sums, stems, rate):
    for at in range(0, x.shape[0], GRID * LANES):
        widest = 0.0
        for i in range(GRID * LANES):
            strips.x[i] = x[at + i]
            sums.left[i] = 0.0
            sums.right[i] = 0.0
            sums.send[i] = 0.0
            sums.echo[i] = 0.0
            widest = max(widest, abs(y[at + i]))
        if widest > 0.0:
            strips.wide = REST_STEPS
            for i in range(GRID * LANES):
                strips.y[i] = y[at + i]
        elif strips.wide:
            strips_narrow(strips)
        strips_process(strips, sums, stems, -1, 0, rate)
        for i in range(GRID * LANES):
            left[at + i] = sums.left[i]
            right[at + i] = sums.right[i]
            send[at + i] = sums.send[i]
            echo[at + i] = sums.echo[i]


class Strips:
    """Eight strips; `lanes` says how some differ from BARE: {lane: {parameter: value}}."""

    def __init__(self, rate=48000.0, lanes=None):
        self.rate, self.record = float(rate), np.zeros(1, STRIPS)[0]
        for lane in range(LANES):
            for parameter, value in {**BARE, **(lanes or {}).get(lane, {})}.items():
                strip_set(self.record, lane, parameter, float(value))
        strips_jump(self.record, self.rate)

    def set(self, lane, parameter, value):
        strip_set(self.record, lane, parameter, float(value))

    def process(self, x, y=None):
        """Sound x and its side y: (frames, 8); left, right, send and echo of each lane apart, float32 (frames, 8) each.

        frames: a multiple of GRID.
        """
        assert len(x) % GRID == 0
        x = np.ascontiguousarray(x, "f4")
        y = np.zeros_like(x) if y is None else np.ascontiguousarray(y, "f4")
        sides = [np.empty_like(x) for _ in range(4)]
        _drive(self.record, x.reshape(-1), y.reshape(-1), *[side.reshape(-1) for side in sides], np.zeros(1, SUMS)[0],
               np.zeros(0, "f4"), self.rate)
        return sides

    def left(self, x):
        """What comes out on the left when every lane hears x, (frames,) or (frames, 8)."""
        x = np.asarray(x)
        return self.process(np.repeat(x[:, None], LANES, axis=1) if x.ndim == 1 else x)[0]
