"""Turns a font's modulators [8.2 .. 8.4] into numbers that the sampler adds when a note begins, or moves while it sounds.

Of velocity and key: to level, cutoff, pitch, times of the envelopes, and how far the modulation envelope reaches.  Of
wheel, pressure and breath: to level, cutoff and the slow oscillator.  Curves: linear ones exactly; those that are
logarithms of velocity too; others become the straight line between their ends.  What volume, expression, pan, bend and
vibrato do belongs to the part and the mixer, whatever a font says: a child who turns "wobble" must hear it wobble.
"""
import numpy as np

import imm_audio.kernels.voices.sampler as kernel

from .words import (
    ATTACK,
    ATTENUATION,
    CENTIBELS_PER_OCTAVE,
    COARSE,
    CUTOFF,
    DECAY,
    FINE,
    HOLD,
    LFO_CUTOFF,
    LFO_LEVEL,
    LFO_PITCH,
    MOD_ATTACK,
    MOD_CUTOFF,
    MOD_DECAY,
    MOD_PITCH,
    RELEASE,
    VIBRATO_PITCH,
)

#: Modulators of one zone: (source, target, source of the amount) -> amount.
Modulators = dict[tuple[int, int, int], int]

#: Sources [8.2.1]: velocity falling, concave or linear; the step in the middle that version 2.01 gives the second one.
VELOCITY_CONCAVE, VELOCITY_LINEAR, VELOCITY_STEP = 0x0502, 0x0102, 0x0D02
#: Defaults that every zone has [8.4.1, 8.4.2]: 960 cB make the gain the square of velocity; -2400 cents.
FULL_CENTIBELS = 960
DEFAULTS: Modulators = {(VELOCITY_CONCAVE, ATTENUATION, 0): FULL_CENTIBELS, (VELOCITY_LINEAR, CUTOFF, 0): -2400}

NOTHING, VELOCITY, KEY, KEY_PRESSURE, PRESSURE, BEND = 0, 2, 3, 10, 13, 14
CC = 0x80
WHEEL, BREATH, VOLUME, PAN, EXPRESSION, REVERB, CHORUS = (CC | number for number in (1, 2, 7, 10, 11, 91, 93))
LINEAR, CONCAVE, CONVEX, SWITCH = range(4)

_CENT, _CENTIBEL = 1.0 / 1200.0, -1.0 / CENTIBELS_PER_OCTAVE
#: What a note's modulators change, and octaves for each unit of the amount.
AT_START = {ATTENUATION: (kernel.TO_LEVEL, _CENTIBEL), CUTOFF: (kernel.TO_CUTOFF, _CENT),
            FINE: (kernel.TO_PITCH, _CENT), COARSE: (kernel.TO_PITCH, 100.0 * _CENT), ATTACK: (kernel.TO_ATTACK, _CENT),
            HOLD: (kernel.TO_HOLD, _CENT), DECAY: (kernel.TO_DECAY, _CENT), RELEASE: (kernel.TO_RELEASE, _CENT),
            MOD_ATTACK: (kernel.TO_MOD_ATTACK, _CENT), MOD_DECAY: (kernel.TO_MOD_DECAY, _CENT),
            MOD_PITCH: (kernel.TO_MOD_PITCH, _CENT), MOD_CUTOFF: (kernel.TO_MOD_CUTOFF, _CENT)}
BY_WHEEL = {ATTENUATION: ("wheel_level", _CENTIBEL), CUTOFF: ("wheel_cutoff", _CENT),
            LFO_PITCH: ("wheel_lfo_pitch", _CENT), LFO_LEVEL: ("wheel_lfo_level", 1.0 / CENTIBELS_PER_OCTAVE),
            LFO_CUTOFF: ("wheel_lfo_cutoff", _CENT)}
BY_BREATH = {ATTENUATION: ("breath_level", _CENTIBEL), CUTOFF: ("breath_cutoff", _CENT)}
#: No modulator moves anything by more than this many octaves; 16 of amplitude are 96 dB.
FARTHEST = 16.0


def normal(source: int, target: int, amount_source: int) -> tuple[int, int, int]:
    """Key by which a modulator replaces another one [9.5.1]; the step of 2.01 is left out."""
    plain = (source, target, amount_source) == (VELOCITY_LINEAR, CUTOFF, VELOCITY_STEP)
    return source, target, 0 if plain else amount_source


def compile_modulators(modulators: Modulators) -> tuple[np.ndarray, np.ndarray, int]:
    """Make a SHAPE record (array of one), constants (SHAPED,) in octaves that zones add, and count what was ignored."""
    shape, constant, ignored = np.zeros(1, kernel.SHAPE), np.zeros(kernel.SHAPED), 0
    for (source, target, amount_source), amount in modulators.items():
        if amount and DEFAULTS.get((source, target, amount_source)) is None and not _of_the_part(source, target):
            ignored += amount_source != 0 or not _add(shape, constant, source, target, amount)
    for name in kernel.SHAPE.names:
        shape[name] = np.clip(shape[name], -FARTHEST, FARTHEST)
    return shape, np.clip(constant, -FARTHEST, FARTHEST), ignored


def _of_the_part(source: int, target: int) -> bool:
    """Whether part or mixer do this."""
    index = source & 0xFF
    return (index in (VOLUME, PAN, REVERB, CHORUS, BEND) or (index == EXPRESSION and target == ATTENUATION)
            or (index in (WHEEL, PRESSURE, KEY_PRESSURE) and target == VIBRATO_PITCH))


def _add(shape: np.ndarray, constant: np.ndarray, source: int, target: int, amount: int) -> bool:
    """Add one modulator; False when it can't be played."""
    index, curve = source & 0xFF, source >> 10
    low, high = _ends(source)
    if curve >= SWITCH:
        return False
    if index in (NOTHING, VELOCITY, KEY) and target in AT_START:
        t, unit = AT_START[target]
        octaves = amount * unit
        rising = not source & 0x100
        if index == NOTHING:
            constant[t] += octaves
        elif index == VELOCITY and curve != LINEAR and not source & 0x200:
            name = "by_loudness" if rising == (curve == CONVEX) else "by_lack"
            constant[t] += octaves if curve == CONVEX else 0.0
            shape[name][0, t] += octaves * float(kernel.CONVEX) * (1.0 if curve == CONVEX else -1.0)
        else:
            constant[t] += octaves * low
            name, reach = ("by_velocity", 1.0) if index == VELOCITY else ("by_key", 127.0)
            shape[name][0, t] += octaves * (high - low) / reach
        return True
    if index in (WHEEL, PRESSURE, KEY_PRESSURE) and target in BY_WHEEL:
        name, unit = BY_WHEEL[target]
        octaves = amount * unit * (high - low)
        if abs(octaves) > abs(shape[name][0]):      # the part gives the larger of wheel and pressure
            shape[name] = octaves
        if target in AT_START and low and index == WHEEL:
            constant[AT_START[target][0]] += amount * unit * low
        return True
    if index in (BREATH, EXPRESSION) and target in BY_BREATH:
        name, unit = BY_BREATH[target]
        # a logarithm has a quarter of the line's height in its middle, where breath is heard
        shape[name] += amount * unit * (high - low) * (1.0 if curve == LINEAR else 0.25)
        constant[AT_START[target][0]] += amount * unit * high
        return True
    return False


def _ends(source: int) -> tuple[float, float]:
    """Value of a source at its lowest and highest place: direction and polarity [8.2.2, 8.2.3]."""
    low = -1.0 if source & 0x200 else 0.0
    return (1.0, low) if source & 0x100 else (low, 1.0)
