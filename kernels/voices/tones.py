"""The sounds of the tone model, as data: spectra, envelopes, unison, breath.

Sources of the spectra, rounded, then trimmed by a loudness meter:
- organ: drawbars at 1, 3, 2, 4, 6, 8, 10, 12, 16 times the pitch of the 16' rank, 3 dB a step (L. Hammond, "Electrical
  musical instrument", US patent 1956350, 1934).
- church organ: octave and fifth ranks of open pipes, partials of a principal falling about 9 dB an octave (N. Fletcher,
  T. Rossing, "The Physics of Musical Instruments", 1998, chapter 17).
- recorder, flute: weak even partials of the recorder, a second partial near the first in the flute's low register (the same,
  chapter 16).  Clarinet and pan pipe: a pipe closed at one end, odd partials (chapters 15, 16).  Bottle: a Helmholtz
  resonator, nearly a sine.
- string section: a sawtooth by the bow (H. Helmholtz, "On the Sensations of Tone", 1863), with the body's resonances near
  280, 460 and 2500 Hz (Fletcher and Rossing, chapter 10).
- choir: formants of a sung "ah", 700, 1080, 2600 and 3300 Hz (G. Peterson, H. Barney, "Control methods used in a study of the
  vowels", JASA 1952; J. Sundberg, "The Science of the Singing Voice", 1987).
- electric piano: a clamped tine beside its resonator; the first overtone of a clamped bar at 6.27 times (Fletcher and
  Rossing, 2.16).
- accordion, soft pad, soft brass: our own; reeds and brass rich in the first ten partials.
"""
import numpy as np

#: Harmonics a voice may have: the lowest notes reach 1.8 kHz and more, and the string section's C2 4.2 kHz.
HARMONICS = 64
#: Oscillators of one voice, slightly apart.
UNISON = 4
#: Resonances of a body or a mouth.
PEAKS = 4

#: A column: name in a row -> number there when a row does not say otherwise.
COLUMNS = {
    "foot": 1.0,          # pitch of harmonic 1 relative to the key's: an organ counts from its 16' rank
    "trim_db": 0.0,       # makes all sounds about equally loud
    "touch": 0.6,         # how much velocity moves the level, 0 .. 1
    "touch_tilt": 0.7,    # ... and the spectrum: from softest to hardest, doublings of level an octave of harmonics
    "blown": 0.0,         # 1: level and brightness follow the breath
    "attack_s": 0.03,     # to 90 %
    "release_s": 0.2,     # to -60 dB
    "ring_s": 0.0,        # time for harmonic 1 to fall by 60 dB at middle C while held; 0: it stays
    "higher": 0.0,        # how much faster each higher harmonic falls
    "cents": 0.0,         # unison: the outermost oscillators lie so far from the pitch ...
    "spread": 0.0,        # ... and so far to the sides, 0 .. 1
    "lfo_hz": 0.0,        # slow movement of each oscillator: rate,
    "lfo_together": 0.0,  # 1: all notes in step (one rotating loudspeaker); 0: each oscillator by itself
    "lfo_cents": 0.0,     # depth in pitch,
    "lfo_level": 0.0,     # in level, relative,
    "lfo_pan": 0.0,       # in place, 0 .. 1
    "lfo_delay_s": 0.0,   # and when it begins
    "ping": 0.0,          # short partial at the onset: level relative to the rest,
    "ping_ratio": 1.0,    # frequency relative to the key's,
    "ping_s": 0.2,        # time to fall by 60 dB
    "breath": 0.0,        # noise around the pitch: level while it is blown,
    "chiff": 0.0,         # more of it at the onset,
    "chiff_s": 0.08,      # falling by 60 dB in this time,
    "breath_q": 2.0,      # width of its band
    "breath_ratio": 1.0,  # and where the band lies relative to the pitch
}


def drawbars(settings):
    """Levels [dB] of harmonics 1 .. 16 of the 16' rank for nine drawbars, as organists write them: "88 8000 000"."""
    levels = {}
    for ratio, digit in zip((1, 3, 2, 4, 6, 8, 10, 12, 16), settings.replace(" ", ""), strict=True):
        levels[ratio] = 3.0 * (int(digit) - 8) if digit != "0" else None
    return [levels.get(ratio) for ratio in range(1, 17)]


def ranks(pipes, slope_db):
    """Levels [dB] of harmonics of the lowest rank for organ pipes: (ratio, dB) each, partials falling by slope_db an octave."""
    power = np.zeros(HARMONICS)
    for ratio, level_db in pipes:
        for n in range(1, HARMONICS // ratio + 1):
            power[n * ratio - 1] += 10 ** ((level_db + slope_db * np.log2(n)) / 10)
    return [10 * np.log10(p) if p > 0 else None for p in power]


#: name, number of oscillators, dB of the first harmonics (None: absent), slope of the further ones [dB an octave; None: none],
#: resonances (hz, width hz, gain), what differs from COLUMNS
TONES = (
    ("organ", 1, drawbars("86 8620 011"), None, (), {
        "trim_db": 1.2, "foot": 0.5, "touch": 0.35, "touch_tilt": 0.25, "attack_s": 0.012, "release_s": 0.09,
        "lfo_hz": 0.8, "lfo_together": 1.0, "lfo_cents": 2.0, "lfo_level": 0.1, "lfo_pan": 0.3, "ping": 0.35,
        "ping_ratio": 3.0, "ping_s": 0.5, "chiff": 0.04, "chiff_s": 0.03, "breath_ratio": 6.0, "breath_q": 1.0}),
    ("church organ", 2, ranks(((1, -6), (2, 0), (4, -3), (6, -9), (8, -5), (12, -13), (16, -11)), -9.0), None, (), {
        "trim_db": -0.6, "foot": 0.5, "touch": 0.3, "touch_tilt": 0.25, "attack_s": 0.06, "release_s": 0.5, "cents": 1.5,
        "spread": 0.5, "breath": 0.004, "chiff": 0.05, "chiff_s": 0.15, "breath_ratio": 3.0, "breath_q": 1.5}),
    ("accordion", 3, (0, -2, -4, -5, -7, -7, -9, -10, -11, -12), -9.0, ((900, 500, 0.8), (2200, 900, 0.8)), {
        "trim_db": -0.5, "blown": 1.0, "touch": 0.4, "attack_s": 0.045, "release_s": 0.12, "cents": 9.0, "spread": 0.35}),
    ("soft pad", 4, (0, -7, -12, -18, -23, -27), -12.0, (), {
        "trim_db": -0.5, "touch_tilt": 0.5, "attack_s": 0.5, "release_s": 1.6, "cents": 7.0, "spread": 0.8,
        "lfo_hz": 0.23, "lfo_cents": 3.0, "lfo_level": 0.25}),
    ("string section", 4, (0,), -6.0, ((280, 120, 1.0), (460, 160, 0.9), (2500, 900, 1.4)), {
        "trim_db": -0.5, "attack_s": 0.16, "release_s": 0.45, "cents": 9.0, "spread": 0.8, "touch_tilt": 0.8,
        "lfo_hz": 5.2, "lfo_cents": 7.0, "lfo_level": 0.08, "lfo_delay_s": 0.25, "breath": 0.006, "chiff": 0.03,
        "chiff_s": 0.15, "breath_ratio": 5.0, "breath_q": 0.8}),
    ("choir", 4, (0,), -9.0, ((700, 110, 5.0), (1080, 130, 4.0), (2600, 200, 2.5), (3300, 250, 2.0)), {
        "trim_db": -0.2, "attack_s": 0.22, "release_s": 0.5, "cents": 8.0, "spread": 0.8, "touch_tilt": 0.5,
        "lfo_hz": 4.8, "lfo_cents": 9.0, "lfo_level": 0.08, "lfo_delay_s": 0.3, "breath": 0.01, "breath_ratio": 3.0,
        "breath_q": 0.8}),
    ("electric piano", 1, (0, -8, -17, -20, -27, -30, -36, -38), -18.0, (), {
        "trim_db": 4.5, "touch": 0.85, "touch_tilt": 2.4, "attack_s": 0.006, "release_s": 0.25, "ring_s": 9.0,
        "higher": 0.9, "ping": 0.22, "ping_ratio": 6.27, "ping_s": 0.5, "lfo_hz": 3.6, "lfo_together": 1.0, "lfo_pan": 0.3}),
    ("recorder", 1, (0, -26, -15, -34, -30, -42, -40, -48), -12.0, (), {
        "trim_db": 3.2, "blown": 1.0, "touch": 0.4, "attack_s": 0.045, "release_s": 0.1, "lfo_hz": 4.6, "lfo_cents": 4.0,
        "lfo_level": 0.06, "lfo_delay_s": 0.5, "breath": 0.02, "chiff": 0.12, "breath_ratio": 2.0}),
    ("flute", 1, (0, -5, -12, -19, -24, -30, -33, -38), -14.0, (), {
        "trim_db": 1.5, "blown": 1.0, "touch": 0.4, "attack_s": 0.07, "release_s": 0.14, "lfo_hz": 5.0, "lfo_cents": 7.0,
        "lfo_level": 0.14, "lfo_delay_s": 0.35, "breath": 0.035, "chiff": 0.1, "chiff_s": 0.12, "breath_ratio": 2.0,
        "breath_q": 1.2}),
    ("pan pipe", 1, (0, -32, -18, -40, -28, -46, -38), -14.0, (), {
        "trim_db": 1.8, "blown": 1.0, "touch": 0.5, "attack_s": 0.05, "release_s": 0.18, "lfo_hz": 4.4, "lfo_cents": 5.0,
        "lfo_level": 0.1, "lfo_delay_s": 0.5, "breath": 0.1, "chiff": 0.35, "chiff_s": 0.15, "breath_q": 3.0}),
    ("bottle", 1, (0, -33, -38, -52), -30.0, (), {
        "trim_db": 1.5, "blown": 1.0, "touch": 0.5, "attack_s": 0.09, "release_s": 0.2, "breath": 0.14, "chiff": 0.3,
        "chiff_s": 0.2, "breath_q": 5.0}),
    ("clarinet", 1, (0, -32, -5, -30, -12, -26, -17, -24, -22, -27), -12.0, ((1500, 600, 0.6),), {
        "trim_db": 1.6, "blown": 1.0, "touch": 0.4, "attack_s": 0.045, "release_s": 0.1, "lfo_hz": 4.5, "lfo_cents": 2.5,
        "lfo_delay_s": 0.6, "breath": 0.008, "chiff": 0.03, "breath_ratio": 3.0}),
    ("soft brass", 2, (0, -1, -3, -6, -9, -12), -14.0, ((600, 400, 0.6),), {
        "trim_db": 0.5, "blown": 1.0, "touch": 0.6, "touch_tilt": 1.5, "attack_s": 0.08, "release_s": 0.15, "cents": 4.0,
        "spread": 0.4, "lfo_hz": 4.8, "lfo_cents": 3.0, "lfo_delay_s": 0.6}),
)

#: Level of a harmonic that is absent, in doublings: 2**ABSENT is nothing in float32 sums.
ABSENT = -40.0


def _spectrum(first_db, slope_db):
    """Doublings of level of each harmonic, before resonances."""
    level = np.full(HARMONICS, ABSENT)
    for n in range(HARMONICS):
        if n < len(first_db):
            db = first_db[n]
        else:
            db = None if slope_db is None else first_db[-1] + slope_db * np.log2((n + 1) / len(first_db))
        if db is not None:
            level[n] = db / 6.0206
    return level


def _sign(n):
    """Sign of harmonic n + 1, by Rudin and Shapiro: the peaks of a sum with such signs are low (W. Rudin, "Some theorems on
    Fourier coefficients", Proc. AMS 1959).
    """
    return -1.0 if bin(n & (n >> 1)).count("1") % 2 else 1.0


LEVELS = np.array([_spectrum(row[2], row[3]) for row in TONES], "f4")
SIGNS = np.array([_sign(n) for n in range(HARMONICS)], "f4")
NUMBERS = np.arange(1, HARMONICS + 1, dtype="f4")
OCTAVES = np.log2(NUMBERS).astype("f4")
OSCILLATORS = np.array([row[1] for row in TONES], "i8")
RESONANCES = np.zeros((len(TONES), PEAKS, 3), "f8")
for _i, _row in enumerate(TONES):
    for _j, _peak in enumerate(_row[4]):
        RESONANCES[_i, _j] = _peak


def column(name):
    """One number of every sound, float64."""
    return np.array([row[5].get(name, COLUMNS[name]) for row in TONES], "f8")
