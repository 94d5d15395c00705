"""Help with time, strength, trembling and slips: nobody hears it, and nobody else pays for it."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import SOUND
from imm_audio.kernels.music.feel import BURST_LIMIT, EVEN_VELOCITY, RATE_LIMIT
from imm_audio.kernels.voices.part import SAMPLER
from imm_audio.kernels.voices.pool import HELD
from tests.kernels.music.hands import beside_the_beat
from tests.kernels.music.stage import Stage, control

EXACT_RATE = 48000


# --- time -------------------------------------------------------------------------------------------------------------
def child(seed, timing_help, count=200, grid_beats=0.5):
    """Touches of a child of steady 500 ms (CV 10 %) at 120 beats a minute, what they sounded, and where the grid is: frames."""
    random = np.random.default_rng(seed)
    stage = Stage(EXACT_RATE)
    stage.help(timing_help=timing_help, grid_beats=grid_beats)
    times_s = beside_the_beat(count, 0.5, 0.1, random.uniform(0.02, 0.05), random)
    touches = np.sort((times_s * stage.rate).astype(int))
    for i, touch in enumerate(touches):
        stage.tap(touch, 40 + i % 60, frames=4000)
    stage.run(int(touches[-1]) + stage.rate)
    starts = np.array(stage.starts())
    assert len(starts) == count
    assert stage.complaints == stage.held() == []
    grid = grid_beats * stage.beat_frames
    return touches, starts, grid


@pytest.mark.parametrize("seed", range(4))
def test_early_touches_of_children_sound_on_the_grid_and_all_others_when_they_are_made(seed):
    touches, starts, grid = child(seed, 1.0)
    missing = -touches % grid
    early = (missing > 0) & (missing < grid / 2)
    assert early.sum() > 100
    assert (~early).sum() > 10
    off_ms = 1000 / EXACT_RATE * (starts - grid * np.round(starts / grid))[early]
    assert np.sqrt(np.mean(off_ms**2)) < 10.0  # what is asked for
    assert np.abs(off_ms).max() <= 1000 / EXACT_RATE  # what is: within a frame
    assert ((starts - touches)[early] <= grid / 2 + 1).all()
    assert (starts == touches)[~early].all()


def test_half_the_help_is_half_the_wait():
    touches, starts, grid = child(5, 0.5)
    missing = -touches % grid
    early = (missing > 0) & (missing < grid / 2)
    assert np.abs((starts - touches) - np.where(early, 0.5 * missing, 0.0)).max() <= 1.0


def test_without_help_every_touch_sounds_when_it_is_made():
    touches, starts, _ = child(6, 0.0)
    assert (starts == touches).all()


@settings(deadline=None, max_examples=30)
@given(touch=st.integers(4000, 40000), grid_beats=st.sampled_from([0.25, 1 / 3, 0.5, 1.0, 2.0]), help=st.floats(0, 1),
       hold=st.integers(1, 8000))
def test_no_touch_waits_for_more_than_half_a_grid_step_and_its_note_is_as_long_as_it_was(touch, grid_beats, help, hold):
    stage = Stage()
    stage.help(timing_help=help, grid_beats=grid_beats)
    stage.tap(touch, 60, frames=hold)
    stage.run(60000)
    (note,) = stage.notes
    assert 0 <= note.start - touch <= grid_beats * stage.beat_frames / 2 + 1
    assert note.stop - max(note.start, touch) in (hold, hold - (note.start - touch))  # let go before or after it sounded


# --- strength ---------------------------------------------------------------------------------------------------------
def levels_db(velocities, evening, touches=120):
    """Levels of touches with velocities drawn from a range of 1 .. 127; what was played and what sounded."""
    random = np.random.default_rng(velocities[0])
    played = random.integers(velocities[0], velocities[1] + 1, touches) / 127
    stage = Stage()
    stage.help(evening=evening)
    for i, velocity in enumerate(played):
        stage.tap(1000 + 800 * i, 60, velocity=velocity)
    stage.run(1000 + 800 * touches)
    sounded = np.array([note.velocity for note in stage.notes])
    return 40 * np.log10(played), 40 * np.log10(sounded)


def test_after_twenty_touches_a_weak_and_a_strong_hand_are_equally_loud():
    (_, weak), (_, strong) = levels_db((5, 30), 1.0), levels_db((90, 127), 1.0)
    assert abs(weak[20:].mean() - strong[20:].mean()) < 3.0
    assert abs(strong[20:].mean() - 40 * np.log10(EVEN_VELOCITY)) < 3.0


@pytest.mark.parametrize("hand", [(5, 30), (90, 127), (20, 120)])
def test_what_was_stronger_stays_stronger(hand):
    played, sounded = (levels[20:] for levels in levels_db(hand, 1.0))
    order = np.argsort(played)
    assert np.corrcoef(np.argsort(order), np.argsort(np.argsort(sounded)))[0, 1] > 0.95
    third = len(order) // 3
    assert sounded[order[-third:]].mean() > sounded[order[:third]].mean() + 1.0


def test_half_the_evening_goes_half_the_way():
    weak, _ = levels_db((5, 30), 0.0)
    half, whole = levels_db((5, 30), 0.5)[1], levels_db((5, 30), 1.0)[1]
    assert half == pytest.approx((weak + whole) / 2, abs=1e-3)  # velocities are float32


@pytest.mark.parametrize("hand", [(1, 30), (90, 127)])
def test_without_evening_every_touch_is_as_strong_as_it_was(hand):
    played, sounded = levels_db(hand, 0.0)
    assert sounded == pytest.approx(played, abs=1e-4)  # velocities are float32


# --- slips ------------------------------------------------------------------------------------------------------------
def test_the_guard_takes_neighbours_and_repeats_for_one_touch_and_lets_others_pass():
    stage = Stage()
    stage.help(guard_s=0.1)
    for wait, key in ((0, 60), (100, 61), (200, 62), (300, 60), (350, 67), (5000, 61), (5900, 61)):
        stage.tap(1000 + wait, key, frames=50)
    stage.run(10000)
    assert [(note.start - 1000, note.key) for note in stage.notes] == [(0, 60), (350, 67), (5000, 61), (5900, 61)]


def test_what_was_ignored_is_counted():
    stage = Stage()
    stage.help(guard_s=0.1)
    for n in range(5):
        stage.tap(1000 + 50 * n, 60, frames=20)
    stage.run(4000)
    assert stage.engine.state["assist"]["hands"][0]["ignored"] == 4


def test_a_touch_that_must_last_sounds_when_it_has_lasted():
    stage = Stage()
    stage.help(dwell_s=0.5)
    stage.tap(1000, 60, frames=3990)
    stage.tap(10000, 62, frames=4100)
    stage.run(16000)
    assert [(note.key, note.start, note.stop) for note in stage.notes] == [(62, 14000, 14100)]


def test_a_touch_that_was_too_short_to_be_meant_moves_nobodys_chords():
    stage = Stage()
    stage.chord(1, (0, 4, 7))
    stage.harmony([(0, 0, 1, 0, 100), (0, 0, 1, 7, 100)])
    stage.instrument("next_chord")
    stage.help(dwell_s=0.5)
    stage.tap(2000, control(0), frames=1000)
    stage.run(8000)
    assert stage.present[0] == 0
    stage.tap(9000, control(0), frames=5000)
    stage.run(8000)
    assert stage.present[0] == 7


# --- floods -----------------------------------------------------------------------------------------------------------
def test_a_flood_of_one_players_touches_is_thinned_and_nobody_else_is_late():
    stage, seconds = Stage(EXACT_RATE), 2
    for n in range(2000 * seconds):
        stage.tap(4800 + 24 * n, n % 100, player=0, frames=12)
    wanted = [4800 + 4800 * n + 7 * (n % 3) for n in range(10 * seconds)]
    for touch in wanted:
        stage.tap(touch, 60, player=1)
    stage.run(EXACT_RATE * (seconds + 1))
    assert stage.starts(1) == wanted
    assert stage.held(1) == stage.held(0) == stage.complaints == []
    flooded = len(stage.starts(0))
    assert RATE_LIMIT * seconds <= flooded <= BURST_LIMIT + RATE_LIMIT * seconds + 1
    assert stage.engine.state["assist"]["hands"][0]["thinned"] == 2000 * seconds - flooded
    assert stage.engine.lost_events == 0


def test_twenty_touches_a_second_with_both_hands_are_no_flood():
    stage = Stage()
    for n in range(200):
        stage.tap(1000 + 400 * n, 40 + n % 40, frames=300)
    stage.run(90000)
    assert len(stage.notes) == 200


def test_many_touches_of_one_moment_all_end_whatever_has_no_room():
    stage = Stage()
    stage.instrument("chord_button", size=8, channel=0)
    stage.say(0, SOUND, 0, 0, SAMPLER, 0)
    stage.help(timing_help=1, grid_beats=4)
    for n in range(40):
        stage.tap(6000 + 240 * n, control(n), frames=9000)
    stage.run(60000)
    assert 32 <= len(stage.notes) <= 32 * 8
    assert stage.held() == stage.complaints == []
    assert HELD not in stage.engine.state["sampler"]["gate"]
