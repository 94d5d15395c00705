"""The way from players and microphones to loudspeakers, stems and the take's mix."""
import numpy as np
import pytest

from imm_audio.engine import (
    MICROPHONE_ROOM_COLUMNS,
    MIX_COLUMNS,
    MIX_LAG_FRAMES,
    PLAYER_ROOM_COLUMNS,
    microphone_columns,
    player_columns,
)
from imm_audio.kernels.effects.limiter import CEILING
from imm_audio.kernels.effects.strip import GAIN_DB, HIGHPASS_HZ, MUTE, PAN, RATIO, SEND_DB
from imm_audio.kernels.engine.events import MASTER, MASTER_GAIN_DB, NOTE_OFF, NOTE_ON, REVERB_DB, SOUND, STRIP
from imm_audio.kernels.engine.state import MICROPHONES
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.part import BAND_BASS, BUSES, MODAL, PLUCK
from tests.kernels.engine.studio import RATE, engine, microphone_noise, performance, play, push, stem

FRAMES = 4000


def columns(pairs):
    """Left columns, right columns of pairs."""
    return np.array(list(pairs)).T


def quiet_performance():
    """The performance, turned down so that no limiter has anything to do."""
    return [(0, STRIP, strip, GAIN_DB, 0, -30.0) for strip in range(MICROPHONES + BUSES)] + performance()


@pytest.mark.parametrize("keep", [True, False])
def test_stems_and_rooms_add_up_to_the_mix_of_the_take(keep):
    made = engine(input_channels=9, keep_microphones=keep)
    push(made, quiet_performance())
    play(made, microphone_noise(FRAMES, 9), FRAMES)
    rows = made.copy_stems(0, FRAMES).astype("f8")
    left, right = columns([player_columns(p) for p in range(BUSES)] + [PLAYER_ROOM_COLUMNS]
                          + ([microphone_columns(m) for m in range(9)] + [MICROPHONE_ROOM_COLUMNS] if keep else []))
    for side, mixed in zip((left, right), MIX_COLUMNS, strict=True):
        total = rows[:-MIX_LAG_FRAMES, side].sum(axis=1)
        assert np.abs(total).max() > 0.01
        np.testing.assert_allclose(rows[MIX_LAG_FRAMES:, mixed], total, atol=2e-7)  # float32 sums in another order


def test_the_room_hears_the_sum_of_everything_through_the_master_fader():
    made = engine(input_channels=9, keep_microphones=True)
    push(made, [row for row in quiet_performance() if row[1] != MASTER])
    out = play(made, microphone_noise(FRAMES, 9), FRAMES)
    np.testing.assert_array_equal(out, made.copy_stems(0, FRAMES)[:, list(MIX_COLUMNS)])
    push(made, [(0, MASTER, 0, MASTER_GAIN_DB, 0, -20.0)])
    play(made, None, RATE)  # the glide has arrived
    silent = play(made, microphone_noise(GRID * 20, 9), GRID * 20)
    mix = made.copy_stems(FRAMES + RATE, FRAMES + RATE + GRID * 20)[:, list(MIX_COLUMNS)]
    np.testing.assert_allclose(silent, 0.1 * mix, rtol=1e-5, atol=1e-9)  # the fader is a float32


def test_the_take_without_microphones_does_not_know_whether_anybody_spoke():
    loud, still = engine(input_channels=9), engine(input_channels=9)
    for made in (loud, still):
        push(made, performance())
    a = play(loud, 20 * microphone_noise(FRAMES, 9), FRAMES)
    b = play(still, None, FRAMES)
    assert loud.copy_stems(0, FRAMES).tobytes() == still.copy_stems(0, FRAMES).tobytes()
    assert np.abs(a - b).max() > 0.1  # and yet the room heard them


def test_microphones_reach_the_room_a_grid_step_late_and_a_bare_strip_changes_nothing():
    made = engine(input_channels=1, keep_microphones=True)
    push(made, [(0, STRIP, 0, parameter, 0, value)
                for parameter, value in ((HIGHPASS_HZ, 0), (RATIO, 1), (SEND_DB, -120), (PAN, -1))])
    play(made, None, RATE)  # glides arrive
    heard = 0.5 * microphone_noise(FRAMES, 1)
    out = play(made, heard, FRAMES)
    assert not out[:GRID].any()
    np.testing.assert_array_equal(out[GRID:, 0], heard[:-GRID, 0])
    assert np.abs(out[:, 1]).max() < 1e-7  # cos(pi / 2) in floating point


def test_the_output_never_passes_the_ceiling_however_loud_everybody_is():
    made = engine(input_channels=16)
    push(made, [(0, STRIP, strip, GAIN_DB, 0, 24.0) for strip in range(MICROPHONES + BUSES)]
         + [(0, MASTER, 0, MASTER_GAIN_DB, 0, 12.0), (0, MASTER, 0, REVERB_DB, 0, 12.0)] + performance())
    out = play(made, 25 * microphone_noise(FRAMES, 16), FRAMES)
    assert 0.7 < np.abs(out).max() <= CEILING * (1 + 1e-6)  # one rounding of the gain


def test_a_muted_player_is_silent_everywhere_also_in_the_reverb():
    made = engine()
    push(made, [(0, STRIP, MICROPHONES + p, MUTE, 0, 1.0) for p in range(4)])
    play(made, None, RATE)
    push(made, performance())
    out = play(made, None, FRAMES)
    assert made.state["voices"] > 0
    assert not out.any()


def test_the_band_is_heard_6_db_below_the_players():
    player, band = engine(), engine()
    for made, seat in ((player, 3), (band, BAND_BASS)):
        push(made, [(0, SOUND, seat, 0, PLUCK, 1), (0, NOTE_ON, seat, 0, 60, 0.5)])
        play(made, None, FRAMES)
    a, b = (np.abs(made.copy_stems(0, FRAMES)[:, player_columns(seat)]).max()
            for made, seat in ((player, 3), (band, BAND_BASS)))
    assert 20 * np.log10(a / b) == pytest.approx(6.0, abs=1e-3)


def test_players_wake_their_strips_after_a_long_rest():
    made, fresh = engine(), engine()
    play(made, None, 20 * RATE)
    for one in (made, fresh):
        push(one, [(0, SOUND, 0, 0, PLUCK, 1), (0, NOTE_ON, 0, 0, 60, 1.0)])
    assert play(made, None, FRAMES).tobytes() == play(fresh, None, FRAMES).tobytes()


def test_a_silent_stem_ring_holds_silence_only_once_it_went_all_around():
    made = engine()
    push(made, [(0, SOUND, 0, 0, PLUCK, 4), (0, NOTE_ON, 0, 0, 80, 1.0), (2000, NOTE_OFF, 0, 0, 80, 0)])
    frames = made.stem_frames
    play(made, None, 2 * frames)
    assert made.state["voices"] == 0
    play(made, None, frames + 30000)  # strips rest after 1000 grid steps of silence
    assert not made.stems.any()


def loudest_border(made, first, stop):
    """The border between grid steps in first .. stop before which player 0 is farthest from zero, and that sample."""
    before = stem(made, 0, stop)[first - 1:stop - 1:GRID, 0]
    step = int(np.argmax(np.abs(before)))
    return first + step * GRID, float(before[step])


def largest_step(made, border):
    """Largest change from one sample to the next from a border on."""
    return np.abs(np.diff(stem(made, 0, border + 160)[border - 1:, 0].astype("f8"))).max()


#: A stolen sound falls from its last sample by 1 - exp(-1 / 16) in the first frame at 8 kHz: RESIDUE_S is 2 ms.
FADE = 1 - np.exp(-1 / (0.002 * RATE))


@pytest.mark.parametrize("model", [PLUCK, MODAL])
def test_a_stolen_voice_leaves_no_click(model):
    def struck():
        one = engine()
        push(one, [(0, SOUND, 0, 0, model, 2), (20, NOTE_ON, 0, 0, 45.3, 1.0)])
        return one

    probe, made = struck(), struck()
    voices = len(made.state["pluck" if model == PLUCK else "modal"]["gate"])
    play(probe, None, 800)
    border, last = loudest_border(probe, 480, 800)
    # as many notes as there are voices, too soft to matter: the loud one is the oldest and is stolen by the last
    push(made, [(border, NOTE_ON, 0, 0, 50 + i / 8, 1e-5) for i in range(voices)])
    play(made, None, border + GRID)
    assert made.state["voices"] == voices
    play(made, None, 2000 - border - GRID)
    assert abs(last) > 0.005
    step = largest_step(made, border)
    if model == MODAL:
        assert step == pytest.approx(FADE * abs(last), rel=0.05)  # 5 %: the soft notes
    else:  # the body of the instrument answers too
        assert step < 2 * FADE * abs(last)
    assert np.abs(stem(made, 0, 2000)[border + 12 * 16:]).max() < 0.05 * abs(last)


def test_a_bar_that_is_struck_with_another_sound_while_it_rings_does_not_click():
    def struck():
        one = engine()
        push(one, [(0, SOUND, 0, 0, MODAL, 2), (20, NOTE_ON, 0, 0, 50, 1.0)])
        return one

    probe, made = struck(), struck()
    play(probe, None, 800)
    border, last = loudest_border(probe, 480, 800)
    push(made, [(border, SOUND, 0, 0, MODAL, 0), (border, NOTE_ON, 0, 0, 50, 1e-4)])
    play(made, None, 2000)
    assert abs(last) > 0.01
    assert largest_step(made, border) == pytest.approx(FADE * abs(last), rel=0.05)  # 5 %: the soft stroke
