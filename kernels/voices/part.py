"""A part: one of the 16 channels of a player or of a seat of the band, with everything that shapes its sounding voices.

MIDI keyboards play one part; an MPE controller gives each finger a part of its own.  Parts are the same for every voice
model: a model reads `pitch_cents`, `gain` and `timbre` once a grid step and never looks at controllers.
"""
import math

from ..rt import GRID, rt, state
from ..rt.units import clamp, smoothing

PLAYERS, CHANNELS = 16, 16
#: Buses of the mixer: one a player, and after them the seats of the band, which events address as players 16 .. 23.
BUSES = 24
(BAND_BASS, BAND_CHORDS, BAND_DRUMS, BAND_ORNAMENT, BAND_BACKING, BAND_CLICK, BAND_GUIDE,
 BAND_BACKING_RIGHT) = range(PLAYERS, PLAYERS + 8)
PARTS = BUSES * CHANNELS
#: Changes no number of a part, but shows the compiler that it is not negative.
PART_MASK = 511

#: Voice models a part may play.
SAMPLER, PLUCK, MODAL, DRUMS, TONE = range(5)
MODELS = 5

#: Vibrato of the modulation wheel and of pressure: 5.5 Hz (a singer's rate), at most 50 cents as in General MIDI.
VIBRATO_HZ, VIBRATO_CENTS = 5.5, 50.0
#: Bends and swells arrive in 127 or 16384 steps: 5 ms hides the steps and is not felt as delay.
PART_GLIDE_S = 0.005

PART = state(
    ("model", "i4"),        # SAMPLER, PLUCK, MODAL, DRUMS or TONE
    ("program", "i4"),      # sound within the model
    ("sustain", "i4"),      # 1 while the pedal is down
    ("moving", "i4"),       # 1 while a value below still travels
    ("bend_cents", "f4"),   # where the controllers stand ...
    ("modulation", "f4"),   # 0 .. 1
    ("pressure", "f4"),     # 0 .. 1
    ("timbre", "f4"),       # 0 .. 1, 0.5 = as designed
    ("volume", "f4"),       # 0 .. 1
    ("expression", "f4"),   # 0 .. 1
    ("ring", "f4"),         # 0 .. 1, 0.5 = as designed: how long it rings on; for notes that begin
    ("soft", "f4"),         # 0 .. 1, 0 = as designed: how slowly it begins; for notes that begin
    ("bend_now", "f4"),     # ... and where the glide is, cents
    ("depth_now", "f4"),    # vibrato depth, cents
    ("gain", "f4"),         # for voices: linear
    ("pitch_cents", "f4"),  # for voices: bend and vibrato together
    ("bright", "f4"),       # for voices: timbre on its way, 0 .. 1, 0.5 = as designed
    ("blow", "f4"),         # for voices: how hard a blown one is blown, 0 .. 1: expression or pressure, whichever is used
    ("phase", "f8"),        # vibrato, cycles
)


@rt
def part_reset(part):
    """Controllers where a General MIDI reset puts them; the sound stays."""
    part.sustain = 0
    part.moving = 1
    part.bend_cents = 0.0
    part.modulation = 0.0
    part.pressure = 0.0
    part.timbre = 0.5
    part.volume = 100.0 / 127.0
    part.expression = 1.0
    part.ring = 0.5
    part.soft = 0.0


@rt
def part_loudness(part):
    """Gain of volume and expression: both as 40 log10 in General MIDI level 1, so the square of each."""
    return (part.volume * part.expression) ** 2


@rt
def part_blow(part):
    """Breath of blown sounds: expression, and what pressure adds to it above its middle."""
    return clamp(part.expression * (0.8 + 0.4 * part.pressure), 0.0, 1.0)


@rt
def part_jump(part):
    """Let every glide arrive at once: for a part that has no sounding voice.  `moving` stays: only vibrato goes on."""
    part.bend_now = part.bend_cents
    part.depth_now = VIBRATO_CENTS * max(part.modulation, part.pressure)
    part.gain = part_loudness(part)
    part.pitch_cents = part.bend_now
    part.bright = part.timbre
    part.blow = part_blow(part)


@rt
def part_advance(part, sample_rate):
    """Move the glides by one grid step; `moving` becomes 0 when nothing travels and nothing vibrates."""
    c = smoothing(PART_GLIDE_S, sample_rate / GRID)
    depth = VIBRATO_CENTS * clamp(max(part.modulation, part.pressure), 0.0, 1.0)
    loudness = part_loudness(part)
    part.bend_now += c * (part.bend_cents - part.bend_now)
    part.depth_now += c * (depth - part.depth_now)
    blow = part_blow(part)
    part.gain += c * (loudness - part.gain)
    part.bright += c * (part.timbre - part.bright)
    part.blow += c * (blow - part.blow)
    still = (abs(part.bend_cents - part.bend_now) < 0.05 and abs(loudness - part.gain) < 1e-4
             and abs(part.timbre - part.bright) < 1e-3 and abs(blow - part.blow) < 1e-3
             and depth == 0.0 and part.depth_now < 0.05)
    if still:
        part.bend_now = part.bend_cents
        part.depth_now = 0.0
        part.gain = loudness
        part.bright = part.timbre
        part.blow = blow
        part.phase = 0.0
        part.moving = 0
    part.pitch_cents = part.bend_now + part.depth_now * math.sin(2.0 * math.pi * part.phase)
    part.phase += VIBRATO_HZ * GRID / sample_rate
    part.phase -= math.floor(part.phase)
