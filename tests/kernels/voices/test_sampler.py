"""The SoundFont sampler, on recordings whose sound is known in closed form."""
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BUSES, CHANNELS, PART, PART_GLIDE_S, PARTS, VIBRATO_CENTS
from imm_audio.kernels.voices.pool import FREE, HELD, PEDAL, RELEASED, pool_lift, pool_release, pool_silence
from imm_audio.kernels.voices.sampler import (
    BANK,
    BLOW,
    DRUM_KIT,
    MARGIN,
    PHASES,
    POINTS,
    SAMPLER,
    SOFT_OCTAVES,
    SOFT_S,
    SOFT_TIMES,
    TO_LEVEL,
    VOICES,
    interpolator,
    sampler_render,
    sampler_reset,
    sampler_start,
)

RATE = 48000
OPEN_HZ = 20000.0
FLAT = math.sqrt(2.0)  # 1 / Q of a filter without a peak


def recordings(*pieces):
    """Samples with margins as the loader lays them, and where each piece starts; a piece is (sound, loop or 0)."""
    laid, starts, at = [], [], 0
    for sound, loop in pieces:
        sound = np.asarray(sound, "f4")
        tail = np.resize(sound[sound.size - loop:], MARGIN) if loop else np.zeros(0, "f4")
        starts.append(at + MARGIN)
        laid += [np.zeros(MARGIN, "f4"), sound, tail]
        at += MARGIN + sound.size + tail.size
    return np.concatenate([*laid, np.zeros(MARGIN, "f4")]), starts


def bank_of(*zones):
    """A bank whose program 0 has these zones: each a dict of what differs from a plain organ at key 69."""
    bank = np.zeros(1, BANK)
    bank["taps"][0] = interpolator()
    bank["count"][0, 0] = len(zones)
    plain = {"key_high": 127, "velocity_high": 127, "fixed_key": -1, "fixed_velocity": -1, "root": 69.0,
             "scale": 1 / 12, "pitch": math.log2(RATE), "velocity_level": 2.0, "cutoff": math.log2(OPEN_HZ),
             "damping": FLAT, "attack_s": 0.001, "release_s": 0.5, "lfo_hz": 5.0, "vibrato_hz": 5.0, "mod_sustain": 1.0}
    for zone, changes in zip(bank["zones"][0], zones, strict=False):
        for name, value in {**plain, **changes}.items():
            zone[name] = value
    return bank[0]


class Player:
    """Pool, parts and buses, driven by hand."""

    def __init__(self, bank, samples, rate=RATE):
        self.bank, self.samples, self.rate, self.frame = bank, samples, float(rate), 0
        self.pool = np.zeros(1, SAMPLER)[0]
        sampler_reset(self.pool)
        self.parts = np.zeros(PARTS, PART)
        self.parts["bright"], self.parts["gain"], self.parts["ring"], self.parts["blow"] = 0.5, 1.0, 0.5, BLOW
        self.residue = np.zeros(2 * BUSES, "f4")
        self.buses = np.zeros(2 * BUSES * GRID, "f4")

    def start(self, key=69.0, velocity=1.0, part=0, offset=0):
        sampler_start(self.pool, self.bank, self.residue, self.parts, part, float(key), float(key), float(velocity),
                      self.frame, offset, self.rate)
        return self

    def release(self, key=69.0, part=0):
        pool_release(self.pool, part, float(key), False)
        return self

    def step(self):
        self.buses[:] = 0.0
        sampler_render(self.pool, self.bank, self.parts, self.samples, self.buses, self.rate)
        self.frame += GRID
        return self.buses.reshape(2 * BUSES, GRID)

    def play(self, seconds, player=0):
        return np.concatenate([self.step()[player].copy() for _ in range(round(seconds * self.rate / GRID))])


def constant(**changes):
    """A bank and samples: the number 1 for ever."""
    samples, (start,) = recordings((np.ones(64), 64))
    return bank_of({"start": start, "stop": start + 64, "loop": 64, **changes}), samples


def tone(period=100, cycles=1, **changes):
    """A bank and samples: a sine of `period` samples at key 69, looped after `cycles`; a sine of 0.5 peak."""
    length = period * cycles
    samples, (start,) = recordings((0.5 * np.sin(2 * np.pi * np.arange(length) / period), length))
    return bank_of({"start": start, "stop": start + length, "loop": length, **changes}), samples


def frequency(sound, rate, near):
    """Frequency [Hz] of the strongest partial within a semitone of `near`."""
    spectrum = np.abs(np.fft.rfft(sound * np.blackman(sound.size), 4 * sound.size))
    hz = np.arange(spectrum.size) * rate / (4 * sound.size)
    places = np.flatnonzero(np.abs(hz / near - 1.0) < 0.06)
    k = places[np.argmax(spectrum[places])]
    a, b, c = np.log(spectrum[k - 1:k + 2])
    return hz[k] + 0.5 * (a - c) / (a - 2 * b + c) * hz[1]


def cents(hz, reference):
    return 1200.0 * math.log2(hz / reference)


def rms_db(sound):
    return 20.0 * np.log10(np.sqrt(np.mean(np.square(sound, dtype="f8"))))


def fit_db(sound, hz, rate):
    """Level [dB] of what is left when the best sine near `hz` is taken away, relative to that sine.

    The pitch may be off by the error of `exp2_8`, 0.006 cents: the products with t take up the drift of phase.
    """
    t = 2 * np.pi * hz * np.arange(sound.size) / rate
    basis = np.stack([np.sin(t), np.cos(t), t * np.sin(t), t * np.cos(t), np.ones_like(t)], axis=1)
    fitted = basis @ np.linalg.lstsq(basis, sound, rcond=None)[0]
    return rms_db(sound - fitted) - rms_db(fitted)


# ---- reading a recording

def test_each_row_of_taps_sums_to_one_and_the_first_is_the_sample_itself():
    taps = interpolator().reshape(PHASES, POINTS)
    np.testing.assert_allclose(taps.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(taps[0], [0, 0, 0, 1, 0, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("key", [33, 60, 69, 70.5, 93])
def test_a_sine_sounds_at_the_pitch_of_its_key_at_every_sample_rate(key, rate):
    player = Player(*tone(), rate).start(key)
    player.play(0.05)
    wanted = 480.0 * 2.0 ** ((key - 69.0) / 12.0)
    assert abs(cents(frequency(player.play(0.5), rate, wanted), wanted)) < 0.1  # parabola on a Blackman peak


def test_scale_and_root_set_the_pitch_of_a_key():
    player = Player(*tone(scale=0.5 / 12, root=57.0)).start(69)
    player.play(0.05)
    wanted = 480.0 * 2.0 ** (0.5 * 12 / 12)
    assert abs(cents(frequency(player.play(0.5), RATE, wanted), wanted)) < 0.1


@pytest.mark.parametrize("key", [69, 62, 74.3, 88])
def test_a_loop_is_seamless(key):
    player = Player(*tone(period=101)).start(key)
    player.play(0.1)
    hz = RATE / 101 * 2.0 ** ((key - 69.0) / 12.0)
    assert fit_db(player.play(0.25), hz, RATE) < -70.0  # 512 phases: -76 dB at 4 kHz; a click would show at -40


def test_a_loop_of_a_few_samples_at_the_highest_pitch_stays_in_the_loop():
    player = Player(*tone(period=5)).start(127)
    sound = player.play(0.1)
    assert np.all(np.isfinite(sound))
    assert np.max(np.abs(sound)) < 1.0
    assert player.pool["sounding"] == 1


def test_a_sample_without_loop_ends_and_frees_its_voice():
    samples, (start,) = recordings((np.ones(480), 0))
    player = Player(bank_of({"start": start, "stop": start + 480}), samples).start()
    sound = player.play(0.02)
    assert sound[470] > 0.9
    assert np.max(np.abs(sound[500:])) < 0.02  # the filter settles
    assert player.pool["sounding"] == 0
    assert player.pool["gate"][0] == FREE


def test_a_loop_until_release_goes_on_behind_the_loop():
    """The loop holds 0.25, what follows it 0.5."""
    whole = np.concatenate([np.full(100, 0.25), np.full(24000, 0.5)])
    samples, (loop_at, tail_at) = recordings((whole[:100], 50), (whole, 0))
    bank = bank_of({"start": loop_at, "stop": loop_at + 100, "loop": 50, "tail": tail_at - loop_at,
                    "tail_stop": tail_at + whole.size, "release_s": 100.0})
    player = Player(bank, samples).start()
    assert player.play(0.05)[-1] == pytest.approx(0.25, rel=1e-3)
    assert player.release().play(0.05)[-1] == pytest.approx(0.5, rel=0.02)  # 100 s for 96 dB: 0.05 dB until here


@pytest.mark.parametrize("offset", range(GRID))
def test_a_note_starts_at_its_frame(offset):
    sound = Player(*constant(attack_s=0.1)).start(offset=offset).play(0.01)
    assert np.abs(sound[:offset]).max(initial=0.0) < 1e-20  # the line of the gain meets zero but for a rounding
    assert sound[offset] > 1e-9
    reference = Player(*constant(attack_s=0.1)).start(offset=0).play(0.01)
    np.testing.assert_allclose(sound[offset:offset + 400], reference[:400], atol=1e-6)


def test_where_a_tone_starts_does_not_change_it():
    bank, samples = tone()
    first = Player(bank, samples).start(offset=0).play(0.05)
    second = Player(bank, samples).start(offset=11).play(0.05)
    np.testing.assert_allclose(second[1011:2000], first[1000:1989], atol=2e-4)  # -74 dB: place rounded to a phase


def test_a_bend_is_followed():
    player = Player(*tone()).start()
    player.parts["pitch_cents"][0] = 150.0
    player.play(0.05)
    wanted = 480.0 * 2.0 ** (150.0 / 1200.0)
    assert abs(cents(frequency(player.play(0.5), RATE, wanted), wanted)) < 0.1


def test_a_bend_has_no_step():
    """The phase goes on: two neighbouring samples of a 480 Hz sine of 0.5 differ by at most 0.5 * 2 pi * 0.012."""
    player = Player(*tone()).start()
    sound = []
    for step in range(600):
        player.parts["pitch_cents"][0] = 200.0 * math.sin(step / 20.0)
        sound.append(player.step()[0].copy())
    assert np.max(np.abs(np.diff(np.concatenate(sound)))) < 0.5 * 2 * np.pi * 0.012


# ---- level

@pytest.mark.parametrize("velocity", [1.0, 0.75, 0.5, 0.25, 0.1])
def test_level_follows_the_square_of_velocity(velocity):
    player = Player(*constant()).start(velocity=velocity)
    assert player.play(0.05)[-1] == pytest.approx(velocity ** 2, rel=1e-3)


def test_attack_is_a_straight_line():
    sound = Player(*constant(attack_s=0.1)).start().play(0.2)
    wanted = np.minimum((np.arange(sound.size) + 1) / 4800, 1.0)
    np.testing.assert_allclose(sound, wanted, atol=3e-3)  # the filter is late by half a frame


def test_delay_and_hold_last_as_long_as_written():
    sound = Player(*constant(delay_s=0.05, hold_s=0.1, decay_s=1.0, sustain=-96 / 6.0206)).start().play(0.5)
    assert np.all(sound[:2400] == 0.0)
    assert sound[2401] > 0.0
    assert sound[2400 + 48 + 4700] == pytest.approx(1.0, abs=1e-3)
    assert 20 * math.log10(sound[2400 + 48 + 4800 + 4800]) == pytest.approx(-9.6, abs=0.1)


@pytest.mark.parametrize("key", [48, 60, 84])
def test_decay_falls_by_96_db_in_its_time_for_key_60_and_stops_at_sustain(key):
    """decay_key 1/24: twice as long for two octaves down."""
    player = Player(*constant(decay_s=2.0, decay_key=1 / 24, sustain=-40 / 6.0206)).start(key)
    time = 2.0 * 2.0 ** ((60 - key) / 24)
    sound = player.play(3.0)
    assert 20 * math.log10(sound[round(0.2 * time * RATE)]) == pytest.approx(-19.2, abs=0.1)
    assert 20 * math.log10(sound[-1]) == pytest.approx(-40.0, abs=0.05)


@pytest.mark.parametrize("release_s", [0.1, 0.5, 2.0])
def test_release_falls_by_60_db_in_five_eighths_of_its_time(release_s):
    player = Player(*constant(release_s=release_s)).start()
    player.play(0.1)
    sound = player.release().play(release_s)
    below = np.flatnonzero(sound < 1e-3)[0] / RATE
    assert below == pytest.approx(0.625 * release_s, abs=2 * GRID / RATE)
    assert player.pool["sounding"] == 0


def test_the_pedal_holds_a_note_until_it_is_lifted():
    player = Player(*constant(release_s=0.1)).start()
    player.play(0.1)
    pool_release(player.pool, 0, 69.0, True)
    assert player.pool["gate"][0] == PEDAL
    assert player.play(0.5)[-1] == pytest.approx(1.0, abs=1e-3)
    pool_lift(player.pool, 0)
    assert abs(player.play(0.2)[-1]) < 1e-4


def test_a_note_let_go_in_its_attack_falls_from_where_it_was():
    player = Player(*constant(attack_s=1.0, release_s=1.0)).start()
    player.play(0.25)
    sound = player.release().play(0.3)
    assert np.max(sound) < 0.26
    assert 20 * math.log10(sound[9600] / 0.25) == pytest.approx(-19.2, abs=0.3)


def test_a_note_let_go_at_once_still_sounds_for_ten_milliseconds():
    sound = Player(*constant(release_s=0.016)).start().release().play(0.1)
    assert sound[470] == pytest.approx(1.0, abs=1e-3)
    assert np.max(np.abs(sound[-GRID:])) == 0.0


def test_the_gain_of_a_part_travels_in_a_straight_line_within_a_step():
    player = Player(*constant()).start()
    player.play(0.05)
    player.parts["gain"][0] = 0.0
    np.testing.assert_allclose(player.step()[0], 1.0 - (np.arange(GRID) + 1) / GRID, atol=1e-3)


def test_a_quiet_part_keeps_its_voices():
    player = Player(*constant()).start()
    player.parts["gain"][0] = 0.0
    player.play(0.5)
    player.parts["gain"][0] = 1.0
    assert player.play(0.1)[-1] == pytest.approx(1.0, abs=1e-3)


def test_a_sound_that_decays_to_nothing_frees_its_voice_while_the_key_is_down():
    player = Player(*constant(decay_s=0.2, sustain=-96 / 6.0206)).start()
    player.play(0.3)
    assert player.pool["sounding"] == 0


# ---- filter, envelopes and oscillators

def gain_of(player, seconds=0.2):
    player.play(0.3)
    return rms_db(player.play(seconds)) - rms_db(0.5 * np.sin(np.arange(9600) / 10))


def test_the_filter_is_3_db_down_at_its_cutoff():
    assert gain_of(Player(*tone(cutoff=math.log2(480.0))).start()) == pytest.approx(-3.01, abs=0.05)


def test_resonance_lifts_the_cutoff():
    """Q = 4: 12 dB at the cutoff."""
    assert gain_of(Player(*tone(cutoff=math.log2(480.0), damping=0.25)).start()) == pytest.approx(12.04, abs=0.05)


@pytest.mark.parametrize(("bright", "octaves"), [(0.0, -2.0), (0.25, -1.0), (1.0, 2.0)])
def test_bright_moves_the_cutoff_by_two_octaves_either_way(bright, octaves):
    player = Player(*tone(cutoff=math.log2(480.0) - octaves)).start()
    player.parts["bright"][0] = bright
    assert gain_of(player) == pytest.approx(-3.01, abs=0.05)


def test_a_soft_touch_closes_the_filter():
    player = Player(*tone(cutoff=math.log2(960.0), velocity_cutoff=-2.0, velocity_level=0.0)).start(velocity=0.5)
    assert gain_of(player) == pytest.approx(-3.01, abs=0.05)


def test_the_modulation_envelope_moves_pitch_and_cutoff():
    cutoff = math.log2(480.0 * 2 ** 0.25) - 1.0
    player = Player(*tone(mod_pitch=0.5, mod_sustain=0.5, mod_cutoff=2.0, cutoff=cutoff)).start()
    assert gain_of(player) == pytest.approx(-3.01, abs=0.1)
    wanted = 480.0 * 2.0 ** 0.25
    assert abs(cents(frequency(player.play(0.5), RATE, wanted), wanted)) < 0.1


def test_the_modulation_envelope_falls_in_a_straight_line():
    """Two octaves over half a second: a quarter of the way after an eighth of a second."""
    player = Player(*tone(mod_pitch=2.0, mod_sustain=0.0, mod_decay_s=0.5, mod_attack_s=0.0)).start()
    player.play(0.1)
    wanted = 480.0 * 2.0 ** (2.0 * (1.0 - 0.125 / 0.5))
    assert abs(cents(frequency(player.play(0.05), RATE, wanted), wanted)) < 10.0  # the pitch falls while it is measured


def test_vibrato_begins_after_its_delay_and_swings_as_written():
    player = Player(*tone(vibrato_delay_s=0.3, vibrato_hz=5.0, vibrato_pitch=50 / 1200)).start()
    player.play(0.01)
    assert abs(cents(frequency(player.play(0.25), RATE, 480.0), 480.0)) < 0.2
    player.play(0.08)
    ratios = []
    for _ in range(600):
        player.step()
        ratios.append(1200 * math.log2(player.pool["ratio"][0]))
    assert max(ratios) == pytest.approx(50.0, abs=2.0)
    assert min(ratios) == pytest.approx(-50.0, abs=2.0)


def test_tremolo_swings_as_written():
    sound = Player(*constant(lfo_hz=5.0, lfo_level=3 / 6.0206)).start().play(0.5)[4800:]
    assert 20 * math.log10(sound.max()) == pytest.approx(3.0, abs=0.1)
    assert 20 * math.log10(sound.min()) == pytest.approx(-3.0, abs=0.1)


def test_a_sweep_of_the_filter_has_no_zipper():
    """Timbre from one end to the other in 50 ms on a constant: nothing may move."""
    player = Player(*constant(cutoff=math.log2(2000.0))).start()
    player.play(0.1)
    sound = []
    for step in range(150):
        player.parts["bright"][0] = step / 150
        sound.append(player.step()[0].copy())
    np.testing.assert_allclose(np.concatenate(sound), 1.0, atol=2e-3)


# ---- which voices play

def test_layers_start_a_voice_each():
    samples, (start,) = recordings((np.ones(64), 64))
    zone = {"start": start, "stop": start + 64, "loop": 64, "level": -1.0}
    player = Player(bank_of(zone, zone), samples).start()
    assert player.pool["sounding"] == 2
    assert player.play(0.05)[-1] == pytest.approx(1.0, abs=1e-3)


def test_key_and_velocity_choose_the_zone():
    samples, (start,) = recordings((np.ones(64), 64))
    place = {"start": start, "stop": start + 64, "loop": 64, "velocity_level": 0.0}
    bank = bank_of({**place, "key_high": 59, "level": -1.0},
                   {**place, "key_low": 60, "velocity_high": 63, "level": -2.0},
                   {**place, "key_low": 60, "velocity_low": 64, "level": -3.0})
    for key, velocity, level in ((59.4, 1.0, -1), (60, 0.4, -2), (59.6, 1.0, -3)):
        assert math.log2(Player(bank, samples).start(key, velocity).play(0.05)[-1]) == pytest.approx(level, abs=0.01)


def test_a_key_without_a_zone_plays_the_nearest():
    samples, (start,) = recordings((np.ones(64), 64))
    place = {"start": start, "stop": start + 64, "loop": 64}
    bank = bank_of({**place, "key_high": 40, "level": -1.0}, {**place, "key_low": 60, "key_high": 70, "level": -2.0})
    for key, level in ((48, -1), (52, -2), (100, -2)):
        assert math.log2(Player(bank, samples).start(key).play(0.05)[-1]) == pytest.approx(level, abs=0.01)


def test_an_empty_program_stays_silent():
    bank, samples = constant()
    player = Player(bank, samples)
    player.parts["program"][0] = DRUM_KIT
    player.start()
    assert player.pool["sounding"] == 0


def test_a_voice_chokes_others_of_its_class_on_the_same_part_only():
    player = Player(*constant(exclusive=1, release_s=10.0))
    player.start(46).start(46, part=1)
    player.play(0.05)
    player.start(42)
    assert list(player.pool["gate"][:3]) == [RELEASED, HELD, HELD]
    player.play(0.1)
    assert list(player.pool["gate"][:3]) == [FREE, HELD, HELD]


def test_voices_of_one_stroke_do_not_choke_each_other():
    samples, (start,) = recordings((np.ones(64), 64))
    zone = {"start": start, "stop": start + 64, "loop": 64, "exclusive": 3}
    player = Player(bank_of(zone, zone), samples).start()
    assert list(player.pool["gate"][:2]) == [HELD, HELD]


def test_last_is_the_newest_sample_of_each_voice():
    player = Player(*tone())
    for voice in range(10):
        player.start(60 + voice, part=voice * CHANNELS)
    player.play(0.05)
    newest = player.step()[:, -1]
    np.testing.assert_allclose(player.pool["last"][:10], newest[:10], atol=1e-7)
    assert np.all(player.pool["last"][10:] == 0.0)


def test_what_a_stolen_voice_sounded_goes_to_the_residue_of_its_player():
    player = Player(*constant())
    player.start(part=5 * CHANNELS)
    player.play(0.05)
    for _ in range(VOICES - 1):
        player.start(60)
    player.start(61)
    assert player.residue[5] == pytest.approx(1.0, abs=1e-3)
    assert player.pool["sounding"] == VOICES
    assert player.pool["part"][0] == 0


def test_a_stolen_voice_begins_like_a_fresh_one():
    bank, samples = tone()
    player = Player(bank, samples)
    for _ in range(VOICES):
        player.start(80, 0.3, part=CHANNELS)
    player.play(0.05)
    for voice in range(VOICES - 1):
        player.pool["since"][voice] = 10 ** 6
    player.start(60, offset=5)
    fresh = Player(bank, samples).start(60, offset=5).play(0.02)
    np.testing.assert_allclose(player.play(0.02), fresh, atol=1e-6)  # another lane: sums are rounded in another order


def test_silence_frees_all_voices_and_a_silent_pool_leaves_the_buses_alone():
    player = Player(*constant())
    for part in range(0, PARTS, CHANNELS):
        player.start(part=part)
    player.play(0.02)
    pool_silence(player.pool, player.residue, 0, PARTS - 1)
    assert player.pool["sounding"] == 0
    player.buses[:] = 0.125
    sampler_render(player.pool, player.bank, player.parts, player.samples, player.buses, player.rate)
    assert np.all(player.buses == 0.125)


def test_a_voice_cut_from_outside_is_silent_at_once_beside_its_neighbours():
    player = Player(*constant())
    player.start(part=0).start(part=CHANNELS)
    player.play(0.02)
    pool_silence(player.pool, player.residue, 0, CHANNELS - 1)
    buses = player.step()
    assert np.all(buses[0] == 0.0)
    assert np.all(buses[1] > 0.99)


def test_players_sound_alike_alone_and_together():
    """Eight lanes of one player are summed another way than eight lanes of eight players."""
    bank, samples = tone()
    together = Player(bank, samples)
    for player in range(BUSES):
        together.start(50 + 2 * player, part=player * CHANNELS)
    heard = np.concatenate([together.step().copy() for _ in range(100)], axis=1)
    for player in (0, 7, 15):
        alone = Player(bank, samples).start(50 + 2 * player).play(100 * GRID / RATE)
        np.testing.assert_allclose(heard[player], alone, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(key=st.floats(allow_nan=True), velocity=st.floats(allow_nan=True), cents=st.floats(width=32, allow_nan=True),
       gain=st.floats(width=32, allow_nan=True), bright=st.floats(width=32, allow_nan=True),
       offset=st.integers(0, GRID - 1))
def test_any_key_velocity_bend_gain_and_bright_give_finite_sound(key, velocity, cents, gain, bright, offset):
    player = Player(*tone(period=7, damping=0.02, mod_pitch=9.0, mod_cutoff=9.0, lfo_pitch=5.0, lfo_cutoff=9.0))
    player.start(key, velocity, offset=offset)
    player.parts["pitch_cents"][0], player.parts["gain"][0], player.parts["bright"][0] = cents, gain, bright
    assert np.all(np.isfinite(player.play(0.02)))
    player.parts["pitch_cents"][0], player.parts["gain"][0], player.parts["bright"][0] = 0.0, 1.0, 0.5
    sound = player.play(0.05)
    assert np.all(np.isfinite(sound))
    assert np.max(np.abs(sound)) < 1000.0


# ---- stereo

@pytest.mark.parametrize("lean", [-1.0, -0.3, 0.5, 1.0])
def test_the_side_is_the_middle_times_the_lean(lean):
    player = Player(*tone(lean=lean)).start()
    for _ in range(50):
        buses = player.step()
        np.testing.assert_allclose(buses[BUSES], lean * buses[0], atol=1e-7)
    assert player.pool["side"][0] == pytest.approx(lean * player.pool["last"][0], abs=1e-7)


def test_voices_lean_each_its_own_way_on_their_own_buses():
    """One group of eight lanes: two players, one of them with both sides of a pair."""
    samples, (start,) = recordings((np.ones(64), 64))
    place = {"start": start, "stop": start + 64, "loop": 64}
    bank = bank_of({**place, "lean": 1.0, "key_high": 69}, {**place, "lean": -1.0, "level": -1.0, "key_low": 69})
    player = Player(bank, samples).start(69).start(60, part=CHANNELS)
    player.play(0.05)
    buses = player.step()[:, -1]
    np.testing.assert_allclose(buses[[0, BUSES, 1, BUSES + 1]], [1.5, 0.5, 1.0, 1.0], atol=1e-3)
    assert np.all(buses[2:BUSES] == 0.0)
    assert np.all(buses[BUSES + 2:] == 0.0)


def test_the_side_of_a_stolen_voice_fades_with_it():
    player = Player(*constant(lean=0.5))
    player.start(part=5 * CHANNELS)
    player.play(0.05)
    for _ in range(VOICES):
        player.start(60)
    assert player.residue[5] == pytest.approx(1.0, abs=1e-3)
    assert player.residue[BUSES + 5] == pytest.approx(0.5, abs=1e-3)


# ---- macros and modulators

@pytest.mark.parametrize(("ring", "factor"), [(0.0, 0.5), (0.5, 1.0), (1.0, 3.0)])
def test_ring_scales_how_long_a_note_fades(ring, factor):
    player = Player(*constant(release_s=0.2))
    player.parts["ring"][0] = ring
    player.start().play(0.1)
    below = np.flatnonzero(player.release().play(0.7) < 1e-3)[0] / RATE
    assert below == pytest.approx(0.625 * 0.2 * factor, abs=2 * GRID / RATE)


@pytest.mark.parametrize(("ring", "factor"), [(0.0, 0.5), (1.0, 3.0)])
def test_ring_scales_how_long_a_struck_note_decays(ring, factor):
    player = Player(*constant(decay_s=0.5, sustain=-96 / 6.0206))
    player.parts["ring"][0] = ring
    below = np.flatnonzero(player.start().play(1.0)[480:] < 0.1)[0] + 480
    assert below / RATE == pytest.approx(0.001 + 0.5 * factor * 20 / 96, abs=2 * GRID / RATE)


def test_soft_notes_begin_slowly_and_darkly():
    player = Player(*constant(attack_s=0.01))
    player.parts["soft"][0] = 1.0
    sound = player.start().play(0.4)
    assert np.flatnonzero(sound > 0.5)[0] / RATE == pytest.approx(0.5 * (0.01 * SOFT_TIMES + SOFT_S), rel=0.02)
    player = Player(*tone(cutoff=math.log2(480.0) + SOFT_OCTAVES))
    player.parts["soft"][0] = 1.0
    assert gain_of(player.start()) == pytest.approx(-3.01, abs=0.05)


def shaped(**changes):
    """An organ with one set of modulators: field of SHAPE -> value, or -> (what it moves, value)."""
    bank, samples = constant(shape=1)
    for name, value in changes.items():
        if isinstance(value, tuple):
            bank["shapes"][1][name][value[0]] = value[1]
        else:
            bank["shapes"][1][name] = value
    return bank, samples


@pytest.mark.parametrize(("name", "octaves"), [("by_velocity", 0.5), ("by_loudness", -1.0),
                                               ("by_lack", math.log2(1 - 63.5 / 128)), ("by_key", 69.0)])
def test_modulators_of_a_note_shape_its_level(name, octaves):
    """At half velocity, key 69; the level falls by another two octaves for velocity itself."""
    factor = -0.05 if octaves > 0 else 0.5
    sound = Player(*shaped(**{name: (TO_LEVEL, factor)})).start(velocity=0.5).play(0.05)
    assert math.log2(sound[-1]) == pytest.approx(-2.0 + factor * octaves, abs=0.01)


def test_breath_and_wheel_move_the_level_while_it_sounds():
    player = Player(*shaped(breath_level=2.0, wheel_level=-1.0)).start()
    player.play(0.05)
    player.parts["blow"][0] = BLOW / 2
    assert math.log2(player.play(0.05)[-1]) == pytest.approx(-1.0, abs=0.01)
    player.parts["depth_now"][0] = VIBRATO_CENTS
    assert math.log2(player.play(0.05)[-1]) == pytest.approx(-2.0, abs=0.01)


# ---- clicks and pitch: a sine is known everywhere, so whatever is not the sine is a click

@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("key", [21, 45, 69, 93, 108])
def test_pitch_is_within_a_tenth_of_a_cent_from_a0_to_c8(key, rate):
    player = Player(*tone(), rate).start(key)
    player.play(0.05)
    wanted = 480.0 * 2.0 ** ((key - 69.0) / 12.0)
    assert abs(cents(frequency(player.play(1.0), rate, wanted), wanted)) < 0.1


def steepest(sound, attack_s=0.001):
    """Largest step between samples, as a multiple of what a sine of 480 Hz and 0.5 has by itself and by its envelope."""
    return np.max(np.abs(np.diff(sound))) / (0.5 * 2 * np.pi * 480.0 / RATE + 0.5 / (attack_s * RATE))


@pytest.mark.parametrize("bright", [0.0, 0.5, 1.0])
def test_onset_release_and_moves_of_bright_have_no_step(bright):
    player = Player(*tone(release_s=0.05, cutoff=math.log2(2000.0))).start(offset=3)
    sound = [np.zeros(1), player.play(0.1)]
    for target in (bright, 0.5):
        for _ in range(150):
            # as part_advance glides
            now = player.parts["bright"][0]
            player.parts["bright"][0] += (1.0 - math.exp(-GRID / (PART_GLIDE_S * RATE))) * (target - now)
            sound.append(player.step()[0].copy())
    sound += [player.release().play(0.1)]
    assert steepest(np.concatenate(sound)) < 1.1


def test_a_stolen_voice_begins_without_a_step():
    """What it sounded fades in the mixer (`residue`); the voice itself begins at nothing."""
    player = Player(*tone())
    for _ in range(VOICES):
        player.start(69, 0.5, part=CHANNELS)
    player.play(0.0503)
    player.start(69)
    assert player.pool["last"][0] == 0.0
    assert steepest(np.concatenate([np.zeros(1), player.play(0.05)])) < 1.1
