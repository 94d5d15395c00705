"""The band: plays the patterns of its style in time with the form, with the chords of the harmony and the group's energy.

Patterns that fit the energy play together; each goes round in its own length, counted from the beginning of the section.
A bar is planned when it begins: its energy, its fill, its accents.  So what happens in a grid step is at most a few notes, and
between them nothing.  Small differences of time and loudness come from the number of the bar: a song sounds the same twice.
"""
import math

from ..rt import GRID, rt
from ..rt.units import clamp
from ..voices.part import BAND_BASS, CHANNELS
from .band_notes import (
    CLICK_BEATS, CLICK_SEAT, band_sound, held_add, held_advance, held_end_seat,
)
from .sounding import f8, i8, order
from .style import SEATS, style_reset, style_say
from .terms import (
    BAND_CLEAR, BAND_ENERGY, BAND_FILL, BAND_GO, BAND_MUTE, BAND_PATTERNS, BAND_SOFTEN, DRUM, END, FILL, HOLD, HOLDING,
    PLAY, START, STOPPED,
)
from .voicing import voicing_reset

#: Order of the engine beside OFF, ON, CONTROL: the part takes the sound (model: key, program: value).
TAKE_SOUND = 3
#: The last chord.
NOT_YET, RINGS, OVER = range(3)
NEXT_BAR, AT_ONCE = 1, 2
#: How much a place may differ from where the last step ended before it counts as a jump [beats].
JUMP_BEATS = 0.02
_SMALL = 1e-6
#: Most that happens in one grid step.
MOST = 32
#: Loudness of the softest and the loudest bar, against what the pattern says.
SOFTEST, LOUDEST = 0.55, 1.0
#: Loudness of a note differs by so much from bar to bar, at most.
UNEVEN = 0.06
#: Energy moves by so much a bar, at most: a band swells, it does not switch.
ENERGY_STEP = 0.25
#: Who was not heard for so long [bars] plays no more; how long the past counts.
GONE_BARS, MEMORY_BARS = 2.0, 2.0
#: Onsets a beat of one player at which a group is as dense as can be.
DENSEST = 3.0
#: High and low wood block: most of their sound lies between 700 and 1100 Hz, where old ears still hear.
CLICK_FIRST, CLICK = 76.0, 77.0


@rt
def band_reset(band):
    """Nobody plays."""
    for i in range(2):
        style_reset(band.styles[i])
    band.playing = 0
    band.going = 0
    band.set_energy = 0.5
    band.follow = 0.5
    band.soften = 0.0
    band.fill_wanted = 0
    for seat in range(SEATS):
        band.muted[seat] = 0
    for i in range(band.held.shape[0]):
        band.held[i].doing = 0
    for p in range(band.seen_beat.shape[0]):
        band.seen_beat[p] = -math.inf
    band.held_count = 0
    band.next_due = math.inf
    band.mode = STOPPED
    band.section = -1
    band.place = math.inf
    band.next_place = math.inf
    band.origin = 0.0
    band.bar_start = 0.0
    band.bar_stop = 0.0
    band.energy = 0.5
    band.loudness = 1.0
    band.stop_seen = math.inf
    band.strike = math.inf
    band.struck = 0
    band.click = math.inf
    band.heard_beat = 0.0
    band.onsets = 0.0
    band.strength = 0.0
    voicing_reset(band)


@rt
def band_say(band, op, player, key, value):
    """BAND event; True when it meant something."""
    if op == BAND_GO:
        if value != NEXT_BAR and value != AT_ONCE:
            return False
        band.going = int(value)
        return True
    if op == BAND_ENERGY:
        band.follow = clamp(key, 0.0, 1.0)
        band.set_energy = clamp(value, 0.0, 1.0)
        return True
    if op == BAND_SOFTEN:
        band.soften = clamp(value, 0.0, 1.0)
        return True
    if op == BAND_FILL:
        band.fill_wanted = 1
        return True
    if op == BAND_MUTE:
        if not 0 <= player - BAND_BASS < SEATS:
            return False
        band.muted[player - BAND_BASS] = 1 if value >= 0.5 else 0
        return True
    if op == BAND_CLEAR:
        band.going = 0
    return style_say(band.styles[1 - band.playing], op, player, key, value)


@rt
def band_hear(band, player, strength, beats, meter_beats):
    """Somebody in the group plays a note of `strength` 0 .. 1."""
    _fade(band, beats, meter_beats)
    band.onsets += 1.0
    band.strength += clamp(strength, 0.0, 1.0)
    band.seen_beat[min(max(player, 0), band.seen_beat.shape[0] - 1)] = beats


@rt
def _fade(band, beats, meter_beats):
    """What was heard counts less and less."""
    kept = math.exp(-max(beats - band.heard_beat, 0.0) / (MEMORY_BARS * meter_beats))
    band.onsets *= kept
    band.strength *= kept
    band.heard_beat = beats


@rt
def _group_energy(band, beats, meter_beats):
    """Energy 0 .. 1 of what the group plays: half how loud, half how dense; the set one while nobody plays."""
    players = 0
    for p in range(band.seen_beat.shape[0]):
        if beats - band.seen_beat[p] < GONE_BARS * meter_beats:
            players += 1
    _fade(band, beats, meter_beats)
    if players == 0 or band.onsets < 0.5:
        return band.set_energy
    a_beat = band.onsets / (MEMORY_BARS * meter_beats * players)
    dense = math.log2(1.0 + a_beat) / math.log2(1.0 + DENSEST)
    return clamp(0.5 * band.strength / band.onsets + 0.5 * dense, 0.0, 1.0)


# --- bars --------------------------------------------------------------------------------------------------------------
@rt
def _take_over(band, assist):
    """The written style plays from now on."""
    held_end_seat(band, assist, i8(-1), f8(assist.beats))
    band.playing = 1 - band.playing
    band.going = 0
    style = band.styles[band.playing]
    voicing_reset(band)
    for seat in range(SEATS):
        if style.model[seat] >= 0:
            order(assist, i8(TAKE_SOUND), assist.frame, i8(CHANNELS * seat), f8(style.model[seat]), f8(style.program[seat]))


@rt
def _plan(band, assist, form, at, jumped):
    """A bar begins at `at`, or is joined there after a jump."""
    meter = max(form.meter_beats, 0.25)
    if band.going == NEXT_BAR:
        _take_over(band, assist)
    if form.mode != HOLDING:
        new = form.section != band.section or jumped or at >= form.section_stop - _SMALL
        if new:
            known = form.section_start - _SMALL <= at < form.section_stop - _SMALL
            band.origin = form.section_start if known else at
            if form.section_start == -math.inf:
                band.origin = 0.0
        band.section = form.section
    bars = math.floor((at - band.origin) / meter + _SMALL)
    band.bar_start = band.origin + bars * meter
    band.bar_stop = band.bar_start + meter
    last_bar = False
    if band.bar_start < form.section_stop - _SMALL:
        band.bar_stop = min(band.bar_stop, form.section_stop)
        last_bar = form.section_stop <= band.bar_start + meter + _SMALL and bars > 0.0
    band.bar = i8(math.floor(band.bar_start / meter + 0.5))
    wanted = (1.0 - band.follow) * band.set_energy + band.follow * _group_energy(band, f8(assist.beats), meter)
    soft = max(band.soften, 0.5) if form.mode == HOLDING else band.soften
    wanted *= 1.0 - 0.6 * soft
    if jumped:
        band.energy = wanted
    band.energy += clamp(wanted - band.energy, -ENERGY_STEP, ENERGY_STEP)
    band.loudness = (SOFTEST + (LOUDEST - SOFTEST) * band.energy) * (1.0 - 0.5 * soft)
    style, first = band.styles[band.playing], bars == 0.0 and at <= band.bar_start + _SMALL
    fills = (last_bar and form.mode != HOLDING and not form.last_time) or band.fill_wanted
    band.fill_wanted = 0
    band.fill_place = math.inf
    for i in range(style.pattern_count):
        pattern = style.patterns[i]
        band.on[i] = 0
        if not pattern.low <= band.energy < pattern.high or pattern.count == 0:
            continue
        when, cycle = pattern.when, band.bar_start
        if when == PLAY:
            cycle = band.origin + math.floor((band.bar_start - band.origin) / pattern.length + _SMALL) * pattern.length
        elif when == FILL and fills:
            cycle = band.bar_stop - min(pattern.length, band.bar_stop - band.bar_start)
            if cycle < at - _SMALL:
                continue
            band.fill_place = min(band.fill_place, cycle)
        elif not (when == START and first and form.mode != HOLDING):
            continue
        band.on[i] = 1
        band.cycle[i] = cycle
        band.cursor[i] = 0
        for _ in range(pattern.count):
            if cycle + style.notes[pattern.first + band.cursor[i]].start >= at - _SMALL:
                break
            band.cursor[i] += 1
    _look_ahead(band)


@rt
def _place_of(band, style, i):
    """Song beat of the next note of pattern i that falls into this bar; infinity when there is none."""
    pattern = style.patterns[i]
    if not band.on[i]:
        return math.inf
    if band.cursor[i] >= pattern.count:
        if pattern.when != PLAY:
            return math.inf
        band.cursor[i] = 0
        band.cycle[i] += pattern.length
    place = band.cycle[i] + style.notes[pattern.first + band.cursor[i]].start
    return place if place < band.bar_stop - _SMALL else math.inf


@rt
def _look_ahead(band):
    """Find the next place at which something happens."""
    style, place = band.styles[band.playing], min(band.click, band.stop_seen)
    if band.struck == NOT_YET:
        place = min(place, min(band.bar_stop, band.strike))
        for i in range(style.pattern_count):
            place = min(place, _place_of(band, style, i))
    band.next_place = place if band.struck != OVER else math.inf


@rt
def _random(bar, number):
    """Number 0 .. 1 that belongs to a note of a bar.  Two rounds of the generator of the C standard's example."""
    x = (bar * 7919 + number * 104729 + 12345) & 0x7FFFFFFF
    for _ in range(2):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        x ^= x >> 13
    return (x & 0xFFFF) / 65536.0


@rt
def _play(band, assist, style, i, at, beats, until):
    """Sound the note under the cursor of pattern i, at beat `at` of the transport; until: NaN, or where it ends instead."""
    pattern = style.patterns[i]
    note = style.notes[pattern.first + band.cursor[i]]
    seat = i8(pattern.seat)
    if band.muted[seat]:
        return
    number = i8(band.cursor[i] + 131 * i)
    lasts = not math.isnan(until) and note.what != DRUM
    late = 0.0 if lasts else style.delay_s * assist.sample_rate * assist.beats_per_frame * _random(i8(band.bar), number)
    loud = band.loudness * (1.0 + UNEVEN * (2.0 * _random(i8(band.bar), number + 65537) - 1.0))
    stop = until if lasts else at + note.length + late
    band_sound(band, assist, seat, i8(note.what), i8(note.ahead), f8(note.number), f8(note.velocity * loud),
               f8(max(at + late, beats)), f8(stop))


@rt
def _strike(band, assist, when, at, until):
    """All seats play what is written for this moment, together at beat `at`, and hold it until another."""
    style = band.styles[band.playing]
    held_end_seat(band, assist, i8(-1), f8(at))
    for i in range(style.pattern_count):
        pattern = style.patterns[i]
        if pattern.when == when and pattern.low <= band.energy < pattern.high:
            for n in range(pattern.count):
                band.cursor[i] = n
                _play(band, assist, style, i, f8(at + style.notes[pattern.first + n].start), f8(assist.beats), until)


@rt
def _find_strike(band, form, place):
    """Where the last chord is struck: at the last bar line before the end, or, when that is over, on the next pulse."""
    band.stop_seen = form.stop_place
    band.strike = math.inf
    if form.stop_place == math.inf or band.struck != NOT_YET:
        return
    pulse, meter = band.styles[band.playing].pulse, max(form.meter_beats, 0.25)
    at = band.bar_start + (math.ceil((form.stop_place - band.bar_start) / meter - _SMALL) - 1.0) * meter
    if at < place - JUMP_BEATS:
        at = band.bar_start + math.ceil((place - band.bar_start) / pulse - _SMALL) * pulse
    if at < form.stop_place - 0.2:
        band.strike = at


# --- time --------------------------------------------------------------------------------------------------------------
@rt
def band_let_go(band, assist):
    """Everything that sounds or waits ends."""
    held_end_seat(band, assist, i8(-1), f8(assist.beats))


@rt
def _change_mode(band, assist, form):
    """The form has begun to count, play, wait or end, or has stopped."""
    before, band.mode = band.mode, form.mode
    if form.mode == STOPPED:
        band_let_go(band, assist)
        band.next_place = math.inf
        band.place = math.inf
    elif form.mode == HOLDING:
        band.hold_beat = assist.beats
        band.hold_place = form.place
        if not band.styles[band.playing].vamps:
            _strike(band, assist, i8(HOLD), f8(assist.beats), math.inf)
    elif before == HOLDING:
        band_let_go(band, assist)
        band.place = math.inf
    if before == STOPPED:
        band.section = -1
        band.place = math.inf


@rt
def band_advance(band, assist, form):
    """Let a grid step pass: orders of the band are in assist.out afterwards."""
    if form.mode != band.mode:
        _change_mode(band, assist, form)
    if band.going == AT_ONCE or (band.going and form.mode == STOPPED):
        _take_over(band, assist)
        band.place = math.inf
    held_advance(band, assist)
    if form.mode == STOPPED:
        return
    style = band.styles[band.playing]
    if form.mode == HOLDING and not style.vamps:
        return
    step = GRID * assist.beats_per_frame
    place = form.place if form.mode != HOLDING else band.hold_place + (assist.beats - band.hold_beat)
    if abs(place - band.place) > JUMP_BEATS:
        band.struck = NOT_YET if place < form.stop_place else OVER
        band.click = math.ceil(place / style.pulse - _SMALL) * style.pulse
        if band.click > -_SMALL:
            band.click = math.inf
        if place < 0.0:  # count-in or pick-up: the band begins with the first bar
            band.bar_start = 0.0
            band.bar_stop = 0.0
            for i in range(BAND_PATTERNS):
                band.on[i] = 0
        else:
            _plan(band, assist, form, f8(place), True)
        _find_strike(band, form, place)
        _look_ahead(band)
    elif form.stop_place != band.stop_seen:
        _find_strike(band, form, place)
        _look_ahead(band)
    band.place = place + step
    if place + step - 1e-9 > band.next_place:
        _happen(band, assist, form, place, place + step - 1e-9)
        held_advance(band, assist)


@rt
def _happen(band, assist, form, place, end):
    """Everything between the places `place` and `end`, in order."""
    for _ in range(MOST):
        now = band.next_place
        if now >= end:
            return
        beats = assist.beats + now - place
        style = band.styles[band.playing]
        if now >= band.stop_seen:
            band_let_go(band, assist)
            band.struck = OVER
            band.next_place = math.inf
            return
        if now >= band.click:
            bars = band.click / max(form.meter_beats, 0.25)
            first = abs(bars - math.floor(bars + 0.5)) < _SMALL
            held_add(band, assist, i8(CLICK_SEAT), i8(DRUM), i8(0), f8(0.0), CLICK_FIRST if first else CLICK,
                     0.8 if first else 0.6, f8(beats), f8(beats + CLICK_BEATS))
            band.click = band.click + style.pulse if band.click + style.pulse < -_SMALL else math.inf
        elif now >= band.strike:
            band.strike = math.inf
            band.struck = RINGS
            _strike(band, assist, i8(END), f8(beats), f8(beats + band.stop_seen - now))
        elif now >= band.bar_stop:
            _plan(band, assist, form, f8(band.bar_stop), False)
        else:
            for i in range(style.pattern_count):
                at = _place_of(band, style, i)
                if at <= now:
                    if at < band.fill_place - _SMALL or style.patterns[i].when == FILL or not _fills(band, style, i):
                        _play(band, assist, style, i, f8(assist.beats + at - place), f8(assist.beats), math.nan)
                    band.cursor[i] += 1
        _look_ahead(band)


@rt
def _fills(band, style, i):
    """Whether a fill takes the place of pattern i."""
    for k in range(style.pattern_count):
        if band.on[k] and style.patterns[k].when == FILL and style.patterns[k].seat == style.patterns[i].seat:
            return True
    return False
