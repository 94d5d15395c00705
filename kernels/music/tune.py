"""A tune, note after note, and small patterns: what next-note, round, loop and phrase play."""
from ..rt import rt, state
from ..rt.units import clamp
from .terms import BEGIN, PATTERN_NOTES, TUNE_CLEAR, TUNE_GO, TUNE_NOTE

NOTES = 1024  # with repeats written out: a long song
REST = -1.0

MELODY = state(
    ("count", "i4"), ("length_beats", "f8"),
    ("key", "f4", (NOTES,)), ("beats", "f4", (NOTES,)), ("start_beats", "f8", (NOTES,)),
    ("lowest", "f4"), ("highest", "f4"),
)
TUNE_STATE = state(("melodies", MELODY, (2,)), ("playing", "i4"))

PATTERN_TABLE = state(
    ("count", "i4"), ("length_beats", "f4"),
    ("key", "f4", (PATTERN_NOTES,)), ("start_beats", "f4", (PATTERN_NOTES,)), ("velocity", "f4", (PATTERN_NOTES,)),
)


@rt
def tune_reset(tune):
    """No tune."""
    tune.playing = 0
    tune.melodies[0].count = 0
    tune.melodies[1].count = 0


@rt
def tune_say(tune, op, key, value):
    """TUNE event; True when it meant something.  Rests are kept as time before the next note."""
    melody = tune.melodies[1 - tune.playing]
    if op == TUNE_CLEAR:
        melody.count = 0
        melody.length_beats = 0.0
        melody.lowest = 127.0
        melody.highest = 0.0
    elif op == TUNE_NOTE:
        if not (value > 0.0 and -1.0 <= key <= 127.0):
            return False
        if key >= 0.0:
            if melody.count >= NOTES:
                return False
            melody.key[melody.count] = key
            melody.beats[melody.count] = value
            melody.start_beats[melody.count] = melody.length_beats
            melody.lowest = min(melody.lowest, key)
            melody.highest = max(melody.highest, key)
            melody.count += 1
        melody.length_beats += value
    elif op == TUNE_GO:
        tune.playing = 1 - tune.playing
    else:
        return False
    return True


@rt
def pattern_say(pattern, velocity, key, value):
    """PATTERN event for one slot; True when it meant something."""
    if key == BEGIN:
        pattern.count = 0
        pattern.length_beats = clamp(value, 0.25, 64.0)
        return True
    if pattern.count >= PATTERN_NOTES or not 0.0 <= value < pattern.length_beats:
        return False
    pattern.key[pattern.count] = key
    pattern.start_beats[pattern.count] = value
    pattern.velocity[pattern.count] = clamp(velocity / 127.0, 0.0, 1.0)
    pattern.count += 1
    return True
