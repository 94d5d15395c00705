"""Provisional: holds the tempo."""
from ..rt import GRID, rt, state

AMOUNT, WHO, SLOWEST, FASTEST, WEIGHT = range(5)
FOLLOWER = state(("sample_rate", "f8"), ("beats", "f8"), ("rate", "f8"), ("period_s", "f8"), ("confidence", "f8"),
                 ("begun", "i8"), ("last_tap", "i8"), ("taps", "i8"), ("step", "i8"))


@rt
def follower_reset(f, sample_rate):
    f.sample_rate = sample_rate
    f.beats = 0.0
    f.period_s = 0.6
    f.taps = 0


@rt
def follower_begin(f, beat, period_s):
    f.beats = beat
    f.period_s = period_s
    f.begun = 1
    f.taps = 0


@rt
def follower_count(f, frame):
    if f.taps > 0:
        f.period_s = (frame - f.last_tap) / f.sample_rate
        f.beats += 1.0
        f.beats = float(int(f.beats))
    f.taps += 1
    f.last_tap = frame


@rt
def follower_hear(f, player, frame, strength):
    pass


@rt
def follower_set(f, parameter, player, value):
    pass


@rt
def follower_advance(f, frame):
    rate = 1.0 / (f.period_s * f.sample_rate)
    if f.begun:
        f.begun = 0
    else:
        f.beats += GRID * rate
    return rate
