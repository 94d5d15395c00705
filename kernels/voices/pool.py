"""The contract of all voice models, and what they share: who sounds, who is let go, who is stolen.

A pool is one record for all voices of a model, arrays with the voice (or its partials) in the SIMD lanes.  Each pool
begins with the fields of `VOICE_FIELDS`.  A model gives three functions:

    x_start(pool, v, part, key, velocity, offset, sample_rate)   voice v begins `offset` frames into the next grid step
    x_render(pool, parts, buses, sample_rate)                    add GRID frames of every voice to its player's bus
    x_reset(pool)                                                forget everything

`x_render` reads `gate`: a voice that is no longer held lets its sound fade, and sets `gate` to FREE when nothing can be
heard.  It leaves its last sample in `last` and `side`, so that a stolen voice can be faded instead of cut.  Player p's bus
is buses[p * GRID : (p + 1) * GRID], float32, the middle of a stereo sound; its side is BUSES * GRID further on: the left
loudspeaker hears middle + side, the right one middle - side.  A voice in the middle leaves the side alone.  Starts are exact
to the frame, everything else happens on the grid.
"""
from ..rt import rt
from .part import BUSES, CHANNELS

#: What a voice is doing.
FREE, HELD, PEDAL, RELEASED = 0, 1, 2, 3

#: A voice below -90 dBFS peak for a while has ended: under the noise of any room.
SILENCE = 3e-5


def voice_fields(voices):
    """Fields with which every pool of `voices` voices begins."""
    return (
        ("sounding", "i4"),           # voices that are not FREE
        ("gate", "i4", (voices,)),    # FREE, HELD, PEDAL or RELEASED
        ("part", "i4", (voices,)),    # player * CHANNELS + channel
        ("key", "f4", (voices,)),     # MIDI key number, as played: what a let-go names
        ("pitch", "f4", (voices,)),   # MIDI key number that sounds, by the tuning, before any bend
        ("since", "i8", (voices,)),   # frame of its start
        ("last", "f4", (voices,)),    # newest sample it gave, for fading a stolen voice ...
        ("side", "f4", (voices,)),    # ... and that of its side
    )


@rt
def pool_clear(pool):
    """Make every voice FREE."""
    pool.sounding = 0
    for v in range(pool.gate.shape[0]):
        pool.gate[v] = FREE
        pool.last[v] = 0.0
        pool.side[v] = 0.0


@rt
def pool_free(pool, v):
    """Voice v has ended."""
    if pool.gate[v] != FREE:
        pool.gate[v] = FREE
        pool.sounding -= 1
    pool.last[v] = 0.0
    pool.side[v] = 0.0


@rt
def pool_fade(pool, residue, v):
    """Give what voice v was sounding to residue[player] and, its side, to residue[BUSES + player], which the mixer fades."""
    bus = pool.part[v] // CHANNELS
    residue[bus] += pool.last[v]
    residue[BUSES + bus] += pool.side[v]
    pool.last[v] = 0.0
    pool.side[v] = 0.0


@rt
def pool_take(pool, residue, part, key, pitch, frame, restrike):
    """Choose a voice for a new note and mark it HELD.  `key` as played, `pitch` as it sounds, both in MIDI keys.

    First choice: with `restrike`, the voice that plays this key already; then a free one, the oldest released one, the
    oldest of all.  What a stolen voice was sounding fades.
    """
    chosen, best = 0, -1
    for v in range(pool.gate.shape[0]):
        gate = pool.gate[v]
        if gate == FREE:
            rank = 3
        elif restrike and pool.part[v] == part and pool.key[v] == key:
            rank = 4
        elif gate == RELEASED:
            rank = 2
        else:
            rank = 1
        if rank > best or (rank == best and gate != FREE and pool.since[v] < pool.since[chosen]):
            chosen, best = v, rank
    if best == 3:
        pool.sounding += 1
    elif best < 3:
        pool_fade(pool, residue, chosen)
    pool.gate[chosen] = HELD
    pool.part[chosen] = part
    pool.key[chosen] = key
    pool.pitch[chosen] = pitch
    pool.since[chosen] = frame
    if best < 4:
        pool.last[chosen] = 0.0
        pool.side[chosen] = 0.0
    return chosen


@rt
def pool_release(pool, part, key, sustain):
    """Let go of the held voices of `part` at `key`; with the pedal down they stay until it comes up."""
    if pool.sounding == 0:
        return
    for v in range(pool.gate.shape[0]):
        if pool.gate[v] == HELD and pool.part[v] == part and pool.key[v] == key:
            pool.gate[v] = PEDAL if sustain else RELEASED


@rt
def pool_lift(pool, part):
    """The pedal of `part` came up."""
    if pool.sounding == 0:
        return
    for v in range(pool.gate.shape[0]):
        if pool.gate[v] == PEDAL and pool.part[v] == part:
            pool.gate[v] = RELEASED


@rt
def pool_release_all(pool, first, last):
    """Let go of every voice whose part lies in first .. last, pedal or not."""
    if pool.sounding == 0:
        return
    for v in range(pool.gate.shape[0]):
        if (pool.gate[v] == HELD or pool.gate[v] == PEDAL) and first <= pool.part[v] <= last:
            pool.gate[v] = RELEASED


@rt
def pool_silence(pool, residue, first, last):
    """End every voice whose part lies in first .. last at once; the mixer fades what is left."""
    if pool.sounding == 0:
        return
    for v in range(pool.gate.shape[0]):
        if pool.gate[v] != FREE and first <= pool.part[v] <= last:
            pool_fade(pool, residue, v)
            pool_free(pool, v)
