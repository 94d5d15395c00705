"""prototype"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp

HEARD = 32
GUESSES = 20
MODES = 3
SEATS = 16
B = 3  # first bias in the state: time of beat, period, change of period a beat, biases
D = B + SEATS
KINDS = 5
i8, f8 = np.int64, np.float64
T = 64

(BEND, QX, QP, S0, INFL, SB, SU, SBIAS, GAIN, LIM, TEMPER, BIRTH, BIRTH_GAP, GAPB, SWITCH, CLONE, CLONE_V, BIRTH_VP,
 COUNT_S, HINT_V, NSHARE, NVAR, NBIAS, BLEAK, CHORD, BOUNCE_S, BOUNCE_R, HOMEPULL, HOMEBIRTH, SH2, SH3, SH4, MERGEX, MERGEP, SMIN, RHO, QB, QC, MODE_W, S0P, LEAD, BIRTH_IOI, TAIL, IOI_V, MISS, HOMESD, LEAD_W, CW1, CW2, CV1, CV2, COUNT_V, E0, R0, KP, SOFT, HOMERATE, QR1, QR2, QA, DAMP) = range(61)
DEFAULT = np.zeros(T)
DEFAULT[:61] = (0, .3, .0004, .02, 3.0, .60, .12, .045, 3.0, .4, .8, .003, .5, 2.2, 2.0, .02, .07, .04,
           .012, .085, 8, 6, 6, .01, .05, .25, .75, .0, .3, .16, .04, .08, .05, .02, .012, .0, .0005, .003, .05, .045, 200.0, .1, .05, .05, 1.2, .2, .1, .4, .2, .02, .06, .002, .02, .02, 3.0, .15, .01, 9.0, 50.0, .003, .95)

GUESS = state(("w", "f8"), ("mode", "i8"), ("m", "f8", (D,)), ("v", "f8", (D, D)),
              ("var", "f8", (SEATS,)), ("share", "f8", (SEATS, KINDS)))
PLAYER = state(("weight", "f8"), ("bias", "f8"), ("var", "f8"), ("count", "f8"), ("share", "f8", (KINDS,)),
               ("last_t", "f8"), ("last_s", "f8"), ("res", "f8"), ("seat", "i8"))
FOLLOWER = state(
    ("sample_rate", "f8"), ("frame", "i8"), ("beats", "f8"), ("rate", "f8"), ("period_s", "f8"), ("confidence", "f8"),
    ("home_s", "f8"), ("known", "i4"), ("started", "i4"), ("chosen", "i4"), ("onsets", "i4"),
    ("fast_s", "f8"), ("slow_s", "f8"), ("last_t", "f8"), ("usual_gap", "f8"), ("offset", "f8"), ("aim_x", "f8"), ("aim_p", "f8"),
    ("amount", "f8"), ("seats", "i4"), ("leader", "i8"), ("solo", "i8"), ("solo_count", "i8"), ("owner", "i8", (SEATS,)), ("u", "f8", (D,)), ("z", "f8", (D,)), ("taps", "f8", (8,)), ("tap_count", "i4"),
    ("guess", GUESS, (GUESSES,)), ("player", PLAYER, (HEARD,)),
    ("lik", "f8", (8,)), ("dx", "f8", (8,)), ("dp", "f8", (8,)), ("nu", "f8", (8,)), ("hph", "f8", (8,)),
    ("tune", "f8", (T,)),
)


@rt
def follower_reset(f, sample_rate):
    f.sample_rate = sample_rate
    f.frame = 0
    f.beats = 0.0
    f.period_s = 0.6
    f.home_s = 0.6
    f.known = 0
    f.started = 0
    f.chosen = -1
    f.onsets = 0
    f.fast_s = 0.2
    f.slow_s = 4.0
    f.last_t = -1e9
    f.usual_gap = 1.0
    f.offset = 0.0
    f.amount = 1.0
    f.tap_count = 0
    f.rate = 1.0 / (f.period_s * sample_rate)
    for i in range(GUESSES):
        f.guess[i].w = 0.0
    for i in range(HEARD):
        p = f.player[i]
        p.weight = 1.0
        p.bias = 0.0
        p.var = 0.0
        p.count = 0.0
        p.last_t = -1e9
        p.last_s = 0.0
        p.res = 0.0
        p.seat = -1
        sub = f.tune[SH2] + f.tune[SH3] + f.tune[SH4]
        p.share[0] = 1.0 - f.tune[SU] - sub
        p.share[1] = f.tune[SH2]
        p.share[2] = f.tune[SH3]
        p.share[3] = f.tune[SH4]
        p.share[4] = f.tune[SU]


@rt
def follower_begin(f, beat, period_s):
    f.beats = beat
    f.tap_count = 0
    f.onsets = 0
    f.started = 0
    f.chosen = -1
    for i in range(GUESSES):
        f.guess[i].w = 0.0
    f.known = 0
    f.seats = 0
    f.leader = -1
    f.solo = -1
    f.solo_count = 0
    for i in range(HEARD):
        f.player[i].seat = -1
    if period_s > 0.0:
        f.home_s = clamp(period_s, f.fast_s, f.slow_s)
        f.known = 1
        f.period_s = f.home_s
    f.rate = 1.0 / (f.period_s * f.sample_rate)


@rt
def find_slot(f, w):
    slot = -1
    for i in range(GUESSES):
        if i != f.chosen and (slot < 0 or f.guess[i].w < f.guess[slot].w):
            slot = i
    return slot if w > f.guess[slot].w else -1


@rt
def spawn(f, seat, x, p, vxx, vpp, w, mode, keep):
    """New guess: a beat at x as told by `seat` (-1: nobody); biases from the chosen guess."""
    slot = find_slot(f, w)
    if slot < 0:
        return
    g = f.guess[slot]
    n = B + f.seats
    if f.chosen >= 0:
        c = f.guess[f.chosen]
        for i in range(f.seats):
            g.var[i] = c.var[i]
            for j in range(KINDS):
                g.share[i, j] = c.share[i, j] if keep else 0.0
        for i in range(B, n):
            g.m[i] = c.m[i]
            for j in range(B, n):
                g.v[i, j] = c.v[i, j]
    for i in range(n):
        g.v[0, i] = 0.0
        g.v[i, 0] = 0.0
        g.v[1, i] = 0.0
        g.v[i, 1] = 0.0
        g.v[2, i] = 0.0
        g.v[i, 2] = 0.0
    g.m[2] = 0.0
    g.m[0] = x
    g.m[1] = clamp(p, f.fast_s, f.slow_s)
    g.v[0, 0] = vxx
    g.v[1, 1] = vpp
    if seat >= 0:
        g.m[0] -= g.m[B + seat]
        g.v[0, 0] += g.v[B + seat, B + seat]
        for i in range(B, n):
            g.v[0, i] = -g.v[B + seat, i]
            g.v[i, 0] = -g.v[B + seat, i]
    g.w = w
    g.mode = mode


@rt
def copy(f, c, mode, w, vpp):
    slot = find_slot(f, w)
    if slot < 0:
        return
    g = f.guess[slot]
    n = B + f.seats
    for i in range(n):
        g.m[i] = c.m[i]
        for j in range(n):
            g.v[i, j] = c.v[i, j]
    for i in range(f.seats):
        g.var[i] = c.var[i]
        for j in range(KINDS):
            g.share[i, j] = c.share[i, j]
    g.v[1, 1] += vpp
    g.w = w
    g.mode = mode
    if mode < 2:
        for i in range(n):
            g.v[2, i] = 0.0
            g.v[i, 2] = 0.0
        g.m[2] = 0.0


@rt
def sit(f, player):
    """Give a player a seat in all guesses; the one who was silent longest leaves."""
    seat = i8(f.seats)
    if seat < SEATS:
        f.seats += 1
    else:
        seat = 0
        for i in range(SEATS):
            if f.player[f.owner[i]].last_t < f.player[f.owner[seat]].last_t:
                seat = i
        f.player[f.owner[seat]].seat = -1
    f.owner[seat] = player
    f.player[player].seat = seat
    for k in range(GUESSES):
        g = f.guess[k]
        for i in range(B + f.seats):
            g.v[B + seat, i] = 0.0
            g.v[i, B + seat] = 0.0
        g.v[B + seat, B + seat] = f.tune[SBIAS] ** 2
        g.m[B + seat] = 0.0
        g.var[seat] = 0.0
        g.share[seat, 0] = 0.0


@rt
def follower_count(f, frame):
    t = frame / f.sample_rate
    n = f.tap_count
    if n >= 8:
        for i in range(7):
            f.taps[i] = f.taps[i + 1]
        n = 7
    f.taps[n] = t
    n += 1
    f.tap_count = n
    if n == 1:
        f.started = 1
        f.offset = 0.0
    mean = 0.0
    for i in range(n):
        mean += f.taps[i]
    mean /= n
    slope, x = f.period_s, t
    q = f.tune
    sd = q[COUNT_S]
    vp, vx = (f.tune[HINT_V] * slope) ** 2, sd * sd
    if n > 1:
        a, b = 0.0, 0.0
        for i in range(n):
            a += (i - 0.5 * (n - 1)) * (f.taps[i] - mean)
            b += (i - 0.5 * (n - 1)) ** 2
        slope = clamp(a / b, f.fast_s, f.slow_s)
        x = mean + slope * 0.5 * (n - 1)
        rest = 0.0
        for i in range(n):
            rest += (f.taps[i] - mean - slope * (i - 0.5 * (n - 1))) ** 2
        sd = math.sqrt((2.0 * sd * sd + rest) / n)
        vp = sd * sd / b + (q[COUNT_V] * slope) ** 2
        vx = sd * sd / n + 0.25 * (n - 1) ** 2 * sd * sd / b
        f.home_s = slope
        f.known = 2
    for i in range(GUESSES):
        f.guess[i].w = 0.0
    f.chosen = -1
    spawn(f, i8(-1), x, slope, vx, vp, 1.0, i8(0), False)
    g = f.guess[0]
    f.chosen = 0
    if n > 1:
        g.v[0, 1] = 0.5 * (n - 1) * sd * sd / (n * (n * n - 1) / 12.0)
        g.v[1, 0] = g.v[0, 1]
        copy(f, g, i8(1), q[CW1], (q[CV1] * slope) ** 2)
        copy(f, g, i8(2), q[CW2], (q[CV2] * slope) ** 2)
    f.chosen = 0
    f.last_t = t
    blend(f)
    rewrap(f, t)


@rt
def rewrap(f, t):
    here = f.beats + (t - f.frame / f.sample_rate) * f.rate * f.sample_rate
    f.offset = math.floor(here - (t - f.aim_x) / f.aim_p + 0.5)


@rt
def position(j):
    if j == 0:
        return 0.0
    if j == 1:
        return 0.5
    if j == 2:
        return -0.5
    if j == 3:
        return 1.0 / 3.0
    if j == 4:
        return -1.0 / 3.0
    if j == 5:
        return 0.25
    return -0.25


@rt
def weigh(f, g, pl, t, learn, lead, p0):
    """Update one guess by an onset; return likelihood."""
    q = f.tune
    n = B + f.seats
    m, v = g.m, g.v
    k = math.floor((t - m[0]) / m[1] + 0.5)
    if k > 0.0:
        k = min(k, 64.0)
        r = q[QP] * (q[QR1] if g.mode == 1 else q[QR2] if g.mode == 2 else 1.0)
        qx, qp = (q[QX] * r * m[1]) ** 2, (r * m[1]) ** 2
        if g.mode == 2:
            d = q[DAMP]
            for _ in range(min(i8(k), 8)):  # one beat: time += period + change, period += change, change *= d
                m[0] += m[1] + m[2]
                m[1] = clamp(m[1] + m[2], f.fast_s, f.slow_s)
                m[2] *= d
                for i in range(n):
                    v[0, i] += v[1, i] + v[2, i]
                    v[1, i] += v[2, i]
                    v[2, i] *= d
                for i in range(n):
                    v[i, 0] += v[i, 1] + v[i, 2]
                    v[i, 1] += v[i, 2]
                    v[i, 2] *= d
                v[2, 2] += (q[QA] * m[1]) ** 2
            rest = k - min(k, 8.0)
            m[0] += rest * m[1]
        else:
            m[0] += k * m[1]
            for i in range(n):
                v[0, i] += k * v[1, i]
            for i in range(n):
                v[i, 0] += k * v[i, 1]
        v[0, 0] += k * qx + k * k * k / 3.0 * qp
        v[0, 1] += 0.5 * k * k * qp
        v[1, 0] += 0.5 * k * k * qp
        v[1, 1] += k * qp
        for i in range(B, n):
            v[i, i] += k * q[QB] ** 2
        k = 0.0
    var = g.var[pl.seat]
    if var <= 0.0:
        var = (q[S0] + q[S0P] * m[1]) ** 2
    r = q[INFL] * var / max(pl.weight, 1e-3)
    if lead < 1.0:
        r *= q[LEAD]
    seat = B + pl.seat
    share = g.share[pl.seat]
    if share[0] == 0.0:
        for i in range(KINDS):
            share[i] = pl.share[i]
    for i in range(n):
        f.u[i] = v[i, 0] + v[i, seat]
        f.z[i] = v[i, 1]
    uu, uz, zz = f.u[0] + f.u[seat], f.z[0] + f.z[seat], f.z[1]
    total = share[4] / p0
    f.lik[7] = total
    for j in range(7):
        c = position(j) + k
        s = share[0] if j == 0 else share[1] if j < 3 else 0.5 * share[2] if j < 5 else 0.5 * share[3]
        hph = uu + 2.0 * c * uz + c * c * zz
        S1 = hph + var
        nu = t - m[seat] - m[0] - c * m[1]
        lik = s * math.exp(-0.5 * nu * nu / S1) / math.sqrt(2.0 * math.pi * S1)
        f.lik[j] = lik
        f.nu[j] = nu
        f.hph[j] = hph
        total += lik
    mu, mz, cuu, cuz, czz = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(7):
        c = position(j) + k
        b = f.lik[j] / total
        f.lik[j] = b
        S = f.hph[j] + r
        e = f.nu[j] / S
        mu += b * e
        mz += b * e * c
        h = b * (e * e - 1.0 / S)
        cuu += h
        cuz += h * c
        czz += h * c * c
    f.lik[7] /= total
    cuu -= mu * mu
    cuz -= mu * mz
    czz -= mz * mz
    for i in range(n):
        a, b = f.u[i], f.z[i]
        m[i] += mu * a + mz * b
        ca, cb = cuu * a + cuz * b, cuz * a + czz * b
        for j in range(n):
            v[i, j] += ca * f.u[j] + cb * f.z[j]
    m[1] = clamp(m[1], f.fast_s, f.slow_s)
    for i in range(n):
        if v[i, i] < 1e-8:
            v[i, i] = 1e-8
    b0, b1, b2, b3, b4 = f.lik[0], f.lik[1] + f.lik[2], f.lik[3] + f.lik[4], f.lik[5] + f.lik[6], f.lik[7]
    b = b0 + 0.7 * b1
    e = f.nu[0] if b0 > b1 else (f.nu[1] if f.lik[1] > f.lik[2] else f.nu[2])
    g.var[pl.seat] = clamp(var + b / min(pl.count + q[NVAR], 30.0) * (e * e - f.hph[0] - var), q[SMIN] ** 2, (0.25 * m[1]) ** 2)
    eta = 1.0 / min(pl.count + q[NSHARE], 40.0)
    share[0] += eta * (b0 - share[0])
    share[1] += eta * (b1 - share[1])
    share[2] += eta * (b2 - share[2])
    share[3] += eta * (b3 - share[3])
    share[4] += eta * (b4 - share[4])
    floor = 0.02
    for i in range(KINDS):
            share[i] = (share[i] + floor * 0.2) / (1.0 + floor)
    return total


@rt
def follower_hear(f, player, frame, strength):
    if not 0 <= player < HEARD:
        return
    q = f.tune
    t = frame / f.sample_rate
    s = clamp(strength, 0.01, 1.0)
    pl = f.player[player]
    dt = t - pl.last_t
    if dt < q[CHORD] or (dt < q[BOUNCE_S] and s < q[BOUNCE_R] * pl.last_s):
        return
    pl.last_t = t
    pl.last_s = s
    if f.solo == -1:
        f.solo = player
    if f.solo == player:
        f.solo_count += 1
    elif f.solo >= 0:
        f.leader = f.solo if f.solo_count >= 3 else -1
        f.solo = -2
    if pl.seat < 0:
        sit(f, player)
    if f.chosen < 0:
        f.started = 1
        spawn(f, i8(pl.seat), t, f.home_s, (q[S0] + q[S0P] * f.home_s) ** 2, (q[HINT_V] * f.home_s) ** 2, 1.0, i8(0), False)
        for i in range(GUESSES):
            if f.guess[i].w > 0.0:
                f.chosen = i
        for k in range(4):
            ratio = 0.78 if k == 0 else 0.88 if k == 1 else 1.14 if k == 2 else 1.28
            spawn(f, i8(pl.seat), t, f.home_s * ratio, (q[S0] + q[S0P] * f.home_s) ** 2, (q[HINT_V] * f.home_s) ** 2, q[TAIL], i8(0), False)
        f.last_t = t
        f.onsets = 1
        f.beats = math.floor(f.beats + 0.5)
        blend(f)
        rewrap(f, t)
        return
    f.onsets += 1
    pl.count += 1.0
    c = f.guess[f.chosen]
    gap = (t - f.last_t) / c.m[1]
    paused = gap > max(q[GAPB], 1.5 * f.usual_gap)
    if not paused and gap > 0.0:
        f.usual_gap = max(gap, f.usual_gap * 0.98)
    passed = clamp(gap, 0.0, 1.0)
    f.last_t = max(t, f.last_t)
    p0 = c.m[1]
    lead = 1.0
    if f.leader >= 0 and player != f.leader and t - f.player[f.leader].last_t < 6.0 * p0:
        lead = 0.0
    bc = math.floor((t - c.m[0]) / c.m[1] + 0.5) > 0.0
    if bc:
        f.home_s *= (p0 / f.home_s) ** q[HOMERATE]
        copy(f, c, i8(1), c.w * q[CLONE], (q[CLONE_V] * p0) ** 2)
        for m in range(MODES):
            if m != c.mode:
                copy(f, c, m, c.w * q[MODE_W], 0.0)
    total = 0.0
    birth = q[BIRTH_GAP] if paused else q[BIRTH]
    if f.onsets < 6 and f.known < 2:
        birth = max(birth, 0.05)
    if paused:
        for i in range(GUESSES):
            f.guess[i].w *= 1.0 - birth
    temper = q[TEMPER] * (1.0 if lead > 0.0 else q[LEAD_W])
    for i in range(GUESSES):
        g = f.guess[i]
        if g.w > 0.0:
            lik = weigh(f, g, pl, t, i == f.chosen, lead, p0)
            g.w *= (lik * p0) ** temper * math.exp(-q[MISS] * passed * (p0 / g.m[1] - 1.0))
            total += g.w
    b = birth * pl.share[0] ** temper * (1.0 if lead > 0.0 else q[LEAD_W])
    nw = total + b
    for i in range(GUESSES):
        f.guess[i].w = max(f.guess[i].w / nw, 1e-9) if f.guess[i].w > 0.0 else 0.0
    v = q[BIRTH_VP] if f.known == 2 else q[HINT_V] * 0.7
    own = max(f.guess[f.chosen].var[pl.seat], q[SMIN] ** 2)
    spawn(f, i8(pl.seat), t, p0, own, ((v if not paused else 0.08) * p0) ** 2, b / nw * (1.0 - q[HOMEBIRTH]), i8(1), paused)
    if 0.6 * p0 < dt < 1.7 * p0:
        spawn(f, i8(pl.seat), t, dt, own, (q[IOI_V] * dt) ** 2, b / nw * q[BIRTH_IOI] * math.exp(-0.5 * (math.log(dt / f.home_s) / q[HOMESD]) ** 2), i8(1), False)
    if f.known > 0 and abs(p0 / f.home_s - 1.0) > 0.1:
        spawn(f, i8(pl.seat), t, f.home_s, own, (v * f.home_s) ** 2, b / nw * q[HOMEBIRTH], i8(0), False)
    merge(f, t)
    best = f.chosen
    for i in range(GUESSES):
        if f.guess[i].w > f.guess[best].w:
            best = i
    if best != f.chosen and f.guess[best].w > (1.0 if paused else q[SWITCH]) * f.guess[f.chosen].w:
        f.chosen = best
        blend(f)
        rewrap(f, t)
    blend(f)


@rt
def blend(f):
    """Where the beat is and how long: mean over the guesses that agree with the chosen one."""
    c = f.guess[f.chosen]
    w, x, p = 0.0, 0.0, 0.0
    for i in range(GUESSES):
        g = f.guess[i]
        if g.w <= 0.0:
            continue
        d = (g.m[0] - c.m[0]) / c.m[1]
        d -= math.floor(d + 0.5)
        e = math.log(g.m[1] / c.m[1])
        if abs(d) < 0.2 and abs(e) < 0.15:
            w += g.w
            x += g.w * d
            p += g.w * e
    f.aim_x = c.m[0] + x / w * c.m[1]
    f.aim_p = c.m[1] * math.exp(p / w)
    f.confidence = w


@rt
def merge(f, t):
    q = f.tune
    for i in range(GUESSES):
        a = f.guess[i]
        if a.w <= 0.0:
            continue
        for j in range(i + 1, GUESSES):
            b = f.guess[j]
            if b.w <= 0.0 or a.w <= 0.0 or a.mode != b.mode or abs(a.m[1] - b.m[1]) > q[MERGEP] * a.m[1]:
                continue
            if a.v[1, 1] > 3.0 * b.v[1, 1] or b.v[1, 1] > 3.0 * a.v[1, 1]:
                continue
            d = (t - a.m[0]) / a.m[1] - (t - b.m[0]) / b.m[1]
            d -= math.floor(d + 0.5)
            if abs(d) > q[MERGEX]:
                continue
            if b.w > a.w:
                b.w += a.w
                a.w = 0.0
                if f.chosen == i:
                    f.chosen = j
            else:
                a.w += b.w
                b.w = 0.0
                if f.chosen == j:
                    f.chosen = i


@rt
def follower_advance(f, frame):
    f.frame = frame
    q = f.tune
    e = 0.0
    if f.chosen >= 0:
        t = frame / f.sample_rate
        e = (t - f.aim_x) / f.aim_p + f.offset - f.beats
        if abs(e) > 0.6:
            f.offset -= math.floor(e + 0.5)
            e -= math.floor(e + 0.5)
        late = e * f.aim_p
        d = f.aim_p / f.period_s - 1.0
        passed = GRID * f.rate
        f.period_s += f.period_s * min(1.0, q[KP] * passed * (q[SOFT] + d * d / (d * d + q[R0] ** 2))) * d
        e *= q[SOFT] + late * late / (late * late + q[E0] ** 2)
    lim = q[LIM]
    rate = (1.0 + min(max(q[GAIN] * e, -lim), lim)) / f.period_s
    rate = min(max(rate, 1.0 / f.slow_s), 1.0 / f.fast_s)
    f.rate = rate / f.sample_rate
    r = f.rate
    f.beats += GRID * r
    return r


@rt
def follower_until(f, until, out, n):
    """Run the clock to `until` frames; append (time_s, period) of beats crossed to out; returns count."""
    frame = f.frame
    while frame + GRID <= until:
        frame += GRID
        was = f.beats
        follower_advance(f, frame)
        if f.started and math.floor(f.beats) > math.floor(was) and n < len(out):
            at = frame + (math.floor(f.beats) - was) / f.rate
            out[n, 0] = at / f.sample_rate
            out[n, 1] = frame / f.sample_rate
            out[n, 2] = f.period_s
            n += 1
    return n


@rt
def follower_file(f, onset_frame, onset_player, onset_strength, count_frame, period_s, end_frame, out):
    follower_begin(f, 0.0, period_s)
    n, c = 0, 0
    for i in range(len(onset_frame)):
        at = onset_frame[i]
        while c < len(count_frame) and count_frame[c] <= at:
            n = follower_until(f, count_frame[c], out, n)
            follower_count(f, count_frame[c])
            c += 1
        n = follower_until(f, at, out, n)
        if c == len(count_frame):
            follower_hear(f, i8(onset_player[i]), at, f8(onset_strength[i]))
    return follower_until(f, end_frame, out, n)
