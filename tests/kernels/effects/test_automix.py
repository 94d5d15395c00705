"""The automatic microphone mixer: as noisy as one microphone, and nobody is cut off."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.automix import AUTOMIX, EQUAL, MICROPHONES, automix_process, automix_reset, automix_set
from imm_audio.kernels.rt import GRID, rt

RATE = 48000.0
LANES = 8
SECOND = round(RATE) // GRID * GRID


@rt
def _drive(automix, x, out, x0, x1, channels):
    for at in range(0, x.shape[0], GRID):
        for i in range(GRID):
            for lane in range(LANES):
                x0[i * LANES + lane] = x[at + i, lane]
                x1[i * LANES + lane] = x[at + i, LANES + lane]
        automix_process(automix, x0, x1, channels)
        for i in range(GRID):
            for lane in range(LANES):
                out[at + i, lane] = x0[i * LANES + lane]
                out[at + i, LANES + lane] = x1[i * LANES + lane]


def mixer(open_lanes=range(8), weight=1.0):
    """An automatic mixer with these lanes in it."""
    automix = np.zeros(1, AUTOMIX)[0]
    automix_reset(automix, RATE)
    for lane in open_lanes:
        automix_set(automix, lane, weight)
    return automix


def mixed(automix, x, channels=8):
    """Microphones (frames, up to 16) through the mixer, the same shape."""
    frames, lanes = x.shape
    wide = np.zeros((frames, 2 * LANES), "f4")
    wide[:, :lanes] = x
    out = np.empty_like(wide)
    _drive(automix, wide, out, np.zeros(GRID * LANES, "f4"), np.zeros(GRID * LANES, "f4"), channels)
    return out[:, :lanes]


def db(power):
    return 10 * np.log10(power)


def power(x):
    return np.mean(np.square(x, dtype="f8"))


def noise(random, frames, lanes=8, dbfs=-60.0):
    """The room in each microphone, unlike in each."""
    return 10 ** (dbfs / 20) * random.standard_normal((frames, lanes))


def voice(frames, hz=140.0, dbfs=-23.0, start=0):
    """A sung vowel: 20 harmonics, from `start` on."""
    n = np.arange(frames) - start
    x = sum(np.sin(2 * np.pi * hz * h * n / RATE + h * h) / h for h in range(1, 21))
    return 10 ** (dbfs / 20) * x / np.sqrt(power(x)) * (n >= 0)


def gains_after(automix, x, channels=8):
    mixed(automix, x, channels)
    return automix["gain"].astype("f8")


def test_with_eight_open_microphones_and_one_talker_the_noise_is_that_of_one():
    x = noise(np.random.default_rng(1), SECOND)
    talk = voice(SECOND)
    speaking = x.copy()
    speaking[:, 2] += talk
    out = mixed(mixer(), speaking)
    silent = np.zeros_like(x)
    silent[:, 2] = talk
    gain = out / np.where(np.abs(speaking) > 1e-9, speaking, 1.0)
    settled = slice(SECOND // 4, None)
    heard_noise = (gain * x).sum(1)[settled]
    assert abs(db(power(heard_noise)) + 60.0) < 1.0
    assert db(8) > 9.0  # that is what plain mixing adds
    heard_voice = (gain[:, 2] * talk)[settled]
    assert -0.6 < db(power(heard_voice)) + 23.0 <= 0.01


@pytest.mark.parametrize("count", [1, 2, 5, 8, 13, 16])
def test_in_silence_all_are_open_alike_and_together_as_noisy_as_one(count):
    x = noise(np.random.default_rng(2), SECOND, count)
    automix = mixer(range(count))
    out = mixed(automix, x, count)[SECOND // 4:]
    assert abs(db(power(out.sum(1))) + 60.0) < 0.6
    each = db(np.mean(np.square(out, dtype="f8"), axis=0)) + 60.0
    np.testing.assert_allclose(each, -db(count), atol=1.0)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 16))
def test_the_squares_of_the_gains_add_up_to_1_whatever_is_heard(seed, count):
    random = np.random.default_rng(seed)
    x = np.ones((200 * GRID, 1)) * 10 ** random.uniform(-5, 0, count) * random.choice([-1, 1], (200 * GRID, count))
    gain = gains_after(mixer(range(count)), x, count)[:count]
    assert np.sum(gain**2) == pytest.approx(1.0, abs=0.01)  # steady for 67 ms
    assert gain.min() >= np.sqrt(EQUAL / count) * 0.999


def onset(other):
    """Gain, in power and against what it settles at, and energy of a new voice beside others, from its first frame on."""
    fresh = voice(2 * SECOND, start=SECOND)
    x = noise(np.random.default_rng(3), 2 * SECOND)
    x[:, 5] += other
    x[:, 0] += fresh
    gain = np.square(mixed(mixer(), x)[SECOND:, 0] / x[SECOND:, 0])
    energy = np.square(fresh[SECOND:])
    last = slice(-SECOND // 2, None)
    return gain * np.sum(energy[last]) / np.sum(gain[last] * energy[last]), energy


def lost_ms(other):
    """How much of its onset a new voice loses, as time of its full sound."""
    gain, energy = (quarter[:SECOND // 4] for quarter in onset(other))
    return 250.0 * (1.0 - np.sum(gain * energy) / np.sum(energy))


def test_a_new_voice_loses_less_than_10_ms_of_itself_in_silence():
    assert lost_ms(np.zeros(2 * SECOND)) < 10.0


@pytest.mark.parametrize("louder_db", [0.0, 6.0, 12.0])
def test_a_new_voice_loses_less_than_10_ms_of_itself_beside_another_one(louder_db):
    assert lost_ms(voice(2 * SECOND, hz=190.0, dbfs=-23.0 + louder_db)) < 10.0


@pytest.mark.parametrize(("ago_s", "louder_db"), [(0.1, 0.0), (0.1, 6.0), (0.1, 12.0), (0.05, 6.0)])
def test_a_new_voice_loses_less_than_10_ms_of_itself_soon_after_a_louder_one_ended(ago_s, louder_db):
    before = np.arange(2 * SECOND) < SECOND - round(ago_s * RATE)
    assert lost_ms(voice(2 * SECOND, hz=190.0, dbfs=-23.0 + louder_db) * before) < 10.0


def test_a_new_voice_is_there_after_10_ms_even_if_one_twice_as_loud_ended_a_tenth_of_a_second_ago():
    ended = voice(2 * SECOND, hz=190.0, dbfs=-17.0) * (np.arange(2 * SECOND) < SECOND - 4800)
    gain, _ = onset(ended)
    assert db(gain[320:480].max()) > -3.5


@pytest.mark.parametrize(("low", "high"), [(65.0, 84.0), (80.0, 190.0), (110.0, 112.0)])
def test_two_voices_at_once_do_not_modulate_each_other(low, high):
    x = noise(np.random.default_rng(11), 2 * SECOND)
    x[:, 0] += voice(2 * SECOND, hz=low)
    x[:, 5] += voice(2 * SECOND, hz=high)
    gain = (mixed(mixer(), x) / x)[SECOND // 2:, (0, 5)]
    assert np.ptp(db(gain**2), axis=0).max() < 0.15  # even between two waves


def test_a_soft_voice_is_heard_soon_after_a_loud_one_and_never_far_down_beside_it():
    loud, soft = voice(2 * SECOND, hz=190.0, dbfs=-15.0), voice(2 * SECOND, dbfs=-35.0)
    x = noise(np.random.default_rng(4), 2 * SECOND)
    x[:, 1] += loud * (np.arange(2 * SECOND) < SECOND)
    x[:, 6] += soft
    automix = mixer()
    beside = gains_after(automix, x[:SECOND])[6]
    assert db(beside**2) > -19.5
    after = gains_after(automix, x[SECOND:SECOND + SECOND // 3 // GRID * GRID])[6]
    assert db(after**2) > -4.0


def test_singers_together_are_as_loud_as_one_and_keep_their_order():
    random = np.random.default_rng(5)
    x = noise(random, SECOND)
    for lane, hz in enumerate([110.0, 131.0, 147.0, 165.0, 196.0, 220.0, 247.0, 262.0]):
        x[:, lane] += voice(SECOND, hz=hz)
    automix = mixer()
    out = mixed(automix, x)[SECOND // 4:]
    each = db(np.mean(np.square(out, dtype="f8"), axis=0)) + 23.0
    np.testing.assert_allclose(each, -9.0, atol=1.0)  # low voices are a little softer, as their waves are further apart
    assert abs(db(power(out.sum(1))) + 23.0) < 1.0


def test_one_voice_in_step_in_all_microphones_grows_by_half_of_what_plain_mixing_gives():
    talk = voice(SECOND)
    out = mixed(mixer(), np.repeat(talk[:, None], 8, axis=1)).sum(1)[SECOND // 4:]
    assert db(power(out)) + 23.0 == pytest.approx(db(8), abs=0.2)


def test_a_microphone_with_more_weight_gets_more_of_the_gain():
    x = np.repeat(voice(SECOND)[:, None], 2, axis=1)
    automix = mixer(range(2))
    automix_set(automix, 1, 4.0)
    gain = gains_after(automix, x)
    want = (1 - EQUAL) * np.array([0.2, 0.8]) + EQUAL / 2
    np.testing.assert_allclose(gain[:2] ** 2, want, atol=0.01)


def test_rumble_does_not_take_the_gain_from_a_voice():
    x = noise(np.random.default_rng(6), SECOND)
    x[:, 0] += 0.1 * np.sin(2 * np.pi * 15.0 * np.arange(SECOND) / RATE)
    x[:, 3] += voice(SECOND, dbfs=-26.0)
    gain = gains_after(mixer(), x)
    assert db(gain[3] ** 2) > -1.5


def test_gains_never_jump():
    random = np.random.default_rng(7)
    x = np.ones((SECOND, 8)) * np.repeat(10 ** random.uniform(-3, 0, (SECOND // 480, 8)), 480, axis=0)
    x *= random.choice([-1, 1], x.shape)
    gain = mixed(mixer(), x) / x
    assert gain.max() <= 1.001
    assert np.abs(np.diff(gain, axis=0)).max() < 1.2 / (0.003 * RATE)  # the whole way in 3 ms


def test_those_outside_pass_bit_for_bit_and_count_for_nothing():
    random = np.random.default_rng(8)
    x = random.uniform(-1, 1, (100 * GRID, 16)).astype("f4")
    np.testing.assert_array_equal(mixed(mixer([]), x, 16), x)
    some = mixed(mixer([0, 1, 9]), x, 16)
    outside = [lane for lane in range(16) if lane not in (0, 1, 9)]
    np.testing.assert_array_equal(some[:, outside], x[:, outside])
    alone = mixed(mixer([0, 1, 9]), x * np.isin(np.arange(16), (0, 1, 9)), 16)
    np.testing.assert_array_equal(some[:, [0, 1, 9]], alone[:, [0, 1, 9]])


def test_who_is_taken_out_glides_back_to_a_gain_of_1_and_nothing_is_computed_any_more():
    x = noise(np.random.default_rng(9), SECOND // 4)
    automix = mixer()
    mixed(automix, x)
    for lane in range(8):
        automix_set(automix, lane, 0.0)
    first = mixed(automix, np.full((GRID, 8), 0.5))
    assert first[0, 0] < 0.5 * 0.5
    mixed(automix, x)
    assert not automix["moving"]
    assert (automix["gain"] == 1.0).all()
    np.testing.assert_array_equal(mixed(automix, x), x.astype("f4"))


def test_lanes_without_a_microphone_take_no_part_of_the_gain():
    x = np.repeat(voice(SECOND)[:, None], 3, axis=1)
    gain = gains_after(mixer(range(MICROPHONES)), x, channels=3)
    np.testing.assert_allclose(gain[:3] ** 2, 1 / 3, atol=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_not_a_number_harms_nothing_after(bad):
    automix = mixer()
    x = noise(np.random.default_rng(10), SECOND // 2)
    x[100, 3] = bad
    out = mixed(automix, x)
    assert np.isfinite(out[GRID * 8:]).all()
    assert np.sum(automix["gain"][:8].astype("f8") ** 2) == pytest.approx(1.0, abs=0.05)


def test_digital_silence_stays_silence_and_shares_alike():
    automix = mixer()
    assert not mixed(automix, np.zeros((SECOND, 8))).any()
    np.testing.assert_allclose(automix["gain"][:8] ** 2, 1 / 8, atol=1e-3)
