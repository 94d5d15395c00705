"""Which keys the band plays: chords whose voices move by small steps, and basses that lead to the chord to come."""
import math

from ..rt import rt
from ..rt.units import clamp
from .harmony import OCTAVE, fold, harmony_degree, harmony_has, harmony_voice
from .sounding import f8, i8
from .style import SEATS
from .terms import APPROACH, CHORD, DEGREE, MAGIC, OCTAVE_UP, TONE

_SMALL_BEATS = 1e-9
#: A walking bass has arrived when the root to come is so near [semitones].
ARRIVED = 2.6


@rt
def chord_at(band, harmony, beats):
    """Put the chord of the time `beats` into band.root, band.chord: the present one, unless a change is known to come first.

    beats: as harmony.began_beat.  While somebody leads the chords by hand nothing is known.
    """
    band.root = harmony.root
    band.chord = harmony.chord
    now = beats + _SMALL_BEATS
    if harmony.go_beat <= now:
        writing = harmony.progressions[1 - harmony.playing]
        if writing.count > 0:
            band.root = writing.entries[0].root
            band.chord = writing.entries[0].chord
        return
    progression = harmony.progressions[harmony.playing]
    if progression.count == 0 or now < harmony.led_until:
        return
    place = (now - harmony.began_beat) % progression.length_beats
    at = harmony.at
    for _ in range(4):  # a look-ahead of a beat or two meets no more changes
        start = progression.entries[at].start_beats
        stop = progression.entries[at + 1].start_beats if at + 1 < progression.count else progression.length_beats
        if start <= place < stop:
            break
        at = (at + 1) % progression.count
    else:
        return
    band.root = progression.entries[at].root
    band.chord = progression.entries[at].chord


@rt
def voice_chord(band, style, harmony, seat):
    """Voice the chord band.root, band.chord for a seat, as near as can be to the one before; how many notes."""
    count = i8(band.voiced_count[seat])
    if count > 0 and band.voiced_root[seat] == band.root and band.voiced_chord[seat] == band.chord \
            and band.voiced_change[seat] == harmony.changes:
        return count
    chord = harmony.chords[band.chord]
    tones = i8(chord.count)
    for i in range(tones):
        harmony.stack[i] = band.root + chord.tones[i]
    count = i8(harmony_voice(harmony, tones, i8(style.size[seat]), f8(style.low[seat]), f8(style.high[seat]), f8(OCTAVE),
                             band.voiced[seat], count))
    band.voiced_count[seat] = count
    band.voiced_root[seat] = band.root
    band.voiced_chord[seat] = band.chord
    band.voiced_change[seat] = harmony.changes
    return count


@rt
def _near(key, about, low, high):
    """`key` moved by octaves as near to `about` as the range allows."""
    return fold(key + OCTAVE * math.floor((about - key) / OCTAVE + 0.5), low, high, f8(OCTAVE))


@rt
def single_key(band, style, harmony, seat, what, number, low_root):
    """Key of a note that stands alone, of the chord in band.root, band.chord; low_root: root of the chord to come."""
    low, high, before = f8(style.low[seat]), f8(style.high[seat]), f8(band.before[seat])
    chord = harmony.chords[band.chord]
    if what == DEGREE:
        return fold(harmony_degree(harmony, 60.0 + harmony.tonic, i8(number)), low, high, f8(OCTAVE))
    if what == TONE or what == OCTAVE_UP:
        root = _near(f8(band.root), (2.0 * low + high) / 3.0 if before < 0.0 or what == OCTAVE_UP else before, low, high)
        if what == OCTAVE_UP:
            return root + OCTAVE if root + OCTAVE <= high else root
        at = i8(number)
        tone = f8(chord.tones[at % max(chord.count, 1)]) if at > 0 and chord.count > 0 else 0.0
        return root if at == 0 else _near(band.root + tone, before if before >= 0.0 else root, low, high)
    target = _near(low_root, before if before >= 0.0 else (low + high) / 2.0, low, high)
    before = target if before < 0.0 else before
    if what == APPROACH:
        below = target - 1.0 >= low and (before <= target or target + 1.0 > high)
        return target - 1.0 if below else target + 1.0
    # WALK: on towards the target, or, when it is reached already, away from it by a tone of the chord
    way = 1.0 if target > before else -1.0
    if abs(target - before) < ARRIVED:
        way = -1.0 if target - OCTAVE / 2.0 >= low and before >= target else 1.0
        return _step(harmony, i8(CHORD), before, way, low, high)
    return _step(harmony, i8(MAGIC), before, way, low, high)


@rt
def _step(harmony, meaning, before, way, low, high):
    """Next good semitone from `before` on in direction `way`; back from the end of the range."""
    for _ in range(2):
        for n in range(1, 13):
            key = math.floor(before + 0.5) + way * n
            if low <= key <= high and harmony_has(harmony, meaning, key):
                return key
        way = -way
    return clamp(before, low, high)


@rt
def voicing_reset(band):
    """No chord was played yet."""
    for seat in range(SEATS):
        band.voiced_count[seat] = 0
        band.before[seat] = -1.0
