"""Numbers that stand for words in events about instruments, harmony, tunes and patterns.

A player touches **controls**.  The `key` of TOUCH and LET_GO says which: below FIRST_CONTROL it is the MIDI key number of a
keyboard, which has a height; from FIRST_CONTROL on control `key - FIRST_CONTROL` of something that has none: pads, switches,
buttons, places on a screen.  An instrument has up to ZONES zones, each with a range of controls and one meaning.
"""
FIRST_CONTROL = 128
CONTROLS = 64
ZONES = 4

#: What a touch means.
MEANINGS = ("free", "scale", "chord", "magic", "chord_button", "song_chord", "strum", "next_note", "next_chord", "drone",
            "pads", "loop", "phrase", "arpeggio", "round")
(FREE, SCALE, CHORD, MAGIC, CHORD_BUTTON, SONG_CHORD, STRUM, NEXT_NOTE, NEXT_CHORD, DRONE,
 PADS, LOOP, PHRASE, ARPEGGIO, ROUND) = range(len(MEANINGS))

#: Parameters of ASSIST events: the first belong to a zone (`key` is its number), the rest to a player.
ASSIST_PARAMETERS = (
    "meaning",      # zone: one of MEANINGS
    "first", "last",  # zone: controls it covers, as in TOUCH; both included
    "channel",      # zone: part channel that sounds; -1: the channel of the touch (MPE)
    "low", "high",  # zone: what may sound, MIDI keys
    "size",         # zone: notes of a chord, strings of a strum bar, patterns of loops and phrases, 1 .. 8
    "base",         # zone: MIDI key near which control 0 sounds
    "pattern",      # zone: pattern slot of control 0
    "step_beats",   # zone: time between notes of an arpeggio
    "group",        # zone: 0 = own place in the tune, 1 .. 4 = place shared with everybody in the same group
    "latch",        # zone: 1 = a touch starts, the next ends
    "absolute",     # zone: 1 = keys of patterns are MIDI keys (drums), 0 = steps of the scale
    "pad",          # key: number of the pad 0 .. 31; value: MIDI key it sounds
    "axis_target",  # key: axis; value: one of TARGETS
    "axis_amount",  # key: axis; value: how much of its way reaches the target, -1 .. 1
    "pitch_help", "timing_help", "evening", "tremor_filter",  # 0 .. 1
    "grid_beats",   # timing help waits for multiples of it
    "guard_s",      # double-touch guard: neighbours and repeats within this time are one touch
    "dwell_s",      # a touch must last so long to be meant
    "length_beats", # shortest note
    "octave",       # -3 .. 3
    "equal_voice",  # 0 .. 1
    "ghost",        # 1: goes on playing by itself
    "clear",        # forget the instrument and let go of everything; help stays
)
(MEANING, FIRST, LAST, CHANNEL, LOW, HIGH, SIZE, BASE, PATTERN_SLOT, STEP_BEATS, GROUP, LATCH, ABSOLUTE, PAD,
 AXIS_TARGET, AXIS_AMOUNT, PITCH_HELP, TIMING_HELP, EVENING, TREMOR_FILTER, GRID_BEATS, GUARD_S, DWELL_S, LENGTH_BEATS,
 OCTAVE, EQUAL_VOICE, GHOST, CLEAR) = range(len(ASSIST_PARAMETERS))

#: Axes of MOVE events, 0 .. 1 each; those with a middle rest at 0.5.
AXES = ("breath", "tilt_x", "tilt_y", "pressure", "slide", "wheel", "pedal", "knob")
(BREATH, TILT_X, TILT_Y, PRESSURE_AXIS, SLIDE, WHEEL, PEDAL, KNOB) = range(len(AXES))
#: What an axis can move.  strum: strings are plucked as the axis passes them.  play: a touch of control 0 while it is up.
TARGETS = ("nothing", "expression", "timbre", "bend", "modulation", "pressure", "volume", "strum", "play")
(NOTHING, TO_EXPRESSION, TO_TIMBRE, TO_BEND, TO_MODULATION, TO_PRESSURE, TO_VOLUME, TO_STRUM, TO_PLAY) = range(len(TARGETS))

#: What a HARMONY event says (its `channel`).  A progression is written behind the scenes, from CLEAR to GO.
HARMONY_OPS = (
    "clear",   # begin a new progression
    "key",     # chords that follow are in this key: player = scale slot, key = tonic 0 .. 11.99
    "chord",   # player = chord slot, key = root 0 .. 11.99, value = beats
    "go",      # take effect: value 0 = on the next beat, 1 = on the next bar, 2 = at once, 3 = when the form starts
    "meter",   # value = beats in a bar
)
(HARMONY_CLEAR, HARMONY_KEY, HARMONY_CHORD, HARMONY_GO, HARMONY_METER) = range(len(HARMONY_OPS))

#: What a TUNE event says (its `channel`).
TUNE_OPS = (
    "clear",   # begin a new tune
    "note",    # key = MIDI key, -1 = rest; value = beats
    "go",      # take effect at once, from its beginning
)
(TUNE_CLEAR, TUNE_NOTE, TUNE_GO) = range(len(TUNE_OPS))

#: What a FORM event says (its `channel`).  The first describe a song, the rest lead it.
FORM_OPS = (
    "clear",   # begin a new song: key = beats in a bar, value = beats in a pulse (what people tap)
    "section", # one more: player = kind of `music/form.py`, value = beats
    "mark",    # the song waits at value = place [beats]: player = for whom (-1: anybody), key 0 = chord held, 1 = vamp
    "pickup",  # value = beats before the first whole bar
    "go",      # start: key = 0 next beat, 1 next bar, 2 at once; value = pulses counted before the first whole bar
    "arm",     # wait for the start: player = whose (-1: anybody's), key = 1 taps, 2 first note, 3 singing; value = taps 2 .. 8
    "hold",    # value 1: wait from now on (player and key as in mark), 0: go on
    "jump",    # value = place to go to, key = 0 next beat, 1 next bar, 2 at once, 3 end of the section
    "place",   # value = where the group is heard to be now
    "loop",    # value = section that goes round, -1: none
    "again",   # value 1: from the end back to the beginning
    "slow",    # ritardando: value = over so many beats, key = to this share of the tempo; then a tempo
    "stop",    # value = 0 next beat, 1 next bar, 2 at once, 3 end of the section; key below 1: with a ritardando to that share
    "guide",   # value 1: the tune is played along
)
(FORM_CLEAR, FORM_SECTION, FORM_MARK, FORM_PICKUP, FORM_GO, FORM_ARM, FORM_HOLD, FORM_JUMP, FORM_PLACE, FORM_LOOP, FORM_AGAIN,
 FORM_SLOW, FORM_STOP, FORM_GUIDE) = range(len(FORM_OPS))

#: What the form is doing; in a moment (`music/moment.py`) also that there is no song.
NO_SONG = -1
STOPPED, COUNTING, PLAYING, HOLDING, ENDING = range(5)
#: Kinds of section.
VERSE, CHORUS, BRIDGE, INTRO, ENDING_SECTION, OTHER = range(6)
#: What happens at a mark: the chord is held and goes on with the touch, or the band goes round until the bar after it.
HOLD_CHORD, VAMP = 0, 1
#: Who starts an armed form: taps, the first note, or the singing that listening has found.
BY_NOBODY, BY_TAPS, BY_NOTE, BY_SINGING = range(4)
#: When a jump or stop happens.
NEXT_BEAT, NEXT_BAR, AT_ONCE, SECTION_END = range(4)
ANYBODY = -1

#: What a FOLLOW event says (its `channel`).
FOLLOW_OPS = (
    "amount",  # value 0 = hold the tempo .. 1 = follow whatever comes
    "who",     # player = whom, -1 = everybody by weight, -2 = the slowest
    "weight",  # player, value 0 .. 1: how much this player counts
    "range",   # key = slowest, value = fastest beats per minute of the song
    "tap",     # a tap of the facilitator: from the second on the beat is there
)
(FOLLOW_AMOUNT, FOLLOW_WHO, FOLLOW_WEIGHT, FOLLOW_RANGE, FOLLOW_TAP) = range(len(FOLLOW_OPS))
EVERYBODY, THE_SLOWEST = -1, -2

#: What a BACKING event says (its `channel`).
BACKING_OPS = (
    "stop",    # the recording fades out
    "start",   # it plays with the song; without a song it begins on the next multiple of value beats (0 = at once)
)
(BACKING_STOP, BACKING_START) = range(len(BACKING_OPS))

#: What a LOOPER event says (its `channel`); key = loop 0 .. 7, player = whose touches it keeps.
LOOPER_OPS = (
    "record",  # from the player's next note on; value = bars, 0 = until it is closed
    "close",   # the phrase ends with the bar, and goes round
    "overdub", # value 1: what the player adds stays, 0: no more
    "play",    # value = when, as for a FORM jump: 0 next beat, 1 next bar, 2 at once
    "stop",    # value = when; what is being recorded is forgotten
    "clear",   # forget the phrase, at once; key -1: all
    "press",   # one switch for everything: record, close, stop, play, stop, ...
)
(LOOPER_RECORD, LOOPER_CLOSE, LOOPER_OVERDUB, LOOPER_PLAY, LOOPER_STOP, LOOPER_CLEAR, LOOPER_PRESS) = range(len(LOOPER_OPS))

#: `key` of SCALE_TABLE, CHORD_TABLE and PATTERN events that begins a slot anew; other keys add to it.
BEGIN = -1
SCALE_SLOTS, CHORD_SLOTS, PATTERN_SLOTS = 16, 32, 32
DEGREES, TONES, PATTERN_NOTES = 24, 8, 32

#: What a BAND event says (its `channel`).  A style is written behind the scenes, from CLEAR to GO.  Where it is about a seat of
#: the band, `player` is the seat as in kernels/voices/part.py: BAND_BASS .. BAND_ORNAMENT.
BAND_OPS = (
    "clear",    # begin a new style: key = beats from pulse to pulse (of clicks and late endings)
    "feel",     # key = longest delay of a note [s], value = what it does while the form waits: 0 hold a chord, 1 go round
    "sound",    # seat; key = voice model, value = program
    "range",    # seat; key = lowest, value = highest MIDI key
    "size",     # seat; value = notes of a chord
    "pattern",  # seat; key = when (BAND_TIMES), value = length [beats]; what follows belongs to it
    "energy_range",  # key = lowest energy at which the pattern plays, value = energy from which it doesn't
    "shape",    # key = loudness 0 .. 1, value = length [beats] of the notes that follow
    "note",     # player = what it is (BAND_NOTE_KINDS), + AHEAD: of the chord to come; key = its number, value = start [beats]
    "go",       # take effect: value 1 = on the next bar, 2 = at once
    "energy",   # key = how much the group's own energy counts, value = the energy that is set, 0 .. 1
    "soften",   # value = how much softer and sparser than usual, 0 .. 1
    "mute",     # seat; value = 1 silent, 0 not
    "fill",     # play a fill at the end of this bar
)
(BAND_CLEAR, BAND_FEEL, BAND_SOUND, BAND_RANGE, BAND_SIZE, BAND_PATTERN, BAND_ENERGY_RANGE, BAND_SHAPE, BAND_NOTE, BAND_GO,
 BAND_ENERGY, BAND_SOFTEN, BAND_MUTE, BAND_FILL) = range(len(BAND_OPS))
#: When a pattern plays: always; at the end of a section; at the beginning of one; as the last chord; while the form waits.
BAND_TIMES = ("play", "fill", "start", "end", "hold")
PLAY, FILL, START, END, HOLD = range(len(BAND_TIMES))
#: What a note of a pattern is, and what its number says.
BAND_NOTE_KINDS = (
    "drum",      # MIDI key
    "tone",      # tone of the chord: 0 root, 1 third, 2 fifth, near the note before
    "octave",    # the root an octave higher
    "approach",  # a semitone beside the root to come
    "walk",      # a step of the scale towards the root to come
    "chord",     # the whole chord; number = milliseconds from note to note, negative: from above
    "voice",     # one note of the chord as it is voiced, counted from below
    "degree",    # step of the scale above the tonic
)
(DRUM, TONE, OCTAVE_UP, APPROACH, WALK, WHOLE_CHORD, VOICE, DEGREE) = range(len(BAND_NOTE_KINDS))
AHEAD = 16
BAND_PATTERNS, BAND_NOTES, PATTERN_BAND_NOTES = 48, 1024, 128
#: Ears take two notes within 12 ms for one: no note of the band is later than that.
LONGEST_BAND_DELAY_S = 0.012
