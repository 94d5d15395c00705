"""The sampler beside FluidSynth, the reference that fonts are made by ear on; skipped where its library is missing."""
import ctypes
import ctypes.util
import itertools
import math

import numpy as np
import pytest

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BUSES, PART, PARTS
from imm_audio.kernels.voices.pool import pool_release
from imm_audio.kernels.voices.sampler import BLOW, DRUM_KIT, SAMPLER, sampler_render, sampler_reset, sampler_start
from imm_audio.soundfont import general_midi, read_soundfont
from tests import font_writer as f

RATE = 48000
#: FluidSynth gives a sound in the middle to each loudspeaker at -3.01 dB (constant power), the sampler at 0; half of the
#: 3.01 dB that no resonance means is put on top, and velocity, volume and expression at 127 of 128 take 0.4.
CENTRE_DB = 20.0 * math.log10(math.sqrt(0.5)) + 1.105


class Fluid:
    """FluidSynth through its C library, without reverb and chorus, at a gain of 1."""

    def __init__(self, name, path):
        self.library = library = ctypes.CDLL(name)
        for function in ("new_fluid_settings", "new_fluid_synth"):
            getattr(library, function).restype = ctypes.c_void_p
        library.new_fluid_synth.argtypes = [ctypes.c_void_p]
        options = ctypes.c_void_p(library.new_fluid_settings())
        library.fluid_settings_setnum(options, b"synth.sample-rate", ctypes.c_double(RATE))
        library.fluid_settings_setnum(options, b"synth.gain", ctypes.c_double(1.0))
        library.fluid_settings_setint(options, b"synth.reverb.active", 0)
        library.fluid_settings_setint(options, b"synth.chorus.active", 0)
        self.synth = ctypes.c_void_p(library.new_fluid_synth(options))
        assert library.fluid_synth_sfload(self.synth, str(path).encode(), 1) >= 0

    def render(self, program, key, velocity, hold_s, rest_s):
        """Two channels, float32 (2, frames)."""
        library, synth = self.library, self.synth
        channel = 9 if program == DRUM_KIT else 0
        library.fluid_synth_system_reset(synth)
        # it lets go of the note before, and that may ring for seconds
        while library.fluid_synth_get_active_voice_count(synth):
            self.write(0.1)
        library.fluid_synth_program_change(synth, channel, program % 128)
        for controller, value in ((7, 127), (11, 127), (10, 64)):
            library.fluid_synth_cc(synth, channel, controller, value)
        library.fluid_synth_noteon(synth, channel, key, velocity)
        held = self.write(hold_s)
        library.fluid_synth_noteoff(synth, channel, key)
        return np.concatenate([held, self.write(rest_s)], axis=1)

    def write(self, seconds):
        frames = round(seconds * RATE)
        sound = np.zeros((2, frames), "f4")
        places = [row.ctypes.data_as(ctypes.c_void_p) for row in sound]
        self.library.fluid_synth_write_float(self.synth, frames, places[0], 0, 1, places[1], 0, 1)
        return sound


@pytest.fixture(scope="module")
def library():
    name = ctypes.util.find_library("fluidsynth")
    if name is None:
        pytest.skip("the library of FluidSynth is not installed")
    return name


@pytest.fixture(scope="module")
def fluid(library):
    return Fluid(library, general_midi())


@pytest.fixture(scope="module")
def font():
    return read_soundfont(general_midi())


@pytest.fixture
def both(library, tmp_path):
    """Render the same note of a font by both: (ours, theirs), float32 (2, frames)."""
    def render(content, key=69, velocity=127, hold_s=0.5, rest_s=0.5, program=0):
        path = tmp_path / "font.sf2"
        path.write_bytes(content)
        return (ours(read_soundfont(path), program, key, velocity, hold_s, rest_s),
                Fluid(library, path).render(program, key, velocity, hold_s, rest_s))
    return render


def ours(font, program, key, velocity, hold_s, rest_s):
    """Left and right of a note, float32 (2, frames), at FluidSynth's level."""
    bank, samples = font
    pool, parts = np.zeros(1, SAMPLER)[0], np.zeros(PARTS, PART)
    residue, buses = np.zeros(2 * BUSES, "f4"), np.zeros(2 * BUSES * GRID, "f4")
    sampler_reset(pool)
    for name, value in {"bright": 0.5, "gain": 1.0, "ring": 0.5, "blow": BLOW, "program": program}.items():
        parts[name][0] = value
    sampler_start(pool, bank, residue, parts, 0, float(key), float(key), velocity / 127, 0, 0, float(RATE))
    sound = []
    for step in range(round((hold_s + rest_s) * RATE / GRID)):
        if step == round(hold_s * RATE / GRID):
            pool_release(pool, 0, float(key), False)
        buses[:] = 0.0
        sampler_render(pool, bank, parts, samples, buses, float(RATE))
        middle, side = buses[:GRID], buses[BUSES * GRID:(BUSES + 1) * GRID]
        sound.append(np.stack([middle + side, middle - side]))
    return np.concatenate(sound, axis=1) * 10.0 ** (CENTRE_DB / 20.0)


def band_edges():
    """Half octaves from 60 Hz to 5 kHz."""
    return 2.0 ** np.arange(math.log2(60), math.log2(5000), 0.5)


def bands_db(sound):
    """Power in half octaves up to 5 kHz; above, FluidSynth's four-point interpolation adds images."""
    power = sum(np.abs(np.fft.rfft(channel)) ** 2 for channel in sound)
    hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
    return 10 * np.log10([power[(hz >= low) & (hz < high)].sum() + 1e-9 for low, high in itertools.pairwise(band_edges())])


def level_db(sound):
    return 10 * np.log10(np.mean(np.square(sound, dtype="f8"), axis=-1) + 1e-12)


def frequency(sound, near):
    spectrum = np.abs(np.fft.rfft(sound * np.blackman(sound.size), 8 * sound.size))
    hz = np.arange(spectrum.size) * RATE / (8 * sound.size)
    places = np.flatnonzero(np.abs(hz / near - 1.0) < 0.04)
    k = places[np.argmax(spectrum[places])]
    a, b, c = np.log(spectrum[k - 1:k + 2])
    return hz[k] + 0.5 * (a - c) / (a - 2 * b + c) * hz[1]


COMPARED = [(0, 48), (0, 60), (0, 84), (4, 60), (11, 72), (16, 60), (19, 48), (24, 64), (33, 40), (40, 72), (46, 67), (48, 48),
            (52, 60), (56, 67), (61, 60), (66, 55), (71, 62), (73, 76), (80, 60), (88, 60), (108, 72), (114, 64),
            (DRUM_KIT, 36), (DRUM_KIT, 38), (DRUM_KIT, 42), (DRUM_KIT, 49)]


#: Layers of one pitch that begin with an octave's glide of 6 ms: FluidSynth moves it every 64 frames, so that the layers
#: meet in other phases, and left and right are louder or softer by that.
PHASES_DIFFER = (48,)
#: Half of the recorded rate as it sounds [Hz], where it lies in the compared bands: above, FluidSynth has images and no sound.
RECORDED_HZ = {(0, 48): 2560.0}


@pytest.mark.parametrize(("program", "key"), COMPARED)
def test_each_loudspeaker_has_the_level_and_spectrum_that_fluidsynth_gives_it(font, fluid, program, key):
    """Levels within 1 dB, half octaves that carry sound (within 30 dB of the loudest) within 3.

    At full velocity, where the filter does not depend on it: FluidSynth leaves velocity to cutoff out.
    """
    theirs, mine = fluid.render(program, key, 127, 0.5, 0.5), ours(font, program, key, 127, 0.5, 0.5)
    apart, together = (level_db(theirs), level_db(mine)), (level_db(theirs.ravel()), level_db(mine.ravel()))
    wanted, heard = together if program in PHASES_DIFFER else apart
    assert np.max(np.abs(heard - wanted)) < 1.0
    wanted = bands_db(theirs)
    recorded = band_edges()[1:] < RECORDED_HZ.get((program, key), 5000.0)
    assert np.max(np.abs(bands_db(mine) - wanted)[recorded & (wanted > wanted.max() - 30.0)]) < 3.0


@pytest.mark.parametrize(("program", "key"), [(0, 60), (16, 60), (24, 64), (40, 72), (73, 81)])
def test_pitch_is_that_of_fluidsynth(font, fluid, program, key):
    near = 440.0 * 2.0 ** ((key - 69) / 12)
    theirs = frequency(fluid.render(program, key, 127, 0.8, 0.01)[0, 4800:28800], near)
    mine = frequency(ours(font, program, key, 127, 0.8, 0.01)[0, 4800:28800], near)
    assert abs(1200.0 * math.log2(mine / theirs)) < 0.5  # the violin's vibrato and two layers are measured along


@pytest.mark.parametrize("velocity", [100, 64, 30])
def test_velocity_makes_the_difference_that_it_makes_in_fluidsynth(font, fluid, velocity):
    """The organ's filter stays open: only the curve of velocity counts."""
    theirs, mine = fluid.render(79, 60, velocity, 0.5, 0.1), ours(font, 79, 60, velocity, 0.5, 0.1)
    np.testing.assert_allclose(level_db(mine), level_db(theirs), atol=0.5)


# ---- a font whose sound is the number 1/2 for ever: what is heard is the envelope

HALF = f.sample(np.full(512, 0.5), (64, 448))


def timecents(seconds):
    return round(1200 * math.log2(seconds))


def envelope_font(*items):
    return f.one_zone(*items, one=HALF)


def first(found):
    return int(np.flatnonzero(found)[0])


def attack_s(sound):
    """From 10 to 90 %."""
    return (first(sound > 0.9 * sound.max()) - first(sound > 0.1 * sound.max())) / RATE


def fall_s(sound, from_db, to_db):
    """Between two levels relative to the first sample."""
    level = 20.0 * np.log10(np.maximum(sound, 1e-9) / sound[0])
    return (first(level < to_db) - first(level < from_db)) / RATE


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.5])
def test_attack_takes_as_long(both, seconds):
    mine, theirs = both(envelope_font((f.ATTACK, timecents(seconds))), hold_s=0.8, rest_s=0.01)
    assert attack_s(mine[0]) == pytest.approx(attack_s(theirs[0]), rel=0.05)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
@pytest.mark.parametrize("sustain_db", [12, 30])
def test_decay_falls_as_fast_to_the_same_level(both, seconds, sustain_db):
    hold_s = seconds * sustain_db / 80.0 + 0.1
    mine, theirs = both(envelope_font((f.ATTACK, -12000), (f.DECAY, timecents(seconds)), (f.SUSTAIN, 10 * sustain_db)),
                        hold_s=hold_s, rest_s=0.01)
    from_frame = 480
    wanted = fall_s(theirs[0, from_frame:], -1.0, -0.8 * sustain_db)
    assert fall_s(mine[0, from_frame:], -1.0, -0.8 * sustain_db) == pytest.approx(wanted, rel=0.05)
    end = round(hold_s * RATE) - 100
    assert 20 * math.log10(mine[0, end] / theirs[0, end]) == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize("seconds", [0.2, 1.0])
def test_release_falls_as_fast(both, seconds):
    mine, theirs = both(envelope_font((f.RELEASE, timecents(seconds))), hold_s=0.2, rest_s=seconds)
    at = round(0.2 * RATE)
    assert fall_s(mine[0, at:], -5.0, -45.0) == pytest.approx(fall_s(theirs[0, at:], -5.0, -45.0), rel=0.05)


@pytest.mark.parametrize("key", [48, 84])
def test_hold_and_decay_follow_the_key_alike(both, key):
    mine, theirs = both(envelope_font((f.HOLD, timecents(0.2)), (f.DECAY, timecents(1.0)), (f.SUSTAIN, 900),
                                      (f.HOLD_KEY, 30), (f.DECAY_KEY, 30)), key=key, hold_s=0.8, rest_s=0.01)
    for db in (-3.0, -20.0):
        level = [20.0 * np.log10(np.maximum(sound[0, 480:], 1e-9) / sound[0, 480]) for sound in (mine, theirs)]
        assert first(level[0] < db) == pytest.approx(first(level[1] < db), rel=0.05)


@pytest.mark.parametrize("pan", [-500, -200, 0, 350, 500])
def test_pan_gives_each_loudspeaker_the_same(both, pan):
    mine, theirs = both(envelope_font((f.PAN, pan)), hold_s=0.2, rest_s=0.01)
    np.testing.assert_allclose(mine[:, 4800:9000].mean(axis=1), theirs[:, 4800:9000].mean(axis=1), atol=2e-3)


@pytest.mark.parametrize(("source", "amount"), [(0x0002, -600), (0x0402, 400), (0x0502, 300), (0x0003, 200), (0x0103, 200),
                                                (0x0202, 150), (0x0802, -300)])
@pytest.mark.parametrize("velocity", [127, 80, 30])
def test_modulators_of_velocity_and_key_move_the_level_alike(both, source, amount, velocity):
    """Added to those that a zone has: sources that differ from the default one, and one that replaces it."""
    content = envelope_font((f.ATTENUATION, 500), (source, f.ATTENUATION, amount, 0, 0))
    mine, theirs = both(content, key=80, velocity=velocity, hold_s=0.2, rest_s=0.01)
    assert level_db(mine[0, 4800:9000]) == pytest.approx(level_db(theirs[0, 4800:9000]), abs=1.0)


@pytest.mark.parametrize("velocity", [127, 64, 20])
def test_velocity_shortens_the_attack_alike(both, velocity):
    content = envelope_font((f.ATTACK, timecents(0.4)), (0x0002, f.ATTACK, -3600, 0, 0))
    mine, theirs = both(content, velocity=velocity, hold_s=0.6, rest_s=0.01)
    assert attack_s(mine[0]) == pytest.approx(attack_s(theirs[0]), rel=0.05)
