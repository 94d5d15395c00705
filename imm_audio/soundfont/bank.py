"""Turns rows of generators into the tables of the sampler: times in seconds, tunings and levels in octaves."""
import numpy as np

from ..kernels.voices.sampler import BANK, DRUM_KIT, PROGRAMS, SHAPES, interpolator
from . import modulators as m
from .words import (
    ATTACK,
    ATTENUATION,
    ATTENUATION_SCALE,
    CENTIBELS_PER_OCTAVE,
    CENTS_ORIGIN_HZ,
    COARSE,
    CUTOFF,
    DECAY,
    DECAY_KEY,
    DELAY,
    EXCLUSIVE,
    FINE,
    FIXED_KEY,
    FIXED_VELOCITY,
    HOLD,
    HOLD_KEY,
    KEY_HIGH,
    KEY_LOW,
    LFO_CUTOFF,
    LFO_DELAY,
    LFO_LEVEL,
    LFO_PITCH,
    LFO_RATE,
    MOD_ATTACK,
    MOD_CUTOFF,
    MOD_DECAY,
    MOD_DECAY_KEY,
    MOD_DELAY,
    MOD_HOLD,
    MOD_HOLD_KEY,
    MOD_PITCH,
    MOD_RELEASE,
    MOD_SUSTAIN,
    MODULATORS,
    PAN,
    RELEASE,
    RESONANCE,
    ROOT,
    SAMPLE_OF,
    SCALE,
    SUSTAIN,
    VELOCITY_HIGH,
    VELOCITY_LOW,
    VIBRATO_DELAY,
    VIBRATO_PITCH,
    VIBRATO_RATE,
)

#: Recorded rates [Hz] that can be meant; others are taken for the usual one.
LOWEST_HZ, HIGHEST_HZ, USUAL_HZ = 400, 400_000, 44100
#: Sustain counts in 96 dB, as decay and release do.
SUSTAIN_SCALE = 0.96
#: Columns that become whole numbers of a zone, octaves (from cents), and seconds (from timecents).
WHOLE = {"key_low": KEY_LOW, "key_high": KEY_HIGH, "velocity_low": VELOCITY_LOW, "velocity_high": VELOCITY_HIGH,
         "exclusive": EXCLUSIVE, "fixed_key": FIXED_KEY, "fixed_velocity": FIXED_VELOCITY}
OCTAVES = {"scale": SCALE, "hold_key": HOLD_KEY, "decay_key": DECAY_KEY, "mod_hold_key": MOD_HOLD_KEY,
           "mod_decay_key": MOD_DECAY_KEY, "mod_pitch": MOD_PITCH, "mod_cutoff": MOD_CUTOFF, "lfo_pitch": LFO_PITCH,
           "lfo_cutoff": LFO_CUTOFF, "vibrato_pitch": VIBRATO_PITCH}
SECONDS = {"delay_s": DELAY, "attack_s": ATTACK, "hold_s": HOLD, "decay_s": DECAY, "release_s": RELEASE,
           "mod_delay_s": MOD_DELAY, "mod_attack_s": MOD_ATTACK, "mod_hold_s": MOD_HOLD, "mod_decay_s": MOD_DECAY,
           "mod_release_s": MOD_RELEASE, "lfo_delay_s": LFO_DELAY, "vibrato_delay_s": VIBRATO_DELAY}


def tunings(rows: np.ndarray, headers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recorded key of each zone, and its tuning in octaves + log2 of the recorded rate [Hz]."""
    header = headers[rows[:, SAMPLE_OF]]
    root = np.where(rows[:, ROOT] >= 0, rows[:, ROOT], np.where(header["key"] <= 127, header["key"], 60))
    rate_hz = header["rate_hz"].astype("f8")
    rate_hz[(rate_hz < LOWEST_HZ) | (rate_hz > HIGHEST_HZ)] = USUAL_HZ
    cents = rows[:, COARSE] * 100.0 + rows[:, FINE] + header["correction_cents"]
    return root, cents / 1200.0 + np.log2(rate_hz)


def make_bank(rows: np.ndarray, programs: np.ndarray, headers: np.ndarray, laid: np.ndarray,
              sets: list[m.Modulators]) -> tuple[np.ndarray, int]:
    """Make a BANK record of zones; `laid`: what `copy_samples` says of each.  Also counts modulators that were ignored."""
    bank = np.zeros(1, BANK)
    zones = bank["zones"][0][:len(rows)]
    for name, column in WHOLE.items():
        zones[name] = rows[:, column]
    for name, column in OCTAVES.items():
        zones[name] = rows[:, column] / 1200.0
    for name, column in SECONDS.items():
        # the lowest value means none [8.1.3]
        zones[name] = np.where(rows[:, column] <= -12000, 0.0, 2.0 ** (rows[:, column] / 1200.0))
    zones["attack_s"] = np.maximum(zones["attack_s"], 2.0 ** -10)
    for column, name in enumerate(("start", "stop", "loop", "tail", "tail_stop")):
        zones[name] = laid[:, column]
    zones["root"], pitch = tunings(rows, headers)
    zones["pitch"] = pitch + np.log2(laid[:, 5])
    resonance_db = rows[:, RESONANCE] / 10.0
    zones["damping"] = 10.0 ** (-(resonance_db - 3.01) / 20.0)
    # constant power: cos and sin of an angle from -45 to 45 degrees are middle and side, at the level of both loudspeakers
    angle = -rows[:, PAN] / 1000.0 * (np.pi / 2.0)
    zones["lean"] = np.tan(angle)
    # half of the resonance is taken from the level at DC [8.1.3, initialFilterQ]
    loss = ATTENUATION_SCALE * rows[:, ATTENUATION] + 5.0 * resonance_db
    zones["level"] = np.log2(np.cos(angle)) - loss / CENTIBELS_PER_OCTAVE
    zones["cutoff"] = rows[:, CUTOFF] / 1200.0 + np.log2(CENTS_ORIGIN_HZ)
    zones["sustain"] = -SUSTAIN_SCALE * rows[:, SUSTAIN] / CENTIBELS_PER_OCTAVE
    zones["mod_sustain"] = 1.0 - rows[:, MOD_SUSTAIN] / 1000.0
    zones["lfo_level"] = rows[:, LFO_LEVEL] / CENTIBELS_PER_OCTAVE
    zones["lfo_hz"] = CENTS_ORIGIN_HZ * 2.0 ** (rows[:, LFO_RATE] / 1200.0)
    zones["vibrato_hz"] = CENTS_ORIGIN_HZ * 2.0 ** (rows[:, VIBRATO_RATE] / 1200.0)
    ignored = _set_modulators(bank, zones, rows[:, MODULATORS], sets)
    _index(bank, programs)
    bank["taps"][0] = interpolator()
    return bank[0], ignored


def _set_modulators(bank: np.ndarray, zones: np.ndarray, numbers: np.ndarray, sets: list[m.Modulators]) -> int:
    """Write what modulators do into zones and shapes; count those that were ignored."""
    ignored, shapes = 0, 1
    known = {np.zeros(1, bank["shapes"].dtype).tobytes(): 0}
    for number in np.unique(numbers).tolist():
        mine = zones[numbers == number]     # a copy
        for name, key, unit in (("velocity_level", (m.VELOCITY_CONCAVE, ATTENUATION, 0), 2.0 / m.FULL_CENTIBELS),
                                ("velocity_cutoff", (m.VELOCITY_LINEAR, CUTOFF, 0), 1.0 / 1200.0)):
            mine[name] = np.clip(sets[number].get(key, 0) * unit, -16.0, 16.0)
        shape, constant, lost = m.compile_modulators(sets[number])
        ignored += lost
        for name, target in (("level", m.kernel.TO_LEVEL), ("cutoff", m.kernel.TO_CUTOFF), ("pitch", m.kernel.TO_PITCH),
                             ("mod_pitch", m.kernel.TO_MOD_PITCH), ("mod_cutoff", m.kernel.TO_MOD_CUTOFF)):
            mine[name] += constant[target]
        for name, target in (("attack_s", m.kernel.TO_ATTACK), ("hold_s", m.kernel.TO_HOLD), ("decay_s", m.kernel.TO_DECAY),
                             ("release_s", m.kernel.TO_RELEASE), ("mod_attack_s", m.kernel.TO_MOD_ATTACK),
                             ("mod_decay_s", m.kernel.TO_MOD_DECAY)):
            mine[name] *= 2.0 ** constant[target]
        content = shape.tobytes()
        if content not in known and shapes < SHAPES:
            known[content] = shapes
            bank["shapes"][0, shapes] = shape[0]
            shapes += 1
        elif content not in known:
            ignored += 1
        mine["shape"] = known.get(content, 0)
        zones[numbers == number] = mine
    return ignored


def _index(bank: np.ndarray, programs: np.ndarray) -> None:
    """Say where the zones of each program lie; programs that are missing borrow from the nearest."""
    first, count = bank["first"][0], bank["count"][0]
    numbers = np.arange(PROGRAMS)
    first[:] = np.searchsorted(programs, numbers, "left")
    count[:] = np.searchsorted(programs, numbers, "right") - first
    present = np.flatnonzero(count[:DRUM_KIT])
    if present.size:
        lender = present[np.maximum(np.searchsorted(present, numbers[:DRUM_KIT], "right") - 1, 0)]
        first[:DRUM_KIT], count[:DRUM_KIT] = first[lender], count[lender]
