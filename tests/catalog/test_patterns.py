import pytest

from imm_audio.catalog.patterns import Pattern, PatternSlots
from imm_audio.kernels.music.terms import PATTERN_SLOTS


def pattern(step, name="x"):
    return Pattern.model_validate({"name": name, "length_beats": 4, "notes": [[step, 0, 100]]})


def test_patterns_of_a_touch_lie_side_by_side():
    slots = PatternSlots()
    assert slots.take(0, [pattern(1), pattern(2)])[0] == 0
    first, events = slots.take(1, [pattern(3), pattern(4), pattern(5)])
    assert first == 2
    assert {event[2] for event in events} == {2, 3, 4}


def test_players_with_equal_patterns_share_them_and_nothing_is_written_twice():
    slots = PatternSlots()
    slots.take(0, [pattern(1), pattern(2)])
    assert slots.take(1, [pattern(1, "other name"), pattern(2)]) == (0, [])


def test_places_that_nobody_uses_are_used_again():
    slots = PatternSlots()
    for player in range(PATTERN_SLOTS // 2):
        slots.take(player, [pattern(player), pattern(player + 1)])
    with pytest.raises(ValueError, match="All 32 places for patterns are in use"):
        slots.take(15, [pattern(30), pattern(31)])
    slots.release(3)
    assert slots.take(3, [pattern(30), pattern(31)])[0] == 6


def test_a_place_that_somebody_else_still_uses_is_kept():
    slots = PatternSlots()
    slots.take(0, [pattern(1)])
    slots.take(1, [pattern(1)])
    slots.release(0)
    assert slots.take(0, [pattern(2)])[0] == 1
