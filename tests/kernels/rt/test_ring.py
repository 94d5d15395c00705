"""The ring of events: order, fullness, and two threads at once."""
import threading

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from imm_audio.kernels.rt import rt
from imm_audio.kernels.rt.ring import EVENT, ring_pop, ring_push, ring_state

RING = ring_state(8)
BIG = ring_state(1024)


def ring_of(dtype):
    return np.zeros(1, dtype)[0]


def test_every_field_of_an_event_arrives():
    ring, events = ring_of(RING), np.zeros(4, EVENT)
    assert ring_push(ring, 2**62, -7, 15, -1, 60.25, -0.5)
    assert ring_pop(ring, events) == 1
    assert events[0].item() == (2**62, -7, 15, -1, 60.25, -0.5, 0)
    assert ring_pop(ring, events) == 0


def test_a_full_ring_refuses_counts_and_keeps_what_it_has():
    ring, events = ring_of(RING), np.zeros(16, EVENT)
    taken = [ring_push(ring, frame, 1, 0, 0, 0.0, 0.0) for frame in range(11)]
    assert taken == [True] * 8 + [False] * 3
    assert ring["dropped"][0] == 3
    assert ring_pop(ring, events) == 8
    assert events["frame"][:8].tolist() == list(range(8))
    assert ring_push(ring, 99, 1, 0, 0, 0.0, 0.0)
    assert ring["dropped"][0] == 3


def test_heads_and_tails_lie_on_cache_lines_of_their_own():
    places = [RING.fields[name][1] for name in ("head", "dropped", "tail", "slots")]
    assert np.diff(sorted(places)).min() >= 64


class AgainstAList(RuleBasedStateMachine):
    """Any sequence of pushes and pops, against a list of at most eight."""

    def __init__(self):
        super().__init__()
        self.ring, self.model, self.sent, self.refused = ring_of(RING), [], 0, 0

    @rule(frame=st.integers(-2**63, 2**63 - 1))
    def push(self, frame):
        room = len(self.model) < 8
        assert ring_push(self.ring, frame, 1, 2, 3, 4.0, 5.0) == room
        if room:
            self.model.append((frame, self.sent))
            self.sent += 1
        else:
            self.refused += 1

    @rule(most=st.integers(0, 10))
    def pop(self, most):
        events = np.zeros(most, EVENT)
        count = ring_pop(self.ring, events)
        assert count == min(most, len(self.model))
        assert [(int(one["frame"]), int(one["order"])) for one in events[:count]] == self.model[:count]
        del self.model[:count]

    @invariant()
    def counts_what_it_refused(self):
        assert self.ring["dropped"][0] == self.refused


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


@rt
def _produce(ring, count):
    """Push the numbers 0 .. count - 1, each in every field; how many tries found the ring full."""
    refused = 0
    for n in range(count):
        while not ring_push(ring, n, n & 0x7FFFFFFF, n & 0x7FFF, n % 16, float(n & 0xFFFF), float(n & 0xFFF)):
            refused += 1
    return refused


@rt
def _consume(ring, count, events, wrong):
    """Take `count` events out; wrong[0]: those that were not the next number, or not whole."""
    n = 0
    while n < count:
        for i in range(ring_pop(ring, events)):
            event = events[i]
            whole = (event.kind == n & 0x7FFFFFFF and event.player == n & 0x7FFF and event.channel == n % 16
                     and event.key == float(n & 0xFFFF) and event.value == float(n & 0xFFF))
            if event.frame != n or event.order != n or not whole:
                wrong[0] += 1
            n += 1


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_a_million_events_from_one_thread_reach_another_whole_in_order_and_once(batch):
    ring, events, wrong, refused = ring_of(BIG), np.zeros(batch, EVENT), np.zeros(1, "i8"), []
    count = 1_000_000 if batch == 64 else 100_000
    _produce(ring_of(BIG), 1)  # compiled before the threads begin
    _consume(ring_of(BIG), 0, events, wrong)
    threads = [threading.Thread(target=lambda: refused.append(_produce(ring, count))),
               threading.Thread(target=_consume, args=(ring, count, events, wrong))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong[0] == 0
    assert ring["head"][0] == ring["tail"][0] == count
    assert ring["dropped"][0] == refused[0]
