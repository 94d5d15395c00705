import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.catalog.controller import Control
from imm_audio.catalog.controllers import Table
from imm_audio.inputs.controls import Controls
from imm_audio.inputs.midi_port import OWN_SOUNDS, MidiPort
from imm_audio.inputs.midi_stream import MidiStream
from imm_audio.kernels.effects.strip import PAN, SEND_DB
from imm_audio.kernels.engine.events import (
    BEND,
    EXPRESSION,
    LET_GO,
    MODULATION,
    MOVE,
    NOTE_OFF,
    NOTE_ON,
    PRESSURE,
    RELEASE,
    SILENCE,
    SOUND,
    STRIP,
    SUSTAIN,
    TIMBRE,
    TOUCH,
    VOLUME,
)
from imm_audio.kernels.music.terms import BREATH, FIRST_CONTROL, KNOB, WHEEL
from imm_audio.kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER

PLAYER = 3


class Player:
    """A port and its stream, fed with bytes."""

    def __init__(self, player=PLAYER, *rows):
        table = Table([Control(when=when, does=does, **more) for when, does, more in rows])
        self.controls = None if player is None else Controls(player, table)
        self.stream, self.port = MidiStream(), MidiPort(player, self.controls)

    def __call__(self, *data):
        return [event for message in self.stream.feed(data) for event in self.port.message(*message)]

    def parameter(self, channel, number, value):
        """A registered parameter and its high data byte."""
        status = 0xB0 + channel
        return self(status, 101, 0, status, 100, number, status, 6, value)


@pytest.fixture
def play():
    return Player()


def test_keys_are_touches_with_velocity_and_channel(play):
    assert play(0x92, 60, 127, 60, 0) == [(TOUCH, PLAYER, 2, 60, 1.0), (LET_GO, PLAYER, 2, 60, 0.0)]


def test_notes_of_files_stay_notes():
    assert Player(None)(0x92, 60, 127, 60, 0) == [(NOTE_ON, 2, 2, 60, 1.0), (NOTE_OFF, 2, 2, 60, 0.0)]


def test_breath_moves_its_axis_on_live_ports_and_the_loudness_in_files(play):
    assert play(0xB3, 2, 127) == [(MOVE, PLAYER, BREATH, 0.0, 1.0)]
    assert Player(None)(0xB3, 2, 127) == [(EXPRESSION, 3, 3, 0.0, 1.0)]


def test_the_pedal_is_down_from_the_middle_on(play):
    assert [play(0xB0, 64, value)[0][4] for value in (0, 63, 64, 127)] == [0.0, 0.0, 1.0, 1.0]


def test_bend_reaches_two_semitones_at_both_ends(play):
    assert [play(0xE0, low, high)[0][4] for low, high in ((0, 0), (0, 64), (127, 127))] == [-200.0, 0.0, 200.0]


def test_the_bend_range_follows_rpn_0(play):
    play.parameter(0, 0, 12)
    assert play(0xE0, 127, 127) == [(BEND, PLAYER, 0, 0.0, 1200.0)]
    assert play(0xB0, 38, 50) == [(BEND, PLAYER, 0, 0.0, 1250.0)]


def test_data_entry_without_a_parameter_does_nothing(play):
    assert play(0xB0, 6, 24) == []
    play(0xB0, 101, 0, 100, 0, 99, 1)
    assert play(0xB0, 6, 24) == []
    play(0xB0, 101, 127, 100, 127)
    assert play(0xB0, 6, 24) == []
    assert play(0xE0, 127, 127)[0][4] == 200.0


def test_tuning_is_added_to_the_bend(play):
    assert play.parameter(0, 2, 63)[-1] == (BEND, PLAYER, 0, 0.0, -100.0)
    assert play.parameter(0, 1, 96)[-1] == (BEND, PLAYER, 0, 0.0, -50.0)
    assert play(0xB0, 38, 127)[-1][4] == pytest.approx(-50.0 + 127 / 81.92)


@pytest.mark.parametrize(("number", "kind"), [(1, MODULATION), (7, VOLUME), (11, EXPRESSION), (74, TIMBRE)])
def test_controllers_go_from_0_to_1(play, number, kind):
    assert play(0xB0, number, 0) == [(kind, PLAYER, 0, 0.0, 0.0)]
    assert play(0xB0, number, 127) == [(kind, PLAYER, 0, 0.0, 1.0)]


def test_timbre_64_is_the_middle(play):
    assert play(0xB0, 74, 64)[0][4] == 0.5


def test_both_kinds_of_pressure_press_the_part(play):
    assert play(0xD0, 127, 0xA0, 60, 0) == [(PRESSURE, PLAYER, 0, 0.0, 1.0), (PRESSURE, PLAYER, 0, 0.0, 0.0)]


def test_pan_and_reverb_move_the_players_strip(play):
    assert [play(0xB0, 10, value)[0] for value in (0, 1, 64, 127)] == [
        (STRIP, 16 + PLAYER, PAN, 0.0, value) for value in (-1.0, -1.0, 0.0, 1.0)]
    assert [play(0xB0, 91, value)[0][4] for value in (0, 127)] == [-120.0, 0.0]
    assert play(0xB0, 91, 64)[0] == (STRIP, 16 + PLAYER, SEND_DB, 0.0, pytest.approx(40 * math.log10(64 / 127)))


def test_programs_choose_general_midi_or_our_own_sounds(play):
    assert play(0xC0, 40) == [(SOUND, PLAYER, 0, SAMPLER, 40)]
    play(0xB0, 0, 1)
    assert play(0xC0, 0) == [(SOUND, PLAYER, 0, PLUCK, 0)]
    marimba = [name for name, *_ in OWN_SOUNDS].index("marimba")
    assert play(0xC0, marimba) == [(SOUND, PLAYER, 0, MODAL, 0)]
    assert play(0xC0, 127) == [(SOUND, PLAYER, 0, SAMPLER, 127)]


def test_channel_10_stays_the_drum_kit(play):
    assert play(0xC9, 40) == []


def test_all_sound_off_cuts_and_tells_the_controllers_again(play):
    play(0xB0, 7, 64, 64, 127)
    found = play(0xB0, 120, 0)
    assert found[0] == (SILENCE, PLAYER, 0, 0.0, 0.0)
    assert {(SUSTAIN, PLAYER, 0, 0.0, 1.0), (VOLUME, PLAYER, 0, 0.0, 64 / 127)} <= set(found)


def test_reset_of_controllers_keeps_volume_and_sound(play):
    play(0xB0, 64, 127, 0xE0, 0, 0, 0xD0, 50)
    kinds = {kind: value for kind, *_, value in play(0xB0, 121, 0)}
    assert kinds == {SUSTAIN: 0.0, BEND: 0.0, PRESSURE: 0.0, MODULATION: 0.0, EXPRESSION: 1.0}


@pytest.mark.parametrize("number", [123, 124, 125, 126, 127])
def test_all_notes_off_lets_go_of_keys_and_leaves_the_pedal(play, number):
    play(0x90, 60, 9, 64, 9, 64, 0, 67, 9, 0x91, 50, 9)
    assert play(0xB0, number, 0) == [(LET_GO, PLAYER, 0, 60, 0.0), (LET_GO, PLAYER, 0, 67, 0.0)]
    assert play(0xB0, number, 0) == []


def test_system_reset_brings_everything_back_to_the_start(play):
    play(0xC2, 7, 0xB0, 10, 0, 101, 0, 100, 0, 6, 12)
    assert play(0xFF) == [(RELEASE, PLAYER, -1, 0.0, 0.0), (SOUND, PLAYER, 2, SAMPLER, 0),
                          (STRIP, 16 + PLAYER, PAN, 0.0, 0.0), (STRIP, 16 + PLAYER, SEND_DB, 0.0, -16.0)]
    assert play(0xE0, 127, 127)[0][4] == 200.0


def test_a_file_gives_each_channel_a_player_of_its_own():
    play = Player(None)
    assert play(0x95, 60, 127, 0xB6, 10, 64) == [(NOTE_ON, 5, 5, 60, 1.0), (STRIP, 22, PAN, 0.0, 0.0)]


# --- MPE --------------------------------------------------------------------------------------------------------------
def test_members_of_a_zone_bend_by_four_octaves_and_the_manager_by_two_semitones(play):
    play.parameter(0, 6, 3)
    assert play(0xE2, 127, 127) == [(BEND, PLAYER, 2, 0.0, 4800.0)]
    assert play(0xE0, 127, 127) == [(BEND, PLAYER, c, 0.0, 5000.0 if c == 2 else 200.0) for c in range(4)]
    assert play(0xE4, 127, 127) == [(BEND, PLAYER, 4, 0.0, 200.0)]


def test_one_bend_range_holds_for_all_members(play):
    play.parameter(0, 6, 2)
    play(0xE2, 127, 127)
    assert set(play.parameter(1, 0, 24)) == {(BEND, PLAYER, 1, 0.0, 0.0), (BEND, PLAYER, 2, 0.0, 2400.0)}


def test_pedal_pressure_and_timbre_of_the_manager_reach_all_members(play):
    play.parameter(15, 6, 2)
    play(0xDD, 100)
    assert play(0xDF, 50) == [(PRESSURE, PLAYER, 15, 0.0, 50 / 127), (PRESSURE, PLAYER, 13, 0.0, 100 / 127),
                              (PRESSURE, PLAYER, 14, 0.0, 50 / 127)]
    assert play(0xBF, 64, 127) == [(SUSTAIN, PLAYER, c, 0.0, 1.0) for c in (15, 13, 14)]
    play(0xBD, 74, 127)
    assert [value for *_, value in play(0xBF, 74, 127)] == [1.0, 1.0, 1.0]
    assert play(0xBD, 64, 0) == [(SUSTAIN, PLAYER, 13, 0.0, 1.0)]


def test_a_new_zone_takes_channels_from_the_other(play):
    play.parameter(0, 6, 10)
    play.parameter(15, 6, 7)
    assert len(play(0xE0, 0, 64)) == 1 + 7
    assert len(play(0xEF, 0, 64)) == 1 + 7
    play.parameter(0, 6, 15)
    assert len(play(0xE0, 0, 64)) == 1 + 15
    assert len(play(0xEF, 0, 64)) == 1


def test_channel_10_is_a_finger_within_a_zone_and_drums_again_after(play):
    play(0xC0, 40)
    assert (SOUND, PLAYER, 9, SAMPLER, 40) in play.parameter(0, 6, 15)
    assert (SOUND, PLAYER, 9, SAMPLER, 41) in play(0xC0, 41)
    assert (SOUND, PLAYER, 9, DRUMS, 0) in play.parameter(0, 6, 0)


def test_a_zone_is_configured_on_manager_channels_only(play):
    assert play.parameter(4, 6, 15) == []


def test_a_device_that_is_known_for_it_uses_mpe_from_the_start(play):
    assert (RELEASE, PLAYER, -1, 0.0, 0.0) in play.port.use_mpe()
    assert play(0xEA, 127, 127) == [(BEND, PLAYER, 10, 0.0, 4800.0)]


# --- controller files -------------------------------------------------------------------------------------------------
def test_pads_become_controls_and_everything_else_stays_as_it_is():
    play = Player(PLAYER, ("notes 36 to 39 channel 10", "touch 4 onwards", {}))
    pad = FIRST_CONTROL + 6
    assert play(0x99, 38, 127, 38, 0) == [(TOUCH, PLAYER, 0, pad, 1.0), (LET_GO, PLAYER, 0, pad, 0.0)]
    assert play(0x90, 38, 127) == [(TOUCH, PLAYER, 0, 38, 1.0)]
    assert play(0x99, 40, 127) == [(TOUCH, PLAYER, 9, 40, 1.0)]


def test_a_row_that_names_the_channel_wins_and_keys_can_be_keys_again():
    play = Player(PLAYER, ("notes 0 to 127", "touch 0", {}), ("note 60 channel 1", "keys", {}))
    assert play(0x90, 60, 127) == [(TOUCH, PLAYER, 0, 60, 1.0)]
    assert play(0x91, 60, 127) == [(TOUCH, PLAYER, 0, FIRST_CONTROL, 1.0)]


def test_many_keys_on_one_control_let_go_when_the_last_comes_up():
    play = Player(PLAYER, ("notes 0 to 127", "touch 0", {}))
    assert [event[0] for event in play(0x90, 60, 9, 62, 9, 60, 0, 62, 0)] == [TOUCH, TOUCH, LET_GO]


def test_controllers_bend_and_pressure_can_be_axes_reversed_and_shortened():
    play = Player(PLAYER, ("cc 20", "axis knob", {"reversed": True}), ("bend", "axis wheel", {}),
                  ("pressure", "axis breath", {"low": 0.0, "high": 0.5}))
    assert play(0xB0, 20, 127, 20, 0) == [(MOVE, PLAYER, KNOB, 0.0, 0.0), (MOVE, PLAYER, KNOB, 0.0, 1.0)]
    assert play(0xE0, 0, 64) == [(MOVE, PLAYER, WHEEL, 0.0, 0.5)]
    assert play(0xD0, 127) == [(MOVE, PLAYER, BREATH, 0.0, 1.0)]


def test_a_pedal_can_be_a_switch_and_another_controller_the_pedal_even_reversed():
    play = Player(PLAYER, ("cc 64", "touch 0", {}), ("cc 80", "sustain", {"reversed": True}), ("cc 81", "nothing", {}))
    assert [event[0] for event in play(0xB0, 64, 127, 64, 120, 64, 0)] == [TOUCH, LET_GO]
    assert play(0xB0, 80, 0, 80, 127) == [(SUSTAIN, PLAYER, 0, 0.0, 1.0), (SUSTAIN, PLAYER, 0, 0.0, 0.0)]
    assert play(0xB0, 81, 127) == []


def test_what_is_held_is_let_go_as_it_began_even_when_its_meaning_changed_meanwhile():
    play = Player(PLAYER, ("note 36", "touch 0", {}))
    play(0x90, 36, 9, 50, 9)
    play.controls.table = Table([Control(when="note 50", does="touch 5")])
    assert play(0x90, 36, 0, 50, 0) == [(LET_GO, PLAYER, 0, FIRST_CONTROL, 0.0), (LET_GO, PLAYER, 0, 50, 0.0)]


# --- any input --------------------------------------------------------------------------------------------------------
def held_after(events):
    held = set()
    for kind, player, channel, key, _ in events:
        if kind in (NOTE_ON, TOUCH):
            held.add((player, channel, key))
        elif kind in (NOTE_OFF, LET_GO):
            held.discard((player, channel, key))
        elif kind in (RELEASE, SILENCE):
            held = {note for note in held if player not in (-1, note[0]) or channel not in (-1, note[1])}
    return held


LIKELY = [0x90, 0xB0, 0xBF, 0xE0, 6, 100, 101, 120, 121, 123, 0]
BYTES = st.lists(st.one_of(st.integers(0, 255), st.sampled_from(LIKELY)))


@given(BYTES, st.sampled_from([0, 15, None]))
def test_any_bytes_give_events_the_engine_takes_and_release_leaves_no_note(data, player):
    play = Player(player)
    events = play(*data)
    for kind, who, channel, key, value in events:
        assert 1 <= kind <= MOVE
        assert -1 <= min(who, channel) <= max(who, channel) < 32
        assert math.isfinite(key + value)
        assert kind not in (NOTE_ON, TOUCH) or (0 <= key <= 127 and 0 < value <= 1)
    assert held_after([*events, *play.port.release()]) == set()
