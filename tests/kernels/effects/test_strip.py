"""Channel strips: filters against their transfer functions, dynamics against their curves, glides without steps."""
import numpy as np
import pytest
import scipy.signal as signal
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.strip import (
    ATTACK_MS,
    CEILING_DBFS,
    CEILING_RELEASE_S,
    ECHO_DB,
    GAIN_DB,
    GATE_DB,
    GLIDE_S,
    HIGH_DB,
    HIGH_HZ,
    HIGH_Q,
    HIGHPASS_HZ,
    LANES,
    LOW_DB,
    LOW_HZ,
    LOW_Q,
    METER_DB_S,
    MID_DB,
    MID_HZ,
    MID_Q,
    MUTE,
    PAN,
    RATIO,
    RELEASE_MS,
    REST_STEPS,
    SEND_DB,
    STRIP_PARAMETERS,
    THRESHOLD_DB,
    strips_at_rest,
    strips_pass,
)
from imm_audio.kernels.engine.state import BUS
from imm_audio.kernels.rt import GRID, rt
from tests.kernels.effects.strips import BARE, Strips

RATES = (44100.0, 48000.0, 96000.0)


def db(x):
    return 20 * np.log10(np.maximum(np.abs(x), 1e-30))


def noise(frames, seed=1, level=0.3):
    return np.random.default_rng(seed).uniform(-level, level, (frames // GRID * GRID, LANES)).astype("f4")


# --- filters ----------------------------------------------------------------------------------------------------------
FRAMES = 1 << 16


def bins_hz(lowest_hz, highest_hz, rate):
    """About 200 frequencies, evenly spread to the ear, that a transform of FRAMES frames meets exactly."""
    return np.unique(np.round(np.geomspace(lowest_hz, highest_hz, 200) * FRAMES / rate)) * rate / FRAMES


def measured_db(lanes, rate, hz):
    """Level of each lane at the frequencies hz, (len(hz), 8), from the response to an impulse of 0.1."""
    impulse = np.zeros(FRAMES)
    impulse[0] = 0.1
    spectrum = np.fft.rfft(Strips(rate, lanes).left(impulse).astype("f8") / 0.1, axis=0)
    return db(spectrum[np.round(hz * FRAMES / rate).astype(int)])


def bell_db(centre_hz, q, gain_db, rate, hz):
    """Peaking filter: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"."""
    w, amplitude = 2 * np.pi * centre_hz / rate, 10 ** (gain_db / 40)
    alpha = np.sin(w) / (2 * q)
    b = [1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude]
    a = [1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude]
    return db(signal.freqz(b, a, worN=hz, fs=rate)[1])


def highpass_db(cutoff_hz, rate, hz):
    return db(signal.sosfreqz(signal.butter(2, cutoff_hz, "high", fs=rate, output="sos"), worN=hz, fs=rate)[1])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("band", [(LOW_HZ, LOW_Q, LOW_DB), (MID_HZ, MID_Q, MID_DB), (HIGH_HZ, HIGH_Q, HIGH_DB)],
                         ids=["low", "mid", "high"])
def test_each_bell_has_the_response_of_the_cookbook(rate, band):
    bells = [(60, 0.7, 12), (120, 1, -9), (400, 4, 6), (1000, 0.5, -24), (2500, 2, 24), (6000, 0.8, 3), (12000, 1.5, -12),
             (18000, 0.7, 9)]
    hz = bins_hz(20, 20000, rate)
    found = measured_db({lane: dict(zip(band, bell, strict=True)) for lane, bell in enumerate(bells)}, rate, hz)
    for lane, bell in enumerate(bells):
        np.testing.assert_allclose(found[:, lane], bell_db(*bell, rate, hz), atol=0.02)  # dB; float32 coefficients


@pytest.mark.parametrize("rate", RATES)
def test_the_high_pass_is_a_butterworth_of_second_order(rate):
    hz = bins_hz(10, 20000, rate)
    cutoffs = hz[np.searchsorted(hz, [20, 40, 80, 100, 150, 300, 500, 900])]
    found = measured_db({lane: {HIGHPASS_HZ: cutoff} for lane, cutoff in enumerate(cutoffs)}, rate, hz)
    for lane, cutoff in enumerate(cutoffs):
        np.testing.assert_allclose(found[:, lane], highpass_db(cutoff, rate, hz), atol=0.05)  # dB; float32 coefficients
        assert found[hz == cutoff, lane] == pytest.approx(-3.01, abs=0.01)  # dB


def test_the_stages_of_one_strip_add_up():
    lane = {HIGHPASS_HZ: 90, LOW_HZ: 200, LOW_Q: 1.2, LOW_DB: -6, MID_DB: 9, HIGH_DB: 5, GAIN_DB: -3}
    hz = bins_hz(20, 20000, 48000)
    expected = (highpass_db(90, 48000, hz) + bell_db(200, 1.2, -6, 48000, hz) + bell_db(1000, 1, 9, 48000, hz)
                + bell_db(6000, 0.8, 5, 48000, hz) - 3)
    np.testing.assert_allclose(measured_db({5: lane}, 48000.0, hz)[:, 5], expected, atol=0.02)


def test_a_bare_strip_gives_back_every_bit():
    x = noise(4096)
    np.testing.assert_array_equal(Strips().process(x)[0], x)


def test_a_bare_strip_beside_a_busy_one_changes_nothing_that_can_be_heard():
    busy = {HIGHPASS_HZ: 90, LOW_DB: 6, RATIO: 8, THRESHOLD_DB: -40, CEILING_DBFS: -20}
    x = noise(8192)
    found = Strips(lanes={0: busy}).process(x)[0]
    np.testing.assert_allclose(found[:, 1:], x[:, 1:], rtol=1e-6)
    assert np.abs(found[:, 0] - x[:, 0]).max() > 0.05


# --- dynamics ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("threshold_db", "ratio"), [(-18, 3), (-30, 1.5), (-40, 20), (-6, 4)])
def test_the_compressor_holds_levels_to_its_curve(threshold_db, ratio):
    levels_db = np.array([-60, -42, -30, -19, -17, -10, -3, -0.1])
    lanes = {lane: {THRESHOLD_DB: threshold_db, RATIO: ratio, ATTACK_MS: 1, RELEASE_MS: 5} for lane in range(LANES)}
    x = np.tile(10 ** (levels_db / 20), (9600, 1))
    found = db(Strips(lanes=lanes).process(x)[0][-1])
    over = np.maximum(levels_db - threshold_db, 0)
    np.testing.assert_allclose(found, levels_db - over * (1 - 1 / ratio), atol=0.005)  # dB; log2 and exp2 polynomials


@pytest.mark.parametrize("rate", RATES)
def test_the_envelope_rises_and_falls_with_its_time_constants(rate):
    attacks, releases = [0.5, 1, 2, 5, 10, 20, 50, 100], [10, 20, 40, 80, 160, 320, 640, 1000]
    strips = Strips(rate, {lane: {RATIO: 2, ATTACK_MS: attacks[lane], RELEASE_MS: releases[lane]} for lane in range(LANES)})
    frames = round(0.02 * rate) // GRID * GRID
    strips.process(np.full((frames, LANES), 0.8))
    risen = 0.8 * (1 - np.exp(-frames / rate / (np.array(attacks) * 1e-3)))
    np.testing.assert_allclose(strips.record["envelope"], risen, rtol=1e-4)  # a thousand float32 steps
    before = strips.record["envelope"].astype("f8")
    strips.process(np.zeros((frames, LANES)))
    np.testing.assert_allclose(strips.record["envelope"], before * np.exp(-frames / rate / (np.array(releases) * 1e-3)),
                               rtol=1e-4)


def test_a_burst_is_turned_down_as_fast_as_the_attack_says():
    strips = Strips(lanes={0: {RATIO: 20, THRESHOLD_DB: -20, ATTACK_MS: 10, RELEASE_MS: 100}})
    found = strips.process(np.full((4800, LANES), 1.0))[0][:, 0].astype("f8")
    frame = np.arange(1, 4801)
    envelope = 1 - np.exp(-frame / 480)
    expected = np.minimum((envelope / 0.1) ** (1 / 20 - 1), 1)
    np.testing.assert_allclose(found, expected, rtol=5e-4)  # polynomials, float32 recursion


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), level=st.sampled_from([0.01, 1.0, 30.0, 1e4, 1e30]),
       ceiling_db=st.floats(-40, 0), gain_db=st.floats(-24, 24), ratio=st.sampled_from([1.0, 4.0]))
def test_nothing_passes_the_ceiling_whatever_comes(seed, level, ceiling_db, gain_db, ratio):
    random = np.random.default_rng(seed)
    x = random.standard_normal((GRID * 12, LANES)) * level * (random.random((GRID * 12, LANES)) < 0.3)
    strips = Strips(lanes={lane: {CEILING_DBFS: ceiling_db, GAIN_DB: gain_db, RATIO: ratio, MID_DB: 24} for lane in range(8)})
    out = strips.process(x)[0]
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 10 ** ((ceiling_db + gain_db) / 20) * (1 + 1e-6)  # roundings of the two gains


def test_the_ceiling_lets_go_with_its_time_constant():
    strips = Strips(lanes={0: {CEILING_DBFS: -20}})
    strips.process(np.full((GRID, LANES), 1.0))  # ten times the ceiling
    frames = 4800
    found = strips.process(np.full((frames, LANES), 0.05))[0][:, 0].astype("f8")
    held = np.exp(-np.arange(1, frames + 1) / (CEILING_RELEASE_S * 48000))
    np.testing.assert_allclose(found, 0.05 * np.minimum(0.1 / held, 1), rtol=2e-4)  # 3000 roundings


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e38])
def test_what_is_not_a_number_is_silence_and_no_memory_keeps_it(bad):
    lanes = {lane: {HIGHPASS_HZ: 80, MID_DB: 6, RATIO: 3, THRESHOLD_DB: -30} for lane in range(LANES)}
    x = noise(1024)
    broken, clean = x.copy(), x.copy()
    broken[100:300:7, :] = bad
    clean[100:300:7, :] = 0.0
    one, other = Strips(lanes=lanes), Strips(lanes=lanes)
    for a, b in zip(one.process(broken), other.process(clean), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.record.tobytes() == other.record.tobytes()


# --- fader, pan, send -------------------------------------------------------------------------------------------------
def test_pan_keeps_the_power_and_has_its_ends_at_one_side():
    pans = [-1.0, -0.75, -0.3, 0.0, 0.25, 0.5, 0.9, 1.0]
    left, right, *_ = Strips(lanes={lane: {PAN: pan} for lane, pan in enumerate(pans)}).process(np.full((GRID, LANES), 0.5))
    np.testing.assert_allclose(left[-1] ** 2 + right[-1] ** 2, 0.25, rtol=1e-6)
    np.testing.assert_allclose(left[-1], 0.5 * np.cos((np.array(pans) + 1) * np.pi / 4), atol=1e-7)
    assert right[-1, 0] == 0.0
    assert abs(left[-1, 7]) < 1e-7  # cos(pi / 2) in floating point


def test_gain_and_send_are_decibels_and_the_send_follows_the_fader():
    gains, sends = [-120, -60, -20, -6, 0, 6, 20, 24], [0, 0, -6, -20, -120, 12, -14, -24]
    lanes = {lane: {GAIN_DB: gains[lane], SEND_DB: sends[lane]} for lane in range(LANES)}
    left, _, send, _ = Strips(lanes=lanes).process(np.full((GRID, LANES), 0.01))
    factor = np.where(np.array(gains) > -120, 10 ** (np.array(gains) / 20), 0)
    np.testing.assert_allclose(left[-1], 0.01 * factor, rtol=1e-6)
    np.testing.assert_allclose(send[-1], 0.01 * factor * np.where(np.array(sends) > -120, 10 ** (np.array(sends) / 20), 0),
                               rtol=1e-6)


#: Fastest change of a gain that approaches its end with GLIDE_S: the whole way times 1 / GLIDE_S a second.  In decibels
#: from silence up the steepest part is where -8.7 dB are left: 1 / e of that; downwards the first grid step loses 2 dB.
STEEPEST = 1.0 / (GLIDE_S * 48000)


@pytest.mark.parametrize(("parameter", "value", "steepest"), [
    (MUTE, 1, STEEPEST), (PAN, 1, np.pi / 2 * STEEPEST), (GAIN_DB, -120, 120 * np.log(10) / 20 * STEEPEST),
    (GAIN_DB, -20, 20 * np.log(10) / 20 * STEEPEST), (GAIN_DB, 6, 2 * 6 * np.log(10) / 20 * STEEPEST),
])
def test_a_fader_that_is_moved_makes_no_step(parameter, value, steepest):
    strips, level = Strips(), np.full((16000, LANES), 0.5)
    before = strips.process(level)[0][-1, 0]
    strips.set(0, parameter, value)
    moved = strips.process(level)[0][:, 0]
    assert np.abs(np.diff(moved, prepend=before)).max() <= 0.5 * steepest * 1.01  # 1 %: float32
    expected = {MUTE: 0.0, PAN: 0.0, GAIN_DB: 0.0 if value == -120 else 10 ** (value / 20)}[parameter]
    assert moved[-1] == pytest.approx(0.5 * expected, rel=1e-6, abs=1e-7)
    strips.set(0, parameter, BARE[parameter])
    back = strips.process(level)[0][:, 0]
    assert np.abs(np.diff(back, prepend=moved[-1])).max() <= 0.5 * steepest * 1.01
    assert back[-1] == 0.5


@pytest.mark.parametrize(("parameter", "values"), [
    (HIGHPASS_HZ, (80, 0, 300, 0)), (MID_DB, (12, 0, -24, 0)), (MID_HZ, (4000, 200)), (MID_Q, (10, 0.2)),
    (RATIO, (20, 1, 4)), (THRESHOLD_DB, (-40, 0)), (CEILING_DBFS, (-12, 0)),
])
def test_no_knob_clicks_while_a_tone_sounds(parameter, values):
    frames = 9600
    tone = 0.3 * np.sin(2 * np.pi * 200 * np.arange(frames * len(values)) / 48000)
    start = {RATIO: 4, THRESHOLD_DB: -30} if parameter in (RATIO, THRESHOLD_DB) else {MID_DB: 6}
    strips, found = Strips(lanes={0: start}), []
    for i, value in enumerate(values):
        strips.set(0, parameter, value)
        found.append(strips.left(tone[i * frames:(i + 1) * frames])[:, 0])
    # a click is what the tone alone does not have: energy far above it
    click = signal.sosfilt(signal.butter(6, 4000, "high", fs=48000, output="sos"), np.concatenate(found).astype("f8"))
    assert np.abs(click[480:]).max() < 0.005  # 36 dB below the tone: glides move once a grid step


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(-3, STRIP_PARAMETERS + 3), st.floats(allow_nan=True, allow_infinity=True)), max_size=30))
def test_any_setting_whatever_gives_finite_sound_below_the_highest_gain(changes):
    strips = Strips()
    for parameter, value in changes:
        strips.set(0, parameter, value)
    for side in strips.process(noise(GRID * 40)):
        assert np.isfinite(side).all()
        assert np.abs(side).max() < 64  # ceiling 0 dBFS, then 24 dB of gain and 12 of send


# --- meters, rest -----------------------------------------------------------------------------------------------------
def test_meters_show_the_peak_after_the_fader_and_fall_as_they_should():
    strips = Strips(lanes={0: {GAIN_DB: -6}, 1: {MUTE: 1}, 2: {PAN: 0}, 3: {CEILING_DBFS: -20}})
    x = np.zeros((GRID, LANES))
    x[5] = -0.5
    strips.process(x)
    expected = 0.5 * np.array([10 ** -0.3, 0, np.sqrt(0.5), 0.2, 1, 1, 1, 1])
    np.testing.assert_allclose(strips.record["meter"], expected, rtol=1e-5)
    np.testing.assert_allclose(strips.record["peak"], expected, rtol=1e-5)
    strips.process(np.zeros((48000 // GRID * GRID, LANES)))
    np.testing.assert_allclose(strips.record["meter"], expected * 10 ** (-METER_DB_S / 20), rtol=1e-3)  # 3000 roundings
    np.testing.assert_allclose(strips.record["peak"], expected, rtol=1e-5)


def test_reduction_shows_what_compressor_and_ceiling_take_away():
    strips = Strips(lanes={0: {RATIO: 2, THRESHOLD_DB: -40, ATTACK_MS: 0.1}, 1: {CEILING_DBFS: -20}})
    strips.process(np.full((4800, LANES), 1.0))
    np.testing.assert_allclose(strips.record["reduction"][:3], [0.1, 0.1, 1.0], rtol=1e-3)  # the attack has almost arrived


def test_strips_rest_after_a_while_of_silence_and_not_while_a_glide_is_under_way():
    strips = Strips()
    strips.process(noise(GRID))
    strips.process(np.zeros((REST_STEPS * GRID, LANES)))
    assert not strips_at_rest(strips.record)
    strips.process(np.zeros((GRID, LANES)))
    assert strips_at_rest(strips.record)
    strips.set(3, PAN, 1)
    assert not strips_at_rest(strips.record)


def test_silence_in_is_silence_out():
    lanes = {lane: {HIGHPASS_HZ: 80, MID_DB: 24, RATIO: 20, THRESHOLD_DB: -80, GAIN_DB: 24} for lane in range(LANES)}
    for side in Strips(lanes=lanes).process(np.zeros((1024, LANES))):
        assert not side.any()


# --- both sides -------------------------------------------------------------------------------------------------------
def test_left_is_middle_plus_side_and_right_is_middle_minus_side():
    middle, side = noise(1600, seed=1), noise(1600, seed=2)
    strips = Strips(lanes={lane: {PAN: 0} for lane in range(LANES)})
    left, right, send, _ = strips.process(middle, side)
    assert np.allclose(left, (middle + side) * np.sqrt(0.5), atol=1e-6)
    assert np.allclose(right, (middle - side) * np.sqrt(0.5), atol=1e-6)
    assert not send.any()


def test_filters_work_on_both_sides_alike():
    busy = {lane: {PAN: 0, HIGHPASS_HZ: 200, MID_DB: 9, HIGH_DB: -6} for lane in range(LANES)}
    sound = noise(9600)
    both = Strips(lanes=busy).process(sound, 0.5 * sound)
    alone = Strips(lanes=busy).process(sound)
    assert np.allclose(both[0], 1.5 * alone[0], atol=1e-5)
    assert np.allclose(both[1], 0.5 * alone[1], atol=1e-5)


@pytest.mark.parametrize("wide", [0.0, 0.3, 1.0, -1.0])
def test_the_ceiling_holds_for_the_louder_side_and_nothing_wanders(wide):
    strips = Strips(lanes={lane: {PAN: 0, CEILING_DBFS: -12, RATIO: 4, THRESHOLD_DB: -30} for lane in range(LANES)})
    sound = noise(9600, level=1.0)
    left, right, *_ = strips.process(sound, wide * sound)
    louder = np.sqrt(2) * max(np.abs(left).max(), np.abs(right).max())
    assert louder <= 10 ** (-12 / 20) * 1.0001
    assert np.allclose(left * (1 - wide), right * (1 + wide), atol=1e-6)


def test_a_side_that_ends_leaves_exact_silence():
    strips = Strips(lanes={lane: {MID_DB: 12, HIGHPASS_HZ: 100} for lane in range(LANES)})
    strips.process(np.zeros((1600, LANES)), noise(1600))
    strips.process(np.zeros((REST_STEPS * GRID * 3, LANES)))
    assert strips.record["wide"] == 0
    assert not np.any(strips.process(np.zeros((160, LANES)))[:2])


# --- gate and sends -----------------------------------------------------------------------------------------------------
def test_the_gate_turns_down_what_is_softer_than_its_threshold_and_lets_the_rest_pass():
    strips = Strips(lanes={lane: {GATE_DB: -40} for lane in range(LANES)})
    time_s = np.arange(48000) / 48000
    for level_db, expected_db in ((-20, 0), (-39, 0), (-43, -6), (-46, -12), (-55, -18), (-70, -18)):
        tone = 10 ** (level_db / 20) * np.sign(np.sin(2 * np.pi * 500 * time_s))
        heard = strips.left(tone)[24000:, 0]
        assert db(np.sqrt(np.mean(heard ** 2))) - level_db == pytest.approx(expected_db, abs=0.3)


def test_a_word_opens_the_gate_within_three_milliseconds():
    strips = Strips(lanes={lane: {GATE_DB: -40} for lane in range(LANES)})
    time_s = np.arange(9600) / 48000
    tone = 0.1 * np.sin(2 * np.pi * 1000 * time_s)
    strips.left(np.zeros(48000))
    heard = strips.left(tone)[:, 0]
    assert np.allclose(heard[144:], tone[144:], atol=0.005)


def test_a_gate_that_is_off_changes_nothing():
    sound = noise(1600, level=1e-3)
    assert np.array_equal(Strips().process(sound)[0], sound)


def test_echo_hears_what_is_sent_to_it_after_the_fader():
    strips = Strips(lanes={0: {ECHO_DB: -6, GAIN_DB: -6}, 1: {ECHO_DB: -6, MUTE: 1}})
    sound = noise(1600)
    *_, echo = strips.process(sound)
    assert np.allclose(echo[:, 0], sound[:, 0] * 10 ** (-12 / 20), atol=1e-6)
    assert np.abs(echo[:, 1:]).max() < 1e-6


# --- the short way of flat strips -----------------------------------------------------------------------------------------
FLAT = {lane: {PAN: -1 + lane / 4, GAIN_DB: -lane, SEND_DB: -6 - lane, CEILING_DBFS: -3} for lane in range(LANES)}


@rt
def _pass(strips, buses, wide, bus, stems):
    return strips_pass(strips, buses, 0, LANES * GRID, wide, bus, stems, 0, stems.shape[0])


def passed(strips, x, y):
    """One grid step the short way: (worked, left, right and send together, stems of the lanes, what is left in the buses)."""
    buses, bus = np.concatenate([x.T.reshape(-1), y.T.reshape(-1)]), np.zeros(1, BUS)[0]
    stems = np.zeros(2 * LANES * GRID, "f4")
    worked = _pass(strips.record, buses, bool(y.any()), bus, stems)
    sums = np.stack([bus["sum_left"], bus["sum_right"], bus["reverb"]["x"]])
    return worked, sums, stems.reshape(2, LANES, GRID), buses


@pytest.mark.parametrize("side", [0.0, 0.5])
def test_the_short_way_of_flat_strips_sounds_like_the_long_one(side):
    x, y = noise(GRID), side * noise(GRID, seed=2)
    x[:, 3] = y[:, 3] = 0.0   # nobody plays
    x[5, 4] = np.nan
    long, short = Strips(lanes=FLAT), Strips(lanes=FLAT)
    for strips in (long, short):
        strips.process(np.zeros((GRID, LANES)))  # no glide is left
    left, right, send, _ = long.process(x, y)
    worked, sums, stems, buses = passed(short, x, y)
    assert worked
    assert not buses.any()
    assert np.allclose(sums, [left.sum(axis=1), right.sum(axis=1), send.sum(axis=1)], atol=1e-6)
    assert np.allclose(stems, [left.T, right.T], atol=1e-7)
    for field in ("meter", "peak", "held", "reduction", "rest"):
        assert np.allclose(long.record[field], short.record[field]), field


@pytest.mark.parametrize("changed", [{MID_DB: 3}, {RATIO: 2}, {GATE_DB: -40}, {ECHO_DB: -20}, {CEILING_DBFS: -20}, "glide"])
def test_strips_with_more_to_do_refuse_the_short_way_and_leave_the_sound(changed):
    strips = Strips(lanes=FLAT if changed == "glide" else {2: changed})
    strips.process(np.zeros((GRID, LANES)))
    if changed == "glide":
        strips.set(2, GAIN_DB, -20)
    x = noise(GRID)
    worked, sums, _, buses = passed(strips, x, 0.0 * x)
    assert not worked
    assert not sums.any()
    assert np.array_equal(buses[:LANES * GRID], x.T.reshape(-1))
