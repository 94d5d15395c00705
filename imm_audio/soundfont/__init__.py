"""Reads SoundFont 2 files into the tables that the sampler plays.

Source: "SoundFont Technical Specification", version 2.01, E-mu Systems 1998; numbers in brackets are its sections.
Generators are added up here (globals, instrument, preset), times and tunings turned into seconds and octaves, and each
sample is copied with the margins that spare the kernel every test for its end.  Modulators: only those of velocity to
attenuation and to filter cutoff are read, in place of the defaults [8.4.1, 8.4.2]; wheel, pressure, bend, volume and
expression belong to the part.  Velocity to cutoff is taken as in version 2.04, -2400 cents from full velocity to none,
without the step in its middle that 2.01 describes.  Pan, chorus and reverb belong to the mixer's strips.
"""
import importlib.util
import os
from pathlib import Path

import numpy as np

from imm_audio.kernels.voices.sampler import BANK, DRUM_KIT, MARGIN, PROGRAMS, ZONES, interpolator

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
#: Columns added to each row of generators: low and high ends of the ranges, the amounts of the two modulators.
KEY_LOW, KEY_HIGH, VELOCITY_LOW, VELOCITY_HIGH, VELOCITY_LEVEL, VELOCITY_CUTOFF = range(KINDS, KINDS + 6)
#: Modulators that are read, by source [8.2]: velocity, unipolar, falling, concave or linear.
MODULATORS = {(0x0502, ATTENUATION): VELOCITY_LEVEL, (0x0102, CUTOFF): VELOCITY_CUTOFF}
#: Their defaults: 960 cB makes the gain the square of velocity; -2400 cents.
FULL_CENTIBELS, CUTOFF_CENTS = 960, -2400
#: What E-mu's hardware makes of initialAttenuation; FluidSynth has the same.
ATTENUATION_SCALE = 0.4
CENTIBELS_PER_OCTAVE = 200.0 * np.log10(2.0)
#: How much [samples] of two recordings is compared to find out whether they are two sides of one sound.
COMPARED = 8192
#: Frequency of 0 absolute cents [8.1.3].
CENTS_ORIGIN_HZ = 440.0 * 2.0 ** (-69.0 / 12.0)
LOOPED, LOOPED_UNTIL_RELEASE = 1, 3
MONO_OR_LINKED, ROM, COMPRESSED = 0x0F, 0x8000, 0x10

#: Names of programs 0 .. 128 in the font of `general_midi`.
PROGRAM_NAMES = (
    "Piano 1", "Piano 2", "Piano 3", "Honky Tonk", "E.Piano 1", "E.Piano 2", "Harpsichord", "Clavinet", "Celesta",
    "Glockenspiel", "MusicBox", "Vibraphone", "Marimba", "Xylophone", "Tubular Bells", "Dulcimer", "Organ 1",
    "Organ 2", "Organ 3", "Church Organ", "Reed Organ", "Accordion", "Harmonica", "Bandoneon", "Nylon Guitar",
    "Steel Guitar", "Jazz Guitar", "Clean Guitar", "Guitar Mutes", "Overdrive Guitar", "DistortionGuitar",
    "Guitar Harmonics", "Acoustic Bass", "Fingered Bass", "Picked Bass", "Fretless Bass", "Slap Bass 1",
    "Slap Bass 2", "Synth Bass 1", "Synth Bass 2", "Violin", "Viola", "Cello", "Contrabass", "Strings (Tremelo)",
    "Pizzicato", "Harp LP", "Timpani", "Strings CLP", "Slow Strings LP", "Synth Strings 1", "Synth Strings 2",
    "Choir Aahs", "Voice Oohs", "Synth Vox", "Orchestra Hit", "SoloTrumpet", "Trombone", "Tuba", "Mute Trumpet",
    "French Horns", "Brass", "Synth Brass 1", "Synth Brass 2", "SopSax (TB) v2.3", "AltoSax (TB) v2.3",
    "Tenor Sax (TB) v2.3", "BariSax (TB) v2.3", "Oboe (Orch)", "English Horn", "Bassoon", "Clarinet", "Piccolo",
    "Flute TB", "Recorder", "Pan Flute", "Bottle Chiff", "Shakuhachi", "Whistle", "Ocarina", "Square Wave",
    "Saw Wave", "Synth Calliope", "Chiffer Lead", "Charang", "Solo Vox", "5th Saw Wave", "Bass & Lead", "Fantasia",
    "Warm Pad", "Poly Synth", "Space Voice", "Bowed Glass", "Metal Pad", "Halo Pad", "Sweep Pad", "IceRain",
    "Soundtrack", "Crystal", "Atmosphere", "Brightness", "Goblin", "Echo Drops", "Star Theme", "Sitar", "Banjo",
    "Shamisen", "Koto", "Kalimba", "Bagpipe", "Fiddle", "Shenai", "Tinker Bell", "Agogo", "Steel Drum",
    "Wood Block", "Taiko Drum", "Melodic Tom", "Synth Drum", "Reverse Cymbal", "Fret Noise", "Breath Noise",
    "Seashore", "Bird", "Telephone", "Helicopter", "Applause", "Gun Shot", "Standard",
)


class _Broken(Exception):
    """What is wrong with the file that is being read."""


def general_midi():
    """Find the General MIDI sound set inside the pretty_midi package, without importing that (it takes a second)."""
    found = importlib.util.find_spec("pretty_midi")
    if found is None or not found.submodule_search_locations:
        raise ValueError("pretty_midi: is not installed; it carries the General MIDI sound set TimGM6mb.sf2")
    return Path(found.submodule_search_locations[0]) / "TimGM6mb.sf2"


def read_soundfont(path):
    """Read `path`; return (BANK record, samples float32 one-dimensional, full scale = 1).

    Programs 0 .. 127 are those of bank 0, 128 is the standard drum kit (bank 128, preset 0).  A program that the font
    lacks is played by the nearest one below, else above; a missing drum kit stays silent.  Raises ValueError when the
    file is not a complete SoundFont 2 or has more than ZONES zones.
    """
    try:
        chunks = _chunks(np.fromfile(path, "u1"))
        tables = {name: _table(chunks, name, kind) for name, kind in TABLES.items()}
        generators, programs = _flatten(tables)
        return _build(generators, programs, tables[b"shdr"], _recording(chunks))
    except _Broken as broken:
        raise ValueError(f"{os.fspath(path)}: {broken}") from None


def program_names(path):
    """Names of programs 0 .. 128 as the font has them, "" where it has none."""
    try:
        presets = _table(_chunks(np.fromfile(path, "u1")), b"phdr", PRESET)[:-1]
    except _Broken as broken:
        raise ValueError(f"{os.fspath(path)}: {broken}") from None
    names = [""] * PROGRAMS
    for preset in presets:
        program = _program(preset)
        if program is not None:
            names[program] = preset["name"].split(b"\0")[0].decode("latin-1").strip()
    return tuple(names)


def _program(preset):
    """Number in the bank, or None for presets that are not kept."""
    if preset["bank"] == 0 and preset["program"] < 128:
        return int(preset["program"])
    if preset["bank"] == 128 and preset["program"] == 0:
        return DRUM_KIT
    return None


def _chunks(content):
    """RIFF chunks by name, those inside lists too; bytes as uint8 views."""
    if content.size < 12 or content[:4].tobytes() != b"RIFF" or content[8:12].tobytes() != b"sfbk":
        raise _Broken("is not a SoundFont 2 file; it must begin with RIFF and sfbk")
    declared = int(content[4:8].view("<u4")[0]) + 8
    if declared > content.size:
        raise _Broken(f"is cut off after {content.size} bytes; its header promises {declared}")
    found, place = {}, 12
    while place + 8 <= declared:
        name, size = content[place:place + 4].tobytes(), int(content[place + 4:place + 8].view("<u4")[0])
        place += 8
        if place + size > declared:
            raise _Broken(f"is damaged: chunk {name.decode('latin-1')!r} is longer than the file")
        if name == b"LIST":
            place += 4
        else:
            found[name] = content[place:place + size]
            place += size + (size & 1)
    return found


def _table(chunks, name, kind):
    """Records of one chunk."""
    content = chunks.get(name)
    if content is None or content.size % kind.itemsize or content.size < kind.itemsize:
        raise _Broken(f"is damaged: its table {name.decode()!r} is missing or has the wrong size")
    return np.frombuffer(content.tobytes(), kind)


def _recording(chunks):
    """All recorded samples, float32, full scale = 1: 16 bits, or 24 where the font brings the lower bytes [6.2]."""
    high = chunks.get(b"smpl")
    if high is None or high.size < 2:
        raise _Broken("has no samples; fonts that refer to a ROM can't be played")
    recording = high[:high.size & ~1].view("<i2").astype("f4") * np.float32(1.0 / 32768.0)
    low = chunks.get(b"sm24")
    if low is not None and low.size >= recording.size:
        recording += low[:recording.size].astype("f4") * np.float32(1.0 / 8388608.0)
    return recording


def _limits():
    """Rows of default, lowest and highest value of each generator and added column."""
    default, low, high = (np.zeros(KINDS + 6, "i4") for _ in range(3))
    low[:], high[:] = -(1 << 30), 1 << 30
    for kind, row in LIMITS.items():
        default[kind], low[kind], high[kind] = row
    default[[KEY_HIGH, VELOCITY_HIGH]] = 127
    default[VELOCITY_LEVEL], default[VELOCITY_CUTOFF] = FULL_CENTIBELS, CUTOFF_CENTS
    return default, low, high


def _zones(first, last, bags, generators, modulators, start, terminal):
    """Read the zones first .. last - 1 of a preset or instrument, on top of `start`; a global zone shapes the others.

    `terminal`: the generator that a zone must have, the instrument or the sample [7.3, 7.7].
    """
    rows, common = [], start
    for bag in range(first, last):
        row = common.copy()
        mine = generators[bags["generator"][bag]:bags["generator"][bag + 1]]
        kinds = mine["kind"]
        known = kinds < KINDS
        row[kinds[known]] = mine["amount"][known]
        for kind, low, high in ((KEYS, KEY_LOW, KEY_HIGH), (VELOCITIES, VELOCITY_LOW, VELOCITY_HIGH)):
            ranges = mine["amount"][kinds == kind]
            if ranges.size:
                row[low], row[high] = int(ranges[-1]) & 0xFF, int(ranges[-1]) >> 8 & 0xFF
        for modulator in modulators[bags["modulator"][bag]:bags["modulator"][bag + 1]]:
            column = MODULATORS.get((int(modulator["source"]), int(modulator["target"])))
            if column is not None:
                row[column] = modulator["amount"]
        if terminal in kinds:
            row[terminal] &= 0xFFFF
            rows.append(row)
        elif bag == first:
            common = row
    return rows


def _flatten(tables):
    """Add up presets and instruments: generator rows (zones, KINDS + 6) and the program of each, sorted by program."""
    presets, preset_bags, instruments, bags = (tables[name] for name in (b"phdr", b"pbag", b"inst", b"ibag"))
    for owners, held, what in ((presets, preset_bags, "preset"), (instruments, bags, "instrument")):
        last = held.size - 1
        if np.any(np.diff(owners["bag"].astype("i4")) < 0) or owners["bag"][-1] > last:
            raise _Broken(f"is damaged: its {what} zones are out of order")
    default, low, high = _limits()
    nothing = np.zeros_like(default)
    nothing[[KEY_HIGH, VELOCITY_HIGH]] = 127
    flat, programs, of_instrument = [], [], {}
    for number, preset in enumerate(presets[:-1]):
        program = _program(preset)
        if program is None:
            continue
        for over in _zones(int(preset["bag"]), int(presets["bag"][number + 1]), preset_bags, tables[b"pgen"],
                           tables[b"pmod"], nothing, INSTRUMENT_OF):
            which = int(over[INSTRUMENT_OF])
            if which >= instruments.size - 1:
                raise _Broken(f"is damaged: a preset names instrument {which}, there are {instruments.size - 1}")
            if which not in of_instrument:
                rows = _zones(int(instruments["bag"][which]), int(instruments["bag"][which + 1]), bags,
                              tables[b"igen"], tables[b"imod"], default, SAMPLE_OF)
                of_instrument[which] = np.array(rows, "i4").reshape(-1, default.size)
            zones = of_instrument[which].copy()
            over = over.copy()
            over[list(OF_SAMPLES)] = 0
            zones[:, :KEY_LOW] += over[:KEY_LOW]
            zones[:, VELOCITY_LEVEL:] += over[VELOCITY_LEVEL:]
            for least, most in ((KEY_LOW, KEY_HIGH), (VELOCITY_LOW, VELOCITY_HIGH)):
                zones[:, least] = np.maximum(zones[:, least], over[least])
                zones[:, most] = np.minimum(zones[:, most], over[most])
            meet = zones[:, [KEY_LOW, VELOCITY_LOW]] <= zones[:, [KEY_HIGH, VELOCITY_HIGH]]
            zones = zones[meet.all(axis=1)]
            flat.append(zones)
            programs.append(np.full(len(zones), program))
    if not sum(map(len, flat)):
        raise _Broken("is damaged or empty: it has no sound in bank 0 and no standard drum kit")
    owner = np.concatenate(programs)
    order = np.argsort(owner, kind="stable")
    return np.clip(np.concatenate(flat)[order], low, high), owner[order]


def _seconds(timecents):
    """Length of a time in timecents; the lowest value means none [8.1.3]."""
    return np.where(timecents <= -12000, 0.0, 2.0 ** (timecents / 1200.0))


def _alike(a, b):
    """Correlation 0 .. 1 of two recordings over their common beginning; opposed ones count as different."""
    length = min(a.size, b.size, COMPARED)
    a, b = a[:length].astype("f8"), b[:length].astype("f8")
    power = np.sqrt(np.dot(a, a) * np.dot(b, b))
    return max(0.0, float(np.dot(a, b) / power)) if power > 0.0 else 0.0


def _widths(rows, programs, headers, recording):
    """Find the factor by which a stereo pair keeps in one channel the power that it had in two; 1 for other zones.

    Two sounds panned apart give cos a and sin a of each to the loudspeakers: power 2 + 2 r sin 2a, where r is how alike
    they are; in one channel 2 + 2 r.  So hard-panned equal sounds get -3 dB each, different ones 0.
    """
    factors = np.ones(len(rows))
    start, stop, *_ = _places(rows, headers, recording.size).T
    pitch = rows[:, [ROOT, SCALE, COARSE, FINE]]
    for program in np.unique(programs):
        mine = np.flatnonzero(programs == program)
        pan = rows[mine, PAN]
        if not (pan.min() < 0 < pan.max()):
            continue
        paired = np.sign(pan)[:, None] * np.sign(pan)[None, :] < 0
        for low, high in ((KEY_LOW, KEY_HIGH), (VELOCITY_LOW, VELOCITY_HIGH)):
            a, b = rows[mine, low], rows[mine, high]
            paired &= (a[:, None] <= b[None, :]) & (a[None, :] <= b[:, None])
        for one, other in zip(*np.nonzero(paired), strict=True):
            i, j = mine[one], mine[other]
            if np.any(pitch[i] != pitch[j]):
                continue
            alike = _alike(recording[start[i]:stop[i]], recording[start[j]:stop[j]])
            across = np.cos(abs(rows[i, PAN]) / 1000.0 * np.pi)     # sin 2a
            factors[i] = min(factors[i], np.sqrt((1.0 + alike * across) / (1.0 + alike)))
    return factors


def _places(rows, headers, available):
    """Find start, stop, loop start, loop stop of each zone in the recording, and its mode (0 when the loop is bad)."""
    header = headers[rows[:, SAMPLE_OF]]
    start = header["start"].astype("i8") + rows[:, START] + 32768 * rows[:, START_COARSE]
    stop = header["stop"].astype("i8") + rows[:, STOP] + 32768 * rows[:, STOP_COARSE]
    loop_start = header["loop_start"].astype("i8") + rows[:, LOOP_START] + 32768 * rows[:, LOOP_START_COARSE]
    loop_stop = header["loop_stop"].astype("i8") + rows[:, LOOP_STOP] + 32768 * rows[:, LOOP_STOP_COARSE]
    start = np.clip(start, 0, available)
    stop = np.clip(stop, start, available)
    mode = rows[:, MODES] & 3
    looped = (mode & 1 == 1) & (loop_start >= start) & (loop_stop > loop_start) & (loop_stop <= available)
    mode = np.where(looped, mode, 0)
    # what a mode does not use must not make two copies of one sample
    stop = np.where(mode == LOOPED, loop_stop, stop)
    loop_start, loop_stop = np.where(mode == 0, 0, loop_start), np.where(mode == 0, 0, loop_stop)
    return np.stack([start, stop, loop_start, loop_stop, mode], axis=1)


def _copy_samples(places, recording):
    """Lay each place out, with margins; return the samples and rows of start, stop, loop, tail, tail stop."""
    pieces, rows, at = [], np.zeros((len(places), 5), "i8"), 0
    silence = np.zeros(MARGIN, "f4")

    def put(piece):
        nonlocal at
        pieces.append(piece)
        at += piece.size

    for row, (start, stop, loop_start, loop_stop, mode) in zip(rows, places.tolist(), strict=True):
        put(silence)
        begin = at
        if mode == 0:
            put(recording[start:stop])
            row[:] = begin, at, 0, 0, 0
            continue
        put(recording[start:loop_stop])
        row[:3] = begin, at, loop_stop - loop_start
        put(np.resize(recording[loop_start:loop_stop], MARGIN))
        if mode == LOOPED_UNTIL_RELEASE:
            put(silence)
            row[3] = at - begin
            put(recording[start:max(stop, loop_stop)])
            row[4] = at
    put(silence)
    return np.concatenate(pieces), rows


def _build(rows, programs, headers, recording):
    """Turn generator rows into a BANK and its samples."""
    if rows[:, SAMPLE_OF].max() >= headers.size - 1:
        raise _Broken(f"is damaged: a zone names sample {rows[:, SAMPLE_OF].max()}, there are {headers.size - 1}")
    kinds = headers["kind"][rows[:, SAMPLE_OF]]
    if np.any(kinds & COMPRESSED):
        raise _Broken("holds compressed samples (SoundFont 3); only SoundFont 2 can be played")
    kept = kinds & ROM == 0
    rows, programs = rows[kept], programs[kept]
    if not len(rows):
        raise _Broken("has no samples; fonts that refer to a ROM can't be played")
    if len(rows) > ZONES:
        raise _Broken(f"has {len(rows)} zones, at most {ZONES}")
    header = headers[rows[:, SAMPLE_OF]]
    places, which = np.unique(_places(rows, headers, recording.size), axis=0, return_inverse=True)
    samples, laid = _copy_samples(places, recording)
    laid = laid[which.reshape(-1)]

    bank = np.zeros(1, BANK)
    zones = bank["zones"][0][:len(rows)]
    for name, column in (("key_low", KEY_LOW), ("key_high", KEY_HIGH), ("velocity_low", VELOCITY_LOW),
                         ("velocity_high", VELOCITY_HIGH), ("exclusive", EXCLUSIVE), ("fixed_key", FIXED_KEY),
                         ("fixed_velocity", FIXED_VELOCITY)):
        zones[name] = rows[:, column]
    for column, name in enumerate(("start", "stop", "loop", "tail", "tail_stop")):
        zones[name] = laid[:, column]
    zones["root"] = np.where(rows[:, ROOT] >= 0, rows[:, ROOT], np.where(header["key"] <= 127, header["key"], 60))
    zones["scale"] = rows[:, SCALE] / 1200.0
    cents = rows[:, COARSE] * 100.0 + rows[:, FINE] + header["correction_cents"]
    zones["pitch"] = cents / 1200.0 + np.log2(np.maximum(header["rate_hz"], 1).astype("f8"))
    resonance_db = rows[:, RESONANCE] / 10.0
    zones["damping"] = 10.0 ** (-(resonance_db - 3.01) / 20.0)
    # half of the resonance is taken from the level at DC [8.1.3, initialFilterQ]
    loss = ATTENUATION_SCALE * rows[:, ATTENUATION] + 5.0 * resonance_db
    zones["level"] = np.log2(_widths(rows, programs, headers, recording)) - loss / CENTIBELS_PER_OCTAVE
    zones["velocity_level"] = 2.0 * rows[:, VELOCITY_LEVEL] / FULL_CENTIBELS
    zones["cutoff"] = rows[:, CUTOFF] / 1200.0 + np.log2(CENTS_ORIGIN_HZ)
    zones["velocity_cutoff"] = rows[:, VELOCITY_CUTOFF] / 1200.0
    zones["attack_s"] = np.maximum(_seconds(rows[:, ATTACK]), 2.0 ** -10)
    for name, column in (("delay_s", DELAY), ("hold_s", HOLD), ("decay_s", DECAY), ("release_s", RELEASE),
                         ("mod_delay_s", MOD_DELAY), ("mod_attack_s", MOD_ATTACK), ("mod_hold_s", MOD_HOLD),
                         ("mod_decay_s", MOD_DECAY), ("mod_release_s", MOD_RELEASE), ("lfo_delay_s", LFO_DELAY),
                         ("vibrato_delay_s", VIBRATO_DELAY)):
        zones[name] = _seconds(rows[:, column])
    zones["sustain"] = -rows[:, SUSTAIN] / CENTIBELS_PER_OCTAVE
    zones["mod_sustain"] = 1.0 - rows[:, MOD_SUSTAIN] / 1000.0
    for name, column in (("hold_key", HOLD_KEY), ("decay_key", DECAY_KEY), ("mod_hold_key", MOD_HOLD_KEY),
                         ("mod_decay_key", MOD_DECAY_KEY), ("mod_pitch", MOD_PITCH), ("mod_cutoff", MOD_CUTOFF),
                         ("lfo_pitch", LFO_PITCH), ("lfo_cutoff", LFO_CUTOFF), ("vibrato_pitch", VIBRATO_PITCH)):
        zones[name] = rows[:, column] / 1200.0
    zones["lfo_level"] = rows[:, LFO_LEVEL] / CENTIBELS_PER_OCTAVE
    zones["lfo_hz"] = CENTS_ORIGIN_HZ * 2.0 ** (rows[:, LFO_RATE] / 1200.0)
    zones["vibrato_hz"] = CENTS_ORIGIN_HZ * 2.0 ** (rows[:, VIBRATO_RATE] / 1200.0)

    _index(bank, programs)
    bank["taps"][0] = interpolator()
    return bank[0], samples


def _index(bank, programs):
    """Say where the zones of each program lie; programs that are missing borrow from the nearest."""
    first, count = bank["first"][0], bank["count"][0]
    numbers = np.arange(PROGRAMS)
    first[:] = np.searchsorted(programs, numbers, "left")
    count[:] = np.searchsorted(programs, numbers, "right") - first
    present = np.flatnonzero(count[:DRUM_KIT])
    if present.size:
        lender = present[np.maximum(np.searchsorted(present, numbers[:DRUM_KIT], "right") - 1, 0)]
        first[:DRUM_KIT], count[:DRUM_KIT] = first[lender], count[lender]
