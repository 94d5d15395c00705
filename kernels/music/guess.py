"""One guess where the beat is: a Kalman filter over the beat and everybody's habits.

State vector [seconds]: time of the last beat, its period, change of the period a beat (rit., accel.), then one **bias** a
seat: how early or late that player habitually is (Baath & Madison 2012: -39 ms, 24 ms between people).  Biases are estimated
jointly with the beat, so that a player who joins early does not pull the clock, and what all share stays where the count-in
put it.

An onset lies on the beat, on 1/2, 1/3 or 1/4 of it, or nowhere (chatter).  The update is the moment-matched mixture of all
(probabilistic data association: Bar-Shalom & Tse 1975).  How sharply and where a player plays is learned in each guess by
itself: so "steady tempo, loose player" and "bending tempo, exact player" are different guesses, and the onsets decide.
"""
import math

import numpy as np

from ..rt import rt, state
from ..rt.units import clamp

i8, f8 = np.int64, np.float64

#: Players who share the joint filter; more take the seat of whoever was silent longest.
SEATS = 16
BEAT, PERIOD, CHANGE, FIRST_BIAS = range(4)
STATES = FIRST_BIAS + SEATS
#: Where onsets lie: on the beat, on its half, thirds, quarters, nowhere.
KINDS = 5
ON_BEAT, ON_HALF, ON_THIRD, ON_QUARTER, NOWHERE = range(KINDS)
#: What an unknown player does: four of five onsets mean something, most of these the beat.
USUAL = np.array((0.61, 0.16, 0.035, 0.075, 0.12))  # arrays: an index into a tuple could raise
PLACES = 7
#: How the tempo may move: metronome, people, ritardando (a lasting change), rubato.  Noise of the period in shares of it a
#: beat: live groups drift by 0.3 % (ensemble simulator), rubato bends by 2 % and more.  That is for who plays alone: a
#: group can't bend so much together, and its clock would run after the scatter of loose players, who run after the clock.
MODES = 4
METRONOME, LIVE, BENDING, RUBATO = range(MODES)
PERIOD_NOISE = np.array((0.0004, 0.0036, 0.005, 0.008))
ALONE_NOISE = np.array((0.0004, 0.0036, 0.006, 0.02))
#: Noise of the beat's time, in shares of the period's; noise and memory of a bend, a beat.
BEAT_NOISE, BEND_NOISE, BEND_MEMORY = 0.3, 0.005, 0.95
BIAS_S, BIAS_NOISE_S = 0.05, 0.0003
#: Spread of an unknown player: 20 ms and 8.5 % of the period: as loose as children and older players;
#: never below 12 ms, never above a quarter of the beat.
SPREAD_S, SPREAD_SHARE, LEAST_SPREAD_S, MOST_SPREAD = 0.02, 0.05, 0.0115, 0.25
#: Asynchronies of one person resemble each other from beat to beat (autocorrelation 0.3 .. 0.5), so that each says less than
#: its spread: (1 + r) / (1 - r) = 2 .. 3.
LIKENESS = 3.0
#: Onsets that what is taken for usual counts for, and that are remembered.
SPREAD_PRIOR, SPREAD_MEMORY, SHARE_PRIOR, SHARE_MEMORY = 5.5, 30.0, 8.0, 40.0
MOST_BEATS = 64.0  # of silence that are made up for at once

GUESS = state(
    ("weight", "f8"), ("mode", "i8"),
    ("mean", "f8", (STATES,)), ("cov", "f8", (STATES, STATES)),
    ("spread", "f8", (SEATS,)),         # variance of a player's onsets [s^2]; 0: not heard yet
    ("share", "f8", (SEATS, KINDS)),    # of a player's onsets by place; 0: not heard yet
)
#: Workspace of one update.
WORK = state(("of_beat", "f8", (STATES,)), ("of_period", "f8", (STATES,)),
             ("likely", "f8", (PLACES,)), ("off", "f8", (PLACES,)), ("sure", "f8", (PLACES,)))


@rt
def place(j):
    """Place `j` [beats from the nearest beat]: the beat, halves, thirds, quarters."""
    side = 1.0 if j % 2 == 1 else -1.0
    if j == 0:
        return 0.0
    return side / 2.0 if j < 3 else side / 3.0 if j < 5 else side / 4.0


@rt
def usual_spread(period_s):
    """Variance of an unknown player's onsets [s^2]."""
    return (SPREAD_S + SPREAD_SHARE * period_s) ** 2


@rt
def guess_phase(guess, t):
    """Beats since the guess's last beat at time `t` [s]."""
    return (t - guess.mean[BEAT]) / guess.mean[PERIOD]


@rt
def guess_copy(guess, other, seats, mode):
    """Become a copy of `other` in a mode of its own."""
    n = FIRST_BIAS + seats
    guess.mode = mode
    guess.weight = other.weight
    for i in range(n):
        guess.mean[i] = other.mean[i]
        for j in range(n):
            guess.cov[i, j] = other.cov[i, j]
    for i in range(seats):
        guess.spread[i] = other.spread[i]
        for j in range(KINDS):
            guess.share[i, j] = other.share[i, j]
    if mode != BENDING:
        guess_uncouple(guess, n, i8(CHANGE))


@rt
def guess_uncouple(guess, n, i):
    """Forget state `i`."""
    guess.mean[i] = 0.0
    for j in range(n):
        guess.cov[i, j] = 0.0
        guess.cov[j, i] = 0.0


@rt
def guess_begin(guess, seats, seat, t, period_s, beat_var, period_var, mode):
    """A beat at `t` as `seat` played it (-1: nobody, it is so), at `period_s`; biases stay."""
    n = FIRST_BIAS + seats
    guess.mode = mode
    for i in range(FIRST_BIAS):
        guess_uncouple(guess, n, i8(i))
    guess.mean[BEAT] = t
    guess.mean[PERIOD] = period_s
    guess.cov[BEAT, BEAT] = beat_var
    guess.cov[PERIOD, PERIOD] = period_var
    if seat >= 0:  # t = beat + bias
        own = FIRST_BIAS + seat
        guess.mean[BEAT] -= guess.mean[own]
        guess.cov[BEAT, BEAT] += guess.cov[own, own]
        for i in range(FIRST_BIAS, n):
            guess.cov[BEAT, i] = -guess.cov[own, i]
            guess.cov[i, BEAT] = -guess.cov[own, i]


@rt
def guess_sit(guess, seats, seat):
    """A new player sits down."""
    own = FIRST_BIAS + seat
    guess_uncouple(guess, FIRST_BIAS + seats, own)
    guess.cov[own, own] = BIAS_S ** 2
    guess.spread[seat] = 0.0
    guess.share[seat, 0] = 0.0


@rt
def guess_go_on(guess, seats, beats, fast_s, slow_s):
    """Let `beats` whole beats pass."""
    n, m, v = FIRST_BIAS + seats, guess.mean, guess.cov
    beats = min(beats, MOST_BEATS)
    noise = (PERIOD_NOISE[guess.mode] if seats > 1 else ALONE_NOISE[guess.mode]) * m[PERIOD]
    if guess.mode == BENDING:
        bends = min(beats, 8.0)
        for _ in range(int(bends)):
            m[BEAT] += m[PERIOD] + m[CHANGE]
            m[PERIOD] = clamp(m[PERIOD] + m[CHANGE], fast_s, slow_s)
            m[CHANGE] *= BEND_MEMORY
            for i in range(n):
                v[BEAT, i] += v[PERIOD, i] + v[CHANGE, i]
                v[PERIOD, i] += v[CHANGE, i]
                v[CHANGE, i] *= BEND_MEMORY
            for i in range(n):
                v[i, BEAT] += v[i, PERIOD] + v[i, CHANGE]
                v[i, PERIOD] += v[i, CHANGE]
                v[i, CHANGE] *= BEND_MEMORY
            v[CHANGE, CHANGE] += (BEND_NOISE * m[PERIOD]) ** 2
        m[BEAT] += (beats - bends) * m[PERIOD]
    else:
        m[BEAT] += beats * m[PERIOD]
        for i in range(n):
            v[BEAT, i] += beats * v[PERIOD, i]
        for i in range(n):
            v[i, BEAT] += beats * v[i, PERIOD]
    v[BEAT, BEAT] += beats * (BEAT_NOISE * noise) ** 2 + beats ** 3 / 3.0 * noise ** 2
    v[BEAT, PERIOD] += 0.5 * beats ** 2 * noise ** 2
    v[PERIOD, BEAT] += 0.5 * beats ** 2 * noise ** 2
    v[PERIOD, PERIOD] += beats * noise ** 2
    for i in range(FIRST_BIAS, n):
        v[i, i] += beats * BIAS_NOISE_S ** 2


@rt
def guess_tap(guess, seats, t, tap_var, fast_s, slow_s):
    """Learn from the next tap of a count-in: certainly the next beat.  Return how likely it was [1/s]."""
    guess_go_on(guess, seats, 1.0, fast_s, slow_s)
    m, v, n = guess.mean, guess.cov, FIRST_BIAS + seats
    off, var = t - m[BEAT], v[BEAT, BEAT] + tap_var
    for i in range(1, n):
        gain = v[i, BEAT] / var
        m[i] += gain * off
        for j in range(1, n):
            v[i, j] -= gain * v[BEAT, j]
    left = tap_var / var
    for i in range(1, n):
        v[i, BEAT] *= left
        v[BEAT, i] *= left
    m[BEAT] += (1.0 - left) * off
    v[BEAT, BEAT] *= left
    m[PERIOD] = clamp(m[PERIOD], fast_s, slow_s)
    return math.exp(-0.5 * off * off / var) / math.sqrt(2.0 * math.pi * var)


@rt
def guess_hear(guess, work, seats, seat, t, count, noise, clutter_s, fast_s, slow_s):
    """Learn from an onset at `t` [s] and return how likely it was [1/s].

    count: onsets of this player so far.  noise: factor on what the onset leaves open (1: full weight).  clutter_s: onsets that
    mean nothing are spread over this time.
    """
    m, v = guess.mean, guess.cov
    beats = f8(math.floor(guess_phase(guess, t) + 0.5))
    if beats > 0.0:
        guess_go_on(guess, seats, beats, fast_s, slow_s)
        beats = 0.0
    n, own = FIRST_BIAS + seats, FIRST_BIAS + seat
    spread, share = guess.spread[seat], guess.share[seat]
    if spread <= 0.0:
        spread = usual_spread(m[PERIOD])
    if share[0] == 0.0:
        for i in range(KINDS):
            share[i] = USUAL[i]
    for i in range(n):
        work.of_beat[i] = v[i, BEAT] + v[i, own]
        work.of_period[i] = v[i, PERIOD]
    bb = work.of_beat[BEAT] + work.of_beat[own]
    bp = work.of_period[BEAT] + work.of_period[own]
    pp = work.of_period[PERIOD]
    total = share[NOWHERE] / clutter_s
    for j in range(PLACES):
        at = place(j) + beats
        kind = (j + 1) // 2
        sure = bb + 2.0 * at * bp + at * at * pp
        off = t - m[own] - m[BEAT] - at * m[PERIOD]
        var = sure + spread
        likely = share[kind] if kind < ON_THIRD else 0.5 * share[kind]
        likely *= math.exp(-0.5 * off * off / var) / math.sqrt(2.0 * math.pi * var)
        work.likely[j] = likely
        work.off[j] = off
        work.sure[j] = sure
        total += likely
    left = LIKENESS * spread * noise
    mb, mp, cbb, cbp, cpp = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(PLACES):
        at = place(j) + beats
        work.likely[j] /= total
        var = work.sure[j] + left
        e = work.off[j] / var
        mb += work.likely[j] * e
        mp += work.likely[j] * e * at
        h = work.likely[j] * (e * e - 1.0 / var)
        cbb += h
        cbp += h * at
        cpp += h * at * at
    cbb -= mb * mb
    cbp -= mb * mp
    cpp -= mp * mp
    for i in range(n):
        x, y = work.of_beat[i], work.of_period[i]
        m[i] += mb * x + mp * y
        a, b = cbb * x + cbp * y, cbp * x + cpp * y
        for j in range(n):
            v[i, j] += a * work.of_beat[j] + b * work.of_period[j]
    m[PERIOD] = clamp(m[PERIOD], fast_s, slow_s)
    for i in range(n):
        v[i, i] = max(v[i, i], 1e-8)
    _learn(guess, work, seat, spread, count, share[NOWHERE] / clutter_s / total)
    return total


@rt
def _learn(guess, work, seat, spread, count, nowhere):
    """How loosely and where the player plays."""
    half = work.likely[1] + work.likely[2]
    best = 0 if work.likely[0] > half else 1 if work.likely[1] > work.likely[2] else 2
    step = (work.likely[0] + 0.7 * half) / min(count + SPREAD_PRIOR, SPREAD_MEMORY)
    spread += step * (work.off[best] ** 2 - work.sure[0] - spread)
    guess.spread[seat] = clamp(spread, LEAST_SPREAD_S ** 2, (MOST_SPREAD * guess.mean[PERIOD]) ** 2)
    share, step = guess.share[seat], 1.0 / min(count + SHARE_PRIOR, SHARE_MEMORY)
    share[ON_BEAT] += step * (work.likely[0] - share[ON_BEAT])
    share[ON_HALF] += step * (half - share[ON_HALF])
    share[ON_THIRD] += step * (work.likely[3] + work.likely[4] - share[ON_THIRD])
    share[ON_QUARTER] += step * (work.likely[5] + work.likely[6] - share[ON_QUARTER])
    share[NOWHERE] += step * (nowhere - share[NOWHERE])
    for i in range(KINDS):  # nothing is impossible
        share[i] = (share[i] + 0.004) / 1.02
