"""Tuning of a session: which pitch each of the 128 keys sounds.

A pitch is a MIDI key number with fractions, 69 = 440 Hz, so 12 notes of 440 Hz tuning are the keys themselves.  A new table is
written behind the one that sounds, and takes its place at once; notes that sound keep their pitch.
"""
from ..rt import rt, state
from ..rt.units import clamp

KEYS = 128
#: What a TUNING event says (its `channel`).
TUNING_CLEAR, TUNING_KEY, TUNING_GO = range(3)

TUNING = state(("pitch", "f8", (KEYS + 1,)), ("next", "f8", (KEYS + 1,)))


@rt
def tuning_reset(tuning):
    """Twelve equal steps, A4 = 440 Hz."""
    for key in range(KEYS + 1):
        tuning.pitch[key] = float(key)
        tuning.next[key] = float(key)


@rt
def tuning_say(tuning, op, key, value):
    """TUNING_CLEAR: begin with equal steps; TUNING_KEY: key 0 .. 127 shall sound pitch `value`; TUNING_GO: from now on.

    True when it made sense.
    """
    if op == TUNING_CLEAR:
        for k in range(KEYS + 1):
            tuning.next[k] = float(k)
    elif op == TUNING_KEY:
        if not (0.0 <= key < KEYS and -60.0 <= value <= 188.0):
            return False
        tuning.next[int(key)] = value
        if int(key) == KEYS - 1:
            tuning.next[KEYS] = value
    elif op == TUNING_GO:
        for k in range(KEYS + 1):
            tuning.pitch[k] = tuning.next[k]
    else:
        return False
    return True


@rt
def tuning_pitch(tuning, key):
    """Pitch that `key` sounds; between two keys in proportion, so that moods with finer steps keep their order."""
    key = clamp(key, 0.0, KEYS - 1.0)
    low = int(key)
    share = key - low
    return tuning.pitch[low] + share * (tuning.pitch[low + 1] - tuning.pitch[low])
