"""The ear of the voice tests: every measure against sounds whose answer is known."""
import numpy as np
import pytest

from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BUSES
from tests.kernels.voices.ear import (
    STEEPEST_S,
    Alone,
    aliasing_db,
    alone,
    centroid_hz,
    cents,
    click_db,
    key_hz,
    level_db,
    partial_hz,
    peak_db,
    t60_s,
)

RATES = (44100, 48000, 96000)


def tone(hz, seconds=0.3, rate=48000, partials=1, t60=np.inf):
    """Cosines that die away together."""
    t = np.arange(int(seconds * rate)) / rate
    return sum(np.cos(2 * np.pi * hz * k * t) / k for k in range(1, partials + 1)) * 10 ** (-3 * t / t60)


def half_cosine(sound, at, seconds, rate=48000):
    """The sound, beginning at frame `at` as half a cosine."""
    return sound * (0.5 - 0.5 * np.cos(np.pi * np.clip((np.arange(len(sound)) - at) / (seconds * rate), 0, 1)))


SOUNDS = {
    "low tone": lambda rate: tone(110, rate=rate),
    "tone": lambda rate: tone(523.3, rate=rate),
    "rich tone": lambda rate: tone(220, rate=rate, partials=8),
    "dying rich tone": lambda rate: tone(196, rate=rate, partials=10, t60=0.5),
}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", SOUNDS)
class TestTheClickCriterion:
    AT_S = 0.15

    def test_finds_a_step_sixty_decibels_below_the_peak(self, name, rate):
        sound, at = SOUNDS[name](rate), int(self.AT_S * rate)
        peak = np.abs(sound[at - rate // 50:]).max()
        sound[at:] += 1e-3 * peak
        assert click_db(sound, at, rate) > 0

    def test_finds_one_wrong_sample_sixty_decibels_below_the_peak(self, name, rate):
        sound, at = SOUNDS[name](rate), int(self.AT_S * rate)
        sound[at] += 1e-3 * np.abs(sound[at - rate // 50:]).max()
        assert click_db(sound, at, rate) > 0

    def test_finds_a_gain_that_steps_by_a_tenth_of_a_decibel(self, name, rate):
        sound, at = SOUNDS[name](rate), int(self.AT_S * rate)
        at += int(np.argmax(np.abs(sound[at:at + rate // 100])))  # where it is large
        sound[at:] *= 10 ** (0.1 / 20)
        assert click_db(sound, at, rate) > 0

    def test_finds_a_hard_beginning_and_a_hard_end(self, name, rate):
        sound, at = SOUNDS[name](rate), int(self.AT_S * rate)
        at += int(np.argmax(np.abs(sound[at:at + rate // 100])))
        for piece in (slice(0, at), slice(at, None)):
            cut = sound.copy()
            cut[piece] = 0
            assert click_db(cut, at, rate) > 20

    @pytest.mark.parametrize("seconds", [STEEPEST_S, 0.005, 0.02])
    def test_takes_a_steep_but_honest_beginning_or_end_for_none(self, name, rate, seconds):
        sound, at = SOUNDS[name](rate), int(self.AT_S * rate)
        for shift in (0, rate // 997, rate // 499):  # elsewhere in its period
            begun = half_cosine(sound, at + shift, seconds, rate)
            assert click_db(begun, at + shift, rate, seconds) < 0
            assert click_db(sound - begun, at + shift, rate, seconds) < 0

    def test_takes_a_sound_that_goes_on_for_none(self, name, rate):
        assert click_db(SOUNDS[name](rate), int(self.AT_S * rate), rate) < 0


def test_a_zipper_of_grid_steps_is_a_click_and_a_glide_that_is_named_is_none():
    sound, at = tone(330), 7200
    after = np.maximum(np.arange(len(sound)) - at, 0)
    glide = 1 - 0.9 * (1 - np.exp(-after / 240))  # 5 ms, as volume glides
    assert click_db(sound * glide, at, 48000, 0.03, glide_s=0.005) < 0
    stairs = np.repeat(glide[::GRID], GRID)
    assert click_db(sound * stairs, at, 48000, 0.03, glide_s=0.005) > 6
    step = np.where(after > 0, 0.1, 1.0)
    assert click_db(sound * step, at, 48000, 0.03, glide_s=0.005) > 20


def test_a_burst_of_noise_may_begin_as_it_likes_but_hides_no_click_ten_times_its_size():
    sound = np.random.default_rng(3).uniform(-0.3, 0.3, 14400)
    sound[:7200] = 0
    assert click_db(sound, 7200, 48000) < 0
    sound[7200] = 3
    assert click_db(sound, 7200, 48000) > 0


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [55.0, 440.3, 2093.0, 4186.0])
def test_a_partial_is_found_within_a_tenth_of_a_cent_while_it_dies(hz, rate):
    sound = tone(hz, 0.3, rate, partials=min(int(0.45 * rate / hz), 6), t60=0.7)
    assert cents(partial_hz(sound, hz * 1.01, rate), hz) == pytest.approx(0, abs=0.1)


def test_levels_are_those_of_a_sine():
    assert level_db(tone(100, 1.0)) == pytest.approx(-3.01, abs=0.01)
    assert peak_db(0.5 * tone(100)) == pytest.approx(-6.02, abs=0.01)
    assert level_db(np.zeros(10)) == pytest.approx(-300)


def test_the_centre_of_two_equal_tones_lies_between_them():
    assert centroid_hz(tone(1000, 1.0) + tone(3000, 1.0), 48000) == pytest.approx(2000, abs=1)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 4.0])
def test_dying_is_timed_as_it_dies_whole_and_by_partials(seconds):
    sound = tone(300, 1.5, t60=seconds) + tone(900, 1.5, t60=seconds / 3)
    assert t60_s(sound, 48000, 300) == pytest.approx(seconds, rel=0.02)
    assert t60_s(sound, 48000, 900) == pytest.approx(seconds / 3, rel=0.02)
    assert t60_s(tone(300, 1.5, t60=seconds), 48000) == pytest.approx(seconds, rel=0.02)


def test_folded_harmonics_are_off_the_grid_and_others_are_not():
    hz = 2093.0
    clean = tone(hz, 0.5, partials=11)
    assert aliasing_db(clean, hz, 48000) < -85
    folded = clean + 1e-2 * tone(48000 - 12 * hz - 3000, 0.5)
    energy = sum(1 / k ** 2 for k in range(1, 12))
    assert aliasing_db(folded, hz, 48000) == pytest.approx(-40 - 10 * np.log10(energy), abs=0.2)


def test_keys_are_equal_tempered():
    assert key_hz(69) == 440
    assert cents(key_hz(70), 440) == pytest.approx(100)


def _steps(pool, v, part, pitch, velocity, offset, rate):
    pool["value"][v], pool["offset"] = velocity * part["program"], offset


def _steps_render(pool, parts, buses, rate):
    for v in np.flatnonzero(pool["gate"]):
        buses[pool["offset"]:GRID] += pool["value"][v] * parts[pool["part"][v]]["gain"]
        buses[BUSES * GRID + pool["offset"]:BUSES * GRID + GRID] -= 0.25 * pool["value"][v]
        pool["last"][v] = pool["value"][v]
        pool["offset"] = 0
        if pool["gate"][v] == 3:
            pool["gate"][v] = 0
            pool["sounding"] -= 1


def _steps_model():
    from imm_audio.kernels.rt import state
    from imm_audio.kernels.voices.pool import pool_clear, voice_fields
    dtype = state(*voice_fields(2), ("value", "f4", (2,)), ("offset", "i8"))
    return dtype, pool_clear, _steps, _steps_render


def test_a_model_alone_is_started_rendered_and_let_go_as_the_engine_does():
    left, right = alone(_steps_model(), 2, 60, 0.01, velocity=0.5, let_go_s=100 / 48000)
    assert left.shape == right.shape == (480,)
    np.testing.assert_allclose(left[:112], 0.75)  # middle 1 less a quarter; let go at frame 100: the step of 96
    np.testing.assert_allclose(right[:112], 1.25)
    assert not left[112:].any()


def test_a_note_begins_at_its_frame_and_controllers_glide():
    one = Alone(_steps_model(), 1)
    one.on(60, after=37)
    one.move(after=64, volume=0.5)
    left, right = one.play(0.05)
    middle = (left + right) / 2
    assert np.flatnonzero(middle)[0] == 37
    assert middle[60] == 1
    assert (np.diff(middle[64:]) <= 0).all()
    assert middle[-1] == pytest.approx(0.25, abs=1e-3)


def test_what_a_stolen_voice_sounded_fades():
    one = Alone(_steps_model(), 1)
    for i in range(3):
        one.on(60 + i, 1.0 if i < 2 else 0.0, after=16 * i)
    left, right = one.play(0.02)
    middle = (left + right) / 2
    assert middle[31] == 2
    assert 1.9 < middle[32] < 2  # one sounds on, one fades from its last sample
    assert middle[-1] == pytest.approx(1, abs=1e-3)
