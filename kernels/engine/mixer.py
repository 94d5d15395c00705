"""From player buses and microphones to loudspeakers and stems, one grid step at a time."""
import numpy as np

from ..effects.balance import balance_process, balance_reset
from ..effects.limiter import limiter_process, limiter_reset
from ..effects.reverb import reverb_at_rest, reverb_jump, reverb_process, reverb_reset, reverb_tune
from ..effects.strip import (
    ATTACK_MS, CEILING_DBFS, CHORUS_DB, ECHO_DB, GAIN_DB, GATE_DB, GATE_OFF_DB, HIGHPASS_HZ, HIGH_HZ, HIGH_Q, LANES, LOW_HZ, LOW_Q, MID_HZ, MID_Q, PAN, PART_OF_STEP,
    RATIO, RELEASE_MS, SEND_DB, STRIP_PARAMETERS, THRESHOLD_DB, strip_set, strips_at_rest, strips_jump, strips_process,
    strips_skip,
)
from ..rt import GRID, rt
from ..rt.machine import expect_write
from ..rt.simd import absolute8, largest8, load8, peak8, ramp8, splat8, store8, totals8, transpose8
from ..rt.units import clamp, gain_of_db, smoothing
from ..voices.part import BAND_BACKING, BAND_BACKING_RIGHT, BUSES, PLAYERS
from ..voices.pool import SILENCE
from .events import MASTER_GAIN_DB, REVERB_DAMP_HZ, REVERB_DB, REVERB_TIME_S
from .state import (
    GROUPS, MICROPHONE_COLUMN, MICROPHONE_GROUPS, MICROPHONE_ROOM_COLUMN, MICROPHONES, MIX_COLUMN, PLAYER_COLUMN,
    PLAYER_ROOM_COLUMN,
)

F = np.float32
#: Rest of a stolen voice fades with this time constant: no click, and gone before the new note has spoken.
RESIDUE_S = 0.002
GLIDE_S = 0.02
#: Where the sides begin in mixer.buses.
SIDE = BUSES * GRID

#: Strips as a careful engineer leaves them before strangers arrive.
_PLAYER = np.zeros(STRIP_PARAMETERS)
for _parameter, _value in ((GAIN_DB, -6.0), (SEND_DB, -16.0), (LOW_HZ, 120.0), (LOW_Q, 0.7), (MID_HZ, 1000.0), (MID_Q, 1.0),
                           (HIGH_HZ, 6000.0), (HIGH_Q, 0.8), (THRESHOLD_DB, -12.0), (RATIO, 1.0), (ATTACK_MS, 5.0),
                           (RELEASE_MS, 80.0), (CEILING_DBFS, -3.0), (GATE_DB, GATE_OFF_DB), (ECHO_DB, -120.0),
                           (CHORUS_DB, -120.0)):
    _PLAYER[_parameter] = _value
#: The band stays 6 dB below the players: it carries them and never covers them.
BAND_GAIN_DB = -12.0
_MICROPHONE = _PLAYER.copy()
for _parameter, _value in ((GAIN_DB, 0.0), (SEND_DB, -14.0), (HIGHPASS_HZ, 80.0), (THRESHOLD_DB, -18.0), (RATIO, 3.0)):
    _MICROPHONE[_parameter] = _value


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
    """Defaults and silence everywhere."""
    for g in range(GROUPS):
        strips, microphone = mixer.strips[g], g < MICROPHONE_GROUPS
        for lane in range(LANES):
            for parameter in range(STRIP_PARAMETERS):
                strip_set(strips, lane, parameter, _MICROPHONE[parameter] if microphone else _PLAYER[parameter])
            if g * LANES >= MICROPHONES + PLAYERS:
                strip_set(strips, lane, GAIN_DB, BAND_GAIN_DB)
        strips_jump(strips, sample_rate)
    for seat, pan in ((BAND_BACKING, -1.0), (BAND_BACKING_RIGHT, 1.0)):  # one recording, which has its own room
        strips, lane = mixer.strips[(MICROPHONES + seat) // LANES], seat % LANES
        strip_set(strips, lane, PAN, pan)
        strip_set(strips, lane, SEND_DB, -120.0)
        strips_jump(strips, sample_rate)
    balance_reset(mixer.balance, sample_rate)
    for p in range(BUSES):
        mixer.residue[p] = 0.0
    mixer.reverb_time_s = 1.6
    mixer.reverb_damp_hz = 6000.0
    mixer_set(mixer, REVERB_DB, 0.0, sample_rate)
    for bus in (mixer.players, mixer.microphones):
        reverb_reset(bus.reverb)
        reverb_jump(bus.reverb)
    limiter_reset(mixer.room_limiter, sample_rate)
    limiter_reset(mixer.take_limiter, sample_rate)
    mixer.glide = smoothing(GLIDE_S, sample_rate / GRID)
    fall = 1.0 - smoothing(RESIDUE_S, sample_rate)
    for i in range(GRID):
        mixer.residue_fall[i] = fall ** (i + 1)
    mixer.gain = 1.0
    mixer.gain_to = 1.0


@rt
def mixer_begin(mixer):
    """Empty the buses before the voices of a grid step are rendered."""
    for i in range(0, 2 * BUSES * GRID, 8):
        store8(mixer.buses, i, splat8(F(0.0)))


@rt
def _fade_residue(mixer):
    for p in range(2 * BUSES):
        left = mixer.residue[p]
        if left != F(0.0):
            for i in range(0, GRID, 8):
                at = p * GRID + i
                store8(mixer.buses, at, load8(mixer.buses, at) + load8(mixer.residue_fall, i) * left)
            left *= mixer.residue_fall[GRID - 1]
            mixer.residue[p] = left if abs(left) > F(SILENCE) else F(0.0)


@rt
def _is_silent(x, start):
    """True when eight planes of a grid step from `start` on hold nothing but zeros."""
    loudest = splat8(F(0.0))
    for i in range(start, start + LANES * GRID, 8):
        loudest = largest8(absolute8(load8(x, i)), loudest)
    return peak8(loudest) == F(0.0)


@rt
def _clear_sums(sums):
    zero = splat8(F(0.0))
    for i in range(0, GRID * LANES, LANES):
        store8(sums.left, i, zero)
        store8(sums.right, i, zero)
        store8(sums.send, i, zero)
        store8(sums.echo, i, zero)
        store8(sums.chorus, i, zero)
    sums.silent = 1
    sums.echoing = 0
    sums.chorusing = 0


@rt
def _sum_bus(bus):
    """Add up the lanes of a bus, let its reverb answer, and add that."""
    sums = bus.sums
    if sums.silent and reverb_at_rest(bus.reverb):
        zero = splat8(F(0.0))
        for i in range(0, GRID, 8):
            store8(bus.sum_left, i, zero)
            store8(bus.sum_right, i, zero)
            store8(bus.reverb.left, i, zero)
            store8(bus.reverb.right, i, zero)
        return
    for i in range(0, GRID, 8):
        store8(bus.sum_left, i, totals8(sums.left, i * LANES))
        store8(bus.sum_right, i, totals8(sums.right, i * LANES))
        store8(bus.reverb.x, i, totals8(sums.send, i * LANES))
    reverb_process(bus.reverb)
    for i in range(0, GRID, 8):
        store8(bus.sum_left, i, load8(bus.sum_left, i) + load8(bus.reverb.left, i))
        store8(bus.sum_right, i, load8(bus.sum_right, i) + load8(bus.reverb.right, i))


@rt
def _mix_players(mixer, stems, step, step_floats, sample_rate):
    players = mixer.players
    balance_process(mixer.balance, mixer.buses)
    _fade_residue(mixer)
    _clear_sums(players.sums)
    for g in range(MICROPHONE_GROUPS, GROUPS):
        strips, at = mixer.strips[g], (g - MICROPHONE_GROUPS) * LANES * GRID
        kept = step + (PLAYER_COLUMN + (g - MICROPHONE_GROUPS) * 2 * LANES) * GRID
        if strips_at_rest(strips) and _is_silent(mixer.buses, at) and _is_silent(mixer.buses, SIDE + at):
            strips_skip(strips, stems, kept, step_floats)
            continue
        transpose8(mixer.buses, at, GRID, strips.x, 0, LANES)
        transpose8(mixer.buses, at + 8, GRID, strips.x, 8 * LANES, LANES)
        transpose8(mixer.buses, SIDE + at, GRID, strips.y, 0, LANES)
        transpose8(mixer.buses, SIDE + at + 8, GRID, strips.y, 8 * LANES, LANES)
        strips_process(strips, players.sums, stems, kept, step_floats, sample_rate)
        players.sums.silent = 0
    _sum_bus(players)


@rt
def _mix_microphones(mixer, stems, step, step_floats, input_channels, keep_microphones, sample_rate):
    microphones = mixer.microphones
    _clear_sums(microphones.sums)
    for g in range(MICROPHONE_GROUPS):
        if g * LANES < input_channels:
            strips, kept = mixer.strips[g], step + (MICROPHONE_COLUMN + g * 2 * LANES) * GRID if keep_microphones else -1
            if strips_at_rest(strips) and _is_silent(strips.x, 0):
                strips_skip(strips, stems, kept, step_floats)
                continue
            strips_process(strips, microphones.sums, stems, kept, step_floats, sample_rate)
            microphones.sums.silent = 0
    _sum_bus(microphones)


@rt
def _keep_pair(stems, at, left, right):
    for i in range(0, GRID, 8):
        store8(stems, at + i, load8(left, i))
        store8(stems, at + GRID + i, load8(right, i))


@rt
def mixer_expect(mixer, stems, step, input_channels, keep_microphones):
    """Fetch the places of the stems that this grid step will write: 10 s of them lie far from the cache."""
    for g in range(GROUPS):
        if g < MICROPHONE_GROUPS:
            first = MICROPHONE_COLUMN + g * 2 * LANES
            if not keep_microphones or g * LANES >= input_channels:
                continue
        else:
            first = PLAYER_COLUMN + (g - MICROPHONE_GROUPS) * 2 * LANES
        for lane in range(LANES):
            if mixer.strips[g].blank[lane] == 0:
                expect_write(stems, step + (first + lane) * GRID)
                expect_write(stems, step + (first + LANES + lane) * GRID)
    for column in range(PLAYER_ROOM_COLUMN, MIX_COLUMN + 2):
        expect_write(stems, step + column * GRID)


@rt
def mixer_process(mixer, stems, step, step_floats, input_channels, keep_microphones, sample_rate):
    """Mix one grid step.

    In: mixer.buses (voices) and strips[0..1].x (microphones).  Out: room_limiter.left and .right, which lag by GRID frames,
    and one step of the stem ring: `step_floats` numbers of `stems` from `step` on.
    """
    _mix_players(mixer, stems, step, step_floats, sample_rate)
    _mix_microphones(mixer, stems, step, step_floats, input_channels, keep_microphones, sample_rate)
    players, microphones, room, take = mixer.players, mixer.microphones, mixer.room_limiter, mixer.take_limiter
    gain = mixer.gain
    slope = mixer.glide * (mixer.gain_to - gain) * PART_OF_STEP
    for i in range(0, GRID, 8):
        g = ramp8() * slope + (gain + slope * F(i))
        left, right = load8(players.sum_left, i), load8(players.sum_right, i)
        all_left, all_right = left + load8(microphones.sum_left, i), right + load8(microphones.sum_right, i)
        store8(room.left, i, all_left * g)
        store8(room.right, i, all_right * g)
        store8(take.left, i, all_left if keep_microphones else left)
        store8(take.right, i, all_right if keep_microphones else right)
    mixer.gain = gain + slope * F(GRID)
    limiter_process(room)
    limiter_process(take)
    _keep_pair(stems, step + PLAYER_ROOM_COLUMN * GRID, players.reverb.left, players.reverb.right)
    _keep_pair(stems, step + MIX_COLUMN * GRID, take.left, take.right)
    if keep_microphones:
        _keep_pair(stems, step + MICROPHONE_ROOM_COLUMN * GRID, microphones.reverb.left, microphones.reverb.right)
