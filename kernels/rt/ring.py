"""Single-producer, single-consumer ring of EVENT records.

One side pushes, one side pops, each from one thread.  `head` counts items ever pushed and belongs to the producer,
`tail` counts items ever popped and belongs to the consumer; each sits on a cache line of its own.  An item is complete
before `head` shows it.  A full ring refuses the item and counts it in `dropped`; nothing ever waits.
"""
from .atomics import load_acquire, store_release
from .decorator import rt, state

#: A small fixed record: everything that players, desk and session say to the engine.  Meanings: `kernels/engine/events.py`.
EVENT = state(
    ("frame", "i8"),    # absolute frame at which it should take effect
    ("kind", "i4"),
    ("player", "i2"),   # 0 .. 15, or the strip of a mixer command
    ("channel", "i2"),  # 0 .. 15, or the parameter of a mixer command
    ("key", "f4"),      # MIDI key number, fractions allowed
    ("value", "f4"),
    ("order", "i8"),    # count of the producer: order among events of the same frame
)


def ring_state(capacity):
    """Dtype of a ring of `capacity` events, a power of two because the index wraps by mask."""
    return state(
        ("head", "i8", (8,)),     # [0]: producer
        ("dropped", "i8", (8,)),  # [0]: producer
        ("tail", "i8", (8,)),     # [0]: consumer
        ("slots", EVENT, (capacity,)),
    )


@rt
def ring_push(ring, frame, kind, player, channel, key, value):
    """Put one event in; True when there was room.  Producer side only."""
    head = ring.head[0]
    if head - load_acquire(ring.tail, 0) >= ring.slots.shape[0]:
        ring.dropped[0] += 1
        return False
    slot = ring.slots[head & (ring.slots.shape[0] - 1)]
    slot.frame = frame
    slot.kind = kind
    slot.player = player
    slot.channel = channel
    slot.key = key
    slot.value = value
    slot.order = head
    store_release(ring.head, 0, head + 1)
    return True


@rt
def ring_pop(ring, events):
    """Move as many waiting events as fit into `events` (EVENT array); return how many.  Consumer side only."""
    tail = ring.tail[0]
    count = min(load_acquire(ring.head, 0) - tail, events.shape[0])
    for i in range(count):
        slot, event = ring.slots[(tail + i) & (ring.slots.shape[0] - 1)], events[i]
        event.frame = slot.frame
        event.kind = slot.kind
        event.player = slot.player
        event.channel = slot.channel
        event.key = slot.key
        event.value = slot.value
        event.order = slot.order
    store_release(ring.tail, 0, tail + count)
    return count
