"""Where the beat may be: a few weighted guesses that compete, from which the follower takes the best.

Each onset is heard by all guesses (`guess.py`) and scales their weights by how likely it was there.  New guesses are born all
the time with little weight: the beat was here (people who start again together), the tempo is what this player's last two
onsets say, or the song's own again (a tempo), the tempo moves in another way.  Those that agree become one, the weakest make
room.  This is the multiple-model idea of Blom & Bar-Shalom 1988 with births, as in Cemgil & Kappen 2003 for music.

Times are seconds since the start; the beat is known up to whole beats: counting them is the follower's affair.
"""
import math

import numpy as np

from ..rt import rt, state
from ..rt.units import clamp
from .guess import (
    BEAT,
    GUESS,
    LEAST_SPREAD_S,
    LIVE,
    METRONOME,
    MODES,
    PERIOD,
    RUBATO,
    WORK,
    guess_begin,
    guess_copy,
    guess_hear,
    guess_phase,
    guess_sit,
    guess_tap,
    usual_spread,
)

i8 = np.int64

GUESSES = 24
#: Onsets depend on each other (people hear each other), so that their likelihoods count by this power.
TEMPER = 0.58
#: Weight of the births of one onset: in the flow, in the first five onsets without a count-in, after an unusual silence.
BIRTH, FIRST_BIRTH, BIRTH_AFTER_PAUSE = 0.0022, 0.05, 0.35
#: Share of it that takes up the song's own tempo, and what the player's last two onsets get beside; these count only as far as
#: they are near the song's tempo (SD in octaves to base e).
OWN_TEMPO, TWO_ONSETS, NEAR_OWN_TEMPO = 0.66, 0.095, 0.2
#: A tempo: the further the tempo has gone from the song's own, beyond TEMPO_BENDS (share), the likelier is a sudden return: the
#: weights of both kinds of births grow by so much for each whole.
A_TEMPO, TEMPO_BENDS = 400.0, 0.15
#: Standard deviations of the periods of births, in shares of the period.
BIRTH_SPREAD, COUNTED_BIRTH_SPREAD, PAUSE_SPREAD, TWO_ONSETS_SPREAD = 0.044, 0.04, 0.08, 0.045
#: Once a beat the chosen guess tries the other modes, and a sudden change of tempo.
OTHER_MODE, SUDDEN, SUDDEN_SPREAD = 0.05, 0.04, 0.12
#: And that the player is more exact: its weight, and the factor of variance.
EXACT, EXACTER = 0.03, 0.15
#: A printed tempo is wrong by about this much (SD), and sometimes much more: ratios that are tried at once, and their weight.
PRINTED_SPREAD, FAR_OFF, FAR_OFF_WEIGHT, UNKNOWN_WEIGHT = 0.0625, (0.78, 0.88, 1.14, 1.28), 0.065, 0.6
#: Somebody plays on most beats: a guess with shorter beats leaves more of them empty.
EMPTY_BEATS = 1.13
#: The best guess takes over when it weighs this much more.
TAKE_OVER = 1.57
#: Guesses this near [beats, share of the period, factor of variance] are one; those are heard together.
SAME_PHASE, SAME_PERIOD, SAME_VARIANCE, TOGETHER_PHASE, TOGETHER_PERIOD = 0.04, 0.02, 3.0, 0.2, 0.15
LIGHTEST = 1e-9
#: Nobody who was counted in moves by half a beat in the flow: births further from the beat than this weigh less.
OFF_BEAT, OFF_BEAT_BIRTH = 0.35, 0.1

BELIEF = state(
    ("fast_s", "f8"), ("slow_s", "f8"),        # periods that are possible
    ("beat_s", "f8"), ("period_s", "f8"),      # what is believed: a beat, and how long it lasts
    ("confidence", "f8"),                      # weight of the guesses that agree
    ("chosen", "i4"), ("seats", "i4"),
    ("guesses", GUESS, (GUESSES,)), ("work", WORK),
)


@rt
def belief_forget(belief):
    """Forget the beat, not the people."""
    belief.chosen = -1
    for i in range(GUESSES):
        belief.guesses[i].weight = 0.0


@rt
def belief_reset(belief, fast_s, slow_s):
    """Know nothing and nobody."""
    belief.fast_s = fast_s
    belief.slow_s = slow_s
    belief.seats = 0
    belief.confidence = 0.0
    belief_forget(belief)


@rt
def belief_sit(belief, seat):
    """Give `seat` to somebody new."""
    belief.seats = max(belief.seats, seat + 1)
    for i in range(GUESSES):
        guess_sit(belief.guesses[i], i8(belief.seats), seat)


@rt
def _room(belief, weight):
    """Number of the weakest guess, if it weighs less; else -1."""
    weakest = -1
    for i in range(GUESSES):
        if i != belief.chosen and (weakest < 0 or belief.guesses[i].weight < belief.guesses[weakest].weight):
            weakest = i
    return weakest if weight > belief.guesses[weakest].weight else -1


@rt
def _born(belief, seat, t, period_s, beat_var, period_spread, weight, mode, keep):
    """A new guess with the biases of the chosen one; `keep`: and with what it knows of where people play."""
    i = _room(belief, weight)
    if i < 0:
        return
    guess, seats = belief.guesses[i], i8(belief.seats)
    if belief.chosen >= 0:
        guess_copy(guess, belief.guesses[belief.chosen], seats, mode)
    period_s = clamp(period_s, belief.fast_s, belief.slow_s)
    guess_begin(guess, seats, seat, t, period_s, beat_var, (period_spread * period_s) ** 2, mode)
    guess.weight = weight
    if keep == 0:
        for j in range(seats):
            guess.share[j, 0] = 0.0


@rt
def _branch(belief, mode, weight, period_spread):
    """A copy of the chosen guess with a mode of its own, and less sure of the tempo."""
    i = _room(belief, weight)
    if i >= 0:
        guess, chosen = belief.guesses[i], belief.guesses[belief.chosen]
        guess_copy(guess, chosen, i8(belief.seats), mode)
        guess.cov[PERIOD, PERIOD] += (period_spread * chosen.mean[PERIOD]) ** 2
        guess.weight = weight


@rt
def _exact(belief, seat, mode, weight):
    """A copy of the chosen guess that takes `seat` for an exact player: loose ones and fast notes look alike from afar."""
    i = _room(belief, weight)
    if i >= 0:
        guess, chosen = belief.guesses[i], belief.guesses[belief.chosen]
        guess_copy(guess, chosen, i8(belief.seats), mode)
        guess.spread[seat] = max(EXACTER * chosen.spread[seat], LEAST_SPREAD_S ** 2)
        guess.share[seat, 0] = 0.0
        guess.weight = weight


@rt
def belief_begin(belief, seat, t, period_s, printed):
    """The first onset: a beat, at about `period_s`; printed: so the song says."""
    beat_var = usual_spread(period_s)
    _born(belief, seat, t, period_s, beat_var, PRINTED_SPREAD, 1.0, i8(METRONOME), i8(0))
    for i in range(GUESSES):
        if belief.guesses[i].weight > 0.0:
            belief.chosen = i
    for ratio in FAR_OFF:
        ratio, weight = (ratio, FAR_OFF_WEIGHT) if printed else (ratio * ratio, UNKNOWN_WEIGHT)
        _born(belief, seat, t, ratio * period_s, beat_var, PRINTED_SPREAD / ratio, weight, i8(METRONOME), i8(0))
    _settle(belief)


#: Scatter of the taps of a count-in [s], of an exact and of a loose leader; how the tempo may move during it and after it:
#: weights, and how much the group may then differ, in shares of the period.
TAP_S = np.array((0.004, 0.016))
MODE_AFTER, DIFFER_AFTER = np.array((1.0, 0.16, 0.05, 0.13)), np.array((0.0, 0.016, 0.0, 0.04))


@rt
def belief_count(belief, taps_s, taps):
    """Believe a count-in: `taps` times [s], two or more, in order."""
    belief_forget(belief)
    seats, total, best = i8(belief.seats), 0.0, 0
    for i in range(MODES * len(TAP_S)):
        guess, mode, var = belief.guesses[i], i // len(TAP_S), TAP_S[i % len(TAP_S)] ** 2
        period_s = clamp(taps_s[1] - taps_s[0], belief.fast_s, belief.slow_s)
        guess_begin(guess, seats, i8(-1), taps_s[1], period_s, var, 2.0 * var, i8(mode))
        guess.cov[BEAT, PERIOD] = var
        guess.cov[PERIOD, BEAT] = var
        guess.weight = MODE_AFTER[mode]
        for tap in range(2, taps):
            guess.weight *= period_s * guess_tap(guess, seats, taps_s[tap], var, belief.fast_s, belief.slow_s)
        guess.cov[PERIOD, PERIOD] += (DIFFER_AFTER[mode] * guess.mean[PERIOD]) ** 2
        guess.weight = max(guess.weight, LIGHTEST)
        total += guess.weight
        best = i if guess.weight > belief.guesses[best].weight else best
    for i in range(MODES * len(TAP_S)):
        belief.guesses[i].weight /= total
    belief.chosen = best
    _settle(belief)


@rt
def belief_hear(belief, seat, t, since_s, count, birth, paused, passed, noise, trust, counted, own_tempo_s):
    """Weigh an onset.

    t: its time [s]; since_s: since this player's last; count: how many this player has played; birth: weight of new guesses;
    paused: after an unusual silence; passed: beats since anybody's last onset; noise, trust: how little and how much it says
    (1: as usual); counted: there was a count-in; own_tempo_s: period of the song's own tempo, 0: none.
    """
    chosen = belief.guesses[belief.chosen]
    seats, period_s = i8(belief.seats), chosen.mean[PERIOD]
    if math.floor(guess_phase(chosen, t) + 0.5) > 0.0:
        _branch(belief, i8(LIVE), chosen.weight * SUDDEN, SUDDEN_SPREAD)
        for mode in range(MODES):
            if mode != chosen.mode:
                _branch(belief, i8(mode), chosen.weight * OTHER_MODE, 0.0)
        _exact(belief, seat, i8(chosen.mode), chosen.weight * EXACT)
        if chosen.mode != RUBATO:
            _exact(belief, seat, i8(RUBATO), chosen.weight * EXACT)
    total, trust, kept = 0.0, TEMPER * trust, 1.0 - birth if paused else 1.0
    for i in range(GUESSES):
        guess = belief.guesses[i]
        if guess.weight > 0.0:
            likely = guess_hear(guess, belief.work, seats, seat, t, count, noise, period_s, belief.fast_s, belief.slow_s)
            empty = EMPTY_BEATS * passed * (period_s / guess.mean[PERIOD] - 1.0)
            guess.weight *= kept * (likely * period_s) ** trust * math.exp(-empty)
            total += guess.weight
    birth *= 0.64 ** trust  # most onsets are beats
    total += birth
    for i in range(GUESSES):
        if belief.guesses[i].weight > 0.0:
            belief.guesses[i].weight = max(belief.guesses[i].weight / total, LIGHTEST)
    birth /= total
    beat_var = max(chosen.spread[seat], LEAST_SPREAD_S ** 2)
    spread = COUNTED_BIRTH_SPREAD if counted else BIRTH_SPREAD
    phase = guess_phase(chosen, t)
    if counted and not paused and abs(phase - math.floor(phase + 0.5)) > OFF_BEAT:
        birth *= OFF_BEAT_BIRTH
    here = PAUSE_SPREAD if paused else spread
    _born(belief, seat, t, period_s, beat_var, here, birth * (1.0 - OWN_TEMPO), i8(LIVE), i8(paused))
    away = abs(period_s / own_tempo_s - 1.0) if own_tempo_s > 0.0 else 0.0
    returns = 1.0 + A_TEMPO * max(away - TEMPO_BENDS, 0.0)
    if 0.6 * period_s < since_s < 1.7 * period_s:
        near = math.log(since_s / (own_tempo_s if own_tempo_s > 0.0 else period_s)) / NEAR_OWN_TEMPO
        weight = birth * returns * TWO_ONSETS * math.exp(-0.5 * near * near)
        _born(belief, seat, t, since_s, beat_var, TWO_ONSETS_SPREAD, weight, i8(LIVE), i8(0))
    if away > 0.1:
        _born(belief, seat, t, own_tempo_s, beat_var, spread, birth * returns * OWN_TEMPO, i8(METRONOME), i8(0))
    _merge(belief, seat, t)
    best = i8(belief.chosen)
    for i in range(GUESSES):
        if belief.guesses[i].weight > belief.guesses[best].weight:
            best = i
    more = 1.0 if paused else TAKE_OVER
    if best != belief.chosen and belief.guesses[best].weight > more * belief.guesses[belief.chosen].weight:
        belief.chosen = best
    _settle(belief)


@rt
def _merge(belief, seat, t):
    """Make one of guesses that agree."""
    for i in range(GUESSES):
        one = belief.guesses[i]
        for j in range(i + 1, GUESSES):
            other = belief.guesses[j]
            if one.weight <= 0.0:
                break
            if other.weight <= 0.0 or one.mode != other.mode:
                continue
            if abs(one.mean[PERIOD] - other.mean[PERIOD]) > SAME_PERIOD * one.mean[PERIOD]:
                continue
            a, b = one.cov[PERIOD, PERIOD], other.cov[PERIOD, PERIOD]
            if a > SAME_VARIANCE * b or b > SAME_VARIANCE * a:
                continue
            a, b = one.spread[seat], other.spread[seat]
            if a > SAME_VARIANCE * b or b > SAME_VARIANCE * a:
                continue
            apart = guess_phase(one, t) - guess_phase(other, t)
            if abs(apart - math.floor(apart + 0.5)) > SAME_PHASE:
                continue
            heavy, light = (i, j) if one.weight >= other.weight else (j, i)
            belief.guesses[heavy].weight += belief.guesses[light].weight
            belief.guesses[light].weight = 0.0
            if belief.chosen == light:
                belief.chosen = heavy


@rt
def _settle(belief):
    """The belief is the mean of the guesses that agree with the chosen one."""
    chosen = belief.guesses[belief.chosen]
    weight, phase, tempo = 0.0, 0.0, 0.0
    for i in range(GUESSES):
        guess = belief.guesses[i]
        if guess.weight <= 0.0:
            continue
        d = (guess.mean[BEAT] - chosen.mean[BEAT]) / chosen.mean[PERIOD]
        d -= math.floor(d + 0.5)
        e = math.log(guess.mean[PERIOD] / chosen.mean[PERIOD])
        if abs(d) < TOGETHER_PHASE and abs(e) < TOGETHER_PERIOD:
            weight += guess.weight
            phase += guess.weight * d
            tempo += guess.weight * e
    belief.beat_s = chosen.mean[BEAT] + phase / weight * chosen.mean[PERIOD]
    belief.period_s = chosen.mean[PERIOD] * math.exp(tempo / weight)
    belief.confidence = weight
