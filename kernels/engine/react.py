"""Events become sound: taken from the rings in order of their frames, applied, and written to the log."""
import math

import numpy as np

from ..effects.strip import LANES, STRIP_PARAMETERS, strip_set
from ..music.assist import (
    assist_advance, assist_begin, assist_follow, assist_let_all_go, assist_let_go, assist_move, assist_rewind,
    assist_set, assist_touch,
)
from ..music.backing import backing_say, backing_silence, backing_time
from ..music.band import TAKE_SOUND, band_advance, band_hear, band_let_go, band_say
from ..music.band_notes import band_follow
from ..music.conductor import conductor_advance, conductor_follow, conductor_form, conductor_hear, conductor_tempo
from ..music.form import form_advance
from ..music.guide import guide_advance, VELOCITY as GUIDE_VELOCITY
from ..music.harmony import harmony_chord, harmony_form, harmony_say, harmony_scale
from ..music.looper import looper_advance, looper_follow, looper_hear, looper_let_go, looper_say
from ..music.moment import moment_tell
from ..music.sounding import OFF, ON
from ..music.terms import CONTROLS, FIRST_CONTROL, FORM_GUIDE, PATTERN_SLOTS, STOPPED, TUNE_GO
from ..music.tune import pattern_say, tune_say
from ..music.tuning import tuning_pitch, tuning_say
from ..rt import GRID, rt
from ..rt.atomics import load_acquire, store_release
from ..rt.ring import ring_push
from ..voices.drums import drums_choke, drums_start
from ..voices.modal import modal_start
from ..voices.part import (
    BAND_GUIDE, BUSES, CHANNELS, MODAL, MODELS, PARTS, PLAYERS, PLUCK, SAMPLER, TONE, part_advance, part_jump, part_reset,
)
from ..voices.pluck import pluck_start
from ..voices.pool import FREE, pool_lift, pool_release, pool_release_all, pool_silence, pool_take
from ..voices.sampler import PROGRAMS, sampler_start
from ..voices.standins import STAND_IN
from ..voices.tone import tone_start
from .events import (
    ASSIST, BACKING, BAND, BEND, CHORD_TABLE, EXPRESSION, FOLLOW, FORM, HARMONY, LET_GO, LOOPER, MASTER, MASTER_PARAMETERS,
    MODULATION, MOVE, NOTE_OFF, NOTE_ON, ONSET, PATTERN, PRESSURE, RELEASE, RING, SCALE_TABLE, SILENCE, SOFT, SOUND, STRIP,
    SUSTAIN, TEMPO, TIMBRE, TOUCH, TUNE, TUNING, VOCAL, VOLUME,
)
from .mixer import mixer_set, mixer_vocal
from .state import MICROPHONES, PENDING_SIZE, RINGS, STRIP_COUNT

F = np.float32
#: As in music/assist.py: one width of numbers, so that a function is compiled once.
i8, f8 = np.int64, np.float64
#: What the targets of an axis are called among events, in the order of `music/terms.py`; strum and play never come here.
_CONTROL_OF = np.array([EXPRESSION, EXPRESSION, TIMBRE, BEND, MODULATION, PRESSURE, VOLUME, EXPRESSION, EXPRESSION], "i8")
#: A tilt bends a tone up or down.
TILT_BEND_CENTS = 200.0
#: Onsets heard later than this say nothing any more.
LATEST_S = 0.5
#: The follower knows 16 voices of all microphones together; those of the next microphone begin so many further on.
VOICES_APART = 5
#: Number of the first microphone in ONSET events.
FIRST_MICROPHONE = 32
#: Taken from each ring in one grid step at most, so that a flood of events can't make a block late.
DRAIN = 64


@rt
def _copy(to, source):
    to.frame = source.frame
    to.kind = source.kind
    to.player = source.player
    to.channel = source.channel
    to.key = source.key
    to.value = source.value
    to.order = source.order


@rt
def drain(state):
    """Move waiting events from the rings to the pending list, ordered by frame; same frame: order of arrival."""
    pending = state.pending
    for r in range(RINGS):
        ring = state.rings[r]
        tail = ring.tail[0]
        count = min(min(load_acquire(ring.head, 0) - tail, DRAIN), PENDING_SIZE - state.pending_count)
        for i in range(count):
            event = ring.slots[(tail + i) & (ring.slots.shape[0] - 1)]
            at = state.pending_count
            while at > 0 and pending[at - 1].frame > event.frame:
                _copy(pending[at], pending[at - 1])
                at -= 1
            _copy(pending[at], event)
            state.pending_count += 1
        if count > 0:
            state.received += count
            store_release(ring.tail, 0, tail + count)


@rt
def react(state):
    """Apply what falls into the grid step that begins now.

    The harmony's own changes come first, then every pending event, then notes that instruments play by themselves.
    """
    pending, count, stop = state.pending, state.pending_count, state.frame + GRID
    assist = state.assist
    _conduct(state)
    if assist_begin(assist, state.frame, state.transport.beats, state.transport.beats_per_frame, state.sample_rate):
        _follow(state)
    looper_advance(state.looper, assist, state.form.origin_beat, assist.harmony.meter_beats)
    _play_phrases(state)
    done = 0
    while done < count and pending[done].frame < stop:
        event = pending[done]
        if event.frame < state.frame:
            if event.kind == ONSET:  # heard late, and how late is part of the log
                event.key += F(state.frame - event.frame)
            event.frame = state.frame
        if event.kind == TOUCH or event.kind == LET_GO or event.kind == MOVE or event.kind == ASSIST:
            _note_in_log(state, event)
            if not _apply_to_hand(state, event):
                state.faults += 1
        elif _apply(state, event):
            _note_in_log(state, event)
        else:
            state.faults += 1
        done += 1
    for p in range(PLAYERS):
        if assist.awake & (1 << p):
            assist_advance(assist, p)
            _play_orders(state, p)
            if assist.moved:
                assist.moved = 0
                _follow(state)
            if assist.hands[p].busy == 0:
                assist.awake &= ~(1 << p)
    band_advance(state.band, assist, state.form)
    _play_orders(state, i8(PLAYERS))
    _guide(state)
    if done > 0:
        for i in range(done, count):
            _copy(pending[i - done], pending[i])
        state.pending_count = count - done


@rt
def _conduct(state):
    """How fast this grid step goes, and where the song is in it."""
    transport, form, harmony = state.transport, state.form, state.assist.harmony
    conductor_advance(state.conductor, transport, form, state.frame, state.sample_rate)
    form_advance(form, transport.beats, GRID * transport.beats_per_frame)
    moment_tell(state.moments, form, state.frame, transport.beats, transport.beats_per_frame)
    backing_time(state.backing, form, transport.beats, transport.beats_per_frame)
    if form.mode != STOPPED:
        harmony_form(harmony, form.origin_beat, form.origin_beat - form.pickup_beats)
    elif harmony.of_form:  # between songs the first chord stays
        harmony.began_beat = transport.beats


@rt
def _guide(state):
    """The tune that is played along."""
    guide, tune, assist = state.guide, state.assist.tune, state.assist
    guide_advance(guide, state.form, tune.melodies[tune.playing], state.frame, assist.beats, assist.beats_per_frame)
    index = i8(BAND_GUIDE * CHANNELS)
    if guide.off:
        _note_off(state, index, f8(guide.off_key))
        ring_push(state.log, guide.off_frame, NOTE_OFF, BAND_GUIDE, 0, guide.off_key, F(0.0))
    if guide.on:
        _note_on(state, index, f8(guide.key), f8(GUIDE_VELOCITY), guide.on_frame)
        ring_push(state.log, guide.on_frame, NOTE_ON, BAND_GUIDE, 0, guide.key, F(GUIDE_VELOCITY))


@rt
def _hear(state, player, strength, frame):
    assist = state.assist
    conductor_hear(state.conductor, state.transport, state.form, i8(player), f8(strength), frame, state.sample_rate)
    if player < PLAYERS:
        band_hear(state.band, i8(player), f8(strength), f8(assist.beats), f8(assist.harmony.meter_beats))


@rt
def _note_in_log(state, event):
    state.applied += 1
    ring_push(state.log, event.frame, event.kind, event.player, event.channel, event.key, event.value)


@rt
def _play_orders(state, p):
    """Sound what the instrument of player p decided, or the band (p = PLAYERS, its seats further on), and tell the log."""
    assist = state.assist
    for i in range(assist.count):
        order = assist.out[i]
        kind, key, value = NOTE_ON, order.key, order.value
        index = p * CHANNELS + order.channel
        if order.kind == ON:
            _note_on(state, i8(index), f8(key), f8(value), order.frame)
            looper_hear(state.looper, assist, i8(p), i8(order.channel), f8(key), f8(value), order.frame)
        elif order.kind == OFF:
            kind = NOTE_OFF
            _note_off(state, i8(index), f8(key))
            looper_hear(state.looper, assist, i8(p), i8(order.channel), f8(key), 0.0, order.frame)
        elif order.kind == TAKE_SOUND:
            kind = SOUND
            state.parts[index].model = int(key)
            state.parts[index].program = int(value)
        else:
            kind = _CONTROL_OF[int(key)]
            key = F(0.0)
            if kind == BEND:
                value = F(2.0 * value - 1.0) * F(TILT_BEND_CENTS)
            _control(state, i8(kind), i8(index), f8(value))
        ring_push(state.log, order.frame, kind, index // CHANNELS, index % CHANNELS, key, value)
    assist.count = 0


@rt
def _play_phrases(state):
    """Sound what goes round, and tell the log."""
    looper = state.looper
    for i in range(looper.count):
        order = looper.out[i]
        index, kind = order.player * CHANNELS + order.channel, NOTE_OFF
        if order.kind == ON:
            kind = NOTE_ON
            _note_on(state, i8(index), f8(order.key), f8(order.value), order.frame)
        else:
            _note_off(state, i8(index), f8(order.key))
        ring_push(state.log, order.frame, kind, order.player, order.channel, order.key, order.value)
    looper.count = 0


@rt
def _follow(state):
    """The harmony has moved: everybody's notes follow."""
    looper_follow(state.looper, state.assist)
    _play_phrases(state)
    state.assist.awake = (1 << PLAYERS) - 1
    for p in range(PLAYERS):
        assist_follow(state.assist, p)
        _play_orders(state, p)
    band_follow(state.band, state.assist)
    _play_orders(state, i8(PLAYERS))


@rt
def _apply_to_hand(state, event):
    """What a player touched, or is helped by; True when it meant something."""
    assist, p, value = state.assist, event.player, float(event.value)
    if not (0 <= p < PLAYERS and math.isfinite(value) and math.isfinite(event.key)):
        return False
    assist.awake |= 1 << p
    if event.kind == MOVE:
        good = assist_move(assist, i8(p), i8(event.channel), value, event.frame)
        for i in range(assist.count):
            if assist.out[i].kind == ON:  # blown, bent or strummed
                _hear(state, p, assist.out[i].value, event.frame)
                break
    elif event.kind == ASSIST:
        good = assist_set(assist, i8(p), i8(event.channel), int(event.key), value)
        state.mixer.balance.amount[p] = assist.hands[p].equal_voice
        state.mixer.balance.wanted = 1
    elif not (0 <= event.channel < CHANNELS and 0.0 <= event.key < FIRST_CONTROL + CONTROLS):
        return False
    else:
        good = True
        if event.kind == LET_GO:
            assist_let_go(assist, i8(p), i8(event.channel), f8(event.key), event.frame)
        else:
            _hear(state, p, value, event.frame)
            assist_touch(assist, i8(p), i8(event.channel), f8(event.key), f8(value), event.frame)
    _play_orders(state, i8(p))
    if assist.moved:
        assist.moved = 0
        _follow(state)
    return good


@rt
def _apply_to_music(state, event):
    """Harmony, tune and patterns; True when it meant something."""
    assist, kind, key, value = state.assist, event.kind, float(event.key), float(event.value)
    if kind == SCALE_TABLE:
        return harmony_scale(assist.harmony, event.channel, key, value)
    if kind == CHORD_TABLE:
        return harmony_chord(assist.harmony, event.channel, key, value)
    if kind == HARMONY:
        return harmony_say(assist.harmony, event.channel, event.player, key, value, assist.beats)
    if kind == TUNE:
        if event.channel == TUNE_GO:
            assist_rewind(assist)
        return tune_say(assist.tune, event.channel, key, value)
    if kind == FORM and event.channel == FORM_GUIDE:
        state.guide.wanted = 1 if value >= 0.5 else 0
        return True
    if kind == FORM:
        return conductor_form(state.conductor, state.transport, state.form, i8(event.channel), i8(event.player), f8(key),
                              f8(value))
    if kind == FOLLOW:
        return conductor_follow(state.conductor, state.transport, i8(event.channel), i8(event.player), f8(key), f8(value),
                                event.frame, state.sample_rate)
    if kind == ONSET:
        microphone, who = event.player - FIRST_MICROPHONE, event.player
        if 0 <= microphone < MICROPHONES:
            who = PLAYERS + ((microphone * VOICES_APART + event.channel) & (MICROPHONES - 1))
        elif not 0 <= who < PLAYERS:
            return False
        if not 0.0 <= key <= LATEST_S * state.sample_rate:
            return False
        _hear(state, who, value, event.frame - i8(key))
        return True
    if kind == BAND:
        return band_say(state.band, event.channel, event.player, key, value)
    if kind == BACKING:
        return backing_say(state.backing, i8(event.channel), value, assist.beats)
    if kind == LOOPER:
        good = looper_say(state.looper, assist, i8(event.channel), i8(event.player), key, value)
        _play_phrases(state)
        return good
    if kind == TUNING:
        return tuning_say(state.tuning, i8(event.channel), key, value)
    if kind == PATTERN and 0 <= event.channel < PATTERN_SLOTS:
        return pattern_say(assist.patterns[event.channel], float(event.player), key, value)
    return False


@rt
def parts_advance(state):
    """Move the glides of all parts that have any."""
    i = 0
    while i < state.mover_count:
        part = state.parts[state.movers[i]]
        part_advance(part, state.sample_rate)
        if part.moving:
            i += 1
        else:
            state.mover_count -= 1
            state.movers[i] = state.movers[state.mover_count]


@rt
def part_move(state, index):
    """Put a part on the list of those that glide."""
    part = state.parts[index]
    if not part.moving:
        part.moving = 1
        state.movers[state.mover_count] = index
        state.mover_count += 1


@rt
def _sounds(pool, index):
    if pool.sounding > 0:
        for v in range(pool.gate.shape[0]):
            if pool.gate[v] != FREE and pool.part[v] == index:
                return True
    return False


@rt
def _stand_in(part):
    """Model that plays a part whose recording is not there; the part's program becomes one of that model."""
    program = min(max(part.program, 0), PROGRAMS - 1)
    part.model = STAND_IN[program, 0]
    part.program = STAND_IN[program, 1]
    return i8(part.model)


@rt
def _note_on(state, index, key, velocity, frame):
    pitch = tuning_pitch(state.tuning, key)
    part, residue, rate = state.parts[index], state.mixer.residue, state.sample_rate
    offset = frame - state.frame
    if not (_sounds(state.sampler, index) or _sounds(state.pluck, index) or _sounds(state.modal, index)
            or _sounds(state.drums, index) or _sounds(state.tone, index)):
        part_jump(part)
    model = i8(part.model)
    if model == SAMPLER and state.bank.count[min(max(part.program, 0), PROGRAMS - 1)] == 0:
        model = _stand_in(part)
    if model == SAMPLER:
        sampler_start(state.sampler, state.bank, residue, state.parts, index, key, pitch, velocity, frame, offset, rate)
    elif model == PLUCK:
        v = pool_take(state.pluck, residue, index, key, pitch, frame, False)
        pluck_start(state.pluck, v, part, pitch, velocity, offset, rate)
    elif model == MODAL:
        v = pool_take(state.modal, residue, index, key, pitch, frame, True)
        modal_start(state.modal, v, residue, part, pitch, velocity, offset, rate)
    elif model == TONE:
        v = pool_take(state.tone, residue, index, key, pitch, frame, False)
        tone_start(state.tone, v, part, pitch, velocity, offset, rate)
    else:
        drums_choke(state.drums, residue, index, key)
        v = pool_take(state.drums, residue, index, key, pitch, frame, False)
        drums_start(state.drums, v, part, key, velocity, offset, rate)


@rt
def _note_off(state, index, key):
    pedal = state.parts[index].sustain
    pool_release(state.sampler, index, key, pedal)
    pool_release(state.pluck, index, key, pedal)
    pool_release(state.modal, index, key, pedal)
    pool_release(state.drums, index, key, pedal)
    pool_release(state.tone, index, key, pedal)


@rt
def _release_parts(state, first, last):
    """Let go of all notes of parts first .. last and put their controllers where they start."""
    pool_release_all(state.sampler, first, last)
    pool_release_all(state.pluck, first, last)
    pool_release_all(state.modal, first, last)
    pool_release_all(state.drums, first, last)
    pool_release_all(state.tone, first, last)
    for index in range(first, last + 1):
        part_move(state, index)
        part_reset(state.parts[index])


@rt
def _silence_parts(state, first, last):
    residue = state.mixer.residue
    pool_silence(state.sampler, residue, first, last)
    pool_silence(state.pluck, residue, first, last)
    pool_silence(state.modal, residue, first, last)
    pool_silence(state.drums, residue, first, last)
    pool_silence(state.tone, residue, first, last)


@rt
def _apply_to_mixer(state, event):
    """True when the event meant something."""
    if event.kind == STRIP:
        if not (0 <= event.player < STRIP_COUNT and 0 <= event.channel < STRIP_PARAMETERS):
            return False
        strip_set(state.mixer.strips[event.player // LANES], event.player % LANES, event.channel, float(event.value))
    elif event.kind == MASTER:
        if not 0 <= event.channel < MASTER_PARAMETERS:
            return False
        mixer_set(state.mixer, event.channel, float(event.value), state.sample_rate)
    elif event.kind == VOCAL:
        return 0 <= event.player < MICROPHONES and mixer_vocal(state.mixer, i8(event.player), i8(event.value))
    elif event.kind == TEMPO:
        conductor_tempo(state.conductor, state.transport, float(event.value), state.sample_rate)
        state.assist.beats_per_frame = state.transport.beats_per_frame
    else:
        return False
    return True


@rt
def _apply_to_parts(state, event):
    """RELEASE and SILENCE: -1 means all."""
    if not (-1 <= event.player < BUSES and -1 <= event.channel < CHANNELS):
        return False
    first = max(event.player, 0) * CHANNELS + max(event.channel, 0)
    last = first
    if event.player < 0:
        first, last = 0, PARTS - 1
    elif event.channel < 0:
        last = first + CHANNELS - 1
    for p in range(first // CHANNELS, min(last // CHANNELS + 1, PLAYERS)):
        assist_let_all_go(state.assist, p)
        if event.kind == SILENCE:
            state.assist.hands[p].ghost = 0
        _play_orders(state, p)
    if last >= PLAYERS * CHANNELS:
        band_let_go(state.band, state.assist)
        _play_orders(state, i8(PLAYERS))
    if event.channel < 0:
        looper_let_go(state.looper, state.assist, i8(event.player), event.kind == SILENCE)
        _play_phrases(state)
    if event.kind == SILENCE:
        if event.player < 0:
            backing_silence(state.backing)
        _silence_parts(state, first, last)
    _release_parts(state, first, last)
    return True


@rt
def _apply(state, event):
    """True when the event meant something; what does not is counted as a fault and forgotten."""
    kind, value = event.kind, float(event.value)
    if not (math.isfinite(value) and math.isfinite(event.key)):
        return False
    if kind == RELEASE or kind == SILENCE:
        return _apply_to_parts(state, event)
    if kind == STRIP or kind == MASTER or kind == TEMPO or kind == VOCAL:
        return _apply_to_mixer(state, event)
    if kind > ASSIST and kind != RING and kind != SOFT:
        return _apply_to_music(state, event)
    if not (0 <= event.player < BUSES and 0 <= event.channel < CHANNELS):
        return False
    index = event.player * CHANNELS + event.channel
    part = state.parts[index]
    if kind == NOTE_ON:
        if not 0.0 <= event.key <= 127.0:
            return False
        if event.player < PLAYERS:
            _hear(state, event.player, value, event.frame)
        _note_on(state, i8(index), f8(event.key), f8(value), event.frame)
        looper_hear(state.looper, state.assist, i8(event.player), i8(event.channel), f8(event.key), f8(value), event.frame)
    elif kind == NOTE_OFF:
        _note_off(state, i8(index), f8(event.key))
        looper_hear(state.looper, state.assist, i8(event.player), i8(event.channel), f8(event.key), 0.0, event.frame)
    elif kind == SUSTAIN:
        part.sustain = 1 if value >= 0.5 else 0
        if not part.sustain:
            pool_lift(state.sampler, index)
            pool_lift(state.pluck, index)
            pool_lift(state.modal, index)
            pool_lift(state.drums, index)
            pool_lift(state.tone, index)
    elif kind == SOUND:
        if not (0.0 <= event.key < MODELS and 0.0 <= value < 4096.0):
            return False
        part.model = int(event.key)
        part.program = int(value)
    else:
        return _control(state, i8(kind), i8(index), f8(value))
    return True


@rt
def _control(state, kind, index, value):
    """Controllers of a part, held inside their range."""
    part, level = state.parts[index], min(max(value, 0.0), 1.0)
    if kind == BEND:
        part.bend_cents = min(max(value, -9600.0), 9600.0)
    elif kind == MODULATION:
        part.modulation = level
    elif kind == PRESSURE:
        part.pressure = level
    elif kind == TIMBRE:
        part.timbre = level
    elif kind == VOLUME:
        part.volume = level
    elif kind == EXPRESSION:
        part.expression = level
    elif kind == RING:
        part.ring = level
    elif kind == SOFT:
        part.soft = level
    else:
        return False
    part_move(state, index)
    return True
