"""The follower: hears every onset and turns it into one beat clock, which the group leads.

What is believed of the beat is in `belief.py`.  Here is the rest of it: what counts as an onset (a chord is one, the bounce of
a trembling hand none), who leads, the count-in, and the controller that makes a smooth clock of a belief that may change its
mind.  Adaptation and anticipation are parted as in ADAM (van der Steen & Keller 2013): the belief anticipates, the controller
adapts.

Clock: monotonic, never jumps, never stops; its rate stays inside the song's tempo range and changes by at most a factor of
e ** MOST_CHANGE within a beat.  A beat is announced when it sounds: until then the clock still adapts.

People follow the clock while it follows them, so that a shared habit to come early would make it run away.  Habits are biases
of the belief, never tempo.  And who begins alone leads (a leader's first notes are a count-in): while she plays, onsets of the
others, who lean on the clock, say little about what the group intends.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp
from .belief import (
    BELIEF,
    BIRTH,
    BIRTH_AFTER_PAUSE,
    FIRST_BIRTH,
    belief_begin,
    belief_count,
    belief_forget,
    belief_hear,
    belief_reset,
    belief_sit,
)
from .guess import NOWHERE, SEATS, usual_spread

i8, f8 = np.int64, np.float64

HEARD = 32  # players and microphones
TAPS = 8
SLOWEST_BPM, FASTEST_BPM = 15.0, 300.0
USUAL_PERIOD_S = 0.6  # of a song that says nothing: adults tap at about 100 a minute (McAuley et al. 2006)
#: Parameters of `follower_set`.
FOLLOW_PARAMETERS = ("amount", "slowest_bpm", "fastest_bpm", "who", "intended_bpm", "weight")
AMOUNT, SLOWEST, FASTEST, WHO, INTENDED, WEIGHT = range(len(FOLLOW_PARAMETERS))
#: Values of WHO below the numbers of players.
EVERYBODY, THE_SLOWEST = -1, -2
NOBODY = -1

#: Notes of one player within this time are one; keyboard chords are spread over 20 .. 40 ms.
CHORD_S = 0.05
#: A softer onset so soon after another of the same hand is its bounce (tremor of 4 .. 12 Hz: 80 .. 250 ms).
BOUNCE_S, BOUNCE_STRENGTH = 0.31, 0.75
#: Notes alone that make a leader, those that do while others let hear one each at most, and beats of silence that end it.
SOLO, NEARLY_SOLO, LEADER_RESTS = 3, 4, 6.0
#: While somebody leads, an onset of the others leaves so much more open, and decides so much less between guesses.
OTHERS_NOISE, OTHERS_TRUST = 365.0, 0.13
#: Silence is unusual beyond this many beats, and beyond this many times the longest one lately.
PAUSE_BEATS, PAUSE_USUAL = 2.1, 1.5
#: The song's own tempo moves towards the one that is played, a beat.
OWN_TEMPO_LEARNING = 0.005
#: Controller: catch up with so much of the error a beat, leaning back or forward at most so much; period likewise.  Errors that
#: nobody hears are followed several times more slowly, which keeps it smooth: 2 % of the period (threshold of Friberg &
#: Sundberg 1995), and 10 ms and what is lost in the scatter of those who play: a loose group wants no nervous clock.
CATCH_UP, MOST_LEAN, PERIOD_CATCH_UP, UNHEARD_SHARE, GENTLE = 5.0, 0.28, 3.0, 0.02, 0.15
UNHEARD_S, UNHEARD_SCATTER = 0.01, 1.3
#: Scatter that is expected before anybody is heard [s], and how fast what is heard changes it, an onset.
USUAL_SCATTER_S, SCATTER_LEARNING = 0.03, 0.1
#: The logarithm of the rate moves at most so far in a beat.
MOST_CHANGE = 1.0

FOLLOWED = state(
    ("wanted", "f8"),                      # how much the player counts, 0 .. 1
    ("onsets", "f8"), ("last_s", "f8"), ("last_strength", "f8"),
    ("own_s", "f8"),                       # own interval, folded to the beat; 0: not known
    ("seat", "i8"),
)

FOLLOWER = state(
    ("sample_rate", "f8"), ("frame", "i8"),
    ("beats", "f8"), ("beats_per_frame", "f8"),                  # the clock at the beginning of the step
    ("period_s", "f8"), ("confidence", "f8"), ("next_beat_frame", "i8"),
    ("weight", "f8", (HEARD,)), ("level", "f8", (HEARD,)),       # to show: how much each counts, 0 .. 1; onsets a beat
    ("amount", "f8"), ("who", "i8"), ("intended_s", "f8"),       # settings; intended_s is the printed or counted period
    ("own_tempo_s", "f8"), ("printed", "i4"), ("counted", "i4"),
    ("aim_s", "f8"), ("offset", "f8"),                           # period to reach; beats of the clock minus those of the belief
    ("last_s", "f8"), ("usual_rest", "f8"), ("onsets", "i8"),
    ("scatter_s", "f8"),                                         # how loosely those play who count (SD)
    ("leader", "i8"), ("opened", "i4"),                          # opened: it is decided who leads
    ("taps_s", "f8", (TAPS,)), ("taps", "i8"),
    ("seat_of", "i8", (SEATS,)),
    ("players", FOLLOWED, (HEARD,)),
    ("belief", BELIEF),
)

NEVER_S = -1e9


@rt
def follower_reset(f, sample_rate):
    """Forget everything, settings too."""
    f.sample_rate = sample_rate
    f.frame = 0
    f.amount = 1.0
    f.who = EVERYBODY
    f.own_tempo_s = USUAL_PERIOD_S
    f.period_s = USUAL_PERIOD_S
    f.belief.fast_s = 60.0 / FASTEST_BPM
    f.belief.slow_s = 60.0 / SLOWEST_BPM
    for i in range(HEARD):
        f.players[i].wanted = 1.0
    follower_begin(f, 0.0, 0.0)


@rt
def follower_begin(f, beat, period_s):
    """Start the clock at `beat` with the printed period [s]; 0: unknown.  The only place where it may jump."""
    f.beats = beat
    f.printed = 0
    f.counted = 0
    if period_s > 0.0:
        f.printed = 1
        f.own_tempo_s = clamp(period_s, f.belief.fast_s, f.belief.slow_s)
    f.period_s = f.own_tempo_s
    f.intended_s = f.own_tempo_s
    f.aim_s = f.own_tempo_s
    f.beats_per_frame = 1.0 / (f.period_s * f.sample_rate)
    f.next_beat_frame = f.frame
    f.confidence = 0.0
    f.offset = 0.0
    f.last_s = NEVER_S
    f.usual_rest = 1.0
    f.scatter_s = USUAL_SCATTER_S
    f.onsets = 0
    f.taps = 0
    f.leader = f.who if f.who >= 0 else NOBODY
    f.opened = 0
    belief_reset(f.belief, f8(f.belief.fast_s), f8(f.belief.slow_s))
    for i in range(HEARD):
        player = f.players[i]
        player.onsets = 0.0
        player.last_s = NEVER_S
        player.last_strength = 0.0
        player.own_s = 0.0
        player.seat = NOBODY
        f.weight[i] = 0.0
        f.level[i] = 1.0


@rt
def follower_set(f, parameter, player, value):
    """Set one of FOLLOW_PARAMETERS; `player` counts for WEIGHT only.

    amount 0 (hold the tempo) .. 1; slowest_bpm, fastest_bpm 15 .. 300; who: a player, EVERYBODY or THE_SLOWEST; intended_bpm:
    the tempo that is held and come back to; weight 0 .. 1.
    """
    belief = f.belief
    if parameter == AMOUNT:
        f.amount = clamp(value, 0.0, 1.0)
    elif parameter == SLOWEST:
        belief.slow_s = max(60.0 / clamp(value, SLOWEST_BPM, FASTEST_BPM), f8(belief.fast_s))
    elif parameter == FASTEST:
        belief.fast_s = min(60.0 / clamp(value, SLOWEST_BPM, FASTEST_BPM), f8(belief.slow_s))
    elif parameter == WHO:
        f.who = i8(clamp(value, f8(THE_SLOWEST), HEARD - 1.0))
        f.leader = f.who if f.who >= 0 else NOBODY
    elif parameter == INTENDED:
        f.own_tempo_s = clamp(60.0 / clamp(value, SLOWEST_BPM, FASTEST_BPM), f8(belief.fast_s), f8(belief.slow_s))
        f.intended_s = f.own_tempo_s
    elif parameter == WEIGHT and 0 <= player < HEARD:
        f.players[player].wanted = clamp(value, 0.0, 1.0)
    _aim(f)


@rt
def follower_count(f, frame):
    """Hear one tap of a count-in at `frame`; from the second on the tempo is known."""
    t = frame / f.sample_rate
    if f.taps > 0 and not t - f.taps_s[f.taps - 1] > 0.5 * f.belief.fast_s:
        return  # no tap but a bounce
    if f.taps == TAPS:
        for i in range(TAPS - 1):
            f.taps_s[i] = f.taps_s[i + 1]
        f.taps = TAPS - 1
    f.taps_s[f.taps] = t
    f.taps += 1
    if f.taps > 1:
        belief_count(f.belief, f.taps_s, i8(f.taps))
        f.own_tempo_s = f.belief.period_s
        f.intended_s = f.belief.period_s
        f.counted = 1
    else:
        belief_forget(f.belief)
    f.last_s = t
    _aim(f)
    if f.taps > 1:
        _number(f, t)


@rt
def follower_hear(f, player, frame, strength):
    """Hear an onset of `player` (0 .. 31) that was at `frame`, at most 250 ms ago; strength 0 .. 1."""
    if not 0 <= player < HEARD or f.players[player].wanted <= 0.0 or (f.who >= 0 and player != f.who):
        return
    one, belief = f.players[player], f.belief
    t, strength = frame / f.sample_rate, clamp(strength, 0.01, 1.0)
    since_s = t - one.last_s
    if since_s < CHORD_S or (since_s < BOUNCE_S and strength < BOUNCE_STRENGTH * one.last_strength):
        return
    one.last_s = t
    one.last_strength = strength
    one.onsets += 1.0
    if not f.opened:
        _open(f, player)
    if one.seat == NOBODY:
        _sit(f, player)
    seat = i8(one.seat)
    f.onsets += 1
    if belief.chosen < 0:
        belief_begin(belief, seat, t, f8(f.own_tempo_s), f.printed != 0)
        f.last_s = t
        _aim(f)
        _number(f, t)
        return
    period_s = f8(belief.period_s)
    rest = (t - f.last_s) / period_s
    paused = rest > max(PAUSE_BEATS, PAUSE_USUAL * f.usual_rest)
    if not paused and rest > 0.0:
        f.usual_rest = max(rest, 0.98 * f.usual_rest)
    f.last_s = max(t, f8(f.last_s))
    passed = clamp(rest, 0.0, 1.0)
    f.own_tempo_s *= (period_s / f.own_tempo_s) ** (OWN_TEMPO_LEARNING * passed)
    _pace(f, player, since_s, period_s, t)
    led = f.leader != NOBODY and player != f.leader and t - f.players[f.leader].last_s < LEADER_RESTS * period_s
    noise, trust = (OTHERS_NOISE, OTHERS_TRUST) if led else (1.0, 1.0)
    birth = BIRTH_AFTER_PAUSE if paused else FIRST_BIRTH if f.onsets < 6 and not f.counted else BIRTH
    own_tempo_s = f8(f.own_tempo_s) if f.printed or f.counted else 0.0
    before = belief.chosen
    belief_hear(belief, seat, t, since_s, one.onsets - 1.0, birth * trust, paused, passed, noise / one.wanted,
                trust * one.wanted, f.counted != 0, own_tempo_s)
    _aim(f)
    if belief.chosen != before:
        _number(f, t)
    best = belief.guesses[belief.chosen]
    f.scatter_s += SCATTER_LEARNING * trust * (math.sqrt(best.spread[seat]) - f.scatter_s)
    usual = usual_spread(period_s)
    f.weight[player] = one.wanted * trust * (1.0 - best.share[seat, NOWHERE]) * usual / (usual + best.spread[seat])


@rt
def _open(f, player):
    """Who begins alone, or nearly, leads; that is decided once."""
    most = 0.0
    for i in range(HEARD):
        if i != player:
            most = max(most, f.players[i].onsets)
    own = f.players[player].onsets
    if (own >= SOLO and most == 0.0) or (own >= NEARLY_SOLO and most <= 1.0):
        f.opened = 1
        if f.who == EVERYBODY:
            f.leader = player
    elif own >= NEARLY_SOLO:
        f.opened = 1


@rt
def _sit(f, player):
    """Find a seat in the belief: a free one, or that of whoever was silent longest."""
    seat = i8(f.belief.seats)
    if seat == SEATS:
        seat = 0
        for i in range(SEATS):
            if f.players[f.seat_of[i]].last_s < f.players[f.seat_of[seat]].last_s:
                seat = i
        f.players[f.seat_of[seat]].seat = NOBODY
    f.seat_of[seat] = player
    f.players[player].seat = seat
    belief_sit(f.belief, seat)


@rt
def _pace(f, player, since_s, period_s, t):
    """Each player's own level and interval, and with them who is the slowest."""
    one = f.players[player]
    if since_s > 8.0 * period_s:
        return
    f.level[player] += 0.15 * (clamp(period_s / since_s, 0.125, 8.0) - f.level[player])
    folded = since_s / 2.0 ** f8(math.floor(math.log2(since_s / period_s) + 0.5))
    one.own_s += (folded - one.own_s) * (0.15 if one.own_s > 0.0 else 1.0)
    if f.who == THE_SLOWEST and one.onsets > 4.0 and player != f.leader:
        gone = f.leader == NOBODY or t - f.players[f.leader].last_s > LEADER_RESTS * period_s
        if gone or one.own_s > 1.02 * f.players[f.leader].own_s:
            f.leader = player


@rt
def _aim(f):
    """What the clock is to reach: the believed period, as far as it is to be followed."""
    if f.belief.chosen >= 0:
        f.aim_s = f.intended_s * (f.belief.period_s / f.intended_s) ** f.amount
        f.confidence = f.belief.confidence
    else:
        f.aim_s = f.own_tempo_s


@rt
def _number(f, t):
    """Take the believed beat nearest to the clock's as the same."""
    here = f.beats + (t - f.frame / f.sample_rate) * f.sample_rate * f.beats_per_frame
    f.offset = math.floor(here - (t - f.belief.beat_s) / f.belief.period_s + 0.5)


@rt
def follower_number(f, frame):
    """Which beat the moment `frame` is believed to be, with fractions."""
    return (frame / f.sample_rate - f.belief.beat_s) / f.belief.period_s + f.offset


@rt
def follower_snap(f):
    """Be at once where the belief is, by going forward: for a count-in, while nothing is heard that could jump."""
    believed = follower_number(f, i8(f.frame))
    forward = believed + math.ceil(f.beats - believed - 1e-9)
    f.offset += forward - believed
    f.beats = forward
    f.period_s = clamp(f8(f.belief.period_s), f8(f.belief.fast_s), f8(f.belief.slow_s))
    f.beats_per_frame = 1.0 / (f.period_s * f.sample_rate)


@rt
def follower_advance(f, frame):
    """Begin the grid step at `frame`; return its beats per frame."""
    f.beats += max(frame - f.frame, 0) * f.beats_per_frame
    f.frame = frame
    passed = GRID * f.beats_per_frame
    away = f.aim_s / f.period_s - 1.0
    share = PERIOD_CATCH_UP * passed * (GENTLE + away * away / (away * away + UNHEARD_SHARE ** 2))
    f.period_s += min(share, 1.0) * away * f.period_s
    lean = 0.0
    if f.belief.chosen >= 0:
        ahead = (frame / f.sample_rate - f.belief.beat_s) / f.belief.period_s + f.offset - f.beats
        if abs(ahead) > 0.6:
            f.offset -= math.floor(ahead + 0.5)
            ahead -= math.floor(ahead + 0.5)
        late_s = ahead * f.belief.period_s
        unheard_s = UNHEARD_S + UNHEARD_SCATTER * f.scatter_s
        ahead *= GENTLE + late_s * late_s / (late_s * late_s + unheard_s ** 2)
        lean = f.amount * min(max(CATCH_UP * ahead, -MOST_LEAN), MOST_LEAN)
    rate = (1.0 + lean) / (f.period_s * f.sample_rate)
    most = MOST_CHANGE * passed
    rate = min(max(rate, f.beats_per_frame * (1.0 - most)), f.beats_per_frame * (1.0 + most))
    rate = min(max(rate, 1.0 / (f.belief.slow_s * f.sample_rate)), 1.0 / (f.belief.fast_s * f.sample_rate))
    f.beats_per_frame = rate
    f.next_beat_frame = frame + i8(math.ceil((math.floor(f.beats) + 1.0 - f.beats) / rate))
    return rate
