"""From player buses and microphones to loudspeakers and stems, one grid step at a time."""
import numpy as np

from ..effects.limiter import limiter_process, limiter_reset
from ..effects.reverb import reverb_jump, reverb_process, reverb_reset, reverb_tune
from ..effects.strip import (
    ATTACK_MS, CEILING_DBFS, GAIN_DB, HIGH_DB, HIGH_HZ, HIGH_Q, HIGHPASS_HZ, LANES, LOW_DB, LOW_HZ, LOW_Q, MID_DB, MID_HZ,
    MID_Q, MUTE, PAN, RATIO, RELEASE_MS, SEND_DB, THRESHOLD_DB, strip_set, strips_jump, strips_process,
)
from ..rt import GRID, rt
from ..rt.simd import load8, splat8, store8, totals8, transpose8
from ..rt.units import clamp, gain_of_db, smoothing
from ..voices.part import PLAYERS
from .events import MASTER_GAIN_DB, REVERB_DAMP_HZ, REVERB_DB, REVERB_TIME_S
from .state import (
    GROUPS, MICROPHONE_COLUMN, MICROPHONE_GROUPS, MICROPHONE_ROOM_COLUMN, MIX_COLUMN, PLAYER_COLUMN, PLAYER_ROOM_COLUMN,
)

F = np.float32
#: Rest of a stolen voice fades with this time constant: no click, and gone before the new note has spoken.
RESIDUE_S = 0.002
GLIDE_S = 0.02
PART_OF_STEP = F(1.0 / GRID)


@rt
def mixer_set(mixer, parameter, value, sample_rate):
    """Ask for a master parameter; it glides there."""
    if parameter == MASTER_GAIN_DB:
        mixer.gain_to = gain_of_db(clamp(value, -120.0, 12.0))
        return
    if parameter == REVERB_TIME_S:
        mixer.reverb_time_s = value
    elif parameter == REVERB_DAMP_HZ:
        mixer.reverb_damp_hz = value
    elif parameter == REVERB_DB:
        mixer.reverb_db = clamp(value, -120.0, 12.0)
    level = gain_of_db(mixer.reverb_db)
    reverb_tune(mixer.players.reverb, mixer.reverb_time_s, mixer.reverb_damp_hz, level, sample_rate)
    reverb_tune(mixer.microphones.reverb, mixer.reverb_time_s, mixer.reverb_damp_hz, level, sample_rate)


@rt
def mixer_reset(mixer, sample_rate):
    """Strips as a careful engineer leaves them before strangers arrive; silence everywhere."""
    for g in range(GROUPS):
        strips, microphone = mixer.strips[g], g < MICROPHONE_GROUPS
        for lane in range(LANES):
            strip_set(strips, lane, GAIN_DB, 0.0 if microphone else -6.0)
            strip_set(strips, lane, PAN, 0.0)
            strip_set(strips, lane, MUTE, 0.0)
            strip_set(strips, lane, SEND_DB, -14.0 if microphone else -16.0)
            strip_set(strips, lane, HIGHPASS_HZ, 80.0 if microphone else 0.0)
            strip_set(strips, lane, LOW_HZ, 120.0)
            strip_set(strips, lane, LOW_Q, 0.7)
            strip_set(strips, lane, LOW_DB, 0.0)
            strip_set(strips, lane, MID_HZ, 1000.0)
            strip_set(strips, lane, MID_Q, 1.0)
            strip_set(strips, lane, MID_DB, 0.0)
            strip_set(strips, lane, HIGH_HZ, 6000.0)
            strip_set(strips, lane, HIGH_Q, 0.8)
            strip_set(strips, lane, HIGH_DB, 0.0)
            strip_set(strips, lane, THRESHOLD_DB, -18.0 if microphone else -12.0)
            strip_set(strips, lane, RATIO, 3.0 if microphone else 1.0)
            strip_set(strips, lane, ATTACK_MS, 5.0)
            strip_set(strips, lane, RELEASE_MS, 80.0)
            strip_set(strips, lane, CEILING_DBFS, -3.0)
        strips_jump(strips, sample_rate)
    for p in range(PLAYERS):
        mixer.residue[p] = 0.0
    mixer.reverb_time_s = 1.6
    mixer.reverb_damp_hz = 6000.0
    mixer_set(mixer, REVERB_DB, 0.0, sample_rate)
    for bus in (mixer.players, mixer.microphones):
        reverb_reset(bus.reverb)
        reverb_jump(bus.reverb)
    limiter_reset(mixer.room_limiter)
    limiter_reset(mixer.take_limiter)
    mixer.gain = 1.0
    mixer.gain_to = 1.0


@rt
def mixer_begin(mixer):
    """Empty the players' buses before the voices of a grid step are rendered."""
    for i in range(0, PLAYERS * GRID, 8):
        store8(mixer.buses, i, splat8(F(0.0)))


@rt
def _fade_residue(mixer, sample_rate):
    fall = F(1.0 - smoothing(RESIDUE_S, sample_rate))
    for p in range(PLAYERS):
        left = mixer.residue[p]
        if left != F(0.0):
            for i in range(p * GRID, (p + 1) * GRID):
                left *= fall
                mixer.buses[i] += left
            mixer.residue[p] = left if abs(left) > F(1e-6) else F(0.0)


@rt
def _sum_bus(bus):
    """Add up the lanes of a bus, let its reverb answer, and add that."""
    for i in range(0, GRID, 8):
        store8(bus.sum_left, i, totals8(bus.left, i * LANES))
        store8(bus.sum_right, i, totals8(bus.right, i * LANES))
        store8(bus.reverb.x, i, totals8(bus.send, i * LANES))
    reverb_process(bus.reverb)
    for i in range(0, GRID, 8):
        store8(bus.sum_left, i, load8(bus.sum_left, i) + load8(bus.reverb.left, i))
        store8(bus.sum_right, i, load8(bus.sum_right, i) + load8(bus.reverb.right, i))


@rt
def _clear_bus(bus):
    zero = splat8(F(0.0))
    for i in range(0, GRID * LANES, LANES):
        store8(bus.left, i, zero)
        store8(bus.right, i, zero)
        store8(bus.send, i, zero)


@rt
def mixer_process(mixer, stems, row, stride, input_channels, keep_microphones, sample_rate):
    """Mix one grid step.

    In: mixer.buses (voices) and strips[0..1].x (microphones).  Out: room_limiter.left and .right, which lag by GRID frames,
    and GRID rows of `stems` from `row` on.
    """
    players, microphones = mixer.players, mixer.microphones
    _fade_residue(mixer, sample_rate)
    _clear_bus(players)
    for g in range(MICROPHONE_GROUPS, GROUPS):
        strips, at = mixer.strips[g], (g - MICROPHONE_GROUPS) * LANES * GRID
        transpose8(mixer.buses, at, GRID, strips.x, 0, LANES)
        transpose8(mixer.buses, at + 8, GRID, strips.x, 8 * LANES, LANES)
        strips_process(strips, players.left, players.right, players.send, stems, row, stride,
                       PLAYER_COLUMN + (g - MICROPHONE_GROUPS) * 2 * LANES, sample_rate)
    _sum_bus(players)

    _clear_bus(microphones)
    for g in range(MICROPHONE_GROUPS):
        if g * LANES < input_channels:
            column = MICROPHONE_COLUMN + g * 2 * LANES if keep_microphones else -1
            strips_process(mixer.strips[g], microphones.left, microphones.right, microphones.send, stems, row, stride,
                           column, sample_rate)
    _sum_bus(microphones)

    room, take = mixer.room_limiter, mixer.take_limiter
    gain = mixer.gain
    slope = F(smoothing(GLIDE_S, sample_rate / GRID)) * (mixer.gain_to - gain) * PART_OF_STEP
    for i in range(GRID):
        gain += slope
        left, right = players.sum_left[i], players.sum_right[i]
        all_left, all_right = left + microphones.sum_left[i], right + microphones.sum_right[i]
        room.left[i] = all_left * gain
        room.right[i] = all_right * gain
        take.left[i] = all_left if keep_microphones else left
        take.right[i] = all_right if keep_microphones else right
    mixer.gain = gain
    limiter_process(room, sample_rate)
    limiter_process(take, sample_rate)
    for i in range(GRID):
        at = (row + i) * stride
        stems[at + PLAYER_ROOM_COLUMN] = players.reverb.left[i]
        stems[at + PLAYER_ROOM_COLUMN + 1] = players.reverb.right[i]
        stems[at + MIX_COLUMN] = take.left[i]
        stems[at + MIX_COLUMN + 1] = take.right[i]
        if keep_microphones:
            stems[at + MICROPHONE_ROOM_COLUMN] = microphones.reverb.left[i]
            stems[at + MICROPHONE_ROOM_COLUMN + 1] = microphones.reverb.right[i]
