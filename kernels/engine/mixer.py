"""From player buses and microphones to loudspeakers and stems, one grid step at a time."""
import numpy as np

from ..effects.automix import automix_process, automix_reset, automix_set
from ..effects.balance import balance_process, balance_reset
from ..effects.chorus import chorus_at_rest, chorus_process, chorus_reset, chorus_tune
from ..effects.echo import echo_at_rest, echo_process, echo_reset, echo_tune
from ..effects.hearing import hearing_process, hearing_reset, hearing_tune
from ..effects.howl import howl_process, howl_reset
from ..effects.limiter import limiter_process, limiter_reset
from ..effects.loudness import loudness_process, loudness_reset
from ..effects.reverb import reverb_at_rest, reverb_jump, reverb_process, reverb_reset, reverb_room
from ..effects.rooms import LOUNGE, ROOMS
from ..effects.strip import (
    ATTACK_MS, CEILING_DBFS, CHORUS_DB, ECHO_DB, GAIN_DB, GATE_DB, GATE_OFF_DB, HIGHPASS_HZ, HIGH_HZ, HIGH_Q, LANES, LOW_HZ,
    LOW_Q, MID_HZ, MID_Q, PAN, PART_OF_STEP, REST_STEPS, strips_narrow,
    RATIO, RELEASE_MS, SEND_DB, STRIP_PARAMETERS, THRESHOLD_DB, strip_set, strips_at_rest, strips_jump, strips_pass,
    strips_process, strips_skip,
)
from ..effects.vocal import OFF, SLOTS, vocal_process, vocal_reset, vocal_set
from ..rt import GRID, rt
from ..rt.machine import expect_write
from ..rt.simd import absolute8, load8, ramp8, splat8, store8, total8, totals8, transpose8
from ..rt.units import clamp, gain_of_db, smoothing
from ..voices.part import BAND_BACKING, BAND_BACKING_RIGHT, BUSES, PLAYERS
from ..voices.pool import SILENCE
from .events import ECHO_BEATS, MASTER_GAIN_DB, MONITOR_AGE, REVERB_DB, ROOM, SHARE_GAIN, STOP_HOWL
from .state import (
    GROUPS, MICROPHONE_COLUMN, MICROPHONE_GROUPS, MICROPHONE_ROOM_COLUMN, MICROPHONES, MIX_COLUMN, PLAYER_COLUMN,
    PLAYER_ROOM_COLUMN,
)

F = np.float32
#: One width of numbers, so that a function is compiled once.
i8, f8 = np.int64, np.float64
#: Rest of a stolen voice fades with this time constant: no click, and gone before the new note has spoken.
RESIDUE_S = 0.002
GLIDE_S = 0.02
#: An echo that children hear as an answer: a dotted quaver, half as loud each time and darker; a slow, shallow chorus.
ECHO_AT_START_BEATS, ECHO_FEEDBACK, ECHO_TONE_HZ, CHORUS_DEPTH, CHORUS_HZ = 0.75, 0.5, 3500.0, 0.5, 0.6
#: A second voice stays behind the first.
VOCAL_AMOUNT = 0.7
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
def _ring(mixer, sample_rate):
    """Set what rings on, as room, echo and level say."""
    level = gain_of_db(mixer.reverb_db)
    for bus in (mixer.players, mixer.microphones):
        reverb_room(bus.reverb, i8(mixer.room), f8(mixer.reverb_db), sample_rate)
        if reverb_at_rest(bus.reverb):
            reverb_jump(bus.reverb)
        echo_tune(bus.echo, f8(mixer.echo_beats), ECHO_FEEDBACK, ECHO_TONE_HZ, level)
        chorus_tune(bus.chorus, CHORUS_DEPTH, CHORUS_HZ, level)


@rt
def mixer_set(mixer, parameter, value, sample_rate):
    """Ask for a master parameter (`events.py`); it glides there."""
    if parameter == MASTER_GAIN_DB:
        mixer.gain_to = gain_of_db(clamp(value, -120.0, 12.0))
    elif parameter == SHARE_GAIN:
        for lane in range(MICROPHONES):
            automix_set(mixer.automix, lane, 1.0 if value >= 0.5 else 0.0)
    elif parameter == STOP_HOWL:
        mixer.howl.on = 1 if value >= 0.5 else 0
    elif parameter == MONITOR_AGE:
        mixer.monitor = 1
        hearing_tune(mixer.hearing, value)
    else:
        if parameter == REVERB_DB:
            mixer.reverb_db = clamp(value, -120.0, 12.0)
        elif parameter == ROOM:
            mixer.room = int(clamp(value, 0.0, ROOMS - 1.0))
        elif parameter == ECHO_BEATS:
            mixer.echo_beats = value
        _ring(mixer, sample_rate)


@rt
def mixer_vocal(mixer, microphone, mode):
    """Give a microphone a second voice (mode: `effects/vocal.py`); False when all are in use elsewhere."""
    if mode == OFF and mixer.vocal_of[0] != microphone and mixer.vocal_of[1] != microphone:
        return True
    for wanted in (microphone, -1):
        for slot in range(SLOTS):
            if mixer.vocal_of[slot] == wanted or (wanted < 0 and mixer.vocal.slots[slot].mode == OFF):
                mixer.vocal_of[slot] = microphone
                vocal_set(mixer.vocal, slot, mode, VOCAL_AMOUNT)
                return True
    return False


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
    for g in range(2 * BUSES // LANES):
        _clear_lanes(mixer.buses, g * LANES * GRID)
    for p in range(2 * BUSES):
        mixer.residue[p] = 0.0
    for bus in (mixer.players, mixer.microphones):
        echo_reset(bus.echo, sample_rate)
        chorus_reset(bus.chorus, sample_rate)
    mixer.reverb_db = 0.0
    mixer.room = LOUNGE
    mixer.echo_beats = ECHO_AT_START_BEATS
    _ring(mixer, sample_rate)
    for bus in (mixer.players, mixer.microphones):
        reverb_reset(bus.reverb)
        reverb_jump(bus.reverb)
    automix_reset(mixer.automix, sample_rate)
    vocal_reset(mixer.vocal, sample_rate)
    for slot in range(SLOTS):
        mixer.vocal_of[slot] = -1
    howl_reset(mixer.howl, sample_rate)
    mixer.howl.on = 0
    loudness_reset(mixer.loudness, sample_rate)
    hearing_reset(mixer.hearing, sample_rate)
    limiter_reset(mixer.monitor_limiter, sample_rate)
    mixer.monitor = 0
    limiter_reset(mixer.room_limiter, sample_rate)
    limiter_reset(mixer.take_limiter, sample_rate)
    mixer.glide = smoothing(GLIDE_S, sample_rate / GRID)
    fall = 1.0 - smoothing(RESIDUE_S, sample_rate)
    for i in range(GRID):
        mixer.residue_fall[i] = fall ** (i + 1)
    mixer.gain = 1.0
    mixer.gain_to = 1.0


@rt
def _fade_residue(mixer):
    for first in range(0, 2 * BUSES, 8):
        if total8(absolute8(load8(mixer.residue, first))) == F(0.0):
            continue
        for p in range(first, first + 8):
            left = mixer.residue[p]
            if left != F(0.0):
                for i in range(0, GRID, 8):
                    at = p * GRID + i
                    store8(mixer.buses, at, load8(mixer.buses, at) + load8(mixer.residue_fall, i) * left)
                left *= mixer.residue_fall[GRID - 1]
                mixer.residue[p] = left if abs(left) > F(SILENCE) else F(0.0)


@rt
def _is_silent(x, start, stop):
    """True when x[start:stop], whole grid steps of eight lanes, holds nothing but zeros."""
    a, b, c, d = splat8(F(0.0)), splat8(F(0.0)), splat8(F(0.0)), splat8(F(0.0))
    for i in range(start, stop, 32):  # four sums side by side: none waits for another
        a = a + absolute8(load8(x, i))
        b = b + absolute8(load8(x, i + 8))
        c = c + absolute8(load8(x, i + 16))
        d = d + absolute8(load8(x, i + 24))
    return total8((a + b) + (c + d)) == F(0.0)


@rt
def _clear_lanes(x, start):
    for i in range(start, start + GRID * LANES, LANES):
        store8(x, i, splat8(F(0.0)))


@rt
def _clear(x):
    for i in range(0, GRID, 8):
        store8(x, i, splat8(F(0.0)))


@rt
def _begin_bus(bus):
    """Forget the step before; lanes that were silent then are empty still."""
    sums = bus.sums
    _clear(bus.sum_left)
    _clear(bus.sum_right)
    _clear(bus.reverb.x)
    bus.heard = 0
    if not sums.silent:
        _clear_lanes(sums.left, 0)
        _clear_lanes(sums.right, 0)
        _clear_lanes(sums.send, 0)
    if sums.echoing:
        _clear_lanes(sums.echo, 0)
    if sums.chorusing:
        _clear_lanes(sums.chorus, 0)
    sums.silent = 1
    sums.echoing = 0
    sums.chorusing = 0


@rt
def _add(x, y):
    for i in range(0, GRID, 8):
        store8(x, i, load8(x, i) + load8(y, i))


@rt
def _add_up(x, lanes):
    """Add eight lanes that are still apart."""
    for i in range(0, GRID, 8):
        store8(x, i, load8(x, i) + totals8(lanes, i * LANES))


@rt
def _is_quiet(bus):
    """True when nothing is on a bus and nothing rings on."""
    return not bus.heard and reverb_at_rest(bus.reverb) and echo_at_rest(bus.echo) and chorus_at_rest(bus.chorus)


@rt
def _sum_bus(bus):
    """Add up the lanes of a bus, and what is sent to its room."""
    sums = bus.sums
    if not sums.silent:
        bus.heard = 1
        _add_up(bus.sum_left, sums.left)
        _add_up(bus.sum_right, sums.right)
        _add_up(bus.reverb.x, sums.send)


@rt
def _answer(bus, beats_per_frame):
    """Let room, echo and chorus of a bus answer, all in reverb.left and reverb.right, and add that."""
    sums, left, right = bus.sums, bus.reverb.left, bus.reverb.right
    if _is_quiet(bus):
        _clear(left)
        _clear(right)
        return
    reverb_process(bus.reverb)
    if sums.echoing or not echo_at_rest(bus.echo):
        _clear(bus.echo.x)
        _add_up(bus.echo.x, sums.echo)
        echo_process(bus.echo, beats_per_frame)
        _add(left, bus.echo.left)
        _add(right, bus.echo.right)
    if sums.chorusing or not chorus_at_rest(bus.chorus):
        _clear(bus.chorus.x)
        _add_up(bus.chorus.x, sums.chorus)
        chorus_process(bus.chorus)
        _add(left, bus.chorus.left)
        _add(right, bus.chorus.right)
    _add(bus.sum_left, left)
    _add(bus.sum_right, right)


@rt
def _mix_players(mixer, stems, step, step_floats, beats_per_frame, sample_rate):
    players = mixer.players
    balance_process(mixer.balance, mixer.buses)
    _fade_residue(mixer)
    _begin_bus(players)
    any_side = not _is_silent(mixer.buses, SIDE, 2 * SIDE)
    for g in range(MICROPHONE_GROUPS, GROUPS):
        strips, at = mixer.strips[g], (g - MICROPHONE_GROUPS) * LANES * GRID
        kept = step + (PLAYER_COLUMN + (g - MICROPHONE_GROUPS) * 2 * LANES) * GRID
        wide = any_side and not _is_silent(mixer.buses, SIDE + at, SIDE + at + GRID * LANES)
        if strips_at_rest(strips) and not wide and _is_silent(mixer.buses, at, at + GRID * LANES):
            strips_skip(strips, stems, kept, step_floats)
            continue
        if strips_pass(strips, mixer.buses, at, SIDE + at, wide, players, stems, kept, step_floats):
            players.heard = 1
            continue
        transpose8(mixer.buses, at, GRID, strips.x, 0, LANES)
        transpose8(mixer.buses, at + 8, GRID, strips.x, 8 * LANES, LANES)
        _clear_lanes(mixer.buses, at)
        if wide:
            strips.wide = REST_STEPS
            transpose8(mixer.buses, SIDE + at, GRID, strips.y, 0, LANES)
            transpose8(mixer.buses, SIDE + at + 8, GRID, strips.y, 8 * LANES, LANES)
            _clear_lanes(mixer.buses, SIDE + at)
        elif strips.wide:
            strips_narrow(strips)
        strips_process(strips, players.sums, stems, kept, step_floats, sample_rate)
        players.sums.silent = 0
    _sum_bus(players)
    _answer(players, beats_per_frame)


@rt
def _sing_along(mixer):
    """Second voices for microphones that have one."""
    for slot in range(SLOTS):
        microphone = mixer.vocal_of[slot]
        if microphone >= 0:
            x, lane, y = mixer.strips[microphone // LANES].x, microphone % LANES, mixer.vocal.slots[slot].y
            vocal_process(mixer.vocal, slot, x, lane, LANES)
            for i in range(GRID):
                x[i * LANES + lane] += y[i]


@rt
def _mix_microphones(mixer, stems, step, step_floats, input_channels, keep_microphones, beats_per_frame, sample_rate):
    microphones = mixer.microphones
    _begin_bus(microphones)
    automix_process(mixer.automix, mixer.strips[0].x, mixer.strips[1].x, input_channels)
    _sing_along(mixer)
    for g in range(MICROPHONE_GROUPS):
        if g * LANES < input_channels:
            strips, kept = mixer.strips[g], step + (MICROPHONE_COLUMN + g * 2 * LANES) * GRID if keep_microphones else -1
            if strips_at_rest(strips) and _is_silent(strips.x, 0, GRID * LANES):
                strips_skip(strips, stems, kept, step_floats)
                continue
            strips_process(strips, microphones.sums, stems, kept, step_floats, sample_rate)
            microphones.sums.silent = 0
    _sum_bus(microphones)
    howl_process(mixer.howl, microphones.sum_left, microphones.sum_right, microphones.reverb.x)
    _answer(microphones, beats_per_frame)


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
def mixer_process(mixer, stems, step, step_floats, input_channels, keep_microphones, beats_per_frame, sample_rate):
    """Mix one grid step.

    In: mixer.buses (voices), left empty, and strips[0..1].x (microphones).  Out: room_limiter.left and .right and, where
    somebody listens, monitor_limiter.left and .right, which lag by GRID frames, and one step of the stem ring: `step_floats`
    numbers of `stems` from `step` on.
    """
    _mix_players(mixer, stems, step, step_floats, beats_per_frame, sample_rate)
    if input_channels > 0:
        _mix_microphones(mixer, stems, step, step_floats, input_channels, keep_microphones, beats_per_frame, sample_rate)
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
    if mixer.monitor:
        monitor = mixer.monitor_limiter
        for i in range(0, GRID, 8):
            store8(monitor.left, i, load8(room.left, i))
            store8(monitor.right, i, load8(room.right, i))
        hearing_process(mixer.hearing, monitor.left, monitor.right)
        limiter_process(monitor)
    limiter_process(room)
    limiter_process(take)
    loudness_process(mixer.loudness, take.left, take.right)
    _keep_pair(stems, step + PLAYER_ROOM_COLUMN * GRID, players.reverb.left, players.reverb.right)
    _keep_pair(stems, step + MIX_COLUMN * GRID, take.left, take.right)
    if keep_microphones:
        _keep_pair(stems, step + MICROPHONE_ROOM_COLUMN * GRID, microphones.reverb.left, microphones.reverb.right)
