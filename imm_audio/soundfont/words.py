"""Records and numbers of the SoundFont 2 format, and what can be wrong with a file; [8.1.2] is a section of its paper."""
import numpy as np

PRESET = np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("library", "<u4"),
                   ("genre", "<u4"), ("morphology", "<u4")])
INSTRUMENT = np.dtype([("name", "S20"), ("bag", "<u2")])
BAG = np.dtype([("generator", "<u2"), ("modulator", "<u2")])
MODULATOR = np.dtype([("source", "<u2"), ("target", "<u2"), ("amount", "<i2"), ("scale", "<u2"), ("transform", "<u2")])
GENERATOR = np.dtype([("kind", "<u2"), ("amount", "<i2")])
SAMPLE = np.dtype([("name", "S20"), ("start", "<u4"), ("stop", "<u4"), ("loop_start", "<u4"), ("loop_stop", "<u4"),
                   ("rate_hz", "<u4"), ("key", "u1"), ("correction_cents", "i1"), ("link", "<u2"), ("kind", "<u2")])
TABLES = {b"phdr": PRESET, b"pbag": BAG, b"pmod": MODULATOR, b"pgen": GENERATOR, b"inst": INSTRUMENT, b"ibag": BAG,
          b"imod": MODULATOR, b"igen": GENERATOR, b"shdr": SAMPLE}

#: Generators [8.1.2] by number, with default, lowest and highest value [8.1.3].
(START, STOP, LOOP_START, LOOP_STOP, START_COARSE, LFO_PITCH, VIBRATO_PITCH, MOD_PITCH, CUTOFF, RESONANCE, LFO_CUTOFF,
 MOD_CUTOFF, STOP_COARSE, LFO_LEVEL) = range(14)
PAN = 17
(LFO_DELAY, LFO_RATE, VIBRATO_DELAY, VIBRATO_RATE, MOD_DELAY, MOD_ATTACK, MOD_HOLD, MOD_DECAY, MOD_SUSTAIN, MOD_RELEASE,
 MOD_HOLD_KEY, MOD_DECAY_KEY, DELAY, ATTACK, HOLD, DECAY, SUSTAIN, RELEASE, HOLD_KEY, DECAY_KEY,
 INSTRUMENT_OF) = range(21, 42)
KEYS, VELOCITIES, LOOP_START_COARSE, FIXED_KEY, FIXED_VELOCITY, ATTENUATION = range(43, 49)
LOOP_STOP_COARSE, COARSE, FINE, SAMPLE_OF, MODES = range(50, 55)
SCALE, EXCLUSIVE, ROOT = range(56, 59)
KINDS = 61
#: Attenuation and sustain are written in centibels; shortest times as in FluidSynth: attack 1 ms, release 16 ms.
LIMITS = {
    LFO_PITCH: (0, -12000, 12000), VIBRATO_PITCH: (0, -12000, 12000), MOD_PITCH: (0, -12000, 12000),
    CUTOFF: (13500, 1500, 13500), RESONANCE: (0, 0, 960), LFO_CUTOFF: (0, -12000, 12000),
    MOD_CUTOFF: (0, -12000, 12000), LFO_LEVEL: (0, -960, 960), PAN: (0, -500, 500),
    LFO_DELAY: (-12000, -12000, 5000), LFO_RATE: (0, -16000, 4500),
    VIBRATO_DELAY: (-12000, -12000, 5000), VIBRATO_RATE: (0, -16000, 4500),
    MOD_DELAY: (-12000, -12000, 5000), MOD_ATTACK: (-12000, -12000, 8000), MOD_HOLD: (-12000, -12000, 5000),
    MOD_DECAY: (-12000, -12000, 8000), MOD_SUSTAIN: (0, 0, 1000), MOD_RELEASE: (-12000, -12000, 8000),
    MOD_HOLD_KEY: (0, -1200, 1200), MOD_DECAY_KEY: (0, -1200, 1200),
    DELAY: (-12000, -12000, 5000), ATTACK: (-12000, -12000, 8000), HOLD: (-12000, -12000, 5000),
    DECAY: (-12000, -12000, 8000), SUSTAIN: (0, 0, 1000), RELEASE: (-12000, -7200, 8000),
    HOLD_KEY: (0, -1200, 1200), DECAY_KEY: (0, -1200, 1200),
    FIXED_KEY: (-1, -1, 127), FIXED_VELOCITY: (-1, -1, 127), ATTENUATION: (0, 0, 1440),
    COARSE: (0, -120, 120), FINE: (0, -99, 99), SCALE: (100, 0, 1200), EXCLUSIVE: (0, 0, 127), ROOT: (-1, -1, 127),
}
#: Generators that a preset may not carry: they belong to a sample [8.5].
OF_SAMPLES = (START, STOP, LOOP_START, LOOP_STOP, START_COARSE, STOP_COARSE, LOOP_START_COARSE, FIXED_KEY,
              FIXED_VELOCITY, LOOP_STOP_COARSE, SAMPLE_OF, MODES, EXCLUSIVE, ROOT)
#: Columns added to each row of generators: low and high ends of the ranges, and which set of modulators.
KEY_LOW, KEY_HIGH, VELOCITY_LOW, VELOCITY_HIGH, MODULATORS = range(KINDS, KINDS + 5)
COLUMNS = KINDS + 5
#: What E-mu's hardware makes of initialAttenuation; FluidSynth has the same.
ATTENUATION_SCALE = 0.4
CENTIBELS_PER_OCTAVE = 200.0 * np.log10(2.0)
#: Frequency of 0 absolute cents [8.1.3].
CENTS_ORIGIN_HZ = 440.0 * 2.0 ** (-69.0 / 12.0)
LOOPED, LOOPED_UNTIL_RELEASE = 1, 3
ROM, COMPRESSED = 0x8000, 0x10


class Broken(Exception):
    """What is wrong with the file that is being read, as the end of a sentence that begins with its name."""
