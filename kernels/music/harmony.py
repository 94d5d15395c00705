"""What sounds right now: scales, chords and a progression that moves with the beat.

Scales are lists of degrees above a tonic and repeat every period, so that any tuning fits: a key is a MIDI key number with
fractions.  Chord tones repeat every octave.  A progression is written behind the one that plays and takes its place on a
beat or bar.  The present chord and scale of a grid step are those at its end: a touch that waited for the beat meets the
new chord, not the old one.
"""
import math

import numpy as np

from ..rt import rt, state
from ..rt.units import clamp
from .terms import (
    BEGIN, CHORD, CHORD_SLOTS, DEGREES, HARMONY_CHORD, HARMONY_CLEAR, HARMONY_GO, HARMONY_KEY, HARMONY_METER, MAGIC,
    SCALE_SLOTS, TONES,
)

OCTAVE = 12.0
CHORDS = 256  # of a progression: a long song with a chord a bar
#: Two keys closer than this [semitones] are one.
SAME = 0.01
#: A magic key goes to a chord tone when that is so much nearer [semitones] than it seems: on and off the beat.
CHORD_PULL_STRONG, CHORD_PULL_WEAK = 1.2, 0.4
#: A scale tone a semitone above a chord tone rubs against it: it seems farther by so much.
RUB = 1.0
#: After somebody moved the chords by hand they wait for the hand, this many bars.
LED_BARS = 2.0
_SMALL_BEATS = 1e-9
WAITS, COMES = 1, 2

SCALE_TABLE = state(("count", "i4"), ("period", "f4"), ("degrees", "f4", (DEGREES,)))
CHORD_TABLE = state(("count", "i4"), ("tones", "f4", (TONES,)))
ENTRY = state(("start_beats", "f8"), ("root", "f4"), ("tonic", "f4"), ("chord", "i4"), ("scale", "i4"))
PROGRESSION = state(("count", "i4"), ("length_beats", "f8"), ("entries", ENTRY, (CHORDS,)))

HARMONY_STATE = state(
    ("scales", SCALE_TABLE, (SCALE_SLOTS,)), ("chords", CHORD_TABLE, (CHORD_SLOTS,)),
    ("progressions", PROGRESSION, (2,)), ("playing", "i4"),
    ("next_tonic", "f4"), ("next_scale", "i4"),  # key of the chords that are being written
    ("go_beat", "f8"),                           # when the written progression takes over; infinity: not yet
    ("began_beat", "f8"), ("at", "i4"),          # beat 0 of the one that plays, and its entry now
    ("led_until", "f8"),                         # before this beat chords move only by hand
    ("meter_beats", "f8"), ("bar_beat", "f8"),   # length of a bar, and a beat on which one begins
    ("waits", "i4"),                             # what is written begins with the form: WAITS, then COMES when that is known
    ("of_form", "i4"), ("form_beat", "f8"),      # 1: what plays moves with the form, whose place 0 is at that beat
    ("root", "f4"), ("chord", "i4"), ("tonic", "f4"), ("scale", "i4"),  # present
    ("retuned", "i4"),                           # 1: the present scale or chord was written anew
    ("changes", "i8"),
    ("stack", "f4", (TONES,)),                   # chord being voiced: pitches, ascending
)


@rt
def harmony_reset(harmony):
    """C major pentatonic over C: good notes from the first touch."""
    for slot in range(SCALE_SLOTS):
        harmony.scales[slot].count = 0
        harmony.scales[slot].period = OCTAVE
    for slot in range(CHORD_SLOTS):
        harmony.chords[slot].count = 0
    scale, chord = harmony.scales[0], harmony.chords[0]
    scale.count = 5
    scale.degrees[0] = 0.0
    scale.degrees[1] = 2.0
    scale.degrees[2] = 4.0
    scale.degrees[3] = 7.0
    scale.degrees[4] = 9.0
    chord.count = 3
    chord.tones[0] = 0.0
    chord.tones[1] = 4.0
    chord.tones[2] = 7.0
    harmony.progressions[0].count = 0
    harmony.progressions[1].count = 0
    harmony.playing = 0
    harmony.next_tonic = 0.0
    harmony.next_scale = 0
    harmony.go_beat = math.inf
    harmony.began_beat = 0.0
    harmony.at = 0
    harmony.led_until = -1.0
    harmony.meter_beats = 4.0
    harmony.bar_beat = 0.0
    harmony.waits = 0
    harmony.of_form = 0
    harmony.root = 0.0
    harmony.chord = 0
    harmony.tonic = 0.0
    harmony.scale = 0
    harmony.retuned = 0


# --- writing --------------------------------------------------------------------------------------------------------
@rt
def harmony_scale(harmony, slot, key, value):
    """SCALE_TABLE event; True when it meant something."""
    if not 0 <= slot < SCALE_SLOTS:
        return False
    scale = harmony.scales[slot]
    if slot == harmony.scale:
        harmony.retuned = 1
    if key == BEGIN:
        scale.count = 0
        scale.period = clamp(value, 1.0, 48.0)
        return True
    if scale.count >= DEGREES or not 0.0 <= value < scale.period:
        return False
    scale.degrees[scale.count] = value
    scale.count += 1
    return True


@rt
def harmony_chord(harmony, slot, key, value):
    """CHORD_TABLE event; True when it meant something.  Tones are kept within the octave, as they are given."""
    if not 0 <= slot < CHORD_SLOTS:
        return False
    chord = harmony.chords[slot]
    if slot == harmony.chord:
        harmony.retuned = 1
    if key == BEGIN:
        chord.count = 0
        return True
    if chord.count >= TONES or not 0.0 <= value < 48.0:
        return False
    chord.tones[chord.count] = value % OCTAVE
    chord.count += 1
    return True


@rt
def harmony_say(harmony, op, slot, key, value, beats):
    """HARMONY event at `beats`; True when it meant something."""
    writing = harmony.progressions[1 - harmony.playing]
    if op == HARMONY_METER:
        harmony.meter_beats = clamp(value, 1.0, 32.0)
    elif op == HARMONY_CLEAR:
        harmony.go_beat = math.inf
        writing.count = 0
        writing.length_beats = 0.0
    elif op == HARMONY_KEY:
        if not (0 <= slot < SCALE_SLOTS and harmony.scales[slot].count > 0):
            return False
        harmony.next_scale = slot
        harmony.next_tonic = key % OCTAVE
    elif op == HARMONY_CHORD:
        if not (0 <= slot < CHORD_SLOTS and harmony.chords[slot].count > 0 and value > 0.0) or writing.count >= CHORDS:
            return False
        entry = writing.entries[writing.count]
        entry.start_beats = writing.length_beats
        entry.root = key % OCTAVE
        entry.chord = slot
        entry.tonic = harmony.next_tonic
        entry.scale = harmony.next_scale
        writing.count += 1
        writing.length_beats += value
    elif op == HARMONY_GO:
        if writing.count == 0:
            return False
        unit, bar = harmony.meter_beats if value == 1.0 else 1.0, harmony.bar_beat
        harmony.waits = WAITS if value == 3.0 else 0
        harmony.go_beat = beats if value == 2.0 else bar + math.ceil((beats - bar) / unit - 1e-6) * unit
        if harmony.waits:
            harmony.go_beat = math.inf
    else:
        return False
    return True


@rt
def harmony_form(harmony, origin_beat, begins_beat):
    """The form runs, its place 0 is at `origin_beat`; chords that wait for it begin at `begins_beat`, pick-up and all."""
    harmony.form_beat = origin_beat
    if harmony.waits == WAITS:
        harmony.waits = COMES
        harmony.go_beat = begins_beat
    if harmony.of_form:
        harmony.began_beat = origin_beat
        harmony.bar_beat = origin_beat


# --- moving ---------------------------------------------------------------------------------------------------------
@rt
def harmony_advance(harmony, end_beats):
    """Move to the chord at the end of the grid step; True when the present chord or scale changed."""
    moved, retuned = _move(harmony, end_beats - _SMALL_BEATS), harmony.retuned != 0
    if moved or (retuned and harmony.scales[harmony.scale].count > 0 and harmony.chords[harmony.chord].count > 0):
        harmony.retuned = 0
        harmony.changes += 1
        return True
    return False


@rt
def _move(harmony, now):
    if harmony.go_beat <= now:
        harmony.playing = 1 - harmony.playing
        harmony.of_form = 1 if harmony.waits == COMES else 0
        harmony.began_beat = harmony.form_beat if harmony.of_form else harmony.go_beat
        harmony.waits = 0
        harmony.go_beat = math.inf
        harmony.at = 0
        harmony.led_until = -1.0
    progression = harmony.progressions[harmony.playing]
    if progression.count == 0:
        return False
    if now < harmony.led_until:
        harmony.began_beat = now - progression.entries[harmony.at].start_beats
    else:
        place = (now - harmony.began_beat) % progression.length_beats
        if place < progression.entries[harmony.at].start_beats:
            harmony.at = 0
        while harmony.at + 1 < progression.count and progression.entries[harmony.at + 1].start_beats <= place:
            harmony.at += 1
    entry = progression.entries[harmony.at]
    if (entry.root == harmony.root and entry.chord == harmony.chord and entry.tonic == harmony.tonic
            and entry.scale == harmony.scale):
        return False
    harmony.root = entry.root
    harmony.chord = entry.chord
    harmony.tonic = entry.tonic
    harmony.scale = entry.scale
    return True


@rt
def harmony_lead(harmony, end_beats):
    """Somebody asks for the next chord: it comes at once for everybody, and chords wait for the hand for a while."""
    progression = harmony.progressions[harmony.playing]
    if progression.count == 0:
        return False
    harmony.at = (harmony.at + 1) % progression.count
    harmony.led_until = end_beats + LED_BARS * harmony.meter_beats
    return harmony_advance(harmony, end_beats)


# --- asking ---------------------------------------------------------------------------------------------------------
@rt
def _tonic(harmony):
    """The tonic near middle C, from where the scale repeats; with periods that are no octave it is nowhere else."""
    return 60.0 + harmony.tonic


@rt
def harmony_period(harmony):
    """After how many semitones the present scale repeats."""
    return float(harmony.scales[harmony.scale].period)


@rt
def _place(tone, period, key, low, high):
    """`tone` moved by periods as near to `key` as low .. high allows; NaN when it has no place there."""
    found = tone + period * math.ceil((key - tone) / period - 0.5)
    if found < low - SAME:
        found += period * math.ceil((low - SAME - found) / period)
    if found > high + SAME:
        found -= period * math.ceil((found - high - SAME) / period)
    return found if found >= low - SAME else math.nan


@rt
def _nearest(tones, count, origin, period, key, low, high):
    """Nearest of origin + tones + n * period to `key` inside low .. high, lower one of two; NaN when there is none."""
    best, best_away = math.nan, math.inf
    for i in range(count):
        found = _place(origin + tones[i], period, key, low, high)
        away = abs(found - key)
        if away < best_away - 1e-6 or (away < best_away + 1e-6 and found < best):
            best, best_away = found, away
    return best


@rt
def _holds(tones, count, origin, period, key):
    for i in range(count):
        away = (key - origin - tones[i]) % period
        if away < SAME or period - away < SAME:
            return True
    return False


@rt
def harmony_has(harmony, meaning, key):
    """True when `key` is a note of the present chord (CHORD), of the scale (SCALE), of either (MAGIC)."""
    chord, scale = harmony.chords[harmony.chord], harmony.scales[harmony.scale]
    in_chord = _holds(chord.tones, chord.count, harmony.root, OCTAVE, key)
    if meaning == CHORD:
        return in_chord
    in_scale = _holds(scale.degrees, scale.count, _tonic(harmony), scale.period, key)
    return in_scale or (meaning == MAGIC and in_chord)


@rt
def harmony_classes(harmony):
    """Pitch classes that sound well now, 12 bits, bit 0 is C: the chord's; the scale's where no chord is."""
    chord, scale, classes = harmony.chords[harmony.chord], harmony.scales[harmony.scale], 0
    for i in range(chord.count):
        classes |= 1 << (int(harmony.root + chord.tones[i] + 0.5) % 12)
    if classes == 0:
        for i in range(scale.count):
            classes |= 1 << (int(_tonic(harmony) + scale.degrees[i] + 0.5) % 12)
    return classes


@rt
def _magic(harmony, key, low, high, strong):
    chord, scale = harmony.chords[harmony.chord], harmony.scales[harmony.scale]
    best = _nearest(chord.tones, chord.count, harmony.root, OCTAVE, key, low, high)
    away = abs(best - key) - (CHORD_PULL_STRONG if strong else CHORD_PULL_WEAK)
    if math.isnan(best):
        away = math.inf
    for i in range(scale.count):
        found = _place(_tonic(harmony) + scale.degrees[i], scale.period, key, low, high)
        cost = abs(found - key)
        if _holds(chord.tones, chord.count, harmony.root + 1.0, OCTAVE, found):
            cost += RUB
        if cost < away - 1e-6:
            best, away = found, cost
    return best


@rt
def harmony_snap(harmony, meaning, key, low, high, strong):
    """Nearest good note to `key` inside low .. high: scale (FREE, SCALE), chord (CHORD), or the better of both (MAGIC).

    `strong`: the touch falls on a beat, where chord tones sound best.  A range without any such note is widened by an
    octave.
    """
    chord, scale = harmony.chords[harmony.chord], harmony.scales[harmony.scale]
    for _ in range(2):
        if meaning == CHORD:
            found = _nearest(chord.tones, chord.count, harmony.root, OCTAVE, key, low, high)
        elif meaning == MAGIC:
            found = _magic(harmony, key, low, high, strong)
        else:
            found = _nearest(scale.degrees, scale.count, _tonic(harmony), scale.period, key, low, high)
        if not math.isnan(found):
            return found
        low, high = max(low - OCTAVE, 0.0), min(high + OCTAVE, 127.0)
    return clamp(harmony.root + 60.0, 0.0, 127.0)


@rt
def _climb(tones, count, origin, period, base, steps):
    """The tone nearest to `base`, then `steps` tones higher, whatever order they are given in."""
    if count == 0:  # being written
        return base
    start = _nearest(tones, count, origin, period, base, -1e6, 1e6)
    whole = math.floor(steps / count)
    rest = int(steps - whole * count)
    key = start
    for _ in range(rest):
        higher = math.inf
        for i in range(count):
            way = (origin + tones[i] - key) % period
            if way > SAME and period - way > SAME and way < higher:
                higher = way
        key += higher if higher < math.inf else period
    return key + whole * period


@rt
def harmony_degree(harmony, base, steps):
    """Scale note `steps` steps above the one nearest to `base`."""
    scale = harmony.scales[harmony.scale]
    return _climb(scale.degrees, scale.count, _tonic(harmony), scale.period, base, steps)


@rt
def harmony_tone(harmony, base, steps):
    """Chord tone `steps` tones above the one nearest to `base`."""
    chord = harmony.chords[harmony.chord]
    return _climb(chord.tones, chord.count, harmony.root, OCTAVE, base, steps)


@rt
def harmony_degree_near(harmony, key):
    """Which step of the scale is nearest to `key`, counted from the tonic, 0 .. count - 1."""
    scale = harmony.scales[harmony.scale]
    best, away = 0, math.inf
    for i in range(scale.count):
        found = _place(_tonic(harmony) + scale.degrees[i], scale.period, key, -1e6, 1e6)
        if abs(found - key) < away - 1e-6:
            best, away = i, abs(found - key)
    return best


@rt
def fold(key, low, high, period):
    """`key` moved by periods into low .. high, as near as a narrow range allows."""
    if key < low:
        key += period * math.ceil((low - key) / period)
    if key > high:
        key -= period * math.ceil((key - high) / period)
    return key if key >= 0.0 else key + period * math.ceil(-key / period)


# --- chords under the hand ------------------------------------------------------------------------------------------
@rt
def harmony_stack_chord(harmony, size):
    """Put the present chord into harmony.stack, at most `size` tones; how many."""
    chord = harmony.chords[harmony.chord]
    count = min(chord.count, size)
    for i in range(count):
        harmony.stack[i] = harmony.root + chord.tones[i]
    return count


@rt
def harmony_stack_degree(harmony, degree, size):
    """Put the chord on a degree of the scale, every second note of it, into harmony.stack; how many."""
    count = min(3, size)
    for i in range(count):
        harmony.stack[i] = harmony_degree(harmony, 60.0 + harmony.tonic, degree + 2 * i)
    return count


@rt
def harmony_voice(harmony, count, size, low, high, period, voiced, voiced_count):
    """Spread the `count` pitches of harmony.stack, which repeat every `period`, over `size` notes into `voiced`; how many.

    Of all close positions inside low .. high the one is taken whose notes have the shortest way from `voiced`, the chord
    before (voiced_count notes, 0: none); with nothing before, or equal ways, the one nearest to the middle.
    """
    low, high = clamp(low, 0.0, 127.0 - OCTAVE), clamp(high, OCTAVE, 127.0)
    stack, middle = harmony.stack, (low + high) / 2.0
    size = min(size, voiced.shape[0]) if count > 0 else 0
    for i in range(count):  # pitch classes, ascending
        stack[i] = stack[i] % period
    for i in range(1, count):
        for j in range(i, 0, -1):
            if stack[j] < stack[j - 1]:
                lower = stack[j]
                stack[j] = stack[j - 1]
                stack[j - 1] = lower
    best_first, best_octave, best_cost = 0, int(middle / period), math.inf
    for first in range(count):
        for octave in range(int(127.0 / period) + 1):
            cost, mean, previous = 0.0, 0.0, np.float32(-1.0)
            lowest, highest = stack[first] + period * octave, 0.0
            for n in range(size):
                at = first + n
                highest = stack[at % count] + period * (octave + at // count)
                mean += highest / size
                if voiced_count > 0:
                    previous = voiced[min(n, voiced_count - 1)]
                    cost += abs(highest - previous) / size
            outside = max(low - lowest, 0.0) + max(highest - high, 0.0)
            cost += 0.05 * abs(mean - middle) + 100.0 * outside
            if cost < best_cost - 1e-6:
                best_first, best_octave, best_cost = first, octave, cost
    for n in range(size):
        at = best_first + n
        voiced[n] = fold(stack[at % count] + period * (best_octave + at // count), 0.0, 127.0, period)
    return size
