"""Howl suppression for the sum of all microphones: find a howl, prove it, and notch it; leave music alone.

A howl and a held flute tone look alike.  What tells them apart is what happens when the loop is cut: the howl dies, the
tone does not care.  So suspicion comes from the spectrum, and certainty from a test:

1. Peaks of the spectrum are followed from frame to frame (every 11 ms at 48 kHz).  Suspect is a peak that stands alone (no
   neighbours, no harmonics) and either rises in a straight line in dB, or is loud, steady and exactly in tune for a while.
2. The suspect gets a narrow notch.  The notch's own band-pass listens to what comes in at this frequency: if that falls by
   6 dB within about a tenth of a second, it lived from the loudspeakers, and the notch stays and goes deeper.  If not, the
   notch goes at once and this tone is left alone while it lasts.
3. A notch that stays opens again, slowly: soon if the tone may just have ended by itself during the test, after minutes if
   the howl has come back before.
4. When howls keep coming, all microphones are turned down a little: too many frequencies are beyond the limit for notches.

Sources: T. van Waterschoot, M. Moonen, "Comparative evaluation of howling detection criteria in notch-filter-based howling
suppression", JAES 2010 (peak to neighbours, peak to harmonics, straight rise in dB); the same, "Fifty years of acoustic
feedback control", Proc. IEEE 2011.  The filter is the one of svf.py: its band-pass taken away in part is a notch whose depth
moves without touching its memories.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import absolute8, finite8, largest8, load8, muladd8, peak8, splat8, store8, total8
from ..rt.units import clamp, smoothing
from .spectrum import BINS, SPECTRUM, spectrum_advance, spectrum_begin, spectrum_reset
from .svf import svf_a1, svf_warp

F = np.float32
LANES = 8
#: More notches colour the sound more than turning down does.
NOTCHES = 12
TRACKS = 16
TONES = 16
#: Frames of the spectrum a track remembers, and between two of them.
HISTORY = 48
HOP_FRAMES = 512

#: Where feedback happens.
LOWEST_HZ, HIGHEST_HZ = 80.0, 10000.0
#: Peaks below this are noise.
FLOOR = 1e-8
#: What a peak must stand out over a valley on one side, 16 dB, and on the other, 7 dB; over its harmonics, 26 dB.  What the
#: Hann window leaks of a louder peak nearby is below -31 dB.
ALONE, BESIDE, PURE, LEAK = 40.0, 5.0, 400.0, 0.005
#: A rise that counts, and how far it may leave the straight line, as a part of it; slow ones of two modes side by side beat.
RISE_DB, STRAIGHT, STRAIGHT_SLOW = 6.0, 0.12, 0.2
#: A howl that was not seen growing stands at what limits it: LOUD_DBFS on this bus, unless a fader is far down.  Steady for
#: this many hops: 0.3 s; 0.6 s if there are harmonics, as a clipped howl has; 1.6 s if it is not loud.
LOUD_DBFS, HEARD_DBFS = -26.0, -50.0
STEADY_HOPS, STEADY_HARMONIC_HOPS, STEADY_SOFT_HOPS = 30, 60, 150
#: After a tone has proved innocent, other steady tones are not asked for this long; nor that tone while it lasts.
PATIENCE_HOPS, INNOCENT_HOPS = 90, 400
#: It is asked again when it has become this much louder for each test so far, counted up to MOST_TESTS.
LOUDER_DB, MOST_TESTS = 4.0, 4

#: Width of a notch: a tenth of an octave, at low frequencies wider so that it acts in time.
WIDTH, LEAST_WIDTH_HZ = 0.07, 12.0
#: Depth of the test and of what is proved; what each return adds, and the end.
TEST_DB, STAY_DB, MORE_DB, MOST_DB = 15.0, 18.0, 6.0, 30.0
#: How far the input must fall in the test: 6 dB as power.  A howl cannot fall faster than the room rings out, 8 dB in a test at
#: 0.8 s; music that was steady or rose until now does not fall at this very moment, unless it just ends.
FALLEN = 0.25
#: What sounds on at this part of its power, and for so long, although the notch is closed, is music after all.
SOUNDS_ON, SOUNDS_ON_S = 0.63, 0.08
TEST_S = 0.11
#: How fast notches close, open after a test, and open after they stayed: slowly, or quickly where the tone was steady.
CLOSE_DB_S, LEAVE_DB_S, OPEN_DB_S, OPEN_SOON_DB_S = 800.0, 400.0, 3.0, 24.0
#: A notch that opens asks again when the average of this time has risen by 9 dB over its least.
AVERAGE_S, BACK = 0.1, 8.0
#: Rounds the corners of these movements, which would be heard as ticks.
ROUND_S = 0.006
#: How long a notch stays: if the tone was steady (it may just have ended), if it rose, and after its howl has come back.
STEADY_S, ROSE_S, PROVED_S = 0.3, 1.5, 180.0

#: Turning down: this much for each howl beyond so many within a short time, at most; it comes back slowly.
DOWN_DB, DOWN_MOST_DB, CROWD, CROWD_S = 2.0, 18.0, 4.0, 3.0
DOWN_DB_S, UP_DB_S, UP_AFTER_S = 80.0, 0.2, 60.0

#: What a bus may hold before it can only be a fault.
LOUDEST = F(256.0)
SILENT = F(1e-6)

FREE, TESTED, STAYS, LEAVES = range(4)

HOWL = state(
    ("on", "i4"),                        # writer: react; 0 lets all notches go
    ("busy", "i4"),                      # notches in use
    ("rest", "i4"),                      # grid steps of silence
    ("thinning", "i4"),                  # frames that are averaged before the spectrum: 2 from 64 kHz on
    ("until_hop", "i4"), ("hop_steps", "i4"), ("stage", "i4"),
    ("peaks", "i4"), ("patience", "i4"),
    ("found", "i8"),                     # howls proved since reset, for the desk
    ("sample_rate", "f4"), ("bin_hz", "f4"), ("step_s", "f4"), ("round", "f4"),
    ("down_db", "f4"), ("down_to_db", "f4"), ("down_s", "f4"),  # all microphones: now, wanted, since the last howl
    ("crowd", "f4"),                     # howls lately
    ("peak_bin", "f4", (TRACKS,)), ("peak_power", "f4", (TRACKS,)),
    # tracks: age 0 is free
    ("age", "i4", (TRACKS,)), ("missed", "i4", (TRACKS,)), ("steady", "i4", (TRACKS,)),
    ("track_bin", "f4", (TRACKS, HISTORY)), ("track_db", "f4", (TRACKS, HISTORY)),  # newest last
    # tones that proved innocent
    ("tone_bin", "f4", (TONES,)), ("tone_db", "f4", (TONES,)), ("tone_hops", "i4", (TONES,)), ("tone_tests", "i4", (TONES,)),
    # notches
    ("state", "i4", (NOTCHES,)), ("returns", "i4", (NOTCHES,)),
    ("hz", "f4", (NOTCHES,)), ("a1", "f4", (NOTCHES,)), ("a2", "f4", (NOTCHES,)), ("a3", "f4", (NOTCHES,)),
    ("width", "f4", (NOTCHES,)), ("share", "f4", (NOTCHES,)),
    ("depth_db", "f4", (NOTCHES,)), ("depth_to_db", "f4", (NOTCHES,)), ("cut", "f4", (NOTCHES,)),
    ("time_s", "f4", (NOTCHES,)), ("test_s", "f4", (NOTCHES,)), ("stay_s", "f4", (NOTCHES,)), ("sounds_s", "f4", (NOTCHES,)),
    ("level", "f4", (NOTCHES,)), ("top", "f4", (NOTCHES,)),  # power of what comes in at the notch: now, and highest in the test
    ("average", "f4", (NOTCHES,)), ("least", "f4", (NOTCHES,)),  # the same while it stays: averaged, and least of that
    ("ic1", "f4", (NOTCHES * LANES,)), ("ic2", "f4", (NOTCHES * LANES,)),
    ("x", "f4", (GRID * LANES,)),        # one grid step, frame by frame: left, right, send, five lanes of nothing
    ("spectrum", SPECTRUM),
)


@rt
def howl_reset(howl, sample_rate):
    """Forget the past signal, all notches and all tones; begin on."""
    howl.on = 1
    howl.busy = 0
    howl.rest = 0
    howl.sample_rate = sample_rate
    howl.thinning = 4 if sample_rate > 128000.0 else 2 if sample_rate > 64000.0 else 1
    howl.hop_steps = HOP_FRAMES * howl.thinning // GRID
    howl.until_hop = howl.hop_steps
    howl.stage = 0
    howl.bin_hz = sample_rate / howl.thinning / (2 * BINS)
    howl.step_s = GRID / sample_rate
    howl.round = smoothing(ROUND_S, sample_rate / GRID)
    howl.peaks = 0
    howl.patience = 0
    howl.found = 0
    howl.down_db = 0.0
    howl.down_to_db = 0.0
    howl.down_s = 0.0
    howl.crowd = 0.0
    for t in range(TRACKS):
        howl.age[t] = 0
        howl.missed[t] = 0
        howl.steady[t] = 0
    for t in range(TONES):
        howl.tone_hops[t] = 0
    for n in range(NOTCHES):
        howl.state[n] = FREE
        howl.hz[n] = 0.0
        howl.depth_db[n] = 0.0
    for i in range(GRID * LANES):
        howl.x[i] = 0.0
    spectrum_reset(howl.spectrum)


@rt
def _listen(howl, left, right):
    """Give a grid step to the spectrum."""
    spectrum, thinning = howl.spectrum, howl.thinning
    mask, at = spectrum.kept.shape[0] - 1, spectrum.at
    share = F(1.0) / F(thinning)
    for i in range(GRID // thinning):
        total = F(0.0)
        for j in range(i * thinning, (i + 1) * thinning):
            total += left[j] + right[j]
        spectrum.kept[at & mask] = total * share
        at += 1
    spectrum.at = at


@rt
def _find_peaks(howl, start, stop):
    """Peaks of a part of the spectrum that stand out over their neighbours; the strongest TRACKS of them stay."""
    power = howl.spectrum.power
    start = max(start, int(LOWEST_HZ / howl.bin_hz))
    stop = min(stop, int(HIGHEST_HZ / howl.bin_hz) + 1)
    for k in range(start, stop):
        p = power[k]
        if p > F(FLOOR) and p > power[k - 1] and p >= power[k + 1]:
            # a valley on both sides, and no leak of a louder peak nearby (two modes may be three bins apart)
            below, above, near = p, p, p
            for j in range(2, 6):
                low, high = power[max(k - j, 0)], power[k + j]
                near = max(near, max(low, high))
                if j < 5:
                    below, above = min(below, low), min(above, high)
            if p > F(ALONE) * min(below, above) and p > F(BESIDE) * max(below, above) and p > F(LEAK) * near:
                at = howl.peaks
                if at == TRACKS:
                    at = 0
                    for i in range(1, TRACKS):
                        if howl.peak_power[i] < howl.peak_power[at]:
                            at = i
                    if howl.peak_power[at] > p:
                        continue
                else:
                    howl.peaks = at + 1
                # parabola through the logarithms of three bins
                a, b, c = math.log(power[k - 1] + 1e-20), math.log(p), math.log(power[k + 1] + 1e-20)
                bend = min(a - 2.0 * b + c, -1e-6)
                howl.peak_bin[at] = k + 0.5 * (a - c) / bend
                howl.peak_power[at] = math.exp(b - 0.125 * (a - c) * (a - c) / bend)


@rt
def _write_track(howl, t, place, level_db):
    """Put the newest place [bins] and level of a track at the end of its history."""
    for i in range(HISTORY - 1):
        howl.track_bin[t, i] = howl.track_bin[t, i + 1]
        howl.track_db[t, i] = howl.track_db[t, i + 1]
    howl.track_bin[t, HISTORY - 1] = place
    howl.track_db[t, HISTORY - 1] = level_db


@rt
def _follow(howl):
    """Give each track its peak of this hop, and new tracks to peaks that have none."""
    last = HISTORY - 1
    for t in range(TRACKS):
        if howl.age[t] == 0:
            continue
        place, nearest, found = howl.track_bin[t, last], 1.0, -1
        for i in range(howl.peaks):
            apart = abs(howl.peak_bin[i] - place)
            if howl.peak_power[i] > 0.0 and apart < nearest:
                nearest, found = apart, i
        level_db = 0.0
        if found >= 0:
            howl.missed[t] = 0
            level_db = 10.0 * math.log10(howl.peak_power[found])
            moved = abs(howl.peak_bin[found] - howl.track_bin[t, last - 3])
            place = howl.peak_bin[found]
            howl.peak_power[found] = 0.0
            if howl.age[t] > 4 and moved < 0.15 and abs(level_db - howl.track_db[t, last - 3]) < 1.0:
                howl.steady[t] += 1
            else:
                howl.steady[t] = 0
        else:
            howl.missed[t] += 1
            howl.steady[t] = 0
            level_db = 10.0 * math.log10(howl.spectrum.power[int(place + 0.5)] + 1e-20)
        howl.age[t] = 0 if howl.missed[t] > 2 else min(howl.age[t] + 1, 1000)
        _write_track(howl, t, place, level_db)
    for i in range(howl.peaks):
        if howl.peak_power[i] > 0.0:
            for t in range(TRACKS):
                if howl.age[t] == 0:
                    howl.age[t] = 1
                    howl.missed[t] = 0
                    howl.steady[t] = 0
                    _write_track(howl, t, howl.peak_bin[i], 10.0 * math.log10(howl.peak_power[i]))
                    break


@rt
def _rises(howl, t, points, apart):
    """True when the last `points` levels of a track, so many hops `apart`, rise in a straight line, by RISE_DB or more."""
    last = HISTORY - 1
    first = last - (points - 1) * apart
    rise_db = howl.track_db[t, last] - howl.track_db[t, first]
    if howl.age[t] <= last - first or rise_db < RISE_DB:
        return False
    slope_db = rise_db / (points - 1)
    most_db = (STRAIGHT if apart == 1 else STRAIGHT_SLOW) * rise_db
    for i in range(points):
        at = first + i * apart
        off_db = howl.track_db[t, at] - howl.track_db[t, first] - slope_db * i
        if abs(off_db) > most_db or abs(howl.track_bin[t, at] - howl.track_bin[t, last]) > 0.5:
            return False
    return True


@rt
def _is_pure(howl, place):
    """True when second and third harmonic are far below the peak at `place` [bins]."""
    power = howl.spectrum.power
    own = power[int(place + 0.5)]
    for harmonic in range(2, 4):
        k = int(harmonic * place + 0.5)
        if k + 2 < BINS:
            loudest = max(power[k], max(power[k - 1], power[k + 1]))
            if loudest * F(PURE) > own:
                return False
    return True


@rt
def _is_harmonic(howl, place):
    """True when there is more at half or a third of `place` [bins]: a howl has its own frequency."""
    power = howl.spectrum.power
    own = power[int(place + 0.5)]
    for harmonic in range(2, 4):
        k = int(place / harmonic + 0.5)
        if k > 1 and max(power[k], max(power[k - 1], power[k + 1])) > own:
            return True
    return False


@rt
def _is_innocent(howl, place, level_db):
    """True when this tone was tested before, has been there since, and has not become much louder; more with each test."""
    for i in range(TONES):
        if howl.tone_hops[i] > 0 and abs(howl.tone_bin[i] - place) < max(1.0, 0.02 * place):
            if level_db < howl.tone_db[i] + LOUDER_DB * howl.tone_tests[i]:
                howl.tone_hops[i] = max(howl.tone_hops[i], INNOCENT_HOPS)
                return True
            return False
    return False


@rt
def _acquit(howl, n):
    """Let the notch go and remember the tone; its level is the loudest near it now."""
    howl.state[n] = LEAVES
    howl.depth_to_db[n] = 0.0
    howl.patience = PATIENCE_HOPS if howl.stay_s[n] == F(STEADY_S) else howl.patience
    place = howl.hz[n] / howl.bin_hz
    at = 0
    for i in range(TONES):
        if howl.tone_hops[i] > 0 and abs(howl.tone_bin[i] - place) < max(1.0, 0.02 * place):
            at = i
            break
        if howl.tone_hops[i] < howl.tone_hops[at]:
            at = i
    howl.tone_tests[at] = min(howl.tone_tests[at] + 1, MOST_TESTS) if howl.tone_hops[at] > 0 else 1
    howl.tone_bin[at] = place
    howl.tone_db[at] = 10.0 * math.log10(howl.top[n] + 1e-20)
    howl.tone_hops[at] = INNOCENT_HOPS


@rt
def _test(howl, place, stay_s):
    """Close a notch for a test at `place` [bins], to stay so long if it proves right, or deepen the one that is there."""
    hz = place * howl.bin_hz
    free = -1
    for n in range(NOTCHES):
        if howl.state[n] == FREE:
            free = n
        elif abs(hz - howl.hz[n]) < 0.25 * WIDTH * hz:
            if howl.state[n] == STAYS and howl.depth_to_db[n] < MOST_DB:
                _return(howl, n)
                return
            if howl.state[n] != STAYS:
                return
    if free < 0:
        _count(howl, CROWD)
        return
    n = free
    width_hz = max(WIDTH * hz, LEAST_WIDTH_HZ)
    g, width = svf_warp(hz, howl.sample_rate), width_hz / hz
    a1 = svf_a1(g, width)
    howl.state[n] = TESTED
    howl.returns[n] = 0
    howl.hz[n] = hz
    howl.width[n] = width
    howl.a1[n] = a1
    howl.a2[n] = g * a1
    howl.a3[n] = g * g * a1
    howl.share[n] = smoothing(max(0.004, 1.0 / hz), 1.0 / howl.step_s)
    howl.depth_db[n] = 0.0
    howl.depth_to_db[n] = TEST_DB
    howl.cut[n] = 0.0
    howl.time_s[n] = 0.0
    howl.test_s[n] = TEST_S + 1.5 / width_hz
    howl.stay_s[n] = stay_s
    howl.sounds_s[n] = 0.0
    howl.level[n] = 0.0
    howl.top[n] = 0.0
    for lane in range(LANES):
        howl.ic1[n * LANES + lane] = 0.0
        howl.ic2[n * LANES + lane] = 0.0


@rt
def _count(howl, howls):
    """One more howl: where many come at once, notches alone would be too slow, so everything is turned down."""
    howl.found += 1
    howl.crowd += howls
    howl.down_s = 0.0
    if howl.crowd > CROWD and howl.down_db >= howl.down_to_db:  # one step after the other
        howl.down_to_db = min(howl.down_to_db + DOWN_DB, DOWN_MOST_DB)


@rt
def _return(howl, n):
    """The howl of a notch that stays has come back: deeper, and for long."""
    howl.returns[n] += 1
    howl.depth_to_db[n] = clamp(howl.depth_db[n] + MORE_DB, STAY_DB, MOST_DB)
    howl.stay_s[n] = PROVED_S
    _count(howl, 1.0)
    howl.time_s[n] = 0.0


@rt
def _judge(howl):
    """Test the tracks that look like howls."""
    loudest_db = -200.0
    for t in range(TRACKS):
        if howl.age[t] > 0:
            loudest_db = max(loudest_db, howl.track_db[t, HISTORY - 1])
    for t in range(TRACKS):
        if howl.age[t] == 0 or howl.missed[t] > 0:
            continue
        place, level_db = howl.track_bin[t, HISTORY - 1], howl.track_db[t, HISTORY - 1]
        pure = _is_pure(howl, place)
        rises = pure and (_rises(howl, t, 6, 1) or _rises(howl, t, 12, 1) or _rises(howl, t, 12, 2) or _rises(howl, t, 12, 4))
        hops = STEADY_SOFT_HOPS if level_db < LOUD_DBFS else STEADY_HOPS if pure else STEADY_HARMONIC_HOPS
        steady = (howl.patience == 0 and howl.steady[t] >= hops and level_db > max(HEARD_DBFS, loudest_db - 20.0)
                  and not _is_harmonic(howl, place))
        if (rises or steady) and not _is_innocent(howl, place, level_db):
            _test(howl, place, ROSE_S if rises else STEADY_S)
            howl.steady[t] = 0


@rt
def _analyse(howl):
    """Do what this grid step has to do for the spectrum and for what is read from it."""
    howl.until_hop -= 1
    if howl.until_hop <= 0:
        howl.until_hop = howl.hop_steps
        howl.stage = 0
        howl.peaks = 0
        spectrum_begin(howl.spectrum)
        if howl.patience > 0:
            howl.patience -= 1
        for i in range(TONES):
            if howl.tone_hops[i] > 0:
                howl.tone_hops[i] -= 1
    if howl.stage == 0:
        if spectrum_advance(howl.spectrum):
            howl.stage = 1
    elif howl.stage <= 4:
        _find_peaks(howl, (howl.stage - 1) * (BINS // 4), howl.stage * (BINS // 4))
        howl.stage += 1
    elif howl.stage == 5:
        _follow(howl)
        howl.stage = 6
    elif howl.stage == 6:
        _judge(howl)
        howl.stage = 7


@rt
def _test_again(howl, n):
    """Something is there again while a notch opens: close it and ask once more."""
    howl.state[n] = TESTED
    howl.depth_to_db[n] = STAY_DB
    howl.stay_s[n] = PROVED_S
    howl.time_s[n] = 0.0
    howl.top[n] = howl.level[n]


@rt
def _decide(howl, n):
    """Move a notch and its verdict on by a grid step."""
    howl.time_s[n] += howl.step_s
    level, top = howl.level[n], max(howl.top[n], howl.level[n])
    howl.top[n] = top
    speed_db_s = CLOSE_DB_S
    if howl.state[n] == TESTED:
        if howl.time_s[n] > 0.02 and level < F(FALLEN) * top:
            howl.state[n] = STAYS
            howl.depth_to_db[n] = max(howl.depth_to_db[n], F(STAY_DB))
            howl.time_s[n] = 0.0
            howl.average[n] = top
            howl.least[n] = top
            if howl.stay_s[n] != F(STEADY_S):
                _count(howl, 1.0)
        elif howl.time_s[n] > howl.test_s[n]:
            _acquit(howl, n)
    elif howl.state[n] == STAYS:
        howl.sounds_s[n] = howl.sounds_s[n] + howl.step_s if level > F(SOUNDS_ON) * top else 0.0
        if howl.stay_s[n] == F(STEADY_S) and howl.sounds_s[n] > SOUNDS_ON_S:
            _acquit(howl, n)
        elif howl.time_s[n] > howl.stay_s[n]:
            howl.depth_to_db[n] = 0.0
        howl.average[n] += (level - howl.average[n]) * howl.step_s * F(1.0 / AVERAGE_S)
        howl.least[n] = min(howl.least[n], howl.average[n])
        if howl.depth_to_db[n] == F(0.0) and howl.average[n] > F(BACK) * howl.least[n] + F(FLOOR):
            _test_again(howl, n)
        if howl.depth_to_db[n] < howl.depth_db[n]:
            speed_db_s = OPEN_SOON_DB_S if howl.stay_s[n] == F(STEADY_S) else OPEN_DB_S
    else:
        speed_db_s = LEAVE_DB_S
    if not howl.on:
        howl.depth_to_db[n] = 0.0
        speed_db_s = LEAVE_DB_S
    if howl.depth_db[n] != howl.depth_to_db[n]:
        most_db = speed_db_s * howl.step_s
        howl.depth_db[n] += clamp(howl.depth_to_db[n] - howl.depth_db[n], -most_db, most_db)
    elif howl.depth_db[n] == 0.0 and howl.cut[n] < 1e-5:
        howl.state[n] = FREE


@rt
def _notch(howl, n):
    """Filter howl.x by one notch, its depth gliding to what was decided, and listen to its band."""
    x, at = howl.x, n * LANES
    a1, a2, a3 = splat8(howl.a1[n]), splat8(howl.a2[n]), splat8(howl.a3[n])
    width = howl.width[n]
    end = howl.cut[n] + (F(1.0 - 10.0 ** (-howl.depth_db[n] / 20.0)) - howl.cut[n]) * howl.round
    cut = splat8(howl.cut[n] * width)
    slope = splat8((end - howl.cut[n]) * width * F(1.0 / GRID))
    ic1, ic2 = load8(howl.ic1, at), load8(howl.ic2, at)
    heard = splat8(F(0.0))
    for i in range(0, GRID * LANES, LANES):
        v0 = load8(x, i)
        v3 = v0 - ic2
        v1 = muladd8(ic1, a1, v3 * a2)
        v2 = ic2 + muladd8(ic1, a2, v3 * a3)
        ic1 = v1 + v1 - ic1
        ic2 = v2 + v2 - ic2
        cut = cut + slope
        heard = muladd8(v1, v1, heard)
        store8(x, i, v0 - v1 * cut)
    store8(howl.ic1, at, ic1)
    store8(howl.ic2, at, ic2)
    howl.cut[n] = end
    power = total8(heard) * width * width * F(2.0 / GRID)
    howl.level[n] += (power - howl.level[n]) * howl.share[n]


@rt
def _filter(howl, left, right, send):
    """Notches and turning down, on all three in place."""
    x = howl.x
    from_gain = F(10.0 ** (-howl.down_db / 20.0))
    up_db_s = UP_DB_S if howl.on else DOWN_DB_S
    howl.down_db += clamp(howl.down_to_db - howl.down_db, -up_db_s * howl.step_s, DOWN_DB_S * howl.step_s)
    slope = (F(10.0 ** (-howl.down_db / 20.0)) - from_gain) * F(1.0 / GRID)
    for i in range(GRID):
        gain = from_gain + slope * F(i + 1)
        x[i * LANES] = left[i] * gain
        x[i * LANES + 1] = right[i] * gain
        x[i * LANES + 2] = send[i] * gain
    busy = 0
    for n in range(NOTCHES):
        if howl.state[n] != FREE:
            _notch(howl, n)
            _decide(howl, n)
            busy += 1
    howl.busy = busy
    for i in range(GRID):
        left[i] = x[i * LANES]
        right[i] = x[i * LANES + 1]
        send[i] = x[i * LANES + 2]


@rt
def _forget_slowly(howl):
    """Howls that are long ago count no more; long after the last one the microphones come back up."""
    howl.crowd -= howl.crowd * howl.step_s * F(1.0 / CROWD_S)
    howl.down_s = min(howl.down_s + howl.step_s, 1000.0)
    if not howl.on or howl.down_s > UP_AFTER_S:
        howl.down_to_db = 0.0


@rt
def howl_process(howl, left, right, send):
    """Keep a grid step of the microphones' bus (float32, GRID frames each, in place) from howling.

    With nothing to hear and nothing to hold it costs almost nothing, and while no notch is there not a bit changes.
    """
    if not howl.on and howl.busy == 0 and howl.down_db == 0.0:
        return
    loudest = splat8(F(0.0))
    for i in range(0, GRID, 8):
        l8, r8, s8 = (finite8(load8(left, i), splat8(LOUDEST)), finite8(load8(right, i), splat8(LOUDEST)),
                      finite8(load8(send, i), splat8(LOUDEST)))
        store8(left, i, l8)
        store8(right, i, r8)
        store8(send, i, s8)
        loudest = largest8(largest8(absolute8(l8), absolute8(r8)), loudest)
    howl.rest = 0 if peak8(loudest) > SILENT else min(howl.rest + 1, 100000)
    if howl.rest < 4 * howl.hop_steps:
        _listen(howl, left, right)
        if howl.on:
            _analyse(howl)
    if howl.busy > 0 or howl.down_db > 0.0 or howl.down_to_db > 0.0 or howl.stage == 7:
        _forget_slowly(howl)
        _filter(howl, left, right, send)
