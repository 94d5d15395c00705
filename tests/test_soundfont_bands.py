"""Images and aliases of recorded sounds, against the same recording rendered through an ideal low-pass."""
import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BUSES, PART, PARTS
from imm_audio.kernels.voices.sampler import BANK, BLOW, DRUM_KIT, MARGIN, SAMPLER, sampler_render, sampler_reset, sampler_start
from imm_audio.soundfont import bands, filters, general_midi, limits, read_font
from tests import font_writer as f

RATE, C7 = 48000, 96
#: Samples of one spectrum, 5.9 Hz a bin, and bins to either side of a partial that belong to it.
FRAME, WIDE = 8192, 8
#: The reference is made at so many times the recorded rate: its images lie 90 dB down.
FINER = 4
#: Longest part of a loop that the low-pass of the reference reaches, samples.
REACH = 8192


def render(bank, samples, program=0, key=C7, seconds=0.35):
    """Middle and side of a note at full velocity, float64 (2, frames)."""
    pool, parts = np.zeros(1, SAMPLER)[0], np.zeros(PARTS, PART)
    residue, buses = np.zeros(2 * BUSES, "f4"), np.zeros(2 * BUSES * GRID, "f4")
    sampler_reset(pool)
    for name, value in {"bright": 0.5, "gain": 1.0, "ring": 0.5, "blow": BLOW, "program": program}.items():
        parts[name][0] = value
    sampler_start(pool, bank, residue, parts, 0, float(key), float(key), 1.0, 0, 0, float(RATE))
    sound = []
    for _ in range(round(seconds * RATE / GRID)):
        buses[:] = 0.0
        sampler_render(pool, bank, parts, samples, buses, float(RATE))
        sound.append(buses.reshape(2, BUSES * GRID)[:, :GRID].astype("f8"))
    return np.concatenate(sound, axis=1)


def played(bank, program, key):
    """Zones that sound at full velocity; the nearest one where none matches."""
    first, count = int(bank["first"][program]), int(bank["count"][program])
    zones = bank["zones"][first:first + count]
    away = (128 * np.maximum(np.maximum(zones["key_low"] - key, key - zones["key_high"]), 0)
            + np.maximum(zones["velocity_low"] - 127, 127 - zones["velocity_high"]).clip(0))
    return zones[away == 0] if away.min() == 0 else zones[[int(np.argmin(away))]]


def ideal(sound, limit):
    """A recording at FINER times its rate, nothing above `limit` [cycles per recorded sample], in one piece."""
    padded = np.pad(sound, REACH)
    size = 1 << padded.size.bit_length()
    spectrum, place = np.fft.rfft(padded, size), np.arange(size // 2 + 1) / size
    slope = np.clip((limit - place) / (0.03 * limit), 0.0, 1.0)
    spectrum *= 0.5 - 0.5 * np.cos(np.pi * slope)
    finer = np.zeros(FINER * size // 2 + 1, "c16")
    finer[:spectrum.size] = FINER * spectrum
    return np.fft.irfft(finer)[FINER * REACH:FINER * (REACH + sound.size)]


def reference(font, program, key):
    """Bank and samples of the same note, its recordings through `ideal`; envelopes and filters are those of the font."""
    bank, laid, at = np.zeros(1, BANK), [np.zeros(MARGIN)], MARGIN
    bank["taps"], bank["shapes"] = font.bank["taps"], font.bank["shapes"]
    zones = played(font.bank, program, key).copy()
    for zone in zones:
        sounding = zone["fixed_key"] if zone["fixed_key"] >= 0 else key
        ratio = 2.0 ** (zone["pitch"] + (sounding - zone["root"]) * zone["scale"] + max(zone["mod_pitch"], 0.0)) / RATE
        sound, loop = font.samples[zone["start"]:zone["stop"]].astype("f8"), int(zone["loop"])
        if loop:
            times = REACH // loop + 2
            kept = sound.size + times * loop
            sound = np.concatenate([sound, np.tile(sound[-loop:], 2 * times)])
        made = ideal(sound, 0.5 / max(ratio, 1.0))[:FINER * (kept if loop else sound.size)]
        tail = np.resize(made[-FINER * loop:], MARGIN) if loop else np.zeros(0)
        zone["start"], zone["stop"], zone["loop"], zone["tail"] = at, at + made.size, FINER * loop, 0
        zone["pitch"] += math.log2(FINER)
        laid += [made, tail, np.zeros(MARGIN)]
        at += made.size + tail.size + MARGIN
    bank["count"][0, program] = len(zones)
    bank["zones"][0, :len(zones)] = zones
    return bank[0], np.concatenate(laid).astype("f4")


def spectra(sound):
    """Peaks of partials read within 0.01 dB and 92 dB down (Blackman-Harris)."""
    turn = 2 * np.pi * np.arange(FRAME) / FRAME
    window = 0.35875 - 0.48829 * np.cos(turn) + 0.14128 * np.cos(2 * turn) - 0.01168 * np.cos(3 * turn)
    return np.abs(np.fft.rfft(sliding_window_view(sound, FRAME)[::FRAME // 2] * window))


def folded_db(font, recorded, program, key=C7):
    """Strongest component that the reference does not have, relative to the note's strongest partial."""
    mine, wanted = render(font.bank, font.samples, program, key), render(*reference(recorded, program, key), program, key)
    worst, strongest = 0.0, 0.0
    for one, other in zip(mine, wanted, strict=True):
        heard, true, off = spectra(one), spectra(other), spectra(one - other)
        near = sliding_window_view(np.pad(true, ((0, 0), (WIDE, WIDE)), "edge"), 2 * WIDE + 1, axis=1).max(axis=2)
        # a partial that is a little louder or later is no alias
        worst = max(worst, np.minimum(heard, off)[off > 2.0 * near].max(initial=0.0))
        strongest = max(strongest, true.max())
    return 20.0 * math.log10(worst / strongest + 1e-9)


@pytest.fixture
def as_recorded(monkeypatch):
    def read(path):
        with monkeypatch.context() as patch:
            patch.setattr(bands, "MOST_COPIED", -1)
            return read_font(path)
    return read


@pytest.fixture(scope="module")
def font():
    return read_font(general_midi())


#: All kinds of tonal sounds that the set has, among them those that folded most as recorded: -7 dB ice rain, -18 brass,
#: -21 strings, -23 harpsichord, -45 piano.
TONAL = (0, 1, 3, 4, 6, 8, 9, 10, 11, 13, 14, 16, 19, 21, 22, 24, 30, 34, 40, 42, 44, 46, 48, 50, 52, 54, 56, 60, 61, 62, 66,
         67, 68, 71, 73, 75, 80, 81, 83, 90, 96, 105, 107, 108, 109, 112, 114)


def test_no_tonal_sound_of_the_shipped_set_folds_above_minus_60_db_at_c7(font, as_recorded):
    recorded = as_recorded(general_midi())
    worst = {program: folded_db(font, recorded, program) for program in TONAL}
    assert max(worst.values()) < -60.0, {program: db for program, db in worst.items() if db > -60.0}
    assert folded_db(recorded, recorded, 61) > -30.0  # the measure sees it


# ---- a sawtooth, all harmonics up to 0.48 of its rate: as bright as a recording can be

#: Samples; images then fall half-way between harmonics.
PERIOD = 100.5
LOOP = (1005, 2010)


def saw():
    turn = 2 * np.pi * np.arange(LOOP[1]) / PERIOD
    sound = sum(np.sin(n * turn) / n for n in range(1, 48))
    return 0.5 * sound / np.abs(sound).max()


def off_harmonics_db(sound, hz):
    """Strongest component further than 40 Hz from each harmonic, relative to the strongest partial."""
    heard = spectra(sound).max(axis=0)
    place = np.arange(heard.size) * RATE / FRAME
    off = np.abs(place - hz * np.round(place / hz)) > 40.0
    return 20.0 * math.log10(heard[off].max() / heard.max())


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75, 1.0, 1.3, 2.0, 3.0, 4.0, 6.3])
def test_a_sawtooth_neither_folds_nor_has_images(tmp_path, as_recorded, ratio):
    """Played at `ratio` from C7, from a recording whose rate makes it so."""
    rate = round(RATE * ratio * 2.0 ** -0.02)  # no harmonic falls on an alias of another
    hz = rate / PERIOD
    path = tmp_path / "font.sf2"
    path.write_bytes(f.one_zone((f.SCALE, 0), one=f.sample(saw(), LOOP, rate=rate)))
    read = read_font(path)
    assert off_harmonics_db(render(read.bank, read.samples, seconds=0.4)[0, 2400:], hz) < -60.0
    folding = as_recorded(path)
    assert off_harmonics_db(render(folding.bank, folding.samples, seconds=0.4)[0, 2400:], hz) > -55.0


def test_partials_below_the_band_limit_keep_their_level(tmp_path, as_recorded):
    """A saw of 478 Hz played up by 0.95 octave: what it has below 16 kHz is as loud as recorded, within 0.5 dB."""
    path = tmp_path / "font.sf2"
    path.write_bytes(f.one_zone(one=f.sample(saw(), LOOP)))
    levels = []
    for read in (read_font(path), as_recorded(path)):
        heard = spectra(render(read.bank, read.samples, key=80)[0, 2400:]).max(axis=0)
        hz = RATE / PERIOD * 2.0 ** (11 / 12)
        levels.append([20 * np.log10(heard[round(n * hz * FRAME / RATE) + np.arange(-3, 4)].max()) for n in range(1, 18)])
    np.testing.assert_allclose(levels[0], levels[1], atol=0.5)


# ---- filter and choice

@pytest.mark.parametrize("rate", [1, 2])
@pytest.mark.parametrize("step", [0, 3, 8, 16])
def test_the_filter_passes_and_stops(step, rate):
    limit = filters.band_limit(step)
    gains = []
    for place in (0.5 * limit, 0.88 * limit, 1.01 * limit):
        sound = np.cos(2 * np.pi * place * np.arange(40000)).astype("f4")
        made = filters.limit_band(sound, step, rate)
        assert made.size == sound.size * rate
        gains.append(np.sqrt(2 * np.mean(np.square(made[10000 * rate:30000 * rate], dtype="f8"))))
    assert gains[:2] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert step == 0 or gains[2] < 10 ** (-75 / 20)  # step 0 ends at half of the recorded rate: nothing lies above


def test_bandwidth_is_that_of_the_highest_partial_that_counts():
    place = 2 * np.pi * np.arange(20000)
    sound = np.sin(0.03 * place) + 1e-3 * np.sin(0.31 * place) + 1e-5 * np.sin(0.4 * place)
    assert bands.bandwidth(sound.astype("f4")) == pytest.approx(0.31, abs=0.003)


def test_what_holds_nothing_that_folds_stays_as_recorded(tmp_path):
    sound = 0.5 * np.sin(2 * np.pi * np.arange(4000) / 100)
    path = tmp_path / "font.sf2"
    path.write_bytes(f.one_zone(one=f.sample(sound, (2000, 4000))))
    read = read_font(path)
    assert read.bank["count"][0] <= 8  # above key 69 + 55 the tone itself passes half of the sample rate
    zone = played(read.bank, 0, C7)[0]
    np.testing.assert_allclose(read.samples[zone["start"]:zone["start"] + 4000], sound, atol=5e-5)  # 16 bits


def test_every_key_has_as_many_zones_as_recorded_and_drums_are_as_recorded(font, as_recorded):
    recorded = as_recorded(general_midi())
    for program in range(DRUM_KIT + 1):
        before, after = (read.bank["zones"][int(read.bank["first"][program]):][:int(read.bank["count"][program])]
                         for read in (recorded, font))
        for key in range(128):
            counts = [np.count_nonzero((zones["key_low"] <= key) & (key <= zones["key_high"])) for zones in (before, after)]
            assert counts[0] == counts[1] or counts == [0, 1], (program, key)
    assert font.bank["count"][DRUM_KIT] == recorded.bank["count"][DRUM_KIT]


def test_copies_that_do_not_fit_are_not_made(tmp_path, monkeypatch):
    path = tmp_path / "font.sf2"
    path.write_bytes(f.one_zone(one=f.sample(saw(), LOOP)))
    full = read_font(path)
    monkeypatch.setattr(limits, "MOST_SAMPLES", 8000)
    small = read_font(path)
    assert full.bank["count"][0] > 1
    assert full.samples.size > 8000
    assert small.bank["count"][0] == 1
    assert small.samples.size <= 8000


def test_the_shipped_set_with_its_copies_takes_less_than_64_mb(font):
    assert font.samples.nbytes < 64e6


# ---- level

def test_one_note_at_full_velocity_neither_overloads_nor_is_lost(font):
    """Instruments 0 .. 103 at C4: the loudest peak +0.3 dBFS, the median -4, the softest but one (a pad) -12."""
    peaks_db = [20.0 * math.log10(np.abs(render(font.bank, font.samples, program, 60, 0.3)).max()) for program in range(104)]
    assert max(peaks_db) < 3.0
    assert -7.0 < np.median(peaks_db) < -1.0
    assert sorted(peaks_db)[2] > -15.0
