"""Which pitch each key sounds."""
import math

import numpy as np
import pytest

from imm_audio.kernels.music.tuning import (
    KEYS,
    TUNING,
    TUNING_CLEAR,
    TUNING_GO,
    TUNING_KEY,
    tuning_pitch,
    tuning_reset,
    tuning_say,
)
from imm_audio.kernels.rt import rt
from imm_audio.tunings.shelf import find_tuning
from imm_audio.tunings.told import tuning_events


@rt
def _say(tunings, op, key, value):
    return tuning_say(tunings[0], op, key, value)


@rt
def _pitch(tunings, key):
    return tuning_pitch(tunings[0], key)


@rt
def _reset(tunings):
    tuning_reset(tunings[0])


class Keys:
    def __init__(self):
        self._state = np.zeros(1, TUNING)
        _reset(self._state)

    def say(self, op, key=0.0, value=0.0):
        return bool(_say(self._state, op, float(key), float(value)))

    def __getitem__(self, key):
        return float(_pitch(self._state, float(key)))


@pytest.fixture
def keys():
    return Keys()


def test_keys_are_their_own_pitch_at_first_and_what_is_between_them_too(keys):
    for key in (0, 60, 60.25, 126.5, 127):
        assert keys[key] == key


def test_a_new_table_sounds_as_a_whole_and_only_when_it_is_whole(keys):
    assert keys.say(TUNING_KEY, 60, 59.5)
    assert keys.say(TUNING_KEY, 61, 61.5)
    assert (keys[60], keys[61]) == (60.0, 61.0)
    assert keys.say(TUNING_GO)
    assert (keys[60], keys[61], keys[60.5], keys[62]) == (59.5, 61.5, 60.5, 62.0)


def test_clear_begins_with_equal_steps_behind_what_sounds(keys):
    keys.say(TUNING_KEY, 60, 59.5)
    keys.say(TUNING_GO)
    assert keys.say(TUNING_CLEAR)
    keys.say(TUNING_KEY, 64, 63.9)
    assert keys[60] == 59.5
    keys.say(TUNING_GO)
    assert (keys[60], keys[64]) == (60.0, 63.9)


def test_changes_go_on_from_what_was_said_last(keys):
    keys.say(TUNING_KEY, 60, 59.5)
    keys.say(TUNING_GO)
    keys.say(TUNING_KEY, 61, 60.5)
    keys.say(TUNING_GO)
    assert (keys[60], keys[61]) == (59.5, 60.5)


@pytest.mark.parametrize(("op", "key", "value"), [
    (TUNING_KEY, -1, 60.0), (TUNING_KEY, 128, 60.0), (TUNING_KEY, math.nan, 60.0), (TUNING_KEY, 60, math.nan),
    (TUNING_KEY, 60, math.inf), (TUNING_KEY, 60, 188.5), (TUNING_KEY, 60, -60.5), (-1, 60, 60.0), (3, 60, 60.0)])
def test_what_makes_no_sense_is_refused_and_changes_nothing(keys, op, key, value):
    assert not keys.say(op, key, value)
    keys.say(TUNING_GO)
    assert [keys[key] for key in range(KEYS)] == list(range(KEYS))


@pytest.mark.parametrize("key", [-5.0, 127.5, 1e300, -math.inf, math.inf])
def test_keys_beyond_the_keyboard_sound_its_ends(keys, key):
    assert keys[key] == (0.0 if key < 0 else 127.0)


def test_the_last_key_keeps_its_pitch_up_to_the_end(keys):
    keys.say(TUNING_KEY, 127, 120.0)
    keys.say(TUNING_GO)
    assert (keys[127], keys[126.5]) == (120.0, 123.0)


@pytest.mark.parametrize("stem", ["slendro", "just", "quarter-tones"])
def test_what_a_tuning_says_is_what_sounds(keys, stem):
    pitches = find_tuning(stem).table(441.0, 2.0)
    for _, _, op, key, value in tuning_events(pitches):
        assert keys.say(op, key, value)
    assert np.array([keys[key] for key in range(KEYS)]) == pytest.approx(pitches, abs=1e-12)
