import numpy as np
import pytest

from imm_audio.backing.player import Player
from imm_audio.kernels.music.terms import HOLD_CHORD, HOLDING, PLAYING
from tests.backing.plays import RATE, Room
from tests.backing.recordings import clicks, late_ms, sine, steady

#: A recording of a minute at 110 beats a minute.
BEATS = steady(110.0, 0.8, 60.0)


def playing(sound, song=False):
    room = Room()
    room.state["playing"] = 1
    if song:
        room.form["section_count"], room.form["length_beats"], room.form["mode"] = 1, 96.0, PLAYING
    room.form["stop_place"] = room.form["jump_beat"] = room.form["release_beat"] = np.inf
    room.form["loop_section"], room.form["meter_beats"] = -1, 4.0
    return room, Player(room, sound, BEATS)


def wandering(seconds):
    """A tempo that wanders between 88 and 112 beats a minute, faster than groups do: up to a tenth in a second."""
    return 100.0 * (1.0 + 0.12 * np.sin(0.9 * seconds) * np.sin(0.23 * seconds + 1.0))


def test_the_recording_stays_on_a_beat_that_wanders():
    room, player = playing(clicks(BEATS.beats_s, 60.0, RATE))
    heard = room.hear(21.0, wandering, player)
    late = late_ms(heard, room.places, range(2, 34), RATE)
    assert np.percentile(abs(late), 95) < 5.0
    assert abs(np.median(late)) < 1.0                        # no drift
    assert player.jumps == 0
    assert room.state["underruns"] == 0


def test_a_tempo_change_of_a_fifth_leaves_no_gap_and_no_click():
    room, player = playing(sine(440.0, 60.0, RATE))
    heard = room.hear(4.0, lambda s: 100.0 if s < 2.0 else 120.0, player)[RATE:, 0]
    levels = np.sqrt((heard.reshape(-1, 480) ** 2).mean(1))
    assert levels.min() > 0.95 * 0.3 / np.sqrt(2)
    assert abs(np.diff(heard)).max() < 1.05 * 0.3 * 2 * np.pi * 440.0 / RATE


def test_a_tempo_change_of_a_fifth_is_made_up_for_within_two_beats():
    room, player = playing(clicks(BEATS.beats_s, 60.0, RATE))
    heard = room.hear(8.0, lambda s: 100.0 if s < 3.0 else 120.0, player)
    late = late_ms(heard, room.places, range(2, 14), RATE)
    assert abs(late).max() < 30.0
    assert abs(late[6:]).max() < 5.0


def test_a_late_worker_fades_and_comes_back_without_a_click():
    room, player = playing(sine(440.0, 60.0, RATE))
    steepest = 1.05 * 0.3 * 2 * np.pi * 440.0 / RATE
    heard = [room.hear(1.0, wandering, player), room.hear(0.3, wandering), room.hear(0.3, wandering, player)]
    assert room.state["underruns"] == 1
    assert abs(heard[1][-4800:]).max() == 0.0
    assert abs(heard[2][-4800:]).max() > 0.29
    assert abs(np.diff(np.concatenate(heard)[:, 0])).max() < steepest


def test_stop_fades_and_start_waits_for_its_beat():
    room, player = playing(sine(440.0, 60.0, RATE))
    room.state["origin_beat"] = 1.0
    heard = room.hear(1.0, lambda s: 120.0, player)[:, 0]
    assert abs(heard[:int(0.49 * RATE)]).max() == 0.0
    assert abs(heard[int(0.5 * RATE):int(0.51 * RATE)]).max() > 0.29
    room.state["playing"] = 0
    stopped = room.hear(1.0, lambda s: 120.0, player)[:, 0]
    assert abs(np.diff(stopped)).max() < 1.05 * 0.3 * 2 * np.pi * 440.0 / RATE
    assert abs(stopped[RATE // 2:]).max() == 0.0


def test_a_jump_of_the_song_that_is_announced_is_on_its_beat_and_does_not_click():
    room, player = playing(clicks(BEATS.beats_s[:8], 60.0, RATE), song=True)   # clicks on places 0 .. 7 only
    form = room.form
    form["jump_beat"], form["jump_place"] = 8.0, 4.0

    def tempo(seconds):
        form["place"] = room.beats - form["origin_beat"]
        if room.beats >= 8.0 - 1e-9 and form["jump_beat"] == 8.0:
            form["jump_beat"], form["origin_beat"] = np.inf, 4.0
            form["place"] = room.beats - 4.0
        return 120.0

    heard = room.hear(6.0, tempo, player)[:, 0]
    onsets = np.array([0.5 * n for n in range(1, 12)])     # places 1 .. 7, then 4 .. 7 again
    for second in onsets:
        around = heard[int((second - 0.02) * RATE):int((second + 0.02) * RATE)]
        assert abs(around).max() > 0.2, second
    assert player.jumps == 1


def test_a_held_song_holds_its_sound():
    room, player = playing(sine(440.0, 60.0, RATE), song=True)
    room.hear(1.0, lambda s: 120.0, player)
    room.form["mode"], room.form["hold_kind"] = HOLDING, HOLD_CHORD
    held = room.hear(2.0, lambda s: 120.0, player)[:, 0]
    assert np.sqrt((held[-9600:] ** 2).mean()) > 0.1


@pytest.mark.parametrize("every", [480, 1920])
def test_how_often_the_worker_wakes_changes_nothing_while_the_tempo_stands(every):
    heard = []
    for wakes in (160, every):
        room, player = playing(clicks(BEATS.beats_s, 60.0, RATE))
        heard.append(room.hear(2.0, lambda s: 100.0, player, wakes))
    assert heard[0] == pytest.approx(heard[1], abs=1e-3)
