"""Time: what is heard does not depend on how the host cuts it."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.engine import microphone_columns
from imm_audio.kernels.engine.events import NOTE_ON, SOUND, STRIP
from imm_audio.kernels.engine.process import process
from imm_audio.kernels.engine.state import MICROPHONE_COLUMN, MICROPHONE_ROOM_COLUMN, MICROPHONES
from imm_audio.kernels.rt import GRID, rt
from imm_audio.kernels.rt.machine import flush_denormals, restore_denormals
from imm_audio.kernels.voices.part import DRUMS, PLUCK
from tests.kernels.engine.studio import engine, microphone_noise, performance, play, push, stem

FRAMES, CHANNELS = 4000, 5


def performed(cuts=(), **options):
    """Output, stems and log of the performance with its time cut at `cuts`, and the engine."""
    made = engine(input_channels=CHANNELS, keep_microphones=True, **options)
    push(made, performance())
    out = play(made, microphone_noise(FRAMES, CHANNELS), FRAMES, cuts)
    whole = FRAMES // GRID * GRID
    return out, made.copy_stems(0, whole), made.read_log(), made


@pytest.fixture(scope="module")
def whole():
    """The performance as one block."""
    return performed()


def test_the_performance_is_worth_comparing(whole):
    out, stems, log, made = whole
    assert np.abs(out).max() > 0.2
    assert (np.abs(stems).max(axis=0) > 0).sum() > 2 * (4 + CHANNELS)  # players, microphones and rooms all sound
    assert len(log) == len(performance())
    assert made.state["faults"] == 0


def test_the_same_performance_twice_gives_the_same_bytes(whole):
    again = performed()
    assert whole[0].tobytes() == again[0].tobytes()
    assert whole[1].tobytes() == again[1].tobytes()


@settings(deadline=None, max_examples=60)
@given(cuts=st.lists(st.integers(1, FRAMES // GRID - 1), unique=True, max_size=60))
def test_blocks_that_are_multiples_of_the_grid_give_the_same_bytes_however_long_they_are(whole, cuts):
    out, stems, log, made = performed([GRID * cut for cut in cuts])
    assert out.tobytes() == whole[0].tobytes()
    assert stems.tobytes() == whole[1].tobytes()
    assert log.tobytes() == whole[2].tobytes()
    assert made.latency_frames == GRID


@settings(deadline=None, max_examples=200)
@given(cuts=st.lists(st.integers(1, FRAMES - 1), unique=True, min_size=1, max_size=60))
def test_from_the_first_odd_block_on_everything_comes_a_queue_later_and_is_otherwise_the_same(whole, cuts):
    out, stems, log, made = performed(cuts)
    edges = sorted(cuts)
    late_from = next((start for start, stop in zip([0, *edges], [*edges, FRAMES], strict=True) if stop % GRID), FRAMES)
    queue = int(made.state["queue_frames"])
    assert queue == (GRID - 1 if late_from < FRAMES else 0)
    delayed = np.concatenate([np.zeros((queue, 2), "f4"), whole[0]])
    assert out[:late_from].tobytes() == whole[0][:late_from].tobytes()
    assert out[late_from:].tobytes() == delayed[late_from:FRAMES].tobytes()
    assert stems.tobytes() == whole[1].tobytes()
    assert log.tobytes() == whole[2].tobytes()


@pytest.mark.parametrize("block", [1, 7, 16, 37, 64, 441, 512, 1024])
def test_the_usual_and_unusual_blocks_of_hosts_give_the_same_stems(whole, block):
    assert performed(range(block, FRAMES, block))[1].tobytes() == whole[1].tobytes()


@rt
def _flush():
    return flush_denormals()


@rt
def _restore(word):
    restore_denormals(word)


def test_the_callback_does_what_process_does(whole):
    made = engine(input_channels=CHANNELS, keep_microphones=True)
    push(made, performance())
    heard, out = microphone_noise(FRAMES, CHANNELS), np.empty((FRAMES, 2), "f4")
    word = _flush()  # as the callback does: numbers too small to hear are zero
    try:
        process(made.state, made.samples, made.stems.reshape(-1), made.taps.reshape(-1), heard.reshape(-1),
                out.reshape(-1), FRAMES)
    finally:
        _restore(word)
    assert out.tobytes() == whole[0].tobytes()
    assert made.copy_stems(0, FRAMES).tobytes() == whole[1].tobytes()


def test_silence_in_is_silence_out():
    made = engine(input_channels=CHANNELS)
    assert not play(made, None, FRAMES).any()
    assert not made.stems.any()


@pytest.mark.parametrize("frame", [0, 1, 15, 16, 100, 1023])
@pytest.mark.parametrize("model", [PLUCK, DRUMS])
def test_a_note_begins_at_its_very_frame(model, frame):
    made = engine()
    push(made, [(0, SOUND, 0, 0, model, 0), (frame, NOTE_ON, 0, 0, 38, 1.0)])
    play(made, None, 2048)
    assert np.flatnonzero(stem(made, 0, 2048).any(axis=1))[0] == frame


@pytest.mark.parametrize("channels", [1, 3, 5, 8, 9, 15, 16])
def test_each_microphone_reaches_its_own_strip_and_no_other(channels):
    heard = np.zeros((GRID * channels, channels), "f4")
    for channel in range(channels):
        heard[channel * GRID, channel] = 0.1 + 0.01 * channel
    made = engine(input_channels=channels, keep_microphones=True)
    play(made, heard, len(heard), cuts=range(11, len(heard), 11))
    columns = np.array([microphone_columns(c) for c in range(channels)])
    for channel in range(channels):
        row = made.copy_stems(channel * GRID, channel * GRID + 1)[0]
        heard_at = np.flatnonzero(np.abs(row[columns[:, 0]]) > 0.02)
        assert list(heard_at) == [channel]
    unused = np.setdiff1d(np.arange(MICROPHONE_COLUMN, MICROPHONE_ROOM_COLUMN), columns)
    assert not made.copy_stems(0, len(heard))[:, unused].any()


@pytest.mark.parametrize("channels", [1, 3, 8, 9, 16])
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_not_a_number_on_a_microphone_is_heard_as_silence(channels, seed):
    random = np.random.default_rng(seed)
    heard = microphone_noise(480, channels, seed)
    broken = random.random(heard.shape) < 0.05
    bad, clean = heard.copy(), heard.copy()
    bad[broken] = random.choice(np.array([np.nan, np.inf, -np.inf, 9.0, -1e30], "f4"), broken.sum())
    clean[broken] = 0.0
    one, other = (engine(input_channels=channels, keep_microphones=True) for _ in range(2))
    assert play(one, bad, 480).tobytes() == play(other, clean, 480).tobytes()
    assert one.state["mixer"].tobytes() == other.state["mixer"].tobytes()  # no filter remembers it
    assert np.isfinite(one.copy_stems(0, 480)).all()


def test_one_output_channel_hears_the_mean_of_left_and_right(whole):
    mono = performed(output_channels=1)[0]
    np.testing.assert_array_equal(mono[:, 0], np.float32(0.5) * (whole[0][:, 0] + whole[0][:, 1]))


def test_further_output_channels_stay_silent(whole):
    out = performed(output_channels=6)[0]
    assert out[:, :2].tobytes() == whole[0].tobytes()
    assert not out[:, 2:].any()


def test_reset_forgets_the_sound_and_the_settings_but_not_the_time():
    made, fresh = engine(), engine()
    push(made, [*performance(), (0, STRIP, MICROPHONES, 1, 0, 1.0)])
    play(made, None, 1001)
    frame = made.frame
    made.reset()
    assert made.frame == frame
    rows = [(0, SOUND, 0, 0, PLUCK, 1), (0, NOTE_ON, 0, 0, 60, 1.0)]
    play(made, None, 4096)  # what still waited in the rings is of the time before
    made.reset()
    push(made, rows)
    push(fresh, rows)
    assert play(made, None, 1024).tobytes() == play(fresh, None, 1024).tobytes()
