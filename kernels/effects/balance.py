"""Equal voice: over the long run every player is about as loud as the others, so that nobody is buried.

Each player's power is averaged over the time in which the player sounds; what is soft is not mistaken for silence, and
silence not for soft.  Gains move slowly towards the middle of the group [dB], never far: noise is not pulled up, and who
plays louder on purpose is still heard to.
"""
import math

from ..rt import GRID, rt, state
from ..rt.simd import load8, splat8, store8, total8
from ..rt.units import smoothing
from ..voices.part import BUSES, PLAYERS

#: Memory of a player's loudness, and the sounding time before it is trusted.
MEMORY_S, TRUST_S = 8.0, 1.5
#: Below this, or this far below the player's own power, a note is ringing out: it tells nothing.
QUIET, RINGING = 1e-6, 0.003
#: Farthest that anybody is moved, and how fast.
MOST_DB, DB_PER_S = 6.0, 1.5

BALANCE = state(
    ("amount", "f4", (PLAYERS,)),   # 0 .. 1, from the player's help
    ("power", "f4", (PLAYERS,)),    # mean square while sounding
    ("heard", "f4", (PLAYERS,)),    # seconds that stand behind it, up to MEMORY_S
    ("gain_db", "f4", (PLAYERS,)),
    ("share", "f4"), ("step_s", "f4"),
    ("wanted", "i4"),               # 0: nobody was ever helped, nothing is to do
)


@rt
def balance_reset(balance, sample_rate):
    """Nobody is known."""
    balance.wanted = 0
    balance.step_s = GRID / sample_rate
    balance.share = smoothing(MEMORY_S, sample_rate / GRID)
    for p in range(PLAYERS):
        balance.amount[p] = 0.0
        balance.power[p] = 0.0
        balance.heard[p] = 0.0
        balance.gain_db[p] = 0.0


@rt
def balance_process(balance, buses):
    """Listen to a grid step of every player and set its level in place; buses as in `voices/pool.py`, middle and side."""
    if not balance.wanted:
        return
    middle_db, known = 0.0, 0
    for p in range(PLAYERS):
        if balance.amount[p] > 0.0 and balance.heard[p] > TRUST_S:
            middle_db += 10.0 * math.log10(balance.power[p] + 1e-12)
            known += 1
    for p in range(PLAYERS):
        if balance.amount[p] <= 0.0 and balance.gain_db[p] == 0.0:
            continue
        near, far = load8(buses, p * GRID), load8(buses, p * GRID + 8)
        power = total8(near * near + far * far) / GRID
        if power > QUIET and power > RINGING * balance.power[p]:
            balance.heard[p] = min(balance.heard[p] + balance.step_s, MEMORY_S)
            share = max(balance.share, balance.step_s / balance.heard[p])
            balance.power[p] += share * (power - balance.power[p])
            wanted_db = 0.0
            if known > 1 and balance.heard[p] > TRUST_S:
                own_db = 10.0 * math.log10(balance.power[p] + 1e-12)
                wanted_db = balance.amount[p] * min(max(middle_db / known - own_db, -MOST_DB), MOST_DB)
            most = DB_PER_S * balance.step_s
            balance.gain_db[p] += min(max(wanted_db - balance.gain_db[p], -most), most)
        gain = splat8(10.0 ** (balance.gain_db[p] / 20.0))
        store8(buses, p * GRID, near * gain)
        store8(buses, p * GRID + 8, far * gain)
        for i in range((BUSES + p) * GRID, (BUSES + p + 1) * GRID, 8):
            store8(buses, i, load8(buses, i) * gain)
