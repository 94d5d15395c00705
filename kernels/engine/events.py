"""What can be said to the engine: the kinds of EVENT and what their fields mean.

| kind | player | channel | key | value |
|---|---|---|---|---|
| NOTE_ON | player | channel | key | velocity 0 .. 1 |
| NOTE_OFF | player | channel | key | - |
| SUSTAIN | player | channel | - | 1 down, 0 up |
| BEND | player | channel | - | cents |
| MODULATION, PRESSURE, TIMBRE, VOLUME, EXPRESSION | player | channel | - | 0 .. 1 |
| SOUND | player | channel | model | program |
| RELEASE | player | channel, -1 = all | - | let go of all notes, pedal up, controllers as at the start |
| SILENCE | player, -1 = all | channel, -1 = all | - | cut all sound at once: panic |
| STRIP | strip 0 .. 39 | parameter of `kernels/effects/strip.py` | - | value in the parameter's unit |
| MASTER | - | parameter | - | value in the parameter's unit |
| TEMPO | - | - | - | beats per minute; the beat stays where it is |
| TOUCH | player | MIDI channel or 0 | control, see `kernels/music/terms.py` | velocity above 0 .. 1 |
| LET_GO | player | as the TOUCH | as the TOUCH | - |
| MOVE | player | axis | - | 0 .. 1 |
| ASSIST | player | parameter | zone, pad or axis | value |
| SCALE_TABLE | - | slot | BEGIN, or any other number to add a degree | period, or degree [semitones above the tonic] |
| CHORD_TABLE | - | slot | BEGIN, or any other number to add a tone | -, or tone [semitones above the root] |
| PATTERN | velocity 1 .. 127 | slot | BEGIN, or step or MIDI key | length [beats], or start [beats] |
| HARMONY | scale or chord slot | what it says | tonic or root | beats |
| TUNE | - | what it says | MIDI key, -1 = rest | beats |
| ONSET | player, or 32 + microphone | voice 0 .. 15 of it | frames ago, 0 unless it came late | strength 0 .. 1 |
| FOLLOW | player | what it says | as it says | as it says |
| FORM | kind or player | what it says | as it says | as it says |
| BAND | seat of the band, or what a note is | what it says | as `kernels/music/terms.py` says | as there |
| BACKING | - | what it says | - | beats |
| RING, SOFT | player | channel | - | 0 .. 1, of notes that begin from now on |
| VOCAL | microphone | - | - | its second voice: a mode of `kernels/effects/vocal.py` |
| TUNING | - | what it says, see `kernels/music/tuning.py` | key 0 .. 127 | pitch [MIDI keys] |
| LOOPER | player whose touches it keeps | what it says | phrase 0 .. 7 | as it says |

Events of notes and parts (NOTE_ON .. SILENCE) also reach the band: players 16 .. 23 are its seats (`kernels/voices/part.py`).
Strips are 16 microphones, 16 players, 8 seats of the band.

What a touch sounds is told in the log as NOTE_ON and NOTE_OFF of the same player, after the TOUCH.
"""
(NOTE_ON, NOTE_OFF, SUSTAIN, BEND, MODULATION, PRESSURE, TIMBRE, VOLUME, EXPRESSION, SOUND, RELEASE, SILENCE,
 STRIP, MASTER, TEMPO, TOUCH, LET_GO, MOVE, ASSIST, SCALE_TABLE, CHORD_TABLE, PATTERN, HARMONY, TUNE,
 ONSET, FOLLOW, FORM, BAND, BACKING, LOOPER, RING, SOFT, TUNING, VOCAL) = range(1, 35)

NAMES = {
    NOTE_ON: "note_on", NOTE_OFF: "note_off", SUSTAIN: "sustain", BEND: "bend", MODULATION: "modulation",
    PRESSURE: "pressure", TIMBRE: "timbre", VOLUME: "volume", EXPRESSION: "expression", SOUND: "sound",
    RELEASE: "release", SILENCE: "silence", STRIP: "strip", MASTER: "master", TEMPO: "tempo",
    TOUCH: "touch", LET_GO: "let_go", MOVE: "move", ASSIST: "assist", SCALE_TABLE: "scale_table", CHORD_TABLE: "chord_table",
    PATTERN: "pattern", HARMONY: "harmony", TUNE: "tune", ONSET: "onset", FOLLOW: "follow", FORM: "form",
    BAND: "band", BACKING: "backing", LOOPER: "looper", RING: "ring", SOFT: "soft", TUNING: "tuning", VOCAL: "vocal",
}

#: Parameters of the master section: gain [dB, -120 .. 12]; level of all that rings on, reverb, echo, chorus [dB]; room, a row
#: of `kernels/effects/rooms.py`; time of the echo [beats]; 1: microphones share their gain; 1: what howls is notched; age of
#: the ears at the monitor output [years, 0 = young].
MASTER_GAIN_DB, REVERB_DB, ROOM, ECHO_BEATS, SHARE_GAIN, STOP_HOWL, MONITOR_AGE = range(7)
MASTER_PARAMETERS = 7
