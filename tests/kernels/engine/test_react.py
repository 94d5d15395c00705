"""Events: when they take effect, in which order, and what becomes of those that make no sense."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.effects.rooms import LOUNGE, ROOM_LEVEL_DB, ROOM_TABLE
from imm_audio.kernels.effects.strip import GAIN_DB, STRIP_PARAMETERS
from imm_audio.kernels.engine.events import (
    BEND,
    EXPRESSION,
    MASTER,
    MASTER_GAIN_DB,
    MASTER_PARAMETERS,
    MODULATION,
    NAMES,
    NOTE_OFF,
    NOTE_ON,
    PRESSURE,
    RELEASE,
    REVERB_DB,
    SILENCE,
    SOUND,
    STRIP,
    SUSTAIN,
    TEMPO,
    TIMBRE,
    VOLUME,
)
from imm_audio.kernels.engine.react import DRAIN
from imm_audio.kernels.engine.state import (
    FROM_DESK,
    FROM_INPUTS,
    FROM_LISTENING,
    FROM_PARENT,
    LOG_SIZE,
    MICROPHONES,
    RING_SIZE,
    STRIP_COUNT,
)
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BUSES, CHANNELS, DRUMS, MODAL, MODELS, PLUCK, SAMPLER
from imm_audio.kernels.voices.pool import FREE, HELD, PEDAL, RELEASED
from tests.kernels.engine.studio import RATE, engine, performance, play, push, stem

NAN, INFINITE = float("nan"), float("inf")


@pytest.fixture
def made():
    """An engine whose players 0 and 1 have a string."""
    one = engine()
    push(one, [(0, SOUND, 0, 0, PLUCK, 1), (0, SOUND, 1, 0, PLUCK, 1)])
    play(one, None, GRID)
    return one


def gates(made, pool="pluck"):
    """What the voices of a pool are doing, FREE ones left out."""
    return sorted(int(gate) for gate in made.state[pool]["gate"] if gate != FREE)


def log_of(made):
    """The log as (frame, kind, player, channel, key, value)."""
    fields = ("frame", "kind", "player", "channel", "key", "value")
    return [tuple(event[name].item() for name in fields) for event in made.read_log()]


# --- when -------------------------------------------------------------------------------------------------------------
@given(st.integers(0, 10**9), st.integers(0, GRID - 1))
@settings(deadline=None, max_examples=20)
def test_an_event_that_comes_late_takes_effect_at_once(late, offset):
    made = engine()
    push(made, [(0, SOUND, 0, 0, PLUCK, 1)])
    play(made, None, 1600)
    push(made, [(max(1600 - late, 0), NOTE_ON, 0, 0, 60, 1.0), (1600 + offset, TEMPO, 0, 0, 0, 90.0)])
    play(made, None, 160)
    assert np.flatnonzero(stem(made, 0, 1760).any(axis=1))[0] == 1600
    assert [row[:2] for row in log_of(made)] == [(0, SOUND), (1600, NOTE_ON), (1600 + offset, TEMPO)]


def test_an_event_for_later_waits(made):
    push(made, [(5000, NOTE_ON, 0, 0, 60, 1.0)])
    play(made, None, 4960)
    assert gates(made) == []
    assert len(log_of(made)) == 2
    play(made, None, 64)
    assert gates(made) == [HELD]


def test_events_are_applied_by_frame_whatever_the_order_in_which_they_were_sent(made):
    frames = [900, 100, 500, 300, 700, 200, 800]
    push(made, [(frame, NOTE_ON, 0, 0, 40 + i, 0.5) for i, frame in enumerate(frames)])
    play(made, None, 1024)
    notes = [row for row in log_of(made) if row[1] == NOTE_ON]
    assert [row[0] for row in notes] == sorted(frames)
    assert [row[4] for row in notes] == [40 + i for i in np.argsort(frames)]


def test_events_of_one_frame_are_applied_in_the_order_in_which_they_were_sent(made):
    push(made, [(100, NOTE_OFF, 0, 0, 60, 0), (100, NOTE_ON, 0, 0, 60, 1.0),
                (100, NOTE_ON, 1, 0, 62, 1.0), (100, NOTE_OFF, 1, 0, 62, 0)])
    play(made, None, 128)
    assert gates(made) == [HELD, RELEASED]
    assert made.state["pluck"]["key"][list(made.state["pluck"]["gate"]).index(HELD)] == 60


def test_a_sound_chosen_at_the_frame_of_a_note_is_the_sound_of_that_note():
    made = engine()
    push(made, [(77, SOUND, 0, 0, MODAL, 1), (77, NOTE_ON, 0, 0, 60, 1.0)])
    play(made, None, 96)
    assert gates(made, "modal") == [HELD]
    assert gates(made, "sampler") == []


def test_the_log_holds_what_was_applied_and_when():
    made, rows = engine(), performance()
    push(made, rows)
    play(made, None, 4000)
    as_sent = [(row[0], *row[1:4], float(np.float32(row[4])), float(np.float32(row[5]))) for row in rows]
    assert log_of(made) == as_sent
    assert made.state["received"] == made.state["applied"] == len(rows)


def test_a_flood_of_events_is_spread_over_grid_steps():
    made = engine()
    for n in range(4 * DRAIN):
        assert made.push(TEMPO, value=60.0 + n % 7, ring=FROM_DESK)
        assert made.push(TEMPO, value=60.0 + n % 7, ring=FROM_LISTENING)
    play(made, None, GRID)
    assert made.state["applied"] == 2 * DRAIN
    play(made, None, 3 * GRID)
    assert made.state["applied"] == 8 * DRAIN


# --- how many ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ring", [FROM_INPUTS, FROM_PARENT, FROM_DESK, FROM_LISTENING])
def test_a_full_ring_refuses_and_counts_and_works_again_when_it_was_read(ring):
    made = engine()
    taken = [made.push(TEMPO, value=120.0, ring=ring) for _ in range(RING_SIZE + 5)]
    assert taken == [True] * RING_SIZE + [False] * 5
    assert [int(one["dropped"][0]) for one in made.state["rings"]] == [5 if r == ring else 0 for r in range(4)]
    play(made, None, RING_SIZE // DRAIN * GRID)
    assert made.state["applied"] == RING_SIZE
    assert made.push(TEMPO, value=120.0, ring=ring)


def test_a_full_log_loses_what_is_new_counts_it_and_lets_the_music_go_on():
    made = engine()
    for _ in range(LOG_SIZE // RING_SIZE + 1):
        for _ in range(RING_SIZE):
            made.push(TEMPO, value=120.0)
        play(made, None, RING_SIZE // DRAIN * GRID)
    assert made.lost_events == RING_SIZE
    assert made.state["applied"] == LOG_SIZE + RING_SIZE
    assert len(made.read_log(2 * LOG_SIZE)) == LOG_SIZE


# --- nonsense ---------------------------------------------------------------------------------------------------------
OUTSIDE = {
    NOTE_ON: [(BUSES, 0, 60, 1), (-1, 0, 60, 1), (0, CHANNELS, 60, 1), (0, -1, 60, 1), (0, 0, 128, 1), (0, 0, -0.5, 1)],
    NOTE_OFF: [(BUSES, 0, 60, 0), (0, -1, 60, 0)],
    SUSTAIN: [(BUSES, 0, 0, 1)], BEND: [(-1, 0, 0, 100)], MODULATION: [(0, 16, 0, 1)], PRESSURE: [(0, -1, 0, 1)],
    TIMBRE: [(BUSES, 0, 0, 1)], VOLUME: [(BUSES, 0, 0, 1)], EXPRESSION: [(-2, 0, 0, 1)],
    SOUND: [(0, 0, MODELS, 0), (0, 0, -1, 0), (0, 0, PLUCK, -1), (0, 0, PLUCK, 4096), (BUSES, 0, PLUCK, 0)],
    RELEASE: [(BUSES, 0, 0, 0), (-2, 0, 0, 0), (0, CHANNELS, 0, 0), (0, -2, 0, 0)],
    SILENCE: [(BUSES, -1, 0, 0), (0, 99, 0, 0)],
    STRIP: [(STRIP_COUNT, GAIN_DB, 0, -60), (-1, GAIN_DB, 0, -60), (16, STRIP_PARAMETERS, 0, 1), (16, -1, 0, 1)],
    MASTER: [(0, MASTER_PARAMETERS, 0, -60), (0, -1, 0, -60)],
    TEMPO: [],
}


def nonsense():
    """Every kind with each field out of its range, with NaN and infinity; and kinds that do not exist."""
    for kind, fields in OUTSIDE.items():
        for row in fields:
            yield (100, kind, *row)
        for bad in (NAN, INFINITE, -INFINITE, 1e300):
            yield 100, kind, 0, 0, 60.0, bad
            yield 100, kind, 0, 0, bad, 1.0
    for kind in (0, -1, len(NAMES) + 1, 1000, -2**31):
        yield 100, kind, 0, 0, 60.0, 1.0


def everything(made):
    """What an event could have changed, as bytes."""
    state = made.state
    return [state[name].tobytes() for name in ("parts", "mixer", "pluck", "modal", "drums", "sampler", "transport")]


def test_events_that_make_no_sense_are_counted_as_faults_and_change_nothing():
    made, other = engine(), engine()
    rows = list(nonsense())
    for one in (made, other):
        push(one, performance())
        play(one, None, 512)
    for row in rows:
        push(made, [row])
        play(made, None, GRID)
        play(other, None, GRID)
        assert everything(made) == everything(other), row
    assert made.state["faults"] == len(rows)
    assert other.state["faults"] == 0
    assert made.read_log().tobytes() == other.read_log().tobytes()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(
    st.integers(-2**63, 2**63 - 1), st.integers(-2, 20), st.integers(-3, 40), st.integers(-3, 25),
    st.floats(width=32) | st.integers(-2, 130), st.floats(width=32) | st.sampled_from([0.0, 0.5, 1.0])), max_size=60))
def test_no_event_whatever_makes_the_engine_say_anything_but_numbers_below_full_scale(rows):
    made = engine(input_channels=1)
    for n, (frame, kind, player, channel, key, value) in enumerate(rows):
        assert made.push(kind, player, channel, key, value, frame=frame if n % 3 else n * 20)
    push(made, [(0, SOUND, 1, 0, PLUCK, 1), (700, NOTE_ON, 1, 0, 60, 1.0)])
    out = play(made, np.full((2000, 1), 0.5, "f4"), 2000)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1.0


# --- notes ------------------------------------------------------------------------------------------------------------
def test_the_pedal_holds_notes_until_it_comes_up(made):
    push(made, [(20, NOTE_ON, 0, 0, 60, 1.0), (30, SUSTAIN, 0, 0, 0, 1.0), (40, NOTE_OFF, 0, 0, 60, 0)])
    play(made, None, 64)
    assert gates(made) == [PEDAL]
    push(made, [(100, SUSTAIN, 0, 0, 0, 0.0)])
    play(made, None, 64)
    assert gates(made) == [RELEASED]


def test_the_pedal_of_one_part_is_not_the_pedal_of_another(made):
    push(made, [(20, NOTE_ON, 0, 0, 60, 1.0), (20, NOTE_ON, 1, 0, 60, 1.0), (30, SUSTAIN, 0, 0, 0, 1.0),
                (40, NOTE_OFF, 0, 0, 60, 0), (40, NOTE_OFF, 1, 0, 60, 0)])
    play(made, None, 64)
    assert gates(made) == [PEDAL, RELEASED]


@pytest.mark.parametrize(("player", "channel", "left"), [(0, -1, 2), (0, 1, 3), (-1, -1, 0), (-1, 1, 0)])
def test_all_notes_off_lets_go_of_what_it_names_pedal_or_not(made, player, channel, left):
    push(made, [(0, SOUND, p, c, PLUCK, 1) for p in (0, 1) for c in (0, 1)]
         + [(0, SUSTAIN, 0, 0, 0, 1.0), (0, BEND, 0, 0, 0, 100.0)]
         + [(20, NOTE_ON, p, c, 60, 1.0) for p in (0, 1) for c in (0, 1)]
         + [(30, NOTE_OFF, 0, 0, 60, 0), (40, RELEASE, player, channel, 0, 0)])
    play(made, None, 64)
    assert sum(gate != RELEASED for gate in gates(made)) == left
    assert made.state["parts"][0]["sustain"] == (1 if (player, channel) == (0, 1) else 0)
    assert made.state["parts"][0]["bend_cents"] == (100 if (player, channel) == (0, 1) else 0)


def test_panic_ends_every_voice_at_once_and_the_room_falls_silent_without_a_click():
    made = engine()
    push(made, [(0, SOUND, p, 0, model, 0) for p, model in enumerate((PLUCK, MODAL, DRUMS, SAMPLER))]
         + [(100 + 10 * p, NOTE_ON, p, 0, 50, 1.0) for p in range(4)] + [(1000, SILENCE, -1, -1, 0, 0)])
    out = play(made, None, 1000)
    assert made.state["voices"] == 4
    after = play(made, None, 10 * RATE)
    assert made.state["voices"] == 0
    for player in range(4):
        heard = stem(made, player, 9000)[:, 0]
        dry_s = 0.4 if player == 0 else 0.025  # twelve time constants of the fade; the body of a guitar rings on
        assert np.abs(heard[1000 + int(dry_s * RATE):]).max() < 1e-5
        assert np.abs(np.diff(heard[995:1050])).max() <= 2 * np.abs(np.diff(heard[500:990])).max() + 0.02
    assert np.abs(out).max() > 0.1
    assert np.abs(after[-RATE:]).max() == 0.0  # the reverb too has come to rest


def test_channel_ten_is_a_drum_kit_from_the_start_and_the_others_are_not():
    made = engine()
    push(made, [(0, NOTE_ON, 0, 9, 38, 1.0), (0, NOTE_ON, 5, 9, 36, 1.0), (0, NOTE_ON, 1, 8, 38, 1.0)])
    play(made, None, 64)
    assert gates(made, "drums") == [HELD, HELD]
    assert gates(made, "sampler") == [HELD]


@pytest.mark.parametrize("wait", [0, 16, 1600, 8000])
@pytest.mark.parametrize(("kind", "value", "field", "expected"), [
    (BEND, 200.0, "pitch_cents", 200.0), (VOLUME, 0.5, "gain", 0.25), (EXPRESSION, 0.5, "gain", (50 / 127) ** 2),
])
def test_a_controller_moved_while_a_note_sounds_arrives_however_long_the_part_had_been_still(
        made, wait, kind, value, field, expected):
    play(made, None, wait)
    frame = made.frame
    push(made, [(frame, NOTE_ON, 0, 0, 60, 1.0), (frame + 160, kind, 0, 0, 0, value)])
    play(made, None, 160 + RATE // 10)
    assert made.state["parts"][0][field] == pytest.approx(expected, rel=1e-3)  # the glide ends within 1e-4 of gain


def test_a_controller_set_before_the_note_is_where_it_should_be_from_the_first_frame(made):
    push(made, [(100, BEND, 0, 0, 0, 300.0), (101, VOLUME, 0, 0, 0, 1.0), (102, NOTE_ON, 0, 0, 60, 1.0)])
    play(made, None, 112 - GRID)
    part = made.state["parts"][0]
    assert (part["pitch_cents"], part["gain"]) == (300.0, 1.0)


# --- mixer ------------------------------------------------------------------------------------------------------------
def test_master_parameters_arrive(made):
    push(made, [(0, MASTER, 0, MASTER_GAIN_DB, 0, -20.0), (0, MASTER, 0, REVERB_DB, 0, -6.0)])
    play(made, None, RATE // 2)
    assert made.state["mixer"]["gain"] == pytest.approx(0.1, rel=1e-6)
    level_db = -6.0 + ROOM_TABLE[LOUNGE][ROOM_LEVEL_DB]
    assert made.state["mixer"]["players"]["reverb"]["level_to"] == pytest.approx(10 ** (level_db / 20), rel=1e-6)


def test_a_strip_event_moves_the_strip_it_names_and_no_other(made):
    before = made.state["mixer"]["strips"]["want"].copy()
    push(made, [(0, STRIP, MICROPHONES + 9, GAIN_DB, 0, -31.0)])
    play(made, None, GRID)
    changed = np.argwhere(made.state["mixer"]["strips"]["want"] != before)
    assert changed.tolist() == [[3, GAIN_DB, 1]]
    assert made.state["mixer"]["strips"]["want"][3, GAIN_DB, 1] == -31.0
