"""Simulated hands: when a person touches, and what their hands add to it.  Times in seconds; all from a seed.

**Steady hand.**  Times between touches are normal, with a coefficient of variation (CV): adults 3-5 %, children 8-12 %.

**Trembling hand.**  Essential tremor is rhythmic, 4 .. 12 Hz (consensus of the International Parkinson and Movement Disorder
Society, Bhatia et al. 2018).  The finger lands where it meant to and the hand trembles while it is down: the finger leaves
and touches again once a period.  Each burst has its own frequency, each period wanders by 5 %, a contact lasts half a
period.  The burst begins with the landing and has died away before the hand's next intended movement: it lasts a share of
the time to that touch, drawn anew each time, evenly between none of it and `longest` (0.6 is what the filter promises to
cope with: the hand is lifted and brought down again in the rest).  This is a model, not a recording: other shares and
tempos are measured beside it.
"""
from dataclasses import dataclass

import numpy as np

#: Touches closer than this share of the usual time don't happen: a hand cannot be in two places.
CLOSEST = 0.5
SLOWEST_TREMOR_HZ, FASTEST_TREMOR_HZ = 4.0, 12.0
WANDER = 0.05


def steady(count, every_s, variation, random, first_s=1.0):
    """Times of `count` touches."""
    waits_s = every_s * np.maximum(1.0 + variation * random.standard_normal(count - 1), CLOSEST)
    return first_s + np.concatenate([[0.0], np.cumsum(waits_s)])


@dataclass(frozen=True)
class Contact:
    """The finger is down from `start_s` to `stop_s`."""

    start_s: float
    stop_s: float
    meant: bool


def trembling(touches_s, longest, random, always=False):
    """Contacts of a trembling hand that means `touches_s`; bursts up to `longest` of the time to the next touch.

    always: every burst is as long as that.
    """
    found = []
    nexts_s = np.append(touches_s[1:], 2 * touches_s[-1] - touches_s[-2])
    for touch_s, next_s in zip(touches_s, nexts_s, strict=True):
        burst_s = (next_s - touch_s) * longest * (1.0 if always else random.uniform())
        period_s = 1.0 / random.uniform(SLOWEST_TREMOR_HZ, FASTEST_TREMOR_HZ)
        at_s, meant = touch_s, True
        while meant or at_s <= touch_s + burst_s:
            found.append(Contact(float(at_s), float(at_s + period_s / 2), meant))
            at_s, meant = at_s + period_s * (1.0 + WANDER * np.clip(random.standard_normal(), -3, 3)), False
    return found


def beside_the_beat(count, every_s, variation, early_s, random, first=2):
    """Touches that aim at beats `every_s` apart, from beat `first` on, and come `early_s` too early in the mean.

    Each misses its beat by itself, so much that the times between touches have that variation.
    """
    aims_s = every_s * np.arange(first, first + count)
    return aims_s - early_s + every_s * variation / np.sqrt(2.0) * random.standard_normal(count)
