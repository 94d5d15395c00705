"""A second voice beside a singer's: an octave, a third of the present harmony, or a double.

Pitch: A. de Cheveigne, H. Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 2002, on the voice
slowed to about 12 kHz, a few lags a grid step.  New pitch: F. Charpentier, M. Stella, "Diphone synthesis using an overlap-add
technique for speech waveforms", ICASSP 1986 (PSOLA): pieces of two periods, each under a window, are set closer together or
further apart, so that vowels stay what they are (and a whistle, which has no overtones, has no octave above).

A piece begins when it is needed and reads what has just been sung, so only finding the pitch takes time.  Where no pitch is
found no pieces begin, and the last ones end under their windows: nothing clicks.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.simd import largest8, load8, ramp8, sine8, smallest8, splat8, store8
from ..rt.units import clamp, smoothing
from .tap import tap8

F = np.float32
OFF, OCTAVE_DOWN, OCTAVE_UP, THIRD_ABOVE, THIRD_BELOW, DOUBLE = range(6)
VOCAL_MODES = 6
#: Two microphones at once.
SLOTS = 2
#: From the beginning of a sung tone to its second voice, at 70 Hz; above 150 Hz it takes 23 ms at most.
VOCAL_LATENCY_S = 0.035
LOWEST_HZ, HIGHEST_HZ = 70.0, 1000.0
#: Every 4th frame up to 64 kHz, every 8th above: 11 to 16 kHz, enough for lags of a 1000 Hz tone.
FEW_HZ = 64000.0
#: What is compared (11 ms at 12 kHz: most of a period of the lowest voice), and how far back.
PIECE, LAGS = 128, 176
GROUPS_A_STEP = 4
SLOW_SIZE = 512
#: Periods of 70 Hz and the double's delay at 96 kHz stay below 3000 frames.
VOICE_SIZE = 4096
#: Formants and hiss above this only disturb the search.
DARK_HZ = 1500.0
#: Share of the power that does not repeat: less begins a voice, more ends it.
BEGINS, ENDS = 0.15, 0.3
#: -55 dBFS: the noise of a room has no pitch.
FAINT = 0.0018
GRAINS = 8
#: A double is 8 cents higher and 15 ms late, as a second singer is.
DOUBLE_RATIO, DOUBLE_S = 2.0 ** (8.0 / 1200.0), 0.015
#: Semitones that are tried in turn until one is allowed: thirds, then what also sounds well.
ABOVE = (4, 3, 5, 7, 8, 9)
BELOW = (-3, -4, -5, -8, -7, -9)
#: A singer must go this far beyond a semitone's middle to be on the next one.
STICKY = 0.6
#: Share of its distance to a singer's pulse by which a mark moves at each search: 0.2 s, for faster ones would fight a vibrato.
PULL = 0.01
GLIDE_S = 0.02
LOUDEST = 8.0

VOICE = state(
    ("mode", "i8"), ("amount", "f8"), ("amount_to", "f8"),
    ("position", "i8"), ("heard", "i8"),         # frames since reset; since this voice was switched on
    ("low", "f8"),                               # memory of the low-pass before slowing down
    ("slowed", "i8"), ("group", "i8"),           # slow frames so far; the next lags to compare, 8 at a time
    ("snapped", "i8"),                           # position of the newest slow frame that is searched
    ("power", "f8"),                             # mean square of what is searched
    ("period", "f8"),                            # frames, 0: no pitch
    ("doubted", "i8"),                           # 1: the last search found quite another pitch
    ("key", "f8"),                               # the semitone the singer is on
    ("next", "f8"), ("mark", "f8"), ("running", "i8"),  # frame of the next piece; a pulse of the singer's
    ("start", "f8", (GRAINS,)), ("origin", "f8", (GRAINS,)), ("half", "f8", (GRAINS,)),  # of pieces; half 0: free
    ("gain", "f8", (GRAINS,)),
    ("slow", "f4", (SLOW_SIZE,)),
    ("past", "f4", (PIECE + LAGS + 16,)),        # newest first
    ("difference", "f4", (LAGS,)),
    ("line", "f4", (VOICE_SIZE + GRID,)),
    ("y", "f4", (GRID,)),
)
VOCAL = state(
    ("sample_rate", "f8"), ("every", "i8"), ("dark", "f8"), ("glide", "f8"),
    ("allowed", "i8"),                           # 12 bits: pitch classes of the present harmony, bit 0 is C
    ("slots", VOICE, (SLOTS,)),
)


@rt
def _voice_reset(voice):
    voice.position = 0
    voice.heard = 0
    voice.low = 0.0
    voice.slowed = 0
    voice.group = 0
    voice.period = 0.0
    voice.doubted = 0
    voice.key = 0.0
    voice.running = 0
    for g in range(GRAINS):
        voice.half[g] = 0.0
    for i in range(SLOW_SIZE):
        voice.slow[i] = 0.0
    for i in range(VOICE_SIZE + GRID):
        voice.line[i] = 0.0
    for i in range(GRID):
        voice.y[i] = 0.0


@rt
def vocal_reset(vocal, sample_rate):
    """All voices off and silent."""
    vocal.sample_rate = sample_rate
    vocal.every = 4 if sample_rate <= FEW_HZ else 8
    vocal.dark = smoothing(1.0 / (2.0 * math.pi * DARK_HZ), sample_rate)
    vocal.glide = smoothing(GLIDE_S, sample_rate / GRID)
    vocal.allowed = 0
    for s in range(SLOTS):
        voice = vocal.slots[s]
        voice.mode = OFF
        voice.amount = 0.0
        voice.amount_to = 0.0
        _voice_reset(voice)


@rt
def vocal_set(vocal, slot, mode, amount):
    """Choose what a slot adds [OFF .. DOUBLE] and how loud [0 .. 2; 1 is as loud as the singer]."""
    if 0 <= slot < SLOTS:
        vocal.slots[slot].mode = mode if 0 <= mode < VOCAL_MODES else OFF
        vocal.slots[slot].amount_to = clamp(amount, 0.0, 2.0)


@rt
def vocal_harmony(vocal, allowed):
    """Say which pitch classes sound well now: 12 bits, bit 0 is C; with none, thirds become octaves."""
    vocal.allowed = allowed & 4095


@rt
def vocal_at_rest(vocal, slot):
    """True when this slot adds nothing and listens to nothing."""
    voice = vocal.slots[slot]
    if voice.mode != OFF and (voice.amount_to > 0.0 or voice.amount > 1e-4):
        return False
    for g in range(GRAINS):
        if voice.half[g] > 0.0:
            return False
    return True


@rt
def _listen(vocal, voice, x, start, stride):
    """Keep one grid step of the singer, and a slow copy of it."""
    line, low = voice.line, voice.low
    at = voice.position & (VOICE_SIZE - 1)
    total, count = 0.0, 0
    for i in range(GRID):
        value = float(x[start + i * stride])
        if not abs(value) <= LOUDEST:  # also NaN
            value = 0.0
        line[at + i] = F(value)
        if at == 0:
            line[VOICE_SIZE + i] = F(value)
        low += vocal.dark * (value - low)
        total += low
        count += 1
        if count == vocal.every:
            voice.slow[voice.slowed & (SLOW_SIZE - 1)] = F(total / vocal.every)
            voice.slowed += 1
            total, count = 0.0, 0
    voice.low = low
    voice.heard += GRID


@rt
def _snap(voice):
    """Turn the newest slow frames round, so that lags lie side by side."""
    power = 0.0
    for j in range(PIECE + LAGS + 8):
        value = voice.slow[(voice.slowed - 1 - j) & (SLOW_SIZE - 1)]
        voice.past[j] = value
        if j < PIECE:
            power += float(value) * float(value)
    voice.power = power / PIECE
    voice.snapped = voice.position + GRID


@rt
def _compare(voice):
    """Difference function (YIN, equation 6) for the next lags."""
    past = voice.past
    for _ in range(GROUPS_A_STEP):
        lag = voice.group * 8
        if lag < LAGS:
            total = splat8(F(0.0))
            for j in range(PIECE):
                d = load8(past, j + lag) - past[j]
                total = total + d * d
            store8(voice.difference, lag, total)
            voice.group += 1


@rt
def _find(vocal, voice):
    """Lag of the pitch in slow frames, 0 when there is none (YIN, steps 3 to 5)."""
    d = voice.difference
    slow_rate = vocal.sample_rate / vocal.every
    first, last = int(slow_rate / HIGHEST_HZ) - 1, min(int(slow_rate / LOWEST_HZ) + 2, LAGS - 2)
    limit = ENDS if voice.period > 0.0 else BEGINS
    total, least, found = 0.0, limit, 0
    for lag in range(1, last + 1):
        total += d[lag]
        share = d[lag] * lag / (total + 1e-20)
        if lag >= first:
            if share < least:
                least = share
                found = lag
            elif found > 0 and share > least + 0.05:  # the first valley is over
                break
    if found == 0 or voice.power < FAINT * FAINT:
        return 0.0
    before, here, after = float(d[found - 1]), float(d[found]), float(d[found + 1])
    bend = before - 2.0 * here + after
    return found + (clamp(0.5 * (before - after) / bend, -1.0, 1.0) if bend > 0.0 else 0.0)


@rt
def _decide(vocal, voice):
    """Take over what the search has found."""
    period = _find(vocal, voice) * vocal.every
    if period == 0.0:
        voice.period = 0.0
        return
    if voice.period == 0.0:
        voice.period = period
        voice.doubted = 0
    elif abs(period - voice.period) < 0.03 * voice.period:
        voice.period += 0.5 * (period - voice.period)
        voice.doubted = 0
    elif voice.doubted:
        voice.period = period
        voice.doubted = 0
    else:
        voice.doubted = 1
        return
    # the singer's pulse: the highest of the newest period
    peak, highest = 0, voice.past[0]
    for j in range(1, min(int(voice.period / vocal.every) + 1, PIECE + LAGS)):
        if voice.past[j] > highest:
            highest = voice.past[j]
            peak = j
    pulse = voice.snapped - 1.0 - (peak + 0.5) * vocal.every
    if not voice.running:
        voice.mark = pulse
    else:
        way = (pulse - voice.mark) / voice.period
        voice.mark += PULL * (way - math.floor(way + 0.5)) * voice.period
    key = 69.0 + 12.0 * math.log2(vocal.sample_rate / voice.period / 440.0)
    if not voice.running or abs(key - voice.key) > STICKY:
        voice.key = math.floor(key + 0.5)


@rt
def _ratio(vocal, voice):
    """How much higher the second voice is now.  It goes with the singer, who may be a little beside the key."""
    if voice.mode == OCTAVE_DOWN:
        return 0.5
    if voice.mode == OCTAVE_UP:
        return 2.0
    if voice.mode == DOUBLE:
        return DOUBLE_RATIO
    below = voice.mode == THIRD_BELOW
    for k in range(6):
        way = BELOW[k] if below else ABOVE[k]
        if (vocal.allowed >> ((int(voice.key) + way + 24) % 12)) & 1:
            return 2.0 ** (way / 12.0)
    return 0.5 if below else 2.0


@rt
def _begin(vocal, voice):
    """Begin the pieces that fall into this grid step."""
    if voice.mode == OFF or voice.period == 0.0:
        voice.running = 0
        return
    if not voice.running:
        voice.running = 1
        voice.next = float(voice.position)
    period, ratio = voice.period, _ratio(vocal, voice)
    for _ in range(2):  # at 1000 Hz an octave higher there are no more
        if voice.next < voice.position + GRID:
            voice.mark += math.floor((voice.next + period - 3.0 - voice.mark) / period) * period
            for g in range(GRAINS):
                if voice.half[g] == 0.0:
                    voice.start[g] = voice.next
                    voice.half[g] = period
                    voice.gain[g] = math.sqrt(1.0 / ratio)  # closer pieces are no louder
                    voice.origin[g] = voice.mark - period
                    if voice.mode == DOUBLE:
                        voice.origin[g] -= DOUBLE_S * vocal.sample_rate
                    break
            voice.next += period / ratio


@rt
def _render(voice):
    """Add all pieces of this grid step to voice.y."""
    y, line, zero, one = voice.y, voice.line, splat8(F(0.0)), splat8(F(1.0))
    for g in range(GRAINS):
        half = voice.half[g]
        if half == 0.0:
            continue
        since = voice.position - voice.start[g]
        place = voice.origin[g] + since
        whole = int(math.floor(place))
        f = splat8(F(place - whole))
        step = F(0.25 / half)  # a sine of half a cycle in two periods
        gain = F(voice.gain[g])
        for i in range(0, GRID, 8):
            angle = ramp8() * step + F((since + i - 1.0) * 0.25 / half)
            window = sine8(largest8(smallest8(angle, one * F(0.5)), zero))
            value = tap8(line, (whole + i - 1) & (VOICE_SIZE - 1), f)
            store8(y, i, load8(y, i) + value * window * window * gain)
        if since + GRID >= 2.0 * half:
            voice.half[g] = 0.0


@rt
def vocal_process(vocal, slot, x, start, stride):
    """Hear one grid step of a microphone, x[start + i * stride]; what is to be added to it is left in vocal.slots[slot].y.

    A slot that is off costs nothing and leaves exact silence.
    """
    voice = vocal.slots[slot]
    y = voice.y
    for i in range(0, GRID, 8):
        store8(y, i, splat8(F(0.0)))
    if vocal_at_rest(vocal, slot):
        voice.heard = 0
        voice.period = 0.0
        voice.running = 0
        voice.group = 0
        voice.amount = 0.0
        return
    _listen(vocal, voice, x, start, stride)
    if voice.heard >= (PIECE + LAGS + 8) * vocal.every:  # what is older is not of this singing
        if voice.group == 0:
            _snap(voice)
        _compare(voice)
        if voice.group * 8 >= LAGS:
            voice.group = 0
            _decide(vocal, voice)
    _begin(vocal, voice)
    _render(voice)
    wanted = voice.amount_to if voice.mode != OFF else 0.0
    amount = voice.amount
    slope = F((wanted - amount) * vocal.glide / GRID)
    for i in range(0, GRID, 8):
        store8(y, i, load8(y, i) * (ramp8() * slope + (F(amount) + slope * F(i))))
    voice.amount += (wanted - amount) * vocal.glide
    voice.position += GRID
