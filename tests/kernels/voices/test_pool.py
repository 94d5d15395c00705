"""Who sounds, who is let go, who is stolen."""
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from imm_audio.kernels.rt import state
from imm_audio.kernels.voices.part import BUSES, CHANNELS
from imm_audio.kernels.voices.pool import (
    FREE,
    HELD,
    PEDAL,
    RELEASED,
    pool_clear,
    pool_free,
    pool_lift,
    pool_release,
    pool_release_all,
    pool_silence,
    pool_take,
    voice_fields,
)

VOICES = 4
POOL = state(*voice_fields(VOICES))


@pytest.fixture
def pool():
    made = np.zeros(1, POOL)[0]
    pool_clear(made)
    return made


@pytest.fixture
def residue():
    return np.zeros(2 * BUSES, "f4")


def fill(pool, residue, keys=(60, 61, 62, 63), part=0):
    return [pool_take(pool, residue, part, float(key), float(key), 100 * n, False) for n, key in enumerate(keys)]


def test_free_voices_come_first(pool, residue):
    assert sorted(fill(pool, residue)) == [0, 1, 2, 3]
    assert pool["sounding"] == 4
    assert not residue.any()


def test_then_the_oldest_of_those_that_were_let_go(pool, residue):
    fill(pool, residue)
    for key in (62, 61):
        pool_release(pool, 0, float(key), 0)
    assert pool["key"][pool_take(pool, residue, 0, 70.0, 70.0, 1000, False)] == 70
    assert sorted(pool["key"]) == [60, 62, 63, 70]  # 61 was older than 62
    assert pool["sounding"] == 4


def test_then_the_oldest_of_all(pool, residue):
    fill(pool, residue)
    pool_take(pool, residue, 0, 70.0, 70.0, 1000, False)
    assert sorted(pool["key"]) == [61, 62, 63, 70]


def test_a_voice_that_the_pedal_holds_is_not_taken_before_one_that_was_let_go(pool, residue):
    fill(pool, residue)
    pool_release(pool, 0, 60.0, 1)
    pool_release(pool, 0, 63.0, 0)
    pool_take(pool, residue, 0, 70.0, 70.0, 1000, False)
    assert sorted(pool["key"]) == [60, 61, 62, 70]


def test_what_a_stolen_voice_was_sounding_is_left_to_its_player(pool, residue):
    v = pool_take(pool, residue, 3 * CHANNELS + 5, 60.0, 60.0, 0, False)
    fill(pool, residue, (61, 62, 63))
    pool["last"][v] = 0.25
    residue[3] = 0.5
    assert pool_take(pool, residue, 0, 70.0, 70.0, 1000, False) == v
    assert residue[3] == 0.75
    assert np.count_nonzero(residue) == 1
    assert pool["last"][v] == 0.0


@pytest.mark.parametrize("gate", [HELD, PEDAL, RELEASED])
def test_a_bar_is_struck_again_where_it_rings_and_keeps_its_last_sample(pool, residue, gate):
    v = pool_take(pool, residue, 0, 60.0, 60.0, 0, True)
    pool["gate"][v], pool["last"][v] = gate, 0.25
    assert pool_take(pool, residue, 0, 60.0, 60.0, 50, True) == v
    assert (pool["gate"][v], pool["last"][v], pool["since"][v], pool["sounding"]) == (HELD, 0.25, 50, 1)
    assert not residue.any()


def test_the_same_key_of_another_part_or_of_a_string_is_another_voice(pool, residue):
    v = pool_take(pool, residue, 0, 60.0, 60.0, 0, True)
    assert pool_take(pool, residue, 1, 60.0, 60.0, 50, True) != v
    assert pool_take(pool, residue, 0, 60.0, 60.0, 50, False) != v


def test_silence_ends_the_parts_it_names_and_leaves_their_last_samples(pool, residue):
    for part in (0, 15, 16, 32):
        pool["last"][pool_take(pool, residue, part, 60.0, 60.0, 0, False)] = 0.1 + part
    pool_silence(pool, residue, 15, 16)
    assert sorted(int(part) for part, gate in zip(pool["part"], pool["gate"], strict=True) if gate != FREE) == [0, 32]
    assert pool["sounding"] == 2
    np.testing.assert_allclose(residue[:3], [15.1, 16.1, 0], rtol=1e-6)


class AgainstAModel(RuleBasedStateMachine):
    """Any sequence of notes and pedals: what every voice does, by rules written down once more."""

    parts, keys = st.integers(0, 2), st.integers(60, 62).map(float)

    def __init__(self):
        super().__init__()
        self.pool, self.residue, self.frame = np.zeros(1, POOL)[0], np.zeros(2 * BUSES, "f4"), 0
        pool_clear(self.pool)
        self.model = [None] * VOICES  # (gate, part, key, since)

    @rule(part=parts, key=keys)
    def strike(self, part, key):
        self.frame += 1
        v = pool_take(self.pool, self.residue, part, key, key, self.frame, False)
        order = {None: 0, RELEASED: 1, PEDAL: 2, HELD: 2}
        rank = [order[voice and voice[0]] for voice in self.model]
        assert rank[v] == min(rank)
        if rank[v]:
            assert self.model[v][3] == min(voice[3] for voice, r in zip(self.model, rank, strict=True) if r == rank[v])
        self.model[v] = (HELD, part, key, self.frame)

    def change(self, old, new, test):
        self.model = [(new, *voice[1:]) if voice and voice[0] in old and test(voice) else voice for voice in self.model]

    @rule(part=parts, key=keys, sustain=st.booleans())
    def let_go(self, part, key, sustain):
        pool_release(self.pool, part, key, int(sustain))
        self.change([HELD], PEDAL if sustain else RELEASED, lambda voice: voice[1:3] == (part, key))

    @rule(part=parts)
    def lift(self, part):
        pool_lift(self.pool, part)
        self.change([PEDAL], RELEASED, lambda voice: voice[1] == part)

    @rule(first=parts, last=parts)
    def release_all(self, first, last):
        pool_release_all(self.pool, first, last)
        self.change([HELD, PEDAL], RELEASED, lambda voice: first <= voice[1] <= last)

    @precondition(lambda self: any(self.model))
    @rule(v=st.integers(0, VOICES - 1))
    def ends(self, v):
        pool_free(self.pool, v)
        self.model[v] = None

    @invariant()
    def does_what_the_model_does(self):
        assert self.pool["sounding"] == sum(voice is not None for voice in self.model)
        for v, voice in enumerate(self.model):
            found = (self.pool["gate"][v], self.pool["part"][v], self.pool["key"][v], self.pool["since"][v])
            assert found[0] == FREE if voice is None else found == voice


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
