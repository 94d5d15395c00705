"""prototype"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp

HEARD = 32
GUESSES = 20
MODES = 3
KINDS = 5
i8, f8 = np.int64, np.float64
T = 40

(BEND, QX, QP, S0, INFL, SB, SU, SBIAS, GAIN, LIM, TEMPER, BIRTH, BIRTH_GAP, GAPB, SWITCH, CLONE, CLONE_V, BIRTH_VP,
 COUNT_S, HINT_V, NSHARE, NVAR, NBIAS, BLEAK, CHORD, BOUNCE_S, BOUNCE_R, HOMEPULL, HOMEBIRTH, SH2, SH3, SH4, MERGEX, MERGEP, SMIN, RHO, QB, QC, MODE_W, S0P) = range(40)
DEFAULT = np.zeros(T)
DEFAULT[:40] = (0, .3, .0015, .02, 2.0, .60, .12, .03, 3.0, .4, .8, .003, .5, 2.2, 2.0, .02, .07, .04,
           .012, .085, 8, 6, 6, .01, .05, .25, .75, .0, .3, .16, .04, .08, .05, .02, .012, .0, .002, .003, .05, .045)

GUESS = state(("x", "f8"), ("p", "f8"), ("vxx", "f8"), ("vxp", "f8"), ("vpp", "f8"), ("w", "f8"), ("mode", "i8"))
PLAYER = state(("weight", "f8"), ("bias", "f8"), ("var", "f8"), ("count", "f8"), ("share", "f8", (KINDS,)),
               ("last_t", "f8"), ("last_s", "f8"), ("res", "f8"), ("vb", "f8"))
FOLLOWER = state(
    ("sample_rate", "f8"), ("frame", "i8"), ("beats", "f8"), ("rate", "f8"), ("period_s", "f8"), ("confidence", "f8"),
    ("home_s", "f8"), ("known", "i4"), ("started", "i4"), ("chosen", "i4"), ("onsets", "i4"),
    ("fast_s", "f8"), ("slow_s", "f8"), ("last_t", "f8"), ("usual_gap", "f8"), ("offset", "f8"),
    ("amount", "f8"), ("common", "f8"), ("taps", "f8", (8,)), ("tap_count", "i4"),
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
    f.slow_s = 3.0
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
        p.vb = f.tune[SBIAS] ** 2
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
    f.common = 0.01
    if period_s > 0.0:
        f.home_s = clamp(period_s, f.fast_s, f.slow_s)
        f.known = 1
        f.period_s = f.home_s
    f.rate = 1.0 / (f.period_s * f.sample_rate)


@rt
def spawn(f, x, p, vxx, vpp, w, mode):
    slot = -1
    for i in range(GUESSES):
        if i != f.chosen and (slot < 0 or f.guess[i].w < f.guess[slot].w):
            slot = i
    g = f.guess[slot]
    if w <= g.w:
        return
    g.x = x
    g.p = clamp(p, f.fast_s, f.slow_s)
    g.vxx = vxx
    g.vxp = 0.0
    g.vpp = vpp
    g.w = w
    g.mode = mode


@rt
def copy(f, c, mode, w):
    x, p, vxx, vxp, vpp = c.x, c.p, c.vxx, c.vxp, c.vpp
    slot = -1
    for i in range(GUESSES):
        if i != f.chosen and (slot < 0 or f.guess[i].w < f.guess[slot].w):
            slot = i
    g = f.guess[slot]
    if w <= g.w:
        return
    g.x = x
    g.p = p
    g.vxx = vxx
    g.vxp = vxp
    g.vpp = vpp
    g.w = w
    g.mode = mode


@rt
def centre(f):
    """The mean bias of all is zero as far as nothing else is known."""
    q = f.tune
    total, mean = 0.0, 0.0
    for i in range(HEARD):
        pl = f.player[i]
        if pl.count > 0.0:
            w = q[SBIAS] ** 2 / (q[SBIAS] ** 2 + pl.vb)
            total += w
            mean += w * pl.bias
    if total <= 0.0:
        return
    mean /= total
    rest = q[SBIAS] ** 2 / total
    if f.common > rest:
        move = mean * (1.0 - rest / f.common)
        f.common = rest
        for i in range(HEARD):
            f.player[i].bias -= move
        for i in range(GUESSES):
            f.guess[i].x += move


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
    sd = f.tune[COUNT_S]
    vp, vx = (f.tune[HINT_V] * slope) ** 2, sd * sd
    if n > 1:
        a, b = 0.0, 0.0
        for i in range(n):
            a += (i - 0.5 * (n - 1)) * (f.taps[i] - mean)
            b += (i - 0.5 * (n - 1)) ** 2
        slope = clamp(a / b, f.fast_s, f.slow_s)
        x = mean + slope * 0.5 * (n - 1)
        vp = sd * sd / b + (0.01 * slope) ** 2
        vx = sd * sd / n + 0.25 * (n - 1) ** 2 * sd * sd / b
        f.home_s = slope
        f.known = 2
    for i in range(GUESSES):
        f.guess[i].w = 0.0
    f.chosen = -1
    spawn(f, x, slope, vx, vp, 1.0, i8(0))
    f.common = sd * sd
    f.guess[0].vxp = 0.5 * (n - 1) * (sd * sd / max(1.0, n * (n * n - 1) / 12.0)) if n > 1 else 0.0
    f.chosen = 0
    f.last_t = t
    rewrap(f, t)


@rt
def rewrap(f, t):
    g = f.guess[f.chosen]
    here = f.beats + (t - f.frame / f.sample_rate) * f.rate * f.sample_rate
    f.offset = math.floor(here - (t - g.x) / g.p + 0.5)


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
def weigh(f, g, pl, t, learn):
    """Update one guess by an onset; return likelihood."""
    q = f.tune
    k = math.floor((t - g.x) / g.p + 0.5)
    if k > 0.0:
        k = min(k, 64.0)
        r = q[QP] * (4.0 if g.mode == 1 else 14.0 if g.mode == 2 else 1.0)
        qx, qp = (q[QX] * r * g.p) ** 2, (r * g.p) ** 2
        g.vxx += 2.0 * k * g.vxp + k * k * g.vpp + k * qx + k * k * k / 3.0 * qp
        g.vxp += k * g.vpp + 0.5 * k * k * qp
        g.vpp += k * qp
        g.x += k * g.p
        if q[HOMEPULL] > 0.0 and f.known > 0:
            g.p += (f.home_s - g.p) * (1.0 - (1.0 - q[HOMEPULL]) ** k)
        k = 0.0
    if pl.var <= 0.0:
        pl.var = (q[S0] + q[S0P] * g.p) ** 2
    r = q[INFL] * pl.var / max(pl.weight, 1e-3) + pl.vb
    total = pl.share[4] / g.p
    f.lik[7] = total
    for j in range(7):
        c = position(j) + k
        s = pl.share[0] if j == 0 else pl.share[1] if j < 3 else 0.5 * pl.share[2] if j < 5 else 0.5 * pl.share[3]
        hph = g.vxx + 2.0 * c * g.vxp + c * c * g.vpp
        S = hph + r
        S1 = hph + pl.var + pl.vb
        nu = t - pl.bias - g.x - c * g.p
        lik = s * math.exp(-0.5 * nu * nu / S1) / math.sqrt(2.0 * math.pi * S1)
        f.lik[j] = lik
        f.nu[j] = nu
        f.hph[j] = hph
        f.dx[j] = (g.vxx + c * g.vxp) / S
        f.dp[j] = (g.vxp + c * g.vpp) / S
        total += lik
    mx, mp, cxx, cxp, cpp = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(7):
        b = f.lik[j] / total
        f.lik[j] = b
        S = f.hph[j] + r
        kx, kp = f.dx[j], f.dp[j]
        dx, dp = kx * f.nu[j], kp * f.nu[j]
        mx += b * dx
        mp += b * dp
        cxx += b * (dx * dx - kx * kx * S)
        cxp += b * (dx * dp - kx * kp * S)
        cpp += b * (dp * dp - kp * kp * S)
    f.lik[7] /= total
    g.x += mx
    g.p = clamp(g.p + mp, f.fast_s, f.slow_s)
    g.vxx = max(g.vxx + cxx - mx * mx, 1e-7)
    g.vpp = max(g.vpp + cpp - mp * mp, 1e-8)
    lim = 0.99 * math.sqrt(g.vxx * g.vpp)
    g.vxp = min(max(g.vxp + cxp - mx * mp, -lim), lim)
    if learn:
        pl.count += 1.0
        eta = 1.0 / min(pl.count + q[NSHARE], 40.0)
        b0, b1, b2, b3, b4 = f.lik[0], f.lik[1] + f.lik[2], f.lik[3] + f.lik[4], f.lik[5] + f.lik[6], f.lik[7]
        pl.share[0] += eta * (b0 - pl.share[0])
        pl.share[1] += eta * (b1 - pl.share[1])
        pl.share[2] += eta * (b2 - pl.share[2])
        pl.share[3] += eta * (b3 - pl.share[3])
        pl.share[4] += eta * (b4 - pl.share[4])
        floor = 0.02
        for i in range(KINDS):
            pl.share[i] = (pl.share[i] + floor * 0.2) / (1.0 + floor)
        b = b0 + 0.7 * b1
        e = f.nu[0] if b0 > b1 else (f.nu[1] if f.lik[1] > f.lik[2] else f.nu[2])
        h = f.hph[0]
        eta = b / min(pl.count + q[NVAR], 30.0)
        pl.var = clamp(pl.var + eta * (e * e - h - pl.vb - pl.var), q[SMIN] ** 2, (0.25 * g.p) ** 2)
        k = b * pl.vb / (pl.vb + q[INFL] * pl.var + h)
        pl.bias = clamp(pl.bias + k * e, -0.15, 0.15)
        pl.vb = (1.0 - k) * pl.vb + q[QB] ** 2
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
    if f.chosen < 0:
        f.started = 1
        spawn(f, t, f.home_s, (q[S0] + q[S0P] * f.home_s) ** 2 + q[SBIAS] ** 2, (q[HINT_V] * f.home_s) ** 2, 1.0, i8(0))
        for i in range(GUESSES):
            if f.guess[i].w > 0.0:
                f.chosen = i
        f.last_t = t
        f.onsets = 1
        f.beats = math.floor(f.beats + 0.5)
        rewrap(f, t)
        return
    f.onsets += 1
    c = f.guess[f.chosen]
    gap = (t - f.last_t) / c.p
    paused = gap > max(q[GAPB], 1.5 * f.usual_gap)
    if not paused and gap > 0.0:
        f.usual_gap = max(gap, f.usual_gap * 0.98)
    f.last_t = max(t, f.last_t)
    p0, w0 = c.p, 0.0
    bc = math.floor((t - c.x) / c.p + 0.5) > 0.0
    if bc:
        spawn(f, c.x, c.p, c.vxx, c.vpp + (q[CLONE_V] * c.p) ** 2, c.w * q[CLONE], i8(1))
        for m in range(MODES):
            if m != c.mode:
                copy(f, c, m, c.w * q[MODE_W])
        f.common += (q[QC] * c.p) ** 2
    total = 0.0
    birth = q[BIRTH_GAP] if paused else q[BIRTH]
    if f.onsets < 6 and f.known < 2:
        birth = max(birth, 0.05)
    if paused:
        for i in range(GUESSES):
            f.guess[i].w *= 1.0 - birth
    for i in range(GUESSES):
        g = f.guess[i]
        if g.w > 0.0:
            lik = weigh(f, g, pl, t, i == f.chosen)
            g.w *= (lik * p0) ** q[TEMPER]
            total += g.w
    b = birth * pl.share[0] ** q[TEMPER]
    nw = total + b
    for i in range(GUESSES):
        f.guess[i].w = max(f.guess[i].w / nw, 1e-9) if f.guess[i].w > 0.0 else 0.0
    v = q[BIRTH_VP] if f.known == 2 else q[HINT_V] * 0.7
    spawn(f, t - pl.bias, p0, pl.var + pl.vb, ((v if not paused else 0.08) * p0) ** 2, b / nw * (1.0 - q[HOMEBIRTH]), i8(1))
    if f.known > 0 and abs(p0 / f.home_s - 1.0) > 0.1:
        spawn(f, t - pl.bias, f.home_s, pl.var + pl.vb, (v * f.home_s) ** 2, b / nw * q[HOMEBIRTH], i8(0))
    centre(f)
    merge(f, t)
    best = f.chosen
    for i in range(GUESSES):
        if f.guess[i].w > f.guess[best].w:
            best = i
    if best != f.chosen and f.guess[best].w > (1.0 if paused else q[SWITCH]) * f.guess[f.chosen].w:
        f.chosen = best
        rewrap(f, t)
    g = f.guess[f.chosen]
    f.confidence = g.w


@rt
def merge(f, t):
    q = f.tune
    for i in range(GUESSES):
        a = f.guess[i]
        if a.w <= 0.0:
            continue
        for j in range(i + 1, GUESSES):
            b = f.guess[j]
            if b.w <= 0.0 or a.mode != b.mode or abs(a.p - b.p) > q[MERGEP] * a.p or a.vpp > 3.0 * b.vpp or b.vpp > 3.0 * a.vpp:
                continue
            d = (t - a.x) / a.p - (t - b.x) / b.p
            d -= math.floor(d + 0.5)
            if abs(d) > q[MERGEX]:
                continue
            if j == f.chosen or (b.w > a.w and i != f.chosen):
                a.x, b.x = b.x, a.x
                a.p, b.p = b.p, a.p
                a.vxx, b.vxx = b.vxx, a.vxx
                a.vxp, b.vxp = b.vxp, a.vxp
                a.vpp, b.vpp = b.vpp, a.vpp
                if j == f.chosen:
                    f.chosen = i
            a.w += b.w
            b.w = 0.0


@rt
def follower_advance(f, frame):
    f.frame = frame
    g_p, e = f.period_s, 0.0
    if f.chosen >= 0:
        g = f.guess[f.chosen]
        t = frame / f.sample_rate
        e = (t - g.x) / g.p + f.offset - f.beats
        if abs(e) > 0.6:
            f.offset -= math.floor(e + 0.5)
            e -= math.floor(e + 0.5)
        g_p = g.p
    lim = f.tune[LIM]
    rate = (1.0 + min(max(f.tune[GAIN] * e, -lim), lim)) / g_p
    rate = min(max(rate, 1.0 / f.slow_s), 1.0 / f.fast_s)
    f.period_s = g_p
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
