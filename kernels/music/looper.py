"""Phrases that go round: what a player plays is kept, as long as whole bars, and comes back on the beat.

A phrase is kept as notes on beats, so it follows every change of tempo, waits where the song waits, and sounds through the
player's own part.  What was played with help in pitch is helped again: each note is moved to the present chord or scale,
by the meaning of the zone that it came from.  What was played free (MIDI notes, pads, patterns of fixed keys) stays as it
was.  Orders are put into `looper.out`; every ON gets its OFF.
"""
import math

import numpy as np

from ..rt import GRID, rt, state
from ..rt.units import clamp
from .hand import NONE, NOTES
from .harmony import harmony_has, harmony_snap
from .sounding import OFF, ON, beats_at, f8, frame_at, i8
from .terms import (
    AT_ONCE, CHORD, CHORD_BUTTON, DRONE, FIRST_CONTROL, FREE, LOOP, LOOPER_CLEAR, LOOPER_CLOSE, LOOPER_OVERDUB, LOOPER_PLAY,
    LOOPER_PRESS, LOOPER_RECORD, LOOPER_STOP, MAGIC, NEXT_BAR, NEXT_NOTE, PADS, PHRASE, ROUND, SCALE,
)

PHRASES, PHRASE_NOTES = 8, 256
#: Nobody plays so long a phrase on purpose.
LONGEST_BARS = 16.0
#: A first note or a closing touch this close to a bar line is meant for it [beats].
NEAR_BEATS = 0.3
#: Loops' notes that sound at once, and orders of one grid step: all of them may end in it, begin anew, and end again.
SOUNDS, OUTS = 64, 256
#: No note is shorter [beats].
SHORTEST_BEATS = 1.0 / 32.0
#: What a phrase is doing: nothing, waits for its first note, is recorded, goes round, rests.
EMPTY, ARMED, RECORDING, ROUNDS, STILL = range(5)
#: Help of a kept note: none.
AS_IT_IS = -1
_SMALL_BEATS = 1e-6

KEPT_NOTE = state(
    ("start", "f8"), ("length", "f8"),       # beats from the phrase's beginning
    ("key", "f4"), ("velocity", "f4"), ("channel", "i4"),
    ("help", "i4"),                          # AS_IT_IS, SCALE, CHORD or MAGIC
    ("open", "i4"),                          # 1: the key is still down
)
PHRASE_STATE = state(
    ("doing", "i4"), ("player", "i4"), ("overdub", "i4"),
    ("began_beat", "f8"),                    # beat of the clock at which the first round, or the recording, began
    ("length", "f8"),                        # beats; while recording: where it closes, infinity: not known
    ("wanted_bars", "f8"),
    ("go_beat", "f8"), ("stop_beat", "f8"),  # what waits for its beat; infinity: nothing
    ("at", "i4"), ("turn", "i8"),            # next note, and how often it went round
    ("count", "i4"), ("notes", KEPT_NOTE, (PHRASE_NOTES,)),
)
SOUND = state(("phrase", "i4"), ("player", "i4"), ("channel", "i4"), ("key", "f4"), ("help", "i4"), ("end_beat", "f8"))
LOOP_ORDER = state(("kind", "i4"), ("player", "i4"), ("channel", "i4"), ("key", "f4"), ("value", "f4"), ("frame", "i8"))

LOOPER = state(
    ("phrases", PHRASE_STATE, (PHRASES,)),
    ("sounds", SOUND, (SOUNDS,)), ("sound_count", "i4"),
    ("out", LOOP_ORDER, (OUTS,)), ("count", "i4"),
    ("busy", "i4"),                          # 1: some phrase is not empty
    ("origin_beat", "f8"), ("meter_beats", "f8"),  # where bars begin, and how long they are
)


@rt
def looper_reset(looper):
    """No phrases."""
    for i in range(PHRASES):
        _empty(looper.phrases[i])
    looper.sound_count = 0
    looper.count = 0
    looper.busy = 0
    looper.origin_beat = 0.0
    looper.meter_beats = 4.0


@rt
def _empty(phrase):
    phrase.doing = EMPTY
    phrase.overdub = 0
    phrase.count = 0
    phrase.go_beat = math.inf
    phrase.stop_beat = math.inf


# --- notes that sound -------------------------------------------------------------------------------------------------
@rt
def _order(looper, assist, kind, player, channel, key, value, frame):
    order = looper.out[looper.count]
    order.kind = kind
    order.player = player
    order.channel = channel
    order.key = key
    order.value = value
    order.frame = min(max(frame, assist.frame), assist.frame + GRID - 1)
    looper.count += 1


@rt
def _end(looper, assist, i, frame):
    """The sound with number i ends."""
    sound, last = looper.sounds[i], looper.sounds[looper.sound_count - 1]
    _order(looper, assist, i8(OFF), i8(sound.player), i8(sound.channel), f8(sound.key), 0.0, frame)
    sound.phrase = last.phrase
    sound.player = last.player
    sound.channel = last.channel
    sound.key = last.key
    sound.help = last.help
    sound.end_beat = last.end_beat
    looper.sound_count -= 1


@rt
def _end_all_of(looper, assist, which, frame):
    for i in range(looper.sound_count - 1, -1, -1):
        if looper.sounds[i].phrase == which:
            _end(looper, assist, i8(i), frame)


@rt
def _begin(looper, assist, which, note, start_beat):
    if looper.count > OUTS - 3 * SOUNDS:  # all that sounds must be able to end in this grid step
        return
    phrase, key = looper.phrases[which], f8(note.key)
    if note.help != AS_IT_IS:
        key = harmony_snap(assist.harmony, i8(note.help), key, 0.0, 127.0, True)
    key = f8(np.float32(key))
    frame = max(frame_at(assist, start_beat), assist.frame)
    for i in range(looper.sound_count - 1, -1, -1):
        sound = looper.sounds[i]
        if sound.player == phrase.player and sound.channel == note.channel and sound.key == key:
            _end(looper, assist, i8(i), frame)
    if looper.sound_count == SOUNDS:
        first = 0
        for i in range(SOUNDS):
            if looper.sounds[i].end_beat < looper.sounds[first].end_beat:
                first = i
        _end(looper, assist, i8(first), frame)
    sound = looper.sounds[looper.sound_count]
    looper.sound_count += 1
    sound.phrase = which
    sound.player = phrase.player
    sound.channel = note.channel
    sound.key = key
    sound.help = note.help
    sound.end_beat = start_beat + max(note.length, SHORTEST_BEATS)
    _order(looper, assist, i8(ON), i8(phrase.player), i8(note.channel), key, f8(note.velocity), frame)


@rt
def looper_follow(looper, assist):
    """The chord or scale has changed: sounding notes of phrases that are wrong now end."""
    for i in range(looper.sound_count - 1, -1, -1):
        sound = looper.sounds[i]
        if sound.help != AS_IT_IS and not harmony_has(assist.harmony, i8(sound.help), f8(sound.key)):
            _end(looper, assist, i8(i), assist.frame)


# --- keeping what is played -------------------------------------------------------------------------------------------
@rt
def _help_of(hand, channel, key):
    """How the pitch of the note that player's hand has just begun is helped."""
    for i in range(NOTES):
        note = hand.notes[i]
        if note.doing != NONE and note.channel == channel and note.key == key:
            zone = hand.zones[note.zone]
            meaning = zone.meaning
            if meaning == PADS or meaning == ROUND or meaning == NEXT_NOTE:
                return AS_IT_IS
            if meaning == LOOP or meaning == PHRASE:
                return AS_IT_IS if zone.absolute else SCALE
            if meaning <= MAGIC and note.control < FIRST_CONTROL and hand.pitch_help < 1.0:
                return AS_IT_IS
            if meaning == FREE or meaning == SCALE or meaning == DRONE:
                return SCALE
            return MAGIC if meaning == MAGIC or meaning == CHORD_BUTTON else CHORD
    return AS_IT_IS


@rt
def looper_hear(looper, assist, player, channel, key, velocity, frame):
    """Player begins a note (velocity above 0) or ends one (0): kept where a phrase of hers is open."""
    if not looper.busy:
        return
    beats = beats_at(assist, frame)
    for n in range(PHRASES):
        phrase = looper.phrases[n]
        if phrase.player != player:
            continue
        if phrase.doing == ARMED and velocity > 0.0:
            meter = looper.meter_beats
            bar = math.floor((beats - looper.origin_beat + NEAR_BEATS) / meter)
            phrase.began_beat = looper.origin_beat + bar * meter
            phrase.doing = RECORDING
            phrase.count = 0
            phrase.length = phrase.wanted_bars * meter if phrase.wanted_bars > 0.0 else math.inf
        if phrase.doing == RECORDING or (phrase.doing == ROUNDS and phrase.overdub):
            if velocity > 0.0:
                _keep(phrase, assist.hands[player], beats, channel, key, velocity)
            else:
                _close_note(phrase, beats, channel, key)


@rt
def _place(phrase, beats):
    """Where `beats` lies in the phrase."""
    place = beats - phrase.began_beat
    if phrase.doing == ROUNDS:
        place -= math.floor(place / phrase.length) * phrase.length
    return max(place, 0.0)


@rt
def _keep(phrase, hand, beats, channel, key, velocity):
    if phrase.count >= PHRASE_NOTES:
        return
    place, at = _place(phrase, beats), phrase.count
    while at > 0 and phrase.notes[at - 1].start > place:  # in order of their starts
        _copy(phrase.notes[at], phrase.notes[at - 1])
        at -= 1
    note = phrase.notes[at]
    note.start = place
    note.length = math.inf
    note.key = key
    note.velocity = velocity
    note.channel = channel
    note.help = _help_of(hand, channel, key)
    note.open = 1
    phrase.count += 1
    if phrase.doing == ROUNDS and at <= phrase.at:  # it sounds already: not again in this round
        phrase.at += 1


@rt
def _copy(to, source):
    to.start = source.start
    to.length = source.length
    to.key = source.key
    to.velocity = source.velocity
    to.channel = source.channel
    to.help = source.help
    to.open = source.open


@rt
def _close_note(phrase, beats, channel, key):
    for i in range(phrase.count):
        note = phrase.notes[i]
        if note.open and note.channel == channel and note.key == key:
            place = _place(phrase, beats)
            note.length = place - note.start if place >= note.start else place - note.start + phrase.length
            note.open = 0


@rt
def _close_notes(phrase):
    """The phrase is closed: what is still down lasts to its end; what began after it belongs to its beginning."""
    for i in range(phrase.count):
        note = phrase.notes[i]
        if note.start >= phrase.length - _SMALL_BEATS:
            note.start = max(note.start - phrase.length, 0.0)
        note.length = min(note.length, phrase.length - note.start)
        note.open = 0
    for i in range(1, phrase.count):  # in order of their starts, again
        for j in range(i, 0, -1):
            if phrase.notes[j].start >= phrase.notes[j - 1].start:
                break
            _swap(phrase.notes[j], phrase.notes[j - 1])


@rt
def _swap(one, other):
    start, length, key, velocity = one.start, one.length, one.key, one.velocity
    channel, help, is_open = one.channel, one.help, one.open
    _copy(one, other)
    other.start = start
    other.length = length
    other.key = key
    other.velocity = velocity
    other.channel = channel
    other.help = help
    other.open = is_open


# --- time ---------------------------------------------------------------------------------------------------------------
@rt
def _go(phrase, beat):
    """From now on it goes round; what lies before the present beat of its first round stays missed."""
    phrase.doing = ROUNDS
    phrase.began_beat = beat
    phrase.turn = 0
    phrase.at = 0
    phrase.go_beat = math.inf
    phrase.stop_beat = math.inf


@rt
def _run(looper, assist, which, end):
    """Notes of a phrase that fall into this grid step."""
    phrase = looper.phrases[which]
    for _ in range(2 * PHRASE_NOTES):
        if phrase.at >= phrase.count:
            if phrase.began_beat + (phrase.turn + 1) * phrase.length >= end:
                return
            phrase.at = 0
            phrase.turn += 1
            if phrase.count == 0:
                return
        note = phrase.notes[phrase.at]
        start = phrase.began_beat + phrase.turn * phrase.length + note.start
        if start >= end:
            return
        if note.open:  # its key is down since a whole round
            note.length = phrase.length
            note.open = 0
        if start >= assist.beats - _SMALL_BEATS:
            _begin(looper, assist, which, note, start)
        phrase.at += 1


@rt
def looper_advance(looper, assist, origin_beat, meter_beats):
    """Let a grid step begin; bars begin at `origin_beat` of the clock and every `meter_beats` from it.

    Where the song waits or jumps, its origin moves; phrases move with it by what is no whole bar, and so stay on the bar.
    """
    meter_beats = clamp(meter_beats, 1.0, 32.0)
    moved = (origin_beat - looper.origin_beat) / meter_beats
    moved = (moved - math.floor(moved + 0.5)) * meter_beats
    looper.origin_beat = origin_beat
    looper.meter_beats = meter_beats
    if not looper.busy:
        return
    end, busy = assist.beats + GRID * assist.beats_per_frame - 1e-9, looper.sound_count
    for i in range(looper.sound_count - 1, -1, -1):
        if looper.sounds[i].end_beat < end:
            _end(looper, assist, i8(i), frame_at(assist, f8(looper.sounds[i].end_beat)))
    for n in range(PHRASES):
        phrase = looper.phrases[n]
        if phrase.doing == EMPTY:
            continue
        busy = 1
        if abs(moved) > _SMALL_BEATS / 1000.0:
            phrase.began_beat += moved
            phrase.go_beat += moved
            phrase.stop_beat += moved
        if phrase.doing == RECORDING:
            longest = LONGEST_BARS * meter_beats
            if phrase.began_beat + min(phrase.length, longest) < end:
                phrase.length = min(phrase.length, longest)
                _close_notes(phrase)
                _go(phrase, phrase.began_beat + phrase.length)
        if phrase.doing == ROUNDS and phrase.stop_beat < end:
            _end_all_of(looper, assist, i8(n), frame_at(assist, f8(phrase.stop_beat)))
            _rest(phrase)
        if phrase.doing == STILL and phrase.go_beat < end:
            _go(phrase, phrase.go_beat)
        if phrase.doing == ROUNDS:
            _run(looper, assist, i8(n), end)
    looper.busy = 1 if busy > 0 else 0


@rt
def _rest(phrase):
    _close_notes(phrase)
    phrase.doing = STILL
    phrase.overdub = 0
    phrase.go_beat = math.inf
    phrase.stop_beat = math.inf


# --- what is said -------------------------------------------------------------------------------------------------------
@rt
def _when(looper, assist, value):
    """Beat of the clock at which something asked for now takes place."""
    unit = looper.meter_beats if value == NEXT_BAR else 1.0
    if value >= AT_ONCE:
        return assist.beats
    return looper.origin_beat + math.ceil((assist.beats - looper.origin_beat) / unit - _SMALL_BEATS) * unit


@rt
def looper_say(looper, assist, op, player, key, value):
    """LOOPER event; True when it meant something."""
    if op == LOOPER_CLEAR and key == -1.0:
        for n in range(PHRASES):
            _forget(looper, assist, i8(n))
        return True
    if not (0.0 <= key < PHRASES and 0 <= player < assist.hands.shape[0]):
        return False
    n = i8(key)
    phrase = looper.phrases[n]
    doing = phrase.doing
    if op == LOOPER_PRESS:
        value = f8(NEXT_BAR)
        if doing == EMPTY:
            op, value = LOOPER_RECORD, 0.0
        elif doing == RECORDING:
            op = LOOPER_CLOSE
        elif doing == STILL and phrase.go_beat == math.inf:
            op = LOOPER_PLAY
        else:
            op = LOOPER_STOP
    if op == LOOPER_RECORD:
        _forget(looper, assist, n)
        phrase.doing = ARMED
        phrase.player = player
        phrase.wanted_bars = math.floor(clamp(value, 0.0, LONGEST_BARS))
        looper.busy = 1
    elif op == LOOPER_CLOSE and doing == RECORDING:
        bars = math.ceil((assist.beats - phrase.began_beat - NEAR_BEATS) / looper.meter_beats)
        phrase.length = max(bars, 1.0) * looper.meter_beats
    elif op == LOOPER_OVERDUB and doing == ROUNDS:
        phrase.overdub = 1 if value >= 0.5 else 0
        if not phrase.overdub:
            _close_open(phrase, assist.beats)
    elif op == LOOPER_PLAY and (doing == STILL or doing == ROUNDS):
        phrase.stop_beat = math.inf
        if doing == STILL:
            phrase.go_beat = _when(looper, assist, value)
    elif op == LOOPER_STOP and doing == ROUNDS:
        phrase.stop_beat = _when(looper, assist, value)
    elif op == LOOPER_STOP and doing == STILL:
        phrase.go_beat = math.inf
    elif op == LOOPER_STOP or op == LOOPER_CLEAR:
        _forget(looper, assist, n)
    else:
        return False
    return True


@rt
def _close_open(phrase, beats):
    for i in range(phrase.count):
        if phrase.notes[i].open:
            _close_note(phrase, beats, i8(phrase.notes[i].channel), f8(phrase.notes[i].key))


@rt
def _forget(looper, assist, n):
    _end_all_of(looper, assist, n, assist.frame)
    _empty(looper.phrases[n])


@rt
def looper_let_go(looper, assist, player, forget):
    """RELEASE (forget 0: what goes round stops) and SILENCE (1: it is forgotten) of a player, -1: of everybody."""
    for n in range(PHRASES):
        phrase = looper.phrases[n]
        if phrase.doing != EMPTY and (player < 0 or phrase.player == player):
            if forget or phrase.doing == ARMED or phrase.doing == RECORDING:
                _forget(looper, assist, i8(n))
            else:
                _end_all_of(looper, assist, i8(n), assist.frame)
                _rest(phrase)
