"""How a touch was meant: floods, trembling, slips, strength and time.

Numbers: tremor of hands 4 .. 12 Hz; bounce keys of desktops ignore 300 ms; here the leading edge counts and what follows is
ignored, never the other way round, because waiting is latency.
"""
import math

from ..rt import rt
from ..rt.units import clamp
from .hand import NEVER

#: Touches a second that one player may send for long, and at once: two hands of a good pianist stay below.
RATE_LIMIT, BURST_LIMIT = 80.0, 48.0
#: Trembling: everything this soon after a touch that was meant; and what belongs to a burst, as long as it comes before this
#: share of the person's own time between touches.  A burst is over after a pause of a period of 4 Hz, or of so many of its own.
EDGE_S, EDGE_BEATS = 0.3, 0.45
SLOWEST_TREMOR_S, PAUSE, OWN_SHARE, NO_BOUNCE_S = 0.28, 1.6, 0.72, 0.1
#: The person's own time is learned from touches after pauses, faster when it gets shorter; until then it is taken as so
#: many beats.
FIRST_OWN_BEATS, FASTEST_OWN_S, SLOWEST_OWN_S = 1.25, 0.3, 2.0
LEARNING_DOWN, LEARNING_UP, LARGEST_STEP = 0.2, 0.06, 1.15
#: Strength: an even hand plays near this velocity; it is known after some 20 touches and learned for ever.
EVEN_VELOCITY, MEMORY = 0.6, 24.0
SOFTEST = 0.0078  # below 1 of 127
#: A hand may wander so far [octaves of velocity] and all is kept; wilder ones are drawn together.
KEPT_SPREAD = 0.4
#: Neighbouring controls, in steps.
NEIGHBOUR = 2.0


@rt
def feel_flood(hand, frame, sample_rate):
    """True when this touch is one too many."""
    if hand.allowance_frame == -NEVER:
        hand.allowance = BURST_LIMIT
    else:
        hand.allowance = min(hand.allowance + RATE_LIMIT * (frame - hand.allowance_frame) / sample_rate, BURST_LIMIT)
    hand.allowance_frame = frame
    if hand.allowance < 1.0:
        hand.thinned += 1
        return True
    hand.allowance -= 1.0
    return False


@rt
def feel_meant(hand, control, frame, beat_frames, sample_rate):
    """True when the touch was meant; trembling and slips are counted in `ignored`."""
    since_raw, since_meant = float(frame - hand.last_raw), float(frame - hand.last_meant)
    since_paused = float(frame - hand.last_paused)
    near = abs(control - hand.last_control) <= NEIGHBOUR
    hand.last_raw = frame
    ignored = hand.guard_s > 0.0 and near and since_meant < hand.guard_s * sample_rate
    paused = since_raw >= SLOWEST_TREMOR_S * sample_rate or 0.0 < PAUSE * hand.burst_frames < since_raw
    fastest, slowest = FASTEST_OWN_S * sample_rate, SLOWEST_OWN_S * sample_rate
    if hand.tremor_filter > 0.0:
        if hand.own_frames <= 0.0:
            hand.own_frames = clamp(FIRST_OWN_BEATS * beat_frames, fastest, slowest)
        edge = min(EDGE_S * sample_rate, EDGE_BEATS * beat_frames)
        soon = hand.tremor_filter * OWN_SHARE * hand.own_frames
        again = paused and since_paused >= soon and since_meant > NO_BOUNCE_S * sample_rate  # after one let through in error
        if (since_meant < hand.tremor_filter * edge and not again) or (not paused and since_meant < soon):
            ignored = True
    if ignored:
        hand.burst_frames += (since_raw - hand.burst_frames) * (0.5 if hand.burst_frames > 0.0 else 1.0)
        hand.ignored += 1
        return False
    if paused:
        if since_paused < slowest and hand.own_frames > 0.0:
            way = min(max(since_paused, fastest), LARGEST_STEP * hand.own_frames) - hand.own_frames
            hand.own_frames += (LEARNING_DOWN if way < 0.0 else LEARNING_UP) * way
        hand.last_paused = frame
    hand.burst_frames = 0.0
    hand.last_meant = frame
    hand.last_control = control
    return True


@rt
def feel_strength(hand, velocity):
    """Velocity after evening: the person's own middle becomes EVEN_VELOCITY, louder and softer stay louder and softer."""
    x = math.log2(clamp(velocity, SOFTEST, 1.0))
    hand.touches += 1
    share = 1.0 / min(hand.touches + 1.0, MEMORY)
    hand.mean += share * (x - hand.mean)
    hand.spread += share * (abs(x - hand.mean) - hand.spread)
    keep = min(1.0, KEPT_SPREAD / max(hand.spread, 0.01))
    even = math.log2(EVEN_VELOCITY) + keep * (x - hand.mean)
    return clamp(2.0 ** (x + hand.evening * (even - x)), SOFTEST, 1.0)


@rt
def feel_wait(hand, beats):
    """Beats that an early touch at `beats` waits; late ones and those on the beat don't."""
    if hand.timing_help <= 0.0:
        return 0.0
    grid = hand.grid_beats
    early = math.ceil(beats / grid - 1e-6) * grid - beats
    if 0.0 < early < 0.5 * grid:
        return hand.timing_help * early
    return 0.0


@rt
def feel_correct(hand, beats, meter_beats):
    """True when pitch help puts a note at `beats` right: all of them at 1, only those on bars and beats at less."""
    place = beats % meter_beats
    beat, half = abs(place - math.floor(place + 0.5)), abs(2.0 * place - math.floor(2.0 * place + 0.5))
    weight = 0.25
    if min(place, meter_beats - place) < 0.1:
        weight = 1.0
    elif beat < 0.1:
        weight = 0.75
    elif half < 0.2:
        weight = 0.5
    return weight > 1.0 - hand.pitch_help


@rt
def feel_strong(beats):
    """True on and near a beat."""
    return abs(beats - math.floor(beats + 0.5)) < 0.2
